"""Where paths lead, asked of the system once for each."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["RealPaths"]

_LEADS_NOWHERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}


class RealPaths:
    """Follow links: those that lead to a folder once for all that is in it.

    The system is asked once for each path, however often a search comes back to it.
    """

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}
        self._found: dict[str, tuple[bool, os.stat_result | None]] = {}

    def is_link(self, path: Path) -> bool:
        """Tell whether a path itself is a link."""
        return self._look(path)[0]

    def status(self, path: Path) -> os.stat_result | None:
        """Look at what a path leads to; None where that is nothing."""
        return self._look(path)[1]

    def _look(self, path: Path) -> tuple[bool, os.stat_result | None]:
        text = os.fspath(path)
        if text not in self._found:
            status = _unless_missing(os.lstat, text)
            is_link = status is not None and stat.S_ISLNK(status.st_mode)
            if is_link:
                status = _unless_missing(os.stat, text)
            self._found[text] = is_link, status
        return self._found[text]

    def of(self, path: Path) -> str:
        """Give a path without links."""
        folder, name = os.path.split(path)
        if name in {"", ".", ".."} or self.is_link(path):
            return os.path.realpath(path)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return os.path.join(self._folders[folder], name)  # noqa: PTH118 (a Path takes longer)


def _unless_missing(look: Callable[[str], os.stat_result], path: str) -> os.stat_result | None:
    try:
        return look(path)
    except OSError as error:
        if error.errno not in _LEADS_NOWHERE:
            raise
        return None
