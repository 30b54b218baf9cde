"""Persons, joins and doubts as tables, for whoever reviews them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dcactivity.people.joining import REFUSED

if TYPE_CHECKING:
    from dcactivity.people.aliases import Alias
    from dcactivity.people.joining import Pair
    from dcactivity.people.resolution import Resolution

__all__ = ["doubts_table", "joins_table", "persons_if_doubts_join", "persons_table"]

_TYPES = {"messages": "int64", "score": "float64", "messages_a": "int64", "messages_b": "int64"}


def joins_table(found: Resolution) -> pd.DataFrame:
    """List every join, with its reason.

    Parameters
    ----------
    found : Resolution
        Of any senders.

    Returns
    -------
    DataFrame
        ``person, name_a, address_a, name_b, address_b, rule, score``: two aliases and what
        joined them; sorted by person, strongest first. A person of n aliases has n - 1 joins.
    """
    rows = []
    for pair in found.joined.joins:
        one, other = found.aliases[pair.one], found.aliases[pair.other]
        rows.append(
            {
                "person": found.persons[pair.one],
                "name_a": one.shown_name,
                "address_a": one.shown_address,
                "name_b": other.shown_name,
                "address_b": other.shown_address,
                "rule": pair.evidence.rule,
                "score": _rounded(pair),
            }
        )
    columns = ["person", "name_a", "address_a", "name_b", "address_b", "rule", "score"]
    table = _frame(rows, columns).sort_values("person", kind="stable")
    return table.reset_index(drop=True)


def persons_table(found: Resolution) -> pd.DataFrame:
    """List the persons who write from more than one address.

    Parameters
    ----------
    found : Resolution
        Of any senders.

    Returns
    -------
    DataFrame
        ``person, name, address, coalitions, messages, rule, score``: a row for each alias;
        `rule` and `score` are those of its strongest join. The person with most messages
        first, and within it the alias with most.
    """
    members: dict[str, list[int]] = {}
    for i, person in enumerate(found.persons):
        members.setdefault(person, []).append(i)
    strongest: dict[int, Pair] = {}
    for pair in found.joined.joins:  # strongest first
        strongest.setdefault(pair.one, pair)
        strongest.setdefault(pair.other, pair)
    several = [
        (person, sorted(positions, key=lambda i: (-found.aliases[i].messages, i)))
        for person, positions in members.items()
        if len({found.aliases[i].address.text for i in positions}) > 1
    ]
    totals = {p: sum(found.aliases[i].messages for i in positions) for p, positions in several}
    rows = [
        {
            "person": person,
            "name": found.aliases[i].shown_name,
            "address": found.aliases[i].shown_address,
            "coalitions": _coalitions(found.aliases[i]),
            "messages": found.aliases[i].messages,
            "rule": strongest[i].evidence.rule,
            "score": _rounded(strongest[i]),
        }
        for person, positions in sorted(several, key=lambda item: (-totals[item[0]], item[0]))
        for i in positions
    ]
    columns = ["person", "name", "address", "coalitions", "messages", "rule", "score"]
    return _frame(rows, columns)


def doubts_table(found: Resolution) -> pd.DataFrame:
    """List pairs that may be one person and were not joined.

    Parameters
    ----------
    found : Resolution
        Of any senders.

    Returns
    -------
    DataFrame
        ``person_a, aliases_a, messages_a, person_b, aliases_b, messages_b, rule, score,
        evidence``, one row for each two persons, the best of their pairs. Where most hangs on
        an answer comes first: the more likely of three classes of score, and in it the pair in
        which the less active person wrote most. Whoever reads from the top may stop anywhere.
    """
    members: dict[str, list[Alias]] = {}
    for alias, person in zip(found.aliases, found.persons, strict=True):
        members.setdefault(person, []).append(alias)
    rows = []
    for pair in found.joined.doubts:
        row: dict[str, object] = {}
        for side, i in (("a", pair.one), ("b", pair.other)):
            aliases = sorted(members[found.persons[i]], key=lambda a: (-a.messages, a.key))
            row[f"person_{side}"] = found.persons[i]
            row[f"aliases_{side}"] = "; ".join(map(str, aliases))
            row[f"messages_{side}"] = sum(alias.messages for alias in aliases)
        row |= {"rule": pair.evidence.rule, "score": _rounded(pair)}
        row["evidence"] = _in_words(found.aliases[pair.one], found.aliases[pair.other], pair)
        rows.append(row)
    columns = [f"{name}_{side}" for side in "ab" for name in ("person", "aliases", "messages")]
    table = _frame(rows, [*columns, "rule", "score", "evidence"])
    order = pd.DataFrame(
        {
            "class": -(table["score"] * 3).round(),
            "weight": -table[["messages_a", "messages_b"]].min(axis=1),
            "score": -table["score"],
            "a": table["aliases_a"],
            "b": table["aliases_b"],
        }
    )
    sorted_index = order.sort_values(list(order.columns)).index
    return table.loc[sorted_index].reset_index(drop=True)


def persons_if_doubts_join(found: Resolution) -> pd.Series[str]:
    """Give the persons as they would be if every doubtful pair were one.

    Parameters
    ----------
    found : Resolution
        Of any senders.

    Returns
    -------
    Series of str
        On the senders' index: with `Resolution.person` the two ends between which the true
        number of participants lies, as far as doubts are open.
    """
    roots: dict[str, str] = {}

    def find(person: str) -> str:
        while (above := roots.get(person, person)) != person:
            person = above
        return person

    for pair in found.joined.doubts:
        one, other = sorted((find(found.persons[pair.one]), find(found.persons[pair.other])))
        roots[other] = one
    distinct = {person: find(person) for person in set(found.persons)}
    return found.person.map(distinct).astype("str")


def _rounded(pair: Pair) -> float:
    return round(pair.evidence.score, 3)


def _coalitions(alias: Alias) -> str:
    return " ".join(sorted(alias.coalitions))


def _in_words(one: Alias, other: Alias, pair: Pair) -> str:
    """Say what surrounds two aliases, for and against."""
    said = []
    if pair.evidence.rule == REFUSED:
        said.append("joining them would put two clearly different names together")
    if one.coalitions and other.coalitions:
        common = one.coalitions & other.coalitions
        said.append(
            f"both in {' '.join(sorted(common))}"
            if common
            else f"in {_coalitions(one)} and in {_coalitions(other)}"
        )
    here, there = one.address, other.address
    if one.is_hidden or other.is_hidden:
        said.append("known by name alone")
    elif here.text == there.text:
        said.append("one address")
    elif here.organisation and here.organisation == there.organisation:
        said.append(f"both at {here.organisation}")
    elif here.organisation and there.organisation:
        said.append(f"at {here.organisation} and at {there.organisation}")
    if here.text != there.text and here.spelling and here.spelling == there.spelling:
        said.append("the same before the @")
    return "; ".join(said)


def _frame(rows: list[dict[str, object]], columns: list[str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({name: _TYPES.get(name, "str") for name in columns})
