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
    "decide",
    "end_of_day",
    "envelopes_believed",
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
    both = (candidates.header != MISSING) & (candidates.envelope != MISSING)
    if not both.any():
        return False
    distance = np.abs(candidates.header[both] - candidates.envelope[both])
    return bool(np.median(distance) < _ENVELOPE_SPREAD)


def decide(
    candidates: Candidates, believed: Mask, complete_until: dt.date | None
) -> tuple[Microseconds, npt.NDArray[np.int8]]:
    """Choose the instant of each message of a list.

    Parameters
    ----------
    candidates : Candidates
        Of all messages of the list.
    believed : array of bool
        Whether the envelope of each message can be believed.
    complete_until : date or None
        The day up to which somebody stated the archives to be complete; None where only the
        messages themselves say how far they reach.

    Returns
    -------
    tuple of arrays
        Microseconds since 1970 UTC or `MISSING`, and the source (`HEADER`, `RECEIVED`,
        `ENVELOPE` or `NONE`).
    """
    latest = (
        np.iinfo(np.int64).max if complete_until is None else end_of_day(complete_until) + _AFTER
    )

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
        alone &= candidates.header <= _reach(settled, candidates.header[alone])
    date = np.full(len(has_date), MISSING, dtype=np.int64)
    source = np.full(len(has_date), NONE, dtype=np.int8)
    choices = (
        (by_envelope, candidates.envelope, ENVELOPE),
        (by_received, candidates.received, RECEIVED),
        (supported | alone, candidates.header, HEADER),
    )
    for chosen, instants, code in choices:
        date[chosen], source[chosen] = instants[chosen], code
    return date, source


def _reach(settled: Microseconds, alone: Microseconds) -> int:
    """Find the end of the last day whose dates, borne out by nothing, are still believed.

    Reckoned in days: what a broken clock, which stands still, wrote on one day is one date and
    bears nothing out.
    """
    known = [int(settled.max()) // _DAY] if len(settled) else []
    days: list[int] = np.unique(alone // _DAY).tolist()
    while days:
        others = [*days[-2:-1], *known]
        if not others or days[-1] - max(others) <= _LONE_DAYS:
            return (days[-1] + 1) * _DAY - 1
        days.pop()
    return MISSING
