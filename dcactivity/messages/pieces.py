"""The index on disk: a piece beside each part, sorted by key, looked into without being loaded.

A piece holds the rows of the messages of its part, and copies of any part's messages that came
with them. An ingest that only adds messages looks a few keys up in each piece and writes one of
its own; the others are taken over as they are.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dcactivity.archives.arrowed import as_numbers, numbers_of
from dcactivity.messages.index import COLUMNS, Index

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from dcactivity.messages.store import Manifest

    Rows = npt.NDArray[np.integer]

__all__ = ["Piece", "load_index", "load_pieces", "piece_name", "save_index"]

_COPY = -1
_NAMES = b"archives"


def piece_name(number: int) -> str:
    """Give the file name of the piece beside a part; tools that read Parquet pass it over."""
    return f"_index-{number:06d}.arrow"


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of an index, sorted by the key of content; of equal keys the one kept stands first.

    Attributes
    ----------
    index : Index
        The rows; where they were read from a file, arrays that lie in the file.
    place : array of int64
        Place of each in the part; -1 for a copy.
    """

    index: Index
    place: Rows

    @classmethod
    def of(cls, index: Index) -> Piece:
        """Sort rows that stand in the order of the part, with copies anywhere between them."""
        kept = index.is_kept
        place: Rows = np.where(kept, np.cumsum(kept) - 1, _COPY).astype(np.int32)
        order = np.lexsort((~kept, index.by_content))
        return cls(index.take(order), place[order])

    @classmethod
    def open(cls, path: Path, number: int) -> Piece:
        """Map the file of a part's piece into memory."""
        with pa.memory_map(str(path)) as source, pa.ipc.open_file(source) as reader:
            batch = reader.get_batch(0)
            names = json.loads(reader.schema.metadata[_NAMES])
        arrays: dict[str, Any] = {
            name: numbers_of(batch.column(name)) for name in COLUMNS if name != "part"
        }
        place = numbers_of(batch.column("place"))
        # All of one part; which of them are copies, `place` says.
        arrays["part"] = np.broadcast_to(np.int32(number), len(place))
        return cls(Index(**arrays, names=names), place)

    def save(self, path: Path) -> None:
        """Write the piece, with the names of those archives alone that it has rows of."""
        used = np.unique(self.index.archive).tolist()
        index = self.index.renamed([self.index.names[code] for code in used])
        columns = {name: getattr(index, name) for name in COLUMNS if name != "part"}
        columns["place"] = self.place
        arrays = {
            name: as_numbers(column, pa.from_numpy_dtype(column.dtype))
            for name, column in columns.items()
        }
        batch = pa.RecordBatch.from_arrays(list(arrays.values()), list(arrays))
        batch = batch.replace_schema_metadata({_NAMES: json.dumps(index.names)})
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
            writer.write_batch(batch)

    def rows(self, names: list[str]) -> Index:
        """Give the rows in the order of the part, copies last, under the codes of other names."""
        order = np.argsort(self.place, kind="stable")
        copies = int((self.place == _COPY).sum())
        rows = self.index.take(np.concatenate([order[copies:], order[:copies]]))
        rows.part = rows.part.copy()
        rows.part[len(rows) - copies :] = _COPY
        return rows.renamed(names)

    def find_kept(self, by_content: npt.NDArray[np.uint64]) -> tuple[npt.NDArray[np.bool_], Rows]:
        """Find messages that are kept here by the keys of their content.

        Returns
        -------
        tuple of arrays
            Whether each is here, and if so where in `index`.
        """
        keys = self.index.by_content
        if not len(keys):
            return np.zeros(len(by_content), dtype=bool), np.zeros(len(by_content), np.int64)
        at = np.minimum(np.searchsorted(keys, by_content), len(keys) - 1)
        return (keys[at] == by_content) & (self.place[at] != _COPY), at


def load_pieces(folder: Path, manifest: Manifest) -> list[Piece]:
    """Open the pieces of a coalition's folder, in the order of the parts."""
    numbers = [part["number"] for part in manifest.parts]
    return [Piece.open(folder / piece_name(number), number) for number in numbers]


def load_index(folder: Path, manifest: Manifest) -> Index:
    """Read the index of a coalition's folder as a whole.

    Parameters
    ----------
    folder : Path
        The coalition's folder.
    manifest : Manifest
        That of the folder.

    Returns
    -------
    Index
        The names are those of the ledger's rows; rows of a part stand in its order.
    """
    names = [row["archive"] for row in manifest.ledger()]
    pieces = [piece.rows(names) for piece in load_pieces(folder, manifest)]
    return replace(Index.empty(), names=names).join(pieces)


def save_index(folder: Path, index: Index, parts: Sequence[dict[str, int]]) -> None:
    """Write an index as a whole; copies go into the last part's piece.

    Parameters
    ----------
    folder : Path
        Where it goes.
    index : Index
        Rows of a part stand in its order.
    parts : sequence of dict
        The parts as a manifest has them.
    """
    for part in parts:
        number, is_last = part["number"], part is parts[-1]
        mine = index.part == number
        if is_last:
            mine |= ~index.is_kept
        Piece.of(index.take(mine)).save(folder / piece_name(number))
