"""The work on one coalition: read what is new, decide duplicates and dates, swap the folder.

One coalition is one unit of work, with its own folder and manifest: it can run in any process
of any machine that sees source and store.
"""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from dcactivity.archives.arrowed import as_mask
from dcactivity.archives.digests import ArchiveDigest
from dcactivity.archives.found import Fault, PassedOver
from dcactivity.archives.mbox import MboxScanner
from dcactivity.archives.opening import open_archive, open_tail
from dcactivity.archives.records import Part
from dcactivity.errors import ArchiveError
from dcactivity.messages.chunks import (
    decoder_of,
    joined_digest,
    ready_records,
    remembered_records,
)
from dcactivity.messages.forgetting import forget_in
from dcactivity.messages.held import Held, is_out_of_order, seen_keys
from dcactivity.messages.index import Index
from dcactivity.messages.next_state import decide_anew, extend
from dcactivity.messages.parts import NEW_PART, Spool
from dcactivity.messages.plan import Plan, Reading, digest_of, make_plan
from dcactivity.messages.store import Manifest, Store

if TYPE_CHECKING:
    import datetime as dt

    from dcactivity.archives.columns import Decoder
    from dcactivity.messages.chunks import Batches
    from dcactivity.messages.duplicates import SeenKeys
    from dcactivity.messages.tasks import CoalitionTask, ReadChunk

__all__ = ["ingest_coalition"]

_TAILED = ("mbox", "pipermail")  # formats of which a plain file grows at its end


@dataclass(slots=True)
class _Run:
    """One pass over the archives that have to be read."""

    task: CoalitionTask
    spool: Spool
    seen: SeenKeys
    names: list[str]
    rows: list[Index] = field(default_factory=list)
    entries: list[dict[str, Any]] = field(default_factory=list)

    def read(self, reading: Reading) -> None:
        """Read one archive, or its tail."""
        decoder = decoder_of(reading)
        if reading.grown is not None:
            self._read_tail(reading, decoder)
            return
        entry: dict[str, Any] = {
            "name": reading.archive.name,
            "list": reading.address,
            "signature": reading.signature,
            "digest": "",
            "blocks": [],
            "tail": None,
            "fault": None,
            "parts": [],
            "quarantined": [],
            "passed_over": [],
        }
        self.entries.append(entry)
        try:
            for part in open_archive(reading.archive):
                if isinstance(part, PassedOver):
                    entry["passed_over"].append([part.name, part.reason])
                elif isinstance(part, Fault):
                    self._note_fault(entry, part.name, part.reason)
                elif ready := self._ready(reading, 0):
                    entry["parts"].append(self._row(entry, part.name, part.format))
                    self._take_ready(reading, entry, ready)
                else:
                    self._read_part(reading, entry, part, decoder)
        except ArchiveError as error:
            self._note_fault(entry, reading.archive.name, error.message)
        if not entry["digest"]:
            with contextlib.suppress(OSError):
                entry["digest"] = digest_of(reading.archive)
        for row in entry["parts"]:
            row["digest"] = entry["digest"]

    def _read_part(
        self, reading: Reading, entry: dict[str, Any], part: Part, decoder: Decoder
    ) -> None:
        entry["parts"].append(self._row(entry, part.name, part.format))
        is_plain = part.format in _TAILED and part.name == reading.archive.name
        scanner, digest = None, ArchiveDigest()
        if part.stream is not None:
            observe = digest.update if is_plain else None
            scanner = MboxScanner(part.stream, observe=observe, window=self.task.chunk)
        try:
            self._take(entry, self._records(part, decoder, scanner))
        except ArchiveError as error:
            self._note_fault(entry, part.name, error.message)
        if is_plain and scanner is not None:
            _note_tail(entry, digest, scanner.position, scanner.tail)

    def _read_tail(self, reading: Reading, decoder: Decoder) -> None:
        assert reading.grown is not None
        assert reading.digest is not None
        entry = {**reading.grown, "signature": reading.signature}
        entry["quarantined"] = list(entry["quarantined"])
        row = dict(entry["parts"][0])
        entry["parts"] = [row]
        self.entries.append(entry)
        tail, digest = entry["tail"], reading.digest
        if ready := self._ready(reading, tail["size"]):
            self._take_ready(reading, entry, ready)
        else:
            with open_tail(reading.archive, tail["size"]) as stream:
                scanner = MboxScanner(
                    stream,
                    base=tail["size"],
                    observe=digest.update,
                    tail=bytes.fromhex(tail["context"]),
                    window=self.task.chunk,
                )
                part = Part(row["archive"], row["format"], stream=stream)
                self._take(entry, self._records(part, decoder, scanner))
            _note_tail(entry, digest, scanner.position, scanner.tail)
        row["digest"] = entry["digest"]

    def _ready(self, reading: Reading, begin: int) -> list[ReadChunk]:
        """Find what others have read of an archive from `begin` on, if it is still the same."""
        mine = [
            chunk for chunk in self.task.ready if chunk.task.archive.name == reading.archive.name
        ]
        is_same = bool(mine) and mine[0].task.start == begin
        return mine if is_same and mine[0].task.signature == reading.signature else []

    def _take_ready(
        self, reading: Reading, entry: dict[str, Any], chunks: list[ReadChunk]
    ) -> None:
        for chunk in chunks:
            self._take(entry, ready_records(chunk))
        size = chunks[-1].following
        assert size is not None  # nobody ends the last chunk but the archive's end
        blocks = [*entry["blocks"], *(block for chunk in chunks for block in chunk.blocks)]
        digest = joined_digest(reading.archive.path, blocks, size)
        _note_tail(entry, digest, size, chunks[-1].context)

    def _records(self, part: Part, decoder: Decoder, scanner: MboxScanner | None) -> Batches:
        return remembered_records(
            part, decoder, scanner, self.task.source.slug, self.task.forgotten
        )

    def _take(self, entry: dict[str, Any], batches: Batches) -> None:
        """Bring the messages of an entry's last part into spool and index, and count them."""
        row = entry["parts"][-1]
        name = row["archive"]
        if name not in self.names:
            self.names.append(name)
        code = self.names.index(name)
        for records, refused in batches:
            row["read"] += records.num_rows + len(refused)
            row["quarantined"] += len(refused)
            entry["quarantined"] += [[q.member or name, q.offset, q.reason] for q in refused]
            if not records.num_rows:
                continue
            rows = Index.of(records, code)
            copies = self.seen.add(rows.by_id, rows.by_content)
            rows.part[~copies] = NEW_PART
            self.rows.append(rows)
            row["bytes"] += int(pc.sum(records.column("bytes")).as_py())
            kept = records.filter(as_mask(~copies)) if copies.any() else records
            if kept.num_rows:
                self.spool.append(kept, code)

    def _row(self, entry: dict[str, Any], name: str, kind: str) -> dict[str, Any]:
        numbers = ("read", "kept", "duplicates", "quarantined", "undated", "repaired")
        return {
            "coalition": self.task.source.slug,
            "list": entry["list"],
            "archive": name,
            "format": kind,
            "envelope": "",
            **dict.fromkeys(numbers, 0),
            "first": None,
            "last": None,
            "bytes": 0,
            "digest": "",
        }

    def _note_fault(self, entry: dict[str, Any], name: str, reason: str) -> None:
        """Say in the ledger that an archive, or a part of it, could not be read whole."""
        entry["fault"] = entry["fault"] or f"{name}: {reason}"
        for row in entry["parts"]:
            if row["archive"] == name:
                row["format"] = f"{row['format']} ({reason})"
                return
        entry["parts"].append(self._row(entry, name, reason))


