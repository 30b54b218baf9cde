"""``people.toml``: what somebody decided about senders, before any rule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dcactivity.checks import describe, read_toml, unknown_key
from dcactivity.errors import PeopleError
from dcactivity.people.addresses import parse_sender_address
from dcactivity.people.names import parse_name

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from dcactivity.people.aliases import Alias

__all__ = ["FILE_NAME", "Decisions", "Overrides", "decide", "generic_names", "load_overrides"]

FILE_NAME = "people.toml"
_KEYS = ("same", "different", "role")
_BOTH = re.compile(r"(?P<name>.*?)<(?P<address>[^<>]*)>", re.DOTALL)
_Entry = tuple[str | None, str | None]
_ENTRY = 'an address, a name, or both as in "Jane Roe <jane@example.org>"'


@dataclass(frozen=True, slots=True)
class Overrides:
    """Decisions about senders.

    Each entry is an address ("jane@example.org": whatever name stands there), a name ("Jane
    Roe": whatever address it stands at), or both ("Jane Roe <jane@example.org>"). Brackets
    leave nothing open: "<jane@example.org>" is the address without a name, "Jane Roe <>" the
    name where a list hides the address.

    Attributes
    ----------
    same : tuple of tuple of str
        Groups of entries that are one person.
    different : tuple of tuple of str
        Groups of entries of which no two are one person.
    role : tuple of str
        Addresses that several people use, and names that name nobody.
    path : Path or None
        The file, named in errors.
    """

    same: tuple[tuple[str, ...], ...] = ()
    different: tuple[tuple[str, ...], ...] = ()
    role: tuple[str, ...] = ()
    path: Path | None = None

    @classmethod
    def from_dict(cls, data: Mapping[str, object], *, path: Path | None = None) -> Overrides:
        """Check the tables of a file.

        Parameters
        ----------
        data : dict
            What the file says.
        path : Path or None
            The file, named in errors.

        Returns
        -------
        Overrides
            The same, with plain entries.

        Raises
        ------
        PeopleError
            Something in it cannot be followed; the error names the key, what was found and
            what would be right.
        """
        for key in data:
            if key not in _KEYS:
                raise PeopleError(
                    "unknown key", path=path, position=key, hint=unknown_key(str(key), _KEYS)
                )
        role = _entries(data.get("role", []), "role", path, least=0)
        for i, entry in enumerate(role):
            if None not in _parse(entry):
                raise PeopleError(
                    f"found {describe(entry)}, a name and an address",
                    path=path,
                    position=f"role[{i}]",
                    hint="give the address or the name alone, whichever is nobody's own",
                )
        same, different = (_groups(data.get(key, []), key, path) for key in _KEYS[:2])
        return cls(same, different, role, path)


def load_overrides(path: str | os.PathLike[str]) -> Overrides:
    """Read ``people.toml``.

    Parameters
    ----------
    path : str or path-like
        The file, or the folder in which it lies.

    Returns
    -------
    Overrides
        What it says.

    Raises
    ------
    MissingError
        There is no such file.
    PeopleError
        It cannot be followed; the error names the line or key.
    """
    file = Path(path)
    if file.is_dir():
        file /= FILE_NAME
    return Overrides.from_dict(read_toml(file, error=PeopleError), path=file)


def _groups(value: object, key: str, path: Path | None) -> tuple[tuple[str, ...], ...]:
    right = f'write {key} = [["jane@a.example", "jane@b.example"]], a list of lists'
    if not isinstance(value, list):
        raise PeopleError(f"found {describe(value)}", path=path, position=key, hint=right)
    for i, item in enumerate(value):
        if not isinstance(item, list):
            position = f"{key}[{i}]"
            raise PeopleError(f"found {describe(item)}", path=path, position=position, hint=right)
    return tuple(_entries(item, f"{key}[{i}]", path, least=2) for i, item in enumerate(value))


def _entries(value: object, position: str, path: Path | None, *, least: int) -> tuple[str, ...]:
    if not isinstance(value, list):
        right = 'write a list of texts, such as ["info@example.org"]'
        raise PeopleError(f"found {describe(value)}", path=path, position=position, hint=right)
    seen: dict[_Entry, int] = {}
    for i, item in enumerate(value):
        place = f"{position}[{i}]"
        if not isinstance(item, str) or not any(_parse(item)):
            right = f"it must be {_ENTRY}"
            raise PeopleError(f"found {describe(item)}", path=path, position=place, hint=right)
        earlier = seen.setdefault(_parse(item), i)
        if earlier != i:
            message = f"found {describe(item)}, which {position}[{earlier}] says already"
            raise PeopleError(message, path=path, position=place, hint="leave one of them out")
    if len(value) < least:
        right = "name at least two, or take the list out"
        message = f"holds {len(value)} of the {least} that it takes"
        raise PeopleError(message, path=path, position=position, hint=right)
    return tuple(value)


def _parse(entry: str) -> _Entry:
    """Read an entry: the key of the name and the text of the address, None for any."""
    both = _BOTH.fullmatch(entry.strip())
    if both is not None:
        return parse_name(both["name"]).key, parse_sender_address(both["address"]).text
    if "@" in entry:
        return None, parse_sender_address(entry).text
    return parse_name(entry).key or entry.strip().casefold(), None


def generic_names(overrides: Overrides) -> frozenset[str]:
    """Give the keys of names that are declared to name nobody.

    Parameters
    ----------
    overrides : Overrides
        Of which `role` counts.

    Returns
    -------
    frozenset of str
        Keys as `Name` has them.
    """
    return frozenset(name for name, _ in map(_parse, overrides.role) if name)


@dataclass(frozen=True, slots=True)
class Decisions:
    """Overrides brought to the aliases at hand.

    Attributes
    ----------
    same, different : list of tuple of int
        Pairs of positions.
    shared : frozenset of str
        Addresses that are nobody's own.
    unmatched : tuple of str
        Entries of `same` and `different` that match no alias, with their place.
    """

    same: list[tuple[int, int]]
    different: list[tuple[int, int]]
    shared: frozenset[str]
    unmatched: tuple[str, ...] = ()


def decide(overrides: Overrides, aliases: Sequence[Alias]) -> Decisions:
    """Find the aliases that overrides speak of.

    Parameters
    ----------
    overrides : Overrides
        Of any source.
    aliases : sequence of Alias
        Those at hand.

    Returns
    -------
    Decisions
        In pairs of positions.

    Raises
    ------
    PeopleError
        `different` puts apart what `same` joins, or what is one alias.
    """
    matcher = _Matcher(aliases, overrides)
    same: list[tuple[int, int]] = []
    roots = list(range(len(aliases)))
    for i, group in enumerate(overrides.same):
        members = [p for found in matcher.all(group, f"same[{i}]") for p in found]
        for other in members[1:]:
            same.append((members[0], other))
            _unite(roots, members[0], other)
    different: list[tuple[int, int]] = []
    for i, group in enumerate(overrides.different):
        found = matcher.all(group, f"different[{i}]")
        for j, left in enumerate(found):
            for k, right in enumerate(found[:j]):
                if {_find(roots, p) for p in left} & {_find(roots, p) for p in right}:
                    entries = f"{describe(group[k])} and {describe(group[j])}"
                    raise PeopleError(
                        f"{entries} are one person elsewhere in the file, or one sender",
                        path=overrides.path,
                        position=f"different[{i}]",
                        hint="take one of the two out, or name senders as Name <address>",
                    )
                different += [(p, q) for p in left for q in right]
    shared = frozenset(address for _, address in map(_parse, overrides.role) if address)
    return Decisions(same, different, shared, tuple(matcher.unmatched))


class _Matcher:
    def __init__(self, aliases: Sequence[Alias], overrides: Overrides) -> None:
        wanted = {_parse(e) for group in (*overrides.same, *overrides.different) for e in group}
        self.unmatched: list[str] = []
        self._found: dict[_Entry, list[int]] = {entry: [] for entry in wanted}
        for i, alias in enumerate(aliases if wanted else ()):
            name, address = alias.name.key, alias.address.text
            for entry in ((name, address), (name, None), (None, address)):
                if entry in self._found:
                    self._found[entry].append(i)

    def all(self, group: Sequence[str], place: str) -> list[list[int]]:
        """Give for each entry of a group the aliases that it means."""
        found = [self._found[_parse(entry)] for entry in group]
        self.unmatched += [
            f"{place}: {entry}" for entry, hits in zip(group, found, strict=True) if not hits
        ]
        return found


def _find(roots: list[int], i: int) -> int:
    while roots[i] != i:
        i = roots[i]
    return i


def _unite(roots: list[int], one: int, other: int) -> None:
    roots[_find(roots, other)] = _find(roots, one)
