"""Files put in their place as a whole, whatever lies there already."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from dcactivity.errors import InputError

__all__ = ["make_folder", "open_plain", "put_file", "read_plain", "unfinished_file"]


def make_folder(folder: Path, *, purpose: str, inner: Collection[str] = ()) -> None:
    """Make the folder that files go to, unless it is there.

    Parameters
    ----------
    folder : Path
        The folder; it may be a link, for whoever runs the program names it.
    purpose : str
        What it is for, as in "the report".
    inner : collection of str
        Folders that are made within it later. None of them may be a link, which somebody else
        may have laid there to have files put elsewhere.

    Raises
    ------
    InputError
        `folder` is a file, or a folder within it is a link.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError("is a file", path=folder, hint=f"name a folder for {purpose}")
    folder.mkdir(parents=True, exist_ok=True)
    for name in inner:
        if (folder / name).is_symlink():
            raise InputError(
                "is a link, and the files would go where it leads",
                path=folder / name,
                hint=f"remove the link, or name another folder for {purpose}",
            )


def put_file(path: Path, data: bytes) -> None:
    """Replace a file in one step.

    A link at `path` is replaced and never followed, and so is one that somebody who may write
    to the folder laid where the unfinished file goes.

    Parameters
    ----------
    path : Path
        Where it goes; the folder exists.
    data : bytes
        What it holds.

    Raises
    ------
    OSError
        It cannot be written; what was there before still is.
    """
    with unfinished_file(path) as unfinished:
        unfinished.write_bytes(data)


@contextlib.contextmanager
def unfinished_file(path: Path) -> Iterator[Path]:
    """Give a file to be written, which takes its place when all is well.

    Parameters
    ----------
    path : Path
        Where it goes in the end; the folder exists. A link there is replaced.

    Yields
    ------
    Path
        An empty file beside it, made anew: no link that was laid under its name is followed.

    Raises
    ------
    OSError
        It cannot be written; what was there before still is.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    try:
        unfinished.open("xb").close()
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def open_plain(path: str, flags: int) -> int:
    """Open a file, but not what a link in its place leads to: an opener for `open`.

    Parameters
    ----------
    path : str
        The file.
    flags : int
        As `os.open` takes them.

    Returns
    -------
    int
        A file descriptor.

    Raises
    ------
    OSError
        It is a link, or cannot be opened.
    """
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o666)


def read_plain(path: Path) -> bytes:
    """Read a file, but no pipe and no device, which may have no end.

    Parameters
    ----------
    path : Path
        The file, or a link to one.

    Returns
    -------
    bytes
        What it holds.

    Raises
    ------
    OSError
        It is none, or cannot be read.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "is no plain file", str(path))
    return path.read_bytes()
