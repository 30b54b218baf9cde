"""Policies replayed over archives: exactly what the review would have said, month by month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dcactivity.history import NO_STATUS, codes_of, life_of, month_ends
from dcactivity.laboratory.replay import NEVER, Replay
from dcactivity.laboratory.rules import LeftOut, not_on_traffic
from dcactivity.periods import to_number
from dcactivity.subjects import Subject, subjects_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dcactivity.events import Events
    from dcactivity.policy import Count, Policy
    from dcactivity.registry import Registry

__all__ = ["replay_events"]


def replay_events(
    events: Events,
    registry: Registry | None,
    *,
    coverage: pd.DataFrame,
    policies: Sequence[Policy],
    day: dt.date,
    first_day: dt.date | None = None,
) -> tuple[list[Replay], list[LeftOut]]:
    """Replay policies over events.

    Parameters
    ----------
    events : Events
        Of all coalitions.
    registry : Registry or None
        What is known of them.
    coverage : DataFrame
        As `covered_until` gives it.
    policies : sequence of Policy
        What to replay.
    day : datetime.date
        Look back from the end of this day, UTC; the last month is the last that it completes.
    first_day : datetime.date or None
        Report on months whose last day is not before this one. Default: all.

    Returns
    -------
    tuple
        One replay for each policy, in their order, and the rules that were left out.
    """
    last = to_number(day)
    subjects = {
        count: list(subjects_of(events, registry, coverage, day, count))
        for count in {policy.count for policy in policies}
    }
    some = next(iter(subjects.values()), [])
    starts = [
        min(x for x in (s.born, s.first) if x is not None) for s in some if s.born is not None
    ]
    known = [start for start in starts if start <= last]
    days = month_ends(min(known, default=last), last)
    shape = (len(some), len(days))
    codes = {i: np.empty(shape, dtype=np.int8) for i in range(len(policies))}
    for count, same in groupby(sorted(range(len(policies)), key=lambda i: _key(policies[i])),
                               key=lambda i: policies[i].count):  # fmt: skip
        wanted = list(same)
        for row, subject in enumerate(subjects[count]):
            _fill(codes, row, subject, [(i, policies[i]) for i in wanted], days, last)
    months = days.astype("M8[D]").astype("M8[M]")
    # A month's last day is never before one of its days.
    since = None if first_day is None else np.datetime64(first_day, "M")
    first = 0 if since is None else int(np.searchsorted(months, since))
    replays = [
        Replay(
            policy=policy,
            reading="",
            slugs=[subject.entry.slug for subject in some],
            months=months,
            codes=codes[i],
            spoke=_spoke(subjects[policy.count], months),
            told=_told(some, policy, days),
            first=first,
        )
        for i, policy in enumerate(policies)
    ]
    left_out = [rule for policy in policies for rule in not_on_traffic(policy)]
    if not events.has_threads:
        left_out += [
            LeftOut(policy.name, "active.min_conversations", "nobody told what answers what")
            for policy in policies
            if policy.active.min_conversations
        ]
    return replays, left_out


def _key(policy: Policy) -> tuple[tuple[bool, ...], int]:
    return _flags(policy.count), policy.active.window_months


def _flags(count: Count) -> tuple[bool, ...]:
    return count.automated, count.suspected_spam, count.bulletins


def _fill(
    codes: dict[int, NDArray[np.int8]],
    row: int,
    subject: Subject,
    policies: list[tuple[int, Policy]],
    days: NDArray[np.int64],
    last: int,
) -> None:
    """Fill in one coalition's row of each policy; those with the same window count it once."""
    for months, same in groupby(policies, key=lambda each: each[1].active.window_months):
        windows, born = subject.windows(last, months), subject.born
        for i, policy in same:
            timeline = None
            if windows is not None and born is not None:
                timeline = windows.under(policy, born=born)
            life = life_of(subject, timeline, last, policy)
            codes[i][row] = NO_STATUS if life is None else codes_of(life, days)


def _spoke(subjects: list[Subject], months: NDArray[np.datetime64]) -> NDArray[np.int64]:
    """Give the position of the month of each one's last counted message."""
    result = np.full(len(subjects), NEVER, dtype=np.int64)
    for row, subject in enumerate(subjects):
        spoken = subject.events.day.astype("M8[D]").astype("M8[M]")
        # A month that is not over has no place.
        place = np.searchsorted(months, spoken)
        result[row] = place[place < len(months)].max(initial=NEVER)
    return result


def _told(subjects: list[Subject], policy: Policy, days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give the position of the last month at whose end each one's archives tell of silence."""
    result = np.full(len(subjects), NEVER, dtype=np.int64)
    for row, subject in enumerate(subjects):
        if subject.covered is not None:
            until = subject.covered + policy.coverage.grace_days
            if subject.entry.ended is not None:
                until = min(until, to_number(subject.entry.ended) - 1)
            result[row] = np.searchsorted(days, until, side="right") - 1
    return result
