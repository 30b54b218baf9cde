"""The parameters that are shipped: a readable JSON, learnt once from labelled lists.

``benchmarks/fit_forecast.py`` writes the file. For a horizon between two of those it was
learnt for, log odds are interpolated.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

from dcactivity.forecast.forecaster import Forecaster
from dcactivity.forecast.origins import checked_horizon

__all__ = ["ANCHORS", "Estimator", "Shipped", "shipped", "shipped_facts"]

ANCHORS = (1, 3, 6, 12, 18, 24)
"""Horizons, in months, for which parameters are shipped."""

_MEASURED = 12  # the horizon for which figures were measured; the others give way to it
_SPAN = ["risk", "low", "high"]


class Estimator(Protocol):
    """Whatever estimates silence and says what weighs: shipped or fitted anew."""

    def estimate(self, features: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
        """Say ``risk``, ``low``, ``high`` and ``quiet`` for each row."""
        ...

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Say how far each feature moves each row's log odds."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Shipped:
    """The shipped forecast for one horizon.

    Parameters
    ----------
    horizon_months : int
        From 1 to 24.
    anchors : dict of int to Forecaster
        Those fitted, by horizon.
    """

    horizon_months: int
    anchors: dict[int, Forecaster]

    def estimate(self, features: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
        """Say a probability for each row, with its interval.

        Parameters
        ----------
        features : DataFrame
            As `features_at` gives it.
        level : float, default 0.95
            Confidence of the interval.

        Returns
        -------
        DataFrame
            As `Forecaster.estimate` gives it. A longer silence is never more probable than a
            shorter one: the estimates for other horizons give way to that for 12 months.
        """
        if self.horizon_months == _MEASURED:
            return self.anchors[_MEASURED].estimate(features, level)
        below, above = self._neighbours()
        upper = self._coherent(below, features, level)
        lower = self._coherent(above, features, level)
        share = (self.horizon_months - below) / max(above - below, 1)
        between = (1 - share) * logit(upper[_SPAN]) + share * logit(lower[_SPAN])
        return upper.assign(**{name: expit(between[name]) for name in _SPAN})

    def fit(self, origins: pd.DataFrame) -> Self:  # noqa: ARG002  # to stand beside baselines
        """Learn nothing: what is shipped is shipped.

        Parameters
        ----------
        origins : DataFrame
            As `past_origins` gives it.

        Returns
        -------
        Shipped
            Itself.
        """
        return self

    def predict(self, features: pd.DataFrame) -> NDArray[np.float64]:
        """Say a probability for each row.

        Parameters
        ----------
        features : DataFrame
            As `features_at` gives it.

        Returns
        -------
        ndarray of float
            Probabilities of silence.
        """
        return self.estimate(features)["risk"].to_numpy()

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Say what moves each row's log odds, by the parameters for the nearest horizon.

        Parameters
        ----------
        features : DataFrame
            As `features_at` gives it.

        Returns
        -------
        DataFrame
            As `Forecaster.contributions` gives it.
        """
        nearest = min(self.anchors, key=lambda anchor: abs(anchor - self.horizon_months))
        return self.anchors[nearest].contributions(features)

    def _neighbours(self) -> tuple[int, int]:
        below = max(anchor for anchor in self.anchors if anchor <= self.horizon_months)
        above = min(anchor for anchor in self.anchors if anchor >= self.horizon_months)
        return below, above

    def _coherent(self, anchor: int, features: pd.DataFrame, level: float) -> pd.DataFrame:
        """Estimate at an anchor, kept on its side of all estimates on the way to 12 months."""
        first, last = sorted((anchor, _MEASURED))
        limit: Callable[..., Any] = np.maximum if anchor < _MEASURED else np.minimum
        found = self.anchors[anchor].estimate(features, level)
        for other in (one for one in self.anchors if first <= one <= last and one != anchor):
            found[_SPAN] = limit(
                found[_SPAN], self.anchors[other].estimate(features, level)[_SPAN]
            )
        return found


@cache
def shipped_facts() -> dict[str, Any]:
    """Read the shipped file.

    Returns
    -------
    dict
        ``about``, ``fitted_on``, ``default``, ``figures`` and ``horizons``.
    """
    file = resources.files("dcactivity.forecast") / "parameters.json"
    facts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return facts


def shipped(horizon_months: int = 12) -> Shipped:
    """Make the shipped forecast for a horizon.

    Parameters
    ----------
    horizon_months : int, default 12
        From 1 to 24.

    Returns
    -------
    Shipped
        Ready to estimate.

    Raises
    ------
    InputError
        The horizon is out of bounds.
    """
    return Shipped(checked_horizon(horizon_months), _anchors())


@cache
def _anchors() -> dict[int, Forecaster]:
    return {
        int(horizon): Forecaster.from_dict(learnt)
        for horizon, learnt in shipped_facts()["horizons"].items()
    }
