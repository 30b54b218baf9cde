"""From the monthly table to aligned series: a row a coalition, a column a month.

What is not known stays NaN: months after ``covered_until``, and months that have no row.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dcactivity.checks import require_columns
from dcactivity.errors import InputError
from dcactivity.periods import as_day

__all__ = ["Series", "last_whole_month", "monthly_series", "until_ended"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Counts by coalition and month; NaN where nothing is known.

    Attributes
    ----------
    coalitions : list of str
        Sorted; the rows.
    months : ndarray of datetime64[M]
        Without a gap; the columns.
    messages : ndarray of float
        Messages without bulletins, coalitions × months.
    people : ndarray of float
        Participants; all NaN where the table has no such column.
    """

    coalitions: list[str]
    months: NDArray[np.datetime64]
    messages: Floats
    people: Floats


def last_whole_month(as_of: dt.date | str) -> np.datetime64:
    """Return the last month that ends on or before a day.

    Parameters
    ----------
    as_of : datetime.date or str
        A day, UTC.

    Returns
    -------
    datetime64[M]
        Of a day within a month, the month before: what the table says of the day's own month
        may have happened after the day.

    Raises
    ------
    InputError
        It is no date.

    Examples
    --------
    >>> print(last_whole_month("2022-03-31"), last_whole_month("2022-03-30"))
    2022-03 2022-02
    """
    following = np.datetime64(as_day(as_of), "D") + 1
    month: np.datetime64 = following.astype("datetime64[M]") - np.timedelta64(1, "M")
    return month


def monthly_series(monthly: pd.DataFrame, as_of: dt.date | str) -> Series:
    """Align the monthly table, up to the last whole month before the end of a day.

    Parameters
    ----------
    monthly : DataFrame, one row per coalition and month
        Needs ``coalition``, ``month`` (``YYYY-MM``, UTC) and ``messages``; uses
        ``participants`` and ``bulletins`` where there are any. Bulletins are taken off the
        messages: they went to everybody and are no sign of life of any one coalition.
    as_of : datetime.date or str
        The day, UTC. No later month is read, nor the day's own unless it ends with it.

    Returns
    -------
    Series
        A row for each coalition that has one in the table by then.

    Raises
    ------
    InputError
        A column is missing, a month is none, a coalition has two rows for a month, or the
        date is none.
    """
    require_columns(monthly, ("coalition", "month", "messages"), name="monthly")
    last = last_whole_month(as_of)
    slug = monthly["coalition"].astype("str")
    month = _months(monthly["month"])
    read = (month <= last) & slug.notna().to_numpy()
    coalitions = sorted(slug[read].unique())
    first = month[read].min() if read.any() else last
    months = np.arange(first, last + np.timedelta64(1, "M"))
    row = pd.Index(coalitions).get_indexer(pd.Index(slug[read]))
    place = row, (month[read] - first).astype(np.int64)
    if len(np.unique(place[0] * len(months) + place[1])) < len(row):
        raise InputError(
            "monthly: a coalition has two rows for a month", hint="give one row for each"
        )
    shape = len(coalitions), len(months)
    messages = _laid_out(monthly, "messages", read, place, shape)
    bulletins = np.nan_to_num(_laid_out(monthly, "bulletins", read, place, shape))
    people = _laid_out(monthly, "participants", read, place, shape)
    return Series(coalitions, months, np.maximum(messages - bulletins, 0), people)


def until_ended(monthly: pd.DataFrame, ended: pd.DataFrame) -> pd.DataFrame:
    """Leave out the months after a coalition's end: what is closed does not fall silent.

    Parameters
    ----------
    monthly : DataFrame, one row per coalition and month
        With ``coalition`` and ``month``.
    ended : DataFrame, one row per coalition that ended
        With ``coalition`` and ``ended`` (a day), as a review gives it.

    Returns
    -------
    DataFrame
        Rows of the table, up to the month of the end.
    """
    day = ended.set_index(ended["coalition"].astype("str"))["ended"].astype("str").str[:7]
    last = monthly["coalition"].astype("str").map(day).astype("str")
    keep = last.isna() | (monthly["month"].astype("str") <= last.fillna("9999-12"))
    return monthly[keep].reset_index(drop=True)


def _months(texts: pd.Series) -> NDArray[np.datetime64]:
    try:
        return texts.astype("str").to_numpy().astype("datetime64[M]")
    except ValueError as problem:
        raise InputError(
            f"monthly: {problem}", position="month", hint="write months as 2022-03"
        ) from problem


def _laid_out(
    monthly: pd.DataFrame,
    column: str,
    read: NDArray[np.bool_],
    place: tuple[NDArray[np.int64], NDArray[np.int64]],
    shape: tuple[int, int],
) -> Floats:
    """Lay a column out as coalitions × months; NaN where it says nothing or is not there."""
    laid: Floats = np.full(shape, np.nan)
    if column in monthly.columns:
        counts = pd.to_numeric(monthly[column][read])
        laid[place] = counts.to_numpy(dtype="float64", na_value=np.nan)
    return laid
