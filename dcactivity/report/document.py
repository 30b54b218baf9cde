"""One HTML document: its style and script stand in it, and a browser lets it do nothing else."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

import jinja2
from markupsafe import Markup

from dcactivity.explaining import is_web
from dcactivity.report.page_tables import notes
from dcactivity.report.visible import visible
from dcactivity.report.wording import status_word
from dcactivity.version import __version__
from dcactivity.wording import plain_date

if TYPE_CHECKING:
    from dcactivity.report.model import Report

__all__ = ["document"]


def document(
    template: str,
    report: Report,
    *,
    script: Literal["table", "sections"] | None,
    styles: tuple[str, ...],
    **context: Any,
) -> str:
    """Draw a document.

    Parameters
    ----------
    template : str
        Name of the template.
    report : Report
        What it says.
    script : {"table", "sections"} or None
        What is to be worked with: a table, and sections if there are any; sections alone; or
        nothing.
    styles : tuple of str
        Names of the style sheets.
    **context
        What the template names besides.

    Returns
    -------
    str
        Its security policy allows style and script, by their digests, and nothing else. Every
        text is escaped, and characters that act are shown.
    """
    environment = _environment()
    style = "".join(map(_resource, styles))
    code = ""
    if script:
        code = environment.get_template("page.js.j2").render(has_table=script == "table") + "\n"
    text: str = environment.get_template(template).render(
        report=report,
        policy=report.review.policy,
        version=__version__,
        csp=_security_policy(style, code),
        style=Markup(style),  # noqa: S704  # our own file
        script=Markup(code),  # noqa: S704  # our own file
        notes=notes(report),
        **context,
    )
    return text + "\n"


@cache
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
        "thousands": lambda number: f"{number:,}",
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
    styles, scripts = (
        f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
        if text
        else "'none'"
        for text in (style, script)
    )
    return (
        f"default-src 'none'; style-src {styles}; script-src {scripts}; "
        "base-uri 'none'; form-action 'none'"
    )
