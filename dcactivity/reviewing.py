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

from dcactivity.checks import nearest, require_columns
from dcactivity.coverage import covered_until, latest_covered
from dcactivity.errors import InputError, MissingError
from dcactivity.events import Events, events_of
from dcactivity.explaining import Explanation, explain
from dcactivity.history import Life, history_of, life_of
from dcactivity.periods import as_day, from_number, months_between, to_number
from dcactivity.rhythm import rhythm_of
from dcactivity.subjects import Subject, subjects_of
from dcactivity.timeline import STATUSES, Timeline
from dcactivity.verdict import Verdict, judge

if TYPE_CHECKING:
    from dcactivity.policy import Policy
    from dcactivity.registry import Registry

__all__ = ["STATUSES", "Review", "review_activity"]

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
    "conversations": "Int64",
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
_RHYTHM_TYPES = {
    "coalition": "str",
    "days_silent": "Int64",
    "longest_silence": "Int64",
    "gaps_as_long": "Float64",
    "same_months": "Float64",
    "last_exchange": "str",
    "last_own": "str",
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
        window_months, messages, participants, conversations`` (Int64), ``covered_until``
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
    rhythm : DataFrame
        ``coalition`` (str), ``days_silent, longest_silence`` (Int64, days), ``gaps_as_long``
        (Float64, share of earlier gaps that were at least as long), ``same_months`` (Float64,
        messages in the same three months of the five years before, median),
        ``last_exchange`` (str, month in which two or more persons wrote), ``last_own`` (str,
        day of the last message by a person that was no bulletin): each coalition's present
        silence beside its own past, sorted.
    subjects, verdicts : dict
        From slugs to what is known of a coalition, and to what is said of it.
    history : DataFrame
        ``coalition, month, status``: the status as of each month's last day, as `history_of`
        gives it; of those that ended, too.
    """

    status: pd.DataFrame
    reasons: pd.DataFrame
    ended: pd.DataFrame
    as_of: dt.date
    policy: Policy
    coverage: pd.DataFrame
    bands: pd.DataFrame
    history: pd.DataFrame
    rhythm: pd.DataFrame
    subjects: Mapping[str, Subject]
    verdicts: Mapping[str, Verdict]

    def explain(self, coalition: str, *, writers: Mapping[str, str] | None = None) -> Explanation:
        """Say what stands behind one coalition's verdict; renders in a notebook.

        Parameters
        ----------
        coalition : str
            Its slug.
        writers : mapping, optional
            From Message-IDs to who wrote, where names are wanted.

        Returns
        -------
        Explanation
            Rules, messages, what would change it, and the coalition's own past.

        Raises
        ------
        MissingError
            There is no verdict on such a coalition.
        """
        if coalition not in self.verdicts:
            close = nearest(coalition, self.verdicts)
            known = f"there are: {', '.join(self.verdicts) or 'none'}"
            raise MissingError(
                f"there is no verdict on a coalition {coalition!r}",
                hint=f"did you mean {close}?" if close else known,
            )
        rules = self.reasons[self.reasons["coalition"] == coalition]
        return explain(self.subjects[coalition], self.verdicts[coalition], rules, writers=writers)


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
        As `dcactivity.read_messages` gives it; needs ``message_id`` and what
        `dcactivity.events.events_of` needs.
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
    Without threads in the frame, no conversation is asked for.
    ACTIVE: the trailing ``active.window_months`` hold enough counted messages by enough
    persons, and enough conversations, or the coalition is new. UNKNOWN: more than half of
    these messages come from authors whom the list hides. Else DORMANT, since the first day of
    the unbroken run of days on whose ends this was so; AT_RISK after
    ``at_risk.dormant_months`` of it. UNKNOWN in
    place of these two where the archives end more than ``coverage.grace_days`` earlier.
    A coalition neither recognised nor heard of by that day has no row, and one that ended
    is listed apart.
    """
    require_columns(messages, ("message_id",))
    covered = _coverage(messages, registry, coverage)
    return review_events(
        events_of(messages), registry, policy=policy, as_of=as_of, coverage=covered
    )


def review_events(
    events: Events,
    registry: Registry | None = None,
    *,
    policy: Policy,
    as_of: dt.date | str | None = None,
    coverage: pd.DataFrame,
) -> Review:
    """Classify every coalition as `review_activity` does, from events.

    Parameters
    ----------
    events : Events
        Of all coalitions, with their Message-IDs.
    registry, policy, as_of, coverage
        As for `review_activity`.

    Returns
    -------
    Review
        The verdicts and their reasons.

    Raises
    ------
    InputError
        As for `review_activity`.
    """
    day = as_of_day(as_of, coverage)
    rows: list[tuple[object, ...]] = []
    reasons: list[tuple[object, ...]] = []
    ended: list[tuple[object, ...]] = []
    bands: list[tuple[object, ...]] = []
    rhythm: list[tuple[object, ...]] = []
    subjects: dict[str, Subject] = {}
    verdicts: dict[str, Verdict] = {}
    lives: list[Life] = []
    for subject in subjects_of(events, registry, coverage, day, policy.count):
        entry = subject.entry
        timeline = subject.timeline(to_number(day), policy)
        life = life_of(subject, timeline, to_number(day), policy)
        lives += [life] if life else []
        if entry.ended is not None and entry.ended <= day:
            ended.append((entry.slug, entry.name, entry.ended, entry.successor))
        elif life:
            verdict = _verdict(subject, timeline, to_number(day), policy)
            subjects[entry.slug], verdicts[entry.slug] = subject, verdict
            bands += _band_rows(life)
            rows.append(_status_row(subject, verdict))
            rhythm.append(_rhythm_row(subject, to_number(day)))
            reasons += sorted(_reason_rows(subject, verdict), key=lambda row: str(row[1]))
    return Review(
        status=_frame(rows, _STATUS_TYPES),
        reasons=_frame(reasons, _REASON_TYPES),
        ended=_frame(ended, _ENDED_TYPES),
        as_of=day,
        policy=policy,
        coverage=coverage,
        bands=_frame(bands, _BAND_TYPES),
        rhythm=_frame(rhythm, _RHYTHM_TYPES),
        subjects=subjects,
        verdicts=verdicts,
        history=history_of(lives, day),
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


def _verdict(subject: Subject, timeline: Timeline | None, day: int, policy: Policy) -> Verdict:
    return judge(
        timeline,
        day=day,
        policy=policy,
        covered=subject.covered,
        covered_known=subject.covered_known,
        born=subject.born,
        has_messages=subject.has_messages,
    )


def _band_rows(life: Life) -> Iterator[tuple[object, ...]]:
    # Without a first day there is nothing to draw.
    for start, end, status in life.spans if life.known_from is not None else ():
        yield (life.slug, from_number(start), from_number(end), status)


def _rhythm_row(subject: Subject, day: int) -> tuple[object, ...]:
    found = rhythm_of(subject.events, subject.at_hand, day)
    return (
        subject.entry.slug,
        found.days_silent,
        found.longest_silence,
        found.gaps_as_long,
        float(np.median(found.same_months)) if found.same_months else None,
        found.last_exchange,
        found.last_own,
    )


def _status_row(subject: Subject, verdict: Verdict) -> tuple[object, ...]:
    standing, events = verdict.standing, subject.events
    last = pd.Timestamp(int(events.instant[-1]), unit="us", tz="UTC") if len(events) else None
    counted: tuple[int | None, ...] = (None, None, None)
    if verdict.is_told:
        counted = (
            (standing.messages, standing.participants, standing.conversations)
            if standing
            else (0, 0, 0)
        )
    return (
        subject.entry.slug,
        subject.entry.name,
        verdict.status,
        _date(verdict.since),
        last,
        None if last is None else verdict.day - int(events.day[-1]),
        verdict.policy.active.window_months,
        *counted,
        _date(verdict.covered),
        verdict.why(),
    )


def _reason_rows(subject: Subject, verdict: Verdict) -> Iterator[tuple[object, ...]]:
    """One row for each rule that was tried: value, threshold, whether met, evidence."""
    slug, policy, standing = subject.entry.slug, verdict.policy, verdict.standing
    last = subject.events.ids(np.arange(len(subject.events))[-1:])
    for rule, value, threshold, ids in _active_rules(subject, verdict):
        met = value >= threshold if verdict.is_told else None
        known = value if verdict.is_told else None
        yield (slug, rule, known, threshold, met, _joined(ids if len(ids) else last))
    if verdict.born is not None:
        # Its recognition stands in the registry; else its first message is the evidence.
        by_message = not subject.entry.recognised and subject.first_id is not None
        first = [str(subject.first_id)] if by_message else []
        age = months_between(verdict.born, verdict.day) if verdict.born <= verdict.day else None
        is_new = standing is not None and standing.is_new
        yield (slug, "new", age, policy.new.grace_months, is_new, _joined(first))
    if standing is not None and standing.hidden:
        # More than half of the messages: of the others nobody can be sure either.
        half = standing.messages // 2 + 1
        yield (slug, "hidden_authors", standing.hidden, half, standing.hidden >= half, "")
    if verdict.status == "ACTIVE" or verdict.is_hidden:
        return
    if standing is not None:
        months = months_between(standing.run_since, verdict.day)
        threshold = policy.at_risk.dormant_months
        yield (slug, "dormant_months", months, threshold, months >= threshold, _joined(last))
    behind = None if verdict.covered is None else max(0, verdict.day - verdict.covered)
    grace = policy.coverage.grace_days
    reaches = behind is not None and behind <= grace
    newest = last.iloc[:0] if verdict.covered_known else last
    yield (slug, "coverage", behind, grace, reaches, _joined(newest))


def _active_rules(subject: Subject, verdict: Verdict) -> Iterator[tuple[str, int, int, pd.Series]]:
    """Give name, value, threshold and evidence (newest first) of what rule 1 asks for."""
    events, standing, active = subject.events, verdict.standing, verdict.policy.active
    inside = np.flatnonzero(events.day > verdict.window_from)[::-1]
    talks = inside[events.is_answer[inside]]
    rules = [
        ("messages", standing.messages if standing else 0, active.min_messages, inside),
        (
            "participants",
            standing.participants if standing else 0,
            active.min_participants,
            inside[_first_places(events.person[inside])],
        ),
    ]
    if events.has_threads:
        known = standing.conversations if standing and standing.conversations else 0
        each = talks[_first_places(events.thread[talks])]
        rules.append(("conversations", known, active.min_conversations, each))
    for name, value, threshold, where in rules:
        yield f"active_{name}", value, threshold, events.ids(where[:_MOST_EVIDENCE])


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
