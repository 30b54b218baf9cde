"""Dormant by decision: the days that an exemption covers."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from dcactivity.duties.rule import Duty
from dcactivity.periods import from_number, to_number
from dcactivity.records import exemption

__all__ = ["exempt_spans", "exempted"]

_LAST = to_number(dt.date.max)


def exempted(exemptions: pd.DataFrame, coalition: str, *, as_of: dt.date) -> Duty:
    """Tell whether a coalition is dormant by decision as of a day.

    Parameters
    ----------
    exemptions : DataFrame
        ``coalition, from, until, reason, decided_by``.
    coalition : str
        The coalition's slug.
    as_of : datetime.date
        The day.

    Returns
    -------
    Duty
        ``met`` where an exemption covers the day: AT_RISK is held back to DORMANT.
    """
    said, day = exemption(exemptions, coalition, as_of), to_number(as_of)
    if said is None:
        return Duty("exemption", None, None, met=False, since=None, reason="")
    start = min(begin for begin, end in exempt_spans(exemptions, coalition) if begin <= day < end)
    return Duty("exemption", None, None, met=True, since=from_number(start), reason=said)


def exempt_spans(exemptions: pd.DataFrame, coalition: str) -> list[tuple[int, int]]:
    """Tell on which days a coalition is dormant by decision.

    Parameters
    ----------
    exemptions : DataFrame
        ``coalition, from, until, reason, decided_by``.
    coalition : str
        The coalition's slug.

    Returns
    -------
    list of tuple
        First day and first day after, days since 1970-01-01, of each unbroken run; sorted.
    """
    mine = exemptions[exemptions["coalition"] == coalition].sort_values("from", kind="stable")
    runs: list[tuple[int, int]] = []
    for first, until in zip(mine["from"], mine["until"], strict=True):
        start = to_number(first.date())
        end = _LAST if pd.isna(until) else to_number(until.date()) + 1
        if runs and start <= runs[-1][1]:
            runs[-1] = runs[-1][0], max(end, runs[-1][1])
        else:
            runs.append((start, end))
    return runs
