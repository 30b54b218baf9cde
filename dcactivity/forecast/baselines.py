"""The simplest rules, beside which every forecast has to stand.

All have the same two methods: ``fit(origins)`` learns from rows as `past_origins` gives them,
``predict(features)`` says a probability of silence for each row.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtri

from dcactivity.forecast.estimator import SilenceClassifier

__all__ = ["Method", "PoissonZero", "RecencyFrequencyTable", "SingleFeature", "baselines"]

Floats = NDArray[np.float64]

_RECENCY = (1, 2, 3, 4, 6, 9, 12)
"""Months since the last message: a row of the table begins at each."""
_FREQUENCY = (2, 4, 7, 10)
"""Active months of 12: a column of the table begins at each."""
_WEIGHT = 5.0
"""So many origins of the base rate are added to each cell."""


class Method(Protocol):
    """Anything that says a probability of silence."""

    def fit(self, origins: pd.DataFrame) -> Self:
        """Learn from origins whose outcome is known."""
        ...

    def predict(self, features: pd.DataFrame) -> Floats:
        """Say a probability for each row."""
        ...


@dataclass(slots=True)
class SingleFeature:
    """One feature, turned into a probability by a logistic curve.

    Parameters
    ----------
    column : str
        The feature.
    """

    column: str
    _curve: SilenceClassifier | None = None
    _base: float = float("nan")

    def fit(self, origins: pd.DataFrame) -> Self:
        """Learn the curve; only the base rate where all came out alike."""
        silent = origins["silent"].to_numpy()
        self._base = (silent.sum() + 0.5) / (len(silent) + 1)
        if 0 < silent.sum() < len(silent):
            values, groups = origins[[self.column]].to_numpy(), origins["coalition"].to_numpy()
            self._curve = SilenceClassifier(C=10.0, n_bootstrap=0).fit(values, silent, groups)
        return self

    def predict(self, features: pd.DataFrame) -> Floats:
        """Say a probability for each row."""
        if self._curve is None:
            return np.full(len(features), self._base)
        said: Floats = self._curve.predict_proba(features[[self.column]].to_numpy())[:, 1]
        return said


@dataclass(frozen=True, slots=True)
class PoissonZero:
    """The chance of no event at the trailing rate: exp(-rate × horizon).

    Parameters
    ----------
    horizon_months : int, default 12
        Length of the silence.
    """

    horizon_months: int = 12

    def fit(self, origins: pd.DataFrame) -> Self:  # noqa: ARG002  # nothing to learn
        """Learn nothing: the rule has no parameter."""
        return self

    def predict(self, features: pd.DataFrame) -> Floats:
        """Say a probability for each row."""
        rate = np.expm1(features["log_mean_12"].to_numpy())
        said: Floats = np.exp(-self.horizon_months * rate)
        return said


@dataclass(slots=True, eq=False)
class RecencyFrequencyTable:
    """Shares of silence by months since the last message and active months of twelve.

    Parameters
    ----------
    n_bootstrap : int, default 0
        Draws of whole groups from which the interval is learnt.

    Attributes
    ----------
    shares : ndarray
        Rows by recency, columns by frequency; each cell smoothed toward the base rate.
    errors : ndarray
        Standard error of each share's log odds.
    base : float
        The base rate.
    """

    n_bootstrap: int = 0
    shares: Floats = field(default_factory=lambda: np.empty((0, 0)))
    errors: Floats = field(default_factory=lambda: np.empty((0, 0)))
    base: float = float("nan")

    def fit(self, origins: pd.DataFrame) -> Self:
        """Count the cells."""
        place, silent = _cell(origins), origins["silent"].to_numpy()
        self.base = float(np.clip(silent.mean(), 0.001, 0.999))
        self.shares = _shares(place, silent, np.ones(len(silent)), self.base)
        names, member = np.unique(origins["coalition"].to_numpy(), return_inverse=True)
        random, draws = np.random.default_rng(0), []
        for _ in range(self.n_bootstrap):
            drawn = random.integers(len(names), size=len(names))
            times = np.bincount(drawn, minlength=len(names))[member].astype(float)
            draws.append(logit(_shares(place, silent, times, self.base)))
        self.errors = np.std(draws, axis=0) if draws else np.zeros_like(self.shares)
        return self

    def predict(self, features: pd.DataFrame) -> Floats:
        """Say the share of each row's cell."""
        said: Floats = self.shares.ravel()[_cell(features)]
        return said

    def predict_interval(self, features: pd.DataFrame, level: float = 0.95) -> Floats:
        """Give an interval for each row's share, from the bootstrap over groups."""
        place = _cell(features)
        centre = logit(self.shares.ravel()[place])
        reach = ndtri((1 + level) / 2) * self.errors.ravel()[place]
        bounds: Floats = expit(np.column_stack([centre - reach, centre + reach]))
        return bounds

    def to_dict(self, columns: list[str]) -> dict[str, Any]:  # noqa: ARG002  # as the model's
        """Write down what was counted, in a form for people and JSON."""
        return {
            "months_silent_from": [0, *_RECENCY],
            "active_of_12_from": [0, *_FREQUENCY],
            "base_rate": round(self.base, 4),
            "shares": self.shares.round(4).tolist(),
            "errors_of_log_odds": self.errors.round(4).tolist(),
        }

    @classmethod
    def from_dict(cls, learnt: dict[str, Any]) -> Self:
        """Bring back what `to_dict` wrote down."""
        return cls(
            shares=np.array(learnt["shares"]),
            errors=np.array(learnt["errors_of_log_odds"]),
            base=learnt["base_rate"],
        )


def baselines(horizon_months: int = 12) -> dict[str, Method]:
    """Make the five rules, not fitted yet.

    Parameters
    ----------
    horizon_months : int, default 12
        Length of the silence.

    Returns
    -------
    dict
        Name and rule.
    """
    return {
        "months since the last message": SingleFeature("months_silent"),
        "log mean of 12 months": SingleFeature("log_mean_12"),
        "active months of 12": SingleFeature("active_12"),
        "recency × frequency table": RecencyFrequencyTable(),
        "Poisson p(0)": PoissonZero(horizon_months),
    }


def _cell(features: pd.DataFrame) -> NDArray[np.int64]:
    row = np.searchsorted(_RECENCY, features["months_silent"].to_numpy(), side="right")
    column = np.searchsorted(_FREQUENCY, features["active_12"].to_numpy(), side="right")
    cells: NDArray[np.int64] = row * (len(_FREQUENCY) + 1) + column
    return cells


def _shares(
    place: NDArray[np.int64], silent: NDArray[np.bool_], times: Floats, base: float
) -> Floats:
    shape = len(_RECENCY) + 1, len(_FREQUENCY) + 1
    cells = shape[0] * shape[1]
    hits = np.bincount(place, weights=silent * times, minlength=cells)
    count = np.bincount(place, weights=times, minlength=cells)
    smoothed: Floats = ((hits + _WEIGHT * base) / (count + _WEIGHT)).reshape(shape)
    return smoothed
