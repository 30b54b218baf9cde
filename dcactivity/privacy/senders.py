"""Everybody who stands in a store as a sender, and the persons behind an address."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from dcactivity.decisions.survey import persons_table, surveys_of
from dcactivity.errors import InputError
from dcactivity.messages.forgotten import Traces
from dcactivity.people.addresses import parse_sender_address
from dcactivity.people.listnames import ListNames
from dcactivity.people.senders import list_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dcactivity.messages.read import Opened

__all__ = ["Senders"]

_SENDER = ["from_name", "from_address"]
_COLUMNS = ["place", "coalition", *_SENDER]


class Senders:
    """The senders of a store: persons, programs, and those of the body's own lists.

    Parameters
    ----------
    found : Opened
        A store.

    Attributes
    ----------
    table : DataFrame
        ``place`` (``messages`` or ``coordination``), ``coalition, from_name, from_address``
        ("" where there is none), ``messages`` (int64), ``person`` (missing for senders of
        automated messages alone), ``key`` (the address in the form in which equal ones are
        equal).
    """

    def __init__(self, found: Opened) -> None:
        counted = pd.concat([_nobody(), *_counted(found)], ignore_index=True)
        surveys = surveys_of(found).values()
        persons = persons_table(surveys, found).fillna({"from_name": "", "from_address": ""})
        known = persons[["coalition", *_SENDER, "person"]].assign(place="messages")
        self.table = counted.merge(known, how="left", on=_COLUMNS, validate="one_to_one")
        keys = {text: parse_sender_address(text) for text in self.table["from_address"].unique()}
        self.table["key"] = self.table["from_address"].map(lambda text: keys[text].text)
        named = {name for one in surveys for name in one.lists}
        lists = ListNames(list_names(found.registry, named))
        body = {parse_sender_address(text).text for text in found.registry.body.addresses}
        self._lists = {one.text for one in keys.values() if lists.is_own(one)} | body
        roles = {one.text for one in keys.values() if one.is_role}
        several = self.table.groupby("key")["person"].nunique()
        self._shared = {"", *self._lists, *roles, *several.index[several > 1]}

    def persons_at(self, address: str) -> list[pd.DataFrame]:
        """Find who wrote from an address.

        Parameters
        ----------
        address : str
            An address.

        Returns
        -------
        list of DataFrame
            For each person the rows of `table`: all names and addresses joined with this one,
            and automated messages from the person's own addresses.

        Raises
        ------
        InputError
            If it is no address, or one of the body or of a list.
        """
        wanted = parse_sender_address(address)
        if "@" not in wanted.text:
            raise InputError(f"{address!r} is no address")
        if wanted.text in self._lists:
            raise InputError(f"{address} belongs to the body or to a list, and to no person")
        rows = self.table[self.table["key"] == wanted.text]
        persons = sorted(rows["person"].dropna().unique())
        if not persons:
            return [rows] if len(rows) else []
        found = []
        for person in persons:
            theirs = self.table["person"] == person
            own = set(self.table.loc[theirs, "key"]) - self._shared
            nameless = self.table["person"].isna() & self.table["key"].isin(own)
            found.append(self.table[theirs | nameless])
        return found

    def traces(self, rows: pd.DataFrame) -> Traces:
        """Give what a person is known by, from the rows that `persons_at` found.

        Parameters
        ----------
        rows : DataFrame
            One person's.

        Returns
        -------
        Traces
            Addresses of nobody else by themselves, others with the name and the coalition.
        """
        alone = ~rows["key"].isin(self._shared)
        shared = rows.loc[~alone, ["coalition", *_SENDER]].drop_duplicates()
        return Traces(
            tuple(sorted(rows.loc[alone, "from_address"].str.lower().unique())),
            tuple(sorted(shared.itertuples(index=False, name=None))),
        )

    def mentions(self, folder: Path, rows: pd.DataFrame) -> list[str]:
        """Find where the files that people keep beside the archives speak of a person.

        Parameters
        ----------
        folder : Path
            Where ``coalitions.toml`` lies.
        rows : DataFrame
            The person's, as `persons_at` found them.

        Returns
        -------
        list of str
            ``file: line n``, for every line of a TOML or CSV file that holds an address of the
            person, or a name of two words or more.
        """
        names = {name for name in rows["from_name"] if len(name.split()) > 1}
        addresses = set(rows.loc[~rows["key"].isin(self._lists), "from_address"])
        wanted = {text.casefold() for text in (names | addresses) - {""}}
        found = []
        for path in sorted([*folder.glob("*.toml"), *folder.glob("*.csv")]):
            if not path.is_file():  # a pipe would be waited for
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
            for number, line in enumerate(text.splitlines(), 1):
                folded = line.casefold()
                if any(item in folded for item in wanted):
                    found.append(f"{path.name}: line {number}")
        return found


def _nobody() -> pd.DataFrame:
    columns = {name: pd.Series(dtype="str") for name in _COLUMNS}
    return pd.DataFrame(columns).assign(messages=pd.Series(dtype="int64"))


def _counted(found: Opened) -> Iterator[pd.DataFrame]:
    for place, store in (("messages", found.store), ("coordination", found.store.coordination)):
        opened = replace(found, store=store)
        for slug in store.coalitions():
            table = opened.table(slug, _SENDER).select(_SENDER)
            frame = table.to_pandas().astype("str").fillna("")
            counts = frame.groupby(_SENDER, as_index=False, sort=True).size()
            yield counts.rename(columns={"size": "messages"}).assign(place=place, coalition=slug)
