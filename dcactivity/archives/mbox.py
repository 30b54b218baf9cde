"""The columnar mbox scanner: a stream of bytes in, header blocks of messages out.

The file is read in blocks of one MiB, which stay in the processor's cache. Newlines are found
with numpy, lines that begin with ``From `` are judged all at once, and only those of an unusual
shape one by one. Bodies pass through; what is kept of a message is its header block, where it
lies and how long it is.

The four dialects (mboxo, mboxrd, mboxcl, mboxcl2) need no switch: quoting only concerns bodies,
and a Content-Length is believed where it leads to a separator or to the end.

References
----------
RFC 4155 (application/mbox); J. Zawinski, "mbox: content-length considered harmful", for why
Content-Length cannot be trusted blindly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dcactivity.archives.digests import RawDigest
from dcactivity.archives.headers import HEADER_LIMIT, HeaderBatch, has_message_id
from dcactivity.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

__all__ = ["MESSAGE_LIMIT", "MboxScanner", "is_separator"]

BLOCK = 1 << 20
"""Bytes read at a time: a block and its tables stay in the second-level cache."""

CONTENT_LENGTH_LIMIT = 64 << 20
"""Longest Content-Length that is followed, bytes: to check it the message is held in memory."""

MESSAGE_LIMIT = 1 << 30
"""Longest message, bytes. A longer one is quarantined, and the scan goes on behind it."""

_CONTEXT = 3
"""Bytes kept before a buffer, enough to see a blank line before its first one."""

_LOOKAHEAD = 2048
"""An envelope, or the first line after one, is looked at no further than this, bytes."""

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
_CONTENT_LENGTH = re.compile(rb"(?mi)^Content-Length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r?$")
_HEADER_END = re.compile(rb"\n\r?\n")
_BLANK_LINES = re.compile(rb"(?:\r?\n)*")
# What nearly all separators look like; what is not is looked at by `is_separator`.
_USUAL = re.compile(
    rb"From \S{1,200} {1,2}[A-Z][a-z]{2} " + _MONTHS + rb" [ \d]\d \d\d:\d\d:\d\d \d{4}\r?\n"
    rb"[A-Za-z-]{1,40}:"
)


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
    line_end = buffer.find(b"\n", at, at + _LOOKAHEAD)
    if line_end < 0:
        if len(buffer) - at >= _LOOKAHEAD:
            return False
        if not ended:
            return None
        line_end = len(buffer)
    # The end alone is matched, from where it can begin at the earliest: no backtracking over
    # a long sender.
    if _ENVELOPE_END.search(buffer[max(at + 4, line_end - 280) : line_end]) is None:
        return False
    following = line_end + 1
    if following >= len(buffer):
        return after_blank if ended else None
    if not ended and len(buffer) - following < _LOOKAHEAD and b"\n" not in buffer[following:]:
        return None
    if _FIELD.match(buffer, following) is None:
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


@dataclass(slots=True)
class _Open:
    """The message whose end has not been seen yet."""

    offset: int
    header: bytes
    digest: RawDigest | None = None
    fault: str | None = None


@dataclass(slots=True)
class MboxScanner:
    """Cut a From_-separated stream into messages.

    Parameters
    ----------
    stream : BinaryIO
        Decompressed bytes; read once, from where it stands to the end.
    base : int
        Offset of the first byte of `stream` in the archive: not 0 for a tail.
    observe : callable or None
        Called with each block as it was read, for a digest of the file.

    Attributes
    ----------
    position : int
        Offset up to which the archive has been read.
    tail : bytes
        The last bytes before `position`.

    Notes
    -----
    Memory: one block, the headers of one batch, and a message that has to be held because of
    its Content-Length (at most `CONTENT_LENGTH_LIMIT`).
    """

    stream: BinaryIO
    base: int = 0
    observe: Callable[[bytes], object] | None = None
    position: int = 0
    tail: bytes = b"\n" * _CONTEXT  # the start of a file counts as preceded by a blank line
    _open: _Open | None = None
    _batch: HeaderBatch = field(default_factory=HeaderBatch)
    _blank: tuple[bytes, bytes] = (b"\n\n", b"\n\r\n")
    _wanted: int = BLOCK

    def batches(self) -> Iterator[HeaderBatch]:
        """Yield the messages in the order of the file, many at a time.

        Yields
        ------
        HeaderBatch
            Messages, and what could not be read among them.

        Raises
        ------
        ArchiveError
            Where a container is damaged; all messages before it are yielded first.
        """
        self.position = self.base
        failure: ArchiveError | None = None
        carry, ended = b"", False
        while not ended:
            try:
                block = self.stream.read(self._wanted)
            except ArchiveError as error:
                failure, block = error, b""
            ended = not block
            if self.observe is not None:
                self.observe(block)
            if self.position == 0 and not carry and block.startswith(b"\xef\xbb\xbf"):
                block, self.position = block[3:], 3
            carry = self._scan(self.tail + carry + block, ended=ended)
            if self._batch.is_full:
                yield self._take()
        self._close()
        yield self._take()
        if failure is not None:
            raise failure

    def _take(self) -> HeaderBatch:
        batch, self._batch = self._batch, HeaderBatch()
        return batch

    def _scan(self, buffer: bytes, *, ended: bool) -> bytes:
        """Take what can be decided of `buffer`, context first; return the undecided rest."""
        self._wanted = BLOCK
        starts, upto = _separators(buffer, ended=ended)
        ends = self._header_ends(buffer, starts, upto)
        if starts and ends[-1] < 0:  # the last header block goes on beyond the buffer
            if ended or upto - starts[-1] > HEADER_LIMIT + _CONTEXT:
                ends[-1] = upto
            else:
                upto = starts.pop()
                ends.pop()
        blocks = [buffer[start:end] for start, end in zip(starts, ends, strict=True)]
        if _has_lengths(blocks):
            kept, upto = self._believe_lengths(buffer, starts, ends, upto, ended=ended)
            starts = [starts[i] for i in kept]
            blocks = [blocks[i] for i in kept]
        self._advance(buffer, starts, blocks, upto)
        self.position += upto - _CONTEXT
        self.tail = buffer[upto - _CONTEXT : upto]
        return buffer[upto:]

    def _header_ends(self, buffer: bytes, starts: list[int], upto: int) -> list[int]:
        """Find where each header block ends, its blank line left out; -1: beyond the buffer.

        The kind of line end met last is looked for first, so that a file of one kind is not
        searched to its end for the other.
        """
        ends: list[int] = []
        usual, other = self._blank
        is_mixed = b"\r" in buffer
        for start, following in zip(starts, [*starts[1:], upto], strict=False):
            end = buffer.find(usual, start, following)
            if is_mixed or end < 0:
                odd = buffer.find(other, start, following if end < 0 else end + 1)
                if odd >= 0 and odd != end:
                    end = odd
                    self._blank = usual, other = other, usual
            ends.append(end + 1 if end >= 0 else following if following != upto else -1)
        return ends

    def _advance(self, buffer: bytes, starts: list[int], blocks: list[bytes], upto: int) -> None:
        """End the open message, hand on those that are whole, and open the last one."""
        self._pass(buffer[_CONTEXT : starts[0] if starts else upto])
        if not starts:
            return
        origin = self.position - _CONTEXT  # what index 0 of the buffer is in the archive
        self._close(origin + starts[0])
        whole = blocks[:-1]
        if _are_ordinary(whole):
            at = np.array(starts)
            self._batch.extend(whole, (at[:-1] + origin).tolist(), np.diff(at).tolist())
        else:
            for start, end, block in zip(starts, starts[1:], whole, strict=False):
                self._start(origin + start, block)
                self._pass(buffer[start:end])
                self._close(origin + end)
        self._start(origin + starts[-1], blocks[-1])
        self._pass(buffer[starts[-1] : upto])

    def _start(self, offset: int, block: bytes) -> None:
        if len(block) > HEADER_LIMIT:
            reason = f"header block longer than the limit of {HEADER_LIMIT} bytes"
            self._open = _Open(offset, b"", fault=reason)
        else:
            self._open = _Open(
                offset, block, digest=None if has_message_id(block) else RawDigest()
            )

    def _pass(self, piece: bytes) -> None:
        """Let a piece of the open message go by."""
        if self._open is None:
            text = piece.lstrip(b"\r\n")
            if text:
                offset = self.position + len(piece) - len(text)
                self._open = _Open(offset, b"", fault="text before the first From_ line")
        elif self._open.digest is not None:
            self._open.digest.update(piece)

    def _close(self, end: int | None = None) -> None:
        """End the open message at offset `end`, by default where the scan stands."""
        message, self._open = self._open, None
        if message is None:
            return
        size = (self.position if end is None else end) - message.offset
        if message.fault is None and size > MESSAGE_LIMIT:
            message.fault = f"message longer than the limit of {MESSAGE_LIMIT} bytes"
        if message.fault is not None:
            self._batch.refuse(message.offset, message.fault)
        else:
            digest = message.digest.hexdigest() if message.digest else None
            self._batch.add(message.header, offset=message.offset, size=size, digest=digest)

    def _believe_lengths(
        self, buffer: bytes, starts: list[int], ends: list[int], upto: int, *, ended: bool
    ) -> tuple[list[int], int]:
        """Leave out the starts that lie inside a message of believable Content-Length."""
        kept: list[int] = []
        inside = 0
        for index, (start, end) in enumerate(zip(starts, ends, strict=True)):
            if start < inside:
                continue
            kept.append(index)
            field_ = _CONTENT_LENGTH.search(buffer, start, end)
            if field_ is None or int(field_[1]) > CONTENT_LENGTH_LIMIT:
                continue
            blank = _BLANK_LINE.match(buffer, end)
            target = (blank.end() if blank else end) + int(field_[1])
            enough = target + 3 * _LOOKAHEAD  # what is behind it, and the line after that
            if not ended and enough > len(buffer):
                # Not to be told yet: come back to this message with all of it, and as much
                # again, so that a box of lengths too large is not read anew for each.
                self._wanted = max(BLOCK, enough - len(buffer) + enough - start)
                return kept[:-1], start
            leads = _leads_to_separator(buffer, target, ended=ended)
            if leads:
                inside = target
                upto = max(upto, min(target, len(buffer)))
        return kept, upto


def _has_lengths(blocks: list[bytes]) -> bool:
    joined = b"".join(blocks)
    return b"ontent-Length:" in joined or b"ontent-length:" in joined


def _are_ordinary(blocks: list[bytes]) -> bool:
    """Tell whether all header blocks are of a sane length and name their messages."""
    odd = [
        block
        for block in blocks
        if b"\nMessage-ID: <" not in block and b"\nMessage-Id: <" not in block
    ]
    return all(map(has_message_id, odd)) and max(map(len, blocks), default=0) <= HEADER_LIMIT


_BLANK_LINE = re.compile(rb"\r?\n")


def _leads_to_separator(buffer: bytes, target: int, *, ended: bool) -> bool:
    if target > len(buffer):
        return False
    blanks = _BLANK_LINES.match(buffer, target, target + 8)
    at = blanks.end() if blanks else target
    if at >= len(buffer):
        return ended
    if not buffer.startswith(b"From ", at) or buffer[at - 1 : at] != b"\n":
        return False
    return bool(is_separator(buffer, at, after_blank=True, ended=ended))


def _separators(buffer: bytes, *, ended: bool) -> tuple[list[int], int]:
    """Find the indices at which messages start, and up to where that is known for sure."""
    upto = len(buffer)
    octets = np.frombuffer(buffer, np.uint8)
    found = np.flatnonzero((octets[:-1] == 10) & (octets[1:] == ord("F"))) + 1
    fifth = octets[np.minimum(found + 4, upto - 1)]
    found = found[(fifth == 32) | (found + 5 > upto)]
    result: list[int] = []
    for at in found.tolist():
        if buffer[at - 2] == 10 and _USUAL.match(buffer, at):
            result.append(at)
        elif buffer.startswith(b"From ", at):
            blank = buffer[at - 2] == 10 or buffer[at - 3 : at - 1] == b"\n\r"
            decided = is_separator(buffer, at, after_blank=blank, ended=ended)
            if decided is None:
                return result, at
            if decided:
                result.append(at)
        elif not ended and b"From ".startswith(buffer[at : at + 5]):
            return result, at
    return result, upto
