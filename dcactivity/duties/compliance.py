"""An open principle that is breached, and for how long after a notice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dcactivity.duties.rule import Duty, Met, runs_of
from dcactivity.periods import from_number, months_between, shift_months, to_number
from dcactivity.principles import judge_principles
from dcactivity.wording import amount, plain_date

if TYPE_CHECKING:
    from dcactivity.procedure import Principles

__all__ = ["Notice", "noncompliance", "noncompliant_spans"]


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice about an open principle, and the days on which it stands.

    Parameters
    ----------
    sent : datetime.date
        When it was sent.
    start : datetime.date
        The first day as of which its case is open.
    end : datetime.date or None
        The first day as of which its case is open no longer.
    """

    sent: dt.date
    start: dt.date
    end: dt.date | None


def noncompliance(
    observations: pd.DataFrame,
    coalition: str,
    notice: dt.date | None,
    *,
    as_of: dt.date,
    months: int,
    rules: Principles,
) -> Duty:
    """Tell for how long after a notice a coalition has breached an open principle.

    Parameters
    ----------
    observations : DataFrame
        The columns of ``observations.csv``; where headers suffice, what they said over time
        among them, as `dcactivity.principles.header_observations` gives it.
    coalition : str
        The coalition's slug.
    notice : datetime.date or None
        When the notice of its open case was sent; None where none was.
    as_of : datetime.date
        The day.
    months : int
        The policy's ``at_risk.noncompliant_months``.
    rules : Principles
        The policy's section.

    Returns
    -------
    Duty
        ``value`` is the whole months since the notice, or since the breach where it began
        later. Small faults (a dead link) are no breach.

    Notes
    -----
    The months run from the notice, not from the finding: nobody is at risk for what nobody
    told them. An observation that expires ends the run, as one that finds the principle open
    does.
    """
    mine, day = observations[observations["coalition"] == coalition], to_number(as_of)
    run = next((r for r in _breaches(mine, as_of, rules) if r[0] <= day < r[1]), None)
    if notice is None or notice > as_of or run is None:
        return Duty("noncompliant_months", 0, months, met=False, since=None, reason="")
    start = max(to_number(notice), run[0])
    risk = int(shift_months(start, months))
    now = _breached(mine, as_of, rules)
    names = " and ".join(sorted(now["principle"].str.replace("_", " ")))
    value, met = months_between(start, day), risk <= day
    return Duty(
        "noncompliant_months",
        value,
        months,
        met=met,
        since=from_number(risk) if met else None,
        reason=f"{names} found closed, for {amount(value, 'month')} since the notice of "
        f"{plain_date(notice)}; the policy allows {amount(months, 'month')}",
        evidence=" ".join(now["evidence"].dropna()),
        remedy=f"once {names} {'is' if len(now) == 1 else 'are'} found open" if met else "",
    )


def noncompliant_spans(
    observations: pd.DataFrame,
    coalition: str,
    notices: Iterable[Notice],
    *,
    last: dt.date,
    months: int,
    rules: Principles,
) -> list[Met]:
    """Tell on which days `noncompliance` is met.

    Parameters
    ----------
    observations, coalition, months, rules
        As for `noncompliance`.
    notices : iterable of Notice
        Those of the coalition.
    last : datetime.date
        The last day to tell of.

    Returns
    -------
    list of Met
        In the order of the notices.
    """
    given = list(notices)
    if not given:
        return []
    mine, spans = observations[observations["coalition"] == coalition], []
    for begin, end in _breaches(mine, last, rules):
        for notice in given:
            risk = int(shift_months(max(to_number(notice.sent), begin), months))
            start = max(risk, to_number(notice.start))
            stop = end if notice.end is None else min(end, to_number(notice.end))
            if start < stop:
                spans.append(Met(start, stop, risk))
    return spans


def _breaches(mine: pd.DataFrame, last: dt.date, rules: Principles) -> list[tuple[int, int]]:
    """Cut the days on which some principle is breached into unbroken runs, half-open."""
    # A verdict can change only where an observation comes, or expires.
    ends = mine["seen"] + pd.DateOffset(months=rules.valid_months)
    days = sorted({day.date() for day in [*mine["seen"], *ends] if day.date() <= last})
    found = [(to_number(day), bool(len(_breached(mine, day, rules)))) for day in days]
    return runs_of(found, to_number(last) + 1)


def _breached(mine: pd.DataFrame, day: dt.date, rules: Principles) -> pd.DataFrame:
    verdicts = judge_principles(mine, mine["coalition"].unique(), as_of=day, rules=rules)
    return verdicts[verdicts["severity"] == "breach"]
