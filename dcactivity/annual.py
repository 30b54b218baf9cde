"""Annual reports: which are submitted, late, due or overdue, and how many in a row."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from dcactivity.frames import frame_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dcactivity.coalitions import Coalition
    from dcactivity.procedure import Reports

__all__ = ["Owed", "annual_reports", "overdue_run", "owed_reports", "reports_missing"]

_TYPES = {
    "coalition": "str",
    "year": "Int64",
    "due": "datetime64[us]",
    "submitted": "datetime64[us]",
    "state": pd.CategoricalDtype(["submitted", "late", "due", "overdue"]),
    "in_a_row": "Int64",
    "url": "str",
}


def annual_reports(
    reports: pd.DataFrame,
    coalitions: Iterable[Coalition],
    *,
    as_of: dt.date,
    rules: Reports,
    first_seen: Mapping[str, dt.date] | None = None,
) -> pd.DataFrame:
    """Tell the state of each annual report that a coalition owes as of a day.

    Parameters
    ----------
    reports : DataFrame
        ``coalition, year, submitted, url``; ``submitted`` missing where none came.
    coalitions : iterable of Coalition
        With the days on which they were recognised and ended.
    as_of : datetime.date
        Look back from the end of this day: what was submitted later is not known.
    rules : Reports
        The policy's section.
    first_seen : mapping of str to datetime.date, optional
        The first message of those of which no recognition is recorded.

    Returns
    -------
    DataFrame
        ``coalition, year, due, submitted, state, in_a_row, url``, sorted; ``in_a_row`` counts
        the overdue reports up to and including this one, 0 for a report that is not overdue.

    Notes
    -----
    Years before the first of the whole file are not asked for: a file begun in 2019 says
    nothing of 2015. Without any row, nothing is owed. A coalition owes a report for each year
    in which it existed, that is over; none where nobody knows since when it has existed, and
    none that falls due after its end.
    """
    owed = owed_reports(reports, coalitions, through=as_of, rules=rules, first_seen=first_seen)
    rows: list[tuple[object, ...]] = []
    for slug, mine in owed.items():
        in_a_row = 0
        for one in mine:
            state = one.state(as_of)
            in_a_row = in_a_row + 1 if state == "overdue" else 0
            came = one.submitted if one.has_come(as_of) else None
            url = one.url if one.has_come(as_of) else None
            rows.append((slug, one.year, one.due, came, state, in_a_row, url))
    return frame_of(rows, _TYPES)


@dataclass(frozen=True, slots=True)
class Owed:
    """One annual report that a coalition owes.

    Parameters
    ----------
    year : int
        The year reported on.
    due : datetime.date
        By when it is due.
    submitted : datetime.date or None
        When it came; None where none did.
    url : str or None
        Where it can be read.
    """

    year: int
    due: dt.date
    submitted: dt.date | None
    url: str | None

    def has_come(self, day: dt.date) -> bool:
        """Tell whether it was submitted by a day."""
        return self.submitted is not None and self.submitted <= day

    def state(self, day: dt.date) -> str:
        """Say ``submitted, late, due`` or ``overdue``, as of a day."""
        if self.submitted is not None and self.submitted <= day:
            return "submitted" if self.submitted <= self.due else "late"
        return "due" if day <= self.due else "overdue"


def owed_reports(
    reports: pd.DataFrame,
    coalitions: Iterable[Coalition],
    *,
    through: dt.date,
    rules: Reports,
    first_seen: Mapping[str, dt.date] | None = None,
) -> dict[str, list[Owed]]:
    """List the reports that coalitions owe, on the years that are over by a day.

    Parameters
    ----------
    reports, coalitions, rules, first_seen
        As for `annual_reports`.
    through : datetime.date
        The day. Those that have ended by then owe none.

    Returns
    -------
    dict
        From slugs, sorted, to each one's reports, sorted by year.
    """
    begun = reports["year"].min()
    if pd.isna(begun):
        return {}
    known: dict[tuple[str, int], Any] = {
        (row["coalition"], int(row["year"])): row for row in reports.to_dict("records")
    }
    owed: dict[str, list[Owed]] = {}
    for entry in sorted(coalitions, key=lambda one: one.slug):
        born = entry.recognised or (first_seen or {}).get(entry.slug)
        years = [year for slug, year in known if slug == entry.slug]
        start = born.year if born else min(years, default=None)
        if start is None or (entry.ended and entry.ended <= through):
            continue
        mine = owed.setdefault(entry.slug, [])
        for year in range(max(int(begun), start), through.year):
            due = rules.due_day(year)
            if entry.ended and entry.ended <= due:
                break
            row = known.get((entry.slug, year), {})
            came = row.get("submitted")
            mine.append(Owed(year, due, None if pd.isna(came) else came.date(), row.get("url")))
    return owed


def overdue_run(states: pd.DataFrame) -> pd.DataFrame:
    """Take the reports that coalitions owe now: each one's unbroken run of overdue ones.

    Parameters
    ----------
    states : DataFrame
        As `annual_reports` gives it.

    Returns
    -------
    DataFrame
        Its rows, sorted by coalition and year; none of a coalition whose newest report whose
        day has passed came. A report that was missed before others came is history, and
        nobody is asked for it.
    """
    # A report that is merely due neither goes on with a run nor ends it.
    past = states[states["state"].astype("str") != "due"]
    each = past.groupby("coalition")
    from_the_end = each.cumcount(ascending=False)
    return past[from_the_end < each["in_a_row"].transform("last")].reset_index(drop=True)


def reports_missing(states: pd.DataFrame, coalitions: Iterable[str]) -> pd.DataFrame:
    """Count each coalition's reports that are overdue in a row.

    Parameters
    ----------
    states : DataFrame
        As `annual_reports` gives it.
    coalitions : iterable of str
        Whom to list.

    Returns
    -------
    DataFrame
        ``coalition`` (str), ``reports_missing`` (Int64): the run up to the newest report
        whose day has passed; 0 where that was submitted; missing where none is owed. Sorted.
    """
    known = set(states.loc[states["state"].astype("str") != "due", "coalition"])
    runs = overdue_run(states)["coalition"].value_counts()
    slugs = sorted(set(coalitions))
    counts = [runs.get(slug, 0) if slug in known else pd.NA for slug in slugs]
    return pd.DataFrame(
        {
            "coalition": pd.Series(slugs, dtype="str"),
            "reports_missing": pd.Series(counts, dtype="Int64"),
        }
    )
