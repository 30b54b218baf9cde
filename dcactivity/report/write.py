"""The files of a report: tables, charts, and ``run.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcactivity.errors import InputError
from dcactivity.messages.store import write_atomically
from dcactivity.report.tables import write_table
from dcactivity.version import __version__

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    import pandas as pd

    from dcactivity.assess import Assessment

__all__ = ["former_files", "write_report"]

_RECORD = "run.json"


def write_report(assessment: Assessment, out: str | os.PathLike[str]) -> list[Path]:
    """Write the tables and charts of an assessment, and how they came about.

    Parameters
    ----------
    assessment : Assessment
        Review, monthly table and ledger of one source as of one day, for whichever audience.
    out : str or path-like
        A folder. Files of an earlier report in it are replaced, or removed where this one has
        none such; other files are left alone.

    Returns
    -------
    list of Path
        The files written, ``run.json`` last.

    Raises
    ------
    InputError
        If `out` is a file.
    """
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise InputError("is a file", path=folder, hint="name a folder for the report")
    folder.mkdir(parents=True, exist_ok=True)
    former = former_files(folder, _RECORD)
    review = assessment.review
    written: list[Path] = []
    tables = {
        "status": review.status,
        "monthly": assessment.monthly,
        "reasons": review.reasons,
        "history": review.history,
        "archives": assessment.archives,
    }
    if assessment.context.remarks is not None:
        tables["remarks"] = assessment.context.remarks
    for name, frame in tables.items():
        written.append(folder / f"{name}.csv")
        write_table(frame, written[-1], "csv")
    written += _draw(assessment, folder / "charts")
    names = sorted(path.relative_to(folder).as_posix() for path in written)
    for name in former - set(names):
        (folder / name).unlink(missing_ok=True)
    record = folder / _RECORD
    write_atomically(
        record, json.dumps(_record(assessment, names), indent=1, ensure_ascii=False) + "\n"
    )
    return [*written, record]


def former_files(folder: Path, record: str) -> set[str]:
    """List what an earlier run wrote to a folder, as its record there says.

    Parameters
    ----------
    folder : Path
        The folder.
    record : str
        Name of the record, a JSON file with ``files``.

    Returns
    -------
    set of str
        Names within the folder; none where there is no such record.
    """
    try:
        found = json.loads((folder / record).read_text(encoding="utf-8"))
        names = {str(name) for name in found["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()
    # Only what lies within: the record is a file that anybody can edit.
    return {
        name for name in names if ".." not in Path(name).parts and not Path(name).is_absolute()
    }


def _record(assessment: Assessment, names: list[str]) -> dict[str, Any]:
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


def _draw(assessment: Assessment, folder: Path) -> list[Path]:
    """Draw one sheet of all coalitions, and one chart each."""
    from dcactivity import charts

    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    with charts.house_style():
        for name, figure in _figures(assessment):
            for suffix in ("png", "svg"):
                written.append(folder / f"{name}.{suffix}")
                charts.save(figure, written[-1])
    return written


def _figures(assessment: Assessment) -> Iterator[tuple[str, Any]]:
    from matplotlib.figure import Figure

    from dcactivity import charts

    review = assessment.review
    told = review.status[~review.status["coalition"].isin(assessment.under_review)]
    told = told.assign(status=told["status"].cat.remove_unused_categories())
    yield "overview", charts.overview(assessment.monthly, told, as_of=review.as_of)
    rows: list[Any] = list(told.itertuples())
    for row in rows:
        figure = Figure(figsize=(9, 4.2), layout="constrained")
        charts.volume(
            assessment.monthly,
            coalition=row.coalition,
            ax=figure.subplots(),
            status=review.bands,
            as_of=review.as_of,
            title=_finding(row),
        )
        yield row.coalition, figure


def _finding(row: Any) -> str | None:
    """Say in a title what the verdict rests on."""
    import pandas as pd

    if pd.isna(row.messages) or row.last_message is pd.NaT or pd.isna(row.last_message):
        return None
    people = "person" if row.participants == 1 else "people"
    mails = "message" if row.messages == 1 else "messages"
    word = str(row.status).replace("_", " ").lower()
    return (
        f"{row.name}: {word}, {row.messages} {mails} by {row.participants} {people} "
        f"in the last {row.window_months} months"
    )
