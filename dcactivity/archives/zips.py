"""Members of a zip, read in place: nothing is ever written under a member's name."""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from dcactivity.archives.decompression import BLOCK_BYTES, decompress
from dcactivity.archives.found import Fault, PassedOver, printable
from dcactivity.archives.limits import LimitError
from dcactivity.archives.streams import ChunkStream
from dcactivity.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dcactivity.archives.limits import Budget

__all__ = ["Member", "Stretch", "leads_out", "zip_members"]

# APPNOTE.TXT 4.3.7, 4.3.12, 4.3.14 to 4.3.16
_LOCAL = struct.Struct("<4sxxHHxxxxLLLHH")
_CENTRAL = struct.Struct("<4s24xHHH12x")
_END = struct.Struct("<4s4xHHLLH")
_END64_LOCATOR = struct.Struct("<4s4xQ4x")
_END64 = struct.Struct("<4s20xQQQQ")
_ZIP64 = 0xFFFFFFFF
_UNKNOWN = -1
_METHODS = {zipfile.ZIP_DEFLATED: "deflate", zipfile.ZIP_BZIP2: "bz2", 93: "zst"}
_METHOD_NAMES = {1: "shrink", 6: "implode", 9: "deflate64", 96: "jpeg", 98: "PPMd", 99: "AES"}
_BROKEN = (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, struct.error, EOFError)


@dataclass(frozen=True, slots=True)
class Member:
    """One file within a container.

    Attributes
    ----------
    name : str
        Its path within the container.
    open : callable
        Returns its bytes as a stream.
    lasting : bool
        Whether it can be opened later and again. If not, it is gone when the next one comes.
    """

    name: str
    open: Callable[[], ChunkStream]
    lasting: bool


def leads_out(name: str) -> bool:
    """Tell whether a member's name would lead out of the folder it is unpacked in.

    Parameters
    ----------
    name : str
        The name in the container.

    Returns
    -------
    bool
        True for absolute names, drive letters and ``..``.
    """
    name = name.replace("\\", "/")
    return name.startswith("/") or bool(re.match(r"[A-Za-z]:", name)) or ".." in name.split("/")


def zip_members(
    file: BinaryIO, *, name: str, budget: Budget
) -> Iterator[Member | Fault | PassedOver]:
    """List the members of a zip in the order of its directory.

    Parameters
    ----------
    file : binary file
        Must be seekable.
    name : str
        The zip's own name, which goes before its members'.
    budget : Budget
        What the archive may decompress to, and how many members it may have.

    Yields
    ------
    Member or Fault or PassedOver
        What is to be read, what cannot be, and what need not be. Encrypted members are one
        fault together.

    Raises
    ------
    ArchiveError
        Where it is no readable zip, or all of it is encrypted.
    LimitError
        Where it has too many members.
    """
    try:
        if not _has_directory(file, budget.limits.members):
            yield from _torn_members(file, name, budget)
            raise ArchiveError("truncated zip: its end, with the list of members, is missing")
        infos = zipfile.ZipFile(file).infolist()
    except _BROKEN as error:
        if isinstance(error, ArchiveError):
            raise
        raise ArchiveError(f"corrupt zip: {error or type(error).__name__}") from error
    infos = [info for info in infos if not info.filename.endswith("/")]
    encrypted = [info for info in infos if info.flag_bits & 0x41]
    if encrypted and len(encrypted) == len(infos):
        raise ArchiveError("encrypted zip", hint="unpack it with its password and give the files")
    if encrypted:
        first = _shown(encrypted[0])
        yield Fault(
            f"{name}!/{first}",
            "encrypted zip member"
            + (f", and {len(encrypted) - 1} more" if len(encrypted) > 1 else ""),
        )
    for info in infos:
        if not info.flag_bits & 0x41:
            yield _member(file, info, name, budget)


def _shown(info: zipfile.ZipInfo) -> str:
    return printable(info.filename.encode("utf-8", "surrogateescape"))


def _member(
    file: BinaryIO, info: zipfile.ZipInfo, name: str, budget: Budget
) -> Member | Fault | PassedOver:
    shown = _shown(info)
    mode = info.external_attr >> 16
    if leads_out(info.orig_filename) or leads_out(info.filename):
        return Fault(f"{name}!/{shown}", "refused: its name leads out of the archive")
    if stat.S_ISLNK(mode):
        return PassedOver(f"{name}!/{shown}", "a link")
    method = info.compress_type
    if method not in {zipfile.ZIP_STORED, zipfile.ZIP_LZMA, *_METHODS}:
        label = _METHOD_NAMES.get(method, "unknown")
        return Fault(f"{name}!/{shown}", f"zip compression method {method} ({label}) is not read")
    return Member(shown, partial(_open, file, info, budget), lasting=True)


def _open(file: BinaryIO, info: zipfile.ZipInfo, budget: Budget) -> ChunkStream:
    return ChunkStream(_checked(_chunks(file, info, budget), info))


def _chunks(file: BinaryIO, info: zipfile.ZipInfo, budget: Budget) -> Iterator[bytes]:
    try:
        file.seek(info.header_offset)
        signature, *_, name_bytes, extra_bytes = _LOCAL.unpack(file.read(_LOCAL.size))
    except (struct.error, OSError, ValueError) as error:
        raise ArchiveError("corrupt zip member: its header lies outside the file") from error
    if signature != b"PK\x03\x04":
        raise ArchiveError("corrupt zip member: there is no header where it should be")
    start = info.header_offset + _LOCAL.size + name_bytes + extra_bytes
    raw = Stretch(file, start, info.compress_size)
    if info.compress_type == zipfile.ZIP_STORED:
        while block := raw.read(BLOCK_BYTES):
            budget.charge(len(block))
            yield block
    elif info.compress_type == zipfile.ZIP_LZMA:
        yield from decompress(_AsLzma(raw, info), "xz", charge=budget.charge)
    else:
        yield from decompress(raw, _METHODS[info.compress_type], charge=budget.charge)


