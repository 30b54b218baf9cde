"""What is wrong with the data and the registry, and what that may do to a verdict."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from dcactivity.doctor.crowds import mass_mailings, moved_lists
from dcactivity.doctor.findings import NOTABLE, Finding, finding_table
from dcactivity.doctor.gaps import missing_months, missing_parents, outages
from dcactivity.doctor.ledger import (
    archive_findings,
    coverage_findings,
    fetching_findings,
    registry_findings,
)
from dcactivity.doctor.series import series_of
from dcactivity.events import Events
from dcactivity.fetched import fetch_findings
from dcactivity.wording import amount

if TYPE_CHECKING:
    import pandas as pd

    from dcactivity.assess import Assessment
    from dcactivity.messages.ingest import IngestReport
    from dcactivity.registry import Registry

__all__ = ["diagnose"]

_NUMBER = re.compile(r"(?i)^https?://groups\.io/g/[^/\s]+/message/(\d{1,9})$|/msg(\d{1,9})\.html$")


def diagnose(assessment: Assessment, report: IngestReport) -> pd.DataFrame:
    """Find and rank what makes the numbers of a source doubtful.

    Parameters
    ----------
    assessment : Assessment
        What is known of the source as of one day.
    report : IngestReport
        What its ingest had to say.

    Returns
    -------
    DataFrame
        ``rank`` (Int64; 1: a verdict may be wrong for it, 2: figures are doubtful, 3: good to
        know), ``coalition, finding, period, detail, effect`` (str), the gravest first.
    """
    return finding_table(_findings(assessment, report))


def _findings(assessment: Assessment, report: IngestReport) -> Iterator[Finding]:
    review = assessment.review
    yield from coverage_findings(review.coverage, review.as_of, review.policy.coverage.grace_days)
    yield from archive_findings(report.rows)
    yield from registry_findings(assessment.registry, report.faults, report.notes)
    yield from fetching_findings(fetch_findings(assessment.registry.root))
    events = assessment.events.until(review.as_of)
    series = series_of(events)
    down, explained = outages(series, _hosts(assessment.registry))
    yield from down
    yield from missing_months(series, explained)
    yield from missing_parents(series, _replies(events))
    yield from _missing_numbers(events)
    yield from mass_mailings(series)
    yield from moved_lists(events)


def _hosts(registry: Registry) -> dict[str, str]:
    """Name the host of each coalition's last list."""
    return {
        entry.slug: one.address.rpartition("@")[2].lower()
        for entry in registry.coalitions
        for one in entry.lists
        if one.address
    }


def _replies(events: Events) -> dict[str, int]:
    counts = np.bincount(
        events.coalition[events.is_reply & ~events.is_orphan], minlength=len(events.slugs)
    )
    return dict(zip(events.slugs, counts.tolist(), strict=True))


def _missing_numbers(events: Events) -> Iterator[Finding]:
    """Find gaps where the archive numbers its messages."""
    links = events.text("link")
    found = links.str.extract(_NUMBER.pattern, flags=re.IGNORECASE)
    numbers = found[0].fillna(found[1])
    for i, slug in enumerate(events.slugs):
        mine = np.unique(numbers[(events.coalition == i) & numbers.notna()].astype("int64"))
        if len(mine) < 2:
            continue
        lacking = int(mine[-1] - mine[0]) + 1 - len(mine)
        if lacking:
            yield Finding(
                NOTABLE,
                slug,
                "missing numbers",
                "",
                f"{amount(lacking, 'number')} between message {mine[0]} and message {mine[-1]} of "
                "the archive are not at hand",
                "messages were deleted there, or the archive at hand lacks them",
            )
