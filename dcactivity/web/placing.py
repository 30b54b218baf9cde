"""Where fetched files go: the literal folder of a list's first glob, if its globs match them."""

from __future__ import annotations

import re
from fnmatch import translate
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from dcactivity.archives.found import LEADS_OUT, is_within
from dcactivity.errors import RegistryError
from dcactivity.web.failures import Failure, FetchError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["is_matched", "literal_folder", "require_name"]

_NAME = re.compile(r"(?!\.)[\w.@+=~%-]{1,200}")
_WILD = re.compile(r"[*?\[]")


def literal_folder(root: Path, globs: Sequence[str]) -> Path:
    """Return the folder into which a list's files go.

    Parameters
    ----------
    root : Path
        The registry's folder.
    globs : sequence of str
        The list's ``archives``; the first decides.

    Returns
    -------
    Path
        What stands before the first part with a wildcard; of a glob without any, the folder it
        names, or the folder of the file it names.

    Raises
    ------
    RegistryError
        There is no glob, or it leads out of the registry's folder.

    Examples
    --------
    >>> literal_folder(Path("r"), ["dc-x/old/*.txt.gz"]).as_posix()
    'r/dc-x/old'
    """
    if not globs:
        raise RegistryError(
            "a list has an archive_url and no archives",
            path=root,
            hint='say where its files go, such as archives = ["dc-example/*"]',
        )
    pure = PurePosixPath(globs[0].replace("\\", "/"))
    if pure.is_absolute() or ".." in pure.parts:
        raise RegistryError(
            "a glob names files below the registry's folder: neither absolute nor with '..'",
            path=root,
            position=f"archives = {globs[0]!r}",
        )
    parts = []
    for part in pure.parts:
        if _WILD.search(part):
            break
        parts.append(part)
    folder = root.joinpath(*parts)
    is_whole = len(parts) == len(pure.parts)
    is_folder = globs[0].endswith("/") or folder.is_dir() or not pure.suffix
    if is_whole and not is_folder:
        folder = folder.parent
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if there != root and not is_within(there, root):
        raise RegistryError(f"{folder} is {LEADS_OUT}", path=root)
    return folder


def require_name(name: str, url: str) -> str:
    """Refuse a server's name for a file that could lead elsewhere, or hide it.

    Parameters
    ----------
    name : str
        As the server has it.
    url : str
        Where; named in the error.

    Returns
    -------
    str
        The same.

    Raises
    ------
    FetchError
        It has a slash or a leading dot in it, is empty, or is very long.
    """
    if not _NAME.fullmatch(name):
        raise FetchError(Failure.STATUS, f"no file is called {name[:60]!r} here", url=url)
    return name


def is_matched(path: Path, root: Path, globs: Sequence[str]) -> bool:
    """Tell whether a list's globs name a file, or a folder that it lies in.

    Parameters
    ----------
    path : Path
        A file below `root`, there or not.
    root : Path
        The registry's folder.
    globs : sequence of str
        The list's ``archives``.

    Returns
    -------
    bool
        False: an ingest would not read the file.
    """
    parts = path.relative_to(root).parts
    for glob in globs:
        wanted = PurePosixPath(glob.replace("\\", "/")).parts
        if any(_matches(parts[:length], wanted) for length in range(1, len(parts) + 1)):
            return True
    return False


def _matches(parts: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Follow all places that the parts read so far can have led to, so that none is met twice."""
    places = {0}
    for one in wanted:
        if one == "**":
            places = set(range(min(places), len(parts) + 1))
        else:
            fits = re.compile(translate(one)).match
            places = {
                place + 1
                for place in places
                if place < len(parts) and (parts[place] == one or fits(parts[place]))
            }
        if not places:
            return False
    return len(parts) in places
