"""Bytes of an archive as streams: looked into without being consumed, under limits."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from dcactivity.archives.decompression import BLOCK_BYTES, decompress
from dcactivity.archives.formats import CODECS, Kind, describe, recognise
from dcactivity.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dcactivity.archives.decompression import Source
    from dcactivity.archives.limits import Budget

__all__ = ["ChunkStream", "Sniffed", "chunks_of", "open_layers", "sniff"]

_HEAD_BYTES = 1 << 16
# zstd gives nothing out before a block of 128 KiB is in, bzip2 before one of 900 kB.
_LONG_HEAD_BYTES = 1 << 20
# Less than this, out of broken data, does not show what they were.
_ENOUGH_BYTES = 512
_SUFFIX = re.compile(r"\.(?:gz|bz2?|xz|lzma|zst)$", re.IGNORECASE)


class ChunkStream(io.RawIOBase):
    """Make one readable stream of chunks, which can be looked into before it is read.

    A fault that the chunks end in is raised when all bytes before it are read, and again at
    every later read.

    Parameters
    ----------
    chunks : iterator of bytes
        What to read.
    """

    def __init__(self, chunks: Iterator[bytes]) -> None:
        super().__init__()
        self._chunks = chunks
        self._rest = memoryview(b"")
        self._error: Exception | None = None
        self._ended = False

    def readable(self) -> bool:
        """Say that the stream can be read."""
        return True

    def _pull(self) -> bytes:
        while not self._ended and self._error is None:
            try:
                chunk = next(self._chunks)
            except StopIteration:
                self._ended = True
            except ArchiveError as error:
                self._error = error
            else:
                if chunk:
                    return chunk
        return b""

    def peek(self, size: int) -> bytes:
        """Return the next bytes without moving on.

        Parameters
        ----------
        size : int
            How many; fewer come where the stream ends or breaks.

        Returns
        -------
        bytes
            At most `size` bytes.
        """
        if len(self._rest) < size:
            parts = [bytes(self._rest)]
            count = len(self._rest)
            while count < size and (chunk := self._pull()):
                parts.append(chunk)
                count += len(chunk)
            self._rest = memoryview(b"".join(parts))
        return bytes(self._rest[:size])

    def readinto(self, buffer: object, /) -> int:
        """Fill a buffer, wholly unless the stream ends or breaks.

        Parameters
        ----------
        buffer : writable bytes-like
            Where to write.

        Returns
        -------
        int
            Number of bytes written; 0 at the end.

        Raises
        ------
        ArchiveError
            Where the stream is broken and all bytes before are read.
        """
        view = memoryview(cast("bytearray", buffer)).cast("B")
        done = 0
        while done < len(view):
            if not self._rest:
                self._rest = memoryview(self._pull())
                if not self._rest:
                    break
            count = min(len(self._rest), len(view) - done)
            view[done : done + count] = self._rest[:count]
            self._rest = self._rest[count:]
            done += count
        if not done and len(view) and self._error is not None:
            raise self._error
        return done

    def read(self, size: int | None = -1, /) -> bytes:
        """Read bytes, as many as asked for unless the stream ends or breaks.

        Parameters
        ----------
        size : int, optional
            How many; all when negative or not given.

        Returns
        -------
        bytes
            Empty at the end.

        Raises
        ------
        ArchiveError
            Where the stream is broken and all bytes before are read.
        """
        if size is None or size < 0:
            return self.readall()
        parts = []
        left = size
        while left > 0:
            if not self._rest:
                self._rest = memoryview(self._pull())
                if not self._rest:
                    break
            part = self._rest[:left]
            self._rest = self._rest[len(part) :]
            left -= len(part)
            parts.append(part)
        if not parts and size and self._error is not None:
            raise self._error
        return bytes(parts[0]) if len(parts) == 1 else b"".join(parts)

    @property
    def fault(self) -> str | None:
        """What the stream was found to end in, as far as it was looked into."""
        return str(self._error) if self._error else None

    def as_binary(self) -> BinaryIO:
        """Return the stream under the type that binary files have."""
        return cast("BinaryIO", self)


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What the first bytes of a file say about it.

    Attributes
    ----------
    kind : str or None
        The format within all compression; None where it is no archive.
    codecs : tuple of str
        The compressions around it, outermost first.
    reason : str
        Why it is no archive, where it is none.
    damaged : bool
        Whether the compressed data are broken from the start, so that nobody can tell.
    """

    kind: Kind | None
    codecs: tuple[str, ...] = ()
    reason: str = ""
    damaged: bool = False


def sniff(peek: Callable[[int], bytes], *, name: str, depth: int = 4) -> Sniffed:
    """Tell what a file is, through the compression around it.

    Parameters
    ----------
    peek : callable
        Returns as many of the first bytes as it is asked for, or all there are.
    name : str
        The file's name; see `recognise` for what little it decides.
    depth : int, default 4
        Most layers of compression to look through.

    Returns
    -------
    Sniffed
        The format and its layers.
    """
    found = _sniff(peek, name, depth, _HEAD_BYTES)
    return _sniff(peek, name, depth, _LONG_HEAD_BYTES) if found.damaged else found


def _sniff(peek: Callable[[int], bytes], name: str, depth: int, size: int) -> Sniffed:
    codecs: list[str] = []
    name = name.rpartition("/")[2]
    head = peek(size)
    whole = len(head) < size
    while (kind := recognise(head, name=name, whole=whole)) in CODECS:
        codecs.append(cast("str", kind))
        if len(codecs) > depth:
            reason = f"compressed more than {depth} times"
            return Sniffed(None, tuple(codecs), reason, damaged=True)
        head, whole, fault = _decompressed_head(head, codecs[-1], size, whole=whole)
        if fault and len(head) < _ENOUGH_BYTES:
            return Sniffed(None, tuple(codecs), fault, damaged=True)
        name = _SUFFIX.sub("", name)
    return Sniffed(kind, tuple(codecs), "" if kind else describe(head, name=name))


def _decompressed_head(
    head: bytes, codec: str, size: int, *, whole: bool
) -> tuple[bytes, bool, str]:
    stream = ChunkStream(decompress(io.BytesIO(head), codec))
    inner = stream.peek(size)
    if len(inner) == size:
        return inner, False, ""
    fault = stream.fault
    if fault is None:
        return inner, whole, ""
    return inner, False, fault if whole or len(inner) < _ENOUGH_BYTES else ""


def open_layers(source: Source, codecs: tuple[str, ...], budget: Budget) -> ChunkStream:
    """Take off the compressions one by one.

    Parameters
    ----------
    source : binary stream
        The outermost bytes.
    codecs : tuple of str
        Compressions, outermost first; none gives the bytes as they are.
    budget : Budget
        What the archive may decompress to.

    Returns
    -------
    ChunkStream
        The innermost bytes.
    """
    stream = source if isinstance(source, ChunkStream) else ChunkStream(chunks_of(source))
    for codec in codecs:
        stream = ChunkStream(decompress(stream, codec, charge=budget.charge))
    return stream


def chunks_of(source: Source) -> Iterator[bytes]:
    """Read a stream in blocks.

    Parameters
    ----------
    source : binary stream
        What to read.

    Yields
    ------
    bytes
        Blocks of up to 256 KiB.

    Raises
    ------
    ArchiveError
        Where the system cannot read it.
    """
    try:
        while block := source.read(BLOCK_BYTES):
            yield block
    except OSError as error:
        raise ArchiveError(f"cannot be read: {error.strerror or error}") from error
