"""Header blocks of many messages at once: where each field lies, found with numpy.

Header blocks are joined into one buffer. Line starts are found in one pass, fields are told
apart by the first eight bytes of their name read as one integer, and what comes out are start
and end of each value, still undecoded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Mask = npt.NDArray[np.bool_]
    Octets = npt.NDArray[np.uint8]
    Positions = npt.NDArray[np.int64]
    Words = npt.NDArray[np.uint64]

__all__ = ["FieldValues", "HeaderLines"]

_PADDING = b"\n" * 64
_PAD = len(_PADDING)
_FOLD = np.uint64(0x2020202020202020)  # letters to lower case; a colon or blank stays apart

_FIELD_LINE = re.compile(rb"(?m)^(?!From )[!-9;-~]{1,998}[ \t]{0,8}:")
_BLANKS_AND_COLON = re.compile(rb"[ \t]{1,64}:")
_BLANKS = b" \t\r\n"
_IS_BLANK = np.isin(np.arange(256), list(_BLANKS))


@dataclass(frozen=True, slots=True)
class FieldValues:
    """The values of one field: first byte and end of each in the joined buffer.

    Attributes
    ----------
    row : array of int64
        The message that each value belongs to, ascending.
    start, end : array of int64
        Where it lies, without the name, the colon, and blanks at either end.
    """

    row: Positions
    start: Positions
    end: Positions

    def __len__(self) -> int:
        return len(self.row)

    def first(self) -> FieldValues:
        """Keep one value of each message: where a field is repeated, the first with content."""
        fresh = self.row[1:] != self.row[:-1]
        if fresh.all():
            return self
        has_content = self.end > self.start
        rest = self.where(has_content | ~np.isin(self.row, self.row[has_content]))
        keep = np.ones(len(rest.row), dtype=bool)
        keep[1:] = rest.row[1:] != rest.row[:-1]
        return rest.where(keep)

    def where(self, mask: Mask) -> FieldValues:
        """Keep the values at which `mask` holds."""
        return FieldValues(*(x[mask] for x in (self.row, self.start, self.end)))


@dataclass(frozen=True, slots=True)
class HeaderLines:
    """All header fields of some messages.

    Attributes
    ----------
    buffer : bytes
        The header blocks, with padding around them, so that fixed windows never run out.
    starts, ends : array of int64
        Where each block lies in `buffer`.
    second : array of int64
        Where each block's second line begins, or its end where there is none.
    line, line_end, row : array of int64
        Each field with its continuation lines: first byte, newline at its end, message.
    heads : array of uint64
        The first eight bytes of each field, letters folded.
    """

    buffer: bytes
    starts: Positions
    ends: Positions
    second: Positions
    line: Positions
    line_end: Positions
    row: Positions
    heads: Words

    @classmethod
    def of(cls, blocks: list[bytes]) -> HeaderLines:
        """Find the fields of header blocks that end with a newline each."""
        lengths = np.fromiter(map(len, blocks), np.int64, len(blocks))
        buffer = b"".join([_PADDING, *blocks, _PADDING])
        bounds = np.full(len(blocks) + 1, _PAD, np.int64)
        bounds[1:] += np.cumsum(lengths)
        starts, ends = bounds[:-1], bounds[1:]
        octets = np.frombuffer(buffer, np.uint8)
        line = np.flatnonzero(octets[_PAD - 1 : bounds[-1] - 1] == 10) + _PAD
        first = np.searchsorted(line, starts)
        following = np.append(line, bounds[-1])[first + 1]
        fresh = ~((octets[line] == 32) | (octets[line] == 9))
        # A continuation line belongs to the field before it, never to the message before.
        fresh[first] = True
        is_first = np.zeros(len(line), np.int64)
        is_first[first] = 1
        row = np.cumsum(is_first) - 1
        line, row = line[fresh], row[fresh]
        line_end = np.empty(len(line), np.int64)
        line_end[:-1] = line[1:]
        line_end[-1:] = bounds[-1]
        line_end -= 1
        heads = _words(buffer)[line] | _FOLD
        return cls(buffer, starts, ends, following, line, line_end, row, heads)

    @classmethod
    def join(cls, pieces: list[HeaderLines]) -> HeaderLines:
        """Put the fields of several together, in this order."""
        if len(pieces) == 1:
            return pieces[0]
        sizes = np.array([0, *(len(piece.buffer) for piece in pieces)], np.int64)
        counts = np.array([0, *(len(piece) for piece in pieces)], np.int64)
        shifts, rows = np.cumsum(sizes), np.cumsum(counts)

        def shifted(name: str, by: Positions) -> Positions:
            parts = [getattr(one, name) + shift for one, shift in zip(pieces, by, strict=False)]
            return np.concatenate([np.empty(0, np.int64), *parts])

        return cls(
            buffer=b"".join([piece.buffer for piece in pieces]),
            starts=shifted("starts", shifts),
            ends=shifted("ends", shifts),
            second=shifted("second", shifts),
            line=shifted("line", shifts),
            line_end=shifted("line_end", shifts),
            row=shifted("row", rows),
            heads=np.concatenate([np.empty(0, np.uint64), *(piece.heads for piece in pieces)]),
        )

    def __len__(self) -> int:
        return len(self.starts)

    def head(self, count: int) -> HeaderLines:
        """Keep the first messages."""
        if count == len(self):
            return self
        end = int(np.searchsorted(self.row, count))
        return HeaderLines(
            self.buffer,
            self.starts[:count],
            self.ends[:count],
            self.second[:count],
            self.line[:end],
            self.line_end[:end],
            self.row[:end],
            self.heads[:end],
        )

    def rest(self, count: int) -> HeaderLines:
        """Leave the first messages out."""
        begin = int(np.searchsorted(self.row, count))
        return HeaderLines(
            self.buffer,
            self.starts[count:],
            self.ends[count:],
            self.second[count:],
            self.line[begin:],
            self.line_end[begin:],
            self.row[begin:] - count,
            self.heads[begin:],
        )

    @property
    def octets(self) -> Octets:
        """The buffer as numbers."""
        return np.frombuffer(self.buffer, np.uint8)

    def block(self, row: int) -> bytes:
        """Give the header block of one message."""
        return self.buffer[self.starts[row] : self.ends[row]]

    def has_fields(self) -> Mask:
        """Tell which messages have any line of the form of a field.

        Returns
        -------
        array of bool
            One a message; From_ lines do not count.
        """
        found = np.zeros(len(self), dtype=bool)
        for name in (b"from", b"date", b"subject"):
            found[self.values(name).row] = True
            if found.all():
                return found
        for row in np.flatnonzero(~found).tolist():  # hardly any
            found[row] = _FIELD_LINE.search(self.block(row)) is not None
        return found

    def envelopes(self) -> FieldValues:
        """Find the From_ lines that stand first in their block.

        Returns
        -------
        FieldValues
            Whole lines, ``From `` included.
        """
        code = (_words(self.buffer)[self.starts] | _FOLD) & _mask(5)
        is_envelope = (code == _code(b"from ")) & (self.octets[self.starts + 4] == 32)
        rows = np.flatnonzero(is_envelope)
        # The envelope is one line, even where the next one begins with a blank.
        return self._strip(FieldValues(rows, self.starts[rows], self.second[rows] - 1))

    def values(self, name: bytes) -> FieldValues:
        """Find the values of a field.

        Parameters
        ----------
        name : bytes
            Field name in lower case, without colon.

        Returns
        -------
        FieldValues
            All occurrences, in the order of the file, trimmed of blanks at both ends.
        """
        head = name[:8]
        if len(head) == 8:
            found = np.flatnonzero(self.heads == _code(head))
        else:
            found = np.flatnonzero((self.heads & _mask(len(head))) == _code(head))
        line = self.line[found]
        if len(name) > 8 and len(found):
            fits = self._tail_matches(name, line)
            if not fits.all():
                found, line = found[fits], line[fits]
        colon = line + len(name)
        octets = self.octets
        fits = octets[colon] == ord(":")
        if not fits.all():
            self._step_over_blanks(colon, fits)
            found, colon = found[fits], colon[fits]
        return self._strip(FieldValues(self.row[found], colon + 1, self.line_end[found]))

    def _tail_matches(self, name: bytes, line: Positions) -> Mask:
        """Compare what of a name lies beyond its first eight bytes."""
        words = _words(self.buffer)
        fits = np.ones(len(line), dtype=bool)
        for at in range(8, len(name), 8):
            part = name[at : at + 8]
            key = (words[line + at] | _FOLD) & _mask(len(part))
            fits &= key == _code(part)
        return fits

    def _step_over_blanks(self, colon: Positions, fits: Mask) -> None:
        """Find the colon of the obsolete form ``Date : …`` (RFC 5322 4.5)."""
        octets = self.octets
        behind, next_one = octets[colon], octets[colon + 1]
        odd = (behind == 32) | (behind == 9)
        odd &= (next_one == ord(":")) | (next_one == 32) | (next_one == 9)
        for i in np.flatnonzero(odd & ~fits).tolist():
            rest = _BLANKS_AND_COLON.match(self.buffer, colon[i])
            if rest is not None:
                colon[i], fits[i] = rest.end() - 1, True

    def _strip(self, values: FieldValues) -> FieldValues:
        """Trim blanks and line ends at both ends."""
        octets = self.octets
        start = values.start + (octets[values.start] == 32)
        end = values.end - (octets[values.end - 1] == 13)
        # Nearly always that is all: one blank before, and at most a carriage return behind.
        odd = _IS_BLANK[octets[start]] | _IS_BLANK[octets[end - 1]]
        for i in np.flatnonzero(odd).tolist():
            text = self.buffer[start[i] : end[i]].lstrip(_BLANKS)
            start[i] = end[i] - len(text)
            end[i] = start[i] + len(text.rstrip(_BLANKS))
        return FieldValues(values.row, start, end)

    def take(self, values: FieldValues) -> list[bytes]:
        """Cut the values out, one by one."""
        buffer = self.buffer
        pairs = zip(values.start.tolist(), values.end.tolist(), strict=True)
        return [buffer[start:end] for start, end in pairs]


def _words(buffer: bytes) -> Words:
    """View the eight bytes from each place on as one integer."""
    return np.ndarray((max(0, len(buffer) - 7),), "<u8", buffer, strides=(1,))


def _mask(count: int) -> np.uint64:
    return np.uint64((1 << 8 * count) - 1)


def _code(text: bytes) -> np.uint64:
    """Read up to eight bytes as an integer, letters folded as in the keys."""
    return np.uint64(int.from_bytes(bytes(octet | 0x20 for octet in text), "little"))
