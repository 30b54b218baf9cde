"""What bears on one coalition's status besides its traffic: rules 5 and 9 of the review.

A breach after a notice and annual reports overdue put a coalition at risk, whatever its
traffic; an exemption holds that back. Both are spans of days, laid over those of the traffic.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from dcactivity.duties import Duty, Met

if TYPE_CHECKING:
    from dcactivity.timeline import Status

__all__ = ["NOTHING", "Bearing", "Span", "settled"]

Span = tuple[int, int, "Status"]
"""First day, first day after (days since 1970-01-01), and status."""


@dataclass(frozen=True, slots=True)
class Bearing:
    """What the records say of one coalition by a day.

    Parameters
    ----------
    duties : tuple of Duty
        Every rule that was tried, as of the day.
    risks : tuple of Met
        The days on which a rule that puts it at risk is met.
    exempt : tuple of tuple
        First day and first day after of each run of days that an exemption covers.
    attended : tuple of int
        Days of meetings at which it was present, days since 1970-01-01.
    """

    duties: tuple[Duty, ...] = ()
    risks: tuple[Met, ...] = ()
    exempt: tuple[tuple[int, int], ...] = ()
    attended: tuple[int, ...] = ()

    def risk_since(self, day: int) -> int | None:
        """Tell since when a rule has put it at risk, as of the end of a day.

        Parameters
        ----------
        day : int
            Days since 1970-01-01.

        Returns
        -------
        int or None
            The earliest of the rules that are met; None where none is.
        """
        return min((one.since for one in self.risks if one.start <= day < one.end), default=None)

    def is_exempt(self, day: int) -> bool:
        """Tell whether an exemption covers a day."""
        return any(start <= day < end for start, end in self.exempt)

    def reasons(self, rule: str | None = None) -> list[str]:
        """Give the clauses of the rules that are met as of the day.

        Parameters
        ----------
        rule : str, optional
            Of this one alone. Default: of those that put the coalition at risk.

        Returns
        -------
        list of str
            Each with the figures in it.
        """
        return [
            duty.reason
            for duty in self.duties
            if duty.met and (duty.rule == rule if rule else duty.rule != "exemption")
        ]

    def over(self, spans: Sequence[Span]) -> list[Span]:
        """Lay it over what traffic says.

        Parameters
        ----------
        spans : sequence of Span
            In the order of time, without a gap, as `Timeline.spans` gives them.

        Returns
        -------
        list of Span
            What the status is on each of these days; neighbours differ where anything bears
            on the coalition at all.
        """
        if not self.risks and not self.exempt:
            return list(spans)
        edges = {one.start for one in self.risks} | {one.end for one in self.risks}
        edges |= {day for span in self.exempt for day in span}
        result: list[Span] = []
        for start, end, traffic in spans:
            inside = sorted({start, *(day for day in edges if start < day < end), end})
            for first, last in pairwise(inside):
                is_risky = self.risk_since(first) is not None
                status = settled(traffic, is_risky=is_risky, is_exempt=self.is_exempt(first))
                if result and result[-1][2] == status:
                    result[-1] = result[-1][0], last, status
                else:
                    result.append((first, last, status))
        return result


NOTHING = Bearing()
"""Of a coalition on which nothing is on record."""


def settled(traffic: Status, *, is_risky: bool, is_exempt: bool) -> Status:
    """Settle a status: what traffic says, rule 5 and rule 9.

    Parameters
    ----------
    traffic : str
        The status as traffic alone gives it.
    is_risky : bool
        Whether a rule that does not look at traffic puts the coalition at risk.
    is_exempt : bool
        Whether an exemption covers the day.

    Returns
    -------
    str
        Exempt, a coalition is never ``AT_RISK``: it is dormant where silence would put it at
        risk, else what its traffic says.
    """
    if is_exempt:
        return "DORMANT" if traffic == "AT_RISK" else traffic
    return "AT_RISK" if is_risky else traffic