class _AsLzma:
    """The LZMA data of a zip under the header that .lzma files have (APPNOTE.TXT 5.8.8)."""

    def __init__(self, raw: Stretch, info: zipfile.ZipInfo) -> None:
        start = raw.read(9)
        has_end = info.flag_bits & 0x02 or info.file_size == _UNKNOWN
        size = b"\xff" * 8 if has_end else info.file_size.to_bytes(8, "little")
        self._header, self._raw = start[4:] + size, raw

    def read(self, size: int = -1, /) -> bytes:
        header, self._header = self._header, b""
        return header or self._raw.read(size)


def _checked(chunks: Iterator[bytes], info: zipfile.ZipInfo) -> Iterator[bytes]:
    crc = size = 0
    for chunk in chunks:
        crc = zlib.crc32(chunk, crc)
        size += len(chunk)
        yield chunk
    if size < info.file_size:
        raise ArchiveError("truncated zip member: the end is missing")
    if crc != info.CRC and info.file_size != _UNKNOWN:
        raise ArchiveError("corrupt zip member: CRC check failed")


class Stretch:
    """A part of a file that other readers move about in meanwhile.

    Parameters
    ----------
    file : binary file
        Must be seekable.
    start, size : int
        Where the part lies, in bytes.
    """

    def __init__(self, file: BinaryIO, start: int, size: int) -> None:
        self._file, self._at, self._end = file, start, start + size

    def read(self, size: int = -1, /) -> bytes:
        """Read at most `size` bytes; none at the end."""
        left = self._end - self._at
        self._file.seek(self._at)
        data = self._file.read(left if size < 0 else min(size, left))
        self._at += len(data)
        return data


def _torn_members(
    file: BinaryIO, name: str, budget: Budget
) -> Iterator[Member | Fault | PassedOver]:
    """List members by their own headers, for as long as one follows another."""
    at = count = 0
    while True:
        file.seek(at)
        header = file.read(_LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(b"PK\x03\x04"):
            return
        _, flags, method, crc, packed, size, name_bytes, extra_bytes = _LOCAL.unpack(header)
        raw = file.read(name_bytes).decode("utf-8" if flags & 0x800 else "cp437", "replace")
        start = at + _LOCAL.size + name_bytes + extra_bytes
        info = zipfile.ZipInfo(raw or "?")
        info.header_offset, info.compress_type, info.flag_bits = at, method, flags
        info.CRC, info.compress_size, info.file_size = crc, packed, size
        if flags & 0x08 or packed == _ZIP64:
            # Written in one go: the sizes stand behind the data, or nowhere now.
            info.compress_size = _next_header(file, start) - start
            info.file_size = _UNKNOWN
        at = start + info.compress_size
        count += 1
        if count > budget.limits.members:
            raise LimitError(f"a zip of more than {budget.limits.members:,} members is not read")
        if flags & 0x41:
            yield Fault(f"{name}!/{_shown(info)}", "encrypted zip member")
        elif not info.filename.endswith("/"):
            yield _member(file, info, name, budget)


def _next_header(file: BinaryIO, start: int) -> int:
    file.seek(start)
    at, rest = start, b""
    while block := file.read(BLOCK_BYTES):
        found = (rest + block).find(b"PK\x03\x04")
        if found >= 0:
            return at - len(rest) + found
        at += len(block)
        rest = block[-3:]
    return at


def _has_directory(file: BinaryIO, most: int) -> bool:
    """Stop before `zipfile` makes an object of each entry of an endless directory."""
    size = file.seek(0, 2)
    start = max(0, size - (1 << 16) - _END.size - _END64_LOCATOR.size)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        return False
    _, _, count, directory_bytes, _, _ = _END.unpack_from(tail, at)
    end = start + at
    if at >= _END64_LOCATOR.size:
        signature, offset = _END64_LOCATOR.unpack_from(tail, at - _END64_LOCATOR.size)
        if signature == b"PK\x06\x07":
            # As zipfile does: what was put before the zip shifts the stated offset.
            for place in (offset, end - _END64_LOCATOR.size - _END64.size):
                file.seek(place)
                record = file.read(_END64.size)
                if len(record) == _END64.size and record.startswith(b"PK\x06\x06"):
                    _, _, count, directory_bytes, _ = _END64.unpack(record)
                    end = place
                    break
    file.seek(max(0, end - directory_bytes))
    if count > most or _count_entries(file, directory_bytes, most) > most:
        raise LimitError(f"a zip of more than {most:,} members is not read")
    return True


def _count_entries(file: BinaryIO, size: int, most: int) -> int:
    """Count what is there: the number that stands in the end record may lie."""
    count, buffer, at = 0, b"", 0
    while count <= most:
        if len(buffer) - at < _CENTRAL.size:
            block = file.read(min(BLOCK_BYTES, size))
            size -= len(block)
            buffer, at = buffer[at:] + block, 0
            if len(buffer) < _CENTRAL.size:
                break
        signature, name_bytes, extra_bytes, comment_bytes = _CENTRAL.unpack_from(buffer, at)
        if signature != b"PK\x01\x02":
            break
        count += 1
        at += _CENTRAL.size + name_bytes + extra_bytes + comment_bytes
        while at > len(buffer) and size > 0:
            at -= len(buffer)
            buffer = file.read(min(BLOCK_BYTES, size))
            size -= len(buffer)
            if not buffer:
                return count
    return count
