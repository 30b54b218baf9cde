"""Tables for the public: a coalition that still has time to answer is not shown up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from dcactivity.checks import require_columns

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from dcactivity.cases.case import Case

__all__ = ["UNDER_REVIEW", "public_status", "public_table", "under_review"]

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
