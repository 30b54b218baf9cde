"""What a report says, worked out once; the renderers only draw it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd

from dcactivity.frames import ByCoalition, rows_of
from dcactivity.outlook import coming_changes
from dcactivity.periods import from_number, to_number
from dcactivity.report.changes import Changes, changes_in_period, changes_since
from dcactivity.timeline import STATUSES
from dcactivity.wording import amount, plain_date

if TYPE_CHECKING:
    from dcactivity.assess import Assessment
    from dcactivity.coalitions import Coalition
    from dcactivity.explaining import Explanation
    from dcactivity.report.changes import Previous
    from dcactivity.reviewing import Review

__all__ = ["GRAVEST_FIRST", "PRINCIPLES", "Attention", "Parts", "Report", "make_report"]

PRINCIPLES = ("membership", "mailing_list", "archive")
"""The three open principles, as the status table names them."""

GRAVEST_FIRST = ("AT_RISK", "DORMANT", "UNKNOWN", "ACTIVE")
"""The statuses in the order in which a meeting looks at them."""

TableName = Literal["archives", "bands", "coverage", "monthly"]

_SOON = 92  # days: about as long as from one quarterly meeting to the next


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What else is known of the coalitions; what is None is left out of every output.

    Parameters
    ----------
    principles : DataFrame or None
        ``coalition, principle, verdict`` (``yes, conditional, no, unknown``) and, where
        present, ``severity, finding, seen, source, url, why``; one row for each coalition and
        open principle.
    reports : DataFrame or None
        ``coalition, year, due, submitted, state`` (``submitted, late, due, overdue``),
        ``in_a_row, url``; one row for each annual report that is owed.
    attendance : DataFrame or None
        ``meeting, date, coalition, present, apologies``.
    forecast : DataFrame or None
        ``coalition, silence_risk`` and, where present, ``low, high, why``.
    remarks : DataFrame or None
        ``coalition, kind, date, until, text, url``: statements and other signs of life that
        stand beside a verdict.
    findings : DataFrame or None
        ``rank, coalition, finding, period, detail, effect``: what makes the numbers doubtful.
    writing : DataFrame or None
        ``coalition, date`` (UTC), ``utc_offset`` (minutes), ``person``: one row for each message
        that a person wrote.
    """

    principles: pd.DataFrame | None = None
    reports: pd.DataFrame | None = None
    attendance: pd.DataFrame | None = None
    forecast: pd.DataFrame | None = None
    remarks: pd.DataFrame | None = None
    findings: pd.DataFrame | None = None
    writing: pd.DataFrame | None = None
    _found: dict[str, ByCoalition] = field(default_factory=dict, init=False, repr=False)

    def of(self, name: str, coalition: str) -> list[dict[str, Any]]:
        """Give one coalition's rows of a part.

        Parameters
        ----------
        name : str
            The part.
        coalition : str
            The slug.

        Returns
        -------
        list of dict
            What is missing is None; no row where the part is left out.
        """
        frame: pd.DataFrame | None = getattr(self, name)
        if frame is None:
            return []
        if name not in self._found:
            self._found[name] = ByCoalition(frame)
        return rows_of(self._found[name].of(coalition))


