"""What the ledger says of each archive and only the dates and copies decide."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from dcactivity.messages.dating import HEADER, MISSING, NONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dcactivity.messages.index import Index

__all__ = ["begin_again", "count"]


def begin_again(rows: Iterable[dict[str, Any]]) -> None:
    """Take out of rows of the ledger what `count` fills in."""
    numbers = dict.fromkeys(("kept", "duplicates", "undated", "repaired"), 0)
    for row in rows:
        row.update(numbers, first=None, last=None, envelope="")


def count(rows: Mapping[str, dict[str, Any]], index: Index, believed: Mapping[str, bool]) -> None:
    """Add messages to the rows of the ledger that they stand under.

    Parameters
    ----------
    rows : mapping
        From names to the ledger's rows, which are changed.
    index : Index
        The messages, dated.
    believed : mapping
        From names to whether their envelopes are.
    """
    # Sorted by archive, each one's messages stand together: so no archive looks at all of them.
    mine = index.take(np.argsort(index.archive, kind="stable"))
    codes, begins = np.unique(mine.archive, return_index=True)
    for code, (begin, end) in zip(codes.tolist(), pairwise([*begins, len(mine)]), strict=True):
        name = index.names[code]
        _add(rows[name], mine, slice(begin, end), is_believed=believed[name])


def _add(row: dict[str, Any], index: Index, here: slice, *, is_believed: bool) -> None:
    kept, source, dates = index.part[here] >= 0, index.source[here], index.date[here]
    dated = kept & (source != NONE)
    row["kept"] += int(kept.sum())
    row["duplicates"] += int((~kept).sum())
    row["undated"] += int((kept & ~dated).sum())
    row["repaired"] += int((dated & (source != HEADER)).sum())
    if dated.any():
        ends = [dates[dated].min(), dates[dated].max()]
        before = [_microseconds(row[name]) for name in ("first", "last") if row[name]]
        row["first"], row["last"] = _instant(min(ends + before)), _instant(max(ends + before))
    if (index.envelope[here] != MISSING).any():
        row["envelope"] = "believed" if is_believed else "ignored"


def _instant(microseconds: np.int64) -> str:
    return f"{np.datetime64(int(microseconds), 'us').astype('datetime64[s]')}Z"


def _microseconds(text: str) -> np.int64:
    return np.datetime64(text.removesuffix("Z"), "us").astype(np.int64)
