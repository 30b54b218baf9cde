"""Counted events, the monthly table, and the snapshot as of a date.

Everything is counted from a compact table of events: which coalition, when, which person.
As of D means looking back from the end of day D, UTC: nothing later is counted. Messages
without a credible date are left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import overload

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dcactivity.checks import require_columns
from dcactivity.coverage import covered_until, latest_covered
from dcactivity.errors import InputError
from dcactivity.periods import as_day, shift_months, to_number

__all__ = ["counted_events", "monthly_activity", "snapshot"]

_DAY_US = 86_400_000_000
_NEVER = np.iinfo(np.int64).min  # the number that numpy reads as NaT


@dataclass(frozen=True, slots=True)
class _Events:
    """Dated messages up to a day, in the order of the frame they came from."""

    slugs: list[str]  # sorted, those without a dated message included
    coalition: NDArray[np.int64]  # position in slugs
    instant: NDArray[np.int64]  # microseconds since 1970-01-01 UTC
    person: NDArray[np.int64]  # -1: nobody knows who
    row: NDArray[np.int64]  # position in the frame

    @property
    def day(self) -> NDArray[np.int64]:
        return self.instant // _DAY_US


def monthly_activity(
    messages: pd.DataFrame,
    *,
    as_of: dt.date | str | None = None,
    coverage: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Count messages, participants and newcomers of each calendar month.

    Parameters
    ----------
    messages : DataFrame, one row per message
        Needs ``coalition``, ``date`` (UTC) and who wrote: ``person`` where there is such a
        column, else ``from_address`` and, where that is missing, ``from_name``.
    as_of : datetime.date or str, optional
        Count nothing later than the end of this day, UTC. Default: the latest day that any
        archive covers.
    coverage : DataFrame, optional
        As `covered_until` gives it. Default: each archive reaches to its newest message.

    Returns
    -------
    DataFrame
        ``coalition`` (str), ``month`` (str, ``YYYY-MM``, UTC), ``messages``,
        ``participants``, ``newcomers`` (Int64): one row for each month from the first
        message to the month of ``as_of``, zero where nothing was said, missing in months
        that lie wholly after the day covered; sorted by coalition and month.

    Raises
    ------
    InputError
        A column is missing, or a date is none.

    Notes
    -----
    A participant is a person with at least one message in the month, a newcomer one whose
    first message in this coalition falls in it. A message whose author nobody knows counts
    as a message and makes no participant.
    """
    covered = covered_until(messages) if coverage is None else coverage
    require_columns(covered, ("coalition", "covered_until"), name="coverage")
    last = latest_covered(covered) if as_of is None else as_day(as_of)
    end = to_number(last) if last else 0
    events = _events(messages, end)
    month, final = _month_of(events.day), int(_month_of(end))
    # One block of rows for each coalition that has a message, one row for each month.
    first = np.full(len(events.slugs), final + 1, dtype=np.int64)
    np.minimum.at(first, events.coalition, month)
    offset = np.concatenate(([0], np.cumsum(final - first + 1)))
    block = np.repeat(np.arange(len(events.slugs)), final - first + 1)
    months = np.arange(offset[-1]) - offset[block] + first[block]
    row = offset[events.coalition] + month - first[events.coalition]
    told = months <= _covered_months(events, covered)[block]
    counts = {
        "messages": row,
        "participants": _first_rows(events, row, within=row),
        "newcomers": _first_rows(events, row, within=events.coalition),
    }
    return pd.DataFrame(
        {
            "coalition": pd.Series(np.array(events.slugs, dtype=object)[block], dtype="str"),
            "month": pd.Series(np.datetime_as_string(months.astype("M8[M]")), dtype="str"),
            **{
                name: _nullable(np.bincount(where, minlength=len(months)), told)
                for name, where in counts.items()
            },
        }
    )


