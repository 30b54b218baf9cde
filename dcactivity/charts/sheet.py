"""All coalitions on one sheet."""

from __future__ import annotations

import datetime as dt
import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from dcactivity.charts.months import (
    Months,
    as_months,
    edges_of,
    months_of,
    require_columns,
    set_time_axis,
    shade_unknown,
    source_line,
    style_of,
)
from dcactivity.charts.style import QUIET, STATUS_STYLE, house_style

__all__ = ["overview"]

_ROW, _TOP, _BOTTOM = 0.42, 0.68, 0.62  # inches
_LABELS, _VERDICTS, _WIDTH = 2.85, 1.45, 10.0  # inches


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
    require_columns(monthly, ("coalition", "month", "messages"), "monthly")
    rows = _ordered(status)
    with house_style():
        if figure is None:
            height = _TOP + _BOTTOM + _ROW * max(1, len(rows))
            figure = Figure(figsize=(_WIDTH, height))
        width, height = (float(size) for size in figure.get_size_inches())
        last = np.datetime64(str(as_of)[:7], "M")
        first = min([*as_months(monthly["month"]), last - np.timedelta64(11, "M")])
        left, span = _LABELS / width, (width - _LABELS - _VERDICTS) / width
        step = (height - _TOP - _BOTTOM) / max(1, len(rows)) / height
        for number, row in enumerate(rows):
            bottom = 1 - _TOP / height - (number + 1) * step
            ax = figure.add_axes((left, bottom + 0.12 * step, span, 0.76 * step))
            _row(ax, row, months_of(monthly, row["coalition"]), width_inches=width)
            set_time_axis(ax, first, last)
            ax.tick_params(axis="x", labelbottom=number == len(rows) - 1, labelsize=8)
        _margins(figure, _tally(rows, as_of), as_of)
    return figure


def _ordered(status: pd.DataFrame) -> list[dict[str, str]]:
    """Bring the coalitions into their order, each with the texts it needs."""
    require_columns(status, ("coalition", "status"), "status")
    order = list(STATUS_STYLE)
    rows = []
    for record in status.to_dict("records"):
        texts = {str(key): "" if pd.isna(value) else str(value) for key, value in record.items()}
        style_of(texts["status"])
        rows.append(texts | {"name": texts.get("name") or texts["coalition"]})
    return sorted(
        rows,
        key=lambda row: (order.index(row["status"]), row["name"].casefold(), row["coalition"]),
    )


def _row(ax: Axes, row: dict[str, str], data: Months, *, width_inches: float) -> None:
    """Draw one coalition of the overview: its months, name to the left, verdict to the right."""
    style = style_of(row["status"])
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
        ax.stairs(
            np.nan_to_num(data.messages), edges_of(data.month), fill=True, color=style.colour
        )
        shade_unknown(ax, data)
    else:
        ax.text(0.5, 0.4, "no message at hand", transform=ax.transAxes, ha="center", fontsize=8)
    inches = ax.get_position().width * width_inches
    name, size = _fitted(row["name"])
    ax.text(
        -0.36 / inches, 0.5, name, transform=ax.transAxes, ha="right", va="center", fontsize=size
    )
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
    verdict = f"{style.word}{since}"
    ax.text(1 + 0.3 / inches, 0.5, verdict, transform=ax.transAxes, va="center", fontsize=8)


def _fitted(name: str) -> tuple[str, float]:
    """Break a name into two lines, or three smaller ones; cut what is longer still."""
    if len(lines := textwrap.wrap(name, 38)) <= 2:
        return "\n".join(lines), 8
    return "\n".join(textwrap.wrap(name, 46, max_lines=3, placeholder=" …")), 6.5


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
    caption = f"{source_line(as_of)} Hatched: unknown, not covered by the archives."
    figure.text(left, 0.12 / height, caption, fontsize=7.5, color=QUIET)
