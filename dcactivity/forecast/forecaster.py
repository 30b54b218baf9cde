"""The forecast itself: a model for lists that still speak, the recency share for the others.

After six silent months nothing is asked but how long the silence has lasted: what the list was
like before it informs little.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit

from dcactivity.errors import InputError
from dcactivity.forecast.baselines import RecencyFrequencyTable
from dcactivity.forecast.estimator import SilenceClassifier

__all__ = ["COLUMNS", "QUIET_FROM", "Forecaster", "Kind"]

Floats = NDArray[np.float64]
Kind = Literal["model", "table"]

QUIET_FROM = 6
"""Silent months from which on only recency is asked."""

COLUMNS = ("log_recency", "active_odds_12", "log_active_all", "log_mean_6", "trend")
"""Features of the model; participants join them where they are known at the fit."""

_PEOPLE = "log_people_12"
_RECENCY = ["log_recency"]
_TABLE = ("log_recency", "active_12")


@dataclass(slots=True, eq=False)
class Forecaster:
    """Probability of silence for one horizon.

    Parameters
    ----------
    kind : {"model", "table"}, default "model"
        What speaks of lists with a message in the last six months: the logistic regression,
        or the table of recency and frequency.
    n_bootstrap : int, default 200
        Draws of whole groups from which intervals are learnt; 0 for none.
    """

    kind: Kind = "model"
    n_bootstrap: int = 200
    _columns: tuple[str, ...] = COLUMNS
    _lively: SilenceClassifier | RecencyFrequencyTable | None = None
    _quiet: SilenceClassifier | None = None

    def fit(self, origins: pd.DataFrame) -> Self:
        """Learn from origins whose outcome is known.

        Parameters
        ----------
        origins : DataFrame
            As `past_origins` gives it, silent ones included.

        Returns
        -------
        Forecaster
            Itself.

        Raises
        ------
        InputError
            The lively or the quiet origins all came out alike.
        """
        quiet = origins["months_silent"] >= QUIET_FROM
        for name, part in (("lively", origins[~quiet]), ("quiet", origins[quiet])):
            if part["silent"].nunique() < 2:
                raise InputError(
                    f"all {len(part)} {name} origins came out alike: nothing can be learnt",
                    hint="use the parameters that are shipped",
                )
        lively = origins[~quiet]
        self._columns = (*COLUMNS, _PEOPLE) if lively[_PEOPLE].notna().any() else COLUMNS
        if self.kind == "model":
            self._lively = self._learnt(lively, list(self._columns))
        else:
            self._lively = RecencyFrequencyTable(self.n_bootstrap).fit(lively)
        self._quiet = self._learnt(origins[quiet], _RECENCY)
        return self

    def predict(self, features: pd.DataFrame) -> Floats:
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
        DataFrame, one row per row given, on the same index
            ``risk``, ``low``, ``high`` and ``quiet`` (bool: only recency was asked).
        """
        lively, quiet = self._fitted()
        is_quiet = (features["months_silent"] >= QUIET_FROM).to_numpy()
        told = np.empty((len(features), 3))
        if (~is_quiet).any():
            rows = features[~is_quiet]
            if isinstance(lively, RecencyFrequencyTable):
                said = lively.predict(rows), lively.predict_interval(rows, level)
            else:
                said = _said(lively, rows[list(self._columns)].to_numpy(), level)
            told[~is_quiet] = np.column_stack(said)
        if is_quiet.any():
            rows = features[is_quiet]
            told[is_quiet] = np.column_stack(_said(quiet, rows[_RECENCY].to_numpy(), level))
        frame = pd.DataFrame(told, columns=["risk", "low", "high"], index=features.index)
        return frame.assign(quiet=is_quiet)

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Say what moves each row's log odds away from the average, and how far.

        Parameters
        ----------
        features : DataFrame
            As `features_at` gives it.

        Returns
        -------
        DataFrame, one row per row given, one column per feature of the forecast
            Positive where the feature makes silence more probable. For quiet rows NaN but for
            the recency, which is all there is: the log odds themselves. Both entries of the
            table stand for its cell against the base rate.
        """
        lively, quiet = self._fitted()
        is_quiet = (features["months_silent"] >= QUIET_FROM).to_numpy()
        rows = features[~is_quiet]
        if isinstance(lively, RecencyFrequencyTable):
            moved = logit(lively.predict(rows)) - logit(lively.base)
            parts = pd.DataFrame(dict.fromkeys(_TABLE, moved), index=rows.index)
        else:
            parts = _moved(lively, rows, list(self._columns))
        asked = features.loc[is_quiet, _RECENCY]
        odds = quiet.decision_function(asked.to_numpy()) if len(asked) else None
        recency = pd.DataFrame(odds, columns=_RECENCY, index=asked.index, dtype="float64")
        return pd.concat([parts, recency]).reindex(features.index)

    def to_dict(self) -> dict[str, Any]:
        """Write down what was learnt, in a form for people and JSON.

        Returns
        -------
        dict
            ``kind``, ``lively`` and ``recency_share``.
        """
        lively, quiet = self._fitted()
        return {
            "kind": self.kind,
            "lively": lively.to_dict(list(self._columns)),
            "recency_share": quiet.to_dict(_RECENCY),
        }

    @classmethod
    def from_dict(cls, learnt: Mapping[str, Any]) -> Self:
        """Bring back what `to_dict` wrote down.

        Parameters
        ----------
        learnt : dict
            As `to_dict` gives it.

        Returns
        -------
        Forecaster
            Fitted.
        """
        self = cls(kind=learnt["kind"])
        if self.kind == "table":
            self._lively = RecencyFrequencyTable.from_dict(learnt["lively"])
        else:
            self._lively = SilenceClassifier.from_dict(learnt["lively"])
            self._columns = tuple(learnt["lively"]["columns"])
        self._quiet = SilenceClassifier.from_dict(learnt["recency_share"])
        return self

    def _learnt(self, origins: pd.DataFrame, columns: list[str]) -> SilenceClassifier:
        return SilenceClassifier(n_bootstrap=self.n_bootstrap).fit(
            origins[columns].to_numpy(),
            origins["silent"].to_numpy(),
            origins["coalition"].to_numpy(),
        )

    def _fitted(self) -> tuple[SilenceClassifier | RecencyFrequencyTable, SilenceClassifier]:
        if self._lively is None or self._quiet is None:
            raise InputError("the forecaster has learnt nothing yet", hint="call fit first")
        return self._lively, self._quiet


def _said(model: SilenceClassifier, values: Floats, level: float) -> tuple[Floats, Floats]:
    return model.predict_proba(values)[:, 1], model.predict_interval(values, level)


def _moved(model: SilenceClassifier, rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    parts = model.contributions(rows[columns].to_numpy()) if len(rows) else None
    return pd.DataFrame(parts, columns=columns, index=rows.index, dtype="float64")
