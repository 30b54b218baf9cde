"""Two passes over the coalitions: what each one's archive says, then what all together decide."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dcactivity.automated import suspect_spam
from dcactivity.decisions.bulletins import id_keys
from dcactivity.people import resolve_people
from dcactivity.threads import thread_messages

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dcactivity.decisions.bulletins import Bulletins
    from dcactivity.people.overrides import Overrides

__all__ = ["NEEDED", "Survey", "decide", "persons_of", "survey"]

NEEDED = (
    "message_id",
    "date",
    "from_name",
    "from_address",
    "subject",
    "in_reply_to",
    "references",
    "automated",
    "list_fields",
)
"""Columns of the message table that decisions rest on."""

_SENDER = ["from_name", "from_address"]
_WEB = re.compile(r"(?i)https?://[^\s<>\"']{1,2000}")
_MAILTO = re.compile(r"(?i)mailto:([^@>?\s]{1,200}@[^@>?\s]{1,200})")


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """What one coalition's archive alone says.

    Parameters
    ----------
    automated : Series of str
        Why no person wrote a message for the list, suspected spam included; missing for what a
        person wrote.
    senders : DataFrame
        ``from_name, from_address, coalition, messages``: the distinct senders of what persons
        wrote, and how often.
    keys : array of uint64
        Of the Message-IDs of all its messages.
    list_addresses : frozenset of str
        Addresses that the messages themselves name as those of their list.
    """

    automated: pd.Series
    senders: pd.DataFrame
    keys: NDArray[np.uint64]
    list_addresses: frozenset[str]


def survey(messages: pd.DataFrame, coalition: str) -> Survey:
    """Look at one coalition's messages.

    Parameters
    ----------
    messages : DataFrame, one row per message
        With the columns `NEEDED`.
    coalition : str
        Its slug.

    Returns
    -------
    Survey
        What is needed to decide.
    """
    automated = messages["automated"].astype("str")
    suspected = suspect_spam(messages.assign(coalition=coalition))["reason"]
    automated = automated.where(automated.notna(), suspected)
    human = messages.loc[automated.isna(), _SENDER]
    senders = human.groupby(_SENDER, dropna=False, as_index=False, sort=False).size()
    senders = senders.rename(columns={"size": "messages"}).assign(coalition=coalition)
    return Survey(
        automated,
        senders[[*_SENDER, "coalition", "messages"]],
        id_keys(messages["message_id"]),
        _named_lists(messages["list_fields"]),
    )


def _named_lists(list_fields: pd.Series) -> frozenset[str]:
    """Take the lists' addresses from their List-Post fields (RFC 2369 section 3.4)."""
    found = set()
    for text in list_fields.dropna().unique():
        address = _MAILTO.search(str(json.loads(text).get("List-Post", "")))
        if address:
            found.add(address[1].lower())
    return frozenset(found)


def _names_another(messages: pd.DataFrame) -> pd.Series:
    """Tell which messages name one that they answer."""
    named = pc.list_value_length(pa.array(messages["references"], pa.list_(pa.string())))
    found: pd.Series = messages["in_reply_to"].notna() | (named.fill_null(0).to_numpy() > 0)
    return found


def _links(list_fields: pd.Series) -> pd.Series:
    """Take the address of the message (RFC 5064), else that of the list's archive (RFC 2369)."""
    codes, texts = pd.factorize(list_fields)
    found: list[str | None] = []
    for text in texts:
        fields = json.loads(text)
        places = (
            _WEB.search(str(fields.get(name, ""))) for name in ("Archived-At", "List-Archive")
        )
        found.append(next((place[0] for place in places if place), None))
    links = pd.Series([*found, None], dtype="str").iloc[codes]
    links.index = list_fields.index
    return links


def persons_of(
    surveys: Iterable[Survey], *, overrides: Overrides | None, list_addresses: Iterable[str]
) -> pd.DataFrame:
    """Join the senders of all coalitions into persons.

    Parameters
    ----------
    surveys : iterable of Survey
        Of all coalitions.
    overrides : Overrides or None
        What ``people.toml`` says.
    list_addresses : iterable of str
        The lists' own addresses, which are nobody's.

    Returns
    -------
    DataFrame
        ``from_name, from_address, coalition, messages, person``.
    """
    found = list(surveys)
    lists = sorted({*list_addresses, *(a for one in found for a in one.list_addresses)})
    empty = pd.DataFrame(columns=[*_SENDER, "coalition", "messages"])
    senders = pd.concat([one.senders for one in found] or [empty], ignore_index=True)
    persons: pd.DataFrame = resolve_people(senders, overrides=overrides, list_addresses=lists)
    return persons


def _person_of(messages: pd.DataFrame, persons: pd.DataFrame) -> pd.Series:
    """Look up who wrote each message, by name and address together, either of which may lack."""
    both = pd.concat([messages[_SENDER], persons[_SENDER]], ignore_index=True)
    names, addresses = (pd.factorize(both[name])[0] + 1 for name in _SENDER)
    keys = names * (addresses.max(initial=0) + 1) + addresses
    wanted, known = keys[: len(messages)], keys[len(messages) :]
    order = np.argsort(known)
    place = np.searchsorted(known[order], wanted)
    at = np.append(order, -1)[place]
    at = np.where(np.append(known, -1)[at] == wanted, at, len(persons))
    labels = pd.concat([persons["person"].astype("str"), pd.Series([None], dtype="str")])
    return pd.Series(labels.to_numpy(dtype=object)[at], index=messages.index, dtype="str")


def decide(
    messages: pd.DataFrame,
    coalition: str,
    *,
    automated: pd.Series,
    persons: pd.DataFrame,
    bulletins: Bulletins,
) -> pd.DataFrame:
    """Decide on one coalition's messages.

    Parameters
    ----------
    messages : DataFrame, one row per message
        With the columns `NEEDED`.
    coalition : str
        Its slug.
    automated : Series of str
        As its survey has it.
    persons : DataFrame
        As `persons_of` gives them; those of other coalitions play no part.
    bulletins : Bulletins
        What makes a message one.

    Returns
    -------
    DataFrame
        ``automated, person, thread`` (str), ``answers`` (Int64, position of the message that
        this one answers; missing for none), ``bulletin`` (bool), ``orphan`` (bool, answers a
        message that is not at hand), ``link`` (str, where the message, or else its list's
        archive, can be looked at); on the same index.
    """
    person = _person_of(messages, persons[persons["coalition"] == coalition])
    known = person.where(automated.isna())
    threads = thread_messages(messages.assign(coalition=coalition, person=known))
    return pd.DataFrame(
        {
            "automated": automated,
            "person": known,
            "thread": threads["thread"].astype("str"),
            "answers": threads["answers"].astype("Int64"),
            "bulletin": bulletins.find(messages),
            "orphan": _names_another(messages) & (threads["by"] != "header"),
            "link": _links(messages["list_fields"]),
        },
        index=messages.index,
    )
