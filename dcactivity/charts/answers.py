"""Conversations, and how soon answers come."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from dcactivity.charts.labels import axes_of, label
from dcactivity.charts.months import (
    as_months,
    edges_of,
    require_columns,
    set_time_axis,
    source_line,
)
from dcactivity.charts.style import MESSAGES, PEOPLE, house_style

__all__ = ["answers"]

_TIMES = {1: "an hour", 24: "a day", 168: "a week", 730: "a month", 8766: "a year"}


def answers(
    monthly: pd.DataFrame,
    *,
    coalition: str,
    ax: Axes | None = None,
    as_of: dt.date | str | None = None,
) -> Axes:
    """Draw a coalition's conversations by month, and the median time to a first answer.

    Parameters
    ----------
    monthly : DataFrame, one row per coalition and month
        ``coalition``, ``month`` ("YYYY-MM", UTC), ``conversations`` (count) and ``reply_hours``
        (hours, missing where nobody answered). Rows of others are passed over.
    coalition : str
        The coalition's slug.
    ax : Axes, optional
        Where to draw; a new figure of pyplot's where it is left out.
    as_of : datetime.date or str, optional
        Stands in the caption.

    Returns
    -------
    Axes
        With a step patch for the conversations. A second Axes on the same figure has the dots
        of the answer times, on a logarithmic scale at the right.

    Raises
    ------
    InputError
        If a column is missing.
    """
    require_columns(monthly, ("coalition", "month", "conversations", "reply_hours"), "monthly")
    mine = monthly[monthly["coalition"].astype("str") == coalition].sort_values("month")
    talks = mine["conversations"].to_numpy(dtype=float, na_value=np.nan)
    hours = mine["reply_hours"].to_numpy(dtype=float, na_value=np.nan)
    with house_style():
        ax = axes_of(ax, 9, 3.6)
        handles: list[Artist] = []
        ax.set_ylabel("conversations per month")
        if len(mine):
            months = as_months(mine["month"])
            edges = edges_of(months)
            bars = ax.stairs(talks, edges, fill=True, color=MESSAGES, label="conversations")
            ax.set_ylim(0, max(1.0, float(np.nanmax([0.0, *talks]))) * 1.15)
            ax.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
            set_time_axis(ax, months[0], months[-1])
            dots = _times(ax, (edges[:-1] + edges[1:]) / 2, hours)
            handles = [bars, dots]
        label(ax, _finding(talks, hours, coalition), source_line(as_of), handles=handles)
    return ax


def _times(ax: Axes, middle: np.ndarray, hours: np.ndarray) -> Artist:
    right = ax.twinx()
    right.spines["right"].set_visible(True)
    right.set_yscale("log")
    right.set_ylim(0.2, 20000)
    right.set_yticks(list(_TIMES), list(_TIMES.values()))
    right.minorticks_off()
    right.set_ylabel("median time to a first answer")
    (dots,) = right.plot(
        middle,
        np.maximum(hours, 0.25),
        linestyle="",
        marker="o",
        markersize=3,
        color=PEOPLE,
        label="time to a first answer (right)",
    )
    return dots


def _finding(talks: np.ndarray, hours: np.ndarray, coalition: str) -> str:
    recent = talks[-12:]
    if not len(recent) or np.isnan(recent).all():
        return f"{coalition}: nothing is known of conversations"
    total = int(np.nansum(recent))
    said = (
        f"{coalition}: conversations in {int((recent > 0).sum())} of the last {len(recent)} months"
    )
    if not total:
        return f"{coalition}: no conversation in the last {len(recent)} months"
    known = hours[-12:][~np.isnan(hours[-12:])]
    return (
        f"{said}; a first answer takes {_spoken(float(np.median(known)))}" if len(known) else said
    )


def _spoken(hours: float) -> str:
    if hours < 36:
        return f"{max(1, round(hours))} hour{'' if round(hours) <= 1 else 's'}"
    return f"{round(hours / 24)} days"
