"""Which archives of a coalition have to be read: new, changed, grown, removed, unchanged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dcactivity.archives.digests import BLOCK, ArchiveDigest
from dcactivity.archives.find import content_digest, signature
from dcactivity.archives.mbox import is_separator

if TYPE_CHECKING:
    from dcactivity.archives.found import Archive
    from dcactivity.messages.source import ListSource
    from dcactivity.messages.store import Manifest

__all__ = ["Plan", "Reading", "digest_of", "make_plan"]

_PEEK = 1 << 20


@dataclass(frozen=True, slots=True)
class Reading:
    """One archive that has to be read.

    Attributes
    ----------
    archive : Archive
        Where it lies.
    address : str
        The list it belongs to.
    signature : str
        What it looked like when the plan was made.
    grown : dict or None
        The manifest's entry where only a tail has to be read.
    digest : ArchiveDigest or None
        For a tail, the digest of what was read before, to be continued.
    """

    archive: Archive
    address: str
    signature: str
    grown: dict[str, Any] | None = None
    digest: ArchiveDigest | None = None


@dataclass(slots=True)
class Plan:
    """What an ingest of one coalition has to do.

    Attributes
    ----------
    readings : list of Reading
        In the order in which archives are read.
    unchanged : list of dict
        Manifest entries that stay as they are.
    gone : set of str
        Names of archives whose messages leave the store.
    """

    readings: list[Reading] = field(default_factory=list)
    unchanged: list[dict[str, Any]] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)


def make_plan(
    lists: tuple[ListSource, ...], manifest: Manifest, *, verify: bool, anew: frozenset[str]
) -> Plan:
    """Compare the archives at hand with those that were read before.

    Parameters
    ----------
    lists : tuple of ListSource
        The archives at hand.
    manifest : Manifest
        What was read before.
    verify : bool
        Read the bytes of archives that look unchanged, and compare their digests.
    anew : frozenset of str
        Names of archives to be read whole in any case.

    Returns
    -------
    Plan
        Unchanged means same size, time and inode.
    """
    plan = Plan()
    known = {entry["name"]: entry for entry in manifest.archives}
    for one in lists:
        for archive in one.archives:
            entry = known.pop(archive.name, None)
            seen = signature(archive)
            if entry is None:
                plan.readings.append(Reading(archive, one.address, seen))
                continue
            same_list = entry["list"] == one.address and archive.name not in anew
            if (
                same_list
                and entry["signature"] == seen
                and not (verify and _differs(archive, entry))
            ):
                plan.unchanged.append(entry)
                continue
            digest = _continued(archive, entry) if same_list else None
            if digest is None:
                plan.gone.add(archive.name)
            grown = entry if digest is not None else None
            plan.readings.append(Reading(archive, one.address, seen, grown, digest))
    plan.gone.update(known)
    return plan


def digest_of(archive: Archive) -> str:
    """Compute the digest of an archive's bytes.

    Parameters
    ----------
    archive : Archive
        A file or folder.

    Returns
    -------
    str
        See `ArchiveDigest.text`; for a folder over the names and contents of its files.
    """
    if archive.kind == "folder":
        return f"sha256:{content_digest(archive)}"
    digest = ArchiveDigest()
    with archive.path.open("rb", buffering=0) as file:
        while block := file.read(_PEEK):
            digest.update(block)
    return digest.text()


def _differs(archive: Archive, entry: dict[str, Any]) -> bool:
    return digest_of(archive) != str(entry["digest"])


def _continued(archive: Archive, entry: dict[str, Any]) -> ArchiveDigest | None:
    """Give the digest to be continued, where the archive is the former one and a tail.

    The last block read before is compared byte by byte; that the earlier ones are the same is
    left to ``--verify``. A tail has to begin with a message: else the last one went on.
    """
    tail = entry.get("tail")
    if tail is None or archive.kind != "file" or archive.path.stat().st_size <= tail["size"]:
        return None
    digest = ArchiveDigest(entry["blocks"])
    begin = len(entry["blocks"]) * BLOCK
    with archive.path.open("rb") as file:
        file.seek(begin)
        digest.update(file.read(tail["size"] - begin))
        start = file.read(_PEEK)
    if digest.text() != entry["digest"]:
        return None
    context = bytes.fromhex(tail["context"])
    after_blank = context.endswith((b"\n\n", b"\n\r\n"))
    whole = len(start) < _PEEK
    if not start.startswith(b"From ") or not context.endswith(b"\n"):
        return None
    return digest if is_separator(start, 0, after_blank=after_blank, ended=whole) else None
