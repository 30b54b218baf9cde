"""Slices of a buffer as Arrow columns, and which of them need a closer look."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dcactivity.archives.arrowed import as_mask, as_numbers, as_strings, numbers_of
from dcactivity.archives.text import TEXT_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from dcactivity.archives.lines import FieldValues, HeaderLines

    Positions = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

__all__ = ["cut", "distinct_values", "find_odd", "mend", "octets_of", "scatter", "unfold"]


def cut(table: HeaderLines, values: FieldValues) -> pa.BinaryArray:
    """Cut values out of a table's buffer without going through Python objects.

    Parameters
    ----------
    table : HeaderLines
        The table that the values lie in.
    values : FieldValues
        In the order of the buffer, none overlapping.

    Returns
    -------
    BinaryArray
        One element for each value.
    """
    count = len(values)
    if not count:
        return as_strings([], pa.binary())
    # Values and the gaps between them are one array; every second element is a value.
    offsets = np.empty(2 * count, dtype=np.int32)
    offsets[0::2], offsets[1::2] = values.start, values.end
    both = pa.Array.from_buffers(
        pa.binary(), 2 * count - 1, [None, pa.py_buffer(offsets), pa.py_buffer(table.buffer)]
    )
    return both.take(as_numbers(np.arange(0, 2 * count - 1, 2), pa.int64()))


def distinct_values(
    table: HeaderLines, values: FieldValues
) -> tuple[npt.NDArray[np.integer], list[bytes]]:
    """Tell which values are equal.

    Parameters
    ----------
    table, values
        As for `cut`.

    Returns
    -------
    tuple
        For each value its place among the distinct ones, and those.
    """
    raw = cut(table, values)
    lengths = values.end - values.start
    if len(values) and (lengths == lengths[0]).all():
        octets, _ = octets_of(raw)
        if (octets.reshape(len(values), -1) == octets[: lengths[0]]).all():
            return np.zeros(len(values), np.int32), raw[:1].to_pylist()
    coded = raw.dictionary_encode()
    return numbers_of(coded.indices), coded.dictionary.to_pylist()


def unfold(values: pa.BinaryArray) -> pa.BinaryArray:
    """Undo the folding of long lines (RFC 5322 2.2.3): each fold becomes one blank."""
    if not len(values):
        return values
    octets, offsets = octets_of(values)
    newline = np.flatnonzero(octets == 10)
    if not len(newline):
        return values
    # The values begin and end with something else, so that there is a neighbour at both sides.
    before, after, next_one = octets[newline - 1], octets[newline + 1], octets[newline + 2]
    if ((before > 32) & (after == 32) & (next_one > 32)).all():
        kept = np.ones(len(octets), dtype=bool)
        kept[newline] = False
        ends = (offsets - np.searchsorted(newline, offsets)).astype(np.int32)
        return pa.Array.from_buffers(
            pa.binary(),
            len(values),
            [None, pa.py_buffer(ends), pa.py_buffer(octets[kept])],
        )
    return pc.replace_substring_regex(values, pattern="[ \t]*\r?\n[ \t]+", replacement=" ")


def find_odd(values: pa.BinaryArray, breakers: bytes, *, is_text: bool = False) -> Mask:
    """Find the values that are not plain printable ASCII, or longer than a text may be.

    Parameters
    ----------
    values : BinaryArray
        What `cut` or `unfold` gave.
    breakers : bytes
        Octets which also make a value odd.
    is_text : bool
        Whether encoded words (RFC 2047) and runs of blanks are odd, too.

    Returns
    -------
    array of bool
        True where a careful parser has to look.
    """
    odd = np.zeros(len(values), dtype=bool)
    if not len(values):
        return odd
    octets, offsets = octets_of(values)
    wrong = (octets < 32) | (octets > 126)
    for octet in breakers:
        wrong |= octets == octet
    if is_text:
        wrong[:-1] |= (octets[:-1] == ord("=")) & (octets[1:] == ord("?"))
        wrong[:-1] |= (octets[:-1] == 32) & (octets[1:] == 32)
    odd[np.searchsorted(offsets, np.flatnonzero(wrong), side="right") - 1] = True
    odd |= np.diff(offsets) > TEXT_LIMIT
    return odd


def mend(
    values: pa.BinaryArray, odd: Mask, originals: list[bytes], parse: Callable[[bytes], str]
) -> pa.StringArray:
    """Put in place of the odd values what a careful parser makes of the originals.

    Parameters
    ----------
    values : BinaryArray
        All values; those that are not odd are ASCII.
    odd : array of bool
        As `find_odd` gave it.
    originals : list of bytes
        The odd values as they stand in the buffer.
    parse : callable
        Bytes in, text out.

    Returns
    -------
    StringArray
        One text for each value.
    """
    if originals:
        texts = as_strings([parse(original) for original in originals], pa.binary())
        values = pc.replace_with_mask(values, as_mask(odd), texts)
    return values.cast(pa.string())


def scatter(values: pa.Array, rows: Positions, count: int) -> pa.Array:
    """Spread values over `count` rows; rows without a value are null."""
    if len(values) == count:
        return values
    index = np.full(count, -1, dtype=np.int64)
    index[rows] = np.arange(len(rows))
    return values.take(as_numbers(index, pa.int64(), missing=index < 0))


def octets_of(values: pa.BinaryArray) -> tuple[npt.NDArray[np.uint8], Positions]:
    """Give the joined octets of texts, and where each begins; the last number is the end."""
    _, offsets, data = values.buffers()
    begin = values.offset
    ends = np.frombuffer(offsets, np.int32)[begin : begin + len(values) + 1].astype(np.int64)
    octets = np.frombuffer(data, np.uint8) if data else np.empty(0, np.uint8)
    return octets[ends[0] : ends[-1]], ends - ends[0]
