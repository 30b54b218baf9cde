"""Small drawings for the page, as SVG that grows and shrinks with it.

Across, everything is given in hundredths of the width, so that the letters keep their size on
a telephone; down, in pixels. Colours stand in the page's style sheet, which knows light, dark
and print. There is no attribute ``style``: the page's security policy forbids it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from dcactivity.report.visible import visible

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "Span",
    "activity",
    "axis",
    "hour_bars",
    "month_number",
    "spans_of",
    "sparkline",
    "strip",
]

Span = tuple[dt.date, dt.date, str]
"""First day, first day after, status."""

_BAND, _GAP, _PLOT, _AXIS = 20, 8, 120, 20  # pixels
_WORDED = 0.2  # of the width: a band this wide has room for its word on a telephone, too
_TARGET_LABELS = 5


def month_number(day: dt.date) -> float:
    """Place a day on an axis of months.

    Parameters
    ----------
    day : datetime.date
        A day, UTC.

    Returns
    -------
    float
        Months since the year 0; the fraction is the part of the month that has passed.
    """
    length = (np.datetime64(day, "M") + 1).astype("M8[D]") - np.datetime64(day, "M").astype(
        "M8[D]"
    )
    return day.year * 12 + day.month - 1 + (day.day - 1) / float(length.astype(int))


def sparkline(counts: Sequence[int | None], *, label: str) -> Markup:
    """Draw the counts of a few months as bars, for a cell of a table.

    Parameters
    ----------
    counts : sequence of int or None
        None where nothing is known.
    label : str
        What it says, for those who do not see it.

    Returns
    -------
    Markup
        An ``svg`` element.
    """
    top = max([1, *(count for count in counts if count is not None)])
    parts = []
    for place, count in enumerate(counts):
        if count is None:
            parts.append(f'<rect class="na" x="{place * 7}" y="3" width="6" height="17"/>')
        else:
            height = round(19 * count / top, 1) if count else 0.8
            parts.append(
                f'<rect x="{place * 7}" y="{20 - height:g}" width="6" height="{height:g}"/>'
            )
    width = 7 * max(1, len(counts))
    return Markup(  # numbers, and a text that is escaped
        '<svg class="spark" role="img" aria-label="{}" viewBox="0 0 {} 21" width="{}" height="21">'
        "{}</svg>"
    ).format(visible(label), width, width, Markup("".join(parts)))  # noqa: S704


def axis(first: float, last: float) -> Markup:
    """Draw years below or above strips.

    Parameters
    ----------
    first, last : float
        Ends of the axis, as `month_number` gives them.

    Returns
    -------
    Markup
        An ``svg`` element.
    """
    return _element("axis", _AXIS, "", "".join(_years(first, last, 0, 5, 15)))


def strip(spans: Sequence[Span], first: float, last: float, *, label: str) -> Markup:
    """Draw a coalition's past as one strip.

    Parameters
    ----------
    spans : sequence of Span
        Spans of one status each.
    first, last : float
        Ends of the axis, as `month_number` gives them.
    label : str
        What it says, for those who do not see it.

    Returns
    -------
    Markup
        An ``svg`` element.
    """
    bands = "".join(_bands(spans, first, last, height=18, worded=False))
    return _element("strip", 18, label, bands)


def activity(
    months: pd.DataFrame, spans: Sequence[Span], last_month: str, *, label: str
) -> Markup:
    """Draw a coalition's messages and participants by month below its bands of status.

    Parameters
    ----------
    months : DataFrame
        ``month`` (``YYYY-MM``), ``messages, participants`` (Int64, missing where nothing is
        known), by month.
    spans : sequence of Span
        Spans of one status each.
    last_month : str
        The month of the day looked back from, ``YYYY-MM``.
    label : str
        What it says, for those who do not see it.

    Returns
    -------
    Markup
        An ``svg`` element.
    """
    last = month_number(dt.date.fromisoformat(f"{last_month}-01")) + 1
    at = [month_number(dt.date.fromisoformat(f"{month}-01")) for month in months["month"]]
    starts = [*at, *(month_number(start) for start, _, _ in spans), last - 12]
    first = float(int(min(starts)))
    top_y, base = _BAND + _GAP, _BAND + _GAP + _PLOT
    messages = months["messages"].to_numpy(dtype="float64", na_value=np.nan)
    people = months["participants"].to_numpy(dtype="float64", na_value=np.nan)
    most = float(np.nanmax([1.0, *messages, *people]))
    step = _nice_step(most)
    ceiling = max(step, step * np.ceil(most / step))
    known = {month: i for i, month in enumerate(at)}
    parts = [*_unknown(at, messages, first, last, top_y)]
    for value in np.arange(step, ceiling + step / 2, step):
        y = base - _PLOT * value / ceiling
        parts.append(f'<line class="grid" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>')
    inner = _bars(known, messages, first, ceiling) + _dots(known, people, first, ceiling)
    parts.append(
        f'<svg y="{top_y}" width="100%" height="{_PLOT}" viewBox="0 0 {last - first:g} 100" '
        f'preserveAspectRatio="none">{inner}</svg>'
    )
    for value in np.arange(step, ceiling + step / 2, step):
        y = base - _PLOT * value / ceiling
        parts.append(f'<text class="tick" x="2" y="{y + 10:.1f}">{value:g}</text>')
    parts += _bands(spans, first, last, height=_BAND, worded=True)
    parts.append(f'<line class="base" x1="0" x2="100%" y1="{base}" y2="{base}"/>')
    parts += _years(first, last, base, base + 5, base + 16)
    return _element("activity", base + _AXIS, label, "".join(parts))


def hour_bars(shares: Sequence[float], *, label: str) -> Markup:
    """Draw a share for each hour of the day, the best ones darker and with their number.

    Parameters
    ----------
    shares : sequence of float
        24 of them, 0 to 1.
    label : str
        What it says, for those who do not see it.

    Returns
    -------
    Markup
        An ``svg`` element.
    """
    best, width = max(shares), 100 / len(shares)
    parts = []
    for hour, share in enumerate(shares):
        is_best = share > best - 0.005
        height = 90 * share
        parts.append(
            f'<rect class="{"best" if is_best else "bars"}" x="{hour * width + 0.3:.2f}%" '
            f'width="{width - 0.6:.2f}%" y="{110 - height:.1f}" height="{height:.1f}"/>'
        )
        if hour % 3 == 0:
            parts.append(f'<text class="tick" x="{hour * width:.2f}%" y="126">{hour:02}</text>')
    first = next(hour for hour, share in enumerate(shares) if share > best - 0.005)
    parts.append(f'<text class="word" x="{(first + 0.5) * width:.2f}%" y="13">{best:.0%}</text>')
    parts.append('<line class="base" x1="0" x2="100%" y1="110" y2="110"/>')
    return _element("hourbars", 130, label, "".join(parts))


def _element(kind: str, height: int, label: str, content: str) -> Markup:
    said = f' role="img" aria-label="{escape(visible(label))}"' if label else ' aria-hidden="true"'
    return Markup(  # noqa: S704  # numbers and fixed words; the label is escaped
        f'<svg class="{kind}"{said} width="100%" height="{height}">{content}</svg>'
    )


def _percent(month: float, first: float, last: float) -> str:
    return f"{100 * (min(max(month, first), last) - first) / (last - first):.2f}%"


def _bands(
    spans: Sequence[Span], first: float, last: float, *, height: int, worded: bool
) -> Iterator[str]:
    for start, end, status in spans:
        low, high = max(month_number(start), first), min(month_number(end), last)
        if high <= low:
            continue
        where = (
            f'x="{_percent(low, first, last)}" width="{100 * (high - low) / (last - first):.2f}%"'
        )
        yield f'<rect class="band {status}" {where} height="{height}"/>'
        if status != "ACTIVE":
            yield f'<rect fill="url(#p-{status})" {where} height="{height}"/>'
        if worded and (high - low) / (last - first) > _WORDED:
            middle = _percent((low + high) / 2, first, last)
            word = status.lower().replace("_", " ")
            yield f'<text class="word" x="{middle}" y="14">{word}</text>'


def _bars(
    known: dict[float, int], messages: NDArray[np.float64], first: float, ceiling: float
) -> str:
    path = "".join(
        f"M{month - first + 0.08:g} 100v-{100 * messages[i] / ceiling:.1f}h.84V100z"
        for month, i in known.items()
        if messages[i] > 0
    )
    return f'<path class="bars" d="{path}"/>' if path else ""


def _dots(
    known: dict[float, int], people: NDArray[np.float64], first: float, ceiling: float
) -> str:
    # Lines of no length with round ends: dots that stay round however wide the page is.
    path = "".join(
        f"M{month - first + 0.5:g} {100 - 100 * people[i] / ceiling:.1f}h0"
        for month, i in known.items()
        if people[i] > 0
    )
    return f'<path class="dots" d="{path}"/>' if path else ""


def _unknown(
    at: Sequence[float], messages: NDArray[np.float64], first: float, last: float, y: int
) -> Iterator[str]:
    """Hatch the months of which nothing is known, those without a row included."""
    told = {month for month, count in zip(at, messages, strict=True) if not np.isnan(count)}
    begin = min(at, default=last)
    run: float | None = None
    for month in [*np.arange(begin, last), None]:
        dark = month is not None and float(month) not in told
        if dark and run is None:
            run = float(month)
        elif not dark and run is not None:
            end = last if month is None else float(month)
            yield (
                f'<rect class="na" x="{_percent(run, first, last)}" y="{y}" '
                f'width="{100 * (end - run) / (last - first):.2f}%" height="{_PLOT}"/>'
            )
            run = None


def _years(first: float, last: float, top: int, tick: int, text: int) -> Iterator[str]:
    years = range(int(np.ceil(first / 12)), int(np.ceil(last / 12)))
    every = max(1, round(len(years) / _TARGET_LABELS))
    for year in years:
        x = _percent(year * 12, first, last)
        yield f'<line class="base" x1="{x}" x2="{x}" y1="{top}" y2="{tick}"/>'
        # A label at the very end would be cut off.
        if (years[-1] - year) % every == 0 and last - year * 12 > (last - first) * 0.06:
            yield f'<text class="tick" x="{x}" y="{text}" dx="2">{year}</text>'


def _nice_step(most: float) -> float:
    """Choose the distance of grid lines: 1, 2 or 5 times a power of ten, at most four lines."""
    power = 10.0 ** np.floor(np.log10(max(most, 1) / 4 if most > 4 else 1))
    for factor in (1, 2, 5, 10):
        if most / (factor * power) <= 4:
            return float(factor * power)
    return float(10 * power)


def spans_of(bands: pd.DataFrame) -> list[Span]:
    """Give a coalition's past as spans.

    Parameters
    ----------
    bands : DataFrame
        ``start, end, status``: one coalition's rows of those that a review has.

    Returns
    -------
    list of Span
        In the order of time.
    """
    mine: list[Any] = bands.to_dict("records")
    return [(row["start"].date(), row["end"].date(), str(row["status"])) for row in mine]
