"""The status of all coalitions over the years, and how long each has been silent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from dcactivity.charts.labels import axes_of, label, shortened
from dcactivity.charts.months import (
    as_months,
    as_numbers,
    require_columns,
    set_time_axis,
    source_line,
    style_of,
)
from dcactivity.charts.style import STATUS_STYLE, house_style

__all__ = ["history", "silence"]

_NAME = 46  # letters
_HEIGHT = 0.28  # inches of a row


def history(
    history: pd.DataFrame,
    *,
    ax: Axes | None = None,
    as_of: dt.date | str | None = None,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """Draw the status of each coalition, month by month, as one strip each.

    Parameters
    ----------
    history : DataFrame, one row per coalition and month
        ``coalition``, ``month`` ("YYYY-MM", UTC) and ``status``, as a review's ``history`` has
        them. A month without a row is left empty: the coalition did not exist.
    ax : Axes, optional
        Where to draw; a new figure of pyplot's where it is left out.
    as_of : datetime.date or str, optional
        Stands in the caption.
    names : mapping of str to str, optional
        From slugs to what stands beside the strips; by default the slugs.

    Returns
    -------
    Axes
        With one collection of bars for each coalition and status, labelled with its word;
        ordered by the last status, then by name, from top to bottom.

    Raises
    ------
    InputError
        If a column is missing, or a status is none of the four.
    """
    require_columns(history, ("coalition", "month", "status"), "history")
    frame = history.assign(status=history["status"].astype("str"))
    for status in frame["status"].unique():
        style_of(status)
    shown = dict(names or {})
    order = _order(frame, shown)
    with house_style():
        ax = axes_of(ax, 9, 1.2 + _HEIGHT * max(3, len(order)))
        for row, slug in enumerate(order):
            _strip(ax, frame[frame["coalition"] == slug], len(order) - 1 - row)
        _rows(ax, [shown.get(slug, slug) for slug in order])
        if len(frame):
            months = as_months(frame["month"])
            set_time_axis(ax, months.min(), months.max())
        ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
        present = [status for status in STATUS_STYLE if (frame["status"] == status).any()]
        handles = [
            Patch(
                facecolor=_face(status),
                edgecolor=STATUS_STYLE[status].colour,
                hatch=STATUS_STYLE[status].hatch,
                label=STATUS_STYLE[status].word,
            )
            for status in present
        ]
        label(ax, _finding(frame), source_line(as_of), handles=handles, below=24)
    return ax


def _order(frame: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    last = frame.sort_values("month").groupby("coalition")["status"].last()
    order = list(STATUS_STYLE)
    return sorted(
        (str(slug) for slug in last.index),
        key=lambda slug: (order.index(str(last[slug])), names.get(slug, slug).casefold(), slug),
    )


def _face(status: str) -> str | tuple[float, float, float]:
    # Active is the ground on which the others stand out, in grey print, too.
    return STATUS_STYLE[status].colour if status == "ACTIVE" else STATUS_STYLE[status].tint


def _strip(ax: Axes, rows: pd.DataFrame, y: int) -> None:
    """Draw the runs of one status each of one coalition."""
    rows = rows.sort_values("month")
    months = as_months(rows["month"])
    starts = as_numbers(months.astype("M8[D]"))
    ends = as_numbers((months + np.timedelta64(1, "M")).astype("M8[D]"))
    words = rows["status"].to_numpy()
    new = np.flatnonzero(np.append(True, (words[1:] != words[:-1]) | (starts[1:] != ends[:-1])))
    stops = np.append(new[1:], len(words)) - 1
    spans: dict[str, list[tuple[float, float]]] = {}
    for start, stop in zip(new, stops, strict=True):
        span = (float(starts[start]), float(ends[stop] - starts[start]))
        spans.setdefault(str(words[start]), []).append(span)
    for status, found in spans.items():
        style = style_of(status)
        ax.broken_barh(
            found,
            (y - 0.36, 0.72),
            facecolor=_face(status),
            edgecolor=style.colour,
            hatch=style.hatch,
            linewidth=0.3,
            label=style.word,
        )


def _rows(ax: Axes, names: list[str]) -> None:
    count = len(names)
    ax.set_yticks(range(count - 1, -1, -1), [shortened(name, _NAME) for name in names])
    ax.tick_params(axis="y", length=0, labelsize=8 if count <= 20 else 7.5)
    ax.set_ylim(-0.6, max(count, 1) - 0.4)
    ax.spines["left"].set_visible(False)


def _finding(frame: pd.DataFrame) -> str:
    if not len(frame):
        return "No month is over in which a coalition existed"
    last = frame["month"].max()
    now = frame[frame["month"] == last]
    active = int((now["status"] == "ACTIVE").sum())
    earlier = frame[frame["month"] == f"{int(last[:4]) - 1}{last[4:]}"]
    said = f"{active} of {len(now)} coalitions are active at the end of {last}"
    if not len(earlier):
        return said
    before = int((earlier["status"] == "ACTIVE").sum())
    return f"{said}; a year before it was {before} of {len(earlier)}"


def silence(
    status: pd.DataFrame, *, ax: Axes | None = None, as_of: dt.date | str | None = None
) -> Axes:
    """Draw for how many days each coalition has been silent.

    Parameters
    ----------
    status : DataFrame, one row per coalition
        ``coalition``, ``status``, ``days_silent`` (days since the last counted message, missing
        where there is none); where present, ``name`` and ``covered_until``.
    ax : Axes, optional
        Where to draw; a new figure of pyplot's where it is left out.
    as_of : datetime.date or str, optional
        Stands in the caption.

    Returns
    -------
    Axes
        With one bar a coalition on a logarithmic axis, the longest silence at the top. An
        ``UNKNOWN`` one is hollow: its archives end before the day.

    Raises
    ------
    InputError
        If a column is missing, or a status is none of the four.
    """
    require_columns(status, ("coalition", "status", "days_silent"), "status")
    frame = status.assign(days=pd.to_numeric(status["days_silent"]).astype("Float64"))
    frame = frame.sort_values(["days", "coalition"], na_position="last", ignore_index=True)
    with house_style():
        ax = axes_of(ax, 9, 1.2 + _HEIGHT * max(3, len(frame)))
        for place, row in enumerate(frame.to_dict("records")):
            _silent_bar(ax, place, str(row["status"]), row["days"])
        names = frame["name"] if "name" in frame.columns else frame["coalition"]
        _rows(ax, [str(name) for name in names][::-1])
        ax.set_xscale("log")
        ax.set_xlim(0.8, 5 * max([200.0, *frame["days"].dropna().astype(float)]))
        ticks = [1, 7, 30, 91, 365, 1095, 3652]
        words = ["a day", "a week", "a month", "3 months", "a year", "3 years", "10 years"]
        shown = [(tick, word) for tick, word in zip(ticks, words, strict=True)
                 if tick <= ax.get_xlim()[1]]  # fmt: skip
        ax.set_xticks([tick for tick, _ in shown], [word for _, word in shown])
        ax.minorticks_off()
        ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
        note = "Hollow: the archives end before the day, so it may have written since."
        label(ax, _silent_finding(frame), f"{source_line(as_of)} {note}", below=24)
    return ax


def _silent_bar(ax: Axes, y: int, status: str, days: float | None) -> None:
    style = style_of(status)
    if days is None or pd.isna(days):
        ax.text(1, y, "no message that counts", va="center", fontsize=7.5)
        return
    is_unknown = status == "UNKNOWN"
    ax.barh(
        y,
        max(float(days), 1),
        height=0.66,
        facecolor="white" if is_unknown else style.tint,
        edgecolor=style.colour,
        hatch="" if is_unknown else style.hatch,
        linewidth=0.9,
        label=style.word,
    )
    said = f"{days:,.0f} {'day' if days == 1 else 'days'}, {style.word}"
    ax.text(max(float(days), 1) * 1.08, y, said, va="center", fontsize=7.5)


def _silent_finding(frame: pd.DataFrame) -> str:
    known = frame.loc[(frame["status"].astype("str") != "UNKNOWN") & frame["days"].notna(), "days"]
    if not len(known):
        return "Nobody can tell how long the coalitions have been silent"
    quiet = int((known > 91).sum())
    return f"{quiet} of {len(known)} coalitions have been silent for more than three months"
