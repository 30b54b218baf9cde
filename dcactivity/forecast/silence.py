"""The forecast of a whole monthly table in one call."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dcactivity.checks import require_columns
from dcactivity.forecast.features import LEAST_MONTHS, features_at
from dcactivity.forecast.origins import checked_horizon
from dcactivity.forecast.parameters import Estimator, shipped, shipped_facts
from dcactivity.forecast.series import Series, monthly_series
from dcactivity.forecast.words import likelihood, month_in_words, reasons, sentence
from dcactivity.periods import as_day

__all__ = ["forecast_silence"]

_TEXTS = ["basis", "known_through", "likelihood", "weighs_most", "why"]


def forecast_silence(
    monthly: pd.DataFrame,
    as_of: dt.date | str,
    horizon_months: int = 12,
    *,
    status: pd.DataFrame | None = None,
    estimator: Estimator | None = None,
) -> pd.DataFrame:
    """Estimate for each coalition how probable it is that it falls silent.

    Parameters
    ----------
    monthly : DataFrame, one row per coalition and month
        As `monthly_activity` gives it: ``coalition``, ``month`` (``YYYY-MM``, UTC) and
        ``messages``; ``participants`` and ``bulletins`` are used where they are there, and
        bulletins are not counted.
    as_of : datetime.date or str
        The day looked back from, UTC. Months that end later are not read; that of the day
        itself is read only if the day is its last.
    horizon_months : int, default 12
        How long the silence would have to last, from 1 to 24.
    status : DataFrame, optional
        ``coalition`` and ``status``, as a review gives them: those that are ``UNKNOWN`` get
        no estimate, and the result has a row for each of these coalitions and no other.
    estimator : Forecaster, optional
        One that was fitted anew. Default: the parameters that are shipped.

    Returns
    -------
    DataFrame, one row per coalition that has a month in the table by then, sorted
        ``coalition`` (str); ``silence_risk`` (Float64), the estimated probability that no
        counted message comes in the horizon; ``low`` and ``high`` (Float64), its 95 %
        interval; ``basis`` (str: ``model``, ``table``, ``recency`` or ``none``);
        ``known_through`` (str, the last month read); ``likelihood`` (str, in words);
        ``weighs_most`` (str, up to three features, separated by semicolons); ``why`` (str, a
        plain sentence).

        There is an estimate wherever six months are known, and none with fewer, nor where
        the two last months or more are unknown: that is the policy's grace of 31 days. If
        only the very last month is unknown, the horizon begins after the one before.

    Raises
    ------
    InputError
        A column is missing, a month or date is none, or the horizon is out of bounds.

    Notes
    -----
    From the sixth silent month on the estimate is the share of lists silent for so long that
    stayed silent (basis ``recency``): the number is rough, and the sentence gives a word.
    The interval tells how sure the estimate is, given the lists it was learnt from; whether
    another body's lists behave alike, it cannot tell.
    """
    day = as_day(as_of)
    found = estimator or shipped(checked_horizon(horizon_months))
    series = monthly_series(monthly, day)
    features, through = _latest(series)
    barred = _barred(status, series)
    use = ~np.isnat(through) & ~barred & (features["months_known"] >= LEAST_MONTHS).to_numpy()
    told = found.estimate(features[use])
    weights = found.contributions(features[use])
    texts: dict[int, tuple[str | None, ...]] = {}
    rows = zip(*(_records(part) for part in (told, features[use], weights)), strict=True)
    for place, (row, seen, moved) in zip(told.index.tolist(), rows, strict=True):
        month, why = through[place], reasons(seen, moved)
        text = sentence(row, seen, why, as_of=day, through=month, horizon=horizon_months)
        basis = "recency" if row["quiet"] else _kind(found)
        texts[place] = (basis, str(month), likelihood(row["risk"]), "; ".join(why), text)
    for place in np.flatnonzero(~use).tolist():
        refusal = _refusal(series, place, barred=bool(barred[place]))
        texts[place] = ("none", None, None, None, refusal)
    table = pd.DataFrame({"coalition": pd.Series(series.coalitions, dtype="str")})
    numbers = told[["risk", "low", "high"]].reindex(table.index).round(3).astype("Float64")
    table[["silence_risk", "low", "high"]] = numbers
    words = pd.DataFrame.from_dict(texts, orient="index", columns=_TEXTS).reindex(table.index)
    return _rows_of(status, table.join(words.astype("str")))


def _records(frame: pd.DataFrame) -> list[dict[str, float]]:
    # Row by row through dictionaries: ten times as fast as through Series.
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _barred(status: pd.DataFrame | None, series: Series) -> NDArray[np.bool_]:
    """Which coalitions get no estimate because of their status."""
    if status is None:
        return np.zeros(len(series.coalitions), dtype=bool)
    require_columns(status, ("coalition", "status"), name="status")
    unknown = set(status.loc[status["status"] == "UNKNOWN", "coalition"].astype("str"))
    return np.array([slug in unknown for slug in series.coalitions], dtype=bool)


def _rows_of(status: pd.DataFrame | None, table: pd.DataFrame) -> pd.DataFrame:
    """Keep to the coalitions that have a status, those without any message included."""
    if status is None:
        return table
    slugs = pd.Index(sorted(status["coalition"].astype("str")), name="coalition")
    kept = table.set_index("coalition").reindex(slugs).reset_index()
    lacking = {"basis": "none", "why": "No estimate: nothing is known by then."}
    return kept.fillna(lacking).astype(table.dtypes.to_dict())


def _kind(estimator: Estimator) -> str:
    return str(getattr(estimator, "kind", shipped_facts()["default"]))


def _latest(series: Series) -> tuple[pd.DataFrame, NDArray[np.datetime64]]:
    """Features as of each coalition's last known month, and that month; NaT if long ago."""
    last = len(series.months) - 1
    features = features_at(series, last)
    through = np.full(len(series.coalitions), np.datetime64("NaT"), dtype="datetime64[M]")
    through[~np.isnan(series.messages[:, last])] = series.months[last]
    late = np.isnat(through)
    if last and late.any():
        late &= ~np.isnan(series.messages[:, last - 1])
        features[late] = features_at(series, last - 1)[late]
        through[late] = series.months[last - 1]
    return features, through


def _refusal(series: Series, position: int, *, barred: bool) -> str:
    if barred:
        return "No estimate: the status is UNKNOWN."
    known = np.flatnonzero(~np.isnan(series.messages[position]))
    if not len(known):
        return "No estimate: nothing is known by then."
    if known[-1] < len(series.months) - 2:
        month = month_in_words(series.months[known[-1]])
        return f"No estimate: the archives tell nothing after {month}."
    noun = "month is" if len(known) == 1 else "months are"
    return f"No estimate: only {len(known)} {noun} known, and it takes {LEAST_MONTHS}."
