"""The same message twice: keys of messages, and which copy is kept.

Two messages are the same when Message-ID, Date, sender and subject agree. Each message has two
64-bit keys: one of its Message-ID, one of all four. The keys are not cryptographic; that two
different messages of one coalition share all 128 bits does not happen by chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dcactivity.archives.arrowed import EMPTY_TEXT, as_numbers, numbers_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Keys = npt.NDArray[np.uint64]
    Mask = npt.NDArray[np.bool_]

__all__ = ["SeenKeys", "message_keys"]

_MULTIPLY = np.uint64(0x9E3779B97F4A7C15)  # 2**64 divided by the golden ratio
_MIX = np.uint64(0xD6E8FEB86659FD93)  # the multiplier of Pelle Evensen's rrmxmx
_SHIFT = np.uint64(32)
_NO_DATE = as_numbers(np.array([np.iinfo(np.int64).min]), pa.int64())[0]


def _mix(state: Keys) -> Keys:
    state = (state ^ (state >> _SHIFT)) * _MIX
    return (state ^ (state >> _SHIFT)) * _MIX


def _hash_texts(values: pa.Array, state: Keys) -> Keys:
    """Mix the bytes of each text into its state, eight at a time."""
    if len(values) == 0:
        return state
    values = values.fill_null(EMPTY_TEXT)
    _, raw_offsets, data = values.buffers()
    width = np.int64 if pa.types.is_large_string(values.type) else np.int32
    begin = values.offset
    offsets = np.frombuffer(raw_offsets, width)[begin : begin + len(values) + 1].astype(np.int64)
    padded = np.zeros(int(offsets[-1]) + 8, np.uint8)
    if data is not None:
        padded[: offsets[-1]] = np.frombuffer(data, np.uint8)[: offsets[-1]]
    words = np.ndarray((len(padded) - 7,), dtype="<u8", buffer=padded, strides=(1,))
    at, end = offsets[:-1].copy(), offsets[1:]
    state = (state ^ (end - at).astype(np.uint64)) * _MULTIPLY
    active = np.flatnonzero(at < end)
    while len(active):
        where, left = at[active], end[active] - at[active]
        word = words[where]
        short = left < 8
        kept = (
            np.uint64(1) << (np.minimum(left, 7).astype(np.uint64) * np.uint64(8))
        ) - np.uint64(1)
        word = np.where(short, word & kept, word)
        mixed = (state[active] ^ word) * _MULTIPLY
        state[active] = mixed ^ (mixed >> _SHIFT)
        at[active] += 8
        active = active[left > 8]
    return _mix(state)


def message_keys(records: pa.RecordBatch) -> tuple[Keys, Keys]:
    """Compute the keys of messages.

    Parameters
    ----------
    records : RecordBatch
        With the columns ``message_id, date_header, from_address, from_name, subject``.

    Returns
    -------
    tuple of two arrays of uint64
        The key of the Message-ID, and of the Message-ID with date, sender and subject.
    """
    count = records.num_rows
    with np.errstate(over="ignore"):
        by_id = _hash_texts(records.column("message_id"), np.full(count, 1, np.uint64))
        dates = records.column("date_header").cast("int64").fill_null(_NO_DATE)
        state = _mix(by_id ^ numbers_of(dates).astype(np.uint64))
        for name in ("from_address", "from_name", "subject"):
            state = _hash_texts(_comparable(records, name), state)
    return by_id, state


def _comparable(records: pa.RecordBatch, name: str) -> pa.Array:
    """Leave the display name out where there is an address: archives write it in many ways."""
    values = records.column(name)
    if name == "from_name":
        return pc.if_else(
            records.column("from_address").is_valid(), EMPTY_TEXT, values.fill_null(EMPTY_TEXT)
        )
    return values


class SeenKeys:
    """A growing set of message keys, in sorted runs that double in length.

    Adding n keys in batches costs O(n log n), and a key takes sixteen bytes.

    Parameters
    ----------
    before : sequence of (by_content, by_id)
        Keys that are in it from the start, sorted by the first; they stay where they lie.
    """

    def __init__(self, before: Sequence[tuple[Keys, Keys]] = ()) -> None:
        self._before = [run for run in before if len(run[0])]
        self._runs: list[tuple[Keys, Keys]] = []

    def add(self, by_id: Keys, by_content: Keys) -> Mask:
        """Add keys and tell which of them were there before, or earlier in the same batch.

        Parameters
        ----------
        by_id, by_content : array of uint64
            As `message_keys` gives them.

        Returns
        -------
        array of bool
            True for the second and later copies.
        """
        order = np.lexsort((by_id, by_content))  # stable: the first copy stands first
        content, ids = by_content[order], by_id[order]
        copy = np.zeros(len(ids), dtype=bool)
        copy[1:] = (content[1:] == content[:-1]) & (ids[1:] == ids[:-1])
        for run_content, run_ids in (*self._before, *self._runs):
            copy |= _contains(run_content, run_ids, content, ids)
        seen = np.zeros(len(ids), dtype=bool)
        seen[order] = copy
        self._push(content[~copy], ids[~copy])
        return seen

    def _push(self, content: Keys, ids: Keys) -> None:
        if not len(content):
            return
        while self._runs and len(self._runs[-1][0]) <= len(content):
            other_content, other_ids = self._runs.pop()
            content = np.concatenate([other_content, content])
            ids = np.concatenate([other_ids, ids])
            order = np.argsort(content, kind="stable")
            content, ids = content[order], ids[order]
        self._runs.append((content, ids))


def _contains(run_content: Keys, run_ids: Keys, content: Keys, ids: Keys) -> Mask:
    place = np.minimum(np.searchsorted(run_content, content), len(run_content) - 1)
    found: Mask = (run_content[place] == content) & (run_ids[place] == ids)
    return found
