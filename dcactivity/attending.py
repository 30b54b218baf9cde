"""Meetings attended: where a policy says so, they delay the risk that rests on silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from dcactivity.periods import shift_months, to_number

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["at_risk_from", "attended_days", "counted_from", "risk_spans"]


def attended_days(attendance: pd.DataFrame, coalition: str) -> list[int]:
    """Give the days of the meetings at which somebody of a coalition was present.

    Parameters
    ----------
    attendance : DataFrame
        ``meeting, date, coalition, present, apologies``.
    coalition : str
        The coalition's slug.

    Returns
    -------
    list of int
        Days since 1970-01-01, sorted. Apologies are a courtesy, and no presence.
    """
    mine = attendance[(attendance["coalition"] == coalition) & (attendance["present"] > 0)]
    return sorted({to_number(day.date()) for day in mine["date"]})


def counted_from(dormant_since: int, attended: Iterable[int], *, day: int) -> int:
    """Give the day from which the months of a dormant coalition are counted.

    Parameters
    ----------
    dormant_since : int
        First day of the unbroken dormant run, days since 1970-01-01.
    attended : iterable of int
        As `attended_days` gives them; none where attendance does not count.
    day : int
        The day as of which this is asked.

    Returns
    -------
    int
        The start of the run, or the last meeting attended since.
    """
    return max([dormant_since, *(one for one in attended if dormant_since < one <= day)])


def at_risk_from(
    dormant_since: int, attended: Iterable[int], *, dormant_months: int, day: int
) -> int | None:
    """Give the day since which a dormant coalition is at risk, where attendance delays that.

    Parameters
    ----------
    dormant_since : int
        First day of the unbroken dormant run, days since 1970-01-01.
    attended : iterable of int
        As `attended_days` gives them.
    dormant_months : int
        The policy's ``at_risk.dormant_months``.
    day : int
        The day as of which this is asked.

    Returns
    -------
    int or None
        The first day of the unbroken run at risk: the period after the start of the dormant
        run, or after the last meeting attended since. None where the coalition is not at risk
        on the day.

    Notes
    -----
    A meeting attended while at risk ends the run: the months are counted anew from it.
    """
    counted = counted_from(dormant_since, attended, day=day)
    risk = int(shift_months(counted, dormant_months))
    return risk if risk <= day else None


def risk_spans(
    dormant_since: int, attended: Iterable[int], *, dormant_months: int, last: int
) -> Iterator[tuple[int, int]]:
    """Tell on which days of a dormant run a coalition is at risk.

    Parameters
    ----------
    dormant_since : int
        First day of the unbroken dormant run, days since 1970-01-01.
    attended : iterable of int
        As for `counted_from`.
    dormant_months : int
        The policy's ``at_risk.dormant_months``.
    last : int
        The run's last day.

    Yields
    ------
    tuple of int
        First day, and first day after.

    Notes
    -----
    A meeting attended while at risk ends the risk: the months are counted anew from it.
    """
    starts = [dormant_since, *sorted(one for one in attended if dormant_since < one <= last)]
    for start, stop in pairwise([*starts, last + 1]):
        risk = int(shift_months(start, dormant_months))
        if risk < stop:
            yield risk, stop
