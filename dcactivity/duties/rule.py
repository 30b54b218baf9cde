"""A rule as of a day, and the spans of days on which it is met."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

__all__ = ["Duty", "Met", "runs_of"]


@dataclass(frozen=True, slots=True)
class Duty:
    """One rule as of a day, ready for the table of reasons.

    Parameters
    ----------
    rule : str
        ``noncompliant_months, reports_missing`` or ``exemption``.
    value : int or None
        What was found, in the unit of the threshold.
    threshold : int or None
        What the policy says.
    met : bool
        Whether the rule holds as of the day.
    since : datetime.date or None
        The day since which it has been met without a break; None where it is not.
    reason : str
        A clause with the figures in it; "" where there is nothing to say.
    evidence : str
        Ids of observations, joined by spaces.
    remedy : str
        A clause that says what would end it; "" where it is not met.
    """

    rule: str
    value: int | None
    threshold: int | None
    met: bool
    since: dt.date | None
    reason: str
    evidence: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Met:
    """A span of days as of whose ends a rule is met.

    Parameters
    ----------
    start, end : int
        First day, and first day after; days since 1970-01-01.
    since : int
        What is told on these days: since when it has been met without a break.
    """

    start: int
    end: int
    since: int


def runs_of(changes: Sequence[tuple[int, bool]], stop: int) -> list[tuple[int, int]]:
    """Join days from which on something holds, or not, into the runs on which it holds.

    Parameters
    ----------
    changes : sequence of tuple
        Day (days since 1970-01-01), ascending, and whether it holds from then on.
    stop : int
        The day with which the last one ends.

    Returns
    -------
    list of tuple
        First day, and first day after.
    """
    runs: list[tuple[int, int]] = []
    for (start, holds), (end, _) in pairwise([*changes, (stop, False)]):
        if holds and runs and runs[-1][1] == start:
            runs[-1] = runs[-1][0], end
        elif holds:
            runs.append((start, end))
    return runs
