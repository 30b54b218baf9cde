"""Annual reports: which came, which came late, which are missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes

from dcactivity.charts.months import require_columns
from dcactivity.charts.style import QUIET, house_style

__all__ = ["annual_reports"]

# From Okabe and Ito's palette; the marker tells the same in grey.
_LOOKS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "submitted": ("#0072B2", "o"),
        "late": ("#E69F00", "s"),
        "due": ("#4D4D4D", "D"),
        "overdue": ("#D55E00", "X"),
    }
)


def annual_reports(
    states: pd.DataFrame, *, ax: Axes | None = None, as_of: dt.date | str | None = None
) -> Axes:
    """Draw the state of each annual report that a coalition owes.

    Parameters
    ----------
    states : DataFrame
        As `dcactivity.annual.annual_reports` gives it: ``coalition, year, state, in_a_row``.
    ax : Axes, optional
        Where to draw; a new figure of pyplot's where it is left out.
    as_of : datetime.date or str, optional
        Stands in the caption.

    Returns
    -------
    Axes
        One row a coalition, one column a year, a marker for each report; where several are
        overdue in a row, how many. A year for which nothing is owed is left empty.

    Raises
    ------
    InputError
        A column is missing.
    """
    require_columns(states, ("coalition", "year", "state", "in_a_row"), "states")
    with house_style():
        if ax is None:
            _, ax = plt.subplots(layout="constrained")
        slugs = sorted(states["coalition"].unique())
        years = sorted(int(year) for year in states["year"].unique())
        rows = {slug: number for number, slug in enumerate(reversed(slugs))}
        words = states["state"].astype("str")
        for state, (colour, marker) in _LOOKS.items():
            mine = states[words == state]
            ax.scatter(
                mine["year"].astype("float64"),
                mine["coalition"].map(rows).astype("float64"),
                c=colour,
                marker=marker,
                s=42,
                label=f"{state} ({len(mine)})",
            )
        for row in states[states["in_a_row"] > 1].to_dict("records"):
            place = (float(row["year"]), float(rows[row["coalition"]]))
            ax.annotate(f"{row['in_a_row']} in a row", place, xytext=(0, -9), fontsize=7,
                        textcoords="offset points", ha="center", va="top")  # fmt: skip
        ax.set_yticks(list(rows.values()), list(rows))
        ax.set_xticks(years, [str(year) for year in years])
        ax.set_ylim(-0.8, max(len(rows), 1) - 0.4)
        ax.margins(x=0.1)
        ax.set_xlabel("year reported on")
        ax.set_title(_title(states), loc="left", fontweight="bold")
        if len(states):
            ax.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize=8)
        dated = f" As of {as_of}." if as_of else ""
        ax.annotate(f"Source: reports.csv beside the registry.{dated}", (0, 0), (0, -38),
                    xycoords="axes fraction", textcoords="offset points", fontsize=7.5,
                    color=QUIET, annotation_clip=False)  # fmt: skip
    return ax


def _title(states: pd.DataFrame) -> str:
    overdue = states[states["state"].astype("str") == "overdue"]
    if not len(states):
        return "No annual report is on record"
    if not len(overdue):
        return "No annual report is overdue"
    noun = "report" if len(overdue) == 1 else "reports"
    verb = "is" if len(overdue) == 1 else "are"
    owing = overdue["coalition"].nunique()
    of = "coalition" if owing == 1 else "coalitions"
    return f"{len(overdue)} annual {noun} of {owing} {of} {verb} overdue"
