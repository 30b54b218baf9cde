"""What a letter says: what was found, where to look, what mends it, by when, whom to ask.

The words are in the templates; here are the facts that they may use. Every figure is one of
the review's, the policy's or the ledger's.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dcactivity.cases.grounds import Finding, refusal
from dcactivity.cases.proposals import propose
from dcactivity.cases.terms import Terms
from dcactivity.errors import MissingError, StepError
from dcactivity.records import remark_line
from dcactivity.wording import plain_date

if TYPE_CHECKING:
    from dcactivity.cases.case import Case
    from dcactivity.cases.survey import Survey
    from dcactivity.coalitions import Coalition

__all__ = ["KINDS", "Letter", "letter_facts"]

KINDS = (
    "first-notice",
    "repeat",
    "reminder",
    "small-fault",
    "breach",
    "silence",
    "missing-report",
    "recommendation",
    "reinstatement",
)
"""The kinds of letter."""

_OF_GROUND = frozenset({"small-fault", "breach", "silence", "missing-report"})
_MOST_IDS = 3  # Message-IDs to look at; the export of explain has all
_MENDED = {
    "breach": {
        "membership": "Whoever wants to join the coalition can do so.",
        "mailing_list": "Whoever wants to join the mailing list can do so, and write to it.",
        "archive": "Whoever wants to read the archive of the mailing list can do so.",
    },
    "small-fault": {
        "membership": "The page that says how to join the coalition can be reached.",
        "mailing_list": "The page that says how to join the mailing list can be reached.",
        "archive": "The archive of the mailing list can be reached at the address given.",
    },
}


@dataclass(frozen=True, slots=True)
class Letter:
    """The facts of one letter, ready for a template.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    slug : str
        The coalition's slug.
    sender : str or None
        The address that the body writes from.
    facts : dict
        What a template may use: ``coalition, slug, body, contact, date, as_of, policy,
        policy_sentences, status, why, findings, places, beside, mended, deadline, days,
        notice, notice_end, appeal_until, repeat, stage``. Texts, but for lists of texts and
        the numbers ``repeat`` and ``days``; missing ones are None.
    """

    kind: str
    slug: str
    sender: str | None
    facts: dict[str, Any]


def letter_facts(found: Survey, coalition: str, kind: str, *, on: dt.date | None = None) -> Letter:
    """Gather what a letter to a coalition can say.

    Parameters
    ----------
    found : Survey
        Review, principles, reports, records and ledger.
    coalition : str
        The coalition's slug.
    kind : str
        One of `KINDS`.
    on : datetime.date, optional
        The day of the letter; by default that of the review, or of the case's newest event
        where that is later.

    Returns
    -------
    Letter
        The facts.

    Raises
    ------
    MissingError
        There is no such coalition.
    StepError
        There is nothing to write about: the review finds nothing of the kind, or the
        coalition is not pursued.
    """
    entry = found.registry.coalition(coalition) if coalition in found.registry.slugs else None
    status: dict[str, Any] = next(iter(found.rows("status", coalition)), {})
    if not status and entry is None:
        raise MissingError(f"there is no coalition {coalition!r}", hint="see: status")
    case = found.newest_case(coalition)
    findings = [] if kind == "reinstatement" else _findings(found, coalition, kind)
    day = on or max(found.as_of, case.last_date if case else found.as_of)
    body = found.registry.body
    sender = body.addresses[0] if body.addresses else None
    name = body.name or "The Secretariat"
    facts = {
        "coalition": status.get("name") or (entry.name if entry else coalition),
        "slug": coalition,
        "body": name,
        "contact": f"{name} at {sender}" if sender else name,
        "date": plain_date(day),
        "as_of": plain_date(found.as_of),
        "policy": found.review.policy.title or found.review.policy.name,
        "policy_sentences": found.review.policy.sentences(),
        "status": status.get("status"),
        "why": status.get("why"),
        "findings": [finding.why for finding in findings],
        "places": _places(found, coalition, entry, findings),
        "beside": [remark_line(row) for row in found.rows("remarks", coalition)],
        "mended": _mended(found, coalition, findings),
        **_days(found, case, day),
    }
    return Letter(kind, coalition, sender, facts)


def _findings(found: Survey, coalition: str, kind: str) -> list[Finding]:
    exempt = found.exemption(coalition)
    if exempt or found.rows("ended", coalition):
        raise refusal(found.review, coalition, exempt=exempt)
    findings = found.findings(coalition)
    if kind in _OF_GROUND:
        findings = [finding for finding in findings if finding.ground == kind]
    if kind == "silence" and not findings:
        proposed = propose(found)
        early = proposed[(proposed["coalition"] == coalition) & (proposed["step"] == "early word")]
        findings = [Finding(coalition, "silence", f"Not silent yet, but {why}.")
                    for why in early["why"]]  # fmt: skip
    if not findings:
        what = f"nothing for a letter of the kind {kind}"
        raise StepError(
            f"the review as of {found.as_of} found {what}",
            position=coalition,
            hint="see: cases propose",
        )
    return findings


def _places(
    found: Survey, coalition: str, entry: Coalition | None, findings: list[Finding]
) -> list[str]:
    """Say where everybody can look: pages, archives, observations, messages."""
    grounds = {finding.ground for finding in findings}
    lines = [
        f"{'the archive' if url == one.archive_url else 'joining'}: {url}"
        for one in (entry.lists if entry else ())
        for url in (one.archive_url, one.subscribe_url)
        if url
    ]
    lines += [
        f"{row['principle'].replace('_', ' ')}: {row['url']}"
        for row in found.rows("principles", coalition)
        if row["verdict"] == "no" and row["url"]
    ]
    if "silence" in grounds:
        rows = {row["rule"]: row["evidence"] for row in found.rows("reasons", coalition)}
        ids = str(rows.get("dormant_months") or rows.get("active_messages") or "").split()
        lines += [f"message {one}" for one in ids[:_MOST_IDS]]
    return list(dict.fromkeys(lines))


def _mended(found: Survey, coalition: str, findings: list[Finding]) -> list[str]:
    lines: list[str] = []
    grounds = {finding.ground for finding in findings}
    if "silence" in grounds:
        lines.append(found.review.policy.sentences()[0])
    for row in found.rows("principles", coalition):
        ground = "breach" if row["severity"] == "breach" else "small-fault"
        if row["verdict"] == "no" and ground in grounds:
            lines.append(_MENDED[ground][row["principle"]])
    if "missing-report" in grounds:
        overdue = found.rows("overdue", coalition)
        years = [str(row["year"]) for row in overdue]
        lines.append(f"The annual report on {', '.join(years)} is submitted.")
    return lines


def _days(found: Survey, case: Case | None, day: dt.date) -> dict[str, Any]:
    """Give the days of the open case; where no notice was sent, those that it would set."""
    is_open = case is not None and case.closed is None
    running = case if is_open else None
    terms = running.terms if running else Terms.of(found.review.policy.process)
    notice = running.notice if running else None
    deadline = (running.deadline if running else None) or terms.shift(day, terms.notice_days)
    appeal = running.appeal_until if running else None
    earlier = 0 if case is None else case.repeat + (0 if running else 1)
    return {
        "deadline": plain_date(deadline),
        "days": terms.notice_days,
        "notice": plain_date(notice) if notice else None,
        "notice_end": plain_date(deadline),
        "appeal_until": plain_date(appeal or terms.shift(day, terms.appeal_days)),
        "repeat": earlier,
        "stage": running.stage if running else None,
    }
