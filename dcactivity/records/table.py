"""One reader for all CSV files that people edit: each cell checked, each fault with its line."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dcactivity.checks import describe, is_usual, unknown_key
from dcactivity.errors import RecordError
from dcactivity.files import read_plain
from dcactivity.frames import frame_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Column", "Table", "empty_table", "read_table"]

Kind = Literal["coalition", "text", "choice", "day", "count", "year"]

_TYPES = {
    "coalition": "str",
    "text": "str",
    "choice": "str",
    "day": "datetime64[us]",
    "count": "Int64",
    "year": "Int64",
}
_SLUG = re.compile(r"[a-z0-9-]+", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Column:
    """What may stand in one column.

    Parameters
    ----------
    name : str
        Its heading.
    kind : str
        ``coalition`` (a slug), ``text``, ``choice``, ``day`` (ISO 8601), ``count`` (a whole
        number from 0) or ``year``.
    required : bool
        Whether each row must have it.
    choices : tuple of str
        What a ``choice`` may say.
    """

    name: str
    kind: Kind
    required: bool = True
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One file: its columns, and what no two rows may share.

    Parameters
    ----------
    file : str
        Its name.
    columns : tuple of Column
        In their order.
    key : tuple of str
        Columns whose values together stand in one row only.
    span : tuple of str
        Two columns of days of which the second is not before the first; may be empty.
    """

    file: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    span: tuple[str, ...] = ()


def empty_table(table: Table) -> pd.DataFrame:
    """Make a frame without rows, for a file that is not there.

    Parameters
    ----------
    table : Table
        The file's description.

    Returns
    -------
    DataFrame
        Its columns, with their types.
    """
    return _frame(table, [])


def read_table(path: Path, table: Table, *, slugs: Iterable[str] | None = None) -> pd.DataFrame:
    """Read one file.

    Parameters
    ----------
    path : Path
        The file; one that is not there has no rows.
    table : Table
        What it should hold.
    slugs : iterable of str, optional
        The coalitions of the registry: another slug is refused. Without it, each is taken.

    Returns
    -------
    DataFrame
        The table's columns: ``str`` for texts, ``datetime64[us]`` for days, ``Int64`` for
        numbers; an empty cell is missing. In the order of the file.

    Raises
    ------
    RecordError
        Something in it is not as it should be; with file, line, column and the way out.
    """
    try:
        raw = read_plain(path)
    except FileNotFoundError:
        return empty_table(table)
    except OSError as problem:
        raise RecordError(f"cannot be read ({problem.strerror})", path=path) from problem
    known = None if slugs is None else sorted(slugs)
    rows: list[dict[str, object]] = []
    seen: dict[tuple[object, ...], int] = {}
    for line, cells in _lines(path, raw, table):
        reader = _Cells(path, line, cells, known)
        row = {column.name: reader.value(column) for column in table.columns}
        if table.span:
            reader.check_span(table.span, row)
        key = tuple(row[name] for name in table.key)
        if key and key in seen:
            raise reader.wrong(
                table.key[0],
                f"the same {' and '.join(table.key)} stand in line {seen[key]} already",
                "change one of the two, or take it out",
            )
        seen[key] = line
        rows.append(row)
    return _frame(table, rows)


