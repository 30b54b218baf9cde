"""The laboratory against hand-worked cases and a slow, obvious second implementation."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from typer.testing import CliRunner

import dcactivity as dca
from dcactivity import charts
from dcactivity.cli import app as command_line
from dcactivity.coverage import covered_until
from dcactivity.errors import InputError, MissingError, PolicyError
from dcactivity.events import events_of
from dcactivity.laboratory import Laboratory, replay_events
from dcactivity.policy import Policy
from dcactivity.registry import Registry
from dcactivity.reviewing import review_events
from dcactivity.timeline import STATUSES


def rule(
    name: str = "ours",
    window: int = 3,
    messages: int = 1,
    persons: int = 0,
    talks: int = 0,
    *,
    new: int = 0,
    risk: int = 2,
) -> Policy:
    return Policy.from_dict(
        {
            "name": name,
            "active": {
                "window_months": window,
                "min_messages": messages,
                "min_participants": persons,
                "min_conversations": talks,
            },
            "new": {"grace_months": new},
            "at_risk": {"dormant_months": risk},
        }
    )


def month(number: int) -> str:
    return f"{2000 + number // 12}-{number % 12 + 1:02d}"


def series(**lists: Iterable[float | None]) -> pd.DataFrame:
    """Monthly series from January 2000 on, one coalition for each keyword."""
    rows = [
        (slug, month(i), count) for slug, counts in lists.items() for i, count in enumerate(counts)
    ]
    return pd.DataFrame(rows, columns=["coalition", "month", "messages"])


def told(frame: pd.DataFrame) -> list[tuple[object, ...]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [tuple(row) for row in plain.itertuples(index=False)]


# Worked by hand

#        Jan               Jun               Dec
WAVES = [2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0] + [0] * 12
# Window 3: active from January to March, dormant in April and May, at risk in June and July,
# active from August to October, dormant in November and December, at risk from January on.


def test_spells_of_one_list_worked_by_hand() -> None:
    found = dca.lab(series(waves=WAVES), rule())
    assert told(found.spells) == [
        ("ours", "waves", "2000-04", "2000-07", 4, "2000-06", "2000-08", True, True),
        # Warned in November 2000 and at risk since January 2001: twelve months are told after
        # the one, eleven after the other.
        ("ours", "waves", "2000-11", "2001-12", 14, "2001-01", None, False, None),
    ]
    assert told(found.late) == [("ours", "waves", "2000-08", "2001-01", 5)]
    assert told(found.coalitions) == [("ours", "waves", 6, 4, 14, 0, 2, "AT_RISK")]
    assert told(found.years) == [("ours", 2000, 12, 2, 1), ("ours", 2001, 12, 0, 1)]
    assert told(found.months)[2:6] == [
        ("ours", "2000-03", 1, 0, 0, 0, 0),
        ("ours", "2000-04", 0, 1, 0, 0, 1),
        ("ours", "2000-05", 0, 1, 0, 0, 0),
        ("ours", "2000-06", 0, 0, 1, 0, 0),
    ]


def test_summary_of_three_lists_worked_by_hand() -> None:
    alive, dead = [1] * 24, [1] + [0] * 23
    row = dca.lab(series(alive=alive, dead=dead, waves=WAVES), rule()).summary.iloc[0]
    # Of 72 coalition-months, 2 + 4 are dormant and 19 + 14 at risk.
    assert (row["coalitions"], row["months"]) == (3, 24)
    assert row["dormant_share"] == pytest.approx(6 / 72)
    assert row["at_risk_share"] == pytest.approx(33 / 72)
    # Warned: the dead one in April 2000, the other twice; both its warnings can be judged.
    assert (row["notices"], row["notices_per_year"]) == (3, 1.5)
    assert (row["warned_judged"], row["warned_false"]) == (3, 1)
    assert row["false_warned"] == pytest.approx(1 / 3)
    # At risk: the dead one in June 2000, the other in June 2000 and in January 2001; of the
    # last nobody knows what twelve months bring.
    assert (row["at_risk"], row["at_risk_judged"], row["at_risk_false"]) == (3, 2, 1)
    # Silent for good: five months after their last messages both are at risk.
    assert (row["silent"], row["never"], row["months_late"]) == (2, 0, 5)


def test_back_after_twelve_months_is_false_and_after_thirteen_is_not() -> None:
    def judged(silence: int) -> tuple[object, object]:
        counts = [1, *[0] * silence, *[1] * 14]
        row = dca.lab(series(dc=counts), rule(window=1, risk=0)).summary.iloc[0]
        return row["warned_judged"], row["warned_false"]

    # Silent from the second month on: back in the month so many months later.
    assert judged(12) == (1, 1)
    assert judged(13) == (1, 0)


def test_a_spell_that_began_before_is_no_notice_of_the_time_reported_on() -> None:
    found = dca.lab(series(waves=WAVES), rule(), start="2000-05-31", end="2001-03-30")
    assert found.months["month"].tolist() == [month(i) for i in range(4, 14)]
    assert found.summary["notices"].item() == 1
    # Its first spell reaches into the time; that it was false is not a figure of this time.
    assert told(found.spells)[0][2:] == ("2000-04", "2000-07", 4, "2000-06", "2000-08", None, None)
    # A day later and May is no month of it.
    assert dca.lab(series(waves=WAVES), rule(), start="2000-06-01").months["month"].iloc[0] == (
        "2000-06"
    )


def test_at_risk_before_the_last_message_is_no_delay() -> None:
    counts = [4, 0, 0, 0, 0, 0, 1, *[0] * 20]
    found = dca.lab(series(dc=counts), rule(messages=2))
    # One message wakes nobody: at risk since June, and still so when it comes.
    assert told(found.late) == [("ours", "dc", "2000-07", "2000-07", 0)]


def test_policy_that_never_speaks_is_late_for_ever() -> None:
    row = dca.lab(series(dead=[1] + [0] * 23), rule(messages=0)).summary.iloc[0]
    assert (row["silent"], row["never"]) == (1, 1)
    assert pd.isna(row["months_late"])
    assert pd.isna(row["false_warned"])


def test_silence_counts_once_the_policy_must_have_spoken() -> None:
    # Window 3, dormant 12: it must have spoken sixteen months after the last message.
    policy = rule(risk=12)
    assert dca.lab(series(dead=[1] + [0] * 15), policy).summary["silent"].item() == 0
    row = dca.lab(series(dead=[1] + [0] * 16), policy).summary.iloc[0]
    assert (row["silent"], row["months_late"]) == (1, 15)


def test_disagreements_are_told_by_name_and_span() -> None:
    policies = [rule("quick", window=1), rule("slow", window=3)]
    found = dca.lab(series(a=[1, 1, 1, 1, 1], b=[1, 0, 0, 1, 1]), policies)
    assert list(found.disagreements.columns) == [
        "coalition", "start", "end", "months", "quick", "slow",
    ]  # fmt: skip
    assert told(found.disagreements) == [("b", "2000-02", "2000-03", 2, "DORMANT", "ACTIVE")]


# What monthly series cannot say


def test_distinct_persons_lie_between_the_largest_month_and_the_sum() -> None:
    # Windows of three months hold 1, 3, 5, 4, 3, 1 persons at the most, and 1, 2, 2, 2, 2, 1
    # at the least.
    frame = series(dc=[5] * 6).assign(participants=[1, 2, 2, 0, 1, 0])
    found = dca.lab(frame, [rule("three", persons=3), rule("one", persons=1)])
    assert found.summary["policy"].tolist() == [
        "three (fewest persons)", "three (most persons)", "one",
    ]  # fmt: skip
    wide = found.months.pivot_table(index="month", columns="policy", values="active")
    assert wide["three (fewest persons)"].tolist() == [0] * 6
    assert wide["three (most persons)"].tolist() == [0, 1, 1, 1, 1, 0]
    assert wide["one"].tolist() == [1] * 6


def test_rules_whose_data_are_absent_are_left_out_and_named() -> None:
    strict = Policy.from_dict(
        {"name": "strict", "count": {"automated": True}, "at_risk": {"reports_missing": 1}}
    )
    found = dca.lab(series(dc=[4] * 3), strict)
    assert set(found.left_out["rule"]) == {
        "active.min_participants",
        "active.min_conversations",
        "count.automated",
        "count.bulletins",
        "at_risk.reports_missing",
    }
    whole = series(dc=[4] * 3).assign(participants=3, conversations=1, bulletins=0, automated=0)
    assert dca.lab(whole, strict).left_out["rule"].tolist() == ["at_risk.reports_missing"]
    assert dca.lab(whole, "draft-2022").left_out.empty


def test_bulletins_are_taken_out_and_automated_mail_is_added() -> None:
    frame = series(dc=[1, 1, 1]).assign(bulletins=[0, 1, 0], automated=[0, 0, 5])
    quiet = dca.lab(frame, rule(window=1)).months["active"].tolist()
    assert quiet == [1, 0, 1]
    loud = Policy.from_dict({**rule(window=1, messages=2).model_dump(exclude_none=True),
                             "count": {"automated": True, "bulletins": True}})  # fmt: skip
    assert dca.lab(frame, loud).months["active"].tolist() == [0, 0, 1]


def test_a_month_without_a_number_is_not_silent() -> None:
    frame = series(dc=[1, None, 0, 0, 0, 0, 0])
    expected = ["active", "active", "active", "unknown", "dormant", "dormant", "at_risk"]
    for monthly in (frame, frame.dropna()):
        found = dca.lab(monthly, rule()).months
        said = [next(w for w in expected if row[w]) for row in found.to_dict("records")]
        assert said == expected


def test_thirds_of_a_quarter_add_up_to_the_whole() -> None:
    found = dca.lab(series(dc=[4 / 3, 4 / 3, 4 / 3, 0]), rule(messages=4))
    assert found.months["active"].tolist() == [0, 0, 1, 0]


def test_a_new_list_is_spared_from_its_first_month_on() -> None:
    frame = series(dc=[0] * 4)
    assert dca.lab(frame, rule(new=3)).months["active"].tolist() == [1, 1, 1, 0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"month": "2000-13"}, "line 2: '2000-13' is no month"),
        ({"month": "soon"}, "line 2: 'soon' is no month; write 2022-03"),
        ({"messages": "many"}, "line 2: 'many' is no count of messages"),
        ({"messages": -1}, "line 2: -1 is no count"),
        ({"coalition": None}, "line 2: a coalition has no name"),
        ({"month": "2000-02"}, "line 3: dc has 2000-02 twice"),
    ],
)
def test_faults_of_series_are_named(change: dict[str, object], message: str) -> None:
    frame = series(dc=[1, 2]).astype(object)
    for name, value in change.items():
        frame.loc[0, name] = value
    with pytest.raises(InputError, match=message):
        dca.lab(frame, rule())
    with pytest.raises(InputError, match="lacks the columns messages"):
        dca.lab(frame.drop(columns="messages"), rule())


# A slow, obvious second implementation, on what the review says of each month

FIRST, LAST = dt.date(2000, 1, 1), dt.date(2003, 12, 31)
ENDS = [(dt.date(2000 + (i + 1) // 12, (i + 1) % 12 + 1, 1) - dt.timedelta(1)) for i in range(48)]
SAID = st.tuples(
    st.sampled_from(["dc-a", "dc-b", "dc-c"]),
    st.dates(FIRST, LAST),
    st.sampled_from(["ann", "bob", "cai", ""]),
)
RULES = st.builds(
    rule,
    st.just("any"),
    st.sampled_from([1, 3, 6]),
    st.integers(0, 3),
    st.integers(0, 2),
    new=st.sampled_from([0, 4]),
    risk=st.sampled_from([0, 2, 6]),
)


def written(said: list[tuple[str, dt.date, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(said, columns=["coalition", "date", "person"])
    return frame.assign(
        coalition=frame["coalition"].astype("str"),
        date=pd.to_datetime(frame["date"].astype("str"), utc=True).astype("datetime64[us, UTC]"),
        person=frame["person"].where(frame["person"] != "").astype("str"),
        message_id=pd.Series([f"m{i}@x" for i in range(len(frame))], dtype="str"),
    )


def slowly(
    statuses: dict[str, list[str]], spoke: dict[str, int], until: int, first: int, policy: Policy
) -> dict[str, object]:
    """Count as a committee member with paper and pencil would."""
    notices = risks = 0
    judged, false, risky_judged, risky_false = 0, 0, 0, 0
    delays: list[int | None] = []
    for slug, line in statuses.items():
        quiet = [status in ("DORMANT", "AT_RISK") for status in line]
        for i in range(len(line)):
            if not quiet[i] or (i and quiet[i - 1]):
                continue
            end = i
            while end < len(line) and quiet[end]:
                end += 1
            risk = next((k for k in range(i, end) if line[k] == "AT_RISK"), None)
            if i >= first:
                notices += 1
                if i + 12 <= until:
                    judged += 1
                    false += "ACTIVE" in line[i : i + 13]
            if risk is not None and risk >= first:
                risks += 1
                if risk + 12 <= until:
                    risky_judged += 1
                    risky_false += "ACTIVE" in line[risk : risk + 13]
        last = spoke.get(slug)
        needed = max(12, policy.active.window_months + policy.at_risk.dormant_months + 1)
        if last is not None and last >= first and until - last >= needed:
            delays.append(
                next((k - last for k in range(last, until + 1) if line[k] == "AT_RISK"), None)
            )
    reached = sorted(delay for delay in delays if delay is not None)
    half = (len(delays) + 1) // 2
    return {
        "notices": notices,
        "warned_judged": judged,
        "warned_false": false,
        "at_risk": risks,
        "at_risk_judged": risky_judged,
        "at_risk_false": risky_false,
        "silent": len(delays),
        "never": delays.count(None),
        "months_late": reached[half - 1] if delays and len(reached) >= half else None,
    }


@settings(max_examples=40, deadline=None)
@given(
    said=st.lists(SAID, min_size=1, max_size=12),
    policies=st.lists(RULES, min_size=1, max_size=3),
    covered=st.sampled_from([ENDS[-1], ENDS[40], dt.date(2003, 5, 2)]),
    first=st.sampled_from([0, 7]),
)
def test_measures_agree_with_paper_and_pencil(
    said: list[tuple[str, dt.date, str]], policies: list[Policy], covered: dt.date, first: int
) -> None:
    frame = written(said)
    events = events_of(frame)
    slugs = sorted({slug for slug, _, _ in said})
    coverage = covered_until(frame, retrieved=str(covered), at_hand=slugs)
    replays, _ = replay_events(
        events, None, coverage=coverage, policies=policies, day=LAST, first_day=ENDS[first]
    )
    found = Laboratory(replays, []).summary.to_dict("records")
    start = min(day for _, day, _ in said)
    months = [end for end in ENDS if end >= start]
    shift = ENDS.index(months[0])
    for policy, row in zip(policies, found, strict=True):
        statuses: dict[str, list[str]] = {slug: [""] * len(months) for slug in slugs}
        # That the history is what reviewing month by month says, other tests hold.
        review = review_events(events, None, policy=policy, as_of=LAST, coverage=coverage)
        for line in review.history.itertuples():
            place = [f"{end:%Y-%m}" for end in months].index(line.month)
            statuses[line.coalition][place] = str(line.status)
        spoke: dict[str, int] = {}
        for slug, day, _ in sorted(said, key=lambda one: one[1]):
            spoke[slug] = next(i for i, end in enumerate(months) if day <= end)
        until = max(
            [i for i, end in enumerate(months) if end <= covered + dt.timedelta(31)], default=-1
        )
        expected = slowly(statuses, spoke, until, max(0, first - shift), policy)
        got = {name: None if pd.isna(row[name]) else row[name] for name in expected}
        assert got == expected


@settings(max_examples=40, deadline=None)
@given(
    said=st.lists(SAID, min_size=1, max_size=12),
    recognised=st.none() | st.dates(FIRST, LAST),
    ended=st.none() | st.dates(FIRST, LAST),
    policies=st.lists(RULES, min_size=1, max_size=4),
)
def test_replay_says_what_the_history_says(
    said: list[tuple[str, dt.date, str]],
    recognised: dt.date | None,
    ended: dt.date | None,
    policies: list[Policy],
) -> None:
    if recognised and ended and ended < recognised:
        recognised, ended = ended, recognised
    known = {"recognised": recognised} if recognised else {}
    over = {"ended": ended} if ended else {}
    registry = Registry.from_dict(
        {"coalition": [{"slug": "dc-a", **known, **over}, {"slug": "dc-d"}]}
    )
    frame = written(said)
    coverage = covered_until(frame, registry, retrieved="2003-10-15", at_hand=["dc-a", "dc-d"])
    events = events_of(frame)
    replays, _ = replay_events(events, registry, coverage=coverage, policies=policies, day=LAST)
    for policy, replay in zip(policies, replays, strict=True):
        review = review_events(events, registry, policy=policy, as_of=LAST, coverage=coverage)
        wide = {(row.coalition, row.month): str(row.status) for row in review.history.itertuples()}
        for i, slug in enumerate(replay.slugs):
            for j, when in enumerate(replay.months):
                code = replay.codes[i, j]
                said_here = STATUSES[code] if code >= 0 else None
                assert wide.get((slug, str(when))) == said_here


@settings(max_examples=40, deadline=None)
@given(
    said=st.lists(
        st.tuples(st.sampled_from(["dc-a", "dc-b"]), st.integers(0, 30), st.just("ann")),
        min_size=1,
        max_size=14,
    ),
    policies=st.lists(RULES, min_size=1, max_size=3),
)
def test_series_say_what_archives_say_where_all_was_written_on_the_first(
    said: list[tuple[str, int, str]], policies: list[Policy]
) -> None:
    days = [(slug, dt.date.fromisoformat(f"{month(i)}-01"), who) for slug, i, who in said]
    frame = written(days)
    coverage = covered_until(frame, retrieved=str(LAST))
    replays, _ = replay_events(
        events_of(frame), None, coverage=coverage, policies=policies, day=LAST
    )
    monthly = dca.monthly_activity(frame, as_of=LAST, coverage=coverage)
    # One person: the fewest are all there are.
    found = dca.lab(monthly.drop(columns="conversations"), policies_named(policies))
    for i, replay in enumerate(replays):
        fewest = next(r for r in found.replays if r.policy.name == f"p{i}")
        assert np.array_equal(fewest.codes, replay.codes)
        assert np.array_equal(fewest.spoke, replay.spoke)


def policies_named(policies: list[Policy]) -> list[Policy]:
    return [policy.model_copy(update={"name": f"p{i}"}) for i, policy in enumerate(policies)]


# Doubt


def test_intervals_are_the_same_each_time_and_hold_the_figure() -> None:
    frame = series(**{f"dc-{i}": WAVES[i:] + [0] * i for i in range(8)})
    one, two = (dca.lab(frame, rule()).summary for _ in range(2))
    assert one.equals(two)
    row = one.iloc[0]
    for name in ("notices_per_year", "false_warned", "months_late"):
        assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"]
    assert row["notices_per_year_low"] < row["notices_per_year_high"]
    other = dca.lab(frame, rule(), resamples=50, seed=1).summary
    assert other["notices_per_year"].equals(one["notices_per_year"])


def test_one_coalition_leaves_no_interval_to_draw() -> None:
    row = dca.lab(series(waves=WAVES), rule()).summary.iloc[0]
    assert row["notices_per_year_low"] == row["notices_per_year_high"] == 1.0


def test_intervals_of_two_lists_worked_by_hand() -> None:
    # One is warned once, the other never, in two years: draws of two give 0, 1 or 2 notices,
    # a quarter of them 0 and a quarter 2.
    frame = series(dead=[1] + [0] * 23, alive=[1] * 24)
    row = dca.lab(frame, rule()).summary.iloc[0]
    assert (row["notices_per_year_low"], row["notices_per_year_high"]) == (0.0, 1.0)


# Sweeps


def test_sweep_makes_a_policy_of_each_combination() -> None:
    found = dca.lab(
        series(waves=WAVES),
        rule(),
        sweep={"active.window_months": [3, 6], "at_risk.dormant_months": [0, 2]},
    ).summary
    assert found["policy"].tolist()[0] == (
        "ours, active.window_months = 3, at_risk.dormant_months = 0"
    )
    assert set(found["base"]) == {"ours"}
    assert found["active.window_months"].tolist() == [3, 3, 6, 6]
    assert found["at_risk.dormant_months"].tolist() == [0, 2, 0, 2]
    # Window 6: active to June, one month dormant, August wakes it until January.
    assert found["notices"].tolist() == [2, 2, 2, 2]
    assert found["months_late"].tolist() == [3, 5, 6, 8]


def test_sweep_refuses_what_is_no_key_and_no_value() -> None:
    frame = series(waves=WAVES)
    with pytest.raises(InputError, match=r"active\.window: .*did you mean active\.window_months"):
        dca.lab(frame, rule(), sweep={"active.window": [3]})
    with pytest.raises(PolicyError, match=r"active\.window_months: found the number 0"):
        dca.lab(frame, rule(), sweep={"active.window_months": [0]})
    three = {"active.window_months": [1], "active.min_messages": [1], "new.grace_months": [1]}
    with pytest.raises(InputError, match="3 keys are too many"):
        dca.lab(frame, rule(), sweep=three)


def test_wrong_questions_are_refused() -> None:
    frame = series(waves=WAVES)
    with pytest.raises(InputError, match="no month ends in the span"):
        dca.lab(frame, rule(), start="2030-01-01")
    with pytest.raises(InputError, match="no month ends in the span"):
        dca.lab(frame, rule(), end="1999-01-01")
    with pytest.raises(InputError, match="two policies are named 'ours'"):
        dca.lab(frame, [rule(), rule()])
    with pytest.raises(InputError, match="no policy is given"):
        dca.lab(frame, [])
    with pytest.raises(InputError, match="0 is too few"):
        dca.lab(frame, rule(), resamples=0)
    with pytest.raises(MissingError, match="no policy 'draft-2021'"):
        dca.lab(frame, "draft-2021")
    with pytest.raises(MissingError, match="no such file"):
        dca.lab("nowhere.csv", rule())


# The command, its files and its charts


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    path = tmp_path / "monthly.csv"
    frame = series(alive=[1] * 24, dead=[1] + [0] * 23, waves=WAVES)
    frame.assign(participants=frame["messages"]).to_csv(path, index=False)
    return path


def run(*arguments: object) -> str:
    result = CliRunner().invoke(command_line.app, [str(a) for a in ("lab", *arguments)])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_command_prints_figures_and_names(csv: Path) -> None:
    said = run(csv, "--policy", "w3c-groups", "--policy", "fedora-packagers")
    assert "From 2000-01 to 2001-12" in said
    assert (
        "left out of fedora-packagers, w3c-groups: count.bulletins (no column bulletins)" in said
    )
    assert "at risk in 2001-12 under w3c-groups (fewest persons) (for so many months): " in said
    assert "they disagree on dead in 6 months, last in 2000-12: " in said


def test_command_gives_json(csv: Path) -> None:
    rows = json.loads(run(csv, "--policy", "fedora-packagers", "--json"))
    assert rows[0]["policy"] == "fedora-packagers"
    # Spared in their first year; then the dead one and from August on the other.
    assert rows[0]["notices"] == 2


def test_command_writes_tables_and_charts_and_removes_its_own(csv: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(csv, "--policy", "fedora-packagers", "--policy", "w3c-groups", "--out", out)
    names = {path.name for path in out.iterdir()}
    assert names == {
        "lab.csv", "lab-coalitions.csv", "lab-disagreements.csv", "lab-late.csv",
        "lab-months.csv", "lab-spells.csv", "lab-years.csv", "lab.json", "lab.png", "lab.svg",
    }  # fmt: skip
    record = json.loads((out / "lab.json").read_text())
    assert [policy["name"] for policy in record["policies"]] == ["fedora-packagers", "w3c-groups"]
    assert record["policies"][0]["digest"] == Policy.load("fedora-packagers").digest
    assert (record["from"], record["to"]) == ("2000-01", "2001-12")
    (out / "mine.txt").write_text("mine")
    sweep = "active.window_months=6,12"
    run(csv, "--policy", "fedora-packagers", "--sweep", sweep, "--out", out)
    names = {path.name for path in out.iterdir()}
    assert {"lab-sweep.png", "lab-sweep.svg", "lab.csv", "mine.txt"} <= names
    assert not names & {"lab.png", "lab-disagreements.csv"}


def test_command_refuses_a_sweep_without_values(csv: Path) -> None:
    result = CliRunner().invoke(
        command_line.app, ["lab", str(csv), "--policy", "draft-2022", "--sweep", "active"]
    )
    assert result.exit_code == 2
    assert "KEY=V1,V2" in result.output


def test_charts_draw_on_the_axes_they_are_given() -> None:
    frame = series(alive=[1] * 24, dead=[1] + [0] * 23, waves=WAVES)
    found = dca.lab(frame, [rule(), rule("never", messages=0)])
    left, right, below = Figure(figsize=(9, 9)).subplots(3)
    assert charts.notices_by_year(found.years, ax=left) is left
    assert [line.get_label() for line in left.get_legend().get_lines()] == ["ours", "never"]
    assert charts.alarms_and_delays(found.summary, ax=right) is right
    points = [line for line in right.lines if line.get_label() == "ours"]
    assert [float(x) for line in points for x in line.get_xydata()[0]] == [5.0, 0.5]
    assert "without one of the figures: never" in [text.get_text() for text in right.texts]
    swept = dca.lab(frame, rule(), sweep={"active.window_months": [3, 6]}).summary
    charts.sweep_map(
        swept,
        rows="base",
        columns="active.window_months",
        value="months_late",
        title="t",
        ax=below,
    )
    assert [text.get_text() for text in below.texts] == ["5", "8"]
    with pytest.raises(InputError, match="no column policy"):
        charts.notices_by_year(pd.DataFrame(), ax=left)


# Archives


def test_on_archives_it_says_what_the_review_says(tmp_path: Path) -> None:
    demo = Path(__file__).resolve().parents[1] / "data" / "demo"
    dca.ingest(demo, tmp_path / "store")
    names = ["draft-2022", "w3c-groups"]
    found = dca.lab(tmp_path / "store", names, start="2019-01-01", end="2022-03-31")
    for name, replay in zip(names, found.replays, strict=True):
        review = dca.review(tmp_path / "store", policy=name, as_of="2022-03-31")
        history = review.history[review.history["month"] >= "2019-01"]
        codes = replay.reported[replay.reported >= 0]
        assert [STATUSES[code] for code in codes] == history["status"].tolist()
    said = run(tmp_path / "store", "--policy", "draft-2022", "--to", "2022-03-31", "--json")
    assert json.loads(said)[0]["months"] == 96
