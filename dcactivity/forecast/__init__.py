"""How probable it is that a list falls silent, and how far such an estimate can be trusted.

The way of the data: `monthly_series` aligns the monthly table, `features_at` describes each
coalition as seen from the end of a month, `past_origins` adds what came of it, a `Forecaster`
learns from that, and `forecast_silence` does all of it for the table of today, with the
parameters that are shipped.
"""

from __future__ import annotations

from dcactivity.forecast.backtest import backtest, refit
from dcactivity.forecast.estimator import SilenceClassifier
from dcactivity.forecast.features import FEATURES, features_at
from dcactivity.forecast.forecaster import Forecaster
from dcactivity.forecast.measures import reliability_table
from dcactivity.forecast.origins import judged, past_origins
from dcactivity.forecast.series import monthly_series
from dcactivity.forecast.silence import forecast_silence

__all__ = [
    "FEATURES",
    "Forecaster",
    "SilenceClassifier",
    "backtest",
    "features_at",
    "forecast_silence",
    "judged",
    "monthly_series",
    "past_origins",
    "refit",
    "reliability_table",
]
