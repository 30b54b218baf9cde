"""The store: one folder a coalition, swapped as a whole.

::

    STORE/
      store.json                        version of the layout, the source, the registry
      lock                              held while an ingest runs
      messages/coalition=<slug>/
        part-*.parquet                  the message table
        _index.arrow                    keys and date candidates of all messages, copies included
        _manifest.json                  which archives were read, and what came of it
      quarantine/<slug>.csv             what could not be read: archive, offset, reason

A commit prepares the coalition's next folder beside the present one, with hard links to the
parts that stay, and exchanges the two in one step. So whoever reads the folder sees it before
or after, never between, and an ingest that was killed leaves at most a folder that the next one
clears away.
"""

from __future__ import annotations

import contextlib
import csv
import ctypes
import json
import os
import shutil
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcactivity.errors import StoreError
from dcactivity.messages.schema import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Manifest", "Store", "write_atomically"]

_MARK = "store.json"
_MANIFEST = "_manifest.json"
_INDEX = "_index.arrow"


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
    """

    archives: list[dict[str, Any]] = field(default_factory=list)
    parts: list[dict[str, Any]] = field(default_factory=list)
    passed_over: list[list[str]] = field(default_factory=list)
    coverage: dict[str, str | None] = field(default_factory=dict)
    serial: int = 0
    schema: int = SCHEMA_VERSION

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
                "is no store", path=self.path, hint="make one with: dcactivity ingest SOURCE --store DIR"
            ) from None
        except (OSError, ValueError) as error:
            raise StoreError(f"cannot be read ({error})", path=mark) from error
        if not isinstance(found, dict):
            raise StoreError("is not what an ingest writes", path=mark)
        return found

    def prepare(self) -> bool:
        """Make the folder ready for an ingest.

        Returns
        -------
        bool
            True where a store of an older version was cleared, to be built anew.

        Raises
        ------
        StoreError
            If the folder holds something else, or a store of a newer version.
        """
        if not self.is_store(self.path):
            if self.path.exists() and not self.path.is_dir():
                raise StoreError("is a file", path=self.path, hint="name a folder for the store")
            known = {"lock", "messages", "quarantine"}
            strange = [p.name for p in self.path.iterdir() if p.name not in known] if self.path.exists() else []
            if strange:
                raise StoreError(
                    f"holds other files ({strange[0]})", path=self.path, hint="name an empty folder"
                )
            return False
        version = self.description().get("schema")
        if isinstance(version, int) and version > SCHEMA_VERSION:
            raise _version_error(self.path, version)
        if version == SCHEMA_VERSION:
            return False
        shutil.rmtree(self.path / "messages", ignore_errors=True)
        shutil.rmtree(self.path / "quarantine", ignore_errors=True)
        return True

    def describe(self, source: Path, registry: dict[str, Any]) -> None:
        """Write ``store.json``: where the archives came from, and the registry they came with."""
        text = json.dumps(
            {"schema": SCHEMA_VERSION, "source": str(source), "registry": registry},
            ensure_ascii=False,
            indent=1,
            sort_keys=True,
        )
        if not (self.path / _MARK).exists() or (self.path / _MARK).read_text("utf-8") != text:
            write_atomically(self.path / _MARK, text)

    def coalitions(self) -> list[str]:
        """List the slugs that the store holds, sorted."""
        folder = self.path / "messages"
        if not folder.is_dir():
            return []
        names = (entry.name for entry in folder.iterdir())
        return sorted(name[10:] for name in names if name.startswith("coalition="))

    def folder(self, slug: str) -> Path:
        """Give the folder of one coalition."""
        return self.path / "messages" / f"coalition={slug}"

    def index(self, slug: str) -> Path:
        """Give the file with keys and candidates of one coalition's messages."""
        return self.folder(slug) / _INDEX

    def manifest(self, slug: str) -> Manifest | None:
        """Read one coalition's manifest; None where there is none of this version."""
        try:
            found = json.loads((self.folder(slug) / _MANIFEST).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise StoreError(
                f"cannot be read ({error})",
                path=self.folder(slug) / _MANIFEST,
                hint="delete the coalition's folder and ingest again",
            ) from error
        return Manifest(**found) if found.get("schema") == SCHEMA_VERSION else None

    def stage(self, slug: str) -> Path:
        """Make an empty folder for a coalition's next state."""
        folder = self.path / "messages" / f".next-{slug}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def commit(self, slug: str, manifest: Manifest) -> None:
        """Exchange a coalition's folder for the staged one, in one step."""
        staged, folder = self.path / "messages" / f".next-{slug}", self.folder(slug)
        text = json.dumps(manifest_as_dict(manifest), ensure_ascii=False)
        (staged / _MANIFEST).write_text(text, encoding="utf-8")
        if folder.exists():
            _exchange(staged, folder)
            shutil.rmtree(staged, ignore_errors=True)
        else:
            staged.rename(folder)
        self.write_quarantine(slug, manifest)

    def remove(self, slug: str) -> None:
        """Take a coalition out of the store."""
        gone = self.path / "messages" / f".gone-{slug}"
        shutil.rmtree(gone, ignore_errors=True)
        self.folder(slug).rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
        (self.path / "quarantine" / f"{slug}.csv").unlink(missing_ok=True)

    def recover(self) -> None:
        """Clear away what a killed ingest left; finish an exchange that it had begun."""
        folder = self.path / "messages"
        for left in sorted(folder.glob(".*")) if folder.is_dir() else []:
            kind, _, slug = left.name.partition("-")
            if kind == ".past" and not self.folder(slug).exists():
                left.rename(self.folder(slug))
            else:
                shutil.rmtree(left, ignore_errors=True)

    def write_quarantine(self, slug: str, manifest: Manifest) -> None:
        """Name each message that could not be read, where a person can look it up."""
        path = self.path / "quarantine" / f"{slug}.csv"
        rows = manifest.quarantined()
        if not rows:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(exist_ok=True)
        with _replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["archive", "offset", "reason"])
            writer.writerows(rows)

    @contextlib.contextmanager
    def lock(self, waiting: Callable[[str], object] | None = None) -> Iterator[None]:
        """Hold the store for one ingest; a second one waits.

        Parameters
        ----------
        waiting : callable or None
            Called once with a sentence that says who holds the lock.
        """
        import fcntl

        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("a+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                holder = file.read().strip() or "another process"
                if waiting is not None:
                    waiting(f"{self.path}: in use by {holder}; waiting until it is done")
                fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            file.truncate()
            file.write(f"process {os.getpid()} on {socket.gethostname()}")
            file.flush()
            yield
            file.seek(0)
            file.truncate()


def manifest_as_dict(manifest: Manifest) -> dict[str, Any]:
    """Give a manifest as JSON holds it."""
    return {name: getattr(manifest, name) for name in Manifest.__slots__}


def write_atomically(path: Path, text: str) -> None:
    """Replace a text file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


@contextlib.contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _version_error(path: Path, version: object) -> StoreError:
    if isinstance(version, int) and version > SCHEMA_VERSION:
        return StoreError(
            f"was written by a newer dcactivity (layout {version}; this one reads {SCHEMA_VERSION})",
            path=path,
            hint="upgrade dcactivity, or ingest into another folder",
        )
    return StoreError(
        f"was written by an older dcactivity (layout {version}; this one reads {SCHEMA_VERSION})",
        path=path,
        hint="build it anew with: dcactivity ingest SOURCE --store DIR",
    )


_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def _exchange(first: Path, second: Path) -> None:
    """Exchange two folders: by one system call where there is one, else by two renames."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if renameat2 is not None:
        names = os.fsencode(first), os.fsencode(second)
        if renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0:
            return
    # Between these two steps the folder is missing; `recover` puts it back.
    past = second.with_name(f".past-{second.name.removeprefix('coalition=')}")
    shutil.rmtree(past, ignore_errors=True)
    second.rename(past)
    first.rename(second)
    past.rename(first)
