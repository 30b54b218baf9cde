"""From an opened source to a report: everything that is known, gathered once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dcactivity.cases.audience import public_assessment, under_review
from dcactivity.cases.survey import survey
from dcactivity.decisions.read import decided_messages
from dcactivity.doctor import diagnose
from dcactivity.report.model import Parts, Report, make_report

if TYPE_CHECKING:
    import datetime as dt
    from pathlib import Path

    from dcactivity.assess import Assessment, Audience
    from dcactivity.messages.read import Opened
    from dcactivity.policy import Policy
    from dcactivity.report.changes import Previous

__all__ = ["gather_parts", "report_on"]

_ONE_DAY = pd.Timedelta(days=1)
_WRITING = ("date", "utc_offset", "automated", "person")


def report_on(
    source: Opened,
    *,
    policy: Policy,
    as_of: dt.date | str | None = None,
    previous: Previous | None = None,
    audience: Audience = "secretariat",
    ledger: Path | None = None,
) -> Report:
    """Review a source, and work out everything that the outputs show.

    Parameters
    ----------
    source : Opened
        A source whose messages lie in a store.
    policy : Policy
        Thresholds and periods.
    as_of : date, str or None
        The day looked back from, UTC; by default the latest that any archive covers.
    previous : Previous, optional
        An earlier report to compare with.
    audience : str
        ``secretariat``, or ``public``: of coalitions that still have time to answer, the public
        reads no more than that they are under review.
    ledger : Path, optional
        The ledger of cases, by default that beside the registry.

    Returns
    -------
    Report
        Ready to be written.

    Raises
    ------
    InputError
        If `as_of` is no date, or is not given and there is no archive; or if a record or the
        ledger cannot be read.
    """
    found = survey(source, policy=policy, as_of=as_of, ledger=ledger)
    assessment = found.assessment
    if audience == "public":
        cases = found.cases(as_of=found.as_of).values()
        assessment = public_assessment(assessment, under_review(cases, as_of=found.as_of))
    return make_report(assessment, gather_parts(source, assessment), previous=previous)


def gather_parts(source: Opened, assessment: Assessment) -> Parts:
    """Gather what is known of a source besides its review.

    Parameters
    ----------
    source : Opened
        The source.
    assessment : Assessment
        Its review, for whichever audience.

    Returns
    -------
    Parts
        All of them.
    """
    context = assessment.context
    findings = diagnose(assessment, source.report)
    for slug in assessment.under_review:
        named = findings["coalition"].eq(slug) | findings["detail"].str.contains(slug, regex=False)
        findings = findings[~named]
    return Parts(
        principles=context.principles,
        reports=context.reports,
        attendance=context.attendance,
        forecast=context.forecast,
        remarks=context.remarks,
        findings=findings.reset_index(drop=True),
        writing=_writing(source, assessment),
    )


def _writing(source: Opened, assessment: Assessment) -> pd.DataFrame:
    """Take from the messages of persons when they were written, and in which part of the day."""
    frame = decided_messages(source, columns=_WRITING)
    end = pd.Timestamp(assessment.review.as_of, tz="UTC") + _ONE_DAY
    kept = frame["automated"].isna() & (frame["date"] < end)
    kept &= ~frame["coalition"].isin(assessment.under_review)
    chosen = frame.loc[kept, ["coalition", "date", "utc_offset", "person"]]
    return chosen.reset_index(drop=True)
