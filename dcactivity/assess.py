"""From an opened source to everything a report shows: one review, computed once.

Here all that a review looks at comes together: messages, the files beside the registry, the
notices in the ledger, and the forecast. The review itself knows none of the stages after it;
it is handed plain data.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dcactivity.activity import count_months
from dcactivity.cases.ledger import FILE_NAME, read_events
from dcactivity.cases.tables import notice_spans
from dcactivity.coverage import covered_until
from dcactivity.decisions.read import decided_messages, load_events
from dcactivity.dossier import Dossier
from dcactivity.messages.read import opened
from dcactivity.policy import Policy
from dcactivity.records import read_records
from dcactivity.reviewing import Review, as_of_day, review_events

if TYPE_CHECKING:
    import datetime as dt
    import os
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from dcactivity.context import Context
    from dcactivity.duties import Notice
    from dcactivity.events import Events
    from dcactivity.messages.read import Opened
    from dcactivity.people.pseudonyms import Pseudonyms
    from dcactivity.records import Records
    from dcactivity.registry import Registry

__all__ = [
    "Assessment",
    "Audience",
    "activity",
    "assess",
    "coverage_of",
    "ledger_of",
    "review",
    "writers_of",
]

Audience = Literal["secretariat", "public"]

_HEADERS = ("list", "message_id", "cited", "date", "person", "automated", "list_fields")
"""What the coverage and the hints of headers look at."""


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
    records : Records
        The files beside the registry.
    audience : str
        ``secretariat``, or ``public`` where `dcactivity.cases.audience.public_assessment` made
        it.
    under_review : frozenset of str
        For the public, the coalitions of which nothing else is said, because they still have
        time to answer.
    """

    review: Review
    events: Events
    monthly: pd.DataFrame
    archives: pd.DataFrame
    registry: Registry
    rows: list[dict[str, Any]]
    passed_over: list[tuple[str, str]]
    as_of_given: bool
    records: Records
    audience: Audience = "secretariat"
    under_review: frozenset[str] = frozenset()

    @property
    def context(self) -> Context:
        """What stands beside the verdicts: principles, reports, attendance, remarks, forecast."""
        return self.review.context


def assess(
    source: Opened,
    *,
    policy: Policy,
    as_of: dt.date | str | None = None,
    ledger: Path | None = None,
) -> Assessment:
    """Review a source with all that is on record of it, and count its months.

    Parameters
    ----------
    source : Opened
        A source whose messages lie in a store.
    policy : Policy
        Thresholds and periods.
    as_of : date, str or None
        The day looked back from, UTC; by default the latest that any archive covers.
    ledger : Path, optional
        The ledger of cases, by default that beside the registry. It is read where the policy
        counts months from a notice, and is none where there is no such file.

    Returns
    -------
    Assessment
        Review, monthly table and ledger.

    Raises
    ------
    InputError
        If `as_of` is no date, or is not given and there is no archive; or if a file beside the
        registry, or the ledger, is not as it should be.
    """
    messages = decided_messages(source, columns=_HEADERS)
    # What headers say is cited by the message that says it.
    shown = messages.pop("cited")
    messages["message_id"] = messages["message_id"].where(shown.isna(), shown)
    coverage = covered_until(messages, source.registry, at_hand=source.at_hand)
    events = load_events(source)
    records = read_records(source.registry.root, slugs=source.registry.slugs)
    found = review_events(
        events,
        source.registry,
        policy=policy,
        as_of=as_of,
        coverage=coverage,
        dossier=Dossier(records, _notices(policy, ledger_of(source, ledger)), messages),
    )
    monthly = count_months(events, as_of=found.as_of, coverage=coverage)
    return Assessment(
        review=_with_forecast(found, monthly),
        events=events,
        monthly=monthly,
        archives=source.report.archives,
        registry=source.registry,
        rows=source.report.rows,
        passed_over=source.report.passed_over,
        as_of_given=as_of is not None,
        records=records,
    )


def _notices(policy: Policy, ledger: Path) -> Mapping[str, Sequence[Notice]]:
    if policy.at_risk.noncompliant_months is None or not ledger.exists():
        return {}
    return notice_spans(read_events(ledger))


def _with_forecast(found: Review, monthly: pd.DataFrame) -> Review:
    """Put the estimates of silence beside the verdicts, which they change in nothing."""
    from dcactivity.forecast.series import until_ended
    from dcactivity.forecast.silence import forecast_silence

    # Whatever else bears on its status: of what is unknown, nothing is estimated.
    traffic = found.status[["coalition"]].assign(
        status=[found.verdicts[slug].traffic for slug in found.status["coalition"]]
    )
    table = forecast_silence(until_ended(monthly, found.ended), found.as_of, status=traffic)
    return found.beside(replace(found.context, forecast=table))


def ledger_of(source: Opened, given: Path | None = None) -> Path:
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


def writers_of(
    source: Opened, coalition: str, *, pseudonyms: Pseudonyms | None = None
) -> dict[str, str]:
    """Say who wrote a coalition's messages, for outputs in which that is wanted.

    Parameters
    ----------
    source : Opened
        A source whose messages lie in a store.
    coalition : str
        Its slug.
    pseudonyms : Pseudonyms or None
        Give persons' pseudonyms in place of names.

    Returns
    -------
    dict
        From Message-IDs to name and address as the message gives them, or to the pseudonym;
        what programs wrote has none.

    Raises
    ------
    MissingError
        If there is no such coalition.
    """
    if pseudonyms is not None:
        known = decided_messages(
            source, coalition=coalition, columns=("message_id", "person"), pseudonyms=pseudonyms
        ).dropna(subset="person")
        return dict(zip(known["message_id"], known["person"], strict=True))
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
