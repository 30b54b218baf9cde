"""Decompressors that lose nothing: all bytes before a fault come out, then the fault is raised."""

from __future__ import annotations

import bz2
import lzma
import sys
import zlib
from typing import TYPE_CHECKING, Protocol

from dcactivity.errors import ArchiveError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["BLOCK_BYTES", "Source", "decompress"]

BLOCK_BYTES = 1 << 18
_OUT_BYTES = 1 << 16
_INFLATE_OUT_BYTES = 1 << 20
_HISTORY_BYTES = 1 << 20
# xz -9 takes 65 MiB; a hostile header may ask for 4 GiB.
_XZ_MEMORY_BYTES = 1 << 28
_LABELS = {"gz": "gzip", "bz2": "bzip2", "xz": "xz", "zst": "zstd", "deflate": "zip member"}
_MAGIC: dict[str, tuple[bytes, ...]] = {
    "gz": (b"\x1f\x8b",),
    "bz2": (b"BZh",),
    "xz": (b"\xfd7zXZ\x00", b"\x5d\x00\x00"),
    "zst": (b"\x28\xb5\x2f\xfd", *(bytes([n]) + b"\x2a\x4d\x18" for n in range(0x50, 0x60))),
}
# No decompressor does input or output of its own: OSError is how bz2 says that data are wrong.
_FAULTS = (zlib.error, lzma.LZMAError, zstd.ZstdError, OSError, EOFError, MemoryError)


class Source(Protocol):
    """Anything with a `read` that gives bytes."""

    def read(self, size: int = ..., /) -> bytes:
        """Read at most `size` bytes; none at the end."""
        ...


class _Decompressor(Protocol):
    def decompress(self, data: bytes | memoryview, /, max_length: int = ...) -> bytes: ...
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...


class _Inflater:
    """zlib under the manners of `bz2.BZ2Decompressor`, plus a copy."""

    def __init__(self, engine: zlib._Decompress) -> None:
        self._zlib = engine
        self._full = False

    def decompress(self, data: bytes | memoryview, /, max_length: int = -1) -> bytes:
        tail = self._zlib.unconsumed_tail
        out = self._zlib.decompress(tail + data if tail else data, max_length)
        self._full = len(out) >= max_length
        return out

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        # A full answer may leave more within zlib although all input is taken.
        return not self._full and not self._zlib.unconsumed_tail

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def copy(self) -> _Inflater:
        # Only made between two pieces, when nothing is left over.
        return _Inflater(self._zlib.copy())


def _decompressor(codec: str) -> _Decompressor:
    if codec == "gz":
        return _Inflater(zlib.decompressobj(31))
    if codec == "deflate":
        return _Inflater(zlib.decompressobj(-15))
    if codec == "bz2":
        return bz2.BZ2Decompressor()
    if codec == "xz":
        return lzma.LZMADecompressor(memlimit=_XZ_MEMORY_BYTES)
    return zstd.ZstdDecompressor()


def _feed(engine: _Decompressor, data: bytes | memoryview, out_bytes: int) -> Iterator[bytes]:
    while True:
        if out := engine.decompress(data, out_bytes):
            yield out
        if engine.eof or engine.needs_input:
            return
        data = b""


def _salvage(engine: _Decompressor, history: bytes, delivered: int) -> Iterator[bytes]:
    """Feed again, byte by byte, what led into a fault: a call that fails gives nothing out."""
    seen, kept = 0, bytearray()
    try:
        for at in range(len(history)):
            for out in _feed(engine, history[at : at + 1], _OUT_BYTES):
                seen += len(out)
                if seen > delivered:
                    kept += out[-(seen - delivered) :]
                    delivered = seen
            if len(kept) > BLOCK_BYTES:
                yield bytes(kept)
                kept.clear()
    except _FAULTS:
        pass
    yield bytes(kept)


class _Member:
    """One gzip member, xz stream or the like, decompressed piece by piece.

    What a call gave out before it failed is lost, so that zlib is copied before each call,
    and of the others, which cannot be copied, the beginning is kept and the steps are small.
    """

    def __init__(self, codec: str, charge: Callable[[int], None]) -> None:
        self.codec = codec
        self.engine = _decompressor(codec)
        self.charge = charge
        self._delivered = 0
        self._history: bytearray | None = bytearray()
        self.step = 1 << 16 if isinstance(self.engine, _Inflater) else 1 << 10

    def feed(self, piece: memoryview) -> Iterator[bytes]:
        saved: _Decompressor | None = None
        history: memoryview | bytearray = piece
        if isinstance(self.engine, _Inflater):
            saved, self._delivered = self.engine.copy(), 0
            size = _INFLATE_OUT_BYTES
        else:
            size = _OUT_BYTES
            if self._history is not None:
                self._history += piece
                history = self._history
                if len(history) > _HISTORY_BYTES:
                    self._history = None
        outs = _feed(self.engine, piece, size)
        while True:
            try:
                out = next(outs, b"")
            except _FAULTS as error:
                if saved is None and self._history is not None:
                    saved = _decompressor(self.codec)
                if saved is not None:
                    yield from _salvage(saved, bytes(history), self._delivered)
                raise ArchiveError(_reason(self.codec, error)) from error
            if not out:
                return
            self.charge(len(out))
            self._delivered += len(out)
            yield out


def _reason(codec: str, error: Exception) -> str:
    text = str(error).rpartition(": ")[2].strip() or type(error).__name__
    text = {"incorrect data check": "CRC check failed"}.get(text, text)
    text = {"incorrect length check": "length check failed"}.get(text, text)
    return f"corrupt {_LABELS[codec]}: {text}"


def _free(_count: int) -> None:
    """Charge nothing."""


def decompress(
    source: Source, codec: str, *, charge: Callable[[int], None] = _free
) -> Iterator[bytes]:
    """Decompress, all members in turn, and end in the fault if there is one.

    Parameters
    ----------
    source : binary stream
        Compressed bytes.
    codec : str
        ``gz``, ``bz2``, ``xz`` (also .lzma), ``zst``, or ``deflate`` for a member of a zip.
    charge : callable, optional
        Called with the number of bytes of each chunk before it comes out; may raise.

    Yields
    ------
    bytes
        Chunks of at most 1 MiB.

    Raises
    ------
    ArchiveError
        After the last good byte, where the data are corrupt or truncated, or where something
        follows them that is neither padding nor a further member.
    """
    label = _LABELS[codec]
    pending = memoryview(source.read(BLOCK_BYTES))
    if not pending:
        raise ArchiveError(f"truncated {label}: nothing is there")
    while pending:
        member = _Member(codec, charge)
        while not member.engine.eof:
            if not pending:
                pending = memoryview(source.read(BLOCK_BYTES))
            if not pending:
                raise ArchiveError(f"truncated {label}: the end is missing")
            yield from member.feed(pending[: member.step])
            pending = pending[member.step :]
        if codec == "deflate":
            return
        pending = _next_member(source, codec, member.engine.unused_data + bytes(pending))


def _next_member(source: Source, codec: str, rest: bytes) -> memoryview:
    # Tapes and xz (its file format, 2.2) pad with zeros.
    while not (rest := rest.lstrip(b"\x00")):
        rest = source.read(BLOCK_BYTES)
        if not rest:
            return memoryview(b"")
    if len(rest) < max(len(magic) for magic in _MAGIC[codec]):
        rest += source.read(BLOCK_BYTES)
    if not rest.startswith(_MAGIC[codec]):
        raise ArchiveError(f"corrupt {_LABELS[codec]}: other bytes follow the end of the data")
    return memoryview(rest)
