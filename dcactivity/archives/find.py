"""Which archives lie under a path, told by their content and never by name alone."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from dcactivity.archives.eml import folder_files, message_files, sniff_file
from dcactivity.archives.found import (
    LEADS_OUT,
    Archive,
    Fault,
    PassedOver,
    is_within,
    ledger_name,
    path_of,
)
from dcactivity.archives.limits import DEFAULT_LIMITS
from dcactivity.archives.maildir import is_maildir, maildir_files, maildir_folders
from dcactivity.archives.opening import holds_archive
from dcactivity.archives.publicinbox import is_git_folder
from dcactivity.archives.real_paths import RealPaths
from dcactivity.errors import ArchiveError, RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = [
    "Archive",
    "Fault",
    "PassedOver",
    "content_digest",
    "expand_globs",
    "find_archives",
    "signature",
]

_NOTHING_KNOWN: Mapping[str, str] = MappingProxyType({})


def find_archives(
    folder: Path, *, root: Path, known: Mapping[str, str] = _NOTHING_KNOWN
) -> tuple[list[Archive], list[PassedOver]]:
    """Find the archives in a folder and all folders below it.

    Parameters
    ----------
    folder : Path
        A folder, or one file.
    root : Path
        The source's folder, which is `folder` or lies above it: names are relative to it, and
        links out of it are not followed.
    known : mapping
        From names of archives to their `signature`, when they were recognised before: such a
        file is not opened.

    Returns
    -------
    archives : list of Archive
        Sorted by name. The single messages that stand in one folder are one archive; so are a
        Maildir and a git repository.
    passed_over : list of PassedOver
        Everything else with the reason, sorted by name.

    Raises
    ------
    ArchiveError
        Where the folder cannot be read.
    """
    search = _Search(root, known)
    search.visit(folder)
    return search.result()


def expand_globs(
    root: Path, globs: Sequence[str], *, known: Mapping[str, str] = _NOTHING_KNOWN
) -> tuple[list[Archive], list[PassedOver], list[str]]:
    """Find the archives that a registry names.

    Parameters
    ----------
    root : Path
        The registry's folder.
    globs : sequence of str
        Files, folders or patterns relative to `root`; ``**`` stands for any folders.
    known : mapping
        As `find_archives` takes it.

    Returns
    -------
    archives : list of Archive
        Sorted by name; what two globs match is one archive.
    passed_over : list of PassedOver
        What was matched, or lies in a folder that was, and is no archive.
    unmatched : list of str
        Globs that nothing matches.

    Raises
    ------
    RegistryError
        Where a glob is absolute, has ``..`` in it, is no pattern, or matches a link that leads
        out of `root`.
    ArchiveError
        Where a folder cannot be read.
    """
    search = _Search(root, known)
    unmatched = []
    for glob in globs:
        paths = _matches(root, glob)
        if not paths:
            unmatched.append(glob)
        for path in paths:
            if not search.holds(path):
                raise RegistryError(
                    f"{ledger_name(path, root)} is {LEADS_OUT}",
                    path=root,
                    position=f"archives = {glob!r}",
                )
            search.visit(path)
    return (*search.result(), unmatched)


def _matches(root: Path, glob: str) -> list[Path]:
    pure = PurePosixPath(glob.replace("\\", "/"))
    drive = len(glob) > 2 and glob[1:3] in {":\\", ":/"}
    if not glob.strip() or "\x00" in glob or pure.is_absolute() or drive or ".." in pure.parts:
        raise RegistryError(
            "a glob names files below the registry's folder: neither absolute nor with '..'",
            path=root,
            position=f"archives = {glob!r}",
        )
    for literal in (root / glob, root / path_of(glob)):
        if os.path.lexists(literal):
            return [literal]
    try:
        found = sorted(root.glob(glob))
    except (ValueError, NotImplementedError) as error:
        raise RegistryError(str(error), path=root, position=f"archives = {glob!r}") from error
    is_hidden_meant = any(part.startswith(".") for part in pure.parts)
    return [
        path
        for path in found
        if is_hidden_meant
        or not any(part.startswith(".") for part in path.parts[len(root.parts) :])
    ]


class _Search:
    """What was found so far: nothing is found twice, whatever way leads to it."""

    def __init__(self, root: Path, known: Mapping[str, str]) -> None:
        self._root = root
        self._known = known
        self._real = RealPaths()
        self._archives: dict[tuple[str, str], Archive] = {}
        self._passed: dict[str, PassedOver] = {}
        self._seen: set[Path] = set()

    def result(self) -> tuple[list[Archive], list[PassedOver]]:
        folders = {archive.path for archive in self._archives.values() if archive.kind == "folder"}
        archives = [
            archive
            for archive in self._archives.values()
            if not folders
            or not any(_is_part(archive, parent) for parent in folders & {*archive.path.parents})
        ]
        return (
            sorted(archives, key=lambda archive: archive.name),
            sorted(self._passed.values(), key=lambda passed: passed.name),
        )

    def holds(self, path: Path) -> bool:
        """Tell whether a path, all links followed, lies below the root."""
        try:
            if self._real.is_link(path):
                return is_within(path, self._root)
            real, root = self._real.of(path), self._real.of(self._root).rstrip(os.sep)
            is_below = real == root or real.startswith(root + os.sep)
            return is_below and self._real.status(path) is not None
        except OSError:
            return False

    def visit(self, path: Path) -> None:
        """Look at a file or a folder that was named."""
        try:
            status = self._real.status(path)
            if status is not None and stat.S_ISDIR(status.st_mode):
                self._folder(path)
            elif status is not None and stat.S_ISREG(status.st_mode):
                if self._file(path):
                    self._add(path, "file")
            else:
                self._pass(path, "no regular file")
        except OSError as error:
            reason = f"cannot be read: {error.strerror or error}"
            raise ArchiveError(reason, path=ledger_name(path, self._root)) from error

    def _add(self, path: Path, kind: Literal["file", "folder"]) -> None:
        archive = Archive(ledger_name(path, self._root), path, kind, self._root)
        key = (self._real.of(path), kind)
        # Of a file and links to it, the file gives the name.
        if key not in self._archives or not self._real.is_link(path):
            self._archives[key] = archive

    def _pass(self, path: Path, reason: str) -> None:
        name = ledger_name(path, self._root)
        self._passed.setdefault(name, PassedOver(name, reason))

    def _folder(self, folder: Path) -> None:
        real = folder.resolve()
        if real in self._seen:
            return
        self._seen.add(real)
        if is_maildir(folder):
            self._add(folder, "folder")
            for path in self._files(folder):
                self._pass(path, "belongs to the Maildir's software")
            self._below(folder, leave_out=("cur", "new", "tmp"))
        elif is_git_folder(folder):
            self._add(folder, "folder")
        else:
            singles = [path for path in self._files(folder) if self._file(path)]
            if singles:
                self._add(folder, "folder")
            self._below(folder)

    def _files(self, folder: Path) -> list[Path]:
        passed: list[PassedOver] = []
        paths = list(folder_files(folder, self._root, passed))
        self._passed.update((item.name, item) for item in passed)
        return paths

    def _below(self, folder: Path, leave_out: tuple[str, ...] = ()) -> None:
        for path in sorted(folder.iterdir()):
            if not path.is_dir() or path.name in leave_out:
                continue
            if path.name.startswith("."):
                if not (leave_out and (path / "cur").is_dir()):
                    self._pass(path, "hidden folder")
            elif not is_within(path, self._root):
                self._pass(path, LEADS_OUT)
            else:
                self._folder(path)

    def _file(self, path: Path) -> bool:
        """Sort a file in; true where it is a single message, which its folder speaks for."""
        if self._known:
            status, stamp = self._real.status(path), self._known.get(ledger_name(path, self._root))
            if status is not None and stamp == _stamp_of(status):
                self._add(path, "file")
                return False
        sniffed = sniff_file(path, depth=DEFAULT_LIMITS.depth)
        if sniffed.kind == "message":
            return True
        if sniffed.kind is None and not sniffed.damaged:
            self._pass(path, sniffed.reason)
        elif sniffed.kind in {"zip", "tar"} and not holds_archive(
            Archive(ledger_name(path, self._root), path, "file", self._root)
        ):
            self._pass(path, f"a {sniffed.kind} in which no archive was found")
        else:
            self._add(path, "file")
        return False


def _is_part(archive: Archive, folder: Path) -> bool:
    """Tell whether what a glob names alone is read with a folder that another one names."""
    if is_maildir(folder):
        return archive.path.relative_to(folder).parts[0] in {"cur", "new", "tmp"}
    if is_git_folder(folder):
        return True
    is_beside = archive.kind == "file" and archive.path.parent == folder
    return is_beside and sniff_file(archive.path, depth=DEFAULT_LIMITS.depth).kind == "message"


def signature(archive: Archive) -> str:
    """Return what stays the same as long as nobody writes to an archive.

    Parameters
    ----------
    archive : Archive
        A file or folder.

    Returns
    -------
    str
        Size, modification time (nanoseconds) and inode, and for a folder a digest of those of
        all its files with their names. Nothing is read.

    Raises
    ------
    ArchiveError
        Where it is gone.
    """
    try:
        if archive.kind == "file":
            return _stamp(archive.path)
        digest = hashlib.sha256()
        for path in _contents(archive, is_sniffed=False):
            line = f"{ledger_name(path, archive.path)}\x00{_stamp(path)}\n"
            digest.update(line.encode("utf-8", "surrogateescape"))
        return digest.hexdigest()
    except OSError as error:
        raise _gone(archive, error) from error


def content_digest(archive: Archive) -> str:
    """Return the SHA-256 of an archive's bytes.

    Parameters
    ----------
    archive : Archive
        A file or folder.

    Returns
    -------
    str
        Hexadecimal; for a folder over the names and contents of the files that it consists of.

    Raises
    ------
    ArchiveError
        Where it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        if archive.kind == "file":
            with archive.path.open("rb", buffering=0) as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        for path in _contents(archive, is_sniffed=True):
            with path.open("rb", buffering=0) as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            line = f"{ledger_name(path, archive.path)}\x00{content}\n"
            digest.update(line.encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise _gone(archive, error) from error
    return digest.hexdigest()


def _stamp(path: Path) -> str:
    return _stamp_of(path.stat())


def _stamp_of(status: os.stat_result) -> str:
    return f"{status.st_size}-{status.st_mtime_ns}-{status.st_ino}"


def _gone(archive: Archive, error: OSError) -> ArchiveError:
    return ArchiveError(f"cannot be read: {error.strerror or error}", path=archive.name)


def _contents(archive: Archive, *, is_sniffed: bool) -> Iterable[Path]:
    folder, root = archive.path, archive.root
    if is_maildir(folder):
        return [path for sub in maildir_folders(folder, root) for path in maildir_files(sub, root)]
    if is_git_folder(folder):
        return sorted(path for path in folder.rglob("*") if path.is_file())
    if is_sniffed:
        return [path for path, _ in message_files(folder, root, DEFAULT_LIMITS)]
    return folder_files(folder, root)
