"""The six files: which columns they have, and reading them together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from dcactivity.records.table import Column, Table, empty_table, read_table

__all__ = [
    "ATTENDANCE",
    "EVIDENCE",
    "EXEMPTIONS",
    "FINDINGS",
    "OBSERVATIONS",
    "PRINCIPLES",
    "RECORD_FILES",
    "REPORTS",
    "SOURCES",
    "STATEMENTS",
    "Records",
    "read_records",
]

PRINCIPLES = ("membership", "mailing_list", "archive")
"""The three open principles."""

FINDINGS = ("open", "conditional", "closed", "unreachable", "unknown")
"""What one look at a principle may find."""

SOURCES = ("header", "probe", "declaration", "person")
"""Where an observation comes from, in rising order of weight."""

_COALITION = Column("coalition", "coalition")
_URL = Column("url", "text", required=False)

OBSERVATIONS = Table(
    "observations.csv",
    (
        Column("id", "text"),
        _COALITION,
        Column("list", "text", required=False),
        Column("principle", "choice", choices=PRINCIPLES),
        Column("finding", "choice", choices=FINDINGS),
        Column("seen", "day"),
        Column("source", "choice", choices=SOURCES),
        Column("detail", "text", required=False),
        _URL,
        Column("digest", "text", required=False),
    ),
    key=("id",),
)
REPORTS = Table(
    "reports.csv",
    (_COALITION, Column("year", "year"), Column("submitted", "day", required=False), _URL),
    key=("coalition", "year"),
)
ATTENDANCE = Table(
    "attendance.csv",
    (
        Column("meeting", "text"),
        Column("date", "day"),
        _COALITION,
        Column("present", "count"),
        Column("apologies", "count", required=False),
    ),
    key=("meeting", "coalition"),
)
STATEMENTS = Table(
    "statements.csv",
    (
        _COALITION,
        Column("date", "day"),
        Column("expires", "day", required=False),
        Column("text", "text"),
        _URL,
    ),
    span=("date", "expires"),
)
EVIDENCE = Table(
    "evidence.csv",
    (
        _COALITION,
        Column("date", "day"),
        Column("kind", "text"),
        _URL,
        Column("note", "text", required=False),
    ),
)
EXEMPTIONS = Table(
    "exemptions.csv",
    (
        _COALITION,
        Column("from", "day"),
        Column("until", "day", required=False),
        Column("reason", "text"),
        Column("decided_by", "text"),
    ),
    span=("from", "until"),
)

RECORD_FILES = (OBSERVATIONS, REPORTS, ATTENDANCE, STATEMENTS, EVIDENCE, EXEMPTIONS)
"""All six."""

_REGISTRY = "coalitions.toml"


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """What people recorded of the coalitions, one frame a file.

    Parameters
    ----------
    observations : DataFrame
        ``id, coalition, list, principle, finding, seen, source, detail, url, digest``: one
        dated finding on one open principle.
    reports : DataFrame
        ``coalition, year, submitted, url``: annual reports.
    attendance : DataFrame
        ``meeting, date, coalition, present, apologies``: persons counted, never named.
    statements : DataFrame
        ``coalition, date, expires, text, url``: a coalition's own word.
    evidence : DataFrame
        ``coalition, date, kind, url, note``: other signs of life.
    exemptions : DataFrame
        ``coalition, from, until, reason, decided_by``: dormant by decision.
    """

    observations: pd.DataFrame
    reports: pd.DataFrame
    attendance: pd.DataFrame
    statements: pd.DataFrame
    evidence: pd.DataFrame
    exemptions: pd.DataFrame


def read_records(folder: Path, *, slugs: Iterable[str] | None = None) -> Records:
    """Read the files that lie beside a registry.

    Parameters
    ----------
    folder : Path
        The folder of ``coalitions.toml``. Where there is no such file, nothing in the folder
        is taken for a record: ``reports.csv`` is a name that others use, too.
    slugs : iterable of str, optional
        The coalitions of the registry; a row of another one is refused.

    Returns
    -------
    Records
        A file that is not there is a frame without rows.

    Raises
    ------
    RecordError
        A file is not as it should be.
    """
    known = None if slugs is None else list(slugs)
    if not (folder / _REGISTRY).is_file():
        return Records(*(empty_table(table) for table in RECORD_FILES))
    return Records(
        *(read_table(folder / table.file, table, slugs=known) for table in RECORD_FILES)
    )
