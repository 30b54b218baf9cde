"""The status of each coalition as of each month's last day, for its whole past.

One pass over a coalition's counted events gives spans of one status each, and what is on record
besides is laid over them; what a review of any day would say is read off. So the history of
twenty years costs no more than the review of one day, and says the same as reviewing month by
month.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dcactivity.periods import from_number, shift_months, to_number
from dcactivity.timeline import STATUSES, Timeline

if TYPE_CHECKING:
    from dcactivity.bearing import Span
    from dcactivity.policy import Policy
    from dcactivity.subjects import Subject

__all__ = ["NO_STATUS", "Life", "codes_of", "history_of", "life_of", "month_ends"]

NO_STATUS = -1
"""The code of what does not exist yet or no longer; other codes are places in `STATUSES`."""

_ALWAYS = to_number(dt.date.min)
_STATUS = pd.CategoricalDtype(list(STATUSES), ordered=True)
_CODES = {status: code for code, status in enumerate(STATUSES)}


@dataclass(frozen=True, slots=True)
class Life:
    """One coalition's past in spans of one status each.

    Parameters
    ----------
    slug : str
        The coalition.
    spans : list of tuple
        First day, first day after, and status: in the order of time, without a gap.
    ended : int or None
        The day from which it exists no longer, days since 1970-01-01.
    """

    slug: str
    spans: list[Span]
    ended: int | None

    @property
    def known_from(self) -> int | None:
        """Its first day; None where no message and no recognition says since when it exists."""
        first = self.spans[0][0]
        return None if first == _ALWAYS else first


def life_of(subject: Subject, timeline: Timeline | None, day: int, policy: Policy) -> Life | None:
    """Cut a coalition's past into spans.

    Parameters
    ----------
    subject : Subject
        The coalition as of the day.
    timeline : Timeline or None
        Its figures, as ``subject.timeline(day, policy)`` gives them.
    day : int
        The day of the review, days since 1970-01-01.
    policy : Policy
        The policy that the timeline follows.

    Returns
    -------
    Life or None
        None where it does not exist by that day.
    """
    ended = None if subject.entry.ended is None else to_number(subject.entry.ended)
    if timeline is not None:
        told = subject.bearing.over(timeline.spans(subject.covered))
        return Life(subject.entry.slug, told, ended)
    if not subject.exists(from_number(day)):
        return None
    # Nothing says since when it exists: never active, and silent as far as archives reach.
    reach = subject.covered
    until = _ALWAYS if reach is None else min(reach + policy.coverage.grace_days, day) + 1
    spans: list[Span] = [(_ALWAYS, until, "DORMANT"), (until, day + 1, "UNKNOWN")]
    told = subject.bearing.over([span for span in spans if span[0] < span[1]])
    return Life(subject.entry.slug, told, ended)


def month_ends(first: int, last: int) -> NDArray[np.int64]:
    """List the last days of calendar months that lie in a span of days.

    Parameters
    ----------
    first, last : int
        Days since 1970-01-01, both included.

    Returns
    -------
    ndarray of int64
        Days since 1970-01-01, ascending.
    """
    months = np.arange(
        np.datetime64(first, "D").astype("M8[M]"), np.datetime64(last + 1, "D").astype("M8[M]")
    )
    return (months + 1).astype("M8[D]").astype(np.int64) - 1


def codes_of(life: Life, days: NDArray[np.int64]) -> NDArray[np.int8]:
    """Tell a coalition's status as of the end of each of some days.

    Parameters
    ----------
    life : Life
        Its spans.
    days : ndarray of int64
        Days since 1970-01-01, none after the spans.

    Returns
    -------
    ndarray of int8
        Places in `STATUSES`, `NO_STATUS` where it does not exist.
    """
    starts = np.array([start for start, _, _ in life.spans])
    codes = np.array([*(_CODES[status] for _, _, status in life.spans), NO_STATUS], dtype=np.int8)
    found = codes[np.searchsorted(starts, days, side="right") - 1]
    if life.ended is not None:
        found[days >= life.ended] = NO_STATUS
    return found


def history_of(lives: Sequence[Life], day: dt.date) -> pd.DataFrame:
    """Tell the status of each coalition as of each month's last day.

    Parameters
    ----------
    lives : sequence of Life
        The coalitions, in the order of the rows.
    day : datetime.date
        The day of the review; a month that it does not complete has no row.

    Returns
    -------
    DataFrame
        ``coalition`` (str), ``month`` (str, ``YYYY-MM``, UTC), ``status`` (ordered category);
        one row for each coalition and month as of whose last day it exists, sorted.

    Notes
    -----
    A coalition of which neither a message nor a recognition says since when it exists has rows
    from the first month of all others on; where there are no others, for the last month alone.
    """
    last = to_number(day)
    born = [life.known_from for life in lives if life.known_from is not None]
    first = min(born, default=int(shift_months(last + 1, -1)))
    days = month_ends(first, last)
    codes = np.empty((len(lives), len(days)), dtype=np.int8)
    for row, life in zip(codes, lives, strict=True):
        row[:] = codes_of(life, days)
    who, when = np.nonzero(codes != NO_STATUS)
    months = np.datetime_as_string(days.astype("M8[D]").astype("M8[M]"))
    slugs = np.array([life.slug for life in lives], dtype=object)
    status = pd.Categorical.from_codes(codes[who, when], dtype=_STATUS)
    return pd.DataFrame(
        {
            "coalition": pd.Series(slugs[who], dtype="str"),
            "month": pd.Series(months[when], dtype="str"),
            "status": status,
        }
    )
