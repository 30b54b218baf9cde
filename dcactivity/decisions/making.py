"""Make event tables: look at what changed, join the senders, decide where something differs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from dcactivity.arrays import read_parquet, texts_of
from dcactivity.citing import cited
from dcactivity.decisions.batches import batches_of, work_through
from dcactivity.decisions.bulletins import Bulletins, shared_keys
from dcactivity.decisions.decide import decide
from dcactivity.decisions.summary import Summary, read_summaries, write_summaries
from dcactivity.decisions.survey import Survey, needed_messages, persons_table, rows_of, survey
from dcactivity.messages.layout import EVENTS_VERSION
from dcactivity.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from dcactivity.messages.read import Opened
    from dcactivity.registry import Registry

__all__ = ["make_tables"]

_SUMMARIES = "_summaries.parquet"
_WORD = pa.dictionary(pa.int32(), pa.string())
_SCHEMA = pa.schema(
    [
        ("date", pa.timestamp("us", tz="UTC")),
        ("message_id", pa.string()),
        ("cited", _WORD),
        ("automated", _WORD),
        ("person", _WORD),
        ("person_if_joined", _WORD),
        ("thread", _WORD),
        ("answers", pa.int64()),
        ("bulletin", pa.bool_()),
        ("orphan", pa.bool_()),
        ("link", _WORD),
    ]
)
"""One row a message, in the order in which the message table is read."""


def make_tables(
    found: Opened, folder: Path, former: Path | None, *, on_executor: bool = True
) -> None:
    """Write the event tables of all coalitions of a source.

    Parameters
    ----------
    found : Opened
        A source whose messages lie in a store.
    folder : Path
        An empty folder.
    former : Path or None
        That of an earlier state of the source; what is still right in it is taken over.
    on_executor : bool
        Whether the source's executor sees the folder.

    Raises
    ------
    InputError
        If ``people.toml`` cannot be followed.
    """
    if not on_executor:
        found = replace(found, executor=None)
    known = read_summaries(former / _SUMMARIES) if former else {}
    stamps = {slug: _stamp_of_messages(found, slug) for slug in found.store.coalitions()}
    same = {slug for slug in stamps if slug in known and known[slug].of_messages == stamps[slug]}
    surveys = {slug: known[slug].survey for slug in same}
    surveys |= _surveyed(found, [slug for slug in stamps if slug not in same])
    present = {slug: surveys[slug] for slug in stamps if slug in surveys}
    persons = persons_table(present.values(), found)
    shared = shared_keys(one.keys for one in present.values())
    bulletins = Bulletins.of(shared, found.registry.body, found.coordination())
    public = {slug: _public(found.registry, slug) for slug in stamps}
    decisions = _stamps_of_decisions(stamps, present, persons, bulletins, public)
    stale = []
    for slug in stamps:
        as_before = slug in known and known[slug].of_decisions == decisions[slug]
        if not (as_before and former and _take_over(former, folder, slug)):
            stale.append(slug)
    _decide_anew(found, folder, stale, _Decided(present, persons, bulletins, former))
    empty = Survey(pd.Series(dtype="category"), persons.iloc[:0], np.empty(0, np.uint64), ())
    write_summaries(
        folder / _SUMMARIES,
        {
            slug: Summary(present.get(slug, empty), stamps[slug], decisions[slug])
            for slug in stamps
        },
    )


def _stamp_of_messages(found: Opened, slug: str) -> str:
    """Digest what a coalition's messages are, dates included."""
    digest = hashlib.sha256(f"{__version__}\n{EVENTS_VERSION}\n{slug}\n".encode())
    stated = {name: str(day) for name, day in found.complete(slug).items()}
    digest.update(json.dumps(stated, sort_keys=True).encode())
    digest.update(found.store.fingerprint(slug))
    return digest.hexdigest()[:32]


def _stamps_of_decisions(
    stamps: dict[str, str],
    surveys: dict[str, Survey],
    persons: pd.DataFrame,
    bulletins: Bulletins,
    public: dict[str, set[str]],
) -> dict[str, str]:
    """Digest, for each coalition, all that the decisions on its messages rest on."""
    rows = pd.util.hash_pandas_object(persons, index=False).to_numpy()
    owner = persons["coalition"].to_numpy(dtype=object)
    bounds = np.flatnonzero(owner[1:] != owner[:-1]) + 1 if len(owner) else np.empty(0, int)
    begins = [0, *bounds.tolist()] if len(owner) else []
    ends = [*bounds.tolist(), len(owner)]
    theirs = {
        owner[begin]: rows[begin:end].tobytes() for begin, end in zip(begins, ends, strict=False)
    }
    rules = (sorted(bulletins.addresses), bulletins.tags, sorted(bulletins.subjects))
    common = hashlib.sha256(json.dumps(rules).encode()).digest()
    found = {}
    for slug, stamp in stamps.items():
        digest = hashlib.sha256(stamp.encode() + common + theirs.get(slug, b""))
        digest.update(" ".join(sorted(public[slug])).encode())
        if slug in surveys:
            keys = surveys[slug].keys
            digest.update(keys[np.isin(keys, bulletins.keys)].tobytes())
        found[slug] = digest.hexdigest()[:32]
    return found


def _take_over(former: Path, folder: Path, slug: str) -> bool:
    name = f"{slug}.parquet"
    try:
        try:
            os.link(former / name, folder / name)
        except OSError:  # a file system without hard links, or another one
            shutil.copyfile(former / name, folder / name)
    except OSError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class _SurveyTask:
    """A batch of coalitions to look at."""

    found: Opened
    slugs: list[str]


