"""The slides: overview, changes, one for each coalition that needs attention, method.

Charts and tables are native ones, so that whoever chairs the meeting can edit them.
"""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pptx import Presentation
from pptx.util import Inches

from dcactivity.report.large import FEATURED, choice_made, featured, is_large
from dcactivity.report.page_sections import finding
from dcactivity.report.page_tables import ledger_sentence, notes
from dcactivity.report.slide_parts import (
    BODY,
    LEFT,
    TOP,
    WIDTH,
    Box,
    add_lines,
    add_title,
    months_chart,
    tally_chart,
    text_table,
)
from dcactivity.report.steady import steady_file
from dcactivity.report.wording import LIMITS, rule_rows, status_word
from dcactivity.version import __version__
from dcactivity.wording import amount, plain_date

if TYPE_CHECKING:
    import os

    from pptx.presentation import Presentation as Deck

    from dcactivity.report.model import Attention, Report

__all__ = ["write_slides"]

_ROWS = 15  # of a table on one slide
_LINES = 14  # of a list on one slide
_MOST_LINES = 5 * _LINES  # of a list of a large body


def write_slides(report: Report, path: str | os.PathLike[str]) -> None:
    """Write the slides.

    Parameters
    ----------
    report : Report
        What they say.
    path : str or path-like
        The file, replaced where there is one.
    """
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    deck.core_properties.title = f"{report.title}, {report.as_of}"
    deck.core_properties.author = f"dcactivity {__version__}"
    _overview(deck, report)
    _all_coalitions(deck, report)
    _changes(deck, report)
    chosen = {row["coalition"]: row for row in featured(report)}
    for one in report.attention:
        if one.coalition in chosen:
            _coalition(deck, report, one, chosen[one.coalition])
    _method(deck, report)
    content = io.BytesIO()
    deck.save(content)
    # The file's dates, and those of its charts' workbooks, are the report's and not the clock's.
    moment = dt.datetime(report.as_of.year, report.as_of.month, report.as_of.day, tzinfo=dt.UTC)
    Path(path).write_bytes(steady_file(content.getvalue(), moment))


def _overview(deck: Deck, report: Report) -> None:
    slide = add_title(deck, report.title, f"As of {plain_date(report.as_of)}")
    tally_chart(slide, Box(LEFT, TOP, WIDTH * 0.42, BODY), report.tally)
    policy = report.review.policy
    lines = [
        f"{report.summary()}.",
        f"Policy: {policy.name}, {policy.title}.",
        ledger_sentence(report.assessment.archives),
        *notes(report),
        f"{amount(len(report.attention), 'coalition')} for the meeting to look at."
        if report.attention
        else "No coalition needs attention.",
        *choice_made(report),
    ]
    add_lines(slide, Box(LEFT + WIDTH * 0.46, TOP, WIDTH * 0.54, BODY), lines, size=16)


def _all_coalitions(deck: Deck, report: Report) -> None:
    """List every coalition, on as many slides as it takes; of a large body, a choice."""
    rows, title, said = featured(report), "All coalitions", report.summary()
    if is_large(report):
        title = "What to look at first"
        said = f"{FEATURED} of {said}"
    heads = ["Coalition", "Status", "Since", "Last message", "Messages", "People", "Conversations"]
    widths = [4.6, 1.2, 1.3, 1.3, 1.2, 1.2, 1.7]
    parts = [rows[i : i + _ROWS] for i in range(0, len(rows), _ROWS)]
    for number, part in enumerate(parts, 1):
        of = f" ({number} of {len(parts)})" if len(parts) > 1 else ""
        slide = add_title(deck, f"{title}{of}", said)
        cells = [
            [
                str(row["name"]),
                status_word(row["status"]),
                _iso(row["since"]),
                _iso(row["last_message"]),
                _whole(row["messages"]),
                _whole(row["participants"]),
                _whole(row["conversations"]),
            ]
            for row in part
        ]
        statuses = [str(row["status"]) for row in part]
        text_table(slide, Box(LEFT, TOP, WIDTH, BODY), [heads, *cells], widths, statuses=statuses)
    asked = _few(report, report.under_review, "status.csv")
    for names in (asked[i : i + _LINES] for i in range(0, len(asked), _LINES)):
        slide = add_title(deck, "Under review", "Asked, and with time left to answer")
        add_lines(slide, Box(LEFT, TOP, WIDTH, BODY), names, size=15)


def _changes(deck: Deck, report: Report) -> None:
    """Say what changed since the last meeting: the earlier report, or the policy's window."""
    change = report.since or report.changes
    since = plain_date(change.before)
    what = f"Since the report of {since}" if report.since else f"Since {since}"
    lines = [text[0].upper() + text[1:] for text in change.lines()]
    lines = _few(report, lines, "the pages, from index.html on")
    parts = [lines[i : i + _LINES] for i in range(0, len(lines), _LINES)]
    for number, part in enumerate(parts, 1):
        of = f" ({number} of {len(parts)})" if len(parts) > 1 else ""
        slide = add_title(deck, f"What changed{of}", what)
        add_lines(slide, Box(LEFT, TOP, WIDTH, BODY), part, size=15)


def _few(report: Report, lines: list[str], elsewhere: str) -> list[str]:
    """Take the first lines of a large body's list, and say where the others are."""
    if not is_large(report) or len(lines) <= _MOST_LINES:
        return lines
    kept = lines[: _MOST_LINES - 1]
    return [*kept, f"… and {len(lines) - len(kept):,} more, in {elsewhere}"]


def _coalition(deck: Deck, report: Report, one: Attention, row: dict[str, Any]) -> None:
    slug = one.coalition
    found = report.explain(slug)
    slide = add_title(deck, one.name, "; ".join(one.reasons), status=one.status)
    half = WIDTH / 2 - 0.15
    add_lines(slide, Box(LEFT, TOP, half, 1.75), [row["why"]], size=13)
    mine = report.months(slug)
    chart = Box(LEFT, TOP + 1.8, half, BODY - 1.8)
    if len(mine):
        months_chart(slide, chart, mine, title=finding(row))
    else:
        add_lines(slide, chart, ["No message is at hand."], size=13)
    right = LEFT + half + 0.3
    rules = [
        [rule["name"], _whole(rule["value"]), rule["asked"], rule["result"]]
        for rule in rule_rows(found.rules, report.review.policy)
    ]
    heads = ["Rule", "Found", "Asked", "Result"]
    used = text_table(
        slide, Box(right, TOP, half, 3.1), [heads, *rules], [2.5, 0.95, 1.9, 1.2], size=10.5
    )
    outlook = [text for text in (found.way_back, found.outlook, found.estimate) if text]
    below = TOP + max(3.2, used + 0.15)
    add_lines(slide, Box(right, below, half, TOP + BODY - below), outlook, size=13)


def _method(deck: Deck, report: Report) -> None:
    policy = report.review.policy
    slide = add_title(deck, "How this comes about", f"Policy {policy.name}, {policy.digest[:12]}")
    wide = WIDTH * 0.62
    add_lines(slide, Box(LEFT, TOP, wide, BODY), policy.sentences(), size=12)
    lines = [
        *LIMITS,
        f"Made by dcactivity {__version__}; the page and the workbook hold the rest.",
    ]
    rest = Box(LEFT + wide + 0.3, TOP, WIDTH - wide - 0.3, BODY)
    add_lines(slide, rest, lines, size=12)


def _iso(moment: Any) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d}"


def _whole(value: Any) -> str:
    return "unknown" if value is None else f"{int(value):,}"
