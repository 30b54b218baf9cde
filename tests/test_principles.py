"""The three open principles: hints, observations, verdicts."""

from __future__ import annotations

import datetime as dt
import json

import pandas as pd
import pytest

from dcactivity.principles import (
    header_hints,
    header_history,
    judge_principles,
    principle_columns,
    principle_reasons,
)
from dcactivity.procedure import Principles
from dcactivity.records.files import OBSERVATIONS
from dcactivity.records.table import empty_table

DAY = dt.date(2022, 3, 31)
RULES = Principles()
Seen = tuple[str, str, str]  # day, source, finding


def observed(*seen: Seen, principle: str = "archive", where: str | None = None) -> pd.DataFrame:
    rows = [
        {
            "id": f"o{number}",
            "coalition": "dc-a",
            "list": where,
            "principle": principle,
            "finding": finding,
            "seen": pd.Timestamp(day),
            "source": source,
            "detail": f"detail {number}",
            "url": None,
            "digest": None,
        }
        for number, (day, source, finding) in enumerate(seen)
    ]
    known = empty_table(OBSERVATIONS)
    return pd.DataFrame(rows, columns=known.columns).astype(known.dtypes.to_dict())


def judged(
    observations: pd.DataFrame,
    *,
    principle: str = "archive",
    day: dt.date = DAY,
    rules: Principles = RULES,
    hints: pd.DataFrame | None = None,
) -> pd.Series:
    verdicts = judge_principles(observations, ["dc-a"], as_of=day, rules=rules, hints=hints)
    return verdicts[verdicts["principle"] == principle].iloc[0]


def message(
    day: str, fields: dict[str, str] | None = None, who: str = "ann", slug: str = "dc-a"
) -> dict[str, object]:
    return {
        "coalition": slug,
        "list": f"{slug}@lists.example",
        "date": pd.Timestamp(day, tz="UTC"),
        "message_id": f"{day}-{who}@x",
        "from_address": f"{who}@x.example",
        "list_fields": json.dumps(fields) if fields else None,
    }


def table(*messages: dict[str, object]) -> pd.DataFrame:
    frame = pd.DataFrame(list(messages))
    return frame.astype({"date": "datetime64[us, UTC]", "list_fields": "str"})


@pytest.mark.parametrize(
    ("finding", "verdict", "severity"),
    [
        ("open", "yes", None),
        ("conditional", "conditional", None),
        ("closed", "no", "breach"),
        ("unreachable", "no", "minor"),
        ("unknown", "unknown", None),
    ],
)
def test_finding_makes_verdict_and_severity(
    finding: str, verdict: str, severity: str | None
) -> None:
    row = judged(observed(("2022-02-01", "person", finding)))
    assert row["verdict"] == verdict
    assert (None if pd.isna(row["severity"]) else row["severity"]) == severity
    assert row["evidence"] == "o0"
    condition = "detail 0" if finding == "conditional" else None
    assert (None if pd.isna(row["condition"]) else row["condition"]) == condition


def test_observation_holds_for_its_months_and_no_day_longer() -> None:
    seen = observed(("2021-03-31", "person", "closed"))
    assert judged(seen, day=dt.date(2022, 3, 30))["verdict"] == "no"
    assert judged(seen, day=dt.date(2022, 3, 31))["verdict"] == "unknown"
    assert judged(seen, day=dt.date(2021, 3, 30))["verdict"] == "unknown"  # not yet seen
    longer = Principles(valid_months=13)
    assert judged(seen, rules=longer)["verdict"] == "no"


def test_of_each_source_the_newest_speaks_and_the_heaviest_source_decides() -> None:
    assert (
        judged(observed(("2022-01-01", "person", "closed"), ("2022-02-01", "person", "open")))[
            "verdict"
        ]
        == "yes"
    )
    row = judged(
        observed(
            ("2022-01-01", "person", "closed"),
            ("2022-02-01", "declaration", "open"),
            ("2022-03-01", "probe", "open"),
        )
    )
    assert (row["verdict"], row["source"], row["evidence"]) == ("no", "person", "o0")
    assert row["contradictions"] == "o1 o2"
    assert "against it, open on 1 February 2022 by the coalition's own declaration" in row["why"]
    # One who could not tell takes nothing away from one who could.
    row = judged(observed(("2022-01-01", "probe", "open"), ("2022-02-01", "person", "unknown")))
    assert (row["verdict"], row["source"]) == ("yes", "probe")


def test_of_several_lists_the_one_that_falls_short_decides() -> None:
    seen = pd.concat(
        [
            observed(("2022-02-02", "person", "open"), where="new@x"),
            observed(("2022-02-01", "person", "closed"), where="old@x").assign(id="o9"),
        ]
    )
    row = judged(seen)
    assert (row["verdict"], row["evidence"], row["contradictions"]) == ("no", "o9", "o0")
    assert "of old@x" in row["why"]


def test_two_that_were_seen_on_one_day_are_both_shown() -> None:
    seen = observed(("2022-02-01", "person", "open"), ("2022-02-01", "person", "conditional"))
    row = judged(seen)
    assert (row["verdict"], row["contradictions"]) == ("conditional", "o0")


