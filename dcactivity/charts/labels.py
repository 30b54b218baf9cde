"""Titles, legends and captions: where they stand, and how they keep out of each other's way."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.container import BarContainer

from dcactivity.charts.style import QUIET

__all__ = ["axes_of", "label", "shortened"]

_TITLE, _CAPTION = 10.5, 7.5  # points
_LETTER = 0.6  # of the size: mean width of a bold letter
_LEGEND = 16  # points, the height of a row of the legend


def axes_of(ax: Axes | None, width: float, height: float) -> Axes:
    """Take the axes that were given, or make new ones.

    Parameters
    ----------
    ax : Axes or None
        What a caller gave.
    width, height : float
        Inches of a new figure of pyplot's.

    Returns
    -------
    Axes
        To draw on.
    """
    if ax is None:
        import matplotlib.pyplot as plt  # chooses a backend: only where one is needed

        ax = plt.figure(figsize=(width, height), layout="constrained").add_subplot()
    # What was made outside the house style must look like what was made within.
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)
    return ax


def label(
    ax: Axes,
    title: str,
    caption: str,
    *,
    handles: Sequence[Artist | BarContainer] = (),
    below: float = 30,
) -> None:
    """Set title and legend above the axes, the caption below.

    Parameters
    ----------
    ax : Axes
        The axes.
    title : str
        The finding; broken into lines where it is longer than the axes are wide.
    caption : str
        Where the figures come from, and as of when.
    handles : sequence of Artist
        What the legend has to explain; none for no legend.
    below : float, default 30
        How far below the axes the caption stands, points.
    """
    wide = ax.get_window_extent().width * 72 / ax.figure.dpi
    letters = max(24, int(wide / (_TITLE * _LETTER)))
    columns = _columns(handles, wide)
    rows = -(-len(handles) // columns) if handles else 0
    ax.set_title(
        "\n".join(textwrap.wrap(title, letters)),
        loc="left",
        fontsize=_TITLE,
        fontweight="bold",
        pad=_LEGEND * rows + 6,
    )
    if handles:
        ax.legend(
            handles=list(handles),
            loc="lower left",
            bbox_to_anchor=(0, 1.0),
            ncols=columns,
            fontsize=8,
            borderaxespad=0.2,
            borderpad=0.2,
            columnspacing=1.4,
        )
    ax.annotate(
        "\n".join(textwrap.wrap(caption, max(40, int(wide / (_CAPTION * 0.56))))),
        (0, 0),
        (0, -below),
        xycoords="axes fraction",
        textcoords="offset points",
        va="top",
        fontsize=_CAPTION,
        color=QUIET,
    )


def _columns(handles: Sequence[Artist | BarContainer], wide: float) -> int:
    """Choose how many entries of a legend stand side by side."""
    longest = max((len(str(one.get_label())) for one in handles), default=1)
    fitting = int(wide / (longest * 8 * 0.58 + 34))
    total = sum(len(str(one.get_label())) * 8 * 0.58 + 34 for one in handles)
    return len(handles) or 1 if total <= wide else max(1, fitting)


def shortened(name: str, letters: int) -> str:
    """Cut a name that is too long for its place.

    Parameters
    ----------
    name : str
        A coalition's name or slug.
    letters : int
        How many there is room for.

    Returns
    -------
    str
        The name, or its beginning and an ellipsis.
    """
    return name if len(name) <= letters else f"{name[: letters - 1].rstrip()}…"
