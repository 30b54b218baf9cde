"""From an archive on disk to its parts, through every container and compression."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, cast

from dcactivity.archives.decompression import BLOCK_BYTES
from dcactivity.archives.eml import (
    message_files,
    message_format,
    read_folder,
    read_message,
    sniff_file,
)
from dcactivity.archives.found import Archive, Fault, PassedOver
from dcactivity.archives.limits import DEFAULT_LIMITS, Budget, Limits
from dcactivity.archives.listserv import listserv_messages, mmdf_messages
from dcactivity.archives.maildir import is_maildir, maildir_parts
from dcactivity.archives.publicinbox import bundle_part, is_git_folder, repository_parts
from dcactivity.archives.records import Part
from dcactivity.archives.streams import ChunkStream, Sniffed, chunks_of, open_layers, sniff
from dcactivity.archives.tars import tar_members
from dcactivity.archives.zips import Member, Stretch, zip_members
from dcactivity.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcactivity.archives.records import Quarantined, RawMessage

__all__ = ["holds_archive", "open_archive", "open_tail"]

# A member that can be read only now, while messages before it are still being read, waits in
# memory up to this size and on disk beyond.
_SPOOL_BYTES = 1 << 23
# To find out whether a container holds mail at all, no more than this is decompressed.
_PROBE_BYTES = 1 << 26
_UNKNOWN_MAIL = (
    "holds mail whose messages no known separator parts, so that it is not read; "
    "convert it to mbox"
)


def open_archive(
    archive: Archive, *, limits: Limits = DEFAULT_LIMITS
) -> Iterator[Part | PassedOver | Fault]:
    """Read an archive part by part.

    Each part must be read to its end, or given up, before the next is asked for. Streams of
    plain files are unbuffered files; others are made of large blocks.

    Parameters
    ----------
    archive : Archive
        What `find_archives` found.
    limits : Limits, optional
        Where reading stops.

    Yields
    ------
    Part or PassedOver or Fault
        Messages; members that are no archive; members that should be one and cannot be read.

    Raises
    ------
    ArchiveError
        Where nothing of it can be read. The stream or the messages of a part raise it as well,
        after all that comes before the fault.
    """
    is_begun = False
    try:
        for item in _open(archive, limits):
            is_begun = is_begun or isinstance(item, Part)
            yield item
    except ArchiveError as error:
        if not is_begun:
            raise type(error)(
                error.message, path=archive.name, position=error.position, hint=error.hint
            ) from error
        yield Fault(archive.name, error.message)


def open_tail(archive: Archive, offset: int) -> BinaryIO:
    """Open a plain mbox where an earlier reading ended.

    Parameters
    ----------
    archive : Archive
        A file, not compressed.
    offset : int
        Bytes to leave out, >= 0.

    Returns
    -------
    BinaryIO
        An unbuffered file; close it.

    Raises
    ------
    ArchiveError
        Where it cannot be opened, or is no longer a plain mbox.
    """
    sniffed = sniff_file(archive.path, depth=0)
    if archive.kind != "file" or sniffed.kind not in {"mbox", "pipermail"} or sniffed.codecs:
        raise ArchiveError("no plain mbox: it has no tail to read", path=archive.name)
    try:
        file = archive.path.open("rb", buffering=0)
        file.seek(offset)
    except OSError as error:
        raise _unreadable(error, archive) from error
    return file


def holds_archive(archive: Archive, *, limits: Limits = DEFAULT_LIMITS) -> bool:
    """Tell whether a container has an archive in it, looking no further than the first one.

    Parameters
    ----------
    archive : Archive
        A zip or tar on disk.
    limits : Limits, optional
        Where reading stops.

    Returns
    -------
    bool
        True also where that cannot be told at a glance, or the container is damaged: that
        comes out when it is read.
    """
    probe = Limits(
        archive_bytes=_PROBE_BYTES,
        members=limits.members,
        depth=limits.depth,
        message_bytes=limits.message_bytes,
    )
    try:
        return any(not isinstance(item, PassedOver) for item in _open(archive, probe))
    except ArchiveError:
        return True


def _unreadable(error: OSError, archive: Archive) -> ArchiveError:
    return ArchiveError(f"cannot be read: {error.strerror or error}", path=archive.name)


def _open(archive: Archive, limits: Limits) -> Iterator[Part | PassedOver | Fault]:
    if archive.kind == "folder":
        yield from _open_folder(archive, limits)
        return
    try:
        file = archive.path.open("rb", buffering=0)
    except OSError as error:
        raise _unreadable(error, archive) from error
    with file:
        sniffed = sniff_file(archive.path, depth=limits.depth)
        size = archive.path.stat().st_size
        opener = _Opener(archive, Budget(limits, size))
        if sniffed.kind in {"mbox", "pipermail"} and not sniffed.codecs:
            yield Part(archive.name, cast("str", sniffed.kind), stream=file)
            return
        if sniffed.kind == "zip" and not sniffed.codecs:
            with archive.path.open("rb") as buffered:
                yield from opener.read_zip(buffered, archive.name, (), 1)
            return
        stream = ChunkStream(chunks_of(file))
        yield from opener.read(stream, sniffed, archive.name, (), 0)


def _open_folder(archive: Archive, limits: Limits) -> Iterator[Part | PassedOver | Fault]:
    path, root = archive.path, archive.root
    try:
        if is_maildir(path):
            yield from maildir_parts(path, root, limits)
        elif is_git_folder(path):
            files = (file for file in path.rglob("*") if file.is_file())
            budget = Budget(limits, sum(file.stat().st_size for file in files))
            yield from repository_parts(path, root, budget)
        else:
            files_and_kinds = message_files(path, root, limits)
            first = next(files_and_kinds, None)
            if first is None:
                raise ArchiveError("no message is left in this folder")
            # All of a folder's messages have one format, which the first name shows.
            shown = PurePosixPath(archive.name, first[0].name).as_posix()
            messages = read_folder(chain([first], files_and_kinds), root, limits)
            yield Part(archive.name, message_format(shown), messages=messages)
    except OSError as error:
        raise _unreadable(error, archive) from error


class _Opener:
    """The reading of one archive on disk: its limits, and how deep it is in."""

    def __init__(self, archive: Archive, budget: Budget) -> None:
        self._archive = archive
        self.budget = budget
        self._limits = budget.limits

    def read(
        self, stream: ChunkStream, sniffed: Sniffed, name: str, wraps: tuple[str, ...], depth: int
    ) -> Iterator[Part | PassedOver | Fault]:
        """Read what a stream proved to be; `wraps` are the layers around it, innermost first."""
        if sniffed.kind is None and not sniffed.damaged:
            yield PassedOver(name, sniffed.reason)
            return
        depth += len(sniffed.codecs) + (sniffed.kind in {"zip", "tar"})
        if depth > self._limits.depth:
            raise ArchiveError(f"packed more than {self._limits.depth} times into each other")
        if sniffed.damaged:
            raise ArchiveError(sniffed.reason)
        stream = open_layers(stream, sniffed.codecs, self.budget)
        wraps = (*reversed(sniffed.codecs), *wraps)
        if sniffed.kind == "zip":
            with tempfile.SpooledTemporaryFile(_SPOOL_BYTES) as spool:
                _copy(stream, cast("BinaryIO", spool))
                yield from self.read_zip(cast("BinaryIO", spool), name, wraps, depth)
        elif sniffed.kind == "tar":
            members = tar_members(stream, name=name, budget=self.budget)
            yield from _Members(members, self, name, ("tar", *wraps), depth).parts()
        elif sniffed.kind == "bundle":
            yield from self._read_bundle(stream, name, wraps)
        else:
            yield self._part(stream, cast("str", sniffed.kind), name, wraps)

    def read_zip(
        self, file: BinaryIO, name: str, wraps: tuple[str, ...], depth: int
    ) -> Iterator[Part | PassedOver | Fault]:
        """Read a zip, which must be seekable."""
        members = zip_members(file, name=name, budget=self.budget)
        yield from _Members(members, self, name, ("zip", *wraps), depth).parts()

    def _part(self, stream: ChunkStream, kind: str, name: str, wraps: tuple[str, ...]) -> Part:
        form = ".".join((kind, *wraps))
        binary = stream.as_binary()
        if kind in {"mbox", "pipermail"}:
            return Part(name, form, stream=binary)
        if kind == "listserv":
            return Part(name, form, messages=listserv_messages(binary, limits=self._limits))
        if kind == "mmdf":
            return Part(name, form, messages=mmdf_messages(binary, limits=self._limits))
        if kind == "message":
            message = read_message(stream, name, self._limits)
            return Part(name, ".".join((message_format(name), *wraps)), messages=iter([message]))
        raise ArchiveError(_UNKNOWN_MAIL)

    def _read_bundle(
        self, stream: ChunkStream, name: str, wraps: tuple[str, ...]
    ) -> Iterator[Part]:
        suffix = "".join(f".{wrap}" for wrap in wraps)
        if not wraps:
            path = self._archive.path
            with bundle_part(path, name=name, wraps=suffix, budget=self.budget) as part:
                yield part
            return
        with tempfile.NamedTemporaryFile(prefix="dcactivity-") as spool:
            _copy(stream, cast("BinaryIO", spool))
            spool.flush()
            path = type(self._archive.path)(spool.name)
            with bundle_part(path, name=name, wraps=suffix, budget=self.budget) as part:
                yield part


class _Members:
    """The members of one container: single messages are one part, the rest parts of their own."""

    def __init__(
        self,
        members: Iterator[Member | Fault | PassedOver],
        opener: _Opener,
        name: str,
        wraps: tuple[str, ...],
        depth: int,
    ) -> None:
        self._members = members
        self._opener = opener
        self._budget = opener.budget
        self._name = name
        self._wraps = wraps
        self._depth = depth
        self._later: list[Member | Fault | PassedOver] = []

    def parts(self) -> Iterator[Part | PassedOver | Fault]:
        """Read on until all members are read, or the archive has used up what it may."""
        with tempfile.SpooledTemporaryFile(_SPOOL_BYTES) as spool:
            for member in self._members:
                yield from self._read(member, cast("BinaryIO", spool))
                if self._budget.is_spent:
                    return
            for member in self._later:
                yield from self._read(member, cast("BinaryIO", spool))
                if self._budget.is_spent:
                    return

    def _read(
        self, member: Member | Fault | PassedOver, spool: BinaryIO
    ) -> Iterator[Part | PassedOver | Fault]:
        if not isinstance(member, Member):
            yield member
            return
        name = f"{self._name}!/{member.name}"
        stream, sniffed = self._look(member)
        if sniffed.kind != "message":
            try:
                yield from self._opener.read(stream, sniffed, name, self._wraps, self._depth)
            except ArchiveError as error:
                yield Fault(name, error.message)
            return
        form = ".".join((message_format(member.name), *self._wraps))
        messages = self._messages(stream, sniffed, member.name, spool)
        yield Part(self._name, form, messages=messages)
        try:
            for _ in messages:
                pass
        except ArchiveError as error:
            yield Fault(self._name, error.message)

    def _look(self, member: Member) -> tuple[ChunkStream, Sniffed]:
        last = PurePosixPath(member.name).name
        if last.startswith(".") or "__MACOSX/" in member.name:
            return ChunkStream(iter(())), Sniffed(None, (), "hidden file")
        stream = member.open()
        sniffed = sniff(stream.peek, name=last)
        if sniffed.kind is None and stream.fault and not stream.peek(1):
            sniffed = Sniffed(None, (), stream.fault, damaged=True)
        if sniffed.kind not in {"zip", "tar"} and message_format(member.name) == "maildir":
            sniffed = replace(sniffed, kind="message")
        return stream, sniffed

    def _messages(
        self, stream: ChunkStream, sniffed: Sniffed, name: str, spool: BinaryIO
    ) -> Iterator[RawMessage | Quarantined]:
        """Read this and all further single messages; what else comes waits until then."""
        limits = self._budget.limits
        yield read_message(
            open_layers(stream, sniffed.codecs, self._budget), f"{self._name}!/{name}", limits
        )
        for member in self._members:
            if not isinstance(member, Member):
                self._later.append(member)
                continue
            stream, sniffed = self._look(member)
            if sniffed.kind == "message":
                inner = open_layers(stream, sniffed.codecs, self._budget)
                yield read_message(inner, f"{self._name}!/{member.name}", limits)
            elif sniffed.kind is None and not sniffed.damaged:
                self._later.append(PassedOver(f"{self._name}!/{member.name}", sniffed.reason))
            else:
                self._later.append(member if member.lasting else _keep(member, stream, spool))


def _keep(member: Member, stream: ChunkStream, spool: BinaryIO) -> Member:
    """Lay a member aside that is gone when the next one is asked for."""
    start = spool.seek(0, 2)
    with suppress(ArchiveError):  # the container itself ends in the same fault
        _copy(stream, spool)
    stretch = Stretch(spool, start, spool.tell() - start)
    return Member(member.name, lambda: ChunkStream(chunks_of(stretch)), lasting=True)


def _copy(stream: ChunkStream, target: BinaryIO) -> None:
    while block := stream.read(BLOCK_BYTES):
        target.write(block)