@dataclass(frozen=True, slots=True)
class Attention:
    """A coalition that a meeting should look at.

    Parameters
    ----------
    coalition, name, status : str
        Which, and what is said of it.
    reasons : tuple of str
        Why, in clauses, the gravest first.
    """

    coalition: str
    name: str
    status: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """All that the outputs show.

    Parameters
    ----------
    assessment : Assessment
        Review, events, monthly table and ledger.
    parts : Parts
        What else is known.
    changes : Changes
        What changed within the policy's window.
    since : Changes or None
        What changed since an earlier report, where one was named.
    attention : tuple of Attention
        What to look at, the gravest first.
    """

    assessment: Assessment
    parts: Parts
    changes: Changes
    since: Changes | None
    attention: tuple[Attention, ...] = ()
    _found: dict[str, ByCoalition] = field(default_factory=dict, init=False, repr=False)

    @property
    def review(self) -> Review:
        """The verdicts and their reasons."""
        return self.assessment.review

    @property
    def status(self) -> pd.DataFrame:
        """The table of verdicts, without those of which the public may read nothing."""
        hidden = self.review.status["coalition"].isin(self.assessment.under_review)
        return self.review.status[~hidden].reset_index(drop=True)

    @property
    def under_review(self) -> list[str]:
        """Names of those of which the public reads that they are under review, sorted."""
        status = self.review.status
        hidden = status["coalition"].isin(self.assessment.under_review)
        return sorted(map(str, status.loc[hidden, "name"]), key=str.casefold)

    @property
    def as_of(self) -> dt.date:
        """The day from whose end, UTC, everything looks back."""
        return self.review.as_of

    @property
    def title(self) -> str:
        """What the outputs are called."""
        body = self.assessment.registry.body.name
        return f"Activity of the coalitions of the {body}" if body else "Activity of coalitions"

    @property
    def tally(self) -> dict[str, int]:
        """How many coalitions have each status, all four of them."""
        counts = self.status["status"].astype("str").value_counts()
        return {status: int(counts.get(status, 0)) for status in STATUSES}

    def rows(self) -> list[dict[str, Any]]:
        """Give the status table as rows, what is missing as None.

        Returns
        -------
        list of dict
            Of `status`, sorted by status, the gravest last, then by name.
        """
        order = list(STATUSES)
        return sorted(
            rows_of(self.status),
            key=lambda row: (
                order.index(row["status"]),
                str(row["name"]).casefold(),
                row["coalition"],
            ),
        )

    def entry(self, coalition: str) -> Coalition:
        """Give what the registry says of a coalition.

        Parameters
        ----------
        coalition : str
            The slug.

        Returns
        -------
        Coalition
            Of one that it does not name, the slug alone.
        """
        return self.review.subjects[coalition].entry

    def explain(self, coalition: str) -> Explanation:
        """Say what stands behind a coalition's verdict; worked out anew each time.

        Parameters
        ----------
        coalition : str
            The slug.

        Returns
        -------
        Explanation
            It names each of the coalition's messages: whoever holds thousands of these holds
            the archives in memory.
        """
        return self.review.explain(coalition)

    def table(self, name: TableName, coalition: str) -> pd.DataFrame:
        """Give a coalition's rows of one of the tables.

        Parameters
        ----------
        name : str
            ``archives`` or ``monthly`` of the assessment, ``bands`` or ``coverage`` of the
            review.
        coalition : str
            The slug.

        Returns
        -------
        DataFrame
            In the order of the table.
        """
        if name not in self._found:
            owner = self.review if name in {"bands", "coverage"} else self.assessment
            self._found[name] = ByCoalition(getattr(owner, name))
        return self._found[name].of(coalition)

    def months(self, coalition: str) -> pd.DataFrame:
        """Give a coalition's rows of the monthly table, as charts show them.

        Parameters
        ----------
        coalition : str
            The slug.

        Returns
        -------
        DataFrame
            From the first month in which a person wrote, or nobody can tell; reminders and spam
            to an address that was set up early are no part of its life.
        """
        mine = self.table("monthly", coalition)
        told = mine["messages"].ne(0).fillna(value=True).to_numpy(dtype=bool)
        return mine.iloc[int(told.argmax()) :] if told.any() else mine.iloc[len(mine) :]

    def summary(self) -> str:
        """Say in one sentence how many coalitions there are of each status.

        Returns
        -------
        str
            Without a full stop.
        """
        said = [f"{n} {status.lower().replace('_', ' ')}" for status, n in self.tally.items() if n]
        said += [f"{len(self.under_review)} under review"] if self.under_review else []
        noun = amount(len(self.review.status), "coalition")
        return f"{noun}: {', '.join(said)}" if said else noun


def make_report(
    assessment: Assessment, parts: Parts | None = None, *, previous: Previous | None = None
) -> Report:
    """Work out everything that the outputs show.

    Parameters
    ----------
    assessment : Assessment
        Of one source as of one day.
    parts : Parts, optional
        What else is known of its coalitions.
    previous : Previous, optional
        An earlier report to compare with.

    Returns
    -------
    Report
        Ready to be drawn.
    """
    review, known = assessment.review, parts or Parts()
    hidden = assessment.under_review
    told = replace(review, status=review.status[~review.status["coalition"].isin(hidden)])
    since = None
    if previous is not None:
        since = changes_since(previous.without(hidden), told, assessment.archives)
    report = Report(
        assessment=assessment,
        parts=known,
        changes=changes_in_period(told),
        since=since,
    )
    return replace(report, attention=tuple(_attention(report)))


def _attention(report: Report) -> list[Attention]:
    found = []
    for row in report.rows():
        reasons = _reasons(report, row)
        if reasons:
            found.append(Attention(row["coalition"], row["name"], row["status"], tuple(reasons)))
    return sorted(found, key=lambda one: GRAVEST_FIRST.index(one.status))


def _reasons(report: Report, row: dict[str, Any]) -> list[str]:
    """Say in clauses what about a coalition asks for attention."""
    slug, status = row["coalition"], str(row["status"])
    said = []
    if status != "ACTIVE":
        word = status.lower().replace("_", " ")
        since = f" since {plain_date(row['since'].date())}" if row["since"] else ""
        said.append(f"{word}{since}, {_last_heard(row)}")
    review = report.review
    for change in coming_changes(review.subjects[slug], review.verdicts[slug])[:1]:
        if change.day - to_number(report.as_of) <= _SOON:
            day = plain_date(from_number(change.day))
            word = change.status.lower().replace("_", " ")
            said.append(f"{word} from {day}, if nothing more is written")
    closed = [
        str(one["principle"]).replace("_", " ")
        for one in report.parts.of("principles", slug)
        if one["verdict"] == "no"
    ]
    if closed:
        said.append(f"not open: {', '.join(closed)}")
    if row.get("reports_missing"):
        said.append(f"{amount(int(row['reports_missing']), 'annual report')} overdue in a row")
    return said


def _last_heard(row: dict[str, Any]) -> str:
    if row["last_message"] is None:
        return "no message that counts"
    return f"last message {plain_date(row['last_message'].date())}"
