"""When and where in the world people write, and at which hours they could meet."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator

from dcactivity.charts.labels import axes_of, label
from dcactivity.charts.months import source_line
from dcactivity.charts.style import QUIET, house_style
from dcactivity.hours import meeting_hours, writing_profile

__all__ = ["hours", "offset_word"]

_BEST = 3  # hours that are framed


def hours(
    messages: pd.DataFrame,
    *,
    coalition: str | None = None,
    ax: Axes | None = None,
    as_of: dt.date | str | None = None,
    months: int | None = 24,
) -> Axes:
    """Draw at which hours people write in which part of the world, and when they could meet.

    Parameters
    ----------
    messages : DataFrame, one row per message
        As `dcactivity.read_messages` gives it: ``date`` (UTC) and ``utc_offset`` (minutes);
        where present, ``person``, and ``automated`` (others than missing are left out).
    coalition : str, optional
        Look at this one alone, by its slug; by default at all.
    ax : Axes, optional
        Where to draw; a new figure of pyplot's where it is left out.
    as_of : datetime.date or str, optional
        Count nothing later than this day; stands in the caption.
    months : int, optional
        Look back so many months, 24 by default; None looks at everything.

    Returns
    -------
    Axes
        With a mesh (one row for each offset from UTC, the most eastern at the top, one column
        for each hour of the day in UTC), and above it the share of people for whom the hour
        lies between 8 and 20 o'clock of their own time; the three best hours are framed.

    Raises
    ------
    InputError
        If a column is missing.
    """
    mine = messages
    if coalition is not None:
        mine = messages[messages["coalition"].astype("str") == coalition]
    profile = writing_profile(mine, as_of=as_of, months=months)
    shares = meeting_hours(profile)["share"].to_numpy(dtype=float, na_value=np.nan)
    offsets = sorted(profile["utc_offset"].unique())
    with house_style():
        ax = axes_of(ax, 9, 2.2 + 0.24 * max(3, len(offsets)))
        ax.spines[["left", "bottom"]].set_visible(False)
        if offsets:
            _mesh(ax, profile, [int(offset) for offset in offsets])
            _meetings(ax, shares, len(offsets))
        ax.set_xlim(0, 24)
        ax.set_xticks(range(0, 25, 3), [f"{hour:02}:00" for hour in range(0, 25, 3)])
        ax.set_xlabel("hour of the day, UTC")
        note = (
            "An offset from UTC tells a part of the world; some programs always say +00:00. "
            "Meeting: share of people for whom the hour lies between 08 and 20 of their own time."
        )
        title = _finding(shares, len(offsets), coalition)
        label(ax, title, f"{source_line(as_of)} {note}", below=38)
    return ax


def _mesh(ax: Axes, profile: pd.DataFrame, offsets: list[int]) -> None:
    grid = np.zeros((len(offsets), 24))
    place = {offset: row for row, offset in enumerate(offsets)}
    for row in profile.to_dict("records"):
        grid[place[int(row["utc_offset"])], int(row["hour"])] = int(row["messages"])
    shown = np.ma.masked_equal(grid, 0)
    mesh = ax.pcolormesh(
        np.arange(25), np.arange(len(offsets) + 1), shown, cmap="cividis_r", vmin=0,
        edgecolor="white", linewidth=0.4,
    )  # fmt: skip
    bar = ax.figure.colorbar(mesh, ax=ax, pad=0.01, fraction=0.03)
    bar.set_label("messages", color=QUIET)
    bar.ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    people = profile.groupby("utc_offset")["people"].sum()
    words = [f"{offset_word(offset)}  {_people(float(people[offset]))}" for offset in offsets]
    ax.set_yticks(np.arange(len(offsets)) + 0.5, words)
    ax.tick_params(axis="y", length=0, labelsize=8 if len(offsets) <= 16 else 7)


def _people(count: float) -> str:
    said = f"{count:.0f}" if count >= 1 else "<1"
    return f"({said} {'person' if said in {'1', '<1'} else 'people'})"


def _meetings(ax: Axes, shares: np.ndarray, rows: int) -> None:
    """Write the shares above the mesh, and frame the best hours."""
    low, high = rows + 0.35, rows + 1.55
    best = set(np.argsort(-shares, kind="stable")[:_BEST].tolist())
    for hour, share in enumerate(shares):
        frame = hour in best
        ax.add_patch(
            Rectangle(
                (hour + 0.04, low),
                0.92,
                high - low,
                facecolor=str(1 - 0.45 * float(share)),
                edgecolor="black" if frame else "none",
                linewidth=1.6 if frame else 0,
                label="meeting hour" if frame else "",
            )
        )
        ax.text(hour + 0.5, (low + high) / 2, f"{share:.0%}"[:-1], ha="center", va="center",
                fontsize=7, fontweight="bold" if frame else "normal")  # fmt: skip
    words = [text.get_text() for text in ax.get_yticklabels()]
    ax.set_yticks([*ax.get_yticks(), (low + high) / 2], [*words, "meeting suits, %"])
    ax.set_ylim(0, high + 0.1)


def offset_word(minutes: int) -> str:
    """Write an offset from UTC.

    Parameters
    ----------
    minutes : int
        East is positive.

    Returns
    -------
    str
        Such as ``UTC+05:30``.
    """
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def _finding(shares: np.ndarray, rows: int, coalition: str | None) -> str:
    who = f"{coalition}: " if coalition else ""
    if not rows:
        return f"{who}nobody wrote in this time"
    best = int(np.argmax(shares))
    said = "Meetings" if not who else "meetings"
    return (
        f"{who}{said} at {best:02}:00 UTC suit {shares[best]:.0%} of those who write; they write "
        f"from {rows} offset{'' if rows == 1 else 's'}"
    )
