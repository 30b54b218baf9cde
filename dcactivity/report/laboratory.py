"""What the laboratory shows: a table to read, and its files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from dcactivity.files import make_folder
from dcactivity.laboratory.measures import MEASURES
from dcactivity.messages.store import write_atomically
from dcactivity.report.former import former_files
from dcactivity.report.tables import plain, write_table
from dcactivity.version import __version__

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from matplotlib.figure import Figure

    from dcactivity.laboratory import Laboratory

__all__ = ["laboratory_remarks", "laboratory_table", "write_laboratory"]

_RECORD = "lab.json"
_SHARES = ("false_warned", "false_at_risk")


def laboratory_table(result: Laboratory) -> pd.DataFrame:
    """Set the figures of each policy into one row of texts.

    Parameters
    ----------
    result : Laboratory
        What was replayed.

    Returns
    -------
    DataFrame
        ``policy`` and the `MEASURES` (str): the figure, in brackets its interval, and for
        shares how many of how many.
    """
    columns: dict[str, list[str]] = {name: [] for name in ("policy", *MEASURES.values())}
    for row in result.summary.to_dict("records"):
        columns["policy"].append(str(row["policy"]))
        for name, words in MEASURES.items():
            columns[words].append(_figure(row, name))
    return pd.DataFrame(columns, dtype="str")


def _figure(row: dict[Any, Any], name: str) -> str:
    if name == "months_late" and row["silent"] and pd.isna(row[name]):
        return f"never (of {row['silent']})"
    if pd.isna(row[name]):
        return "none to judge"
    low, high = (_number(row[f"{name}_{end}"], name) for end in ("low", "high"))
    said = f"{_number(row[name], name)} ({low} to {high})"
    counts = {
        "false_warned": ("warned_false", "warned_judged"),
        "false_at_risk": ("at_risk_false", "at_risk_judged"),
    }.get(name)
    return f"{said}, {row[counts[0]]} of {row[counts[1]]}" if counts else said


def _number(value: object, name: str) -> str:
    if pd.isna(value):  # type: ignore[call-overload]  # a number or missing
        return "never"
    if name in _SHARES:
        return f"{value:.0%}"
    return f"{value:.0f}" if name == "months_late" else f"{value:.1f}"


def laboratory_remarks(result: Laboratory) -> Iterator[str]:
    """Say what was left out, which coalitions end as what, and on which policies disagree.

    Parameters
    ----------
    result : Laboratory
        What was replayed.

    Yields
    ------
    str
        A line each. After a sweep only what was left out is said.
    """
    for (rule, reason), rows in result.left_out.groupby(["rule", "reason"], sort=False):
        names = sorted(set(rows["policy"]))
        who = ", ".join(names) if len(names) <= 3 else f"{len(names)} policies"
        yield f"left out of {who}: {rule} ({reason})"
    if not result.swept:
        yield from _standing(result)
        yield from _disagreements(result)


def _standing(result: Laboratory) -> Iterator[str]:
    """Name those that are dormant or at risk in the last month, and for how many months."""
    last = str(result.replays[0].months[-1])
    now = result.spells[result.spells["end"] == last]
    for replay in result.replays:
        mine = now[now["policy"] == replay.label]
        for word, rows in (
            ("dormant", mine[mine["at_risk"].isna()]),
            ("at risk", mine[mine["at_risk"].notna()]),
        ):
            named = [
                f"{slug} ({months})"
                for slug, months in zip(rows["coalition"], rows["months"], strict=True)
            ]
            who = ", ".join(named) or "nobody"
            yield f"{word} in {last} under {replay.label} (for so many months): {who}"


def _disagreements(result: Laboratory) -> Iterator[str]:
    policies = [replay.label for replay in result.replays]
    for slug, rows in result.disagreements.groupby("coalition", sort=False):
        last = plain(rows).iloc[-1]
        said = ", ".join(
            f"{name} {str(last[name]).lower().replace('_', ' ')}" for name in policies
        )
        months = int(rows["months"].sum())
        noun = "month" if months == 1 else "months"
        yield f"they disagree on {slug} in {months} {noun}, last in {last['end']}: {said}"


def write_laboratory(result: Laboratory, out: str | os.PathLike[str]) -> list[Path]:
    """Write the tables and charts of the laboratory, and how they came about.

    Parameters
    ----------
    result : Laboratory
        What was replayed.
    out : str or path-like
        A folder. Files of an earlier run in it are replaced, or removed where this one has
        none such; other files are left alone.

    Returns
    -------
    list of Path
        The files written, ``lab.json`` last.

    Raises
    ------
    InputError
        If `out` is a file.
    """
    folder = Path(out)
    make_folder(folder, purpose="the laboratory")
    former = former_files(folder, _RECORD)
    written: list[Path] = []
    for name, frame in _tables(result):
        written.append(folder / f"{name}.csv")
        write_table(frame, written[-1], "csv")
    written += _draw(result, folder)
    names = sorted(path.name for path in written)
    for name in former - set(names):
        (folder / name).unlink(missing_ok=True)
    record = folder / _RECORD
    text = json.dumps(_record(result, names), indent=1, ensure_ascii=False)
    write_atomically(record, text + "\n")
    return [*written, record]


def _tables(result: Laboratory) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "lab", result.summary
    yield "lab-months", result.months
    yield "lab-years", result.years
    yield "lab-coalitions", result.coalitions
    yield "lab-spells", result.spells
    yield "lab-late", result.late
    if not result.swept:
        yield "lab-disagreements", result.disagreements


def _draw(result: Laboratory, folder: Path) -> list[Path]:
    from dcactivity import charts

    written: list[Path] = []
    with charts.house_style():
        figures = [("lab", _sheet(result))] if not result.swept else []
        figures += [("lab-sweep", _maps(result))] if result.swept else []
        for name, figure in figures:
            for suffix in ("png", "svg"):
                written.append(folder / f"{name}.{suffix}")
                charts.save(figure, written[-1])
    return written


def _sheet(result: Laboratory) -> Figure:
    """Draw notices by year, and false alarms against delay, side by side."""
    from matplotlib.figure import Figure

    from dcactivity import charts

    figure = Figure(figsize=(12, 4.8), layout="constrained")
    left, right = figure.subplots(1, 2)
    charts.notices_by_year(result.years, ax=left)
    charts.alarms_and_delays(result.summary, ax=right)
    return figure


def _maps(result: Laboratory) -> Figure:
    """Draw a heat map of each figure: all policies in one row, or a row each of two keys."""
    from matplotlib.figure import Figure

    from dcactivity import charts

    *_, columns = result.swept
    parts: list[tuple[str, pd.DataFrame]] = [("", result.summary)]
    rows = "base"
    if len(result.swept) == 2:
        rows = result.swept[0]
        parts = [(f"{base}: ", part) for base, part in result.summary.groupby("base", sort=False)]
    lines = max(part[rows].nunique() for _, part in parts)
    size = (4.6 * len(MEASURES), (1.2 + 0.45 * lines) * len(parts))
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(len(parts), len(MEASURES), squeeze=False)
    for axes, (base, part) in zip(grid, parts, strict=True):
        for ax, (name, words) in zip(axes, MEASURES.items(), strict=True):
            charts.sweep_map(
                part, rows=rows, columns=columns, value=name, title=f"{base}{words}", ax=ax
            )
    return figure


def _record(result: Laboratory, names: list[str]) -> dict[str, Any]:
    first = result.replays[0]
    policies = {replay.policy.name: replay.policy for replay in result.replays}
    return {
        "program": "dcactivity",
        "version": __version__,
        "from": str(first.months[first.first]),
        "to": str(first.months[-1]),
        "policies": [
            {"name": policy.name, "digest": policy.digest, "toml": policy.to_toml()}
            for policy in policies.values()
        ],
        "left_out": plain(result.left_out).to_dict("records"),
        "resamples": result.resamples,
        "seed": result.seed,
        "files": names,
    }
