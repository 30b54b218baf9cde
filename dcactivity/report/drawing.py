"""The charts of a report, as files."""

from __future__ import annotations

import contextlib
import datetime as dt
import multiprocessing
import os
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from dcactivity import charts
from dcactivity.report.large import FEATURED, featured, is_large
from dcactivity.report.page_sections import finding
from dcactivity.report.wording import status_word

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from dcactivity.report.model import Report

__all__ = ["chart_files", "drawing_processes", "start_drawing"]

_MANY = 20  # coalitions: below, another process takes longer to start than to draw
_LINE = 0.14  # inches
_SHARE = 5  # charts that a process takes at a time
_SUFFIXES = ("png", "svg")
_TOGETHER = (
    "overview", "history", "silence", "hours", "principles", "annual_reports", "attendance",
)  # fmt: skip
"""The charts of all coalitions together, of which some may have nothing to show."""


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """The chart of one coalition, with no more than it needs: it may go to another process."""

    folder: Path
    coalition: str
    title: str
    as_of: dt.date
    monthly: pd.DataFrame
    bands: pd.DataFrame


@contextlib.contextmanager
def drawing_processes(coalitions: int) -> Iterator[Executor | None]:
    """Start processes that draw, where there is enough to draw and a core to spare.

    Parameters
    ----------
    coalitions : int
        How many charts there will be.

    Yields
    ------
    Executor or None
        None where one process is quicker.

    Notes
    -----
    A process of its own kind is started, and none is forked: there may be threads.
    """
    spare = (os.cpu_count() or 1) - 1
    if coalitions < _MANY or not spare:
        yield None
        return
    with ProcessPoolExecutor(spare, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


def start_drawing(
    report: Report, folder: Path, executor: Executor | None
) -> Callable[[], list[Path]]:
    """Begin to draw the charts of a report as PNG and SVG.

    Parameters
    ----------
    report : Report
        What they say.
    folder : Path
        Where the files go.
    executor : Executor or None
        Draws the charts of single coalitions meanwhile; without one, nothing happens yet.

    Returns
    -------
    callable
        Finishes the work, and gives the files in their order, whoever drew them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    tasks = list(_tasks(report, folder))
    shares = [tasks[i : i + _SHARE] for i in range(0, len(tasks), _SHARE)]
    pending = None if executor is None else [executor.submit(_draw, part) for part in shares]

    def finish() -> list[Path]:
        written: list[Path] = []
        with charts.house_style():
            for name, figure in _figures(report):
                if is_large(report) and name != "hours":
                    _say_which(figure, report)
                written += _save(figure, folder, name)
        if pending is None:
            return written + _draw(tasks)
        return written + [path for job in pending for path in job.result()]

    return finish


def chart_files(report: Report) -> list[str]:
    """Name the files that `start_drawing` may write.

    Parameters
    ----------
    report : Report
        What they say.

    Returns
    -------
    list of str
        Names within their folder.
    """
    names = [*_TOGETHER, *(row["coalition"] for row in featured(report))]
    return [f"{name}.{suffix}" for name in names for suffix in _SUFFIXES]


def _tasks(report: Report, folder: Path) -> Iterator[_Task]:
    for row in featured(report):
        slug = row["coalition"]
        said = finding(row)
        yield _Task(
            folder=folder,
            coalition=slug,
            title=f"{row['name']}: {status_word(row['status'])}; {said[0].lower()}{said[1:]}",
            as_of=report.as_of,
            monthly=report.months(slug),
            bands=report.table("bands", slug),
        )


def _draw(tasks: list[_Task]) -> list[Path]:
    written: list[Path] = []
    with charts.house_style():
        for task in tasks:
            # Fixed margins: to find the best ones costs as much as the chart itself.
            figure = Figure(figsize=(9, 4.2))
            charts.volume(
                task.monthly,
                coalition=task.coalition,
                ax=figure.add_axes((0.065, 0.17, 0.92, 0.66)),
                status=task.bands,
                as_of=task.as_of,
                title=task.title,
            )
            written += _save(figure, task.folder, task.coalition)
    return written


def _save(figure: Figure, folder: Path, name: str) -> list[Path]:
    paths = [folder / f"{name}.{suffix}" for suffix in _SUFFIXES]
    for path in paths:
        charts.save(figure, path)
    return paths


def _figures(report: Report) -> Iterator[tuple[str, Figure]]:
    """Give the charts of all coalitions together."""
    day, parts = report.as_of, report.parts
    names = {row["coalition"]: row["name"] for row in featured(report)}
    chosen = partial(_chosen, names=names, report=report)
    told, monthly = chosen(report.status), chosen(report.assessment.monthly)
    past = report.review.history[report.review.history["coalition"].isin(names)]
    height = 1.4 + 0.28 * max(3, len(told))
    yield "overview", charts.overview(monthly, told, as_of=day)
    yield "history", _drawn(9, height, charts.history, past, as_of=day, names=names)
    yield "silence", _drawn(9, height, charts.silence, told, as_of=day)
    if parts.writing is not None and len(parts.writing):
        yield "hours", _drawn(9, 5.2, charts.hours, parts.writing, as_of=day)
    if parts.principles is not None:
        frame = chosen(parts.principles)
        yield "principles", _drawn(7, height, charts.principles, frame, as_of=day, names=names)
    if parts.reports is not None and len(frame := chosen(parts.reports)):
        yield "annual_reports", _drawn(9, height, charts.annual_reports, frame, as_of=day)
    if parts.attendance is not None and len(frame := chosen(parts.attendance)):
        drawn = _drawn(9, height, charts.attendance, frame, as_of=day, names=names)
        yield "attendance", drawn


def _chosen(frame: pd.DataFrame, *, names: Collection[str], report: Report) -> pd.DataFrame:
    """Leave out of a table what is not drawn of a large body."""
    return frame[frame["coalition"].isin(list(names))] if is_large(report) else frame


def _say_which(figure: Figure, report: Report) -> None:
    """Write below a chart of all coalitions together that it is one of a choice."""
    text = f"Shown: {FEATURED} of the {len(report.status):,}, those that need attention first."
    _, height = (float(size) for size in figure.get_size_inches())
    layout = figure.get_layout_engine()
    if isinstance(layout, ConstrainedLayoutEngine):
        room = _LINE / height
        layout.set(rect=(0, room, 1, 1 - room))
    figure.text(0.985, 0.02 / height, text, ha="right", va="bottom", fontsize=7.5)


def _drawn(
    width: float, height: float, draw: Callable[..., Axes], *args: Any, **kw: Any
) -> Figure:
    figure = Figure(figsize=(width, height), layout="constrained")
    draw(*args, ax=figure.subplots(), **kw)
    return figure
