"""Bodies with more coalitions than fit on one page: what is shown of them, and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from dcactivity.report.model import Report

__all__ = [
    "FEATURED",
    "choice_made",
    "featured",
    "fits_sheet",
    "fits_wide",
    "is_large",
    "left_out",
]

ONE_PAGE = 100  # coalitions; the page of so many opens within a second
FEATURED = 60  # coalitions that have a chart and, where they need attention, a slide
SHEET_ROWS = 100_000  # of a workbook; a table with more takes minutes to open
_SHEET_COLUMNS = 16_384  # a spreadsheet has no more


def is_large(report: Report) -> bool:
    """Tell whether a body has too many coalitions for one page.

    Parameters
    ----------
    report : Report
        What is to be written.

    Returns
    -------
    bool
        Whether the report has many pages, and charts and slides of a choice.
    """
    return len(report.status) > ONE_PAGE


def featured(report: Report) -> list[dict[str, Any]]:
    """Choose the coalitions of which there are charts and slides.

    Parameters
    ----------
    report : Report
        What is to be written.

    Returns
    -------
    list of dict
        Rows of the status table: all of them in its order, or, in a large body, those that need
        attention most, the gravest first.
    """
    rows = report.rows()
    if not is_large(report):
        return rows
    by_slug = {row["coalition"]: row for row in rows}
    first = [by_slug.pop(one.coalition) for one in report.attention[:FEATURED]]
    return [*first, *by_slug.values()][:FEATURED]


def fits_sheet(frame: pd.DataFrame) -> bool:
    """Tell whether a table is short enough for a sheet of the workbook.

    Parameters
    ----------
    frame : DataFrame
        The table.

    Returns
    -------
    bool
        Whether a program for spreadsheets opens it in reasonable time.
    """
    return len(frame) <= SHEET_ROWS


def fits_wide(monthly: pd.DataFrame) -> bool:
    """Tell whether the months fit a sheet with a column for each coalition.

    Parameters
    ----------
    monthly : DataFrame
        The monthly table.

    Returns
    -------
    bool
        False also where a spreadsheet does not have so many columns.
    """
    return fits_sheet(monthly) and monthly["coalition"].nunique() < _SHEET_COLUMNS


def left_out(report: Report) -> list[str]:
    """Say what the outputs leave out, and where it stands.

    Parameters
    ----------
    report : Report
        What is to be written.

    Returns
    -------
    list of str
        Sentences; none where everything is shown.
    """
    return [*choice_made(report), *_sheets(report)]


def choice_made(report: Report) -> list[str]:
    """Say of which coalitions there are charts and slides, where it is not all of them.

    Parameters
    ----------
    report : Report
        What is to be written.

    Returns
    -------
    list of str
        Sentences; none for a body that has room on one page.
    """
    if not is_large(report):
        return []
    of = f"{FEATURED} of the {len(report.status):,} coalitions"
    return [
        (
            f"The charts in charts/ show {of}, those that need attention first. "
            "The pages draw the months and the past of each."
        ),
        (
            f"The slides show {of}, too. The pages, and the sheets Summary and Status of "
            "report.xlsx, hold all of them."
        ),
    ]


def _sheets(report: Report) -> Iterator[str]:
    assessment, review = report.assessment, report.review
    tables = {
        "Monthly": assessment.monthly,
        "Reasons": review.reasons,
        "History": review.history,
        "Archives": assessment.archives,
    }
    for name, frame in tables.items():
        if not fits_sheet(frame):
            yield (
                f"report.xlsx has no sheet {name}: {name.lower()}.csv has the {len(frame):,} rows."
            )
    if not fits_wide(assessment.monthly):
        yield "report.xlsx has no sheet Monthly wide: monthly.csv has its figures."
