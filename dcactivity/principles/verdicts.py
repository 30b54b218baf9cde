"""From observations to a verdict on each principle, with contradictions shown."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd

from dcactivity.frames import frame_of
from dcactivity.records.files import PRINCIPLES, SOURCES
from dcactivity.wording import plain_date

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dcactivity.procedure import Principles

__all__ = ["judge_principles", "principle_columns", "principle_reasons"]

_VERDICT = {
    "open": "yes",
    "conditional": "conditional",
    "closed": "no",
    "unreachable": "no",
    "unknown": "unknown",
}
_SEVERITY = {"closed": "breach", "unreachable": "minor"}
_CONCERN = ("unknown", "open", "conditional", "unreachable", "closed")
"""Findings in the order of rising concern."""

_NOUN = {"membership": "membership", "mailing_list": "the mailing list", "archive": "the archive"}
_SAID = {
    "open": "open",
    "conditional": "open under a condition",
    "closed": "closed",
    "unreachable": "out of reach",
    "unknown": "not to be told",
}
_TYPES = {
    "coalition": "str",
    "principle": "str",
    "verdict": pd.CategoricalDtype(["yes", "conditional", "no", "unknown"]),
    "severity": "str",
    "finding": "str",
    "seen": "datetime64[us]",
    "source": "str",
    "condition": "str",
    "url": "str",
    "evidence": "str",
    "contradictions": "str",
    "hint": "str",
    "why": "str",
}


def judge_principles(
    observations: pd.DataFrame,
    coalitions: Iterable[str],
    *,
    as_of: dt.date,
    rules: Principles,
    hints: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Judge the three open principles of each coalition as of a day.

    Parameters
    ----------
    observations : DataFrame
        The columns of ``observations.csv``.
    coalitions : iterable of str
        Whom to judge.
    as_of : datetime.date
        Look back from the end of this day: nothing seen later is known.
    rules : Principles
        The policy's section.
    hints : DataFrame, optional
        As `header_hints` gives them.

    Returns
    -------
    DataFrame
        ``coalition, principle, verdict`` (``yes, conditional, no, unknown``), ``severity``
        (``minor`` or ``breach``, of a ``no``), ``finding, seen, source, condition, url,
        evidence`` (ids, joined by spaces), ``contradictions`` (ids), ``hint, why``; three rows
        for each coalition, sorted.

    Notes
    -----
    An observation holds until the day ``valid_months`` after it was seen. Of each source the
    newest speaks; a person outweighs a declaration, a declaration a probe, a probe a header.
    The heaviest source that says anything decides, the others are shown where they differ.
    Where a coalition has several lists, the one that falls short most decides. What the
    headers say decides only where ``headers_suffice``.
    """
    known = observations if hints is None else pd.concat([observations, hints], ignore_index=True)
    moment = pd.Timestamp(as_of)
    valid = known[(known["seen"] <= moment) & (_expiry(known["seen"], rules) > moment)]
    groups = dict(iter(valid.groupby(["coalition", "principle"])))
    rows: list[dict[str, Any]] = [
        _judged(slug, principle, groups.get((slug, principle)), rules)
        for slug in sorted(set(coalitions))
        for principle in sorted(PRINCIPLES)
    ]
    return frame_of([tuple(row[name] for name in _TYPES) for row in rows], _TYPES)


def _expiry(seen: pd.Series, rules: Principles) -> pd.Series:
    return seen + pd.DateOffset(months=rules.valid_months)


def _judged(
    slug: str, principle: str, group: pd.DataFrame | None, rules: Principles
) -> dict[str, Any]:
    observed: list[Any] = [] if group is None else group.to_dict("records")
    headers = [row for row in observed if row["source"] == "header"]
    weighed = [row for row in observed if rules.headers_suffice or row["source"] != "header"]
    speaking = _speaking(weighed)
    hint = "; ".join(str(row["detail"]) for row in headers if pd.notna(row["detail"]))
    blank: dict[str, Any] = dict.fromkeys(_TYPES)
    blank.update(coalition=slug, principle=principle, hint=hint or None)
    if not speaking:
        why = f"{_NOUN[principle].capitalize()}: no observation that still holds is on record"
        if hint:
            why += f"; a hint, and no proof: {hint}"
        return {**blank, "verdict": "unknown", "why": f"{why}."}
    decides = speaking[0]
    finding = decides["finding"]
    against = [row for row in speaking[1:] if row["finding"] != finding]
    return {
        **blank,
        "verdict": _VERDICT[finding],
        "severity": _SEVERITY.get(finding),
        "finding": finding,
        "seen": decides["seen"],
        "source": decides["source"],
        "condition": decides["detail"] if finding == "conditional" else None,
        "url": decides["url"],
        "evidence": _ids(row for row in speaking if row["finding"] == finding),
        "contradictions": _ids(against) or None,
        "why": _why(principle, decides, against),
    }


