"""What slides are made of: titles, lines, tables and charts that stay within their boxes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Inches, Pt

from dcactivity.charts.style import MESSAGES, PEOPLE, STATUS_STYLE
from dcactivity.report.visible import visible
from dcactivity.report.wording import status_word

if TYPE_CHECKING:
    from pptx.chart.chart import Chart
    from pptx.presentation import Presentation as Deck
    from pptx.slide import Slide
    from pptx.table import _Cell

__all__ = [
    "BODY",
    "LEFT",
    "TOP",
    "WIDTH",
    "Box",
    "add_lines",
    "add_title",
    "months_chart",
    "tally_chart",
    "text_table",
]

LEFT, TOP, WIDTH, BODY = 0.6, 1.65, 12.13, 5.35  # inches, of a slide of 13.33 by 7.5
_TITLE_ONLY = 5  # the layout of the built-in template that has a title alone
_INK, _QUIET = RGBColor(0x1A, 0x1A, 0x1A), RGBColor(0x53, 0x5C, 0x66)
_FONT = "Calibri"
_POINTS = 72
_MONTHS = 36
_FEW = 6  # messages: below, an axis would show halves
# Of the size: mean width of a letter, height of a line; for the wider of the fonts that stand
# in where the one named is not there.
_LETTER, _LINE = 0.6, 1.22
_SERIES = {"messages": "messages, bulletins included", "participants": "people"}
_LEAST = 8  # points: below, nobody reads it from a chair


@dataclass(frozen=True, slots=True)
class Box:
    """A place on a slide, in inches.

    Parameters
    ----------
    left, top, width, height : float
        Inches.
    """

    left: float
    top: float
    width: float
    height: float

    @property
    def lengths(self) -> tuple[Inches, Inches, Inches, Inches]:
        """The four as the library wants them."""
        return (
            Inches(self.left),
            Inches(self.top),
            Inches(self.width),
            Inches(self.height),
        )


def add_title(deck: Deck, title: str, below: str, *, status: str | None = None) -> Slide:
    """Add a slide with a title and a line below it.

    Parameters
    ----------
    deck : Presentation
        The slides.
    title, below : str
        Texts; they are made smaller, and at last cut, where they are too long.
    status : str, optional
        A status that stands at the right, in word and colour.

    Returns
    -------
    Slide
        With nothing else on it.
    """
    slide: Slide = deck.slides.add_slide(deck.slide_layouts[_TITLE_ONLY])
    width = WIDTH - (1.9 if status else 0)
    shape = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = Box(LEFT, 0.35, width, 0.75).lengths
    _fill(shape.text_frame, [title], size=28, box=Box(0, 0, width, 0.75), bold=True)
    add_lines(slide, Box(LEFT, 1.1, WIDTH, 0.5), [below], size=14, quiet=True)
    if status:
        tag = slide.shapes.add_shape(5, *Box(LEFT + WIDTH - 1.7, 0.5, 1.7, 0.45).lengths)
        tag.fill.solid()
        tag.fill.fore_color.rgb = _tint(status)
        tag.line.color.rgb = _colour(STATUS_STYLE[status].colour)
        tag.shadow.inherit = False
        _fill(tag.text_frame, [status_word(status)], size=15, box=Box(0, 0, 1.7, 0.45), bold=True)
        tag.text_frame.paragraphs[0].alignment = PP_ALIGN.CENTER
    return slide


def add_lines(
    slide: Slide, box: Box, lines: Sequence[str], *, size: float, quiet: bool = False
) -> None:
    """Write paragraphs into a box, smaller where they would not fit.

    Parameters
    ----------
    slide : Slide
        Where.
    box : Box
        The place.
    lines : sequence of str
        The paragraphs; what does not fit at the smallest size is left out, and said to be.
    size : float
        Points, at most.
    quiet : bool, default False
        In grey.
    """
    shape = slide.shapes.add_textbox(*box.lengths)
    _fill(shape.text_frame, list(lines), size=size, box=box, quiet=quiet)


def _fill(
    frame: object,
    lines: list[str],
    *,
    size: float,
    box: Box,
    bold: bool = False,
    quiet: bool = False,
) -> None:
    texts, points = _fitted([visible(line) for line in lines], size, box.width - 0.2, box.height)
    frame.word_wrap = True  # type: ignore[attr-defined]  # python-pptx bears no types
    frame.vertical_anchor = MSO_ANCHOR.TOP  # type: ignore[attr-defined]
    frame.margin_top = frame.margin_bottom = Inches(0.03)  # type: ignore[attr-defined]
    for number, text in enumerate(texts):
        paragraph = (
            frame.paragraphs[0] if number == 0 else frame.add_paragraph()  # type: ignore[attr-defined]
        )
        paragraph.text = text
        paragraph.alignment = PP_ALIGN.LEFT
        paragraph.space_after = Pt(points * 0.35)
        font = paragraph.font
        font.size, font.bold, font.name = Pt(points), bold, _FONT
        font.color.rgb = _QUIET if quiet else _INK


def _fitted(lines: list[str], size: float, width: float, height: float) -> tuple[list[str], float]:
    """Choose a size at which the lines fit, and leave out or cut what never does."""
    points = size
    while points > _LEAST and _height(lines, points, width) > height:
        points -= 0.5
    kept = list(lines)
    while len(kept) > 1 and _height([*kept, "…"], points, width) > height:
        kept.pop()
    if len(kept) < len(lines):
        kept.append(f"… and {len(lines) - len(kept)} more, on the page and in the workbook")
    elif len(kept) == 1 and _height(kept, points, width) > height:
        rows = max(1, int(height * _POINTS / (points * _LINE)))
        letters = int(rows * width * _POINTS / (points * _LETTER))
        kept = [f"{kept[0][: max(1, letters - 1)]}…"]
    return kept, points


def _height(lines: list[str], points: float, width: float) -> float:
    """Estimate the height of wrapped paragraphs, in inches."""
    rows = sum(_rows_of(line, points, width) for line in lines)
    return (rows * _LINE + 0.35 * len(lines)) * points / _POINTS


def _rows_of(text: str, points: float, width: float) -> int:
    letters = max(1, int(width * _POINTS / (points * _LETTER)))
    wide = sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)  # of East Asia
    return max(1, math.ceil(wide / letters))


def text_table(
    slide: Slide,
    box: Box,
    rows: list[list[str]],
    widths: list[float],
    *,
    statuses: list[str] | None = None,
    size: float = 12,
) -> float:
    """Add a table that can be edited.

    Parameters
    ----------
    slide : Slide
        Where.
    box : Box
        The place; letters shrink until the table fits in.
    rows : list of list of str
        The first one stands at the head.
    widths : list of float
        Of the columns, in parts of their sum.
    statuses : list of str, optional
        For each row but the first: colours its second cell.
    size : float, default 12
        Points, at most.

    Returns
    -------
    float
        Its height, inches.
    """
    total = sum(widths)
    columns = [box.width * width / total for width in widths]
    texts = [[visible(text) for text in row] for row in rows]
    points = size
    while points > _LEAST and sum(_row_heights(texts, columns, points)) > box.height:
        points -= 0.5
    heights = _row_heights(texts, columns, points)
    frame = slide.shapes.add_table(len(rows), len(widths), *box.lengths)
    table = frame.table
    for place, width in enumerate(columns):
        table.columns[place].width = Inches(width)
    for number, (row, height) in enumerate(zip(texts, heights, strict=True)):
        table.rows[number].height = Inches(height)
        for place, text in enumerate(row):
            cell = table.cell(number, place)
            _write_cell(cell, _cut(text, points, columns[place]), points, head=number == 0)
            cell.fill.solid()
            cell.fill.fore_color.rgb = RGBColor(0xE8, 0xEB, 0xEF) if number == 0 else _white()
            if statuses and number and place == 1:
                cell.fill.fore_color.rgb = _tint(statuses[number - 1])
    frame.height = Inches(sum(heights))
    return sum(heights)


def _row_heights(texts: list[list[str]], columns: list[float], points: float) -> list[float]:
    return [
        max(
            min(2, _rows_of(text, points, width - 0.16))
            for text, width in zip(row, columns, strict=True)
        )
        * points
        * _LINE
        / _POINTS
        + 0.07
        for row in texts
    ]


def _cut(text: str, points: float, width: float) -> str:
    """Cut a text that would need more than two lines of a cell."""
    letters = 2 * int((width - 0.16) * _POINTS / (points * _LETTER))
    return text if _rows_of(text, points, width - 0.16) <= 2 else f"{text[: letters - 2]}…"


def _write_cell(cell: _Cell, text: str, points: float, *, head: bool) -> None:
    cell.margin_left = cell.margin_right = Inches(0.07)
    cell.margin_top = cell.margin_bottom = Inches(0.03)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    paragraph = cell.text_frame.paragraphs[0]
    paragraph.text = text
    if text.replace(",", "").isdigit():
        paragraph.alignment = PP_ALIGN.RIGHT
    font = paragraph.font
    font.size, font.bold, font.name, font.color.rgb = Pt(points), head, _FONT, _INK


def tally_chart(slide: Slide, box: Box, tally: dict[str, int]) -> None:
    """Draw how many coalitions have each status, as bars with words.

    Parameters
    ----------
    slide : Slide
        Where.
    box : Box
        The place.
    tally : dict
        From statuses to counts.
    """
    data = CategoryChartData()
    order = list(reversed(tally))
    data.categories = [status_word(status) for status in order]
    data.add_series("coalitions", [tally[status] for status in order])
    chart = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *box.lengths, data).chart
    _plain_chart(chart, title="Coalitions by status")
    plot = chart.plots[0]
    plot.gap_width = 45
    plot.has_data_labels = True
    plot.data_labels.font.size, plot.data_labels.font.bold = Pt(20), True
    plot.data_labels.position = XL_LABEL_POSITION.OUTSIDE_END
    chart.value_axis.visible = False
    chart.value_axis.has_major_gridlines = False
    chart.value_axis.minimum_scale = 0
    chart.value_axis.maximum_scale = max(1, *tally.values()) * 1.15
    chart.category_axis.tick_labels.font.size = Pt(16)
    for place, status in enumerate(order):
        point = plot.series[0].points[place]
        point.format.fill.solid()
        point.format.fill.fore_color.rgb = _colour(STATUS_STYLE[status].colour)


def months_chart(slide: Slide, box: Box, monthly: pd.DataFrame, *, title: str) -> None:
    """Draw messages and participants by month; what is not known is left empty.

    Where nothing was said for long, the months say nothing either: messages by year are drawn.

    Parameters
    ----------
    slide : Slide
        Where.
    box : Box
        The place.
    monthly : DataFrame
        One coalition's rows of the monthly table.
    title : str
        The finding.
    """
    recent = monthly.tail(_MONTHS)
    if not recent["messages"].fillna(0).any():
        _years_chart(slide, box, monthly, title=title)
        return
    monthly = recent
    data = CategoryChartData()
    data.categories = [str(month) for month in monthly["month"]]
    for name, shown in _SERIES.items():
        counts = [None if pd.isna(count) else int(count) for count in monthly[name]]
        data.add_series(shown, counts)
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *box.lengths, data).chart
    _columns(chart, most=monthly["messages"].max(), title=title)
    chart.has_legend = True
    chart.legend.position = XL_LEGEND_POSITION.BOTTOM
    chart.legend.include_in_layout = False
    chart.legend.font.size = Pt(11)
    chart.plots[0].gap_width, chart.plots[0].overlap = 30, 0
    for series, colour in zip(chart.plots[0].series, (MESSAGES, PEOPLE), strict=True):
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = _colour(colour)


def _years_chart(slide: Slide, box: Box, monthly: pd.DataFrame, *, title: str) -> None:
    sums = monthly["messages"].groupby(monthly["month"].str[:4]).sum(min_count=1)
    data = CategoryChartData()
    data.categories = [str(year) for year in sums.index]
    data.add_series("messages by year", [None if pd.isna(count) else int(count) for count in sums])
    chart = slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *box.lengths, data).chart
    _columns(chart, most=sums.max(), title=f"{title}; messages by year")
    series = chart.plots[0].series[0]
    series.format.fill.solid()
    series.format.fill.fore_color.rgb = _colour(MESSAGES)


def _columns(chart: Chart, *, most: float, title: str) -> None:
    """Set an axis of whole numbers from zero."""
    _plain_chart(chart, title=title)
    chart.value_axis.tick_labels.font.size = chart.category_axis.tick_labels.font.size = Pt(10)
    chart.value_axis.major_gridlines.format.line.color.rgb = RGBColor(0xDD, 0xDD, 0xDD)
    chart.value_axis.minimum_scale = 0
    chart.value_axis.tick_labels.number_format = "0"
    chart.value_axis.tick_labels.number_format_is_linked = False
    if pd.isna(most) or most <= _FEW:
        chart.value_axis.major_unit = 1


def _plain_chart(chart: Chart, *, title: str) -> None:
    chart.has_legend = False
    chart.has_title = True
    chart.chart_title.text_frame.text = title
    font = chart.chart_title.text_frame.paragraphs[0].font
    font.size, font.bold, font.name, font.color.rgb = Pt(13), True, _FONT, _INK
    chart.font.name = _FONT


def _colour(text: str) -> RGBColor:
    return RGBColor.from_string(text.lstrip("#").upper())


def _tint(status: str) -> RGBColor:
    return RGBColor(*(round(255 * part) for part in STATUS_STYLE[status].tint))


def _white() -> RGBColor:
    return RGBColor(0xFF, 0xFF, 0xFF)
