"""How good probabilities are: ranking, sharpness and calibration, with intervals over groups."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import beta, rankdata

__all__ = [
    "BINS",
    "auc",
    "calibration_error",
    "group_bootstrap",
    "log_loss",
    "reliability_table",
]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Measure = Callable[[Flags, Floats], float]

BINS = 10
"""Bins of equal width into which probabilities are put to compare them with what came."""


def auc(silent: Flags, risk: Floats) -> float:
    """Measure the area under the ROC curve.

    Parameters
    ----------
    silent : ndarray of bool
        What came.
    risk : ndarray of float
        What was said.

    Returns
    -------
    float
        The share of pairs, one silent and one not, in which the silent one was given the
        higher risk, ties counted half; NaN where all came out alike.
    """
    positives = int(silent.sum())
    negatives = len(silent) - positives
    if not positives or not negatives:
        return float("nan")
    ranks = float(rankdata(risk)[silent].sum())
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def log_loss(silent: Flags, risk: Floats) -> float:
    """Measure the mean negative log likelihood, in nats.

    Parameters
    ----------
    silent : ndarray of bool
        What came.
    risk : ndarray of float
        Probabilities, taken to be at least 1e-6 away from 0 and 1.

    Returns
    -------
    float
        Smaller is better.
    """
    sure = np.clip(risk, 1e-6, 1 - 1e-6)
    return float(-np.log(np.where(silent, sure, 1 - sure)).mean())


def calibration_error(silent: Flags, risk: Floats) -> float:
    """Measure the expected calibration error over ten bins of equal width.

    Parameters
    ----------
    silent : ndarray of bool
        What came.
    risk : ndarray of float
        Probabilities.

    Returns
    -------
    float
        Mean distance between the probability said and the share that came, weighted by the
        number of rows in the bin.

    References
    ----------
    M. Naeini, G. Cooper, M. Hauskrecht, "Obtaining well calibrated probabilities using
    Bayesian binning", AAAI 2015.
    """
    apart = np.bincount(_bin(risk), weights=silent - risk, minlength=BINS)
    return float(np.abs(apart).sum() / len(risk))


def reliability_table(silent: Flags, risk: Floats) -> pd.DataFrame:
    """Compare what was said with what came, bin by bin.

    Parameters
    ----------
    silent : ndarray of bool
        What came.
    risk : ndarray of float
        Probabilities.

    Returns
    -------
    DataFrame, one row per bin that is not empty
        ``said`` (mean probability), ``came`` (share that fell silent), ``low`` and ``high``
        (95 % interval of that share, Clopper and Pearson's, as if the rows were independent,
        which those of one group are not), ``count`` (rows).
    """
    place = _bin(risk)
    count = np.bincount(place, minlength=BINS)
    hits = np.bincount(place, weights=silent, minlength=BINS)
    said = np.bincount(place, weights=risk, minlength=BINS)
    use = count > 0
    count, hits, said = count[use], hits[use], said[use]
    low = np.where(hits > 0, beta.ppf(0.025, np.maximum(hits, 1), count - hits + 1), 0.0)
    missed = np.maximum(count - hits, 1)
    high = np.where(hits < count, beta.ppf(0.975, hits + 1, missed), 1.0)
    return pd.DataFrame(
        {"said": said / count, "came": hits / count, "low": low, "high": high, "count": count}
    )


def group_bootstrap(
    measure: Callable[[NDArray[np.int64]], float],
    groups: NDArray[np.object_],
    *,
    draws: int = 500,
    seed: int = 0,
) -> tuple[float, float]:
    """Give the 95 % interval of a figure when whole groups are drawn anew.

    Parameters
    ----------
    measure : callable
        Takes positions of rows, some more than once, and returns the figure.
    groups : ndarray
        Each row's group.
    draws : int, default 500
        How many samples, each of as many groups as there are.
    seed : int, default 0
        The same seed draws the same groups: differences of two figures are paired.

    Returns
    -------
    tuple of float
        Percentiles 2.5 and 97.5; NaN where the figure exists in no draw.
    """
    names, member = np.unique(groups, return_inverse=True)
    rows = np.split(np.argsort(member, kind="stable"), np.cumsum(np.bincount(member))[:-1])
    random = np.random.default_rng(seed)
    figures = []
    for _ in range(draws):
        drawn = random.integers(len(names), size=len(names))
        figure = measure(np.concatenate([rows[i] for i in drawn]))
        if not np.isnan(figure):
            figures.append(figure)
    if not figures:
        return float("nan"), float("nan")
    low, high = np.percentile(figures, [2.5, 97.5])
    return float(low), float(high)


def _bin(risk: Floats) -> NDArray[np.int64]:
    return np.minimum((risk * BINS).astype(np.int64), BINS - 1)
