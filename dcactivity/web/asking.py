"""What a list's host offers: its index is asked, and nothing else yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dcactivity.web.answers import Page
from dcactivity.web.client import WebClient
from dcactivity.web.failures import Failure, FetchError
from dcactivity.web.gitting import mirror_page, plan_public_inbox
from dcactivity.web.hosts import Host, host_of_page, host_of_url
from dcactivity.web.hyperkitty import overview_address, plan_hyperkitty
from dcactivity.web.pages import is_html, read_html
from dcactivity.web.pipermail import index_address, plan_pipermail
from dcactivity.web.plans import Plan, Wanted

if TYPE_CHECKING:
    import datetime as dt

__all__ = ["GUIDED", "ask_host", "index_of"]

_FILES = (".mbox", ".mbx", ".txt", ".gz", ".tgz", ".zip", ".bz2", ".xz", ".zst", ".bundle")
GUIDED = {
    Host.GOOGLE: "Google Groups gives archives to its owners and members only",
    Host.GROUPS_IO: "groups.io gives archives to owners, and to members where they allow it",
    Host.SYMPA: "Sympa gives archives as files to owners only",
    Host.NONE: "the registry names no archive_url",
}
"""Hosts of which nothing is fetched, and why."""


def ask_host(client: WebClient, url: str | None, day: dt.date) -> tuple[Plan, str | None]:
    """Find out what is to be had of a list's archive.

    Parameters
    ----------
    client : WebClient
        Asks for the index.
    url : str or None
        The registry's ``archive_url``.
    day : datetime.date
        Today, UTC.

    Returns
    -------
    Plan
        What to ask for.
    str or None
        The new address of an archive that has moved for good.

    Raises
    ------
    FetchError
        The index could not be had.
    """
    host = host_of_url(url)
    if url is None or host in GUIDED:
        return Plan(host, closed=GUIDED[host]), None
    path = url.partition("?")[0]
    if path.lower().endswith(_FILES):
        return Plan(host, (Wanted(url, path.rsplit("/", 1)[-1]),)), None
    page = client.page(index_of(url))
    moved = page.moved_to
    if overview_address(page.url) not in {None, page.url}:
        page = client.page(index_of(page.url))  # a redirect led below the list's overview
    return _plan(client, page, day), moved


def index_of(url: str) -> str:
    """Return the first page of the archive to which an address belongs.

    Parameters
    ----------
    url : str
        The archive, or something within it.

    Returns
    -------
    str
        The same where the address tells no more.
    """
    return overview_address(url) or index_address(url)


def _plan(client: WebClient, page: Page, day: dt.date) -> Plan:
    if not is_html(page.body) and page.status == 200:
        raise FetchError(Failure.STATUS, "neither a page nor a file of an archive", url=page.url)
    html = read_html(page)
    host = host_of_page(page, html)
    if host is Host.HYPERKITTY and page.status in {200, 401, 403}:
        return plan_hyperkitty(page, html, day)
    if page.status in {401, 403}:
        return Plan(host, closed="the archive is behind a login form")
    page.require_ok()
    if host is Host.PUBLIC_INBOX:
        address = mirror_page(html)
        mirror = client.page(address) if address else None
        return plan_public_inbox(
            page, read_html(mirror) if mirror and mirror.status == 200 else None
        )
    if host in GUIDED:
        return Plan(host, closed=GUIDED[host])
    return plan_pipermail(page, html, host)
