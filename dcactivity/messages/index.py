"""The compact index of one coalition's messages: keys, candidates, and what was decided.

It holds a row for every message read, copies included, so that dates and duplicates are decided
anew from it without opening an archive again.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dcactivity.archives.arrowed import as_numbers, numbers_of
from dcactivity.messages.dating import MISSING, NONE, Candidates
from dcactivity.messages.duplicates import message_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]
    Keys = npt.NDArray[np.uint64]
    Mask = npt.NDArray[np.bool_]

__all__ = ["COLUMNS", "Index"]

_MISSING = as_numbers(np.array([MISSING]), pa.int64())[0]
COLUMNS = {
    "by_id": np.uint64,
    "by_content": np.uint64,
    "archive": np.int32,
    "part": np.int32,
    "header": np.int64,
    "received": np.int64,
    "envelope": np.int64,
    "date": np.int64,
    "source": np.int8,
}
"""The columns of an index and their types."""


@dataclass(slots=True)
class Index:
    """Parallel arrays, one element for each message read.

    Attributes
    ----------
    by_id, by_content : array of uint64
        Keys, see `dcactivity.messages.duplicates`.
    archive : array of int32
        Place of its ledger row in `names`.
    part : array of int32
        Number of the Parquet part that holds it; -1 for a copy, which none holds. The rows of
        one part stand in the order of the part.
    header, received, envelope : array of int64
        Candidates of the date.
    date, source : array of int64, int8
        What was decided.
    names : list of str
        Names of the ledger's rows.
    """

    by_id: Keys
    by_content: Keys
    archive: Numbers
    part: Numbers
    header: Numbers
    received: Numbers
    envelope: Numbers
    date: Numbers
    source: Numbers
    names: list[str]

    @classmethod
    def empty(cls) -> Index:
        """Make an index without rows."""
        return cls(**{name: np.empty(0, kind) for name, kind in COLUMNS.items()}, names=[])

    @classmethod
    def of(cls, records: pa.RecordBatch, archive: int) -> Index:
        """Make the rows of a batch of messages of one archive, not yet dated."""
        by_id, by_content = message_keys(records)
        count = records.num_rows

        def instants(name: str) -> Numbers:
            column = records.column(name).cast("int64").fill_null(_MISSING)
            return numbers_of(column).astype(np.int64)

        return cls(
            by_id=by_id,
            by_content=by_content,
            archive=np.full(count, archive, np.int32),
            part=np.full(count, -1, np.int32),
            header=instants("date_header"),
            received=instants("date_received"),
            envelope=instants("date_envelope"),
            date=np.full(count, MISSING, np.int64),
            source=np.full(count, NONE, np.int8),
            names=[],
        )

    def __len__(self) -> int:
        return len(self.by_id)

    @property
    def is_kept(self) -> Mask:
        """Which messages stand in a part."""
        kept: Mask = np.asarray(self.part >= 0)
        return kept

    def take(self, rows: npt.NDArray[np.int64] | Mask) -> Index:
        """Select rows by position or mask."""
        return Index(**{name: getattr(self, name)[rows] for name in COLUMNS}, names=self.names)

    def join(self, others: Sequence[Index]) -> Index:
        """Append the rows of others, whose archive codes already refer to this one's names."""
        pieces = [self, *others]
        arrays = {
            name: np.concatenate([getattr(one, name) for one in pieces]).astype(kind, copy=False)
            for name, kind in COLUMNS.items()
        }
        return Index(**arrays, names=self.names)

    def candidates(self, rows: Mask) -> Candidates:
        """Give the candidates of some rows."""
        return Candidates(self.header[rows], self.received[rows], self.envelope[rows])

    def rows_of(self, names: Iterable[str]) -> Mask:
        """Mark the rows of some rows of the ledger."""
        wanted = set(names)
        table = np.array([name in wanted for name in self.names] or [False])
        rows: Mask = table[self.archive]
        return rows

    def renamed(self, names: list[str]) -> Index:
        """Refer to another list of names, which holds all that are still used."""
        place = {name: code for code, name in enumerate(names)}
        table = np.array([place.get(name, -1) for name in self.names] or [-1], np.int32)
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        arrays["archive"] = table[self.archive.astype(np.int64)] if len(self) else self.archive
        arrays["names"] = names
        return Index(**arrays)
