"""A first ``coalitions.toml`` for a folder of archives, to be completed by a person."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from dcactivity.errors import InputError
from dcactivity.messages.read import opened
from dcactivity.messages.source import REGISTRY_FILE
from dcactivity.messages.store import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from dcactivity.coalitions import Coalition

__all__ = ["draft_registry", "write_draft"]

_HEAD = """\
# Coalitions, their lists, and where the archives lie.
# Made by `dcactivity init` from what lay in this folder: please correct and complete it.
# Lines that begin with # are left out; take the # away to use them.

# [body]
# name = "Your Forum"
# addresses = ["secretariat@your-forum.example"]
"""
_MAILTO = re.compile(r"(?i)mailto:([^@>?\\s]{1,200}@[^@>?\\s]{1,200})")
_LIST_ID = re.compile(r"<([A-Za-z0-9_+-]{1,200})\\.([A-Za-z0-9.-]{1,200})>")


def write_draft(
    folder: Path, *, progress: Callable[[int, int, str], object] | None = None
) -> Path:
    """Write a commented ``coalitions.toml`` for the archives of a folder.

    Parameters
    ----------
    folder : Path
        Where the archives lie.
    progress : callable or None
        As for `dcactivity.messages.ingest.ingest`.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    InputError
        If there is one already, or `folder` is no folder.
    RegistryError
        If no archive is found.
    """
    if not folder.is_dir():
        raise InputError(
            "is no folder", path=folder, hint="name the folder that holds the archives"
        )
    target = folder / REGISTRY_FILE
    if target.exists():
        raise InputError(
            "is there already and is left as it is",
            path=target,
            hint="edit it, or move it away and run init again",
        )
    write_atomically(target, draft_registry(folder, progress=progress))
    return target


def draft_registry(
    folder: Path, *, progress: Callable[[int, int, str], object] | None = None
) -> str:
    """Draft a registry: slugs, archives, list addresses, first and last message.

    Parameters
    ----------
    folder : Path
        Where the archives lie.
    progress : callable or None
        As for `dcactivity.messages.ingest.ingest`.

    Returns
    -------
    str
        TOML with comments.
    """
    with opened(folder, progress=progress) as source:
        messages = source.messages(columns=("date", "list_fields"))
        blocks = [_block(entry, messages, folder) for entry in source.registry.coalitions]
    return "\n".join([_HEAD, *blocks])


def _block(entry: Coalition, messages: pd.DataFrame, folder: Path) -> str:
    mine = messages[messages["coalition"] == entry.slug]
    dates = mine["date"].dropna()
    seen = (
        f"{len(mine)} messages, {dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}"
        if len(dates)
        else f"{len(mine)} messages, none with a date"
    )
    address = _address(mine["list_fields"])
    archives = [name for one in entry.lists for name in one.archives]
    lines = [
        "[[coalition]]",
        f"slug = {_quoted(entry.slug)}",
        f"name = {_quoted(entry.slug)}              # its full name",
        '# aliases = ["..."]                       # earlier and other names',
        "# recognised = 2015-06-01                 # the day on which it was recognised",
        '# page = "https://..."',
        "[[coalition.list]]",
        f"# {seen}",
        f"address = {_quoted(address)}" if address else '# address = "list@lists.example"',
        f"archives = [{', '.join(_quoted(glob) for glob in _globs(archives, folder))}]",
        "# retrieved = 2022-03-31                  # the archives are complete up to this day",
        '# archive_url = "https://..."',
        '# subscribe_url = "https://..."',
    ]
    return "\n".join(lines) + "\n"


def _address(fields: pd.Series) -> str:
    """Find the list's own address: what List-Post names most often, else List-Id."""
    posts: Counter[str] = Counter()
    ids: Counter[str] = Counter()
    for text, count in fields.dropna().value_counts().items():
        found = json.loads(str(text))
        post = _MAILTO.search(found.get("List-Post", ""))
        name = _LIST_ID.search(found.get("List-Id", ""))
        if post:
            posts[post[1].lower()] += int(count)
        if name:
            ids[f"{name[1]}@{name[2]}".lower()] += int(count)
    best = posts.most_common(1) or ids.most_common(1)
    return best[0][0] if best else ""


def _globs(names: list[str], folder: Path) -> list[str]:
    """Name many files of one folder by a pattern, if it matches those and no others."""
    if len(names) <= 3:
        return names
    by_kind: dict[tuple[str, str], list[str]] = {}
    for name in names:
        path = Path(name)
        suffixes = (
            "".join(path.suffixes[-2:]) if path.suffix in {".gz", ".bz2", ".xz"} else path.suffix
        )
        by_kind.setdefault((path.parent.as_posix(), suffixes), []).append(name)
    globs: list[str] = []
    for (parent, suffixes), group in sorted(by_kind.items()):
        glob = f"*{suffixes}" if parent == "." else f"{parent}/*{suffixes}"
        matched = {path.relative_to(folder).as_posix() for path in folder.glob(glob)}
        globs += [glob] if suffixes and matched == set(group) else group
    return globs


def _quoted(text: str) -> str:
    """Write a TOML basic string; JSON's escapes are valid there."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
