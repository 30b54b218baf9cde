"""Charts: one coalition over time, all coalitions on one sheet, and the forecast.

Each function draws on what it is given and returns it; none shows, saves or changes a global
setting, but for `save`, which writes a file. Status is never told by colour alone: a word goes
with it, and a marker or a hatch, so that the charts can be read in grey and by colour-blind
readers.
"""

from __future__ import annotations

from dcactivity.charts.annual import annual_reports
from dcactivity.charts.answers import answers
from dcactivity.charts.forecast import forecast_intervals, reliability
from dcactivity.charts.hours import hours
from dcactivity.charts.laboratory import alarms_and_delays, notices_by_year, sweep_map
from dcactivity.charts.past import history, silence
from dcactivity.charts.people import concentration, turnover
from dcactivity.charts.records import attendance, principles
from dcactivity.charts.sheet import overview
from dcactivity.charts.single import volume
from dcactivity.charts.style import STATUS_STYLE, StatusStyle, house_style, save

__all__ = [
    "STATUS_STYLE",
    "StatusStyle",
    "alarms_and_delays",
    "annual_reports",
    "answers",
    "attendance",
    "concentration",
    "forecast_intervals",
    "history",
    "hours",
    "house_style",
    "notices_by_year",
    "overview",
    "principles",
    "reliability",
    "save",
    "silence",
    "sweep_map",
    "turnover",
    "volume",
]
