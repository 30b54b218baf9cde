"""The whole of it: senders in, persons out, each join with its reason."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from dcactivity.errors import InputError
from dcactivity.people.aliases import read_aliases
from dcactivity.people.candidates import candidate_pairs, groups_of, people_at
from dcactivity.people.evidence import DOUBT, Weigher
from dcactivity.people.joining import Pair, join
from dcactivity.people.overrides import Overrides, decide, generic_names
from dcactivity.people.rarity import Crowd

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from dcactivity.people.aliases import Alias
    from dcactivity.people.joining import Joined

__all__ = ["Resolution", "resolve", "resolve_people"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """Senders resolved into persons.

    Attributes
    ----------
    person : Series of str
        On the senders' index; missing where nothing tells who wrote.
    aliases : list of Alias
        The distinct senders, sorted by key.
    persons : list of str
        For each alias its person.
    joined : Joined
        The joins that made them, and the doubts that are left; by position of the aliases.
    shared : frozenset of str
        Addresses that were taken for nobody's own.
    unmatched : tuple of str
        Overrides that speak of nobody at hand.
    """

    person: pd.Series[str]
    aliases: list[Alias]
    persons: list[str]
    joined: Joined
    shared: frozenset[str]
    unmatched: tuple[str, ...] = ()

    def summary(self) -> str:
        """Say in one line what came of it."""
        persons, doubts = len(set(self.persons)), len(self.joined.doubts)
        return f"{len(self.aliases)} senders, {persons} persons, {doubts} doubtful pairs"


def resolve_people(
    senders: pd.DataFrame,
    *,
    overrides: Overrides | None = None,
    list_addresses: Iterable[str] = (),
) -> pd.DataFrame:
    """Tell which senders are one person.

    Parameters
    ----------
    senders : DataFrame
        One row per sender: ``from_name`` and ``from_address``, either of which may be missing;
        where known, ``coalition`` and ``messages`` (how many, for what is shown first).
    overrides : Overrides, optional
        What somebody decided; it goes before every rule.
    list_addresses : iterable of str
        Addresses that are the lists' own, as ``Title <address>`` where the title is known: who
        writes from them is known by name alone, within the coalition.

    Returns
    -------
    DataFrame
        The same rows, with ``person``: equal for senders that are one person, the same for
        any order of rows, and missing where nothing tells who wrote. It is a digest, which
        tells neither name nor address, but proves a guess.

    Raises
    ------
    InputError
        Neither ``from_name`` nor ``from_address`` is there.
    PeopleError
        The overrides contradict themselves.

    Notes
    -----
    Aliases that share an address, a pair of words of their names or a spelling of name and
    local part are compared. Each pair's evidence is weighed by how rare it is among all
    senders (Fellegi and Sunter); the strongest pairs are joined first, and no join puts two
    clearly different names into one person.

    Examples
    --------
    >>> import pandas as pd
    >>> senders = pd.DataFrame(
    ...     {
    ...         "from_name": ["Jane Quillfeather", "Quillfeather, Jane", "Max Roe"],
    ...         "from_address": ["jq@a.example", "jane@b.example", "max@b.example"],
    ...     }
    ... )
    >>> resolve_people(senders)["person"].nunique()
    2
    """
    found = resolve(senders, overrides=overrides, list_addresses=list_addresses)
    return senders.assign(person=found.person)


def resolve(
    senders: pd.DataFrame,
    *,
    overrides: Overrides | None = None,
    list_addresses: Iterable[str] = (),
) -> Resolution:
    """Tell which senders are one person, and why.

    Parameters
    ----------
    senders, overrides, list_addresses
        As for `resolve_people`.

    Returns
    -------
    Resolution
        Persons, joins and doubts.

    Raises
    ------
    InputError, PeopleError
        As `resolve_people` raises them.
    """
    if not {"from_name", "from_address"} & set(senders.columns):
        raise InputError("the frame senders has neither from_name nor from_address")
    rules = overrides or Overrides()
    read = read_aliases(senders, list_addresses, generic_names=generic_names(rules))
    aliases = read.items
    decisions = decide(rules, aliases)
    contested, shared = _several_people(aliases)
    shared |= decisions.shared
    weigher = Weigher(Crowd(aliases), contested=contested, shared=shared)
    joined = join(
        aliases,
        _weighed(aliases, weigher),
        same=decisions.same,
        different=decisions.different,
    )
    keys = [f"p:{hashlib.sha256(alias.key.encode()).hexdigest()[:16]}" for alias in aliases]
    persons = [keys[root] for root in joined.roots]
    person = pd.Series(
        [persons[i] if i >= 0 else None for i in read.rows.tolist()],
        index=senders.index,
        dtype="str",
        name="person",
    )
    return Resolution(person, aliases, persons, joined, frozenset(shared), decisions.unmatched)


def _several_people(aliases: Sequence[Alias]) -> tuple[set[str], set[str]]:
    """Find the addresses at which names cannot be one person's, and those that nobody owns."""
    contested: set[str] = set()
    shared = {a.address.text for a in aliases if a.address.is_role}
    for _, group in groups_of(range(len(aliases)), [alias.address.text for alias in aliases]):
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
