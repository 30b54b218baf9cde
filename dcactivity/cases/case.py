"""How a case stands: its stage, its clock, its days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dcactivity.cases.terms import Terms

__all__ = ["Case"]


@dataclass(frozen=True, slots=True)
class Case:
    """How a case stands after its newest event.

    Parameters
    ----------
    number : int
        Its number in the ledger.
    coalition : str
        The coalition's slug.
    ground : str
        Why it was opened.
    opened : datetime.date
        When.
    repeat : int
        How many cases of the coalition came before it.
    terms : Terms
        Its periods.
    stage : str
        ``opened, notified, recommended, appealed, remedied, revoked`` or ``reinstated``.
    notice : datetime.date or None
        When the notice was sent.
    deadline : datetime.date or None
        Last day of the notice period, stops and extensions included.
    stopped_until : datetime.date or None
        Last day of the newest stop of the clock.
    unanswered : datetime.date or None
        The day from which a reply holds the clock without having set a day.
    reminders : int
        How many were sent since the notice.
    escalated, recommended : datetime.date or None
        When.
    appeal_until : datetime.date or None
        Last day of an appeal.
    closed : datetime.date or None
        When; None while the case is open.
    last_event : str
        The newest event.
    last_date : datetime.date
        The latest date of its events.
    """

    number: int
    coalition: str
    ground: str
    opened: dt.date
    repeat: int
    terms: Terms
    stage: str = "opened"
    notice: dt.date | None = None
    deadline: dt.date | None = None
    stopped_until: dt.date | None = None
    unanswered: dt.date | None = None
    reminders: int = 0
    escalated: dt.date | None = None
    recommended: dt.date | None = None
    appeal_until: dt.date | None = None
    closed: dt.date | None = None
    last_event: str = "opened"
    last_date: dt.date = dt.date.min

    def is_stopped(self, day: dt.date) -> bool:
        """Tell whether a reply holds the clock on a day.

        Parameters
        ----------
        day : datetime.date
            The day.

        Returns
        -------
        bool
            True up to and including the day that the reply set.
        """
        if self.unanswered is not None:
            return True
        return self.stopped_until is not None and day <= self.stopped_until

    def has_run_out(self, day: dt.date) -> bool:
        """Tell whether the notice period is over on a day.

        Parameters
        ----------
        day : datetime.date
            The day.

        Returns
        -------
        bool
            False without notice, while the clock is stopped, and on the last day itself.
        """
        return self.deadline is not None and day > self.deadline and not self.is_stopped(day)

    @property
    def next_reminder(self) -> dt.date | None:
        """The day on which the next reminder falls due, counted back from the deadline."""
        if self.stage != "notified" or self.deadline is None or self.unanswered:
            return None
        left = self.terms.reminder_days[self.reminders :]
        if not left:
            return None
        return self.terms.shift(self.deadline, left[0] - self.terms.notice_days)
