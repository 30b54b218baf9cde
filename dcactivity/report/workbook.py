"""The workbook: the tables with real dates and numbers, ready to be sorted and printed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd
import xlsxwriter

from dcactivity.cases.audience import UNDER_REVIEW
from dcactivity.charts.style import STATUS_STYLE
from dcactivity.report.large import fits_sheet, fits_wide, left_out
from dcactivity.report.page_tables import ledger_sentence, notes
from dcactivity.report.tables import disarmed
from dcactivity.report.wording import LIMITS, MEANINGS, WORDS
from dcactivity.timeline import STATUSES
from dcactivity.version import __version__
from dcactivity.wording import amount, plain_date

if TYPE_CHECKING:
    import os

    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from dcactivity.report.model import Report

__all__ = ["write_workbook"]

_WIDE = {
    "coalition": 20,
    "name": 36,
    "why": 64,
    "evidence": 60,
    "archive": 44,
    "list": 34,
    "digest": 20,
    "rule": 24,
    "format": 16,
}
_LINE = 15  # points, the height of a line
_LONGEST = 32_767  # characters of a cell; xlsxwriter drops what is longer
_FRACTIONS = {"top_share": "0%", "silence_risk": "0%", "reply_hours": "0.0"}


def write_workbook(report: Report, path: str | os.PathLike[str]) -> None:
    """Write the workbook.

    Parameters
    ----------
    report : Report
        What it says.
    path : str or path-like
        The file, replaced where there is one.

    Notes
    -----
    No cell of data is a formula or a link: texts are written as texts, and one that looks like
    a formula gets an apostrophe, too. The formulas of the summary are ours; their values are
    written beside them, so that a viewer without a calculator shows the same.
    """
    # Dates from Excel's 1900 on; the date of creation is the report's own: no clock is read.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties(
            {
                "title": f"{report.title}, {report.as_of}",
                "comments": f"Made by dcactivity {__version__}",
                "created": dt.datetime.combine(report.as_of, dt.time(), dt.UTC),
            }
        )
        sheets = _Sheets(book, report)
        sheets.summary()
        sheets.table("Status", report.review.status, landscape_wide=True)
        sheets.long_table("Monthly", report.assessment.monthly)
        if fits_wide(report.assessment.monthly):
            sheets.wide()
        sheets.long_table("Reasons", report.review.reasons)
        sheets.long_table("History", report.review.history)
        sheets.long_table("Archives", report.assessment.archives, landscape_wide=True)
        sheets.method()


class _Sheets:
    """The sheets of one workbook, and the formats that they share."""

    def __init__(self, book: Workbook, report: Report) -> None:
        self.book, self.report = book, report
        self.head = book.add_format(
            {"bold": True, "bg_color": "#E8EBEF", "bottom": 1, "text_wrap": True, "valign": "top"}
        )
        self.title = book.add_format({"bold": True, "font_size": 16})
        self.strong = book.add_format({"bold": True, "valign": "top"})
        self.text = book.add_format({"valign": "top"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top", "indent": 1})
        self.whole = book.add_format({"num_format": "#,##0", "valign": "top"})
        self.day = book.add_format({"num_format": "yyyy-mm-dd", "valign": "top"})
        self.instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "valign": "top"})
        self.fractions = {
            name: book.add_format({"num_format": form, "valign": "top"})
            for name, form in _FRACTIONS.items()
        }
        self.statuses = {
            status: book.add_format({"bg_color": _tint(status), "font_color": "#1A1A1A"})
            for status in STATUSES
        }
        self.failed = book.add_format({"bg_color": "#F9DCCB", "font_color": "#1A1A1A"})

    def summary(self) -> None:
        """Write day, policy, counts by formula, what needs attention, and what changed."""
        report, sheet = self.report, self.book.add_worksheet("Summary")
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 16)
        sheet.set_column(2, 2, 100)
        sheet.write_string(0, 0, _safe(report.title), self.title)
        sheet.write_string(1, 0, "As of (end of day, UTC)", self.strong)
        sheet.write_datetime(1, 1, _midnight(report.as_of), self.day)
        sheet.write_string(2, 0, "Policy", self.strong)
        sheet.write_string(2, 1, _safe(report.review.policy.name), self.text)
        sheet.write_string(2, 2, _safe(report.review.policy.title), self.wrapped)
        row = self._counts(sheet, 4)
        for text in (*notes(report), *left_out(report)):
            sheet.write_string(row + 1, 0, "Note", self.strong)
            sheet.write_string(row + 1, 2, text, self.wrapped)
            row += 1
        row = self._lines(
            sheet,
            row + 2,
            "Needs attention",
            [(one.name, one.status, "; ".join(one.reasons)) for one in report.attention],
        )
        months = amount(report.review.policy.active.window_months, "month")
        titled = [(f"Status changed in the {months} since", report.changes)]
        titled += [("Changed since the report of", report.since)] if report.since else []
        for title, change in titled:
            lines = [(one.name, one.after or "", str(one)) for one in change.status]
            lines += [(one.name, "", str(one)) for one in change.crossed]
            lines += [("", "", text) for text in (*change.remarks, *change.archive_lines())]
            row = self._lines(sheet, row + 2, f"{title} {plain_date(change.before)}", lines)
        self._colour(sheet, 0, row + 1, 1)
        _printed(sheet, self.report, landscape=True)

    def _counts(self, sheet: Worksheet, row: int) -> int:
        """Count the statuses by formulas over the next sheet; return the row of the sum."""
        place = list(self.report.status.columns).index("status")
        letter = xlsxwriter.utility.xl_col_to_name(place)
        last = max(2, len(self.report.review.status) + 1)
        counts = {status: (n, MEANINGS[status]) for status, n in self.report.tally.items()}
        if self.report.under_review:
            counts[UNDER_REVIEW] = (len(self.report.under_review), "still has time to answer")
        for column, text in enumerate(("Status", "Coalitions", "Meaning")):
            sheet.write_string(row, column, text, self.head)
        first = row + 1
        for status, (count, meaning) in counts.items():
            row += 1
            sheet.write_string(row, 0, status, self.text)
            formula = f"=COUNTIF(Status!${letter}$2:${letter}${last},A{row + 1})"
            sheet.write_formula(row, 1, formula, self.whole, count)
            sheet.write_string(row, 2, meaning, self.wrapped)
        self._colour(sheet, first, row, 0)
        sheet.write_string(row + 1, 0, "all", self.strong)
        total = f"=SUM(B{first + 1}:B{row + 1})"
        sheet.write_formula(row + 1, 1, total, self.whole, len(self.report.review.status))
        return row + 1

    def _lines(
        self, sheet: Worksheet, row: int, title: str, lines: list[tuple[str, str, str]]
    ) -> int:
        sheet.write_string(row, 0, title, self.strong)
        shown = lines or [("", "", "nothing")]
        for below, line in enumerate(shown, row + 1):
            for column, text in enumerate(line):
                if text:
                    sheet.write_string(below, column, _safe(text), self.wrapped)
        return row + len(shown)

    def long_table(self, name: str, frame: pd.DataFrame, *, landscape_wide: bool = False) -> None:
        """Write a frame that may be too long for a sheet; the summary says where it is then."""
        if fits_sheet(frame):
            self.table(name, frame, landscape_wide=landscape_wide)

    def table(self, name: str, frame: pd.DataFrame, *, landscape_wide: bool = False) -> None:
        """Write a frame with its types, a filter, and the first row and column held fast."""
        sheet = self.book.add_worksheet(name)
        columns = [str(column) for column in frame.columns]
        for place, column in enumerate(columns):
            sheet.write_string(0, place, column, self.head)
            sheet.set_column(place, place, _width(column, frame[column]))
            self._column(sheet, place, frame[column], column)
        if "why" in columns:
            for row, why in enumerate(frame["why"], 1):
                # Not every program finds the height of wrapped lines by itself.
                sheet.set_row(row, _LINE * (1 + len(str(why)) // (_WIDE["why"] - 6)))
        last = len(frame)
        sheet.freeze_panes(1, 2 if columns[1:2] == ["name"] else 1)
        sheet.autofilter(0, 0, max(1, last), max(0, len(columns) - 1))
        if "status" in columns:
            self._colour(sheet, 1, max(1, last), columns.index("status"))
        if "met" in columns:
            place = columns.index("met")
            rule = {"type": "cell", "criteria": "==", "value": "FALSE", "format": self.failed}
            sheet.conditional_format(1, place, max(1, last), place, rule)
        if "messages" in columns and name == "Monthly":
            place = columns.index("messages")
            bar = {"type": "data_bar", "bar_color": "#8EC4E8"}
            sheet.conditional_format(1, place, max(1, last), place, bar)
        sheet.repeat_rows(0)
        _printed(sheet, self.report, landscape=landscape_wide or len(columns) > 6)

    def _column(self, sheet: Worksheet, place: int, values: pd.Series, name: str) -> None:
        known = values.notna().to_numpy(dtype=bool)
        wrapped = self.wrapped if name == "why" else self.text
        for row, value in enumerate(values.astype(object), 1):
            if not known[row - 1]:
                continue
            if isinstance(value, bool):
                sheet.write_boolean(row, place, value, self.text)
            elif isinstance(value, pd.Timestamp):
                form = self.day if value.tz is None else self.instant
                moment = value.tz_localize(None).to_pydatetime().replace(microsecond=0)
                self._moment(sheet, row, place, moment, form)
            elif isinstance(value, str):
                sheet.write_string(row, place, _safe(value), wrapped)
            else:
                form = self.fractions.get(name, self.whole)
                sheet.write_number(row, place, float(value), form)

    def _moment(
        self, sheet: Worksheet, row: int, place: int, moment: dt.datetime, form: Format
    ) -> None:
        if moment.year < 1900:  # before the calendar of spreadsheets
            sheet.write_string(row, place, moment.isoformat(), self.text)
        else:
            sheet.write_datetime(row, place, moment, form)

    def wide(self) -> None:
        """Write the messages of each month, one column a coalition, with sums by formula."""
        sheet, monthly = self.book.add_worksheet("Monthly wide"), self.report.assessment.monthly
        table = monthly.pivot_table(index="month", columns="coalition", values="messages")
        sheet.write_string(0, 0, "month", self.head)
        sheet.set_column(0, 0, 10)
        sheet.set_column(1, max(1, len(table.columns)), 11)
        for row, month in enumerate(table.index, 1):
            sheet.write_string(row, 0, str(month), self.text)
        last = len(table)
        if last:
            sheet.write_string(last + 1, 0, "sum", self.strong)
        for place, slug in enumerate(table.columns, 1):
            sheet.write_string(0, place, _safe(str(slug)), self.head)
            values = table[slug]
            for row, value in enumerate(values, 1):
                if not pd.isna(value):
                    sheet.write_number(row, place, float(value), self.whole)
            letter = xlsxwriter.utility.xl_col_to_name(place)
            formula = f"=SUM({letter}2:{letter}{last + 1})"
            sheet.write_formula(last + 1, place, formula, self.whole, float(values.sum()))
        if last:
            scale = {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#8EC4E8"}
            sheet.conditional_format(1, 1, last, max(1, len(table.columns)), scale)
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        _printed(sheet, self.report, landscape=True)

    def method(self) -> None:
        """Write policy, terms, limits, and what was read."""
        sheet, policy = self.book.add_worksheet("Method"), self.report.review.policy
        sheet.set_column(0, 0, 24)
        sheet.set_column(1, 1, 110)
        pairs = [
            ("Program", f"dcactivity {__version__}"),
            ("Policy", f"{policy.name}: {policy.title}"),
            ("Source of the policy", policy.source),
            ("Digest of the policy", policy.digest),
            *(("Rule", text) for text in policy.sentences()),
            *WORDS,
            *(("Limit", text) for text in LIMITS),
            ("Data", ledger_sentence(self.report.assessment.archives)),
        ]
        for row, (name, text) in enumerate(pairs):
            sheet.write_string(row, 0, name, self.strong)
            sheet.write_string(row, 1, _safe(text), self.wrapped)
        _printed(sheet, self.report, landscape=True)

    def _colour(self, sheet: Worksheet, first: int, last: int, place: int) -> None:
        for status, form in self.statuses.items():
            rule = {"type": "cell", "criteria": "==", "value": f'"{status}"', "format": form}
            sheet.conditional_format(first, place, last, place, rule)


def _safe(text: str) -> str:
    shown = disarmed(text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def _tint(status: str) -> str:
    red, green, blue = (round(255 * part) for part in STATUS_STYLE[status].tint)
    return f"#{red:02X}{green:02X}{blue:02X}"


def _width(name: str, values: pd.Series) -> int:
    if name in _WIDE:
        return _WIDE[name]
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return 12 if values.dt.tz is None else 19
    return max(9, min(16, len(name) + 1))


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day)  # noqa: DTZ001  # a cell knows no zone


def _printed(sheet: Worksheet, report: Report, *, landscape: bool) -> None:
    """Fit the sheet's width on A4, with day and page in the foot."""
    sheet.set_paper(9)  # A4
    if landscape:
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer(f"&L&A, as of {report.as_of}&R&P of &N")
    sheet.hide_gridlines(1)
