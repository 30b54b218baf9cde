"""Judge forecasts on groups, or years, that they have not seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dcactivity.forecast.baselines import Method, baselines
from dcactivity.forecast.estimator import group_folds
from dcactivity.forecast.forecaster import Forecaster
from dcactivity.forecast.measures import auc, calibration_error, group_bootstrap, log_loss
from dcactivity.forecast.origins import judged

__all__ = [
    "MODEL",
    "TABLE",
    "Predictions",
    "cross_validated",
    "forward_in_time",
    "methods",
    "scores",
]

Floats = NDArray[np.float64]
Figure = Callable[[NDArray[np.int64]], float]

MODEL, TABLE = "model", "recency × frequency table"

_MEASURES = {"auc": auc, "log_loss": log_loss, "calibration_error": calibration_error}


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """What each method said of origins it had not seen, beside what came.

    Attributes
    ----------
    origins : DataFrame
        The rows judged, as `judged` keeps them.
    said : dict of str to ndarray
        A method's name and its probabilities, rows × repeats.
    """

    origins: pd.DataFrame
    said: dict[str, Floats]

    @property
    def silent(self) -> NDArray[np.bool_]:
        """What came, for each row."""
        return self.origins["silent"].to_numpy(dtype=bool)


def methods(horizon_months: int = 12) -> dict[str, Method]:
    """Make the model and its baselines, not fitted yet.

    Parameters
    ----------
    horizon_months : int, default 12
        Length of the silence.

    Returns
    -------
    dict
        Name and method, the model first.
    """
    return {MODEL: Forecaster(n_bootstrap=0), **baselines(horizon_months)}


def cross_validated(
    origins: pd.DataFrame,
    make: Callable[[], dict[str, Method]] = methods,
    *,
    n_folds: int = 10,
    repeats: int = 5,
) -> Predictions:
    """Let each method speak of groups whose past it was not shown.

    Parameters
    ----------
    origins : DataFrame
        As `past_origins` gives it.
    make : callable
        Makes the methods, not fitted yet.
    n_folds : int, default 10
        Groups are dealt out to so many folds.
    repeats : int, default 5
        Dealt anew so many times.

    Returns
    -------
    Predictions
        Of the rows that are judged. The model learns its recency share from silent lists too,
        the baselines from the judged rows alone, where they do better.
    """
    rows = judged(origins)
    said: dict[str, Floats] = {}
    for repeat in range(repeats):
        fold = group_folds(rows["coalition"], n_folds, seed=repeat)
        for number in range(n_folds):
            test = fold == number
            if not test.any():
                continue
            unseen = origins["coalition"].isin(rows.loc[test, "coalition"].unique())
            for name, told in _spoken(origins[~unseen], rows[test], make()):
                said.setdefault(name, np.empty((len(rows), repeats)))[test, repeat] = told
    return Predictions(rows, said)


def forward_in_time(
    origins: pd.DataFrame,
    until: str,
    make: Callable[[], dict[str, Method]] = methods,
    *,
    horizon_months: int = 12,
) -> Predictions:
    """Let each method speak of the years after those it was shown.

    Parameters
    ----------
    origins : DataFrame
        As `past_origins` gives it.
    until : str
        A month, ``YYYY-MM``: methods learn from origins whose horizon ends before it and are
        judged from it on.
    make : callable
        Makes the methods, not fitted yet.
    horizon_months : int, default 12
        That of the origins.

    Returns
    -------
    Predictions
        Of the judged rows from that month on; a group may stand on both sides.
    """
    rows = judged(origins)
    rows = rows[rows["month"] >= until].reset_index(drop=True)
    month = origins["month"].to_numpy().astype("datetime64[M]")
    end = month + np.timedelta64(horizon_months, "M")
    train = origins.iloc[np.flatnonzero(end < np.datetime64(until, "M"))]
    return Predictions(rows, {name: told[:, None] for name, told in _spoken(train, rows, make())})


def _spoken(
    train: pd.DataFrame, test: pd.DataFrame, made: dict[str, Method]
) -> Iterable[tuple[str, Floats]]:
    alive = judged(train)
    for name, method in made.items():
        learnt = method.fit(train if isinstance(method, Forecaster) else alive)
        yield name, learnt.predict(test)


def scores(found: Predictions, *, draws: int = 500, against: str = TABLE) -> pd.DataFrame:
    """Put figures, intervals and paired differences side by side.

    Parameters
    ----------
    found : Predictions
        What was said.
    draws : int, default 500
        Bootstrap samples of whole groups.
    against : str
        The method from which differences are taken.

    Returns
    -------
    DataFrame, one row per method
        ``method``; for each of ``auc``, ``log_loss`` and ``calibration_error`` the figure
        (mean of the repeats), ``_low`` and ``_high`` (95 %, over groups); ``auc_gain`` and
        ``log_loss_gain``, each with bounds: how much better than `against`, positive is
        better, on the same draws.
    """
    silent = found.silent
    groups = found.origins["coalition"].to_numpy(dtype=object)

    def figure(name: str, method: str) -> Figure:
        measure, told = _MEASURES[name], found.said[method]

        def of(rows: NDArray[np.int64]) -> float:
            return float(np.mean([measure(silent[rows], column[rows]) for column in told.T]))

        return of

    every = np.arange(len(silent))
    table = []
    for method in found.said:
        row: dict[str, object] = {"method": method}
        for name in _MEASURES:
            of = figure(name, method)
            low, high = group_bootstrap(of, groups, draws=draws)
            row |= {name: of(every), f"{name}_low": low, f"{name}_high": high}
        for name, better, worse in (("auc", method, against), ("log_loss", against, method)):
            gain = partial(_apart, figure(name, better), figure(name, worse))
            low, high = group_bootstrap(gain, groups, draws=draws)
            key = f"{name}_gain"
            row |= {key: gain(every), f"{key}_low": low, f"{key}_high": high}
        table.append(row)
    return pd.DataFrame(table)


def _apart(first: Figure, second: Figure, rows: NDArray[np.int64]) -> float:
    return first(rows) - second(rows)
