"""What a finding is, and the table of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields

import pandas as pd

__all__ = ["DOUBTFUL", "MISLEADING", "NOTABLE", "Finding", "finding_table"]

MISLEADING, DOUBTFUL, NOTABLE = 1, 2, 3
"""Ranks: a verdict may be wrong for it; figures are doubtful; good to know."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that makes numbers doubtful.

    Parameters
    ----------
    rank : int
        `MISLEADING`, `DOUBTFUL` or `NOTABLE`.
    coalition : str
        The slug; empty where it concerns the source as a whole.
    finding : str
        Its kind, in one or two words.
    period : str
        The days or months it concerns; empty where it concerns all.
    detail : str
        What was seen, with the numbers.
    effect : str
        What it may do to the verdict, and the way out.
    """

    rank: int
    coalition: str
    finding: str
    period: str
    detail: str
    effect: str


def finding_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Make a table of findings.

    Parameters
    ----------
    findings : iterable of Finding
        In any order.

    Returns
    -------
    DataFrame
        ``rank`` (Int64), ``coalition, finding, period, detail, effect`` (str), the gravest
        first.
    """
    names = [field.name for field in fields(Finding)]
    rows = [astuple(found) for found in sorted(findings)]
    frame = pd.DataFrame(rows, columns=names)
    return frame.astype({name: "Int64" if name == "rank" else "str" for name in names})
