"""Look back on one's own lists: what a forecast would have said, what came, what that is worth."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dcactivity.forecast.alarms import decision_table
from dcactivity.forecast.baselines import Method, baselines
from dcactivity.forecast.evaluation import MODEL, TABLE, Predictions, cross_validated, scores
from dcactivity.forecast.forecaster import Forecaster
from dcactivity.forecast.measures import reliability_table
from dcactivity.forecast.origins import judged, past_origins
from dcactivity.forecast.parameters import shipped
from dcactivity.forecast.series import monthly_series
from dcactivity.wording import amount

__all__ = ["ENOUGH", "Backtest", "Refit", "backtest", "refit"]

ENOUGH = (40, 20)
"""Coalitions it takes to fit anew, and how many of them must have fallen silent once.

Of the labelled groups, fits on 30 drawn at random came to a log loss of 0.354 on the others,
fits on 40 to 0.324; the shipped parameters to 0.309.
"""

_FEW, _SOME = 10, 40  # coalitions that fell silent: under these nothing, or little, can be told
_OFF = 0.05  # calibration error from which estimates are no figures


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """What a forecast would have said in the past, and what came.

    Attributes
    ----------
    predictions : Predictions
        Each method's estimates.
    scores : DataFrame
        As `scores` gives it; no row where nothing can be judged.
    reliability : DataFrame
        As `reliability_table` gives it, of the model.
    decisions : DataFrame
        As `decision_table` gives it, of the model.
    words : list of str
        How far these forecasts can be trusted with that many groups.
    """

    predictions: Predictions
    scores: pd.DataFrame
    reliability: pd.DataFrame
    decisions: pd.DataFrame
    words: list[str]


@dataclass(frozen=True, slots=True, eq=False)
class Refit:
    """A forecaster fitted on one's own lists, or the reason why there is none.

    Attributes
    ----------
    forecaster : Forecaster or None
        None where there are too few lists.
    words : str
        What it was fitted on, or what is too few.
    """

    forecaster: Forecaster | None
    words: str


def refit(monthly: pd.DataFrame, as_of: dt.date | str, horizon_months: int = 12) -> Refit:
    """Fit the forecast on one's own lists, if there are enough of them.

    Parameters
    ----------
    monthly : DataFrame, one row per coalition and month
        As for `forecast_silence`.
    as_of : datetime.date or str
        Nothing later is read.
    horizon_months : int, default 12
        From 1 to 24.

    Returns
    -------
    Refit
        With the model, or with the table where the model does not beat it by group
        cross-validation (log loss).

    Raises
    ------
    InputError
        A column is missing, a month or date is none, or the horizon is out of bounds.
    """
    origins = past_origins(monthly_series(monthly, as_of), horizon_months=horizon_months)
    rows = judged(origins)
    groups = rows["coalition"].nunique()
    silent = rows.loc[rows["silent"], "coalition"].nunique()
    lists = f"{amount(groups, 'coalition')} with a past to learn from, {silent or 'none'} of which"
    if groups < ENOUGH[0] or silent < ENOUGH[1]:
        return Refit(
            None,
            f"too few to fit anew: {lists} fell silent for {amount(horizon_months, 'month')} at "
            f"least once; it takes {ENOUGH[0]} and {ENOUGH[1]}. The shipped parameters are used.",
        )
    found = scores(cross_validated(origins, _fitted_here, repeats=1), draws=0)
    loss = found.set_index("method")["log_loss"]
    better = loss[MODEL] < loss[TABLE]
    forecaster = Forecaster("model" if better else "table").fit(origins)
    return Refit(
        forecaster,
        f"fitted anew on {lists} fell silent; the {'model' if better else 'table'} is used, for "
        f"by group cross-validation the model's log loss was {loss[MODEL]:.3f} and that of the "
        f"recency × frequency table {loss[TABLE]:.3f}.",
    )


def backtest(
    monthly: pd.DataFrame,
    as_of: dt.date | str,
    horizon_months: int = 12,
    *,
    fitted: Forecaster | None = None,
) -> Backtest:
    """Judge the forecast on one's own lists, beside the simplest rules.

    Parameters
    ----------
    monthly : DataFrame, one row per coalition and month
        As for `forecast_silence`.
    as_of : datetime.date or str
        Nothing later is read.
    horizon_months : int, default 12
        From 1 to 24.
    fitted : Forecaster, optional
        One that `refit` gave: its kind is fitted anew on all lists but those it is to judge.
        Default: the shipped parameters, which have seen none of these lists.

    Returns
    -------
    Backtest
        Every sixth month from the 25th of the calendar on is looked back from; the baselines
        are always fitted here, on other lists than those judged.

    Raises
    ------
    InputError
        A column is missing, a month or date is none, or the horizon is out of bounds.
    """

    def make() -> dict[str, Method]:
        kind = fitted.kind if fitted is not None else None
        model = Forecaster(kind, n_bootstrap=0) if kind else shipped(horizon_months)
        return {MODEL: model, **baselines(horizon_months)}

    origins = past_origins(monthly_series(monthly, as_of), horizon_months=horizon_months)
    rows = judged(origins)
    if rows["coalition"].nunique() < 2:
        said = np.empty(0)
        found, table = Predictions(rows.iloc[:0], {MODEL: said[:, None]}), pd.DataFrame()
        words = [_too_short(horizon_months)]
    else:
        found = cross_validated(origins, make, repeats=1)
        said, table = found.said[MODEL][:, 0], scores(found)
        words = _trust(rows, table, horizon_months)
    curve, decisions = reliability_table(found.silent, said), decision_table(found.silent, said)
    return Backtest(found, table, curve, decisions, words)


def _fitted_here() -> dict[str, Method]:
    return {MODEL: Forecaster(n_bootstrap=0), TABLE: baselines()[TABLE]}


def _too_short(horizon: int) -> str:
    return (
        "Nothing can be judged: it takes at least two coalitions whose archives reach over more "
        f"than {24 + horizon} months. The estimates rest on other bodies' lists alone."
    )


def _trust(rows: pd.DataFrame, table: pd.DataFrame, horizon: int) -> list[str]:
    """Say in words what the figures are worth with that many groups."""
    model = table[table["method"] == MODEL].iloc[0]
    groups = rows["coalition"].nunique()
    silent = rows.loc[rows["silent"], "coalition"].nunique()
    opening = (
        f"Judged at {amount(len(rows), 'moment')} of {amount(groups, 'coalition')} from "
        f"{rows['month'].min()} to {rows['month'].max()}; {silent or 'none'} of them fell silent "
        f"for {amount(horizon, 'month')} at least once."
    )
    words = [opening]
    if np.isnan(model["auc"]):
        return [*words, "All came out alike: whether the estimates rank well cannot be told."]
    words.append(
        f"Of two lists, one that fell silent and one that did not, the estimate picked the right "
        f"one in {_span(model, 'auc')} of the cases."
    )
    words.append(
        f"Estimates and what came were apart by {_span(model, 'calibration_error')} on average."
    )
    if model["log_loss_gain_low"] > 0:
        words.append("The forecast was better than the recency × frequency table.")
    elif model["log_loss_gain_high"] < 0:
        words.append("The recency × frequency table was better than the forecast: prefer it.")
    else:
        words.append("Whether it is better than the recency × frequency table cannot be told.")
    return [*words, _verdict(silent, model)]


def _verdict(silent: int, model: pd.Series) -> str:
    if silent < _FEW:
        return (
            f"With {amount(silent, 'coalition')} that fell silent this cannot tell a good "
            "forecast from a poor one: take the estimates as hints whom to look at, not as "
            "figures."
        )
    if model["calibration_error"] > _OFF:
        return "Trust the order of the estimates at most, not their size."
    if silent < _SOME:
        return "Trust the order of the estimates, and their size roughly, to ten points or so."
    return "The estimates can be taken as figures, within the intervals given."


def _span(model: pd.Series, name: str) -> str:
    value, low, high = (100 * model[f"{name}{end}"] for end in ("", "_low", "_high"))
    return f"{value:.0f} % (95 % interval {low:.0f} to {high:.0f} %)"
