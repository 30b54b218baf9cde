"""The charts of a report, as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dcactivity import charts
from dcactivity.report.page_sections import finding
from dcactivity.report.wording import status_word

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dcactivity.report.model import Report

__all__ = ["draw_charts"]


def draw_charts(report: Report, folder: Path) -> list[Path]:
    """Draw the charts of all coalitions, and one chart each, as PNG and SVG.

    Parameters
    ----------
    report : Report
        What they say.
    folder : Path
        Where the files go.

    Returns
    -------
    list of Path
        The files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    with charts.house_style():
        for name, figure in _figures(report):
            for suffix in ("png", "svg"):
                written.append(folder / f"{name}.{suffix}")
                charts.save(figure, written[-1])
    return written


def _figures(report: Report) -> Iterator[tuple[str, Any]]:
    from matplotlib.figure import Figure

    review, monthly = report.review, report.assessment.monthly
    yield "overview", charts.overview(monthly, review.status, as_of=review.as_of)
    for row in report.rows():
        figure = Figure(figsize=(9, 4.2), layout="constrained")
        charts.volume(
            monthly,
            coalition=row["coalition"],
            ax=figure.subplots(),
            status=review.bands,
            as_of=review.as_of,
            title=f"{row['name']}: {status_word(row['status'])}; {finding(row)}",
        )
        yield row["coalition"], figure
