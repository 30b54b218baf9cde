"""Files put in their place as a whole, whatever lies there already."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["open_plain", "put_file"]


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
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    try:
        with unfinished.open("xb") as file:
            file.write(data)
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
