"""Bring a store up to date with a source, one coalition a task."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcactivity.errors import StoreError
from dcactivity.messages.dispatch import carry_out
from dcactivity.messages.forgotten import Forgotten
from dcactivity.messages.layout import LEDGER_COLUMNS
from dcactivity.messages.source import Source, open_source
from dcactivity.messages.store import Manifest, Store
from dcactivity.messages.tasks import CoalitionTask

if TYPE_CHECKING:
    import datetime as dt
    import os
    from collections.abc import Callable
    from concurrent.futures import Executor

    import pandas as pd

__all__ = ["IngestReport", "ingest", "report_of"]


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest found and did.

    Attributes
    ----------
    rows : list of dict
        The ledger: one for each archive, sorted by coalition, list and archive.
    archives_read : int
        How many archives were opened; the others were unchanged.
    passed_over : list of tuple
        Name and reason of what is no archive.
    faults : list of str
        Archives that could not be opened, or not to the end, and are not known as damaged.
    notes : list of str
        What else a person should know.
    """

    rows: list[dict[str, Any]]
    archives_read: int
    passed_over: list[tuple[str, str]]
    faults: list[str]
    notes: list[str]

    def total(self, column: str) -> int:
        """Add up a column of the ledger."""
        return sum(row[column] for row in self.rows)

    @property
    def archives(self) -> pd.DataFrame:
        """The ledger as a frame, with the columns of the archives table."""
        import pandas as pd

        frame = pd.DataFrame(self.rows, columns=list(LEDGER_COLUMNS))
        numbers = ["read", "kept", "duplicates", "quarantined", "undated", "repaired", "bytes"]
        instants = {name: pd.to_datetime(frame[name], utc=True) for name in ("first", "last")}
        return frame.astype(dict.fromkeys(numbers, "Int64")).assign(
            **{name: column.astype("datetime64[us, UTC]") for name, column in instants.items()}
        )

    def summary(self) -> str:
        """Say in one line what came of the messages: in equals kept, copies and quarantined."""
        return (
            f"{len(self.rows)} archives ({self.archives_read} read now): "
            f"{self.total('read'):,} messages read = {self.total('kept'):,} kept "
            f"+ {self.total('duplicates'):,} duplicates "
            f"+ {self.total('quarantined'):,} quarantined"
        )


def ingest(
    source: str | os.PathLike[str],
    store: str | os.PathLike[str],
    *,
    executor: Executor | None = None,
    workers: int | None = None,
    verify: bool = False,
    retrieved: dt.date | None = None,
    progress: Callable[[int, int, str], object] | None = None,
    notice: Callable[[str], object] | None = None,
) -> IngestReport:
    """Read what is new in a source into a store.

    Parameters
    ----------
    source : str or path-like
        An archive, a folder of archives, or a folder with ``coalitions.toml``.
    store : str or path-like
        The store's folder; made where there is none.
    executor : Executor or None
        Where coalitions are worked on; by default processes of this machine.
    workers : int or None
        How many processes; by default one for each core, and no more than coalitions, or none
        but this one where pyarrow is loaded already.
    verify : bool
        Hash archives that look unchanged, and read those that are not.
    retrieved : date or None
        The day up to which the archives of lists are complete for which nobody states one.
    progress : callable or None
        Called with coalitions done, coalitions in all, and the slug of the last one.
    notice : callable or None
        Called with a sentence where another ingest has to be waited for.

    Returns
    -------
    IngestReport
        The ledger of archives and what else there is to say.

    Raises
    ------
    MissingError, RegistryError
        If the source is not there or its registry is wrong.
    StoreError
        If the folder is no store, or one of a newer version.
    """
    if Store.is_store(Path(source)):
        raise StoreError("is a store itself", path=source, hint="name the folder of archives")
    place = Store(Path(store))
    known = {} if verify else place.recognised()
    found = open_source(Path(source), retrieved=retrieved, known=known)
    place.claim()
    with place.lock(notice):
        notes = place.prepare()
        place.describe(found.root.resolve(), found.registry.to_dict())
        done: dict[str, tuple[Manifest, int]] = {}
        tasks = _tasks(found, place, verify=verify)
        for slug, manifest, count in carry_out(tasks, executor, workers):
            done[slug] = manifest, count
            if progress is not None:
                progress(len(done), len(tasks), slug)
        place.keep_only(done)
        place.coordination.keep_only(done)
    notes += [f"nothing matches {glob!r} of the registry" for glob in found.unmatched]
    manifests = {slug: manifest for slug, (manifest, _) in done.items()}
    count = sum(count for _, count in done.values())
    return report_of(found, manifests, archives_read=count, notes=notes)


def report_of(
    source: Source,
    manifests: dict[str, Manifest],
    *,
    archives_read: int = 0,
    notes: list[str] | None = None,
) -> IngestReport:
    """Gather the report of an ingest from the manifests of all coalitions.

    Parameters
    ----------
    source : Source
        Where the archives came from.
    manifests : dict
        From slugs to manifests.
    archives_read : int
        How many archives were opened for it.
    notes : list of str or None
        What else a person should know.

    Returns
    -------
    IngestReport
        The rows sorted by coalition, list and archive.
    """
    rows: list[dict[str, Any]] = []
    faults: list[str] = []
    passed_over = {(item.name, item.reason) for item in source.passed_over}
    for manifest in manifests.values():
        rows += manifest.ledger()
        passed_over |= {(name, reason) for name, reason in manifest.passed_over}
        for entry in manifest.archives:
            passed_over |= {(name, reason) for name, reason in entry["passed_over"]}
            if entry["fault"] and not entry["damaged"]:
                faults.append(entry["fault"])
    rows.sort(key=lambda row: (row["coalition"], row["list"], row["archive"]))
    return IngestReport(rows, archives_read, sorted(passed_over), sorted(faults), notes or [])


def _tasks(source: Source, store: Store, *, verify: bool) -> list[CoalitionTask]:
    """Make a task for each coalition."""
    folder = store.path.resolve()
    forgotten = Forgotten.load(folder)
    tasks = [CoalitionTask(folder, one, verify, forgotten) for one in source.coalitions]
    if source.coordination.lists:
        place = Store(folder).coordination.path
        tasks.append(CoalitionTask(place, source.coordination, verify, forgotten))
    return tasks
