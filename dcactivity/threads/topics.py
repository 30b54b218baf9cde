"""What equal subjects say, where the headers say nothing: the last resort."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dcactivity.threads.mail import UNDATED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dcactivity.threads.mail import Mail
    from dcactivity.threads.subjects import Subjects

    _Numbers = NDArray[np.int64]

__all__ = ["SUBJECT_DAYS", "Topics", "find_topics"]

SUBJECT_DAYS = 60
"""How far apart messages may stand that nothing but their subject joins, days."""

_SPAN = SUBJECT_DAYS * 86_400


@dataclass(frozen=True, slots=True)
class Topics:
    """Dated messages with a telling subject, by coalition, base subject, and date.

    Attributes
    ----------
    message : ndarray of int64
        The message.
    start : ndarray of int64
        For each entry the first one of its coalition and base subject.
    second : ndarray of int64
        When it was written, seconds since 1970-01-01 UTC.
    person : ndarray of int64
        Who wrote it, -1 where nobody knows.
    is_reply : ndarray of bool
        Its subject begins with ``Re:``.
    """

    message: _Numbers
    start: _Numbers
    second: _Numbers
    person: _Numbers
    is_reply: NDArray[np.bool_]

    def answers(self, answers: _Numbers) -> _Numbers:
        """Find what a ``Re:`` answers whose header names no message at hand.

        Parameters
        ----------
        answers : ndarray of int64
            For each message of the mail the one it answers by its header, -1 for none.

        Returns
        -------
        ndarray of int64
            The same, and for each ``Re:`` without such the last message before it, of at most
            `SUBJECT_DAYS` earlier, that has the same base subject without ``Re:``, and that
            the same person did not write.
        """
        entry = np.arange(len(self.message))
        original = _last_where(~self.is_reply)
        # Where the same person wrote the last one, look before the run of originals by them.
        run = self._before_run()
        same = (original >= 0) & (self.person >= 0) & (self.person[original] == self.person)
        found = np.where(same, run[original], original)
        answered = self.message[found]
        fits = (
            self.is_reply
            & (answers[self.message] < 0)
            & (found >= self.start[entry])
            & (self.second - self.second[found] <= _SPAN)
        )
        result = answers.copy()
        result[self.message[fits]] = answered[fits]
        return result

    def _before_run(self) -> _Numbers:
        """Give for each original the last one before it that another person wrote, or -1."""
        originals = np.flatnonzero(~self.is_reply)
        person, start = self.person[originals], self.start[originals]
        changes = np.ones(len(originals), bool)
        changes[1:] = (np.diff(person) != 0) | (np.diff(start) != 0)
        before = np.maximum.accumulate(np.where(changes, np.arange(len(originals)), 0)) - 1
        result = np.full(len(self.message), -1, np.int64)
        result[originals] = np.where(before >= 0, originals[before], -1)
        return result

    def links(self, seeks: NDArray[np.bool_]) -> tuple[_Numbers, _Numbers]:
        """Join messages that the headers leave alone with others of the same subject.

        Parameters
        ----------
        seeks : ndarray of bool
            For each message of the mail whether it is the first of what the headers join.

        Returns
        -------
        tuple of ndarray of int64
            Messages, and for each one the message it is joined with: a ``Re:`` with the last
            of the same base subject before it, if that stands at most `SUBJECT_DAYS` earlier;
            any other message with the one that begins its topic. A topic ends `SUBJECT_DAYS`
            after it began, so that the agendas of many years are not one thread.
        """
        entry = np.arange(len(self.message))
        before = np.where(self.is_reply, entry - 1, self._beginnings())
        near = self.second - self.second[before] <= _SPAN
        joins = seeks[self.message] & near & (before >= self.start) & (before != entry)
        return self.message[joins], self.message[before[joins]]

    def _beginnings(self) -> _Numbers:
        """Give for each original the one that begins its topic, for a ``Re:`` any number."""
        originals = np.flatnonzero(~self.is_reply)
        result = np.arange(len(self.message))
        if not len(originals):
            return result
        # One time line for all subjects, on which the next subject is never near.
        gap = np.diff(self.second[originals], prepend=0)
        gap[np.diff(self.start[originals], prepend=-1) != 0] = _SPAN + 1
        line = np.cumsum(gap)
        following = np.searchsorted(line, line + _SPAN, side="right").tolist()
        begins = np.zeros(len(originals), np.int64)
        at = 0
        while at < len(originals):
            begins[at] = at
            at = following[at]
        result[originals] = originals[np.maximum.accumulate(begins)]
        return result


def find_topics(mail: Mail, subjects: Subjects) -> Topics:
    """Sort the messages by what their subjects say.

    Parameters
    ----------
    mail : Mail
        The messages.
    subjects : Subjects
        Their subjects.

    Returns
    -------
    Topics
        Those that are dated and have a telling subject.
    """
    tells = np.flatnonzero((subjects.base >= 0) & (mail.second != UNDATED))
    group = mail.coalition[tells] * (subjects.base.max(initial=0) + 1) + subjects.base[tells]
    order = np.argsort(group, kind="stable")  # within a subject by date, as the mail is
    message, group = tells[order], group[order]
    return Topics(
        message=message,
        start=_last_where(np.diff(group, prepend=-1) != 0),
        second=mail.second[message],
        person=mail.person[message],
        is_reply=subjects.is_reply[message],
    )


def _last_where(holds: NDArray[np.bool_]) -> _Numbers:
    """Give for each place the last one up to it where something holds, -1 for none."""
    last: _Numbers = np.maximum.accumulate(np.where(holds, np.arange(len(holds)), -1))
    return last
