"""What is to be asked of a host: files, each with the days it covers."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from dcactivity.web.hosts import Host

__all__ = ["Plan", "Wanted", "month_after", "period_of_name"]

_MONTHS = {name.lower(): n for n, name in enumerate(calendar.month_name) if name}
_NAME = re.compile(
    r"(?P<year>(?:19|20)\d\d)"
    r"(?:-(?P<word>[A-Za-z]+)|-(?P<month>\d\d)|q(?P<quarter>[1-4])|(?P<day>\d{4}))?"
)
_WEEK = re.compile(r"Week-of-Mon-(\d{8})")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A file to be asked for.

    Parameters
    ----------
    url : str
        Its address.
    name : str
        The name under which the server keeps it.
    end : datetime.date or None
        The day after the last one that it covers; None where it covers everything.
    """

    url: str
    name: str
    end: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a host offers.

    Parameters
    ----------
    host : Host
        Its kind.
    wanted : tuple of Wanted
        In the order in which they are to be asked for.
    missing : tuple of str
        Months that the index skips, such as ``2020-02``.
    git : tuple of str
        Addresses of git repositories, oldest epoch first, in place of files.
    closed : str
        Why nothing is to be had: a guide says how to go on; else empty.
    """

    host: Host
    wanted: tuple[Wanted, ...] = ()
    missing: tuple[str, ...] = ()
    git: tuple[str, ...] = ()
    closed: str = ""


def month_after(day: dt.date) -> dt.date:
    """Return the first day of the month after a day's.

    Examples
    --------
    >>> month_after(dt.date(2021, 12, 5))
    datetime.date(2022, 1, 1)
    """
    return dt.date(day.year + day.month // 12, day.month % 12 + 1, 1)


def period_of_name(name: str) -> tuple[dt.date, dt.date] | None:
    """Read which days a file of an archive covers out of its name.

    Parameters
    ----------
    name : str
        Such as ``2022-March.txt.gz``, ``2022q1.txt``, ``Week-of-Mon-20220307.txt``,
        ``20220307.txt.gz``, ``2022.txt`` or ``2022-03.mbox``.

    Returns
    -------
    tuple of datetime.date or None
        The first day and the day after the last.

    Examples
    --------
    >>> period_of_name("2021-December.txt.gz")
    (datetime.date(2021, 12, 1), datetime.date(2022, 1, 1))
    """
    week = _WEEK.match(name)
    found = _NAME.match(name)
    try:
        if week:
            start = dt.datetime.strptime(week[1], "%Y%m%d").replace(tzinfo=dt.UTC).date()
            return start, start + dt.timedelta(days=7)
        if not found or not re.match(r"\.|$", name[found.end() :]):
            return None
        year = int(found["year"])
        if found["day"]:
            start = dt.date(year, int(found["day"][:2]), int(found["day"][2:]))
            return start, start + dt.timedelta(days=1)
        if found["quarter"]:
            start = dt.date(year, 3 * int(found["quarter"]) - 2, 1)
            return start, month_after(start.replace(month=start.month + 2))
        if found["word"] or found["month"]:
            word = (found["word"] or "").lower()
            number = _MONTHS[word] if word else int(found["month"])
            start = dt.date(year, number, 1)
            return start, month_after(start)
        return dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
    except (ValueError, KeyError):
        return None
