"""The feature step: what a series up to a month says of its future.

Every feature looks back from the end of one month and reads nothing later. Where a series is
too short or too full of gaps for one of them, that one is NaN.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dcactivity.forecast.series import Series

__all__ = ["FEATURES", "LEAST_MONTHS", "features_at"]

Floats = NDArray[np.float64]

LEAST_MONTHS = 6
"""Known months that a coalition must have before anything is said of its future."""

FEATURES: Mapping[str, str] = MappingProxyType(
    {
        "months_known": "months of which anything is known",
        "months_silent": "months since the last message; of a list without any, since its start",
        "log_recency": "log(1 + months since the last message)",
        "log_mean_3": "log(1 + mean messages a month), last 3 months",
        "log_mean_6": "log(1 + mean messages a month), last 6 months",
        "log_mean_12": "log(1 + mean messages a month), last 12 months",
        "log_mean_all": "log(1 + mean messages a month), all months",
        "active_12": "share with a message of the known ones among the last 12 months, times 12",
        "active_odds_12": "log odds of such a month, half a month added to either side",
        "log_active_all": "log(1 + months with a message, ever)",
        "trend": "slope of log(1 + messages) over the last 12 months, per year",
        "longest_gap_24": "log(1 + longest run of silent months among the last 24)",
        "log_age": "log(months since the series began, the first included)",
        "burst": "the fullest month's share in the messages of the last 12 months",
        "own_recency": "log((1 + months silent) / mean distance of the months with messages)",
        "log_mean_year_ago": "log(1 + mean messages a month), the last three months' namesakes "
        "of the year before",
        "log_people_12": "log(1 + mean participants a month), last 12 months",
    }
)
"""Each feature with its meaning, in the order of the columns."""


def features_at(series: Series, column: int) -> pd.DataFrame:
    """Describe each coalition as seen from the end of one month.

    Parameters
    ----------
    series : Series
        Aligned counts.
    column : int
        Position of the month in ``series.months``; nothing to its right is read.

    Returns
    -------
    DataFrame, one row per coalition, in the order of ``series.coalitions``
        The columns of `FEATURES`, float64; NaN where a feature cannot be told.

    Notes
    -----
    Months of which nothing is known are left out of means and shares and end a run of silent
    months; the months since the last message are those of the calendar, so a hole within them
    counts as time that has passed.
    """
    seen = series.messages[:, : column + 1]
    known, spoke = ~np.isnan(seen), seen > 0
    lately, of = (part[:, -12:].sum(axis=1) for part in (spoke, known))
    begun = np.where(known.any(axis=1), column + 1 - known.argmax(axis=1), np.nan)
    ever = spoke.sum(axis=1).astype(float)
    silent = np.where(ever > 0, spoke[:, ::-1].argmax(axis=1), begun)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Mean of empty slice", RuntimeWarning)
        told = {
            "months_known": known.sum(axis=1),
            "months_silent": silent,
            "log_recency": np.log1p(silent),
            **{f"log_mean_{n}": _log_mean(seen[:, -n:]) for n in (3, 6, 12)},
            "log_mean_all": _log_mean(seen),
            "active_12": np.where(of > 0, 12 * lately / np.maximum(of, 1), np.nan),
            "active_odds_12": np.log((lately + 0.5) / (of - lately + 0.5)),
            "log_active_all": np.where(known.any(axis=1), np.log1p(ever), np.nan),
            "trend": _slope(np.log1p(seen[:, -12:])),
            "longest_gap_24": np.log1p(_longest_silence(seen[:, -24:])),
            "log_age": np.log(begun),
            "burst": _burst(seen[:, -12:]),
            "own_recency": np.log1p(silent) - np.log(_usual_distance(spoke, ever)),
            "log_mean_year_ago": _log_mean(seen[:, -15:-12]),
            "log_people_12": _log_mean(series.people[:, max(0, column - 11) : column + 1]),
        }
    return pd.DataFrame(told, columns=list(FEATURES), dtype="float64")


def _log_mean(counts: Floats) -> Floats:
    means: Floats = np.log1p(np.nanmean(counts, axis=1))
    return means


def _slope(values: Floats) -> Floats:
    """Least-squares slope over the known months, times 12; NaN of fewer than two."""
    at = np.where(np.isnan(values), np.nan, np.arange(values.shape[1], dtype=float))
    at -= np.nanmean(at, axis=1, keepdims=True)
    square = np.nansum(at**2, axis=1)
    product = np.nansum(at * values, axis=1)
    return np.where(square > 0, 12 * product / np.where(square > 0, square, 1), np.nan)


def _longest_silence(counts: Floats) -> Floats:
    longest = run = np.zeros(len(counts))
    for month in counts.T:
        run = np.where(month == 0, run + 1, 0)
        longest = np.maximum(longest, run)
    return np.where(np.isnan(counts).all(axis=1), np.nan, longest)


def _burst(counts: Floats) -> Floats:
    total = np.nansum(counts, axis=1)
    fullest = np.max(np.nan_to_num(counts), axis=1, initial=0)
    return np.where(total > 0, fullest / np.where(total > 0, total, 1), np.nan)


def _usual_distance(spoke: NDArray[np.bool_], ever: Floats) -> Floats:
    """Mean distance in months between months with messages; NaN of fewer than two."""
    width = spoke.shape[1]
    span = width - 1 - spoke[:, ::-1].argmax(axis=1) - spoke.argmax(axis=1)
    return np.where(ever > 1, span / np.where(ever > 1, ever - 1, 1), np.nan)
