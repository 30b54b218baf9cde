"""From weighed pairs to persons: the strongest joins first, none that a name forbids."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dcactivity.people.evidence import JOIN, TWO_NAMES, Evidence
from dcactivity.people.likeness import Likeness, likeness

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dcactivity.people.aliases import Alias
    from dcactivity.people.names import Name

__all__ = ["Joined", "Pair", "join"]

_CLEARLY = 3.0
"""Bits by which the better of two candidates must lead, for an alias that fits both."""
_ABBREVIATED = {"surname and initials", "initial and name in one word"}
REFUSED = "unlike names"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two aliases, by position, the lower first, and what speaks for one person."""

    one: int
    other: int
    evidence: Evidence


@dataclass(slots=True)
class Joined:
    """The outcome.

    Attributes
    ----------
    roots : list of int
        For each alias the position of its person's first alias.
    joins : list of Pair
        Those that made one person of two.
    doubts : list of Pair
        Those that did not, though something speaks for them.
    """

    roots: list[int]
    joins: list[Pair] = field(default_factory=list)
    doubts: list[Pair] = field(default_factory=list)


def join(
    aliases: Sequence[Alias],
    pairs: Iterable[Pair],
    *,
    same: Iterable[tuple[int, int]] = (),
    different: Iterable[tuple[int, int]] = (),
) -> Joined:
    """Join aliases into persons.

    Parameters
    ----------
    aliases : sequence of Alias
        Sorted by key.
    pairs : iterable of Pair
        Weighed, each once.
    same, different : iterable of tuple of int
        What somebody decided: it goes before any evidence.

    Returns
    -------
    Joined
        The same whatever the order of `pairs`.

    Notes
    -----
    Agglomeration by descending weight, as in Kruskal's algorithm. A join is refused when it
    would put two clearly different names, or two aliases that are decided to be different,
    into one person; so no chain of small likenesses leads from one name to another.
    """
    forest = _Forest(aliases, different)
    result = Joined(forest.roots)
    for one, other in same:
        if forest.find(one) != forest.find(other):
            forest.unite(one, other)
            result.joins.append(Pair(one, other, Evidence("people.toml", 30.0)))
    ranked = sorted(
        _without_rivals(aliases, list(pairs)),
        key=lambda pair: (-pair.evidence.weight, pair.one, pair.other),
    )
    for pair in ranked:
        if forest.find(pair.one) == forest.find(pair.other):
            continue
        if pair.evidence.weight < JOIN:
            result.doubts.append(pair)
        elif forest.forbids(pair):
            result.doubts.append(Pair(pair.one, pair.other, Evidence(REFUSED, -1.0)))
        else:
            forest.unite(pair.one, pair.other)
            result.joins.append(pair)
    result.roots = [forest.find(i) for i in range(len(aliases))]
    result.doubts = _open_ones(result.doubts, result.roots, forest)
    return result


def _without_rivals(aliases: Sequence[Alias], pairs: list[Pair]) -> list[Pair]:
    """Hold back an abbreviated name that fits two different full names about equally well."""
    fits: dict[int, list[Pair]] = {}
    for pair in pairs:
        if pair.evidence.rule in _ABBREVIATED:
            for i in (pair.one, pair.other):
                if not aliases[i].name.is_full:
                    fits.setdefault(i, []).append(pair)
    held: set[tuple[int, int]] = set()
    for i, candidates in fits.items():
        best = max(candidates, key=lambda pair: (pair.evidence.weight, -pair.one, -pair.other))
        name = aliases[best.one + best.other - i].name
        for pair in candidates:
            rival = aliases[pair.one + pair.other - i].name
            close = pair.evidence.weight > best.evidence.weight - _CLEARLY
            if close and likeness(name, rival) <= Likeness.RENAMED:
                held |= {(pair.one, pair.other), (best.one, best.other)}
    return [
        Pair(p.one, p.other, Evidence(p.evidence.rule, min(p.evidence.weight, JOIN - 1)))
        if (p.one, p.other) in held
        else p
        for p in pairs
    ]


def _open_ones(doubts: list[Pair], roots: list[int], forest: _Forest) -> list[Pair]:
    """Keep the best doubt between each two persons, where nobody has decided."""
    kept: dict[tuple[int, int], Pair] = {}
    for pair in doubts:
        persons = roots[pair.one], roots[pair.other]
        if persons[0] != persons[1] and not forest.is_decided(pair.one, pair.other):
            kept.setdefault((min(persons), max(persons)), pair)
    return list(kept.values())


def _bears_both(name: Name, other: Name, names: tuple[Name, ...]) -> bool:
    """Tell whether a person who bears `other` bears a name like `name`, too: it is known."""
    return any(
        likeness(name, one) >= Likeness.INITIALLED and likeness(other, one) <= Likeness.RENAMED
        for one in names
    )


class _Forest:
    """Disjoint sets of aliases that know their full names and whom they must not meet."""

    def __init__(self, aliases: Sequence[Alias], different: Iterable[tuple[int, int]]) -> None:
        self.roots = list(range(len(aliases)))
        self._aliases = aliases
        self._names: dict[int, tuple[Name, ...]] = {}
        self._apart: dict[int, set[int]] = {}
        for one, other in different:
            self._apart.setdefault(one, set()).add(other)
            self._apart.setdefault(other, set()).add(one)

    def find(self, i: int) -> int:
        roots = self.roots
        while roots[i] != i:
            roots[i] = roots[roots[i]]
            i = roots[i]
        return i

    def names(self, root: int) -> tuple[Name, ...]:
        if root in self._names:
            return self._names[root]
        name = self._aliases[root].name
        return (name,) if len(name.words) > 1 else ()

    def is_decided(self, one: int, other: int) -> bool:
        """Tell whether somebody decided that these persons are different."""
        mine, theirs = self.find(one), self.find(other)
        return any(self.find(i) == theirs for i in self._apart.get(mine, ()))

    def forbids(self, pair: Pair) -> bool:
        """Tell whether a join would put together what names or decisions keep apart."""
        if self._apart and self.is_decided(pair.one, pair.other):
            return True
        floor = Likeness.RENAMED if pair.evidence.rule == "same address" else Likeness.OPEN
        mine, theirs = self.names(self.find(pair.one)), self.names(self.find(pair.other))
        if pair.evidence.rule == TWO_NAMES:  # a bearer of the one is known to bear the other
            mine, theirs = (
                (*mine, self._aliases[pair.other].name),
                (*theirs, self._aliases[pair.one].name),
            )
        return any(
            likeness(name, other) < floor
            and not _bears_both(name, other, theirs)
            and not _bears_both(other, name, mine)
            for name in mine
            for other in theirs
        )

    def unite(self, one: int, other: int) -> None:
        first, second = sorted((self.find(one), self.find(other)))
        names = dict.fromkeys((*self.names(first), *self.names(second)))
        if len(names) > 1 or names:
            self._names[first] = tuple(names)
        self.roots[second] = first
        if second in self._apart:
            self._apart.setdefault(first, set()).update(self._apart.pop(second))
