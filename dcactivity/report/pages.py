"""The report of a large body: its contents, and the pages that they lead to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from dcactivity.report.document import document
from dcactivity.report.large import left_out
from dcactivity.report.page import ended_of, opening, sections_of, table_of
from dcactivity.report.paging import plan_of

if TYPE_CHECKING:
    from dcactivity.report.changes import Changes
    from dcactivity.report.model import Report
    from dcactivity.report.paging import Leaf, Plan

__all__ = ["pages_html"]

_FOLDER = "pages"
_STYLES = ("page.css", "pages.css")
_LISTED = 20  # of a list in the contents; all of it has pages of its own
_NAMED = 100  # that have no row in the tables


def pages_html(report: Report) -> Iterator[tuple[str, str]]:
    """Draw the contents, and all pages.

    Parameters
    ----------
    report : Report
        What they say.

    Yields
    ------
    tuple of str
        Name within the report's folder, and one HTML document, see
        `dcactivity.report.document.document`; the contents, ``index.html``, come last. One page
        is in memory at a time.
    """
    plan = plan_of(report)
    links = _Links(plan.homes("sections"), plan.homes("table"))
    for leaf in plan.leaves():
        yield f"{_FOLDER}/{leaf.file}", _leaf(report, plan, leaf, links)
    yield "index.html", _contents(report, plan, links)


@dataclass(frozen=True, slots=True)
class _Links:
    """From slugs to the pages that hold a coalition's section, and its row."""

    sections: dict[str, str]
    tables: dict[str, str]

    def section(self, slug: str, *, seen_from: str | None) -> str | None:
        """Give the way to a section from a page, or from the contents (None)."""
        file = self.sections.get(slug)
        if file is None or file == seen_from:
            return f"#{slug}" if file else None
        return f"{file}#{slug}" if seen_from else f"{_FOLDER}/{file}#{slug}"


def _leaf(report: Report, plan: Plan, leaf: Leaf, links: _Links) -> str:
    script: Any = leaf.kind if leaf.kind in {"table", "sections"} else None
    context: dict[str, Any] = {}
    if leaf.kind == "table":
        status = leaf.items[0]["status"]
        context = table_of(report, leaf.items)
        context |= {"counts": {status: len(leaf.items)}, "table_label": f"Table, {leaf.heading}"}
        context["sorted_by"] = 0
    elif leaf.kind == "sections":
        context = sections_of(report, leaf.items)
    return document(
        "leaf.html.j2",
        report,
        script=script,
        styles=_STYLES,
        at=partial(links.section, seen_from=leaf.file),
        back=links.tables.get,
        folder="",
        leaf=leaf,
        names=plan.names,
        **context,
    )


def _contents(report: Report, plan: Plan, links: _Links) -> str:
    ended, asked, passed_over = (
        ended_of(report),
        report.under_review,
        report.assessment.passed_over,
    )
    return document(
        "contents.html.j2",
        report,
        script=None,
        styles=_STYLES,
        at=partial(links.section, seen_from=None),
        folder=f"{_FOLDER}/",
        tables=plan.tables,
        names=plan.names,
        attention=report.attention[:_LISTED],
        attention_left=max(0, len(report.attention) - _LISTED),
        attention_pages=plan.attention,
        changes=[_shortened(*one) for one in plan.changes],
        left_out=left_out(report),
        ledger=None,
        under_review=asked[:_NAMED],
        under_review_left=max(0, len(asked) - _NAMED),
        ended=ended[:_NAMED],
        ended_left=max(0, len(ended) - _NAMED),
        passed_over=passed_over[:_NAMED],
        passed_over_left=max(0, len(passed_over) - _NAMED),
        **opening(report),
    )


def _shortened(title: str, change: Changes, leaves: list[Leaf]) -> tuple[str, Changes, Any]:
    """Take the first of what changed, and the page on which all of it stands."""
    status = change.status[:_LISTED]
    few = replace(change, status=status, crossed=change.crossed[: _LISTED - len(status)])
    total = len(change.status) + len(change.crossed)
    return title, few, leaves[0] if total > _LISTED else None
