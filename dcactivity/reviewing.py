"""The review: activity, records and a policy give each coalition's status, since when, and why.

Silence is held against a coalition only where its archives reach far enough to prove it;
where they do not, the status is UNKNOWN: the archive is silent, not the coalition.
"""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pandas as pd

from dcactivity.checks import nearest, require_columns
from dcactivity.citing import with_citations
from dcactivity.context import Context, context_of, with_columns
from dcactivity.coverage import completed, latest_covered
from dcactivity.disagreements import disagreements_of
from dcactivity.dossier import Dossier
from dcactivity.errors import InputError, MissingError
from dcactivity.events import Events, events_of
from dcactivity.explaining import Explanation, explain
from dcactivity.frames import ByCoalition
from dcactivity.history import Life, history_of, life_of
from dcactivity.outlook import horizon
from dcactivity.periods import as_day, from_number, to_number
from dcactivity.principles import principle_reasons
from dcactivity.review_tables import (
    BAND_TYPES,
    ENDED_TYPES,
    REASON_TYPES,
    RHYTHM_TYPES,
    STATUS_TYPES,
    band_rows,
    reason_rows,
    rhythm_row,
    status_row,
    typed,
)
from dcactivity.subjects import Subject, subjects_of
from dcactivity.timeline import STATUSES, Timeline
from dcactivity.verdict import Verdict, judge

if TYPE_CHECKING:
    from dcactivity.policy import Policy
    from dcactivity.registry import Registry

__all__ = ["STATUSES", "Review", "review_activity"]


@dataclass(frozen=True, slots=True, eq=False)
class Review:
    """What a review found.

    Parameters
    ----------
    status : DataFrame
        ``coalition, name`` (str), ``status`` (ordered category), ``since``
        (datetime64[us], a day), ``last_message`` (datetime64[us, UTC]), ``days_silent,
        window_months, messages, participants, conversations`` (Int64), ``covered_until``
        (datetime64[us], a day), ``why`` (str); one row for each coalition that exists as
        of the day, sorted. What nothing at hand can tell is missing. Before ``why`` stand
        ``silence_risk, membership, mailing_list, archive, reports_missing``, as far as the
        source holds anything of the kind.
    reasons : DataFrame
        ``coalition, rule`` (str), ``value, threshold`` (Int64), ``met`` (boolean),
        ``evidence`` (str, Message-IDs or ids of observations joined by spaces, newest first,
        at most 20); one row for each rule that was tried, sorted.
    ended : DataFrame
        ``coalition, name, ended, successor`` of those that exist no longer, sorted.
    as_of : datetime.date
        The day from whose end, UTC, the review looks back.
    policy : Policy
        The policy it followed.
    coverage : DataFrame
        Until when the archives are complete, as `covered_until` gives it.
    bands : DataFrame
        ``coalition, start, end, status``: each coalition's past, as spans of days (half-open
        [start, end), UTC) of one status, sorted.
    rhythm : DataFrame
        ``coalition`` (str), ``days_silent, longest_silence`` (Int64, days), ``gaps_as_long``
        (Float64, share of earlier gaps that were at least as long), ``same_months`` (Float64,
        messages in the same three months of the five years before, median),
        ``last_exchange`` (str, month in which two or more persons wrote), ``last_own`` (str,
        day of the last message by a person that was no bulletin): each coalition's present
        silence beside its own past, sorted.
    subjects, verdicts : dict
        From slugs to what is known of a coalition, and to what is said of it.
    history : DataFrame
        ``coalition, month, status``: the status as of each month's last day, as `history_of`
        gives it; of those that ended, too.
    context : Context
        What stands beside the verdicts: principles, annual reports, attendance, remarks and
        the forecast, as far as the source holds anything of the kind.
    """

    status: pd.DataFrame
    reasons: pd.DataFrame
    ended: pd.DataFrame
    as_of: dt.date
    policy: Policy
    coverage: pd.DataFrame
    bands: pd.DataFrame
    history: pd.DataFrame
    rhythm: pd.DataFrame
    subjects: Mapping[str, Subject]
    verdicts: Mapping[str, Verdict]
    context: Context = Context()  # noqa: RUF009  # frozen, and empty
    _found: dict[str, ByCoalition] = field(default_factory=dict, init=False, repr=False)

    @property
    def disagreements(self) -> pd.DataFrame:
        """Coalitions whose axes contradict each other.

        ``coalition, axes`` (two of ``traffic, reports, attendance, registry``), ``what`` (a
        clause), sorted. No axis outweighs another: a policy alone says what follows.
        """
        return disagreements_of(self.verdicts, self.subjects, self.context)

    def beside(self, context: Context) -> Review:
        """Put other tables beside the verdicts, and their columns into the status table.

        Parameters
        ----------
        context : Context
            The tables.

        Returns
        -------
        Review
            The same verdicts.
        """
        return replace(self, context=context, status=with_columns(self.status, context))

    def explain(
        self,
        coalition: str,
        *,
        writers: Mapping[str, str] | None = None,
        with_addresses: bool = False,
    ) -> Explanation:
        """Say what stands behind one coalition's verdict; renders in a notebook.

        Parameters
        ----------
        coalition : str
            Its slug.
        writers : mapping, optional
            From Message-IDs to who wrote, where names are wanted.
        with_addresses : bool
            Whether Message-IDs may show an address.

        Returns
        -------
        Explanation
            Rules, messages, what would change it, and the coalition's own past.

        Raises
        ------
        MissingError
            There is no verdict on such a coalition.
        """
        if coalition not in self.verdicts:
            close = nearest(coalition, self.verdicts)
            known = f"there are: {', '.join(self.verdicts) or 'none'}"
            raise MissingError(
                f"there is no verdict on a coalition {coalition!r}",
                hint=f"did you mean {close}?" if close else known,
            )
        if "reasons" not in self._found:
            self._found["reasons"] = ByCoalition(self.reasons)
        subject, verdict = self.subjects[coalition], self.verdicts[coalition]
        # Of this one alone: of all of them, thousands of explanations would ask for all each time.
        against = disagreements_of({coalition: verdict}, self.subjects, self.context)
        return explain(
            subject,
            verdict,
            self._found["reasons"].of(coalition),
            writers=writers,
            with_addresses=with_addresses,
            context=self.context,
            disagreements=against["what"].tolist(),
        )

    def _repr_html_(self) -> str:
        """Show the verdicts in a notebook: one row each, with the sentence."""
        columns = ["coalition", "status", "since", "last_message", "messages", "participants"]
        table = self.status[[*columns, "conversations", "why"]].copy()
        table["last_message"] = table["last_message"].dt.strftime("%Y-%m-%d")
        table["since"] = table["since"].dt.strftime("%Y-%m-%d")
        counts = self.status["status"].value_counts(sort=False)
        said = ", ".join(
            f"{n} {str(status).replace('_', ' ').lower()}" for status, n in counts.items()
        )
        head = f"<p>As of {self.as_of}, under {html.escape(self.policy.name)}: {said}.</p>"
        with pd.option_context("display.max_colwidth", None):
            return head + table.to_html(index=False, na_rep="", border=0)


