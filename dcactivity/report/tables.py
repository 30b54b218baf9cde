"""Frames as text: dates in ISO 8601, instants ending in Z, and no cell that acts as a formula."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from dcactivity.files import unfinished_file
from dcactivity.messages.store import write_atomically
from dcactivity.report.visible import escaped_in_json, visible

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

__all__ = ["FORMATS", "as_csv", "as_json", "as_markdown", "disarmed", "plain", "write_table"]

_ROWS = 20_000  # made into texts at a time: a table of millions of rows would fill the memory
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Turn a frame into texts, whole numbers, fractions and None.

    Parameters
    ----------
    frame : DataFrame
        One of the design's tables.

    Returns
    -------
    DataFrame
        Same rows and columns, all of type object: days as ``YYYY-MM-DD``, instants as
        ``YYYY-MM-DDTHH:MM:SSZ``, what is missing as None.
    """
    columns: dict[str, Any] = {}
    for name in frame.columns:
        column = frame[name]
        if pd.api.types.is_datetime64_any_dtype(column.dtype):
            # Days bear no zone, instants are UTC: the types are part of the tables.
            form = "%Y-%m-%d" if column.dt.tz is None else "%Y-%m-%dT%H:%M:%SZ"
            column = column.dt.strftime(form)
        values = column.astype(object)
        columns[name] = values.where(column.notna(), None)
    return pd.DataFrame(columns, columns=frame.columns, index=frame.index)


def as_csv(frame: pd.DataFrame) -> str:
    """Write a frame as CSV.

    Parameters
    ----------
    frame : DataFrame
        One of the design's tables.

    Returns
    -------
    str
        With a header line; a text that begins like a formula gets a leading apostrophe
        (OWASP, CSV injection), and control characters are shown.
    """
    starts = range(0, max(1, len(frame)), _ROWS)
    return "".join(_csv_rows(frame.iloc[i : i + _ROWS], has_head=i == 0) for i in starts)


def _csv_rows(frame: pd.DataFrame, *, has_head: bool) -> str:
    texts = plain(frame)
    for name in texts.columns:
        # As objects: a whole number beside a missing one would become a fraction.
        cells = [_csv_cell(value) for value in texts[name]]
        texts[name] = pd.Series(cells, index=texts.index, dtype=object)
    return str(texts.to_csv(index=False, lineterminator="\n", header=has_head))


def _csv_cell(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return disarmed(value) if isinstance(value, str) else value


def disarmed(text: str) -> str:
    """Make a text harmless for a cell of a spreadsheet.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        With control characters shown, and an apostrophe before what would be a formula.
    """
    # A bare CR is not quoted before Python 3.13, and programs take it for the end of a row.
    shown = visible(text.replace("\r\n", "\n").replace("\r", "\n"))
    return f"'{shown}" if text.startswith(_FORMULA) or shown.startswith(_FORMULA) else shown


def as_json(frame: pd.DataFrame) -> str:
    """Write a frame as a JSON array of row objects.

    Parameters
    ----------
    frame : DataFrame
        One of the design's tables.

    Returns
    -------
    str
        The texts raw, what is missing as null.
    """
    rows = plain(frame).to_dict("records")
    plain_rows = [{k: _scalar(v) for k, v in row.items()} for row in rows]
    return escaped_in_json(json.dumps(plain_rows, ensure_ascii=False, indent=1)) + "\n"


def _scalar(value: object) -> object:
    """Take numpy's numbers for Python's."""
    return value.item() if hasattr(value, "item") else value


def as_markdown(frame: pd.DataFrame) -> str:
    """Write a frame as a Markdown table.

    Parameters
    ----------
    frame : DataFrame
        One of the design's tables.

    Returns
    -------
    str
        Pipes and line ends in texts are escaped, what is missing is an empty cell.
    """
    texts = plain(frame)
    numeric = [pd.api.types.is_numeric_dtype(frame[name].dtype) for name in frame.columns]
    out = io.StringIO()
    out.write("| " + " | ".join(map(str, texts.columns)) + " |\n")
    out.write("|" + "|".join(" ---: " if right else " --- " for right in numeric) + "|\n")
    for row in texts.itertuples(index=False):
        out.write("| " + " | ".join(map(_cell, row)) + " |\n")
    return out.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = visible(str(value)).replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    return " ".join(text.split())


FORMATS: dict[str, Callable[[pd.DataFrame], str]] = {
    "csv": as_csv,
    "json": as_json,
    "md": as_markdown,
}
"""The text forms of a table."""


def write_table(frame: pd.DataFrame, path: str | os.PathLike[str], kind: str) -> None:
    """Write a frame to a file, in one step.

    Parameters
    ----------
    frame : DataFrame
        One of the design's tables.
    path : str or path-like
        The file, replaced where there is one.
    kind : {"csv", "json", "md", "parquet"}
        The form.
    """
    target = Path(path)
    if kind != "parquet":
        write_atomically(target, FORMATS[kind](frame))
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    with unfinished_file(target) as unfinished:
        frame.to_parquet(unfinished, index=False)
