"""Members of a tar, one after another out of a stream that cannot go back."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

from dcactivity.archives.decompression import BLOCK_BYTES
from dcactivity.archives.found import Fault, PassedOver, printable
from dcactivity.archives.limits import LimitError
from dcactivity.archives.streams import ChunkStream
from dcactivity.archives.zips import Member, leads_out
from dcactivity.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcactivity.archives.limits import Budget

__all__ = ["tar_members"]

_BLOCK = tarfile.BLOCKSIZE
# Path names; a header that states gigabytes is hostile. `tarfile` itself reads it whole.
_EXTENSION_BYTES = 1 << 20
_ZEROS = bytes(_BLOCK)
_OTHER_TYPES = {
    tarfile.SYMTYPE: "a link",
    tarfile.LNKTYPE: "a link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a named pipe",
}


def tar_members(
    stream: ChunkStream, *, name: str, budget: Budget
) -> Iterator[Member | Fault | PassedOver]:
    """List the members of a tar as they come; tars behind one another are read on.

    Parameters
    ----------
    stream : ChunkStream
        The tar, decompressed.
    name : str
        The tar's own name, which goes before its members'.
    budget : Budget
        How many members it may have.

    Yields
    ------
    Member or Fault or PassedOver
        What is to be read, what cannot be, and what need not be.

    Raises
    ------
    ArchiveError
        Where the tar breaks off or a header is damaged, after the members before it.
    LimitError
        Where it has too many members.

    References
    ----------
    POSIX.1-2017, pax, "ustar Interchange Format" and "pax Extended Header"; GNU tar manual,
    "Basic Tar Format", for long names.
    """
    count = 0
    for info, keys in _headers(stream):
        if info.isdir():
            continue
        count += 1
        if count > budget.limits.members:
            raise LimitError(
                f"a tar of more than {budget.limits.members:,} members: stopped there"
            )
        raw_name = keys.get("path", info.name).rstrip("/")
        shown = printable(raw_name.removeprefix("./").encode("utf-8", "surrogateescape"))
        full = f"{name}!/{shown}"
        if info.type in _OTHER_TYPES:
            yield PassedOver(full, _OTHER_TYPES[info.type])
        elif leads_out(raw_name):
            yield Fault(full, "refused: its name leads out of the archive")
        elif info.issparse() or any(key.startswith("GNU.sparse") for key in keys):
            yield Fault(full, "a sparse tar member is not read")
        elif info.isreg():
            body = _Body(stream, info.size)
            yield Member(shown, body.open, lasting=False)
            body.skip()
            continue
        else:
            yield PassedOver(full, "an unknown type of tar member")
        _Body(stream, info.size if info.type not in _OTHER_TYPES else 0).skip()


def _headers(stream: ChunkStream) -> Iterator[tuple[tarfile.TarInfo, dict[str, str]]]:
    """Read header blocks, and what extends them, up to the end."""
    shared: dict[str, str] = {}
    keys: dict[str, str] = {}
    ended = False
    while block := stream.read(_BLOCK):
        if block == _ZEROS:
            ended = True
            continue
        if len(block) < _BLOCK:
            if ended or not block.strip(b"\x00"):
                return
            raise ArchiveError("truncated tar: the end is missing")
        try:
            info = tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
        except (tarfile.HeaderError, ValueError) as error:
            raise ArchiveError("corrupt tar: a header is damaged") from error
        ended = False
        if info.size < 0:
            raise ArchiveError("corrupt tar: a member of negative size")
        if info.type in {tarfile.XHDTYPE, tarfile.SOLARIS_XHDTYPE}:
            keys |= _pax_keys(_extension(stream, info.size))
        elif info.type == tarfile.XGLTYPE:
            shared |= _pax_keys(_extension(stream, info.size))
        elif info.type == tarfile.GNUTYPE_LONGNAME:
            path = _extension(stream, info.size).split(b"\x00", 1)[0]
            keys["path"] = path.decode("utf-8", "surrogateescape")
        elif info.type == tarfile.GNUTYPE_LONGLINK:
            _extension(stream, info.size)
        else:
            merged = shared | keys
            if merged.get("size", "").isdecimal():
                info.size = int(merged["size"])
            yield info, merged
            keys = {}


def _extension(stream: ChunkStream, size: int) -> bytes:
    if size > _EXTENSION_BYTES:
        raise LimitError(f"a tar header of {size:,} bytes: stopped there")
    data = stream.read(-(-size // _BLOCK) * _BLOCK)
    if len(data) < size:
        raise ArchiveError("truncated tar: the end is missing")
    return data[:size]


def _pax_keys(data: bytes) -> dict[str, str]:
    keys = {}
    while data and data[:1] != b"\x00":
        digits, _, _ = data.partition(b" ")
        if not digits.isdigit() or len(digits) > 7 or not 0 < int(digits) <= len(data):
            raise ArchiveError("corrupt tar: an extended header is damaged")
        key, _, value = data[len(digits) + 1 : int(digits) - 1].partition(b"=")
        keys[key.decode("utf-8", "surrogateescape")] = value.decode("utf-8", "surrogateescape")
        data = data[int(digits) :]
    return keys


class _Body:
    """The bytes of one member, and the padding after them."""

    def __init__(self, stream: ChunkStream, size: int) -> None:
        self._stream = stream
        self._left = size
        self._padding = -size % _BLOCK

    def open(self) -> ChunkStream:
        return ChunkStream(self._chunks())

    def _chunks(self) -> Iterator[bytes]:
        while self._left:
            chunk = self._stream.read(min(BLOCK_BYTES, self._left))
            if not chunk:
                raise ArchiveError("truncated tar: the end is missing")
            self._left -= len(chunk)
            yield chunk

    def skip(self) -> None:
        for _ in self._chunks():
            pass
        # The last padding may be missing: nothing is lost with it.
        self._stream.read(self._padding)
