"""What is held on one address: the answer to a person's question (GDPR, article 15)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from dcactivity.errors import MissingError
from dcactivity.messages.read import opened
from dcactivity.messages.schema import MESSAGE_SCHEMA
from dcactivity.messages.store import Store
from dcactivity.privacy.senders import Senders

if TYPE_CHECKING:
    import os

    from dcactivity.messages.read import Opened

__all__ = ["export_person"]

_SENDER = ["from_name", "from_address"]


def export_person(store: str | os.PathLike[str], address: str) -> dict[str, Any]:
    """Gather what a store holds on whoever wrote from an address.

    Parameters
    ----------
    store : str or path-like
        The store's folder.
    address : str
        Any address of the person.

    Returns
    -------
    dict
        What JSON can hold: ``address``, ``persons``: for each one who wrote from it ``person``
        (the key), ``senders`` (place, coalition, from_name, from_address, messages) and
        ``messages`` (all columns of the message table, with coalition), and ``mentions``
        (lines of files beside the archives that speak of the person).

    Raises
    ------
    InputError, MissingError, StoreError
        As `dcactivity.privacy.forget` raises them.
    """
    place = Store.open(Path(store))
    with opened(place.path) as found:
        senders = Senders(found)
        persons = senders.persons_at(address)
        if not persons:
            raise MissingError(f"nobody wrote from {address}", path=place.path)
        return {
            "address": address,
            "persons": [_person(found, rows) for rows in persons],
            "mentions": senders.mentions(found.source, pd.concat(persons)),
        }


def _person(found: Opened, rows: pd.DataFrame) -> dict[str, Any]:
    keys = rows["person"].dropna().unique()
    senders = rows[["place", "coalition", *_SENDER, "messages"]]
    messages: list[dict[str, Any]] = []
    for (place, slug), theirs in rows.groupby(["place", "coalition"], sort=True):
        store = found.store if place == "messages" else found.store.coordination
        pairs = set(theirs[_SENDER].itertuples(index=False, name=None))
        table = replace(found, store=store).table(str(slug), MESSAGE_SCHEMA.names)
        messages += [
            {"coalition": slug} | {name: _plain(value) for name, value in row.items()}
            for row in table.to_pylist()
            if (row["from_name"] or "", row["from_address"] or "") in pairs
        ]
    return {
        "person": keys[0] if len(keys) else None,
        "senders": senders.to_dict("records"),
        "messages": messages,
    }


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value
