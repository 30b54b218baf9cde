"""Dates of a coalition's messages, and on what they rest, so that new mail is dated alone.

What decides on dates are properties of a list as a whole, so that in principle each new message
may change the date of an old one. In practice it hardly ever does, and what little has to be
known of the old messages to tell is kept: the grounds of their dates.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dcactivity.messages.dating import (
    MISSING,
    Candidates,
    Reach,
    decide,
    envelopes_believed,
    first_beyond,
    near_envelopes,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    import numpy.typing as npt

    from dcactivity.messages.index import Index

    Mask = npt.NDArray[np.bool_]

__all__ = ["Grounds", "date_rows", "still_stand"]


@dataclass(frozen=True, slots=True)
class Envelopes:
    """The envelopes of one list in one format.

    Attributes
    ----------
    seen : int
        How many messages have one.
    dated : int
        How many have a Date, too.
    near : int
        Of how many the two are near each other.
    believed : bool
        What was made of it.
    """

    seen: int
    dated: int
    near: int
    believed: bool


@dataclass(frozen=True, slots=True)
class Grounds:
    """What has to be known of messages whose dates are decided, when others join them.

    Attributes
    ----------
    envelopes : dict
        From formats to what was found of the envelopes.
    reach : Reach
        How far dates are believed that nothing bears out.
    beyond : int or None
        The first candidate, microseconds since 1970, that lies too late to be believed.
    """

    envelopes: dict[str, Envelopes] = field(default_factory=dict)
    reach: Reach = field(default_factory=Reach)
    beyond: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Give what JSON holds."""
        return asdict(self)

    @classmethod
    def from_dict(cls, found: Mapping[str, Any]) -> Grounds:
        """Undo `as_dict`."""
        return cls(
            {kind: Envelopes(**each) for kind, each in found["envelopes"].items()},
            Reach(**found["reach"]),
            found["beyond"],
        )


def still_stand(grounds: Grounds, before: dt.date | None, now: dt.date | None) -> bool:
    """Tell whether dates stay as they are when the day changes up to which a list is complete.

    Parameters
    ----------
    grounds : Grounds
        What they rest on.
    before, now : date or None
        The day stated when they were decided, and the one stated now.

    Returns
    -------
    bool
        False also where that cannot be told without looking at the messages.
    """
    if before is None or now is None:
        return before is None and now is None
    return before <= now and (grounds.beyond is None or grounds.beyond >= first_beyond(now))


def date_rows(
    index: Index,
    lists: Mapping[str, str],
    formats: Mapping[str, str],
    complete_until: Mapping[str, dt.date | None],
    earlier: Mapping[str, Grounds],
) -> tuple[dict[str, bool], dict[str, Grounds]] | None:
    """Decide the dates of all rows of an index, list by list.

    Parameters
    ----------
    index : Index
        Takes the dates.
    lists, formats : mapping
        From the names of ledger rows to their list and format.
    complete_until : mapping
        From the lists to the day up to which their archives were stated to be complete.
    earlier : mapping
        From lists to the grounds of the messages that were dated before and are not in
        `index`; empty where it holds all.

    Returns
    -------
    tuple or None
        From the names of ledger rows to whether their envelopes are believed, and from the
        lists to their grounds; None where the dates decided before may not stand.
    """
    verdicts: dict[str, bool] = {}
    grounds: dict[str, Grounds] = dict(earlier)
    index.date, index.source = index.date.copy(), index.source.copy()
    present = [index.names[code] for code in np.unique(index.archive).tolist()]
    for address in sorted({lists[name] for name in present}):
        names = [name for name in present if lists[name] == address]
        before = grounds.get(address, Grounds())
        if not before.reach.is_firm and complete_until.get(address) is None:
            return None
        envelopes = dict(before.envelopes)
        believed = np.zeros(len(index), dtype=bool)
        for kind in sorted({formats[name] for name in names}):
            of_kind = [name for name in names if formats[name] == kind]
            rows = index.rows_of(of_kind)
            found = _envelopes(index.candidates(rows), before.envelopes.get(kind))
            if found is None:
                return None
            envelopes[kind] = found
            believed[rows] = found.believed
            verdicts.update(dict.fromkeys(of_kind, found.believed))
        here = index.rows_of(names)
        chosen, day = index.candidates(here), complete_until.get(address)
        date, source, reach = decide(chosen, believed[here], day, before.reach)
        index.date[here], index.source[here] = date, source
        grounds[address] = Grounds(envelopes, reach, _beyond(chosen, day, before.beyond))
    return verdicts, grounds


def _envelopes(candidates: Candidates, before: Envelopes | None) -> Envelopes | None:
    """Judge envelopes together with former ones; None where that could change the former."""
    has_envelope = candidates.envelope != MISSING
    both = has_envelope & (candidates.header != MISSING)
    seen, dated = int(has_envelope.sum()), int(both.sum())
    near = near_envelopes(candidates)
    if before is None or not before.seen:
        return Envelopes(seen, dated, near, envelopes_believed(candidates))
    seen, dated, near = seen + before.seen, dated + before.dated, near + before.near
    # The median is near where more than half are, and is not where fewer are; else it lies
    # between the two in the middle, which are not known here.
    believed = 2 * near > dated
    if believed != before.believed or (dated and 2 * near == dated):
        return None
    return Envelopes(seen, dated, near, believed)


def _beyond(
    candidates: Candidates, complete_until: dt.date | None, before: int | None
) -> int | None:
    """Find the first candidate that is too late."""
    limit = first_beyond(complete_until)
    late = [] if before is None else [before]
    for instants in (candidates.header, candidates.received, candidates.envelope):
        beyond = instants[instants >= limit]
        late += [int(beyond.min())] if len(beyond) else []
    return min(late, default=None)
