"""What changed: within the policy's window, and since an earlier report."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from dcactivity.errors import InputError
from dcactivity.periods import from_number, shift_months, to_number
from dcactivity.wording import amount, plain_date

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Iterator

    from dcactivity.reviewing import Review

__all__ = [
    "Changes",
    "Crossing",
    "Previous",
    "StatusChange",
    "changes_in_period",
    "changes_since",
]

_TABLES = {
    "status": ("coalition", "name", "status"),
    "reasons": ("coalition", "rule", "value", "threshold", "met"),
    "archives": ("coalition", "list", "archive", "digest"),
}
_MET = {"true": True, "false": False, "": None}


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One coalition whose status is another one now.

    Parameters
    ----------
    coalition, name : str
        Which one.
    before, after : str or None
        The statuses; None where it did not exist.
    since : datetime.date or None
        The first day of the present one.
    """

    coalition: str
    name: str
    before: str | None
    after: str | None
    since: dt.date | None

    def __str__(self) -> str:
        if self.before is None and self.after is not None:
            return f"{self.name}: new, {_word(self.after)}"
        if self.after is None and self.before is not None:
            return f"{self.name}: {_word(self.before)} before, no longer reviewed"
        if self.before is None:
            return f"{self.name}: no longer reviewed"
        since = f", since {plain_date(self.since)}" if self.since else ""
        return f"{self.name}: {_word(self.before)} before, {_word(self.after)} now{since}"


@dataclass(frozen=True, slots=True)
class Crossing:
    """A threshold that was crossed.

    Parameters
    ----------
    coalition, name : str
        Which coalition.
    rule : str
        Which rule.
    before, after : int or None
        The values; None where nothing was known.
    threshold : int or None
        The threshold now.
    is_met : bool or None
        Whether the rule is met now; None where nobody can tell.
    """

    coalition: str
    name: str
    rule: str
    before: int | None
    after: int | None
    threshold: int | None
    is_met: bool | None

    def __str__(self) -> str:
        verdict = {True: "met now", False: "no longer met", None: "cannot be told now"}
        values = f"{_figure(self.before)} before, {_figure(self.after)} now"
        rule = self.rule.replace("_", " ")
        return f"{self.name}: {rule} {verdict[self.is_met]} ({values}; threshold {self.threshold})"


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two days, or two reports.

    Parameters
    ----------
    before, after : datetime.date
        The days looked back from.
    status : tuple of StatusChange
        Sorted by coalition.
    crossed : tuple of Crossing
        Sorted by coalition and rule.
    archives_new, archives_changed, archives_gone : tuple of str
        Coalition and path of each.
    remarks : tuple of str
        What makes the two hard to compare.
    """

    before: dt.date
    after: dt.date
    status: tuple[StatusChange, ...]
    crossed: tuple[Crossing, ...] = ()
    archives_new: tuple[str, ...] = ()
    archives_changed: tuple[str, ...] = ()
    archives_gone: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """Say it in lines, for a terminal or a mail.

        Returns
        -------
        list of str
            One for each change; archives as counts and the first few names.
        """
        said = [*self.remarks, *map(str, self.status), *map(str, self.crossed)]
        said += self.archive_lines()
        return said or ["nothing has changed"]

    def archive_lines(self) -> list[str]:
        """Say which archives are new, have changed, or are gone.

        Returns
        -------
        list of str
            At most one line for each of the three.
        """
        return [
            f"{amount(len(found), 'archive')} {word}: {', '.join(found[:4])}"
            + (f" and {len(found) - 4} more" if len(found) > 4 else "")
            for word, found in (
                ("new", self.archives_new),
                ("changed", self.archives_changed),
                ("no longer at hand", self.archives_gone),
            )
            if found
        ]


@dataclass(frozen=True, slots=True, eq=False)
class Previous:
    """An earlier report, as its files say.

    Parameters
    ----------
    as_of : datetime.date
        The day it looked back from.
    policy, digest : str
        Name and digest of its policy.
    status, reasons, archives : DataFrame
        Its tables, all texts.
    """

    as_of: dt.date
    policy: str
    digest: str
    status: pd.DataFrame
    reasons: pd.DataFrame
    archives: pd.DataFrame

    @classmethod
    def read(cls, folder: str | os.PathLike[str]) -> Previous:
        """Read an earlier report.

        Parameters
        ----------
        folder : str or path-like
            The folder that ``dcactivity report --out`` wrote.

        Returns
        -------
        Previous
            What is needed to compare with it.

        Raises
        ------
        InputError
            If it is no such folder.
        """
        place = Path(folder)
        hint = "name a folder that dcactivity report --out has written"
        try:
            record = json.loads((place / "run.json").read_text(encoding="utf-8"))
            as_of = dt.date.fromisoformat(record["as_of"])
            policy, digest = str(record["policy"]["name"]), str(record["policy"]["digest"])
        except (OSError, ValueError, KeyError, TypeError) as problem:
            raise InputError("holds no report", path=place, hint=hint) from problem
        tables = {name: _table(place / f"{name}.csv", need) for name, need in _TABLES.items()}
        return cls(as_of=as_of, policy=policy, digest=digest, **tables)

    def without(self, coalitions: Iterable[str]) -> Previous:
        """Leave out some coalitions.

        Parameters
        ----------
        coalitions : iterable of str
            Slugs.

        Returns
        -------
        Previous
            With the rows of the others.
        """
        slugs = list(coalitions)
        tables = {name: getattr(self, name) for name in _TABLES}
        kept = {name: table[~table["coalition"].isin(slugs)] for name, table in tables.items()}
        return replace(self, **kept)


def _table(path: Path, needed: tuple[str, ...]) -> pd.DataFrame:
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as problem:
        raise InputError("cannot be read", path=path, hint="make the report anew") from problem
    missing = [name for name in needed if name not in frame.columns]
    if missing:
        raise InputError(f"no column {', '.join(missing)}", path=path, hint="make the report anew")
    return frame


def changes_in_period(review: Review) -> Changes:
    """Tell whose status is another one than at the beginning of the policy's window.

    Parameters
    ----------
    review : Review
        The review.

    Returns
    -------
    Changes
        Without archives and thresholds.
    """
    day = to_number(review.as_of)
    before = from_number(int(shift_months(day, -review.policy.active.window_months)))
    moment = pd.Timestamp(before)
    bands = review.bands[(review.bands["start"] <= moment) & (review.bands["end"] > moment)]
    then = dict(zip(bands["coalition"], bands["status"].astype("str"), strict=True))
    now = _rows(review.status)
    changed = [
        StatusChange(row["coalition"], row["name"], then.get(slug), row["status"], _day(row))
        for slug, row in now.items()
        if then.get(slug) != row["status"]
    ]
    ended = [
        StatusChange(
            row["coalition"], row["name"], _last_status(review, row["coalition"]), None, None
        )
        for row in review.ended[review.ended["ended"] > moment].to_dict("records")
    ]
    return Changes(before=before, after=review.as_of, status=(*changed, *ended))


def _last_status(review: Review, coalition: str) -> str | None:
    """Give the status at the last month's end at which a coalition that ended was there."""
    mine = review.history.loc[review.history["coalition"] == coalition, "status"]
    return str(mine.iloc[-1]) if len(mine) else None


