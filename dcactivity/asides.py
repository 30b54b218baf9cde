"""What stands beside one coalition's verdict, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dcactivity.records import remark_line
from dcactivity.wording import amount, plain_date

if TYPE_CHECKING:
    from dcactivity.context import Context

__all__ = ["Aside", "asides_of"]

_YEARS = 6


@dataclass(frozen=True, slots=True)
class Aside:
    """Some lines under one heading.

    Parameters
    ----------
    heading : str
        What they are about.
    lines : tuple of str
        Each a sentence or a line of a list.
    """

    heading: str
    lines: tuple[str, ...]


def asides_of(context: Context, coalition: str, disagreements: Sequence[str]) -> list[Aside]:
    """Say what stands beside a coalition's verdict.

    Parameters
    ----------
    context : Context
        The tables.
    coalition : str
        Its slug.
    disagreements : sequence of str
        Where its axes contradict each other.

    Returns
    -------
    list of Aside
        Of what there is: principles, annual reports, remarks (its own word, meetings,
        exemptions, other signs of life), disagreements, and the estimate of silence.
    """
    found = [
        ("The three open principles", _principles(context.rows("principles", coalition))),
        ("Annual reports", _reports(context.rows("reports", coalition))),
        ("Also on record", map(remark_line, context.rows("remarks", coalition))),
        ("Where its axes disagree", (f"{what[0].upper()}{what[1:]}." for what in disagreements)),
        ("An estimate, which decides nothing", _estimate(context.rows("forecast", coalition))),
    ]
    asides = [Aside(heading, tuple(lines)) for heading, lines in found]
    return [one for one in asides if one.lines]


def _principles(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        name = str(row["principle"]).replace("_", " ")
        verdict = (
            row["verdict"] if row["severity"] is None else f"no, {_SEVERITY[row['severity']]}"
        )
        hint = f" A hint, and no proof: {row['hint']}." if _has_own_hint(row) else ""
        yield f"{name}: {verdict}. {row['why']}{hint}"


_SEVERITY = {"breach": "a breach", "minor": "a small fault"}


def _has_own_hint(row: dict[str, Any]) -> bool:
    # Where no observation decides, the sentence names the hint itself.
    return row["hint"] is not None and row["finding"] is not None and row["source"] != "header"


def _reports(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows[-_YEARS:]:
        said = f"on {row['year']}: {row['state']}"
        if row["submitted"] is not None:
            said += f" on {plain_date(row['submitted'])}"
        said += f", due by {plain_date(row['due'])}"
        if row["in_a_row"] > 1:
            said += f", {amount(row['in_a_row'], 'report')} in a row"
        yield f"{said}." if row["url"] is None else f"{said}: {row['url']}"


def _estimate(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield str(row["why"])
