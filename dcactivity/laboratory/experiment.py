"""The laboratory: policies replayed over the past, and what a committee asks of them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dcactivity.errors import InputError
from dcactivity.laboratory import tables
from dcactivity.laboratory.measures import draws, measure
from dcactivity.laboratory.months import replay_series
from dcactivity.laboratory.replay import Replay
from dcactivity.laboratory.rules import LeftOut, swept
from dcactivity.laboratory.series import read_series, series_of
from dcactivity.periods import as_day
from dcactivity.policy import Policy

if TYPE_CHECKING:
    from dcactivity.messages.read import Opened

__all__ = ["Laboratory", "is_series", "lab"]

AnyPolicy = Policy | str | os.PathLike[str]


@dataclass(frozen=True, eq=False)
class Laboratory:
    """What policies would have done over the past.

    Parameters
    ----------
    replays : list of Replay
        One for each policy; two where monthly series leave two readings of it.
    rules_left_out : list of LeftOut
        The rules that could not be followed.
    swept : tuple of str
        The key paths that were swept; empty without a sweep.
    bases : dict of str to str
        After a sweep, from which policy each one was made, by name.
    resamples : int
        How often coalitions are drawn for the intervals.
    seed : int
        The seed of these draws.

    Notes
    -----
    Each table is made when it is first asked for.
    """

    replays: list[Replay]
    rules_left_out: list[LeftOut]
    swept: tuple[str, ...] = ()
    bases: Mapping[str, str] = field(default_factory=dict)
    resamples: int = 1000
    seed: int = 2022

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row for each policy: notices, false alarms, delays, as `measure` gives them.

        After a sweep, ``base`` (str) and a column for each key that was swept stand behind
        ``policy``.
        """
        first = self.replays[0]
        drawn = draws(len(first.slugs), resamples=self.resamples, seed=self.seed)
        frame = measure(self.replays, drawn)
        if self.swept:
            bases = [self.bases[r.policy.name] + r.reading for r in self.replays]
            frame.insert(1, "base", pd.Series(bases, dtype="str"))
        for place, path in enumerate(self.swept, start=2):
            section, key = path.split(".")
            values = [getattr(getattr(r.policy, section), key) for r in self.replays]
            frame.insert(place, path, pd.Series(values).convert_dtypes())
        return frame

    @cached_property
    def months(self) -> pd.DataFrame:
        """How many coalitions were what at each month's end, as `tables.by_month` gives it."""
        return tables.by_month(self.replays)

    @cached_property
    def years(self) -> pd.DataFrame:
        """How many notices fell into each year, as `tables.by_year` gives it."""
        return tables.by_year(self.replays)

    @cached_property
    def coalitions(self) -> pd.DataFrame:
        """Which coalitions, and for how long, as `tables.by_coalition` gives it."""
        return tables.by_coalition(self.replays)

    @cached_property
    def spells(self) -> pd.DataFrame:
        """Each spell of being dormant or at risk, as `tables.spells_of` gives it."""
        return tables.spells_of(self.replays)

    @cached_property
    def late(self) -> pd.DataFrame:
        """Coalitions silent for good, and when they were at risk, as `tables.lateness` does."""
        return tables.lateness(self.replays)

    @cached_property
    def disagreements(self) -> pd.DataFrame:
        """Where the policies disagree, by name, as `tables.disagreements` gives it."""
        return tables.disagreements(self.replays)

    @cached_property
    def left_out(self) -> pd.DataFrame:
        """Which rules were left out: ``policy, rule, reason`` (str)."""
        rows = [(rule.policy, rule.rule, rule.reason) for rule in self.rules_left_out]
        return pd.DataFrame(rows, columns=["policy", "rule", "reason"], dtype="str")


