"""Dates of the usual fixed forms, read many at a time from a window at their right end.

Nearly all Date and Received fields end in ``31 Mar 2022 10:00:00 +0000``, perhaps with a zone
name in a comment, and nearly all From_ lines in ``Mar 31 10:00:00 2022``. What does not is left
to the careful parsers of `dcactivity.archives.dates`, one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Octets = npt.NDArray[np.uint8]
    Positions = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

__all__ = ["NO_OFFSET", "Instants", "read_asctime", "read_rfc5322"]

NO_OFFSET = -(1 << 15)
"""Stands for an unknown zone in an array of offsets."""

_FIRST_YEAR, _LAST_YEAR = 1900, 2199
_MONTH_STARTS: Positions = (
    np.arange(f"{_FIRST_YEAR}-01", f"{_LAST_YEAR + 1}-02", dtype="datetime64[M]")
    .astype("datetime64[D]")
    .astype(np.int64)
)
_NAMES = b"jan feb mar apr may jun jul aug sep oct nov dec".split()
_CODES = np.array([int.from_bytes(name, "little") for name in _NAMES], dtype=np.int64)
_ORDER = np.argsort(_CODES)
_SORTED = _CODES[_ORDER]


@dataclass(frozen=True, slots=True)
class Instants:
    """What was read from a column of dates.

    Attributes
    ----------
    microseconds : array of int64
        Since 1970, UTC; meaningless where not `known`.
    offset : array of int64
        Minutes east of UTC as written, or `NO_OFFSET`.
    known : array of bool
        False where the value is not of the usual form.
    """

    microseconds: Positions
    offset: Positions
    known: Mask


def read_rfc5322(octets: Octets, start: Positions, end: Positions) -> Instants:
    """Read dates of the form of RFC 5322 3.3 with a four-digit year and seconds.

    Parameters
    ----------
    octets : array of uint8
        The text that holds all values, with at least 31 bytes before the first.
    start, end : array of int64
        Where each value lies, without blanks at its ends.

    Returns
    -------
    Instants
        One for each value.
    """
    end = _before_comment(octets, end)
    zone = _window(octets, end, 8)
    sign, digits = zone[3], zone[4:] - np.uint8(48)
    is_numeric = (
        ((sign == ord("+")) | (sign == ord("-"))) & (digits <= 9).all(axis=0) & (zone[2] == 32)
    )
    hours, minutes = _number(digits[:2]), _number(digits[2:])
    is_numeric &= (hours <= 14) & (minutes < 60)
    offset = (hours * 60 + minutes) * np.where(sign == ord("-"), -1, 1)
    unknown = is_numeric & (offset == 0) & (sign == ord("-"))  # -0000, RFC 5322 3.3
    is_named = ~is_numeric
    if is_named.any():
        name = zone[4:].T.astype(np.int64) @ _BYTES
        is_named &= (name == _GMT) | (name == _UTC)
        offset = np.where(is_named, 0, offset)
    last = end - np.where(is_named, 4, 6)
    window = _window(octets, last, 24)[3:]
    inside = last - 20 >= start
    day_tens = np.where(inside, window[1], 32)
    before = np.where(last - 21 >= start, window[0], 32)
    seconds, known = _combine(
        day=(day_tens, window[2]),
        month=window[4:7],
        year=window[8:12],
        clock=window[13:21],
        blanks=window[[3, 7, 12]],
    )
    known &= (
        (is_numeric | is_named) & ((before == 32) | (before == ord(","))) & (last - 19 >= start)
    )
    known &= ~((day_tens == 32) & inside & (before != 32) & (before != ord(",")))
    result = (seconds - offset * 60) * 1_000_000
    return Instants(result, np.where(unknown, NO_OFFSET, offset), known)


def read_asctime(octets: Octets, start: Positions, end: Positions) -> Instants:
    """Read dates of the form of C's ``asctime``, without zone, taken as UTC.

    Parameters
    ----------
    octets, start, end
        As for `read_rfc5322`; here the values are whole From_ lines.

    Returns
    -------
    Instants
        One for each value; the offset is unknown.
    """
    window = _window(octets, end, 24)[3:]
    seconds, known = _combine(
        day=(window[5], window[6]),
        month=window[1:4],
        year=window[17:21],
        clock=window[8:16],
        blanks=window[[0, 4, 7, 16]],
    )
    known &= end - start > 25
    offset = np.full(len(end), NO_OFFSET, dtype=np.int64)
    return Instants(seconds * 1_000_000, offset, known)


_BYTES = np.array([1, 1 << 8, 1 << 16, 1 << 24], dtype=np.int64)
_GMT = int.from_bytes(b" GMT", "little")
_UTC = int.from_bytes(b" UTC", "little")


def _before_comment(octets: Octets, end: Positions) -> Positions:
    """Step back over a comment such as `` (CEST)``."""
    closed = octets[end - 1] == ord(")")
    if not closed.any():
        return end
    end = end.copy()
    rows = np.flatnonzero(closed)
    for width in (3, 4, 5):
        at = end[rows] - width - 2
        fits = (octets[at] == ord("(")) & (octets[at - 1] == 32)
        end[rows[fits]] = at[fits] - 1
        rows = rows[~fits]
    return end


def _window(octets: Octets, end: Positions, width: int) -> Octets:
    """Cut out the last octets before each end: a row for each place in the window.

    Parameters
    ----------
    width : int
        A multiple of eight.
    """
    words = np.ndarray((len(octets) - 7,), np.uint64, octets.data, strides=(1,))
    cut = np.stack([words[end - at] for at in range(width, 0, -8)])
    parts = cut.view(np.uint8).reshape(width // 8, len(end), 8).transpose(0, 2, 1)
    window: Octets = np.ascontiguousarray(parts).reshape(width, len(end))
    return window


def _number(digits: Octets) -> Positions:
    """Read the rows of a window as the digits of one number."""
    number: Positions = digits[0].astype(np.int64)
    for row in digits[1:]:
        number *= 10
        number += row
    return number


def _combine(
    *,
    day: tuple[Octets, Octets],
    month: Octets,
    year: Octets,
    clock: Octets,
    blanks: Octets,
) -> tuple[Positions, Mask]:
    """Turn the rows of a window into seconds since 1970, and say where that was possible."""
    known = (blanks == 32).all(axis=0)
    known &= (clock[2] == ord(":")) & (clock[5] == ord(":"))
    tens = np.where(day[0] == 32, 48, day[0]).astype(np.uint8)
    digits = np.stack([tens, day[1], *year, *clock[[0, 1, 3, 4, 6, 7]]]) - np.uint8(48)
    known &= (digits <= 9).all(axis=0)
    number, years = _number(digits[:2]), _number(digits[2:6])
    hour, minute, second = _number(digits[6:8]), _number(digits[8:10]), _number(digits[10:])
    lower = (month | 0x20).astype(np.int64)
    code = lower[0] + (lower[1] << 8) + (lower[2] << 16)
    months = _ORDER[np.minimum(np.searchsorted(_SORTED, code), 11)]
    known &= _CODES[months] == code
    known &= (years >= _FIRST_YEAR) & (years <= _LAST_YEAR)
    known &= (hour < 24) & (minute < 60) & (second < 60)
    index = np.where(known, (years - _FIRST_YEAR) * 12 + months, 0)
    first = _MONTH_STARTS[index]
    known &= (number >= 1) & (number <= _MONTH_STARTS[index + 1] - first)
    seconds = (first + number - 1) * 86_400 + hour * 3600 + minute * 60 + second
    return seconds, known
