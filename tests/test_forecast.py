"""The forecast of a table, the shipped parameters, the backtest, the command, the charts."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from typer.testing import CliRunner

from dcactivity.charts.forecast import forecast_intervals, reliability
from dcactivity.cli.app import app
from dcactivity.errors import InputError
from dcactivity.forecast import (
    Forecaster,
    backtest,
    features_at,
    forecast_silence,
    monthly_series,
    past_origins,
    refit,
    reliability_table,
)
from dcactivity.forecast.parameters import ANCHORS, shipped, shipped_facts
from tests.monthly_tables import lists, table

ROOT = Path(__file__).resolve().parents[1]
LABELS = ROOT.parent / "shared" / "labels"
needs_labels = pytest.mark.skipif(
    not LABELS.is_dir(), reason="the labelled groups are not beside this project"
)
END = "2021-04-30"  # of sixteen months from January 2020
ALIVE = [2, 1, 3, 2, 0, 4, 1, 2, 3, 1, 2, 0, 1, 2, 3, 1]
FADING = [4, 3, 3, 2, 1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0]
QUIET = [3, 1, 2, 2, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]


def one(counts: list[int | None], as_of: str = END, horizon: int = 12) -> pd.Series:
    found = forecast_silence(table(counts), as_of, horizon)
    assert len(found) == 1
    return found.iloc[0]


# What is said


def test_the_table_has_a_row_for_each_coalition_with_stable_types() -> None:
    monthly = pd.concat([table(FADING, slug="dc-b"), table(ALIVE, slug="dc-a")])
    found = forecast_silence(monthly, END)
    assert found["coalition"].tolist() == ["dc-a", "dc-b"]
    assert found["silence_risk"].tolist() == sorted(found["silence_risk"])
    assert (found["low"] <= found["silence_risk"]).all()
    assert (found["silence_risk"] <= found["high"]).all()
    empty = forecast_silence(monthly.iloc[:0], END)
    assert empty.dtypes.equals(found.dtypes)
    assert {str(kind) for kind in found.dtypes} == {"str", "Float64"}


def test_an_estimate_is_called_one_with_date_interval_and_three_reasons() -> None:
    row = one(FADING)
    assert row["basis"] == "model"
    assert row["why"].startswith("Estimate as of 30 April 2021, from the months to April 2021: ")
    assert f"{100 * row['silence_risk']:.0f} % (95 % interval" in row["why"]
    assert "that no message comes in the 12 months from May 2021" in row["why"]
    reasons = row["weighs_most"].split("; ")
    assert len(reasons) == 3
    assert set(reasons) <= {
        "messages in 4 of the last 12 months (for silence)",
        "no message for 5 months (for silence)",
        "0.2 messages a month over half a year (for silence)",
        "messages in 8 months ever (for silence)",
        "falling numbers of messages over a year (for silence)",
    }


def test_after_six_silent_months_the_text_gives_a_word_and_no_figure() -> None:
    row = one(QUIET)
    assert row["basis"] == "recency"
    assert 0.6 < row["silence_risk"] < 0.8
    assert row["likelihood"] == "likely"
    assert "is likely. No message for 9 months; of ten lists silent for so long, " in row["why"]
    assert "%" not in row["why"]
    assert row["weighs_most"] == "no message for 9 months (for silence)"


def test_after_six_silent_months_the_past_changes_nothing() -> None:
    busy = [40] * 7 + [0] * 9
    rows = one(QUIET), one(busy)
    assert rows[0]["silence_risk"] == rows[1]["silence_risk"]
    assert one([*busy[:7], *[0] * 20], "2022-03-31")["silence_risk"] > rows[0]["silence_risk"]


@pytest.mark.parametrize("known", [1, 5, 6])
def test_six_known_months_make_an_estimate_and_fewer_none(known: int) -> None:
    row = one([1] * known, str((pd.Period("2020-01") + known - 1).end_time.date()))
    assert pd.isna(row["silence_risk"]) == (known < 6)
    if known < 6:
        noun = "month is" if known == 1 else "months are"
        assert row["why"] == f"No estimate: only {known} {noun} known, and it takes 6."


def test_an_archive_that_ends_early_gets_none() -> None:
    row = one([*ALIVE[:-2], None, None])
    assert pd.isna(row["silence_risk"])
    assert row["basis"] == "none"
    assert row["why"] == "No estimate: the archives tell nothing after February 2021."


def test_one_unknown_month_at_the_end_is_within_the_grace() -> None:
    row = one([*ALIVE[:-1], None])
    assert row["known_through"] == "2021-03"
    assert row["silence_risk"] == one(ALIVE[:-1], "2021-03-31")["silence_risk"]
    assert "from April 2021" in row["why"]


def test_unknown_status_gets_none_and_rows_follow_the_status_table() -> None:
    monthly = pd.concat([table(ALIVE, slug="dc-a"), table(ALIVE, slug="dc-b")])
    status = pd.DataFrame(
        {"coalition": ["dc-c", "dc-a"], "status": ["DORMANT", "UNKNOWN"]}, dtype="str"
    )
    found = forecast_silence(monthly, END, status=status)
    assert found["coalition"].tolist() == ["dc-a", "dc-c"]
    assert found["silence_risk"].isna().all()
    assert found["why"].tolist() == [
        "No estimate: the status is UNKNOWN.",
        "No estimate: nothing is known by then.",
    ]


def test_optional_columns_never_prevent_a_forecast() -> None:
    bare = table(FADING)
    full = bare.assign(
        participants=pd.array([None] * 16, dtype="Int64"),
        bulletins=pd.array([0] * 16, dtype="Int64"),
    )
    pd.testing.assert_frame_equal(forecast_silence(bare, END), forecast_silence(full, END))
    only_bulletins = bare.assign(bulletins=bare["messages"])
    assert forecast_silence(only_bulletins, END).loc[0, "basis"] == "recency"


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.one_of(st.none(), st.integers(0, 9)), min_size=1, max_size=24),
    st.sampled_from(["2021-04-30", "2021-05-01", "2021-05-30"]),
)
def test_nothing_after_the_day_is_read(future: list[int | None], as_of: str) -> None:
    known = forecast_silence(table(FADING), as_of)
    changed = forecast_silence(table([*FADING, *future]), as_of)
    pd.testing.assert_frame_equal(known, changed)


def test_a_coalition_that_begins_later_has_no_row_yet() -> None:
    later = table([3] * 9, slug="dc-later", first="2021-05")
    both = pd.concat([table(FADING), later])
    pd.testing.assert_frame_equal(
        forecast_silence(both, END), forecast_silence(table(FADING), END)
    )
    assert forecast_silence(later, END).empty


def test_a_longer_silence_is_never_more_probable() -> None:
    monthly = pd.concat(
        [table(c, slug=f"dc-{i}") for i, c in enumerate((ALIVE, FADING, QUIET, [0, 1] * 8))]
    )
    risks = np.array(
        [forecast_silence(monthly, END, n)["silence_risk"].to_numpy(float) for n in range(1, 25)]
    )
    assert (np.diff(risks, axis=0) <= 0).all()
    assert (risks[0] > risks[-1]).all()


def test_the_horizon_is_named_and_bounded() -> None:
    assert "comes in May 2021." in one(FADING, horizon=1)["why"]
    assert "in the 2 months from May 2021." in one(FADING, horizon=2)["why"]
    with pytest.raises(InputError, match="a horizon of 25 months cannot be forecast"):
        one(FADING, horizon=25)


def test_the_day_must_be_one() -> None:
    with pytest.raises(InputError, match="give a date such as"):
        forecast_silence(table(ALIVE), "April 2021")


# The shipped parameters


def test_the_shipped_file_is_small_readable_and_says_what_it_is() -> None:
    path = ROOT / "dcactivity" / "forecast" / "parameters.json"
    assert path.stat().st_size < 20_000
    facts = shipped_facts()
    assert {"about", "fitted_on", "default", "default_because", "figures"} < set(facts)
    assert [int(months) for months in facts["horizons"]] == list(ANCHORS)


def test_the_model_is_the_default_only_as_long_as_it_beats_the_table() -> None:
    facts = shipped_facts()
    figures = facts["figures"]["group_cross_validation"]["model"]
    beats = figures["auc_gain"][1] > 0 and figures["log_loss_gain"][1] > 0
    assert facts["default"] == ("model" if beats else "table")
    assert {learnt["kind"] for learnt in facts["horizons"].values()} == {facts["default"]}


def test_signs_are_those_that_anybody_would_expect() -> None:
    columns = shipped_facts()["horizons"]["12"]["lively"]["columns"]
    assert columns["log_recency"]["coefficient"] > 0
    for name in ("active_odds_12", "log_active_all", "log_mean_6", "trend"):
        assert columns[name]["coefficient"] < 0, name


@pytest.fixture(scope="module")
def fitting() -> ModuleType:
    folder = ROOT / "benchmarks"
    sys.path.insert(0, str(folder))
    try:
        spec = importlib.util.spec_from_file_location("fit_forecast", folder / "fit_forecast.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
    finally:
        sys.path.remove(str(folder))


@needs_labels
@pytest.mark.slow
def test_the_fit_gives_the_shipped_file_again_and_reaches_its_aims(fitting: ModuleType) -> None:
    facts = fitting.fitted(LABELS)
    shipped_text = (ROOT / "dcactivity" / "forecast" / "parameters.json").read_text("utf-8")
    assert fitting.as_text(facts) == shipped_text
    figures = facts["figures"]["group_cross_validation"]["model"]
    assert 0.90 <= figures["auc"][0] < 0.94  # above that, look for a leak
    assert figures["log_loss"][0] <= 0.315
    assert figures["calibration_error"][0] <= 0.03
    groups = pd.read_csv(LABELS / "w3c_outcomes.csv")["group"]
    assert not [name for name in groups if f'"{name}"' in shipped_text]


# Looking back on one's own lists


def test_a_backtest_says_how_far_to_trust_it() -> None:
    found = backtest(lists(), "2020-12-31")
    assert found.scores["method"].tolist()[0] == "model"
    assert found.reliability["count"].sum() == len(found.predictions.origins)
    assert found.words[0].startswith("Judged at ")
    assert found.words[-1].startswith("Trust the order") or "as figures" in found.words[-1]


def test_a_backtest_on_few_lists_says_that_it_tells_little() -> None:
    found = backtest(lists(8), "2020-12-31")
    assert "cannot tell a good forecast from a poor one" in found.words[-1]


def test_a_backtest_where_nobody_fell_silent_says_so() -> None:
    alive = pd.concat([table([1] * 60, slug=f"dc-{i}") for i in range(3)])
    found = backtest(alive, "2024-12-31")
    assert found.words[-1].startswith("All came out alike")


def test_a_backtest_of_a_short_past_judges_nothing() -> None:
    found = backtest(table(ALIVE), END)
    assert found.scores.empty
    assert found.reliability.empty
    (words,) = found.words
    assert words.startswith("Nothing can be judged: it takes at least two coalitions whose ")
    assert "archives reach over more than 36 months" in words


def test_a_backtest_reads_nothing_after_the_day() -> None:
    monthly = lists(12)
    later = monthly["month"] > "2019-06"
    changed = monthly.assign(messages=monthly["messages"].mask(later, 5))
    one, other = (backtest(frame, "2019-06-30") for frame in (monthly, changed))
    pd.testing.assert_frame_equal(one.scores, other.scores)


def test_too_few_lists_are_not_fitted_anew() -> None:
    found = refit(lists(12), "2020-12-31")
    assert found.forecaster is None
    assert found.words.startswith("too few to fit anew: 12 coalitions")
    assert "it takes 40 and 20. The shipped parameters are used." in found.words


def test_enough_lists_are_fitted_anew_and_the_better_of_model_and_table_is_used() -> None:
    monthly = lists()
    found = refit(monthly, "2020-12-31")
    assert isinstance(found.forecaster, Forecaster)
    assert found.words.startswith("fitted anew on 58 coalitions")
    assert f"the {found.forecaster.kind} is used" in found.words
    told = forecast_silence(monthly, "2020-12-31", estimator=found.forecaster)
    assert set(told["basis"]) <= {found.forecaster.kind, "recency"}
    assert told["silence_risk"].notna().all()
    judged_anew = backtest(monthly, "2020-12-31", fitted=found.forecaster)
    assert not judged_anew.scores.empty


def test_the_table_can_stand_in_for_the_model() -> None:
    monthly = lists()
    origins = past_origins(monthly_series(monthly, "2020-12-31"))
    learnt = Forecaster("table", n_bootstrap=20).fit(origins)
    told = forecast_silence(monthly, "2020-12-31", estimator=learnt)
    lively = told[told["basis"] == "table"]
    assert len(lively)
    assert (lively["low"] < lively["high"]).all()
    assert lively["weighs_most"].str.contains("of the last 12 months").all()


def test_horizons_between_those_shipped_lie_between() -> None:
    features = features_at(monthly_series(table(FADING), END), 15)
    nine, six, twelve = (shipped(n).predict(features)[0] for n in (9, 6, 12))
    assert six > nine > twelve


# The command


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three small lists: one that speaks, one that fades, one of four months."""
    folder = tmp_path_factory.mktemp("lists")
    for slug, counts in {
        "dc-alive": [2] * 50,
        "dc-fading": [3] * 30 + [1, 0] * 8 + [0] * 4,
        "dc-young": [0] * 46 + [1] * 4,
    }.items():
        text = "".join(
            mail(slug, month, number)
            for month, count in enumerate(counts)
            for number in range(count)
        )
        (folder / slug).mkdir()
        (folder / slug / "list.mbox").write_text(text, encoding="utf-8")
    return folder


