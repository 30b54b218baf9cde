"""What one policy would have said at each month's end, and the spells that this makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dcactivity.timeline import STATUSES

if TYPE_CHECKING:
    from dcactivity.policy import Policy

__all__ = [
    "ACTIVE",
    "AT_RISK",
    "DORMANT",
    "FOLLOWED_MONTHS",
    "NEVER",
    "UNKNOWN",
    "Replay",
    "Spells",
]

ACTIVE, DORMANT, AT_RISK, UNKNOWN = range(len(STATUSES))
"""The codes of the statuses: their places in `STATUSES`."""

FOLLOWED_MONTHS = 12
"""For so long a coalition is watched after a warning, and silence lasts to be for good."""

NEVER = -1
"""The position of what did not happen."""

Positions = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Replay:
    """One policy's statuses over the past, as of each month's last day.

    Parameters
    ----------
    policy : Policy
        The policy.
    reading : str
        Where the data leave two readings: which of them, to be set behind the policy's name.
    slugs : list of str
        The coalitions, sorted.
    months : ndarray of datetime64[M]
        All months from the first of any coalition to the last, without a gap.
    codes : ndarray of int8, coalitions by months
        Places in `STATUSES`, or `NO_STATUS`.
    spoke : ndarray of int64
        Position of the month of each coalition's last counted message, `NEVER` for none.
    told : ndarray of int64
        Position of the last month for which each coalition's data say whether it was silent,
        `NEVER` for none.
    first : int
        Position of the first month that is reported on; earlier ones are history.
    """

    policy: Policy
    reading: str
    slugs: list[str]
    months: NDArray[np.datetime64]
    codes: NDArray[np.int8]
    spoke: Positions
    told: Positions
    first: int

    @property
    def label(self) -> str:
        """The policy's name, with the reading."""
        return self.policy.name + self.reading

    @property
    def reported(self) -> NDArray[np.int8]:
        """The statuses of the months that are reported on."""
        return self.codes[:, self.first :]

    @property
    def years(self) -> float:
        """How long the time is that is reported on."""
        return (len(self.months) - self.first) / 12

    def next_of(self, code: int) -> Positions:
        """Position of the next month with a status, for each coalition and month.

        Parameters
        ----------
        code : int
            The status.

        Returns
        -------
        ndarray of int64, coalitions by months
            The month itself where it has the status; `NEVER` where none follows.
        """
        count = self.codes.shape[1]
        place = np.where(self.codes == code, np.arange(count), count)
        nearest = np.minimum.accumulate(place[:, ::-1], axis=1)[:, ::-1]
        return np.where(nearest < count, nearest, NEVER)

    def delays(self) -> tuple[Positions, Positions]:
        """Tell how long after its last message each silent coalition was at risk.

        Returns
        -------
        tuple of ndarray of int64
            Positions in `slugs` of the coalitions silent for good that could be watched for
            long enough, and for each the months from that of its last message to the first
            in which it was at risk, `NEVER` where it was not.

        Notes
        -----
        Silent for good: no counted message after one in the months reported on, for at least
        12 months to the end of what is told. Long enough: the window, the time of being
        dormant and a month more, when the policy must have spoken.
        """
        rules = self.policy
        needed = rules.active.window_months + rules.at_risk.dormant_months + 1
        watched = self.told - self.spoke >= max(FOLLOWED_MONTHS, needed)
        silent = np.flatnonzero((self.spoke >= self.first) & watched)
        risky = self.next_of(AT_RISK)[silent, self.spoke[silent]]
        is_late = (risky != NEVER) & (risky <= self.told[silent])
        return silent, np.where(is_late, risky - self.spoke[silent], NEVER)


@dataclass(frozen=True, slots=True, eq=False)
class Spells:
    """The unbroken runs of months in which coalitions were dormant or at risk.

    Parameters
    ----------
    coalition : ndarray of int64
        Position in ``replay.slugs``; the spells are sorted by it and by time.
    start, end : ndarray of int64
        Positions of the first month and of the first after.
    risky : ndarray of int64
        Position of the first month at risk, `NEVER` for none.
    back : ndarray of int64
        Position of the first month after the start in which it was active, `NEVER` for none.
    told : ndarray of int64
        ``replay.told`` of its coalition.
    """

    coalition: Positions
    start: Positions
    end: Positions
    risky: Positions
    back: Positions
    told: Positions

    @classmethod
    def of(cls, replay: Replay) -> Spells:
        """Find the spells of a replay, those that began before the months reported on included.

        Parameters
        ----------
        replay : Replay
            The statuses.

        Returns
        -------
        Spells
            Those that reach into the months reported on.
        """
        codes = replay.codes
        inactive = (codes == DORMANT) | (codes == AT_RISK)
        steps = np.diff(inactive.astype(np.int8), axis=1, prepend=0, append=0)
        coalition, start = np.nonzero(steps == 1)
        end = np.nonzero(steps == -1)[1]
        keep = end > replay.first
        coalition, start, end = coalition[keep], start[keep], end[keep]
        risky = replay.next_of(AT_RISK)[coalition, start]
        return cls(
            coalition=coalition,
            start=start,
            end=end,
            risky=np.where(risky < end, risky, NEVER),
            back=replay.next_of(ACTIVE)[coalition, start],
            told=replay.told[coalition],
        )

    def is_judged(self, since: Positions, first: int) -> NDArray[np.bool_]:
        """Tell which spells could be watched for twelve months from a month on.

        Parameters
        ----------
        since : ndarray of int64
            A month for each spell: its start, or when it was at risk.
        first : int
            The first month that is reported on.

        Returns
        -------
        ndarray of bool
            False where that month is not among those reported on.
        """
        judged: NDArray[np.bool_] = since >= max(first, 0)
        return judged & (since + FOLLOWED_MONTHS <= self.told)

    def is_false(self, since: Positions) -> NDArray[np.bool_]:
        """Tell which coalitions were active again within twelve months of a month.

        Parameters
        ----------
        since : ndarray of int64
            A month for each spell: its start, or when it was at risk.

        Returns
        -------
        ndarray of bool
            They came back by themselves: on the past, nobody warned them.
        """
        false: NDArray[np.bool_] = (self.back != NEVER) & (since != NEVER)
        return false & (self.back - since <= FOLLOWED_MONTHS)
