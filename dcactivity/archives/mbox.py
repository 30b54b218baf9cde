"""The columnar mbox scanner: a stream of bytes in, header blocks of messages out.

The file is read in blocks of two MiB, which stay in the processor's cache. Newlines are found
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
from io import SEEK_CUR, FileIO
from typing import TYPE_CHECKING

import numpy as np

from dcactivity.archives.digests import RawDigest
from dcactivity.archives.headers import HEADER_LIMIT, HeaderBatch, has_message_id
from dcactivity.archives.lines import HeaderLines
from dcactivity.archives.separators import (
    CONTEXT,
    LOOKAHEAD,
    Headers,
    find_headers,
    is_separator,
)
from dcactivity.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]

__all__ = ["MESSAGE_LIMIT", "MboxScanner", "is_separator"]

BLOCK = 2 << 20
"""Bytes read at a time: a block and its tables stay in the processor's cache."""

CONTENT_LENGTH_LIMIT = 64 << 20
"""Longest Content-Length that is followed, bytes: to check it the message is held in memory."""

MESSAGE_LIMIT = 1 << 30
"""Longest message, bytes. A longer one is quarantined, and the scan goes on behind it."""

WINDOW = 64 << 20
"""A message behind a multiple of so many bytes begins a new batch: there another can go on."""

SHORT = 1 << 16
"""A message of which no more than this is at hand waits for the rest of it, bytes."""

_CONTENT_LENGTH = re.compile(rb"(?mi)^Content-Length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r?$")
_BLANK_LINES = re.compile(rb"(?:\r?\n)*")
_BLANK_LINE = re.compile(rb"\r?\n")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(slots=True)
class _Open:
    """The message whose end has not been seen yet."""

    offset: int
    header: bytes
    digest: RawDigest | None = None
    fault: str | None = None


_ELSEWHERE = _Open(0, b"")  # a message that began before the scan, and is no concern of it


