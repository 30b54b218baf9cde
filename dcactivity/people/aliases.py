"""Aliases: the distinct names and addresses under which people write."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dcactivity.people.addresses import NO_ADDRESS, Address, parse_sender_address
from dcactivity.people.names import NO_NAME, Name, parse_name

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["Alias", "Aliases", "alias_key", "read_aliases"]

_VIA = re.compile(
    r"(?P<who>.*\S)\s+[(\[]?(?P<word>via|vía|über|ueber|par|tramite|przez|через"
    r"|par l['’]intermédiaire d[eu]|por me[dí]io de|a través de|através d[eao])"
    r"\s+(?P<list>\S.*?)[)\]]?",
    re.IGNORECASE,
)
_WRITTEN = re.compile(r"[\w.+-]+(?:@|\s?\[at\]\s?)[\w-]+(?:(?:\.|\s?\[dot\]\s?)[\w-]+)+", re.I)
_SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True)
class Alias:
    """One name at one address; without an address of its own, one name in one coalition.

    Attributes
    ----------
    key : str
        Equal for what is the same alias; the order of keys is the order of the result.
    name : Name
        Whom it names.
    address : Address
        The writer's; `NO_ADDRESS` where the list hides it.
    coalitions : frozenset of str
        Where it was seen; empty where nobody says.
    messages : int
        How many are known.
    shown_name, shown_address : str
        As the most frequent of its spellings has them.
    """

    key: str
    name: Name
    address: Address
    coalitions: frozenset[str] = frozenset()
    messages: int = 0
    shown_name: str = ""
    shown_address: str = ""

    @property
    def is_hidden(self) -> bool:
        """Whether there is a name, but no address that could be the writer's."""
        return not self.address.text

    def __str__(self) -> str:
        if not self.shown_address:
            return self.shown_name
        return f"{self.shown_name} <{self.shown_address}>".strip()


@dataclass(frozen=True, slots=True)
class Aliases:
    """The aliases of a frame of senders.

    Attributes
    ----------
    items : list of Alias
        Sorted by key.
    rows : ndarray of int64
        For each row of the frame the position of its alias, -1 where nothing tells who wrote.
    """

    items: list[Alias]
    rows: np.ndarray[tuple[int], np.dtype[np.int64]]


def alias_key(name: Name, address: Address, coalition: str) -> str:
    """Give what is equal for the same alias and differs for any other.

    Parameters
    ----------
    name, address : Name, Address
        Of the alias.
    coalition : str
        Counts only where there is no address.

    Returns
    -------
    str
        "" where there is neither a name nor an address.
    """
    if address.text:
        return f"{address.text}{_SEPARATOR}{name.key}"
    return f"{_SEPARATOR}{name.key}{_SEPARATOR}{coalition}" if name.words else ""


def read_aliases(senders: pd.DataFrame, list_addresses: Collection[str]) -> Aliases:
    """Turn rows of senders into aliases.

    Parameters
    ----------
    senders : DataFrame
        ``from_name`` and ``from_address``; ``coalition`` and ``messages`` where known.
    list_addresses : collection of str
        Addresses that are the lists' own.

    Returns
    -------
    Aliases
        Rows of the same name and address (and coalition, where the address is hidden) are one.
    """
    lists = {parse_sender_address(one).text for one in list_addresses}
    names, name_of = _distinct(senders, "from_name")
    addresses, address_of = _distinct(senders, "from_address")
    coalitions, coalition_of = _distinct(senders, "coalition")
    counts = _counts(senders)
    written = _written_addresses(names)
    parsed_names = [parse_name(text) for text in names]
    parsed_addresses = [parse_sender_address(text) for text in addresses]
    rewritten = [" " in text and _VIA.fullmatch(text) is not None for text in names]
    positions: dict[str, int] = {}
    found: list[list[tuple[int, int, int, int]]] = []
    parts: list[tuple[Name, Address]] = []
    rows = np.full(len(senders), -1, np.int64)
    columns = (name_of.tolist(), address_of.tolist(), coalition_of.tolist(), counts.tolist())
    for row, (n, a, c, count) in enumerate(zip(*columns, strict=True)):
        name, address = parsed_names[n], parsed_addresses[a]
        if rewritten[n] or address.text in lists:
            name, address = _own(names[n], name, address, lists)
        elif address.is_role or "@" not in address.text:
            address = written.get(n, address)  # an address may stand in the name
        key = alias_key(name, address, coalitions[c])
        if not key:
            continue
        position = positions.setdefault(key, len(found))
        if position == len(found):
            found.append([])
            parts.append((name, address))
        found[position].append((n, a, c, count))
        rows[row] = position
    keys = list(positions)
    order = sorted(range(len(keys)), key=keys.__getitem__)
    items = [
        _alias(keys[i], *parts[i], found[i], names, addresses, coalitions) for i in order
    ]
    rank = np.empty(len(order) + 1, np.int64)
    rank[order] = np.arange(len(order))
    rank[-1] = -1
    return Aliases(items, rank[rows])


