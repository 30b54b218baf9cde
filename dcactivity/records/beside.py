"""What stands beside a verdict and never changes it silently."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from dcactivity.frames import frame_of
from dcactivity.wording import amount, plain_date

if TYPE_CHECKING:
    from dcactivity.records.files import Records

__all__ = ["exemption", "remark_line", "remarks"]

_TYPES = {
    "coalition": "str",
    "kind": "str",
    "date": "datetime64[us]",
    "until": "datetime64[us]",
    "text": "str",
    "url": "str",
}


def exemption(exemptions: pd.DataFrame, coalition: str, day: dt.date) -> str | None:
    """Say by which decision a coalition is dormant on a day.

    Parameters
    ----------
    exemptions : DataFrame
        ``coalition, from, until, reason, decided_by``.
    coalition : str
        The coalition's slug.
    day : datetime.date
        The day.

    Returns
    -------
    str or None
        A clause with reason, days and who decided; None where no exemption covers the day.
    """
    row = _covering(exemptions, coalition, day)
    return None if row is None else _exempted(row)


def _covering(exemptions: pd.DataFrame, coalition: str, day: dt.date) -> dict[str, Any] | None:
    moment = pd.Timestamp(day)
    covers = (
        (exemptions["coalition"] == coalition)
        & (exemptions["from"] <= moment)
        & (exemptions["until"].isna() | (exemptions["until"] >= moment))
    )
    rows: list[Any] = exemptions[covers].to_dict("records")
    return rows[-1] if rows else None


def _exempted(row: dict[str, Any]) -> str:
    end = "" if pd.isna(row["until"]) else f" until {plain_date(row['until'].date())}"
    return (
        f"exempt from {plain_date(row['from'].date())}{end} by decision of {row['decided_by']} "
        f"({row['reason']})"
    )


def remarks(records: Records, *, as_of: dt.date, months: int = 24) -> pd.DataFrame:
    """Gather what is to be shown beside the coalitions' verdicts as of a day.

    Parameters
    ----------
    records : Records
        What people recorded.
    as_of : datetime.date
        The day; nothing later is shown, no statement that has expired, no exemption that has
        ended.
    months : int, default 24
        For how long other signs of life and attendance are shown.

    Returns
    -------
    DataFrame
        ``coalition, kind`` (``statement``, ``exemption``, ``attendance``, or ``evidence``),
        ``date, until, text, url``; sorted by coalition, kind and date.
    """
    moment = pd.Timestamp(as_of)
    since = moment - pd.DateOffset(months=months)
    statements = records.statements
    valid = statements["expires"].isna() | (statements["expires"] >= moment)
    evidence = records.evidence[records.evidence["date"] > since]
    attendance = records.attendance[records.attendance["date"] > since]
    covering = [
        _covering(records.exemptions, slug, as_of)
        for slug in records.exemptions["coalition"].unique()
    ]
    rows = [
        *(
            (row["coalition"], "statement", row["date"], row["expires"], row["text"], row["url"])
            for row in _until(statements[valid], moment)
        ),
        *(
            (row["coalition"], "evidence", row["date"], None, _shown(row), row["url"])
            for row in _until(evidence, moment)
        ),
        *(
            (row["coalition"], "attendance", row["date"], None, _attended(row), None)
            for row in _until(attendance, moment)
        ),
        *(
            (row["coalition"], "exemption", row["from"], row["until"], _exempted(row), None)
            for row in covering
            if row is not None
        ),
    ]
    frame = frame_of(rows, _TYPES)
    return frame.sort_values(["coalition", "kind", "date"], kind="stable", ignore_index=True)


def remark_line(row: Mapping[str, Any]) -> str:
    """Say one of the `remarks` in a line.

    Parameters
    ----------
    row : mapping
        ``kind, date, until, text, url``; days as ``datetime.date``, None for what is missing.

    Returns
    -------
    str
        Such as ``statement of 1 March 2022: We moved to another channel``.
    """
    link = f" ({row['url']})" if row["url"] else ""
    if row["kind"] == "exemption":
        return f"{row['text']}{link}"
    valid = (
        f", valid until {plain_date(row['until'])}"
        if row["kind"] == "statement" and row["until"]
        else ""
    )
    return f"{row['kind']} of {plain_date(row['date'])}{valid}: {row['text']}{link}"


def _shown(row: dict[str, Any]) -> str:
    return str(row["kind"]) if pd.isna(row["note"]) else f"{row['kind']}: {row['note']}"


def _until(frame: pd.DataFrame, moment: pd.Timestamp) -> list[dict[str, Any]]:
    kept: list[Any] = frame[frame["date"] <= moment].to_dict("records")
    return kept


def _attended(row: dict[str, Any]) -> str:
    sorry = "" if pd.isna(row["apologies"]) or not row["apologies"] else row["apologies"]
    said = f"meeting {row['meeting']}: {amount(int(row['present']), 'person')} present"
    return f"{said}, {sorry} sent apologies" if sorry else said
