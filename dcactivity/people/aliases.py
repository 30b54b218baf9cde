"""Aliases: the distinct names and addresses under which people write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from dcactivity.people.addresses import Address, parse_sender_address
from dcactivity.people.listnames import ListNames
from dcactivity.people.names import NO_NAME, Name, parse_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

__all__ = ["Alias", "Aliases", "alias_key", "read_aliases"]

_WRITTEN = re.compile(
    r"(?<![\w.+-])[\w.+-]++(?:@|\s?\[at\]\s?)[\w-]+(?:(?:\.|\s?\[dot\]\s?)[\w-]+)+", re.IGNORECASE
)
_SEPARATOR = "\x1f"
_Row = tuple[int, int, int, int]
"""Positions of name, address and coalition among the distinct ones, and a count of messages."""


class Alias(NamedTuple):
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


def read_aliases(
    senders: pd.DataFrame,
    list_addresses: Iterable[str] = (),
    *,
    generic_names: Collection[str] = (),
) -> Aliases:
    """Turn rows of senders into aliases.

    Parameters
    ----------
    senders : DataFrame
        ``from_name`` and ``from_address``; ``coalition`` and ``messages`` where known.
    list_addresses : iterable of str
        Addresses that are the lists' own, with the list's title where it is known.
    generic_names : collection of str
        Keys of names that name nobody.

    Returns
    -------
    Aliases
        Rows of the same name and address (and coalition, where the address is hidden) are one.
    """
    reader = _SenderReader(ListNames(list_addresses), frozenset(generic_names))
    names, name_of = _distinct(senders, "from_name")
    addresses, address_of = _distinct(senders, "from_address")
    coalitions, coalition_of = _distinct(senders, "coalition")
    reader.read(names, addresses)
    columns = (name_of.tolist(), address_of.tolist(), coalition_of.tolist(), _counts(senders))
    positions: dict[str, int] = {}
    parts: list[tuple[Name, Address, str]] = []
    first: list[_Row] = []
    more: dict[int, list[_Row]] = {}
    rows = np.full(len(senders), -1, np.int64)
    for row, one in enumerate(zip(*columns, strict=True)):
        part = reader.sender(one[0], one[1])
        key = alias_key(part[0], part[1], coalitions[one[2]])
        if not key:
            continue
        rows[row] = position = positions.setdefault(key, len(parts))
        if position == len(parts):
            parts.append(part)
            first.append(one)
        else:
            more.setdefault(position, []).append(one)
    show = _Showing(names, addresses, coalitions)
    keys = list(positions)
    order = sorted(range(len(keys)), key=keys.__getitem__)
    items = [show.alias(keys[i], *parts[i], first[i], more.get(i)) for i in order]
    rank = np.full(len(order) + 1, -1, np.int64)  # the last is that of the rows without an alias
    rank[order] = np.arange(len(order))
    return Aliases(items, rank[rows])


class _SenderReader:
    """Reads distinct names and addresses once, and then pairs of them."""

    def __init__(self, lists: ListNames, generic: frozenset[str]) -> None:
        self._lists = lists
        self._generic = generic

    def read(self, names: list[str], addresses: list[str]) -> None:
        self._texts = names
        self._names = [self._named(text) for text in names]
        self._addresses = [parse_sender_address(text) for text in addresses]
        self._is_own = [self._lists.is_own(address) for address in self._addresses]
        self._rewritten = [self._lists.names_list(text) for text in names]
        self._written = _written_addresses(names)

    def sender(self, n: int, a: int) -> tuple[Name, Address, str]:
        """Give whom a name and an address, by position, speak of, and the writer's own name."""
        name, address = self._names[n], self._addresses[a]
        if self._rewritten[n] or self._is_own[a]:
            text, address = self._lists.writer(self._texts[n], address)
            return self._named(text), address, text
        if n in self._written and (address.is_role or "@" not in address.text):
            address = self._written[n]  # the writer's address stands in the name
        return name, address, self._texts[n]

    def _named(self, text: str) -> Name:
        name = parse_name(text)
        return NO_NAME if name.key in self._generic else name


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


def _counts(senders: pd.DataFrame) -> list[int]:
    if "messages" not in senders.columns:
        return [1] * len(senders)
    return list(map(int, senders["messages"].fillna(0)))


class _Showing:
    """Puts together what was seen of an alias; the most frequent spelling is the one shown."""

    def __init__(self, names: list[str], addresses: list[str], coalitions: list[str]) -> None:
        self._names = names
        self._addresses = addresses
        self._coalitions = coalitions
        self._alone = [frozenset({slug} - {""}) for slug in coalitions]

    def alias(
        self,
        key: str,
        name: Name,
        address: Address,
        shown: str,
        first: _Row,
        more: list[_Row] | None,
    ) -> Alias:
        n, a, c, total = first
        where = self._alone[c]
        if more:
            votes: dict[tuple[int, int], int] = {}
            for n, a, c, count in (first, *more):
                votes[n, a] = votes.get((n, a), 0) + count
                where |= self._alone[c]
            n, a = min(votes, key=lambda pair: (-votes[pair], *self._texts(*pair)))
            total = sum(votes.values())
        if not address.text:
            return Alias(key, name, address, where, total, shown, "")
        return Alias(key, name, address, where, total, *self._texts(n, a))

    def _texts(self, n: int, a: int) -> tuple[str, str]:
        return self._names[n], self._addresses[a]
