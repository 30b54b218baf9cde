"""What a coalition's folder holds, looked into as far as an ingest has to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dcactivity.messages.duplicates import SeenKeys
from dcactivity.messages.index import Index
from dcactivity.messages.pieces import Piece, load_index, load_pieces

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from dcactivity.messages.store import Manifest

    Mask = npt.NDArray[np.bool_]

__all__ = ["Held", "is_out_of_order", "seen_keys"]


class Held:
    """The messages that a coalition's folder holds.

    Parameters
    ----------
    folder : Path
        The coalition's folder.
    manifest : Manifest
        That of the folder.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        self._index: Index | None = None
        self._pieces: list[Piece] | None = None
        self._owners = {row["archive"]: e["name"] for e in manifest.archives for row in e["parts"]}

    @property
    def index(self) -> Index:
        """The index as a whole, under the names of the ledger's rows."""
        if self._index is None:
            self._index = load_index(self.folder, self.manifest)
        return self._index

    @property
    def pieces(self) -> list[Piece]:
        """The index as it lies there, in the order of the parts."""
        if self._pieces is None:
            self._pieces = load_pieces(self.folder, self.manifest)
        return self._pieces

    def names(self, gone: set[str]) -> list[str]:
        """Give the names of the ledger's rows, without those of archives that go."""
        return [name for name, owner in self._owners.items() if owner not in gone]

    def leaving(self, gone: set[str]) -> Mask:
        """Mark the rows of the index that go with archives."""
        table = np.array([self._owners[name] in gone for name in self.index.names] or [False])
        rows: Mask = table[self.index.archive]
        return rows

    def left(self, gone: set[str]) -> list[Piece]:
        """Give what is left of the index without some archives, to find copies in it."""
        return [Piece.of(self.index.take(~self.leaving(gone)))] if gone else self.pieces

    def released(self, gone: set[str]) -> frozenset[str]:
        """Find the archives whose copies of messages have to step in for those that leave."""
        if not gone or not len(self.index):
            return frozenset()
        index, leaving = self.index, self.leaving(gone)
        lost = index.by_content[leaving & index.is_kept]
        waiting = ~index.is_kept & ~leaving
        codes = np.unique(index.archive[waiting & np.isin(index.by_content, lost)])
        return frozenset(self._owners[index.names[code]] for code in codes.tolist())


def seen_keys(pieces: Sequence[Piece]) -> SeenKeys:
    """Give the keys of all messages of some pieces."""
    return SeenKeys([(piece.index.by_content, piece.index.by_id) for piece in pieces])


def is_out_of_order(
    left: Sequence[Piece], rows: Sequence[Index], names: list[str], ledger: list[str]
) -> bool:
    """Tell whether a message stands in a later archive than a copy of it that came now.

    Parameters
    ----------
    left : sequence of Piece
        What was there before, and stays.
    rows : sequence of Index
        What came now.
    names : list of str
        The names of the ledger's rows that `rows` refer to.
    ledger : list of str
        The names of the ledger's rows, in the order in which archives are read.

    Returns
    -------
    bool
        True where only a reading of all archives gives the ledger of a fresh store.
    """
    order = {name: place for place, name in enumerate(ledger)}
    ranks = _ranks(names, order)
    for batch in rows:
        copies = batch.take(~batch.is_kept)
        if not len(copies):
            continue
        mine = ranks[copies.archive]
        for piece in left:
            found, at = piece.find_kept(copies.by_content)
            holders = _ranks(piece.index.names, order)[piece.index.archive[at[found]]]
            if (mine[found] < holders).any():
                return True
    return False


def _ranks(names: list[str], order: dict[str, int]) -> npt.NDArray[np.int64]:
    return np.array([order.get(name, -1) for name in names] or [-1], np.int64)
