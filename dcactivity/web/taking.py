"""One file after the other: fetched, checked, put in its place, and written down."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dcactivity.errors import ArchiveError
from dcactivity.fetched import FetchedFile, FetchedList, Finding
from dcactivity.web.arrivals import (
    Arrival,
    check_arrival,
    keys_of,
    message_ids,
    settle,
    unpack,
)
from dcactivity.web.download import Validators, download
from dcactivity.web.failures import FetchError
from dcactivity.web.gitting import mirror
from dcactivity.web.placing import is_matched, literal_folder, require_name

if TYPE_CHECKING:
    from pathlib import Path

    from dcactivity.registry import MailingList
    from dcactivity.web.client import WebClient
    from dcactivity.web.plans import Wanted

__all__ = ["SETTLED_DAYS", "Taker", "is_settled"]

SETTLED_DAYS = 3
"""A month is closed that many days after its end: hosts keep other zones, and mail is late."""


def is_settled(wanted: Wanted, folder: Path, known: FetchedList, *, full_once: bool) -> bool:
    """Tell whether a file is whole at hand and will not change, so that it need not be asked.

    Parameters
    ----------
    wanted : Wanted
        The file.
    folder : Path
        Where it would lie.
    known : FetchedList
        What was fetched before.
    full_once : bool
        A file that covers everything was fetched once, and that suffices: months follow it.

    Returns
    -------
    bool
        True for a closed month that was fetched after it had closed.
    """
    file = known.files.get(wanted.name)
    if file is None:
        return False
    if file.messages or file.bytes:
        path = folder / wanted.name
        if not path.is_file() or path.stat().st_size != file.bytes:
            return False
    if wanted.end is None:
        return full_once
    closed = dt.datetime.combine(wanted.end, dt.time(), dt.UTC) + dt.timedelta(days=SETTLED_DAYS)
    return dt.datetime.fromisoformat(file.at) >= closed


class Taker:
    """Brings the files of one list.

    Parameters
    ----------
    client : WebClient
        Asks for them.
    root : Path
        The registry's folder.
    entry : MailingList
        The list.
    known : FetchedList
        What was fetched before.

    Attributes
    ----------
    known : FetchedList
        What is known now.
    remarks : list of str
        What a reader of the report should know.
    is_unmatched : bool
        A file arrived that none of the list's globs matches: nobody will read it.
    """

    def __init__(
        self, client: WebClient, root: Path, entry: MailingList, known: FetchedList
    ) -> None:
        self.client = client
        self.root = root
        self.entry = entry
        self.folder = literal_folder(root, entry.archives)
        self.known = known
        self.remarks: list[str] = []
        self.is_unmatched = False

    def take(self, wanted: Wanted) -> bool:
        """Bring one file.

        Parameters
        ----------
        wanted : Wanted
            The file.

        Returns
        -------
        bool
            Whether it is new or changed.

        Raises
        ------
        FetchError
            It could not be had, or is not what it should be; the older one is as it was.
        """
        target = self.folder / require_name(wanted.name, wanted.url)
        self.folder.mkdir(parents=True, exist_ok=True)
        part = self.folder / f".{wanted.name}.part"
        file = self.known.files.get(wanted.name)
        is_there = file is not None and (target.is_file() or not file.bytes)
        former = Validators(file.etag, file.last_modified) if file and is_there else None
        at = self.client.clock.now()
        got = download(self.client, wanted.url, part, known=former)
        if not got.is_new and file is not None:
            self._keep(wanted, replace(file, at=_instant(at)))
            return False
        most = self.client.limits.unpacked_bytes
        try:
            if got.is_packed:
                unpack(part, wanted.url, most_bytes=most)
            arrival = check_arrival(part, wanted.url, most_bytes=most)
        except FetchError:
            part.unlink(missing_ok=True)
            raise
        made = FetchedFile(
            url=wanted.url,
            at=_instant(at),
            bytes=0,
            messages=len(arrival.keys),
            etag=got.validators.etag,
            last_modified=got.validators.last_modified,
        )
        if not len(arrival.keys) and not target.exists():
            part.unlink()  # a month without messages needs no file
            self._keep(wanted, made)
            return False
        kept = settle(part, target, arrival, file.beside if file else (), str(at.date()))
        self._keep(wanted, replace(made, bytes=target.stat().st_size, beside=kept.beside))
        if kept.lost_count:
            self._lost(wanted.name, kept.lost_count, kept.lost)
        self._check_globs(target)
        self._supersede(wanted, arrival)
        return kept.is_new

    def take_git(self, wanted: Wanted) -> bool:
        """Mirror one repository of a public-inbox, or bring what is new in it.

        Parameters
        ----------
        wanted : Wanted
            The repository.

        Returns
        -------
        bool
            Whether something is new.

        Raises
        ------
        FetchError
            It could not be had; the mirror is as it was.
        """
        parts = wanted.url.rstrip("/").rsplit("/", 2)
        epoch = parts[-1].removesuffix(".git")
        if epoch.isdigit():
            inbox = wanted.url.rstrip("/").removesuffix(f"/{parts[-1]}").removesuffix("/git")
            name = require_name(inbox.rsplit("/", 1)[-1], wanted.url)
            base = self.folder if self.folder.name == name else self.folder / name
            target = base / "git" / f"{epoch}.git"
        else:
            target = self.folder / f"{require_name(epoch, wanted.url)}.git"
        at = self.client.clock.now()
        is_new, deleted = mirror(self.client, wanted.url, target)
        count = self._messages(target)
        self._keep(wanted, FetchedFile(wanted.url, _instant(at), 0, count))
        if deleted:
            self._lost(wanted.name, deleted, ())
        self._check_globs(target)
        return is_new

    def note(self, kind: str, file: str, detail: str, ids: tuple[str, ...] = ()) -> None:
        """Write a finding down, once.

        Parameters
        ----------
        kind, file, detail : str
            See `dcactivity.fetched.Finding`.
        ids : tuple of str
            The messages it is about.
        """
        same = (kind, file, detail, ids)
        for one in self.known.findings:
            if (one.kind, one.file, one.detail, one.message_ids) == same:
                return
        day = str(self.client.clock.now().date())
        finding = Finding(day, kind, file, detail, ids)
        self.known = replace(self.known, findings=(*self.known.findings, finding))

    def _keep(self, wanted: Wanted, file: FetchedFile) -> None:
        """Write a file down; what was wrong with fetching it is over."""
        findings = tuple(
            one
            for one in self.known.findings
            if one.file != wanted.name or one.kind in {"lost", "unmatched"}
        )
        files = {**self.known.files, wanted.name: file}
        self.known = replace(self.known, files=files, findings=findings)

    def _lost(self, name: str, count: int, ids: tuple[str, ...]) -> None:
        noun = "message that it held is" if count == 1 else "messages that it held are"
        detail = f"{count} {noun} no longer in the archive; the older file is kept"
        self.note("lost", name, detail, ids)
        self.remarks.append(f"{name}: {detail}")

    def _check_globs(self, target: Path) -> None:
        if is_matched(target, self.root, self.entry.archives):
            return
        name = target.relative_to(self.root).as_posix()
        detail = f"none of the list's archives globs matches {name}: it will not be read"
        self.is_unmatched = True
        self.note("unmatched", target.name, detail)
        self.remarks.append(detail)

    def _supersede(self, wanted: Wanted, arrival: Arrival) -> None:
        """Remove the plain file of a month once its .gz is there and holds all of it."""
        plain = wanted.name.removesuffix(".gz")
        file = self.known.files.get(plain)
        if plain == wanted.name or file is None or not (self.folder / plain).is_file():
            return
        try:
            lost = np.setdiff1d(keys_of(self.folder / plain), arrival.keys)
        except ArchiveError:
            return
        if len(lost):
            self._lost(plain, len(lost), message_ids(self.folder / plain, lost))
            return
        (self.folder / plain).unlink()
        files = {name: one for name, one in self.known.files.items() if name != plain}
        self.known = replace(self.known, files=files)

    def _messages(self, folder: Path) -> int:
        try:
            return len(keys_of(folder))
        except ArchiveError as error:
            self.note("unreadable", folder.name, str(error))
            self.remarks.append(str(error))
            return 0


def _instant(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
