"""One coalition's figures of a year, for the coalition itself."""

from __future__ import annotations

import shutil
from pathlib import Path

import docx
import pandas as pd
import pytest

import dcactivity as dca
from tests.command_line import run

DEMO = Path(__file__).resolve().parents[1] / "data" / "demo"
SLUG = "dc-rain-gauges"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source") / "demo"
    shutil.copytree(DEMO, folder)
    (folder / "attendance.csv").write_text(
        "meeting,date,coalition,present,apologies\n"
        f"59,2020-12-15,{SLUG},1,0\n58,2021-03-02,{SLUG},2,1\n60,2021-11-30,{SLUG},0,3\n"
    )
    (folder / "statements.csv").write_text(
        f"coalition,date,text\n{SLUG},2021-05-01,A | pipe and <b>markup</b>\n"
    )
    (folder / "reports.csv").write_text("coalition,year,submitted\ndc-tea-rooms,2019,\n")
    return folder


@pytest.fixture(scope="module")
def sheet(source: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    out = tmp_path_factory.mktemp("out")
    run("sheet", source, SLUG, "--year", 2021, "--out", out)
    return (out / f"{SLUG}-2021.md").read_text(), out / f"{SLUG}-2021.docx"


def row(text: str, first: str) -> list[str]:
    line = next(line for line in text.splitlines() if line.startswith(f"| {first} |"))
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def test_figures_are_those_of_the_monthly_table(source: Path, sheet: tuple[str, Path]) -> None:
    text, _ = sheet
    done = run("monthly", source, "--coalition", SLUG, "--json", "--quiet")
    monthly = pd.DataFrame(done.rows)
    year = monthly[monthly["month"].str.startswith("2021")]
    assert row(text, "messages")[0] == str(year["messages"].sum())
    assert row(text, "newcomers")[0] == str(year["newcomers"].sum())
    status = dca.review(source, as_of="2021-12-31").status.set_index("coalition").loc[SLUG]
    mail = dca.read_messages(source, coalition=SLUG, columns=["date", "person", "automated"])
    human = mail[mail["automated"].isna() & (mail["date"].dt.year == 2021)]
    assert row(text, "participants")[0] == str(human["person"].nunique())
    assert status["why"] in text
    for month in range(1, 13):
        given = year.iloc[month - 1]
        assert row(text, f"2021-{month:02}")[:3] == [
            str(given["messages"]), str(given["participants"]), str(given["newcomers"])
        ]  # fmt: skip


def test_offsets_meetings_report_and_the_coalitions_word(sheet: tuple[str, Path]) -> None:
    text, _ = sheet
    offsets = [line for line in text.splitlines() if line.startswith("| UTC")]
    assert sum(int(line.split("|")[2]) for line in offsets) <= int(row(text, "messages")[0])
    assert len(offsets) > 1
    assert row(text, "58")[:3] == ["2021-03-02", "2", "1"]
    assert row(text, "60")[:3] == ["2021-11-30", "0", "3"]
    assert "| 59 |" not in text
    assert "The report on 2021 is due by 31 March 2022." in text
    assert "2 earlier reports overdue: 2019, 2020." in text
    assert "A \\| pipe and \\<b>markup\\</b>" in text
    assert row(text, "membership")[0] == "unknown"


def test_document_says_the_same_and_leaves_room(sheet: tuple[str, Path]) -> None:
    text, path = sheet
    document = docx.Document(str(path))
    cells = [
        [cell.text for cell in line.cells] for table in document.tables for line in table.rows
    ]
    assert ["messages", row(text, "messages")[0], ""] in cells
    assert ["58", "2021-03-02", "2", "1", ""] in cells
    assert sum(cells_[0].startswith("2021-") for cells_ in cells) == 12
    words = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "A | pipe and <b>markup</b>" in words
    assert "____" in words


def test_nobody_is_named(source: Path, sheet: tuple[str, Path]) -> None:
    text, _ = sheet
    messages = dca.read_messages(source, coalition=SLUG, columns=["from_name", "from_address"])
    named = {*messages["from_name"].dropna(), *messages["from_address"].dropna()}
    named.remove("secretariat@forum.example")  # the body's own: whom to write to
    assert not [name for name in named if len(name) > 3 and name in text]


def test_year_that_the_archives_do_not_reach_is_not_known(source: Path, tmp_path: Path) -> None:
    run("sheet", source, "dc-clock-towers", "--year", 2021, "--out", tmp_path)
    text = (tmp_path / "dc-clock-towers-2021.md").read_text()
    assert "The archives end with 30 June 2019" in text
    assert row(text, "messages")[0] == "not known"
    assert row(text, "2021-05")[:3] == ["not known"] * 3
    run("sheet", source, "dc-clock-towers", "--year", 2019, "--out", tmp_path)
    text = (tmp_path / "dc-clock-towers-2019.md").read_text()
    assert row(text, "2019-06")[0] != "not known"
    assert row(text, "2019-07")[0] == "not known"


def test_year_before_the_coalition_and_unknown_coalition_are_refused(
    source: Path, tmp_path: Path
) -> None:
    args = ("--out", tmp_path)
    said = run("sheet", source, "dc-kite-routes", "--year", 2019, *args, code=1).err
    assert "no coalition 'dc-kite-routes' as of 2019-12-31" in said
    assert "there are: " in run("sheet", source, "dc-nobody", "--year", 2021, *args, code=1).err
    run("sheet", source, SLUG, "--year", "soon", *args, code=2)
