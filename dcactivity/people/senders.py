"""What a source says of its own lists, and of who is who."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from dcactivity.archives.addresses import parse_addresses
from dcactivity.people.overrides import FILE_NAME, Overrides, load_overrides

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dcactivity.messages.read import Opened
    from dcactivity.registry import Registry

__all__ = ["list_names", "names_in", "overrides_of", "people_file"]

_LIST_ID = re.compile(
    r"(?:^|(?<=<))(?P<title>[^<]*)<(?P<local>[^<>@.\s]+)\.(?P<domain>[^<>@\s]+\.[^<>@\s]+)>"
)


def list_names(registry: Registry, named: Iterable[str]) -> list[str]:
    """Give the addresses of a source's own lists, with their titles.

    Parameters
    ----------
    registry : Registry
        What is known of the coalitions.
    named : iterable of str
        As the messages name the lists, see `names_in`.

    Returns
    -------
    list of str
        ``Title <address>`` or the address alone, sorted.
    """
    names = {one.address for c in registry.coalitions for one in c.lists if one.address}
    names |= {one.address for one in registry.body.coordination_lists if one.address}
    return sorted(names.union(named))


def names_in(list_fields: Iterable[str]) -> set[str]:
    """Read how lists name themselves in the headers of their messages.

    Parameters
    ----------
    list_fields : iterable of str
        As the message table has them.

    Returns
    -------
    set of str
        ``Title <address>`` or the address alone: what List-Post and List-Id say.

    References
    ----------
    RFC 2369 section 3.4; RFC 2919 section 2.
    """
    names: set[str] = set()
    for text in list_fields:
        names |= _named_in(json.loads(text))
    return names


def _named_in(fields: dict[str, str]) -> set[str]:
    found = _LIST_ID.search(str(fields.get("List-Id", "")))
    title = found["title"].strip(' "') if found else ""
    addresses = {f"{found['local']}@{found['domain']}"} if found else set()
    for value in re.findall(r"<mailto:([^<>?]+)", str(fields.get("List-Post", ""))):
        addresses |= {address for _, address in parse_addresses(value.encode()) if address}
    clean = re.sub(r"[<>@\",;:()]", " ", title)
    return {f'"{clean}" <{address}>' if clean.strip() else address for address in addresses}


def overrides_of(found: Opened) -> Overrides:
    """Read the ``people.toml`` beside a source's registry.

    Parameters
    ----------
    found : Opened
        A source.

    Returns
    -------
    Overrides
        Empty where there is no such file.

    Raises
    ------
    PeopleError
        It cannot be followed.
    """
    file = people_file(found)
    return load_overrides(file) if file.is_file() else Overrides()


def people_file(found: Opened) -> Path:
    """Name the ``people.toml`` beside a source's registry, whether it is there or not."""
    return found.source / FILE_NAME
