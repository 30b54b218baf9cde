"""Charts of the laboratory: notices by year, false alarms against delay, a sweep."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.ticker import MaxNLocator, PercentFormatter

from dcactivity.charts.months import require_columns
from dcactivity.charts.style import QUIET, house_style

__all__ = ["alarms_and_delays", "notices_by_year", "sweep_map"]

# Okabe and Ito's, without the yellow that is too pale for a line on white.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#4D4D4D")
_MARKERS = "os^DvPX*"  # one more than colours
_SHARES = ("false_warned", "false_at_risk", "dormant_share", "at_risk_share")


def notices_by_year(years: pd.DataFrame, *, ax: Axes) -> Axes:
    """Draw how many notices each policy would have sent each year.

    Parameters
    ----------
    years : DataFrame, one row per policy and year
        ``policy, year, months, notices``, as `Laboratory.years` is.
    ax : Axes
        Where to draw; changed.

    Returns
    -------
    Axes
        The same.

    Raises
    ------
    InputError
        A column is missing.
    """
    require_columns(years, ("policy", "year", "months", "notices"), "years")
    with house_style():
        for (name, rows), (colour, marker) in zip(
            years.groupby("policy", sort=False), _looks(), strict=False
        ):
            # Of a year of which only some months are reported on, a hollow marker says so.
            whole = rows["months"].to_numpy(dtype="int64") == 12
            year, notices = (
                rows[column].to_numpy(dtype="float64") for column in ("year", "notices")
            )
            ax.plot(year, notices, color=colour, linewidth=1.1, zorder=2)
            ax.plot(year[whole], notices[whole], marker, color=colour, label=str(name), zorder=3)
            ax.plot(
                year[~whole],
                notices[~whole],
                marker,
                color=colour,
                markerfacecolor="white",
                label=None if whole.any() else str(name),
                zorder=3,
            )
        ax.set_ylim(bottom=0)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.yaxis.set_major_locator(MaxNLocator(integer=True))
        ax.grid(axis="y", color="#DDDDDD", linewidth=0.6)
        ax.set_ylabel("notices in the year")
        ax.set_xlabel("year (hollow: only in part)")
        ax.set_title("How many coalitions would have been warned", loc="left", fontweight="bold")
        ax.legend(fontsize=8, loc="best")
    return ax


def alarms_and_delays(summary: pd.DataFrame, *, ax: Axes) -> Axes:
    """Draw false alarms against delay, one point for each policy: low and left is good.

    Parameters
    ----------
    summary : DataFrame, one row per policy
        ``policy``, and ``false_at_risk`` and ``months_late`` with ``_low`` and ``_high``, as
        `Laboratory.summary` is.
    ax : Axes
        Where to draw; changed.

    Returns
    -------
    Axes
        The same. Policies without one of the two figures are named below.

    Raises
    ------
    InputError
        A column is missing.
    """
    figures = [f"{name}{end}" for name in ("months_late", "false_at_risk")
               for end in ("", "_low", "_high")]  # fmt: skip
    require_columns(summary, ("policy", *figures), "summary")
    numbers = summary[figures].to_numpy(dtype="float64", na_value=np.nan)
    drawn = ~np.isnan(numbers[:, [0, 3]]).any(axis=1)
    with house_style():
        for name, row, is_drawn, (colour, marker) in zip(
            summary["policy"], numbers, drawn, _looks(), strict=False
        ):
            if is_drawn:
                _cross(ax, row, colour)
                ax.plot(row[0], row[3], marker, color=colour, label=str(name), zorder=3)
        ax.set_ylim(0, max(0.05, *np.nan_to_num(numbers[drawn][:, 5]) * 1.08, 0))
        ax.set_xlim(left=-0.5)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.grid(color="#DDDDDD", linewidth=0.6)
        ax.set_xlabel("months from the last message to being at risk (median)")
        ax.set_ylabel("back by themselves within 12 months of being at risk")
        ax.set_title("False alarms against delay", loc="left", fontweight="bold")
        if drawn.any():
            ax.legend(fontsize=8, loc="best")
        if not drawn.all():
            missing = ", ".join(map(str, summary["policy"][~drawn]))
            note = f"without one of the figures: {missing}"
            ax.annotate(note, (0, 1), (4, -3), xycoords="axes fraction", va="top",
                        textcoords="offset points", fontsize=7.5, color=QUIET)  # fmt: skip
    return ax


def sweep_map(
    summary: pd.DataFrame, *, rows: str, columns: str, value: str, title: str, ax: Axes
) -> Axes:
    """Draw a figure over two keys that vary, as a heat map with the numbers in it.

    Parameters
    ----------
    summary : DataFrame, one row per combination
        Has the three columns named below.
    rows, columns : str
        The columns that vary, in the order of their first appearance.
    value : str
        The figure.
    title : str
        What it is.
    ax : Axes
        Where to draw; changed.

    Returns
    -------
    Axes
        The same.

    Raises
    ------
    InputError
        A column is missing.
    """
    require_columns(summary, (rows, columns, value), "summary")
    (row, downwards), (column, across) = (pd.factorize(summary[x]) for x in (rows, columns))
    numbers = np.full((len(downwards), len(across)), np.nan)
    numbers[row, column] = summary[value].to_numpy(dtype="float64", na_value=np.nan)
    known = numbers[~np.isnan(numbers)]
    low, high = (known.min(), known.max()) if len(known) else (0.0, 1.0)
    scale = Normalize(low, high if high > low else low + 1)
    with house_style():
        ax.imshow(numbers, cmap="cividis", norm=scale, aspect="auto")
        for (down, right), number in np.ndenumerate(numbers):
            dark = not np.isnan(number) and scale(number) < 0.5
            ax.text(right, down, _cell(number, value), ha="center", va="center", fontsize=8,
                    color="white" if dark else "black")  # fmt: skip
        ax.set_xticks(range(numbers.shape[1]), [str(x) for x in across])
        ax.set_yticks(range(numbers.shape[0]), [str(x) for x in downwards])
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        ax.set_xlabel(columns)
        ax.set_ylabel(rows if rows != "base" else "")
        ax.set_title(title, loc="left", fontsize=9.5, fontweight="bold")
    return ax


def _looks() -> Iterator[tuple[str, str]]:
    """Give colour and marker in turns; with more than seven the pairs still differ."""
    return zip(cycle(_COLOURS), cycle(_MARKERS), strict=False)


def _cross(ax: Axes, row: np.ndarray[tuple[int], np.dtype[np.float64]], colour: str) -> None:
    """Draw both intervals; an end that is never is not drawn."""
    late, late_low, late_high, false, low, high = row
    right = late if np.isnan(late_high) else late_high
    left = late if np.isnan(late_low) else late_low
    ax.plot([left, right], [false, false], color=colour, linewidth=0.8, alpha=0.6)
    if not np.isnan(low):
        ax.plot([late, late], [low, high], color=colour, linewidth=0.8, alpha=0.6)


def _cell(number: float, value: str) -> str:
    if np.isnan(number):
        return "–"
    return f"{number:.0%}" if value in _SHARES else f"{number:.3g}"
