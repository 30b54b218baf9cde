"""From a source to messages with all that was decided on them, and to events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from dcactivity.automated import SUSPECTED
from dcactivity.decisions.kept import event_tables
from dcactivity.errors import MissingError
from dcactivity.events import NEVER, Events
from dcactivity.messages.read import opened
from dcactivity.messages.schema import MESSAGE_SCHEMA
from dcactivity.people.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    import datetime as dt
    import os

    from numpy.typing import NDArray

    from dcactivity.messages.read import Opened

__all__ = ["decided_messages", "load_events", "read_messages"]

_PERSONAL = {"person": "person", "from_name": "name", "from_address": "address"}
_DECIDED = ("automated", "person", "thread", "answers", "bulletin")
_ON_REQUEST = ("cited",)
_TEXTS = ["message_id", "cited", "automated", "link"]


def read_messages(
    source: str | os.PathLike[str],
    *,
    coalition: str | None = None,
    columns: Iterable[str] | None = None,
    retrieved: dt.date | None = None,
    pseudonyms: str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """Read the messages of a source, with what was decided on each.

    Parameters
    ----------
    source : str or path-like
        An archive, a folder of archives, a folder with ``coalitions.toml``, or a store.
    coalition : str or None
        Read this one alone, by its slug.
    columns : iterable of str or None
        Read these alone; ``coalition`` is always there.
    retrieved : date or None
        The day up to which the archives of lists are complete for which nobody states one.
    pseudonyms : str, path-like or None
        A key file, as ``--pseudonyms`` makes it: ``person, from_name, from_address`` are then
        keyed pseudonyms. Subjects and Message-IDs stay as they are.

    Returns
    -------
    DataFrame
        One row per message: ``coalition``, the columns of the message table, and ``person,
        thread`` (str; a key each: that of a person is a digest, which shows nothing, but proves
        a guess of name and address unless it is keyed), ``answers`` (str, the Message-ID of the
        message at hand that this one answers), ``bulletin`` (bool). Asked for by name,
        ``cited`` (str) is how outputs cite a message whose Message-ID shows an address. In
        ``automated``, suspected spam is told, too. Instants are UTC; sorted by coalition, date,
        Message-ID, archive and offset, messages without a date last in their coalition.

    Raises
    ------
    MissingError
        If there is no such source, coalition or column.
    InputError
        If the key file cannot be used.
    RegistryError, ArchiveError, StoreError
        If something of the source cannot be used.
    """
    keyed = None if pseudonyms is None else Pseudonyms.load(pseudonyms)
    with opened(source, retrieved=retrieved) as found:
        return decided_messages(found, coalition=coalition, columns=columns, pseudonyms=keyed)


def decided_messages(
    found: Opened,
    *,
    coalition: str | None = None,
    columns: Iterable[str] | None = None,
    pseudonyms: Pseudonyms | None = None,
) -> pd.DataFrame:
    """Read the messages of an opened source as `read_messages` does.

    Parameters
    ----------
    found : Opened
        A source whose messages lie in a store.
    coalition, columns, pseudonyms
        As for `read_messages`.

    Returns
    -------
    DataFrame
        As `read_messages` gives it.

    Raises
    ------
    MissingError
        If there is no such coalition or column.
    """
    known = [*MESSAGE_SCHEMA.names, *_DECIDED[1:]]
    names = known if columns is None else [name for name in columns if name != "coalition"]
    for name in names:
        if name not in (*known, *_ON_REQUEST):
            raise MissingError(
                f"there is no column {name!r}", hint=f"columns are coalition, {', '.join(known)}"
            )
    stored = [name for name in names if name not in (*_DECIDED, *_ON_REQUEST)]
    frame = found.messages(coalition=coalition, columns=stored)
    wanted = [name for name in (*_DECIDED, *_ON_REQUEST) if name in names]
    if wanted:
        tables = event_tables(found)
        slugs = [str(slug) for slug in frame["coalition"].cat.categories]
        whole = _decided([tables.table(slug, _read_for(wanted)) for slug in slugs], wanted)
        frame = frame.assign(**{name: whole[name] for name in wanted})
    if pseudonyms is not None:
        kinds = [kind for kind in _PERSONAL if kind in names]
        keyed = {kind: pseudonyms.column(_PERSONAL[kind], frame[kind]) for kind in kinds}
        frame = frame.assign(**keyed)
    return frame[["coalition", *names]]


def _read_for(wanted: list[str]) -> list[str]:
    """Name the columns of an event table behind those that are wanted."""
    return [*wanted, "message_id"] if "answers" in wanted else wanted


def _decided(tables: list[pa.Table], wanted: list[str]) -> pd.DataFrame:
    """Bring what was decided on the messages of all coalitions into one frame."""
    columns = {}
    for name in wanted:
        kind = pa.bool_() if name == "bulletin" else pa.string()
        parts = [(_answered(one) if name == "answers" else one.column(name)) for one in tables]
        chunks = [chunk for part in parts for chunk in part.cast(kind).chunks]
        columns[name] = pa.chunked_array(chunks, kind)
    text = {pa.string(): pd.StringDtype(na_value=float("nan"))}
    frame: pd.DataFrame = pa.table(columns).to_pandas(types_mapper=text.get)
    return frame


def _answered(table: pa.Table) -> pa.ChunkedArray:
    """Give the Message-ID of the message that each one answers."""
    ids = table.column("message_id").combine_chunks()
    return pa.chunked_array([ids.take(table.column("answers").combine_chunks())])


def load_events(found: Opened, *, coalition: str | None = None) -> Events:
    """Read the events of an opened source.

    Parameters
    ----------
    found : Opened
        A source whose messages lie in a store.
    coalition : str or None
        Read this one alone, by its slug.

    Returns
    -------
    Events
        Of all its dated messages, with their Message-IDs.

    Raises
    ------
    MissingError
        If there is no such coalition.
    """
    slugs = found.store.coalitions()
    if coalition is not None:
        found.require(coalition)
        slugs = [slug for slug in slugs if slug == coalition]
    tables = event_tables(found)
    found_tables = {slug: tables.table(slug) for slug in slugs}
    slugs = [slug for slug, table in found_tables.items() if len(table)]
    parts = _same_persons([found_tables[slug] for slug in slugs])
    bounds = np.cumsum([0, *map(len, parts)])
    codes = [_Coded(part, int(base)) for part, base in zip(parts, bounds, strict=False)]
    instant, person = _all(codes, "instant"), _all(codes, "person")
    thread, answered = _all(codes, "thread"), _all(codes, "answered")
    # Threads of two coalitions are two threads, even where their keys are the same.
    owner = np.repeat(np.arange(len(parts)), np.diff(bounds))
    thread = np.where(thread >= 0, owner * (thread.max(initial=0) + 1) + thread, -1)
    other = np.where(answered >= 0, person[answered], -1)
    since = np.where(answered >= 0, instant[answered], NEVER)
    return Events(
        slugs=slugs,
        coalition=owner,
        instant=instant,
        person=person,
        person_if_joined=_all(codes, "person_if_joined"),
        thread=thread,
        is_human=_all(codes, "is_human").astype(bool),
        is_suspected=_all(codes, "is_suspected").astype(bool),
        is_bulletin=_all(codes, "is_bulletin").astype(bool),
        is_reply=answered >= 0,
        is_answer=(other >= 0) & (person >= 0) & (other != person),
        is_orphan=_all(codes, "is_orphan").astype(bool),
        answered=answered,
        delay=np.where(since == NEVER, NEVER, np.maximum(instant - since, 0)),
        row=np.arange(len(instant)),
        texts=_texts(parts),
        has_threads=True,
    ).take(instant != NEVER)


def _same_persons(parts: list[pa.Table]) -> list[pa.Table]:
    """Give a person the same number in all coalitions."""
    if not parts:
        return []
    place = parts[0].column_names.index("person")
    chunks = [part.column("person").combine_chunks() for part in parts]
    persons = pa.chunked_array(chunks).unify_dictionaries().chunks
    return [
        part.set_column(place, "person", chunk) for part, chunk in zip(parts, persons, strict=True)
    ]


def _texts(parts: list[pa.Table]) -> pd.DataFrame:
    """Join what is shown as evidence; repeated texts stay dictionaries."""
    if not parts:
        return pd.DataFrame({"message_id": pd.Series(dtype="str")})
    table = pa.concat_tables([part.select(_TEXTS) for part in parts])
    text = {pa.string(): pd.StringDtype(na_value=float("nan"))}
    # In one piece: of a thousand, each look at an id would pass through all.
    table = table.unify_dictionaries().combine_chunks()
    frame: pd.DataFrame = table.to_pandas(types_mapper=text.get)
    return frame


class _Coded:
    """The columns of one event table as numbers."""

    def __init__(self, table: pa.Table, base: int) -> None:
        self.instant = _numbers(table.column("date").cast(pa.int64()), NEVER)
        self.person = _numbers(_indices(table, "person"), -1)
        self.person_if_joined = _numbers(_indices(table, "person_if_joined"), -1)
        self.thread = _numbers(_indices(table, "thread"), -1)
        answers = _numbers(table.column("answers"), -1)
        self.answered = np.where(answers >= 0, base + answers, -1)
        automated = table.column("automated").combine_chunks()
        self.is_human = _numbers(automated.is_null(), 0)
        spam = automated.dictionary.index(pa.scalar(SUSPECTED)).as_py()
        self.is_suspected = _numbers(automated.indices, -1) == (spam if spam >= 0 else -2)
        self.is_bulletin = _numbers(table.column("bulletin"), 0)
        self.is_orphan = _numbers(table.column("orphan"), 0)


def _indices(table: pa.Table, name: str) -> pa.Array:
    return table.column(name).combine_chunks().indices


def _numbers(array: pa.Array | pa.ChunkedArray, missing: int) -> NDArray[np.int64]:
    filled = array.cast(pa.int64()).fill_null(missing)
    numbers: NDArray[np.int64] = filled.to_numpy().astype(np.int64, copy=False)
    return numbers


def _all(codes: list[_Coded], name: str) -> NDArray[np.int64]:
    arrays = [getattr(one, name) for one in codes]
    return np.concatenate([np.empty(0, np.int64), *arrays]).astype(np.int64, copy=False)
