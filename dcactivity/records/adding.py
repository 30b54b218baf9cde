"""Add observations to the file that people keep, and leave what stands there as it is."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING

from dcactivity.messages.store import write_atomically
from dcactivity.records.files import OBSERVATIONS
from dcactivity.records.table import read_table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["add_observations"]


def add_observations(folder: Path, found: pd.DataFrame) -> int:
    """Append observations to ``observations.csv``.

    Parameters
    ----------
    folder : Path
        The registry's folder.
    found : DataFrame
        The columns of ``observations.csv``; ``seen`` as text or date.

    Returns
    -------
    int
        How many were added; those whose id stands there already are left out.

    Raises
    ------
    RecordError
        If what stands there cannot be followed; nothing is written then.
    """
    path = folder / OBSERVATIONS.file
    names = [column.name for column in OBSERVATIONS.columns]
    present = set(read_table(path, OBSERVATIONS)["id"])
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    added = io.StringIO()
    writer = csv.writer(added, lineterminator="\n")
    if not text:
        writer.writerow(names)
    elif not text.endswith("\n"):
        added.write("\n")
    fresh = found[~found["id"].isin(present)]
    head = next(csv.reader([text.splitlines()[0]]), names) if text else names
    for row in fresh.to_dict("records"):
        writer.writerow([_cell(row.get(name.strip().lstrip("\ufeff"))) for name in head])
    if len(fresh):
        write_atomically(path, text + added.getvalue())
    return len(fresh)


def _cell(value: object) -> str:
    text = "" if value is None or value != value else str(value)[:2000]
    # What a page says must not become a formula in somebody's spreadsheet.
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
