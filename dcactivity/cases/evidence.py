"""What a case rests on: a coalition's rows of a review, and their digest."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from dcactivity.reviewing import Review

__all__ = ["evidence_digest", "grouped_rows", "rows_of"]


def rows_of(frame: pd.DataFrame, coalition: str) -> list[dict[str, Any]]:
    """Give a coalition's rows as plain values.

    Parameters
    ----------
    frame : DataFrame
        A table with the column ``coalition``; what other columns it has does not matter.
    coalition : str
        Its slug.

    Returns
    -------
    list of dict
        Texts, numbers, dates; None for what is missing.
    """
    mine = frame[frame["coalition"].astype("str") == coalition]
    return grouped_rows(mine).get(coalition, [])


def grouped_rows(frame: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Give all rows as plain values, by coalition.

    Parameters
    ----------
    frame : DataFrame
        As for `rows_of`.

    Returns
    -------
    dict
        The rows of each coalition, in the order of the frame.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for row in frame.to_dict("records"):
        plain = {str(name): _plain(value) for name, value in row.items()}
        found.setdefault(str(row["coalition"]), []).append(plain)
    return found


def _plain(value: object) -> object:
    if pd.isna(value):  # type: ignore[call-overload]  # a cell, never a list
        return None
    if isinstance(value, pd.Timestamp):
        midnight = value.tzinfo is None and value == value.normalize()
        return value.date() if midnight else value.to_pydatetime()
    return value.item() if hasattr(value, "item") else value


def evidence_digest(review: Review, coalition: str) -> str:
    """Compute the digest of what a review says of a coalition.

    Parameters
    ----------
    review : Review
        The review.
    coalition : str
        Its slug.

    Returns
    -------
    str
        SHA-256 in hexadecimal of the coalition's rows of ``status`` and ``reasons``: the same
        archives, policy, day and program give it again.
    """
    content = {
        "as_of": review.as_of.isoformat(),
        # An estimate is no evidence: it may come out anew with other parameters.
        "status": rows_of(review.status.drop(columns="silence_risk", errors="ignore"), coalition),
        "reasons": rows_of(review.reasons, coalition),
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=_iso)
    return hashlib.sha256(text.encode()).hexdigest()


def _iso(value: dt.date) -> str:
    return value.isoformat()
