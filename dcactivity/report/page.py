"""The page: one file that needs nothing else, or the contents of many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dcactivity.frames import rows_of
from dcactivity.report.document import document
from dcactivity.report.page_hours import hours_section
from dcactivity.report.page_sections import section
from dcactivity.report.page_tables import (
    columns_of,
    findings_of,
    first_month,
    ledger,
    ledger_sentence,
    table_rows,
)
from dcactivity.report.svg import axis, month_number
from dcactivity.report.wording import LIMITS, MEANINGS, RANKS, WORDS
from dcactivity.wording import amount, plain_date

if TYPE_CHECKING:
    from dcactivity.report.changes import Changes
    from dcactivity.report.model import Report

__all__ = ["ended_of", "opening", "page_html", "sections_of", "table_of", "titled_changes"]

_MOST_FINDINGS = 60  # on the page; the command doctor prints them all
_MISLEADING = 1


def page_html(report: Report) -> str:
    """Draw the page of a body that has room on one.

    Parameters
    ----------
    report : Report
        What it says.

    Returns
    -------
    str
        One HTML document, see `dcactivity.report.document.document`.
    """
    rows = report.rows()
    slugs = {row["coalition"] for row in rows}
    return document(
        "page.html.j2",
        report,
        script="table",
        styles=("page.css",),
        at=lambda slug: f"#{slug}" if slug in slugs else None,
        back=lambda _: "#coalitions",
        folder="",
        tables=None,
        attention=report.attention,
        attention_left=0,
        changes=[(title, change, None) for title, change in titled_changes(report)],
        ledger=ledger(report.assessment.archives),
        under_review=report.under_review,
        under_review_left=0,
        ended=ended_of(report),
        ended_left=0,
        passed_over=report.assessment.passed_over,
        passed_over_left=0,
        counts=report.tally,
        table_label="Table of all coalitions",
        sorted_by=1,
        **table_of(report, rows),
        **sections_of(report, rows),
        **opening(report),
    )


def opening(report: Report) -> dict[str, Any]:
    """Gather what the first page shows, however many there are.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    dict
        What the templates name.
    """
    found = findings_of(report)
    return {
        "meanings": MEANINGS,
        "hours": hours_section(report),
        "words": WORDS,
        "limits": LIMITS,
        "ranks": RANKS,
        "gravest": [one for one in found if one["rank"] == _MISLEADING][:8],
        "findings": found[:_MOST_FINDINGS],
        "findings_left": max(0, len(found) - _MOST_FINDINGS),
        "ledger_sentence": ledger_sentence(report.assessment.archives),
    }


def table_of(report: Report, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Gather what the table of some coalitions shows.

    Parameters
    ----------
    report : Report
        The report.
    rows : list of dict
        Their rows of the status table.

    Returns
    -------
    dict
        What the templates name.
    """
    return {"columns": columns_of(report), "rows": table_rows(report, rows)}


def sections_of(report: Report, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Gather what the sections of some coalitions show, and the strips above them.

    Parameters
    ----------
    report : Report
        The report.
    rows : list of dict
        Their rows of the status table.

    Returns
    -------
    dict
        What the templates name.
    """
    first = first_month(report)
    last = month_number(report.as_of.replace(day=1)) + 1
    return {
        "sections": [section(report, row, first, last) for row in rows],
        "years": axis(first, last),
        "first_year": int(first // 12),
    }


def ended_of(report: Report) -> list[dict[str, Any]]:
    """List those that exist no longer.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    list of dict
        ``coalition, name, ended, successor``, what is missing as None.
    """
    return rows_of(report.review.ended)


def titled_changes(report: Report) -> list[tuple[str, Changes]]:
    """Title what changed; an earlier report that was named comes first.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    list of tuple
        Titles, and what changed.
    """
    months = amount(report.review.policy.active.window_months, "month")
    day = plain_date(report.changes.before)
    found = [(f"Status changed in the {months} since {day}", report.changes)]
    if report.since is not None:
        day = plain_date(report.since.before)
        found.insert(0, (f"Changed since the report of {day}", report.since))
    return found
