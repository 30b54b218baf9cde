"""The page as a document: what it says, what it lets nobody do."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from dcactivity.report.visible import escaped_in_json, visible
from tests.command_line import run
from tests.conftest import DAY


class Page(HTMLParser):
    """The elements of a page, and the text of each article."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.articles: dict[str, list[str]] = {}
        self._article: list[str] | None = None
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "article":
            self._article = self.articles.setdefault(str(dict(attrs)["id"]), [])

    def handle_endtag(self, tag: str) -> None:
        if tag == "article":
            self._article = None

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] and self.tags[-1][0] in {"style", "script"}:
            return
        self.texts.append(data)
        if self._article is not None:
            self._article.append(data)

    def text(self, slug: str | None = None) -> str:
        return " ".join(" ".join(self.articles[slug] if slug else self.texts).split())

    def attributes(self, name: str) -> list[str]:
        return [str(found[name]) for _, found in self.tags if name in found]


@pytest.fixture(scope="module")
def page(demo_report: Path) -> Page:
    return Page(demo_report / "index.html")


@pytest.fixture(scope="module")
def evil(hostile_report: Path) -> Page:
    return Page(hostile_report / "index.html")


def table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_first_screen_says_day_policy_counts_attention_and_changes(page: Page) -> None:
    text = page.text()
    assert "As of the end of 31 March 2022 (UTC), under the policy draft-2022" in text
    assert "Status changed in the 12 months since 31 March 2021" in text
    assert "Coalition on Harbour Bells: active before, dormant now, since 7 October 2021" in text
    assert "Coalition on Kite Routes: new, active" in text
    attention = text[text.index("What needs attention") : text.index("Status changed in")]
    assert "at risk since 24 November 2019, last message 28 February 2018" in attention
    assert "Lighthouses" not in attention


def test_every_coalition_has_its_section_with_what_the_tables_say(
    page: Page, demo_report: Path
) -> None:
    rows = table(demo_report, "status")
    assert set(page.articles) == {row["coalition"] for row in rows}
    for row in rows:
        text = page.text(row["coalition"])
        assert " ".join(row["why"].split()) in text
        assert "The rules, with their numbers" in text
        assert "What would change it" in text
        assert "Coverage" in text


def test_section_names_rules_with_numbers_history_and_the_way_back(page: Page) -> None:
    text = page.text("dc-sundials")
    assert "Messages that count, in the 12 months 2 at least 4 ✗ not met" in text
    assert "It would be active again with 2 more messages" in text
    assert "dormant 7 October 2021 to the day of the review" in text
    assert "active 5 October 2020 to 6 October 2021" in text
    assert "The archives are complete up to 31 March 2022." in text


def test_links_lead_to_the_archive_and_to_the_coalitions_page(page: Page) -> None:
    links = page.attributes("href")
    assert "https://lists.forum.example/archives/dc-lighthouses/" in links
    assert "https://forum.example/coalitions/dc-lighthouses" in links


def test_method_holds_policy_terms_limits_and_a_ledger_that_adds_up(
    page: Page, demo_report: Path
) -> None:
    text = page.text()
    method = text[text.index("The policy in sentences") :]
    assert "A coalition is active when, in the 12 months up to the day of the review" in method
    assert "The program revokes nothing." in method
    archives = table(demo_report, "archives")
    read, kept = (sum(int(row[name]) for row in archives) for name in ("read", "kept"))
    assert (
        f"{len(archives)} archives: {read:,} messages read, of which {kept:,} were kept" in method
    )


def test_every_deep_link_within_the_page_leads_somewhere(page: Page) -> None:
    targets = page.attributes("id")
    assert len(targets) == len(set(targets))
    inner = {link[1:] for link in page.attributes("href") if link.startswith("#")}
    assert inner
    assert inner <= set(targets)


def test_security_policy_allows_its_own_style_and_script_alone(page: Page) -> None:
    (policy,) = (str(found["content"]) for tag, found in page.tags if found.get("http-equiv"))
    style = re.findall(r"<style>(.*?)</style>", page.source, re.DOTALL)
    script = re.findall(r"<script>(.*?)</script>", page.source, re.DOTALL)
    assert len(style) == len(script) == 1
    for kind, text in (("style", style[0]), ("script", script[0])):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert not page.attributes("style")
    assert not [name for _, found in page.tags for name in found if name.startswith("on")]


def test_page_loads_nothing(page: Page) -> None:
    assert not page.attributes("src")
    assert not {"link", "img", "iframe", "object", "embed", "form"} & {
        tag for tag, found in page.tags if found.get("id") != "controls"
    }
    assert "url(http" not in page.source
    assert "@import" not in page.source


def test_table_heads_are_plain_without_script_and_controls_are_hidden(page: Page) -> None:
    assert "button" not in {tag for tag, _ in page.tags}
    (controls,) = (found for tag, found in page.tags if tag == "form")
    assert "hidden" in controls


