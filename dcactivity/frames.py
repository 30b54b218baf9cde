"""Frames whose columns and types are stated, and the rows of one coalition of many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

__all__ = ["ByCoalition", "frame_of"]


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
