"""Coalitions whose axes contradict each other: what one of them says, another denies.

Traffic, annual reports, meetings and the registry each tell of life in their own way. None
outweighs another here: where they disagree, a person should look.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from dcactivity.frames import frame_of
from dcactivity.periods import from_number
from dcactivity.wording import amount, plain_date

if TYPE_CHECKING:
    import pandas as pd

    from dcactivity.context import Context
    from dcactivity.subjects import Subject
    from dcactivity.verdict import Verdict

__all__ = ["disagreements_of"]

_SILENT = frozenset({"DORMANT", "AT_RISK"})
_TYPES = {"coalition": "str", "axes": "str", "what": "str"}


def disagreements_of(
    verdicts: Mapping[str, Verdict], subjects: Mapping[str, Subject], context: Context
) -> pd.DataFrame:
    """Find coalitions whose axes contradict each other.

    Parameters
    ----------
    verdicts, subjects : mapping
        By slug, what is said of each coalition and what is known of it.
    context : Context
        Principles, annual reports and the like; what is not there is no axis.

    Returns
    -------
    DataFrame
        ``coalition, axes, what`` (str), sorted: reported but silent, lively but a report
        overdue, attending but silent, listed but unknown.
    """
    rows = [
        (slug, axes, what)
        for slug, verdict in verdicts.items()
        for axes, what in _of(verdict, subjects[slug], context)
    ]
    return frame_of(sorted(rows), _TYPES)


def _of(verdict: Verdict, subject: Subject, context: Context) -> Iterator[tuple[str, str]]:
    slug = subject.entry.slug
    silent = _silent(verdict) if verdict.traffic in _SILENT else ""
    past = [row for row in context.rows("reports", slug) if row["state"] != "due"]
    newest = past[-1] if past else None
    if silent and newest is not None and newest["state"] != "overdue":
        came = plain_date(newest["submitted"])
        yield (
            "reports, traffic",
            f"reported but silent: its report on {newest['year']} came on {came}, and {silent}",
        )
    if verdict.traffic == "ACTIVE" and newest is not None and newest["state"] == "overdue":
        count = amount(newest["in_a_row"], "annual report")
        yield (
            "reports, traffic",
            f"lively but report overdue: {_lively(verdict)}, and {count} overdue in a row",
        )
    attended = [day for day in subject.bearing.attended if day > verdict.window_from]
    if silent and attended:
        met = plain_date(from_number(attended[-1]))
        yield (
            "attendance, traffic",
            f"attending but silent: it was present at the meeting of {met}, and {silent}",
        )
    if verdict.traffic == "UNKNOWN" and subject.is_listed:
        reach = "no archive at hand tells of it"
        if verdict.is_hidden:
            reach = "its list hides who writes"
        elif verdict.covered is not None:
            reach = f"its archives end with {plain_date(from_number(verdict.covered))}"
        yield "registry, traffic", f"listed but unknown: the registry names it, and {reach}"


def _silent(verdict: Verdict) -> str:
    run = None if verdict.standing is None else verdict.standing.run_since
    since = "" if run is None else f" since {plain_date(from_number(run))}"
    return f"its traffic leaves it dormant{since}"


def _lively(verdict: Verdict) -> str:
    since = "" if verdict.traffic_since is None else plain_date(from_number(verdict.traffic_since))
    return f"its traffic makes it active since {since}"
