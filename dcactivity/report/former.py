"""What earlier runs wrote to a folder, whether they came to their end or not."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from dcactivity.files import open_plain

__all__ = ["Journal", "former_files", "was_cut_off"]


def former_files(folder: Path, record: str) -> set[str]:
    """List what an earlier run wrote to a folder, as its record there says.

    Parameters
    ----------
    folder : Path
        The folder.
    record : str
        Name of the record, a JSON file with ``files``.

    Returns
    -------
    set of str
        Names within the folder; none where there is no such record.
    """
    try:
        found = json.loads((folder / record).read_text(encoding="utf-8"))
        names = {str(name) for name in found["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    return _within(names)


def was_cut_off(folder: Path) -> bool:
    """Tell whether a report that went to a folder did not come to its end.

    Parameters
    ----------
    folder : Path
        The folder; it need not exist.

    Returns
    -------
    bool
        The next report there replaces or removes what it left.
    """
    return bool(Journal(folder).left)


def _within(names: Iterable[str]) -> set[str]:
    """Take what lies within the folder alone: records are files that anybody can edit."""
    return {
        name
        for name in names
        if name and ".." not in Path(name).parts and not Path(name).is_absolute()
    }


class Journal:
    """The files that a run is about to write, for a later one to know if this one is cut off.

    Parameters
    ----------
    folder : Path
        Where the files go; it exists.

    Attributes
    ----------
    left : set of str
        Names within the folder that runs which were cut off may have left there.
    """

    _NAME = ".unfinished"

    def __init__(self, folder: Path) -> None:
        self._path = folder / self._NAME
        self.left: set[str] = set()
        with contextlib.suppress(OSError, ValueError), self._open("r") as file:
            self.left = _within(file.read().split("\n"))

    def note(self, *names: str) -> None:
        """Write down names before files are written under them."""
        with self._open("a") as file:
            file.writelines(f"{name}\n" for name in names)

    def close(self) -> None:
        """Forget the names: all files are there, and recorded elsewhere."""
        self._path.unlink(missing_ok=True)

    def _open(self, mode: str) -> IO[str]:
        return open(self._path, mode, encoding="utf-8", opener=open_plain)
