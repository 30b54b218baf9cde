"""The ledger as tables: its rows, the cases, and what is to be done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from dcactivity.cases.events import MILD_GROUNDS, Event
from dcactivity.cases.proposals import letter_kind
from dcactivity.cases.steps import replay
from dcactivity.duties import Notice
from dcactivity.frames import frame_of
from dcactivity.wording import plain_date

if TYPE_CHECKING:
    import pandas as pd

    from dcactivity.cases.case import Case

__all__ = ["cases_table", "due_table", "events_table", "notice_spans", "notices"]

_AHEAD = dt.timedelta(days=7)
_FIRST = ("coalition", "date", "event", "until", "role", "note")

_EVENT_TYPES = {
    "number": "Int64",
    "case": "Int64",
    "date": "datetime64[us]",
    "until": "datetime64[us]",
    "as_of": "datetime64[us]",
}
_CASE_TYPES = {
    "case": "Int64",
    "coalition": "str",
    "ground": "str",
    "repeat": "Int64",
    "stage": "str",
    "opened": "datetime64[us]",
    "notice": "datetime64[us]",
    "deadline": "datetime64[us]",
    "days_left": "Int64",
    "stopped_until": "datetime64[us]",
    "reminders": "Int64",
    "appeal_until": "datetime64[us]",
    "closed": "datetime64[us]",
    "last_event": "str",
    "last_date": "datetime64[us]",
}
_DUE_TYPES = {
    "due": "datetime64[us]",
    "case": "Int64",
    "coalition": "str",
    "action": "str",
    "letter": "str",
    "why": "str",
}


def events_table(events: Iterable[Event]) -> pd.DataFrame:
    """Put the ledger's rows into a frame.

    Parameters
    ----------
    events : iterable of Event
        In the order of the ledger.

    Returns
    -------
    DataFrame
        ``coalition, date, event, until, role, note``, then all other columns of the ledger.
    """
    names = [*_FIRST, *(f.name for f in fields(Event) if f.name not in _FIRST)]
    types = {name: _EVENT_TYPES.get(name, "str") for name in names}
    return frame_of([tuple(getattr(row, name) for name in names) for row in events], types)


def cases_table(cases: Iterable[Case], *, as_of: dt.date) -> pd.DataFrame:
    """Put cases into a frame.

    Parameters
    ----------
    cases : iterable of Case
        Each as of the same day.
    as_of : datetime.date
        The day from which ``days_left`` counts.

    Returns
    -------
    DataFrame
        One row a case, sorted by number. ``deadline`` and ``days_left`` (in the days that the
        case's terms count, 0 once the deadline has passed) are missing before a notice, and
        while a reply holds the clock without having set a day.
    """
    rows = []
    for case in sorted(cases, key=lambda one: one.number):
        deadline = None if case.unanswered else case.deadline
        left = None if deadline is None else case.terms.between(as_of, deadline)
        rows.append((case.number, case.coalition, case.ground, case.repeat, case.stage,
                     case.opened, case.notice, deadline, left, case.stopped_until,
                     case.reminders, case.appeal_until, case.closed, case.last_event,
                     case.last_date))  # fmt: skip
    return frame_of(rows, _CASE_TYPES)


def due_table(cases: Iterable[Case], *, as_of: dt.date) -> pd.DataFrame:
    """Say what is to be done by the end of the coming week.

    Parameters
    ----------
    cases : iterable of Case
        Each as of the same day.
    as_of : datetime.date
        The day on which somebody asks.

    Returns
    -------
    DataFrame
        ``due, case, coalition, action, letter, why``; what falls due up to seven days later,
        and what is left over from before; sorted by day, coalition.
    """
    rows = [
        (day, case.number, case.coalition, action, letter, why)
        for case in cases
        if case.closed is None
        for day, action, letter, why in _due(case, as_of)
        if day <= as_of + _AHEAD
    ]
    frame = frame_of(rows, _DUE_TYPES)
    return frame.sort_values(["due", "coalition", "action"], kind="stable", ignore_index=True)


_Due = tuple[dt.date, str, str | None, str]


def _due(case: Case, as_of: dt.date) -> Iterator[_Due]:
    if case.stage == "opened":
        kind = letter_kind(case.ground, case.repeat)
        yield case.opened, "send the notice", kind, f"opened on {plain_date(case.opened)}"
    if case.stage in {"remedied", "reinstated"}:
        yield case.last_date, "close the case", None, f"{case.stage} as recorded"
    if case.unanswered is not None:
        yield (
            case.unanswered,
            "answer the reply and agree on a day",
            None,
            f"the reply of {plain_date(case.unanswered)} holds the clock and sets no day",
        )
        return
    if case.stopped_until is not None and case.stopped_until >= as_of:
        said = f"its reply holds the clock until {plain_date(case.stopped_until)}"
        yield case.stopped_until, "ask how it went", None, said
    if case.stage == "notified":
        yield from _during_notice(case, as_of)
    if case.stage in {"recommended", "appealed"}:
        yield from _after_recommendation(case, as_of)


def _during_notice(case: Case, as_of: dt.date) -> Iterator[_Due]:
    assert case.deadline is not None
    reminder = case.next_reminder
    if reminder is not None and as_of <= case.deadline and not case.is_stopped(as_of):
        number = case.reminders + 1
        said = f"reminder {number}; the notice period ends on {plain_date(case.deadline)}"
        yield reminder, "send a reminder", "reminder", said
    if not case.has_run_out(as_of):
        yield (
            case.deadline,
            "await the end of the notice period",
            None,
            (f"it ends on {plain_date(case.deadline)}"),
        )
        return
    is_mild = case.ground in MILD_GROUNDS and case.escalated is None
    action = (
        "review again, then escalate, extend or close"
        if is_mild
        else ("review again, then recommend, extend or close")
    )
    yield (
        case.terms.shift(case.deadline, 1),
        action,
        None if is_mild else "recommendation",
        (f"the notice period ended on {plain_date(case.deadline)}"),
    )


def _after_recommendation(case: Case, as_of: dt.date) -> Iterator[_Due]:
    assert case.appeal_until is not None
    until = plain_date(case.appeal_until)
    if case.stage == "appealed":
        yield case.last_date, "hear the appeal", None, f"to be decided after {until}"
    if as_of > case.appeal_until:
        yield (
            case.terms.shift(case.appeal_until, 1),
            "record what was decided",
            None,
            (f"the time for an appeal ended on {until}"),
        )
    else:
        yield (
            case.appeal_until,
            "await the end of the time for an appeal",
            None,
            (f"it ends on {until}"),
        )


def notices(events: Iterable[Event], *, as_of: dt.date) -> dict[str, dt.date]:
    """Tell when the notices of open cases about the open principles were sent.

    Parameters
    ----------
    events : iterable of Event
        In the order of the ledger.
    as_of : datetime.date
        Leave out what happened later.

    Returns
    -------
    dict
        The day of the notice by slug, of cases of ``breach`` and ``small-fault`` that are
        neither closed nor remedied: from it ``at_risk.noncompliant_months`` counts.
    """
    return {
        case.coalition: case.notice
        for case in replay(events, as_of=as_of).values()
        if case.notice is not None
        and case.closed is None
        and case.stage not in {"remedied", "reinstated"}
        and case.ground in {"breach", "small-fault"}
    }


def notice_spans(events: Iterable[Event]) -> dict[str, list[Notice]]:
    """Tell of each notice as of which days `notices` gives it.

    Parameters
    ----------
    events : iterable of Event
        In the order of the ledger.

    Returns
    -------
    dict
        By slug, in the order of time: plain data, for a review that knows nothing of cases.
    """
    told: dict[str, list[Notice]] = {}
    mine: dict[str, list[Event]] = {}
    for event in events:
        mine.setdefault(event.coalition, []).append(event)
    for slug, rows in mine.items():
        # What is told of a coalition changes only on a day on which something happened.
        for day in sorted({row.date for row in rows}):
            sent = notices(rows, as_of=day).get(slug)
            spans = told.setdefault(slug, [])
            last = spans[-1] if spans and spans[-1].end is None else None
            if last is not None and last.sent != sent:
                spans[-1] = replace(last, end=day)
            if sent is not None and (last is None or last.sent != sent):
                spans.append(Notice(sent, day, None))
    return {slug: spans for slug, spans in told.items() if spans}
