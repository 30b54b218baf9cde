"""What is kept of each coalition beside its event table, to know what need not be done again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dcactivity.arrays import read_parquet
from dcactivity.decisions.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Summary", "read_summaries", "write_summaries"]

_TEXTS = pa.list_(pa.string())
_SCHEMA = pa.schema(
    [
        ("coalition", pa.string()),
        ("of_messages", pa.string()),
        ("of_decisions", pa.string()),
        ("lists", _TEXTS),
        ("keys", pa.list_(pa.uint64())),
        ("from_name", _TEXTS),
        ("from_address", _TEXTS),
        ("messages", pa.list_(pa.int64())),
    ]
)


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """One coalition, as the decisions left it.

    Parameters
    ----------
    survey : Survey
        What its archive alone says; read from a store, it says nothing of single messages.
    of_messages : str
        A digest of its messages.
    of_decisions : str
        A digest of all that its event table rests on.
    """

    survey: Survey
    of_messages: str
    of_decisions: str = ""

    def decided(self, digest: str) -> Summary:
        """Note what the event table rests on."""
        return replace(self, of_decisions=digest)


def write_summaries(path: Path, summaries: Mapping[str, Summary]) -> None:
    """Write a file with a row for each coalition.

    Parameters
    ----------
    path : Path
        The file.
    summaries : mapping
        From slugs to summaries.
    """
    rows = list(summaries.values())
    surveys = [one.survey for one in rows]
    columns = [
        pa.array(list(summaries), pa.string()),
        pa.array([one.of_messages for one in rows], pa.string()),
        pa.array([one.of_decisions for one in rows], pa.string()),
        pa.array([one.lists for one in surveys], _TEXTS),
        _lists([pa.array(one.keys, pa.uint64()) for one in surveys], pa.uint64()),
        *(
            _lists([pa.array(one.senders[name], kind) for one in surveys], kind)
            for name, kind in (
                ("from_name", pa.string()),
                ("from_address", pa.string()),
                ("messages", pa.int64()),
            )
        ),
    ]
    table = pa.Table.from_arrays(columns, schema=_SCHEMA)
    pq.write_table(table, path, compression="zstd", row_group_size=1000)


def read_summaries(path: Path) -> dict[str, Summary]:
    """Read what `write_summaries` wrote.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict
        From slugs to summaries; empty where there is no such file.
    """
    if not path.is_file():
        return {}
    table = read_parquet(path).combine_chunks()
    slugs, messages, decisions, lists = (
        table.column(name).to_pylist()
        for name in ("coalition", "of_messages", "of_decisions", "lists")
    )
    keys = _pieces(table.column("keys"))
    senders = [_pieces(table.column(n)) for n in ("from_name", "from_address", "messages")]
    nothing = pd.Series(dtype="category")
    text = pd.StringDtype(na_value=np.nan)
    found = {}
    for at, slug in enumerate(slugs):
        names, addresses, counts = (column[at] for column in senders)
        frame = pd.DataFrame(
            {
                "from_name": names.to_pandas(types_mapper={pa.string(): text}.get),
                "from_address": addresses.to_pandas(types_mapper={pa.string(): text}.get),
                "coalition": pd.Series(slug, index=range(len(counts)), dtype=text),
                "messages": counts.to_numpy(),
            }
        )
        known = Survey(nothing, frame, keys[at].to_numpy(), tuple(lists[at]))
        found[slug] = Summary(known, messages[at], decisions[at])
    return found


def _lists(parts: list[pa.Array], kind: pa.DataType) -> pa.Array:
    bounds = np.cumsum([0, *map(len, parts)])
    values = pa.concat_arrays([*parts, pa.array([], kind)])
    return pa.ListArray.from_arrays(pa.array(bounds, pa.int32()), values)


def _pieces(column: pa.ChunkedArray) -> list[pa.Array]:
    """Give the list of each row as an array."""
    bounds = np.concatenate([[0], np.cumsum(pc.list_value_length(column).to_numpy())])
    whole = pc.list_flatten(column).combine_chunks()
    return [whole.slice(begin, end - begin) for begin, end in pairwise(bounds.tolist())]
