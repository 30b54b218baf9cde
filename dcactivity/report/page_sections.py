"""What the page says of one coalition."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from dcactivity.frames import rows_of
from dcactivity.report.page_tables import ledger
from dcactivity.report.svg import Span, activity, spans_of, strip
from dcactivity.report.wording import chance, rule_rows, status_word
from dcactivity.wording import amount, plain_date

if TYPE_CHECKING:
    from dcactivity.coalitions import Coalition
    from dcactivity.explaining import Explanation
    from dcactivity.report.model import Report

__all__ = ["section"]

_MESSAGES = 12
_SPANS = 6
_SUMS = ("messages", "newcomers", "conversations", "bulletins", "automated")
_ONE_DAY = dt.timedelta(days=1)


def section(report: Report, row: dict[str, Any], first: float, last: float) -> dict[str, Any]:
    """Gather what the section of one coalition shows.

    Parameters
    ----------
    report : Report
        The report.
    row : dict
        The coalition's row of the status table, what is missing as None.
    first, last : float
        Ends of the axis that all coalitions share.

    Returns
    -------
    dict
        What the template names.
    """
    slug = row["coalition"]
    entry, found = report.entry(slug), report.explain(slug)
    spans = spans_of(report.table("bands", slug))
    listed = _listed_spans(spans, report.as_of)
    mine = report.months(slug)
    counted = found.messages[found.messages["counted"]]
    return {
        "slug": slug,
        "name": row["name"],
        "aliases": entry.aliases,
        "page": entry.page,
        "recognised": entry.recognised,
        "status": row["status"],
        "why": row["why"],
        "finding": finding(row),
        "facts": _facts(row),
        "strip": strip(spans, first, last, label=_spoken(listed)),
        "chart": activity(
            mine,
            spans,
            f"{report.as_of:%Y-%m}",
            label=f"{row['name']}: {finding(row)}. Status: {_spoken(listed)}.",
        ),
        "rules": rule_rows(found.rules, report.review.policy),
        "outlook": [text for text in (found.way_back, found.outlook, found.closeness) if text],
        "steps": rows_of(found.sensitivity),
        "past": found.past,
        "spans": listed[:_SPANS],
        "more_spans": listed[_SPANS:],
        "years": _years(mine),
        "coverage": _coverage(report, slug, found),
        "archives": _archives(report, slug),
        "findings": report.parts.of("findings", slug)[:6],
        "principles": report.parts.of("principles", slug),
        "reports": report.parts.of("reports", slug)[-6:],
        "remarks": report.parts.of("remarks", slug),
        "estimate": found.estimate,
        "disagreements": found.disagreements,
        "messages": [_message(one, entry) for one in rows_of(counted.head(_MESSAGES))],
        "counted": len(counted),
        "not_counted": _not_counted(found),
    }


def finding(row: dict[str, Any]) -> str:
    """Say in a few words what a verdict rests on.

    Parameters
    ----------
    row : dict
        A row of the status table, what is missing as None.

    Returns
    -------
    str
        Without a full stop; fit for a title.
    """
    if row["messages"] is None:
        return "Nothing is known of the last months"
    months = amount(int(row["window_months"]), "month")
    if not row["messages"]:
        return f"No message that counts in the last {months}"
    people = amount(int(row["participants"] or 0), "person").replace("persons", "people")
    return f"{amount(int(row['messages']), 'message')} by {people} in the last {months}"


def _facts(row: dict[str, Any]) -> list[tuple[str, str]]:
    facts = []
    for name, head in (
        ("since", f"{status_word(row['status']).capitalize()} since"),
        ("last_message", "Last message that counts"),
        ("covered_until", "Covered until"),
    ):
        if row[name] is not None:
            facts.append((head, plain_date(row[name].date())))
    for name, head in (
        ("days_silent", "Days silent"),
        ("messages", f"Messages in {amount(int(row['window_months']), 'month')}"),
        ("participants", "People"),
        ("conversations", "Conversations"),
    ):
        # Where the archives end early, nobody knows for how long it has been silent.
        is_told = name != "days_silent" or row["status"] != "UNKNOWN"
        if row[name] is not None and is_told:
            facts.append((head, f"{int(row[name]):,}"))
    if row.get("silence_risk") is not None:
        facts.append(("Chance of silence in 12 months", chance(row["silence_risk"])))
    return facts


def _listed_spans(spans: list[Span], as_of: dt.date) -> list[dict[str, Any]]:
    """List the spans, the latest first, with their last days; the present one has none."""
    return [
        {"status": status, "start": start, "end": None if end > as_of else end - _ONE_DAY}
        for start, end, status in reversed(spans)
    ]


def _spoken(listed: list[dict[str, Any]]) -> str:
    said = [f"{status_word(one['status'])} from {plain_date(one['start'])}" for one in listed[:4]]
    if not said:
        return "nothing is known"
    more = f", and {amount(len(listed) - 4, 'earlier span')}" if len(listed) > 4 else ""
    return ", before that ".join(said) + more


def _years(monthly: pd.DataFrame) -> list[dict[str, Any]]:
    """Sum up the months by year; a year of which nothing is known has no figures."""
    names = [name for name in _SUMS if name in monthly.columns]
    years: dict[str, dict[str, Any]] = {}
    for row in rows_of(monthly[["month", *names]]):
        sums = years.setdefault(row["month"][:4], dict.fromkeys(names))
        for name in names:
            if row[name] is not None:
                sums[name] = (sums[name] or 0) + row[name]
    return [{"year": year, **sums} for year, sums in reversed(years.items())]


def _coverage(report: Report, slug: str, found: Explanation) -> str:
    if found.covered_until is None:
        return "No archive is at hand."
    known = bool(report.table("coverage", slug)["known"].fillna(value=False).any())
    day = plain_date(found.covered_until)
    return (
        f"The archives are complete up to {day}."
        if known
        else f"Nobody stated until when the archives are complete; the newest message is of {day}."
    )


def _archives(report: Report, slug: str) -> list[dict[str, Any]]:
    urls = {
        str(one.address).casefold(): one.archive_url
        for one in report.entry(slug).lists
        if one.address
    }
    return [
        row | {"url": urls.get(str(row["list"]).casefold())}
        for row in ledger(report.table("archives", slug))
    ]


def _message(row: dict[str, Any], entry: Coalition) -> dict[str, Any]:
    # The archive as a whole is linked where the coverage stands: here, only a page of its own.
    whole = {one.archive_url for one in entry.lists}
    return {
        "date": row["date"],
        "id": row["message_id"],
        "talk": row["conversation"],
        "link": None if row["link"] in whole else row["link"],
    }


def _not_counted(found: Explanation) -> str:
    kinds = found.messages.loc[~found.messages["counted"], "kind"].value_counts()
    return ", ".join(f"{count} {kind}" for kind, count in kinds.items())
