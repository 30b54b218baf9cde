"""The workbook, read back: types, filters, formulas, and no formula that is not ours."""

from __future__ import annotations

import csv
import datetime as dt
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

SHEETS = [
    "Summary",
    "Status",
    "Monthly",
    "Monthly wide",
    "Reasons",
    "History",
    "Archives",
    "Method",
]


@pytest.fixture(scope="module")
def book(demo_report: Path) -> Workbook:
    return openpyxl.load_workbook(demo_report / "report.xlsx")


def rows(sheet: Worksheet) -> list[dict[str, object]]:
    head, *body = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in body]


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_sheets_stand_in_their_order(book: Workbook) -> None:
    assert book.sheetnames == SHEETS


@pytest.mark.parametrize("name", ["Status", "Monthly", "Reasons", "History", "Archives"])
def test_sheet_says_what_the_table_says(book: Workbook, demo_report: Path, name: str) -> None:
    found, said = rows(book[name]), table(demo_report, name.lower())
    assert len(found) == len(said)
    assert list(found[0]) == list(said[0])
    for row, line in zip(found[:50], said[:50], strict=True):
        for key, text in line.items():
            value = row[key]
            if isinstance(value, bool):
                assert str(value).lower() == text
            elif isinstance(value, (int, float)):
                assert float(value) == pytest.approx(float(text))
            elif isinstance(value, dt.datetime):
                assert value.isoformat()[: len(text.rstrip("Z"))] == text.rstrip("Z")
            else:
                assert (value or "") == text


def test_days_instants_and_numbers_are_real(book: Workbook) -> None:
    row = next(row for row in rows(book["Status"]) if row["coalition"] == "dc-sundials")
    assert row["since"] == dt.datetime(2021, 10, 7)  # noqa: DTZ001  # a cell knows no zone
    assert isinstance(row["last_message"], dt.datetime)
    assert row["messages"] == 2
    status = book["Status"]
    formats = {
        str(cell.value): status.cell(row=2, column=cell.column).number_format for cell in status[1]
    }
    assert formats["since"] == "yyyy-mm-dd"
    assert formats["last_message"] == "yyyy-mm-dd hh:mm:ss"


@pytest.mark.parametrize("name", ["Status", "Monthly", "Reasons", "History", "Archives"])
def test_table_can_be_filtered_scrolled_and_printed(book: Workbook, name: str) -> None:
    sheet = book[name]
    assert sheet.freeze_panes == ("C2" if name == "Status" else "B2")
    assert sheet.auto_filter.ref is not None
    assert sheet.auto_filter.ref.startswith("A1:")
    assert sheet.print_title_rows == "$1:$1"
    assert sheet.page_setup.paperSize == 9
    assert sheet.page_setup.fitToWidth in {None, 1}  # 1 is what nothing means
    assert sheet.page_setup.fitToHeight == 0
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert all(dimension.width >= 9 for dimension in sheet.column_dimensions.values())


def test_statuses_are_coloured_by_what_they_say(book: Workbook) -> None:
    rules = [
        rule.formula for found in book["Status"].conditional_formatting for rule in found.rules
    ]
    assert {formula[0] for formula in rules} == {
        '"ACTIVE"', '"DORMANT"', '"AT_RISK"', '"UNKNOWN"'
    }  # fmt: skip


def test_wide_sheet_has_a_column_for_each_coalition_with_messages(
    book: Workbook, demo_report: Path
) -> None:
    monthly = table(demo_report, "monthly")
    wide = rows(book["Monthly wide"])
    line = next(row for row in wide if row["month"] == "2016-02")
    assert line["dc-birdsong"] == 1
    assert set(line) - {"month"} == {row["coalition"] for row in monthly}
    assert wide[-1]["month"] == "sum"
    assert str(wide[-1]["dc-birdsong"]).startswith("=SUM(")


def test_no_cell_of_a_hostile_archive_is_a_formula_or_a_link(hostile_report: Path) -> None:
    evil = openpyxl.load_workbook(hostile_report / "report.xlsx")
    for sheet in evil:
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.hyperlink is None
                text = str(cell.value)
                if cell.data_type == "f":
                    assert text.startswith(("=COUNTIF(Status!", "=SUM("))
                assert "\u202e" not in text
    names = [row["name"] for row in rows(evil["Status"])]
    assert names == ["'=1+1 <b>Evil</b> & ⟨U+202E⟩Co"]


# LibreOffice writes extensions of its own, which openpyxl does not know.
@pytest.mark.filterwarnings("ignore:.*extension is not supported:UserWarning")
@pytest.mark.skipif(
    shutil.which("soffice") is None, reason="no LibreOffice here: apt-get install libreoffice-calc"
)
def test_libreoffice_recalculates_the_same_numbers(demo_report: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        ["soffice", f"-env:UserInstallation={(tmp_path / 'user').as_uri()}", "--headless",
         "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", tmp_path,
         demo_report / "report.xlsx"],
        capture_output=True, text=True, timeout=180, check=True,
    )  # fmt: skip
    assert "report.xlsx" in done.stdout
    ours = openpyxl.load_workbook(demo_report / "report.xlsx", data_only=True)
    theirs = openpyxl.load_workbook(tmp_path / "report.xlsx", data_only=True)
    assert theirs.sheetnames == SHEETS
    formulas = openpyxl.load_workbook(demo_report / "report.xlsx")
    compared = 0
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    place = cell.coordinate
                    assert theirs[sheet.title][place].value == ours[sheet.title][place].value
                    compared += 1
    assert compared >= 19
    counts = {row[0].value: row[1].value for row in theirs["Summary"].iter_rows(5, 10)}
    assert counts["all"] == 14
