"""Frames of stated columns and types, and rows: as plain values, and those of one coalition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

__all__ = ["ByCoalition", "frame_of", "rows_of"]


class ByCoalition:
    """The rows of a frame by coalition, looked for once and not for each of thousands.

    Parameters
    ----------
    frame : DataFrame
        With a column ``coalition``.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self._places = frame.groupby("coalition", sort=False, observed=True).indices

    def of(self, coalition: str) -> pd.DataFrame:
        """Give one coalition's rows.

        Parameters
        ----------
        coalition : str
            The slug.

        Returns
        -------
        DataFrame
            In the order of the frame, with its index; without rows where there are none.
        """
        return self._frame.iloc[self._places.get(coalition, [])]


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


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Give the rows of a frame as plain values.

    Parameters
    ----------
    frame : DataFrame
        Any; small ones by the thousand, for which pandas' own ways cost more than the rows.

    Returns
    -------
    list of dict
        What is missing is None.
    """
    columns = [
        [None if gone else value for value, gone in zip(values, missing, strict=True)]
        for values, missing in (
            (frame[name].tolist(), frame[name].isna().tolist()) for name in frame.columns
        )
    ]
    names = [str(name) for name in frame.columns]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
