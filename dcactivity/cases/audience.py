"""What the public sees: a coalition that still has time to answer is not shown up."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dcactivity.bearing import NOTHING
from dcactivity.cases.ledger import read_events
from dcactivity.cases.steps import replay
from dcactivity.checks import require_columns

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable
    from pathlib import Path

    from dcactivity.assess import Assessment
    from dcactivity.cases.case import Case
    from dcactivity.records import Records
    from dcactivity.reviewing import Review
    from dcactivity.subjects import Subject

__all__ = [
    "UNDER_REVIEW",
    "public_assessment",
    "public_status",
    "public_table",
    "under_review",
    "under_review_by",
]

UNDER_REVIEW = "under review"
"""What stands in place of a status."""

_SAID = "Under review: the coalition has been asked, and still has time to answer."
_KEPT = frozenset({"coalition", "name", "status", "why"})


def under_review(cases: Iterable[Case], *, as_of: dt.date) -> set[str]:
    """Name the coalitions that have an open case whose deadline has not passed.

    Parameters
    ----------
    cases : iterable of Case
        Each as of the day.
    as_of : datetime.date
        The day.

    Returns
    -------
    set of str
        Their slugs. A case in which no notice was sent yet, or in which a reply holds the
        clock, is such a case; one that is remedied, revoked or reinstated is not.
    """
    return {
        case.coalition
        for case in cases
        if case.closed is None
        and case.stage not in {"remedied", "revoked", "reinstated"}
        and not case.has_run_out(as_of)
    }


def public_status(status: pd.DataFrame, hidden: Iterable[str]) -> pd.DataFrame:
    """Make the public table of verdicts out of the Secretariat's.

    Parameters
    ----------
    status : DataFrame
        The status table, whatever columns it has.
    hidden : iterable of str
        As `under_review` gives them.

    Returns
    -------
    DataFrame
        The same rows and columns. Of those hidden, ``status`` is ``under review``, ``why``
        says so, and every other figure is missing; ``status`` has that category at its end.

    Raises
    ------
    InputError
        A column is missing.
    """
    require_columns(status, ("coalition", "status"), name="status")
    mask = status["coalition"].isin(list(hidden))
    words = status["status"].astype("str").where(~mask, UNDER_REVIEW)
    kind = status["status"].dtype
    names = list(kind.categories) if isinstance(kind, pd.CategoricalDtype) else sorted(set(words))
    with_it = [*(name for name in names if name != UNDER_REVIEW), UNDER_REVIEW]
    public = status.assign(status=pd.Categorical(words, categories=with_it, ordered=True))
    if "why" in public.columns:
        public["why"] = public["why"].where(~mask, _SAID)
    for name in public.columns:
        if name not in _KEPT:
            public[name] = public[name].where(~mask)
    return public


def public_table(table: pd.DataFrame, hidden: Iterable[str]) -> pd.DataFrame:
    """Leave the rows of some coalitions out of a table of reasons, history or the like.

    Parameters
    ----------
    table : DataFrame
        Any table with the column ``coalition``.
    hidden : iterable of str
        As `under_review` gives them.

    Returns
    -------
    DataFrame
        The other rows, with a plain index.
    """
    require_columns(table, ("coalition",), name="table")
    return table[~table["coalition"].isin(list(hidden))].reset_index(drop=True)


def under_review_by(ledger: Path, *, as_of: dt.date) -> set[str]:
    """Name the coalitions that are under review by what a ledger says.

    Parameters
    ----------
    ledger : Path
        The file; where there is none, nobody is.
    as_of : datetime.date
        The day.

    Returns
    -------
    set of str
        As `under_review` gives it.

    Raises
    ------
    LedgerError
        The ledger cannot be read.
    """
    if not ledger.exists():
        return set()
    return under_review(replay(read_events(ledger), as_of=as_of).values(), as_of=as_of)


def public_assessment(assessment: Assessment, hidden: Iterable[str]) -> Assessment:
    """Leave out of an assessment what the public may not see.

    Parameters
    ----------
    assessment : Assessment
        The Secretariat's.
    hidden : iterable of str
        As `under_review` gives them.

    Returns
    -------
    Assessment
        Whatever is drawn from it shows no more than this: of those hidden, one row in the
        status table, that they are under review, and what the registry says of them. Reasons,
        months, history, archives and records have no row of them; the digests of their
        archives stay, so that the public can get the same tables again.
    """
    slugs = frozenset(hidden)
    events = assessment.events
    places = [place for place, slug in enumerate(events.slugs) if slug in slugs]
    return replace(
        assessment,
        review=_public_review(assessment.review, slugs),
        events=events.take(~np.isin(events.coalition, places)),
        monthly=public_table(assessment.monthly, slugs),
        archives=public_table(assessment.archives, slugs),
        rows=[
            {name: row[name] for name in _DIGEST} if row["coalition"] in slugs else row
            for row in assessment.rows
        ],
        records=_public_records(assessment.records, slugs),
        audience="public",
        under_review=slugs & frozenset(assessment.review.status["coalition"]),
    )


_DIGEST = ("coalition", "list", "archive", "digest")


def _public_review(review: Review, hidden: frozenset[str]) -> Review:
    tables = ("reasons", "coverage", "bands", "history", "rhythm")
    parts: dict[str, Any] = {name: public_table(getattr(review, name), hidden) for name in tables}
    return replace(
        review,
        status=public_status(review.status, hidden),
        subjects={
            slug: _emptied(subject) if slug in hidden else subject
            for slug, subject in review.subjects.items()
        },
        verdicts={slug: one for slug, one in review.verdicts.items() if slug not in hidden},
        context=review.context.leave_out(hidden),
        **parts,
    )


def _emptied(subject: Subject) -> Subject:
    """Leave of a coalition what the registry says of it."""
    nothing = subject.at_hand.take(np.arange(0))
    return replace(
        subject,
        at_hand=nothing,
        events=nothing,
        first=None,
        first_id=None,
        has_messages=False,
        is_later=False,
        covered=None,
        covered_known=False,
        bearing=NOTHING,
    )


def _public_records(records: Records, hidden: frozenset[str]) -> Records:
    tables = {f.name: getattr(records, f.name) for f in fields(records)}
    return replace(
        records, **{name: public_table(table, hidden) for name, table in tables.items()}
    )