def mail(slug: str, month: int, number: int) -> str:
    day = dt.date(2016 + month // 12, month % 12 + 1, 3 + number)
    return (
        f"From a@example.org {day:%a %b} {day.day:2} 10:00:00 {day.year}\n"
        f"From: Ann Example <ann{number}@example.org>\nDate: {day:%a, %d %b %Y} 10:00:00 +0000\n"
        f"Subject: On {month}\nMessage-ID: <{slug}.{month}.{number}@example.org>\n\nGood day.\n\n"
    )


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["forecast", *map(str, arguments), "--quiet"])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


COVERED = ("--as-of", "2020-02-29", "--retrieved", "2020-02-29")


def test_the_command_prints_estimates_in_figures_and_words(demo: Path) -> None:
    code, out, _ = run(demo, *COVERED)
    assert code == 0
    assert "Estimates as of 2020-02-29: no message in the next 12 months" in out
    assert "dc-fading: Estimate as of 29 February 2020, from the months to February 2020: " in out
    assert "dc-young: No estimate: only 4 months are known, and it takes 6." in out


def test_the_command_prints_json(demo: Path) -> None:
    code, out, _ = run(demo, *COVERED, "--json", "--horizon-months", 6)
    rows = {row["coalition"]: row for row in json.loads(out)}
    assert code == 0
    assert rows["dc-alive"]["silence_risk"] < rows["dc-fading"]["silence_risk"]
    assert rows["dc-young"]["silence_risk"] is None
    assert "6 months from March 2020" in rows["dc-fading"]["why"]


