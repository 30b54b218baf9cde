"""References fields as a column of lists, all of a batch at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from dcactivity.archives.arrowed import as_numbers, as_strings, numbers_of
from dcactivity.archives.fields import parse_references
from dcactivity.archives.lines import FieldValues
from dcactivity.archives.slices import cut, find_odd

if TYPE_CHECKING:
    import numpy.typing as npt

    from dcactivity.archives.lines import HeaderLines

    Mask = npt.NDArray[np.bool_]
    Positions = npt.NDArray[np.int64]

__all__ = ["read_references"]

_LONGEST = 998  # of more, `parse_references` looks at how many ids there are and how long


def read_references(table: HeaderLines, values: FieldValues) -> tuple[pa.ListArray, int]:
    """Read the ids of References fields, each once a message, in order.

    Parameters
    ----------
    table : HeaderLines
        All fields of some messages.
    values : FieldValues
        Their References, one a message at most.

    Returns
    -------
    tuple of ListArray and int
        One list for each message of `table`, empty where it has no such field, and how many
        values were not of the usual form.
    """
    odd, ids, place = _find_ids(table, values)
    flat = cut(table, ids)
    breakers = find_odd(flat, b'"(),\\')
    odd[place[breakers | (ids.end <= ids.start)]] = True
    flat = flat.cast(pa.string()) if not breakers.any() else flat
    odd[_repeated(flat, place)] = True
    counts = np.bincount(place, minlength=len(values))
    first = np.cumsum(counts) - counts
    if odd.any():
        careful = [parse_references(raw) for raw in table.take(values.where(odd))]
        texts = [text for found in careful for text in found]
        flat = pa.concat_arrays([flat, as_strings(texts, flat.type)])
        numbers = np.fromiter(map(len, careful), np.int64, len(careful))
        counts[odd] = numbers
        first[odd] = len(ids) + np.cumsum(numbers) - numbers
        places = np.repeat(first - (np.cumsum(counts) - counts), counts)
        flat = flat.take(as_numbers(places + np.arange(len(places)), pa.int64()))
    offsets = np.zeros(len(table) + 1, np.int32)
    offsets[values.row + 1] = counts
    np.cumsum(offsets, out=offsets)
    lists = pa.ListArray.from_arrays(as_numbers(offsets, pa.int32()), flat.cast(pa.string()))
    return lists, int(odd.sum())


def _find_ids(table: HeaderLines, values: FieldValues) -> tuple[Mask, FieldValues, Positions]:
    """Find what stands in angle brackets with nothing but blanks between.

    Returns
    -------
    tuple
        Which values are otherwise, where each id of the others lies in the buffer, and which
        value it belongs to.
    """
    raw = cut(table, values)
    length = values.end - values.start
    odd = length > _LONGEST
    bounds = np.append(0, np.cumsum(length))
    text = np.frombuffer(raw.buffers()[2] or b"", np.uint8)[: bounds[-1]]
    opening, closing = np.flatnonzero(text == ord("<")), np.flatnonzero(text == ord(">"))
    blank = np.flatnonzero(text <= 32)

    def owner(places: Positions) -> Positions:
        found: Positions = np.searchsorted(bounds, places, side="right") - 1
        return found

    of_opening, of_closing, of_blank = owner(opening), owner(closing), owner(blank)
    size = len(values)
    odd |= np.bincount(of_opening, minlength=size) != np.bincount(of_closing, minlength=size)
    opening, closing = opening[~odd[of_opening]], closing[~odd[of_closing]]
    place = owner(opening)
    wrong = (opening > closing) | np.append(closing[:-1] > opening[1:], False)[: len(opening)]
    odd[place[wrong]] = True
    # No blank within an id; and as many blanks as there is room outside of ids.
    before = np.searchsorted(opening, blank) - 1
    inside = (before >= 0) & (blank < np.append(closing, 0)[before])
    odd[of_blank[inside]] = True
    room = length - np.bincount(place, weights=closing - opening + 1, minlength=size)
    odd |= room != np.bincount(of_blank, minlength=size)
    keep = ~odd[place]
    place = place[keep]
    shift = (values.start - bounds[:-1])[place]
    ids = FieldValues(place, opening[keep] + shift + 1, closing[keep] + shift)
    return odd, ids, place


def _repeated(ids: pa.Array, place: Positions) -> Positions:
    """Find the values in which an id stands twice."""
    several = np.flatnonzero(np.append(place[1:] == place[:-1], False)[: len(place)])
    if not len(several):
        return several
    codes = numbers_of(ids.dictionary_encode().indices).astype(np.int64)
    pairs = np.sort(place * (len(ids) + 1) + codes)
    twice: Positions = pairs[1:][pairs[1:] == pairs[:-1]] // (len(ids) + 1)
    return twice
