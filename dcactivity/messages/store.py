"""The store: one folder a coalition, swapped as a whole.

::

    STORE/
      store.json                        version of the layout, the source, the registry
      forgotten.json                    digests of who asked to be forgotten, where anybody did
      lock                              held while an ingest runs
      staging/                          what an ingest is about to exchange, or to throw away
      messages/coalition=<slug>/
        part-*.parquet                  the message table
        _index-*.arrow                  keys and date candidates of the messages, copies included
        _manifest.json                  which archives were read, and what came of it
      quarantine/<slug>.csv             what could not be read: archive, offset, reason

A commit prepares the coalition's next folder under ``staging``, with hard links to the parts
that stay, and exchanges the two in one step. Whoever reads sees it before or after, never
between, and a killed ingest leaves at most a folder that the next one clears away.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import secrets
import shutil
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcactivity.errors import StoreError
from dcactivity.files import open_plain, put_file
from dcactivity.messages.exchange import put_in_place
from dcactivity.messages.layout import SCHEMA_VERSION

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Container, Iterator

__all__ = ["Manifest", "Store", "write_atomically"]

_MARK = "store.json"
_NAMED = 3  # coalitions, in a sentence
_LOCK = "lock"
_HOLDER = re.compile(r"(?:process \d+ on \S*)?")
_MANIFEST = "_manifest.json"


@dataclass(slots=True)
class Manifest:
    """What one coalition's folder holds.

    Attributes
    ----------
    archives : list of dict
        One for each archive on disk: ``name, list, signature, digest, blocks, tail``, the
        ledger's rows under ``parts``, the ``fault`` met, if any, and what was ``quarantined``
        (archive, offset, reason) and ``passed_over`` (name, reason) in it.
    parts : list of dict
        The Parquet files: ``number, rows``.
    passed_over : list of [name, reason]
        What lies beside the archives and is none.
    coverage : dict
        From lists to the day up to which their archives were stated to be complete.
    serial : int
        Number of the last part written.
    schema : int
        Version of the layout.
    grounds : dict
        From lists to what the dates of their messages rest on, see
        `dcactivity.messages.grounds`.
    forgotten : int
        Generation of the list of the forgotten that the folder follows.
    """

    archives: list[dict[str, Any]] = field(default_factory=list)
    parts: list[dict[str, Any]] = field(default_factory=list)
    passed_over: list[list[str]] = field(default_factory=list)
    coverage: dict[str, str | None] = field(default_factory=dict)
    serial: int = 0
    schema: int = SCHEMA_VERSION
    grounds: dict[str, dict[str, Any]] = field(default_factory=dict)
    forgotten: int = 0

    def ledger(self) -> list[dict[str, Any]]:
        """List the rows of the archives table."""
        return [row for archive in self.archives for row in archive["parts"]]

    def quarantined(self) -> list[tuple[str, int, str]]:
        """List what could not be read: archive, offset, reason."""
        return [tuple(item) for archive in self.archives for item in archive["quarantined"]]


@dataclass(frozen=True, slots=True)
class Store:
    """A folder that holds the message table of all coalitions.

    Parameters
    ----------
    path : Path
        The folder.
    """

    path: Path

    @staticmethod
    def is_store(path: Path) -> bool:
        """Tell whether a folder is a store."""
        return (path / _MARK).is_file()

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open a store for reading.

        Raises
        ------
        StoreError
            If it is none, or of a version that this program does not read.
        """
        store = cls(path)
        version = store.description().get("schema")
        if version != SCHEMA_VERSION:
            raise _version_error(path, version)
        return store

    def description(self) -> dict[str, Any]:
        """Read ``store.json``."""
        mark = self.path / _MARK
        try:
            found = json.loads(mark.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise StoreError(
                "is no store",
                path=self.path,
                hint="make one with: dcactivity ingest SOURCE --store DIR",
            ) from None
        except (OSError, ValueError) as error:
            raise StoreError(f"cannot be read ({error})", path=mark) from error
        if not isinstance(found, dict):
            raise StoreError("is not what an ingest writes", path=mark)
        return found

    def claim(self) -> None:
        """Make the folder, unless something else lies there; nothing in it is touched.

        Raises
        ------
        StoreError
            If there is a file, or a folder that holds something else.
        """
        try:
            # it holds names and addresses: the owner and the group, never others
            self.path.mkdir(mode=0o770, parents=True, exist_ok=True)
            strange = sorted(p.name for p in self.path.iterdir() if not self._is_own(p))
        except (FileExistsError, NotADirectoryError):
            raise StoreError("is a file", path=self.path, hint="name a folder") from None
        except OSError as error:
            raise StoreError(f"cannot be used ({error.strerror})", path=self.path) from error
        if strange and not self.is_store(self.path):
            raise StoreError(
                f"is no store and holds other files ({strange[0]})",
                path=self.path,
                hint="name an empty folder",
            )

    @staticmethod
    def _is_own(path: Path) -> bool:
        """Tell what an ingest writes before `store.json` stands: nothing else is overwritten."""
        if path.name == _LOCK and path.is_file() and path.stat().st_size < 1000:
            return (
                _HOLDER.fullmatch(path.read_text(encoding="utf-8", errors="replace")) is not None
            )
        return path.name == "forgotten.json" or path.name.startswith(f".{_MARK}.")

    def prepare(self) -> list[str]:
        """Make a claimed and locked folder ready for an ingest.

        What a killed ingest left is cleared away, an exchange that it had begun is finished.

        Returns
        -------
        list of str
            What a person should know: that a store of an older version was cleared, to be built
            anew, and that an earlier ingest was cut off.

        Raises
        ------
        StoreError
            If it is a store of a newer version.
        """
        version = self.description().get("schema") if self.is_store(self.path) else SCHEMA_VERSION
        if isinstance(version, int) and version > SCHEMA_VERSION:
            raise _version_error(self.path, version)
        is_older = version != SCHEMA_VERSION
        if is_older:
            shutil.rmtree(self.path / "messages", ignore_errors=True)
            shutil.rmtree(self.path / "quarantine", ignore_errors=True)
            shutil.rmtree(self.coordination.path, ignore_errors=True)
        notes = ["the store was of an older layout and was built anew"] if is_older else []
        if cut := self.recover() | self.coordination.recover():
            names = ", ".join(sorted(cut)[:_NAMED]) + (" and others" if len(cut) > _NAMED else "")
            notes.append(
                f"an earlier ingest was cut off while it wrote {names}: nothing is lost, and what "
                "it had not finished was done now"
            )
        return notes

    def recover(self) -> set[str]:
        """Clear away what a killed ingest left, and finish an exchange that it had begun.

        Returns
        -------
        set of str
            The coalitions that it was at.
        """
        cut: set[str] = set()
        for left in sorted(self._staging.iterdir()) if self._staging.is_dir() else []:
            kind, _, slug = left.name.partition("-")
            cut.add(slug.rpartition("-")[0] if kind == "next" else slug)
            if kind == "past" and not self.folder(slug).exists():
                left.rename(self.folder(slug))
        shutil.rmtree(self._staging, ignore_errors=True)
        for left in (*self.path.glob(f".{_MARK}.*"), *self.path.glob("quarantine/.*.csv.*")):
            left.unlink(missing_ok=True)
        return cut

    def describe(
        self, source: Path, registry: dict[str, Any], *, retrieved: dt.date | None = None
    ) -> None:
        """Write ``store.json``: where the archives came from, and what was stated of them.

        Parameters
        ----------
        source : Path
            The folder that names of archives are relative to.
        registry : dict
            The registry they came with.
        retrieved : date or None
            The day up to which lists are complete of which the registry states none.
        """
        found = {
            "schema": SCHEMA_VERSION,
            "source": os.fsencode(source).decode("utf-8", "surrogateescape"),
            "registry": registry,
            "retrieved": None if retrieved is None else retrieved.isoformat(),
        }
        text = json.dumps(found, indent=1, sort_keys=True)
        if not self.is_store(self.path) or (self.path / _MARK).read_text("utf-8") != text:
            write_atomically(self.path / _MARK, text)

    @property
    def coordination(self) -> Store:
        """The store within this one that holds the body's own lists."""
        return Store(self.path / "coordination")

    def coalitions(self) -> list[str]:
        """List the slugs that the store holds, sorted."""
        folder = self.path / "messages"
        if not folder.is_dir():
            return []
        return sorted(entry.name[10:] for entry in folder.glob("coalition=*"))

    def folder(self, slug: str) -> Path:
        """Give the folder of one coalition."""
        return self.path / "messages" / f"coalition={slug}"

    def manifest(self, slug: str) -> Manifest | None:
        """Read one coalition's manifest; None where there is none of this version."""
        try:
            found = json.loads((self.folder(slug) / _MANIFEST).read_text(encoding="utf-8"))
            return Manifest(**found) if found.get("schema") == SCHEMA_VERSION else None
        except FileNotFoundError:
            return None
        except (AttributeError, OSError, TypeError, ValueError) as error:
            raise StoreError(
                f"cannot be read ({error})",
                path=self.folder(slug) / _MANIFEST,
                hint="delete the coalition's folder and ingest again",
            ) from error

    def recognised(self) -> dict[str, str]:
        """Map the names of all archives that were read to what they looked like then."""
        if not self.is_store(self.path) or self.description().get("schema") != SCHEMA_VERSION:
            return {}
        return {
            entry["name"]: entry["signature"]
            for store in (self, self.coordination)
            for slug in store.coalitions()
            if (manifest := store.manifest(slug)) is not None
            for entry in manifest.archives
        }

    def fingerprint(self, slug: str) -> bytes:
        """Give bytes that differ wherever the messages of a coalition differ."""
        return (self.folder(slug) / _MANIFEST).read_bytes()

    @property
    def _staging(self) -> Path:
        return self.path / "staging"  # not under `messages`, where some would read it, too

    def stage(self, slug: str) -> Path:
        """Make an empty folder for a coalition's next state.

        Each has a name of its own: a worker that its cluster gave up for lost may still be at it.
        """
        folder = self._staging / f"next-{slug}-{secrets.token_hex(8)}"
        folder.mkdir(parents=True)
        return folder

    def commit(self, slug: str, manifest: Manifest, staged: Path) -> None:
        """Exchange a coalition's folder for the staged one, in one step."""
        folder = self.folder(slug)
        text = json.dumps(manifest_as_dict(manifest))
        (staged / _MANIFEST).write_text(text, encoding="utf-8")
        folder.parent.mkdir(exist_ok=True)
        put_in_place(staged, folder, self._staging / f"past-{slug}")
        self.write_quarantine(slug, manifest)

    def keep_only(self, slugs: Container[str]) -> None:
        """Take out of the store what belongs to other coalitions."""
        for slug in self.coalitions():
            if slug not in slugs:
                self._staging.mkdir(exist_ok=True)
                self.folder(slug).rename(self._staging / f"gone-{slug}")
        for left in self.path.glob("quarantine/*.csv"):
            if left.stem not in slugs:
                left.unlink()
        shutil.rmtree(self._staging, ignore_errors=True)

    def write_quarantine(self, slug: str, manifest: Manifest) -> None:
        """Name each message that could not be read, where a person can look it up."""
        path = self.path / "quarantine" / f"{slug}.csv"
        rows = manifest.quarantined()
        if not rows:
            path.unlink(missing_ok=True)
            return
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["archive", "offset", "reason"])
        writer.writerows(rows)
        # Written again only where it differs: an ingest may have been killed before it was.
        if not path.is_file() or path.read_text("utf-8", "replace") != text.getvalue():
            write_atomically(path, text.getvalue())

    @contextlib.contextmanager
    def lock(self, waiting: Callable[[str], object] | None = None) -> Iterator[None]:
        """Hold the store for one ingest; a second one waits.

        Parameters
        ----------
        waiting : callable or None
            Called once with a sentence that says who holds the lock.
        """
        import fcntl

        with open(self.path / _LOCK, "a+", encoding="utf-8", opener=open_plain) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                holder = file.read().strip() or "another process"
                if waiting is not None:
                    waiting(f"{self.path}: in use by {holder}; waiting until it is done")
                fcntl.flock(file, fcntl.LOCK_EX)
            file.truncate(0)
            file.write(f"process {os.getpid()} on {socket.gethostname()}")
            file.flush()
            try:
                yield
            finally:
                file.truncate(0)


def manifest_as_dict(manifest: Manifest) -> dict[str, Any]:
    """Give a manifest as JSON holds it."""
    return {name: getattr(manifest, name) for name in Manifest.__slots__}


def write_atomically(path: Path, text: str) -> None:
    """Replace a text file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    put_file(path, text.encode())


def _version_error(path: Path, version: object) -> StoreError:
    if isinstance(version, int) and version > SCHEMA_VERSION:
        return StoreError(
            f"was written by a newer dcactivity (layout {version}, not {SCHEMA_VERSION})",
            path=path,
            hint="upgrade dcactivity, or ingest into another folder",
        )
    return StoreError(
        f"was written by an older dcactivity (layout {version}; this one reads {SCHEMA_VERSION})",
        path=path,
        hint="build it anew with: dcactivity ingest SOURCE --store DIR",
    )
