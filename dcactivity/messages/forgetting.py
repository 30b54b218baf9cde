"""Take the names and addresses of the forgotten out of messages, read or stored already."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dcactivity.archives.arrowed import as_mask, as_strings
from dcactivity.messages.duplicates import message_keys
from dcactivity.messages.parts import link_part, part_name, part_writer
from dcactivity.messages.pieces import load_index, save_index
from dcactivity.messages.schema import MESSAGE_SCHEMA

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from dcactivity.messages.forgotten import Forgotten
    from dcactivity.messages.index import Index
    from dcactivity.messages.store import Store

    Rows = npt.NDArray[np.int64]

__all__ = ["forget_in", "without_forgotten"]

_BATCH = 1 << 16
_TEXTS = ("message_id", "in_reply_to", "subject", "list_fields")
_TOUCHED = ["from_name", "from_address", "references", *_TEXTS]
_ADDRESS = re.compile(
    r"[^\s<>@\",;:()/]{1,200}@([A-Za-z0-9-]{1,100}(?:\.[A-Za-z0-9-]{1,100}){0,20})"
)


def without_forgotten(
    records: pa.RecordBatch, coalition: str, forgotten: Forgotten
) -> pa.RecordBatch:
    """Replace the senders that are to be forgotten.

    Parameters
    ----------
    records : RecordBatch
        Messages, with sender, ids, subject and list fields.
    coalition : str
        Where they stand.
    forgotten : Forgotten
        Who is forgotten.

    Returns
    -------
    RecordBatch
        The same rows; those of the forgotten without a name and under a neutral address, which
        stands for theirs within ids, subjects and list fields, too.
    """
    if not forgotten.entries:
        return records
    before = dict(zip(records.schema.names, records.columns, strict=True))
    columns = before | _neutral_senders(records, coalition, forgotten)
    cleaner = _Cleaner(forgotten)
    for name in _TEXTS:
        columns[name] = cleaner.texts(columns[name])
    columns["references"] = cleaner.lists(columns["references"])
    if all(columns[name] is before[name] for name in before):
        return records
    return pa.RecordBatch.from_arrays(list(columns.values()), schema=records.schema)


def _neutral_senders(
    records: pa.RecordBatch, coalition: str, forgotten: Forgotten
) -> dict[str, pa.Array]:
    """Give the columns of name and address, where somebody is forgotten."""
    names, addresses = records.column("from_name"), records.column("from_address")
    known: dict[tuple[str | None, str | None], str | None] = {}
    neutral: list[str | None] = []
    for pair in zip(names.to_pylist(), addresses.to_pylist(), strict=True):
        if pair not in known:
            known[pair] = forgotten.neutral(coalition, pair[0] or "", pair[1] or "")
        neutral.append(known[pair])
    mask = np.array([text is not None for text in neutral], dtype=bool)
    if not mask.any():
        return {}
    found = as_mask(mask)
    return {
        "from_name": pc.if_else(found, pa.scalar(None, names.type), names),
        "from_address": pc.if_else(found, as_strings(neutral), addresses),
    }


class _Cleaner:
    """Takes forgotten addresses out of ids and subjects; equal texts stay equal.

    Many mail programs write the sender's address into the Message-ID.
    """

    def __init__(self, forgotten: Forgotten) -> None:
        self._forgotten = forgotten
        self._domains: dict[str, bool] = {}

    def texts(self, column: pa.Array) -> pa.Array:
        """Clean a column of texts; the very same one where nothing is found."""
        coded = column.dictionary_encode()
        before = coded.dictionary.to_pylist()
        after = [_ADDRESS.sub(self._replaced, text) for text in before]
        return column if after == before else as_strings(after).take(coded.indices)

    def lists(self, column: pa.ListArray) -> pa.ListArray:
        """Clean a column of lists of texts."""
        flat = column.flatten()
        clean = self.texts(flat)
        if clean is flat:
            return column
        pairs = dict(zip(flat.to_pylist(), clean.to_pylist(), strict=True))
        return pa.array(
            [None if ids is None else [pairs[text] for text in ids] for ids in column.to_pylist()],
            column.type,
        )

    def _replaced(self, found: re.Match[str]) -> str:
        domain = found[1]
        if domain not in self._domains:
            self._domains[domain] = self._forgotten.is_known(domain)
        text = found[0]
        return (self._forgotten.neutral_end(text) if self._domains[domain] else None) or text


def forget_in(store: Store, coalition: str, forgotten: Forgotten) -> int:
    """Bring one coalition's folder in line with the list of the forgotten, in one step.

    Parameters
    ----------
    store : Store
        Locked by the caller.
    coalition : str
        Its slug.
    forgotten : Forgotten
        The store's list.

    Returns
    -------
    int
        How many messages were changed; 0 where the folder follows this list already.

    Notes
    -----
    Parts that hold no such message stay as they are. In the index the keys of messages and of
    their copies are made anew: keys of before would prove a guess of the address.
    """
    manifest = store.manifest(coalition)
    if manifest is None or manifest.forgotten == forgotten.generation:
        return 0
    index = load_index(store.folder(coalition), manifest)
    before = index.take(np.arange(len(index)))
    staged = store.stage(coalition)
    changed: list[Rows] = [np.empty(0, np.int64)]
    for part in manifest.parts:
        path = store.folder(coalition) / part_name(part["number"])
        rows = np.flatnonzero(index.part == part["number"])
        touched = _touched(path, coalition, forgotten)
        if not touched.any():
            link_part(path, staged / path.name)
            continue
        manifest.serial += 1
        part["number"] = manifest.serial
        index.part = index.part.copy()
        index.part[rows] = manifest.serial
        _rewrite(path, staged / part_name(manifest.serial), coalition, forgotten, index, rows)
        changed.append(rows[touched])
    rows = np.concatenate(changed)
    _rekey_copies(before, index, rows)
    save_index(staged, index, manifest.parts)
    manifest.forgotten = forgotten.generation
    store.commit(coalition, manifest, staged)
    return len(rows)


def _touched(path: Path, coalition: str, forgotten: Forgotten) -> npt.NDArray[np.bool_]:
    """Tell which rows of a part speak of somebody who is forgotten."""
    found = [np.empty(0, dtype=bool)]
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_BATCH, columns=_TOUCHED):
            after = without_forgotten(batch, coalition, forgotten)
            changed = np.zeros(len(batch), dtype=bool)
            if after is not batch:
                pairs = zip(batch.to_pylist(), after.to_pylist(), strict=True)
                changed[:] = [one != other for one, other in pairs]
            found.append(changed)
    return np.concatenate(found)


def _rewrite(
    path: Path, target: Path, coalition: str, forgotten: Forgotten, index: Index, rows: Rows
) -> None:
    """Write a part anew, and its messages' keys into the index."""
    done = 0
    with pq.ParquetFile(path) as file, part_writer(target) as writer:
        for batch in file.iter_batches(_BATCH):
            clean = without_forgotten(batch, coalition, forgotten)
            by_id, by_content = message_keys(clean)
            here = rows[done : done + len(clean)]
            index.by_id[here], index.by_content[here] = by_id, by_content
            done += len(clean)
            table = pa.Table.from_batches([clean]).select(MESSAGE_SCHEMA.names)
            writer.write_table(table.cast(MESSAGE_SCHEMA).unify_dictionaries())


def _rekey_copies(before: Index, index: Index, rows: Rows) -> None:
    """Give copies, which no part holds, the keys that their originals have now."""
    copies = np.flatnonzero(~before.is_kept)
    if not len(copies) or not len(rows):
        return
    order = rows[np.argsort(before.by_content[rows], kind="stable")]
    keys = before.by_content[order]
    place = np.minimum(np.searchsorted(keys, before.by_content[copies]), len(keys) - 1)
    same = keys[place] == before.by_content[copies]
    originals = order[place[same]]
    index.by_content[copies[same]] = index.by_content[originals]
    index.by_id[copies[same]] = index.by_id[originals]
