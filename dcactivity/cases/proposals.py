"""Which cases a review calls for, and which have come to a good end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dcactivity.cases.grounds import Finding, gravest
from dcactivity.frames import frame_of
from dcactivity.records import remark_line
from dcactivity.wording import plain_date

if TYPE_CHECKING:
    import pandas as pd

    from dcactivity.cases.case import Case
    from dcactivity.cases.survey import Survey

__all__ = ["letter_kind", "propose"]

_RUNNING = frozenset({"opened", "notified", "recommended", "appealed"})
_COLUMNS = {
    "coalition": "str",
    "name": "str",
    "step": "str",
    "ground": "str",
    "repeat": "Int64",
    "letter": "str",
    "why": "str",
    "beside": "str",
}


def propose(found: Survey) -> pd.DataFrame:
    """Say which cases a review calls for.

    Parameters
    ----------
    found : Survey
        Review, principles, reports, records and ledger.

    Returns
    -------
    DataFrame
        ``coalition, name, step, ground, repeat, letter, why, beside``, sorted. ``step`` is
        ``open``
        (no case is open, and there is a ground), ``remedied`` (what the open case was about is
        mended), ``close`` (an exemption covers the coalition, or it ended) or ``early word``
        (a chance of silence, which opens no case); ``repeat`` counts the cases before;
        ``letter`` names the kind of letter that goes with it; ``beside`` is what else is on
        record, the coalition's own word among it, and changes nothing.

    Notes
    -----
    Ended, exempt and revoked coalitions are not pursued. Where the archives do not reach far
    enough, nothing is proposed: the archive is silent, not the coalition.
    """
    newest: dict[str, Case] = {}
    before: dict[str, int] = {}
    for case in found.cases(as_of=found.as_of).values():
        newest[case.coalition] = case
        before[case.coalition] = case.repeat + 1
    rows: list[tuple[object, ...]] = []
    names = {**_names(found.review.ended), **_names(found.review.status)}
    for slug, name in sorted(names.items()):
        newest_case = newest.get(slug)
        is_open = newest_case is not None and newest_case.closed is None
        proposed = (
            _in_case(found, slug, newest_case)
            if newest_case is not None and is_open
            else _new(found, slug, newest_case)
        )
        for step, ground, letter, why in proposed:
            repeat = before.get(slug, 0) - is_open  # the cases before this one
            beside = "; ".join(map(remark_line, found.rows("remarks", slug))) or None
            rows.append((slug, name, step, ground, repeat, letter, why, beside))
    return frame_of(rows, _COLUMNS)


_Proposal = tuple[str, str | None, str | None, str]


def _new(found: Survey, slug: str, former: Case | None) -> list[_Proposal]:
    if found.exemption(slug) or (former is not None and former.stage == "revoked"):
        return []
    finding = gravest(found.findings(slug))
    if finding is not None:
        letter = letter_kind(finding.ground, 1 if former else 0)
        return [("open", finding.ground, letter, finding.why)]
    return _early_word(found, slug)


def _early_word(found: Survey, slug: str) -> list[_Proposal]:
    limit = found.review.policy.process.early_notice_risk
    row = next(iter(found.rows("status", slug)), {})
    risk = row.get("silence_risk")
    if limit is None or risk is None or row.get("status") != "ACTIVE" or risk < limit:
        return []
    estimate = " ".join(str(one["why"]) for one in found.rows("forecast", slug))
    why = f"{estimate} The policy asks for an early word from {limit:.0%} on."
    return [("early word", None, "silence", why)]


def _in_case(found: Survey, slug: str, case: Case) -> list[_Proposal]:
    if case.stage not in _RUNNING:
        return []
    for row in found.rows("ended", slug):
        ended = f"it ended on {plain_date(row['ended'])} and is not pursued"
        return [("close", case.ground, None, ended)]
    exempt = found.exemption(slug)
    if exempt:
        return [("close", case.ground, None, f"{exempt}; it is not pursued")]
    why = _mended(found, case, found.findings(slug))
    return [("remedied", case.ground, None, why)] if why else []


def _mended(found: Survey, case: Case, findings: list[Finding]) -> str | None:
    """Say that what a case was about is mended; None where it is not, or nobody knows."""
    if any(finding.ground == case.ground for finding in findings):
        return None
    if case.ground == "silence":
        row = next(iter(found.rows("status", case.coalition)), None)
        return str(row["why"]) if row and row["status"] == "ACTIVE" else None
    if case.ground == "missing-report":
        return "No annual report is overdue any more."
    # A principle that nobody has looked at since is not mended: its finding has expired.
    seen: list[Any] = [
        row
        for row in found.rows("principles", case.coalition)
        if row["verdict"] in {"yes", "conditional"} and row["seen"] >= case.opened
    ]
    is_breached = any(finding.ground in {"breach", "small-fault"} for finding in findings)
    return " ".join(str(row["why"]) for row in seen) if seen and not is_breached else None


def letter_kind(ground: str, repeat: int) -> str:
    """Choose the kind of letter that opens a case.

    Parameters
    ----------
    ground : str
        Why the case is opened.
    repeat : int
        How many cases came before it.

    Returns
    -------
    str
        ``repeat`` where there was one before, else the kind for the ground.
    """
    if repeat:
        return "repeat"
    return "first-notice" if ground == "silence" else ground


def _names(frame: pd.DataFrame) -> dict[str, str]:
    return dict(zip(frame["coalition"], frame["name"], strict=True))
