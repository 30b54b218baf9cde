"""The page: one file that needs nothing else, and that a browser lets do nothing else."""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from typing import TYPE_CHECKING, Any

import jinja2
from markupsafe import Markup

from dcactivity.explaining import is_web
from dcactivity.report.page_hours import hours_section
from dcactivity.report.page_sections import section
from dcactivity.report.page_tables import (
    columns_of,
    findings_of,
    first_month,
    ledger,
    ledger_sentence,
    notes,
    table_rows,
)
from dcactivity.report.svg import axis, month_number
from dcactivity.report.visible import visible
from dcactivity.report.wording import LIMITS, MEANINGS, RANKS, WORDS, status_word
from dcactivity.version import __version__
from dcactivity.wording import amount, plain_date

if TYPE_CHECKING:
    from dcactivity.report.changes import Changes
    from dcactivity.report.model import Report

__all__ = ["page_html"]

_MOST_FINDINGS = 60  # on the page; the command doctor prints them all
_MISLEADING = 1


def page_html(report: Report) -> str:
    """Draw the page.

    Parameters
    ----------
    report : Report
        What it says.

    Returns
    -------
    str
        One HTML document: style and script stand in it, and its security policy allows these
        two, by their digests, and nothing else. Every text is escaped, and characters that act
        are shown.
    """
    environment = _environment()
    style, script = _resource("page.css"), _resource("page.js")
    first = first_month(report)
    last = month_number(report.as_of.replace(day=1)) + 1
    found = findings_of(report)
    text: str = environment.get_template(
        "page.html.j2"
    ).render(
        report=report,
        policy=report.review.policy,
        version=__version__,
        csp=_security_policy(style, script),
        style=Markup(style),  # noqa: S704  # our own file
        script=Markup(script),  # noqa: S704  # our own file
        notes=notes(report),
        meanings=MEANINGS,
        changes=_changes(report),
        columns=columns_of(report),
        rows=table_rows(report),
        sections=[section(report, row, first, last) for row in report.rows()],
        under_review=report.under_review,
        ended=report.review.ended.astype(object)
        .where(report.review.ended.notna(), None)
        .to_dict("records"),
        years=axis(first, last),
        first_year=int(first // 12),
        hours=hours_section(report),
        words=WORDS,
        limits=LIMITS,
        ranks=RANKS,
        gravest=[one for one in found if one["rank"] == _MISLEADING][:8],
        findings=found[:_MOST_FINDINGS],
        findings_left=max(0, len(found) - _MOST_FINDINGS),
        ledger=ledger(report.assessment.archives),
        ledger_sentence=ledger_sentence(report.assessment.archives),
        passed_over=report.assessment.passed_over,
    )
    return text + "\n"


def _changes(report: Report) -> list[tuple[str, Changes]]:
    """Title what changed; an earlier report that was named comes first."""
    months = amount(report.review.policy.active.window_months, "month")
    day = plain_date(report.changes.before)
    found = [(f"Status changed in the {months} since {day}", report.changes)]
    if report.since is not None:
        day = plain_date(report.since.before)
        found.insert(0, (f"Changed since the report of {day}", report.since))
    return found


def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("dcactivity", "report/templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "iso": lambda moment: moment.isoformat()[:10],
        "is_web": is_web,
        "moment": lambda moment: f"{moment:%Y-%m-%d %H:%M} UTC",
        "plain": plain_date,
        "spaced": lambda text: text.replace("_", " "),
        "word": status_word,
    }
    return environment


def _shown(value: Any) -> Any:
    """Prepare what an expression gives: texts are made visible, and then escaped."""
    if value is None:
        return ""
    return value if isinstance(value, Markup) else visible(str(value))


def _resource(name: str) -> str:
    folder = resources.files("dcactivity") / "report" / "templates"
    return (folder / name).read_text(encoding="utf-8")


def _security_policy(style: str, script: str) -> str:
    """Allow the page its own style and script, and no connection, frame, form or picture."""
    digests = (
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (style, script)
    )
    styles, scripts = digests
    return (
        f"default-src 'none'; style-src 'sha256-{styles}'; script-src 'sha256-{scripts}'; "
        "base-uri 'none'; form-action 'none'"
    )
