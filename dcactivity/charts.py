"""Charts: one coalition over time, and all coalitions on one sheet.

Each function draws on what it is given and returns it; none shows, saves or changes a global
setting. Status is never told by colour alone: a word goes with it, and a marker or a hatch, so
that the charts can be read in grey and by colour-blind readers.
"""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from dcactivity.chart_style import (
    MESSAGES,
    PEOPLE,
    QUIET,
    STATUS_STYLE,
    StatusStyle,
    house_style,
    save,
)
from dcactivity.errors import InputError

__all__ = ["STATUS_STYLE", "StatusStyle", "house_style", "overview", "save", "volume"]

_ROW, _TOP, _BOTTOM = 0.42, 0.68, 0.62  # inches
_LABELS, _VERDICTS, _WIDTH = 2.85, 1.45, 10.0  # inches
_BAND = 0.90  # the bands of status take what is above this part of the height
_UNKNOWN_FACE, _UNKNOWN_EDGE = "#F0F0F0", "#8C8C8C"


@dataclass(frozen=True, slots=True)
class _Months:
    """Counts by month; what is not known is NaN."""

    month: NDArray[np.datetime64]  # unit: month
    messages: NDArray[np.float64]
    people: NDArray[np.float64]


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
        The finding; by default one is made from the last twelve months.

    Returns
    -------
    Axes
        With one bar container (messages) and one line (participants).

    Raises
    ------
    InputError
        If a column is missing, or a status is none of the four.
    """
    data = _months_of(monthly, coalition)
    with house_style():
        if ax is None:
            import matplotlib.pyplot as plt  # chooses a backend: only where one is needed

            ax = plt.figure(figsize=(9, 3.6), layout="constrained").add_subplot()
        ax.spines[["top", "right"]].set_visible(False)
        handles = _bars_and_dots(ax, data)
        if len(data.month):
            _set_time_axis(ax, data.month[0], data.month[-1])
        if status is not None:
            handles += _bands(ax, _spans(status, coalition))
        ax.set_title(
            title or f"{coalition}: {_finding(data)}",
            loc="left",
            fontsize=10.5,
            fontweight="bold",
            pad=22,
        )
        ax.set_ylabel("number per month")
        if handles:
            ax.legend(
                handles=handles,
                loc="lower left",
                bbox_to_anchor=(0, 1.0),
                ncols=len(handles),
                fontsize=8,
                borderaxespad=0.2,
                borderpad=0.2,
                columnspacing=1.4,
            )
        ax.annotate(
            _source(as_of),
            (0, 0),
            (0, -30),
            xycoords="axes fraction",
            textcoords="offset points",
            va="top",
            fontsize=7.5,
            color=QUIET,
        )
    return ax


def overview(
    monthly: pd.DataFrame,
    status: pd.DataFrame,
    *,
    as_of: dt.date | str,
    figure: Figure | None = None,
) -> Figure:
    """Draw all coalitions, one row each, on one time axis, ordered by status and name.

    Parameters
    ----------
    monthly : DataFrame, one row per coalition and month
        ``coalition``, ``month`` ("YYYY-MM", UTC) and ``messages`` (count; missing: not known,
        drawn hatched and never as zero).
    status : DataFrame, one row per coalition
        ``coalition`` and ``status``; where present, ``name`` and ``since`` are shown.
    as_of : datetime.date or str
        The day looked back from; the time axis ends with its month.
    figure : Figure, optional
        An empty one to draw on. By default a new one, high enough for the rows, of which
        pyplot does not know.

    Returns
    -------
    Figure
        One Axes a coalition, from top to bottom, each labelled with its slug.

    Raises
    ------
    InputError
        If a column is missing, or a status is none of the four.
    """
    _require(monthly, ("coalition", "month", "messages"), "monthly")
    rows = _ordered(status)
    with house_style():
        if figure is None:
            height = _TOP + _BOTTOM + _ROW * max(1, len(rows))
            figure = Figure(figsize=(_WIDTH, height))
        width, height = (float(size) for size in figure.get_size_inches())
        last = np.datetime64(str(as_of)[:7], "M")
        first = min([*_as_months(monthly["month"]), last - np.timedelta64(11, "M")])
        left, span = _LABELS / width, (width - _LABELS - _VERDICTS) / width
        step = (height - _TOP - _BOTTOM) / max(1, len(rows)) / height
        for number, row in enumerate(rows):
            bottom = 1 - _TOP / height - (number + 1) * step
            ax = figure.add_axes((left, bottom + 0.12 * step, span, 0.76 * step))
            _row(ax, row, _months_of(monthly, row["coalition"]), width_inches=width)
            _set_time_axis(ax, first, last)
            ax.tick_params(axis="x", labelbottom=number == len(rows) - 1, labelsize=8)
        _margins(figure, _tally(rows, as_of), as_of)
    return figure


def _require(frame: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise InputError(
            f"{name}: no column {', '.join(missing)}", hint=f"needed: {', '.join(columns)}"
        )


def _style(status: object) -> StatusStyle:
    try:
        return STATUS_STYLE[str(status)]
    except KeyError:
        raise InputError(
            f"status {status}: not known", hint=f"one of {', '.join(STATUS_STYLE)}"
        ) from None


def _as_months(texts: pd.Series[str]) -> NDArray[np.datetime64]:
    return texts.astype("str").to_numpy(dtype="datetime64[M]")


def _months_of(monthly: pd.DataFrame, coalition: str) -> _Months:
    """Take one coalition's rows, by month; a month without a row is not known."""
    _require(monthly, ("coalition", "month", "messages"), "monthly")
    rows = monthly[monthly["coalition"] == coalition].copy()
    rows["month"] = _as_months(rows["month"])
    rows = rows.drop_duplicates("month").set_index("month").sort_index()
    if "participants" not in rows.columns:
        rows["participants"] = pd.NA
    if rows.empty:
        month = np.array([], dtype="datetime64[M]")
    else:
        given = rows.index.to_numpy().astype("datetime64[M]")
        month = np.arange(given[0], given[-1] + np.timedelta64(1, "M"))
    rows = rows.reindex(month.astype("datetime64[s]"))
    counts = (
        pd.to_numeric(rows[name]).to_numpy(dtype="float64", na_value=np.nan)
        for name in ("messages", "participants")
    )
    return _Months(month, *counts)


