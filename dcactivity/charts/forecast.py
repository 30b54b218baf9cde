"""The forecast with its interval, and how well earlier forecasts agreed with what came."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from dcactivity.charts.months import require_columns, source_line
from dcactivity.charts.style import QUIET, UNKNOWN_EDGE, house_style

__all__ = ["forecast_intervals", "reliability"]

_ESTIMATE, _ROUGH = "#0072B2", "#D55E00"  # Okabe and Ito's blue and vermilion


def forecast_intervals(
    forecast: pd.DataFrame,
    *,
    as_of: dt.date | str,
    horizon_months: int = 12,
    ax: Axes | None = None,
    title: str | None = None,
) -> Axes:
    """Draw each coalition's estimate of silence with its interval, the riskiest at the top.

    Parameters
    ----------
    forecast : DataFrame, one row per coalition
        As `forecast_silence` gives it: ``coalition``, ``silence_risk``, ``low``, ``high`` and
        ``basis``.
    as_of : datetime.date or str
        The day looked back from; stands in the caption.
    horizon_months : int, default 12
        How long the silence would have to last.
    ax : Axes, optional
        Where to draw; a new figure of pyplot's where it is left out.
    title : str, optional
        The finding; by default how many estimates are 50 % or more.

    Returns
    -------
    Axes
        A full dot for an estimate of the model, a hollow square for a rough one that rests on
        recency alone, and the words "no estimate" where there is none.

    Raises
    ------
    InputError
        If a column is missing.
    """
    columns = ("coalition", "silence_risk", "low", "high", "basis")
    require_columns(forecast, columns, "forecast")
    rows = forecast.sort_values(
        ["silence_risk", "coalition"], ascending=[True, False], na_position="first"
    ).reset_index(drop=True)
    with house_style():
        ax = ax if ax is not None else _new_axes(9, 1.6 + 0.3 * max(len(rows), 3))
        ax.spines[["top", "right"]].set_visible(False)
        rough = (rows["basis"] == "recency").to_numpy()
        told = rows["silence_risk"].notna().to_numpy()
        _whiskers(ax, rows[told & ~rough], marker="o", colour=_ESTIMATE, full=True)
        _whiskers(ax, rows[told & rough], marker="s", colour=_ROUGH, full=False)
        for place in np.flatnonzero(~told).tolist():
            ax.text(0.01, place, "no estimate", va="center", fontsize=8, color=UNKNOWN_EDGE)
        ax.set_yticks(range(len(rows)), rows["coalition"].tolist())
        ax.set_ylim(-0.6, max(len(rows), 1) - 0.4)
        _share_axis(ax, "x", f"estimated chance of no message in {horizon_months} months")
        ax.grid(axis="x", color="#DDDDDD", linewidth=0.6)
        if told.any():
            ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, fontsize=8)
        high = int((rows["silence_risk"] >= 0.5).sum())
        finding = f"{high} of {len(rows)} coalitions: silence estimated at 50 % or more"
        caption = f"Estimates, no verdicts. {source_line(as_of)}"
        _frame(ax, title or finding, caption, pad=22)
    return ax


def reliability(
    table: pd.DataFrame,
    *,
    ax: Axes | None = None,
    title: str | None = None,
    as_of: dt.date | str | None = None,
) -> Axes:
    """Draw what was said against what came, bin by bin.

    Parameters
    ----------
    table : DataFrame, one row per bin
        As `reliability_table` gives it: ``said``, ``came``, ``low``, ``high`` (shares) and
        ``count``.
    ax : Axes, optional
        Where to draw; a new figure of pyplot's where it is left out.
    title : str, optional
        The finding; by default the mean distance of what was said from what came.
    as_of : datetime.date or str, optional
        Stands in the caption.

    Returns
    -------
    Axes
        Dots with the intervals of the shares that came, the number of estimates beside each,
        and the line on which they would lie if all were well.

    Raises
    ------
    InputError
        If a column is missing.
    """
    require_columns(table, ("said", "came", "low", "high", "count"), "table")
    with house_style():
        ax = ax if ax is not None else _new_axes(6.4, 5.4)
        ax.spines[["top", "right"]].set_visible(False)
        ax.plot([0, 1], [0, 1], color=QUIET, linewidth=0.9, linestyle="--", label="as said")
        said, came = (table[name].to_numpy(dtype=float) for name in ("said", "came"))
        reach = np.abs(table[["low", "high"]].to_numpy(dtype=float).T - came)
        ax.errorbar(
            said, came, yerr=reach, fmt="o", color=_ESTIMATE, capsize=2.5, label="as it came"
        )
        for x, y, count in zip(said, came, table["count"], strict=True):
            ax.annotate(f"{count}", (x, y), (5, -9), textcoords="offset points", fontsize=7.5)
        _share_axis(ax, "x", "estimated chance of silence (mean of the bin)")
        _share_axis(ax, "y", "share that fell silent, with 95 % interval")
        ax.grid(color="#DDDDDD", linewidth=0.6)
        ax.legend(loc="upper left", fontsize=8)
        caption = f"Numbers beside the dots: how many estimates.\n{source_line(as_of)}"
        _frame(ax, title or _finding(table), caption, pad=8)
    return ax


def _finding(table: pd.DataFrame) -> str:
    count = table["count"].sum()
    if not count:
        return "no estimate to be judged"
    apart = ((table["said"] - table["came"]).abs() * table["count"]).sum() / count
    return f"{count} estimates: {100 * apart:.0f} points off on average"


def _whiskers(ax: Axes, rows: pd.DataFrame, *, marker: str, colour: str, full: bool) -> None:
    if rows.empty:
        return
    risk, low, high = (
        rows[name].to_numpy(dtype=float) for name in ("silence_risk", "low", "high")
    )
    ax.errorbar(
        risk,
        rows.index.to_numpy(),
        xerr=np.abs(np.vstack([risk - low, high - risk])),
        fmt=marker,
        color=colour,
        markerfacecolor=colour if full else "white",
        capsize=2.5,
        label="estimate, 95 % interval" if full else "rough: six silent months or more",
    )


def _share_axis(ax: Axes, which: str, label: str) -> None:
    axis = ax.xaxis if which == "x" else ax.yaxis
    (ax.set_xlim if which == "x" else ax.set_ylim)(-0.02, 1.02)
    axis.set_major_formatter(PercentFormatter(1.0, decimals=0, symbol=" %"))
    axis.set_label_text(label)


def _frame(ax: Axes, title: str, caption: str, *, pad: float) -> None:
    """Set the title above, so many points from the axes, and the caption below."""
    ax.set_title(title, loc="left", fontsize=10.5, fontweight="bold", pad=pad)
    ax.annotate(
        caption,
        (0, 0),
        (0, -36),
        xycoords="axes fraction",
        textcoords="offset points",
        va="top",
        fontsize=7.5,
        color=QUIET,
    )


def _new_axes(width: float, height: float) -> Axes:
    import matplotlib.pyplot as plt  # chooses a backend: only where one is needed

    return plt.figure(figsize=(width, height), layout="constrained").add_subplot()