def review_activity(
    messages: pd.DataFrame,
    registry: Registry | None = None,
    *,
    policy: Policy,
    as_of: dt.date | str | None = None,
    coverage: pd.DataFrame | None = None,
) -> Review:
    """Classify every coalition as of a day, under a policy.

    Parameters
    ----------
    messages : DataFrame, one row per message
        As `dcactivity.read_messages` gives it; needs ``message_id`` and what
        `dcactivity.events.events_of` needs.
    registry : Registry, optional
        The coalitions; those of which there are only messages join them.
    policy : Policy
        Thresholds and periods.
    as_of : datetime.date or str, optional
        Look back from the end of this day, UTC. Default: the latest day that any archive
        covers.
    coverage : DataFrame, optional
        As `covered_until` gives it, which is the default.

    Returns
    -------
    Review
        The verdicts and their reasons.

    Raises
    ------
    InputError
        A column is missing, ``as_of`` is no date, or is not given and no archive is at
        hand.

    Notes
    -----
    Without threads in the frame, no conversation is asked for.
    ACTIVE: the trailing ``active.window_months`` hold enough counted messages by enough
    persons, and enough conversations, or the coalition is new. UNKNOWN: more than half of
    these messages come from authors whom the list hides. Else DORMANT, since the first day of
    the unbroken run of days on whose ends this was so; AT_RISK after ``at_risk.dormant_months``
    of it. UNKNOWN in place of these two where the archives end more than
    ``coverage.grace_days`` earlier. An id that shows a ``from_address`` is cited by a digest.
    A coalition neither recognised nor heard of by that day has no row, and one that ended
    is listed apart.
    """
    require_columns(messages, ("message_id",))
    covered = completed(coverage, messages, registry)
    events = events_of(with_citations(messages))
    return review_events(events, registry, policy=policy, as_of=as_of, coverage=covered)