FIELDS = {
    "List-Subscribe": "<https://lists.example/join>, <mailto:a-request@lists.example>",
    "List-Post": "<mailto:dc-a@lists.example>",
    "List-Archive": "<https://lists.example/archive/>",
}


def test_headers_are_a_hint_and_decide_only_where_the_policy_lets_them() -> None:
    hints = header_hints(table(message("2022-03-01", FIELDS)), as_of=DAY)
    assert hints["source"].unique().tolist() == ["header"]
    nothing = observed()
    row = judged(nothing, hints=hints)
    assert row["verdict"] == "unknown"
    assert "List-Archive names https://lists.example/archive/" in row["hint"]
    assert "a hint, and no proof" in row["why"]
    trusted = Principles(headers_suffice=True)
    row = judged(nothing, hints=hints, rules=trusted)
    assert (row["verdict"], row["evidence"]) == ("yes", "header:2022-03-01-ann@x")
    # A hint never outweighs somebody who looked.
    seen = observed(("2021-06-01", "probe", "closed"))
    row = judged(seen, hints=hints, rules=trusted)
    assert (row["verdict"], row["contradictions"]) == ("no", "header:2022-03-01-ann@x")


def test_list_that_nobody_may_post_to_says_so() -> None:
    fields = {"List-Post": "NO (posting not allowed on this list)"}
    hints = header_hints(table(message("2022-03-01", fields)), as_of=DAY)
    assert hints[["principle", "finding"]].to_numpy().tolist() == [["mailing_list", "closed"]]


def test_changes_of_the_fields_over_time() -> None:
    new = {"List-Archive": "<https://new.example/a/>"}
    old = {"List-Archive": "<https://old.example/a/>"}
    messages = table(
        message("2019-05-01", old),
        message("2021-04-01", old),
        message("2021-05-01", new),
        message("2022-02-01", new),
        message("2022-03-21"),
        message("2022-04-01", {"List-Archive": "<https://later.example/>"}),
    )
    history = header_history(messages, as_of=DAY)
    assert history[["value", "first", "last", "messages"]].astype(str).to_numpy().tolist() == [
        ["https://new.example/a/", "2021-05-01 00:00:00+00:00", "2022-02-01 00:00:00+00:00", "2"],
        ["https://old.example/a/", "2019-05-01 00:00:00+00:00", "2021-04-01 00:00:00+00:00", "2"],
    ]
    (detail,) = header_hints(messages, as_of=DAY)["detail"]
    assert detail == (
        "List-Archive names https://new.example/a/ since 1 May 2021 (before: "
        "https://old.example/a/); newest message that does: 1 February 2022, 48 days before the "
        "newest message at hand"
    )


def test_each_message_page_counts_as_one_archive() -> None:
    pages = [
        message(f"2022-03-0{n}", {"Archived-At": f"<https://lists.example/a/{n}>"})
        for n in range(1, 4)
    ]
    history = header_history(table(*pages), as_of=DAY)
    assert history[["value", "messages"]].to_numpy().tolist() == [["https://lists.example/a", 3]]


def test_newcomers_of_the_last_24_months_are_told() -> None:
    messages = table(
        message("2020-03-31", FIELDS, "old"),  # one day too early
        message("2020-04-01", FIELDS, "bob"),
        message("2022-03-31", FIELDS, "cai"),
        message("2022-03-31", FIELDS, "old"),
        message("2022-04-01", FIELDS, "dee"),  # later than the day
    )
    hints = header_hints(messages, as_of=DAY)
    (detail,) = hints.loc[hints["principle"] == "mailing_list", "detail"]
    assert detail.endswith("2 newcomers wrote in the last 24 months")


def test_fields_older_than_a_year_are_no_hint() -> None:
    assert len(header_hints(table(message("2021-03-30", FIELDS)), as_of=DAY)) == 0
    assert len(header_hints(table(message("2021-04-01", FIELDS)), as_of=DAY)) == 3


def test_no_messages_and_no_observations_leave_all_unknown() -> None:
    messages = table(message("2022-03-01")).iloc[:0]
    hints = header_hints(messages, as_of=DAY)
    verdicts = judge_principles(observed(), ["dc-b", "dc-a"], as_of=DAY, rules=RULES, hints=hints)
    assert verdicts["coalition"].tolist() == ["dc-a"] * 3 + ["dc-b"] * 3
    assert set(verdicts["verdict"]) == {"unknown"}


def test_verdicts_become_columns_and_reasons() -> None:
    verdicts = judge_principles(
        observed(("2022-02-01", "person", "closed")), ["dc-b", "dc-a"], as_of=DAY, rules=RULES
    )
    assert principle_columns(verdicts).to_dict("records") == [
        {"coalition": "dc-a", "membership": "unknown", "mailing_list": "unknown", "archive": "no"},
        {
            "coalition": "dc-b",
            "membership": "unknown",
            "mailing_list": "unknown",
            "archive": "unknown",
        },
    ]
    reasons = principle_reasons(verdicts)
    assert reasons["rule"].tolist()[:3] == [
        "principle_archive",
        "principle_mailing_list",
        "principle_membership",
    ]
    assert reasons["met"].isna().tolist() == [False, True, True, True, True, True]
    assert not reasons["met"].iloc[0]
    assert reasons["evidence"].iloc[0] == "o0"
