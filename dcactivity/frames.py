"""Frames whose columns and types are stated, with rows or without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

__all__ = ["frame_of"]


def frame_of(rows: Sequence[Sequence[object]], types: Mapping[str, object]) -> pd.DataFrame:
    """Make a frame of rows, of the types stated, even where there is no row.

    Parameters
    ----------
    rows : sequence of sequences
        Each with one value for each column; None is missing.
    types : mapping of str to dtype
        The columns in their order.

    Returns
    -------
    DataFrame
        With a plain index.
    """
    columns = {}
    for place, (name, kind) in enumerate(types.items()):
        values = [row[place] for row in rows]
        columns[name] = pd.Series(values, dtype=kind)  # type: ignore[call-overload]  # any dtype
    return pd.DataFrame(columns)
