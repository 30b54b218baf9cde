from __future__ import annotations

import datetime as dt
import json

import pandas as pd
import pytest

from dcactivity.coverage import covered_until
from dcactivity.errors import MissingError
from dcactivity.explaining import Explanation
from dcactivity.policy import Policy
from dcactivity.registry import Registry
from dcactivity.report.text import explanation_text
from dcactivity.reviewing import Review, review_activity

POLICY = Policy.from_dict(
    {
        "name": "test",
        "active": {"min_messages": 4, "min_participants": 3, "min_conversations": 1},
        "new": {"grace_months": 0},
        "at_risk": {"dormant_months": 6},
    }
)
COLUMNS = ["message_id", "date", "person", "thread", "answers", "automated", "bulletin", "link"]
SAID = pd.DataFrame(
    [
        ("old@x", "2019-11-02", "p:a", "t0", None, None, False, None),
        ("oldre@x", "2019-11-03", "p:b", "t0", "old@x", None, False, None),
        ("q@x", "2021-04-20T10:00:00Z", "p:a", "t1", None, None, False, "https://a.example/1"),
        ("r@x", "2021-05-01T10:00:00Z", "p:b", "t1", "q@x", None, False, "https://a.example/2"),
        ("note@x", "2021-06-01", None, "t2", None, "list-admin", False, None),
        ("all@x", "2021-07-01", "p:c", "t3", None, None, True, None),
        ("ad@x", "2021-08-01", None, "t4", None, "spam-suspected", False, None),
    ],
    columns=COLUMNS,
).assign(coalition="dc-a", date=lambda f: pd.to_datetime(f["date"], utc=True, format="ISO8601"))


def reviewed(as_of: str, frame: pd.DataFrame = SAID, *, retrieved: str = "2030-12-31") -> Review:
    registry = Registry.from_dict(
        {
            "coalition": [
                {
                    "slug": "dc-a",
                    "name": "Coalition <A>",
                    "list": [{"archive_url": "https://lists.example/a/"}],
                }
            ]
        }
    )
    coverage = covered_until(frame, registry, retrieved=retrieved, at_hand=["dc-a"])
    return review_activity(frame, registry, policy=POLICY, as_of=as_of, coverage=coverage)


def explained(as_of: str, frame: pd.DataFrame = SAID, **options: str) -> Explanation:
    return reviewed(as_of, frame, **options).explain("dc-a")


def test_the_way_back_names_messages_persons_and_the_last_day() -> None:
    found = explained("2022-03-31")
    assert found.status == "AT_RISK"
    # Two of four messages by two of three persons are left, the older one until 20 April.
    assert found.way_back == (
        "It would be active again with 2 more messages, by at least 1 person other than those "
        "who wrote in this time, by 19 April 2022."
    )


def test_the_way_back_asks_for_a_conversation_where_none_is_left() -> None:
    found = explained("2022-04-30")
    assert found.way_back == (
        "It would be active again with 3 more messages, by at least 2 persons other than those "
        "who wrote in this time, by 30 April 2022."
    )
    later = explained("2022-05-01")
    assert later.way_back == (
        "It would be active again with 4 more messages, by at least 3 persons, with at least "
        "1 more conversation, within 12 months."
    )


def test_the_way_back_is_true() -> None:
    # Exactly what it asks for, on the last day that it names, makes the coalition active.
    found = explained("2022-03-31")
    more = pd.DataFrame(
        [
            ("n1@x", "2022-04-19", "p:d", "t5", None, None, False, None),
            ("n2@x", "2022-04-19", "p:a", "t6", None, None, False, None),
        ],
        columns=COLUMNS,
    ).assign(coalition="dc-a", date=lambda f: pd.to_datetime(f["date"], utc=True))
    enough = pd.concat([SAID, more])
    assert found.way_back.endswith("by 19 April 2022.")
    assert explained("2022-04-19", enough).status == "ACTIVE"
    assert explained("2022-04-19", enough.iloc[:-1]).status != "ACTIVE"


def test_outlook_tells_when_the_status_changes_by_itself() -> None:
    lively = SAID.copy()
    lively.loc[5, ["bulletin", "person"]] = [False, "p:c"]
    lively = pd.concat([lively, lively.iloc[[5]].assign(message_id="z@x")])
    found = explained("2021-12-31", lively)
    assert found.status == "ACTIVE"
    assert found.way_back == ""
    assert found.outlook == (
        "If nothing more is written, it will be dormant from 20 April 2022, at risk from "
        "20 October 2022."
    )
    review = reviewed("2022-04-20", lively)
    assert review.status["status"].item() == "DORMANT"
    assert reviewed("2022-10-20", lively).status["status"].item() == "AT_RISK"
    assert explained("2022-10-20", lively).outlook.endswith("its status stays what it is.")


