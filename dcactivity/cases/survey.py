"""All that a case can rest on, gathered once: review, principles, reports, records, ledger."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dcactivity.annual import annual_reports, overdue_run
from dcactivity.assess import assess
from dcactivity.cases.case import Case
from dcactivity.cases.events import Event
from dcactivity.cases.evidence import grouped_rows
from dcactivity.cases.grounds import Finding, findings_of
from dcactivity.cases.ledger import FILE_NAME, read_events
from dcactivity.cases.steps import replay
from dcactivity.decisions.read import decided_messages
from dcactivity.principles import header_hints, judge_principles
from dcactivity.records import Records, exemption, read_records, remarks

if TYPE_CHECKING:
    import pandas as pd

    from dcactivity.assess import Assessment
    from dcactivity.messages.read import Opened
    from dcactivity.policy import Policy
    from dcactivity.registry import Registry
    from dcactivity.reviewing import Review

__all__ = ["Survey", "first_messages", "ledger_of", "survey", "survey_messages"]

TableName = Literal[
    "status", "reasons", "ended", "principles", "overdue", "monthly", "attendance", "remarks"
]

_COLUMNS = (
    "list",
    "message_id",
    "date",
    "utc_offset",
    "person",
    "automated",
    "bulletin",
    "list_fields",
)


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """A source as of one day, under one policy, with all that people recorded of it.

    Parameters
    ----------
    assessment : Assessment
        Review and monthly table.
    records : Records
        The files beside the registry.
    principles : DataFrame
        As `judge_principles` gives it.
    reports : DataFrame
        As `annual_reports` gives it.
    events : tuple of Event
        The ledger's rows; none where there is no ledger.
    """

    assessment: Assessment
    records: Records
    principles: pd.DataFrame
    reports: pd.DataFrame
    events: tuple[Event, ...] = ()
    _grouped: dict[str, dict[str, list[dict[str, Any]]]] = field(
        default_factory=dict, init=False, repr=False
    )

    @property
    def review(self) -> Review:
        """The verdicts and their reasons."""
        return self.assessment.review

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
            ``status, reasons, ended, principles, overdue, monthly, attendance`` or
            ``remarks``.
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
            "overdue": lambda: overdue_run(self.reports),
            "monthly": lambda: self.assessment.monthly,
            "attendance": lambda: self.records.attendance,
            "remarks": lambda: remarks(self.records, as_of=self.as_of),
        }
        return frames[table]()

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
        The ledger of cases; where there is no such file, there is no case yet.

    Returns
    -------
    Survey
        Everything as of that day.

    Raises
    ------
    InputError
        The date is none, a record or the ledger cannot be read.
    """
    assessment = assess(source, policy=policy, as_of=as_of)
    day = assessment.review.as_of
    slugs = [str(slug) for slug in assessment.review.status["coalition"]]
    records = read_records(source.registry.root, slugs=source.registry.slugs)
    messages = survey_messages(source)
    return Survey(
        assessment=assessment,
        records=records,
        principles=judge_principles(
            records.observations,
            slugs,
            as_of=day,
            rules=policy.principles,
            hints=header_hints(messages, as_of=day),
        ),
        reports=annual_reports(
            records.reports,
            source.registry.coalitions,
            as_of=day,
            rules=policy.reports,
            first_seen=first_messages(messages),
        ),
        events=tuple(read_events(ledger)) if ledger is not None and ledger.exists() else (),
    )


def survey_messages(source: Opened) -> pd.DataFrame:
    """Read of the messages what principles, reports and sheets look at.

    Parameters
    ----------
    source : Opened
        A source whose messages lie in a store.

    Returns
    -------
    DataFrame
        One row per message, of every coalition.
    """
    return decided_messages(source, columns=_COLUMNS)


def first_messages(messages: pd.DataFrame) -> dict[str, dt.date]:
    """Give the day of each coalition's first message.

    Parameters
    ----------
    messages : DataFrame, one row per message
        Needs ``coalition`` and ``date`` (UTC).

    Returns
    -------
    dict
        Coalitions without a dated message are left out.
    """
    first = messages.dropna(subset=["date"]).groupby("coalition", observed=True)["date"].min()
    return {str(slug): instant.date() for slug, instant in first.items()}


def ledger_of(source: Opened, given: Path | None) -> Path:
    """Name the ledger: the one given, else the one beside the registry.

    Parameters
    ----------
    source : Opened
        The source.
    given : Path or None
        What somebody asked for.

    Returns
    -------
    Path
        ``cases.sqlite`` beside ``coalitions.toml``, where no other was given.
    """
    return given if given is not None else Path(source.registry.root) / FILE_NAME
