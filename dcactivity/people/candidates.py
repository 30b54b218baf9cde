"""Blocking: which pairs of aliases are worth weighing, so that nobody compares all with all.

Aliases are put together under keys: their address, pairs of words of their name, the spellings
of their name and local part. Keys are grouped by their hash; where two keys had the same hash by
chance, the weighing finds nothing in common, so that the result does not depend on hashes.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from dcactivity.people.evidence import DOUBT, abbreviated, written_together
from dcactivity.people.likeness import Likeness, are_told_together, likeness
from dcactivity.people.words import NICKNAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from dcactivity.people.aliases import Alias
    from dcactivity.people.evidence import Weigher
    from dcactivity.people.names import Name

__all__ = ["candidate_pairs", "groups_of", "people_at"]

_ALL = 12
"""Members of a group up to which each is compared with each."""
_NEIGHBOURS = 3
"""With how many neighbours a member of a larger group is compared, in the order of keys."""
_AMBIGUOUS = 12
"""Full names that one spelling may stand for before it stands for nobody."""
_WORDS = 4
"""Words of a name, and coalitions of an alias, from which keys are made."""
_DIGITS = "0123456789"


def groups_of(positions: Sequence[int], keys: Sequence[str]) -> Iterator[tuple[str, list[int]]]:
    """Group positions by key.

    Parameters
    ----------
    positions : sequence of int
        A position may stand there several times.
    keys : sequence of str
        As many; "" is no key.

    Yields
    ------
    key : str
        Each key that at least two positions have.
    group : list of int
        These positions, ascending.
    """
    places = np.array(positions, np.int64)
    hashes = np.fromiter(map(hash, keys), np.int64, len(places))
    order = np.lexsort((places, hashes))
    order = order[hashes[order] != hash("")]
    hashes = hashes[order]
    bounds = np.concatenate(([0], np.flatnonzero(np.diff(hashes)) + 1, [len(hashes)]))
    many = np.flatnonzero(np.diff(bounds) > 1)
    ordered = places[order].tolist()
    for start, end in zip(bounds[many].tolist(), bounds[many + 1].tolist(), strict=True):
        group = list(dict.fromkeys(ordered[start:end]))
        if len(group) > 1:
            yield keys[order[start]], group


def people_at(names: Sequence[Name], spelling: str) -> tuple[int, bool]:
    """Count how many people the names at one address speak of.

    Parameters
    ----------
    names : sequence of Name
        All that stand there.
    spelling : str
        The local part, letters and digits: a name like it belongs to the owner.

    Returns
    -------
    count : int
        Of groups of unlike names, at most 3.
    contested : bool
        Whether two full names among them cannot be one person.
    """
    seen: list[Name] = []
    contested = False
    own = False
    for name in sorted(names, key=lambda each: (-len(each.long), each.key)):
        if not name.words:
            continue
        levels = [
            Likeness.RENAMED if are_told_together(name, other, spelling) else likeness(name, other)
            for other in seen
        ]
        contested |= any(level is Likeness.DIFFERENT for level in levels)
        if any(level >= Likeness.MISSPELT or level is Likeness.RENAMED for level in levels):
            continue
        if name.is_single and (name.words[0] in spelling or spelling in name.words[0]):
            own = True
            continue
        seen.append(name)
        if len(seen) > 2:
            return 3, contested
    return max(len(seen), int(own)), contested


def candidate_pairs(aliases: Sequence[Alias], weigher: Weigher) -> Iterator[tuple[int, int]]:
    """Propose pairs of aliases.

    Parameters
    ----------
    aliases : sequence of Alias
        Sorted by key.
    weigher : Weigher
        Knows which names are too common to be compared one by one.

    Yields
    ------
    tuple of int
        Two positions, the lower first; a pair may come more than once.
    """
    yield from _by_address(aliases)
    yield from _by_name(aliases, weigher)
    yield from _by_spelling(aliases, weigher)


def _by_address(aliases: Sequence[Alias]) -> Iterator[tuple[int, int]]:
    for _, group in groups_of(range(len(aliases)), [alias.address.text for alias in aliases]):
        yield from _pairs(group)


def _pairs(group: list[int]) -> Iterator[tuple[int, int]]:
    """Compare each with each in a small group, else with the next and with the first."""
    if len(group) <= _ALL:
        yield from combinations(group, 2)
        return
    for i, one in enumerate(group):
        for other in group[i + 1 : i + 1 + _NEIGHBOURS]:
            yield one, other
        if i > _NEIGHBOURS:
            yield group[0], one


def _by_name(aliases: Sequence[Alias], weigher: Weigher) -> Iterator[tuple[int, int]]:
    for _, group in groups_of(*_keyed(aliases, range(len(aliases)), _name_keys)):
        if len(group) <= _ALL:
            yield from combinations(group, 2)
            continue
        if weigher.by_name_alone(aliases[group[0]].name) >= DOUBT:
            yield from _pairs(group)
        for refined in _refined(aliases, group, _surroundings_and_local_part):
            yield from _pairs(refined)


def _keyed(
    aliases: Sequence[Alias],
    positions: Iterable[int],
    keys_of: Callable[[Alias], Collection[str]],
) -> tuple[list[int], list[str]]:
    """List the keys of aliases, and beside them whose they are."""
    owners: list[int] = []
    keys: list[str] = []
    for i in positions:
        found = keys_of(aliases[i])
        keys += found
        owners += [i] * len(found)
    return owners, keys


def _name_keys(alias: Alias) -> Collection[str]:
    """Give pairs of words of a name, so that names within names meet."""
    name = alias.name
    if not name.is_full:
        return ()
    if len(name.words) == 2 and not name.umlauts:  # nearly all
        one, other = (NICKNAMES.get(word, word) for word in name.words)
        return (f"{one} {other}" if one < other else f"{other} {one}",)
    found = set()
    for words in {name.long, name.umlauts or name.long}:
        long = [NICKNAMES.get(word, word) for word in words]
        for one, other in combinations(long[:_WORDS], 2):
            found.add(f"{one} {other}" if one < other else f"{other} {one}")
    return found


def _refined(
    aliases: Sequence[Alias], group: list[int], keys_of: Callable[[Alias], Collection[str]]
) -> Iterator[list[int]]:
    """Divide a group that has too little in common by what else may join its members."""
    found: dict[str, list[int]] = {}
    for i in group:
        for key in keys_of(aliases[i]):
            found.setdefault(key, []).append(i)
    yield from (refined for key, refined in found.items() if key and len(refined) > 1)


def _surroundings(alias: Alias) -> list[str]:
    found = [f"/{coalition}" for coalition in sorted(alias.coalitions)[:_WORDS]]
    if alias.address.organisation:
        found.append(f"@{alias.address.organisation}")
    return found


def _surroundings_and_local_part(alias: Alias) -> list[str]:
    spelling = alias.address.spelling
    digits = spelling[len(spelling.rstrip(_DIGITS)) :]
    return [*_surroundings(alias), spelling, f"#{digits}" if len(digits) > 1 else ""]


def _by_spelling(aliases: Sequence[Alias], weigher: Weigher) -> Iterator[tuple[int, int]]:
    """Hold what is less than a full name against full names, and against its like."""
    partial = [i for i, alias in enumerate(aliases) if not alias.name.is_full]
    owners, keys = _keyed(aliases, partial, _partial_keys)
    wanted = set(keys)
    full = (i for i, alias in enumerate(aliases) if alias.name.is_full)
    more = _keyed(aliases, full, lambda alias: wanted.intersection(_full_keys(alias)))
    for key, group in groups_of(owners + more[0], keys + more[1]):
        if all(aliases[i].name.is_full for i in group):
            continue
        if weigher.by_spelling_alone(key) >= DOUBT:
            yield from _partial_pairs(aliases, group)
        else:
            for refined in _refined(aliases, group, _surroundings):
                yield from _partial_pairs(aliases, refined)


def _partial_pairs(aliases: Sequence[Alias], group: list[int]) -> Iterator[tuple[int, int]]:
    partial = [i for i in group if not aliases[i].name.is_full]
    yield from _pairs(partial)
    full = [i for i in group if aliases[i].name.is_full]
    if len({aliases[i].name.key for i in full}) <= _AMBIGUOUS:
        for one in partial[:_ALL]:
            for other in full[:_ALL]:
                yield min(one, other), max(one, other)


def _partial_keys(alias: Alias) -> Collection[str]:
    """Give the spellings that somebody goes by, for want of a full name."""
    name, spelling = alias.name, alias.address.spelling
    found = {spelling, spelling.rstrip(_DIGITS)} if not alias.address.is_role else set()
    if name.is_initialled:
        found.add(f"{name.words[0][0]}. {name.long[-1]}")
    elif name.is_single:
        found |= {name.words[0], name.words[0].rstrip(_DIGITS)}
    return [key for key in found if len(key) > 2]


def _full_keys(alias: Alias) -> Iterable[str]:
    """Give the spellings that a full name may be shortened to, and the local part."""
    name = alias.name
    initial = f"{name.words[0][0]}. {name.long[-1]}"
    spelling = alias.address.spelling if not alias.address.is_role else initial
    return (initial, spelling, *written_together(name.long), *abbreviated(name.long))
