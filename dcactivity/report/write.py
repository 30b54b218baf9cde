"""The files of a report: tables, charts, and ``run.json``."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcactivity.files import make_folder, unfinished_file
from dcactivity.messages.store import write_atomically
from dcactivity.report.former import Journal, former_files
from dcactivity.report.large import is_large
from dcactivity.report.tables import write_table
from dcactivity.report.visible import escaped_in_json
from dcactivity.version import __version__

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from concurrent.futures import Executor

    import pandas as pd

    from dcactivity.report.model import Report

__all__ = ["write_report"]

_RECORD = "run.json"


def write_report(
    report: Report, out: str | os.PathLike[str], *, executor: Executor | None = None
) -> list[Path]:
    """Write everything that a report consists of, and how it came about.

    Parameters
    ----------
    report : Report
        What it says.
    out : str or path-like
        A folder. Files of an earlier report in it are replaced, or removed where this one has
        none such; other files are left alone.
    executor : Executor, optional
        Draws charts meanwhile, see `dcactivity.report.drawing.drawing_processes`. The files are
        the same with one and without.

    Returns
    -------
    list of Path
        The files written, ``run.json`` last.

    Raises
    ------
    InputError
        If `out` is a file, or a folder of the report in it is a link.
    """
    from dcactivity.report.drawing import chart_files, start_drawing
    from dcactivity.report.slides import write_slides
    from dcactivity.report.workbook import write_workbook

    folder = Path(out)
    make_folder(folder, purpose="the report", inner=("charts", "pages"))
    journal = Journal(folder)
    former = former_files(folder, _RECORD) | journal.left
    journal.note(*(f"charts/{name}" for name in chart_files(report)))
    finish = start_drawing(report, folder / "charts", executor)
    written: list[Path] = []
    tables = {
        "status": report.review.status,
        "monthly": report.assessment.monthly,
        "reasons": report.review.reasons,
        "history": report.review.history,
        "archives": report.assessment.archives,
    }
    if report.parts.remarks is not None:
        tables["remarks"] = report.parts.remarks
    for name, frame in tables.items():
        journal.note(f"{name}.csv")
        written.append(folder / f"{name}.csv")
        write_table(frame, written[-1], "csv")
    for name, text in _pages(report):
        journal.note(name)
        written.append(folder / name)
        write_atomically(written[-1], text)
    for name, write in (("report.xlsx", write_workbook), ("slides.pptx", write_slides)):
        written.append(folder / name)
        with unfinished_file(written[-1]) as unfinished:
            write(report, unfinished)
    written += finish()
    names = sorted(path.relative_to(folder).as_posix() for path in written)
    for name in former - set(names):
        (folder / name).unlink(missing_ok=True)
        if (folder / name).parent != folder:
            with contextlib.suppress(OSError):  # other files are left alone
                (folder / name).parent.rmdir()
    record = folder / _RECORD
    text = json.dumps(_record(report, names), indent=1, ensure_ascii=False)
    write_atomically(record, escaped_in_json(text) + "\n")
    journal.close()
    return [*written, record]


def _pages(report: Report) -> Iterator[tuple[str, str]]:
    from dcactivity.report.page import page_html
    from dcactivity.report.pages import pages_html

    if is_large(report):
        yield from pages_html(report)
    else:
        yield "index.html", page_html(report)


def _record(report: Report, names: list[str]) -> dict[str, Any]:
    assessment = report.assessment
    review, registry = assessment.review, assessment.registry
    return {
        "program": "dcactivity",
        "version": __version__,
        "as_of": review.as_of.isoformat(),
        "as_of_given": assessment.as_of_given,
        "policy": {
            "name": review.policy.name,
            "digest": review.policy.digest,
            "toml": review.policy.to_toml(),
        },
        "audience": assessment.audience,
        "under_review": sorted(assessment.under_review),
        "registry": registry.to_dict(),
        "archives": [
            {key: row[key] for key in ("coalition", "list", "archive", "digest")}
            for row in assessment.rows
        ],
        "passed_over": [
            {"name": name, "reason": reason} for name, reason in assessment.passed_over
        ],
        "ended": _ended(review.ended),
        "files": names,
    }


def _ended(frame: pd.DataFrame) -> list[dict[str, Any]]:
    from dcactivity.report.tables import plain

    return [{str(k): v for k, v in row.items()} for row in plain(frame).to_dict("records")]
