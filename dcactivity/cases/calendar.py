"""The deadlines of open cases as a calendar file (RFC 5545)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dcactivity.version import __version__
from dcactivity.wording import plain_date

if TYPE_CHECKING:
    from dcactivity.cases.case import Case

__all__ = ["calendar"]

_LINE = 75  # octets, RFC 5545, 3.1


def calendar(cases: Iterable[Case]) -> str:
    """Write the deadlines of open cases as events of a calendar.

    Parameters
    ----------
    cases : iterable of Case
        Closed ones are left out.

    Returns
    -------
    str
        One event of a whole day each for reminders that are left, the end of the notice
        period, the day that a reply set, and the end of the time for an appeal. Lines end in
        CRLF. The same cases give the same text: the clock is not read.

    References
    ----------
    RFC 5545, 3.1 (folding), 3.3.11 (escaping), 3.6.1 (events).
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//dcactivity//cases {__version__}//EN",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:Cases",
    ]
    for case in sorted(cases, key=lambda one: one.number):
        if case.closed is None:
            for day, what, summary, why in _days(case):
                lines += _event(case, day, what, summary, why)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


_Day = tuple[dt.date, str, str, str]


def _days(case: Case) -> Iterator[_Day]:
    if case.stopped_until is not None and case.unanswered is None:
        yield (
            case.stopped_until,
            "reply",
            "the day that its reply set",
            "Until then the reply holds the clock.",
        )
    if case.stage == "notified" and case.unanswered is None:
        assert case.deadline is not None
        ends = f"The notice period ends on {plain_date(case.deadline)}."
        left = case.terms.reminder_days[case.reminders :]
        for number, days in enumerate(left, case.reminders + 1):
            day = case.terms.shift(case.deadline, days - case.terms.notice_days)
            yield day, f"reminder-{number}", f"reminder {number}", ends
        yield case.deadline, "deadline", "end of the notice period", ends
    if case.stage in {"recommended", "appealed", "revoked"} and case.appeal_until is not None:
        yield (
            case.appeal_until,
            "appeal",
            "end of the time for an appeal",
            f"The case is {case.stage}.",
        )


def _event(case: Case, day: dt.date, what: str, summary: str, why: str) -> list[str]:
    after = day + dt.timedelta(days=1)
    return [
        "BEGIN:VEVENT",
        f"UID:case-{case.number}-{case.coalition}-{what}@dcactivity.invalid",
        # When the entry last changed: with the case's newest event.
        f"DTSTAMP:{case.last_date:%Y%m%d}T000000Z",
        f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
        f"DTEND;VALUE=DATE:{after:%Y%m%d}",
        f"SUMMARY:{_escaped(f'{case.coalition}: {summary}')}",
        f"DESCRIPTION:{_escaped(f'Case {case.number} ({case.ground}). {why}')}",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
    ]


def _escaped(text: str) -> str:
    for plain in "\\;,":
        text = text.replace(plain, f"\\{plain}")
    return text.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Break a line after 75 octets at most, never within a character."""
    parts, octets = [""], 0
    for character in line:
        size = len(character.encode())
        if octets + size > _LINE:
            parts.append(" ")
            octets = 1
        parts[-1] += character
        octets += size
    return "\r\n".join(parts)
