"""Mailman 3: the months of a HyperKitty archive, each an export.

References
----------
HyperKitty 1.3, ``views/mlist.py`` (`export_mbox`): ``start`` and ``end`` are days in UTC, half
open, compared with the Date field. ``templates/hyperkitty/overview.html``: links to months.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from dcactivity.web.hosts import Host
from dcactivity.web.plans import Plan, Wanted, month_after

if TYPE_CHECKING:
    from dcactivity.web.answers import Page
    from dcactivity.web.pages import Html

__all__ = ["overview_address", "plan_hyperkitty"]

_BASE = re.compile(r"(.*/list/([^/@\s]+@[^/@\s]+))(?:/.*)?", re.DOTALL)
_MONTH = re.compile(r"/list/[^/]+@[^/]+/(\d{4})/(\d{1,2})/$")
_EARLIEST = dt.date(1985, 1, 1)


def overview_address(url: str) -> str | None:
    """Return the address of a list's overview, to which a deeper address belongs.

    Parameters
    ----------
    url : str
        Any address within a HyperKitty archive.

    Returns
    -------
    str or None
        None where the address is none of a list.

    Examples
    --------
    >>> overview_address("https://x.example/archives/list/dc@x.example/thread/ABC/")
    'https://x.example/archives/list/dc@x.example/'
    """
    found = _BASE.fullmatch(url.replace("%40", "@"))
    return f"{found[1]}/" if found else None


def plan_hyperkitty(page: Page, html: Html, day: dt.date) -> Plan:
    """Lay out the months from a list's first to the present one.

    Parameters
    ----------
    page : Page
        The list's overview, of any status.
    html : Html
        The same, taken apart.
    day : datetime.date
        Today, UTC: the page's own list of months may be a day old.

    Returns
    -------
    Plan
        One export for each month; what claims to be older than 1985 in one.
    """
    base = overview_address(page.url)
    if page.status in {401, 403} or "This mailing list is private" in html.words:
        return Plan(Host.HYPERKITTY, closed="the archive is for members only")
    if base is None or html.asks_password:
        return Plan(Host.HYPERKITTY, closed="the archive is behind a login form")
    if page.status != 200:
        return Plan(Host.HYPERKITTY, closed=f"status {page.status}")
    if not any("/export/" in link.url for link in html.links):
        return Plan(Host.HYPERKITTY, closed="the host has switched the export of archives off")
    name = base.rstrip("/").rsplit("/", 1)[-1]
    months = [_month(link.url) for link in html.links]
    first = min((month for month in months if month), default=day.replace(day=1))
    wanted = []
    if first < _EARLIEST:
        file = f"{name}-before-{_EARLIEST:%Y}.mbox.gz"
        wanted.append(Wanted(f"{base}export/{file}?end={_EARLIEST}", file, _EARLIEST))
        first = _EARLIEST
    while first <= day:
        end = month_after(first)
        file = f"{name}-{first:%Y-%m}.mbox.gz"
        wanted.append(Wanted(f"{base}export/{file}?start={first}&end={end}", file, end))
        first = end
    return Plan(Host.HYPERKITTY, tuple(wanted))


def _month(url: str) -> dt.date | None:
    found = _MONTH.search(url.replace("%40", "@"))
    try:
        return dt.date(int(found[1]), int(found[2]), 1) if found else None
    except ValueError:
        return None
