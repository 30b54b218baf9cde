"""One coalition's figures of a year, for its annual report, with room for corrections."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from dcactivity.activity import snapshot
from dcactivity.cases.drafts import fill_document, fill_text, printable
from dcactivity.cases.evidence import rows_of
from dcactivity.errors import InputError, MissingError
from dcactivity.files import make_folder, put_file
from dcactivity.messages.store import write_atomically
from dcactivity.records import remark_line
from dcactivity.version import __version__
from dcactivity.wording import amount, plain_date

if TYPE_CHECKING:
    from dcactivity.cases.survey import Survey

__all__ = ["COLUMNS", "Sheet", "sheet_facts", "write_sheet"]

COLUMNS = ("message_id", "date", "utc_offset", "automated", "person", "bulletin")
"""What a sheet needs to know of each message."""

_UNKNOWN = "not known"
_FIGURES = {
    "messages": "messages",
    "participants": "participants",
    "newcomers": "newcomers",
    "conversations": "conversations",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """The facts of one sheet.

    Parameters
    ----------
    slug : str
        The coalition's slug.
    year : int
        The year.
    facts : dict
        What the templates name.
    """

    slug: str
    year: int
    facts: dict[str, Any]


def sheet_facts(found: Survey, messages: pd.DataFrame, coalition: str, year: int) -> Sheet:
    """Gather one coalition's figures of a year.

    Parameters
    ----------
    found : Survey
        As of the last day of the year.
    messages : DataFrame, one row per message
        As for `dcactivity.monthly_activity`, and ``utc_offset`` (minutes).
    coalition : str
        The coalition's slug.
    year : int
        The year.

    Returns
    -------
    Sheet
        The facts, without names or addresses of persons.

    Raises
    ------
    MissingError
        There is no such coalition as of the end of the year.
    InputError
        The survey is as of another day.
    """
    if found.as_of != dt.date(year, 12, 31):
        raise InputError(f"the figures of {year} are as of its last day, not {found.as_of}")
    status = next(iter(found.rows("status", coalition)), None)
    if status is None:
        raise MissingError(
            f"there is no coalition {coalition!r} as of {found.as_of}", hint="see: status"
        )
    mine = messages[messages["coalition"].astype("str") == coalition]
    body = found.registry.body
    name = body.name or "the Secretariat"
    covered = status["covered_until"]
    facts = {
        "name": status["name"],
        "year": year,
        "version": __version__,
        "as_of": plain_date(found.as_of),
        "reach": _reach(covered, found.as_of),
        "contact": f"{name} at {body.addresses[0]}" if body.addresses else name,
        "why": status["why"],
        "figures": _figures(found, mine, coalition, year, covered),
        "months": _months(found, coalition, year),
        "offsets": _offsets(mine, year),
        "meetings": _meetings(found, coalition, year),
        "principles": [
            {
                "principle": str(row["principle"]).replace("_", " "),
                "verdict": row["verdict"],
                "why": row["why"],
            }
            for row in found.rows("principles", coalition)
        ],
        "report": _report(found, coalition, year),
        "beside": [
            remark_line(row)
            for row in found.rows("remarks", coalition)
            if row["kind"] != "attendance"
        ],
    }
    return Sheet(coalition, year, facts)


def write_sheet(sheet: Sheet, out: Path) -> list[Path]:
    """Write one sheet as ``SLUG-YEAR.docx`` and ``SLUG-YEAR.md``.

    Parameters
    ----------
    sheet : Sheet
        Its facts.
    out : Path
        A folder.

    Returns
    -------
    list of Path
        The two files.
    """
    make_folder(out, purpose="the sheet")
    facts = printable(sheet.facts)
    folder = resources.files("dcactivity") / "report" / "templates"
    document = out / f"{sheet.slug}-{sheet.year}.docx"
    template = (folder / "sheet.docx").read_bytes()
    put_file(document, fill_document(template, facts, name="sheet.docx"))
    text = out / f"{sheet.slug}-{sheet.year}.md"
    words = (folder / "sheet.md").read_text(encoding="utf-8")
    write_atomically(text, fill_text(words, _for_markdown(facts), name="sheet.md"))
    return [document, text]


def _figures(
    found: Survey, mine: pd.DataFrame, coalition: str, year: int, covered: dt.date | None
) -> list[dict[str, object]]:
    counted = next(iter(rows_of(snapshot(mine, as_of=found.as_of), coalition)), {})
    if "conversations" not in counted and "conversations" in found.assessment.monthly.columns:
        months = [row["conversations"] for row in _rows_of_year(found, coalition, year)]
        counted["conversations"] = sum(n for n in months if n is not None)
    is_told = covered is not None and covered >= dt.date(year, 1, 1)
    return [
        {"label": label, "value": (counted[name] or 0) if is_told else _UNKNOWN}
        for name, label in _FIGURES.items()
        if name in counted or not is_told
    ]


def _rows_of_year(found: Survey, coalition: str, year: int) -> list[dict[str, Any]]:
    rows = found.rows("monthly", coalition)
    return [row for row in rows if str(row["month"]).startswith(f"{year}-")]


def _months(found: Survey, coalition: str, year: int) -> list[dict[str, object]]:
    known = {row["month"]: row for row in _rows_of_year(found, coalition, year)}
    names = ("messages", "participants", "newcomers")
    months = []
    for number in range(1, 13):
        month = f"{year}-{number:02}"
        row = known.get(month, {})
        # Before its first message a coalition has no row, and none is nothing.
        counts = {name: row.get(name, 0) for name in names}
        shown = {name: _UNKNOWN if n is None else n for name, n in counts.items()}
        months.append({"month": month, **shown})
    return months


def _offsets(mine: pd.DataFrame, year: int) -> list[dict[str, object]]:
    dated = mine[mine["date"].notna() & (mine["date"].dt.year == year)]
    if "automated" in dated.columns:
        dated = dated[dated["automated"].isna()]
    counts = dated["utc_offset"].dropna().astype("int64").value_counts().sort_index()
    return [{"offset": _utc(int(minutes)), "messages": int(n)} for minutes, n in counts.items()]


def _utc(minutes: int) -> str:
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def _meetings(found: Survey, coalition: str, year: int) -> list[dict[str, object]]:
    rows = found.rows("attendance", coalition)
    return [
        {
            "meeting": row["meeting"],
            "date": row["date"].isoformat(),
            "present": row["present"],
            "apologies": row["apologies"] or 0,
        }
        for row in sorted(rows, key=lambda one: one["date"])
        if row["date"].year == year
    ]


def _report(found: Survey, coalition: str, year: int) -> str:
    due = found.review.policy.reports.due_day(year)
    text = f"The report on {year} is due by {plain_date(due)}."
    run = found.rows("overdue", coalition)
    overdue = [str(row["year"]) for row in run]
    if overdue:
        noun = amount(len(overdue), "earlier report")
        text += f" {noun[0].upper()}{noun[1:]} overdue: {', '.join(overdue)}."
    return text


def _reach(covered: dt.date | None, as_of: dt.date) -> str:
    if covered is None:
        return "No archive is at hand: what was written is not known."
    if covered >= as_of:
        return f"The archives are complete up to {plain_date(covered)}."
    return f"The archives end with {plain_date(covered)}: what was written later is not known."


def _for_markdown(value: Any) -> Any:
    """Escape what would be markup, or end a cell."""
    if isinstance(value, str):
        for character in "\\|*_`[]<":
            value = value.replace(character, f"\\{character}")
        return value
    if isinstance(value, dict):
        return {name: _for_markdown(item) for name, item in value.items()}
    return [_for_markdown(item) for item in value] if isinstance(value, list) else value
