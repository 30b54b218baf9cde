"""The first pass over the coalitions: what each one's archive says, and who all senders are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from dcactivity.automated import suspect_spam
from dcactivity.decisions.bulletins import id_keys
from dcactivity.people import Resolution, resolve
from dcactivity.people.senders import list_names, overrides_of
from dcactivity.people.tables import persons_if_doubts_join

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dcactivity.messages.read import Opened

__all__ = ["Survey", "needed_messages", "persons_table", "resolution_of", "surveys_of"]

_SENDER = ["from_name", "from_address"]
_NEEDED = (
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
    """

    automated: pd.Series
    senders: pd.DataFrame
    keys: NDArray[np.uint64]


def _survey(messages: pd.DataFrame, coalition: str) -> Survey:
    """Look at one coalition's messages."""
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
    )


def surveys_of(found: Opened) -> dict[str, Survey]:
    """Look at the messages of each coalition.

    Parameters
    ----------
    found : Opened
        A source whose messages lie in a store.

    Returns
    -------
    dict
        From slugs to what the archives alone say; coalitions without a message are left out.
    """
    tables = ((slug, needed_messages(found, slug)) for slug in found.store.coalitions())
    return {slug: _survey(messages, slug) for slug, messages in tables if len(messages)}


def needed_messages(found: Opened, slug: str) -> pd.DataFrame:
    """Read what decisions on a coalition's messages rest on.

    Parameters
    ----------
    found : Opened
        A source whose messages lie in a store.
    slug : str
        The coalition.

    Returns
    -------
    DataFrame
        ``message_id, date, from_name, from_address, subject, in_reply_to, references``
        (lists, in Arrow), ``automated, list_fields``, in the order of the message table.
    """
    kinds = {
        pa.string(): pd.StringDtype(na_value=float("nan")),
        pa.list_(pa.string()): pd.ArrowDtype(pa.list_(pa.string())),
    }
    table = found.table(slug, list(_NEEDED)).select(_NEEDED)
    frame: pd.DataFrame = table.to_pandas(types_mapper=kinds.get)
    return frame


def resolution_of(found: Opened) -> Resolution:
    """Join the senders of all coalitions into persons, robots and suspected spam left out.

    Parameters
    ----------
    found : Opened
        A source whose messages lie in a store.

    Returns
    -------
    Resolution
        Persons, joins and doubts.

    Raises
    ------
    PeopleError
        The ``people.toml`` beside the registry cannot be followed.
    """
    return _resolved(_senders(surveys_of(found).values()), found)


def persons_table(surveys: Iterable[Survey], found: Opened) -> pd.DataFrame:
    """Tell who the senders of all coalitions are.

    Parameters
    ----------
    surveys : iterable of Survey
        Of all coalitions.
    found : Opened
        The source that they are of.

    Returns
    -------
    DataFrame
        ``from_name, from_address, coalition, messages, person, person_if_joined`` (the person
        if every doubtful pair were one).

    Raises
    ------
    PeopleError
        The ``people.toml`` beside the registry cannot be followed.
    """
    senders = _senders(surveys)
    result = _resolved(senders, found)
    return senders.assign(person=result.person, person_if_joined=persons_if_doubts_join(result))


def _senders(surveys: Iterable[Survey]) -> pd.DataFrame:
    empty = pd.DataFrame(columns=[*_SENDER, "coalition", "messages"], dtype="str")
    found = [one.senders for one in surveys]
    return pd.concat(found, ignore_index=True) if found else empty.astype({"messages": "int64"})


def _resolved(senders: pd.DataFrame, found: Opened) -> Resolution:
    return resolve(senders, overrides=overrides_of(found), list_addresses=list_names(found))
