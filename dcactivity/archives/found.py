"""What a search for archives comes back with."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "LEADS_OUT",
    "Archive",
    "Fault",
    "PassedOver",
    "is_within",
    "ledger_name",
    "path_of",
    "printable",
]

LEADS_OUT = "a link that leads out of the source's folder, or nowhere"
_ESCAPED = re.compile(rb"\\x([01][0-9a-f]|7f|[89a-f][0-9a-f])")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Archive:
    """One file or folder that holds messages.

    Attributes
    ----------
    name : str
        POSIX path relative to `root`, as the tables show it.
    path : Path
        Where it lies.
    kind : {"file", "folder"}
        ``folder`` for a Maildir, a git repository, and all the single-message files that
        stand in one folder.
    root : Path
        The source's folder, out of which no link may lead.
    """

    name: str
    path: Path
    kind: Literal["file", "folder"]
    root: Path


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A file, folder or member that is no archive: listed, and no error.

    Attributes
    ----------
    name : str
        As in `Archive`; members of containers are joined by ``!/``.
    reason : str
        Why, in words.
    """

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that should have been read and could not be; the rest was.

    Attributes
    ----------
    name : str
        As in `PassedOver`.
    reason : str
        Why, in words.
    """

    name: str
    reason: str


def ledger_name(path: Path, root: Path) -> str:
    r"""Name a path as the tables do.

    Parameters
    ----------
    path : Path
        A path below `root`, or `root` itself.
    root : Path
        The source's folder.

    Returns
    -------
    str
        POSIX path relative to `root`, ``.`` for `root`. Bytes that are no UTF-8 and control
        characters stand as ``\xNN``, so that the name can be printed and stored.
    """
    above = len(root.parts)
    below = (
        path.parts[above:] if path.parts[:above] == root.parts else path.relative_to(root).parts
    )
    name = "/".join(below) or "."
    # Most names need nothing more, and this is asked for each archive of a source.
    return name if name.isascii() and name.isprintable() else printable(os.fsencode(name))


def printable(name: bytes) -> str:
    """Decode a file's or member's name such that it can be printed and stored.

    Parameters
    ----------
    name : bytes
        UTF-8, or anything.

    Returns
    -------
    str
        Text without lone surrogates and control characters.
    """
    text = name.decode("utf-8", "backslashreplace")
    return _CONTROL.sub(lambda found: "".join(f"\\x{x:02x}" for x in found[0].encode()), text)


def path_of(name: str) -> str:
    r"""Undo what `ledger_name` does to bytes that cannot be printed.

    Parameters
    ----------
    name : str
        A name as the tables show it, or a glob.

    Returns
    -------
    str
        The path as the system knows it; other text comes back as it is.
    """
    return os.fsdecode(_ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), os.fsencode(name)))


def is_within(path: Path, root: Path) -> bool:
    """Tell whether a path, all links followed, lies below a folder.

    Parameters
    ----------
    path : Path
        A path that may be or hold a link.
    root : Path
        A folder.

    Returns
    -------
    bool
        False also for a link that leads nowhere or in a circle.
    """
    try:
        return path.resolve(strict=True).is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        return False
