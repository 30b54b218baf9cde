"""From the monthly table to features and origins: worked by hand, and nothing after the day."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcactivity.errors import InputError
from dcactivity.forecast import features_at, judged, monthly_series, past_origins
from dcactivity.forecast.series import last_whole_month, until_ended
from tests.monthly_tables import table


def described(counts: list[int | None], column: int = -1) -> pd.Series:
    series = monthly_series(table(counts), "2029-12-31")
    last = len(counts) - 1 if column < 0 else column
    return features_at(series, last).iloc[0]


#          1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16
HAND = [4, 0, 2, 0, 0, 0, 3, 0, 1, 0, 0, 5, 0, 2, 0, 0]


@pytest.mark.parametrize(
    ("feature", "value"),
    [
        ("months_known", 16),
        ("months_silent", 2),  # the message of the 14th month is two months old
        ("log_recency", math.log(3)),
        ("log_mean_3", math.log1p(2 / 3)),
        ("log_mean_6", math.log1p(7 / 6)),
        ("log_mean_12", math.log1p(11 / 12)),  # months 5 to 16: 3, 1, 5, 2
        ("log_mean_all", math.log1p(17 / 16)),
        ("active_12", 4),
        ("active_odds_12", math.log(4.5 / 8.5)),
        ("log_active_all", math.log(7)),  # months 1, 3, 7, 9, 12, 14
        ("longest_gap_24", math.log(4)),  # months 4 to 6
        ("log_age", math.log(16)),
        ("burst", 5 / 11),
        ("own_recency", math.log(3) - math.log(13 / 5)),  # five steps from month 1 to 14
        ("log_mean_year_ago", math.log1p(2 / 3)),  # months 2 to 4, as 14 to 16 a year later
    ],
)
def test_features_worked_by_hand(feature: str, value: float) -> None:
    assert described(HAND)[feature] == pytest.approx(value)


def test_trend_is_the_yearly_slope_of_the_logarithm() -> None:
    counts = [0, 1, 3, 7, 15, 31]  # log(1 + n) grows by log(2) a month
    assert described(counts)["trend"] == pytest.approx(12 * math.log(2))


def test_unknown_months_leave_means_and_end_runs_of_silence() -> None:
    told = described([2, 0, None, 0, 0, None, 4, 0])
    assert told["months_known"] == 6
    assert told["log_mean_12"] == pytest.approx(math.log1p(6 / 6))
    assert told["active_12"] == pytest.approx(12 * 2 / 6)
    assert told["longest_gap_24"] == pytest.approx(math.log1p(2))


def test_a_list_without_a_message_is_as_silent_as_it_is_old() -> None:
    told = described([0] * 9)
    assert told["months_silent"] == 9
    assert np.isnan(told["burst"])
    assert np.isnan(told["own_recency"])


def test_participants_are_used_where_they_are_known() -> None:
    monthly = table([1, 1, 1, 1]).assign(participants=pd.array([1, 2, 3, None], dtype="Int64"))
    told = features_at(monthly_series(monthly, "2020-04-30"), 3).iloc[0]
    assert told["log_people_12"] == pytest.approx(math.log1p(2))
    assert np.isnan(described([1, 1, 1, 1])["log_people_12"])


def test_bulletins_are_no_sign_of_life() -> None:
    monthly = table([3, 2, 1]).assign(bulletins=pd.array([1, None, 1], dtype="Int64"))
    assert monthly_series(monthly, "2020-03-31").messages.tolist() == [[2, 2, 0]]


def test_a_month_counts_only_when_it_is_over() -> None:
    assert str(last_whole_month("2022-03-31")) == "2022-03"
    assert str(last_whole_month("2022-03-15")) == "2022-02"
    assert str(last_whole_month("2024-02-29")) == "2024-02"


@given(
    st.lists(st.integers(0, 4), min_size=8, max_size=40),
    st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=1, max_size=20),
)
def test_no_feature_reads_what_comes_later(past: list[int], future: list[int | None]) -> None:
    column = len(past) - 1
    one = features_at(monthly_series(table([*past, *future]), "2035-12-31"), column)
    other = features_at(monthly_series(table([*past, 7]), "2035-12-31"), column)
    pd.testing.assert_frame_equal(one, other)


def test_origins_know_what_came_of_them() -> None:
    counts = [1] * 25 + [0] * 12 + [1] + [0] * 5
    origins = past_origins(monthly_series(table(counts), "2023-07-31"))
    # Origins: the 25th month and the 31st; from the 37th on twelve months are not known.
    assert origins["month"].tolist() == ["2022-01", "2022-07"]
    assert origins["silent"].tolist() == [True, False]
    assert origins["months_silent"].tolist() == [0, 6]


def test_a_series_that_ends_is_no_silence() -> None:
    ended = table([1] * 26 + [None] * 14, slug="dc-ended")
    alive = table([1] * 40, slug="dc-alive")
    series = monthly_series(pd.concat([ended, alive]), "2023-04-30")
    assert past_origins(series)["coalition"].unique().tolist() == ["dc-alive"]


def test_the_months_after_the_end_of_a_coalition_are_left_out() -> None:
    ended = pd.DataFrame({"coalition": ["dc-a"], "ended": pd.to_datetime(["2020-02-10"])})
    both = pd.concat([table([1, 1, 0, 0]), table([1, 0, 0], slug="dc-b")])
    kept = until_ended(both, ended)
    assert kept["month"].tolist() == ["2020-01", "2020-02", "2020-01", "2020-02", "2020-03"]


def test_judged_are_lists_with_a_message_in_twelve_months() -> None:
    spoke = table([1] * 14 + [0] * 36, slug="dc-spoke")
    never = table([0] * 50, slug="dc-never")
    origins = past_origins(monthly_series(pd.concat([spoke, never]), "2024-02-29"))
    assert len(origins) == 6  # three months looked back from, two lists
    rows = judged(origins)
    # In the 25th month the message of the 14th is 11 months old, later it is too old.
    assert rows[["coalition", "month"]].to_numpy().tolist() == [["dc-spoke", "2022-01"]]


@pytest.mark.parametrize("horizon", [0, 25])
def test_a_horizon_out_of_bounds_is_refused(horizon: int) -> None:
    with pytest.raises(InputError, match="give 1 to 24"):
        past_origins(monthly_series(table([1] * 60), "2024-12-31"), horizon_months=horizon)


def test_faults_of_the_table_are_named() -> None:
    with pytest.raises(InputError, match="messages"):
        monthly_series(table([1]).drop(columns="messages"), "2020-01-31")
    with pytest.raises(InputError, match="two rows for a month"):
        monthly_series(pd.concat([table([1]), table([2])]), "2020-01-31")
    with pytest.raises(InputError, match="write months as 2022-03"):
        monthly_series(table([1]).assign(month="March"), "2020-01-31")
