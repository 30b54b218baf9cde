"""Dates and amounts as they are read aloud, the same in every locale."""

from __future__ import annotations

import datetime as dt

__all__ = ["amount", "plain_date"]

_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def plain_date(day: dt.date) -> str:
    """Write a date in words.

    Parameters
    ----------
    day : datetime.date
        A day, UTC.

    Returns
    -------
    str
        The date as it is read aloud.

    Examples
    --------
    >>> import datetime
    >>> plain_date(datetime.date(2021, 5, 12))
    '12 May 2021'
    """
    # strftime would follow the locale.
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def amount(number: int, noun: str) -> str:
    """Write a number with its noun, in the singular or the plural.

    Parameters
    ----------
    number : int
        How many.
    noun : str
        The singular of a noun whose plural ends in s.

    Returns
    -------
    str
        Number and noun; "no" in place of zero.

    Examples
    --------
    >>> amount(1, "person"), amount(2, "message"), amount(0, "message")
    ('1 person', '2 messages', 'no messages')
    """
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
