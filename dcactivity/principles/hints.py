"""What the archives themselves say of the open principles: a hint, not a proof.

A list's software writes into each message where to join, where the archive is, and whether
one may post (RFC 2369, RFC 2919, RFC 5064). That says what the list claims, not whether it is
so; hence a hint decides nothing unless a policy says that headers suffice.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from dcactivity.checks import require_columns
from dcactivity.frames import frame_of
from dcactivity.wording import amount, plain_date

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["header_hints", "header_history", "header_observations"]

_NEWCOMER_MONTHS = 24
_RECENT_MONTHS = 12  # older headers say how a list was, not how it is
_ADDRESS = re.compile(r"(?i)(https?|mailto|ftp):")

_HISTORY = {
    "coalition": "str",
    "list": "str",
    "field": "str",
    "value": "str",
    "first": "datetime64[us, UTC]",
    "last": "datetime64[us, UTC]",
    "messages": "Int64",
    "evidence": "str",
}
_OBSERVATION = {
    "id": "str",
    "coalition": "str",
    "list": "str",
    "principle": "str",
    "finding": "str",
    "seen": "datetime64[us]",
    "source": "str",
    "detail": "str",
    "url": "str",
    "digest": "str",
}


def header_history(messages: pd.DataFrame, *, as_of: dt.date) -> pd.DataFrame:
    """Tell which fields a list's messages bore, and from when to when.

    Parameters
    ----------
    messages : DataFrame, one row per message
        Needs ``coalition``, ``date`` (UTC), ``message_id`` and ``list_fields`` (JSON); uses
        ``list`` where it is there.
    as_of : datetime.date
        Look at nothing later than the end of this day, UTC.

    Returns
    -------
    DataFrame
        ``coalition, list, field, value, first, last, messages, evidence``: one row for each
        value that a field ever had, sorted; ``evidence`` is the Message-ID of the newest
        message with it. Addresses that differ from message to message (``Archived-At``) are
        taken together by the folder that their pages lie in.

    Raises
    ------
    InputError
        A column is missing.

    References
    ----------
    RFC 2369 (List-Subscribe, List-Post, List-Archive), RFC 2919 (List-Id), RFC 5064
    (Archived-At).
    """
    dated = _dated(messages, as_of).dropna(subset=["list_fields"])
    if not len(dated):
        return frame_of([], _HISTORY)
    # The same few combinations stand in all messages: each is parsed once.
    texts = dated["list_fields"].astype("str")
    parsed = {text: _fields(text) for text in texts.unique()}
    keys = ["coalition", "list", "list_fields"]
    grouped = (
        dated.assign(list_fields=texts)
        .sort_values("date", kind="stable")
        .groupby(keys, sort=False, observed=True)
        .agg(
            first=("date", "first"),
            last=("date", "last"),
            messages=("date", "size"),
            evidence=("message_id", "last"),
        )
        .reset_index()
    )
    rows = [
        (row["coalition"], row["list"], field, value, row["first"], row["last"],
         row["messages"], row["evidence"])
        for row in grouped.to_dict("records")
        for field, value in parsed[row["list_fields"]]
    ]  # fmt: skip
    frame = frame_of(rows, _HISTORY)
    names = ["coalition", "list", "field", "value"]
    together = frame.sort_values("last", kind="stable").groupby(names, as_index=False, sort=True)
    joined = together.agg(
        first=("first", "min"), last=("last", "max"), messages=("messages", "sum"),
        evidence=("evidence", "last"),
    )  # fmt: skip
    return joined.astype(_HISTORY)


def header_hints(
    messages: pd.DataFrame, *, as_of: dt.date, months: int = _RECENT_MONTHS
) -> pd.DataFrame:
    """Make observations, of the source ``header``, of what the archives say.

    Parameters
    ----------
    messages : DataFrame, one row per message
        As for `header_history`, and who wrote: ``person`` where there is such a column, else
        ``from_address``; without either, newcomers are not told.
    as_of : datetime.date
        Look back from the end of this day, UTC.
    months : int, default 12
        For how long a header tells how a list is: the policy's ``principles.valid_months``.

    Returns
    -------
    DataFrame
        The columns of ``observations.csv``, at most one row for each coalition, list and
        principle, sorted; ``id`` is ``header:`` and the Message-ID of the newest message that
        says so, ``seen`` its day.

    Raises
    ------
    InputError
        A column is missing.

    Notes
    -----
    Membership: the newest List-Subscribe of these months. Mailing list: List-Post, which
    says ``NO`` where posting is not allowed, and first posts by newcomers in the last 24
    months. Archive: List-Archive or Archived-At, and by how many days the newest message that
    names an archive lies behind the newest message at hand.
    """
    history = header_history(messages, as_of=as_of)
    recent = pd.Timestamp(as_of, tz="UTC") - pd.DateOffset(months=months)
    history = history[history["last"] > recent]
    dated = _dated(messages, as_of)
    newest = dated.groupby("coalition")["date"].max().to_dict()
    newcomers = _newcomers(dated, as_of)
    rows: list[tuple[object, ...]] = []
    for (slug, name), group in history.groupby(["coalition", "list"], sort=True):
        fields = _newest_of_each(group)
        hints = {
            "membership": _membership(fields),
            "mailing_list": _mailing_list(fields, newcomers.get(str(slug))),
            "archive": _archive(fields, newest[str(slug)]),
        }
        for principle, hint in sorted(hints.items()):
            if hint is not None:
                finding, row, detail = hint
                rows.append((f"header:{row['evidence']}", slug, name, principle, finding,
                             row["last"].tz_localize(None).normalize(), "header", detail,
                             _web_address(row["value"]), None))  # fmt: skip
    return frame_of(rows, _OBSERVATION)


def header_observations(messages: pd.DataFrame, *, as_of: dt.date, months: int) -> pd.DataFrame:
    """Make observations of what headers said on posting, as it changed over time.

    Of all that `header_hints` tells, only a List-Post of ``NO`` can breach a principle, so only
    that field matters for how long one has been breached.

    Parameters
    ----------
    messages, as_of
        As for `header_hints`.
    months : int
        For how long an observation holds.

    Returns
    -------
    DataFrame
        The columns of ``observations.csv``. As of each day up to `as_of` they tell what the
        newest header by then says; rows that add nothing to that are left out.

    Raises
    ------
    InputError
        A column is missing.
    """
    dated = _dated(messages, as_of).dropna(subset=["list_fields"])
    texts = dated["list_fields"].astype("str")
    posts = {text: dict(_fields(text)).get("List-Post") for text in texts.unique()}
    told = dated.assign(post=texts.map(posts).astype("str"))
    told = told.dropna(subset=["post"]).sort_values("date", kind="stable")
    told = told.assign(day=told["date"].dt.tz_localize(None).dt.normalize())
    told = told.drop_duplicates(["coalition", "list", "day"], keep="last")
    rows: list[tuple[object, ...]] = []
    for (slug, name), group in told.groupby(["coalition", "list"], sort=True):
        says = [
            (day, "closed" if _forbids(post) else "open", key, post)
            for day, key, post in zip(
                group["day"], group["message_id"], group["post"], strict=True
            )
        ]
        rows += [
            (f"header:{key}", slug, name, "mailing_list", finding, day, "header",
             f"List-Post names {post}", None, None)
            for day, finding, key, post in _telling(says, months)
        ]  # fmt: skip
    return frame_of(rows, _OBSERVATION)


_Said = tuple[pd.Timestamp, str, str, str]


def _telling(says: list[_Said], months: int) -> Iterable[_Said]:
    """Leave out what says the same as the one before, while that one still holds."""
    kept: _Said | None = None
    for one, following in zip(says, [*says[1:], None], strict=True):
        is_needed = (
            kept is None
            or kept[1] != one[1]
            or following is None
            or following[0] >= kept[0] + pd.DateOffset(months=months)
        )
        if is_needed:
            kept = one
            yield one


def _forbids(post: str) -> bool:
    return post.split("(")[0].strip().casefold() == "no"  # RFC 2369, 3.4


_Hint = tuple[str, Any, str] | None


def _membership(fields: dict[str, Any]) -> _Hint:
    row = fields.get("List-Subscribe")
    if row is None or not _ADDRESS.search(row["value"]):
        return None
    return "open", row, f"List-Subscribe names {row['value']}{_changed(row)}"


def _mailing_list(fields: dict[str, Any], newcomers: int | None) -> _Hint:
    row = fields.get("List-Post")
    if row is None:
        return None
    if _forbids(row["value"]):
        return "closed", row, f"List-Post says that nobody may post{_changed(row)}"
    said = (
        ""
        if newcomers is None
        else f"; {amount(newcomers, 'newcomer')} wrote in the last {_NEWCOMER_MONTHS} months"
    )
    return "open", row, f"List-Post names {row['value']}{_changed(row)}{said}"


def _archive(fields: dict[str, Any], newest: pd.Timestamp) -> _Hint:
    named = [fields[name] for name in ("Archived-At", "List-Archive") if name in fields]
    named = [row for row in named if _web_address(row["value"])]
    if not named:
        return None
    row = max(named, key=lambda one: one["last"])
    lag = (newest - row["last"]).days
    behind = f", {amount(lag, 'day')} before the newest message at hand" if lag else ""
    return (
        "open",
        row,
        (
            f"{row['field']} names {row['value']}{_changed(row)}; newest message that does: "
            f"{plain_date(row['last'].date())}{behind}"
        ),
    )


def _newest_of_each(group: pd.DataFrame) -> dict[str, Any]:
    """Take each field's newest value, with how many it had before."""
    found: dict[str, Any] = {}
    for row in group.sort_values("last", kind="stable").to_dict("records"):
        former = found.get(row["field"])
        found[row["field"]] = {**row, "former": None if former is None else former["value"]}
    return found


