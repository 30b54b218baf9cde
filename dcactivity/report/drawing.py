"""The charts of a report, as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from dcactivity import charts
from dcactivity.report.page_sections import finding
from dcactivity.report.wording import status_word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from matplotlib.axes import Axes

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


def _figures(report: Report) -> Iterator[tuple[str, Figure]]:
    """Give the charts of all coalitions, then one for each; each figure is drawn but once."""
    review, monthly, day = report.review, report.assessment.monthly, report.as_of
    names = dict(zip(review.status["coalition"], review.status["name"], strict=True))
    height = 1.4 + 0.28 * max(3, len(review.status))
    yield "overview", charts.overview(monthly, review.status, as_of=day)
    past = review.history[review.history["coalition"].isin(names)]
    yield "history", _drawn(9, height, charts.history, past, as_of=day, names=names)
    yield "silence", _drawn(9, height, charts.silence, review.status, as_of=day)
    parts = report.parts
    if parts.writing is not None and len(parts.writing):
        yield "hours", _drawn(9, 5.2, charts.hours, parts.writing, as_of=day)
    if parts.principles is not None:
        tall = _drawn(7, height, charts.principles, parts.principles, as_of=day, names=names)
        yield "principles", tall
    if parts.reports is not None:
        yield "annual_reports", _drawn(9, height, charts.annual_reports, parts.reports, as_of=day)
    if parts.attendance is not None and len(parts.attendance):
        yield (
            "attendance",
            _drawn(9, height, charts.attendance, parts.attendance, as_of=day, names=names),
        )
    yield from _each(report)


def _drawn(
    width: float, height: float, draw: Callable[..., Axes], *args: Any, **kw: Any
) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    draw(*args, ax=figure.subplots(), **kw)
    return figure


def _each(report: Report) -> Iterator[tuple[str, Figure]]:
    """Draw one coalition after the other."""
    review = report.review
    for row in report.rows():
        # Fixed margins: to find the best ones costs as much as the chart itself.
        figure = Figure(figsize=(9, 4.2))
        ax = figure.add_axes((0.065, 0.17, 0.92, 0.66))
        charts.volume(
            report.assessment.monthly,
            coalition=row["coalition"],
            ax=ax,
            status=review.bands,
            as_of=review.as_of,
            title=f"{row['name']}: {status_word(row['status'])}; {finding(row).lower()}",
        )
        yield row["coalition"], figure