def changes_since(previous: Previous, review: Review, archives: pd.DataFrame) -> Changes:
    """Tell what differs from an earlier report.

    Parameters
    ----------
    previous : Previous
        The earlier report.
    review : Review
        The present review.
    archives : DataFrame
        The present ledger of archives.

    Returns
    -------
    Changes
        Status, thresholds, archives, and what makes the two hard to compare.
    """
    old, new = _keyed(previous.archives), _keyed(archives)
    return Changes(
        before=previous.as_of,
        after=review.as_of,
        status=tuple(_status_changes(previous, review)),
        crossed=tuple(_crossings(previous, review)),
        archives_new=tuple(_shown(key) for key in new if key not in old),
        archives_changed=tuple(_shown(key) for key in new if old.get(key, new[key]) != new[key]),
        archives_gone=tuple(_shown(key) for key in old if key not in new),
        remarks=tuple(_remarks(previous, review)),
    )


def _status_changes(previous: Previous, review: Review) -> Iterator[StatusChange]:
    old, new = _rows(previous.status), _rows(review.status)
    for slug in sorted({*old, *new}):
        before, after = old.get(slug), new.get(slug)
        was = str(before["status"]) if before else None
        now = str(after["status"]) if after else None
        if was != now:
            name = str((after or before or {})["name"])
            yield StatusChange(slug, name, was, now, _day(after) if after else None)


def _crossings(previous: Previous, review: Review) -> Iterator[Crossing]:
    names = dict(zip(review.status["coalition"], review.status["name"], strict=True))
    old = {
        (row["coalition"], row["rule"]): (_MET.get(row["met"]), _whole(row["value"]))
        for row in previous.reasons.to_dict("records")
    }
    for row in review.reasons.to_dict("records"):
        key = (row["coalition"], row["rule"])
        met = None if pd.isna(row["met"]) else bool(row["met"])
        if key in old and old[key][0] != met:
            yield Crossing(
                coalition=row["coalition"],
                name=str(names[row["coalition"]]),
                rule=row["rule"],
                before=old[key][1],
                after=_whole(row["value"]),
                threshold=_whole(row["threshold"]),
                is_met=met,
            )


def _remarks(previous: Previous, review: Review) -> Iterator[str]:
    if previous.digest != review.policy.digest:
        yield (
            f"the earlier report followed another policy ({previous.policy}, digest "
            f"{previous.digest[:12]}): what differs may be the policy's doing"
        )
    if previous.as_of > review.as_of:
        yield f"the other report looks back from a later day, {plain_date(previous.as_of)}"


def _rows(frame: pd.DataFrame) -> dict[str, dict[str, Any]]:
    rows: list[Any] = frame.to_dict("records")
    return {str(row["coalition"]): row for row in rows}


def _keyed(archives: pd.DataFrame) -> dict[tuple[str, str, str], str]:
    columns = ("coalition", "list", "archive", "digest")
    texts = (archives[name].astype("str").fillna("") for name in columns)
    return {(a, b, c): digest for a, b, c, digest in zip(*texts, strict=True)}


def _shown(key: tuple[str, str, str]) -> str:
    return f"{key[0]}: {key[2]}"


def _day(row: dict[str, Any]) -> dt.date | None:
    return None if pd.isna(row["since"]) else pd.Timestamp(row["since"]).date()


def _whole(value: Any) -> int | None:
    return None if value == "" or pd.isna(value) else int(float(value))


def _figure(value: int | None) -> str:
    return "unknown" if value is None else str(value)


def _word(status: str | None) -> str:
    return str(status).lower().replace("_", " ")