def test_sensitivity_is_what_the_changed_policy_says() -> None:
    found = explained("2021-12-31")
    assert found.status == "DORMANT" or found.status == "AT_RISK"
    for row in found.sensitivity.to_dict("records"):
        section, _, key = row["key"].partition(".")
        figures = POLICY.model_dump()
        figures[section][key] = row["value"]
        registry = Registry.from_dict({"coalition": [{"slug": "dc-a"}]})
        coverage = covered_until(SAID, registry, retrieved="2030-12-31", at_hand=["dc-a"])
        again = review_activity(
            SAID, registry, policy=Policy.from_dict(figures), as_of="2021-12-31", coverage=coverage
        )
        assert again.status["status"].item() == row["status"]
        assert again.status["since"].item().date() == row["since"]
    assert len(found.sensitivity) == 10


def test_messages_are_listed_with_whether_and_why_they_count() -> None:
    table = explained("2022-03-31").messages.set_index("message_id")
    assert table["counted"].to_dict() == {
        "ad@x": False,
        "all@x": False,
        "note@x": False,
        "r@x": True,
        "q@x": True,
        "oldre@x": True,
        "old@x": True,
    }
    assert table["kind"].to_dict()["ad@x"] == "spam-suspected"
    assert table["kind"].to_dict()["note@x"] == "list-admin"
    assert table["kind"].to_dict()["all@x"] == "bulletin"
    assert table.loc["old@x", "place"] == "before the window"
    assert table.loc["r@x", ["place", "answers"]].tolist() == ["in the window", "q@x"]
    # The message's own page, else the list's archive.
    assert table.loc["r@x", "link"] == "https://a.example/2"
    assert table.loc["old@x", "link"] == "https://lists.example/a/"


def test_the_pack_is_enough_to_count_again() -> None:
    found = explained("2022-03-31")
    pack = json.loads(found.to_json())
    inside = [m for m in pack["messages"] if m["counted"] and m["place"] == "in the window"]
    rules = {row["rule"]: row["value"] for row in pack["rules"]}
    assert rules["active_messages"] == len(inside)
    assert rules["active_participants"] == len({m["person"] for m in inside} - {None})
    assert rules["active_conversations"] == len({m["conversation"] for m in inside} - {None})
    assert Policy.from_dict(POLICY.model_dump()).digest == pack["policy"]["digest"]


def test_rhythm_sets_the_silence_beside_the_past() -> None:
    found = explained("2022-03-31").rhythm
    # 1 May 2021 to 31 March 2022; the gaps before: 1 day, 534 days, 11 days.
    assert (found.days_silent, found.longest_silence) == (334, 534)
    assert found.gaps_as_long == pytest.approx(0.3333)
    assert found.same_months == (0, 0)  # nothing in January to March of 2021 and 2020
    assert found.last_exchange == "2019-11"
    assert found.last_own == "2021-05-01"
    frame = reviewed("2022-03-31").rhythm
    assert frame.iloc[0].to_dict() == {
        "coalition": "dc-a",
        "days_silent": 334,
        "longest_silence": 534,
        "gaps_as_long": pytest.approx(0.3333),
        "same_months": 0.0,
        "last_exchange": "2019-11",
        "last_own": "2021-05-01",
    }


def test_unknown_says_what_would_let_it_be_told() -> None:
    found = explained("2022-03-31", retrieved="2021-12-31")
    assert found.status == "UNKNOWN"
    assert found.way_back.startswith("Archives that are complete up to 31 March 2022")
    assert found.outlook == ""
    assert found.months["messages"].isna().tolist() == [False] * 21 + [True] * 3


def test_names_appear_only_where_they_are_asked_for() -> None:
    review = reviewed("2022-03-31")
    plain, named = review.explain("dc-a"), review.explain("dc-a", writers={"q@x": "Ada <ada@x>"})
    assert "Ada" not in explanation_text(plain)
    assert "Ada" not in plain.to_json()
    assert "Ada <ada@x>" in explanation_text(named)


def test_html_escapes_what_comes_from_outside() -> None:
    html = explained("2022-03-31")._repr_html_()
    assert "Coalition &lt;A&gt;" in html
    assert "<A>" not in html


def test_a_coalition_without_a_verdict_is_refused_by_name() -> None:
    with pytest.raises(MissingError, match="did you mean dc-a"):
        reviewed("2022-03-31").explain("dc-b")


def test_a_coalition_without_messages_is_explained_too() -> None:
    registry = Registry.from_dict({"coalition": [{"slug": "dc-n", "recognised": "2015-01-01"}]})
    review = review_activity(SAID.iloc[:0], registry, policy=POLICY, as_of=dt.date(2022, 3, 31))
    found = review.explain("dc-n")
    assert found.status == "UNKNOWN"
    assert len(found.messages) == 0
    assert found.rhythm.days_silent is None
    assert explanation_text(found)
