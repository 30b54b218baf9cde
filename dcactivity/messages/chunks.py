"""A very large archive read by several workers, a chunk each: what a worker does.

The messages that begin in a chunk are read as if the whole archive had been: a batch ends where
a chunk does, whoever reads. Two things have to be guessed by a worker that begins in the middle:
where the first message begins, and which addresses the list had before. Both are told in what
it gives back, and `dcactivity.messages.dispatch` has a chunk read again whose guess was wrong.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow as pa

from dcactivity.archives import digests
from dcactivity.archives.columns import RECORD_SCHEMA, Decoder
from dcactivity.archives.digests import ArchiveDigest
from dcactivity.archives.mbox import MboxScanner
from dcactivity.archives.opening import open_tail
from dcactivity.archives.reader import read_records
from dcactivity.archives.records import Part, Quarantined
from dcactivity.archives.separators import CONTEXT
from dcactivity.errors import ArchiveError
from dcactivity.messages.forgetting import without_forgotten
from dcactivity.messages.plan import make_plan
from dcactivity.messages.store import Manifest, Store
from dcactivity.messages.tasks import ChunkTask, ReadChunk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from dcactivity.messages.forgotten import Forgotten
    from dcactivity.messages.plan import Reading
    from dcactivity.messages.tasks import CoalitionTask

    Batches = Iterator[tuple[pa.RecordBatch, list[Quarantined]]]

__all__ = [
    "decoder_of",
    "divide",
    "joined_digest",
    "read_chunk",
    "ready_records",
    "remembered_records",
]

_PIECE = 1 << 20


def divide(task: CoalitionTask) -> list[ChunkTask]:
    """Divide what has to be read of a coalition's very large archives.

    Parameters
    ----------
    task : CoalitionTask
        The ingest of the coalition.

    Returns
    -------
    list of ChunkTask
        In the order of archives and chunks; none where nothing is large enough, or plain.
    """
    manifest = Store(task.store).manifest(task.source.slug) or Manifest()
    plan = make_plan(task.source.lists, manifest, verify=False, anew=frozenset())
    return [chunk for reading in plan.readings for chunk in _chunks(task, reading)]


def _chunks(task: CoalitionTask, reading: Reading) -> Iterator[ChunkTask]:
    archive, begin = reading.archive, _begin(reading)
    if archive.kind != "file":
        return
    size = archive.path.stat().st_size
    if size - begin < 2 * task.chunk:
        return
    try:
        open_tail(archive, begin).close()
    except ArchiveError:  # compressed, or of another format
        return
    borders = range((begin // task.chunk + 1) * task.chunk, size, task.chunk)
    addresses = frozenset(decoder_of(reading).list_addresses)
    for start, end in zip([begin, *borders], [*borders, None], strict=True):
        yield ChunkTask(
            task.store,
            task.source.slug,
            archive,
            reading.signature,
            start - start % digests.BLOCK,
            end,
            start if start == begin else None,
            addresses,
            task.forgotten,
            task.chunk,
        )


def _begin(reading: Reading) -> int:
    return 0 if reading.grown is None else int(reading.grown["tail"]["size"])


def decoder_of(reading: Reading) -> Decoder:
    """Make the decoder for an archive of a list."""
    return Decoder([reading.address] if "@" in reading.address else [])


def read_chunk(task: ChunkTask) -> ReadChunk | None:
    """Read the messages that begin in a chunk, into a file of the store's staging folder.

    Parameters
    ----------
    task : ChunkTask
        The chunk.

    Returns
    -------
    ReadChunk or None
        None where the archive cannot be read any more.
    """
    begin = task.begin if task.start is None else task.start
    try:
        stream = open_tail(task.archive, max(0, begin - CONTEXT))
    except ArchiveError:
        return None
    path = Store(task.store).stage(task.slug) / "chunk.arrow"
    decoder = Decoder(task.addresses)
    at_first: frozenset[str] | None = None
    with stream:
        context = (b"\n" * CONTEXT + stream.read(min(begin, CONTEXT)))[-CONTEXT:]
        digest = _BlocksOf(task)
        digest.pass_over(stream, begin if task.end is None else min(begin, task.end))
        scanner = MboxScanner(
            stream,
            base=begin,
            observe=digest.update,
            tail=context,
            window=task.chunk,
            end=task.end,
            inside=task.start is None,
        )
        batches: Batches = iter(())
        if task.end is None or begin < task.end:
            part = Part(task.archive.name, "mbox", stream=stream)
            batches = remembered_records(part, decoder, scanner, task.slug, task.forgotten)
        with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_stream(sink, RECORD_SCHEMA) as writer:
            for records, refused in batches:
                if at_first is None:
                    at_first = frozenset(decoder.list_addresses)
                found = json.dumps([[q.member, q.offset, q.reason] for q in refused])
                writer.write_batch(records, custom_metadata={"refused": found})
    return ReadChunk(
        task,
        path,
        scanner.first,
        scanner.following,
        at_first or task.addresses,
        frozenset(decoder.list_addresses),
        digest.blocks,
        scanner.tail,
    )


class _BlocksOf:
    """The digests of the whole blocks of a chunk, fed with what is read from it on."""

    def __init__(self, task: ChunkTask) -> None:
        self._digest = ArchiveDigest()
        self._left = None if task.end is None else task.end - task.begin
        self._begin = task.begin

    @property
    def blocks(self) -> tuple[str, ...]:
        return tuple(self._digest.blocks)

    def pass_over(self, stream: BinaryIO, begin: int) -> None:
        """Take the chunk's bytes before `begin`, where the stream then stands."""
        stream.seek(self._begin)
        while piece := stream.read(min(begin - stream.tell(), _PIECE)):
            self.update(memoryview(piece))

    def update(self, data: memoryview) -> None:
        """Take the next bytes; those behind the chunk are left to others."""
        if self._left is not None:
            data = data[: self._left]
            self._left -= len(data)
        self._digest.update(data)


