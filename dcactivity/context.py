"""What stands beside the verdicts: principles, annual reports, meetings, remarks, estimates.

The tables are those of the stages that made them, as of the day of the review. A part of which
a source holds nothing at all is left out of every output.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

import pandas as pd

from dcactivity.annual import annual_reports, reports_missing
from dcactivity.frames import ByCoalition
from dcactivity.principles import judge_principles, principle_columns
from dcactivity.records import remarks

if TYPE_CHECKING:
    from dcactivity.coalitions import Coalition
    from dcactivity.dossier import Dossier
    from dcactivity.policy import Policy

__all__ = ["Context", "PartName", "context_of", "with_columns"]

PartName = Literal["principles", "reports", "attendance", "remarks", "forecast"]

_COLUMNS = ("silence_risk", "membership", "mailing_list", "archive", "reports_missing")
"""Columns of the status table that stand between ``covered_until`` and ``why``."""


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """Tables beside the verdicts; None where the source holds nothing of the kind.

    Parameters
    ----------
    principles : DataFrame or None
        As `dcactivity.principles.judge_principles` gives it; None where there is neither an
        observation nor a header that hints at one.
    reports : DataFrame or None
        As `dcactivity.annual.annual_reports` gives it; None where nobody keeps reports.
    attendance : DataFrame or None
        ``meeting, date, coalition, present, apologies``, up to the day.
    remarks : DataFrame or None
        As `dcactivity.records.remarks` gives it.
    forecast : DataFrame or None
        As `dcactivity.forecast_silence` gives it.
    """

    principles: pd.DataFrame | None = None
    reports: pd.DataFrame | None = None
    attendance: pd.DataFrame | None = None
    remarks: pd.DataFrame | None = None
    forecast: pd.DataFrame | None = None
    _found: dict[PartName, ByCoalition] = field(default_factory=dict, init=False, repr=False)

    def rows(self, part: PartName, coalition: str | None = None) -> list[dict[str, Any]]:
        """Give the rows of a part as plain values.

        Parameters
        ----------
        part : str
            The part's name.
        coalition : str, optional
            Those of this one alone, by its slug.

        Returns
        -------
        list of dict
            Days as ``datetime.date``, None for what is missing; empty where the part is.
        """
        frame: pd.DataFrame | None = getattr(self, part)
        if frame is None:
            return []
        if coalition is not None:
            frame = self._of(part, frame, coalition)
        return [
            {str(name): _plain(value) for name, value in row.items()}
            for row in frame.to_dict("records")
        ]

    def keep(self, coalition: str) -> Context:
        """Leave out all other coalitions.

        Parameters
        ----------
        coalition : str
            The slug.

        Returns
        -------
        Context
            The same parts.
        """
        kept = {name: self._of(name, frame, coalition) for name, frame in self._parts().items()}
        return self._with(kept)

    def leave_out(self, coalitions: Iterable[str]) -> Context:
        """Leave out some coalitions.

        Parameters
        ----------
        coalitions : iterable of str
            Slugs.

        Returns
        -------
        Context
            The same parts.
        """
        unwanted = list(coalitions)
        return self._with(
            {
                name: frame[~frame["coalition"].isin(unwanted)]
                for name, frame in self._parts().items()
            }
        )

    def _parts(self) -> dict[PartName, pd.DataFrame]:
        parts: dict[PartName, pd.DataFrame | None] = {
            name: getattr(self, name) for name in get_args(PartName)
        }
        return {name: frame for name, frame in parts.items() if frame is not None}

    def _of(self, part: PartName, frame: pd.DataFrame, coalition: str) -> pd.DataFrame:
        if part not in self._found:
            self._found[part] = ByCoalition(frame)
        return self._found[part].of(coalition)

    def _with(self, parts: Mapping[PartName, pd.DataFrame]) -> Context:
        plain = {str(name): frame.reset_index(drop=True) for name, frame in parts.items()}
        return Context(**plain)


def _plain(value: object) -> object:
    if pd.isna(value):  # type: ignore[call-overload]  # a cell, never a list
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value.item() if hasattr(value, "item") else value


def context_of(
    dossier: Dossier,
    entries: Iterable[Coalition],
    *,
    as_of: dt.date,
    policy: Policy,
    first_seen: Mapping[str, dt.date],
) -> Context:
    """Work out what stands beside the verdicts.

    Parameters
    ----------
    dossier : Dossier
        What is on record by the day.
    entries : iterable of Coalition
        Those that exist as of the day.
    as_of : datetime.date
        The day.
    policy : Policy
        For how long an observation holds, and when a report is due.
    first_seen : mapping of str to datetime.date
        First messages by slug.

    Returns
    -------
    Context
        Without a forecast.
    """
    known, slugs = dossier.records, [entry.slug for entry in entries]
    principles = reports = None
    if len(known.observations) or dossier.has_headers:
        hints = dossier.hints(as_of, policy)
        principles = judge_principles(
            known.observations, slugs, as_of=as_of, rules=policy.principles, hints=hints
        )
    if len(known.reports):
        reports = annual_reports(
            known.reports, entries, as_of=as_of, rules=policy.reports, first_seen=first_seen
        )
    beside = remarks(known, as_of=as_of)
    return Context(
        principles=principles,
        reports=reports,
        attendance=known.attendance if len(known.attendance) else None,
        remarks=beside if len(beside) else None,
    )


def with_columns(status: pd.DataFrame, context: Context) -> pd.DataFrame:
    """Put the columns of the parts that are there into the status table.

    Parameters
    ----------
    status : DataFrame
        The verdicts.
    context : Context
        What stands beside them.

    Returns
    -------
    DataFrame
        The same rows; ``silence_risk`` (Float64), ``membership, mailing_list, archive`` (str)
        and ``reports_missing`` (Int64) stand before ``why``.
    """
    slugs = status["coalition"]
    parts: list[pd.DataFrame] = []
    if context.forecast is not None:
        parts.append(context.forecast[["coalition", "silence_risk"]])
    if context.principles is not None:
        parts.append(principle_columns(context.principles))
    if context.reports is not None:
        parts.append(reports_missing(context.reports, slugs))
    result = status.drop(columns=[name for name in _COLUMNS if name in status.columns])
    place = list(result.columns).index("why")
    for part in parts:
        indexed = part.set_index("coalition").reindex(slugs)
        for name in indexed.columns:
            result.insert(place, name, indexed[name].array)
            place += 1
    return result
