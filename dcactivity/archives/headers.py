"""Header blocks gathered until there are enough of them to be decoded at once."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dcactivity.archives.digests import RawDigest
from dcactivity.archives.lines import HeaderLines
from dcactivity.archives.records import Quarantined, RawMessage

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["HEADER_LIMIT", "HeaderBatch", "has_message_id"]

HEADER_LIMIT = 1 << 20
"""Longest header block, bytes. A longer one is quarantined: no mail software writes such."""

_BATCH_MESSAGES = 6_000  # in batches of a few hundred the gain of numpy is lost
_BATCH_BYTES = 16 << 20

_HEADER_END = re.compile(rb"\n\r{0,2}\n|\A\r?\n")  # CR CR LF: a text mode met CRLF
_OLD_MAC = re.compile(rb"\A[^\r\n]*\r(?![\r\n])[^\n]*(?:\r\r(?!\n)|\Z)")
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
    members : dict
        Row to the file or container member that holds the message, where the part has such.
    digests : dict
        Row to SHA-256 of the raw message, where there is no Message-ID.
    refused : list of Quarantined
        What could not be read.
    """

    members: dict[int, str] = field(default_factory=dict)
    digests: dict[int, str] = field(default_factory=dict)
    refused: list[Quarantined] = field(default_factory=list)
    _pieces: list[HeaderLines] = field(default_factory=list)
    _extents: list[npt.NDArray[np.int64]] = field(default_factory=list)
    _loose: list[bytes] = field(default_factory=list)
    _loose_extents: list[tuple[int, int]] = field(default_factory=list)
    _count: int = 0
    _bytes: int = 0

    def __len__(self) -> int:
        return self._count

    @property
    def is_full(self) -> bool:
        """Whether it is time to decode what has been gathered."""
        return self._count >= _BATCH_MESSAGES or self._bytes >= _BATCH_BYTES

    def room(self, lines: HeaderLines) -> int:
        """Count the messages that are taken before it is full, 1 at least."""
        lengths = np.cumsum(lines.ends - lines.starts)
        by_bytes = int(np.searchsorted(lengths, _BATCH_BYTES - self._bytes)) + 1
        return min(len(lines), by_bytes, _BATCH_MESSAGES - self._count)

    @property
    def blocks(self) -> list[bytes]:
        """The header blocks, each ending with a newline; a From_ line may come first."""
        lines = self.lines()
        return [lines.block(row) for row in range(len(self))]

    @property
    def offsets(self) -> npt.NDArray[np.int64]:
        """Where each message begins in the part."""
        return self._extent(0)

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """How long each message is, bytes."""
        return self._extent(1)

    def lines(self) -> HeaderLines:
        """Give the fields of all messages."""
        self._gather()
        self._pieces = [HeaderLines.join(self._pieces)]
        return self._pieces[0]

    def _extent(self, column: int) -> npt.NDArray[np.int64]:
        self._gather()
        parts = [np.empty(0, np.int64), *(extent[column] for extent in self._extents)]
        return np.concatenate(parts)

    def _gather(self) -> None:
        """Make a piece of the messages that came one by one."""
        if self._loose:
            self._pieces.append(HeaderLines.of(self._loose))
            self._extents.append(np.array(self._loose_extents, np.int64).T)
            self._loose, self._loose_extents = [], []

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
            self.digests[self._count] = digest
        if member is not None:
            self.members[self._count] = member
        self._loose.append(block if block.endswith(b"\n") else block + b"\n")
        self._loose_extents.append((offset, size))
        self._count += 1
        self._bytes += len(block)

    def extend(
        self, lines: HeaderLines, offsets: npt.NDArray[np.int64], sizes: npt.NDArray[np.int64]
    ) -> None:
        """Append messages that have a Message-ID and no member."""
        self._gather()
        self._pieces.append(lines)
        self._extents.append(np.stack([offsets, sizes]))
        self._count += len(lines)
        self._bytes += int((lines.ends - lines.starts).sum())

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
