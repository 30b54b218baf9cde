"""Digests: of a message that has no Message-ID, and of an archive that may grow."""

from __future__ import annotations

import hashlib

from blake3 import blake3

__all__ = ["BLOCK", "ArchiveDigest", "RawDigest"]

BLOCK = 4 << 20
"""Bytes after which an `ArchiveDigest` begins a new block."""


class RawDigest:
    """SHA-256 of one message as it lies there, fed piece by piece.

    A From_ line is left out, line ends are taken as LF and blank lines at the end do not count,
    so that the same message gives the same digest in a CRLF file, as the last one of its mbox,
    and in a file of its own.
    """

    __slots__ = ("_carriage", "_hash", "_held", "_seen_envelope")

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._carriage = b""  # a carriage return at the end, until it is known what follows
        self._held = b""
        self._seen_envelope = False

    def update(self, piece: bytes) -> None:
        """Take the next piece; the first one holds at least the whole first line."""
        if not self._seen_envelope and piece:
            self._seen_envelope = True
            if piece.startswith(b"From "):
                piece = piece[piece.find(b"\n") + 1 or len(piece) :]
        piece = self._carriage + piece
        self._carriage = b"\r" if piece.endswith(b"\r") else b""
        piece = self._held + piece[: len(piece) - len(self._carriage)].replace(b"\r\n", b"\n")
        kept = piece.rstrip(b"\r\n")
        self._hash.update(kept)
        self._held = piece[len(kept) :]
        while len(self._held) > BLOCK:  # a bomb of empty lines: count them as content
            self._hash.update(self._held[:BLOCK])
            self._held = self._held[BLOCK:]

    def hexdigest(self) -> str:
        """Give the digest of what was fed so far, as 64 hexadecimal digits."""
        return self._hash.hexdigest()


class ArchiveDigest:
    """Digest of an archive's bytes that can go on where a former read ended.

    Up to `BLOCK` bytes it is their BLAKE3, which `b3sum` gives, too. A longer archive is cut into
    blocks of that size, and the digest is the BLAKE3 of the blocks' digests, one after another:
    so the digest of a file that grew needs only its last block and what came after. BLAKE3 is as
    strong as SHA-256 and four times as fast, which took a third of the time of an ingest.

    Parameters
    ----------
    blocks : list of str
        Hexadecimal digests of the whole blocks read formerly.
    """

    __slots__ = ("_current", "_filled", "blocks")

    def __init__(self, blocks: list[str] | None = None) -> None:
        self.blocks = list(blocks or [])
        self._current = blake3()
        self._filled = 0

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes."""
        view = memoryview(data)
        while len(view):
            room = BLOCK - self._filled
            self._current.update(view[:room])
            self._filled += len(view[:room])
            view = view[room:]
            if self._filled == BLOCK:
                self.blocks.append(self._current.hexdigest())
                self._current, self._filled = blake3(), 0

    @property
    def size(self) -> int:
        """How many bytes it is over."""
        return len(self.blocks) * BLOCK + self._filled

    @property
    def last(self) -> str:
        """Digest of the block that is not yet full."""
        return self._current.hexdigest()

    def text(self) -> str:
        """Give ``blake3:…``, or ``blake3-4MiB:…`` where the archive is longer than a block."""
        if not self.blocks or (len(self.blocks) == 1 and not self._filled):
            return f"blake3:{self.blocks[0] if self.blocks else self.last}"
        whole = blake3()
        for block in [*self.blocks, *([self.last] if self._filled else [])]:
            whole.update(bytes.fromhex(block))
        return f"blake3-4MiB:{whole.hexdigest()}"
