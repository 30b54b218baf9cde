"""The rows of a review's tables, and their types."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dcactivity.history import Life
from dcactivity.periods import from_number, months_between
from dcactivity.rhythm import rhythm_of
from dcactivity.subjects import Subject
from dcactivity.timeline import STATUSES
from dcactivity.verdict import Verdict

__all__ = [
    "BAND_TYPES",
    "ENDED_TYPES",
    "REASON_TYPES",
    "RHYTHM_TYPES",
    "STATUS_TYPES",
    "band_rows",
    "reason_rows",
    "rhythm_row",
    "status_row",
    "typed",
]

_MOST_EVIDENCE = 20  # newest first: enough to open and look, short enough for a cell

STATUS_TYPES = {
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
REASON_TYPES = {
    "coalition": "str",
    "rule": "str",
    "value": "Int64",
    "threshold": "Int64",
    "met": "boolean",
    "evidence": "str",
}
BAND_TYPES = {
    "coalition": "str",
    "start": "datetime64[us]",
    "end": "datetime64[us]",
    "status": "str",
}
RHYTHM_TYPES = {
    "coalition": "str",
    "days_silent": "Int64",
    "longest_silence": "Int64",
    "gaps_as_long": "Float64",
    "same_months": "Float64",
    "last_exchange": "str",
    "last_own": "str",
}
ENDED_TYPES = {
    "coalition": "str",
    "name": "str",
    "ended": "datetime64[us]",
    "successor": "str",
}


def band_rows(life: Life) -> Iterator[tuple[object, ...]]:
    """Give the spans of one status each of a coalition's past."""
    # Without a first day there is nothing to draw.
    for start, end, status in life.spans if life.known_from is not None else ():
        yield (life.slug, from_number(start), from_number(end), status)


def rhythm_row(subject: Subject, day: int) -> tuple[object, ...]:
    """Set a coalition's present silence beside its own past."""
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


def status_row(subject: Subject, verdict: Verdict) -> tuple[object, ...]:
    """Give the verdict on a coalition, and the figures that it rests on."""
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


def reason_rows(subject: Subject, verdict: Verdict) -> Iterator[tuple[object, ...]]:
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
    for duty in verdict.bearing.duties:
        yield (slug, duty.rule, duty.value, duty.threshold, duty.met, duty.evidence)
    if verdict.traffic == "ACTIVE" or verdict.is_hidden:
        return
    if standing is not None:
        months = months_between(standing.counted_from, verdict.day)
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


def typed(rows: list[tuple[object, ...]], types: Mapping[str, object]) -> pd.DataFrame:
    """Make a table of rows, with the types of its columns, empty or not."""
    columns = {}
    for i, (name, kind) in enumerate(types.items()):
        values = [row[i] for row in rows]
        columns[name] = pd.Series(values, dtype=kind)  # type: ignore[call-overload]  # any dtype
    return pd.DataFrame(columns)