@dataclass(frozen=True, slots=True)
class _Cells:
    """One row of a file, and where it stands."""

    path: Path
    line: int
    cells: Mapping[str, str]
    slugs: list[str] | None

    def wrong(self, column: str, message: str, hint: str) -> RecordError:
        place = f"line {self.line}, {column}"
        return RecordError(message, path=self.path, position=place, hint=hint)

    def value(self, column: Column) -> object:
        text = self.cells.get(column.name, "").strip()
        # Written by this program, a text like a formula has an apostrophe before it.
        if text.startswith("'") and text[1:].startswith(_FORMULA):
            text = text[1:]
        if not text:
            if column.required:
                raise self.wrong(column.name, "is empty", f"it needs {_wanted(column)}")
            return None
        return self._checked(column, text)

    def _checked(self, column: Column, text: str) -> object:
        if column.kind == "text":
            return text
        if column.kind == "coalition":
            return self._slug(column, text)
        if column.kind == "choice":
            if text not in column.choices:
                hint = unknown_key(text, column.choices)
                raise self.wrong(column.name, f"found {describe(text)}", hint)
            return text
        if column.kind == "day":
            try:
                day = dt.date.fromisoformat(text) if len(text) == 10 else _no_day(text)
                return day if is_usual(day) else _no_day(text)
            except ValueError as problem:
                raise self._unfit(column, text) from problem
        if not _NUMBER.fullmatch(text):
            raise self._unfit(column, text)
        number = int(text)
        if column.kind == "year" and not 1900 <= number <= 2999:
            raise self._unfit(column, text)
        return number

    def _slug(self, column: Column, text: str) -> str:
        if self.slugs is not None and text not in self.slugs:
            hint = unknown_key(text, self.slugs) if self.slugs else "the registry names none"
            raise self.wrong(
                column.name, f"{describe(text)} is no coalition of the registry", hint
            )
        if not _SLUG.fullmatch(text):
            raise self._unfit(column, text)
        return text

    def _unfit(self, column: Column, text: str) -> RecordError:
        return self.wrong(column.name, f"found {describe(text)}", f"it needs {_wanted(column)}")

    def check_span(self, span: tuple[str, ...], row: Mapping[str, object]) -> None:
        first, last = span
        start, end = row[first], row[last]
        if isinstance(start, dt.date) and isinstance(end, dt.date) and end < start:
            raise self.wrong(last, f"{end} is before {first}, {start}", "one must be another")


def _no_day(text: str) -> dt.date:
    raise ValueError(text)  # such as 20220331, which the standard library would take


def _wanted(column: Column) -> str:
    return {
        "coalition": "a coalition's slug, such as dc-example",
        "text": "a text",
        "choice": f"one of {', '.join(column.choices)}",
        "day": "a day such as 2022-03-31",
        "count": "a whole number",
        "year": "a year such as 2021",
    }[column.kind]


def _lines(path: Path, raw: bytes, table: Table) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield each row that is not empty with the line on which it begins."""
    try:
        text = raw.decode("utf-8-sig")  # spreadsheets put a byte-order mark in front
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        raise RecordError(
            "is not UTF-8 text",
            path=path,
            position=f"line {line}",
            hint="save it as CSV in UTF-8",
        ) from problem
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    heading: list[str] | None = None
    begins = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as problem:
            raise RecordError(
                f"is no CSV: {problem}", path=path, position=f"line {reader.line_num}"
            ) from problem
        line, begins = begins, reader.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        if heading is None:
            heading = _heading(path, line, cells, table)
            continue
        if len(cells) > len(heading):
            raise RecordError(
                f"has {len(cells)} cells, the heading {len(heading)}",
                path=path,
                position=f"line {line}",
                hint="put a text with a comma into double quotes",
            )
        yield line, dict(zip(heading, cells, strict=False))


def _heading(path: Path, line: int, cells: list[str], table: Table) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    known = [column.name for column in table.columns]
    place = f"line {line}"
    if len(names) == 1 and ";" in names[0]:
        raise RecordError(
            "is separated by semicolons",
            path=path,
            position=place,
            hint="save it with commas between the cells",
        )
    for name in names:
        if name not in known:
            raise RecordError(
                f"there is no column {describe(name)}",
                path=path,
                position=place,
                hint=unknown_key(name, known),
            )
        if names.count(name) > 1:
            raise RecordError(f"the column {name} stands there twice", path=path, position=place)
    for column in table.columns:
        if column.required and column.name not in names:
            raise RecordError(
                f"the column {column.name} is missing",
                path=path,
                position=place,
                hint=f"the heading is {','.join(known)}",
            )
    return names


def _frame(table: Table, rows: list[dict[str, object]]) -> pd.DataFrame:
    types = {column.name: _TYPES[column.kind] for column in table.columns}
    return frame_of([tuple(row.values()) for row in rows], types)
