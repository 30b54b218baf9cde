"""What people recorded: the open principles, and who came to the meetings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from dcactivity.charts.labels import axes_of, label, shortened
from dcactivity.charts.months import as_numbers, require_columns, set_time_axis
from dcactivity.charts.style import QUIET, house_style

__all__ = ["attendance", "principles"]

# From Okabe and Ito's palette; marker and word tell the same in grey.
_VERDICTS: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "yes": ("#0072B2", "o", "open"),
        "conditional": ("#E69F00", "s", "open under a condition"),
        "no": ("#D55E00", "X", "not open"),
        "unknown": ("#4D4D4D", "D", "unknown"),
    }
)
_PRINCIPLES = {"membership": "membership", "mailing_list": "mailing list", "archive": "archive"}
_HEIGHT = 0.28  # inches of a row


def principles(
    verdicts: pd.DataFrame,
    *,
    ax: Axes | None = None,
    as_of: dt.date | str | None = None,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """Draw which of the three principles each coalition follows.

    Parameters
    ----------
    verdicts : DataFrame, one row per coalition and principle
        ``coalition``, ``principle`` (``membership``, ``mailing_list``, ``archive``) and
        ``verdict`` (``yes``, ``conditional``, ``no``, ``unknown``).
    ax : Axes, optional
        Where to draw; a new figure of pyplot's where it is left out.
    as_of : datetime.date or str, optional
        Stands in the caption.
    names : mapping of str to str, optional
        From slugs to what stands beside the rows; by default the slugs.

    Returns
    -------
    Axes
        One row a coalition, one column a principle; one collection of markers for each verdict,
        labelled with its word and count.

    Raises
    ------
    InputError
        If a column is missing.
    """
    require_columns(verdicts, ("coalition", "principle", "verdict"), "verdicts")
    frame = verdicts.astype({"coalition": "str", "principle": "str", "verdict": "str"})
    shown = dict(names or {})
    slugs = sorted(
        frame["coalition"].unique(), key=lambda slug: str(shown.get(slug, slug)).casefold()
    )
    row = {slug: len(slugs) - 1 - place for place, slug in enumerate(slugs)}
    column = {name: place for place, name in enumerate(_PRINCIPLES)}
    with house_style():
        ax = axes_of(ax, 7, 1.4 + _HEIGHT * max(3, len(slugs)))
        handles = []
        for verdict, (colour, marker, word) in _VERDICTS.items():
            mine = frame[frame["verdict"] == verdict]
            x, y = mine["principle"].map(column), mine["coalition"].map(row)
            said = f"{word} ({len(mine)})"
            handles.append(ax.scatter(x, y, c=colour, marker=marker, s=42, label=said))
        _names(ax, [shown.get(slug, slug) for slug in slugs])
        ax.set_xticks(list(column.values()), list(_PRINCIPLES.values()))
        ax.set_xlim(-0.5, 2.5)
        ax.tick_params(axis="x", length=0)
        ax.grid(axis="y", color="#E5E5E5", linewidth=0.6)
        dated = f" As of {as_of}." if as_of else ""
        source = f"Source: observations of the three open principles.{dated}"
        label(ax, _open_finding(frame, len(slugs)), source, handles=handles, below=24)
    return ax


def _names(ax: Axes, names: list[str]) -> None:
    ax.set_yticks(range(len(names) - 1, -1, -1), [shortened(name, 34) for name in names])
    ax.tick_params(axis="y", length=0, labelsize=8 if len(names) <= 20 else 7)
    ax.set_ylim(-0.7, max(len(names), 1) - 0.3)
    ax.spines["left"].set_visible(False)


def _open_finding(frame: pd.DataFrame, count: int) -> str:
    if not count:
        return "No principle has been looked at"
    following = frame["verdict"].isin(["yes", "conditional"])
    full = int((following.groupby(frame["coalition"]).sum() == len(_PRINCIPLES)).sum())
    closed = int(frame.loc[frame["verdict"] == "no", "coalition"].nunique())
    said = f"{full} of {count} coalitions follow all three open principles"
    return f"{said}; {closed} {'is' if closed == 1 else 'are'} closed in at least one"


def attendance(
    attendance: pd.DataFrame,
    *,
    ax: Axes | None = None,
    as_of: dt.date | str | None = None,
    names: Mapping[str, str] | None = None,
) -> Axes:
    """Draw which coalitions came to which meeting.

    Parameters
    ----------
    attendance : DataFrame, one row per meeting and coalition
        ``date`` (a day), ``coalition`` and ``present`` (people); where present, ``apologies``.
    ax : Axes, optional
        Where to draw; a new figure of pyplot's where it is left out.
    as_of : datetime.date or str, optional
        Stands in the caption.
    names : mapping of str to str, optional
        From slugs to what stands beside the rows; by default the slugs.

    Returns
    -------
    Axes
        One row a coalition, those that came most often at the top; a full dot for each meeting
        at which somebody was present (its size: how many), a ring for mere apologies.

    Raises
    ------
    InputError
        If a column is missing.
    """
    require_columns(attendance, ("date", "coalition", "present"), "attendance")
    frame = attendance.assign(
        coalition=attendance["coalition"].astype("str"),
        day=pd.to_datetime(attendance["date"]),
        here=pd.to_numeric(attendance["present"]).fillna(0).astype(float),
    )
    came = frame[frame["here"] > 0]
    sorry = frame[frame["here"] <= 0]
    if "apologies" in frame.columns:
        sorry = sorry[pd.to_numeric(sorry["apologies"]).fillna(0).astype(float) > 0]
    shown = dict(names or {})
    often = came["coalition"].value_counts()
    slugs = sorted(
        frame["coalition"].unique(),
        key=lambda slug: (-int(often.get(slug, 0)), str(shown.get(slug, slug)).casefold()),
    )
    row = {slug: len(slugs) - 1 - place for place, slug in enumerate(slugs)}
    with house_style():
        ax = axes_of(ax, 9, 1.4 + _HEIGHT * max(3, len(slugs)))
        handles = [
            ax.scatter(
                as_numbers(came["day"].to_numpy().astype("M8[D]")),
                came["coalition"].map(row),
                s=18 + 14 * np.minimum(came["here"], 6),
                color="#0072B2",
                label="present; the larger, the more people",
            ),
            ax.scatter(
                as_numbers(sorry["day"].to_numpy().astype("M8[D]")),
                sorry["coalition"].map(row),
                s=26,
                facecolor="none",
                edgecolor=QUIET,
                label="apologies alone",
            ),
        ]
        _names(ax, [shown.get(slug, slug) for slug in slugs])
        if len(frame):
            months = frame["day"].to_numpy().astype("M8[M]")
            set_time_axis(ax, months.min(), months.max())
        ax.grid(axis="y", color="#E5E5E5", linewidth=0.6)
        dated = f" As of {as_of}." if as_of else ""
        source = f"Source: attendance.csv beside the registry.{dated}"
        label(ax, _came_finding(frame, came), source, handles=handles, below=24)
    return ax


def _came_finding(frame: pd.DataFrame, came: pd.DataFrame) -> str:
    meetings = frame["day"].nunique()
    if not meetings:
        return "No attendance is on record"
    last = frame["day"].max()
    there = came.loc[came["day"] == last, "coalition"].nunique()
    every = came.groupby("coalition")["day"].nunique()
    regular = int((every == meetings).sum())
    noun = "meeting" if meetings == 1 else "meetings"
    return (
        f"{there} coalitions came to the meeting of {last:%Y-%m-%d}; {regular} came to all "
        f"{meetings} {noun} on record"
    )
