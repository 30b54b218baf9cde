"""Where messages start in a From_-separated file (the rules), and where their headers end.

Lines that begin with ``From `` and blank lines are found with numpy in one pass over a block.
Envelopes of the usual form are judged all at once; only what has another form is looked at by
`is_separator`, one by one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dcactivity.archives.headers import HEADER_LIMIT
from dcactivity.archives.lines import HeaderLines

if TYPE_CHECKING:
    import numpy.typing as npt

    Flags = npt.NDArray[np.bool_]
    Octets = npt.NDArray[np.uint8]
    Positions = npt.NDArray[np.int64]

__all__ = ["CONTEXT", "LOOKAHEAD", "Headers", "find_headers", "is_separator"]

CONTEXT = 3
"""Bytes kept before a buffer, enough to see a blank line before its first one."""

LOOKAHEAD = 2048
"""An envelope, or the first line after one, is looked at no further than this, bytes."""

_SHORTEST = len("From 1 Jan 22 1:00")  # of an envelope; a blank before the date is enough

_MONTHS = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = rb"\d{1,2}:\d\d(?::\d\d)?"
_ZONE = rb"(?:[ \t]+(?:[A-Za-z]{1,5}|[+-]\d\d:?\d\d)){0,2}"
_DAY_NAME = rb"(?:[A-Za-z]{3},?[ \t]+)?"
_COMMENT = rb"(?:[ \t]*\([^()\r\n]{0,40}\))?"  # pipermail copied Date fields: "-0400 (EDT)"
# asctime with a zone before or after the year, or RFC 822 with or without zone
_ENVELOPE_END = re.compile(
    rb"[ \t](?:"
    + _DAY_NAME + _MONTHS + rb"[ \t]+\d{1,2}[ \t]+" + _CLOCK + _ZONE + rb"[ \t]+\d{4}" + _ZONE
    + rb"|" + _DAY_NAME + rb"\d{1,2}[ \t]+" + _MONTHS + rb"[ \t]+\d{2,4}[ \t]+" + _CLOCK + _ZONE
    + rb")" + _COMMENT + rb"[ \t]*(?:remote from \S{1,200}[ \t]*)?\r?$"
)  # fmt: skip
_FIELD = re.compile(rb"[!-9;-~]{1,998}[ \t]*:|>From |\r?\n")
_FROM_FIELD = re.compile(rb"(?mi)^From[ \t]*:")
_DATE_FIELD = re.compile(rb"(?mi)^Date[ \t]*:")
_HEADER_END = re.compile(rb"\n\r?\n")


def is_separator(buffer: bytes, at: int, *, after_blank: bool, ended: bool) -> bool | None:
    r"""Tell whether the ``From `` line at `at` starts a message.

    It does when it has the shape of an envelope (a sender, then a date with a year, in asctime
    or RFC 822 form, with or without zone), the next line is a header field, a ``>From `` line
    or empty, and it follows a blank line or the start of the file; or, where the writer forgot
    the blank line (pipermail does after scrubbed attachments), when both a From and a Date
    field stand in the header block that follows.

    Parameters
    ----------
    buffer : bytes
        What has been read so far.
    at : int
        Index of the ``F`` in `buffer`.
    after_blank : bool
        Whether a blank line or the start of the file precedes.
    ended : bool
        Whether `buffer` reaches to the end of the archive.

    Returns
    -------
    bool or None
        None when `buffer` ends before this can be told.
    """
    line_end = buffer.find(b"\n", at, at + LOOKAHEAD)
    if line_end < 0:
        if len(buffer) - at >= LOOKAHEAD:
            return False
        if not ended:
            return None
        line_end = len(buffer)
    if line_end - at < _SHORTEST:
        return False
    # The end alone is matched, from where it can begin at the earliest: no backtracking over
    # a long sender.
    if _ENVELOPE_END.search(buffer[max(at + 4, line_end - 280) : line_end]) is None:
        return False
    following = line_end + 1
    if following >= len(buffer):
        return after_blank if ended else None
    if not ended and len(buffer) - following < LOOKAHEAD and b"\n" not in buffer[following:]:
        return None
    if _FIELD.match(buffer, following, following + LOOKAHEAD) is None:
        return False
    if after_blank:
        return True
    # The block ends before the next such line at the latest: a file full of them, without any
    # blank line, must not be searched on to the limit from each.
    limit = buffer.find(b"\nFrom ", line_end, following + HEADER_LIMIT)
    is_open, limit = limit < 0, limit if limit >= 0 else following + HEADER_LIMIT
    end = _HEADER_END.search(buffer, line_end, limit)
    if end is None and is_open and not ended and len(buffer) - following < HEADER_LIMIT:
        return None
    block = buffer[following : end.end() if end else limit]
    return _FROM_FIELD.search(block) is not None and _DATE_FIELD.search(block) is not None


@dataclass(frozen=True, slots=True)
class Headers:
    """The messages that start in a buffer.

    Attributes
    ----------
    starts, ends : array of int64
        Where each From_ line begins, and where its header block ends, the blank line left out.
    lines : HeaderLines
        The header blocks.
    upto : int
        Up to where in the buffer that is known for sure.
    doubtful : int
        How many lines had to be looked at by `is_separator`.
    """

    starts: Positions
    ends: Positions
    lines: HeaderLines
    upto: int
    doubtful: int = 0


def find_headers(buffer: bytes, *, ended: bool) -> Headers:
    """Find the messages that start in a buffer.

    Parameters
    ----------
    buffer : bytes
        `CONTEXT` bytes that were dealt with before, and what follows them.
    ended : bool
        Whether `buffer` reaches to the end of the archive.

    Returns
    -------
    Headers
        All that can be told; the last message is left out where its header block goes on
        beyond the buffer.
    """
    octets = np.frombuffer(buffer, np.uint8)
    found, blanks, upto = _candidates(buffer, octets, ended=ended)
    found, ends, upto = _header_ends(found, blanks, upto, ended=ended)
    if len(found) > len(buffer) >> 7:  # no messages are so short: it is a bomb, or a test
        usual = np.zeros(len(found), dtype=bool)
    else:
        lines = _cut(buffer, found, ends)
        usual = _are_usual(octets, found, lines)
        if usual.all():
            return Headers(found, ends, lines, upto)
    starts: list[int] = []
    for at, is_usual in zip(found.tolist(), usual.tolist(), strict=True):
        if not is_usual:
            blank = buffer[at - 2] == 10 or buffer[at - 3 : at - 1] == b"\n\r"
            decided = is_separator(buffer, at, after_blank=blank, ended=ended)
            if decided is None:
                upto = at
                break
            if not decided:
                continue
        starts.append(at)
    found, ends, upto = _header_ends(np.array(starts, np.int64), blanks, upto, ended=ended)
    doubtful = len(usual) - int(usual.sum())
    return Headers(found, ends, _cut(buffer, found, ends), upto, doubtful)


def _candidates(buffer: bytes, octets: Octets, *, ended: bool) -> tuple[Positions, Positions, int]:
    """Find the lines that begin with ``From ``, the blank lines, and the end of what is sure."""
    following = octets[1:]
    marked = following <= 13  # a newline, or the carriage return before one
    marked |= following == ord("F")
    marked &= octets[:-1] == 10
    line = _places_of(marked) + 1
    first = octets[line]
    second = octets[np.minimum(line + 1, len(octets) - 1)]
    blanks = line[(first == 10) | ((first == 13) & (second == 10))]
    found = line[(first == ord("F")) & (line >= CONTEXT)]
    last = int(found[-1]) if len(found) else len(buffer)
    found = found[found + 5 <= len(buffer)]
    fits = octets[found + 4] == 32
    for place, letter in enumerate(b"rom", start=1):
        fits &= octets[found + place] == letter
    if not ended and last + 5 > len(buffer) > last and b"From ".startswith(buffer[last:]):
        return found[fits], blanks, last
    return found[fits], blanks, len(buffer)


def _places_of(flags: Flags) -> Positions:
    """Find the few places that are true, eight at a time."""
    whole = len(flags) & ~7
    groups = np.empty(0) if len(flags) < 512 else _places_of(flags[:whole].view(np.uint64) != 0)
    if len(flags) < 512 or len(groups) > len(flags) >> 6:  # so many that it does not pay
        return np.flatnonzero(flags)
    group, place = np.nonzero(flags[:whole].reshape(-1, 8)[groups])
    return np.concatenate([groups[group] * 8 + place, whole + np.flatnonzero(flags[whole:])])


def _header_ends(
    starts: Positions, blanks: Positions, upto: int, *, ended: bool
) -> tuple[Positions, Positions, int]:
    """Find the blank line, or the next message, that ends each header block."""
    starts = starts[starts < upto]
    following = np.append(starts[1:], upto)[: len(starts)]
    ends = np.append(blanks, upto)[np.searchsorted(blanks, starts)]
    np.minimum(ends, following, out=ends)
    if not len(starts) or ended or ends[-1] < upto or upto - starts[-1] > HEADER_LIMIT + CONTEXT:
        return starts, ends, upto
    return starts[:-1], ends[:-1], int(starts[-1])


def _cut(buffer: bytes, starts: Positions, ends: Positions) -> HeaderLines:
    pairs = zip(starts.tolist(), ends.tolist(), strict=True)
    blocks = [buffer[start:end] for start, end in pairs]
    if blocks and not blocks[-1].endswith(b"\n"):  # the end of a file cut off
        blocks[-1] += b"\n"
    return HeaderLines.of(blocks)


_NAMES = b"JanFebMarAprMayJunJulAugSepOctNovDec"
_MONTH_CODES = np.sort(
    np.array([int.from_bytes(_NAMES[at : at + 3], "little") for at in range(0, 36, 3)], np.int64)
)
# The last 25 octets of a usual envelope, " Thu Mar 31 10:00:00 2022": lowest and highest.
_LOWEST = np.frombuffer(b" Aaa Aaa  0 00:00:00 0000", np.uint8)
_HIGHEST = np.frombuffer(b" Zzz Zzz 99 99:99:99 9999", np.uint8)
_IS_NAME = np.isin(np.arange(256), list(b"-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"))
_NAME_LENGTH = 20  # of a field, colon included; a longer one is looked at one by one


def _are_usual(octets: Octets, starts: Positions, lines: HeaderLines) -> Flags:
    """Tell which lines are envelopes of the usual form: C's ``asctime`` and a field behind it.

    What this is true for, `is_separator` is true for as well.
    """
    inner = lines.octets
    end = lines.second - 1
    end -= inner[end - 1] == 13
    window = inner[end[:, None] + np.arange(-25, 0)]
    usual: Flags = ((window >= _LOWEST) & (window <= _HIGHEST)).all(axis=1)
    usual &= (window[:, 9] == 32) | (window[:, 9] >= ord("0"))
    month = window[:, 5:8].astype(np.int64) @ np.array([1, 1 << 8, 1 << 16])
    usual &= _MONTH_CODES[np.minimum(np.searchsorted(_MONTH_CODES, month), 11)] == month
    usual &= (end - lines.starts > 30) & (end - lines.starts < 280)
    name = inner[lines.second[:, None] + np.arange(_NAME_LENGTH)]
    length = np.argmin(_IS_NAME[name], axis=1)
    usual &= (length > 0) & (inner[lines.second + length] == ord(":"))
    usual &= lines.second < lines.ends
    before = octets[starts - 2]
    usual &= (before == 10) | ((before == 13) & (octets[starts - 3] == 10))
    return usual
