"""Checks of what is given: TOML files read, findings named, near names, frames' columns."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dcactivity.errors import InputError, MissingError
from dcactivity.files import read_plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "YEARS", "describe", "is_usual", "nearest", "read_toml", "require_columns", "unknown_key",
]  # fmt: skip

YEARS = range(1900, 3000)
"""Years of days that people state: with others, months and sentences run out of the calendar."""


def is_usual(day: dt.date) -> bool:
    """Tell whether a day is of the years 1900 to 2999."""
    return day.year in YEARS


def read_toml(path: Path, *, error: type[InputError]) -> dict[str, object]:
    """Read a TOML file, with errors of one line.

    Parameters
    ----------
    path : Path
        The file.
    error : type of InputError
        The class that speaks for this kind of file.

    Returns
    -------
    dict
        What the file says.

    Raises
    ------
    InputError
        Of the class given: not readable, not UTF-8, not TOML; with the line.
    MissingError
        There is no such file.
    """
    try:
        raw = read_plain(path)
    except FileNotFoundError as problem:
        raise MissingError("no such file", path=path) from problem
    except (OSError, ValueError) as problem:  # ValueError: a NUL in the name
        reason = getattr(problem, "strerror", None) or str(problem)
        raise error(f"cannot be read ({reason})", path=path) from problem
    try:
        text = raw.decode("utf-8-sig")  # Windows editors put a byte-order mark in front
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        raise error(
            "is not UTF-8 text", path=path, position=f"line {line}", hint="save it as UTF-8"
        ) from problem
    try:
        return tomllib.loads(text)
    except ValueError as problem:  # also a number of thousands of digits
        said = re.fullmatch(r"(.*?) \(at (.*)\)", str(problem), re.DOTALL)
        what, where = said.groups() if said else (str(problem), None)
        if where == "end of document":
            where = f"line {text.count(chr(10)) + 1} (the end)"
        raise error(f"is not valid TOML: {what}", path=path, position=where) from problem
    except RecursionError as problem:
        raise error("is nested too deeply", path=path) from problem


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that looks most like a mistyped one, if any does.

    Parameters
    ----------
    name : str
        As it was written.
    known : iterable of str
        The names that would have been right.

    Returns
    -------
    str or None
        The nearest known name.
    """
    folded = {key.casefold().replace("-", "_"): key for key in known}
    close = difflib.get_close_matches(name.casefold().replace("-", "_"), folded, n=1, cutoff=0.55)
    return folded[close[0]] if close else None


def unknown_key(name: str, known: Iterable[str]) -> str:
    """Say what to write in place of a key that nobody knows.

    Parameters
    ----------
    name : str
        The key as it was written.
    known : iterable of str
        The keys that are known in its place.

    Returns
    -------
    str
        The way out, for an error's hint.
    """
    keys = list(known)
    close = nearest(name, keys)
    return f"did you mean {close}?" if close else f"known here: {', '.join(keys)}"


def describe(value: object) -> str:
    """Name what stands in a TOML file in words a reader of that file knows.

    Parameters
    ----------
    value : object
        A value that ``tomllib`` or ``json`` gave.

    Returns
    -------
    str
        Such as ``the text "soon"`` or ``the number -3``.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        short = value if len(value) <= 60 else value[:57] + "..."
        return f'the text "{_printable(short)}"'
    if isinstance(value, int) and value.bit_length() > 1000:  # longer ones cannot be written
        return "a very long number"
    if isinstance(value, int | float):
        return f"the number {value}" if len(str(value)) <= 40 else "a very long number"
    if isinstance(value, dt.datetime):
        return f"the instant {value.isoformat()}"
    if isinstance(value, dt.date):
        return f"the date {value.isoformat()}"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else f"the value {value}"


def require_columns(frame: pd.DataFrame, needed: Iterable[str], *, name: str = "messages") -> None:
    """Refuse a frame that lacks columns.

    Parameters
    ----------
    frame : DataFrame
        What the caller gave.
    needed : iterable of str
        The columns it must have.
    name : str, default "messages"
        What to call it in the error.

    Raises
    ------
    InputError
        Columns are missing.
    """
    missing = [column for column in needed if column not in frame.columns]
    if missing:
        raise InputError(f"the frame {name} lacks the columns {', '.join(missing)}")


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
