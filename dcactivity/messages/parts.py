"""The Parquet parts of one coalition: written from the spool, rewritten, merged."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dcactivity.archives.arrowed import as_mask, as_numbers, as_strings
from dcactivity.archives.columns import RECORD_SCHEMA
from dcactivity.messages.dating import MISSING
from dcactivity.messages.layout import DATE_SOURCES
from dcactivity.messages.schema import MESSAGE_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

    import numpy.typing as npt

    from dcactivity.messages.index import Index
    from dcactivity.messages.store import Manifest

    Rows = npt.NDArray[np.int64]

__all__ = [
    "NEW_PART",
    "PartWriter",
    "Spool",
    "absorbed",
    "dated_columns",
    "link_part",
    "part_name",
    "part_writer",
]

_SPOOL_SCHEMA = RECORD_SCHEMA.append(pa.field("ledger", pa.int32()))
_SPOOL_BYTES = 64 << 20

NEW_PART = 0
"""Stands in the index for the part that is yet to be written; parts are numbered from 1."""

_ROW_GROUP = 1 << 16
_LARGE = 1 << 16  # rows of a part that is left as it is
_TINY = 1 << 8  # what is less goes into the next part: most of its file would be the file's own
_GROWTH = 8
_REPEATING = [
    "list", "date_source", "from_name", "from_address", "subject", "automated", "list_fields",
    "archive",
]  # fmt: skip


class Spool:
    """Where messages wait, uncompressed, until all of the coalition's archives are read.

    Up to some size they stay in memory; beyond, they go to a file.

    Parameters
    ----------
    path : Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._waiting: list[pa.RecordBatch] = []
        self._bytes = 0
        self._files = contextlib.ExitStack()
        self._writer: pa.ipc.RecordBatchStreamWriter | None = None

    def append(self, records: pa.RecordBatch, code: int) -> None:
        """Add messages that belong to the ledger's row `code`."""
        ledger = as_numbers(np.full(records.num_rows, code, np.int32), pa.int32())
        batch = pa.RecordBatch.from_arrays([*records.columns, ledger], schema=_SPOOL_SCHEMA)
        self._waiting.append(batch)
        self._bytes += batch.nbytes
        if self._bytes > _SPOOL_BYTES:
            self._spill()

    def _spill(self) -> None:
        if self._writer is None:
            sink = self._files.enter_context(pa.OSFile(str(self._path), "wb"))
            self._writer = self._files.enter_context(pa.ipc.new_stream(sink, _SPOOL_SCHEMA))
        for batch in self._waiting:
            self._writer.write_batch(batch)
        self._waiting, self._bytes = [], 0

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Give all messages back, in the order in which they came; the spool ends with that."""
        if self._writer is not None:
            self._files.close()
            with pa.OSFile(str(self._path)) as source, pa.ipc.open_stream(source) as reader:
                yield from reader
            self._path.unlink()
        yield from self._waiting
        self._waiting = []


def part_name(number: int) -> str:
    """Give the file name of a part."""
    return f"part-{number:06d}.parquet"


def part_writer(path: Path) -> pq.ParquetWriter:
    """Begin a part."""
    return pq.ParquetWriter(
        path,
        MESSAGE_SCHEMA,
        compression="zstd",
        compression_level=1,
        use_dictionary=_REPEATING,
    )


def link_part(present: Path, staged: Path) -> None:
    """Take a part over as it is."""
    try:
        os.link(present, staged)
    except OSError:  # a file system without hard links
        shutil.copy2(present, staged)


class PartWriter:
    """Write the parts of a coalition's next state.

    Parameters
    ----------
    folder : Path
        The coalition's present folder.
    staged : Path
        The folder of the next state.
    spool : Spool
        The messages that were read for it.
    manifest : Manifest
        Of the next state; its ``parts`` and ``serial`` are brought up to date.
    """

    def __init__(self, folder: Path, staged: Path, spool: Spool, manifest: Manifest) -> None:
        self._folder, self._staged, self._manifest = folder, staged, manifest
        self._spool = spool
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.RecordBatch] = []
        self._rows = 0
        rows = {row["archive"]: row for row in manifest.ledger()}
        self._lists = {name: row["list"] for name, row in rows.items()}

    def write(self, old: Index, stays: npt.NDArray[np.bool_], index: Index) -> Index:
        """Write all parts.

        Parameters
        ----------
        old : Index
            The present state.
        stays : array of bool
            Which rows of `old` remain.
        index : Index
            The next state, dated: first the rows of `old` that remain, then those of the
            spool, copies included.

        Returns
        -------
        Index
            The rows of `index` in the order of the parts, with their parts' numbers.
        """
        count = int(stays.sum())
        present = self._manifest.parts
        self._manifest.parts = []
        changed = self._changed(old, stays, index, count)
        new = count + np.flatnonzero(index.part[count:] == NEW_PART)
        rewritten = int(np.isin(index.part[:count], list(changed)).sum())
        if changed or len(new):
            changed |= absorbed(present, changed, rewritten + len(new))
        sequence: list[Rows] = []
        part = index.part.copy()
        for item in present:
            number = item["number"]
            rows = np.flatnonzero(part[:count] == number)
            if number not in changed:
                self._link(item)
                sequence.append(rows)
        for item in present:
            if item["number"] in changed:
                rows = np.flatnonzero(part[:count] == item["number"])
                keep = stays[old.part == item["number"]]
                self._append(self._rewritten(item["number"], keep, index.take(rows)))
                index.part[rows] = self._manifest.serial
                sequence.append(rows)
        for start, batch in self._spooled(index, new):
            self._append(iter([batch]))
            chosen = new[start : start + batch.num_rows]
            index.part[chosen] = self._manifest.serial
            sequence.append(chosen)
        self._finish()
        sequence.append(np.flatnonzero(part < 0))
        return index.take(np.concatenate(sequence))

    def keep(self) -> None:
        """Take all parts over as they are."""
        present, self._manifest.parts = self._manifest.parts, []
        for item in present:
            self._link(item)

    def append(self, index: Index, merged: set[int]) -> None:
        """Write new messages and those of small parts into one new part.

        Parameters
        ----------
        index : Index
            The rows of the spool, dated, copies included.
        merged : set of int
            Numbers of the parts that go into the new one; the others stay as they are.
        """
        present = self._manifest.parts
        self._manifest.parts = []
        for item in present:
            if item["number"] not in merged:
                self._link(item)
        self._begin()
        for item in present:
            if item["number"] in merged:
                with pq.ParquetFile(self._folder / part_name(item["number"])) as file:
                    self._append(map(_as_stored, file.iter_batches(_ROW_GROUP)))
        new = np.flatnonzero(index.part == NEW_PART)
        self._append(batch for _, batch in self._spooled(index, new))
        self._finish()

    def _link(self, item: dict[str, Any]) -> None:
        name = part_name(item["number"])
        link_part(self._folder / name, self._staged / name)
        self._manifest.parts.append(item)

    def _changed(
        self, old: Index, stays: npt.NDArray[np.bool_], index: Index, count: int
    ) -> set[int]:
        """Find the parts that lose rows or get other dates."""
        before = old.take(stays)
        moved = (before.date != index.date[:count]) | (before.source != index.source[:count])
        numbers = np.concatenate([old.part[~stays], before.part[moved]])
        return {number for number in np.unique(numbers).tolist() if number > 0}

    def _rewritten(
        self, number: int, keep: npt.NDArray[np.bool_], rows: Index
    ) -> Iterator[pa.RecordBatch]:
        at = done = 0
        with pq.ParquetFile(self._folder / part_name(number)) as file:
            for batch in file.iter_batches(_ROW_GROUP):
                mask = keep[at : at + batch.num_rows]
                at += batch.num_rows
                kept = batch.filter(as_mask(mask))
                if kept.num_rows:
                    chosen = rows.take(np.arange(done, done + kept.num_rows))
                    done += kept.num_rows
                    yield _redated(kept, chosen)

    def _spooled(self, index: Index, rows: Rows) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Turn the spool's batches into those of the message table."""
        lists = as_strings([self._lists[name] for name in index.names])
        names = as_strings(index.names)
        at = 0
        for records in self._spool:
            chosen = index.take(rows[at : at + records.num_rows])
            yield at, _finished(records, chosen, lists, names)
            at += records.num_rows

    def _append(self, batches: Iterator[pa.RecordBatch]) -> None:
        for batch in batches:
            if self._writer is None:
                self._begin()
            self._waiting.append(batch)
            self._rows += batch.num_rows
            self._manifest.parts[-1]["rows"] += batch.num_rows
            if self._rows >= _ROW_GROUP:
                self._flush()

    def _begin(self) -> None:
        self._manifest.serial += 1
        self._manifest.parts.append({"number": self._manifest.serial, "rows": 0})
        self._writer = part_writer(self._staged / part_name(self._manifest.serial))

    def _flush(self) -> None:
        if self._writer is not None and self._waiting:
            table = pa.Table.from_batches(self._waiting, schema=MESSAGE_SCHEMA)
            self._writer.write_table(table.unify_dictionaries(), row_group_size=2 * _ROW_GROUP)
        self._waiting, self._rows = [], 0

    def _finish(self) -> None:
        self._flush()
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def absorbed(parts: list[dict[str, int]], changed: set[int], rows: int) -> set[int]:
    """Choose the parts that go into the next one.

    Parameters
    ----------
    parts : list of dict
        As the manifest has them.
    changed : set of int
        Numbers of those that are written anew in any case.
    rows : int
        How many messages are written in any case.

    Returns
    -------
    set of int
        Numbers.

    Notes
    -----
    A part goes into the next one where that has at least an eighth as many rows. So a message is
    written a few times only, however long the store is in use, and the parts that are not large
    are at most a handful, each about eight times as large as the next.
    """
    found: set[int] = set()
    for part in sorted(parts, key=lambda part: part["rows"]):
        if part["number"] in changed:
            continue
        if part["rows"] >= min(_LARGE, max(_TINY, _GROWTH * rows)):
            break
        found.add(part["number"])
        rows += part["rows"]
    return found


