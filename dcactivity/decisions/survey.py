"""The first pass over the coalitions: what each one's archive says, and who all senders are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from dcactivity.arrays import text_keys
from dcactivity.automated import suspect_spam
from dcactivity.decisions.batches import batches_of
from dcactivity.people import Resolution, resolve
from dcactivity.people.senders import list_names, names_in, overrides_of
from dcactivity.people.tables import persons_if_doubts_join

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dcactivity.messages.read import Opened

__all__ = ["Survey", "needed_messages", "persons_table", "resolution_of", "survey", "surveys_of"]

_SENDER = ["from_name", "from_address"]
_NEEDED = [
    "message_id",
    "date",
    "from_name",
    "from_address",
    "subject",
    "in_reply_to",
    "references",
    "automated",
    "list_fields",
]
"""Columns of the message table that decisions rest on."""


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """What one coalition's archive alone says.

    Parameters
    ----------
    automated : Series of category
        Why no person wrote a message for the list, suspected spam included; missing for what a
        person wrote.
    senders : DataFrame
        ``from_name, from_address, coalition, messages``: the distinct senders of what persons
        wrote, and how often.
    keys : array of uint64
        Of the Message-IDs of all its messages, sorted.
    lists : tuple of str
        Its lists as their messages name them.
    """

    automated: pd.Series
    senders: pd.DataFrame
    keys: NDArray[np.uint64]
    lists: tuple[str, ...]


def survey(found: Opened, slugs: Sequence[str]) -> dict[str, Survey]:
    """Look at the messages of some coalitions, all at once.

    Parameters
    ----------
    found : Opened
        A source whose messages lie in a store.
    slugs : sequence of str
        The coalitions; what is found of one does not hang on the others.

    Returns
    -------
    dict
        From slugs to what the archives alone say; coalitions without a message are left out.
    """
    messages = needed_messages(found, slugs)
    automated = messages["automated"].astype("str")
    suspected = suspect_spam(messages)["reason"]
    automated = automated.where(automated.notna(), suspected)
    human = messages.loc[automated.isna(), ["coalition", *_SENDER]]
    by = ["coalition", *_SENDER]
    senders = human.groupby(by, dropna=False, as_index=False, sort=False, observed=True).size()
    senders = senders.rename(columns={"size": "messages"})[[*_SENDER, "coalition", "messages"]]
    senders["coalition"] = senders["coalition"].astype("str")
    keys, fields = text_keys(messages["message_id"]), messages["list_fields"]
    mine = dict(tuple(senders.groupby("coalition", sort=False)))
    return {
        slug: Survey(
            automated.iloc[rows].astype("category").reset_index(drop=True),
            mine.get(slug, senders.iloc[:0]).reset_index(drop=True),
            np.unique(keys[rows]),
            tuple(sorted(names_in(fields.iloc[rows].dropna().unique()))),
        )
        for slug, rows in rows_of(messages).items()
    }


def rows_of(messages: pd.DataFrame) -> dict[str, slice]:
    """Find where the messages of each coalition stand.

    Parameters
    ----------
    messages : DataFrame
        As `needed_messages` gives them.

    Returns
    -------
    dict
        From slugs to rows; coalitions without a message are left out.
    """
    owner = messages["coalition"].cat
    ends = np.searchsorted(owner.codes, np.arange(len(owner.categories)), side="right")
    bounds = [0, *ends.tolist()]
    return {
        str(slug): slice(begin, end)
        for slug, (begin, end) in zip(owner.categories, pairwise(bounds), strict=True)
        if begin < end
    }


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
    result: dict[str, Survey] = {}
    for slugs in batches_of(found, found.store.coalitions()):
        result |= survey(found, slugs)
    return result


def needed_messages(found: Opened, slugs: Sequence[str]) -> pd.DataFrame:
    """Read what decisions on the messages of some coalitions rest on.

    Parameters
    ----------
    found : Opened
        A source whose messages lie in a store.
    slugs : sequence of str
        The coalitions.

    Returns
    -------
    DataFrame
        ``coalition`` (category, those asked for), ``message_id, date, from_name, from_address,
        subject, in_reply_to, references`` (lists, in Arrow), ``automated, list_fields``: one
        coalition after the other, each in the order of the message table.
    """
    kinds = {
        pa.string(): pd.StringDtype(na_value=float("nan")),
        pa.list_(pa.string()): pd.ArrowDtype(pa.list_(pa.string())),
    }
    tables = [found.table(slug, _NEEDED).select(_NEEDED) for slug in slugs]
    owner = np.repeat(np.arange(len(slugs)), [len(table) for table in tables])
    table = pa.concat_tables(tables)
    del tables  # each column goes when it is converted
    frame: pd.DataFrame = table.to_pandas(
        types_mapper=kinds.get, split_blocks=True, self_destruct=True
    )
    del table
    coalitions = pd.Categorical.from_codes(owner, categories=pd.Index(list(slugs), dtype="str"))
    frame.insert(0, "coalition", pd.Series(coalitions))
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
    surveys = surveys_of(found).values()
    return _resolved(_senders(surveys), surveys, found)


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
    surveys = list(surveys)
    senders = _senders(surveys)
    result = _resolved(senders, surveys, found)
    return senders.assign(person=result.person, person_if_joined=persons_if_doubts_join(result))


def _senders(surveys: Iterable[Survey]) -> pd.DataFrame:
    empty = pd.DataFrame(columns=[*_SENDER, "coalition", "messages"], dtype="str")
    found = [one.senders for one in surveys]
    return pd.concat(found, ignore_index=True) if found else empty.astype({"messages": "int64"})


def _resolved(senders: pd.DataFrame, surveys: Iterable[Survey], found: Opened) -> Resolution:
    named = {name for one in surveys for name in one.lists}
    own = list_names(found.registry, named)
    return resolve(senders, overrides=overrides_of(found), list_addresses=own)
