"""Files of messages between rulers: LISTSERV notebooks and MMDF boxes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dcactivity.archives.records import Quarantined, RawMessage
from dcactivity.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from dcactivity.archives.limits import Limits

__all__ = ["listserv_messages", "mmdf_messages"]

_RULE = re.compile(rb"(?:\xef\xbb\xbf)?={40,}[ \t]*\r?\n?")
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
_SURE = {b"from", b"date", b"sender", b"reply-to"}
_MMDF = b"\x01\x01\x01\x01"
_BLOCK_BYTES = 1 << 18
# So many lines with at most one field behind a rule are no header.
_HEADER_LINES = 1000


def listserv_messages(stream: BinaryIO, *, limits: Limits) -> Iterator[RawMessage | Quarantined]:
    """Cut a LISTSERV notebook into its messages.

    A message starts behind a rule of at least 40 ``=`` that two header fields follow, one of
    them From, Date, Sender or Reply-To. Other rules belong to the text.

    Parameters
    ----------
    stream : binary stream
        The notebook, decompressed, from its start.
    limits : Limits
        Largest message.

    Yields
    ------
    RawMessage or Quarantined
        The offset is that of the first header field.

    Raises
    ------
    ArchiveError
        Where the stream breaks, after what came before.
    """
    message = _Collector(limits)
    header = _Header()
    fault: ArchiveError | None = None
    try:
        for line, is_start in _lines(stream):
            if header.waits:
                if is_start and header.takes(line):
                    if header.is_sure:
                        yield from message.end()
                        message.begin(header)
                    continue
                message.add(header.give_back())
            if is_start and _RULE.fullmatch(line):
                header.begin(line)
            else:
                message.add(line)
    except ArchiveError as error:
        fault = error
    if header.waits:
        message.add(header.give_back())
    yield from message.end()
    if fault is not None:
        raise fault


def mmdf_messages(stream: BinaryIO, *, limits: Limits) -> Iterator[RawMessage | Quarantined]:
    r"""Cut an MMDF box into its messages, which lines of four ``\x01`` enclose.

    Parameters
    ----------
    stream : binary stream
        The box, decompressed, from its start.
    limits : Limits
        Largest message.

    Yields
    ------
    RawMessage or Quarantined
        The offset is that of the first header field.

    Raises
    ------
    ArchiveError
        Where the stream breaks, after what came before.
    """
    message = _Collector(limits)
    fault: ArchiveError | None = None
    try:
        for line, is_start in _lines(stream):
            if is_start and line.rstrip(b"\r\n") == _MMDF:
                yield from message.end()
                message.skip(len(line))
            else:
                message.add(line)
    except ArchiveError as error:
        fault = error
    yield from message.end()
    if fault is not None:
        raise fault


def _lines(stream: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Read lines, endless ones in pieces, and say of each whether it starts one."""
    rest, is_start = b"", True
    while True:
        fault: ArchiveError | None = None
        try:
            block = stream.read(_BLOCK_BYTES)
        except ArchiveError as error:
            block, fault = b"", error
        if not block:
            if rest:
                yield rest, is_start
            if fault is not None:
                raise fault
            return
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            yield line + b"\n", is_start
            is_start = True
        if len(rest) > _BLOCK_BYTES:
            yield rest, is_start
            rest, is_start = b"", False


class _Header:
    """A rule, and the lines after it until they prove to be a header or not."""

    def __init__(self) -> None:
        self.rule = b""
        self.lines: list[bytes] = []
        self._names: set[bytes] = set()
        self._fields = 0

    def begin(self, rule: bytes) -> None:
        self.rule, self.lines, self._names, self._fields = rule, [], set(), 0

    @property
    def waits(self) -> bool:
        return bool(self.rule)

    @property
    def is_sure(self) -> bool:
        return self._fields > 1 and not self._names.isdisjoint(_SURE)

    def takes(self, line: bytes) -> bool:
        if field := _FIELD.match(line):
            self._names.add(field[1].lower())
            self._fields += 1
        elif not (self.lines and line[:1] in {b" ", b"\t"} and len(self.lines) < _HEADER_LINES):
            return False
        self.lines.append(line)
        return True

    def give_back(self) -> bytes:
        data = self.rule + b"".join(self.lines)
        self.rule = b""
        return data


class _Collector:
    """The lines of one message, as long as it is not too large."""

    def __init__(self, limits: Limits) -> None:
        self._most = limits.message_bytes
        self._at = self._start = self._size = 0
        self._parts: list[bytes] = []

    def add(self, data: bytes) -> None:
        self._at += len(data)
        self._size += len(data)
        if self._size <= self._most:
            self._parts.append(data)
        else:
            self._parts.clear()

    def skip(self, size: int) -> None:
        self._at += size
        self._start = self._at

    def begin(self, header: _Header) -> None:
        self.skip(len(header.rule))
        self.add(b"".join(header.lines))
        header.rule = b""

    def end(self) -> Iterator[RawMessage | Quarantined]:
        if self._size > self._most:
            reason = f"a message of more than {self._most:,} bytes"
            yield Quarantined(None, self._start, reason)
        elif any(part.strip() for part in self._parts):
            yield RawMessage(None, self._start, b"".join(self._parts))
        self._parts, self._size, self._start = [], 0, self._at
