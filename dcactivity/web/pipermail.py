"""Mailman 2: what the index of a pipermail archive offers; plain folders of files likewise.

References
----------
Mailman 2.1, ``templates/en/archtoc.html`` and ``archtocentry.html``: the structure of the index.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from dcactivity.web.hosts import Host
from dcactivity.web.plans import Plan, Wanted, month_after, period_of_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dcactivity.web.answers import Page
    from dcactivity.web.pages import Html, Link

__all__ = ["index_address", "plan_pipermail"]

_FILE = re.compile(r"[\w.@+=~-]{1,200}\.(?:txt|mbox|mbx)(?:\.gz)?|[\w.@+=~-]{1,200}\.tgz")
_NO_ARCHIVE = frozenset({"robots.txt", "readme.txt", "license.txt"})
_DEEP = re.compile(r"(.*/pipermail/[^/]+/).*")


def index_address(url: str) -> str:
    """Return the address of the index to which an address within an archive belongs.

    Parameters
    ----------
    url : str
        The archive, one of its months or one of its messages.

    Returns
    -------
    str
        The same for anything but pipermail.

    Examples
    --------
    >>> index_address("https://x.example/pipermail/dc/2022-March/000012.html")
    'https://x.example/pipermail/dc/'
    """
    found = _DEEP.fullmatch(url)
    if found:
        return found[1]
    return f"{url}/" if re.search(r"/pipermail/[^/]+$", url) else url


def plan_pipermail(page: Page, html: Html, host: Host) -> Plan:
    """Read what an index offers.

    Parameters
    ----------
    page : Page
        The index, of status 200.
    html : Html
        The same, taken apart.
    host : Host
        Mailman 2, or static pages, which are read in the same way.

    Returns
    -------
    Plan
        Months oldest first, then full archives. Of a month's ``.txt`` and ``.txt.gz`` the
        latter.
    """
    if html.asks_password:
        return Plan(host, closed="the archive is behind a login form")
    files = _files(page.url, html.links)
    months, others = [], []
    for name, url in files.items():
        if not name.endswith(".gz") and name + ".gz" in files:
            continue
        period = period_of_name(name)
        if period:
            months.append((period, Wanted(url, name, period[1])))
        else:
            others.append(Wanted(url, name))
    months.sort(key=lambda item: (item[0], item[1].name))
    is_empty = "archives are currently empty" in html.words
    closed = "" if files or is_empty else "the page names no archive"
    return Plan(
        host,
        (*(wanted for _, wanted in months), *sorted(others, key=lambda one: one.name)),
        missing=_gaps([period for period, _ in months]),
        closed=closed,
    )


def _files(base: str, links: Iterable[Link]) -> dict[str, str]:
    """Find the files that belong to this archive: on the same host, in or below its folder.

    The full mbox of a list lies in a folder beside, ``NAME.mbox/NAME.mbox``.
    """
    here = urlsplit(base)
    folder = here.path.rsplit("/", 1)[0] + "/"
    beside = folder.rstrip("/") + ".mbox/"
    files: dict[str, str] = {}
    for link in links:
        parts = urlsplit(link.url)
        name = unquote(parts.path.rsplit("/", 1)[-1])
        is_full = parts.path.startswith(beside) and parts.path.endswith(".mbox")
        is_here = parts.path.startswith(folder) or is_full
        is_same = parts.netloc == here.netloc and parts.scheme in {"http", "https"}
        if is_same and is_here and _FILE.fullmatch(name) and name not in _NO_ARCHIVE:
            files.setdefault(name, link.url)
    return files


def _gaps(periods: list[tuple[dt.date, dt.date]]) -> tuple[str, ...]:
    """Name the months between the first and the last that nothing covers."""
    if not periods:
        return ()
    covered: set[tuple[int, int]] = set()
    for start, end in periods:
        day = start
        while day < end:
            covered.add((day.year, day.month))
            day = month_after(day)
    day, last = min(start for start, _ in periods), max(start for start, _ in periods)
    gaps = []
    while day < last:
        if (day.year, day.month) not in covered:
            gaps.append(f"{day:%Y-%m}")
        day = month_after(day)
    return tuple(gaps)
