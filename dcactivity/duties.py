"""What a coalition owes besides traffic: the rules that look at principles, reports, meetings.

Pure functions over records: each gives one rule as of a day, with the day since which it has
been met without a break, and a sentence. Whoever reviews decides what follows from it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from dcactivity.annual import annual_reports, reports_missing
from dcactivity.periods import from_number, months_between, shift_months, to_number
from dcactivity.principles import judge_principles
from dcactivity.records import exemption
from dcactivity.wording import amount, plain_date

if TYPE_CHECKING:
    from dcactivity.coalitions import Coalition
    from dcactivity.procedure import Principles, Reports

__all__ = [
    "Duty",
    "at_risk_from",
    "attended_days",
    "exempted",
    "missing_reports",
    "noncompliance",
]

_ONE_DAY = dt.timedelta(days=1)


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
    """

    rule: str
    value: int | None
    threshold: int | None
    met: bool
    since: dt.date | None
    reason: str
    evidence: str = ""


def noncompliance(
    observations: pd.DataFrame,
    coalition: str,
    notice: dt.date | None,
    *,
    as_of: dt.date,
    months: int,
    rules: Principles,
    hints: pd.DataFrame | None = None,
) -> Duty:
    """Tell for how long after a notice a coalition has breached an open principle.

    Parameters
    ----------
    observations : DataFrame
        The columns of ``observations.csv``.
    coalition : str
        The coalition's slug.
    notice : datetime.date or None
        When the notice of its open case was sent, as `dcactivity.cases.tables.notices` tells; None
        where none was.
    as_of : datetime.date
        The day.
    months : int
        The policy's ``at_risk.noncompliant_months``.
    rules : Principles
        The policy's section.
    hints : DataFrame, optional
        As `dcactivity.principles.header_hints` gives them.

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
    known = observations if hints is None else pd.concat([observations, hints], ignore_index=True)
    mine = known[known["coalition"] == coalition]

    def breached(day: dt.date) -> pd.DataFrame:
        verdicts = judge_principles(mine, [coalition], as_of=day, rules=rules)
        return verdicts[verdicts["severity"] == "breach"]

    now = breached(as_of)
    if notice is None or notice > as_of or not len(now):
        return Duty("noncompliant_months", 0, months, met=False, since=None, reason="")
    changes = _changes(mine["seen"], rules)
    start = notice
    # A change shows from its day on: the run begins after the last day without a breach.
    for day in sorted(day for day in changes if notice <= day <= as_of):
        if not len(breached(day)):
            start = day + _ONE_DAY
        elif day > start and not len(breached(day - _ONE_DAY)):
            start = day
    value = months_between(to_number(start), to_number(as_of))
    risk = from_number(int(shift_months(to_number(start), months)))
    met = risk <= as_of
    names = " and ".join(sorted(now["principle"].str.replace("_", " ")))
    reason = (
        f"{names} found closed, for {amount(value, 'month')} since the notice of "
        f"{plain_date(notice)}; the policy allows {amount(months, 'month')}"
    )
    evidence = " ".join(now["evidence"].dropna())
    return Duty("noncompliant_months", value, months, met, risk if met else None, reason, evidence)


def _changes(seen: pd.Series, rules: Principles) -> set[dt.date]:
    """Give the days on which a verdict can change: an observation comes, or expires."""
    ends = seen + pd.DateOffset(months=rules.valid_months)
    return {day.date() for day in [*seen, *ends]}


def missing_reports(
    reports: pd.DataFrame,
    entry: Coalition,
    *,
    as_of: dt.date,
    threshold: int,
    rules: Reports,
    first_seen: dt.date | None = None,
) -> Duty:
    """Tell whether so many annual reports of a coalition are overdue in a row.

    Parameters
    ----------
    reports : DataFrame
        ``coalition, year, submitted, url``, of all coalitions: the first year of the file is
        the first that anybody owes.
    entry : Coalition
        The coalition.
    as_of : datetime.date
        The day.
    threshold : int
        The policy's ``at_risk.reports_missing``.
    rules : Reports
        The policy's section.
    first_seen : datetime.date, optional
        Its first message, where no recognition is recorded.

    Returns
    -------
    Duty
        ``value`` is the number in a row; ``since`` the first day of the unbroken run on which
        it was at least `threshold`.
    """
    known = {} if first_seen is None else {entry.slug: first_seen}

    def count(day: dt.date) -> int | None:
        states = annual_reports(reports, [entry], as_of=day, rules=rules, first_seen=known)
        found = reports_missing(states, [entry.slug])["reports_missing"].iloc[0]
        return None if pd.isna(found) else int(found)

    value = count(as_of)
    if value is None or value < threshold:
        return Duty("reports_missing", value, threshold, met=False, since=None, reason="")
    since = as_of
    for day in sorted(_report_days(reports, entry.slug, rules, as_of), reverse=True):
        if (count(day) or 0) < threshold:
            break
        since = day
    reason = (
        f"{amount(value, 'annual report')} overdue in a row; the policy allows "
        f"{threshold - 1 or 'none'}"
    )
    return Duty("reports_missing", value, threshold, met=True, since=since, reason=reason)


def _report_days(reports: pd.DataFrame, slug: str, rules: Reports, as_of: dt.date) -> set[dt.date]:
    """Give the days on which the count can change: a report falls overdue, or comes."""
    mine = reports.loc[reports["coalition"] == slug, "submitted"].dropna()
    first = reports["year"].min()
    years = [] if pd.isna(first) else range(int(first), as_of.year)
    days = {rules.due_day(year) + _ONE_DAY for year in years} | {day.date() for day in mine}
    return {day for day in days if day <= as_of}


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
    said = exemption(exemptions, coalition, as_of)
    if said is None:
        return Duty("exemption", None, None, met=False, since=None, reason="")
    day = as_of
    mine: list[Any] = exemptions[exemptions["coalition"] == coalition].to_dict("records")
    for row in sorted(mine, key=lambda one: one["from"], reverse=True):
        until = None if pd.isna(row["until"]) else row["until"].date()
        if row["from"].date() <= day and (until is None or until >= day - _ONE_DAY):
            day = row["from"].date()
    return Duty("exemption", None, None, met=True, since=day, reason=said)


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
    counted_from = max([dormant_since, *(one for one in attended if dormant_since < one <= day)])
    risk = int(shift_months(counted_from, dormant_months))
    return risk if risk <= day else None
