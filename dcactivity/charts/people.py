"""Who takes part: people kept and gained, and how much one person carries."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
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
from dcactivity.charts.style import MESSAGES, PEOPLE, QUIET, house_style
from dcactivity.periods import as_day

__all__ = ["concentration", "turnover"]

_KINDS = {
    "kept": ("#0072B2", "", "wrote in the year before, too"),
    "returned": ("#8EC4E8", "////", "wrote in an earlier year"),
    "gained": ("#009E73", "....", "wrote for the first time"),
    "lost": ("#BFBFBF", "xxxx", "wrote in the year before, and no more"),
}
_HALF = 0.5
_WINDOW = 12  # months


def turnover(
    messages: pd.DataFrame,
    *,
    coalition: str,
    ax: Axes | None = None,
    as_of: dt.date | str | None = None,
) -> Axes:
    """Draw for each year which participants were kept, gained, came back, or were lost.

    Parameters
    ----------
    messages : DataFrame, one row per message
        As `dcactivity.read_messages` gives it: ``coalition``, ``date`` (UTC), ``person``;
        where present, ``automated`` (others than missing are left out). Rows of other
        coalitions are passed over.
    coalition : str
        The coalition's slug.
    ax : Axes, optional
        Where to draw; a new figure of pyplot's where it is left out.
    as_of : datetime.date or str, optional
        Count nothing later than this day; stands in the caption. A year that it does not
        complete is marked.

    Returns
    -------
    Axes
        With bars of four kinds, each labelled: people who write above zero, lost ones below.

    Raises
    ------
    InputError
        If a column is missing.
    """
    require_columns(messages, ("coalition", "date", "person"), "messages")
    counts = _turnover(messages, coalition, as_of)
    with house_style():
        ax = axes_of(ax, 9, 3.6)
        bottom = np.zeros(len(counts))
        handles = []
        years = counts.index.to_numpy(dtype=float)
        for kind, (colour, hatch, word) in _KINDS.items():
            values = counts[kind].to_numpy(dtype=float)
            is_lost = kind == "lost"
            bars = ax.bar(
                years,
                -values if is_lost else values,
                bottom=0 if is_lost else bottom,
                width=0.72,
                facecolor=colour,
                edgecolor="white" if not hatch else "#333333",
                hatch=hatch,
                linewidth=0.4,
                label=word,
            )
            handles.append(bars)
            if not is_lost:
                bottom += values
        ax.axhline(0, color=QUIET, linewidth=0.8)
        ax.grid(axis="y", color="#DDDDDD", linewidth=0.6)
        _year_ticks(ax, counts, as_of)
        ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        ax.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
        ax.set_ylabel("people")
        said = _turnover_finding(_complete(counts, as_of), coalition)
        label(ax, said, source_line(as_of), handles=handles if len(counts) else ())
    return ax


def _turnover(messages: pd.DataFrame, coalition: str, as_of: dt.date | str | None) -> pd.DataFrame:
    """Count the four kinds of people in each year, the index."""
    mine = messages[messages["coalition"].astype("str") == coalition]
    if "automated" in mine.columns:
        mine = mine[mine["automated"].isna()]
    mine = mine[mine["date"].notna() & mine["person"].notna()]
    if as_of is not None:
        mine = mine[mine["date"].dt.date <= as_day(as_of)]
    written = set(zip(mine["date"].dt.year.astype(int), mine["person"].astype("str"), strict=True))
    years = range(
        min((y for y, _ in written), default=0), max((y for y, _ in written), default=-1) + 1
    )
    rows, seen, before = [], set[str](), set[str]()
    for year in years:
        now = {person for when, person in written if when == year}
        rows.append(
            {
                "kept": len(now & before),
                "returned": len(now & seen - before),
                "gained": len(now - seen),
                "lost": len(before - now),
            }
        )
        seen |= now
        before = now
    return pd.DataFrame(rows, index=list(years), columns=list(_KINDS))


def _year_ticks(ax: Axes, counts: pd.DataFrame, as_of: dt.date | str | None) -> None:
    if not len(counts):
        ax.set_xticks([])
        return
    years = [int(year) for year in counts.index]
    every = max(1, -(-len(years) // 16))
    shown = years[::-1][::every][::-1]
    day = None if as_of is None else as_day(as_of)
    is_partial = day is not None and day.year == years[-1] and (day.month, day.day) != (12, 31)
    words = [f"{year}\n(to {day:%m-%d})" if is_partial and year == years[-1] else str(year)
             for year in shown]  # fmt: skip
    ax.set_xticks(shown, words)


def _complete(counts: pd.DataFrame, as_of: dt.date | str | None) -> pd.DataFrame:
    """Leave out a year that is not over, unless it is the only one."""
    day = None if as_of is None else as_day(as_of)
    is_partial = day is not None and len(counts) > 1 and (day.month, day.day) != (12, 31)
    return counts[counts.index < day.year] if day is not None and is_partial else counts


def _turnover_finding(counts: pd.DataFrame, coalition: str) -> str:
    if not len(counts):
        return f"{coalition}: nobody has written"
    year, last = counts.index[-1], counts.iloc[-1]
    if len(counts) == 1:
        return f"{coalition}: {last['gained']} people wrote in {year}, its first year"
    stayed = int(last["kept"])
    return (
        f"{coalition}: of {stayed + int(last['lost'])} people who wrote in {year - 1}, {stayed} "
        f"wrote in {year}, too; {int(last['gained'])} were new"
    )


def concentration(
    monthly: pd.DataFrame,
    *,
    coalition: str,
    ax: Axes | None = None,
    as_of: dt.date | str | None = None,
) -> Axes:
    """Draw which share of a coalition's messages its most prolific person writes.

    Parameters
    ----------
    monthly : DataFrame, one row per coalition and month
        ``coalition``, ``month`` ("YYYY-MM", UTC), ``messages`` and ``top_share`` (0 to 1;
        missing where nobody wrote). Rows of others are passed over.
    coalition : str
        The coalition's slug.
    ax : Axes, optional
        Where to draw; a new figure of pyplot's where it is left out.
    as_of : datetime.date or str, optional
        Stands in the caption.

    Returns
    -------
    Axes
        With a dot for each month (its size: how many messages), and a line for the mean of
        twelve months, weighted by messages.

    Raises
    ------
    InputError
        If a column is missing.

    Notes
    -----
    The person of one month need not be that of the next: what is drawn is how much rests on
    one, whoever it is.
    """
    require_columns(monthly, ("coalition", "month", "messages", "top_share"), "monthly")
    mine = monthly[monthly["coalition"].astype("str") == coalition].sort_values("month")
    share = mine["top_share"].to_numpy(dtype=float, na_value=np.nan)
    weight = np.nan_to_num(mine["messages"].to_numpy(dtype=float, na_value=np.nan))
    weight = np.where(np.isnan(share), 0, weight)
    with house_style():
        ax = axes_of(ax, 9, 3.6)
        if len(mine):
            edges = edges_of(as_months(mine["month"]))
            middle = (edges[:-1] + edges[1:]) / 2
            size = 8 + 60 * weight / max(1.0, weight.max())
            dots = ax.scatter(
                middle, share, s=size, color=MESSAGES, edgecolor=QUIET, linewidth=0.5,
                label="one month; the larger, the more messages",
            )  # fmt: skip
            mean = _rolling(share, weight)
            (line,) = ax.plot(middle, mean, color=PEOPLE, linewidth=1.4,
                              label="mean of 12 months, weighted by messages")  # fmt: skip
            ax.axhline(_HALF, color=QUIET, linewidth=0.8, linestyle=(0, (4, 3)))
            months = as_months(mine["month"])
            set_time_axis(ax, months[0], months[-1])
        ax.set_ylim(0, 1.05)
        ax.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
        ax.set_ylabel("share of one person")
        ax.grid(axis="y", color="#DDDDDD", linewidth=0.6)
        said = _share_finding(share, weight, coalition)
        label(ax, said, source_line(as_of), handles=[dots, line] if len(mine) else ())
    return ax


def _rolling(share: np.ndarray, weight: np.ndarray) -> np.ndarray:
    kernel = np.ones(_WINDOW)
    total = np.convolve(np.nan_to_num(share) * weight, kernel)[: len(share)]
    count = np.convolve(weight, kernel)[: len(share)]
    return np.where(count > 0, total / np.maximum(count, 1e-9), np.nan)


def _share_finding(share: np.ndarray, weight: np.ndarray, coalition: str) -> str:
    total = weight[-_WINDOW:].sum()
    if not total:
        return f"{coalition}: nobody wrote in the last 12 months"
    mean = float((np.nan_to_num(share) * weight)[-_WINDOW:].sum() / total)
    return (
        f"{coalition}: in the last 12 months one person wrote {mean:.0%} of a month's messages, "
        "on average"
    )
