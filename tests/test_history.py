"""The history says what reviewing month by month says."""

from __future__ import annotations

import calendar
import csv
import datetime as dt
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dcactivity.coverage import covered_until
from dcactivity.events import Events, events_of
from dcactivity.policy import Policy
from dcactivity.registry import Registry
from dcactivity.reviewing import Review, review_activity, review_events

SIMULATOR = Path(__file__).resolve().parents[2] / "shared" / "tools" / "simulate.py"
DRAFT = Policy.load("draft-2022")

Told = list[tuple[str, str, str]]


def rule(
    window: int, messages: int, persons: int, talks: int = 0, *, new: int = 0, risk: int = 12
) -> Policy:
    return Policy.from_dict(
        {
            "name": f"rule-{window}-{messages}-{persons}-{talks}-{new}-{risk}",
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


def written(*said: tuple[str, str, str]) -> pd.DataFrame:
    """Messages: coalition, day, who; "" for an author whom the list hides."""
    frame = pd.DataFrame(said, columns=["coalition", "date", "person"], dtype="str")
    dates = pd.to_datetime(frame["date"], utc=True).astype("datetime64[us, UTC]")
    persons = frame["person"].where(frame["person"] != "")
    ids = pd.Series([f"m{i}@x" for i in range(len(frame))], dtype="str")
    return frame.assign(date=dates, person=persons, message_id=ids)


def rows(review: Review) -> Told:
    return [tuple(map(str, row)) for row in review.history.itertuples(index=False)]


def ends(first: dt.date, last: dt.date) -> Iterable[dt.date]:
    for number in range(first.year * 12 + first.month - 1, last.year * 12 + last.month):
        year, month = divmod(number, 12)
        end = dt.date(year, month + 1, calendar.monthrange(year, month + 1)[1])
        if first <= end <= last:
            yield end


def month_by_month(
    events: Events,
    registry: Registry | None,
    coverage: pd.DataFrame,
    policy: Policy,
    span: tuple[dt.date, dt.date],
) -> Told:
    found = []
    for end in ends(*span):
        status = review_events(
            events, registry, policy=policy, as_of=end, coverage=coverage
        ).status
        found += [
            (slug, f"{end:%Y-%m}", verdict)
            for slug, verdict in zip(status["coalition"], status["status"], strict=True)
        ]
    return sorted(found)


def test_history_worked_by_hand() -> None:
    # Two messages in the trailing three months make it active, from its second month on.
    said = written(("dc-a", "2020-01-31", "ann"), ("dc-a", "2020-02-10", "bob"))
    registry = Registry.from_dict({"coalition": [{"slug": "dc-a"}]})
    coverage = covered_until(said, registry, retrieved="2020-08-15", at_hand=["dc-a"])
    review = review_activity(
        said, registry, policy=rule(3, 2, 1, risk=3), as_of="2020-10-30", coverage=coverage
    )
    assert rows(review) == [
        ("dc-a", "2020-01", "DORMANT"),
        ("dc-a", "2020-02", "ACTIVE"),
        ("dc-a", "2020-03", "ACTIVE"),
        # 30 April looks back to the end of 30 January: both are in it. 31 January leaves the
        # window with the end of 30 April plus one day.
        ("dc-a", "2020-04", "ACTIVE"),
        ("dc-a", "2020-05", "DORMANT"),
        ("dc-a", "2020-06", "DORMANT"),
        ("dc-a", "2020-07", "DORMANT"),
        # Dormant since 1 May, or so: at risk three months later.
        ("dc-a", "2020-08", "AT_RISK"),
        # Covered until 15 August, with 31 days of grace: 15 September is the last day told.
        ("dc-a", "2020-09", "UNKNOWN"),
        # October is not over on the 30th.
    ]


def test_history_ends_with_the_coalition_and_begins_with_it() -> None:
    said = written(("dc-a", "2020-02-29", "ann"))
    registry = Registry.from_dict(
        {
            "coalition": [
                {"slug": "dc-a", "ended": "2020-04-30"},
                {"slug": "dc-b", "recognised": "2020-04-01"},
                {"slug": "dc-c", "recognised": "2020-06-01"},
                {"slug": "dc-d"},
            ]
        }
    )
    review = review_activity(said, registry, policy=rule(1, 1, 1, new=1), as_of="2020-05-31")
    assert rows(review) == [
        ("dc-a", "2020-02", "ACTIVE"),
        # One month back from 31 March is 29 February. Nothing is covered after that day, but
        # silence is told for 31 days more.
        ("dc-a", "2020-03", "DORMANT"),
        ("dc-b", "2020-04", "ACTIVE"),  # new
        ("dc-b", "2020-05", "UNKNOWN"),  # no archive at hand
        # Of the fourth nothing says since when it exists.
        ("dc-d", "2020-02", "UNKNOWN"),
        ("dc-d", "2020-03", "UNKNOWN"),
        ("dc-d", "2020-04", "UNKNOWN"),
        ("dc-d", "2020-05", "UNKNOWN"),
    ]
    assert list(review.ended["coalition"]) == ["dc-a"]


def test_history_of_nothing_has_the_columns_of_the_table() -> None:
    full = review_activity(
        written(("dc-a", "2020-02-28", "ann")), policy=DRAFT, as_of="2020-04-01"
    )
    empty = review_activity(written(), policy=DRAFT, as_of="2020-04-01")
    assert list(full.history.columns) == ["coalition", "month", "status"]
    assert empty.history.dtypes.equals(full.history.dtypes)
    assert len(empty.history) == 0


def test_a_month_of_which_the_review_sees_a_part_has_no_row() -> None:
    said = written(("dc-a", "2020-02-03", "ann"))
    assert rows(review_activity(said, policy=DRAFT, as_of="2020-02-28")) == []
    assert rows(review_activity(said, policy=DRAFT, as_of="2020-02-29")) == [
        ("dc-a", "2020-02", "ACTIVE")
    ]


DAYS = st.dates(dt.date(2019, 10, 1), dt.date(2021, 4, 5))
SAID = st.tuples(st.sampled_from(["dc-a", "dc-b"]), DAYS, st.sampled_from(["ann", "bob", ""]))


@settings(max_examples=60, deadline=None)
@given(
    said=st.lists(SAID, max_size=14),
    recognised=st.none() | DAYS,
    ended=st.none() | DAYS,
    covered=DAYS,
    day=st.dates(dt.date(2020, 1, 1), dt.date(2021, 6, 30)),
    policy=st.builds(
        rule,
        st.integers(1, 7),
        st.integers(0, 4),
        st.integers(0, 2),
        new=st.integers(0, 4),
        risk=st.integers(0, 5),
    ),
)
@example(
    said=[("dc-a", dt.date(2020, 2, 29), "ann")],
    recognised=None,
    ended=None,
    covered=dt.date(2020, 3, 31),
    day=dt.date(2020, 12, 31),
    policy=rule(1, 1, 1, risk=1),
)
@example(  # neither message nor recognition, but an empty archive
    said=[],
    recognised=None,
    ended=None,
    covered=dt.date(2020, 3, 31),
    day=dt.date(2020, 12, 31),
    policy=rule(1, 1, 1, risk=1),
)
def test_history_equals_reviewing_month_by_month(
    said: list[tuple[str, dt.date, str]],
    recognised: dt.date | None,
    ended: dt.date | None,
    covered: dt.date,
    day: dt.date,
    policy: Policy,
) -> None:
    if recognised and ended and ended < recognised:
        recognised, ended = ended, recognised
    known = {"recognised": str(recognised)} if recognised else {}
    over = {"ended": str(ended)} if ended else {}
    registry = Registry.from_dict(
        {"coalition": [{"slug": "dc-a", **known}, {"slug": "dc-b", **over}]}
    )
    frame = written(*((slug, str(when), who) for slug, when, who in said))
    coverage = covered_until(frame, registry, retrieved=str(covered), at_hand=["dc-a", "dc-b"])
    review = review_activity(frame, registry, policy=policy, as_of=day, coverage=coverage)
    starts = [d for d in [recognised, *(when for _, when, _ in said)] if d and d <= day]
    # Where nothing says since when any of them exists, the last month stands for all.
    first = min(starts).replace(day=1) if starts else [*ends(dt.date(2019, 1, 1), day)][-1]
    expected = month_by_month(events_of(frame), registry, coverage, policy, (first, day))
    assert rows(review) == expected


@pytest.mark.parametrize("seed", [1, 2])
def test_history_of_simulated_lives_equals_reviewing_month_by_month(
    seed: int, tmp_path: Path
) -> None:
    if not SIMULATOR.exists():
        pytest.skip("the simulator is not at hand")
    command = [sys.executable, str(SIMULATOR), str(tmp_path / "src"), "--truth",
               str(tmp_path / "truth"), "--seed", str(seed), "--body", "10"]  # fmt: skip
    subprocess.run(command, check=True)
    with (tmp_path / "truth/messages.csv").open(newline="") as file:
        humans = [row for row in csv.DictReader(file) if not row["automated"]]
    frame = pd.DataFrame(humans)[["coalition", "date", "person", "message_id", "thread"]]
    events = events_of(frame.assign(answers=pd.Series([r["parent"] for r in humans], dtype="str")))
    registry = Registry.load(tmp_path / "src")
    coverage = covered_until(frame, registry)
    span, seen = (dt.date(2014, 1, 1), dt.date(2022, 6, 15)), set()
    for policy in (DRAFT, rule(6, 10, 5, 2, new=3, risk=4), rule(24, 1, 1, new=12, risk=18)):
        review = review_events(events, registry, policy=policy, as_of=span[1], coverage=coverage)
        assert rows(review) == month_by_month(events, registry, coverage, policy, span)
        seen |= set(review.history["status"])
    assert seen >= {"ACTIVE", "DORMANT", "AT_RISK"}
