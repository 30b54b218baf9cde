"""Why a case is called for: silence, a breach, a small fault, a missing report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dcactivity.cases.events import Ground
from dcactivity.cases.evidence import rows_of
from dcactivity.errors import MissingError, StepError
from dcactivity.wording import amount, plain_date

if TYPE_CHECKING:
    from dcactivity.reviewing import Review

__all__ = ["Finding", "findings_of", "gravest", "refusal"]

Row = dict[str, Any]

_SILENT = frozenset({"DORMANT", "AT_RISK"})
_ORDER: tuple[Ground, ...] = ("breach", "silence", "missing-report", "small-fault")


@dataclass(frozen=True, slots=True)
class Finding:
    """One ground for a case, with the sentence that says why.

    Parameters
    ----------
    coalition : str
        The coalition's slug.
    ground : str
        One of ``silence, breach, small-fault, missing-report``.
    why : str
        One plain sentence with the figures in it.
    """

    coalition: str
    ground: Ground
    why: str


def findings_of(
    coalition: str,
    *,
    status: list[Row],
    reasons: list[Row],
    principles: list[Row],
    overdue: list[Row],
) -> list[Finding]:
    """Say on which grounds a coalition falls short, the gravest first.

    Parameters
    ----------
    coalition : str
        The coalition's slug.
    status, reasons : list of dict
        Its rows of the review's tables.
    principles : list of dict
        Its rows of what `dcactivity.principles.judge_principles` gives.
    overdue : list of dict
        Its rows of what `dcactivity.annual.overdue_run` gives.

    Returns
    -------
    list of Finding
        Empty where nothing is amiss, or nothing can be said.
    """
    found = [
        Finding(coalition, "silence", str(row["why"]))
        for row in status
        if row["status"] in _SILENT and _is_silent(reasons)
    ]
    for row in principles:
        if row["verdict"] == "no":
            ground: Ground = "breach" if row["severity"] == "breach" else "small-fault"
            found.append(Finding(coalition, ground, str(row["why"])))
    if overdue:
        found.append(Finding(coalition, "missing-report", _overdue(overdue)))
    return sorted(found, key=lambda one: _ORDER.index(one.ground))


def _is_silent(reasons: list[Row]) -> bool:
    """Tell silence from an AT_RISK that rests on another rule, whatever the traffic."""
    # The rule on coverage is tried where traffic is silent, and met where that is proven.
    return any(row["rule"] == "coverage" and row["met"] is True for row in reasons)


def _overdue(rows: list[Row]) -> str:
    years = [str(row["year"]) for row in rows]
    dues = [row["due"] for row in rows]
    last = dues[-1]
    return (
        f"{amount(len(rows), 'annual report')} overdue ({', '.join(years)}); the newest was due "
        f"by {plain_date(last)}."
    )


def gravest(findings: list[Finding]) -> Finding | None:
    """Choose the ground under which a case is kept.

    Parameters
    ----------
    findings : list of Finding
        As `findings_of` gives them.

    Returns
    -------
    Finding or None
        The first: a breach, then silence, a missing report, a small fault.
    """
    return findings[0] if findings else None


def refusal(review: Review, coalition: str, *, exempt: str | None) -> Exception:
    """Say why no case is called for.

    Parameters
    ----------
    review : Review
        Its verdicts.
    coalition : str
        The coalition's slug.
    exempt : str or None
        The sentence of an exemption that covers the day.

    Returns
    -------
    Exception
        To be raised.
    """
    for row in rows_of(review.ended, coalition):
        after = f", followed by {row['successor']}" if row["successor"] else ""
        return StepError(
            f"ended on {plain_date(row['ended'])}{after}: it is not pursued", position=coalition
        )
    if exempt:
        return StepError(f"{exempt}: it is not pursued", position=coalition)
    for row in rows_of(review.status, coalition):
        return StepError(
            f"the review calls for no case as of {review.as_of}: {row['why']}",
            position=coalition,
            hint="see: cases propose",
        )
    return MissingError(
        f"there is no coalition {coalition!r} as of {review.as_of}", hint="see: status"
    )
