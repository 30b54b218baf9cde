"""The coalitions under review: what is known of each by the day of the review."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dcactivity.bearing import NOTHING, Bearing
from dcactivity.coalitions import Coalition
from dcactivity.events import Events
from dcactivity.periods import shift_months, to_number
from dcactivity.timeline import Counted, Timeline, Windows, daily_windows

if TYPE_CHECKING:
    from dcactivity.policy import Count, Policy
    from dcactivity.registry import Registry

__all__ = ["Subject", "is_counted", "subjects_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """One coalition and its messages by the day of the review.

    Parameters
    ----------
    entry : Coalition
        What the registry says of it.
    at_hand : Events
        Its messages.
    events : Events
        Those that the policy counts.
    first : int or None
        Day of the first message that makes it known, days since 1970-01-01: where the registry
        says when it was recognised, the first that a person wrote (spam and bounces to an
        address that was set up early found no coalition); else the first of any kind.
    first_id : str or None
        That message's Message-ID.
    has_messages : bool
        Whether any message is at hand, an undated or later one included.
    is_later : bool
        Whether it has dated messages, and all of them are later.
    covered : int or None
        Last day that its archives cover; None where none is at hand.
    covered_known : bool
        Whether somebody stated that day.
    bearing : Bearing
        What else is on record of it and bears on its status.
    is_listed : bool
        Whether the registry names it.
    """

    entry: Coalition
    at_hand: Events
    events: Events
    first: int | None
    first_id: str | None
    has_messages: bool
    is_later: bool
    covered: int | None
    covered_known: bool
    bearing: Bearing = NOTHING
    is_listed: bool = False

    def exists(self, day: dt.date) -> bool:
        """Tell whether the coalition was recognised or heard of by a day."""
        if self.first is not None:
            return True
        recognised = self.entry.recognised
        # Without a day of recognition, its first message is the first that is known of it.
        return recognised <= day if recognised else not self.is_later

    @property
    def born(self) -> int | None:
        """The day from which it counts as new: its recognition, else its first message."""
        recognised = self.entry.recognised
        return to_number(recognised) if recognised else self.first

    def windows(self, day: int, window_months: int) -> Windows | None:
        """Count what the trailing window holds as of the end of each day of its life.

        Parameters
        ----------
        day : int
            The last day, days since 1970-01-01.
        window_months : int
            Length of the window, calendar months.

        Returns
        -------
        Windows or None
            None where it was neither recognised nor heard of by then.
        """
        born, events = self.born, self.events
        if born is None:
            return None
        start = born if self.first is None else min(born, self.first)
        if start > day:
            return None
        counted = Counted(
            events.day,
            events.person,
            conversations=np.where(events.is_answer, events.thread, -1),
            is_hidden=events.is_human & (events.person < 0),
            has_threads=events.has_threads,
        )
        return daily_windows(counted, window_months=window_months, start=start, stop=day)

    def fewest_participants(self, day: int, window_months: int) -> int:
        """Count the persons of a window as if every doubtful pair of senders were one.

        Parameters
        ----------
        day : int
            The day with which the window ends, days since 1970-01-01.
        window_months : int
            Its length, calendar months.

        Returns
        -------
        int
            At most as many as the window's participants.
        """
        inside = self.events.day > int(shift_months(day, -window_months))
        persons = np.unique(self.events.person_if_joined[inside & (self.events.person >= 0)])
        return len(persons)

    def timeline(self, day: int, policy: Policy) -> Timeline | None:
        """Work out its figures for each day of its life.

        Parameters
        ----------
        day : int
            The last day, days since 1970-01-01.
        policy : Policy
            The policy to follow.

        Returns
        -------
        Timeline or None
            None where it was neither recognised nor heard of by then.
        """
        return self.under(self.windows(day, policy.active.window_months), policy)

    def under(self, windows: Windows | None, policy: Policy) -> Timeline | None:
        """Hold its counts against a policy's thresholds.

        Parameters
        ----------
        windows : Windows or None
            As `windows` gives them for the policy's window.
        policy : Policy
            The policy to follow.

        Returns
        -------
        Timeline or None
            None where there are no windows.
        """
        if windows is None or self.born is None:
            return None
        return windows.under(policy, born=self.born, attended=self.bearing.attended)


def subjects_of(
    events: Events,
    registry: Registry | None,
    coverage: pd.DataFrame,
    day: dt.date,
    count: Count,
) -> Iterator[Subject]:
    """Give the coalitions of registry and messages, sorted.

    Parameters
    ----------
    events : Events
        Of all coalitions, with their Message-IDs.
    registry : Registry or None
        What is known of them; those of which there are only messages join them.
    coverage : DataFrame
        As `covered_until` gives it.
    day : datetime.date
        What is later than its end, UTC, plays no part.
    count : Count
        Which messages count.

    Yields
    ------
    Subject
        Each coalition once, those that do not exist yet or no longer included.
    """
    bounds = np.searchsorted(events.coalition, np.arange(len(events.slugs) + 1))
    place = {slug: slice(bounds[i], bounds[i + 1]) for i, slug in enumerate(events.slugs)}
    entries = {c.slug: c for c in registry.coalitions} if registry else {}
    reach = {
        slug: (None if pd.isna(until) else to_number(until.date()), bool(known))
        for slug, until, known in coverage[["coalition", "covered_until", "known"]]
        .fillna({"known": False})
        .itertuples(index=False)
    }
    for slug in sorted({*entries, *events.slugs}):
        where = place.get(slug, slice(0, 0))
        mine = events.take(np.arange(where.start, where.stop)).until(day)
        covered, known = reach.get(slug, (None, False))
        entry = entries.get(slug) or Coalition(slug=slug, name=slug)
        telling = mine.take(mine.is_human) if entry.recognised else mine
        yield Subject(
            entry=entry,
            at_hand=mine,
            events=mine.take(is_counted(mine, count)),
            first=int(telling.day[0]) if len(telling) else None,
            first_id=str(telling.ids(np.arange(1)).iloc[0]) if len(telling) else None,
            has_messages=slug in place,
            is_later=not len(mine) and where.stop > where.start,
            covered=covered,
            covered_known=known,
            is_listed=slug in entries,
        )


def is_counted(events: Events, count: Count) -> NDArray[np.bool_]:
    """Tell which messages a policy counts.

    Parameters
    ----------
    events : Events
        Of any coalitions.
    count : Count
        The policy's section.

    Returns
    -------
    array of bool
        One for each event.
    """
    counted = events.is_human.copy()
    if count.automated:
        counted |= ~events.is_human & ~events.is_suspected
    if count.suspected_spam:
        counted |= events.is_suspected
    return counted if count.bulletins else counted & ~events.is_bulletin
