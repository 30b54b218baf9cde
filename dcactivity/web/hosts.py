"""Which kind of host keeps a list: told by the address, and better by the page."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from dcactivity.web.answers import Page
    from dcactivity.web.pages import Html

__all__ = ["Host", "host_of_page", "host_of_url"]


class Host(StrEnum):
    """Kinds of host; the value is what reports say."""

    GOOGLE = "Google Groups"
    GROUPS_IO = "groups.io"
    HYPERKITTY = "Mailman 3"
    PIPERMAIL = "Mailman 2"
    PUBLIC_INBOX = "public-inbox"
    STATIC = "static pages"
    SYMPA = "Sympa"
    NONE = "no address"


_PATHS: tuple[tuple[re.Pattern[str], Host], ...] = (
    (re.compile(r"/(?:pipermail|mailman/(?:listinfo|private|admin|options))(?:/|\.cgi/|$)"),
     Host.PIPERMAIL),
    (re.compile(r"/list/[^/@\s]+@[^/@\s]+(?:/|$)"), Host.HYPERKITTY),
    (re.compile(r"/(?:postorius|mailman3)/"), Host.HYPERKITTY),
    (re.compile(r"/lists/[^/@\s]+\.[^/@\s]+/?$"), Host.HYPERKITTY),
    (re.compile(r"/(?:wws|sympa)(?:/|$)"), Host.SYMPA),
)  # fmt: skip


def host_of_url(url: str | None) -> Host:
    """Tell the kind of host by an address alone.

    Parameters
    ----------
    url : str or None
        The address of an archive or of a list's page.

    Returns
    -------
    Host
        `Host.STATIC` where nothing in the address tells more.
    """
    if not url:
        return Host.NONE
    try:
        parts = urlsplit(url)
        name = (parts.hostname or "").lower()
    except ValueError:
        return Host.STATIC
    if name in {"groups.google.com", "www.googlegroups.com"}:
        return Host.GOOGLE
    if name == "groups.io" or name.endswith(".groups.io"):
        return Host.GROUPS_IO
    for pattern, host in _PATHS:
        if pattern.search(parts.path):
            return host
    return Host.STATIC


def host_of_page(page: Page, html: Html) -> Host:
    """Tell the kind of host by a page of it.

    Parameters
    ----------
    page : Page
        As it came; its address is the one after redirects.
    html : Html
        The same, taken apart.

    Returns
    -------
    Host
        By the marks that each program leaves on its pages, else by the address.
    """
    text = page.text
    words = html.words
    if 'id="mirror"' in text or "mirroring instructions" in words or "public-inbox" in html.title:
        return Host.PUBLIC_INBOX
    if any(mark in text for mark in ("hyperkitty", "HyperKitty", "postorius", "Postorius")):
        return Host.HYPERKITTY
    if "Private Archives Authentication" in html.title or "/mailman/listinfo" in text:
        return Host.PIPERMAIL
    is_index = re.search(r"The .{1,200} Archives", html.title) is not None
    if is_index or html.title.endswith("Info Page") or "Delivered by Mailman" in text:
        return Host.PIPERMAIL
    if "Powered by Sympa" in words or "Sympa Community" in words or "/wws/" in text:
        return Host.SYMPA
    return host_of_url(page.url)