def test_hostile_text_stands_in_the_page_as_text(evil: Page) -> None:
    tags = {tag for tag, _ in evil.tags}
    assert "img" not in tags
    assert evil.source.count("<script>") == 1
    assert "=1+1 <b>Evil</b> & ⟨U+202E⟩Co" in evil.text("dc-evil")
    assert "</script><script>alert(2)</script>" in evil.text("dc-evil")
    assert '0"' in evil.text("dc-evil")  # what is left of a Message-ID full of markup
    assert "\x1b" not in evil.source
    assert "\u202e" not in evil.source


def test_url_that_is_not_of_the_web_is_text_and_no_link(evil: Page) -> None:
    assert not [link for link in evil.attributes("href") if "javascript" in link.lower()]
    assert "javascript:alert(1)" in evil.text("dc-evil")
    assert "strange address" in evil.text()


def test_tables_hold_no_formula_and_no_acting_character(hostile_report: Path) -> None:
    for path in hostile_report.glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        assert "\x1b" not in text
        assert "\u202e" not in text
        for row in csv.reader(text.splitlines()):
            assert not [cell for cell in row if cell.startswith(("=", "+", "@", "\t"))]
    assert table(hostile_report, "status")[0]["name"] == "'=1+1 <b>Evil</b> & ⟨U+202E⟩Co"


def test_record_holds_the_raw_name_escaped(hostile_report: Path) -> None:
    text = (hostile_report / "run.json").read_text(encoding="utf-8")
    assert "\u202e" not in text
    registry = json.loads(text)["registry"]
    assert registry["coalition"][0]["name"] == "=1+1 <b>Evil</b> & \u202eCo"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain ünïcode 名前", "plain ünïcode 名前"),
        ("\x00\x1b\x7f", "␀␛␡"),
        ("\x9b31m", "⟨U+009B⟩31m"),
        ("a\u2066b\u2069", "a⟨U+2066⟩b⟨U+2069⟩"),
        ("tab\tline\n", "tab\tline\n"),
        ("\u0646\u200c\u0645", "\u0646\u200c\u0645"),  # a joiner that Persian needs
    ],
)
def test_visible_shows_what_would_act(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_json_is_escaped_without_a_change_of_content() -> None:
    value = {"name": "\u202eab\x7f", "b": "\x1b"}
    text = escaped_in_json(json.dumps(value, ensure_ascii=False))
    assert text.isascii()
    assert json.loads(text) == value


def test_the_same_input_gives_the_same_bytes(
    demo_store: Path, demo_report: Path, tmp_path: Path
) -> None:
    run("report", demo_store, "--as-of", DAY, "--out", tmp_path / "out", "--quiet")
    for path in sorted(demo_report.rglob("*")):
        if path.suffix in {".csv", ".html", ".svg", ".json", ".png", ".xlsx"}:
            again = tmp_path / "out" / path.relative_to(demo_report)
            assert path.read_bytes() == again.read_bytes(), path.name


def test_status_table_has_the_columns_of_the_design(demo_report: Path) -> None:
    frame = pd.read_csv(demo_report / "status.csv")
    assert list(frame.columns) == [
        *("coalition", "name", "status", "since", "last_message", "days_silent"),
        *("window_months", "messages", "participants", "conversations", "covered_until"),
        *("silence_risk", "membership", "mailing_list", "archive", "why"),
    ]  # nobody keeps a record of annual reports in the demo
    assert frame["messages"].dropna().map(float.is_integer).all()
    first = (demo_report / "monthly.csv").read_text(encoding="utf-8").splitlines()[1]
    assert first == "dc-birdsong,2016-02,1,1,1,1,0,0,0,0,1.0,"


def test_day_and_coverage_that_nobody_stated_are_said_first(tmp_path: Path) -> None:
    box = tmp_path / "dc-a.mbox"
    box.write_bytes(
        b"From a@b.example Tue Mar  1 00:00:00 2022\nFrom: A <a@b.example>\n"
        b"Date: Tue, 1 Mar 2022 00:00:00 +0000\nMessage-ID: <1@x>\n\nx\n"
    )
    run("report", box, "--out", tmp_path / "out", "--quiet")
    text = Page(tmp_path / "out" / "index.html").text()
    first = text[: text.index("What needs attention")]
    assert "Nobody named a day: 1 March 2022 is the latest that any archive covers." in first
    assert "a list that died long ago seems alive" in first


def test_source_without_any_message_makes_a_whole_report(tmp_path: Path) -> None:
    (tmp_path / "coalitions.toml").write_text(
        '[[coalition]]\nslug = "dc-none"\nname = "None yet"\n', encoding="utf-8"
    )
    run("report", tmp_path, "--as-of", DAY, "--out", tmp_path / "out", "--quiet")
    assert "None yet" in Page(tmp_path / "out" / "index.html").text("dc-none")
    assert (tmp_path / "out" / "slides.pptx").exists()
