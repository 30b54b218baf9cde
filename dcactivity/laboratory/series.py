"""Monthly series in place of archives: counts by coalition and month, checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dcactivity.checks import require_columns
from dcactivity.errors import InputError, MissingError

if TYPE_CHECKING:
    import os

__all__ = ["COUNTS", "Series", "read_series", "series_of"]

COUNTS = ("messages", "participants", "conversations", "bulletins", "automated")
"""The counts that a series may hold; ``messages`` it must."""

Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Counts of coalitions by month, on one grid.

    Parameters
    ----------
    slugs : list of str
        The coalitions, sorted.
    months : ndarray of datetime64[M]
        All months from the first of any coalition to the last.
    counts : dict of str to ndarray of float64, coalitions by months
        By name; NaN where nobody knows.
    begin, end : ndarray of int64
        Positions of each coalition's first month with a row, and of the month after its last.
    """

    slugs: list[str]
    months: NDArray[np.datetime64]
    counts: dict[str, Counts]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]

    def until(self, month: np.datetime64) -> Series:
        """Leave out what is later than a month, and coalitions that begin later.

        Parameters
        ----------
        month : datetime64[M]
            The last month to keep.

        Returns
        -------
        Series
            The rest.
        """
        size = int(np.searchsorted(self.months, month, side="right"))
        rows = np.flatnonzero(self.begin < size)
        return Series(
            slugs=[self.slugs[row] for row in rows],
            months=self.months[:size],
            counts={name: values[rows, :size] for name, values in self.counts.items()},
            begin=self.begin[rows],
            end=np.minimum(self.end[rows], size),
        )


def read_series(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read monthly series from a CSV file.

    Parameters
    ----------
    path : str or path-like
        ``coalition, month, messages`` and more; see `series_of`.

    Returns
    -------
    DataFrame
        What the file says.

    Raises
    ------
    MissingError
        There is no such file.
    InputError
        It is no CSV.
    """
    try:
        frame = pd.read_csv(path, dtype={"coalition": "str", "month": "str"})
    except FileNotFoundError as problem:
        raise MissingError("no such file", path=path) from problem
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as problem:
        raise InputError(f"is no CSV ({problem})", path=path) from problem
    if "coalition" in frame.columns:
        # As this program writes a text that begins like a formula.
        frame["coalition"] = frame["coalition"].str.replace(r"^'(?=[=+\-@])", "", regex=True)
    try:
        series_of(frame)
    except InputError as problem:
        raise InputError(
            problem.message, path=Path(path), position=problem.position, hint=problem.hint
        ) from problem
    return frame


def series_of(monthly: pd.DataFrame) -> Series:
    """Lay monthly counts on one grid.

    Parameters
    ----------
    monthly : DataFrame, one row per coalition and month
        ``coalition``, ``month`` (``YYYY-MM``) and ``messages`` (a number, not negative, missing
        where nobody knows); of ``participants, conversations, bulletins, automated`` what is
        there. The monthly activity table is one.

    Returns
    -------
    Series
        A month without a row between others of its coalition is not known: silence needs a
        row that says 0.

    Raises
    ------
    InputError
        A column is missing, a value is none, or a month stands there twice.
    """
    require_columns(monthly, ("coalition", "month", "messages"), name="monthly")
    frame = monthly.reset_index(drop=True)
    month = _months(frame["month"])
    if frame["coalition"].isna().any():
        row = int(frame["coalition"].isna().to_numpy().argmax())
        raise InputError("a coalition has no name", position=_place(row))
    codes, found = pd.factorize(frame["coalition"].astype("str"), sort=True)
    number = month.astype(np.int64)
    twice = pd.DataFrame({"coalition": codes, "month": number}).duplicated().to_numpy()
    if twice.any():
        row = int(twice.argmax())
        what = f"{found[codes[row]]} has {month[row]} twice"
        raise InputError(what, position=_place(row), hint="give one row for each month")
    first = int(number.min()) if len(number) else 0
    width = int(number.max()) - first + 1 if len(number) else 0
    begin = np.full(len(found), width, dtype=np.int64)
    end = np.zeros(len(found), dtype=np.int64)
    np.minimum.at(begin, codes, number - first)
    np.maximum.at(end, codes, number - first + 1)
    counts = {}
    for name in COUNTS:
        if name in frame.columns:
            counts[name] = np.full((len(found), width), np.nan)
            counts[name][codes, number - first] = _numbers(frame[name])
    return Series(
        slugs=[str(slug) for slug in found],
        months=np.arange(first, first + width).astype("M8[M]"),
        counts=counts,
        begin=begin,
        end=end,
    )


def _place(row: int) -> str:
    return f"line {row + 2}"  # of a file with a header


def _months(column: pd.Series) -> NDArray[np.datetime64]:
    texts = column.astype("str")
    wrong = ~texts.str.fullmatch(r"\d{4}-(?:0[1-9]|1[0-2])").fillna(False).to_numpy(dtype=bool)
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(
            f"{column.iloc[row]!r} is no month", position=_place(row), hint="write 2022-03"
        )
    return texts.to_numpy(dtype="datetime64[M]")


def _numbers(column: pd.Series) -> Counts:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
    wrong = (np.isnan(numbers) & column.notna().to_numpy()) | (numbers < 0) | np.isinf(numbers)
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(
            f"{column.iloc[row]!r} is no count of {column.name}",
            position=_place(row),
            hint="write a number that is not negative, or nothing where nobody knows",
        )
    return numbers
