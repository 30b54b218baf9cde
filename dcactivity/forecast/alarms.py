"""What a threshold would do: who is written to, how often wrongly, and how long before.

The definitions of this module were written down before any figure was seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dcactivity.forecast.features import FEATURES, LEAST_MONTHS, features_at
from dcactivity.forecast.series import Series

__all__ = ["THRESHOLDS", "decision_table", "every_month", "lead_times", "threshold_at"]

Floats = NDArray[np.float64]

THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
"""Estimates from which on one might write a letter."""

_SILENCE = 12  # months without a message that make the message before them the last one
_EARLIEST, _LATEST = 11, 12  # months before and after the last message to look for an alarm


def decision_table(
    silent: NDArray[np.bool_],
    risk: Floats,
    *,
    coalitions: int = 30,
    thresholds: Sequence[float] = THRESHOLDS,
) -> pd.DataFrame:
    """Say how many of so many coalitions would be written to, and how often wrongly.

    Parameters
    ----------
    silent : ndarray of bool
        What came, one for each origin.
    risk : ndarray of float
        What was said.
    coalitions : int, default 30
        The numbers are scaled to so many.
    thresholds : sequence of float
        One writes where the estimate is at least that.

    Returns
    -------
    DataFrame, one row per threshold
        ``threshold``; ``written_to``; ``wrongly`` (of those, went on speaking); ``missed``
        (not written to, fell silent): mean numbers among `coalitions` at one time.
    """
    scale = coalitions / max(len(risk), 1)
    rows = [
        (
            threshold,
            scale * (risk >= threshold).sum(),
            scale * ((risk >= threshold) & ~silent).sum(),
            scale * ((risk < threshold) & silent).sum(),
        )
        for threshold in thresholds
    ]
    return pd.DataFrame(rows, columns=["threshold", "written_to", "wrongly", "missed"])


def threshold_at(silent: NDArray[np.bool_], risk: Floats, false_alarms: float) -> float:
    """Find the threshold that so many lists which go on speaking reach.

    Parameters
    ----------
    silent : ndarray of bool
        What came, one for each origin.
    risk : ndarray of float
        What was said.
    false_alarms : float
        The share of origins followed by a message that may be at or above the threshold.

    Returns
    -------
    float
        The smallest such threshold that is an estimate given; above all if there is none.
    """
    spoke = np.sort(risk[~silent])[::-1]
    allowed = int(false_alarms * len(spoke))
    above = risk[risk > spoke[allowed]] if allowed < len(spoke) else risk
    return float(above.min()) if len(above) else float("inf")


def every_month(series: Series) -> pd.DataFrame:
    """Look from the end of every month, whatever came later.

    Parameters
    ----------
    series : Series
        Aligned counts.

    Returns
    -------
    DataFrame, one row per month and coalition with six known months by then
        ``coalition``, ``position`` (of the month) and the columns of `FEATURES`.
    """
    slugs = np.array(series.coalitions, dtype=object)
    parts = []
    for column in range(LEAST_MONTHS - 1, len(series.months)):
        told = features_at(series, column)
        known = ~np.isnan(series.messages[:, column])
        use = known & (told["months_known"] >= LEAST_MONTHS).to_numpy()
        parts.append(told[use].assign(coalition=slugs[use], position=column))
    if not parts:
        return pd.DataFrame(columns=["coalition", "position", *FEATURES])
    return pd.concat(parts, ignore_index=True)


def lead_times(series: Series, months: pd.DataFrame, risk: Floats, threshold: float) -> pd.Series:
    """Measure the months between the alarm and the last message.

    Parameters
    ----------
    series : Series
        Aligned counts.
    months : DataFrame
        As `every_month` gives it.
    risk : ndarray of float
        The estimate for each of its rows, by a fit that has not seen the coalition.
    threshold : float
        The alarm goes off where the estimate is at least that.

    Returns
    -------
    Series of float, one for each last message, indexed by coalition
        Months from the alarm to the last message: positive where the alarm came first, 0 at
        the end of the same month, negative where it came later; NaN where none came.

    Notes
    -----
    A last message is one that twelve known months without a message follow; a coalition that
    comes back later may have several. The alarm is the first month, from eleven before that
    of the last message to twelve after it, at the end of which the estimate reaches the
    threshold. Last messages before the coalition's sixth known month are left out.
    """
    row = pd.Index(series.coalitions).get_indexer(pd.Index(months["coalition"]))
    alarm = np.zeros(series.messages.shape, dtype=bool)
    asked = np.zeros_like(alarm)
    alarm[row, months["position"]] = risk >= threshold
    asked[row, months["position"]] = True
    coalitions: list[str] = []
    leads: list[float] = []
    for who, counts in enumerate(series.messages):
        for last in np.flatnonzero((counts > 0) & asked[who]).tolist():
            after = counts[last + 1 : last + 1 + _SILENCE]
            if len(after) < _SILENCE or np.isnan(after).any() or after.any():
                continue
            start = max(last - _EARLIEST, 0)
            rung = np.flatnonzero(alarm[who, start : last + _LATEST + 1])
            coalitions.append(series.coalitions[who])
            leads.append(last - start - int(rung[0]) if len(rung) else float("nan"))
    return pd.Series(leads, index=coalitions, name="lead", dtype="float64")
