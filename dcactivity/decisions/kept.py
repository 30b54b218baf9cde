"""The event tables: decisions on each message, kept in the store beside the messages.

One Parquet file a coalition, in a folder named after a digest of all that they rest on: the
messages, the registry, ``people.toml`` and the rules. A folder of another digest is out of
date; one that stands is whole, because it is renamed into place when the last file is written.

A month's mail changes few coalitions. What the former folder holds of the others is taken over
as it is: what their archives alone say, where their messages are the same, and their event
tables, where the persons behind them and the bulletins among them are the same, too.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from dcactivity.arrays import read_parquet
from dcactivity.decisions.making import make_tables
from dcactivity.messages.layout import EVENTS_VERSION
from dcactivity.people.senders import people_file
from dcactivity.version import __version__

if TYPE_CHECKING:
    from dcactivity.messages.read import Opened
    from dcactivity.messages.store import Store

__all__ = ["EventTables", "drop_event_tables", "event_tables"]

_FOLDER = "events"


class EventTables:
    """The event tables of all coalitions of a source.

    Parameters
    ----------
    folder : Path
        Where they lie.
    passing : bool
        Whether the folder goes with this object.
    """

    def __init__(self, folder: Path, *, passing: bool = False) -> None:
        self.folder = folder
        if passing:
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

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
            ``date, message_id, cited`` (what outputs show in place of an id with an address),
            ``automated, person, person_if_joined, thread, answers`` (row of the message that is
            answered), ``bulletin, orphan, link``; row for row the messages of the store, sorted
            by date, Message-ID, archive and offset.
        """
        return read_parquet(self.folder / f"{coalition}.parquet", columns)


def event_tables(found: Opened) -> EventTables:
    """Take the event tables of a source from its store, or make those that are out of date.

    Parameters
    ----------
    found : Opened
        A source whose messages lie in a store.

    Returns
    -------
    EventTables
        In the store where that can be written to, else in a temporary folder that goes with
        them.

    Raises
    ------
    InputError
        If ``people.toml`` cannot be followed.
    """
    parent = found.store.path / _FOLDER
    folder = parent / _stamp(found)
    if folder.is_dir():
        return EventTables(folder)
    try:
        draft = draft_in(parent)
    except OSError:  # a store that belongs to somebody else
        tables = EventTables(Path(tempfile.mkdtemp(prefix="dcactivity-")), passing=True)
        make_tables(found, tables.folder, _former(parent), on_executor=False)
        return tables
    try:
        make_tables(found, draft, _former(parent))
        _put_in_place(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    for other in parent.iterdir():
        if other != folder and not other.name.startswith("."):
            shutil.rmtree(other, ignore_errors=True)
    return EventTables(folder)


def draft_in(parent: Path) -> Path:
    """Make a folder for tables that are not whole yet."""
    parent.mkdir(exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=".new-", dir=parent))


def _former(parent: Path) -> Path | None:
    """Find the tables of an earlier state."""
    with contextlib.suppress(OSError):
        return next((p for p in sorted(parent.iterdir()) if not p.name.startswith(".")), None)
    return None


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
    digest = hashlib.sha256(f"{__version__}\n{EVENTS_VERSION}\n".encode())
    digest.update(json.dumps(found.registry.to_dict(), sort_keys=True).encode())
    digest.update(people.read_bytes() if people.is_file() else b"")
    for store in (found.store, found.store.coordination):
        for slug in store.coalitions():
            digest.update(f"\n{slug}\n".encode())
            digest.update(store.fingerprint(slug))
    return digest.hexdigest()[:32]