def _speaking(rows: list[Any]) -> list[Any]:
    """Order the observations that speak: the heaviest source first, in it the worst list.

    Of each source and list the newest speaks; of those seen on one day, all. One that could
    not tell speaks only where no other does.
    """
    newest: dict[tuple[str, str], pd.Timestamp] = {}
    told = [row for row in rows if row["finding"] != "unknown"] or rows
    for row in told:
        key = _place(row)
        newest[key] = max(newest.get(key, row["seen"]), row["seen"])
    speaking = [row for row in told if row["seen"] == newest[_place(row)]]
    return sorted(
        speaking,
        key=lambda row: (
            -SOURCES.index(row["source"]),
            -_CONCERN.index(row["finding"]),
            -row["seen"].value,
            str(row["id"]),
        ),
    )


def _place(row: Any) -> tuple[str, str]:
    return row["source"], "" if pd.isna(row["list"]) else str(row["list"])


def _why(principle: str, row: Any, against: list[Any]) -> str:
    said = f"{_NOUN[principle]} was found {_clause(row)}"
    if against:
        said += f"; against it, {' and '.join(_clause(other) for other in against)}"
    return f"{said[0].upper()}{said[1:]}."


def _clause(row: Any) -> str:
    where = "" if pd.isna(row["list"]) else f" of {row['list']}"
    detail = "" if pd.isna(row["detail"]) else f" ({row['detail']})"
    by = {
        "header": "by what headers say",
        "probe": "by a probe of the web",
        "declaration": "by the coalition's own declaration",
        "person": "by a person who looked",
    }[row["source"]]
    return f"{_SAID[row['finding']]}{where} on {plain_date(row['seen'].date())} {by}{detail}"


def _ids(rows: Iterable[Any]) -> str:
    return " ".join(sorted({"%20".join(str(row["id"]).split()) for row in rows}))


def principle_columns(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Put the verdicts into the columns of the status table.

    Parameters
    ----------
    verdicts : DataFrame
        As `judge_principles` gives it.

    Returns
    -------
    DataFrame
        ``coalition, membership, mailing_list, archive`` (str), one row a coalition, sorted.
    """
    told = {
        (row["coalition"], row["principle"]): row["verdict"] for row in verdicts.to_dict("records")
    }
    slugs = sorted({slug for slug, _ in told})
    rows = [(slug, *(told[slug, name] for name in PRINCIPLES)) for slug in slugs]
    return frame_of(rows, dict.fromkeys(("coalition", *PRINCIPLES), "str"))


def principle_reasons(verdicts: pd.DataFrame) -> pd.DataFrame:
    """Put the verdicts into rows of the table of reasons.

    Parameters
    ----------
    verdicts : DataFrame
        As `judge_principles` gives it.

    Returns
    -------
    DataFrame
        ``coalition, rule`` (``principle_membership`` and so on), ``value, threshold``
        (missing), ``met`` (missing where unknown), ``evidence`` (observation ids), sorted.
    """
    met = verdicts["verdict"].astype("str").map({"yes": True, "conditional": True, "no": False})
    return pd.DataFrame(
        {
            "coalition": verdicts["coalition"],
            "rule": "principle_" + verdicts["principle"],
            "value": pd.Series(pd.NA, index=verdicts.index, dtype="Int64"),
            "threshold": pd.Series(pd.NA, index=verdicts.index, dtype="Int64"),
            "met": met.astype("boolean"),
            "evidence": verdicts["evidence"].fillna(""),
        }
    )
