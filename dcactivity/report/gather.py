"""From an opened source to a report: everything that is known, gathered once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dcactivity.assess import Assessment, assess
from dcactivity.decisions.read import decided_messages
from dcactivity.doctor import diagnose
from dcactivity.report.model import Parts, Report, make_report

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from dcactivity.messages.read import Opened
    from dcactivity.policy import Policy
    from dcactivity.report.changes import Previous

__all__ = ["gather_parts", "report_on"]

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
    assessment = assess(source, policy=policy, as_of=as_of)
    return make_report(assessment, gather_parts(source, assessment), previous=previous)


def gather_parts(source: Opened, assessment: Assessment) -> Parts:
    """Gather what is known of a source besides its review.

    Parameters
    ----------
    source : Opened
        The source.
    assessment : Assessment
        Its review.

    Returns
    -------
    Parts
        What there is.
    """
    return Parts(
        findings=diagnose(assessment, source.report), writing=_writing(source, assessment)
    )


def _writing(source: Opened, assessment: Assessment) -> pd.DataFrame:
    """Take from the messages of persons when they were written, and in which part of the day."""
    frame = decided_messages(source, columns=_WRITING)
    end = f"{assessment.review.as_of}T23:59:59.999999Z"
    kept = frame["automated"].isna() & frame["date"].notna() & (frame["date"] <= end)
    return frame.loc[kept, ["coalition", "date", "utc_offset", "person"]].reset_index(drop=True)