def lab(
    source: str | os.PathLike[str] | pd.DataFrame | Opened,
    policies: AnyPolicy | Iterable[AnyPolicy],
    *,
    sweep: Mapping[str, Sequence[object]] | None = None,
    start: dt.date | str | None = None,
    end: dt.date | str | None = None,
    retrieved: dt.date | None = None,
    resamples: int = 1000,
    seed: int = 2022,
) -> Laboratory:
    """Replay policies over the past.

    Parameters
    ----------
    source : str, path-like, DataFrame or Opened
        Archives or a store, as for `dcactivity.review`; or monthly series: a CSV file, whose
        name ends in ``.csv``, or a frame, with ``coalition, month, messages`` and more, see
        `series_of`.
    policies : Policy, str, path-like, or an iterable of these
        Policies, names of presets, or TOML files.
    sweep : mapping of str to sequence, optional
        Replay, in place of each policy, one for each combination of these values, by key path:
        ``{"active.window_months": [6, 12, 18]}``; of one key or two.
    start, end : datetime.date or str, optional
        Report on the months whose last day lies in this span; nothing after ``end`` is
        looked at. Default: from the first month of any coalition to the latest day that any
        archive covers, or to the last month of the series.
    retrieved : date, optional
        The day up to which the archives of lists are complete for which nobody states one.
    resamples : int, default 1000
        How often coalitions are drawn for the intervals; at least 1.
    seed : int, default 2022
        The same seed gives the same intervals.

    Returns
    -------
    Laboratory
        The tables.

    Raises
    ------
    InputError, MissingError
        If source, policies, sweep or dates are wrong, or no month lies in the span; the
        message names the way out.

    Notes
    -----
    A replay follows the rules on traffic alone; `Laboratory.left_out` names what it could not
    follow. On archives it says exactly what `dcactivity.review` would have said as of each
    month's last day.
    """
    base = [policies] if isinstance(policies, Policy | str | os.PathLike) else list(policies)
    rules = [each if isinstance(each, Policy) else Policy.load(each) for each in base]
    bases: dict[str, str] = {}
    if sweep:
        made = [(variant, policy) for policy in rules for variant in swept(policy, sweep)]
        rules, bases = [variant for variant, _ in made], {v.name: p.name for v, p in made}
    if not rules:
        raise InputError("no policy is given", hint="name at least one")
    _refuse_twice(rules)
    if resamples < 1:
        raise InputError(f"{resamples} is too few", position="resamples", hint="draw once or more")
    first = None if start is None else as_day(start, name="start")
    last = None if end is None else as_day(end, name="end")
    if isinstance(source, pd.DataFrame):
        replays, left_out = _on_series(source, rules, first, last)
    elif isinstance(source, str | os.PathLike) and is_series(source):
        replays, left_out = _on_series(read_series(source), rules, first, last)
    else:
        # Series need nothing that reads archives.
        from dcactivity.laboratory.archived import replay_source

        replays, left_out = replay_source(
            source, rules, first_day=first, last_day=last, retrieved=retrieved
        )
    if not replays[0].reported.shape[1]:
        raise InputError("no month ends in the span", hint="give another start or end")
    return Laboratory(replays, left_out, tuple(sweep or ()), bases, resamples=resamples, seed=seed)


def is_series(source: str | os.PathLike[str]) -> bool:
    """Tell whether a source is a file of monthly series.

    Parameters
    ----------
    source : str or path-like
        What `lab` is given.

    Returns
    -------
    bool
        True for a path that ends in ``.csv``, unless it is a folder's.
    """
    path = Path(source)
    return path.suffix.lower() == ".csv" and not path.is_dir()


def _refuse_twice(rules: list[Policy]) -> None:
    seen: set[str] = set()
    for policy in rules:
        if policy.name in seen:
            raise InputError(
                f"two policies are named {policy.name!r}", hint="give each a name of its own"
            )
        seen.add(policy.name)


def _on_series(
    monthly: pd.DataFrame,
    rules: list[Policy],
    first: dt.date | None,
    last: dt.date | None,
) -> tuple[list[Replay], list[LeftOut]]:
    series = series_of(monthly)
    if last is not None:
        # The month that this day completes, else the one before.
        series = series.until(np.datetime64(last + dt.timedelta(1), "M") - 1)
    return replay_series(series, rules, first_day=first)
