"""From an opened source to everything a report shows: one review, computed once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dcactivity.activity import count_months
from dcactivity.coverage import covered_until
from dcactivity.decisions.read import load_events
from dcactivity.messages.read import opened
from dcactivity.policy import Policy
from dcactivity.reviewing import Review, as_of_day, review_events

if TYPE_CHECKING:
    import datetime as dt
    import os

    import pandas as pd

    from dcactivity.events import Events
    from dcactivity.messages.read import Opened
    from dcactivity.registry import Registry

__all__ = ["Assessment", "activity", "assess", "coverage_of", "review", "writers_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Assessment:
    """All that is known of a source as of one day, under one policy.

    Attributes
    ----------
    review : Review
        Verdicts and reasons.
    events : Events
        What everything is counted from.
    monthly : DataFrame
        The monthly activity table.
    archives : DataFrame
        The ledger of archives.
    registry : Registry
        The coalitions.
    rows : list of dict
        The ledger as plain rows.
    passed_over : list of tuple
        Name and reason of what is no archive.
    as_of_given : bool
        Whether somebody named the day; else it is the latest that any archive covers.
    """

    review: Review
    events: Events
    monthly: pd.DataFrame
    archives: pd.DataFrame
    registry: Registry
    rows: list[dict[str, Any]]
    passed_over: list[tuple[str, str]]
    as_of_given: bool


def assess(source: Opened, *, policy: Policy, as_of: dt.date | str | None = None) -> Assessment:
    """Review a source and count its months.

    Parameters
    ----------
    source : Opened
        A source whose messages lie in a store.
    policy : Policy
        Thresholds and periods.
    as_of : date, str or None
        The day looked back from, UTC; by default the latest that any archive covers.

    Returns
    -------
    Assessment
        Review, monthly table and ledger.

    Raises
    ------
    InputError
        If `as_of` is no date, or is not given and there is no archive.
    """
    coverage = coverage_of(source)
    events = load_events(source)
    found = review_events(events, source.registry, policy=policy, as_of=as_of, coverage=coverage)
    return Assessment(
        review=found,
        events=events,
        monthly=count_months(events, as_of=found.as_of, coverage=coverage),
        archives=source.report.archives,
        registry=source.registry,
        rows=source.report.rows,
        passed_over=source.report.passed_over,
        as_of_given=as_of is not None,
    )


def activity(
    source: Opened, *, as_of: dt.date | str | None = None, coalition: str | None = None
) -> tuple[pd.DataFrame, dt.date]:
    """Count the months of a source's coalitions.

    Parameters
    ----------
    source : Opened
        A source whose messages lie in a store.
    as_of : date, str or None
        As for `assess`.
    coalition : str or None
        Count this one alone, by its slug.

    Returns
    -------
    tuple
        The monthly activity table, and the day looked back from.

    Raises
    ------
    InputError, MissingError
        If the date is none, or there is no such coalition.
    """
    if coalition is not None:
        source.require(coalition)
    coverage = coverage_of(source)
    day = as_of_day(as_of, coverage)
    events = load_events(source, coalition=coalition)
    return count_months(events, as_of=day, coverage=coverage), day


def writers_of(source: Opened, coalition: str) -> dict[str, str]:
    """Say who wrote a coalition's messages, for outputs in which names are wanted.

    Parameters
    ----------
    source : Opened
        A source whose messages lie in a store.
    coalition : str
        Its slug.

    Returns
    -------
    dict
        From Message-IDs to name and address as the message gives them.

    Raises
    ------
    MissingError
        If there is no such coalition.
    """
    columns = ("message_id", "from_name", "from_address")
    frame = source.messages(coalition=coalition, columns=columns).fillna("")
    return {
        row["message_id"]: f"{row['from_name']} <{row['from_address']}>".strip()
        for row in frame.to_dict("records")
    }


def coverage_of(source: Opened) -> pd.DataFrame:
    """Ask all coalitions until when their archives are complete, whichever is looked at.

    Parameters
    ----------
    source : Opened
        A source whose messages lie in a store.

    Returns
    -------
    DataFrame
        As `covered_until` gives it.
    """
    return covered_until(source.newest(), source.registry, at_hand=source.at_hand)


def review(
    source: str | os.PathLike[str],
    *,
    policy: Policy | str | os.PathLike[str] = "draft-2022",
    as_of: dt.date | str | None = None,
    retrieved: dt.date | None = None,
) -> Review:
    """Classify every coalition of a source as of a day, under a policy.

    Parameters
    ----------
    source : str or path-like
        An archive, a folder of archives, a folder with ``coalitions.toml``, or a store.
    policy : Policy, str or path-like
        A policy, the name of a preset, or a TOML file.
    as_of : date, str or None
        The day looked back from, UTC; by default the latest that any archive covers.
    retrieved : date or None
        The day up to which the archives of lists are complete for which nobody states one.

    Returns
    -------
    Review
        ``status`` and ``reasons`` as frames.

    Raises
    ------
    InputError, MissingError
        If source, policy or date are wrong; the message names the way out.
    """
    rules = policy if isinstance(policy, Policy) else Policy.load(policy)
    with opened(source, retrieved=retrieved) as found:
        return assess(found, policy=rules, as_of=as_of).review