def _edges(month: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """First instants of the months and the end of the last, as matplotlib's numbers."""
    ends = month[-1:] + np.timedelta64(1, "M")
    return np.asarray(mdates.date2num(np.concatenate([month, ends]).astype("datetime64[D]")))


def _set_time_axis(ax: Axes, first: np.datetime64, last: np.datetime64) -> None:
    # A single month would fill the whole width: at least a year is shown.
    start = min(first, last - np.timedelta64(11, "M"))
    ax.set_xlim(*_edges(np.array([start, last], dtype="datetime64[M]"))[[0, -1]])
    locator = mdates.AutoDateLocator(minticks=3, maxticks=10)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator, show_offset=False))


def _runs(flags: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield first position and end of each run of true values."""
    steps = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    yield from zip(steps[::2].tolist(), steps[1::2].tolist(), strict=True)


def _shade_unknown(ax: Axes, data: _Months) -> list[Artist]:
    edges = _edges(data.month)
    shades: list[Artist] = [
        ax.axvspan(
            edges[start],
            edges[end],
            facecolor=_UNKNOWN_FACE,
            edgecolor=_UNKNOWN_EDGE,
            hatch="//",
            linewidth=0,
            zorder=0.5,
            label="unknown: not covered by the archives",
        )
        for start, end in _runs(np.isnan(data.messages))
    ]
    return shades[:1]


def _bars_and_dots(ax: Axes, data: _Months) -> list[Artist]:
    """Draw the counts; return what the legend has to explain."""
    if not len(data.month):
        ax.set_xticks([])
        ax.set_yticks([])
        ax.text(0.5, 0.5, "no message at hand", transform=ax.transAxes, ha="center", color=QUIET)
        return []
    edges, known = _edges(data.month), ~np.isnan(data.messages)
    bars = ax.bar(
        edges[:-1][known],
        data.messages[known],
        width=np.diff(edges)[known] * 0.9,
        align="edge",
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
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True, min_n_ticks=1))
    ax.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    return [bars, dots, *_shade_unknown(ax, data)]


def _spans(status: pd.DataFrame, coalition: str) -> list[tuple[float, float, str]]:
    """Bring both forms of bands to start, end (matplotlib's numbers) and status."""
    if "month" in status.columns:
        _require(status, ("coalition", "month", "status"), "status")
        rows = status[status["coalition"] == coalition].sort_values("month")
        months = _as_months(rows["month"])
        starts, ends = months.astype("M8[D]"), (months + np.timedelta64(1, "M")).astype("M8[D]")
    else:
        _require(status, ("coalition", "start", "end", "status"), "status")
        rows = status[status["coalition"] == coalition].sort_values("start")
        starts, ends = (
            pd.to_datetime(rows[name]).to_numpy(dtype="datetime64[D]") for name in ("start", "end")
        )
    spans: list[tuple[float, float, str]] = []
    numbers = zip(mdates.date2num(starts), mdates.date2num(ends), rows["status"], strict=True)
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
        style = _style(status)
        if end <= start:
            continue
        patch = Rectangle(
            (start, _BAND),
            end - start,
            1 - _BAND,
            transform=ax.get_xaxis_transform(),
            facecolor=to_rgba(style.colour, 0.25),
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


def _finding(data: _Months) -> str:
    """Say in a few words what the last twelve months hold."""
    known = np.flatnonzero(~np.isnan(data.messages))
    if not len(data.month):
        return "no message at hand"
    if not len(known):
        return "nothing is known"
    if known[-1] < len(data.month) - 1:
        return f"nothing is known after {data.month[known[-1]]}"
    last_year = data.messages[-12:]
    total = int(np.nansum(last_year))
    if total == 0:
        spoken = np.flatnonzero(data.messages > 0)
        return f"no message since {data.month[spoken[-1]]}" if len(spoken) else "no message"
    people = data.people[-12:]
    most = int(np.nanmax(people)) if not np.isnan(people).all() else 0
    messages = f"{total} message{'' if total == 1 else 's'} in the last 12 months"
    return f"{messages}, by up to {most} {'person' if most == 1 else 'people'} a month"


def _source(as_of: dt.date | str | None) -> str:
    dated = f" As of {as_of}." if as_of else ""
    return f"Source: the coalitions' mailing-list archives, counted by dcactivity.{dated}"


def _ordered(status: pd.DataFrame) -> list[dict[str, str]]:
    """Bring the coalitions into their order, each with the texts it needs."""
    _require(status, ("coalition", "status"), "status")
    order = list(STATUS_STYLE)
    rows = []
    for record in status.to_dict("records"):
        texts = {str(key): "" if pd.isna(value) else str(value) for key, value in record.items()}
        _style(texts["status"])
        rows.append(texts | {"name": texts.get("name") or texts["coalition"]})
    return sorted(
        rows,
        key=lambda row: (order.index(row["status"]), row["name"].casefold(), row["coalition"]),
    )


def _row(ax: Axes, row: dict[str, str], data: _Months, *, width_inches: float) -> None:
    """Draw one coalition of the overview: its months, name to the left, verdict to the right."""
    style = _style(row["status"])
    ax.set_label(row["coalition"])
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.set_ylim(0, 1)
    ax.set_yticks([])
    ax.tick_params(axis="x", length=2)
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    if len(data.month):
        top = float(np.nanmax([1.0, *data.messages]))
        ax.set_ylim(0, top * 1.05)
        ax.set_yticks([top], [f"{top:.0f}"], fontsize=7)
        ax.tick_params(axis="y", length=2)
        ax.stairs(np.nan_to_num(data.messages), _edges(data.month), fill=True, color=style.colour)
        _shade_unknown(ax, data)
    else:
        ax.text(0.5, 0.4, "no message at hand", transform=ax.transAxes, ha="center", fontsize=8)
    name = "\n".join(textwrap.wrap(row["name"], 38, max_lines=2, placeholder=" …"))
    inches = ax.get_position().width * width_inches
    ax.text(-0.36 / inches, 0.5, name, transform=ax.transAxes, ha="right", va="center", fontsize=8)
    ax.plot(
        [1 + 0.16 / inches],
        [0.5],
        transform=ax.transAxes,
        color=style.colour,
        marker=style.marker,
        markersize=6,
        clip_on=False,
    )
    since = f"\nsince {row['since'][:10]}" if row.get("since") else ""
    place = {"transform": ax.transAxes, "va": "center", "linespacing": 1.1}
    ax.text(1 + 0.3 / inches, 0.5, f"{style.word}{since}", fontsize=8, **place)


def _tally(rows: list[dict[str, str]], as_of: dt.date | str) -> str:
    counts = {status: sum(row["status"] == status for row in rows) for status in STATUS_STYLE}
    said = ", ".join(f"{n} {STATUS_STYLE[status].word}" for status, n in counts.items() if n)
    number = f"{len(rows)} coalition{'' if len(rows) == 1 else 's'}"
    return f"{number} as of {as_of}" + (f": {said}" if said else "")


def _margins(figure: Figure, title: str, as_of: dt.date | str) -> None:
    width, height = (float(size) for size in figure.get_size_inches())
    left, axis = 0.15 / width, _LABELS / width
    figure.text(left, 1 - 0.3 / height, title, fontsize=11, fontweight="bold")
    note = "Messages per month; the number at the left is that of the fullest month"
    figure.text(axis, 1 - (_TOP - 0.1) / height, note, fontsize=8, color=QUIET)
    caption = f"{_source(as_of)} Hatched: unknown, not covered by the archives."
    figure.text(left, 0.12 / height, caption, fontsize=7.5, color=QUIET)