def _run_survey(task: _SurveyTask) -> dict[str, Survey]:
    return survey(task.found, task.slugs)


def _surveyed(found: Opened, slugs: list[str]) -> dict[str, Survey]:
    tasks = [_SurveyTask(found.only(batch), batch) for batch in batches_of(found, slugs)]
    result: dict[str, Survey] = {}
    for part in work_through(found, _run_survey, tasks):
        result |= part
    return result


@dataclass(frozen=True, slots=True)
class _Decided:
    """What is known when messages are decided on."""

    surveys: dict[str, Survey]
    persons: pd.DataFrame
    bulletins: Bulletins
    former: Path | None

    def automated(self, slug: str, size: int) -> pd.Series:
        """Say why no person wrote a message: as just found, or as found before."""
        known = self.surveys[slug].automated
        if len(known) == size or self.former is None:
            return known
        table = read_parquet(self.former / f"{slug}.parquet", ["automated"])
        column: pd.Series = table.column("automated").to_pandas()
        return column


@dataclass(frozen=True, slots=True)
class _DecisionTask:
    """A batch of coalitions to decide on, with what concerns them."""

    found: Opened
    slugs: list[str]
    automated: dict[str, pd.Series]
    persons: pd.DataFrame
    bulletins: Bulletins
    folder: Path


def _decide_anew(found: Opened, folder: Path, slugs: Sequence[str], known: _Decided) -> None:
    owner = known.persons["coalition"]
    tasks = []
    for batch in batches_of(found, slugs):
        full = [slug for slug in batch if slug in known.surveys]
        keys = [known.surveys[slug].keys for slug in full]
        every = np.concatenate([np.empty(0, np.uint64), *keys])
        tasks.append(
            _DecisionTask(
                found.only(batch),
                batch,
                {slug: known.automated(slug, found.size(slug)) for slug in full},
                known.persons[owner.isin(full)],
                replace(known.bulletins, keys=_common(every, known.bulletins.keys)),
                folder.resolve(),
            )
        )
    for _ in work_through(found, _run_decisions, tasks):
        pass


def _common(keys: NDArray[np.uint64], shared: NDArray[np.uint64]) -> NDArray[np.uint64]:
    return np.intersect1d(keys, shared)


def _run_decisions(task: _DecisionTask) -> None:
    """Decide on the messages of a batch, and write the event table of each coalition."""
    messages = needed_messages(task.found, task.slugs)
    rows = rows_of(messages)
    parts = [task.automated[slug].astype("str") for slug in rows]
    automated = pd.concat([pd.Series(dtype="str"), *parts], ignore_index=True)
    decided = decide(messages, automated=automated, persons=task.persons, bulletins=task.bulletins)
    frame = messages[["date", "message_id"]].join(decided)
    frame["cited"] = _cited(messages, rows, task.found.registry)
    frame["link"] = _links_without_ids(frame)
    del messages, decided  # what is made of a large list takes as much memory again
    counts = [place.stop - place.start for place in rows.values()]
    frame["answers"] -= np.repeat([place.start for place in rows.values()], counts)
    columns = {field.name: _arrow(frame[field.name], field.type) for field in _SCHEMA}
    table = pa.table(columns)
    for slug in task.slugs:
        place = rows.get(slug, slice(0, 0))
        mine = table.slice(place.start, place.stop - place.start).combine_chunks()
        _write(pa.table(list(_in_schema(mine)), schema=_SCHEMA), task.folder, slug)


def _arrow(column: pd.Series, kind: pa.DataType) -> pa.Array:
    """Take a column into Arrow without a Python object for each text."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return pa.array(column)
    if kind in (_WORD, pa.string()):
        return texts_of(column)
    return pa.array(column, type=kind, from_pandas=True)


def _in_schema(table: pa.Table) -> Iterator[pa.Array]:
    for field, column in zip(_SCHEMA, table.columns, strict=True):
        if field.type == _WORD:  # words in the order in which they stand here
            yield column.cast(pa.string()).combine_chunks().dictionary_encode()
        else:
            yield column.cast(field.type)


def _cited(messages: pd.DataFrame, rows: dict[str, slice], registry: Registry) -> list[str | None]:
    """Find the Message-IDs that show an address, of each coalition for itself."""
    found: list[str | None] = [None] * len(messages)
    for slug, place in rows.items():
        mine = messages.iloc[place]
        senders = mine["from_address"].dropna().unique()
        found[place] = cited(mine["message_id"], senders, public=_public(registry, slug))
    return found


def _public(registry: Registry, slug: str) -> set[str]:
    """Give the addresses that the registry publishes and that may write in a coalition."""
    lists = [entry for one in registry.coalitions if one.slug == slug for entry in one.lists]
    found = [*registry.body.addresses, *(entry.address for entry in lists)]
    return {address.lower() for address in found if address}


def _links_without_ids(frame: pd.DataFrame) -> pd.Series:
    """Leave out links that hold a Message-ID which is not shown; the list's archive remains."""
    links = frame["link"]
    hidden = frame.loc[frame["cited"].notna() & links.notna(), ["message_id", "link"]]
    leads = [one.lower() in unquote(link).lower() for one, link in hidden.to_numpy()]
    return links.drop(hidden.index[leads]).reindex(links.index)


def _write(table: pa.Table, folder: Path, slug: str) -> None:
    """Write a table in one step: another worker may have been given the same task."""
    draft = folder / f".{slug}.{os.getpid()}"
    pq.write_table(table, draft, compression="zstd")
    draft.replace(folder / f"{slug}.parquet")