def review_events(
    events: Events,
    registry: Registry | None = None,
    *,
    policy: Policy,
    as_of: dt.date | str | None = None,
    coverage: pd.DataFrame,
    dossier: Dossier | None = None,
) -> Review:
    """Classify every coalition as `review_activity` does, from events and records.

    Parameters
    ----------
    events : Events
        Of all coalitions, with their Message-IDs.
    registry, policy, as_of, coverage
        As for `review_activity`.
    dossier : Dossier, optional
        What is on record besides the messages. Without it nothing bears on a status but
        traffic.

    Returns
    -------
    Review
        The verdicts and their reasons.

    Raises
    ------
    InputError
        As for `review_activity`.

    Notes
    -----
    AT_RISK also, whatever the traffic, where a rule of ``at_risk`` that looks at open
    principles or annual reports is set and met; an exemption that covers the day holds that
    back.
    """
    day = as_of_day(as_of, coverage)
    rows: list[tuple[object, ...]] = []
    reasons: list[tuple[object, ...]] = []
    ended: list[tuple[object, ...]] = []
    bands: list[tuple[object, ...]] = []
    rhythm: list[tuple[object, ...]] = []
    subjects: dict[str, Subject] = {}
    verdicts: dict[str, Verdict] = {}
    lives: list[Life] = []
    known = None if dossier is None else dossier.until(day)
    last = from_number(horizon(to_number(day), policy))
    found = subjects_of(events, registry, coverage, day, policy.count)
    if known is not None:
        found = known.bearing_on(found, day=day, policy=policy, last=last)
    for subject in found:
        entry = subject.entry
        timeline = subject.timeline(to_number(day), policy)
        life = life_of(subject, timeline, to_number(day), policy)
        lives += [life] if life else []
        if entry.ended is not None and entry.ended <= day:
            ended.append((entry.slug, entry.name, entry.ended, entry.successor))
        elif life:
            verdict = _verdict(subject, timeline, to_number(day), policy)
            subjects[entry.slug], verdicts[entry.slug] = subject, verdict
            bands += band_rows(life)
            rows.append(status_row(subject, verdict))
            rhythm.append(rhythm_row(subject, to_number(day)))
            reasons += reason_rows(subject, verdict)
    context = Context()
    if known is not None:
        context = _context(known, subjects, day, policy)
    status = typed(rows, STATUS_TYPES)
    return Review(
        status=with_columns(status, context),
        reasons=_reasons(typed(reasons, REASON_TYPES), context),
        ended=typed(ended, ENDED_TYPES),
        as_of=day,
        policy=policy,
        coverage=coverage,
        bands=typed(bands, BAND_TYPES),
        rhythm=typed(rhythm, RHYTHM_TYPES),
        subjects=subjects,
        verdicts=verdicts,
        history=history_of(lives, day),
        context=context,
    )


def _context(
    dossier: Dossier, subjects: Mapping[str, Subject], day: dt.date, policy: Policy
) -> Context:
    return context_of(
        dossier,
        [subject.entry for subject in subjects.values()],
        as_of=day,
        policy=policy,
        first_seen={
            slug: from_number(subject.first)
            for slug, subject in subjects.items()
            if subject.first is not None
        },
    )


def _reasons(reasons: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Add what was found of the principles; sort."""
    if context.principles is not None:
        told = principle_reasons(context.principles).astype(reasons.dtypes.to_dict())
        reasons = pd.concat([reasons, told], ignore_index=True)
    return reasons.sort_values(["coalition", "rule"], kind="stable", ignore_index=True)


def as_of_day(as_of: dt.date | str | None, coverage: pd.DataFrame) -> dt.date:
    """Settle the day to look back from.

    Parameters
    ----------
    as_of : datetime.date, str or None
        What was asked for.
    coverage : DataFrame
        As `covered_until` gives it.

    Returns
    -------
    datetime.date
        By default the latest day that any archive covers.

    Raises
    ------
    InputError
        ``as_of`` is no date, or is not given and no archive is at hand.
    """
    if as_of is not None:
        return as_day(as_of)
    day = latest_covered(coverage)
    if day is None:
        raise InputError("no archive at hand says as of which day to look", hint="give --as-of")
    return day


def _verdict(subject: Subject, timeline: Timeline | None, day: int, policy: Policy) -> Verdict:
    return judge(
        timeline,
        day=day,
        policy=policy,
        covered=subject.covered,
        covered_known=subject.covered_known,
        born=subject.born,
        has_messages=subject.has_messages,
        fewest_participants=subject.fewest_participants(day, policy.active.window_months),
        bearing=subject.bearing,
    )