def _distinct(
    senders: pd.DataFrame, column: str
) -> tuple[list[str], np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Give the distinct texts of a column, and for each row the position of its own."""
    if column not in senders.columns:
        return [""], np.zeros(len(senders), np.int64)
    codes, texts = pd.factorize(senders[column], use_na_sentinel=True)
    return [*map(str, texts), ""], np.where(codes < 0, len(texts), codes)


def _written_addresses(names: list[str]) -> dict[int, Address]:
    """Find the addresses that stand in names."""
    found = {}
    for n, text in enumerate(names):
        written = _WRITTEN.search(text) if "@" in text or "[at]" in text.lower() else None
        if written is not None:
            found[n] = parse_sender_address(written[0].strip("()[]<>"))
    return found


def _counts(senders: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    if "messages" not in senders.columns:
        return np.ones(len(senders), np.int64)
    return senders["messages"].fillna(0).to_numpy(np.int64)


def _own(text: str, name: Name, address: Address, lists: set[str]) -> tuple[Name, Address]:
    """Take the list's name and address away from the writer's."""
    via = _VIA.fullmatch(text)
    is_list = address.text in lists
    if via is not None:
        title = parse_sender_address(via["list"]).local
        named = bool(title) and _letters(title) == _letters(address.local)
        who = parse_name(via["who"])
        is_own = bool(address.text) and not is_list and not named and _is_spelt(who, address)
        if is_list or named or (via["word"].lower() == "via" and not is_own):
            return who, NO_ADDRESS
        return (who if is_own and via["word"].lower() == "via" else name), address
    if _letters(text) == _letters(address.local):
        return NO_NAME, NO_ADDRESS  # the list's own title is nobody's name
    return name, NO_ADDRESS


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())


def _is_spelt(name: Name, address: Address) -> bool:
    """Tell whether an address shows the name: "Jane via Calendar" writes from jane@."""
    return any(word in address.spelling for word in name.long)


def _alias(
    key: str,
    name: Name,
    address: Address,
    found: list[tuple[int, int, int, int]],
    names: list[str],
    addresses: list[str],
    coalitions: list[str],
) -> Alias:
    if len(found) == 1:
        n, a, c, total = found[0]
        where = frozenset((coalitions[c],)) if coalitions[c] else frozenset[str]()
        shown_name, shown_address = names[n], addresses[a]
    else:
        total = sum(count for *_, count in found)
        where = frozenset(coalitions[c] for _, _, c, _ in found) - {""}
        votes: dict[tuple[str, str], int] = {}
        for n, a, _, count in found:
            spelling = (names[n], addresses[a])
            votes[spelling] = votes.get(spelling, 0) + count
        shown_name, shown_address = min(votes, key=lambda pair: (-votes[pair], pair))
    alias = Alias(key, name, address, where, total, shown_name, shown_address)
    return alias if address.text else replace(alias, shown_address="")
