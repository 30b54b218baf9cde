"""Which page of a large body's report holds what."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dcactivity.report.model import GRAVEST_FIRST
from dcactivity.report.page import titled_changes
from dcactivity.report.wording import status_word
from dcactivity.timeline import STATUSES

if TYPE_CHECKING:
    from dcactivity.report.changes import Changes
    from dcactivity.report.model import Report

__all__ = ["Entry", "Leaf", "Plan", "plan_of"]

# Bounds for which each page opens in well under a second; docs/cluster.md has the figures.
SECTIONS = 50
ROWS = 500
LINES = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list.

    Parameters
    ----------
    coalition, name : str
        Which one.
    status : str or None
        What it is marked with.
    text : str
        What follows its name.
    """

    coalition: str
    name: str
    status: str | None
    text: str


@dataclass(frozen=True, slots=True, eq=False)
class Leaf:
    """One page besides the contents.

    Parameters
    ----------
    kind : str
        ``sections, table, names, attention`` or ``changes``.
    file : str
        Its name.
    title : str
        What it is a part of.
    first, total : int
        The number of its first item, from 1, and how many there are on all such pages.
    items : list
        Rows of the status table, or entries.
    before, after : str or None
        Names of its neighbours.
    """

    kind: str
    file: str
    title: str
    first: int
    total: int
    items: list[Any]
    before: str | None = None
    after: str | None = None

    @property
    def range(self) -> str:
        """Numbers of its first and last item."""
        last = self.first + len(self.items) - 1
        return f"{self.first:,}" if last == self.first else f"{self.first:,} to {last:,}"

    @property
    def heading(self) -> str:
        """What stands at its head."""
        whole = len(self.items) == self.total
        return f"{self.title}: {'all ' if whole else f'{self.range} of '}{self.total:,}"

    @property
    def begins(self) -> str:
        """Name of its first item."""
        return _name(self.items[0])

    @property
    def ends(self) -> str:
        """Name of its last item."""
        return _name(self.items[-1])


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """All pages besides the contents.

    Parameters
    ----------
    sections : list of Leaf
        With the section of each coalition, in the order of the table.
    tables : dict
        From statuses, the gravest first, to the leaves of their tables.
    names, attention : list of Leaf
        All names, and all that need attention.
    changes : list of tuple
        Title, what changed, and the leaves that list it.
    """

    sections: list[Leaf]
    tables: dict[str, list[Leaf]]
    names: list[Leaf]
    attention: list[Leaf]
    changes: list[tuple[str, Changes, list[Leaf]]]

    def leaves(self) -> Iterator[Leaf]:
        """Give all of them.

        Yields
        ------
        Leaf
            Kind by kind.
        """
        yield from self.sections
        for some in (*self.tables.values(), self.names, self.attention):
            yield from some
        for _, _, some in self.changes:
            yield from some

    def homes(self, kind: str) -> dict[str, str]:
        """Tell on which page of a kind each coalition stands.

        Parameters
        ----------
        kind : {"sections", "table"}
            The kind.

        Returns
        -------
        dict
            From slugs to names of files.
        """
        return {
            row["coalition"]: leaf.file
            for leaf in self.leaves()
            if leaf.kind == kind
            for row in leaf.items
        }


def plan_of(report: Report) -> Plan:
    """Plan the pages of a report.

    Parameters
    ----------
    report : Report
        What it says.

    Returns
    -------
    Plan
        Empty kinds have no page.
    """
    rows = report.rows()
    number = _numbering()
    tables: dict[str, list[Leaf]] = {}
    for status in STATUSES:
        mine = [row for row in rows if row["status"] == status]
        tables[status] = number("table", status_word(status).capitalize(), mine, ROWS)
    attention = [
        Entry(one.coalition, one.name, one.status, f": {'; '.join(one.reasons)}")
        for one in report.attention
    ]
    return Plan(
        sections=number("sections", "Coalitions", rows, SECTIONS),
        tables={status: tables[status] for status in GRAVEST_FIRST if tables[status]},
        names=number("names", "Coalitions by name", _names(report, rows), LINES),
        attention=number("attention", "What needs attention", attention, LINES),
        changes=[
            (title, change, number("changes", title, list(_changed(change)), LINES))
            for title, change in titled_changes(report)
        ],
    )


def _numbering() -> Callable[[str, str, list[Any], int], list[Leaf]]:
    """Divide lists into leaves; the files of a kind are numbered on."""
    used: dict[str, int] = {}

    def number(kind: str, title: str, items: list[Any], size: int) -> list[Leaf]:
        parts = [items[start : start + size] for start in range(0, len(items), size)]
        begin = used.get(kind, 0) + 1
        used[kind] = begin - 1 + len(parts)
        prefix = "" if kind == "sections" else f"{kind}-"
        files = [f"{prefix}{begin + place:04}.html" for place in range(len(parts))]
        return [
            Leaf(
                kind=kind,
                file=files[place],
                title=title,
                first=place * size + 1,
                total=len(items),
                items=part,
                before=files[place - 1] if place else None,
                after=files[place + 1] if place + 1 < len(files) else None,
            )
            for place, part in enumerate(parts)
        ]

    return number


def _names(report: Report, rows: Iterable[dict[str, Any]]) -> list[Entry]:
    """List the coalitions by name, and by the other names that the registry has for them."""
    found = []
    for row in rows:
        slug, name, status = row["coalition"], str(row["name"]), row["status"]
        found.append(Entry(slug, name, status, "" if slug == name else f" ({slug})"))
        found += [
            Entry(slug, text, status, f": {name}")
            for text in report.entry(slug).aliases
            if text != name
        ]
    return sorted(found, key=lambda one: (_folded(one.name), one.name, one.coalition))


def _changed(change: Changes) -> Iterator[Entry]:
    for one in change.status:
        yield Entry(one.coalition, one.name, one.after, str(one).removeprefix(one.name))
    for crossed in change.crossed:
        text = str(crossed).removeprefix(crossed.name)
        yield Entry(crossed.coalition, crossed.name, None, text)


def _folded(text: str) -> str:
    """Leave out accents and capitals, as the search in the tables does."""
    letters = unicodedata.normalize("NFKD", text)
    return "".join(one for one in letters if not unicodedata.combining(one)).casefold()


def _name(item: Any) -> str:
    return item.name if isinstance(item, Entry) else str(item["name"])
