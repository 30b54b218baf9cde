"""The slides, read back: what they say, native charts and tables, nothing beyond the edge."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path

import pytest
from pptx import Presentation
from pptx.presentation import Presentation as Deck

from dcactivity.report.steady import steady_file
from tests.command_line import run


def texts(deck: Deck) -> list[str]:
    return [
        "\n".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
        for slide in deck.slides
    ]


def assert_within(deck: Deck) -> None:
    for slide in deck.slides:
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert shape.left + shape.width <= deck.slide_width
            assert shape.top + shape.height <= deck.slide_height
            if shape.has_table:
                heights = sum(row.height for row in shape.table.rows)
                assert shape.top + heights <= deck.slide_height


@pytest.fixture(scope="module")
def deck(demo_report: Path) -> Deck:
    return Presentation(str(demo_report / "slides.pptx"))


def test_slides_are_overview_changes_one_for_each_and_method(deck: Deck) -> None:
    titles = [slide.shapes.title.text for slide in deck.slides]
    assert titles[:3] == [
        "Activity of the coalitions of the Forum of Small Wonders",
        "All coalitions",
        "What changed",
    ]
    assert titles[3:7] == [
        "Coalition on Cobblestones",
        "Coalition on Night Trains",
        "Coalition on Paper Maps",
        "Coalition on Weather Vanes",
    ]
    assert titles[-1] == "How this comes about"
    assert "Coalition on Lighthouses and Their Keepers" not in titles


def test_overview_counts_in_a_chart_that_can_be_edited(deck: Deck) -> None:
    (chart,) = (shape.chart for shape in deck.slides[0].shapes if shape.has_chart)
    plot = chart.plots[0]
    counts = dict(zip(plot.categories, plot.series[0].values, strict=True))
    assert counts == {"active": 5, "dormant": 4, "at risk": 4, "unknown": 1}


def test_every_coalition_stands_in_the_table(deck: Deck) -> None:
    (table,) = (shape.table for shape in deck.slides[1].shapes if shape.has_table)
    assert len(table.rows) == 15
    cells = [cell.text for cell in table.rows[2].cells]
    assert cells[:3] == ["Coalition on Lighthouses and Their Keepers", "active", "2014-04-01"]


def test_slide_of_a_coalition_has_reason_rules_months_and_the_way_back(deck: Deck) -> None:
    slide = next(s for s in deck.slides if s.shapes.title.text == "Coalition on Sundials")
    text = "\n".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
    assert "Dormant since 7 October 2021: in the 12 months to 31 March 2022 it had 2" in text
    assert "It would be active again with 2 more messages" in text
    assert "dormant" in text
    (chart,) = (shape.chart for shape in slide.shapes if shape.has_chart)
    assert len(list(chart.plots[0].categories)) == 36
    (table,) = (shape.table for shape in slide.shapes if shape.has_table)
    found = {row.cells[0].text: row.cells[3].text for row in table.rows}
    assert found["People who wrote them"] == "✗ not met"


def test_nothing_lies_beyond_the_edge(deck: Deck) -> None:
    assert_within(deck)


def test_hostile_text_is_text(hostile_report: Path) -> None:
    said = "\n".join(texts(Presentation(str(hostile_report / "slides.pptx"))))
    assert "<b>Body</b>" in said
    assert "\u202e" not in said


def test_thirty_coalitions_with_long_names_fit(tmp_path: Path) -> None:
    name = "Dynamic Coalition on the Accessibility of the Internet and of its Governance, Number"
    (tmp_path / "coalitions.toml").write_text(
        "".join(
            f'[[coalition]]\nslug = "dc-{i:02}"\nname = "{name} {i}"\nrecognised = 2010-01-01\n'
            for i in range(30)
        ),
        encoding="utf-8",
    )
    run("report", tmp_path, "--as-of", "2022-03-31", "--out", tmp_path / "out", "--quiet")
    deck = Presentation(str(tmp_path / "out" / "slides.pptx"))
    assert_within(deck)
    tables = [s.table for slide in list(deck.slides)[1:3] for s in slide.shapes if s.has_table]
    assert [len(table.rows) for table in tables] == [16, 16]
    assert len(deck.slides) == 1 + 2 + 1 + 30 + 1


def test_slides_and_the_workbooks_of_their_charts_bear_the_day_of_the_report(
    demo_report: Path,
) -> None:
    path = demo_report / "slides.pptx"
    day = dt.datetime(2022, 3, 31)  # noqa: DTZ001
    properties = Presentation(str(path)).core_properties
    assert properties.created == properties.modified == day
    books = 0
    with zipfile.ZipFile(path) as deck:
        assert {member.date_time for member in deck.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        for name in deck.namelist():
            if name.endswith(".xlsx"):
                with zipfile.ZipFile(io.BytesIO(deck.read(name))) as book:
                    assert book.read("docProps/core.xml").count(b">2022-03-31T00:00:00Z<") == 2
                books += 1
    assert books > 2


def test_a_file_written_at_another_time_is_the_same() -> None:
    def written(year: int) -> bytes:
        inner, outer = io.BytesIO(), io.BytesIO()
        core = f"<x><dcterms:created a='b'>{year}-01-01T00:00:00Z</dcterms:created></x>"
        for target, name, content in (
            (inner, "docProps/core.xml", core.encode()),
            (outer, "a/book.xlsx", b""),
        ):
            with zipfile.ZipFile(target, "w") as file:
                file.writestr(zipfile.ZipInfo("first", (year, 1, 1, 0, 0, 0)), b"1")
                file.writestr(
                    zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), content or inner.getvalue()
                )
        return outer.getvalue()

    moment = dt.datetime(2022, 3, 31, tzinfo=dt.UTC)
    assert written(2021) != written(2025)
    steady = steady_file(written(2021), moment)
    assert steady == steady_file(written(2025), moment)
    with zipfile.ZipFile(io.BytesIO(steady)) as file:
        assert file.namelist() == ["first", "a/book.xlsx"]
        assert file.read("first") == b"1"
