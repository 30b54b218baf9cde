"""Annual reports: which are submitted, late, due or overdue, and how many in a row."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from dcactivity.frames import frame_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dcactivity.coalitions import Coalition
    from dcactivity.procedure import Reports

__all__ = ["annual_reports", "overdue_run", "reports_missing"]

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
    begun = reports["year"].min()
    if pd.isna(begun):
        return frame_of([], _TYPES)
    known: dict[tuple[str, int], Any] = {
        (row["coalition"], int(row["year"])): row for row in reports.to_dict("records")
    }
    rows: list[tuple[object, ...]] = []
    for entry in sorted(coalitions, key=lambda one: one.slug):
        born = entry.recognised or (first_seen or {}).get(entry.slug)
        years = [year for slug, year in known if slug == entry.slug]
        start = born.year if born else min(years, default=None)
        if start is None or (entry.ended and entry.ended <= as_of):
            continue
        in_a_row = 0
        for year in range(max(int(begun), start), as_of.year):
            due = rules.due_day(year)
            if entry.ended and entry.ended <= due:
                break
            row = known.get((entry.slug, year))
            submitted = _submitted(row, as_of)
            state = _state(submitted, due, as_of)
            in_a_row = in_a_row + 1 if state == "overdue" else 0
            url = None if row is None or submitted is None else row["url"]
            rows.append((entry.slug, year, due, submitted, state, in_a_row, url))
    return frame_of(rows, _TYPES)


def _submitted(row: Any, as_of: dt.date) -> dt.date | None:
    if row is None or pd.isna(row["submitted"]):
        return None
    day: dt.date = row["submitted"].date()
    return day if day <= as_of else None


def _state(submitted: dt.date | None, due: dt.date, as_of: dt.date) -> str:
    if submitted is not None:
        return "submitted" if submitted <= due else "late"
    return "due" if as_of <= due else "overdue"


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
