"""The estimator: a regularised logistic regression with calibration and an interval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, ndtri
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

__all__ = ["SilenceClassifier", "group_folds"]

Floats = NDArray[np.float64]

_LEAST_FOR_CALIBRATION = 20  # rows of each outcome; with fewer, the curve would be noise


class SilenceClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # untyped bases
    """Logistic regression whose probabilities are calibrated and carry an interval.

    Parameters
    ----------
    C : float, default 0.3
        Inverse strength of the L2 penalty on the coefficients of the standardised columns.
    n_folds : int, default 5
        Folds, of whole groups, from which the calibration is learnt.
    n_bootstrap : int, default 200
        Bootstrap draws, of whole groups, from which the interval is learnt. 0 for none: then
        the interval is as narrow as the estimate.
    random_state : int, default 0
        Seed of folds and draws.

    Attributes
    ----------
    classes_ : ndarray
        The two outcomes; probabilities and contributions speak of the second.
    mean_, scale_ : ndarray
        Of each column's known values.
    intercept_ : float
        Of the standardised columns, calibration included.
    coef_ : ndarray
        Likewise.
    calibration_ : tuple of float
        Intercept and slope, already in the coefficients, kept to be read.
    covariance_ : ndarray
        Of intercept and coefficients, from the bootstrap.

    Notes
    -----
    A value that is not known (NaN) counts as the column's mean: it moves the estimate neither
    way. A column of which nothing is known gets the coefficient 0.

    Calibration is Platt's: the log odds that each group gets from a fit without it are the one
    column of a second logistic regression. It may soften the estimates, never sharpen them
    (slope at most 1): on years not seen, what few groups told it to sharpen was too sharp. The
    interval is that of a normal distribution on
    the scale of log odds, with the bootstrap's covariance: it tells how sure the estimate is,
    not how often the outcome differs from it.

    References
    ----------
    J. Platt, "Probabilistic outputs for support vector machines", 1999. B. Efron and R.
    Tibshirani, "An Introduction to the Bootstrap", 1993.
    """

    def __init__(
        self, C: float = 0.3, n_folds: int = 5, n_bootstrap: int = 200, random_state: int = 0
    ) -> None:
        self.C = C
        self.n_folds = n_folds
        self.n_bootstrap = n_bootstrap
        self.random_state = random_state

    def __sklearn_tags__(self) -> Tags:
        """Say what may be given: two outcomes, and values that are not known."""
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags

    def fit(self, X: ArrayLike, y: ArrayLike, groups: ArrayLike | None = None) -> Self:
        """Learn coefficients, calibration and interval.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_columns)
            Finite or NaN.
        y : array-like of shape (n_rows,)
            Two distinct outcomes.
        groups : array-like of shape (n_rows,), optional
            Rows of one group are kept together in folds and draws. Default: each its own.

        Returns
        -------
        SilenceClassifier
            Itself.

        Raises
        ------
        ValueError
            The arrays do not fit together, or there are not two outcomes.
        """
        X, y = validate_data(self, X, y, dtype=np.float64, ensure_all_finite="allow-nan")
        values: Floats = np.asarray(X)
        check_classification_targets(y)
        self.classes_, outcome = np.unique(y, return_inverse=True)
        if len(self.classes_) > 2:
            raise ValueError(
                "Only binary classification is supported. The type of the target is "
                f"{type_of_target(y)}."
            )
        if len(self.classes_) < 2:
            raise ValueError("Classifier can't train when only one class is present.")
        group = np.arange(len(outcome)) if groups is None else np.asarray(groups)
        if len(group) != len(outcome):
            raise ValueError(f"{len(group)} groups given for {len(outcome)} rows")
        self.mean_, self.scale_ = _centre_and_spread(values)
        Z = self._standardised(values)
        weights = self._weights(Z, outcome)
        self.calibration_ = self._calibrate(Z, outcome, group)
        self.intercept_, self.coef_ = self._calibrated(weights)
        self.covariance_ = self._bootstrap(Z, outcome, group)
        return self

    def decision_function(self, X: ArrayLike) -> Floats:
        """Give the calibrated log odds of the second outcome.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_columns)
            Finite or NaN.

        Returns
        -------
        ndarray of shape (n_rows,)
            Log odds.
        """
        check_is_fitted(self)
        odds: Floats = self.intercept_ + self.contributions(X).sum(axis=1)
        return odds

    def predict_proba(self, X: ArrayLike) -> Floats:
        """Give the probabilities of both outcomes.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_columns)
            Finite or NaN.

        Returns
        -------
        ndarray of shape (n_rows, 2)
            In the order of ``classes_``.
        """
        second = expit(self.decision_function(X))
        return np.column_stack([1 - second, second])

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """Give the more probable outcome.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_columns)
            Finite or NaN.

        Returns
        -------
        ndarray of shape (n_rows,)
            Of ``classes_``.
        """
        above = self.decision_function(X) > 0
        outcomes: NDArray[Any] = self.classes_[above.astype(int)]
        return outcomes

    def predict_interval(self, X: ArrayLike, level: float = 0.95) -> Floats:
        """Give an interval for the probability of the second outcome.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_columns)
            Finite or NaN.
        level : float, default 0.95
            Confidence, within (0, 1).

        Returns
        -------
        ndarray of shape (n_rows, 2)
            Lower and upper bound.
        """
        check_is_fitted(self)
        centre = self.decision_function(X)
        Z = self._standardised(self._checked(X))
        design = np.column_stack([np.ones(len(Z)), Z])
        variance = np.einsum("ij,jk,ik->i", design, self.covariance_, design)
        reach = ndtri((1 + level) / 2) * np.sqrt(np.maximum(variance, 0))
        bounds: Floats = expit(np.column_stack([centre - reach, centre + reach]))
        return bounds

    def contributions(self, X: ArrayLike) -> Floats:
        """Say how far each column moves the log odds from those of an average row.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_columns)
            Finite or NaN.

        Returns
        -------
        ndarray of shape (n_rows, n_columns)
            Positive where the column makes the second outcome more probable.
        """
        check_is_fitted(self)
        parts: Floats = self._standardised(self._checked(X)) * self.coef_
        return parts

    def to_dict(self, columns: list[str]) -> dict[str, Any]:
        """Write down what was learnt, in a form for people and JSON.

        Parameters
        ----------
        columns : list of str
            The columns' names.

        Returns
        -------
        dict
            Numbers rounded to six significant digits.
        """
        return {
            "intercept": _rounded(self.intercept_),
            "columns": {
                name: {
                    "mean": _rounded(self.mean_[i]),
                    "scale": _rounded(self.scale_[i]),
                    "coefficient": _rounded(self.coef_[i]),
                }
                for i, name in enumerate(columns)
            },
            "calibration": dict(
                zip(("intercept", "slope"), map(_rounded, self.calibration_), strict=True)
            ),
            "covariance": [[_rounded(value) for value in row] for row in self.covariance_],
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
        SilenceClassifier
            Fitted; its outcomes are False and True.
        """
        self = cls()
        columns = list(learnt["columns"].values())
        self.classes_ = np.array([False, True])
        self.n_features_in_ = len(columns)
        self.mean_, self.scale_, self.coef_ = (
            np.array([column[name] for column in columns], dtype=float)
            for name in ("mean", "scale", "coefficient")
        )
        self.intercept_ = float(learnt["intercept"])
        self.calibration_ = (
            float(learnt["calibration"]["intercept"]),
            float(learnt["calibration"]["slope"]),
        )
        self.covariance_ = np.array(learnt["covariance"], dtype=float)
        return self

    def _checked(self, X: ArrayLike) -> Floats:
        checked: Floats = validate_data(
            self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False
        )
        return checked

    def _standardised(self, X: Floats) -> Floats:
        return np.nan_to_num((X - self.mean_) / self.scale_)

    def _weights(
        self, Z: Floats, outcome: NDArray[np.int64], count: NDArray[np.int64] | None = None
    ) -> Floats:
        """Fit once; intercept first, then the coefficients."""
        # Newton's method ends at the same digits on every machine, lbfgs wherever it is near.
        model = LogisticRegression(C=self.C, solver="newton-cholesky", tol=1e-8, max_iter=100)
        model.fit(Z, outcome, sample_weight=count)
        return np.concatenate([model.intercept_, model.coef_[0]])

    def _calibrate(
        self, Z: Floats, outcome: NDArray[np.int64], group: NDArray[Any]
    ) -> tuple[float, float]:
        """Learn intercept and slope from the log odds of groups that a fit has not seen."""
        if np.bincount(outcome).min() < _LEAST_FOR_CALIBRATION:
            return 0.0, 1.0
        fold = group_folds(group, self.n_folds, seed=self.random_state)
        unseen = np.full(len(outcome), np.nan)
        for number in range(self.n_folds):
            train, test = fold != number, fold == number
            if test.any() and len(np.unique(outcome[train])) == 2:
                weights = self._weights(Z[train], outcome[train])
                unseen[test] = weights[0] + Z[test] @ weights[1:]
        told = ~np.isnan(unseen)
        if len(np.unique(outcome[told])) < 2:
            return 0.0, 1.0
        curve = LogisticRegression(C=10.0, solver="newton-cholesky", tol=1e-8)
        curve.fit(unseen[told, None], outcome[told])
        slope = float(curve.coef_[0, 0])
        if slope >= 1:
            return 0.0, 1.0
        # A slope below zero would call the quieter list the livelier one.
        return float(curve.intercept_[0]), max(slope, 0.0)

    def _calibrated(self, weights: Floats) -> tuple[float, Floats]:
        shift, slope = self.calibration_
        return float(shift + slope * weights[0]), slope * weights[1:]

    def _bootstrap(self, Z: Floats, outcome: NDArray[np.int64], group: NDArray[Any]) -> Floats:
        names, member = np.unique(group, return_inverse=True)
        random = np.random.default_rng(self.random_state)
        draws = []
        for _ in range(self.n_bootstrap):
            count = np.bincount(random.integers(len(names), size=len(names)), minlength=len(names))
            times = count[member]
            if len(np.unique(outcome[times > 0])) == 2:
                intercept, coefficients = self._calibrated(self._weights(Z, outcome, times))
                draws.append([intercept, *coefficients])
        size = Z.shape[1] + 1
        return np.cov(draws, rowvar=False) if len(draws) > 1 else np.zeros((size, size))


def group_folds(groups: ArrayLike, n_folds: int, *, seed: int) -> NDArray[np.int64]:
    """Deal whole groups out to folds.

    Parameters
    ----------
    groups : array-like of shape (n_rows,)
        Each row's group.
    n_folds : int
        How many folds.
    seed : int
        Another seed, other folds.

    Returns
    -------
    ndarray of shape (n_rows,)
        Each row's fold, from 0.
    """
    names, member = np.unique(np.asarray(groups), return_inverse=True)
    order = np.random.default_rng(seed).permutation(len(names))
    folds: NDArray[np.int64] = (order % n_folds)[member]
    return folds


def _centre_and_spread(X: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of the known values; 0 and 1 where there are none."""
    known = ~np.isnan(X)
    count = np.maximum(known.sum(axis=0), 1)
    mean = np.where(known, X, 0).sum(axis=0) / count
    spread = np.sqrt((np.where(known, X - mean, 0) ** 2).sum(axis=0) / count)
    return mean, np.where(spread > 1e-12, spread, 1.0)


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
