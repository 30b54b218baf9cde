"""What all charts share: looks of the statuses, house style, byte-stable files."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import resources
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from dcactivity.errors import InputError
from dcactivity.files import put_file

__all__ = [
    "MESSAGES",
    "PEOPLE",
    "QUIET",
    "STATUS_STYLE",
    "UNKNOWN_EDGE",
    "UNKNOWN_FACE",
    "StatusStyle",
    "house_style",
    "save",
]


@dataclass(frozen=True, slots=True)
class StatusStyle:
    """How one status looks.

    Parameters
    ----------
    colour : str
        Hexadecimal, safe for colour-blind readers.
    marker : str
        A matplotlib marker.
    hatch : str
        A matplotlib hatch.
    word : str
        What a reader sees.
    """

    colour: str
    marker: str
    hatch: str
    word: str

    @property
    def tint(self) -> tuple[float, float, float]:
        """The colour, thinned with four parts of white: opaque, unlike a transparent one."""
        red, green, blue = (0.2 * part + 0.8 for part in to_rgb(self.colour))
        return red, green, blue


# From Okabe and Ito's palette, dark grey in place of its black; the lightness differs too, for
# prints in grey.
STATUS_STYLE: Mapping[str, StatusStyle] = MappingProxyType(
    {
        "ACTIVE": StatusStyle("#0072B2", "o", "", "active"),
        "DORMANT": StatusStyle("#E69F00", "s", "////", "dormant"),
        "AT_RISK": StatusStyle("#D55E00", "^", "xxxx", "at risk"),
        "UNKNOWN": StatusStyle("#4D4D4D", "D", "....", "unknown"),
    }
)
"""Looks of the four statuses, in the order in which they are listed."""

MESSAGES = "#8EC4E8"  # Okabe and Ito's sky blue, lightened: dots must stand out on it
PEOPLE = "#1A1A1A"
UNKNOWN_FACE, UNKNOWN_EDGE = "#F0F0F0", "#8C8C8C"
QUIET = "#595959"  # of captions and axes: contrast 7 to 1 on white

_METADATA = {".png": {"Software": None}, ".svg": {"Creator": None, "Date": None}}


@cache
def _house() -> mpl.RcParams:
    place = resources.files("dcactivity") / "charts" / "house.mplstyle"
    with resources.as_file(place) as path:
        return mpl.rc_params_from_file(path, use_default_template=False)


@contextmanager
def house_style() -> Iterator[None]:
    """Set fonts, colours and lines of the house for the time of a ``with`` block."""
    with mpl.rc_context(_house()):
        yield


def save(figure: Figure | Axes, path: str | PathLike[str]) -> None:
    """Write a figure as PNG or SVG, the same bytes each time.

    Parameters
    ----------
    figure : Figure or Axes
        What to write; of an Axes, the figure it belongs to.
    path : str or path
        Its suffix, ``.png`` or ``.svg``, decides the format. An earlier file is replaced.

    Raises
    ------
    InputError
        If the suffix is another.
    """
    target = Path(path)
    suffix = target.suffix.lower()
    if suffix not in _METADATA:
        raise InputError("neither .png nor .svg", path=path, hint="name the file so")
    drawn = figure if isinstance(figure, Figure) else figure.get_figure(root=True)
    if drawn is None:
        raise InputError("these axes belong to no figure", path=path, hint="draw them on one")
    buffer = io.BytesIO()
    text_stays_text = mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "dcactivity"})
    with house_style(), text_stays_text, warnings.catch_warnings():
        # A name may be in a script that the font lacks; in SVG the reader's fonts show it.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font")
        options: dict[str, Any] = {"metadata": _METADATA[suffix]}
        if suffix == ".png":
            # Packs a chart in half the time of the default, for a tenth more bytes.
            options["pil_kwargs"] = {"compress_level": 3}
        drawn.savefig(buffer, format=suffix[1:], dpi=150, **options)
    put_file(target, buffer.getvalue())
