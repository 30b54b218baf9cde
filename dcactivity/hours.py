"""At which hours people write, in which parts of the world, and when they could meet.

The Date field of a message names the writer's offset from UTC. It tells a part of the world
and no country; daylight saving time moves it by an hour; and a web form or an old program may
say +0000 wherever its user sits.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from dcactivity.checks import require_columns
from dcactivity.periods import as_day, from_number, shift_months, to_number

__all__ = ["meeting_hours", "writing_profile"]

_DAY_BEGINS, _DAY_ENDS = 8, 20  # local hours at which one may ask people to meet
_HOURS = 24


def writing_profile(
    messages: pd.DataFrame, *, as_of: dt.date | str | None = None, months: int | None = 24
) -> pd.DataFrame:
    """Count messages and people by offset from UTC and hour.

    Parameters
    ----------
    messages : DataFrame, one row per message
        As `dcactivity.read_messages` gives it: ``date`` (UTC) and ``utc_offset`` (minutes);
        where present, ``person`` and ``automated`` (others than missing are left out).
    as_of : datetime.date or str, optional
        Count nothing later than this day. Default: the newest message's.
    months : int, optional
        Look back so many calendar months, 24 by default; None looks at everything.

    Returns
    -------
    DataFrame
        ``utc_offset`` (Int64, minutes), ``hour`` (Int64, of the day in UTC), ``messages``
        (Int64), ``people`` (Float64: each person counts as one, spread over where and when they
        write), sorted; without rows that hold nothing.

    Raises
    ------
    InputError
        A column is missing.
    """
    require_columns(messages, ("date", "utc_offset"), name="messages")
    frame = messages[messages["date"].notna() & messages["utc_offset"].notna()]
    if "automated" in frame.columns:
        frame = frame[frame["automated"].isna()]
    days = frame["date"].dt.date
    if len(frame):
        last = days.max() if as_of is None else as_day(as_of)
        first = dt.date.min
        if months is not None:
            first = from_number(int(shift_months(to_number(last), -months)))
        frame = frame[(days <= last) & (days > first)]
    who = frame["person"] if "person" in frame.columns else pd.Series(frame.index)
    counted = pd.DataFrame(
        {
            "utc_offset": frame["utc_offset"].astype("Int64").to_numpy(),
            "hour": frame["date"].dt.hour.astype("Int64").to_numpy(),
            "person": who.astype("str").to_numpy(),
        }
    )
    each = counted.groupby("person")["hour"].transform("size")
    counted["people"] = 1.0 / each
    found = counted.groupby(["utc_offset", "hour"], as_index=False).agg(
        messages=("hour", "size"), people=("people", "sum")
    )
    types = {"utc_offset": "Int64", "hour": "Int64", "messages": "Int64", "people": "Float64"}
    return found.astype(types)


def meeting_hours(profile: pd.DataFrame) -> pd.DataFrame:
    """Tell for each hour of the day for how many people it lies in their waking day.

    Parameters
    ----------
    profile : DataFrame
        As `writing_profile` gives it.

    Returns
    -------
    DataFrame
        ``hour`` (Int64, the hour's beginning in UTC, 0 to 23), ``share`` (Float64, the share of
        the people for whom the whole hour lies between 8 and 20 o'clock of their own time;
        missing where nobody wrote).
    """
    offsets = profile["utc_offset"].to_numpy(dtype=np.int64)
    weights = profile["people"].to_numpy(dtype=np.float64)
    hours = np.arange(_HOURS)
    local = (hours[:, None] * 60 + offsets[None, :]) % (60 * _HOURS)
    suits = (local >= 60 * _DAY_BEGINS) & (local <= 60 * (_DAY_ENDS - 1))
    total = weights.sum()
    share = (suits * weights).sum(axis=1) / total if total else np.full(_HOURS, np.nan)
    return pd.DataFrame(
        {"hour": pd.Series(hours, dtype="Int64"), "share": pd.Series(share, dtype="Float64")}
    )