def test_an_archive_not_retrieved_since_gets_none(demo: Path) -> None:
    _, out, _ = run(demo, "--as-of", "2020-12-31", "--json")
    assert {row["silence_risk"] for row in json.loads(out)} == {None}
    assert {row["why"] for row in json.loads(out)} == {"No estimate: the status is UNKNOWN."}


def test_the_command_looks_back_and_draws(demo: Path, tmp_path: Path) -> None:
    chart = tmp_path / "reliability.svg"
    code, out, err = run(demo, *COVERED, "--backtest", "--chart", chart)
    assert code == 0
    assert "Estimates made before 2020-02-29, and what came" in out
    assert "recency × frequency table" in out
    assert "All came out alike" in out
    assert f"chart written to {chart}" in err
    assert "share that fell silent" in chart.read_text("utf-8")
    code, out, _ = run(demo, *COVERED, "--backtest", "--json")
    assert json.loads(out)[0]["method"] == "model"


def test_the_command_says_when_there_are_too_few_to_fit(demo: Path, tmp_path: Path) -> None:
    chart = tmp_path / "estimates.png"
    code, _, err = run(demo, *COVERED, "--refit", "--chart", chart)
    assert code == 0
    assert "too few to fit anew: 2 coalitions with a past to learn from" in err
    assert chart.read_bytes().startswith(b"\x89PNG")


