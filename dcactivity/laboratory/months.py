"""Policies replayed over monthly series.

As of a month's last day, the trailing N months are the last N months of the series: so windows
are sums over whole months, and a coalition is dormant since the first month at whose end it was.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from dcactivity.history import NO_STATUS
from dcactivity.laboratory.replay import ACTIVE, AT_RISK, DORMANT, NEVER, UNKNOWN, Replay
from dcactivity.laboratory.rules import LeftOut, not_on_traffic

if TYPE_CHECKING:
    from dcactivity.laboratory.series import Counts, Series
    from dcactivity.policy import Count, Policy

__all__ = ["replay_series"]

Flags = NDArray[np.bool_]

_ROUNDING = 1e-6  # a third of a quarter's count, three times, is the whole again


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """What a trailing window holds at each month's end, and where nobody knows.

    Of what is distinct: the least, the most, and where nobody knows.
    """

    messages: Counts
    has_gap: Flags
    distinct: dict[str, tuple[Counts, Counts, Flags]]


def replay_series(
    series: Series, policies: Sequence[Policy], *, first_day: dt.date | None = None
) -> tuple[list[Replay], list[LeftOut]]:
    """Replay policies over monthly series.

    Parameters
    ----------
    series : Series
        The counts.
    policies : sequence of Policy
        What to replay.
    first_day : datetime.date or None
        Report on months whose last day is not before this one. Default: all.

    Returns
    -------
    tuple
        The replays of each policy, in their order, and the rules that were left out. A policy
        has one replay, or two where the verdict depends on how many distinct persons or
        conversations a window holds.

    Notes
    -----
    The distinct persons of several months are at least those of the month with the most, and
    at most the sum of the months; so are conversations. A coalition is new from its first
    month on.
    """
    windows: dict[tuple[Count, int], _Window] = {}
    replays, left_out = [], []
    first = 0
    if first_day is not None:
        # A month's last day is never before one of its days.
        first = int(np.searchsorted(series.months, np.datetime64(first_day, "M")))
    for policy in policies:
        key = (policy.count, policy.active.window_months)
        if key not in windows:
            windows[key] = _window(series, *key)
        least, most = (_codes(series, windows[key], policy, which) for which in (0, 1))
        readings = [("", least)]
        if (least != most).any():
            readings = [
                (" (fewest persons)", least),
                (" (most persons)", most),
            ]
        spoke = _last(_counted(series, policy.count)[0] > _ROUNDING)
        replays += [
            Replay(
                policy=policy,
                reading=reading,
                slugs=series.slugs,
                months=series.months,
                codes=codes,
                spoke=spoke,
                told=series.end - 1,
                first=first,
            )
            for reading, codes in readings
        ]
        left_out += _left_out(series, policy)
    return replays, left_out


def _left_out(series: Series, policy: Policy) -> list[LeftOut]:
    active, count = policy.active, policy.count
    needed = {
        "active.min_participants": ("participants", active.min_participants > 0),
        "active.min_conversations": ("conversations", active.min_conversations > 0),
        "count.bulletins": ("bulletins", not count.bulletins),
        "count.automated": ("automated", count.automated),
        "count.suspected_spam": ("suspected_spam", count.suspected_spam),
    }
    return not_on_traffic(policy) + [
        LeftOut(policy.name, rule, f"no column {column}")
        for rule, (column, is_set) in needed.items()
        if is_set and column not in series.counts
    ]


def _counted(series: Series, count: Count) -> tuple[Counts, Flags]:
    """Add up what the policy counts, and tell where nobody knows how much it is."""
    messages = series.counts["messages"]
    if not count.bulletins and "bulletins" in series.counts:
        messages = messages - np.nan_to_num(series.counts["bulletins"])
    if count.automated and "automated" in series.counts:
        messages = messages + np.nan_to_num(series.counts["automated"])
    return np.nan_to_num(messages), np.isnan(messages)


def _window(series: Series, count: Count, months: int) -> _Window:
    messages, is_unknown = _counted(series, count)
    place = np.arange(len(series.months))
    inside = (place >= series.begin[:, None]) & (place < series.end[:, None])
    distinct: dict[str, tuple[Counts, Counts, Flags]] = {}
    for name in ("participants", "conversations"):
        if name in series.counts:
            known = np.nan_to_num(series.counts[name])
            # Where nobody wrote, there was nobody to count.
            gap = np.isnan(series.counts[name]) & (messages > _ROUNDING)
            least, most = _trailing_max(known, months), _trailing_sum(known, months)
            distinct[name] = (least, most, _trailing_sum(gap.astype(float), months) > 0)
    return _Window(
        messages=_trailing_sum(messages, months),
        has_gap=_trailing_sum((is_unknown & inside).astype(float), months) > 0,
        distinct=distinct,
    )


def _trailing_sum(values: Counts, months: int) -> Counts:
    total = np.cumsum(values, axis=1)
    gone = np.zeros_like(total)
    gone[:, months:] = total[:, :-months]
    return total - gone


def _trailing_max(values: Counts, months: int) -> Counts:
    size = min(months, values.shape[1])
    if not size:
        return values
    padded = np.pad(values, ((0, 0), (size - 1, 0)))
    greatest: Counts = sliding_window_view(padded, size, axis=1).max(axis=-1)
    return greatest


def _codes(series: Series, window: _Window, policy: Policy, which: int) -> NDArray[np.int8]:
    """Judge each month's end, by the least or the most of what cannot be told apart."""
    active, place = policy.active, np.arange(len(series.months))
    enough, has_gap = window.messages >= active.min_messages - _ROUNDING, window.has_gap
    for name, threshold in (
        ("participants", active.min_participants),
        ("conversations", active.min_conversations),
    ):
        if name in window.distinct and threshold:
            has_gap = has_gap | (window.distinct[name][2] & enough)
            enough &= window.distinct[name][which] >= threshold - _ROUNDING
    is_new = place < series.begin[:, None] + policy.new.grace_months
    is_active = enough | is_new
    silent = ~is_active & ~has_gap
    # For how many months it has been dormant: the first of them is the run's start.
    other = np.maximum.accumulate(np.where(silent, NEVER, place), axis=1)
    start = np.maximum(other + 1, series.begin[:, None])
    is_risky = silent & (place - start >= policy.at_risk.dormant_months)
    codes = np.select([is_active, is_risky, silent], [ACTIVE, AT_RISK, DORMANT], UNKNOWN)
    inside = (place >= series.begin[:, None]) & (place < series.end[:, None])
    return np.where(inside, codes, NO_STATUS).astype(np.int8)


def _last(flags: Flags) -> NDArray[np.int64]:
    """Position of the last true value of each row, `NEVER` for none."""
    place = np.where(flags, np.arange(flags.shape[1]), NEVER)
    last: NDArray[np.int64] = place.max(axis=1, initial=NEVER)
    return last
