"""Who was at a meeting: coalitions out of a summary report, counted, persons never named."""

from __future__ import annotations

from dcactivity.attendance.counting import Attendance, count_attendance, merged
from dcactivity.attendance.matching import Matcher
from dcactivity.attendance.parsing import Meeting, Person, parse_report
from dcactivity.attendance.reading import Line, read_report

__all__ = [
    "Attendance",
    "Line",
    "Matcher",
    "Meeting",
    "Person",
    "count_attendance",
    "merged",
    "parse_report",
    "read_report",
]
