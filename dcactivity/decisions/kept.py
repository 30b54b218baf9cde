"""The event tables: decisions on each message, kept in the store beside the messages.

One Parquet file a coalition, in a folder named after a digest of all that they rest on: the
messages, the registry, ``people.toml`` and the rules. A folder of another digest is out of
date; one that stands is whole, because it is renamed into place when the last file is written.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from dcactivity.decisions.bulletins import Bulletins, shared_keys
from dcactivity.decisions.decide import decide
from dcactivity.decisions.survey import needed_messages, persons_table, surveys_of
from dcactivity.people.senders import people_file
from dcactivity.version import __version__

if TYPE_CHECKING:
    from dcactivity.messages.read import Opened
    from dcactivity.messages.store import Store

__all__ = ["EventTables", "drop_event_tables", "event_tables"]

_FOLDER = "events"
_WORD = pa.dictionary(pa.int32(), pa.string())
_SCHEMA = pa.schema(
    [
        ("date", pa.timestamp("us", tz="UTC")),
        ("message_id", pa.string()),
        ("automated", _WORD),
        ("person", _WORD),
        ("person_if_joined", _WORD),
        ("thread", _WORD),
        ("answers", pa.int64()),
        ("bulletin", pa.bool_()),
        ("orphan", pa.bool_()),
        ("link", _WORD),
    ]
)
"""One row a message, in the order in which the message table is read."""


class EventTables:
    """The event tables of all coalitions of a source.

    Parameters
    ----------
    folder : Path or None
        Where they lie.
    tables : dict
        Those that could not be written, by slug.
    """

    def __init__(self, folder: Path | None, tables: dict[str, pa.Table]) -> None:
        self._folder, self._tables = folder, tables

    def table(self, coalition: str, columns: list[str] | None = None) -> pa.Table:
        """Read one coalition's table.

        Parameters
        ----------
        coalition : str
            Its slug.
        columns : list of str or None
            These alone.

        Returns
        -------
        pyarrow.Table
            ``date, message_id, automated, person, person_if_joined, thread, answers`` (row of
            the message that is answered), ``bulletin, orphan, link``; row for row the messages
            of the store, sorted by date, Message-ID, archive and offset.
        """
        if coalition in self._tables:
            table = self._tables[coalition]
            return table if columns is None else table.select(columns)
        assert self._folder is not None
        return pq.read_table(
            self._folder / f"{coalition}.parquet", columns=columns, partitioning=None
        )


def event_tables(found: Opened) -> EventTables:
    """Take the event tables of a source from its store, or make them.

    Parameters
    ----------
    found : Opened
        A source whose messages lie in a store.

    Returns
    -------
    EventTables
        Written to the store where that can be written to, else held in memory.

    Raises
    ------
    InputError
        If ``people.toml`` cannot be followed.
    """
    parent = found.store.path / _FOLDER
    folder = parent / _stamp(found)
    if folder.is_dir():
        return EventTables(folder, {})
    made = _make(found)
    try:
        parent.mkdir(exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=".new-", dir=parent))
    except OSError:  # a store that belongs to somebody else
        return EventTables(None, dict(made))
    try:
        for slug, table in made:
            pq.write_table(table, draft / f"{slug}.parquet", compression="zstd")
        _put_in_place(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    for other in parent.iterdir():
        if other != folder and not other.name.startswith("."):
            shutil.rmtree(other, ignore_errors=True)
    return EventTables(folder, {})


def drop_event_tables(store: Store) -> None:
    """Remove the event tables of a store; they are made anew when they are asked for."""
    shutil.rmtree(store.path / _FOLDER, ignore_errors=True)


def _put_in_place(draft: Path, folder: Path) -> None:
    draft.chmod(0o777 & ~_umask())
    try:
        draft.rename(folder)
    except OSError:
        if not folder.is_dir():  # else another process was quicker, with the same tables
            raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _stamp(found: Opened) -> str:
    """Digest all that the decisions rest on."""
    people = people_file(found)
    digest = hashlib.sha256(f"{__version__}\n".encode())
    digest.update(json.dumps(found.registry.to_dict(), sort_keys=True).encode())
    digest.update(people.read_bytes() if people.is_file() else b"")
    for store in (found.store, found.store.coordination):
        for slug in store.coalitions():
            digest.update(f"\n{slug}\n".encode())
            digest.update(store.fingerprint(slug))
    return digest.hexdigest()[:32]


def _make(found: Opened) -> Iterator[tuple[str, pa.Table]]:
    slugs = found.store.coalitions()
    surveys = surveys_of(found)
    persons = persons_table(surveys.values(), found)
    bulletins = Bulletins.of(
        shared_keys(one.keys for one in surveys.values()),
        found.registry.body,
        found.coordination(),
    )
    for slug in slugs:
        if slug not in surveys:
            yield slug, _SCHEMA.empty_table()
            continue
        messages = needed_messages(found, slug)
        decided = decide(
            messages,
            slug,
            automated=surveys[slug].automated,
            persons=persons,
            bulletins=bulletins,
        )
        frame = messages[["date", "message_id"]].join(decided)
        table = pa.Table.from_pandas(frame, schema=_SCHEMA, preserve_index=False)
        yield slug, table.replace_schema_metadata()
