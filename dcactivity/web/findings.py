"""What a page says of a list's openness: pure functions from a page to a finding.

A page is evidence of what it shows and of nothing else. Where a program does not show whether
an owner must approve, the finding is ``unknown`` and says what is shown.

References
----------
Mailman 2.1: ``HTMLFormatter.FormatSubscriptionMsg``, ``templates/en/private.html``. Postorius
1.3: ``lists/summary.html``. HyperKitty 1.3: ``errors/private.html``. Sympa 6.2:
``list_menu.tt2``, ``mhonarc-ressources.tt2``, ``arc_protect.tt2``. groups.io help centre,
"Group Type and Moderation".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from dcactivity.web.failures import Failure, FetchError
from dcactivity.web.hosts import Host

if TYPE_CHECKING:
    import datetime as dt

    from dcactivity.web.answers import Page
    from dcactivity.web.pages import Html

__all__ = [
    "STALE_DAYS",
    "Seen",
    "archive_finding",
    "failure_finding",
    "subscription_finding",
]

STALE_DAYS = 180
"""An archive whose newest message is older, days, is said to have stopped."""

Verdict = Literal["open", "conditional", "closed", "unreachable", "unknown"]


@dataclass(frozen=True, slots=True)
class Seen:
    """A finding.

    Parameters
    ----------
    finding : str
        ``open``, ``conditional``, ``closed``, ``unreachable`` or ``unknown``.
    detail : str
        What was seen, in words; of ``conditional`` the condition.
    """

    finding: Verdict
    detail: str


_MESSAGES = {
    Host.PIPERMAIL: re.compile(r"/(?:thread|date|subject|author)\.html$|\.txt(?:\.gz)?$|\.mbox$"),
    Host.HYPERKITTY: re.compile(r"/list/[^/]+@[^/]+/(?:\d{4}/\d{1,2}/|thread/|latest)"),
    Host.GROUPS_IO: re.compile(r"/(?:topic|message|messages|topics)(?:/|$)"),
    Host.GOOGLE: re.compile(r"/c/[\w-]+"),
    Host.SYMPA: re.compile(r"/arc/[^/]+/\d{4}-\d\d/?"),
    Host.PUBLIC_INBOX: re.compile(r"/[^/\s]+@[^/\s]+/(?:T/)?|/_/text/mirror/"),
}
_STATIC = re.compile(
    r"(?:/\d+\.html|msg\d+\.html|\.mbox|\.txt|\.mbox\.gz|\.txt\.gz|thread\.html)$"
)
_REFUSES = re.compile(
    r"by invitation|invit(?:ation|e)[ -]only|only invited|not open to|closed to new|"
    r"list is closed|closed list|subscription is closed",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"(?:subscri|member|join|request)\w{0,20}[^.]{0,80}\b(?:approv|moderat|review)|"
    r"(?:approv|moderat|review)\w{0,20}[^.]{0,60}\b(?:subscri|member|join|request)|"
    r"(?:on|upon|by) request|request(?:ing)? (?:membership|to join)|apply for membership|"
    r"ask to join",
    re.IGNORECASE,
)
_OFFERS = re.compile(
    r"\bsubscribe\b|\bjoin (?:this |the |our )?(?:list|group)|sign up", re.IGNORECASE
)
_MEMBERS_ONLY = re.compile(
    r"only available to (?:the )?(?:list )?members|for members only|members only|"
    r"must be subscribed to view|you have to sign in to visit the archives|"
    r"don.t have permission to access|must be a member|visible to members only",
    re.IGNORECASE,
)
_SIGN_IN = re.compile(r"accounts\.google\.com|/login\b|/accounts/login|/signin\b", re.IGNORECASE)
_UNREACHABLE = frozenset(
    {Failure.CERTIFICATE, Failure.CUT, Failure.DOWNGRADE, Failure.MISSING, Failure.REDIRECT}
    | {Failure.SERVER, Failure.SLOW, Failure.UNREACHABLE, Failure.BUSY}
)


def failure_finding(failure: FetchError) -> Seen:
    """Tell what it means that a page could not be had.

    Parameters
    ----------
    failure : FetchError
        Why.

    Returns
    -------
    Seen
        ``unreachable``, or ``unknown`` where it was we who did not look.
    """
    is_gone = failure.kind in _UNREACHABLE
    return Seen("unreachable" if is_gone else "unknown", failure.message)


def subscription_finding(page: Page, html: Html, host: Host) -> Seen:
    """Read off a list's page who may join.

    Parameters
    ----------
    page : Page
        The page on which one joins, of any status.
    html : Html
        The same, taken apart.
    host : Host
        Its kind.

    Returns
    -------
    Seen
        Whether joining is open, needs approval, is by invitation, or cannot be told.
    """
    barred = _barred(page, html)
    if barred is not None:
        return barred
    readers = {
        Host.PIPERMAIL: _mailman2,
        Host.HYPERKITTY: _postorius,
        Host.GROUPS_IO: _groups_io,
        Host.GOOGLE: _google,
        Host.SYMPA: _sympa,
    }
    return readers.get(host, _static)(html)


def _barred(page: Page, html: Html) -> Seen | None:
    """Tell apart the pages behind which nothing can be seen."""
    if page.status in {404, 410}:
        return Seen("unreachable", f"status {page.status}")
    if page.status in {401, 403}:
        return Seen("closed", f"access refused (status {page.status})")
    if page.status != 200:
        return Seen("unknown", f"status {page.status}")
    if re.search(r"no such list", html.title + html.words, re.IGNORECASE):
        return Seen("unreachable", "the host knows no such list")
    offers = any("subscribe" in form.action for form in html.forms)
    if not offers and (html.asks_password or _SIGN_IN.search(page.url)):
        return Seen("closed", f"login form ({html.title})" if html.title else "login form")
    return None


def _mailman2(html: Html) -> Seen:
    words = html.words
    if "held for approval" in words:
        return Seen("conditional", "a moderator must approve each subscription")
    if "/subscribe/" in " ".join(form.action for form in html.forms):
        if "requesting confirmation" in words:
            return Seen("open", "a form to subscribe, confirmed by mail")
        if "Subscribing to" in words:
            return Seen("open", "a form to subscribe")
        return Seen("unknown", "a form to subscribe, on a page that is not in English")
    return Seen("unknown", "no form to subscribe")


def _postorius(html: Html) -> Seen:
    offers = any("subscribe" in form.action for form in html.forms)
    if offers:
        detail = (
            "a form to subscribe is offered to everybody; Postorius does not show whether a "
            "moderator must approve"
        )
        return _by_words(html) or Seen("unknown", detail)
    if "sign in" in html.words.lower():
        return Seen("conditional", "to subscribe, one needs an account on the host")
    return Seen("unknown", "no form to subscribe")


def _groups_io(html: Html) -> Seen:
    words = html.words.lower()
    if "apply for membership" in words:
        return Seen("conditional", "a moderator must approve each membership")
    if "join this group" in words or "join group" in words:
        return Seen("open", "a button to join")
    return Seen("closed", "by invitation only: the page has no button to join")


def _google(html: Html) -> Seen:
    words = html.words.lower()
    if "ask to join" in words or "apply to join" in words:
        return Seen("conditional", "an owner must approve each membership")
    if "join group" in words:
        return Seen("open", "a button to join")
    if _MEMBERS_ONLY.search(html.words):
        return Seen("closed", "the group shows itself to members only")
    return Seen("unknown", "no button to join without signing in")


def _sympa(html: Html) -> Seen:
    paths = [urlsplit(link.url).path for link in html.links]
    if any(re.search(r"/(?:subscribe|subrequest)/[^/]+/?$", path) for path in paths):
        detail = (
            "a link to subscribe is offered to everybody; Sympa does not show whether an owner "
            "must approve"
        )
        return _by_words(html) or Seen("unknown", detail)
    return Seen("closed", "the list's menu has no link to subscribe")


def _static(html: Html) -> Seen:
    found = _by_words(html)
    if found is not None:
        return found
    addresses = [link.url for link in html.links if link.url.startswith("mailto:")]
    if any(
        re.search(r"-(?:join|subscribe)@|subject=subscribe", x, re.IGNORECASE) for x in addresses
    ):
        return Seen("open", "an address to subscribe by mail")
    if any(_OFFERS.search(link.words) for link in html.links) or (
        html.forms and _OFFERS.search(html.words)
    ):
        return Seen("open", "a form or link to subscribe")
    return Seen("unknown", "the page does not say how to subscribe")


def _by_words(html: Html) -> Seen | None:
    """Read what the owner wrote: the sentence that says it is the evidence."""
    for sentence in re.split(r"(?<=[.!?])\s+", html.words):
        if _REFUSES.search(sentence):
            return Seen("closed", f"the page says: {sentence[:200]}")
    for sentence in re.split(r"(?<=[.!?])\s+", html.words):
        if _ASKS.search(sentence):
            return Seen("conditional", f"the page says: {sentence[:200]}")
    return None


def archive_finding(
    page: Page, html: Html, host: Host, day: dt.date, newest: dt.date | None
) -> Seen:
    """Read off an archive's page who may read it, and whether it goes on.

    Parameters
    ----------
    page : Page
        The archive's first page, of any status.
    html : Html
        The same, taken apart.
    host : Host
        Its kind.
    day : datetime.date
        Today, UTC.
    newest : datetime.date or None
        The day of the newest message that page or feed show.

    Returns
    -------
    Seen
        ``open`` with the word ``stopped`` in the detail where nothing is newer than
        `STALE_DAYS`.
    """
    if page.status in {401, 403} and _MEMBERS_ONLY.search(html.words):
        return Seen("closed", "for members only")
    barred = _barred(page, html)
    if barred is not None:
        return barred
    if _MEMBERS_ONLY.search(html.words) and not _shows_messages(html, host):
        return Seen("closed", "for members only")
    if "I am not a spammer" in html.words:
        return Seen("open", "behind a button against harvesters, for everybody")
    if "archives are currently empty" in html.words or "[No topics in range]" in html.words:
        return Seen("open", "empty")
    if not _shows_messages(html, host):
        return Seen("unknown", "the page shows no messages")
    if newest is None:
        return Seen("open", "the page shows messages, without a day")
    silent = (day - newest).days
    if silent > STALE_DAYS:
        return Seen("open", f"stopped: the newest message is of {newest}, {silent} days ago")
    return Seen("open", f"current: the newest message is of {newest}")


def _shows_messages(html: Html, host: Host) -> bool:
    paths = [urlsplit(link.url).path for link in html.links]
    pattern = _MESSAGES.get(host, _STATIC)
    return any(pattern.search(path) for path in paths)
