"""The report of a body with too many coalitions for one page."""

from __future__ import annotations

import csv
import json
import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import openpyxl
import pytest
from pptx import Presentation

from dcactivity.report import large, paging, tables
from tests.command_line import Done, run
from tests.conftest import DAY, small_bounds
from tests.test_report_page import Page


@pytest.fixture(scope="module")
def out(paged: Done) -> Path:
    """The folder of a report in pages."""
    return Path(paged.out)


@pytest.fixture(scope="module")
def read(out: Path) -> dict[str, Page]:
    """All of its pages."""
    files = [out / "index.html", *sorted((out / "pages").iterdir())]
    return {path.relative_to(out).as_posix(): Page(path) for path in files}


def rows(folder: Path) -> dict[str, dict[str, str]]:
    with (folder / "status.csv").open(encoding="utf-8", newline="") as file:
        return {row["coalition"]: row for row in csv.DictReader(file)}


def links(page: Page) -> list[str]:
    return [link for link in page.attributes("href") if not link.startswith("http")]


def test_each_coalition_has_one_section_in_the_order_of_the_single_page(
    read: dict[str, Page], demo_report: Path
) -> None:
    sections = [slug for name in sorted(read) for slug in read[name].articles]
    assert sections == list(Page(demo_report / "index.html").articles)
    assert len(sections) == 14
    assert {len(page.articles) for page in read.values() if page.articles} == {3, 2}


def test_sections_say_what_those_of_the_single_page_say(
    read: dict[str, Page], demo_report: Path
) -> None:
    whole = Page(demo_report / "index.html")
    for page in read.values():
        for slug in page.articles:
            assert page.text(slug) == whole.text(slug)


def test_every_link_leads_to_a_page_and_a_place_in_it(read: dict[str, Page]) -> None:
    targets = {name: set(page.attributes("id")) for name, page in read.items()}
    for name, page in read.items():
        assert len(page.attributes("id")) == len(targets[name]), name
        assert links(page)
        for link in links(page):
            file, _, place = unquote(link).partition("#")
            aim = Path(name).parent / file if file else Path(name)
            known = aim.as_posix().replace("pages/../", "")
            assert known in targets, (name, link)
            assert not place or place in targets[known], (name, link)


def test_every_page_can_be_reached_from_the_contents(read: dict[str, Page]) -> None:
    seen, ahead = set(), ["index.html"]
    while ahead:
        name = ahead.pop()
        seen.add(name)
        for link in links(read[name]):
            file = link.partition("#")[0]
            if file:
                aim = (Path(name).parent / file).as_posix().replace("pages/../", "")
                ahead += [] if aim in seen else [aim]
    assert seen == set(read)


def test_pages_of_a_kind_lead_to_the_next_and_back(read: dict[str, Page]) -> None:
    for kind in (r"\d", "names-", "attention-"):
        names = sorted(name for name in read if re.match(f"pages/{kind}", name))
        assert len(names) >= 2, kind
        for before, after in pairwise(names):
            assert Path(after).name in links(read[before])
            assert Path(before).name in links(read[after])


def test_contents_lead_to_what_needs_attention_first(read: dict[str, Page], out: Path) -> None:
    text = read["index.html"].text()
    summary = text[text.index("What needs attention") : text.index("Method The policy")]
    places = [summary.index(f" {word} {count} ") for word, count in _tables(out)]
    assert places == sorted(places)
    assert [word for word, _ in _tables(out)] == ["at risk", "dormant", "unknown", "active"]
    assert "Coalition on Cobblestones : at risk since" in summary
    listed = [name for name in read if name.startswith("pages/attention-")]
    everyone = " ".join(read[name].text() for name in listed)
    assert everyone.count("at risk since") == 4
    assert f"All {sum(n for _, n in _tables(out)[:3])} that need attention" in summary


def _tables(out: Path) -> list[tuple[str, int]]:
    found = [row["status"] for row in rows(out).values()]
    order = ("AT_RISK", "DORMANT", "UNKNOWN", "ACTIVE")
    return [(word.lower().replace("_", " "), found.count(word)) for word in order]


