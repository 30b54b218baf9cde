"""What is on record of the coalitions besides their traffic, as a review looks at it.

The files beside the registry, the notices of open cases, and what headers say. Everything in
it bears its day, so that one dossier serves the review of any day.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pandas as pd

from dcactivity.attending import attended_days
from dcactivity.bearing import Bearing
from dcactivity.duties import (
    Duty,
    Met,
    Notice,
    exempt_spans,
    exempted,
    missing_reports,
    missing_spans,
    noncompliance,
    noncompliant_spans,
    owed_by,
)
from dcactivity.periods import from_number
from dcactivity.principles import header_hints, header_observations
from dcactivity.records import Records

if TYPE_CHECKING:
    from dcactivity.policy import Policy
    from dcactivity.subjects import Subject

__all__ = ["Dossier"]


@dataclass(frozen=True, slots=True, eq=False)
class Dossier:
    """All that is on record.

    Parameters
    ----------
    records : Records
        The files beside the registry.
    notices : mapping of str to sequence of Notice
        By slug, the notices of cases on the open principles.
    messages : DataFrame or None
        What `dcactivity.principles.header_hints` needs; None where headers are not known.
    """

    records: Records
    notices: Mapping[str, Sequence[Notice]] = field(default_factory=dict)
    messages: pd.DataFrame | None = None

    def until(self, day: dt.date) -> Dossier:
        """Leave out what nobody knew by the end of a day.

        Parameters
        ----------
        day : datetime.date
            The day.

        Returns
        -------
        Dossier
            A report that came later has not come yet, a notice whose case ended later stands.
        """
        moment, known = pd.Timestamp(day), self.records
        reports = known.reports
        submitted = reports["submitted"].where(reports["submitted"] <= moment)
        return replace(
            self,
            records=replace(
                known,
                observations=_up_to(known.observations, "seen", moment),
                reports=reports.assign(submitted=submitted),
                attendance=_up_to(known.attendance, "date", moment),
                statements=_up_to(known.statements, "date", moment),
                evidence=_up_to(known.evidence, "date", moment),
                exemptions=_up_to(known.exemptions, "from", moment),
            ),
            notices={
                slug: [
                    replace(one, end=one.end if one.end and one.end <= day else None)
                    for one in notices
                    if one.start <= day
                ]
                for slug, notices in self.notices.items()
            },
        )

    @property
    def has_headers(self) -> bool:
        """Whether any header of a list is known."""
        return self.messages is not None and bool(self.messages["list_fields"].notna().any())

    def hints(self, day: dt.date, policy: Policy) -> pd.DataFrame | None:
        """Tell what headers say by the end of a day.

        Parameters
        ----------
        day : datetime.date
            The day.
        policy : Policy
            Says for how long that holds.

        Returns
        -------
        DataFrame or None
            As `dcactivity.principles.header_hints` gives it; None where no header is known.
        """
        if self.messages is None:
            return None
        return header_hints(self.messages, as_of=day, months=policy.principles.valid_months)

    def observations(self, day: dt.date, policy: Policy) -> pd.DataFrame:
        """Give the observations by a day that the rule on principles looks at.

        Parameters
        ----------
        day : datetime.date
            The day.
        policy : Policy
            Says whether headers suffice, and whether there is such a rule at all.

        Returns
        -------
        DataFrame
            The columns of ``observations.csv``.
        """
        known = self.records.observations
        rules, is_set = policy.principles, policy.at_risk.noncompliant_months is not None
        if self.messages is None or not (is_set and rules.headers_suffice):
            return known
        headers = header_observations(self.messages, as_of=day, months=rules.valid_months)
        return pd.concat([known, headers.astype(known.dtypes.to_dict())], ignore_index=True)

    def bearing_on(
        self, subjects: Iterable[Subject], *, day: dt.date, policy: Policy, last: dt.date
    ) -> Iterator[Subject]:
        """Give each coalition what bears on it as of a day.

        Parameters
        ----------
        subjects : iterable of Subject
            The coalitions.
        day : datetime.date
            The day; the dossier knows nothing later.
        policy : Policy
            Which rules are set; others are not tried.
        last : datetime.date
            Tell of the days up to this one, if nothing else comes on record.

        Yields
        ------
        Subject
            The same coalitions.
        """
        observations = self.observations(day, policy)
        for subject in subjects:
            yield replace(subject, bearing=self._bearing(subject, observations, day, last, policy))

    def _bearing(
        self,
        subject: Subject,
        observations: pd.DataFrame,
        day: dt.date,
        last: dt.date,
        policy: Policy,
    ) -> Bearing:
        entry, rules = subject.entry, policy.at_risk
        slug = entry.slug
        duties: list[Duty] = []
        risks: list[Met] = []
        if rules.noncompliant_months is not None:
            notices = self.notices.get(slug, ())
            standing = [one.sent for one in notices if one.end is None]
            duties.append(
                noncompliance(
                    observations,
                    slug,
                    standing[-1] if standing else None,
                    as_of=day,
                    months=rules.noncompliant_months,
                    rules=policy.principles,
                )
            )
            risks += noncompliant_spans(
                observations,
                slug,
                notices,
                last=last,
                months=rules.noncompliant_months,
                rules=policy.principles,
            )
        if rules.reports_missing is not None:
            owed = owed_by(
                self.records.reports,
                entry,
                through=last,
                rules=policy.reports,
                first_seen=None if subject.first is None else from_number(subject.first),
            )
            duties.append(missing_reports(owed, as_of=day, threshold=rules.reports_missing))
            risks += missing_spans(owed, last=last, threshold=rules.reports_missing)
        exempt = exempt_spans(self.records.exemptions, slug)
        if exempt:
            duties.append(exempted(self.records.exemptions, slug, as_of=day))
        attended = attended_days(self.records.attendance, slug)
        return Bearing(tuple(duties), tuple(risks), tuple(exempt), tuple(attended))


def _up_to(frame: pd.DataFrame, column: str, moment: pd.Timestamp) -> pd.DataFrame:
    return frame[frame[column] <= moment].reset_index(drop=True)
