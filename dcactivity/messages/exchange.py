"""Put a folder in the place of another, in one step where the system has one."""

from __future__ import annotations

import ctypes
import os
import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["put_in_place"]


def put_in_place(staged: Path, folder: Path, past: Path) -> None:
    """Let a folder take the place of another, which goes.

    Parameters
    ----------
    staged : Path
        The new one.
    folder : Path
        The place, where there may be one or none.
    past : Path
        Where the old one may stand in between.

    Raises
    ------
    OSError
        If neither could be done.
    """
    if not _moved(staged, folder):
        _exchange(staged, folder, past)
        shutil.rmtree(staged, ignore_errors=True)


_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def _moved(staged: Path, folder: Path) -> bool:
    """Put a folder where none is; False where there is one, or where one came in between."""
    if folder.exists():
        return False
    try:
        staged.rename(folder)
    except OSError:
        if not folder.exists():
            raise
        return False
    return True


def _exchange(first: Path, second: Path, past: Path) -> None:
    """Exchange two folders: by one system call where there is one, else by two renames."""
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    if renameat2 is not None:
        names = os.fsencode(first), os.fsencode(second)
        if renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0:
            return
    # Between these two steps the folder is missing; `prepare` puts it back.
    shutil.rmtree(past, ignore_errors=True)
    second.rename(past)
    first.rename(second)
    past.rename(first)
