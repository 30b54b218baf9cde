"""Days and calendar months, all in UTC.

A day is a ``datetime.date`` at the edges and the number of days since 1970-01-01 inside, so
that whole spans of days are handled at once. The trailing N months of a day D are the
half-open span (end of D minus N calendar months, end of D]: where the month aimed at is
shorter, its last day stands in.
"""

from __future__ import annotations

import datetime as dt
import re

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dcactivity.checks import YEARS, is_usual
from dcactivity.errors import InputError

__all__ = ["as_day", "from_number", "months_between", "shift_months", "to_number"]

_EPOCH = dt.date(1970, 1, 1).toordinal()
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def as_day(value: dt.date | str, *, name: str = "as_of") -> dt.date:
    """Take a day from a date or from its ISO 8601 form.

    Parameters
    ----------
    value : datetime.date or str
        A date, an instant (its day in UTC is taken; without zone it is UTC), or the text
        ``YYYY-MM-DD``.
    name : str, default "as_of"
        What the day is for, to be named in the error.

    Returns
    -------
    datetime.date
        The day.

    Raises
    ------
    InputError
        It is no such thing, no day of the calendar, or not of the years 1900 to 2999.

    Examples
    --------
    >>> as_day("2022-03-31")
    datetime.date(2022, 3, 31)
    """
    day = _day(value, name)
    if not is_usual(day):
        raise InputError(
            f"{day} lies outside of the years {YEARS[0]} to {YEARS[-1]}",
            position=name,
            hint="give a date such as 2022-03-31",
        )
    return day


def _day(value: dt.date | str, name: str) -> dt.date:
    if isinstance(value, dt.datetime) and value == value:  # NaT differs from itself
        return (value if value.tzinfo is None else value.astimezone(dt.UTC)).date()
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    if isinstance(value, str) and _ISO_DATE.fullmatch(value.strip()):
        try:
            return dt.date.fromisoformat(value.strip())
        except ValueError as problem:
            raise InputError(
                f"{value.strip()} is no day of the calendar ({problem})",
                position=name,
                hint="give a date such as 2022-03-31",
            ) from problem
    raise InputError(
        f"{value!r} is not a date", position=name, hint="give a date such as 2022-03-31"
    )


def to_number(day: dt.date) -> int:
    """Return the number of days from 1970-01-01 to a day.

    Parameters
    ----------
    day : datetime.date
        A day, UTC.

    Returns
    -------
    int
        Negative before 1970.
    """
    return day.toordinal() - _EPOCH


def from_number(number: int) -> dt.date:
    """Return the day that lies so many days after 1970-01-01.

    Parameters
    ----------
    number : int
        Days since 1970-01-01.

    Returns
    -------
    datetime.date
        The day; the calendar's first or last one where the number leads out of it.
    """
    return dt.date.fromordinal(min(max(int(number) + _EPOCH, 1), dt.date.max.toordinal()))


def shift_months(days: ArrayLike, months: int) -> NDArray[np.int64]:
    """Move days by whole calendar months, clipped to the length of the month.

    Parameters
    ----------
    days : array-like of int
        Days since 1970-01-01.
    months : int
        How many months later; negative for earlier.

    Returns
    -------
    ndarray of int64
        Days since 1970-01-01. The order of the days is kept: a later day never moves to
        an earlier one than its predecessor does.

    Examples
    --------
    >>> march_31 = to_number(dt.date(2024, 3, 31))
    >>> from_number(shift_months(march_31, -1))
    datetime.date(2024, 2, 29)
    """
    given = np.asarray(days, dtype=np.int64).astype("M8[D]")
    month = given.astype("M8[M]")
    inside = (given - month.astype("M8[D]")).astype(np.int64)
    aim = month + np.timedelta64(months, "M")
    first = aim.astype("M8[D]").astype(np.int64)
    length = (aim + np.timedelta64(1, "M")).astype("M8[D]").astype(np.int64) - first
    moved: NDArray[np.int64] = first + np.minimum(inside, length - 1)
    return moved


def months_between(start: int, end: int) -> int:
    """Count the whole calendar months that have passed from one day to another.

    Parameters
    ----------
    start, end : int
        Days since 1970-01-01, ``start <= end``.

    Returns
    -------
    int
        The greatest number of months by which ``start`` can be moved without passing
        ``end``.
    """
    a, b = from_number(start), from_number(end)
    months = (b.year - a.year) * 12 + b.month - a.month
    return months - (int(shift_months(start, months)) > end)
