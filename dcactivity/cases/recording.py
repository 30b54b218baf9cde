"""Writing into the ledger: a case opened from a review, and what happens in it later."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import TYPE_CHECKING

from dcactivity.cases.events import EVENTS, Event
from dcactivity.cases.evidence import evidence_digest
from dcactivity.cases.ledger import add_event
from dcactivity.cases.steps import replay
from dcactivity.cases.terms import Terms
from dcactivity.checks import nearest, unknown_key
from dcactivity.errors import StepError
from dcactivity.periods import as_day

if TYPE_CHECKING:
    from dcactivity.cases.grounds import Finding
    from dcactivity.reviewing import Review

__all__ = ["open_case", "record_event"]

_LONGEST = 2000  # characters of a note; a decision's text belongs in minutes, not here
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]+")


def open_case(
    path: Path,
    review: Review,
    finding: Finding,
    *,
    recorded: dt.datetime,
    on: dt.date | str | None = None,
    role: str = "secretariat",
    note: str | None = None,
) -> Event:
    """Open a case on what a review found.

    Parameters
    ----------
    path : Path
        The ledger; made where there is none.
    review : Review
        What the case rests on.
    finding : Finding
        The coalition, and the ground for a case, as `grounds` gives it.
    recorded : datetime.datetime
        The clock's instant.
    on : datetime.date or str, optional
        The day; by default the one as of which the review looked back.
    role : str, default "secretariat"
        Who opens it: a role, never a person's name.
    note : str, optional
        A remark; by default the finding's sentence.

    Returns
    -------
    Event
        The row as it was written, with the digests of evidence and policy.

    Raises
    ------
    StepError
        A case of the coalition is open, or its recognition was revoked.
    LedgerError
        The ledger cannot be used.
    """
    day = review.as_of if on is None else as_day(on, name="--on")

    def decide(events: list[Event]) -> Event:
        return Event(
            number=0,
            case=max((event.case for event in events), default=0) + 1,
            coalition=finding.coalition,
            date=day,
            event="opened",
            role=_role(role),
            note=_clean(finding.why if note is None else note),
            ground=finding.ground,
            as_of=review.as_of,
            policy=review.policy.name,
            policy_digest=review.policy.digest,
            evidence=evidence_digest(review, finding.coalition),
            terms=Terms.of(review.policy.process).to_json(),
        )

    return add_event(path, decide, recorded=recorded)


def record_event(
    path: Path,
    coalition: str,
    event: str,
    *,
    on: dt.date | str,
    recorded: dt.datetime,
    until: dt.date | str | None = None,
    role: str = "",
    note: str = "",
) -> Event:
    """Record what happened in a coalition's newest case.

    Parameters
    ----------
    path : Path
        The ledger.
    coalition : str
        The coalition's slug.
    event : str
        One of the events but ``opened``.
    on : datetime.date or str
        The day on which it happened.
    recorded : datetime.datetime
        The clock's instant.
    until : datetime.date or str, optional
        The day that a reply, an extension or an appeal sets.
    role : str
        Who acted or decided: a role, never a person's name.
    note : str
        A remark, such as where a decision is recorded.

    Returns
    -------
    Event
        The row as it was written.

    Raises
    ------
    StepError
        The step is not legal as the case stands; the reason is given.
    LedgerError
        The ledger cannot be used.
    """
    if event == "opened":
        raise StepError(
            "a case is opened from a review", position=coalition, hint="use: cases open SOURCE"
        )
    if event not in EVENTS:
        raise StepError(
            f"there is no event {event!r}", position=coalition, hint=unknown_key(event, EVENTS)
        )
    day = as_day(on, name="--on")
    last = None if until is None else as_day(until, name="--until")

    def decide(events: list[Event]) -> Event:
        mine = [case for case in replay(events).values() if case.coalition == coalition]
        if not mine:
            known = sorted({one.coalition for one in events})
            close = nearest(coalition, known)
            raise StepError(
                f"{event} is refused: the coalition has no case",
                position=coalition,
                hint=f"did you mean {close}?" if close else "open one with: cases open",
            )
        return Event(
            number=0,
            case=mine[-1].number,
            coalition=coalition,
            date=day,
            event=event,
            until=last,
            role=_role(role),
            note=_clean(note),
        )

    return add_event(path, decide, recorded=recorded)


def _role(text: str) -> str:
    role = _clean(text)
    if "@" in role:
        raise StepError(
            "an address is no role", hint="say in which role somebody acts, such as chair"
        )
    return role


def _clean(text: str) -> str:
    """Keep a text to one line of what can be printed, and to a length that can be read."""
    plain = " ".join(_UNPRINTABLE.sub(" ", text).split())
    if len(plain) > _LONGEST:
        raise StepError(
            f"a note of {len(plain)} characters is too long",
            hint=f"at most {_LONGEST}; say where the text can be read",
        )
    return plain
