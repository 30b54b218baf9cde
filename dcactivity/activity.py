"""The monthly activity table, and the snapshot as of a date.

As of D means looking back from the end of day D, UTC: nothing later is counted. Messages
without a credible date are left out.
"""

from __future__ import annotations

import datetime as dt
from typing import overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dcactivity.checks import require_columns
from dcactivity.coverage import covered_until, latest_covered
from dcactivity.errors import InputError
from dcactivity.events import DAY, NEVER, Events, events_of
from dcactivity.periods import as_day, shift_months, to_number

__all__ = ["count_months", "monthly_activity", "snapshot"]

_HOUR = 3_600_000_000

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]


def monthly_activity(
    messages: pd.DataFrame,
    *,
    as_of: dt.date | str | None = None,
    coverage: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Count what happened in each calendar month.

    Parameters
    ----------
    messages : DataFrame, one row per message
        As `dcactivity.read_messages` gives it; see `dcactivity.events.events_of` for the
        columns that are needed, and for what follows where others are missing.
    as_of : datetime.date or str, optional
        Count nothing later than the end of this day, UTC. Default: the latest day that any
        archive covers.
    coverage : DataFrame, optional
        As `covered_until` gives it. Default: each archive reaches to its newest message.

    Returns
    -------
    DataFrame
        As `count_months` gives it.

    Raises
    ------
    InputError
        A column is missing, or a date is none.
    """
    covered = covered_until(messages) if coverage is None else coverage
    require_columns(covered, ("coalition", "covered_until"), name="coverage")
    last = latest_covered(covered) if as_of is None else as_day(as_of)
    return count_months(events_of(messages), as_of=last, coverage=covered)


def count_months(events: Events, *, as_of: dt.date | None, coverage: pd.DataFrame) -> pd.DataFrame:
    """Count events by calendar month.

    Parameters
    ----------
    events : Events
        Of any number of coalitions.
    as_of : datetime.date or None
        Count nothing later than the end of this day, UTC; None where there is nothing.
    coverage : DataFrame
        As `covered_until` gives it.

    Returns
    -------
    DataFrame
        ``coalition`` (str), ``month`` (str, ``YYYY-MM``, UTC), ``messages, participants,
        newcomers, threads, conversations, replies, automated, bulletins`` (Int64),
        ``top_share, reply_hours`` (Float64): one row for each month from the first message
        to the month of `as_of`, zero where nothing was said, missing in months that lie
        wholly after the day covered; sorted by coalition and month.

    Notes
    -----
    All but ``automated`` count what persons wrote, bulletins included. A participant is a
    person with at least one message in the month, a newcomer one whose first message in this
    coalition falls in it. A message whose author nobody knows makes no participant. A thread
    belongs to the month of its first message, a conversation to each month in which somebody
    in it answers somebody else. ``top_share`` is the most prolific person's share of the
    month's messages. ``reply_hours`` is the median time, in hours, from a message to its
    first answer by another person, over the first answers given in the month: so a month
    that is over does not change any more.
    """
    end = to_number(as_of) if as_of else 0
    events = events.take(events.instant < (end + 1) * DAY)
    month, final = _month_of(events.day), int(_month_of(end))
    # One block of rows for each coalition that has a message, one row for each month.
    first = np.full(len(events.slugs), final + 1, dtype=np.int64)
    np.minimum.at(first, events.coalition, month)
    offset = np.concatenate(([0], np.cumsum(final - first + 1)))
    block = np.repeat(np.arange(len(events.slugs)), final - first + 1)
    months = np.arange(offset[-1]) - offset[block] + first[block]
    row = offset[events.coalition] + month - first[events.coalition]
    told = months <= _covered_months(events, coverage)[block]
    human = events.take(events.is_human)
    return pd.DataFrame(
        {
            "coalition": pd.Series(np.array(events.slugs, dtype=object)[block], dtype="str"),
            "month": pd.Series(np.datetime_as_string(months.astype("M8[M]")), dtype="str"),
            **_counts(human, row[events.is_human], told),
            "automated": _nullable(_tally(row[~events.is_human], len(told)), told),
            "bulletins": _nullable(
                _tally(row[events.is_human & events.is_bulletin], len(told)), told
            ),
            **_measures(human, row[events.is_human], told),
        }
    )


def _counts(human: Events, row: Numbers, told: Flags) -> dict[str, pd.Series]:
    """Count messages of persons, and who and what stands behind them, in each row."""
    persons = human.person
    counts = {
        "messages": row,
        "participants": _firsts(row, (row, persons), known=persons >= 0),
        "newcomers": _firsts(row, (human.coalition, persons), known=persons >= 0),
    }
    in_threads = {
        "threads": _firsts(row, (human.thread,), known=human.thread >= 0),
        "conversations": _firsts(row, (row, human.thread), known=human.is_answer),
        "replies": row[human.is_reply],
    }
    certain = told & human.has_threads
    return {name: _nullable(_tally(where, len(told)), told) for name, where in counts.items()} | {
        name: _nullable(_tally(where, len(told)), certain) for name, where in in_threads.items()
    }


def _measures(human: Events, row: Numbers, told: Flags) -> dict[str, pd.Series]:
    """Work out the share of the most prolific person, and how soon answers came."""
    total = _tally(row, len(told))
    known = human.person >= 0
    pairs, each = np.unique(_joined(row[known], human.person[known]), return_counts=True)
    most = np.zeros(len(told), dtype=np.int64)
    np.maximum.at(most, pairs // (human.person.max(initial=0) + 1), each)
    share = np.round(most / np.maximum(total, 1), 4)
    answers = np.flatnonzero(human.is_answer & (human.delay != NEVER))
    # Events stand in the order of time: the first that answers a message is its first answer.
    earliest = answers[np.unique(human.answered[answers], return_index=True)[1]]
    hours, has_answer = _medians(row[earliest], human.delay[earliest] / _HOUR, len(told))
    return {
        "top_share": _nullable(share, told & (most > 0)),
        "reply_hours": _nullable(np.round(hours, 2), told & has_answer),
    }


def _medians(
    row: Numbers, values: NDArray[np.float64], length: int
) -> tuple[NDArray[np.float64], Flags]:
    """Give the median of the values of each row, and which rows have any."""
    order = np.lexsort((values, row))
    row, values = row[order], values[order]
    count = np.bincount(row, minlength=length)
    begin = np.cumsum(count) - count
    has_any: Flags = np.asarray(count > 0)
    low, high = begin + (count - 1) // 2, begin + count // 2
    result = np.zeros(length)
    result[has_any] = (values[low[has_any]] + values[high[has_any]]) / 2
    return result, has_any


def snapshot(
    messages: pd.DataFrame, *, as_of: dt.date | str | None = None, window_months: int = 12
) -> pd.DataFrame:
    """Count each coalition's trailing months, looking back from the end of a day.

    Parameters
    ----------
    messages : DataFrame, one row per message
        As for `monthly_activity`.
    as_of : datetime.date or str, optional
        The day, UTC. Default: the day of the newest message.
    window_months : int, default 12
        Calendar months, > 0: the window is (end of day minus so many months, end of day].

    Returns
    -------
    DataFrame
        ``coalition`` (str), ``last_message`` (datetime64[us, UTC]), ``days_silent``,
        ``messages``, ``participants``, ``newcomers`` (Int64), of what persons wrote: one row
        for each coalition of the frame, sorted; missing where there is no such dated message
        by then.

    Raises
    ------
    InputError
        A column is missing, a date is none, or the window is empty.
    """
    if window_months < 1:
        raise InputError(f"a window of {window_months} months is empty", position="window_months")
    day = latest_covered(covered_until(messages)) if as_of is None else as_day(as_of)
    end = to_number(day) if day else 0
    start = int(shift_months(end, -window_months))
    events = events_of(messages)
    events = events.take(events.is_human & (events.day <= end))
    n, inside = len(events.slugs), events.day > start
    last = np.full(n, NEVER)
    np.maximum.at(last, events.coalition, events.instant)
    # Twice as many rows: even ones for before the window, odd ones for within it.
    row, known = 2 * events.coalition + inside, events.person >= 0
    counts = {
        "messages": row,
        "participants": _firsts(row, (row, events.person), known=known),
        "newcomers": _firsts(row, (events.coalition, events.person), known=known),
    }
    counted = {name: np.bincount(at, minlength=2 * n)[1::2] for name, at in counts.items()}
    return pd.DataFrame(
        {
            "coalition": pd.Series(events.slugs, dtype="str"),
            "last_message": pd.Series(last.astype("M8[us]")).dt.tz_localize("UTC"),
            "days_silent": _nullable(end - last // DAY, last != NEVER),
            **{name: _nullable(values, last != NEVER) for name, values in counted.items()},
        }
    )


def _firsts(row: Numbers, keys: tuple[Numbers, ...], *, known: Flags) -> Numbers:
    """Return, for each distinct combination of keys, the first row on which it stands."""
    row, keys = row[known], tuple(key[known] for key in keys)
    group = keys[0] if len(keys) == 1 else _joined(*keys)
    order = np.lexsort((row, group))
    starts = np.diff(group[order], prepend=-1) != 0
    first: Numbers = row[order][starts]
    return first


def _joined(outer: Numbers, inner: Numbers) -> Numbers:
    """Make one number of two; the inner one takes its largest value as its span."""
    joined: Numbers = outer * (inner.max(initial=0) + 1) + inner
    return joined


def _tally(row: Numbers, length: int) -> Numbers:
    tally: Numbers = np.bincount(row, minlength=length)
    return tally


def _covered_months(events: Events, coverage: pd.DataFrame) -> Numbers:
    """Return the last month of which each coalition's archives tell."""
    told = np.full(len(events.slugs), NEVER)
    np.maximum.at(told, events.coalition, events.instant)  # where coverage says nothing
    stated = pd.Series(
        coverage["covered_until"].to_numpy().astype("M8[us]").astype(np.int64),
        index=coverage["coalition"].astype("str"),
    )
    given = stated.reindex(events.slugs, fill_value=NEVER).to_numpy()
    until: Numbers = np.where(given == NEVER, told, given) // DAY
    return _month_of(until)


@overload
def _month_of(days: int) -> np.int64: ...
@overload
def _month_of(days: Numbers) -> Numbers: ...
def _month_of(days: int | Numbers) -> np.int64 | Numbers:
    months: Numbers = np.asarray(days, np.int64).astype("M8[D]").astype("M8[M]").astype(np.int64)
    return months


def _nullable(values: Numbers | NDArray[np.float64], known: Flags) -> pd.Series:
    if values.dtype.kind == "f":
        return pd.Series(pd.arrays.FloatingArray(values.astype(np.float64), ~known))
    return pd.Series(pd.arrays.IntegerArray(values.astype(np.int64), ~known))
