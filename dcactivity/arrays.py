"""Tables and columns in Arrow, without a Python object for each text where that can be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

__all__ = ["lists_of", "read_parquet", "text_keys", "texts_of"]

_PIECE = 1 << 16  # texts that are Python's objects at a time
_LARGE = 1 << 20  # bytes of a file from which on several threads are worth their start


def read_parquet(path: Path, columns: list[str] | None = None) -> pa.Table:
    """Read a Parquet file of ours, small ones without the expense of large ones.

    Parameters
    ----------
    path : Path
        The file.
    columns : list of str or None
        These alone, in the file's order.

    Returns
    -------
    pyarrow.Table
        All rows.
    """
    with pq.ParquetFile(path) as file:
        return file.read(columns, use_threads=path.stat().st_size >= _LARGE)


def texts_of(column: pd.Series) -> pa.Array:
    """Take a column of texts, or of what can be written as such, as one Arrow array.

    Parameters
    ----------
    column : Series
        Texts, or missing.

    Returns
    -------
    pyarrow.Array
        Of ``large_string``: all texts of a large archive do not fit into 2 GiB.
    """
    return _whole(pa.array(column.astype("str"), type=pa.large_string(), from_pandas=True))


def lists_of(column: pd.Series) -> pa.Array:
    """Take a column of lists of texts as one Arrow array.

    Parameters
    ----------
    column : Series
        Lists in Arrow or as objects, or missing.

    Returns
    -------
    pyarrow.Array
        Of ``large_list<large_string>``.
    """
    kind = pa.large_list(pa.large_string())
    if isinstance(column.dtype, pd.ArrowDtype):
        return _whole(pa.array(column)).cast(kind)
    return _whole(pa.array(column.astype(object), type=kind, from_pandas=True))


def text_keys(column: pd.Series) -> NDArray[np.uint64]:
    """Give each text a number.

    Parameters
    ----------
    column : Series of str
        Texts, or missing.

    Returns
    -------
    array of uint64
        The same for the same text, in every process and on every machine.
    """
    keys = np.empty(len(column), np.uint64)
    for begin in range(0, len(column), _PIECE):
        piece = column.iloc[begin : begin + _PIECE].to_numpy(dtype=object)
        keys[begin : begin + _PIECE] = pd.util.hash_array(piece, categorize=False)
    return keys


def _whole(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
