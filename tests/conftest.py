"""What tests share: reports made once, and which of them are the core."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.command_line import Done, run

DEMO = Path(__file__).parents[1] / "data" / "demo"
DAY = "2022-03-31"

HOSTILE = (
    "<script>alert(1)</script>",
    '=HYPERLINK("http://x","y")',
    "@SUM(1)",
    "javascript:alert(1)",
    "\u202egnp.exe",
    "\x1b[31mred",
)


@pytest.fixture(scope="session")
def demo_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's messages in a store."""
    store = tmp_path_factory.mktemp("demo") / "store"
    run("ingest", DEMO, "--store", store, "--workers", 1, "--quiet")
    return store


@pytest.fixture(scope="session")
def demo_report(demo_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a report on the demo."""
    out = tmp_path_factory.mktemp("demo-report") / "out"
    run("report", demo_store, "--as-of", DAY, "--out", out, "--quiet")
    return out


@contextmanager
def small_bounds() -> Iterator[None]:
    """Set the bounds of a report's pages so small that the demo is a large body."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dcactivity.report.large.ONE_PAGE", 10)
        patch.setattr("dcactivity.report.large.FEATURED", 4)
        patch.setattr("dcactivity.report.paging.SECTIONS", 3)
        patch.setattr("dcactivity.report.paging.ROWS", 4)
        patch.setattr("dcactivity.report.paging.LINES", 6)
        patch.setattr("dcactivity.report.pages._LISTED", 2)
        yield


@pytest.fixture(scope="session")
def paged(demo_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """A report on the demo in pages: its folder stands in place of what was printed."""
    out = tmp_path_factory.mktemp("paged") / "out"
    with small_bounds():
        done = run("report", demo_store, "--as-of", DAY, "--out", out)
    return Done(done.code, str(out), done.err)


@pytest.fixture(scope="session")
def hostile_source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive full of what would like to be more than text."""
    source = tmp_path_factory.mktemp("hostile") / "source"
    (source / "dc-evil").mkdir(parents=True)
    (source / "dc-evil" / "a.mbox").write_bytes(b"".join(_evil_messages()))
    (source / "coalitions.toml").write_text(_EVIL_REGISTRY, encoding="utf-8")
    return source


@pytest.fixture(scope="session")
def hostile_report(hostile_source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a report on it."""
    out = tmp_path_factory.mktemp("hostile-report") / "out"
    run("report", hostile_source, "--out", out, "--quiet")
    return out


def _evil_messages() -> list[bytes]:
    return [
        (
            f"From a@b.example Thu Mar {i + 1:2d} 00:00:00 2022\n"
            f"From: =cmd|' /C calc'!A0 <script@b{i % 3}.example>\n"
            f"Date: Tue, {i + 1} Mar 2022 00:00:00 +0000\nSubject: {text}\n"
            f'Message-ID: <{i}"><img src=x onerror=alert(1)>\x1b[31m\u202e@x>\n'
            f"Archived-At: <javascript:alert({i})>\n\nx\n\n"
        ).encode()
        for i, text in enumerate(HOSTILE * 3)
    ]


_EVIL_REGISTRY = """
[body]
name = "<b>Body</b>"
[[coalition]]
slug = "dc-evil"
name = "=1+1 <b>Evil</b> & \\u202eCo"
aliases = ["</script><script>alert(2)</script>"]
page = "javascript:alert(1)"
[[coalition.list]]
address = "evil@lists.example"
archives = ["dc-evil/*.mbox"]
archive_url = "javascript:alert(3)"
retrieved = 2022-03-31
"""


CORE = frozenset(
    {
        "test_activity",
        "test_addresses",
        "test_cases_ledger",
        "test_cases_letters",
        "test_charts",
        "test_cli_ingest",
        "test_columns",
        "test_coverage",
        "test_dates",
        "test_fields",
        "test_forecast_features",
        "test_formats",
        "test_laboratory",
        "test_mbox",
        "test_opening",
        "test_people",
        "test_policy",
        "test_records",
        "test_registry",
        "test_reviewing",
        "test_store",
        "test_streams",
        "test_text",
        "test_threads",
        "test_web_fetch",
        "test_web_pages",
    }
)
"""Modules whose tests are marked ``core``: every stage from bytes to letters, quickly.

They need nothing beyond the package, pytest and hypothesis, so that they can run with the lowest
versions that the package names, and from the wheel alone.
"""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave other modules unread where only the core is asked for: they need more packages."""
    is_test = collection_path.name.startswith("test_") and collection_path.suffix == ".py"
    if config.option.markexpr == "core" and is_test and collection_path.stem not in CORE:
        return True
    return None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of the core, before pytest looks for the mark."""
    for item in items:
        if item.path.stem in CORE:
            item.add_marker(pytest.mark.core)
