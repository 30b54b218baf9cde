from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

import dcactivity as dca
from dcactivity.errors import InputError
from dcactivity.policy import Policy
from dcactivity.registry import Registry
from dcactivity.reviewing import review_activity

ROOT = Path(__file__).resolve().parents[1]
FACTS = Path(__file__).resolve().parents[2] / "shared" / "registry_facts.json"
NO_MESSAGES = pd.DataFrame(
    {name: pd.Series(dtype="str") for name in ("coalition", "from_address", "message_id")}
).assign(date=pd.Series(dtype="datetime64[us, UTC]"))


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.load(ROOT / "data" / "igf")


def test_registry_without_archives_reviews_to_unknown(registry: Registry) -> None:
    review = review_activity(
        NO_MESSAGES, registry, policy=Policy.load("draft-2022"), as_of="2022-03-31"
    )
    assert len(review.status) == len(registry.coalitions) == 33
    assert set(review.status["status"]) == {"UNKNOWN"}
    assert set(review.status["why"]) == {"Unknown: no archive at hand."}
    assert review.status["since"].isna().all()
    assert review.status["messages"].isna().all()


def test_review_without_archives_asks_for_the_day(registry: Registry) -> None:
    with pytest.raises(InputError, match="give --as-of"):
        review_activity(NO_MESSAGES, registry, policy=Policy.load("draft-2022"))


def test_nothing_is_invented(registry: Registry) -> None:
    for entry in registry.coalitions:
        assert entry.recognised is None
        assert entry.ended is None
        assert all(not x.archives and x.retrieved is None for x in entry.lists)


@pytest.mark.skipif(not FACTS.exists(), reason="the collected facts are not at hand")
def test_registry_says_what_the_facts_say(registry: Registry) -> None:
    facts = json.loads(FACTS.read_text(encoding="utf-8"))["coalitions"]
    assert [fact["slug"] for fact in facts] == list(registry.slugs)
    for fact in facts:
        entry = registry.coalition(fact["slug"])
        assert entry.name == fact["name"]
        assert fact["abbreviation"] in entry.aliases
        stated = (fact["list_address"], fact["archive_url"], fact["list_info_url"])
        found = [(x.address, x.archive_url, x.subscribe_url) for x in entry.lists]
        assert found == ([stated] if any(stated) else [])
        assert entry.page == (fact["website"].split()[0] if fact["website"] else None)


def test_without_archives_nothing_is_said_of_anybody() -> None:
    review = dca.review(ROOT / "data" / "igf", as_of="2022-03-31")
    assert len(review.status) > 20
    assert (review.status["status"] == "UNKNOWN").all()
    assert (review.status["why"] == "Unknown: no archive at hand.").all()
