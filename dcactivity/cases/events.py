"""What is written into the ledger: events, each with its date, role and note."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, fields
from typing import Literal, get_args

__all__ = ["EVENTS", "GROUNDS", "MILD_GROUNDS", "Event", "EventName", "Ground"]

EventName = Literal[
    "opened",
    "notice_sent",
    "reminder_sent",
    "reply",
    "extension",
    "remedied",
    "escalated",
    "appeal",
    "revocation_recommended",
    "revoked",
    "reinstated",
    "closed",
]
Ground = Literal["silence", "breach", "small-fault", "missing-report"]

EVENTS: tuple[str, ...] = get_args(EventName)
"""All events, in the order in which a case may meet them."""

GROUNDS: tuple[str, ...] = get_args(Ground)
"""Why a case is opened."""

MILD_GROUNDS = frozenset({"small-fault", "missing-report"})
"""Grounds that lead to no recommendation unless a person escalated the case."""


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the ledger.

    Parameters
    ----------
    number : int
        Its place in the ledger, from 1, without gaps.
    case : int
        The case it belongs to, from 1.
    coalition : str
        The coalition's slug.
    date : datetime.date
        The day on which it happened.
    event : str
        One of `EVENTS`.
    until : datetime.date or None
        The day that a reply, an extension or an appeal sets.
    role : str
        Who acted or decided: a role, never a person's name.
    note : str
        A remark, such as where the decision is recorded.
    ground : str or None
        One of `GROUNDS`; this and what follows stands in ``opened`` alone.
    as_of : datetime.date or None
        The day as of which the review looked back.
    policy, policy_digest : str or None
        The policy's name and the SHA-256 of its content.
    evidence : str or None
        SHA-256 of the rows of the review that the case rests on.
    terms : str or None
        The case's periods, as `Terms.to_json` writes them.
    recorded : str
        The clock's instant when the row was written, UTC. The order of the rows does not
        rest on it.
    previous, digest : str
        SHA-256 of the row before ("" for the first) and of this one.
    """

    number: int
    case: int
    coalition: str
    date: dt.date
    event: str
    until: dt.date | None = None
    role: str = ""
    note: str = ""
    ground: str | None = None
    as_of: dt.date | None = None
    policy: str | None = None
    policy_digest: str | None = None
    evidence: str | None = None
    terms: str | None = None
    recorded: str = ""
    previous: str = ""
    digest: str = ""

    def plain(self) -> dict[str, object]:
        """Give the row as texts and numbers, as the ledger holds it.

        Returns
        -------
        dict
            Dates in ISO 8601, in the order of the columns.
        """
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {k: v.isoformat() if isinstance(v, dt.date) else v for k, v in values.items()}

    def computed_digest(self) -> str:
        """Compute the digest that the row should bear.

        Returns
        -------
        str
            SHA-256, in hexadecimal, of everything in the row but the digest itself; through
            ``previous`` it depends on all rows before.
        """
        content = {k: v for k, v in self.plain().items() if k != "digest"}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode()).hexdigest()
