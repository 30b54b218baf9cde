"""The second pass over a coalition: what is decided on each of its messages."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dcactivity.threads import thread_messages

if TYPE_CHECKING:
    from dcactivity.decisions.bulletins import Bulletins

__all__ = ["decide"]

_SENDER = ["from_name", "from_address"]
_WEB = re.compile(r"(?i)https?://[^\s<>\"']{1,2000}")
_MAILTO = re.compile(r"(?i)mailto:([^@>?\s]{1,200}@[^@>?\s]{1,200})")


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


def _persons_of(messages: pd.DataFrame, persons: pd.DataFrame) -> pd.DataFrame:
    """Look up who wrote each message, by name and address together, either of which may lack."""
    columns = ["coalition", *_SENDER]
    both = pd.concat(
        [frame[columns].astype({"coalition": "str"}) for frame in (messages, persons)],
        ignore_index=True,
    )
    keys = np.zeros(len(both), np.int64)
    for name in columns:
        codes = pd.factorize(both[name])[0] + 1
        keys = keys * (codes.max(initial=0) + 1) + codes
    wanted, known = keys[: len(messages)], keys[len(messages) :]
    order = np.argsort(known)
    place = np.searchsorted(known[order], wanted)
    at = np.append(order, -1)[place]
    at = np.where(np.append(known, -1)[at] == wanted, at, len(persons))
    found = {}
    for name in ("person", "person_if_joined"):
        codes, labels = pd.factorize(persons[name])
        codes = np.append(codes, -1)[at]
        found[name] = pd.Categorical.from_codes(codes, categories=pd.Index(labels, dtype="str"))
    return pd.DataFrame(found, index=messages.index)


def decide(
    messages: pd.DataFrame,
    *,
    automated: pd.Series,
    persons: pd.DataFrame,
    bulletins: Bulletins,
) -> pd.DataFrame:
    """Decide on the messages of one or several coalitions.

    Parameters
    ----------
    messages : DataFrame, one row per message
        As `needed_messages` gives them.
    automated : Series of str
        As their surveys have it, on the same index.
    persons : DataFrame
        As `persons_table` gives them.
    bulletins : Bulletins
        What makes a message one.

    Returns
    -------
    DataFrame
        ``automated, thread`` (str), ``person, person_if_joined`` (category), ``answers`` (Int64,
        position of the message that this one answers among all rows; missing for none),
        ``bulletin`` (bool),
        ``orphan`` (bool, answers a message that is not at hand), ``link`` (str, where the
        message, or else its list's archive, can be looked at); on the same index.
    """
    mine = _persons_of(messages, persons)
    mine = mine.where(automated.isna())
    known = mine["person"]
    threads = thread_messages(messages.assign(person=known))
    return pd.DataFrame(
        {
            "automated": automated,
            "person": known,
            "person_if_joined": mine["person_if_joined"],
            "thread": threads["thread"].astype("str"),
            "answers": threads["answers"].astype("Int64"),
            "bulletin": bulletins.find(messages),
            "orphan": _names_another(messages) & (threads["by"] != "header"),
            "link": _links(messages["list_fields"]),
        },
        index=messages.index,
    )