def counted_events(messages: pd.DataFrame, *, as_of: dt.date | str | None = None) -> pd.DataFrame:
    """Reduce messages to the compact table of those that count.

    Parameters
    ----------
    messages : DataFrame, one row per message
        As for `monthly_activity`, and ``message_id``.
    as_of : datetime.date or str, optional
        Leave out what is later than the end of this day, UTC. Default: keep all.

    Returns
    -------
    DataFrame
        ``coalition`` (category, those without a dated message among its categories),
        ``date`` (datetime64[us, UTC]), ``person`` (Int64, a number for each person, missing
        where nobody knows who wrote), ``message_id`` (str); sorted by coalition, date and
        Message-ID.

    Raises
    ------
    InputError
        A column is missing, or ``as_of`` is no date.
    """
    require_columns(messages, ("message_id",))
    events = _events(messages, None if as_of is None else to_number(as_day(as_of)))
    ids = messages["message_id"].astype("str").iloc[events.row].reset_index(drop=True)
    order = np.lexsort((events.instant, events.coalition))
    same = (np.diff(events.instant[order]) == 0) & (np.diff(events.coalition[order]) == 0)
    if same.any():
        # Only messages of the same instant need their Message-IDs compared, which is slow.
        tied = np.concatenate((order[:-1][same], order[1:][same]))
        rank = np.zeros(len(order), dtype=np.int64)
        rank[tied] = np.unique(ids.iloc[tied].to_numpy(dtype=object), return_inverse=True)[1]
        order = np.lexsort((rank, events.instant, events.coalition))
    return pd.DataFrame(
        {
            "coalition": pd.Categorical.from_codes(
                events.coalition[order], pd.Index(events.slugs, dtype="str")
            ),
            "date": _instants(events.instant[order]),
            "person": _nullable(events.person[order], events.person[order] >= 0),
            "message_id": ids.iloc[order].reset_index(drop=True),
        }
    )


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
        ``messages``, ``participants``, ``newcomers`` (Int64): one row for each coalition of
        the frame, sorted; missing where it has no dated message by then.

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
    events = _events(messages, end)
    n, inside = len(events.slugs), events.day > start
    last = np.full(n, _NEVER)
    np.maximum.at(last, events.coalition, events.instant)
    # Twice as many rows: even ones for before the window, odd ones for within it.
    row = 2 * events.coalition + inside
    counts = {
        "messages": row,
        "participants": _first_rows(events, row, within=row),
        "newcomers": _first_rows(events, row, within=events.coalition),
    }
    counted = {name: np.bincount(at, minlength=2 * n)[1::2] for name, at in counts.items()}
    return pd.DataFrame(
        {
            "coalition": pd.Series(events.slugs, dtype="str"),
            "last_message": _instants(last),
            "days_silent": _nullable(end - last // _DAY_US, last != _NEVER),
            **{name: _nullable(values, last != _NEVER) for name, values in counted.items()},
        }
    )


def _events(messages: pd.DataFrame, last: int | None) -> _Events:
    """Dated messages up to the end of the day ``last``."""
    require_columns(messages, ("coalition", "date"))
    found, slugs = pd.factorize(messages["coalition"])
    order = np.argsort(np.asarray(slugs, dtype=object))
    place = np.append(np.argsort(order), -1)  # a missing coalition stays missing
    codes = place[found]
    instants = pd.to_datetime(messages["date"], utc=True, format="ISO8601").dt.tz_localize(None)
    moment = instants.to_numpy().astype("M8[us]").astype(np.int64)
    keep = (moment != _NEVER) & (codes >= 0)
    if last is not None:
        keep &= moment < (last + 1) * _DAY_US
    row = np.flatnonzero(keep)
    return _Events(
        slugs=[str(slugs[i]) for i in order],
        coalition=codes[row],
        instant=moment[row],
        person=_persons(messages)[row],
        row=row,
    )


def _persons(messages: pd.DataFrame) -> NDArray[np.int64]:
    """Give each person a number; -1 where nobody knows who wrote."""
    if "person" in messages.columns:
        return pd.factorize(messages["person"])[0].astype(np.int64)
    require_columns(messages, ("from_address",))
    names = [name for name in ("from_address", "from_name") if name in messages.columns]
    return _numbered([messages[name] for name in names])


def _numbered(columns: Iterable[pd.Series]) -> NDArray[np.int64]:
    """Give rows a number by the first column that says something, in one folded form."""
    known: dict[str, int] = {}
    result: NDArray[np.int64] | None = None
    for column in columns:
        # Each distinct text is folded once: a list has few writers and many messages.
        codes, texts = pd.factorize(column)
        folded = (" ".join(str(text).split()).casefold() for text in texts)
        numbers = [known.setdefault(text, len(known)) if text else -1 for text in folded]
        found = np.array([*numbers, -1], dtype=np.int64)[codes]
        result = found if result is None else np.where(result >= 0, result, found)
    return np.empty(0, dtype=np.int64) if result is None else result


def _first_rows(
    events: _Events, row: NDArray[np.int64], *, within: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return, for each person in each group, the first row on which they stand."""
    known = events.person >= 0
    group = within[known] * (events.person.max(initial=0) + 1) + events.person[known]
    order = np.lexsort((row[known], group))
    starts = np.diff(group[order], prepend=-1) != 0
    first: NDArray[np.int64] = row[known][order][starts]
    return first


def _covered_months(events: _Events, coverage: pd.DataFrame) -> NDArray[np.int64]:
    """Return the last month of which each coalition's archives tell."""
    told = np.full(len(events.slugs), _NEVER)
    np.maximum.at(told, events.coalition, events.instant)  # where coverage says nothing
    stated = pd.Series(
        coverage["covered_until"].to_numpy().astype("M8[us]").astype(np.int64),
        index=coverage["coalition"].astype("str"),
    )
    given = stated.reindex(events.slugs, fill_value=_NEVER).to_numpy()
    return _month_of(np.where(given == _NEVER, told, given) // _DAY_US)


@overload
def _month_of(days: int) -> np.int64: ...
@overload
def _month_of(days: NDArray[np.int64]) -> NDArray[np.int64]: ...
def _month_of(days: int | NDArray[np.int64]) -> np.int64 | NDArray[np.int64]:
    months: NDArray[np.int64] = (
        np.asarray(days, np.int64).astype("M8[D]").astype("M8[M]").astype(np.int64)
    )
    return months


def _instants(moments: NDArray[np.int64]) -> pd.Series:
    return pd.Series(moments.astype("M8[us]")).dt.tz_localize("UTC")


def _nullable(values: NDArray[np.int64], known: NDArray[np.bool_]) -> pd.Series:
    return pd.Series(pd.arrays.IntegerArray(values.astype(np.int64), ~known))