def _note_tail(entry: dict[str, Any], digest: ArchiveDigest, size: int, context: bytes) -> None:
    """Remember where a plain file ended, so that only what comes after is read next time."""
    entry["digest"] = digest.text()
    entry["blocks"] = digest.blocks
    entry["tail"] = {"size": size, "context": context.hex()}


def ingest_coalition(task: CoalitionTask) -> tuple[str, Manifest, int]:
    """Bring the store's folder of one coalition up to date.

    Parameters
    ----------
    task : CoalitionTask
        The coalition, its archives and the store.

    Returns
    -------
    tuple
        The slug, the manifest as it now stands, and how many archives were read for it.

    Raises
    ------
    StoreError
        If the store cannot be read or written.
    """
    store, slug = Store(task.store), task.source.slug
    forget_in(store, slug, task.forgotten)  # where somebody was added, and the folder not done
    manifest = store.manifest(slug)
    manifest = Manifest() if manifest is None else manifest
    stated = _stated(task)
    anew: frozenset[str] = frozenset()
    plan = make_plan(task.source.lists, manifest, verify=task.verify, anew=anew)
    if not plan.readings and not plan.gone and _stated_before(manifest) == stated:
        return slug, manifest, 0
    held = Held(store.folder(slug), manifest)
    while True:
        wanted = anew | held.released(plan.gone)
        if wanted == anew:
            done = _carry_out(task, store, held, plan)
            if done is not None:
                return slug, done, len(plan.readings)
            # A copy turned up in an archive that is read earlier than the one that holds the
            # message: only a reading of all gives the ledger that a fresh store would have.
            wanted = frozenset(entry["name"] for entry in manifest.archives)
        anew = wanted
        plan = make_plan(task.source.lists, manifest, verify=task.verify, anew=anew)


def _stated(task: CoalitionTask) -> dict[str, Any]:
    """Gather what people state of the archives, apart from their bytes."""
    return {
        "coverage": {one.address: _iso(one.retrieved) for one in task.source.lists},
        "damaged": sorted({name for one in task.source.lists for name in one.damaged}),
        "passed_over": [[item.name, item.reason] for item in task.source.passed_over],
    }


def _stated_before(manifest: Manifest) -> dict[str, Any]:
    return {
        "coverage": manifest.coverage,
        "damaged": sorted(entry["name"] for entry in manifest.archives if entry["damaged"]),
        "passed_over": manifest.passed_over,
    }


def _iso(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _carry_out(task: CoalitionTask, store: Store, held: Held, plan: Plan) -> Manifest | None:
    """Read what the plan names and commit; None where the order of copies would be wrong."""
    slug, manifest = task.source.slug, held.manifest
    staged = store.stage(slug)
    left, names = held.left(plan.gone), held.names(plan.gone)
    spool = Spool(staged / "_spool.arrow")
    run = _Run(task, spool, seen_keys(left), names)
    for reading in plan.readings:
        run.read(reading)
    entries = {entry["name"]: entry for entry in [*plan.unchanged, *run.entries]}
    order = [archive.name for one in task.source.lists for archive in one.archives]
    stated = _stated(task)
    result = Manifest(
        archives=[{**entries[name], "damaged": name in stated["damaged"]} for name in order],
        parts=manifest.parts,
        passed_over=stated["passed_over"],
        coverage=stated["coverage"],
        serial=manifest.serial,
        forgotten=task.forgotten.generation,
    )
    ledger = [row["archive"] for row in result.ledger()]
    if is_out_of_order(left, run.rows, names, ledger):
        shutil.rmtree(staged, ignore_errors=True)
        return None
    if plan.gone or not extend(held, staged, result, spool, names, run.rows):
        decide_anew(held, plan.gone, staged, result, spool, names, run.rows)
    store.commit(slug, result, staged)
    return result