def _changed(row: dict[str, Any]) -> str:
    if row["former"] is None:
        return ""
    return f" since {plain_date(row['first'].date())} (before: {row['former']})"


def _web_address(value: str) -> str | None:
    found = re.search(r"(?i)https?://[^\s<>,]+", value)
    return found[0] if found else None


def _fields(text: str) -> Iterable[tuple[str, str]]:
    found = json.loads(text)
    for name, value in found.items():
        if name == "Archived-At":
            # Each message has its own page: the folder is what they share. The page's name is
            # often the Message-ID, which may show an address.
            folder = _bare(value).rstrip("/").rpartition("/")[0]
            if folder:
                yield name, folder
        elif name != "List-Id":
            yield name, _bare(value)


def _bare(value: object) -> str:
    return " ".join(str(value).replace("<", "").replace(">", "").split())


def _dated(messages: pd.DataFrame, as_of: dt.date) -> pd.DataFrame:
    require_columns(messages, ("coalition", "date", "message_id", "list_fields"))
    end = pd.Timestamp(as_of, tz="UTC") + pd.Timedelta(days=1)
    dated = messages[messages["date"].notna() & (messages["date"] < end)]
    name = dated["list"].astype("str") if "list" in dated.columns else ""
    return dated.assign(coalition=dated["coalition"].astype("str"), list=name)


def _newcomers(dated: pd.DataFrame, as_of: dt.date) -> dict[str, int]:
    """Count those whose first message in a coalition lies in the last 24 months."""
    who = next((name for name in ("person", "from_address") if name in dated.columns), None)
    if who is None:
        return {}
    since = pd.Timestamp(as_of, tz="UTC") + pd.Timedelta(days=1)
    since -= pd.DateOffset(months=_NEWCOMER_MONTHS)
    if "automated" in dated.columns:
        dated = dated[dated["automated"].isna()]
    first = dated.dropna(subset=[who]).groupby(["coalition", who], observed=True)["date"].min()
    new = (first >= since).groupby(level=0, observed=True).sum()
    return {str(slug): int(count) for slug, count in new.items()}
