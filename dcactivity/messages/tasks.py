"""What is handed to a worker; light, so that the work is loaded where it is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dcactivity.messages.forgotten import Forgotten

if TYPE_CHECKING:
    from pathlib import Path

    from dcactivity.archives.found import Archive
    from dcactivity.messages.source import CoalitionSource
    from dcactivity.messages.store import Manifest

__all__ = [
    "CHUNK",
    "ChunkTask",
    "CoalitionTask",
    "ReadChunk",
    "run_chunk",
    "run_division",
    "run_task",
]

CHUNK = 64 << 20
"""Bytes of a chunk of a very large archive; whole blocks of its digest."""


@dataclass(frozen=True, slots=True)
class CoalitionTask:
    """The ingest of one coalition.

    Attributes
    ----------
    store : Path
        The store's folder.
    source : CoalitionSource
        The coalition's lists and archives.
    verify : bool
        Whether archives that look unchanged are hashed again.
    forgotten : Forgotten
        Whose names and addresses stay out.
    chunk : int
        Bytes after which a batch of messages ends, and another worker may go on.
    ready : tuple of ReadChunk
        What others have read of the coalition's very large archives.
    """

    store: Path
    source: CoalitionSource
    verify: bool = False
    forgotten: Forgotten = field(default_factory=Forgotten)
    chunk: int = CHUNK
    ready: tuple[ReadChunk, ...] = ()


@dataclass(frozen=True, slots=True)
class ChunkTask:
    """The reading of the messages that begin in one chunk of a plain mbox.

    Attributes
    ----------
    store : Path
        The store's folder, where what was read waits.
    slug : str
        The coalition.
    archive : Archive
        Where the archive lies.
    signature : str
        What it looked like when it was divided.
    begin, end : int, int or None
        The chunk's bytes; None for all that is left.
    start : int or None
        Where a message is known to begin; None where the first one has to be looked for.
    addresses : frozenset of str
        The list's own addresses, as far as they are known before.
    forgotten : Forgotten
        Whose names and addresses stay out.
    chunk : int
        As for `CoalitionTask`.
    """

    store: Path
    slug: str
    archive: Archive
    signature: str
    begin: int
    end: int | None
    start: int | None
    addresses: frozenset[str]
    forgotten: Forgotten
    chunk: int


@dataclass(frozen=True, slots=True)
class ReadChunk:
    """What was read of a chunk.

    Attributes
    ----------
    task : ChunkTask
        What was asked for.
    records : Path
        The file in which its messages wait.
    first : int or None
        Where the first message begins in the chunk, where one does.
    following : int or None
        Where the first one behind the chunk begins, or the archive ends; None where no message
        begins in the chunk, and it was not looked for.
    addresses_at_first : frozenset of str
        The list's own addresses, known when the first batch was decoded ...
    addresses : frozenset of str
        ... and at the end.
    blocks : tuple of str
        Digests of the chunk's whole blocks.
    context : bytes
        What stands before the place where the reading ended.
    """

    task: ChunkTask
    records: Path
    first: int | None
    following: int | None
    addresses_at_first: frozenset[str]
    addresses: frozenset[str]
    blocks: tuple[str, ...]
    context: bytes


# The work is imported below: numpy and pyarrow are then loaded by the workers, side by side.


def run_task(task: CoalitionTask) -> tuple[str, Manifest, int]:
    """Carry a task out, see `dcactivity.messages.coalition.ingest_coalition`."""
    from dcactivity.messages.coalition import ingest_coalition

    return ingest_coalition(task)


def run_division(task: CoalitionTask) -> list[ChunkTask]:
    """Divide large archives, see `dcactivity.messages.chunks.divide`."""
    from dcactivity.messages.chunks import divide

    return divide(task)


def run_chunk(task: ChunkTask) -> ReadChunk | None:
    """Read a chunk, see `dcactivity.messages.chunks.read_chunk`."""
    from dcactivity.messages.chunks import read_chunk

    return read_chunk(task)
