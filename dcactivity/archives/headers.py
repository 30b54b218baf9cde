"""Header blocks of many messages at once: where each field lies, found with numpy.

A batch joins the header blocks of some thousand messages into one buffer. Line starts are found
in one pass, fields are told apart by the first eight bytes of their name read as one integer,
and what comes out are start and end of each value, still undecoded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dcactivity.archives.digests import RawDigest
from dcactivity.archives.records import Quarantined, RawMessage

if TYPE_CHECKING:
    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]

__all__ = ["HEADER_LIMIT", "FieldValues", "HeaderBatch", "HeaderTable", "has_message_id"]

HEADER_LIMIT = 1 << 20
"""Longest header block, bytes. A longer one is quarantined: no mail software writes such."""

_BATCH_MESSAGES = 6_000  # in batches of a few hundred the gain of numpy is lost
_BATCH_BYTES = 16 << 20

_HEADER_END = re.compile(rb"\n\r{0,2}\n|\A\r?\n")  # CR CR LF: a text mode met CRLF
_OLD_MAC = re.compile(rb"\A[^\r\n]*\r(?![\r\n])[^\n]*(?:\r\r(?!\n)|\Z)")
_FIELD_LINE = re.compile(rb"(?m)^(?!From )[!-9;-~]{1,998}[ \t]{0,8}:")
_BLANKS_AND_COLON = re.compile(rb"[ \t]{1,64}:")
_MESSAGE_ID = re.compile(rb"(?i)(?:\A|\n)Message-ID[ \t]*:[ \t\r\n]*<?[^\s<>]")


def has_message_id(block: bytes) -> bool:
    """Tell whether a header block holds a Message-ID field.

    Parameters
    ----------
    block : bytes
        A header block, with or without its From_ line.

    Returns
    -------
    bool
        True where there is one that is not empty.
    """
    if b"\nMessage-ID: <" in block or b"\nMessage-Id: <" in block:
        return True
    return _MESSAGE_ID.search(block) is not None


@dataclass(slots=True)
class HeaderBatch:
    """Header blocks of consecutive messages of one part, and what could not be read there.

    Attributes
    ----------
    blocks : list of bytes
        One header block a message, each ending with a newline; a From_ line may come first.
    offsets, sizes : list of int
        Where the message begins in the part, and its length, bytes.
    members : list of str or None
        The file or container member of each message, where the part has such.
    digests : dict
        Row to SHA-256 of the raw message, where there is no Message-ID.
    refused : list of Quarantined
        What could not be read.
    """

    blocks: list[bytes] = field(default_factory=list)
    offsets: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    members: list[str | None] = field(default_factory=list)
    digests: dict[int, str] = field(default_factory=dict)
    refused: list[Quarantined] = field(default_factory=list)
    header_bytes: int = 0

    def __len__(self) -> int:
        return len(self.blocks)

    @property
    def is_full(self) -> bool:
        """Whether it is time to decode what has been gathered."""
        return len(self.blocks) >= _BATCH_MESSAGES or self.header_bytes >= _BATCH_BYTES

    def add(
        self,
        block: bytes,
        *,
        offset: int,
        size: int,
        digest: str | None = None,
        member: str | None = None,
    ) -> None:
        """Append one message."""
        if digest is not None:
            self.digests[len(self.blocks)] = digest
        self.blocks.append(block if block.endswith(b"\n") else block + b"\n")
        self.offsets.append(offset)
        self.sizes.append(size)
        self.members.append(member)
        self.header_bytes += len(block)

    def extend(self, blocks: list[bytes], offsets: list[int], sizes: list[int]) -> None:
        """Append messages that have a Message-ID, no member, and blocks that end in a newline."""
        self.blocks += blocks
        self.offsets += offsets
        self.sizes += sizes
        self.members += [None] * len(blocks)
        self.header_bytes += sum(map(len, blocks))

    def refuse(self, offset: int, reason: str, *, member: str | None = None) -> None:
        """Note a message that cannot be read."""
        self.refused.append(Quarantined(member, offset, reason))

    def add_message(self, message: RawMessage) -> None:
        """Append a whole message, cut after its header block."""
        data = message.data
        if data.startswith(b"\xef\xbb\xbf"):
            data = data[3:]
        if _OLD_MAC.match(data, 0, HEADER_LIMIT + 4):
            data = data.replace(b"\r", b"\n")
        end = _HEADER_END.search(data, 0, HEADER_LIMIT + 4)
        if end is None and len(data) > HEADER_LIMIT:
            reason = f"header block longer than the limit of {HEADER_LIMIT} bytes"
            self.refuse(message.offset, reason, member=message.member)
            return
        block = data[: end.start() + 1] if end and end.start() else data[: 0 if end else None]
        digest = None
        if not has_message_id(block):
            raw = RawDigest()
            raw.update(data)
            digest = raw.hexdigest()
        self.add(
            block,
            offset=message.offset,
            size=len(message.data),
            digest=digest,
            member=message.member,
        )


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

    def where(self, mask: npt.NDArray[np.bool_]) -> FieldValues:
        """Keep the values at which `mask` holds."""
        return FieldValues(*(x[mask] for x in self._arrays()))

    def _arrays(self) -> tuple[Positions, Positions, Positions]:
        return self.row, self.start, self.end


class HeaderTable:
    """All header fields of a batch.

    Parameters
    ----------
    blocks : list of bytes
        Header blocks, each ending with a newline.

    Attributes
    ----------
    buffer : bytes
        The blocks joined, with some padding behind, so that fixed windows never run out.
    octets : array of uint8
        The same bytes as numbers.
    fields : array of int64
        How many fields each message has.
    """

    def __init__(self, blocks: list[bytes]) -> None:
        self.buffer = b"".join([b"\n" * 32, *blocks, b"\n" * 32])
        self.octets = np.frombuffer(self.buffer, np.uint8)
        lengths = np.fromiter(map(len, blocks), np.int64, len(blocks))
        self.starts: Positions = np.concatenate([[32], 32 + np.cumsum(lengths)]).astype(np.int64)
        newline = np.flatnonzero(self.octets == 10)
        newline = newline[(newline >= 31) & (newline < self.starts[-1])]
        line = newline[:-1] + 1
        fresh = (self.octets[line] != 32) & (self.octets[line] != 9)
        # A continuation line belongs to the field before it, never to the message before.
        fresh[np.searchsorted(line, self.starts[:-1])] = True
        self.line: Positions = line[fresh]
        self.line_end: Positions = np.append(self.line[1:], self.starts[-1]) - 1
        self.line_row: Positions = np.searchsorted(self.starts, self.line, side="right") - 1
        words = np.ndarray((len(self.buffer) - 7,), dtype="<u8", buffer=self.buffer, strides=(1,))
        self._words = words
        # Letters are folded to lower case; a colon or blank keeps apart from all letters.
        self._key: npt.NDArray[np.uint64] = words[self.line] | np.uint64(0x2020202020202020)

    @property
    def heads(self) -> npt.NDArray[np.uint64]:
        """The first eight bytes of each field's line as one integer, letters in lower case."""
        return self._key

    def has_fields(self) -> npt.NDArray[np.bool_]:
        """Tell which messages have any line of the form of a field.

        Returns
        -------
        array of bool
            One a message; From_ lines do not count.
        """
        found = np.zeros(len(self.starts) - 1, dtype=bool)
        for name in (b"from", b"date", b"subject"):
            found[self.values(name).row] = True
        for row in np.flatnonzero(~found).tolist():  # hardly any
            block = self.buffer[self.starts[row] : self.starts[row + 1]]
            found[row] = _FIELD_LINE.search(block) is not None
        return found

    def envelopes(self) -> FieldValues:
        """Find the From_ lines that stand first in their block.

        Returns
        -------
        FieldValues
            Whole lines, ``From `` included.
        """
        first = np.searchsorted(self.line, self.starts[:-1])
        first = first[first < len(self.line)]
        is_envelope = (self._key[first] & np.uint64(0xFFFFFFFFFF)) == _code(b"from ")
        is_envelope &= self.octets[self.line[first] + 4] == 32
        found = first[is_envelope]
        # The envelope is one line, even where the next one begins with a blank.
        end = np.array(
            [self.buffer.find(b"\n", at) for at in self.line[found].tolist()], dtype=np.int64
        )
        return self._strip(FieldValues(self.line_row[found], self.line[found], end))

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
        mask = np.uint64((1 << 8 * len(head)) - 1)
        found = np.flatnonzero((self._key & mask) == _code(head))
        if len(name) > 8 and len(found):
            found = found[self._tail_matches(name, found)]
        colon = self.line[found] + len(name)
        fits = self.octets[colon] == ord(":")
        if not fits.all():
            self._step_over_blanks(colon, fits)
            found, colon = found[fits], colon[fits]
        return self._strip(FieldValues(self.line_row[found], colon + 1, self.line_end[found]))

    def _tail_matches(self, name: bytes, found: Positions) -> npt.NDArray[np.bool_]:
        """Compare what of a name lies beyond its first eight bytes."""
        fits = np.ones(len(found), dtype=bool)
        for at in range(8, len(name), 8):
            part = name[at : at + 8]
            mask = np.uint64((1 << 8 * len(part)) - 1)
            key = self._words[self.line[found] + at] | np.uint64(0x2020202020202020)
            fits &= (key & mask) == _code(part)
        return fits

    def _step_over_blanks(self, colon: Positions, fits: npt.NDArray[np.bool_]) -> None:
        """Find the colon of the obsolete form ``Date : …`` (RFC 5322 4.5)."""
        behind, next_one = self.octets[colon], self.octets[colon + 1]
        odd = (behind == 32) | (behind == 9)
        odd &= (next_one == ord(":")) | (next_one == 32) | (next_one == 9)
        for i in np.flatnonzero(odd & ~fits).tolist():
            rest = _BLANKS_AND_COLON.match(self.buffer, colon[i])
            if rest is not None:
                colon[i], fits[i] = rest.end() - 1, True

    def _strip(self, values: FieldValues) -> FieldValues:
        """Trim blanks and line ends at both ends."""
        start, end = values.start.copy(), values.end.copy()
        active = np.arange(len(start))
        while len(active):
            octet = self.octets[start[active]]
            active = active[
                ((octet == 32) | (octet == 9) | (octet == 13) | (octet == 10))
                & (start[active] < end[active])
            ]
            start[active] += 1
        active = np.arange(len(start))
        while len(active):
            octet = self.octets[end[active] - 1]
            active = active[
                ((octet == 32) | (octet == 9) | (octet == 13) | (octet == 10))
                & (start[active] < end[active])
            ]
            end[active] -= 1
        return FieldValues(values.row, start, end)

    def take(self, values: FieldValues) -> list[bytes]:
        """Cut the values out, one by one."""
        buffer = self.buffer
        pairs = zip(values.start.tolist(), values.end.tolist(), strict=True)
        return [buffer[start:end] for start, end in pairs]


def _code(text: bytes) -> np.uint64:
    """Read up to eight bytes as an integer, letters folded as in the keys."""
    return np.uint64(int.from_bytes(bytes(octet | 0x20 for octet in text), "little"))
