"""What only many lists together show: lists that moved, and mass mailings."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from dcactivity.doctor.findings import DOUBTFUL, MISLEADING, Finding
from dcactivity.doctor.series import Series, month_name
from dcactivity.events import DAY, Events

__all__ = ["mass_mailings", "moved_lists"]

_QUIET = 2  # messages in the six months before, at most
_LISTS = 5  # quiet lists below which nothing can be said of nearly all of them
_NEARLY_ALL = 0.8
_YEAR = 366 * DAY
_NEAR = 92 * DAY  # a list that moves is silent for a quarter at most
_SAME = 0.5  # share of the new list's writers who wrote on the old one
_WRITERS = 3


def mass_mailings(series: list[Series]) -> Iterator[Finding]:
    """Find months in which nearly all quiet lists hold one to three messages.

    Parameters
    ----------
    series : list of Series
        Of all coalitions.

    Yields
    ------
    Finding
        One for each such month. The notice before a closing round is the usual cause: counted,
        it makes a dead list look alive.
    """
    if not series:
        return
    first = min(one.start for one in series)
    last = max(one.start + len(one.messages) for one in series)
    table = np.full((len(series), last - first), -1)
    for row, one in zip(table, series, strict=True):
        at = one.start - first
        row[at : at + len(one.messages)] = one.messages
        row[at + len(one.messages) :] = 0
    for month in range(6, last - first):
        past = table[:, month - 6 : month]
        quiet = (past >= 0).all(axis=1) & (past.sum(axis=1) <= _QUIET)
        now = table[quiet, month]
        few = int(((now >= 1) & (now <= 3)).sum())
        if len(now) >= _LISTS and few >= _NEARLY_ALL * len(now):
            yield Finding(
                DOUBTFUL,
                "",
                "mass mailing",
                month_name(first + month),
                f"{few} of {len(now)} quiet lists hold one to three messages",
                "a notice to all is no sign of life of any: name the body's addresses in the "
                "registry, so that what they send counts as a bulletin",
            )


def moved_lists(events: Events) -> Iterator[Finding]:
    """Find coalitions whose traffic stops where another's starts, with the same people.

    Parameters
    ----------
    events : Events
        Of all coalitions, with the same number for a person in all of them.

    Yields
    ------
    Finding
        One for each pair.
    """
    bounds = np.searchsorted(events.coalition, np.arange(len(events.slugs) + 1))
    human = events.is_human & (events.person >= 0) & ~events.is_bulletin
    lives = []
    for i, slug in enumerate(events.slugs):
        where = np.flatnonzero(human[bounds[i] : bounds[i + 1]]) + bounds[i]
        if len(where):
            lives.append((slug, events.instant[where], events.person[where]))
    starts = np.array([when[0] for _, when, _ in lives], dtype=np.int64)
    order = np.argsort(starts, kind="stable")
    for old, when, who in lives:
        end = int(when[-1])
        before = np.unique(who[when > end - _YEAR])
        # Of thousands of lists, a few begin at about the time at which one ends.
        low = np.searchsorted(starts, end - _NEAR, side="left", sorter=order)
        high = np.searchsorted(starts, end + _NEAR, side="right", sorter=order)
        for new, later, writers in (lives[place] for place in np.sort(order[low:high])):
            if new == old:
                continue
            start = int(later[0])
            after = np.unique(writers[later < start + _YEAR])
            same = len(np.intersect1d(before, after))
            if same >= _WRITERS and same >= _SAME * len(after):
                yield Finding(
                    MISLEADING,
                    old,
                    "moved list",
                    str(np.datetime64(end // DAY, "D")),
                    f"its traffic stops where that of {new} starts, and {same} of the "
                    f"{len(after)} who wrote there in its first year wrote here in the last",
                    "what looks like silence may be a move: name both lists under one coalition",
                )