def test_tables_hold_every_row_once_and_lead_to_its_section(
    read: dict[str, Page], out: Path
) -> None:
    found: dict[str, str] = {}
    for name, page in read.items():
        if name.startswith("pages/table-"):
            for link in links(page):
                if "#" in link and not link.startswith("#"):
                    file, _, slug = link.partition("#")
                    assert slug not in found
                    found[slug] = file
    assert set(found) == set(rows(out))
    assert all(slug in read[f"pages/{file}"].articles for slug, file in found.items())


def test_names_hold_other_names_in_the_order_of_letters(read: dict[str, Page]) -> None:
    texts = [read[name].text() for name in sorted(read) if name.startswith("pages/names-")]
    whole = " ".join(texts)
    assert whole.count("Coalition on Lighthouses and Their Keepers (dc-lighthouses)") == 1
    assert "Lighthouse Coalition : Coalition on Lighthouses and Their Keepers" in whole
    assert whole.index("Coalition on Birdsong") < whole.index("Coalition on Sundials")


def test_every_page_allows_its_own_style_and_script_alone(read: dict[str, Page]) -> None:
    for name, page in read.items():
        (policy,) = (str(one["content"]) for _, one in page.tags if one.get("http-equiv"))
        assert policy.startswith("default-src 'none';"), name
        has_script = "script" in {tag for tag, _ in page.tags}
        assert has_script != ("script-src 'none'" in policy), name
        assert not page.attributes("style")
        assert not page.attributes("src")
        assert "link" not in {tag for tag, _ in page.tags}


def test_pages_stay_within_bounds(read: dict[str, Page]) -> None:
    for name, page in read.items():
        sections = max(1, len(page.articles))
        # Fifty sections of such lists are a page of 1.5 MB and 30,000 elements at most.
        assert len(page.source) < 40_000 + 30_000 * sections, name
        assert len(page.tags) < 600 + 600 * sections, name


def test_bounds_of_pages_keep_them_quick() -> None:
    """Measured: pages of such bounds open in half a second, see docs/cluster.md."""
    assert large.ONE_PAGE <= 100
    assert paging.SECTIONS <= 50
    assert paging.ROWS <= 500
    assert paging.LINES <= 1000


def test_charts_and_slides_are_of_those_that_need_attention(out: Path, paged: Done) -> None:
    drawn = {path.stem for path in (out / "charts").glob("dc-*.png")}
    gravest = {slug for slug, row in rows(out).items() if row["status"] == "AT_RISK"}
    assert drawn == gravest
    assert len(drawn) == 4
    deck = Presentation(out / "slides.pptx")
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert "What to look at first" in titles
    assert sum(title.startswith("Coalition on") for title in titles) == 4
    said = "The charts in charts/ show 4 of the 14 coalitions, those that need attention first."
    assert said in paged.err
    assert said in Page(out / "index.html").text()
    assert said in " ".join(
        shape.text_frame.text for shape in deck.slides[0].shapes if shape.has_text_frame
    )


def test_record_lists_the_pages_and_a_smaller_report_removes_them(
    demo_store: Path, demo_report: Path, tmp_path: Path
) -> None:
    with small_bounds():
        run("report", demo_store, "--as-of", DAY, "--out", tmp_path, "--quiet")
    files = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))["files"]
    written = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.html")}
    assert written <= set(files)
    assert "pages/0001.html" in written
    run("report", demo_store, "--as-of", DAY, "--out", tmp_path, "--quiet")
    assert not (tmp_path / "pages").exists()
    for name in ("index.html", "report.xlsx", "charts/overview.png", "run.json"):
        assert (tmp_path / name).read_bytes() == (demo_report / name).read_bytes()


