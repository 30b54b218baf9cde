"""The rules that rest on traffic, as of the end of every day at once.

One pass over a coalition's counted events says for each day of its life how many messages,
persons and conversations the trailing window holds, whether the coalition was active, and
since when. An event counts from its own day until its window has passed; a person counts while
any of their events does, a conversation while any answer in it does. So each event adds to one
span of days, and a running sum over the starts and ends of those spans gives every day's
figures, whatever the lengths of the months.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from dcactivity.attending import at_risk_from, counted_from, risk_spans
from dcactivity.periods import shift_months

if TYPE_CHECKING:
    from dcactivity.policy import Policy

__all__ = [
    "STATUSES",
    "Counted",
    "Standing",
    "Status",
    "Timeline",
    "Windows",
    "daily_windows",
]

Status = Literal["ACTIVE", "DORMANT", "AT_RISK", "UNKNOWN"]

#: In the order of rising concern; of the last nothing can be said.
STATUSES: tuple[Status, ...] = ("ACTIVE", "DORMANT", "AT_RISK", "UNKNOWN")

_INACTIVE, _ACTIVE, _HIDDEN = 0, 1, 2
_STATES: tuple[Status, ...] = ("DORMANT", "ACTIVE", "UNKNOWN")


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """One coalition's counted messages, in the order of time.

    Parameters
    ----------
    days : ndarray of int64
        The day of each, days since 1970-01-01, ascending.
    persons : ndarray of int64
        A number for who wrote it, negative where nobody knows.
    conversations : ndarray of int64
        A number for its thread where it answers another person, negative elsewhere.
    is_hidden : ndarray of bool
        Written by a person whom the list hides.
    has_threads : bool
        Whether it is known what answers what; if not, conversations are not asked for.
    """

    days: NDArray[np.int64]
    persons: NDArray[np.int64]
    conversations: NDArray[np.int64]
    is_hidden: NDArray[np.bool_]
    has_threads: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """How a coalition stands as of the end of one day, as far as its traffic tells.

    Parameters
    ----------
    status : str
        ``ACTIVE``, ``DORMANT``, ``AT_RISK``, or ``UNKNOWN`` where the list hides its authors.
    since : int
        First day of that status without a break, days since 1970-01-01.
    run_since : int
        First day of the unbroken run; for ``AT_RISK`` earlier than ``since``.
    counted_from : int
        The day from which the months up to ``AT_RISK`` are counted: that of the run, or of the
        last meeting attended since, where the policy lets that delay it.
    messages, participants, hidden : int
        Counted within the trailing window; ``hidden`` are messages of unknown authors.
    conversations : int or None
        Likewise; None where it is not known what answers what.
    enough, is_new : bool
        Whether there is traffic enough, and whether the coalition is new.
    """

    status: Status
    since: int
    run_since: int
    counted_from: int
    messages: int
    participants: int
    conversations: int | None
    hidden: int
    enough: bool
    is_new: bool


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """One coalition's figures as of the end of each day of its life.

    Parameters
    ----------
    start : int
        Its first day, days since 1970-01-01.
    messages, participants, hidden : ndarray of int64
        Counted within the window that ends with each day.
    conversations : ndarray of int64 or None
        Likewise; None where it is not known what answers what.
    enough, is_new, is_hidden : ndarray of bool
        Whether there is traffic enough, whether the coalition is new, and whether it cannot be
        told for all that the list hides who writes.
    policy : Policy
        The policy under which this holds.
    attended : tuple of int
        Days of meetings that delay ``AT_RISK``, days since 1970-01-01; none unless the policy
        lets attendance count.
    """

    start: int
    messages: NDArray[np.int64]
    participants: NDArray[np.int64]
    conversations: NDArray[np.int64] | None
    hidden: NDArray[np.int64]
    enough: NDArray[np.bool_]
    is_new: NDArray[np.bool_]
    is_hidden: NDArray[np.bool_]
    policy: Policy
    attended: tuple[int, ...] = ()

    @property
    def _state(self) -> NDArray[np.int64]:
        known = np.where(self.is_hidden, _HIDDEN, _INACTIVE)
        return np.where(self.enough | self.is_new, _ACTIVE, known)

    def standing(self, day: int) -> Standing | None:
        """Tell how the coalition stood as of the end of a day.

        Parameters
        ----------
        day : int
            Days since 1970-01-01, not later than the timeline's last day.

        Returns
        -------
        Standing or None
            None before the coalition's first day.

        Notes
        -----
        Equal to asking a timeline that ends on that day: no day's figures depend on
        later events.
        """
        at = day - self.start
        if at < 0:
            return None
        state = self._state[: at + 1]
        breaks = np.flatnonzero(state != state[at])
        run_since = self.start + (int(breaks[-1]) + 1 if len(breaks) else 0)
        since, status = run_since, _STATES[state[at]]
        months = self.policy.at_risk.dormant_months
        risky = at_risk_from(run_since, self.attended, dormant_months=months, day=day)
        if status == "DORMANT" and risky is not None:
            since, status = risky, "AT_RISK"
        return Standing(
            status=status,
            since=since,
            run_since=run_since,
            counted_from=counted_from(run_since, self.attended, day=day),
            messages=int(self.messages[at]),
            participants=int(self.participants[at]),
            conversations=None if self.conversations is None else int(self.conversations[at]),
            hidden=int(self.hidden[at]),
            enough=bool(self.enough[at]),
            is_new=bool(self.is_new[at]),
        )

    def spans(self, covered: int | None) -> list[tuple[int, int, Status]]:
        """Cut the coalition's life into spans of one status each.

        Parameters
        ----------
        covered : int or None
            The last day for which its archives are complete, days since 1970-01-01.

        Returns
        -------
        list of tuple
            First day, first day after, and status: what `standing` says of each of these days,
            with ``UNKNOWN`` where it is silence that is not covered.
        """
        state = self._state
        edges = np.flatnonzero(np.diff(state)) + 1
        begins = [self.start, *(self.start + edges).tolist()]
        ends = [*begins[1:], self.start + len(self.messages)]
        told = covered + self.policy.coverage.grace_days + 1 if covered is not None else self.start
        result: list[tuple[int, int, Status]] = []
        for begin, end in zip(begins, ends, strict=True):
            if state[begin - self.start] != _INACTIVE:
                result.append((begin, end, _STATES[state[begin - self.start]]))
                continue
            result += [
                (first, min(last, told), status)
                for first, last, status in self._silent(begin, end)
                if first < told
            ]
            if told < end:
                result.append((max(begin, told), end, "UNKNOWN"))
        return result

    def _silent(self, begin: int, end: int) -> Iterator[tuple[int, int, Status]]:
        """Cut a silent run into spans of being dormant and at risk."""
        months, at = self.policy.at_risk.dormant_months, begin
        for risk, stop in risk_spans(begin, self.attended, dormant_months=months, last=end - 1):
            if at < risk:
                yield at, risk, "DORMANT"
            yield risk, stop, "AT_RISK"
            at = stop
        if at < end:
            yield at, end, "DORMANT"


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """What the trailing window holds as of the end of each day: counts, and no verdict yet.

    Policies that count alike over windows of one length share it.

    Parameters
    ----------
    start : int
        The first day, days since 1970-01-01.
    messages, participants, hidden : ndarray of int64
        Counted within the window that ends with each day.
    conversations : ndarray of int64 or None
        Likewise; None where it is not known what answers what.
    """

    start: int
    messages: NDArray[np.int64]
    participants: NDArray[np.int64]
    conversations: NDArray[np.int64] | None
    hidden: NDArray[np.int64]

    def under(self, policy: Policy, *, born: int, attended: Sequence[int] = ()) -> Timeline:
        """Hold the counts against a policy's thresholds.

        Parameters
        ----------
        policy : Policy
            Of the same window.
        born : int
            The day from which the coalition counts as new: its recognition, else its first
            message.
        attended : sequence of int
            Days of meetings at which it was present; they matter where the policy says so.

        Returns
        -------
        Timeline
            One figure for each day.

        Notes
        -----
        Where more than half of the window's messages come from authors whom the list hides,
        there are messages enough, and only persons or conversations seem too few, nothing can
        be told.
        """
        active = policy.active
        enough = self.messages >= active.min_messages
        told = ~enough | (2 * self.hidden <= self.messages)
        enough &= self.participants >= active.min_participants
        if self.conversations is not None:
            enough &= self.conversations >= active.min_conversations
        is_new = np.zeros(len(enough), dtype=bool)
        graced = int(shift_months(born, policy.new.grace_months)) - self.start
        is_new[born - self.start : max(graced, 0)] = True
        return Timeline(
            start=self.start,
            messages=self.messages,
            participants=self.participants,
            conversations=self.conversations,
            hidden=self.hidden,
            enough=enough,
            is_new=is_new,
            is_hidden=~told & ~enough,
            policy=policy,
            # Where a dormant coalition is at risk at once, there is nothing to delay.
            attended=tuple(attended)
            if policy.at_risk.attendance_counts and policy.at_risk.dormant_months
            else (),
        )


def daily_windows(counted: Counted, *, window_months: int, start: int, stop: int) -> Windows:
    """Count what the trailing window holds as of the end of every day.

    Parameters
    ----------
    counted : Counted
        A coalition's messages; those after ``stop`` play no part.
    window_months : int
        Length of the window, calendar months, at least 1.
    start, stop : int
        First and last day to tell of, ``start <= stop``; what is earlier counts in its window.

    Returns
    -------
    Windows
        One figure for each day from ``start`` to ``stop``.
    """
    span = np.arange(start, stop + 1)
    window_from = shift_months(span, -window_months)
    n = int(np.searchsorted(counted.days, stop, side="right"))
    days = counted.days[:n]
    # The first day whose window no longer holds the event; len(span) for none so far.
    begin = np.maximum(days - start, 0)
    gone = np.searchsorted(window_from, days, side="left")
    concealed = counted.is_hidden[:n]
    conversations = None
    if counted.has_threads:
        conversations = _present(begin, gone, counted.conversations[:n], len(span))
    return Windows(
        start=start,
        messages=_running(begin, gone, len(span)),
        participants=_present(begin, gone, counted.persons[:n], len(span)),
        conversations=conversations,
        hidden=_running(begin[concealed], gone[concealed], len(span)),
    )


def _running(begin: NDArray[np.int64], end: NDArray[np.intp], length: int) -> NDArray[np.int64]:
    """Count for each position the half-open spans [begin, end) that hold it."""
    change = np.bincount(begin, minlength=length + 1) - np.bincount(end, minlength=length + 1)
    total: NDArray[np.int64] = np.cumsum(change)[:length]
    return total


def _present(
    begin: NDArray[np.int64], end: NDArray[np.intp], who: NDArray[np.int64], length: int
) -> NDArray[np.int64]:
    """Count for each position those who have a span that holds it, each of them once."""
    known = np.flatnonzero(who >= 0)
    order = known[np.argsort(who[known], kind="stable")]
    begin, end, who = begin[order], end[order], who[order]
    # Later events end later: what one adds begins where the same person's last one ended.
    repeated = np.diff(who, prepend=-1) == 0
    earlier_end = np.concatenate(([0], end[:-1]))
    added = np.where(repeated, np.maximum(begin, earlier_end), begin)
    return _running(added, np.maximum(end, added), length)
