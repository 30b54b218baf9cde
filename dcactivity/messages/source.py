"""What SOURCE means: which coalitions, which lists, and which archives belong to each."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from dcactivity.archives.find import expand_globs, find_archives
from dcactivity.archives.found import Archive, PassedOver
from dcactivity.coalitions import Coalition, MailingList, slugify
from dcactivity.errors import MissingError, RegistryError
from dcactivity.fetched import with_fetched
from dcactivity.registry import Registry

__all__ = [
    "COORDINATION",
    "CoalitionSource",
    "ListSource",
    "Source",
    "open_source",
    "with_retrieved",
]

REGISTRY_FILE = "coalitions.toml"

COORDINATION = "(coordination)"
"""Stands in the ledger for the coalition of the body's own lists; no slug can be the same."""

_OURS = frozenset(
    {
        "attendance.csv",
        "cases.sqlite",
        "coalitions.toml",
        "evidence.csv",
        "exemptions.csv",
        "fetched.json",
        "observations.csv",
        "people.toml",
        "reports.csv",
        "statements.csv",
    }
)


_NOTHING_KNOWN: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ListSource:
    """One list and the archives that hold it.

    Attributes
    ----------
    address : str
        The list's address; the coalition's slug where nobody stated one.
    archives : tuple of Archive
        In the order in which they are read; the first copy of a message is the one kept.
    damaged : frozenset of str
        Names of archives that are known to be broken.
    retrieved : date or None
        The day up to which the archives are complete, where somebody stated it.
    """

    address: str
    archives: tuple[Archive, ...]
    damaged: frozenset[str] = frozenset()
    retrieved: dt.date | None = None


