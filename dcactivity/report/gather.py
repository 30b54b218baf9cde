"""From an opened source to a report: everything that is known, gathered once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dcactivity.assess import assess, ledger_of
from dcactivity.cases.audience import public_assessment, public_table, under_review_by
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
    ledger: Path | None = None,
    audience: Audience = "secretariat",
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
    ledger : Path, optional
        The ledger of cases, by default that beside the registry.
    audience : str
        ``secretariat``, or ``public``: then of coalitions that still have time to answer nothing
        is said but that they are under review.

    Returns
    -------
    Report
        Ready to be written.

    Raises
    ------
    InputError
        If `as_of` is no date, or is not given and there is no archive.
    """
    found = assess(source, policy=policy, as_of=as_of, ledger=ledger)
    if audience == "public":
        hidden = under_review_by(ledger_of(source, ledger), as_of=found.review.as_of)
        found = public_assessment(found, hidden)
    return make_report(found, gather_parts(source, found), previous=previous)


def gather_parts(source: Opened, found: Assessment) -> Parts:
    """Gather what is known of a source besides its review.

    Parameters
    ----------
    source : Opened
        The source.
    found : Assessment
        Its review, and what people recorded.

    Returns
    -------
    Parts
        All of them, without what the audience may not see.
    """
    context = found.context
    return Parts(
        principles=context.principles,
        reports=context.reports,
        attendance=context.attendance,
        forecast=context.forecast,
        remarks=context.remarks,
        findings=public_table(diagnose(found, source.report), found.under_review),
        writing=public_table(_writing(source, found.review.as_of), found.under_review),
    )


def _writing(source: Opened, day: dt.date) -> pd.DataFrame:
    """Take from the messages of persons when they were written, and in which part of the day."""
    frame = decided_messages(source, columns=_WRITING)
    kept = frame["automated"].isna() & (frame["date"] < pd.Timestamp(day, tz="UTC") + _ONE_DAY)
    chosen = frame.loc[kept, ["coalition", "date", "utc_offset", "person"]]
    return chosen.reset_index(drop=True)
