"""What a committee asks of a policy, in one row, with the doubt that few coalitions leave.

Each figure is a sum over coalitions, a ratio of two such sums, or a median over coalitions. So
the bootstrap draws coalitions, with replacement, and makes the same figures of each draw: thirty
coalitions are few, and a list that wavers makes many warnings that are not independent.

References
----------
Efron, B., & Tibshirani, R. J. (1993). An Introduction to the Bootstrap, chapter 13 (percentile
intervals).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dcactivity.laboratory.replay import AT_RISK, DORMANT, NEVER, UNKNOWN, Replay, Spells

__all__ = ["MEASURES", "draws", "measure"]

MEASURES = {
    "notices_per_year": "notices per year",
    "false_warned": "false alarms among warnings",
    "false_at_risk": "false alarms among those at risk",
    "months_late": "months until at risk",
}
"""The figures that bear an interval, and what they are."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Tally:
    """One policy's counts, one for each coalition; ``delay`` is NaN for those not silent."""

    dormant: Numbers
    at_risk: Numbers
    told: Numbers
    notices: Numbers
    judged: Numbers
    false: Numbers
    risky: Numbers
    risky_judged: Numbers
    risky_false: Numbers
    delay: Numbers


def draws(coalitions: int, *, resamples: int, seed: int) -> Numbers:
    """Draw coalitions with replacement.

    Parameters
    ----------
    coalitions : int
        How many there are.
    resamples : int
        How often to draw.
    seed : int
        The same seed gives the same draws.

    Returns
    -------
    ndarray of float64, resamples by coalitions
        How often each was drawn.
    """
    if not coalitions:
        return np.empty((resamples, 0))
    random = np.random.default_rng(seed)
    drawn: Numbers = random.multinomial(
        coalitions, np.full(coalitions, 1 / coalitions), resamples
    ).astype(float)
    return drawn


def measure(replays: Sequence[Replay], drawn: Numbers) -> pd.DataFrame:
    """Measure replays, one row each.

    Parameters
    ----------
    replays : sequence of Replay
        Of the same coalitions.
    drawn : ndarray of float64, resamples by coalitions
        As `draws` gives it.

    Returns
    -------
    DataFrame
        ``policy`` (str), ``coalitions, months`` (Int64; how many were seen), ``dormant_share,
        at_risk_share`` (Float64; of the coalition-months of which something is told),
        ``notices`` (Int64), ``notices_per_year`` with ``_low`` and ``_high``, ``warned_judged,
        warned_false`` (Int64), ``false_warned`` with ``_low`` and ``_high``, ``at_risk,
        at_risk_judged, at_risk_false`` (Int64), ``false_at_risk`` with ``_low`` and ``_high``,
        ``silent, never`` (Int64), ``months_late`` with ``_low`` and ``_high``. The intervals
        hold 95 % of the draws. Missing: nothing to divide by; ``months_late``: fewer than half
        were ever at risk.

    Notes
    -----
    A notice falls into the month at whose end a coalition is dormant or at risk and was not a
    month before. A warning, or a month in which a coalition comes at risk, is judged where the
    12 months after it are told, and false where the coalition is active at the end of one of
    them. ``months_late`` is the least number of months by which half of the coalitions that
    are silent for good were at risk, see `Replay.delays`.
    """
    return pd.DataFrame([_row(replay, drawn) for replay in replays]).astype(
        {"policy": "str"} | dict.fromkeys(_COUNTS, "Int64") | dict.fromkeys(_SHARES, "Float64")
    )


_COUNTS = (
    "coalitions",
    "months",
    "notices",
    "warned_judged",
    "warned_false",
    "at_risk",
    "at_risk_judged",
    "at_risk_false",
    "silent",
    "never",
)
_SHARES = (
    "dormant_share",
    "at_risk_share",
    *(f"{name}{end}" for name in MEASURES for end in ("", "_low", "_high")),
)


def _row(replay: Replay, drawn: Numbers) -> dict[str, object]:
    tally, everybody = _tally(replay), np.ones((1, len(replay.slugs)))
    figures: dict[str, object] = {}
    for name in MEASURES:
        point, spread = (_figure(name, tally, replay.years, w) for w in (everybody, drawn))
        low, high = _interval(spread)
        figures |= {name: _known(point[0]), f"{name}_low": low, f"{name}_high": high}
    told = tally.told.sum()
    return {
        "policy": replay.label,
        "coalitions": int((tally.told > 0).sum()),
        "months": replay.reported.shape[1],
        "dormant_share": tally.dormant.sum() / told if told else None,
        "at_risk_share": tally.at_risk.sum() / told if told else None,
        "notices": tally.notices.sum(),
        "warned_judged": tally.judged.sum(),
        "warned_false": tally.false.sum(),
        "at_risk": tally.risky.sum(),
        "at_risk_judged": tally.risky_judged.sum(),
        "at_risk_false": tally.risky_false.sum(),
        "silent": (~np.isnan(tally.delay)).sum(),
        "never": np.isinf(tally.delay).sum(),
        **figures,
    }


def _figure(name: str, tally: _Tally, years: float, weights: Numbers) -> Numbers:
    """Work out one of the `MEASURES` for each row of weights, one weight a coalition."""
    if name == "months_late":
        is_silent = ~np.isnan(tally.delay)
        return _median(tally.delay[is_silent], weights[:, is_silent])
    if name == "notices_per_year":
        notices: Numbers = weights @ tally.notices / years
        return notices
    part, whole = {
        "false_warned": (tally.false, tally.judged),
        "false_at_risk": (tally.risky_false, tally.risky_judged),
    }[name]
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio: Numbers = (weights @ part) / (weights @ whole)
    return ratio


def _tally(replay: Replay) -> _Tally:
    codes, count, first = replay.reported, len(replay.slugs), replay.first
    spells = Spells.of(replay)

    def each(flags: NDArray[np.bool_]) -> Numbers:
        return np.bincount(spells.coalition[flags], minlength=count).astype(float)

    judged = spells.is_judged(spells.start, first)
    risky_judged = spells.is_judged(spells.risky, first)
    delay = np.full(count, np.nan)
    silent, late = replay.delays()
    delay[silent] = np.where(late == NEVER, np.inf, late)
    return _Tally(
        dormant=(codes == DORMANT).sum(axis=1).astype(float),
        at_risk=(codes == AT_RISK).sum(axis=1).astype(float),
        told=((codes >= 0) & (codes != UNKNOWN)).sum(axis=1).astype(float),
        notices=each(spells.start >= first),
        judged=each(judged),
        false=each(judged & spells.is_false(spells.start)),
        risky=each(spells.risky >= max(first, 0)),
        risky_judged=each(risky_judged),
        risky_false=each(risky_judged & spells.is_false(spells.risky)),
        delay=delay,
    )


def _median(values: Numbers, weights: Numbers) -> Numbers:
    """Least value that half of the weight does not exceed, for each row of weights."""
    order = np.argsort(values)
    reached = np.cumsum(weights[:, order], axis=1)
    if not len(values):
        return np.full(len(weights), np.nan)
    place = (2 * reached >= reached[:, -1:]).argmax(axis=1)
    return np.where(reached[:, -1] > 0, values[order][place], np.nan)


def _interval(spread: Numbers) -> tuple[float | None, float | None]:
    known = np.sort(spread[~np.isnan(spread)])
    if not len(known):
        return None, None
    # Order statistics, since between a month and never there is no number.
    low, high = (known[round(share * (len(known) - 1))] for share in (0.025, 0.975))
    return _known(low), _known(high)


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
