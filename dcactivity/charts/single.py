"""One coalition over time."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from dcactivity.charts.labels import axes_of, label
from dcactivity.charts.months import (
    Months,
    as_months,
    as_numbers,
    edges_of,
    months_of,
    require_columns,
    set_time_axis,
    shade_unknown,
    source_line,
    style_of,
)
from dcactivity.charts.style import MESSAGES, PEOPLE, QUIET, house_style

__all__ = ["volume"]

_BAND = 0.90  # the bands of status take what is above this part of the height


def volume(
    monthly: pd.DataFrame,
    *,
    coalition: str,
    ax: Axes | None = None,
    status: pd.DataFrame | None = None,
    as_of: dt.date | str | None = None,
    title: str | None = None,
) -> Axes:
    """Draw messages and participants per month of one coalition.

    Parameters
    ----------
    monthly : DataFrame, one row per coalition and month
        ``coalition``, ``month`` ("YYYY-MM", UTC), ``messages`` and ``participants`` (counts;
        missing: not known, drawn hatched and never as zero). Rows of others are passed over.
    coalition : str
        The coalition's slug.
    ax : Axes, optional
        Where to draw; a new figure of pyplot's where it is left out.
    status : DataFrame, optional
        Bands of status: ``coalition``, ``start``, ``end`` (days, UTC, half-open
        [start, end)) and ``status``; or the review's history: ``coalition``, ``month`` and
        ``status``.
    as_of : datetime.date or str, optional
        Stands in the caption.
    title : str, optional
        The finding; by default one is made from the last twelve months of the frame.

    Returns
    -------
    Axes
        With one step patch (messages) and one line (participants).

    Raises
    ------
    InputError
        If a column is missing, or a status is none of the four.
    """
    data = months_of(monthly, coalition)
    with house_style():
        ax = axes_of(ax, 9, 3.6)
        handles = _bars_and_dots(ax, data)
        if len(data.month):
            set_time_axis(ax, data.month[0], data.month[-1])
        if status is not None:
            handles += _bands(ax, _spans(status, coalition))
        if handles:
            ax.set_ylabel("number per month")
        said = title or f"{coalition}: {_finding(data)}"
        label(ax, said, source_line(as_of), handles=handles)
    return ax


def _bars_and_dots(ax: Axes, data: Months) -> list[Artist]:
    """Draw the counts; return what the legend has to explain."""
    if not len(data.month):
        ax.set_xticks([])
        ax.set_yticks([])
        ax.spines["left"].set_visible(False)
        ax.text(0.5, 0.5, "no message at hand", transform=ax.transAxes, ha="center", color=QUIET)
        return []
    edges = edges_of(data.month)
    # One patch with a gap after each month, in place of a patch for each: fifteen years are
    # drawn in a tenth of the time.
    ends = edges[:-1] + np.diff(edges) * 0.9
    bars = ax.stairs(
        np.stack([data.messages, np.full(len(ends), np.nan)], axis=1).ravel()[:-1],
        np.stack([edges[:-1], ends], axis=1).ravel(),
        fill=True,
        color=MESSAGES,
        label="messages",
    )
    (dots,) = ax.plot(
        edges[:-1] + np.diff(edges) * 0.45,
        np.where(data.people > 0, data.people, np.nan),
        color=PEOPLE,
        linewidth=0.7,
        marker="o",
        markersize=2.6,
        label="participants",
    )
    top = float(np.nanmax([1.0, *data.messages, *data.people]))
    ax.set_ylim(0, top * 1.12 / _BAND)
    ticks = MaxNLocator(nbins=5, integer=True, min_n_ticks=1).tick_values(0, top)
    ax.set_yticks([tick for tick in ticks if tick <= top * 1.12])  # none beside the bands
    ax.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    return [bars, dots, *shade_unknown(ax, data)]


def _spans(status: pd.DataFrame, coalition: str) -> list[tuple[float, float, str]]:
    """Bring both forms of bands to start, end (matplotlib's numbers) and status."""
    if "month" in status.columns:
        require_columns(status, ("coalition", "month", "status"), "status")
        rows = status[status["coalition"] == coalition].sort_values("month")
        months = as_months(rows["month"])
        starts, ends = months.astype("M8[D]"), (months + np.timedelta64(1, "M")).astype("M8[D]")
    else:
        require_columns(status, ("coalition", "start", "end", "status"), "status")
        rows = status[status["coalition"] == coalition].sort_values("start")
        starts, ends = (
            pd.to_datetime(rows[name]).to_numpy(dtype="datetime64[D]") for name in ("start", "end")
        )
    spans: list[tuple[float, float, str]] = []
    numbers = zip(as_numbers(starts), as_numbers(ends), rows["status"], strict=True)
    for start, end, word in numbers:
        if spans and spans[-1][1] == start and spans[-1][2] == str(word):
            start = spans.pop()[0]
        spans.append((float(start), float(end), str(word)))
    return spans


def _bands(ax: Axes, spans: list[tuple[float, float, str]]) -> list[Artist]:
    """Draw the bands above the bars; return those that are too narrow for their word."""
    low, high = ax.get_xlim()
    points = ax.get_window_extent().width * 72 / ax.figure.dpi / max(high - low, 1e-9)
    wordless: dict[str, Artist] = {}
    worded = set()
    for start, end, status in ((max(s, low), min(e, high), word) for s, e, word in spans):
        style = style_of(status)
        if end <= start:
            continue
        patch = Rectangle(
            (start, _BAND),
            end - start,
            1 - _BAND,
            transform=ax.get_xaxis_transform(),
            facecolor=style.tint,
            edgecolor=style.colour,
            hatch=style.hatch,
            linewidth=0.8,
            label=style.word,
        )
        ax.add_patch(patch)
        if (end - start) * points > 6.5 * len(style.word) + 6:
            worded.add(status)
            ax.text(
                (start + end) / 2,
                (1 + _BAND) / 2,
                style.word,
                transform=ax.get_xaxis_transform(),
                ha="center",
                va="center_baseline",
                fontsize=7.5,
                fontweight="bold",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.2},
            )
        else:
            wordless[status] = patch
    return [patch for status, patch in wordless.items() if status not in worded]


def _finding(data: Months) -> str:
    """Say in a few words what the last twelve months hold."""
    known = np.flatnonzero(~np.isnan(data.messages))
    if not len(data.month):
        return "no message at hand"
    if not len(known):
        return "nothing is known"
    if known[-1] < len(data.month) - 1:
        return f"nothing is known after {data.month[known[-1]]}"
    total = int(np.nansum(data.messages[-12:]))
    if total == 0:
        spoken = np.flatnonzero(data.messages > 0)
        return f"no message since {data.month[spoken[-1]]}" if len(spoken) else "no message"
    people = data.people[-12:]
    most = int(np.nanmax(people)) if not np.isnan(people).all() else 0
    if total == 1 or most == 0:
        return f"{total} message{'' if total == 1 else 's'} since {data.month[-12:][0]}"
    crowd = "1 person" if most == 1 else f"{most} people"
    return f"{total} messages since {data.month[-12:][0]}, by at most {crowd} in a month"
