"""The compact table that everything is counted from: one entry for each dated message.

Who wrote it, which thread it belongs to, what it answers, and whether a person wrote it for
this list at all, each as a number. Months, snapshots, reviews, histories and the laboratory
are all counted from it, so that a large list fits into memory many times over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dcactivity.automated import SUSPECTED
from dcactivity.checks import require_columns
from dcactivity.periods import to_number

__all__ = ["DAY", "NEVER", "Events", "events_of"]

DAY = 86_400_000_000
"""Microseconds in a day."""

NEVER = int(np.iinfo(np.int64).min)
"""The number that numpy reads as a missing instant."""

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_TEXTS = ("message_id", "cited", "automated", "link")


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """Dated messages of one or more coalitions, sorted by coalition, instant and Message-ID.

    Parameters
    ----------
    slugs : list of str
        The coalitions, sorted, those without a dated message included.
    coalition : array of int64
        Position in `slugs`.
    instant : array of int64
        Microseconds since 1970-01-01 UTC.
    person, thread : array of int64
        Numbers of persons and threads; -1 where nobody knows.
    person_if_joined : array of int64
        Numbers of persons if every doubtful pair of senders were one; -1 likewise.
    is_human, is_suspected, is_bulletin : array of bool
        Written by a person for this list; not human, and that by surroundings alone; sent to
        everybody.
    is_reply, is_answer : array of bool
        Answers a message at hand; answers a message of another known person.
    is_orphan : array of bool
        Names in its header a message that it answers, and that is not at hand.
    answered : array of int64
        A number for the message that is answered, -1 for none.
    delay : array of int64
        Microseconds from the message that is answered, at least 0; `NEVER` where that has no
        date.
    row : array of int64
        Position in the table that the events were made from.
    texts : DataFrame
        Of each row of that table what is shown as evidence: ``message_id, cited, automated,
        link``, as far as they are known; ``cited`` stands in the place of Message-IDs that show
        an address.
    has_threads : bool
        Whether threads and answers were known at all.
    """

    slugs: list[str]
    coalition: Numbers
    instant: Numbers
    person: Numbers
    person_if_joined: Numbers
    thread: Numbers
    is_human: Flags
    is_suspected: Flags
    is_bulletin: Flags
    is_reply: Flags
    is_answer: Flags
    is_orphan: Flags
    answered: Numbers
    delay: Numbers
    row: Numbers
    texts: pd.DataFrame
    has_threads: bool

    def __len__(self) -> int:
        return len(self.row)

    @property
    def day(self) -> Numbers:
        """Day of each message, days since 1970-01-01 UTC."""
        return self.instant // DAY

    def take(self, rows: Numbers | Flags) -> Events:
        """Select events by position or mask; the coalitions stay what they are."""
        if rows.dtype == np.bool_ and rows.all():
            return self
        chosen = {
            f.name: getattr(self, f.name)[rows]
            for f in fields(self)
            if f.name not in {"slugs", "texts", "has_threads"}
        }
        return Events(slugs=self.slugs, texts=self.texts, has_threads=self.has_threads, **chosen)

    def until(self, day: dt.date) -> Events:
        """Leave out what is later than the end of a day, UTC."""
        return self.take(self.instant < (to_number(day) + 1) * DAY)

    def ids(self, rows: Numbers) -> pd.Series:
        """Give how events are cited, by their positions: most by their Message-IDs."""
        return self._cited(self.row[rows])

    def own_ids(self, rows: Numbers) -> pd.Series:
        """Give the Message-IDs of events by their positions, also those that show an address."""
        return self.texts["message_id"].iloc[self.row[rows]]

    def _cited(self, places: Numbers) -> pd.Series:
        ids = self.texts["message_id"].iloc[places]
        if "cited" not in self.texts.columns:
            return ids
        shown = self.texts["cited"].array.take(places)
        if (known := ~shown.isna()).any():
            ids = ids.mask(known, pd.Series(shown, index=ids.index).astype("str"))
        return ids

    def text(self, name: str) -> pd.Series:
        """Give one of the `texts` for each event, missing where it is not known."""
        if name not in self.texts.columns:
            return pd.Series([None] * len(self), dtype="str")
        return self.texts[name].iloc[self.row].astype("str").reset_index(drop=True)

    def answered_ids(self, *, own: bool = False) -> pd.Series:
        """Give how the message is cited that each event answers, missing for none.

        With `own`, by its Message-ID also where that shows an address.
        """
        known = self.answered >= 0
        places = np.where(known, self.answered, 0)
        ids = self.texts["message_id"].iloc[places] if own else self._cited(places)
        return ids.astype("str").reset_index(drop=True).where(known)


def events_of(messages: pd.DataFrame) -> Events:
    """Reduce the message table to events.

    Parameters
    ----------
    messages : DataFrame, one row per message
        Needs ``coalition``, ``date`` (UTC) and who wrote: ``person`` where there is such a
        column, else ``from_address`` and, where that is missing, ``from_name``. Of
        ``automated, bulletin, thread, answers, orphan, message_id`` it takes what is there:
        without ``automated`` every message is human, without ``thread`` and ``answers``
        nothing is known of conversations.

    Returns
    -------
    Events
        Messages without a date are left out.

    Raises
    ------
    InputError
        A column is missing.
    """
    require_columns(messages, ("coalition", "date"))
    found, slugs = pd.factorize(messages["coalition"])
    order = np.argsort(np.asarray(slugs, dtype=object))
    codes = np.append(np.argsort(order), -1)[found]  # a missing coalition stays missing
    instants = pd.to_datetime(messages["date"], utc=True, format="ISO8601").dt.tz_localize(None)
    moment = instants.to_numpy().astype("M8[us]").astype(np.int64)
    count = len(messages)
    automated = _column(messages, "automated")
    is_human = automated.isna().to_numpy(dtype=bool) if automated is not None else _all(count)
    is_suspected = (
        (automated == SUSPECTED).fillna(False).to_numpy(dtype=bool)
        if automated is not None
        else ~_all(count)
    )
    bulletin = _column(messages, "bulletin")
    is_bulletin = (
        bulletin.fillna(False).to_numpy(dtype=bool) if bulletin is not None else ~_all(count)
    )
    person = np.where(is_human, _persons(messages), -1)
    thread = _column(messages, "thread")
    answered = _answered(messages, codes, moment)
    replies = answered >= 0
    other = np.where(replies, person[answered], -1)
    since = np.where(replies, moment[answered], NEVER)
    keep = (moment != NEVER) & (codes >= 0)
    row = np.flatnonzero(keep)
    events = Events(
        slugs=[str(slugs[i]) for i in order],
        coalition=codes,
        instant=moment,
        person=person,
        person_if_joined=person,
        thread=np.full(count, -1) if thread is None else _in_coalition(codes, thread),
        is_human=is_human,
        is_suspected=is_suspected,
        is_bulletin=is_bulletin,
        is_reply=replies,
        is_answer=(other >= 0) & (person >= 0) & (other != person),
        is_orphan=(
            orphan.fillna(False).to_numpy(dtype=bool)
            if (orphan := _column(messages, "orphan")) is not None
            else ~_all(count)
        ),
        answered=answered,
        delay=np.where(since == NEVER, NEVER, np.maximum(moment - since, 0)),
        row=np.arange(count),
        texts=messages[[name for name in _TEXTS if name in messages.columns]],
        has_threads=thread is not None,
    ).take(row)
    return events.take(_order(events))


def _order(events: Events) -> Numbers:
    """Sort by coalition, instant, and Message-ID where there is one."""
    order = np.lexsort((events.instant, events.coalition))
    same = (np.diff(events.instant[order]) == 0) & (np.diff(events.coalition[order]) == 0)
    if same.any() and "message_id" in events.texts.columns:
        # Only messages of the same instant need their Message-IDs compared, which is slow.
        tied = np.concatenate((order[:-1][same], order[1:][same]))
        rank = np.zeros(len(order), dtype=np.int64)
        texts = events.own_ids(tied).astype("str").to_numpy(dtype=object)
        rank[tied] = np.unique(texts, return_inverse=True)[1]
        order = np.lexsort((rank, events.instant, events.coalition))
    return order


def _column(messages: pd.DataFrame, name: str) -> pd.Series | None:
    return messages[name] if name in messages.columns else None


def _all(count: int) -> Flags:
    return np.ones(count, dtype=bool)


def _in_coalition(coalition: Numbers, labels: pd.Series) -> Numbers:
    """Give numbers to labels that hold within one coalition only; -1 to a missing one."""
    codes = pd.factorize(labels)[0].astype(np.int64)
    return np.where(codes >= 0, coalition * (codes.max(initial=0) + 1) + codes, -1)


def _answered(messages: pd.DataFrame, coalition: Numbers, moment: Numbers) -> Numbers:
    """Find the row of the message that each one answers, -1 for none.

    Of several messages under one Message-ID the earliest is meant.
    """
    answers, ids = _column(messages, "answers"), _column(messages, "message_id")
    if answers is None or ids is None or not answers.notna().any():
        return np.full(len(messages), -1)
    texts = pd.concat([ids.astype("str"), answers.astype("str")], ignore_index=True)
    keys = _in_coalition(np.concatenate((coalition, coalition)), texts)
    own, wanted = keys[: len(messages)], keys[len(messages) :]
    order = np.lexsort((np.arange(len(own)), moment, own))
    distinct, first = np.unique(own[order], return_index=True)
    place = np.minimum(np.searchsorted(distinct, wanted), len(distinct) - 1)
    is_there = (wanted >= 0) & (distinct[place] == wanted)
    return np.where(is_there, order[first[place]], -1)


def _persons(messages: pd.DataFrame) -> Numbers:
    """Give each person a number; -1 where nobody knows who wrote."""
    if "person" in messages.columns:
        return pd.factorize(messages["person"])[0].astype(np.int64)
    require_columns(messages, ("from_address",))
    names = [name for name in ("from_address", "from_name") if name in messages.columns]
    return _numbered([messages[name] for name in names])


def _numbered(columns: Iterable[pd.Series]) -> Numbers:
    """Give rows a number by the first column that says something, in one folded form."""
    known: dict[str, int] = {}
    result: Numbers | None = None
    for column in columns:
        # Each distinct text is folded once: a list has few writers and many messages.
        codes, texts = pd.factorize(column)
        folded = (" ".join(str(text).split()).casefold() for text in texts)
        numbers = [known.setdefault(text, len(known)) if text else -1 for text in folded]
        found = np.array([*numbers, -1], dtype=np.int64)[codes]
        result = found if result is None else np.where(result >= 0, result, found)
    return np.empty(0, dtype=np.int64) if result is None else result
