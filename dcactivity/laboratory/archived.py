"""Policies replayed over a source of archives."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence

from dcactivity.assess import coverage_of
from dcactivity.decisions.read import load_events
from dcactivity.laboratory.past import replay_events
from dcactivity.laboratory.replay import Replay
from dcactivity.laboratory.rules import LeftOut
from dcactivity.messages.read import Opened, opened
from dcactivity.policy import Policy
from dcactivity.reviewing import as_of_day

__all__ = ["replay_source"]


def replay_source(
    source: str | os.PathLike[str] | Opened,
    policies: Sequence[Policy],
    *,
    first_day: dt.date | None = None,
    last_day: dt.date | None = None,
    retrieved: dt.date | None = None,
) -> tuple[list[Replay], list[LeftOut]]:
    """Replay policies over archives or a store.

    Parameters
    ----------
    source : str, path-like or Opened
        As for `dcactivity.review`, or one that is opened.
    policies : sequence of Policy
        What to replay.
    first_day, last_day : datetime.date or None
        As `replay_events` has them; the last day is by default the latest that any archive
        covers.
    retrieved : datetime.date or None
        The day up to which the archives of lists are complete for which nobody states one.

    Returns
    -------
    tuple
        As `replay_events` gives it.

    Raises
    ------
    InputError, MissingError
        If the source is wrong, or no archive says until when to look and no day is given.
    """
    if not isinstance(source, Opened):
        with opened(source, retrieved=retrieved) as found:
            return replay_source(found, policies, first_day=first_day, last_day=last_day)
    coverage = coverage_of(source)
    return replay_events(
        load_events(source),
        source.registry,
        coverage=coverage,
        policies=policies,
        day=as_of_day(last_day, coverage),
        first_day=first_day,
    )
