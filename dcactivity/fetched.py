"""What a fetch recorded: ``fetched.json``, beside the registry.

It says for each list when its archive was brought and until which day it is therefore
complete, which files came from where, and what was found wrong on the way. Whoever judges
coverage reads it; `dcactivity.web.fetching` writes it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcactivity.checks import is_usual
from dcactivity.errors import InputError
from dcactivity.files import read_plain

if TYPE_CHECKING:
    import pandas as pd

    from dcactivity.registry import Coalition, MailingList, Registry

__all__ = [
    "FILE_NAME",
    "FetchedFile",
    "FetchedList",
    "Finding",
    "fetch_findings",
    "list_name",
    "read_fetched",
    "with_fetched",
    "write_fetched",
]

FILE_NAME = "fetched.json"

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a person should look at.

    Parameters
    ----------
    day : str
        When it was found, ISO 8601.
    kind : str
        ``lost`` (messages that the archive held before are gone from it), ``vanished`` (files
        are), ``missing-month``, ``moved``, ``unmatched``, ``unreadable``, or the kind of a
        failure.
    file : str
        The file's name; empty where it concerns the list.
    detail : str
        In words.
    message_ids : tuple of str
        The messages it is about, at most twenty.
    """

    day: str
    kind: str
    file: str
    detail: str
    message_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FetchedFile:
    """One file of an archive.

    Parameters
    ----------
    url : str
        Where it came from.
    at : str
        The instant at which it was asked for, ISO 8601 in UTC.
    bytes : int
        Its size; 0 for a month without messages, of which no file is kept.
    messages : int
        How many it holds.
    etag, last_modified : str
        By what its server recognises this version.
    beside : tuple of str
        Later versions of it that lack messages which it has, and are kept beside it.
    """

    url: str
    at: str
    bytes: int
    messages: int
    etag: str = ""
    last_modified: str = ""
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FetchedList:
    """What is known of one list's archive.

    Parameters
    ----------
    coalition, list : str
        Whose; the list as `list_name` calls it.
    url : str
        The registry's address for it.
    host : str
        The kind of host.
    fetched : str
        The instant of the last fetch that brought everything, ISO 8601 in UTC; or empty.
    retrieved : str
        The last day, UTC, that ended before that fetch began: the archive is complete up to
        its end; or empty.
    moved_to : str
        Where permanent redirects lead; or empty.
    files : dict of str to FetchedFile
        By name.
    findings : tuple of Finding
        Oldest first.
    """

    coalition: str
    list: str
    url: str = ""
    host: str = ""
    fetched: str = ""
    retrieved: str = ""
    moved_to: str = ""
    files: dict[str, FetchedFile] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def list_name(coalition: Coalition, entry: MailingList) -> str:
    """Return what a list is called where it needs a name.

    Parameters
    ----------
    coalition : Coalition
        Whose list it is.
    entry : MailingList
        The list.

    Returns
    -------
    str
        Its address; else the address of its archive, else the coalition's slug.
    """
    return entry.address or entry.archive_url or coalition.slug


def read_fetched(folder: str | os.PathLike[str]) -> dict[tuple[str, str], FetchedList]:
    """Read ``fetched.json``.

    Parameters
    ----------
    folder : str or path
        The registry's folder.

    Returns
    -------
    dict
        By coalition and list; empty where there is no such file.

    Raises
    ------
    InputError
        The file is damaged, or a later version of this program wrote it.
    """
    path = Path(folder) / FILE_NAME
    try:
        data = json.loads(read_plain(path))
        if data["version"] != _VERSION:
            raise InputError(
                f"is of version {data['version']!r}", path=path, hint="use the program's newest"
            )
        entries = [_entry(one) for one in data["lists"]]
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", path=path) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            "is damaged", path=path, hint="move it away: the next fetch asks for everything"
        ) from error
    return {(entry.coalition, entry.list): entry for entry in entries}


def _entry(data: dict[str, Any]) -> FetchedList:
    files = {
        name: FetchedFile(**{**one, "beside": tuple(one["beside"])})
        for name, one in data["files"].items()
    }
    findings = tuple(
        Finding(**{**one, "message_ids": tuple(one["message_ids"])}) for one in data["findings"]
    )
    if data["retrieved"] and not is_usual(dt.date.fromisoformat(data["retrieved"])):
        raise ValueError(data["retrieved"])
    return FetchedList(**{**data, "files": files, "findings": findings})


def write_fetched(
    folder: str | os.PathLike[str], entries: dict[tuple[str, str], FetchedList]
) -> Path:
    """Write ``fetched.json``, whole or not at all.

    Parameters
    ----------
    folder : str or path
        The registry's folder.
    entries : dict
        As `read_fetched` gives them.

    Returns
    -------
    Path
        The file.
    """
    path = Path(folder) / FILE_NAME
    lists = [asdict(entries[key]) for key in sorted(entries)]
    text = json.dumps({"version": _VERSION, "lists": lists}, indent=1, ensure_ascii=False)
    handle, name = tempfile.mkstemp(prefix=".fetched-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text + "\n")
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return path


def with_fetched(registry: Registry) -> Registry:
    """State until when archives are complete, where a fetch knows it better.

    Parameters
    ----------
    registry : Registry
        As it was read.

    Returns
    -------
    Registry
        The same, with the later of its ``retrieved`` and that of ``fetched.json`` beside it,
        for each list.

    Raises
    ------
    InputError
        ``fetched.json`` is damaged.
    """
    known = read_fetched(registry.root)
    if not known:
        return registry

    def later(coalition: Coalition, entry: MailingList) -> MailingList:
        found = known.get((coalition.slug, list_name(coalition, entry)))
        if found is None or not found.retrieved:
            return entry
        day = dt.date.fromisoformat(found.retrieved)
        return dataclasses.replace(entry, retrieved=max(entry.retrieved or day, day))

    coalitions = tuple(
        dataclasses.replace(one, lists=tuple(later(one, entry) for entry in one.lists))
        for one in registry.coalitions
    )
    return dataclasses.replace(registry, coalitions=coalitions)


def fetch_findings(folder: str | os.PathLike[str]) -> pd.DataFrame:
    """List what fetches found wrong.

    Parameters
    ----------
    folder : str or path
        The registry's folder.

    Returns
    -------
    DataFrame
        ``coalition, list, day, kind, file, detail, message_ids`` (all str; ids separated by
        blanks), sorted by coalition, list and day.

    Raises
    ------
    InputError
        ``fetched.json`` is damaged.
    """
    import pandas as pd

    rows = [
        (one.coalition, one.list, x.day, x.kind, x.file, x.detail, " ".join(x.message_ids))
        for _, one in sorted(read_fetched(folder).items())
        for x in sorted(one.findings, key=lambda finding: finding.day)
    ]
    names = ["coalition", "list", "day", "kind", "file", "detail", "message_ids"]
    return pd.DataFrame(rows, columns=names, dtype="str")