def remembered_records(
    part: Part,
    decoder: Decoder,
    scanner: MboxScanner | None,
    slug: str,
    forgotten: Forgotten,
) -> Batches:
    """Read the messages of a part, without the names and addresses of the forgotten.

    Parameters
    ----------
    part, decoder, scanner
        As for `dcactivity.archives.reader.read_records`.
    slug : str
        The coalition.
    forgotten : Forgotten
        Who is forgotten.

    Yields
    ------
    tuple of RecordBatch and list of Quarantined
        As `read_records` gives them.
    """
    for records, refused in read_records(part, decoder, scanner):
        yield without_forgotten(records, slug, forgotten), refused


def ready_records(chunk: ReadChunk) -> Batches:
    """Give what `remembered_records` gave where the chunk was read.

    Parameters
    ----------
    chunk : ReadChunk
        The chunk; its file is read batch by batch.

    Yields
    ------
    tuple of RecordBatch and list of Quarantined
        In the order of the archive.
    """
    with pa.OSFile(str(chunk.records)) as source, pa.ipc.open_stream(source) as reader:
        for records, metadata in reader.iter_batches_with_custom_metadata():
            yield records, [Quarantined(*one) for one in json.loads(metadata["refused"])]


def joined_digest(path: Path, blocks: list[str], size: int) -> ArchiveDigest:
    """Make the digest of an archive from those of its whole blocks, and from its last bytes.

    Parameters
    ----------
    path : Path
        The archive.
    blocks : list of str
        Digests of its whole blocks.
    size : int
        Bytes that the digest is over.

    Returns
    -------
    ArchiveDigest
        The one that reading all of it in order would have given.
    """
    digest = ArchiveDigest(blocks)
    with path.open("rb") as file:
        file.seek(digest.size)
        digest.update(file.read(size - digest.size))
    return digest
