"""The page in a real browser: sorting, filtering, links, keyboard, and what it loads."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.command_line import Done, run

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
AXE = os.environ.get("AXE_CORE")  # axe.min.js of the npm package axe-core
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="no Chromium here: apt-get install chromium"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    with playwright.sync_playwright() as started:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


class Visit:
    """A page that was opened, with all that it asked for and complained about."""

    def __init__(self, browser: Browser, path: Path, fragment: str = "", **options: Any) -> None:
        self.context = browser.new_context(
            **{"viewport": {"width": 1280, "height": 900}, **options}
        )
        self.page: Page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(f"{path.as_uri()}{fragment}")

    def column(self, head: str) -> list[str]:
        """Cells of a column of the rows that are shown, from top to bottom."""
        return list(
            self.page.evaluate(
                """head => {
                  const heads = [...document.querySelectorAll('#table thead th')];
                  const place = heads.findIndex(h => h.innerText.replace('\\u00ad', '') === head);
                  return [...document.querySelectorAll('#table tbody tr')]
                    .filter(row => !row.hidden).map(row => row.cells[place].innerText.trim());
                }""",
                head,
            )
        )

    def head(self, name: str) -> Any:
        return self.page.locator("#table thead button", has_text=name)


@pytest.fixture
def visit(browser: Browser, demo_report: Path) -> Iterator[Visit]:
    found = Visit(browser, demo_report / "index.html")
    yield found
    found.context.close()
    assert found.complaints == []
    assert {url.split("#")[0] for url in found.requests} == {(demo_report / "index.html").as_uri()}


def test_head_sorts_by_number_up_and_down(visit: Visit) -> None:
    visit.head("Messages").click()
    numbers = [int(text) for text in visit.column("Messages") if text]
    assert numbers == sorted(numbers)
    assert visit.column("Messages")[-1] == ""  # what nobody can tell stays below
    visit.head("Messages").click()
    assert [int(text) for text in visit.column("Messages") if text] == numbers[::-1]
    assert visit.column("Messages")[-1] == ""
    sorted_by = visit.page.locator("#table th[aria-sort]")
    assert sorted_by.count() == 1
    assert sorted_by.get_attribute("aria-sort") == "descending"
    assert visit.page.locator("#live").inner_text() == "Sorted by Messages, descending."


def test_every_column_sorts(visit: Visit) -> None:
    buttons = visit.page.locator("#table thead button")
    assert buttons.count() == visit.page.locator("#table thead th").count() >= 12
    for place in range(buttons.count()):
        buttons.nth(place).click()
        head = visit.page.locator("#table thead th").nth(place)
        assert head.get_attribute("aria-sort") in {"ascending", "descending"}
    visit.head("Status").click()
    order = ["active", "dormant", "at risk", "unknown"]
    places = [order.index(text) for text in visit.column("Status")]
    assert places == sorted(places)


def test_filter_by_status_and_search_narrow_the_table(visit: Visit) -> None:
    for status in ("ACTIVE", "DORMANT", "UNKNOWN"):
        visit.page.locator(f"input[value={status}]").uncheck()
    assert set(visit.column("Status")) == {"at risk"}
    assert visit.page.locator("#live").inner_text() == "4 of 14 coalitions shown."
    visit.page.locator("#q").fill("WEATHER")
    assert visit.column("Coalition") == ["Coalition on Weather Vanes"]
    visit.page.locator("#q").press("Escape")
    assert len(visit.column("Coalition")) == 14


def test_search_finds_other_names_and_slugs(visit: Visit) -> None:
    visit.page.locator("#q").fill("dc-light")
    assert visit.column("Coalition") == ["Coalition on Lighthouses and Their Keepers"]
    visit.page.locator("#q").fill("lighthouse coalition")
    assert visit.column("Coalition") == ["Coalition on Lighthouses and Their Keepers"]
    visit.page.locator("#q").fill("no such thing")
    assert visit.column("Coalition") == []


def test_deep_link_opens_its_section(browser: Browser, demo_report: Path) -> None:
    found = Visit(browser, demo_report / "index.html", "#dc-sundials")
    try:
        assert found.page.evaluate("document.activeElement.id") == "dc-sundials"
        assert "Coalition on Sundials" in found.page.title()
        box = found.page.locator("#h-dc-sundials").bounding_box()
        assert box is not None
        assert 0 <= box["y"] < 200
        assert found.complaints == []
    finally:
        found.context.close()


def test_keyboard_alone_reaches_sorts_filters_and_opens(visit: Visit) -> None:
    keys = visit.page.keyboard
    keys.press("Tab")
    assert "Skip" in visit.page.evaluate("document.activeElement.innerText")
    keys.press("Enter")
    seen = []
    for _ in range(40):
        keys.press("Tab")
        seen.append(
            visit.page.evaluate(
                "(e => e.id || e.value || `${e.tagName} ${e.innerText.trim()}`)"
                "(document.activeElement)"
            )
        )
        if seen[-1] == "BUTTON Covered until":
            break
    assert seen[:5] == ["q", "ACTIVE", "DORMANT", "AT_RISK", "UNKNOWN"]
    keys.press("Enter")
    assert visit.page.locator("#table th[aria-sort]").inner_text().startswith("Covered")
    keys.press("Tab")
    slug = visit.page.evaluate("document.activeElement.hash.slice(1)")
    keys.press("Enter")
    # To follow a link within a page takes a moment, on a busy machine a longer one.
    visit.page.wait_for_function("slug => document.activeElement.id === slug", arg=slug)


def test_focus_is_seen(visit: Visit) -> None:
    visit.page.keyboard.press("Tab")
    visit.page.keyboard.press("Tab")
    width = visit.page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert float(width.removesuffix("px")) >= 2


def test_without_script_the_page_is_a_whole_document(browser: Browser, demo_report: Path) -> None:
    found = Visit(browser, demo_report / "index.html", java_script_enabled=False)
    try:
        assert found.page.locator("#controls").is_hidden()
        assert found.page.locator("#table tbody tr").count() == 14
        assert found.page.locator("#table button").count() == 0
        assert found.page.locator("article").count() == 14
        found.page.locator("#table a").first.click()
        assert "#dc-" in found.page.url
    finally:
        found.context.close()


def test_hostile_text_runs_nothing(browser: Browser, hostile_report: Path) -> None:
    found = Visit(browser, hostile_report / "index.html")
    dialogs: list[str] = []
    found.page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    try:
        found.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert found.page.locator("img").count() == 0
        assert found.page.locator("article b", has_text="Evil").count() == 0
        assert found.complaints == dialogs == []
    finally:
        found.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_no_violation(
    browser: Browser, demo_report: Path, scheme: str, width: int
) -> None:
    if not AXE:
        pytest.skip("axe-core is not at hand: npm install axe-core, AXE_CORE=.../axe.min.js")
    options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    # The page's own security policy would not let a foreign script in.
    found = Visit(browser, demo_report / "index.html", bypass_csp=True, **options)
    try:
        found.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        found.page.evaluate(Path(AXE).read_text(encoding="utf-8"))
        result = found.page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        assert [(one["id"], len(one["nodes"])) for one in result["violations"]] == []
        assert len(result["passes"]) > 20
    finally:
        found.context.close()


@pytest.fixture(scope="module")
def kinds(paged: Done) -> list[Path]:
    """One page of each kind of a report in pages, and its contents."""
    names = ("0001", "table-0001", "names-0001", "attention-0001", "changes-0001")
    folder = Path(paged.out)
    return [folder / "index.html", *(folder / "pages" / f"{name}.html" for name in names)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_no_violation_on_pages(
    browser: Browser, kinds: list[Path], scheme: str, width: int
) -> None:
    if not AXE:
        pytest.skip("axe-core is not at hand: npm install axe-core, AXE_CORE=.../axe.min.js")
    options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    for path in kinds:
        found = Visit(browser, path, bypass_csp=True, **options)
        found.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        found.page.evaluate(Path(AXE).read_text(encoding="utf-8"))
        result = found.page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        broken = [(one["id"], len(one["nodes"])) for one in result["violations"]]
        assert broken == [], path.name
        found.context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_pages_load_nothing_and_are_no_wider_than_the_window(
    browser: Browser, kinds: list[Path], width: int
) -> None:
    for path in kinds:
        found = Visit(browser, path, viewport={"width": width, "height": 900})
        assert found.page.evaluate("document.documentElement.scrollWidth") <= width, path.name
        assert found.requests == [path.as_uri()]
        assert found.complaints == []
        found.context.close()


def test_pages_fit_a4_in_print(browser: Browser, kinds: list[Path]) -> None:
    for path in kinds:
        found = Visit(browser, path, viewport={"width": 703, "height": 1024})
        found.page.emulate_media(media="print")
        if "table" not in path.name:  # of many columns, the printer makes them smaller
            assert found.page.evaluate("document.documentElement.scrollWidth") <= 703, path.name
        assert found.page.locator("nav").first.is_hidden()
        if path.name == "index.html":
            assert found.page.locator(".ways bdi").first.is_visible()
        found.context.close()


def test_from_the_contents_over_a_table_to_a_section_and_on(
    browser: Browser, kinds: list[Path]
) -> None:
    found = Visit(browser, kinds[0])
    page = found.page
    try:
        page.locator("#coalitions .ways a").first.click()
        page.wait_for_url("**/table-*.html")
        assert page.locator("h1").inner_text() == "At risk: all 4"
        page.locator("#q").fill("cobble")
        assert found.column("Coalition") == ["Coalition on Cobblestones"]
        page.locator("#table tbody tr:not([hidden]) a").click()
        page.wait_for_url("**#dc-cobblestones")
        assert page.evaluate("document.activeElement.id") == "dc-cobblestones"
        assert "Coalition on Cobblestones" in page.title()
        page.locator("#dc-cobblestones .back").click()
        page.wait_for_url("**/table-*.html")
        page.get_by_role("link", name="Contents").first.click()
        page.wait_for_url("**/index.html")
        page.get_by_role("link", name="Coalition on Cobblestones").first.click()
        page.wait_for_url("**#dc-cobblestones")
        page.get_by_role("link", name="Next page").first.click()
        page.wait_for_url("**/0005.html")
        assert found.complaints == []
    finally:
        found.context.close()


@pytest.mark.parametrize(("width", "scheme"), [(1920, "light"), (1280, "dark"), (360, "light")])
def test_nothing_is_wider_than_the_window(
    browser: Browser, demo_report: Path, tmp_path: Path, width: int, scheme: str
) -> None:
    options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    found = Visit(browser, demo_report / "index.html", **options)
    pictures = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    pictures.mkdir(parents=True, exist_ok=True)
    try:
        assert found.page.evaluate("document.documentElement.scrollWidth") <= width
        picture = pictures / f"page-{width}-{scheme}.png"
        found.page.screenshot(path=picture)
        assert picture.stat().st_size > 20_000
    finally:
        found.context.close()


def test_print_fits_a4_and_tears_no_coalition(
    browser: Browser, demo_report: Path, tmp_path: Path
) -> None:
    found = Visit(browser, demo_report / "index.html")
    path = Path(os.environ.get("SCREENSHOTS") or tmp_path) / "page.pdf"
    try:
        found.page.pdf(path=path, prefer_css_page_size=True, print_background=True)
        found.page.emulate_media(media="print")
        # A4 less its margins at 96 dots an inch: the width that print lays out in.
        found.page.set_viewport_size({"width": 703, "height": 1024})
        heights = found.page.evaluate(
            "[...document.querySelectorAll('article')].map(a => a.offsetHeight)"
        )
        assert max(heights) < 1024
        pages = path.read_bytes().count(b"/Type /Page\n")
        assert pages <= 24
    finally:
        found.context.close()


def test_thirty_coalitions_with_long_names_stay_within_bounds(
    browser: Browser, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    names = [
        f"Dynamic Coalition on the {'Very Long and Winding ' * 4}Name of Number {i}"
        for i in range(30)
    ]
    (source / "coalitions.toml").write_text(
        "".join(
            f'[[coalition]]\nslug = "dc-long-{i:02}"\nname = "{name}"\nrecognised = 2010-01-01\n'
            for i, name in enumerate(names)
        ),
        encoding="utf-8",
    )
    out = tmp_path / "out"
    run("report", source, "--as-of", "2022-03-31", "--out", out, "--quiet")
    found = Visit(browser, out / "index.html", viewport={"width": 360, "height": 800})
    try:
        assert found.page.evaluate("document.documentElement.scrollWidth") <= 360
        assert len(found.column("Coalition")) == 30
    finally:
        found.context.close()
