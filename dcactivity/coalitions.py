"""What is known of a coalition, its lists and its body: the entries of a registry."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

__all__ = ["Body", "Coalition", "CoordinationList", "MailingList", "slugify"]


def slugify(text: str) -> str:
    """Make a slug of a folder's or file's name.

    Parameters
    ----------
    text : str
        Any name.

    Returns
    -------
    str
        Lower case; runs of anything but a-z and 0-9 become one hyphen, none at the ends;
        ``"unnamed"`` where nothing is left.

    Examples
    --------
    >>> slugify("DC Internet_Rights (IRPC)")
    'dc-internet-rights-irpc'
    """
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "unnamed"


@dataclass(frozen=True, slots=True)
class MailingList:
    """One mailing list of a coalition.

    Parameters
    ----------
    address : str or None
        The address one writes to.
    archives : tuple of str
        Globs, relative to the registry's folder; none leads out of it.
    damaged : tuple of str
        Archives known to be broken, likewise relative: read as far as they go.
    retrieved : datetime.date or None
        The archives are complete up to the end of this day, UTC.
    archive_url, subscribe_url : str or None
        Where the public finds the archive, and joins.
    """

    address: str | None = None
    archives: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    retrieved: dt.date | None = None
    archive_url: str | None = None
    subscribe_url: str | None = None


@dataclass(frozen=True, slots=True)
class CoordinationList:
    """A list on which all coalitions are addressed together.

    Parameters
    ----------
    address : str or None
        The address one writes to.
    tag : str or None
        The tag it puts into subjects, such as ``[DC]``.
    archives : tuple of str
        Globs, relative to the registry's folder.
    """

    address: str | None = None
    tag: str | None = None
    archives: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Body:
    """The body that recognises the coalitions.

    Parameters
    ----------
    name : str or None
        Its name.
    addresses : tuple of str
        Addresses it writes from.
    coordination_lists : tuple of CoordinationList
        Its lists for all coalitions.
    """

    name: str | None = None
    addresses: tuple[str, ...] = ()
    coordination_lists: tuple[CoordinationList, ...] = ()


@dataclass(frozen=True, slots=True)
class Coalition:
    """One coalition under review.

    Parameters
    ----------
    slug : str
        Its key, of a-z, 0-9 and hyphen.
    name : str
        Its name; the slug where none is given.
    aliases : tuple of str
        Earlier and other names.
    recognised, ended : datetime.date or None
        The days on which it was recognised and ended.
    successor : str or None
        The slug of the coalition that goes on with its work.
    page : str or None
        Its page on the web.
    lists : tuple of MailingList
        Its mailing lists.
    """

    slug: str
    name: str
    aliases: tuple[str, ...] = ()
    recognised: dt.date | None = None
    ended: dt.date | None = None
    successor: str | None = None
    page: str | None = None
    lists: tuple[MailingList, ...] = ()