@dataclass(slots=True)
class MboxScanner:
    """Cut a From_-separated stream into messages.

    A scan that begins at a message finds from there on what one of the whole archive finds, in
    the same batches, if it begins at the first message behind a multiple of `window`.

    Parameters
    ----------
    stream : BinaryIO
        Decompressed bytes; read once, from where it stands to the end.
    base : int
        Offset of the first byte of `stream` in the archive: not 0 for a tail.
    observe : callable or None
        Called with each block as it was read, for a digest of the file.
    tail : bytes
        The `CONTEXT` bytes before `base`.
    window : int
        A message at or behind a multiple of so many bytes begins a new batch.
    end : int or None
        Messages that begin at or behind this offset are left to others.
    inside : bool
        Whether `base` may lie within a message, which is then left out.

    Attributes
    ----------
    position : int
        Offset up to which the archive has been read.
    tail : bytes
        The last bytes before `position`.
    first : int or None
        Where the first message begins that was found from `base` to `end`.
    following : int or None
        Where the first message behind `end` begins, or where the archive ends; None where no
        message was found before `end`, and the scan ended there.

    Notes
    -----
    Memory: one block, the headers of one batch, and a message that has to be held because of
    its Content-Length (at most `CONTENT_LENGTH_LIMIT`).
    """

    stream: BinaryIO
    base: int = 0
    observe: Callable[[memoryview], object] | None = None
    position: int = 0
    tail: bytes = b"\n" * CONTEXT  # the start of a file counts as preceded by a blank line
    window: int = WINDOW
    end: int | None = None
    inside: bool = False
    first: int | None = None
    following: int | None = None
    _open: _Open | None = None
    _batch: HeaderBatch = field(default_factory=HeaderBatch)
    _border: int = 0  # where the next batch begins at the latest
    _ready: list[HeaderBatch] = field(default_factory=list)
    doubtful: int = 0
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
        self._open = _ELSEWHERE if self.inside else None
        failure: ArchiveError | None = None
        kept, ended = self.tail, False
        while not (ended or self._is_done()):
            try:
                buffer = self._read_behind(kept)
            except ArchiveError as error:
                failure, buffer = error, kept
            ended = len(buffer) == len(kept)
            if self.observe is not None:
                self.observe(memoryview(buffer)[len(kept) :])
            if self.position == 0 and buffer.startswith(_BYTE_ORDER_MARK, CONTEXT):
                buffer, self.position = buffer[:CONTEXT] + buffer[CONTEXT + 3 :], 3
            kept = self._scan(buffer, ended=ended)
            yield from self._take()
        if ended:
            self.following = self.position
        self._close()
        yield from self._take()
        yield self._batch
        if failure is not None:
            raise failure

    def _is_done(self) -> bool:
        """Tell whether all is read that lies before `end`."""
        if self.end is None or self.following is not None:
            return self.following is not None
        return self._open is _ELSEWHERE and self.position >= self.end

    def _read_behind(self, kept: bytes) -> bytes:
        """Read the next block, with what is kept of the last one before it.

        Of a plain file that is read once more: to join two pieces of a block's size costs more.
        Only at its start does something stand there that the file does not hold.
        """
        if isinstance(self.stream, FileIO) and self.position >= 2 * CONTEXT:
            self.stream.seek(-len(kept), SEEK_CUR)
            return self.stream.read(len(kept) + self._wanted)
        return kept + self.stream.read(self._wanted)

    def _take(self) -> list[HeaderBatch]:
        """Give the batches that are complete."""
        ready, self._ready = self._ready, []
        return ready

    def _batch_at(self, offset: int) -> HeaderBatch:
        """Give the batch that a message at `offset` belongs to.

        It depends on offsets and headers alone, and never on how the archive came in blocks.
        """
        if offset >= self._border or self._batch.is_full:
            if self._border:
                self._ready.append(self._batch)
                self._batch = HeaderBatch()
            self._border = (offset // self.window + 1) * self.window
        return self._batch

    def _extend(self, lines: HeaderLines, offsets: Positions, sizes: Positions) -> None:
        """Hand on ordinary messages."""
        while len(lines):
            batch = self._batch_at(int(offsets[0]))
            count = min(batch.room(lines), int(np.searchsorted(offsets, self._border)))
            batch.extend(lines.head(count), offsets[:count], sizes[:count])
            lines, offsets, sizes = lines.rest(count), offsets[count:], sizes[count:]

    def _scan(self, buffer: bytes, *, ended: bool) -> bytes:
        """Take what can be decided of `buffer`, context first; return the rest, likewise."""
        self._wanted = BLOCK
        found = find_headers(buffer, ended=ended)
        self.doubtful += found.doubtful
        starts, lines, upto = found.starts, found.lines, found.upto
        if len(lines.values(b"content-length")):
            kept, upto = self._believe_lengths(buffer, found, ended=ended)
            if len(kept) < len(starts):
                starts, lines = starts[kept], HeaderLines.of([lines.block(row) for row in kept])
        beyond = self._beyond(starts)
        is_whole = beyond < len(starts)
        if is_whole:
            self.following = self.position - CONTEXT + int(starts[beyond])
        elif not ended and len(starts) > 0 and upto - starts[-1] <= SHORT:
            is_whole, beyond = True, beyond - 1  # all but the last, which waits for its end
        if is_whole:
            upto, starts = int(starts[beyond]), starts[:beyond]
        self._advance(buffer, starts, lines, upto, is_whole=is_whole)
        self.position += upto - CONTEXT
        self.tail = buffer[upto - CONTEXT : upto]
        return buffer[upto - CONTEXT :]

    def _beyond(self, starts: Positions) -> int:
        """Count the messages that begin before `end`."""
        if self.end is None:
            return len(starts)
        return int(np.searchsorted(starts, self.end - self.position + CONTEXT))

    def _advance(
        self, buffer: bytes, starts: Positions, lines: HeaderLines, upto: int, *, is_whole: bool
    ) -> None:
        """End the open message, hand on those that are whole, and open the last one."""
        self._pass(buffer[CONTEXT : int(starts[0]) if len(starts) else upto])
        if not len(starts):
            return
        origin = self.position - CONTEXT  # what index 0 of the buffer is in the archive
        self._close(origin + int(starts[0]))
        if self.first is None:
            self.first = origin + int(starts[0])
        bounds = np.append(starts, upto)
        count = len(starts) if is_whole else len(starts) - 1
        whole = lines.head(count)
        if count and _are_ordinary(whole):
            self._extend(whole, starts[:count] + origin, np.diff(bounds)[:count])
        else:
            for row in range(count):
                start, end = int(bounds[row]), int(bounds[row + 1])
                self._start(origin + start, whole.block(row))
                self._pass(buffer[start:end])
                self._close(origin + end)
        if not is_whole:
            self._start(origin + int(starts[-1]), lines.block(count))
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
        if message is None or message is _ELSEWHERE:
            return
        size = (self.position if end is None else end) - message.offset
        if message.fault is None and size > MESSAGE_LIMIT:
            message.fault = f"message longer than the limit of {MESSAGE_LIMIT} bytes"
        batch = self._batch_at(message.offset)
        if message.fault is not None:
            batch.refuse(message.offset, message.fault)
        else:
            digest = message.digest.hexdigest() if message.digest else None
            batch.add(message.header, offset=message.offset, size=size, digest=digest)

    def _believe_lengths(
        self, buffer: bytes, found: Headers, *, ended: bool
    ) -> tuple[list[int], int]:
        """Leave out the starts that lie inside a message of believable Content-Length."""
        kept: list[int] = []
        inside, upto = 0, found.upto
        pairs = zip(found.starts.tolist(), found.ends.tolist(), strict=True)
        for index, (start, end) in enumerate(pairs):
            if start < inside:
                continue
            kept.append(index)
            if end - start > HEADER_LIMIT:  # how far it reaches is not known
                continue
            field_ = _CONTENT_LENGTH.search(buffer, start, end)
            if field_ is None or int(field_[1]) > CONTENT_LENGTH_LIMIT:
                continue
            blank = _BLANK_LINE.match(buffer, end)
            target = (blank.end() if blank else end) + int(field_[1])
            enough = target + 3 * LOOKAHEAD  # what is behind it, and the line after that
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


def _are_ordinary(lines: HeaderLines) -> bool:
    """Tell whether all header blocks are of a sane length and name their messages."""
    if (lines.ends - lines.starts > HEADER_LIMIT).any():
        return False
    values = lines.values(b"message-id")
    octets = lines.octets
    is_named = np.zeros(len(lines), dtype=bool)
    is_named[values.row[(octets[values.start] == ord("<")) & (values.end > values.start)]] = True
    return all(has_message_id(lines.block(row)) for row in np.flatnonzero(~is_named).tolist())
