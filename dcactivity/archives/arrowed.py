"""Numbers and texts as Arrow arrays, without pandas.

``pyarrow.array`` loads pandas when it is first called, which takes a worker longer than it needs
for some ten thousand messages. These build the same arrays from their buffers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = [
    "EMPTY_TEXT",
    "NO_TEXT",
    "as_lists",
    "as_mask",
    "as_numbers",
    "as_strings",
    "numbers_of",
]


def as_mask(flags: npt.NDArray[np.bool_]) -> pa.BooleanArray:
    """Make a boolean array.

    Parameters
    ----------
    flags : array of bool
        Its values; none is null.

    Returns
    -------
    BooleanArray
        Of the same length.
    """
    return pa.Array.from_buffers(pa.bool_(), len(flags), [None, _bits(flags)])


def as_numbers(
    values: npt.NDArray[np.generic],
    kind: pa.DataType,
    missing: npt.NDArray[np.bool_] | None = None,
) -> pa.Array:
    """Make an array of numbers or instants.

    Parameters
    ----------
    values : array
        Its values, of the width that `kind` has.
    kind : DataType
        A primitive type.
    missing : array of bool or None
        Where the value is null.

    Returns
    -------
    Array
        Of the same length.
    """
    valid = None if missing is None or not missing.any() else _bits(~missing)
    data = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind, len(values), [valid, data])


def as_strings(texts: Sequence[str | None], kind: pa.DataType | None = None) -> pa.Array:
    """Make an array of texts.

    Parameters
    ----------
    texts : sequence of str or None
        Its values; what UTF-8 cannot hold (lone surrogates) becomes a question mark.
    kind : DataType or None
        ``string`` by default; ``binary`` for the same bytes without a promise.

    Returns
    -------
    Array
        Of the same length.
    """
    encoded = [b"" if text is None else text.encode("utf-8", "replace") for text in texts]
    offsets = np.zeros(len(encoded) + 1, np.int32)
    np.cumsum(np.fromiter(map(len, encoded), np.int64, len(encoded)), out=offsets[1:])
    missing = np.fromiter((text is None for text in texts), np.bool_, len(encoded))
    valid = _bits(~missing) if missing.any() else None
    data = [valid, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(kind or pa.string(), len(encoded), data)


def as_lists(lists: Sequence[Sequence[str]]) -> pa.ListArray:
    """Make an array of lists of texts.

    Parameters
    ----------
    lists : sequence of sequences of str
        Its values; none is null.

    Returns
    -------
    ListArray
        Of the same length.
    """
    offsets = np.zeros(len(lists) + 1, np.int32)
    np.cumsum(np.fromiter(map(len, lists), np.int64, len(lists)), out=offsets[1:])
    flat = as_strings([text for texts in lists for text in texts])
    return pa.ListArray.from_arrays(as_numbers(offsets, pa.int32()), flat)


def numbers_of(array: pa.Array) -> npt.NDArray[np.integer]:
    """Take the numbers or truth values of an array without nulls.

    Parameters
    ----------
    array : Array
        Of integers or booleans; ``to_numpy`` would load pandas.

    Returns
    -------
    array
        Of the same length and integer type; truth values as int8.
    """
    if pa.types.is_boolean(array.type):
        array = array.cast(pa.int8())
    kind, data = np.dtype(str(array.type)), array.buffers()[1]
    if data is None or not len(array):
        return np.empty(0, kind)
    numbers: npt.NDArray[np.integer] = np.frombuffer(data, kind)
    return numbers[array.offset : array.offset + len(array)]


def _bits(flags: npt.NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))


EMPTY_TEXT = as_strings([""])[0]
"""The empty text as a scalar; ``pyarrow.scalar`` would load pandas."""

NO_TEXT = as_strings([None])[0]
"""The missing text as a scalar."""
