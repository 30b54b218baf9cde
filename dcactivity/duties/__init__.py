"""What a coalition owes besides traffic: open principles after a notice, annual reports.

Pure functions over records: each gives one rule as of a day, or the spans of days on which it
is met, so that the past is told from one pass. Whoever reviews decides what follows from it.
"""

from __future__ import annotations

from dcactivity.attending import at_risk_from, attended_days
from dcactivity.duties.compliance import Notice, noncompliance, noncompliant_spans
from dcactivity.duties.exempting import exempt_spans, exempted
from dcactivity.duties.reporting import missing_reports, missing_spans, owed_by
from dcactivity.duties.rule import Duty, Met

__all__ = [
    "Duty",
    "Met",
    "Notice",
    "at_risk_from",
    "attended_days",
    "exempt_spans",
    "exempted",
    "missing_reports",
    "missing_spans",
    "noncompliance",
    "noncompliant_spans",
    "owed_by",
]
