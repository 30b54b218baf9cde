"""From a source or a store to the message table as it is stored."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcactivity.errors import MissingError
from dcactivity.messages.ingest import IngestReport, ingest, report_of
from dcactivity.messages.source import COORDINATION, Source, with_retrieved
from dcactivity.messages.store import Manifest, Store
from dcactivity.registry import Registry

if TYPE_CHECKING:
    import datetime as dt
    import os
    from concurrent.futures import Executor

    import pandas as pd
    import pyarrow as pa

    from dcactivity.coalitions import Coalition

__all__ = ["Opened", "opened"]

_KEYS = ("date", "message_id", "archive", "offset")


@dataclass(frozen=True, slots=True)
class Opened:
    """A source whose messages lie in a store.

    Attributes
    ----------
    store : Store
        Where the messages are.
    registry : Registry
        What is known of the coalitions.
    report : IngestReport
        The ledger of archives, and what an ingest had to say.
    executor : Executor or None
        Where work on its coalitions is done; None for here.
    progress : callable or None
        Called with tasks done, tasks in all, and a name.
    """

    store: Store
    registry: Registry
    report: IngestReport
    executor: Executor | None = None
    progress: Callable[[int, int, str], object] | None = None
    _entries: Mapping[str, Coalition] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Looked for in the registry, one of thousands would be compared with all before it.
        object.__setattr__(self, "_entries", {c.slug: c for c in self.registry.coalitions})

    @property
    def at_hand(self) -> set[str]:
        """Slugs of the coalitions of which an archive could be opened."""
        return {row["coalition"] for row in self.report.rows if row["read"] or row["digest"]}

    @property
    def source(self) -> Path:
        """The folder that the archives came from, where people keep files beside them."""
        return Path(self.store.description()["source"])

    def coordination(self) -> pd.DataFrame:
        """Read the messages of the body's own lists, as `messages` reads the others."""
        own = replace(self, store=self.store.coordination)
        return own.messages(columns=("message_id", "subject"))

    def only(self, slugs: Collection[str]) -> Opened:
        """Give the same without what is known of other coalitions: light, for a worker."""
        chosen = tuple(self._entries[slug] for slug in slugs if slug in self._entries)
        return Opened(
            self.store, replace(self.registry, coalitions=chosen), IngestReport([], 0, [], [], [])
        )

    def size(self, slug: str) -> int:
        """Say how many messages a coalition has."""
        manifest = self.store.manifest(slug) or Manifest()
        return sum(int(part["rows"]) for part in manifest.parts)

    def newest(self) -> pd.DataFrame:
        """Give the newest date of each archive, from the ledger where that is still right.

        Returns
        -------
        DataFrame
            ``coalition, list`` (str), ``date`` (UTC), of archives with a dated message.
        """
        import pandas as pd

        rows = [
            (row["coalition"], row["list"], row["last"])
            for row in self.report.rows
            if row["last"] and row["coalition"] != COORDINATION
        ]
        frame = pd.DataFrame(rows, columns=["coalition", "list", "date"], dtype="str")
        frame["date"] = pd.to_datetime(frame["date"], utc=True).astype("datetime64[us, UTC]")
        restated = [slug for slug in self.store.coalitions() if self._is_restated(slug)]
        anew = []
        for slug in restated:
            dated: pd.DataFrame = self.table(slug, ["list"]).select(["list", "date"]).to_pandas()
            anew.append(dated.astype({"list": "str"}).assign(coalition=slug))
        return pd.concat([frame[~frame["coalition"].isin(restated)], *anew], ignore_index=True)

    def require(self, coalition: str) -> None:
        """Refuse a slug that neither registry nor store knows.

        Raises
        ------
        MissingError
            With the slugs that there are.
        """
        known = sorted({*self.store.coalitions(), *self.registry.slugs})
        if coalition not in known:
            raise MissingError(
                f"there is no coalition {coalition!r}",
                hint=f"there are: {', '.join(known) or 'none'}",
            )

    def messages(
        self, *, coalition: str | None = None, columns: Iterable[str] | None = None
    ) -> pd.DataFrame:
        """Read the message table as it is stored.

        Parameters
        ----------
        coalition : str or None
            Read this one alone, by its slug.
        columns : iterable of str or None
            Read these alone; ``coalition`` is always there.

        Returns
        -------
        DataFrame
            Sorted by coalition, date, Message-ID, archive and offset.

        Raises
        ------
        MissingError
            If there is no such coalition or column.
        """
        import pandas as pd
        import pyarrow as pa

        from dcactivity.messages.schema import MESSAGE_SCHEMA

        names = list(MESSAGE_SCHEMA.names) if columns is None else list(columns)
        wrong = [name for name in names if name not in {*MESSAGE_SCHEMA.names, "coalition"}]
        if wrong:
            raise MissingError(
                f"there is no column {wrong[0]!r}",
                hint=f"columns are coalition, {', '.join(MESSAGE_SCHEMA.names)}",
            )
        slugs = self.store.coalitions()
        if coalition is not None:
            self.require(coalition)
            slugs = [slug for slug in slugs if slug == coalition]
        needed = [name for name in MESSAGE_SCHEMA.names if name in {*names, *_KEYS}]
        tables = [self.table(slug, needed) for slug in slugs]
        schema = pa.schema([MESSAGE_SCHEMA.field(name) for name in needed])
        table = pa.concat_tables([*tables, schema.empty_table()]).unify_dictionaries()
        counts = [len(part) for part in tables]
        owner = pd.Categorical.from_codes(_repeat(counts), categories=pd.Index(slugs, dtype="str"))
        frame: pd.DataFrame = table.to_pandas(types_mapper=_TYPES().get, date_as_object=False)
        frame.insert(0, "coalition", pd.Series(owner))
        return frame[["coalition", *(name for name in names if name != "coalition")]]

    def table(self, slug: str, columns: list[str]) -> pa.Table:
        """Read one coalition's messages into Arrow.

        Parameters
        ----------
        slug : str
            The coalition.
        columns : list of str
            Columns of the message table; those that rows are sorted by are always there.

        Returns
        -------
        pyarrow.Table
            Sorted by date, Message-ID, archive and offset.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        from dcactivity.arrays import read_parquet
        from dcactivity.messages.parts import part_name
        from dcactivity.messages.schema import MESSAGE_SCHEMA

        manifest = self.store.manifest(slug) or Manifest()
        folder = self.store.folder(slug)
        columns = [name for name in MESSAGE_SCHEMA.names if name in {*columns, *_KEYS}]
        schema = pa.schema([MESSAGE_SCHEMA.field(name) for name in columns])
        tables = [
            read_parquet(folder / part_name(part["number"]), columns) for part in manifest.parts
        ]
        table = pa.concat_tables(
            [*(t.select(columns).cast(schema) for t in tables), schema.empty_table()]
        )
        if self._differs(slug, manifest):
            table = self._redated(slug, manifest, table)
        keys = table.select(_KEYS)
        plain = keys.set_column(2, "archive", keys.column("archive").cast(pa.string()))
        order = pc.sort_indices(plain, sort_keys=[(name, "ascending") for name in _KEYS])
        table, columns = table.unify_dictionaries(), []
        del tables, keys, plain
        while table.num_columns:  # column by column, so that not all is there twice
            columns.append(table.column(0).take(order))
            table = table.remove_column(0)
        return pa.table(columns, schema=schema)

    def complete(self, slug: str) -> dict[str, dt.date | None]:
        """Give for each list the day up to which its archives are complete."""
        entry = self._entries.get(slug)
        lists = entry.lists if entry else ()
        return {one.address or slug: one.retrieved for one in lists}

    def _is_restated(self, slug: str) -> bool:
        manifest = self.store.manifest(slug)
        return manifest is not None and self._differs(slug, manifest)

    def _differs(self, slug: str, manifest: Manifest) -> bool:
        """Tell whether other days are stated than when the store was made."""
        stated = {
            name: day.isoformat() if day else None for name, day in self.complete(slug).items()
        }
        return any(stated.get(name) != day for name, day in manifest.coverage.items())

    def _redated(self, slug: str, manifest: Manifest, table: pa.Table) -> pa.Table:
        """Decide the dates anew: somebody stated another day than when the store was made."""
        import numpy as np

        from dcactivity.messages.index import Index
        from dcactivity.messages.parts import dated_columns

        index = Index.load(self.store.index(slug))
        rows = {row["archive"]: row for row in manifest.ledger()}
        index.date_all(
            {name: row["list"] for name, row in rows.items()},
            {name: row["format"] for name, row in rows.items()},
            self.complete(slug),
        )
        order = [np.flatnonzero(index.part == part["number"]) for part in manifest.parts]
        kept = index.take(np.concatenate([np.empty(0, np.int64), *order]))
        for name, column in zip(("date", "date_source"), dated_columns(kept), strict=True):
            if name in table.column_names:
                table = table.set_column(table.column_names.index(name), name, column)
        return table


def _repeat(counts: list[int]) -> Any:
    import numpy as np

    return np.repeat(np.arange(len(counts)), counts)


def _TYPES() -> Mapping[Any, Any]:  # noqa: N802
    import pandas as pd
    import pyarrow as pa

    return {
        pa.int16(): pd.Int16Dtype(),
        pa.int64(): pd.Int64Dtype(),
        pa.string(): pd.StringDtype(na_value=float("nan")),
    }


@contextlib.contextmanager
def opened(
    source: str | os.PathLike[str],
    *,
    store: str | os.PathLike[str] | None = None,
    retrieved: dt.date | None = None,
    executor: Executor | None = None,
    progress: Callable[[int, int, str], object] | None = None,
    notice: Callable[[str], object] | None = None,
) -> Iterator[Opened]:
    """Bring a source into a store for as long as it is needed.

    Parameters
    ----------
    source : str or path-like
        An archive, a folder of archives, a folder with ``coalitions.toml``, or a store.
    store : str or path-like or None
        Where to keep the messages; by default in a temporary folder that goes afterwards.
        Not asked for where `source` is a store.
    retrieved : date or None
        The day up to which the archives of lists are complete for which nobody states one.
    executor, progress, notice
        As for `dcactivity.messages.ingest.ingest`.

    Yields
    ------
    Opened
        The messages, the registry and the ledger.

    Raises
    ------
    MissingError, RegistryError, StoreError
        As `dcactivity.messages.ingest.ingest` raises them.
    """
    path = Path(source)
    if Store.is_store(path):
        yield replace(_from_store(path, retrieved), executor=executor, progress=progress)
        return
    with contextlib.ExitStack() as stack:
        if store is None:
            store = stack.enter_context(tempfile.TemporaryDirectory(prefix="dcactivity-"))
        report = ingest(
            path, store, retrieved=retrieved, executor=executor, progress=progress, notice=notice
        )
        place = Store(Path(store))
        yield Opened(place, _registry_of(place), report, executor, progress)


def _from_store(path: Path, retrieved: dt.date | None) -> Opened:
    store = Store.open(path)
    registry = with_retrieved(_registry_of(store), retrieved)
    manifests = {
        slug: place.manifest(slug) or Manifest()
        for place in (store, store.coordination)
        for slug in place.coalitions()
    }
    return Opened(store, registry, report_of(Source(path, registry, ()), manifests))


def _registry_of(store: Store) -> Registry:
    """Rebuild the registry that the store was made from."""
    found = store.description()
    return Registry.from_dict(found["registry"], path=Path(found["source"]) / "coalitions.toml")
