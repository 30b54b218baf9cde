"""The rules that rest on traffic, as of the end of every day at once.

One pass over a coalition's counted events says for each day of its life how many messages
and persons the trailing window holds, whether the coalition was active, and since when. An
event counts from its own day until its window has passed; a person counts while any of
their events does. So each event adds to one span of days, and a running sum over the starts
and ends of those spans gives every day's figures, whatever the lengths of the months.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from dcactivity.periods import shift_months

if TYPE_CHECKING:
    from dcactivity.policy import Policy

__all__ = ["Standing", "Status", "Timeline", "daily_activity"]

Status = Literal["ACTIVE", "DORMANT", "AT_RISK", "UNKNOWN"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a coalition stands as of the end of one day, as far as its traffic tells.

    Parameters
    ----------
    status : str
        ``ACTIVE``, ``DORMANT`` or ``AT_RISK``.
    since : int
        First day of that status without a break, days since 1970-01-01.
    run_since : int
        First day of the unbroken active or inactive run; for ``AT_RISK`` earlier than
        ``since``.
    messages, participants : int
        Counted within the trailing window.
    enough, is_new : bool
        Whether there is traffic enough, and whether the coalition is new.
    """

    status: Status
    since: int
    run_since: int
    messages: int
    participants: int
    enough: bool
    is_new: bool


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """One coalition's figures as of the end of each day of its life.

    Parameters
    ----------
    start : int
        Its first day, days since 1970-01-01.
    messages, participants : ndarray of int64
        Counted within the window that ends with each day.
    enough, is_new : ndarray of bool
        Whether there is traffic enough, and whether the coalition is new.
    policy : Policy
        The policy under which this holds.
    """

    start: int
    messages: NDArray[np.int64]
    participants: NDArray[np.int64]
    enough: NDArray[np.bool_]
    is_new: NDArray[np.bool_]
    policy: Policy

    @property
    def active(self) -> NDArray[np.bool_]:
        """Whether the coalition was active as of the end of each day."""
        return self.enough | self.is_new

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
        active = self.active[: at + 1]
        breaks = np.flatnonzero(active != active[at])
        run_since = self.start + (int(breaks[-1]) + 1 if len(breaks) else 0)
        since, status = run_since, "ACTIVE" if active[at] else "DORMANT"
        risky = int(shift_months(run_since, self.policy.at_risk.dormant_months))
        if status == "DORMANT" and risky <= day:
            since, status = risky, "AT_RISK"
        return Standing(
            status=status,  # type: ignore[arg-type]  # mypy widens the three literals to str
            since=since,
            run_since=run_since,
            messages=int(self.messages[at]),
            participants=int(self.participants[at]),
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
        edges = np.flatnonzero(np.diff(self.active)) + 1
        begins = [self.start, *(self.start + edges).tolist()]
        ends = [*begins[1:], self.start + len(self.messages)]
        told = covered + self.policy.coverage.grace_days + 1 if covered is not None else self.start
        result: list[tuple[int, int, Status]] = []
        for begin, end in zip(begins, ends, strict=True):
            if self.active[begin - self.start]:
                result.append((begin, end, "ACTIVE"))
                continue
            risky = int(shift_months(begin, self.policy.at_risk.dormant_months))
            marks = [begin, *(max(begin, min(x, told, end)) for x in (risky, end)), end]
            for first, last, status in zip(
                marks, marks[1:], ("DORMANT", "AT_RISK", "UNKNOWN"), strict=False
            ):
                if first < last:
                    result.append((first, last, status))  # type: ignore[arg-type]
        return result


def daily_activity(
    days: NDArray[np.int64],
    persons: NDArray[np.int64],
    *,
    policy: Policy,
    start: int,
    stop: int,
    born: int,
) -> Timeline:
    """Work out a coalition's figures as of the end of every day.

    Parameters
    ----------
    days : ndarray of int64
        The day of each counted message, days since 1970-01-01, ascending; those after
        ``stop`` play no part.
    persons : ndarray of int64
        A number for who wrote it, negative where nobody knows.
    policy : Policy
        Gives the window, the thresholds and the grace of new coalitions.
    start, stop : int
        First and last day to tell of, ``start <= stop``; no message is earlier.
    born : int
        The day from which a coalition counts as new: its recognition, else its first
        message.

    Returns
    -------
    Timeline
        One figure for each day from ``start`` to ``stop``.
    """
    span = np.arange(start, stop + 1)
    window_from = shift_months(span, -policy.active.window_months)
    kept = days <= stop
    days, persons = days[kept], persons[kept]
    # The first day whose window no longer holds the event; len(span) for none so far.
    gone = np.searchsorted(window_from, days, side="left")
    messages = _running(days - start, gone, len(span))
    participants = _present(days - start, gone, persons, len(span))
    graced = int(shift_months(born, policy.new.grace_months))
    return Timeline(
        start=start,
        messages=messages,
        participants=participants,
        enough=(messages >= policy.active.min_messages)
        & (participants >= policy.active.min_participants),
        is_new=(span >= born) & (span < graced),
        policy=policy,
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
