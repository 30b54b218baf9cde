"""What all tests share: which of them are the core, and what the core does without."""

from __future__ import annotations

from pathlib import Path

import pytest

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
