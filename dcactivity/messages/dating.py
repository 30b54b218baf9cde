"""When a message was written: the best-supported of three candidates.

Candidates are the Date field, a Received instant and the envelope line. What decides between
them are properties of the list as a whole: until when its archives are complete, and whether
the envelopes of one format can be believed at all. So the decision is made from the stored
candidates, for all messages of a list together, and no clock is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import datetime as dt

    import numpy.typing as npt

    Microseconds = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

__all__ = [
    "ENVELOPE",
    "HEADER",
    "MISSING",
    "NONE",
    "RECEIVED",
    "Candidates",
    "Reach",
    "decide",
    "end_of_day",
    "envelopes_believed",
    "first_beyond",
    "near_envelopes",
]

HEADER, RECEIVED, ENVELOPE, NONE = range(4)
"""Codes of ``date_source``, places in `dcactivity.messages.schema.DATE_SOURCES`."""

MISSING = np.iinfo(np.int64).min
"""Stands for a missing instant."""

_DAY = 86_400 * 1_000_000
_BEFORE, _AFTER = 30 * _DAY, 2 * _DAY  # a Date may lie so far before and after the delivery
_ENVELOPE_SPREAD = 2 * _DAY  # median distance from which envelopes are not believed
_LONE_DAYS = 400  # a date farther than this beyond all others of the list is not believed
_FIRST = int(np.datetime64("1985-01-01", "us").astype(np.int64))


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidates of many messages, microseconds since 1970 UTC, or `MISSING`.

    Attributes
    ----------
    header, received, envelope : array of int64
        Instants of the Date field, of a Received hop, of the From_ line.
    """

    header: Microseconds
    received: Microseconds
    envelope: Microseconds

    def where(self, mask: Mask) -> Candidates:
        """Keep some of the messages."""
        return Candidates(self.header[mask], self.received[mask], self.envelope[mask])


@dataclass(frozen=True, slots=True)
class Reach:
    """How far dates are believed that nothing bears out, as far as messages were looked at.

    Attributes
    ----------
    settled : int or None
        The last day, since 1970, of a date that something bears out.
    alone : int or None
        The last day of a date that nothing bears out.
    is_firm : bool
        Whether no later message can make `alone` less believed, or an earlier refused date
        more: all are believed, and another date was there to hold them against.
    """

    settled: int | None = None
    alone: int | None = None
    is_firm: bool = True


def end_of_day(day: dt.date) -> int:
    """Give the first microsecond after a day, UTC, since 1970."""
    return int((np.datetime64(day, "us") + np.timedelta64(1, "D")).astype(np.int64))


def envelopes_believed(candidates: Candidates) -> bool:
    """Tell whether the envelopes of one list in one format can be believed.

    Parameters
    ----------
    candidates : Candidates
        Of all messages of a list in one format.

    Returns
    -------
    bool
        True where the median distance between envelope and Date is under two days. Exports
        and re-imports date all envelopes to one day, or to 1970.
    """
    distance = _distances(candidates)
    return bool(len(distance) and np.median(distance) < _ENVELOPE_SPREAD)


def near_envelopes(candidates: Candidates) -> int:
    """Count the messages whose envelope is so near to their Date as `envelopes_believed` asks."""
    return int((_distances(candidates) < _ENVELOPE_SPREAD).sum())


def _distances(candidates: Candidates) -> Microseconds:
    both = (candidates.header != MISSING) & (candidates.envelope != MISSING)
    distance: Microseconds = np.abs(candidates.header[both] - candidates.envelope[both])
    return distance


def first_beyond(complete_until: dt.date | None) -> int:
    """Give the first instant that is not believed any more."""
    return (
        np.iinfo(np.int64).max if complete_until is None else end_of_day(complete_until) + _AFTER
    )


def decide(
    candidates: Candidates,
    believed: Mask,
    complete_until: dt.date | None,
    earlier: Reach | None = None,
) -> tuple[Microseconds, npt.NDArray[np.int8], Reach]:
    """Choose the instant of each message of a list.

    Parameters
    ----------
    candidates : Candidates
        Of all messages of the list, or of those that `earlier` leaves out.
    believed : array of bool
        Whether the envelope of each message can be believed.
    complete_until : date or None
        The day up to which somebody stated the archives to be complete; None where only the
        messages themselves say how far they reach.
    earlier : Reach or None
        That of messages of the list which were decided on before; firm.

    Returns
    -------
    tuple
        Microseconds since 1970 UTC or `MISSING`; the source (`HEADER`, `RECEIVED`, `ENVELOPE`
        or `NONE`); and the reach of all messages, where nobody stated a day.
    """
    latest, reach = first_beyond(complete_until), earlier or Reach()

    def credible(instants: Microseconds) -> Mask:
        known: Mask = (instants >= _FIRST) & (instants < latest)
        return known

    by_received = credible(candidates.received)
    by_envelope = ~by_received & believed & credible(candidates.envelope)
    delivery = np.where(by_received, candidates.received, candidates.envelope)
    delivered = by_received | by_envelope
    has_date = candidates.header != MISSING
    lag = np.where(has_date & delivered, delivery - candidates.header, 0)
    supported = has_date & delivered & (lag <= _BEFORE) & (lag >= -_AFTER)
    alone = has_date & ~delivered & credible(candidates.header)
    if complete_until is None:
        settled = np.where(supported, candidates.header, delivery)[delivered]
        limit, reach = _reach(settled, candidates.header[alone], reach)
        alone &= candidates.header <= limit
    date = np.full(len(has_date), MISSING, dtype=np.int64)
    source = np.full(len(has_date), NONE, dtype=np.int8)
    choices = (
        (by_envelope, candidates.envelope, ENVELOPE),
        (by_received, candidates.received, RECEIVED),
        (supported | alone, candidates.header, HEADER),
    )
    for chosen, instants, code in choices:
        date[chosen], source[chosen] = instants[chosen], code
    return date, source, reach


def _reach(settled: Microseconds, alone: Microseconds, earlier: Reach) -> tuple[int, Reach]:
    """Find the end of the last day whose dates, borne out by nothing, are still believed.

    Reckoned in days: what a broken clock, which stands still, wrote on one day is one date and
    bears nothing out.
    """
    known = [day for day in (earlier.settled,) if day is not None]
    if len(settled):
        known = [max([*known, int(settled.max()) // _DAY])]
    # Days before `earlier.alone` are not at hand, but stand behind it: it is believed already.
    before = {day for day in (earlier.alone,) if day is not None}
    days: list[int] = sorted({*np.unique(alone // _DAY).tolist()} | before)
    is_firm = True
    while days and days[-1] != earlier.alone:
        others = [*days[-2:-1], *known]
        if not others or days[-1] - max(others) <= _LONE_DAYS:
            is_firm &= bool(others)
            break
        days.pop()
        is_firm = False
    found = Reach(known[0] if known else None, days[-1] if days else None, is_firm)
    return ((days[-1] + 1) * _DAY - 1 if days else int(MISSING)), found