def test_a_horizon_out_of_bounds_is_wrong_usage(demo: Path) -> None:
    code, _, err = run(demo, "--horizon-months", 36)
    assert code == 2
    assert "--horizon-months" in err


# Charts


def test_the_chart_of_the_forecast_tells_rough_estimates_and_none_apart() -> None:
    monthly = pd.concat(
        [
            table(FADING, slug="dc-fading"),
            table(QUIET, slug="dc-quiet"),
            table(ALIVE, slug="dc-alive"),
            table([*ALIVE[:-3], None, None, None], slug="dc-unknown"),
        ]
    )
    ax = Figure(figsize=(8, 3)).add_subplot()
    found = forecast_silence(monthly, END)
    assert forecast_intervals(found, as_of=END, ax=ax) is ax
    order = [label.get_text() for label in ax.get_yticklabels()]
    assert order[0] == "dc-unknown"
    assert order[1] == "dc-alive"
    assert ax.texts[0].get_text() == "no estimate"
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["estimate, 95 % interval", "rough: six silent months or more"]
    assert "As of 2021-04-30" in ax.texts[-1].get_text()
    high = int((found["silence_risk"] >= 0.5).sum())
    assert ax.get_title("left").startswith(f"{high} of 4 coalitions")


def test_the_reliability_diagram_shows_what_was_said_and_what_came() -> None:
    random = np.random.default_rng(0)
    risk = random.random(400)
    bins = reliability_table(random.random(400) < risk, risk)
    ax = Figure().add_subplot()
    assert reliability(bins, ax=ax, as_of=END) is ax
    dots = ax.containers[0].lines[0]
    assert dots.get_xdata().tolist() == bins["said"].tolist()
    assert dots.get_ydata().tolist() == bins["came"].tolist()
    assert str(bins["count"].iloc[0]) in [text.get_text() for text in ax.texts]
    assert ax.get_title("left").startswith("400 estimates: ")


def test_an_empty_reliability_diagram_says_so() -> None:
    ax = reliability(reliability_table(np.empty(0, dtype=bool), np.empty(0)))
    assert ax.get_title("left") == "no estimate to be judged"


def test_charts_name_a_missing_column() -> None:
    with pytest.raises(InputError, match="silence_risk"):
        forecast_intervals(pd.DataFrame({"coalition": []}), as_of=END)


# The notebook


@pytest.mark.slow
def test_the_notebook_runs_from_the_demo_data_to_a_diagram() -> None:
    path = ROOT / "notebooks" / "forecast.ipynb"
    cells = json.loads(path.read_text("utf-8"))["cells"]
    assert not any(cell.get("outputs") for cell in cells)
    command = [sys.executable, "-m", "pytest", "--nbmake", "-q", "-n0", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, str(path)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
