"""A coalition's own rhythm: its present silence beside its own past.

Coalitions live in a yearly cycle; three silent months mean little where every summer has them.
What stands here is context: the verdict stays the policy's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dcactivity.events import DAY, Events
from dcactivity.periods import from_number, shift_months, to_number
from dcactivity.wording import amount, plain_date

__all__ = ["Rhythm", "rhythm_of", "rhythm_sentences"]

_SPAN_MONTHS = 3  # a quarter is long enough to hold something, and short enough for a season


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How long silences used to be, and what used to be said at this time of the year.

    Parameters
    ----------
    days_silent : int or None
        Days since the last counted message; None where there was none.
    longest_silence : int or None
        The longest earlier gap between two counted messages, days.
    gaps_as_long : float or None
        Share of the earlier gaps that were at least as long as the present silence, 0 to 1.
    same_months : tuple of int
        Counted messages in the three months that end with this day in each of the five years
        before, the latest first; years before the first message are left out.
    last_exchange : str or None
        The last month, ``YYYY-MM``, in which two or more persons wrote.
    last_own : str or None
        The day, ``YYYY-MM-DD``, of the last message by a person that was no bulletin.
    """

    days_silent: int | None
    longest_silence: int | None
    gaps_as_long: float | None
    same_months: tuple[int, ...]
    last_exchange: str | None
    last_own: str | None


def rhythm_of(counted: Events, at_hand: Events, day: int) -> Rhythm:
    """Set a coalition's present silence beside its own past.

    Parameters
    ----------
    counted : Events
        Its counted messages by that day.
    at_hand : Events
        All its messages by that day.
    day : int
        The day looked back from, days since 1970-01-01.

    Returns
    -------
    Rhythm
        What its past says.
    """
    days = counted.day
    gaps = np.diff(np.unique(days))
    silent = int(day - days[-1]) if len(days) else None
    own = at_hand.instant[at_hand.is_human & ~at_hand.is_bulletin]
    return Rhythm(
        days_silent=silent,
        longest_silence=int(gaps.max()) if len(gaps) else None,
        gaps_as_long=round(float((gaps >= day - days[-1]).mean()), 4) if len(gaps) else None,
        same_months=_same_months(days, day),
        last_exchange=_last_exchange(counted),
        last_own=str(np.datetime64(int(own[-1]) // DAY, "D")) if len(own) else None,
    )


def _same_months(days: NDArray[np.int64], day: int) -> tuple[int, ...]:
    counts = []
    for year in range(1, 6):
        end = int(shift_months(day, -12 * year))
        begin = int(shift_months(end, -_SPAN_MONTHS))
        if not len(days) or end < days[0]:
            break
        counts.append(int(((days > begin) & (days <= end)).sum()))
    return tuple(counts)


def _last_exchange(counted: Events) -> str | None:
    known = counted.person >= 0
    months = counted.day[known].astype("M8[D]").astype("M8[M]").astype(np.int64)
    persons = counted.person[known]
    pairs = np.unique(np.stack([months, persons]), axis=1)[0]
    each, writers = np.unique(pairs, return_counts=True)
    busy = each[writers >= 2]
    return str(np.datetime64(int(busy[-1]), "M")) if len(busy) else None


def rhythm_sentences(rhythm: Rhythm, day: dt.date) -> Iterator[str]:
    """Say it in sentences.

    Parameters
    ----------
    rhythm : Rhythm
        As `rhythm_of` gives it.
    day : datetime.date
        The day looked back from.

    Yields
    ------
    str
        None where nothing was ever counted.
    """
    if rhythm.days_silent is None:
        return
    said = f"The present silence has lasted {amount(rhythm.days_silent, 'day')}"
    if rhythm.longest_silence is None:
        yield f"{said}."
    else:
        share = f"{100 * (rhythm.gaps_as_long or 0):.0f} %"
        yield (
            f"{said}; the longest one before was of {amount(rhythm.longest_silence, 'day')}, and "
            f"{share} of the earlier ones lasted as long as this."
        )
    if rhythm.same_months:
        begin = from_number(int(shift_months(to_number(day), -3)) + 1)
        years = ", ".join(map(str, rhythm.same_months))
        yield (
            f"In the same part of the year ({_day_of_year(begin)} to {_day_of_year(day)}) of the "
            f"years before, the latest first, it had {years} messages."
        )
    if rhythm.last_exchange:
        yield f"The last month in which two or more persons wrote was {rhythm.last_exchange}."
    if rhythm.last_own:
        yield f"The last message by a person that was no bulletin came on {rhythm.last_own}."


def _day_of_year(day: dt.date) -> str:
    return plain_date(day).rsplit(" ", 1)[0]
