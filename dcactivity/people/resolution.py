"""The whole of it: senders in, persons out, each join with its reason."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dcactivity.people.aliases import read_aliases
from dcactivity.people.candidates import candidate_pairs, groups_of, people_at
from dcactivity.people.evidence import DOUBT, Weigher
from dcactivity.people.joining import Pair, join
from dcactivity.people.rarity import Crowd

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from dcactivity.people.aliases import Alias
    from dcactivity.people.joining import Joined

__all__ = ["Resolution", "resolve", "resolve_people"]


@dataclass(frozen=True, slots=True)
class Resolution:
    aliases: list[Alias]
    persons: list[str]
    person: pd.Series
    joined: Joined
    shared: frozenset[str]


def resolve_people(
    senders: pd.DataFrame,
    *,
    overrides: object | None = None,
    list_addresses: Collection[str] = (),
) -> pd.DataFrame:
    found = resolve(senders, overrides=overrides, list_addresses=list_addresses)
    return senders.assign(person=found.person)


def resolve(
    senders: pd.DataFrame,
    *,
    overrides: object | None = None,
    list_addresses: Collection[str] = (),
) -> Resolution:
    read = read_aliases(senders, list_addresses)
    aliases = read.items
    contested, shared = _several_people(aliases)
    weigher = Weigher(Crowd(aliases), contested=contested, shared=shared)
    joined = join(aliases, _weighed(aliases, weigher))
    keys = [f"p:{hashlib.sha256(alias.key.encode()).hexdigest()[:16]}" for alias in aliases]
    persons = [keys[root] for root in joined.roots]
    values = [persons[i] if i >= 0 else None for i in read.rows.tolist()]
    person = pd.Series(values, index=senders.index, dtype="str")
    return Resolution(aliases, persons, person, joined, frozenset(shared))


def _several_people(aliases: Sequence[Alias]) -> tuple[set[str], set[str]]:
    """Find the addresses at which names cannot be one person's, and those that nobody owns."""
    contested: set[str] = set()
    shared = {a.address.text for a in aliases if a.address.is_role}
    for group in groups_of(range(len(aliases)), [alias.address.text for alias in aliases]):
        address = aliases[group[0]].address
        count, unlike = people_at([aliases[i].name for i in group], address.spelling)
        if count > 2:
            shared.add(address.text)
        elif unlike:
            contested.add(address.text)
    return contested, shared


def _weighed(aliases: Sequence[Alias], weigher: Weigher) -> Iterator[Pair]:
    seen: set[int] = set()
    for one, other in candidate_pairs(aliases, weigher):
        number = one * len(aliases) + other
        if number in seen:
            continue
        seen.add(number)
        evidence = weigher.weigh(aliases[one], aliases[other])
        if evidence is not None and evidence.weight >= DOUBT:
            yield Pair(one, other, evidence)