@dataclass(frozen=True, slots=True)
class CoalitionSource:
    """One coalition's lists."""

    slug: str
    lists: tuple[ListSource, ...]
    passed_over: tuple[PassedOver, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A source as it was found.

    Attributes
    ----------
    root : Path
        The folder that names of archives are relative to.
    registry : Registry
        As ``coalitions.toml`` has it, or made from what lies there.
    coalitions : tuple of CoalitionSource
        In the order of the registry.
    coordination : CoalitionSource
        The body's own lists, on which all coalitions are addressed together.
    passed_over : tuple of PassedOver
        What lies at the top and belongs to no coalition.
    unmatched : tuple of str
        Globs of the registry that match nothing.
    """

    root: Path
    registry: Registry
    coalitions: tuple[CoalitionSource, ...]
    coordination: CoalitionSource = CoalitionSource(COORDINATION, ())
    passed_over: tuple[PassedOver, ...] = ()
    unmatched: tuple[str, ...] = ()


def open_source(
    path: Path, *, retrieved: dt.date | None = None, known: Mapping[str, str] = _NOTHING_KNOWN
) -> Source:
    """Find the coalitions and archives of a source.

    Parameters
    ----------
    path : Path
        An archive, a folder of archives, a folder with ``coalitions.toml``, or that file.
    retrieved : date or None
        The day up to which the archives of lists are complete for which nobody states one.
    known : mapping
        From names of archives to what they looked like when they were recognised before, see
        `dcactivity.archives.find.signature`; files that still look so are not opened.

    Returns
    -------
    Source
        Nothing of the archives' content but what is needed to recognise them was read.

    Raises
    ------
    MissingError
        If nothing is there.
    RegistryError, ArchiveError
        If the registry or a glob in it is wrong, or no archive is found.
    """
    path = Path(path)
    if not path.exists():
        raise MissingError(
            "no such file or folder",
            path=path,
            hint="name an archive, a folder of archives or a store",
        )
    if path.is_file() and path.name == REGISTRY_FILE:
        path = path.parent
    if path.is_dir() and (path / REGISTRY_FILE).is_file():
        registry = with_retrieved(with_fetched(Registry.load(path)), retrieved)
        return _by_registry(registry, known)
    return _by_folders(path, retrieved, known)


def with_retrieved(registry: Registry, retrieved: dt.date | None) -> Registry:
    """State until when archives are complete, for lists of which the registry does not.

    Parameters
    ----------
    registry : Registry
        As it was read or made.
    retrieved : date or None
        The last day covered; None changes nothing.

    Returns
    -------
    Registry
        A new one.
    """
    if retrieved is None:
        return registry

    def stated(one: MailingList) -> MailingList:
        return dataclasses.replace(one, retrieved=one.retrieved or retrieved)

    coalitions = tuple(
        dataclasses.replace(coalition, lists=tuple(map(stated, coalition.lists)))
        for coalition in registry.coalitions
    )
    return dataclasses.replace(registry, coalitions=coalitions)


def _by_registry(registry: Registry, known: Mapping[str, str]) -> Source:
    matcher = _Matcher(registry, known)
    coalitions = tuple(
        matcher.match(coalition.slug, coalition.lists) for coalition in registry.coalitions
    )
    own = tuple(
        MailingList(address=one.address, archives=one.archives)
        for one in registry.body.coordination_lists
    )
    return Source(
        registry.root,
        registry,
        coalitions,
        matcher.match(COORDINATION, own),
        unmatched=tuple(matcher.unmatched),
    )


class _Matcher:
    """Follow the globs of a registry, and see to it that no archive belongs to two."""

    def __init__(self, registry: Registry, known: Mapping[str, str]) -> None:
        self._root = registry.root
        self._known = known
        self._taken: dict[str, str] = {}
        self.unmatched: list[str] = []

    def match(self, slug: str, entries: tuple[MailingList, ...]) -> CoalitionSource:
        """Find the archives of one coalition's lists."""
        lists: list[ListSource] = []
        passed_over: list[PassedOver] = []
        for one in entries:
            archives, left, missing = expand_globs(self._root, one.archives, known=self._known)
            damaged, _, _ = expand_globs(self._root, one.damaged, known=self._known)
            self.unmatched += missing
            passed_over += left
            mine: list[Archive] = []
            for archive in archives:
                owner = self._taken.setdefault(archive.name, slug)
                if owner != slug:
                    raise RegistryError(
                        f"{archive.name} belongs to {owner} and to {slug}",
                        path=self._root / REGISTRY_FILE,
                        hint="let the globs of each coalition match its own archives only",
                    )
                mine.append(archive)
            earlier = {archive.name for other in lists for archive in other.archives}
            lists.append(
                ListSource(
                    address=one.address or slug,
                    archives=tuple(archive for archive in mine if archive.name not in earlier),
                    damaged=frozenset(archive.name for archive in damaged),
                    retrieved=one.retrieved,
                )
            )
        return CoalitionSource(slug, tuple(lists), tuple(passed_over))


def _by_folders(path: Path, retrieved: dt.date | None, known: Mapping[str, str]) -> Source:
    """Take each sub-folder and each archive at the top for a coalition of its name."""
    groups: list[tuple[str, list[Archive], list[PassedOver]]] = []
    root = path if path.is_dir() else path.parent
    archives, passed_over = find_archives(path, root=root, known=known)
    if path.is_file():
        groups.append((_stem(path.name), archives, []))
    elif any(archive.path == path for archive in archives) or _is_series(archives):
        # The folder itself is the archive, or holds the months of one list.
        groups.append((path.resolve().name, archives, []))
    else:
        groups, passed_over = _by_top(archives, passed_over)
    merged: dict[str, tuple[list[Archive], list[PassedOver]]] = {}
    for name, mine, left in groups:
        entry = merged.setdefault(slugify(name) or "list", ([], []))
        entry[0].extend(mine)
        entry[1].extend(left)
    if not any(mine for mine, _ in merged.values()):
        raise RegistryError(
            "holds no archive that could be recognised",
            path=path,
            hint="see the README for the kinds of archives that are read",
        )
    coalitions = []
    sources = []
    for slug, (mine, left) in sorted(merged.items()):
        if not mine:
            passed_over += left
            continue
        one = MailingList(archives=tuple(archive.name for archive in mine), retrieved=retrieved)
        coalitions.append(Coalition(slug=slug, name=slug, lists=(one,)))
        lists = (ListSource(slug, tuple(mine), retrieved=retrieved),)
        sources.append(CoalitionSource(slug, lists, tuple(left)))
    registry = Registry(coalitions=tuple(coalitions), root=root)
    return Source(root, registry, tuple(sources), passed_over=tuple(passed_over))


def _by_top(
    archives: list[Archive], passed_over: list[PassedOver]
) -> tuple[list[tuple[str, list[Archive], list[PassedOver]]], list[PassedOver]]:
    """Group by the first part of the path."""
    groups: dict[str, tuple[str, list[Archive], list[PassedOver]]] = {}
    for archive in archives:
        top, _, rest = archive.name.partition("/")
        name = top if rest or archive.kind == "folder" else _stem(top)
        groups.setdefault(name, (name, [], []))[1].append(archive)
    left = []
    for item in passed_over:
        top, _, rest = item.name.partition("/")
        if rest and top in groups:
            groups[top][2].append(item)
        elif top not in _OURS:
            left.append(item)
    return list(groups.values()), left


_MONTH_FILE = re.compile(
    r"(?i)(?:\d{4}-?(?:\d{2}|q[1-4]|january|february|march|april|may|june|july|august|september"
    r"|october|november|december)?)(?:\.(?:txt|mbox|mbx|gz|bz2|xz|zst))*"
)


def _is_series(archives: list[Archive]) -> bool:
    """Tell whether a folder holds nothing but the months of one list, as pipermail names them.

    A date names no coalition: taken one by one, each month would be one.
    """
    return bool(archives) and all(_MONTH_FILE.fullmatch(archive.name) for archive in archives)


_SUFFIXES = frozenset(
    {".mbox", ".mbx", ".txt", ".gz", ".bz2", ".xz", ".zst", ".lzma"}
    | {".zip", ".tar", ".tgz", ".bundle", ".git", ".eml"}
)


def _stem(name: str) -> str:
    """Drop what says the format: ``dc-x.mbox.gz`` is the archive of ``dc-x``."""
    path = Path(name)
    while path.suffix.lower() in _SUFFIXES and path.stem:
        path = Path(path.stem)
    return path.name
