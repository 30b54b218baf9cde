"""How much time a case gives, in days or in business days.

The terms are those of the policy on the day on which the case was opened: a policy that
changes later does not shorten a notice that has been sent.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from dcactivity.periods import from_number, to_number

if TYPE_CHECKING:
    from dcactivity.procedure import Process

__all__ = ["Terms"]


@dataclass(frozen=True, slots=True)
class Terms:
    """The periods of one case.

    Parameters
    ----------
    notice_days : int
        From the notice to the last day on which an answer is in time.
    reminder_days : tuple of int
        After the notice, each before its end, rising.
    appeal_days : int
        From a recommendation to the last day of an appeal.
    business_days : bool
        Whether Monday to Friday alone are counted. Holidays differ from place to place and
        are counted like other days.
    """

    notice_days: int = 90
    reminder_days: tuple[int, ...] = (30, 75)
    appeal_days: int = 30
    business_days: bool = False

    @classmethod
    def of(cls, process: Process) -> Terms:
        """Take the terms from a policy's section ``[process]``.

        Parameters
        ----------
        process : Process
            The section.

        Returns
        -------
        Terms
            Its periods.
        """
        return cls(
            process.notice_days, process.reminders, process.appeal_days, process.business_days
        )

    @classmethod
    def from_json(cls, text: str) -> Terms:
        """Read the terms as `to_json` wrote them.

        Parameters
        ----------
        text : str
            A JSON object.

        Returns
        -------
        Terms
            The terms.
        """
        found = json.loads(text)
        return cls(**{**found, "reminder_days": tuple(found["reminder_days"])})

    def to_json(self) -> str:
        """Write the terms as a JSON object, the same text for the same terms.

        Returns
        -------
        str
            Keys sorted, without spaces.
        """
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @property
    def noun(self) -> str:
        """What is counted, in the singular."""
        return "business day" if self.business_days else "day"

    def shift(self, day: dt.date, days: int) -> dt.date:
        """Move a day by so many of the days that these terms count.

        Parameters
        ----------
        day : datetime.date
            From here; it is not counted itself.
        days : int
            How many; negative for earlier.

        Returns
        -------
        datetime.date
            The day; in business days one from Monday to Friday, unless nothing was to be
            moved.

        Examples
        --------
        >>> friday = dt.date(2022, 4, 1)
        >>> Terms(business_days=True).shift(friday, 1)
        datetime.date(2022, 4, 4)
        """
        if not self.business_days or not days:
            return from_number(to_number(day) + days)
        # A Saturday stands for the Friday before it where days are added, for the Monday
        # after it where they are taken away: the first day counted is a business day.
        roll = "backward" if days > 0 else "forward"
        moved = np.busday_offset(np.datetime64(day), days, roll=roll)  # type: ignore[call-overload]  # a literal of two
        return from_number(int(moved.astype(np.int64)))

    def between(self, start: dt.date, end: dt.date) -> int:
        """Count the days that lie after one day and up to another.

        Parameters
        ----------
        start, end : datetime.date
            The span (start, end].

        Returns
        -------
        int
            Zero where `end` is not later.
        """
        if end <= start:
            return 0
        if not self.business_days:
            return (end - start).days
        one = np.timedelta64(1, "D")
        return int(np.busday_count(np.datetime64(start) + one, np.datetime64(end) + one))
