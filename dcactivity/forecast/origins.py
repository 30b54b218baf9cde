"""Moments of the past at which a forecast could have been made, and what came of each."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dcactivity.errors import InputError
from dcactivity.forecast.features import FEATURES, LEAST_MONTHS, features_at
from dcactivity.forecast.series import Series

__all__ = ["HORIZONS", "checked_horizon", "judged", "past_origins"]

HORIZONS = (1, 24)
"""Shortest and longest horizon, in months."""


def checked_horizon(horizon_months: int) -> int:
    """Return the horizon, refusing one that lies out of bounds.

    Parameters
    ----------
    horizon_months : int
        Months, from 1 to 24.

    Returns
    -------
    int
        The same.

    Raises
    ------
    InputError
        It is out of bounds.
    """
    shortest, longest = HORIZONS
    if not shortest <= horizon_months <= longest:
        raise InputError(
            f"a horizon of {horizon_months} months cannot be forecast",
            position="horizon_months",
            hint=f"give {shortest} to {longest}",
        )
    return horizon_months


def past_origins(
    series: Series, *, horizon_months: int = 12, first: int = 24, step: int = 6
) -> pd.DataFrame:
    """Look back from many months of the past, each with what followed.

    Parameters
    ----------
    series : Series
        Aligned counts.
    horizon_months : int, default 12
        How long silence must last to count as such.
    first : int, default 24
        Position of the first month looked back from: the 25th of the calendar.
    step : int, default 6
        Every so many months.

    Returns
    -------
    DataFrame, one row per origin and coalition, sorted by month and coalition
        ``coalition``, ``month`` (str), ``position`` (int, of the month), the columns of
        `FEATURES`, and ``silent`` (bool): no message in the months of the horizon. Left out
        are coalitions with fewer than six known months by then, with an unknown month as
        origin, or with one in the horizon: a series that ends is no silence.

    Raises
    ------
    InputError
        The horizon is out of bounds.
    """
    checked_horizon(horizon_months)
    slugs = np.array(series.coalitions, dtype=object)
    parts = []
    for column in range(first, len(series.months) - horizon_months, step):
        future = series.messages[:, column + 1 : column + 1 + horizon_months]
        told = features_at(series, column)
        use = (
            (told["months_known"] >= LEAST_MONTHS).to_numpy()
            & ~np.isnan(series.messages[:, column])
            & ~np.isnan(future).any(axis=1)
        )
        part = told[use].assign(
            coalition=slugs[use],
            month=str(series.months[column]),
            position=column,
            silent=future[use].sum(axis=1) == 0,
        )
        parts.append(part)
    columns = ["coalition", "month", "position", *FEATURES, "silent"]
    if not parts:
        parts = [pd.DataFrame(columns=columns)]
    kinds = {"coalition": "str", "month": "str", "position": "int64", "silent": "bool"}
    joined = pd.concat(parts, ignore_index=True)[columns]
    return joined.astype({**dict.fromkeys(FEATURES, "float64"), **kinds})


def judged(origins: pd.DataFrame) -> pd.DataFrame:
    """Keep the origins on which forecasts are judged: those with a message in 12 months.

    Parameters
    ----------
    origins : DataFrame
        As `past_origins` gives it.

    Returns
    -------
    DataFrame
        Its rows with a message in the last 12 months: the others are silent already, and to
        say so is no forecast.
    """
    alive = (origins["months_silent"] < 12) & (origins["log_active_all"] > 0)
    return origins[alive].reset_index(drop=True)
