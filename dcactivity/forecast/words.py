"""Estimates in words: what weighs most, and how likely silence is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import numpy as np

from dcactivity.wording import amount, plain_date

__all__ = ["interval", "likelihood", "month_in_words", "percent", "reasons", "sentence"]

Facts = Mapping[str, float]

_MOST = 3
_LIKELIHOODS = (
    (0.10, "very unlikely"),
    (0.35, "unlikely"),
    (0.55, "about as likely as not"),
    (0.90, "likely"),
    (1.01, "very likely"),
)


def likelihood(risk: float) -> str:
    """Say a probability in a word or two.

    Parameters
    ----------
    risk : float
        Within [0, 1].

    Returns
    -------
    str
        From "very unlikely" (under 10 %) to "very likely" (90 % and more).

    Examples
    --------
    >>> likelihood(0.7)
    'likely'
    """
    return next(word for bound, word in _LIKELIHOODS if risk < bound)


def percent(share: float) -> str:
    """Write a probability in whole percent, never as if it were certain.

    Parameters
    ----------
    share : float
        Within [0, 1].

    Returns
    -------
    str
        Number and sign.

    Examples
    --------
    >>> percent(0.337), percent(0.001), percent(0.9999)
    ('34 %', 'under 1 %', 'over 99 %')
    """
    if share < 0.01:
        return "under 1 %"
    return "over 99 %" if share > 0.99 else f"{100 * share:.0f} %"


def interval(low: float, high: float) -> str:
    """Write an interval of probabilities.

    Parameters
    ----------
    low, high : float
        Within [0, 1].

    Returns
    -------
    str
        Both ends; one alone where they read the same.

    Examples
    --------
    >>> interval(0.2, 0.31), interval(0.001, 0.002)
    ('20 % to 31 %', 'under 1 %')
    """
    ends = percent(low), percent(high)
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def month_in_words(month: np.datetime64) -> str:
    """Write a month as it is read aloud.

    Parameters
    ----------
    month : datetime64[M]
        A month.

    Returns
    -------
    str
        Name and year.

    Examples
    --------
    >>> month_in_words(np.datetime64("2022-03"))
    'March 2022'
    """
    return plain_date(month.astype("datetime64[D]").item()).split(" ", 1)[1]


def reasons(features: Facts, weights: Facts) -> list[str]:
    """Say which features weigh most, each with its direction.

    Parameters
    ----------
    features : mapping
        One row of `features_at`.
    weights : mapping
        The same row's contributions to the log odds; NaN where a feature was not asked.

    Returns
    -------
    list of str
        At most three, the weightiest first.
    """
    moving = {name: weight for name, weight in weights.items() if abs(weight) > 0}  # not NaN
    return [
        f"{_fact(name, features)} ({'for' if moving[name] > 0 else 'against'} silence)"
        for name in sorted(moving, key=lambda name: -abs(moving[name]))[:_MOST]
    ]


def _fact(name: str, features: Facts) -> str:
    silent = int(features["months_silent"])
    if name == "log_recency":
        return f"no message for {amount(silent, 'month')}" if silent else "a message last month"
    if name in {"active_odds_12", "active_12"}:
        of = int(min(features["months_known"], 12))
        spoke = round(features["active_12"] * of / 12)
        return f"messages in {spoke} of the last {of} months"
    if name == "log_active_all":
        return f"messages in {amount(round(np.expm1(features[name])), 'month')} ever"
    if name == "log_mean_6":
        return f"{np.expm1(features[name]):.1f} messages a month over half a year"
    if name == "log_people_12":
        return f"{np.expm1(features[name]):.1f} participants a month over a year"
    slope = features["trend"]
    way = "rising" if slope > 0.1 else "falling" if slope < -0.1 else "level"
    return f"{way} numbers of messages over a year"


def sentence(
    row: Facts,
    features: Facts,
    why: list[str],
    *,
    as_of: dt.date,
    through: np.datetime64,
    horizon: int,
) -> str:
    """Put an estimate, its interval, its date and its reasons into words.

    Parameters
    ----------
    row : mapping
        ``risk``, ``low``, ``high`` and ``quiet``.
    features : mapping
        One row of `features_at`.
    why : list of str
        As `reasons` gives it.
    as_of : datetime.date
        The day looked back from.
    through : datetime64[M]
        The last month that was read.
    horizon : int
        Months.

    Returns
    -------
    str
        One to two plain sentences; of a quiet list without a fine figure.
    """
    start = month_in_words(through + np.timedelta64(1, "M"))
    span = f"the {amount(horizon, 'month')} from {start}" if horizon > 1 else start
    opening = f"Estimate as of {plain_date(as_of)}, from the months to {month_in_words(through)}: "
    if row["quiet"]:
        low, high = int(row["low"] * 10), min(int(row["high"] * 10) + 1, 10)
        return (
            f"{opening}that no message comes in {span} is {likelihood(row['risk'])}. "
            f"{_fact('log_recency', features).capitalize()}; of ten lists silent for so long, "
            f"{low} to {high} stayed silent. After six silent months nothing else is asked."
        )
    return (
        f"{opening}{percent(row['risk'])} (95 % interval {interval(row['low'], row['high'])}) "
        f"that no message comes in {span}. "
        f"What weighs most: {'; '.join(why)}."
    )
