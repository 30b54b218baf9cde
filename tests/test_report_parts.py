"""Parts of a report: drawn where they are there, left out where they are not."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from dcactivity.messages.read import opened
from dcactivity.policy import Policy
from dcactivity.report.gather import report_on
from dcactivity.report.model import Report, make_report
from dcactivity.report.page import page_html
from dcactivity.report.write import write_report
from tests.conftest import DAY, DEMO

PART_COLUMNS = {"silence_risk", "membership", "mailing_list", "archive", "reports_missing"}

OBSERVATIONS = """id,coalition,list,principle,finding,seen,source,detail,url,digest
o1,dc-sundials,,membership,open,2022-02-01,person,form works,https://forum.example/join,
o2,dc-sundials,,mailing_list,closed,2022-02-01,person,subscription refused,javascript:alert(1),
"""
REPORTS = """coalition,year,submitted,url
dc-sundials,2019,2020-03-01,https://forum.example/2019
dc-sundials,2020,,
dc-lighthouses,2020,2021-02-01,
"""
ATTENDANCE = """meeting,date,coalition,present,apologies
7,2022-01-20,dc-sundials,2,0
7,2022-01-20,dc-lighthouses,0,1
"""
STATEMENTS = """coalition,date,expires,text,url
dc-sundials,2022-03-01,,We meet by telephone <b>now</b>,https://forum.example/s
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A report on two coalitions with all that people record of them."""
    source = tmp_path_factory.mktemp("parts")
    for slug in ("dc-sundials", "dc-lighthouses"):
        shutil.copytree(DEMO / slug, source / slug)
    (source / "coalitions.toml").write_text(
        "".join(
            f'[[coalition]]\nslug = "{slug}"\nname = "{slug[3:].title()}"\n'
            f'recognised = 2014-05-01\n[[coalition.list]]\narchives = ["{slug}/*"]\n'
            "retrieved = 2022-03-31\n"
            for slug in ("dc-sundials", "dc-lighthouses")
        ),
        encoding="utf-8",
    )
    for name, text in (
        ("observations", OBSERVATIONS), ("reports", REPORTS),
        ("attendance", ATTENDANCE), ("statements", STATEMENTS),
    ):  # fmt: skip
        (source / f"{name}.csv").write_text(text, encoding="utf-8")
    with opened(source) as found:
        return report_on(found, policy=Policy.load("draft-2022"), as_of=DAY)


@pytest.fixture(scope="module")
def bare(report: Report) -> Report:
    """The same, of a source that holds nothing of the kind."""
    status = report.review.status.drop(columns=list(PART_COLUMNS))
    review = replace(report.review, status=status)
    return make_report(replace(report.assessment, review=review))


def article(page: str, slug: str) -> str:
    return page.split(f'<article id="{slug}"')[1].split("</article>")[0]


def test_status_has_the_columns_of_the_parts(report: Report) -> None:
    row = report.status.set_index("coalition").loc["dc-sundials"]
    assert (row["membership"], row["mailing_list"], row["archive"]) == ("yes", "no", "unknown")
    assert row["reports_missing"] == 1
    assert 0 < row["silence_risk"] < 1
    assert list(report.status.columns)[-1] == "why"


def test_page_shows_principles_reports_and_statements(report: Report) -> None:
    text = article(page_html(report), "dc-sundials")
    assert "Open principles" in text
    assert "subscription refused" in text
    assert "Annual reports" in text
    assert '<a href="https://forum.example/2019"' in text
    assert "overdue" in text
    assert "We meet by telephone &lt;b&gt;now&lt;/b&gt;" in text
    assert 'href="javascript' not in text
    assert "Chance of silence" in text


def test_attention_names_closed_principles_and_missing_reports(report: Report) -> None:
    (one,) = (found for found in report.attention if found.coalition == "dc-sundials")
    assert "not open: mailing list" in one.reasons
    assert "1 annual report overdue in a row" in one.reasons


def test_charts_of_the_parts_are_drawn(report: Report, tmp_path: Path) -> None:
    names = {path.name for path in write_report(report, tmp_path)}
    assert {"principles.svg", "annual_reports.png", "attendance.svg", "hours.png"} <= names


def test_parts_that_are_not_there_leave_no_trace(bare: Report, tmp_path: Path) -> None:
    assert not PART_COLUMNS & set(bare.status.columns)
    page = page_html(bare)
    for word in ("Chance of silence", "Open principles", "Annual reports", "When they write"):
        assert word not in page
    written = write_report(bare, tmp_path)
    names = {path.stem for path in written}
    assert not {"principles", "annual_reports", "attendance", "hours"} & names
    head = pd.read_csv(tmp_path / "status.csv", nrows=0).columns
    assert not PART_COLUMNS & set(head)
    book = openpyxl.load_workbook(tmp_path / "report.xlsx", read_only=True)
    assert [cell.value for cell in next(book["Status"].iter_rows())] == list(head)
    book.close()


def test_files_of_an_earlier_report_that_has_more_are_removed(
    report: Report, bare: Report, tmp_path: Path
) -> None:
    write_report(report, tmp_path)
    (tmp_path / "charts" / "mine.png").write_bytes(b"x")
    write_report(bare, tmp_path)
    left = {path.name for path in (tmp_path / "charts").iterdir()}
    assert "attendance.svg" not in left
    assert "mine.png" in left


def test_report_counts_its_statuses(report: Report) -> None:
    assert report.tally == {"ACTIVE": 1, "DORMANT": 1, "AT_RISK": 0, "UNKNOWN": 0}
    assert report.summary() == "2 coalitions: 1 active, 1 dormant"
