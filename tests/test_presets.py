"""Each preset on a case that was worked out by hand from the rule that it translates."""

from __future__ import annotations

from importlib import resources

import pandas as pd
import pytest

from dcactivity.coverage import covered_until
from dcactivity.policy import Policy
from dcactivity.reviewing import review_activity


def verdict(preset: str, said: list[tuple[str, str]], as_of: str) -> tuple[str, str]:
    frame = pd.DataFrame(said, columns=["date", "person"], dtype="str")
    frame = frame.assign(
        coalition=pd.Series(["dc-a"] * len(said), dtype="str"),
        date=pd.to_datetime(frame["date"], utc=True).astype("datetime64[us, UTC]"),
        message_id=pd.Series([f"m{i}@x" for i in range(len(said))], dtype="str"),
        # Each answers the one before it.
        thread=pd.Series(["t"] * len(said), dtype="str"),
        answers=pd.Series([None, *(f"m{i}@x" for i in range(len(said) - 1))], dtype="str"),
    )
    coverage = covered_until(frame, retrieved="2030-12-31")
    row = review_activity(frame, policy=Policy.load(preset), as_of=as_of, coverage=coverage).status
    return str(row["status"].item()), str(row["since"].item().date())


def week(start: int, who: list[str]) -> list[tuple[str, str]]:
    return [(f"2020-06-{start + i:02d}", name) for i, name in enumerate(who)]


@pytest.mark.parametrize(
    ("preset", "said", "as_of", "status", "since"),
    [
        # W3C: 6 events in 6 months keep a group off the list, 5 do not.
        ("w3c-groups", [("2020-01-10", "ann"), *week(1, ["ann", "bob", "cai"] * 2)],
         "2020-11-30", "ACTIVE", "2020-01-10"),
        ("w3c-groups", [("2020-01-10", "ann"), *week(1, ["ann", "bob", "cai"] * 2)],
         "2020-12-01", "AT_RISK", "2020-12-01"),
        # ... by 3 persons: one of three writers left.
        ("w3c-groups", [("2020-01-10", "ann"), *week(1, ["ann", "bob"] * 5)],
         "2020-11-30", "AT_RISK", "2020-07-10"),
        # ... and a group younger than 180 days, here 6 months, is exempt.
        ("w3c-groups", [("2020-01-10", "ann")], "2020-07-09", "ACTIVE", "2020-01-10"),
        ("w3c-groups", [("2020-01-10", "ann")], "2020-07-10", "AT_RISK", "2020-07-10"),
        # CNCF's draft: one reply in 6 months is enough. From 28 February one looks back to 28
        # August, from 1 March to 1 September.
        ("cncf-draft-2018", [("2017-01-10", "ann"), ("2018-08-31", "ann")],
         "2019-02-28", "ACTIVE", "2018-08-31"),
        ("cncf-draft-2018", [("2017-01-10", "ann"), ("2018-08-31", "ann")],
         "2019-03-01", "AT_RISK", "2019-03-01"),
        # Kubernetes: three months without use.
        ("kubernetes-wg", [("2020-01-15", "ann"), ("2021-02-28", "bob")],
         "2021-05-27", "ACTIVE", "2021-02-28"),
        ("kubernetes-wg", [("2020-01-15", "ann"), ("2021-02-28", "bob")],
         "2021-05-28", "AT_RISK", "2021-05-28"),
        # Fedora: one sign of life in twelve months, a leap day's for a day longer.
        ("fedora-packagers", [("2018-01-15", "ann"), ("2020-02-29", "ann")],
         "2021-02-28", "ACTIVE", "2020-02-29"),
        ("fedora-packagers", [("2018-01-15", "ann"), ("2020-02-29", "ann")],
         "2021-03-01", "AT_RISK", "2021-03-01"),
        # The IGF's rule of 2011 asks for reports alone, however long the list is silent.
        ("igf-2011", [("2010-01-15", "ann")], "2022-03-31", "ACTIVE", "2010-01-15"),
        # The draft: 4 messages by 3 persons, one of them an answer, in 12 months; then 12 months
        # of being dormant.
        ("draft-2022", week(1, ["ann", "bob", "cai", "ann"]), "2021-05-31", "ACTIVE",
         "2020-06-01"),
        ("draft-2022", week(1, ["ann", "bob", "cai", "ann"]), "2021-06-01", "DORMANT",
         "2021-06-01"),
        ("draft-2022", week(1, ["ann", "bob", "cai", "ann"]), "2022-06-01", "AT_RISK",
         "2022-06-01"),
    ],
)  # fmt: skip
def test_preset_on_a_case_worked_by_hand(
    preset: str, said: list[tuple[str, str]], as_of: str, status: str, since: str
) -> None:
    assert verdict(preset, said, as_of) == (status, since)


def test_presets_are_those_that_are_documented() -> None:
    assert Policy.presets() == [
        "cncf-draft-2018",
        "draft-2022",
        "fedora-packagers",
        "igf-2011",
        "kubernetes-wg",
        "w3c-groups",
    ]


@pytest.mark.parametrize("name", [n for n in Policy.presets() if n != "draft-2022"])
def test_preset_says_what_is_ours_and_what_was_left_out(name: str) -> None:
    text = (resources.files("dcactivity") / "policies" / f"{name}.toml").read_text("utf-8")
    for said in ("The rule", "What is ours in the translation", "What was left out"):
        assert said in text.replace("The draft, in our words", "The rule, in our words")


def test_notice_and_reports_of_those_that_state_them() -> None:
    w3c = Policy.load("w3c-groups").process
    assert (w3c.notice_days, w3c.business_days, w3c.reminders) == (10, True, ())
    assert Policy.load("cncf-draft-2018").process.notice_days == 14
    asked = {name: Policy.load(name).at_risk.reports_missing for name in Policy.presets()}
    assert {name for name, missing in asked.items() if missing} == {"igf-2011"}
