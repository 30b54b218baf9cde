"""All that a case can rest on, gathered once: review, principles, reports, records, ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from dcactivity.annual import overdue_run
from dcactivity.assess import assess, ledger_of
from dcactivity.cases.case import Case
from dcactivity.cases.events import Event
from dcactivity.cases.evidence import grouped_rows
from dcactivity.cases.grounds import Finding, findings_of
from dcactivity.cases.ledger import read_events
from dcactivity.cases.steps import replay
from dcactivity.principles import judge_principles
from dcactivity.records import exemption

if TYPE_CHECKING:
    from dcactivity.assess import Assessment
    from dcactivity.context import PartName
    from dcactivity.messages.read import Opened
    from dcactivity.policy import Policy
    from dcactivity.records import Records
    from dcactivity.registry import Registry
    from dcactivity.reviewing import Review

__all__ = ["Survey", "survey"]

TableName = Literal[
    "status",
    "reasons",
    "ended",
    "principles",
    "overdue",
    "monthly",
    "attendance",
    "remarks",
    "forecast",
]


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """A source as of one day, under one policy, with all that people recorded of it.

    Parameters
    ----------
    assessment : Assessment
        Review, monthly table, and all that stands beside them.
    events : tuple of Event
        The ledger's rows; none where there is no ledger.
    """

    assessment: Assessment
    events: tuple[Event, ...] = ()
    _grouped: dict[str, dict[str, list[dict[str, Any]]]] = field(
        default_factory=dict, init=False, repr=False
    )

    @property
    def review(self) -> Review:
        """The verdicts and their reasons."""
        return self.assessment.review

    @property
    def records(self) -> Records:
        """The files beside the registry."""
        return self.assessment.records

    @property
    def reports(self) -> pd.DataFrame:
        """The annual reports that are owed, as `annual_reports` gives them."""
        return self._part("reports")

    @property
    def principles(self) -> pd.DataFrame:
        """The open principles, as `judge_principles` gives them; where nothing is known, so."""
        known = self.assessment.context.principles
        if known is not None:
            return known
        return judge_principles(
            self.assessment.records.observations.iloc[:0],
            self.review.status["coalition"],
            as_of=self.as_of,
            rules=self.review.policy.principles,
        )

    @property
    def registry(self) -> Registry:
        """The coalitions."""
        return self.assessment.registry

    @property
    def as_of(self) -> dt.date:
        """The day from whose end the review looks back."""
        return self.review.as_of

    def cases(self, *, as_of: dt.date | None = None) -> dict[int, Case]:
        """Fold the ledger into cases.

        Parameters
        ----------
        as_of : datetime.date, optional
            Leave out what happened later; by default nothing is left out.

        Returns
        -------
        dict
            Each case by its number.
        """
        return replay(self.events, as_of=as_of)

    def newest_case(self, coalition: str) -> Case | None:
        """Find a coalition's newest case.

        Parameters
        ----------
        coalition : str
            The coalition's slug.

        Returns
        -------
        Case or None
            Open or closed; None where it never had one.
        """
        mine = [case for case in self.cases().values() if case.coalition == coalition]
        return mine[-1] if mine else None

    def findings(self, coalition: str) -> list[Finding]:
        """Say on which grounds a coalition falls short, exempt or not.

        Parameters
        ----------
        coalition : str
            The coalition's slug.

        Returns
        -------
        list of Finding
            The gravest first.
        """
        return findings_of(
            coalition,
            status=self.rows("status", coalition),
            reasons=self.rows("reasons", coalition),
            principles=self.rows("principles", coalition),
            overdue=self.rows("overdue", coalition),
        )

    def rows(self, table: TableName, coalition: str) -> list[dict[str, Any]]:
        """Give a coalition's rows of one of the tables as plain values.

        Parameters
        ----------
        table : str
            ``status, reasons, ended, principles, overdue, monthly, attendance, remarks`` or
            ``forecast``.
        coalition : str
            The coalition's slug.

        Returns
        -------
        list of dict
            In the order of the table.
        """
        if table not in self._grouped:
            self._grouped[table] = grouped_rows(self._frame(table))
        return self._grouped[table].get(coalition, [])

    def _frame(self, table: TableName) -> pd.DataFrame:
        frames: dict[TableName, Callable[[], pd.DataFrame]] = {
            "status": lambda: self.review.status,
            "reasons": lambda: self.review.reasons,
            "ended": lambda: self.review.ended,
            "principles": lambda: self.principles,
            "overdue": self._overdue,
            "monthly": lambda: self.assessment.monthly,
            "attendance": lambda: self._part("attendance"),
            "remarks": lambda: self._part("remarks"),
            "forecast": lambda: self._part("forecast"),
        }
        return frames[table]()

    def _part(self, name: PartName) -> pd.DataFrame:
        """Give a table beside the verdicts; where there is none, one without rows."""
        frame: pd.DataFrame | None = getattr(self.assessment.context, name)
        return pd.DataFrame({"coalition": pd.Series(dtype="str")}) if frame is None else frame

    def _overdue(self) -> pd.DataFrame:
        return overdue_run(self.reports) if len(self.reports) else self.reports

    def exemption(self, coalition: str) -> str | None:
        """Say by which decision a coalition is dormant as of the day.

        Parameters
        ----------
        coalition : str
            The coalition's slug.

        Returns
        -------
        str or None
            None where no exemption covers the day.
        """
        return exemption(self.records.exemptions, coalition, self.as_of)


def survey(
    source: Opened,
    *,
    policy: Policy,
    as_of: dt.date | str | None = None,
    ledger: Path | None = None,
) -> Survey:
    """Gather review, principles, annual reports, records and ledger of a source.

    Parameters
    ----------
    source : Opened
        A source whose messages lie in a store.
    policy : Policy
        Thresholds and periods.
    as_of : date, str or None
        The day looked back from, UTC; by default the latest that any archive covers.
    ledger : Path, optional
        The ledger of cases, by default that beside the registry; where there is no such file,
        there is no case yet.

    Returns
    -------
    Survey
        Everything as of that day.

    Raises
    ------
    InputError
        The date is none, a record or the ledger cannot be read.
    """
    place = ledger_of(source, ledger)
    return Survey(
        assessment=assess(source, policy=policy, as_of=as_of, ledger=place),
        events=tuple(read_events(place)) if place.exists() else (),
    )
