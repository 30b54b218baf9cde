"""Formats that keep each message in a file of its own: MH, folders of .eml, Sympa."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from dcactivity.archives.found import LEADS_OUT, PassedOver, is_within, ledger_name
from dcactivity.archives.limits import Budget, LimitError, Limits
from dcactivity.archives.records import Quarantined, RawMessage
from dcactivity.archives.streams import ChunkStream, Sniffed, open_layers, sniff
from dcactivity.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = [
    "folder_files",
    "message_files",
    "message_format",
    "read_folder",
    "read_message",
    "read_message_file",
    "sniff_file",
]

_MONTH_FOLDER = re.compile(r"(?:^|[/_-])(?:19|20)\d\d-(?:0[1-9]|1[0-2])(?:/arctxt)?/\d+$")
_MAILDIR_NAME = re.compile(r"(?:^|/)(?:cur|new)/(?:\d+\.[^/]*|[^/]+:2,[A-Za-z]*)$")


def message_format(path: str) -> str:
    """Name the format of a file-per-message archive by where one of its messages lies.

    Parameters
    ----------
    path : str
        Path of a message, POSIX, as far as it is known.

    Returns
    -------
    str
        ``maildir``, ``sympa`` (a number in a folder named by month), ``mh`` (a number
        elsewhere) or ``eml``.
    """
    if _MAILDIR_NAME.search(path):
        return "maildir"
    if _MONTH_FOLDER.search(path):
        return "sympa"
    return "mh" if PurePosixPath(path).name.isdecimal() else "eml"


def folder_files(
    folder: Path, root: Path, passed: list[PassedOver] | None = None
) -> Iterator[Path]:
    """List the regular files that stand in a folder, by name.

    Parameters
    ----------
    folder : Path
        Where to look; folders in it are not entered.
    root : Path
        The source's folder: links out of it are not followed.
    passed : list of PassedOver, optional
        Takes what is left out, and why. Nothing of it is ever opened.

    Yields
    ------
    Path
        In the order of the names.
    """
    with os.scandir(folder) as scan:
        entries = sorted(scan, key=lambda entry: entry.name)
    for entry in entries:
        path = Path(entry.path)
        reason = ""
        if entry.name.startswith("."):
            reason = "" if entry.is_dir(follow_symlinks=False) else "hidden file"
        elif entry.is_symlink() and not is_within(path, root):
            reason = LEADS_OUT
        elif not entry.is_file():
            reason = "" if entry.is_dir() else "no regular file"
        else:
            yield path
        if reason and passed is not None:
            passed.append(PassedOver(ledger_name(path, root), reason))


def sniff_file(path: Path, *, depth: int) -> Sniffed:
    """Tell what a file on disk is.

    Parameters
    ----------
    path : Path
        A regular file.
    depth : int
        Most layers of compression to look through.

    Returns
    -------
    Sniffed
        Marked as damaged where the system does not let it be read.
    """
    try:
        with path.open("rb", buffering=0) as file:
            return sniff(
                lambda size: os.pread(file.fileno(), size, 0), name=path.name, depth=depth
            )
    except OSError as error:
        return Sniffed(None, (), f"cannot be read: {error.strerror or error}", damaged=True)


def message_files(
    folder: Path, root: Path, limits: Limits, passed: list[PassedOver] | None = None
) -> Iterator[tuple[Path, Sniffed]]:
    """List the files in a folder that are one message each.

    Parameters
    ----------
    folder : Path
        Where to look; folders in it are not entered.
    root : Path
        The source's folder.
    limits : Limits
        For the depth of compression.
    passed : list of PassedOver, optional
        Takes what can never be read.

    Yields
    ------
    tuple of Path and Sniffed
        The file and its compression, in the order of the names.
    """
    for path in folder_files(folder, root, passed):
        sniffed = sniff_file(path, depth=limits.depth)
        if sniffed.kind == "message":
            yield path, sniffed


def read_message_file(
    path: Path, member: str, limits: Limits, codecs: tuple[str, ...] = ()
) -> RawMessage | Quarantined:
    """Read a file that is one message.

    Parameters
    ----------
    path : Path
        The file.
    member : str
        Its name in the ledger.
    limits : Limits
        Largest message.
    codecs : tuple of str, optional
        Compressions around it, outermost first.

    Returns
    -------
    RawMessage or Quarantined
        Quarantined where it is empty, too large or cannot be read.
    """
    try:
        with path.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            if codecs:
                stream = open_layers(file, codecs, Budget(limits, size))
                return read_message(stream, member, limits)
            if size > limits.message_bytes:
                return _too_large(member, limits)
            return _message(member, file.readall())
    except OSError as error:
        return Quarantined(member, 0, f"cannot be read: {error.strerror or error}")
    except LimitError as error:
        return Quarantined(member, 0, error.message)


def read_message(stream: ChunkStream, member: str, limits: Limits) -> RawMessage | Quarantined:
    """Read a stream that is one message.

    Parameters
    ----------
    stream : ChunkStream
        The message.
    member : str
        Its name in the ledger.
    limits : Limits
        Largest message.

    Returns
    -------
    RawMessage or Quarantined
        Quarantined where it is empty, too large or damaged.

    Raises
    ------
    LimitError
        Where the archive as a whole may not be read on.
    """
    parts: list[bytes] = []
    left = limits.message_bytes
    try:
        while left >= 0 and (part := stream.read(min(left + 1, io.DEFAULT_BUFFER_SIZE * 32))):
            parts.append(part)
            left -= len(part)
    except LimitError:
        raise
    except ArchiveError as error:
        return Quarantined(member, 0, error.message)
    if left < 0:
        return _too_large(member, limits)
    return _message(member, b"".join(parts))


def read_folder(
    paths: Iterable[tuple[Path, Sniffed]], root: Path, limits: Limits
) -> Iterator[RawMessage | Quarantined]:
    """Read the files of a folder one by one.

    Parameters
    ----------
    paths : iterable of tuple of Path and Sniffed
        What `message_files` gives.
    root : Path
        The source's folder.
    limits : Limits
        Largest message.

    Yields
    ------
    RawMessage or Quarantined
        One for each file.
    """
    for path, sniffed in paths:
        yield read_message_file(path, ledger_name(path, root), limits, sniffed.codecs)


def _message(member: str, data: bytes) -> RawMessage | Quarantined:
    if not data.strip():
        return Quarantined(member, 0, "empty file")
    return RawMessage(member, 0, data)


def _too_large(member: str, limits: Limits) -> Quarantined:
    return Quarantined(member, 0, f"a message of more than {limits.message_bytes:,} bytes")
