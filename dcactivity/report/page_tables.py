"""What the page's tables hold: all coalitions, findings, the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
from markupsafe import Markup

from dcactivity.explaining import recent_months
from dcactivity.periods import to_number
from dcactivity.report.model import PRINCIPLES
from dcactivity.report.svg import month_number, sparkline
from dcactivity.report.wording import chance
from dcactivity.timeline import STATUSES
from dcactivity.wording import amount, plain_date

if TYPE_CHECKING:
    from dcactivity.report.model import Report

__all__ = [
    "Cell",
    "Column",
    "columns_of",
    "findings_of",
    "first_month",
    "ledger",
    "ledger_sentence",
    "notes",
    "table_rows",
]

_SPARK_MONTHS = 12
_VERDICTS = {"yes": "yes", "conditional": "with a condition", "no": "no", "unknown": "unknown"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table of all coalitions.

    Parameters
    ----------
    name, head : str
        Its key in the status table, and what stands above it.
    kind : str
        How it is sorted: ``n`` as a number, ``t`` as a text.
    number : bool
        Whether its cells are aligned as numbers.
    """

    name: str
    head: str
    kind: str
    number: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of it.

    Parameters
    ----------
    value : str
        What it is sorted by; empty where nobody can tell.
    shown : str or Markup
        What is seen.
    number : bool
        Whether it is aligned as a number.
    """

    value: str
    shown: str | Markup
    number: bool = False


_COLUMNS = (
    Column("name", "Coalition", "t"),
    Column("status", "Status", "n"),
    Column("since", "Since", "t"),
    Column("last_message", "Last message", "t"),
    Column("spark", "Last 12 months", "n"),
    Column("messages", "Messages", "n", number=True),
    Column("participants", "People", "n", number=True),
    Column("conversations", "Conver­sations", "n", number=True),
    Column("silence_risk", "Chance of silence", "n", number=True),
    Column("membership", "Member­ship", "t"),
    Column("mailing_list", "List", "t"),
    Column("archive", "Archive", "t"),
    Column("reports_missing", "Reports missing", "n", number=True),
    Column("covered_until", "Covered until", "t"),
)


def columns_of(report: Report) -> list[Column]:
    """Choose the columns: those of parts that are not there are left out.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    list of Column
        In their order.
    """
    return [one for one in _COLUMNS if one.name == "spark" or one.name in report.status.columns]


def table_rows(report: Report, chosen: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Make the rows of the table of coalitions.

    Parameters
    ----------
    report : Report
        The report.
    chosen : list of dict
        Rows of the status table, in the order in which they are to stand.

    Returns
    -------
    list of dict
        ``slug, name, status, rank, search, cells``.
    """
    columns = columns_of(report)[2:]
    rows = []
    for row in chosen:
        entry = report.entry(row["coalition"])
        search = " ".join([row["coalition"], row["name"], *entry.aliases])
        rows.append(
            {
                "slug": row["coalition"],
                "name": row["name"],
                "status": row["status"],
                "rank": STATUSES.index(row["status"]),
                "search": search,
                "cells": [_cell(report, row, column) for column in columns],
            }
        )
    return rows


def _cell(report: Report, row: dict[str, Any], column: Column) -> Cell:
    if column.name == "spark":
        return _spark(report, row["coalition"])
    value = row[column.name]
    if value is None:
        return Cell("", "", column.number)
    if column.name == "silence_risk":
        return Cell(f"{value:.4f}", chance(value), column.number)
    if column.name in PRINCIPLES:
        return Cell(str(value), _VERDICTS.get(str(value), str(value)))
    if column.name == "last_message":
        return Cell(value.isoformat(), f"{value:%Y-%m-%d}")
    if column.kind == "t":
        return Cell(f"{value:%Y-%m-%d}", f"{value:%Y-%m-%d}")
    return Cell(str(int(value)), f"{int(value):,}", column.number)


def _spark(report: Report, coalition: str) -> Cell:
    review = report.review
    months = recent_months(review.subjects[coalition], to_number(review.as_of))["messages"]
    counts = [None if pd.isna(count) else int(count) for count in months.tail(_SPARK_MONTHS)]
    told = [count for count in counts if count is not None]
    said = ", ".join("unknown" if count is None else str(count) for count in counts)
    label = f"messages in each of the last {_SPARK_MONTHS} months: {said}"
    return Cell(str(sum(told)) if told else "", sparkline(counts, label=label))


def first_month(report: Report) -> float:
    """Find where the axis of all coalitions' past begins.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    float
        The first January of any span, a year ago at the latest.
    """
    last = month_number(report.as_of.replace(day=1)) + 1
    starts = report.review.bands["start"]
    first = last - 12 if not len(starts) else month_number(starts.min().date())
    return float(int(min(first, last - 12)) // 12 * 12)


def notes(report: Report) -> list[str]:
    """Say what a reader must know before any figure.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    list of str
        Sentences; often none.
    """
    said = []
    if not report.assessment.as_of_given:
        said.append(
            f"Nobody named a day: {plain_date(report.as_of)} is the latest that any archive "
            "covers."
        )
    coverage = report.review.coverage
    doubtful = coverage[coverage["covered_until"].notna() & ~coverage["known"].fillna(value=False)]
    if len(doubtful):
        which = f"of {amount(len(doubtful), 'coalition')}"
        if len(doubtful) == len(coverage):
            which = "of the coalitions"
        said.append(
            f"Nobody stated until when the archives {which} are complete. They are taken to reach "
            "to their newest message, and a list that died long ago seems alive when it is looked "
            "at from its own last message."
        )
    return said


def findings_of(report: Report) -> list[dict[str, Any]]:
    """Give the findings on the data as rows.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    list of dict
        The gravest first; none where nobody looked.
    """
    frame = report.parts.findings
    if frame is None:
        return []
    texts = frame.astype(object)
    rows: list[Any] = texts.where(frame.notna(), "").to_dict("records")
    return rows


def ledger(archives: pd.DataFrame) -> list[dict[str, Any]]:
    """Sum up the ledger of archives by coalition, list and format.

    Parameters
    ----------
    archives : DataFrame
        The ledger, one row an archive.

    Returns
    -------
    list of dict
        ``coalition, list, format, files, read, kept, duplicates, quarantined, undated, first,
        last``, sorted.
    """
    rows = []
    keys = ["coalition", "list", "format"]
    for key, group in archives.fillna(dict.fromkeys(keys, "")).groupby(keys, sort=True):
        sums = ("read", "kept", "duplicates", "quarantined", "undated")
        first, last = group["first"].min(), group["last"].max()
        rows.append(
            dict(zip(keys, key, strict=True))
            | {name: int(group[name].sum()) for name in sums}
            | {
                "files": len(group),
                "first": "" if pd.isna(first) else f"{first:%Y-%m-%d}",
                "last": "" if pd.isna(last) else f"{last:%Y-%m-%d}",
            }
        )
    return rows


def ledger_sentence(archives: pd.DataFrame) -> str:
    """Say in one sentence what was read.

    Parameters
    ----------
    archives : DataFrame
        The ledger, one row an archive.

    Returns
    -------
    str
        With the sums.
    """
    read, kept, doubles, aside = (
        int(archives[name].sum()) for name in ("read", "kept", "duplicates", "quarantined")
    )
    return (
        f"{amount(len(archives), 'archive')}: {read:,} messages read, of which {kept:,} were "
        f"kept, {doubles:,} were doubles and {aside:,} were set aside as unreadable."
    )
