"""What would change a verdict: the way back, the time left, and thresholds one step away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dcactivity.periods import from_number, shift_months
from dcactivity.verdict import judge
from dcactivity.wording import amount, plain_date

if TYPE_CHECKING:
    from dcactivity.policy import Policy
    from dcactivity.subjects import Subject
    from dcactivity.timeline import Timeline
    from dcactivity.verdict import Verdict

__all__ = ["Change", "coming_changes", "horizon", "sensitivity", "way_back"]

_STEPS = (
    ("active.min_messages", 1),
    ("active.min_participants", 1),
    ("active.min_conversations", 1),
    ("active.window_months", -1),
    ("at_risk.dormant_months", -1),
)
"""Keys, and the step that makes a policy stricter."""


@dataclass(frozen=True, slots=True)
class Change:
    """A status that a coalition will have from a day on, if nothing more is written.

    Parameters
    ----------
    day : int
        Its first day, days since 1970-01-01.
    status : str
        The status.
    """

    day: int
    status: str


def coming_changes(subject: Subject, verdict: Verdict) -> list[Change]:
    """Tell what becomes of a coalition if nothing more is written.

    Parameters
    ----------
    subject : Subject
        The coalition.
    verdict : Verdict
        What is said of it now.

    Returns
    -------
    list of Change
        In the order of time; empty where its status stays what it is, or is ``UNKNOWN``. What
        is on record stays what it is, too: no report comes, and no meeting is attended.
    """
    if verdict.status == "UNKNOWN":
        return []
    last = horizon(verdict.day, verdict.policy)
    timeline = subject.timeline(last, verdict.policy)
    if timeline is None:
        return []
    # Where the archives do not reach to the day, what is written there is not known to be all.
    reach = subject.covered if verdict.traffic == "UNKNOWN" else last
    told = subject.bearing.over(timeline.spans(reach))
    return [
        Change(begin, status)
        for (_, _, before), (begin, _, status) in pairwise(told)
        if begin > verdict.day and status != before
    ]


def horizon(day: int, policy: Policy) -> int:
    """Give the last day of which `coming_changes` tells.

    Parameters
    ----------
    day : int
        The day looked back from, days since 1970-01-01.
    policy : Policy
        The policy.

    Returns
    -------
    int
        By then each of its periods has run out.
    """
    months = policy.active.window_months + policy.new.grace_months + policy.at_risk.dormant_months
    return int(shift_months(day, months)) + 1


def way_back(subject: Subject, verdict: Verdict) -> str:
    """Say what would make a coalition active again, or what would make it known.

    Parameters
    ----------
    subject : Subject
        The coalition.
    verdict : Verdict
        What is said of it now.

    Returns
    -------
    str
        One sentence or two; empty for an active coalition.
    """
    if verdict.status == "ACTIVE":
        return ""
    remedies = [duty.remedy for duty in verdict.bearing.duties if duty.remedy]
    mended = f"Its traffic apart, it would be at risk no longer {' and '.join(remedies)}."
    said = [mended] if remedies and verdict.status == "AT_RISK" else []
    return " ".join([*said, _by_traffic(subject, verdict)]).rstrip()


def _by_traffic(subject: Subject, verdict: Verdict) -> str:
    if verdict.traffic == "ACTIVE":
        return ""
    if verdict.is_hidden:
        return "An archive that names who wrote its messages would let this be told."
    if verdict.traffic == "UNKNOWN":
        return (
            f"Archives that are complete up to {plain_date(from_number(verdict.day))} would let "
            "this be told."
        )
    active = verdict.policy.active
    short = _shortfall(subject, verdict, verdict.day)
    asked = [amount(max(short), "more message")]
    if short[1]:
        written = subject.events.take(subject.events.day > verdict.window_from)
        others = "other than those who wrote in this time" if (written.person >= 0).any() else ""
        asked.append(f"by at least {amount(short[1], 'person')} {others}".rstrip())
    if short[2]:
        asked.append(f"with at least {amount(short[2], 'more conversation')}")
    last = _lasts_until(subject, verdict, short)
    until = (
        f"by {plain_date(from_number(last))}"
        if last is not None
        else f"within {amount(active.window_months, 'month')}"
    )
    return f"It would be active again with {', '.join(asked)}, {until}."


def _shortfall(subject: Subject, verdict: Verdict, day: int) -> tuple[int, int, int]:
    """Count what the window that ends with a day lacks, if nothing more is written."""
    timeline = subject.timeline(day, verdict.policy)
    found = timeline.standing(day) if timeline else None
    active = verdict.policy.active
    talks = 0 if found is None else found.conversations
    return (
        max(0, active.min_messages - (found.messages if found else 0)),
        max(0, active.min_participants - (found.participants if found else 0)),
        0 if talks is None else max(0, active.min_conversations - talks),
    )


def _lasts_until(subject: Subject, verdict: Verdict, short: tuple[int, int, int]) -> int | None:
    """Find the last day on which no more than this is lacking; None where nothing is left."""
    inside = np.unique(subject.events.day[subject.events.day > verdict.window_from])
    for leaving in inside.tolist():
        gone = int(shift_months(leaving, verdict.policy.active.window_months))
        while int(shift_months(gone, -verdict.policy.active.window_months)) < leaving:
            gone += 1  # a month that was too short for the day
        if _shortfall(subject, verdict, gone) != short:
            return gone - 1
    return None


def sensitivity(
    subject: Subject, verdict: Verdict
) -> Iterator[tuple[str, str, int, str, int | None]]:
    """Ask what the verdict would be with each threshold one step stricter and laxer.

    Parameters
    ----------
    subject : Subject
        The coalition.
    verdict : Verdict
        What is said of it now.

    Yields
    ------
    tuple
        Key of the policy, ``stricter`` or ``laxer``, its value, the status, and since when
        (days since 1970-01-01).
    """
    # Most steps leave the window as it is: what it holds is counted once for all of these.
    windows = cache(partial(subject.windows, verdict.day))
    for key, step in _STEPS:
        section, _, name = key.partition(".")
        present = getattr(getattr(verdict.policy, section), name)
        least = 1 if name == "window_months" else 0
        for word, value in (("stricter", present + step), ("laxer", present - step)):
            if value < least:
                continue
            policy = _changed(verdict.policy, section, name, value)
            timeline = subject.under(windows(policy.active.window_months), policy)
            other = _judged(subject, verdict, timeline, policy)
            yield key, word, value, other.status, other.since


def _changed(policy: Policy, section: str, name: str, value: int) -> Policy:
    part = getattr(policy, section).model_copy(update={name: value})
    return policy.model_copy(update={section: part})


def _judged(
    subject: Subject, verdict: Verdict, timeline: Timeline | None, policy: Policy
) -> Verdict:
    return judge(
        timeline,
        day=verdict.day,
        policy=policy,
        covered=subject.covered,
        covered_known=subject.covered_known,
        born=subject.born,
        has_messages=subject.has_messages,
        bearing=verdict.bearing,
    )
