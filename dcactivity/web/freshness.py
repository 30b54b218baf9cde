"""When an archive's page or feed last speaks of a message."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dcactivity.web.plans import period_of_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcactivity.web.pages import Html

__all__ = ["newest_in_feed", "newest_on_page"]

_MONTH_NAMES = "|".join(name for name in calendar.month_name if name)
_MONTH_SHORT = "|".join(name for name in calendar.month_abbr if name)
_LONG = re.compile(rf"\b(?:(\d{{1,2}}) )?({_MONTH_NAMES})(?: (\d{{1,2}}),?)? (\d{{4}})\b")
_SHORT = re.compile(rf"\b({_MONTH_SHORT}) (\d{{1,2}}), (\d{{4}})\b")
_ISO = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_PATH_MONTH = re.compile(r"/(\d{4})-(\d\d)(?:/|$)")
_PERIOD = re.compile(r"\d{4}-[A-Z]|\d{4}q|Week-|\d{8}")


def newest_on_page(html: Html, day: dt.date) -> dt.date | None:
    """Find the day of the newest message that a page names.

    Parameters
    ----------
    html : Html
        An archive's page.
    day : datetime.date
        Today, UTC: later days are not believed.

    Returns
    -------
    datetime.date or None
        Of a month, its last day, or today where it is not over.
    """
    days = [one for one in _days(html, day) if one <= day]
    return max(days, default=None)


def _days(html: Html, day: dt.date) -> Iterator[dt.date]:
    names = list(calendar.month_name)
    short = list(calendar.month_abbr)
    for link in html.links:
        path = urlsplit(link.url).path
        for part in path.split("/")[-2:]:
            period = (
                period_of_name(part) if re.match(r"\d{4}-[A-Z]|\d{4}q|Week|\d{8}", part) else None
            )
            if period and period[0] <= day:
                yield min(day, period[1] - dt.timedelta(days=1))
        found = _PATH_MONTH.search(path)
        if found:
            yield from _valid(int(found[1]), int(found[2]), None, day)
    for before, month, after, year in _LONG.findall(html.words):
        number = int(before or after) if before or after else None
        yield from _valid(int(year), names.index(month), number, day)
    for month, number, year in _SHORT.findall(html.words):
        yield from _valid(int(year), short.index(month), int(number), day)
    for year, month, number in _ISO.findall(html.words):
        yield from _valid(int(year), int(month), int(number), day)


def _valid(year: int, month: int, number: int | None, day: dt.date) -> Iterator[dt.date]:
    """Yield a day, or a month's last one, if the calendar has it."""
    try:
        first = dt.date(year, month, number or 1)
    except ValueError:
        return
    if number is not None or first > day:
        yield first
    else:
        yield min(day, first.replace(day=calendar.monthrange(year, month)[1]))


def newest_in_feed(text: str, day: dt.date) -> dt.date | None:
    """Find the day of the newest message in an RSS or Atom feed.

    Parameters
    ----------
    text : str
        The feed. It is searched and not parsed: no entity in it is expanded.
    day : datetime.date
        Today, UTC: later days are not believed.

    Returns
    -------
    datetime.date or None
        None where there is no entry with a day.
    """
    days: list[dt.date] = []
    entries = re.split(r"<(?:item|entry)\b", text)[1:]
    for entry in entries:
        for stamp in re.findall(r"<(?:pubDate|published|updated)>([^<]{1,60})<", entry):
            try:
                iso = re.match(r"\d{4}-\d\d-\d\d", stamp)
                days.append(
                    dt.date.fromisoformat(iso[0]) if iso else parsedate_to_datetime(stamp).date()
                )
            except (ValueError, OverflowError):
                continue
    return max((one for one in days if one <= day), default=None)
