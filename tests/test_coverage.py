from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pandas as pd
import pytest

from dcactivity.coverage import covered_until, latest_covered
from dcactivity.errors import InputError
from dcactivity.registry import Registry


def posted(*rows: tuple[str, str | None, str]) -> pd.DataFrame:
    """Rows of coalition, instant, list."""
    frame = pd.DataFrame(list(rows), columns=["coalition", "date", "list"])
    return frame.assign(
        date=pd.to_datetime(frame["date"], utc=True, format="ISO8601").astype(
            "datetime64[us, UTC]"
        )
    )


def told(frame: pd.DataFrame) -> dict[str, tuple[str | None, bool]]:
    return {
        row["coalition"]: (
            None if pd.isna(row["covered_until"]) else str(row["covered_until"].date()),
            bool(row["known"]),
        )
        for row in frame.to_dict("records")
    }


def registry(*lists: Mapping[str, object], slug: str = "dc-a") -> Registry:
    return Registry.from_dict({"coalition": [{"slug": slug, "list": list(lists)}]})


def test_without_a_word_the_newest_message_speaks() -> None:
    messages = posted(
        ("dc-b", "2019-06-03T23:59:59Z", ""),
        ("dc-b", "2018-01-01T00:00:00Z", ""),
        ("dc-a", "2020-02-29T00:00:00Z", ""),
        ("dc-c", None, ""),
    )
    frame = covered_until(messages)
    assert list(frame["coalition"]) == ["dc-a", "dc-b", "dc-c"]
    assert told(frame) == {
        "dc-a": ("2020-02-29", False),
        "dc-b": ("2019-06-03", False),
        "dc-c": (None, False),
    }
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "coalition": "str",
        "covered_until": "datetime64[us]",
        "known": "boolean",
    }


def test_registry_states_the_day_even_where_messages_are_newer() -> None:
    messages = posted(("dc-a", "2022-04-01T10:00:00Z", "a@x.example"))
    known = registry({"address": "a@x.example", "retrieved": "2022-03-31"})
    assert told(covered_until(messages, known)) == {"dc-a": ("2022-03-31", True)}


def test_of_several_lists_the_latest_decides() -> None:
    messages = posted(
        ("dc-a", "2015-05-05T10:00:00Z", "old@x.example"),
        ("dc-a", "2019-06-03T10:00:00Z", "New@x.example"),
        # Later than its list's day: that list states its own.
        ("dc-a", "2020-01-01T10:00:00Z", "old@x.example"),
    )
    old = {"address": "old@x.example", "retrieved": "2016-01-31"}
    new = {"address": "new@x.example", "archives": ["new"]}
    assert told(covered_until(messages, registry(old, new))) == {"dc-a": ("2019-06-03", False)}
    late = {**old, "retrieved": "2019-06-03"}
    assert told(covered_until(messages, registry(late, new))) == {"dc-a": ("2019-06-03", True)}


def test_stated_day_stands_in_where_the_registry_has_none() -> None:
    messages = posted(("dc-a", "2015-05-05T10:00:00Z", ""), ("dc-x", "2014-01-01T00:00:00Z", ""))
    known = registry({"retrieved": "2016-01-31", "archives": ["a"]})
    assert told(covered_until(messages, known, retrieved="2022-03-31")) == {
        "dc-a": ("2016-01-31", True),
        "dc-x": ("2022-03-31", True),
    }
    # Also where messages are newer than the day that was stated.
    assert told(covered_until(messages, retrieved="2014-06-30"))["dc-a"] == ("2014-06-30", True)
    assert told(covered_until(messages, retrieved=dt.date(2022, 3, 31))) == {
        "dc-a": ("2022-03-31", True),
        "dc-x": ("2022-03-31", True),
    }


def test_archive_not_at_hand_covers_nothing() -> None:
    nothing = posted()
    listed = registry({"address": "a@x.example", "retrieved": "2022-03-31"})
    assert told(covered_until(nothing, listed, retrieved="2022-03-31")) == {"dc-a": (None, False)}
    named = registry({"archives": ["a/*"], "retrieved": "2022-03-31"})
    assert told(covered_until(nothing, named)) == {"dc-a": ("2022-03-31", True)}
    assert told(covered_until(nothing, named, at_hand=[])) == {"dc-a": (None, False)}
    assert told(covered_until(nothing, named, at_hand=["dc-a"])) == {"dc-a": ("2022-03-31", True)}


def test_latest_of_all_is_the_default_day() -> None:
    messages = posted(("dc-a", "2015-05-05T10:00:00Z", ""), ("dc-b", "2014-01-01T00:00:00Z", ""))
    assert latest_covered(covered_until(messages)) == dt.date(2015, 5, 5)
    assert latest_covered(covered_until(posted())) is None


def test_bad_day_and_missing_column_are_refused() -> None:
    with pytest.raises(InputError, match="retrieved: 2022-02-31 is no day"):
        covered_until(posted(), retrieved="2022-02-31")
    with pytest.raises(InputError, match="lacks the columns date"):
        covered_until(posted().drop(columns="date"))
