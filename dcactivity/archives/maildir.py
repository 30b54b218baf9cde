"""Maildir: one file for each message, in ``cur`` and ``new``; Maildir++ folders within."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from dcactivity.archives.eml import folder_files, read_message_file
from dcactivity.archives.formats import recognise
from dcactivity.archives.found import PassedOver, is_within, ledger_name
from dcactivity.archives.records import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dcactivity.archives.limits import Limits
    from dcactivity.archives.records import Quarantined, RawMessage

__all__ = ["is_maildir", "maildir_files", "maildir_folders", "maildir_parts"]


def is_maildir(folder: Path) -> bool:
    """Tell whether a folder is a Maildir.

    Parameters
    ----------
    folder : Path
        A folder.

    Returns
    -------
    bool
        True where ``cur`` stands in it beside ``new`` or ``tmp``: what copies a Maildir often
        leaves out the folders that are empty.
    """
    return (folder / "cur").is_dir() and ((folder / "new").is_dir() or (folder / "tmp").is_dir())


def maildir_folders(folder: Path, root: Path) -> Iterator[Path]:
    """List a Maildir and the Maildir++ folders in it.

    Parameters
    ----------
    folder : Path
        The Maildir.
    root : Path
        The source's folder.

    Yields
    ------
    Path
        The Maildir itself, then its ``.Name`` folders by name.
    """
    yield folder
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") and is_within(path, root) and (path / "cur").is_dir():
            yield path


def maildir_files(
    folder: Path, root: Path, passed: list[PassedOver] | None = None
) -> Iterator[Path]:
    """List the messages of one Maildir folder.

    Parameters
    ----------
    folder : Path
        The folder that holds ``cur``.
    root : Path
        The source's folder.
    passed : list of PassedOver, optional
        Takes what is left out.

    Yields
    ------
    Path
        Files of ``cur``, then of ``new``, by name. ``tmp`` holds nothing that was delivered.
    """
    for name in ("cur", "new"):
        if (folder / name).is_dir() and is_within(folder / name, root):
            yield from folder_files(folder / name, root, passed)


def maildir_parts(folder: Path, root: Path, limits: Limits) -> Iterator[Part | PassedOver]:
    """Read a Maildir.

    Parameters
    ----------
    folder : Path
        The Maildir.
    root : Path
        The source's folder.
    limits : Limits
        Largest message.

    Yields
    ------
    Part or PassedOver
        One part for the Maildir and for each Maildir++ folder.
    """
    for sub in maildir_folders(folder, root):
        passed: list[PassedOver] = []
        messages = _messages(sub, root, limits, passed)
        yield Part(ledger_name(sub, root), "maildir", messages=messages)
        for _ in messages:
            pass
        yield from passed


def _messages(
    folder: Path, root: Path, limits: Limits, passed: list[PassedOver]
) -> Iterator[RawMessage | Quarantined]:
    for path in maildir_files(folder, root, passed):
        yield read_message_file(path, ledger_name(path, root), limits, _codecs(path))


def _codecs(path: Path) -> tuple[str, ...]:
    """Tell the compression: Dovecot's zlib plugin keeps compressed messages in a Maildir."""
    try:
        with path.open("rb", buffering=0) as file:
            head = os.read(file.fileno(), 512)
    except OSError:
        return ()
    kind = recognise(head)
    return (kind,) if kind in {"gz", "bz2", "xz", "zst"} else ()
