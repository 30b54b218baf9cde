"""What every archive format gives: messages, or the reason why one could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Part", "Quarantined", "RawMessage"]


@dataclass(frozen=True, slots=True)
class RawMessage:
    """One whole message of a format that keeps messages apart.

    Attributes
    ----------
    member : str or None
        The file or container member that holds it, as a path relative to the source;
        None where the part itself is meant.
    offset : int
        Byte offset of its first byte within that member, decompressed.
    data : bytes
        The message as RFC 5322 has it, with LF or CRLF line ends. A leading From_ line
        is allowed.
    """

    member: str | None
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A message, or what stands where one should, that cannot be read.

    Attributes
    ----------
    member : str or None
        As in `RawMessage`.
    offset : int
        Byte offset where it begins.
    reason : str
        Why, in a few words.
    """

    member: str | None
    offset: int
    reason: str


@dataclass(frozen=True, slots=True)
class Part:
    """One row of the ledger: an mbox, a folder of messages, a zip of them, a git bundle.

    Attributes
    ----------
    name : str
        POSIX path relative to the source; members of containers are joined by ``!/``.
    format : str
        ``mbox``, ``pipermail``, ``maildir``, ``mh``, ``eml``, ``listserv``, ``public-inbox``
        or ``sympa``, with what wraps it appended: ``mbox.gz``, ``eml.zip``.
    stream : BinaryIO or None
        Decompressed bytes of a From_-separated file, to be read once from the start.
    messages : iterator of RawMessage or Quarantined, or None
        For all other formats.
    """

    name: str
    format: str
    stream: BinaryIO | None = None
    messages: Iterator[RawMessage | Quarantined] | None = None