def dated_columns(rows: Index) -> tuple[pa.Array, pa.Array]:
    """Give the columns ``date`` and ``date_source`` of rows of the index."""
    instants = as_numbers(
        rows.date, MESSAGE_SCHEMA.field("date").type, missing=rows.date == MISSING
    )
    sources = pa.DictionaryArray.from_arrays(
        as_numbers(rows.source.astype(np.int32), pa.int32()), as_strings(DATE_SOURCES)
    )
    return instants, sources


def _redated(batch: pa.RecordBatch, rows: Index) -> pa.RecordBatch:
    date, source = dated_columns(rows)
    columns: dict[str, Any] = dict(zip(batch.schema.names, batch.columns, strict=True))
    columns["date"], columns["date_source"] = date, source
    return _in_schema(columns)


def _as_stored(batch: pa.RecordBatch) -> pa.RecordBatch:
    return _in_schema(dict(zip(batch.schema.names, batch.columns, strict=True)))


def _finished(
    records: pa.RecordBatch, rows: Index, lists: pa.Array, names: pa.Array
) -> pa.RecordBatch:
    """Add what the coalition as a whole decides to the records of an archive."""
    columns: dict[str, Any] = dict(zip(records.schema.names, records.columns, strict=True))
    ledger = columns.pop("ledger")
    member = columns.pop("member")
    columns["date"], columns["date_source"] = dated_columns(rows)
    columns["list"] = lists.take(ledger).dictionary_encode()
    columns["archive"] = (
        pa.DictionaryArray.from_arrays(ledger, names)
        if member.null_count == len(member)
        else pc.coalesce(member, names.take(ledger)).dictionary_encode()
    )
    return _in_schema(columns)


def _in_schema(columns: dict[str, Any]) -> pa.RecordBatch:
    arrays = [
        column if column.type == kind.type else column.cast(kind.type)
        for kind, column in ((kind, columns[kind.name]) for kind in MESSAGE_SCHEMA)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=MESSAGE_SCHEMA)
