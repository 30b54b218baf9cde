"""What the charts need of the monthly table: counts by month, a time axis, the unknown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from dcactivity.charts.style import STATUS_STYLE, UNKNOWN_EDGE, UNKNOWN_FACE, StatusStyle
from dcactivity.errors import InputError

__all__ = [
    "Months",
    "as_months",
    "as_numbers",
    "edges_of",
    "months_of",
    "require_columns",
    "set_time_axis",
    "shade_unknown",
    "source_line",
    "style_of",
]


_STEPS = (1, 2, 3, 6, 12, 24, 60, 120, 240)  # months between two ticks
_MOST_TICKS = 10


@dataclass(frozen=True, slots=True)
class Months:
    """Counts by month; what is not known is NaN."""

    month: NDArray[np.datetime64]  # unit: month
    messages: NDArray[np.float64]
    people: NDArray[np.float64]


def require_columns(frame: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    """Raise InputError where a column of the named frame is missing."""
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise InputError(
            f"{name}: no column {', '.join(missing)}", hint=f"needed: {', '.join(columns)}"
        )


def style_of(status: object) -> StatusStyle:
    """Return the looks of a status; raise InputError where it is none of the four."""
    try:
        return STATUS_STYLE[str(status)]
    except KeyError:
        raise InputError(
            f"status {status}: not known", hint=f"one of {', '.join(STATUS_STYLE)}"
        ) from None


def source_line(as_of: dt.date | str | None) -> str:
    """Say where the figures come from, and as of when."""
    dated = f" As of {as_of}." if as_of else ""
    return f"Source: the coalitions' mailing-list archives, counted by dcactivity.{dated}"


def as_months(texts: pd.Series[str]) -> NDArray[np.datetime64]:
    """Convert "YYYY-MM" to datetime64[M]."""
    return texts.astype("str").to_numpy(dtype="datetime64[M]")


def months_of(monthly: pd.DataFrame, coalition: str) -> Months:
    """Take one coalition's rows, by month; a month without a row is not known."""
    require_columns(monthly, ("coalition", "month", "messages"), "monthly")
    rows = monthly[monthly["coalition"] == coalition].copy()
    rows["month"] = as_months(rows["month"])
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
    return Months(month, *counts)


def as_numbers(days: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Convert instants to matplotlib's numbers: days since its epoch."""
    numbers = mdates.date2num(days.astype("datetime64[D]"))  # type: ignore[no-untyped-call]  # has no types
    return np.asarray(numbers, dtype="float64")


def edges_of(month: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """First instants of the months and the end of the last, as matplotlib's numbers."""
    ends = month[-1:] + np.timedelta64(1, "M")
    return as_numbers(np.concatenate([month, ends]))


def set_time_axis(ax: Axes, first: np.datetime64, last: np.datetime64) -> None:
    """Let the axis run from the start of the first month to the end of the last (UTC)."""
    # A single month would fill the whole width: at least a year is shown.
    start = min(first, last - np.timedelta64(11, "M"))
    ax.set_xlim(*edges_of(np.array([start, last], dtype="datetime64[M]"))[[0, -1]])
    # Ticks worked out here: matplotlib's own, by rules of recurrence, cost as much as the bars.
    months = np.arange(start, last + np.timedelta64(2, "M"))
    step = next((n for n in _STEPS if len(months) <= n * _MOST_TICKS), _STEPS[-1])
    ticks = months[months.astype(np.int64) % step == 0]  # since January 1970: years begin even
    words = np.datetime_as_string(ticks, unit="Y" if step % 12 == 0 else "M")
    ax.set_xticks(as_numbers(ticks.astype("M8[D]")), list(words))


def _runs(flags: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield first position and end of each run of true values."""
    steps = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    yield from zip(steps[::2].tolist(), steps[1::2].tolist(), strict=True)


def shade_unknown(ax: Axes, data: Months) -> list[Rectangle]:
    """Hatch the months of which nothing is known; return one patch for a legend, if any."""
    edges = edges_of(data.month)
    shades: list[Rectangle] = [
        ax.axvspan(
            edges[start],
            edges[end],
            facecolor=UNKNOWN_FACE,
            edgecolor=UNKNOWN_EDGE,
            hatch="//",
            linewidth=0,
            zorder=0.5,
            label="unknown: not covered by the archives",
        )
        for start, end in _runs(np.isnan(data.messages))
    ]
    return shades[:1]
