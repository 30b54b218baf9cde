"""From an opened source to a report: everything that is known, gathered once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dcactivity.cases.survey import Survey, survey
from dcactivity.decisions.read import decided_messages
from dcactivity.doctor import diagnose
from dcactivity.records import remarks
from dcactivity.report.model import Parts, Report, make_report

if TYPE_CHECKING:
    import datetime as dt

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

    Returns
    -------
    Report
        Ready to be written.

    Raises
    ------
    InputError
        If `as_of` is no date, or is not given and there is no archive.
    """
    found = survey(source, policy=policy, as_of=as_of)
    return make_report(found.assessment, gather_parts(source, found), previous=previous)


def gather_parts(source: Opened, found: Survey) -> Parts:
    """Gather what is known of a source besides its review.

    Parameters
    ----------
    source : Opened
        The source.
    found : Survey
        Its review, and what people recorded.

    Returns
    -------
    Parts
        All of them.
    """
    from dcactivity.forecast import forecast_silence  # loads scikit-learn

    assessment = found.assessment
    return Parts(
        principles=found.principles,
        reports=found.reports,
        attendance=found.records.attendance,
        forecast=forecast_silence(
            assessment.monthly, found.as_of, status=assessment.review.status
        ),
        remarks=remarks(found.records, as_of=found.as_of),
        findings=diagnose(assessment, source.report),
        writing=_writing(source, found.as_of),
    )


def _writing(source: Opened, day: dt.date) -> pd.DataFrame:
    """Take from the messages of persons when they were written, and in which part of the day."""
    frame = decided_messages(source, columns=_WRITING)
    kept = frame["automated"].isna() & (frame["date"] < pd.Timestamp(day, tz="UTC") + _ONE_DAY)
    chosen = frame.loc[kept, ["coalition", "date", "utc_offset", "person"]]
    return chosen.reset_index(drop=True)
