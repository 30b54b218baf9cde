"""Look at each list's pages, and write down what they show: observations of open principles."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dcactivity.fetched import list_name
from dcactivity.web.asking import index_of
from dcactivity.web.failures import FetchError
from dcactivity.web.findings import (
    Seen,
    archive_finding,
    failure_finding,
    subscription_finding,
)
from dcactivity.web.freshness import newest_in_feed, newest_on_page
from dcactivity.web.hosts import Host, host_of_page, host_of_url
from dcactivity.web.pages import Html, read_html

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable

    import pandas as pd

    from dcactivity.registry import MailingList, Registry
    from dcactivity.web.answers import Page
    from dcactivity.web.client import WebClient

__all__ = ["COLUMNS", "probe_lists"]

COLUMNS = (
    *("id", "coalition", "list", "principle", "finding"),
    *("seen", "source", "detail", "url", "digest"),
)
"""Of an observation."""

_SUBSCRIPTION = {
    Host.PIPERMAIL: re.compile(r"/mailman/listinfo(?:\.cgi)?/[^/?]+/?$"),
    Host.HYPERKITTY: re.compile(r"/lists/[^/@]+\.[^/@]+/$"),
    Host.SYMPA: re.compile(r"/info/[^/?]+/?$"),
}
_ARCHIVE = re.compile(r"/pipermail/|/mailman/private/|/list/[^/]+@[^/]+/$|/arc/[^/]+/?$")


@dataclass(frozen=True, slots=True)
class _Look:
    """A page that was looked at, or why not."""

    url: str
    page: Page | None
    html: Html | None
    host: Host
    failure: FetchError | None = None


def probe_lists(
    registry: Registry,
    client: WebClient,
    day: dt.date,
    *,
    coalition: str | None = None,
    progress: Callable[[int, int, str], None] | None = None,
) -> pd.DataFrame:
    """Look at the pages of all lists of a registry.

    Parameters
    ----------
    registry : Registry
        Its lists' ``archive_url`` and ``subscribe_url``.
    client : WebClient
        Speaks to the hosts.
    day : datetime.date
        Today, UTC: the day on which it was seen.
    coalition : str, optional
        This one alone, by its slug.
    progress : callable, optional
        Told the lists done, all lists, and the one under way.

    Returns
    -------
    DataFrame
        One row for each list and principle (``mailing_list``, ``archive``) of which an address
        is known: ``id, coalition, list, principle, finding, seen, source, detail, url,
        digest``, all str, sorted by coalition, list and principle. ``source`` is ``probe``;
        ``digest`` is of the page's bytes, empty where there is no page.

    Raises
    ------
    MissingError
        There is no such coalition.

    Notes
    -----
    A page that cannot be had is a finding too. Of Mailman 2, one address leads to the other:
    a list's page names its archive, an archive's index names the list's page.
    """
    import pandas as pd

    chosen = [registry.coalition(coalition)] if coalition else list(registry.coalitions)
    lists = [(one, entry) for one in chosen for entry in one.lists]
    rows: list[dict[str, str]] = []
    for done, (one, entry) in enumerate(lists):
        name = list_name(one, entry)
        if progress is not None:
            progress(done, len(lists), name)
        for principle, look, seen in _probe(entry, client, day):
            rows.append(_row(one.slug, name, principle, look, seen, day))
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")
    return frame.sort_values(["coalition", "list", "principle"], ignore_index=True)


def _probe(entry: MailingList, client: WebClient, day: dt.date) -> list[tuple[str, _Look, Seen]]:
    archive = _look(client, index_of(entry.archive_url)) if entry.archive_url else None
    joining = _joining_address(entry, archive)
    subscription = None
    if joining is not None:
        same = archive is not None and joining == archive.url
        subscription = archive if same else _look(client, joining)
    if archive is None and subscription is not None:
        address = _archive_address(subscription)
        archive = _look(client, address) if address else None
    found = []
    if archive is not None:
        found.append(("archive", archive, _archive_seen(client, archive, day)))
    if subscription is not None:
        found.append(("mailing_list", subscription, _subscription_seen(subscription)))
    return found


def _look(client: WebClient, url: str) -> _Look:
    host = host_of_url(url)
    if host is Host.PIPERMAIL and "/listinfo/" in url and "?" not in url:
        url = f"{url}?language=en"  # the sentences that tell are translated otherwise
    try:
        page = client.page(url)
    except FetchError as failure:
        return _Look(url, None, None, host, failure)
    html = read_html(page)
    found = host_of_page(page, html)
    return _Look(page.url, page, html, host if found is Host.STATIC else found)


def _subscription_seen(look: _Look) -> Seen:
    if look.failure is not None or look.page is None or look.html is None:
        assert look.failure is not None
        return failure_finding(look.failure)
    return subscription_finding(look.page, look.html, look.host)


def _archive_seen(client: WebClient, look: _Look, day: dt.date) -> Seen:
    if look.failure is not None or look.page is None or look.html is None:
        assert look.failure is not None
        return failure_finding(look.failure)
    newest = newest_on_page(look.html, day)
    same = [url for url in look.html.feeds if _origin(url) == _origin(look.url)]
    if same and look.page.status == 200:
        try:
            feed = client.page(same[0])
            newest = newest_in_feed(feed.text, day) if feed.status == 200 else newest
        except FetchError:
            pass  # the page itself tells less, but it tells
    return archive_finding(look.page, look.html, look.host, day, newest)


def _joining_address(entry: MailingList, archive: _Look | None) -> str | None:
    """Return where one joins: as the registry says, else as the archive's page does."""
    if entry.subscribe_url:
        return entry.subscribe_url
    if archive is None:
        return None
    if archive.host in {Host.GOOGLE, Host.GROUPS_IO}:
        return archive.url
    links = archive.html.links if archive.html else ()
    pattern = _SUBSCRIPTION.get(archive.host)
    if pattern is None:
        return None
    return next((x.url for x in links if pattern.search(urlsplit(x.url).path)), None)


def _archive_address(subscription: _Look) -> str | None:
    """Return where the archive is, as the page on which one joins says."""
    links = subscription.html.links if subscription.html else ()
    return next((x.url for x in links if _ARCHIVE.search(urlsplit(x.url).path)), None)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _row(
    slug: str, name: str, principle: str, look: _Look, seen: Seen, day: dt.date
) -> dict[str, str]:
    digest = f"sha256:{hashlib.sha256(look.page.body).hexdigest()}" if look.page else ""
    said = "\n".join([slug, name, principle, str(day), seen.finding, seen.detail, look.url])
    return {
        "id": f"probe-{hashlib.sha256(said.encode()).hexdigest()[:12]}",
        "coalition": slug,
        "list": name,
        "principle": principle,
        "finding": seen.finding,
        "seen": str(day),
        "source": "probe",
        "detail": seen.detail,
        "url": look.url,
        "digest": digest,
    }
