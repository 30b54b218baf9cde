"""The compact index of one coalition's messages: keys, candidates, and what was decided.

It holds a row for every message read, copies included, so that dates and duplicates are decided
anew from it without opening an archive again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from dcactivity.archives.arrowed import as_numbers, numbers_of
from dcactivity.messages.dating import MISSING, NONE, Candidates, decide, envelopes_believed
from dcactivity.messages.duplicates import message_keys

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]
    Keys = npt.NDArray[np.uint64]
    Mask = npt.NDArray[np.bool_]

__all__ = ["Index"]

_MISSING = as_numbers(np.array([MISSING]), pa.int64())[0]
_TYPES = {
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
        return cls(**{name: np.empty(0, kind) for name, kind in _TYPES.items()}, names=[])

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

    @classmethod
    def load(cls, path: Path) -> Index:
        """Read an index that `save` wrote."""
        with pa.ipc.open_file(pa.OSFile(str(path))) as reader:
            table = reader.read_all()
        arrays: dict[str, Any] = {
            name: numbers_of(table.column(name).combine_chunks()) for name in _TYPES
        }
        names = json.loads(table.schema.metadata[b"archives"])
        return cls(**arrays, names=names)

    def save(self, path: Path) -> None:
        """Write the index as an Arrow file."""
        table = pa.table(
            {
                name: as_numbers(getattr(self, name), pa.from_numpy_dtype(kind))
                for name, kind in _TYPES.items()
            }
        )
        table = table.replace_schema_metadata({"archives": json.dumps(self.names)})
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)

    def __len__(self) -> int:
        return len(self.by_id)

    @property
    def is_kept(self) -> Mask:
        """Which messages stand in a part."""
        kept: Mask = np.asarray(self.part >= 0)
        return kept

    def take(self, rows: npt.NDArray[np.int64] | Mask) -> Index:
        """Select rows by position or mask."""
        return Index(**{name: getattr(self, name)[rows] for name in _TYPES}, names=self.names)

    def join(self, others: Sequence[Index]) -> Index:
        """Append the rows of others, whose archive codes already refer to this one's names."""
        pieces = [self, *others]
        arrays = {
            name: np.concatenate([getattr(piece, name) for piece in pieces]).astype(kind)
            for name, kind in _TYPES.items()
        }
        return Index(**arrays, names=self.names)

    def candidates(self) -> Candidates:
        """Give the candidates of all rows."""
        return Candidates(
            self.header.astype(np.int64),
            self.received.astype(np.int64),
            self.envelope.astype(np.int64),
        )

    def date_all(
        self,
        lists: Mapping[str, str],
        formats: Mapping[str, str],
        complete_until: Mapping[str, dt.date | None],
    ) -> dict[str, bool]:
        """Decide the dates of all rows, list by list.

        Parameters
        ----------
        lists, formats : mapping
            From the names of ledger rows to their list and format.
        complete_until : mapping
            From the lists to the day up to which their archives were stated to be complete.

        Returns
        -------
        dict
            From the names of ledger rows to whether their envelopes are believed.
        """
        verdicts: dict[str, bool] = {}
        for address in sorted(set(lists.values())):
            here = self._rows_of(name for name in self.names if lists.get(name) == address)
            believed = np.zeros(len(self), dtype=bool)
            for kind in sorted(
                {formats[name] for name in self.names if lists.get(name) == address}
            ):
                names = [
                    name
                    for name in self.names
                    if lists.get(name) == address and formats[name] == kind
                ]
                rows = self._rows_of(names)
                verdict = envelopes_believed(self.candidates().where(rows))
                believed[rows] = verdict
                verdicts.update(dict.fromkeys(names, verdict))
            chosen = self.candidates().where(here)
            date, source = decide(chosen, believed[here], complete_until.get(address))
            self.date[here], self.source[here] = date, source
        return verdicts

    def _rows_of(self, names: object) -> Mask:
        wanted = set(names)  # type: ignore[call-overload]
        table = np.array([name in wanted for name in self.names] or [False])
        rows: Mask = table[self.archive.astype(np.int64)] if len(self) else np.zeros(0, dtype=bool)
        return rows

    def renamed(self, names: list[str]) -> Index:
        """Refer to another list of names, which holds all that are still used."""
        place = {name: code for code, name in enumerate(names)}
        table = np.array([place.get(name, -1) for name in self.names] or [-1], np.int32)
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        arrays["archive"] = table[self.archive.astype(np.int64)] if len(self) else self.archive
        arrays["names"] = names
        return Index(**arrays)