def test_what_a_report_that_was_cut_off_left_goes_with_the_next_one(
    demo_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "pages" / "own.html"
    own.parent.mkdir()
    own.write_text("somebody's own")

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    command = ("report", demo_store, "--as-of", DAY, "--out", tmp_path, "--quiet")
    with monkeypatch.context() as patch, small_bounds():
        patch.setattr("dcactivity.report.workbook.write_workbook", stop)
        run(*command, code=130)
    assert len(list(own.parent.iterdir())) > 5
    run(*command)
    assert list(own.parent.iterdir()) == [own]
    assert not list(tmp_path.glob(".*"))


def test_one_page_reports_say_of_nothing_that_it_stands_elsewhere(demo_report: Path) -> None:
    assert not (demo_report / "pages").exists()
    assert "What stands elsewhere" not in Page(demo_report / "index.html").text()


def test_since_lists_what_changed_on_pages(demo_store: Path, out: Path, tmp_path: Path) -> None:
    with small_bounds():
        done = run(
            "report", demo_store, "--as-of", "2020-03-31", "--out", tmp_path / "earlier",
            "--since", out, "--quiet",
        )  # fmt: skip
    changed = [Page(path) for path in sorted((tmp_path / "earlier/pages").glob("changes-*"))]
    assert len(changed) >= 2
    everything = " ".join(page.text() for page in changed)
    crossed = [line for line in done.out.splitlines() if "threshold " in line]
    assert crossed
    for line in crossed:
        name, _, rest = line.partition(": ")
        assert f"{name} : {rest}" in everything
    contents = Page(tmp_path / "earlier/index.html").text()
    assert "the other report looks back from a later day" in contents


def test_public_pages_say_nothing_of_those_that_are_asked(
    demo_store: Path, tmp_path: Path
) -> None:
    ledger = tmp_path / "cases.sqlite"
    run(
        "cases", "open", demo_store, "dc-weather-vanes", "--as-of", DAY, "--on", DAY,
        "--ledger", ledger, "--quiet",
    )  # fmt: skip
    with small_bounds():
        run(
            "report", demo_store, "--as-of", DAY, "--out", tmp_path / "out",
            "--audience", "public", "--ledger", ledger, "--quiet",
        )  # fmt: skip
    for path in (tmp_path / "out").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "dc-weather-vanes" not in text
        assert ("Weather Vanes" in text) == (path.name == "index.html")


def test_hostile_texts_stand_in_pages_as_texts(
    hostile_source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large, "ONE_PAGE", 0)
    run("report", hostile_source, "--out", tmp_path / "out", "--quiet")
    found = [Page(path) for path in (tmp_path / "out").rglob("*.html")]
    assert len(found) >= 4
    for page in found:
        assert "img" not in {tag for tag, _ in page.tags}
        assert page.source.count("<script>") <= 1
        assert "\x1b" not in page.source
        assert "\u202e" not in page.source
        assert not [link for link in page.attributes("href") if "javascript" in link.lower()]
    assert "=1+1 <b>Evil</b> & ⟨U+202E⟩Co" in Page(tmp_path / "out/pages/0001.html").text(
        "dc-evil"
    )
    names = Page(tmp_path / "out/pages/names-0001.html").text()
    assert "</script><script>alert(2)</script> : =1+1 <b>Evil</b>" in names


def test_workbook_leaves_out_what_no_program_opens_and_says_so(
    demo_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large, "SHEET_ROWS", 60)
    done = run("report", demo_store, "--as-of", DAY, "--out", tmp_path)
    book = openpyxl.load_workbook(tmp_path / "report.xlsx")
    assert book.sheetnames[:2] == ["Summary", "Status"]
    assert not {"Monthly", "Monthly wide", "History"} & set(book.sheetnames)
    said = [str(cell.value) for row in book["Summary"] for cell in row if cell.value]
    months = len((tmp_path / "monthly.csv").read_text(encoding="utf-8").splitlines()) - 1
    sentence = f"report.xlsx has no sheet Monthly: monthly.csv has the {months:,} rows."
    assert sentence in said
    assert sentence in done.err


def test_long_tables_are_written_in_parts_to_the_same_bytes(
    demo_store: Path, demo_report: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "_ROWS", 7)
    run("report", demo_store, "--as-of", DAY, "--out", tmp_path, "--quiet")
    for path in demo_report.glob("*.csv"):
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()
