"""The estimator, the rules beside it, and how they are judged."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.estimator_checks import parametrize_with_checks

from dcactivity.errors import InputError
from dcactivity.forecast import Forecaster, SilenceClassifier, monthly_series, past_origins
from dcactivity.forecast.alarms import decision_table, every_month, lead_times, threshold_at
from dcactivity.forecast.baselines import PoissonZero, RecencyFrequencyTable, baselines
from dcactivity.forecast.estimator import group_folds
from dcactivity.forecast.evaluation import MODEL, TABLE, cross_validated, forward_in_time, scores
from dcactivity.forecast.measures import (
    auc,
    calibration_error,
    group_bootstrap,
    log_loss,
    reliability_table,
)
from dcactivity.forecast.series import Series
from tests.monthly_tables import lists


@parametrize_with_checks([SilenceClassifier(n_bootstrap=5)])
def test_the_estimator_keeps_scikit_learns_rules(estimator: Any, check: Any) -> None:
    check(estimator)


@pytest.fixture(scope="module")
def series() -> Series:
    return monthly_series(lists(), "2020-12-31")


@pytest.fixture(scope="module")
def origins(series: Series) -> pd.DataFrame:
    return past_origins(series)


# The estimator


def blobs(rows: int = 200) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(1)
    values = random.normal(size=(rows, 2))
    return values, values[:, 0] + random.normal(size=rows) > 0


def test_what_is_not_known_moves_the_estimate_neither_way() -> None:
    values, outcome = blobs()
    model = SilenceClassifier(n_bootstrap=0).fit(values, outcome)
    unknown = model.contributions(np.array([[np.nan, 1.0]]))
    assert unknown[0, 0] == 0
    assert unknown[0, 1] != 0


def test_a_column_of_which_nothing_is_known_weighs_nothing() -> None:
    values, outcome = blobs()
    values[:, 1] = np.nan
    assert SilenceClassifier(n_bootstrap=0).fit(values, outcome).coef_[1] == 0


def test_the_interval_holds_the_estimate_and_widens_with_its_level() -> None:
    values, outcome = blobs()
    model = SilenceClassifier(n_bootstrap=50).fit(values, outcome)
    said = model.predict_proba(values)[:, 1]
    bounds, half = model.predict_interval(values), model.predict_interval(values, level=0.5)
    assert ((bounds[:, 0] < half[:, 0]) & (half[:, 0] < said)).all()
    assert ((said < half[:, 1]) & (half[:, 1] < bounds[:, 1])).all()


def test_rows_of_one_group_count_for_less_than_rows_of_many() -> None:
    values, outcome = (np.repeat(part, 10, axis=0) for part in blobs(20))
    groups = np.repeat(np.arange(20), 10)
    many = SilenceClassifier(n_bootstrap=50).fit(values, outcome)
    few = SilenceClassifier(n_bootstrap=50).fit(values, outcome, groups)
    assert np.trace(few.covariance_) > 2 * np.trace(many.covariance_)


def test_calibration_softens_what_groups_do_not_bear_out() -> None:
    random = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 10)
    outcome = (random.random(40) < 0.5)[groups]
    values = random.normal(size=(40, 30))[groups]  # 30 columns of noise, the same in a group
    intercept, slope = SilenceClassifier(n_bootstrap=0).fit(values, outcome, groups).calibration_
    assert 0 <= slope < 0.5
    assert abs(intercept) < 1


def test_groups_stay_together_in_folds() -> None:
    groups = np.repeat(np.arange(23), 4)
    folds = group_folds(groups, 5, seed=3)
    assert all(len(set(folds[groups == group])) == 1 for group in range(23))
    assert sorted(set(folds)) == [0, 1, 2, 3, 4]


def test_what_was_learnt_survives_json() -> None:
    values, outcome = blobs()
    model = SilenceClassifier(n_bootstrap=20).fit(values, outcome)
    again = SilenceClassifier.from_dict(json.loads(json.dumps(model.to_dict(["a", "b"]))))
    assert again.predict_proba(values) == pytest.approx(model.predict_proba(values), abs=1e-4)
    assert again.predict_interval(values) == pytest.approx(
        model.predict_interval(values), abs=1e-4
    )


def test_groups_must_fit_the_rows() -> None:
    values, outcome = blobs()
    with pytest.raises(ValueError, match="3 groups given for 200 rows"):
        SilenceClassifier().fit(values, outcome, [1, 2, 3])


# The forecaster


def test_after_six_silent_months_only_recency_is_asked(origins: pd.DataFrame) -> None:
    learnt = Forecaster(n_bootstrap=20).fit(origins)
    quiet = origins[origins["months_silent"] == 8].head(5)
    told = learnt.estimate(quiet)
    assert told["quiet"].all()
    assert len(set(told["risk"])) == 1
    assert learnt.contributions(quiet).notna().sum(axis=1).eq(1).all()
    later = learnt.predict(quiet.assign(months_silent=20.0, log_recency=math.log(21)))
    assert (later > told["risk"].to_numpy()).all()


@pytest.mark.parametrize("kind", ["model", "table"])
def test_a_forecaster_survives_json(origins: pd.DataFrame, kind: Any) -> None:
    learnt = Forecaster(kind, n_bootstrap=20).fit(origins)
    again = Forecaster.from_dict(json.loads(json.dumps(learnt.to_dict())))
    pd.testing.assert_frame_equal(again.estimate(origins), learnt.estimate(origins), atol=1e-3)
    assert again.contributions(origins).columns.tolist() == (
        learnt.contributions(origins).columns.tolist()
    )


def test_participants_join_the_model_where_they_are_known(origins: pd.DataFrame) -> None:
    known = Forecaster(n_bootstrap=0).fit(origins).to_dict()["lively"]["columns"]
    unknown = Forecaster(n_bootstrap=0).fit(origins.assign(log_people_12=np.nan))
    assert "log_people_12" in known
    assert "log_people_12" not in unknown.to_dict()["lively"]["columns"]


def test_nothing_is_learnt_where_all_came_out_alike(origins: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="came out alike"):
        Forecaster().fit(origins[origins["silent"]])
    with pytest.raises(InputError, match="call fit first"):
        Forecaster().predict(origins)


# The rules beside it


def test_the_table_counts_its_cells_and_smooths_them() -> None:
    rows = pd.DataFrame(
        {
            "coalition": ["a", "b", "c", "d"],
            "months_silent": [0.0, 0.0, 3.0, 3.0],
            "active_12": [12.0, 12.0, 1.0, 1.0],
            "silent": [False, False, True, False],
        }
    )
    said = RecencyFrequencyTable().fit(rows).predict(rows)
    # Base rate 1/4, weight 5: (0 + 1.25) / (2 + 5) and (1 + 1.25) / (2 + 5).
    assert said == pytest.approx([1.25 / 7, 1.25 / 7, 2.25 / 7, 2.25 / 7])


def test_poisson_says_how_likely_no_event_is() -> None:
    rows = pd.DataFrame({"log_mean_12": [math.log1p(1 / 12), 0.0]})
    assert PoissonZero(12).predict(rows) == pytest.approx([math.exp(-1), 1])


def test_there_are_five_rules(origins: pd.DataFrame) -> None:
    for name, rule in baselines().items():
        said = rule.fit(origins).predict(origins)
        assert ((said >= 0) & (said <= 1)).all(), name
    assert len(baselines()) == 5


def test_a_rule_fitted_where_nobody_fell_silent_says_the_base_rate(origins: pd.DataFrame) -> None:
    lively = origins[~origins["silent"]]
    rule = baselines()["active months of 12"].fit(lively)
    assert rule.predict(lively) == pytest.approx(0.5 / (len(lively) + 1))


# How they are judged


def test_measures_worked_by_hand() -> None:
    silent = np.array([True, False, True, False])
    risk = np.array([0.8, 0.8, 0.6, 0.1])
    assert auc(silent, risk) == pytest.approx(2.5 / 4)  # two pairs right, one tie, one wrong
    assert log_loss(silent, risk) == pytest.approx(
        -(math.log(0.8) + math.log(0.2) + math.log(0.6) + math.log(0.9)) / 4
    )
    assert calibration_error(silent, risk) == pytest.approx((0.6 + 0.4 + 0.1) / 4)
    assert math.isnan(auc(np.array([True, True]), np.array([0.1, 0.2])))


def test_the_reliability_table_compares_bin_by_bin() -> None:
    risk = np.array([0.12, 0.18, 0.95, 1.0])
    table = reliability_table(np.array([False, True, True, True]), risk)
    assert table["said"].tolist() == pytest.approx([0.15, 0.975])
    assert table["came"].tolist() == [0.5, 1.0]
    assert table["count"].tolist() == [2, 2]
    # Clopper and Pearson: of two hits in two, the lower bound is 0.025 ** (1/2).
    assert table["low"].iloc[1] == pytest.approx(0.025**0.5)
    assert table["high"].iloc[1] == 1


def test_intervals_are_drawn_over_whole_groups() -> None:
    groups = np.array(["a"] * 50 + ["b"] * 50, dtype=object)
    value = np.repeat([0.0, 1.0], 50)
    low, high = group_bootstrap(lambda rows: float(value[rows].mean()), groups)
    assert (low, high) == (0.0, 1.0)  # as if there were two rows, not a hundred


def test_no_group_is_judged_by_a_fit_that_has_seen_it(origins: pd.DataFrame) -> None:
    class Memory:
        def fit(self, rows: pd.DataFrame) -> Memory:
            self.seen = set(rows["coalition"])
            return self

        def predict(self, rows: pd.DataFrame) -> np.ndarray:
            return rows["coalition"].isin(self.seen).to_numpy(dtype=float)

    found = cross_validated(origins, lambda: {MODEL: Memory()}, repeats=2)
    assert found.said[MODEL].shape == (len(found.origins), 2)
    assert (found.said[MODEL] == 0).all()


def test_no_outcome_from_the_years_judged_is_learnt(origins: pd.DataFrame) -> None:
    class Calendar:
        def fit(self, rows: pd.DataFrame) -> Calendar:
            self.last = rows["month"].max()
            return self

        def predict(self, rows: pd.DataFrame) -> np.ndarray:
            assert self.last == "2016-07"  # its twelve months end with July 2017
            return np.full(len(rows), 0.5)

    found = forward_in_time(origins, "2018-01", lambda: {MODEL: Calendar()})
    assert found.origins["month"].min() == "2018-01"


def test_scores_stand_beside_the_table(origins: pd.DataFrame) -> None:
    found = scores(cross_validated(origins, repeats=1, n_folds=4), draws=20).set_index("method")
    assert found.index[0] == MODEL
    assert found.loc[TABLE, "auc_gain"] == 0
    gain = found.loc[TABLE, "log_loss"] - found.loc[MODEL, "log_loss"]
    assert found.loc[MODEL, "log_loss_gain"] == pytest.approx(gain)
    assert (found["auc_low"] <= found["auc"]).all()


# Thresholds


def test_a_threshold_lets_no_more_false_alarms_through_than_allowed() -> None:
    silent = np.array([False] * 10 + [True] * 3)
    risk = np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.65, 0.85, 0.95])
    assert threshold_at(silent, risk, 0.1) == 0.85  # 0.9 alone of the ten is above
    assert threshold_at(silent, risk, 0.0) == 0.95


def test_decisions_are_counted_and_scaled() -> None:
    silent = np.array([True, True, False, False, False, False])
    risk = np.array([0.7, 0.2, 0.6, 0.1, 0.1, 0.1])
    (row,) = decision_table(silent, risk, coalitions=30, thresholds=[0.5]).to_dict("records")
    assert row == {"threshold": 0.5, "written_to": 10, "wrongly": 5, "missed": 5}


def test_lead_is_counted_from_the_alarm_to_the_last_message() -> None:
    counts = [1] * 20 + [0] * 13
    monthly = pd.DataFrame(
        {
            "coalition": "dc-a",
            "month": pd.period_range("2020-01", periods=33, freq="M").astype("str"),
            "messages": counts,
        }
    )
    series = monthly_series(monthly, "2022-09-30")
    months = every_month(series)
    assert months["position"].tolist() == list(range(5, 33))
    risk = np.zeros(len(months))
    assert lead_times(series, months, risk, 0.5).isna().all()
    risk[months["position"] >= 22] = 0.9  # the last message is in column 19
    assert lead_times(series, months, risk, 0.5).to_dict() == {"dc-a": -3}
    risk[months["position"] == 15] = 0.5
    assert lead_times(series, months, risk, 0.5).to_dict() == {"dc-a": 4}
