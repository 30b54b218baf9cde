"""The review: activity and a policy give each coalition's status, since when, and why.

Silence is held against a coalition only where its archives reach far enough to prove it;
where they do not, the status is UNKNOWN: the archive is silent, not the coalition.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dcactivity.activity import counted_events
from dcactivity.checks import require_columns
from dcactivity.coalitions import Coalition
from dcactivity.coverage import covered_until, latest_covered
from dcactivity.errors import InputError
from dcactivity.periods import as_day, from_number, months_between, to_number
from dcactivity.timeline import Timeline, daily_activity
from dcactivity.verdict import Verdict, judge

if TYPE_CHECKING:
    from dcactivity.policy import Policy
    from dcactivity.registry import Registry

__all__ = ["STATUSES", "Review", "review_activity"]

#: In the order of rising concern; of the last nothing can be said.
STATUSES = ("ACTIVE", "DORMANT", "AT_RISK", "UNKNOWN")

_MOST_EVIDENCE = 20  # newest first: enough to open and look, short enough for a cell

_STATUS_TYPES = {
    "coalition": "str",
    "name": "str",
    "status": pd.CategoricalDtype(list(STATUSES), ordered=True),
    "since": "datetime64[us]",
    "last_message": "datetime64[us, UTC]",
    "days_silent": "Int64",
    "window_months": "Int64",
    "messages": "Int64",
    "participants": "Int64",
    "covered_until": "datetime64[us]",
    "why": "str",
}
_REASON_TYPES = {
    "coalition": "str",
    "rule": "str",
    "value": "Int64",
    "threshold": "Int64",
    "met": "boolean",
    "evidence": "str",
}
_BAND_TYPES = {
    "coalition": "str",
    "start": "datetime64[us]",
    "end": "datetime64[us]",
    "status": "str",
}
_ENDED_TYPES = {
    "coalition": "str",
    "name": "str",
    "ended": "datetime64[us]",
    "successor": "str",
}


@dataclass(frozen=True, slots=True, eq=False)
class Review:
    """What a review found.

    Parameters
    ----------
    status : DataFrame
        ``coalition, name`` (str), ``status`` (ordered category), ``since``
        (datetime64[us], a day), ``last_message`` (datetime64[us, UTC]), ``days_silent,
        window_months, messages, participants`` (Int64), ``covered_until``
        (datetime64[us], a day), ``why`` (str); one row for each coalition that exists as
        of the day, sorted. What nothing at hand can tell is missing.
    reasons : DataFrame
        ``coalition, rule`` (str), ``value, threshold`` (Int64), ``met`` (boolean),
        ``evidence`` (str, Message-IDs joined by spaces, newest first, at most 20); one
        row for each rule that was tried, sorted.
    ended : DataFrame
        ``coalition, name, ended, successor`` of those that exist no longer, sorted.
    as_of : datetime.date
        The day from whose end, UTC, the review looks back.
    policy : Policy
        The policy it followed.
    coverage : DataFrame
        Until when the archives are complete, as `covered_until` gives it.
    bands : DataFrame
        ``coalition, start, end, status``: each coalition's past, as spans of days (half-open
        [start, end), UTC) of one status, sorted.
    """

    status: pd.DataFrame
    reasons: pd.DataFrame
    ended: pd.DataFrame
    as_of: dt.date
    policy: Policy
    coverage: pd.DataFrame
    bands: pd.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class _Subject:
    """One coalition and its counted events by the day of the review."""

    entry: Coalition
    dates: NDArray[np.datetime64]
    persons: NDArray[np.int64]
    ids: pd.Series
    has_messages: bool
    is_later: bool  # it has dated messages, and all of them are later
    covered: int | None
    covered_known: bool

    @property
    def days(self) -> NDArray[np.int64]:
        return self.dates.astype("M8[D]").astype(np.int64)


def review_activity(
    messages: pd.DataFrame,
    registry: Registry | None = None,
    *,
    policy: Policy,
    as_of: dt.date | str | None = None,
    coverage: pd.DataFrame | None = None,
) -> Review:
    """Classify every coalition as of a day, under a policy.

    Parameters
    ----------
    messages : DataFrame, one row per message
        Needs ``coalition``, ``date`` (UTC), ``message_id`` and who wrote: ``person`` where
        there is such a column, else ``from_address`` and, where missing, ``from_name``.
    registry : Registry, optional
        The coalitions; those of which there are only messages join them.
    policy : Policy
        Thresholds and periods.
    as_of : datetime.date or str, optional
        Look back from the end of this day, UTC. Default: the latest day that any archive
        covers.
    coverage : DataFrame, optional
        As `covered_until` gives it, which is the default.

    Returns
    -------
    Review
        The verdicts and their reasons.

    Raises
    ------
    InputError
        A column is missing, ``as_of`` is no date, or is not given and no archive is at
        hand.

    Notes
    -----
    ACTIVE: the trailing ``active.window_months`` hold enough messages by enough persons,
    or the coalition is new. Else DORMANT, since the first day of the unbroken run of days
    on whose ends this was so; AT_RISK after ``at_risk.dormant_months`` of it. UNKNOWN in
    place of these two where the archives end more than ``coverage.grace_days`` earlier.
    A coalition neither recognised nor heard of by that day has no row, and one that ended
    is listed apart.
    """
    covered = _coverage(messages, registry, coverage)
    day = as_of_day(as_of, covered)
    rows: list[tuple[object, ...]] = []
    reasons: list[tuple[object, ...]] = []
    ended: list[tuple[object, ...]] = []
    bands: list[tuple[object, ...]] = []
    for subject in _subjects(messages, registry, covered, day):
        entry = subject.entry
        if entry.ended is not None and entry.ended <= day:
            ended.append((entry.slug, entry.name, entry.ended, entry.successor))
        elif _exists(subject, day):
            timeline = _timeline(subject, to_number(day), policy)
            verdict = _verdict(subject, timeline, to_number(day), policy)
            bands += _band_rows(subject, timeline)
            rows.append(_status_row(subject, verdict))
            reasons += sorted(_reason_rows(subject, verdict), key=lambda row: str(row[1]))
    return Review(
        status=_frame(rows, _STATUS_TYPES),
        reasons=_frame(reasons, _REASON_TYPES),
        ended=_frame(ended, _ENDED_TYPES),
        as_of=day,
        policy=policy,
        coverage=covered,
        bands=_frame(bands, _BAND_TYPES),
    )


def _coverage(
    messages: pd.DataFrame, registry: Registry | None, coverage: pd.DataFrame | None
) -> pd.DataFrame:
    """Complete what the caller gave by what registry and messages say."""
    found = covered_until(messages, registry)
    if coverage is None:
        return found
    require_columns(coverage, ("coalition", "covered_until", "known"), name="coverage")
    given = coverage[list(found.columns)].astype(found.dtypes.to_dict())
    lacking = found[~found["coalition"].isin(given["coalition"])]
    return (
        pd.concat([given, lacking]).sort_values("coalition", kind="stable", ignore_index=True)
        if len(lacking)
        else given
    )


def as_of_day(as_of: dt.date | str | None, coverage: pd.DataFrame) -> dt.date:
    """Settle the day to look back from.

    Parameters
    ----------
    as_of : datetime.date, str or None
        What was asked for.
    coverage : DataFrame
        As `covered_until` gives it.

    Returns
    -------
    datetime.date
        By default the latest day that any archive covers.

    Raises
    ------
    InputError
        ``as_of`` is no date, or is not given and no archive is at hand.
    """
    if as_of is not None:
        return as_day(as_of)
    day = latest_covered(coverage)
    if day is None:
        raise InputError("no archive at hand says as of which day to look", hint="give --as-of")
    return day


def _subjects(
    messages: pd.DataFrame, registry: Registry | None, coverage: pd.DataFrame, day: dt.date
) -> Iterator[_Subject]:
    events = counted_events(messages)
    dates = events["date"].dt.tz_localize(None).to_numpy().astype("M8[us]")
    persons = events["person"].to_numpy(dtype=np.int64, na_value=-1)
    slugs = [str(slug) for slug in events["coalition"].cat.categories]
    bounds = np.searchsorted(events["coalition"].cat.codes.to_numpy(), np.arange(len(slugs) + 1))
    place = {slug: slice(bounds[i], bounds[i + 1]) for i, slug in enumerate(slugs)}
    entries = {c.slug: c for c in registry.coalitions} if registry else {}
    reach = {
        slug: (None if pd.isna(until) else to_number(until.date()), bool(known))
        for slug, until, known in coverage[["coalition", "covered_until", "known"]]
        .fillna({"known": False})
        .itertuples(index=False)
    }
    for slug in sorted({*entries, *slugs}):
        where = place.get(slug, slice(0, 0))
        # Sorted by date: those by the end of the day stand first.
        n = int(np.searchsorted(dates[where], np.datetime64(day) + 1))
        covered, known = reach.get(slug, (None, False))
        yield _Subject(
            entry=entries.get(slug) or Coalition(slug=slug, name=slug),
            dates=dates[where][:n],
            persons=persons[where][:n],
            ids=events["message_id"].iloc[where].iloc[:n],
            has_messages=slug in place,
            is_later=n == 0 and where.stop > where.start,
            covered=covered,
            covered_known=known,
        )


def _exists(subject: _Subject, day: dt.date) -> bool:
    """Tell whether the coalition was recognised or heard of by that day."""
    if len(subject.dates):
        return True
    recognised = subject.entry.recognised
    # Without a day of recognition, its first message is the first that is known of it.
    return recognised <= day if recognised else not subject.is_later


def _first_days(subject: _Subject) -> list[int]:
    """Give the day of recognition, where there is one, then that of the first message."""
    recognised = subject.entry.recognised
    known = [to_number(recognised)] if recognised else []
    return known + ([int(subject.days[0])] if len(subject.days) else [])


def _timeline(subject: _Subject, day: int, policy: Policy) -> Timeline | None:
    known = _first_days(subject)
    if not known or min(known) > day:
        return None
    return daily_activity(
        subject.days,
        subject.persons,
        policy=policy,
        start=min(known),
        stop=day,
        born=known[0],
    )


def _verdict(subject: _Subject, timeline: Timeline | None, day: int, policy: Policy) -> Verdict:
    known = _first_days(subject)
    return judge(
        timeline,
        day=day,
        policy=policy,
        covered=subject.covered,
        covered_known=subject.covered_known,
        born=known[0] if known else None,
        has_messages=subject.has_messages,
    )


def _band_rows(subject: _Subject, timeline: Timeline | None) -> Iterator[tuple[object, ...]]:
    for start, end, status in timeline.spans(subject.covered) if timeline else ():
        yield (subject.entry.slug, from_number(start), from_number(end), status)


def _status_row(subject: _Subject, verdict: Verdict) -> tuple[object, ...]:
    standing, last = verdict.standing, subject.dates[-1] if len(subject.dates) else None
    messages, participants = (standing.messages, standing.participants) if standing else (0, 0)
    return (
        subject.entry.slug,
        subject.entry.name,
        verdict.status,
        _date(verdict.since),
        None if last is None else pd.Timestamp(last, tz="UTC"),
        None if last is None else verdict.day - int(subject.days[-1]),
        verdict.policy.active.window_months,
        messages if verdict.is_told else None,
        participants if verdict.is_told else None,
        _date(verdict.covered),
        verdict.why(),
    )


def _reason_rows(subject: _Subject, verdict: Verdict) -> Iterator[tuple[object, ...]]:
    """One row for each rule that was tried: value, threshold, whether met, evidence."""
    slug, policy, standing = subject.entry.slug, verdict.policy, verdict.standing
    inside = np.flatnonzero(subject.days > verdict.window_from)[::-1]
    last = subject.ids.iloc[-1:]
    each = inside[_first_places(subject.persons[inside])]
    for rule, value, threshold, where in (
        ("messages", standing.messages if standing else 0, policy.active.min_messages, inside),
        (
            "participants",
            standing.participants if standing else 0,
            policy.active.min_participants,
            each,
        ),
    ):
        met = value >= threshold if verdict.is_told else None
        ids = subject.ids.iloc[where[:_MOST_EVIDENCE]] if len(where) else last
        known = value if verdict.is_told else None
        yield (slug, f"active_{rule}", known, threshold, met, _joined(ids))
    if verdict.born is not None:
        # Its recognition stands in the registry; else its first message is the evidence.
        first = subject.ids.iloc[:0] if subject.entry.recognised else subject.ids.iloc[:1]
        age = months_between(verdict.born, verdict.day) if verdict.born <= verdict.day else None
        is_new = standing is not None and standing.is_new
        yield (slug, "new", age, policy.new.grace_months, is_new, _joined(first))
    if verdict.status == "ACTIVE":
        return
    if standing is not None:
        months = months_between(standing.run_since, verdict.day)
        threshold = policy.at_risk.dormant_months
        yield (slug, "dormant_months", months, threshold, months >= threshold, _joined(last))
    behind = None if verdict.covered is None else max(0, verdict.day - verdict.covered)
    grace = policy.coverage.grace_days
    reaches = behind is not None and behind <= grace
    newest = subject.ids.iloc[:0] if verdict.covered_known else last
    yield (slug, "coverage", behind, grace, reaches, _joined(newest))


def _first_places(persons: NDArray[np.int64]) -> NDArray[np.intp]:
    """Where each known person stands first."""
    found, places = np.unique(persons, return_index=True)
    return np.sort(places[found >= 0])


def _joined(ids: Iterable[str]) -> str:
    # A space inside an id, seen in the wild, would make two of it.
    return " ".join("%20".join(text.split()) for text in ids)


def _date(day: int | None) -> dt.date | None:
    return None if day is None else from_number(day)


def _frame(rows: list[tuple[object, ...]], types: Mapping[str, object]) -> pd.DataFrame:
    columns = {}
    for i, (name, kind) in enumerate(types.items()):
        values = [row[i] for row in rows]
        columns[name] = pd.Series(values, dtype=kind)  # type: ignore[call-overload]  # any dtype
    return pd.DataFrame(columns)
