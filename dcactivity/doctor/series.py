"""The months of each coalition as arrays, for all that is found by comparing them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dcactivity.events import Events

__all__ = ["Series", "month_name", "series_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Messages of any kind of one coalition, month by month.

    Parameters
    ----------
    slug : str
        The coalition.
    start : int
        Its first month, months since 1970-01.
    messages, automated, orphans : array of int64
        How many messages; how many of them no person wrote; how many answer a message that
        is not at hand.
    """

    slug: str
    start: int
    messages: NDArray[np.int64]
    automated: NDArray[np.int64]
    orphans: NDArray[np.int64]

    def around(self, begin: int, end: int, width: int = 3) -> tuple[float, float]:
        """Give the mean of the months before and after the places [begin, end)."""
        before, after = (
            self.messages[max(0, begin - width) : begin],
            self.messages[end : end + width],
        )
        return (
            float(before.mean()) if len(before) else 0.0,
            float(after.mean()) if len(after) else 0.0,
        )


def month_name(month: int) -> str:
    """Write a month, given as months since 1970-01, as ``YYYY-MM``."""
    return str(np.datetime64(month, "M"))


def series_of(events: Events) -> list[Series]:
    """Count each coalition's messages by month, from its first to its last one.

    Parameters
    ----------
    events : Events
        Of all coalitions, by the day looked back from.

    Returns
    -------
    list of Series
        One for each coalition that has a dated message, sorted.
    """
    months = events.day.astype("M8[D]").astype("M8[M]").astype(np.int64)
    bounds = np.searchsorted(events.coalition, np.arange(len(events.slugs) + 1))
    result = []
    for i, slug in enumerate(events.slugs):
        where = slice(bounds[i], bounds[i + 1])
        mine = months[where]
        if not len(mine):
            continue
        start, count = int(mine[0]), int(mine[-1] - mine[0]) + 1
        at = mine - start
        result.append(
            Series(
                slug,
                start,
                np.bincount(at, minlength=count),
                np.bincount(at[~events.is_human[where]], minlength=count),
                np.bincount(at[events.is_orphan[where]], minlength=count),
            )
        )
    return result
