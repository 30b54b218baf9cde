"""Annual reports that are overdue in a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from dcactivity.annual import Owed, owed_reports
from dcactivity.duties.rule import Duty, Met, runs_of
from dcactivity.periods import from_number, to_number
from dcactivity.wording import amount

if TYPE_CHECKING:
    import pandas as pd

    from dcactivity.coalitions import Coalition
    from dcactivity.procedure import Reports

__all__ = ["missing_reports", "missing_spans", "owed_by"]


def owed_by(
    reports: pd.DataFrame,
    entry: Coalition,
    *,
    through: dt.date,
    rules: Reports,
    first_seen: dt.date | None = None,
) -> list[Owed]:
    """List the reports that one coalition owes while it exists.

    Parameters
    ----------
    reports : DataFrame
        ``coalition, year, submitted, url``, of all coalitions: the first year of the file is
        the first that anybody owes.
    entry : Coalition
        The coalition.
    through : datetime.date
        On the years that are over by this day, or by its end.
    rules : Reports
        The policy's section.
    first_seen : datetime.date, optional
        Its first message, where no recognition is recorded.

    Returns
    -------
    list of Owed
        Sorted by year.
    """
    known = {} if first_seen is None else {entry.slug: first_seen}
    last = through if entry.ended is None else min(through, entry.ended - dt.timedelta(days=1))
    owed = owed_reports(reports, [entry], through=last, rules=rules, first_seen=known)
    return owed.get(entry.slug, [])


def missing_reports(owed: Sequence[Owed], *, as_of: dt.date, threshold: int) -> Duty:
    """Tell whether so many annual reports of a coalition are overdue in a row.

    Parameters
    ----------
    owed : sequence of Owed
        As `owed_by` gives them.
    as_of : datetime.date
        The day.
    threshold : int
        The policy's ``at_risk.reports_missing``.

    Returns
    -------
    Duty
        ``value`` is the number in a row; ``since`` the first day of the unbroken run on which
        it was at least `threshold`.
    """
    value, day = _overdue_in_a_row(owed, as_of), to_number(as_of)
    met = [start for start, end in _missing(owed, as_of, threshold) if start <= day < end]
    if value is None or not met:
        return Duty("reports_missing", value, threshold, met=False, since=None, reason="")
    newest = max(one.year for one in owed if one.state(as_of) == "overdue")
    return Duty(
        "reports_missing",
        value,
        threshold,
        met=True,
        since=from_number(met[0]),
        reason=f"{amount(value, 'annual report')} overdue in a row; the policy allows "
        f"{threshold - 1 or 'none'}",
        remedy=f"once its report on {newest} is in",
    )


def missing_spans(owed: Sequence[Owed], *, last: dt.date, threshold: int) -> list[Met]:
    """Tell on which days `missing_reports` is met.

    Parameters
    ----------
    owed, threshold
        As for `missing_reports`.
    last : datetime.date
        The last day to tell of.

    Returns
    -------
    list of Met
        In the order of time.
    """
    return [Met(start, end, start) for start, end in _missing(owed, last, threshold)]


def _overdue_in_a_row(owed: Iterable[Owed], day: dt.date) -> int | None:
    """Count as `reports_missing` does; None where no report's day has passed."""
    states = [one.state(day) for one in owed if one.year < day.year]
    past = [state for state in states if state != "due"]
    came = [number for number, state in enumerate(past, 1) if state != "overdue"]
    return len(past) - max(came, default=0) if past else None


def _missing(owed: Sequence[Owed], last: dt.date, threshold: int) -> list[tuple[int, int]]:
    # The count can change only where a report falls overdue, or comes.
    days = {one.due + dt.timedelta(days=1) for one in owed}
    days |= {one.submitted for one in owed if one.submitted is not None}
    found = [
        (to_number(day), (_overdue_in_a_row(owed, day) or 0) >= threshold)
        for day in sorted(days)
        if day <= last
    ]
    return runs_of(found, to_number(last) + 1)
