"""The legal steps of a case: what each event changes, and when it is refused.

A case is the fold of its events. The clock runs from the notice; a reply stops it until the
day that the reply sets, and what was left of the period then runs on. Nothing here decides:
every step but counting is a person's, recorded as such.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace

from dcactivity.cases.case import Case
from dcactivity.cases.events import EVENTS, MILD_GROUNDS, Event
from dcactivity.cases.terms import Terms
from dcactivity.checks import unknown_key
from dcactivity.errors import StepError
from dcactivity.wording import plain_date

__all__ = ["replay", "take"]

_MOST_AHEAD = 3653  # days; a date more than ten years ahead is a slip of the pen
_SETS_DATE = frozenset({"reply", "extension", "appeal"})
_ENDED_WELL = frozenset({"remedied", "reinstated", "revoked"})


def replay(events: Iterable[Event], *, as_of: dt.date | None = None) -> dict[int, Case]:
    """Fold events into cases.

    Parameters
    ----------
    events : iterable of Event
        In the order of the ledger.
    as_of : datetime.date, optional
        Leave out what happened later.

    Returns
    -------
    dict
        Each case by its number, in the order in which they were opened.

    Raises
    ------
    StepError
        The events tell of a step that was never legal.
    """
    cases: dict[int, Case] = {}
    for event in events:
        if as_of is None or event.date <= as_of:
            cases[event.case] = take(cases.get(event.case), event, cases.values())
    return cases


def take(case: Case | None, event: Event, cases: Iterable[Case]) -> Case:
    """Take one step of a case, or refuse it with the reason.

    Parameters
    ----------
    case : Case or None
        The case that the event belongs to; None where it opens one.
    event : Event
        What happened.
    cases : iterable of Case
        All cases so far.

    Returns
    -------
    Case
        The case after the step.

    Raises
    ------
    StepError
        The step is not legal as the case stands.
    """
    if event.event not in EVENTS:
        raise _refused(event, "there is no such event", unknown_key(event.event, EVENTS))
    _check_until(event)
    if event.event == "opened":
        return _opened(event, cases)
    if case is None:
        raise _refused(event, "the coalition has no case", "open one with: cases open")
    # A revocation that was filed away can still be undone.
    if case.closed is not None and (event.event, case.stage) != ("reinstated", "revoked"):
        raise _refused(
            event, f"its case was closed on {plain_date(case.closed)}", "open a new one"
        )
    # A reply may come to light late; everything else is recorded as it happens.
    earliest = case.opened if event.event == "reply" else case.last_date
    if event.date < earliest:
        raise _refused(
            event,
            f"{plain_date(event.date)} is earlier than the case's event of "
            f"{plain_date(earliest)} ({case.last_event})",
            "events are recorded in their order; only a reply may be recorded late",
        )
    after = _STEPS[event.event](case, event)
    return replace(after, last_event=event.event, last_date=max(case.last_date, event.date))


def _opened(event: Event, cases: Iterable[Case]) -> Case:
    former = [case for case in cases if case.coalition == event.coalition]
    if former and former[-1].closed is None and former[-1].stage != "revoked":
        raise _refused(
            event,
            f"case {former[-1].number} of {plain_date(former[-1].opened)} is open",
            "record what happened in it, or close it first",
        )
    if former and former[-1].stage == "revoked":
        raise _refused(event, "the coalition's recognition was revoked", "record reinstated first")
    if former and event.date < former[-1].last_date:
        raise _refused(
            event,
            f"its former case goes on to {plain_date(former[-1].last_date)}",
            "give a later date with --on",
        )
    return Case(
        number=event.case,
        coalition=event.coalition,
        ground=event.ground or "silence",
        opened=event.date,
        repeat=len(former),
        terms=Terms.from_json(event.terms) if event.terms else Terms(),
        last_date=event.date,
    )


def _notice_sent(case: Case, event: Event) -> Case:
    if case.notice is not None:
        raise _refused(
            event,
            f"the notice was sent on {plain_date(case.notice)}",
            "record reminder_sent for another letter",
        )
    _require(case, event, {"opened"})
    start = max(event.date, case.stopped_until or event.date)
    deadline = case.terms.shift(start, case.terms.notice_days)
    return replace(case, stage="notified", notice=event.date, deadline=deadline)


def _reminder_sent(case: Case, event: Event) -> Case:
    _require(case, event, {"notified"})
    return replace(case, reminders=case.reminders + 1)


def _reply(case: Case, event: Event) -> Case:
    if case.stage in _ENDED_WELL:
        return case
    # Until when the clock had run: a reply during a stop finds it standing.
    stopped = case.stopped_until
    held = stopped if stopped is not None and event.date <= stopped else event.date
    held = case.unanswered or held
    if event.until is None:
        return replace(case, unanswered=held)
    until = max(event.until, stopped or event.until)
    deadline = case.deadline
    if deadline is not None:
        deadline = case.terms.shift(until, case.terms.between(held, deadline))
    return replace(case, stopped_until=until, unanswered=None, deadline=deadline)


def _extension(case: Case, event: Event) -> Case:
    _require(case, event, {"notified", "recommended", "appealed"})
    assert case.deadline is not None
    if event.until is None:
        raise _refused(event, "an extension needs its last day", "give it with --until")
    if event.until < case.deadline:
        raise _refused(
            event,
            f"the deadline is {plain_date(case.deadline)} already, and an extension cannot "
            "shorten it",
            "give a later day with --until",
        )
    # Whoever grants more time takes a recommendation back.
    return replace(
        case,
        stage="notified",
        deadline=event.until,
        stopped_until=None,
        unanswered=None,
        recommended=None,
        appeal_until=None,
    )


def _remedied(case: Case, event: Event) -> Case:
    _require(case, event, {"opened", "notified", "recommended", "appealed"})
    return replace(case, stage="remedied", unanswered=None)


def _escalated(case: Case, event: Event) -> Case:
    _require(case, event, {"notified"})
    return replace(case, escalated=event.date)


def _recommended(case: Case, event: Event) -> Case:
    _require(case, event, {"notified"})
    _require_running(case, event)
    assert case.deadline is not None
    if event.date <= case.deadline:
        raise _refused(
            event,
            f"the notice period runs until {plain_date(case.deadline)}",
            f"it can be recommended from {plain_date(case.terms.shift(case.deadline, 1))} on",
        )
    if case.ground in MILD_GROUNDS and case.escalated is None:
        raise _refused(
            event,
            f"a case of {case.ground} leads to no revocation by itself",
            "record escalated first, or close the case",
        )
    until = case.terms.shift(event.date, case.terms.appeal_days)
    return replace(case, stage="recommended", recommended=event.date, appeal_until=until)


def _appeal(case: Case, event: Event) -> Case:
    _require(case, event, {"recommended", "appealed", "revoked"})
    assert case.appeal_until is not None
    if event.date > case.appeal_until:
        raise _refused(
            event,
            f"the time for an appeal ended on {plain_date(case.appeal_until)}",
            "record it as a reply, which stops the clock as well",
        )
    until = max(case.appeal_until, event.until or case.appeal_until)
    stage = case.stage if case.stage == "revoked" else "appealed"
    return replace(case, stage=stage, appeal_until=until)


def _revoked(case: Case, event: Event) -> Case:
    if case.stage not in {"recommended", "appealed"}:
        raise _refused(
            event,
            f"nothing was recommended: the case is {case.stage}",
            "a revocation follows notice, notice period, recommendation and time for an appeal",
        )
    assert case.appeal_until is not None
    _require_running(case, event)
    last = max(case.appeal_until, case.deadline or case.appeal_until)
    if event.date <= last:
        raise _refused(
            event,
            f"the coalition has time until {plain_date(last)}",
            f"it can be decided from {plain_date(case.terms.shift(last, 1))} on",
        )
    if not event.role or not event.note:
        raise _refused(
            event,
            "only a person can decide this",
            "give the role with --by, and with --note where the decision is recorded",
        )
    until = case.terms.shift(event.date, case.terms.appeal_days)
    return replace(case, stage="revoked", appeal_until=until)


def _reinstated(case: Case, event: Event) -> Case:
    _require(case, event, {"revoked"})
    return replace(case, stage="reinstated")


def _closed(case: Case, event: Event) -> Case:
    if case.stage not in _ENDED_WELL and not event.note:
        raise _refused(
            event, f"the case is {case.stage} and has no outcome", "give the reason with --note"
        )
    return replace(case, closed=event.date, unanswered=None)


_STEPS: dict[str, Callable[[Case, Event], Case]] = {
    "notice_sent": _notice_sent,
    "reminder_sent": _reminder_sent,
    "reply": _reply,
    "extension": _extension,
    "remedied": _remedied,
    "escalated": _escalated,
    "appeal": _appeal,
    "revocation_recommended": _recommended,
    "revoked": _revoked,
    "reinstated": _reinstated,
    "closed": _closed,
}


def _check_until(event: Event) -> None:
    if event.until is None:
        return
    if event.event not in _SETS_DATE:
        raise _refused(
            event, "it sets no day", f"--until goes with {', '.join(sorted(_SETS_DATE))}"
        )
    if not 0 < (event.until - event.date).days <= _MOST_AHEAD:
        raise _refused(
            event,
            f"{plain_date(event.until)} is not within ten years after {plain_date(event.date)}",
            "give a day after --on with --until",
        )


def _require(case: Case, event: Event, stages: set[str]) -> None:
    if case.stage in stages:
        return
    wanted = {
        "opened": "a case that was just opened",
        "notified": "a notice that was sent",
        "recommended": "a recommendation",
        "revoked": "a revocation",
    }
    first = next(name for name in wanted if name in stages)
    raise _refused(event, f"it needs {wanted[first]}, and the case is {case.stage}", None)


def _require_running(case: Case, event: Event) -> None:
    if case.unanswered is not None:
        raise _refused(
            event,
            "the coalition replied, and no day has been agreed on",
            "record an extension with --until, or another reply that sets a day",
        )
    if case.is_stopped(event.date):
        assert case.stopped_until is not None
        raise _refused(
            event,
            f"a reply holds the clock until {plain_date(case.stopped_until)}",
            "wait until then",
        )


def _refused(event: Event, reason: str, hint: str | None) -> StepError:
    return StepError(f"{event.event} is refused: {reason}", position=event.coalition, hint=hint)
