"""Spam that nobody marked, told by its surroundings in a whole archive.

A dead list can look alive because of spam: one message an address, none of them answered. Where
bodies and the marks of filters are gone, no such message can be told from a newcomer's first
post by itself. But a list on which nearly everybody writes once, and nobody ever answers anybody,
is no list of people. So each message is weighed together with its neighbours.

Notes
-----
A *stray* is a message whose sender wrote at most two messages in the whole archive, or all of
them within three days, and never gave or got an answer. Weighed are, as logarithms of odds
(natural, so that 10 means 22,000 to 1):

- the surroundings: up to twenty messages before and twenty after, within a year. Each further
  sender of strays counts ``ln(0.97 / 0.5)``, each other message ``ln(0.03 / 0.5)``: among the
  strays of a spammed list 97 % of all messages are such; that half of the messages of a list of
  people could be such is already far from what real lists show (at most a fifth);
- strays of others within a day, where they come in bursts;
- names of wares, from ``automated.toml``;
- against it: words that stand in the subjects of messages which are no strays, and the list's
  own name.

A stray is suspected from odds of 22,000 to 1 on, and in an archive of which next to nothing else
is known (a young list, on which everybody introduces himself) from far more. Words are judged
by coalition, never by language; a message without a date or a sender is never suspected.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from dcactivity.archives.marks import topic_of

if TYPE_CHECKING:
    import numpy.typing as npt

    Flags = npt.NDArray[np.bool_]
    Numbers = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.int64]

__all__ = ["SUSPECTED", "suspect_spam"]

SUSPECTED = "spam-suspected"
"""The reason given to a message that is suspected."""

_DAY = 86_400
_YEAR = 365 * _DAY
_AROUND = 20  # neighbours looked at on either side
_FEW, _BURST = 2, 3 * _DAY  # a stray's sender wrote no more messages, or all within this time
_SHARED = 3  # names from which on an address is not that of one person
_ANSWER = 60 * _DAY  # an answer without a reference follows within this time
_STRAY, _OTHER = np.log(0.97 / 0.5), np.log(0.03 / 0.5)
_WITHIN_DAY, _WITHIN_DAY_MOST = 0.5, 3.0
_WARES, _OWN_WORD, _OWN_NAME = 12.0, -6.0, -11.0
_MOST, _LEAST = 20.0, -2.0  # what surroundings alone can say, for and against
_ENOUGH, _ENOUGH_UNKNOWN = 10.0, 16.0
_KNOWN = 5  # messages that are no strays, from which on a list is known a little
_LIFT = 3.0  # how much more often than in strays a word of the list's own stands in the others


def suspect_spam(messages: pd.DataFrame) -> pd.DataFrame:
    """Tell which messages are spam by all that surrounds them.

    Parameters
    ----------
    messages : DataFrame, one row per message
        All messages at hand of one or several coalitions: ``coalition, message_id, date`` (UTC),
        ``from_name, from_address, subject, in_reply_to, references`` (lists of ids),
        ``automated`` (missing where a person may have written). In any order.

    Returns
    -------
    DataFrame
        On the same index: ``reason`` (``spam-suspected`` or missing), ``score`` (logarithm of
        odds, missing where the message is no stray), ``strays`` and ``others`` (senders of
        strays, and messages that are none, in the surroundings), ``burst`` (other senders of
        strays within a day), ``own_words`` (words of the list's own), ``wares``, and ``evidence``
        (one line, missing where not suspected).
    """
    rows = _ordered(messages)
    if rows.empty:
        return _described(rows, messages.index)
    senders = _sender_codes(rows)
    active = _active_senders(rows, senders)
    stray, weight = _strays(rows, senders, active)
    rows["strays"], rows["others"], rows["burst"] = _surroundings(rows, stray, weight)
    around = rows["strays"] * _STRAY + rows["others"] * _OTHER
    score = around + (rows["burst"] * _WITHIN_DAY).clip(upper=_WITHIN_DAY_MOST)
    rows["score"] = score.clip(_LEAST, _MOST)
    rows["wares"] = _names_wares(rows["from_name"].fillna("") + " " + rows["subject"]) & stray
    rows["score"] += rows["wares"] * _WARES
    rows["enough"] = np.where(
        (~stray).groupby(rows["coalition"]).transform("sum") < _KNOWN, _ENOUGH_UNKNOWN, _ENOUGH
    )
    rows.loc[~stray, "score"] = np.nan
    rows["own_words"], rows["own_name"] = 0, False
    people = ~stray & (around < _ENOUGH)  # nor what repeats itself amid spam
    # Words are only looked at where they may change something: that is hardly ever.
    for _, part in rows[rows.groupby("coalition")["score"].transform("max") >= _ENOUGH].groupby(
        "coalition"
    ):
        own, name = _own_words(part, stray[part.index], people[part.index], rows["enough"][part.index])
        rows.loc[own.index, "own_words"] = own
        rows.loc[name.index, "own_name"] = name
    rows["score"] += rows["own_words"] * _OWN_WORD + rows["own_name"] * _OWN_NAME
    return _described(rows, messages.index)


def _ordered(messages: pd.DataFrame) -> pd.DataFrame:
    """Take what may be a person's message, in an order that does not hang on the rows' order."""
    wanted = messages["automated"].isna() & messages["date"].notna()
    wanted &= messages["from_address"].notna() | messages["from_name"].notna()
    columns = ["message_id", "from_name", "from_address", "subject", "in_reply_to", "references"]
    rows = messages[["coalition", "date", *columns]].copy()
    rows["place"] = np.arange(len(rows))
    rows = rows[wanted.to_numpy()]
    rows["coalition"] = rows["coalition"].astype("str")
    rows["subject"] = rows["subject"].fillna("")
    rows["sender"] = _senders(rows)
    rows["second"] = rows.pop("date").dt.as_unit("s").astype("int64")
    order = ["coalition", "second", "message_id", "sender", "subject"]
    return rows.sort_values(order, kind="stable", ignore_index=True)


def _senders(rows: pd.DataFrame) -> pd.Series[str]:
    """Name each sender: by the address, and by the name, too, where many write from one.

    Spam forges addresses of the list's members, and the list's own.
    """
    address, name = rows["from_address"].str.lower(), rows["from_name"].str.lower().fillna("")
    pairs = pd.DataFrame({"coalition": rows["coalition"], "address": address, "name": name})
    names = pairs.drop_duplicates().groupby(["coalition", "address"]).size()
    shared = pairs.join(names.rename("names"), on=["coalition", "address"])["names"] >= _SHARED
    return address.where(~shared, address.fillna("") + " " + name).fillna(name)


def _sender_codes(rows: pd.DataFrame) -> pd.Series[int]:
    return rows.groupby(["coalition", "sender"], sort=False).ngroup()


def _active_senders(rows: pd.DataFrame, senders: pd.Series[int]) -> Flags:
    """Flag, by sender, who gave or got an answer anywhere in the archive."""
    active = np.zeros(int(senders.max()) + 1, dtype=bool)
    codes = senders.to_numpy()
    for answers, originals in (_by_reference(rows), _by_subject(rows, codes)):
        two = codes[answers] != codes[originals]
        active[codes[answers[two]]] = True
        active[codes[originals[two]]] = True
    return active


def _by_reference(rows: pd.DataFrame) -> tuple[Positions, Positions]:
    """Pair messages with those that In-Reply-To and References name."""
    position = pd.Series(rows.index, index=[rows["coalition"], rows["message_id"]])
    position = position[~position.index.duplicated()]
    pairs = []
    references = rows["references"].to_numpy()
    for which in (0, -1):  # the first message of the thread and the nearest one
        named = [ids[which] if ids is not None and len(ids) else None for ids in references]
        pairs.append(pd.Series(named, dtype="str"))
    pairs.append(rows["in_reply_to"])
    answers, originals = [], []
    for named_ids in pairs:
        known = named_ids.notna()
        wanted = pd.MultiIndex.from_arrays([rows["coalition"][known], named_ids[known]])
        found = position.reindex(wanted).to_numpy()
        met = ~np.isnan(found)
        answers.append(rows.index[known].to_numpy()[met])
        originals.append(found[met].astype(np.int64))
    return np.concatenate(answers), np.concatenate(originals)


def _by_subject(rows: pd.DataFrame, codes: Positions) -> tuple[Positions, Positions]:
    """Pair messages with the last one of the same subject, where it looks like an answer.

    Spam repeats subjects. So without a reference an answer is only what begins with ``Re:``,
    or what one of two senders wrote who came more than once over some time: pipermail drops
    ``Re:``.
    """
    distinct, texts = pd.factorize(rows["subject"])
    bases = [_base_of(text) for text in texts]
    base = pd.Series([text for text, _ in bases], dtype="str").reindex(distinct)
    base.index = rows.index
    is_answer = np.array([answers for _, answers in bases])[distinct]
    lasts = rows.groupby([rows["coalition"], base], sort=False)
    before = pd.Series(rows.index, index=rows.index).groupby([rows["coalition"], base]).shift()
    gap = rows["second"] - lasts["second"].shift()
    met = (before.notna() & (gap <= _ANSWER) & (base.str.count(" ") >= 1)).to_numpy()
    answers = rows.index.to_numpy()[met]
    originals = before[met].to_numpy().astype(np.int64)
    span = rows.groupby(codes)["second"].agg(["min", "max", "size"])
    settled = ((span["max"] - span["min"] > _BURST) & (span["size"] > _FEW)).to_numpy()
    told = is_answer[answers] & ~is_answer[originals]
    told |= settled[codes[answers]] | settled[codes[originals]]
    return answers[told], originals[told]


_REPEATED = re.compile(r"(?:\[[^\]]*\]\s*|[\w]{1,4}(?:\[\d+\])?\s*[:：]\s*)*")


@cache
def _base_of(subject: str) -> tuple[str, bool]:
    """Give a subject without tags and marks of answers, and whether it had such a mark."""
    found = _REPEATED.match(subject)
    base = " ".join(subject[found.end() if found else 0 :].lower().split())
    return base, topic_of(subject) is None


def _strays(
    rows: pd.DataFrame, senders: pd.Series[int], active: Flags
) -> tuple[pd.Series[bool], Numbers]:
    """Flag the strays; each sender of strays weighs one in all."""
    grouped = rows.groupby(senders)["second"]
    count = grouped.transform("size")
    span = grouped.transform("max") - grouped.transform("min")
    stray = ((count <= _FEW) | (span <= _BURST)) & ~active[senders.to_numpy()]
    return stray, np.where(stray, 1.0 / count, 0.0)


def _surroundings(
    rows: pd.DataFrame, stray: pd.Series[bool], weight: Numbers
) -> tuple[Numbers, Numbers, Numbers]:
    """Count other senders of strays, and other messages, among the neighbours of each row."""
    coalition = rows["coalition"].factorize()[0].astype(np.int64)
    time = (coalition << 36) + rows["second"].to_numpy()  # no year leads into another coalition
    place = np.arange(len(rows))

    def bounds(span: int, around: int | None) -> tuple[Positions, Positions]:
        low = np.searchsorted(time, time - span)
        high = np.searchsorted(time, time + span, side="right")
        if around is None:
            return low, high
        return np.maximum(low, place - around), np.minimum(high, place + around + 1)

    def total(of: Numbers, low: Positions, high: Positions) -> Numbers:
        sums = np.concatenate([[0.0], np.cumsum(of)])
        found: Numbers = sums[high] - sums[low]
        return found

    own = stray.to_numpy()
    near = bounds(_YEAR, _AROUND)
    strays = np.clip(total(weight, *near) - own, 0, None)
    others = total((~own).astype(np.float64), *near) - ~own
    burst = np.clip(total(weight, *bounds(_DAY, None)) - own, 0, None)
    return strays.round(2), others, burst.round(2)


@cache
def _words_of(kind: str) -> tuple[str, ...]:
    text = resources.files("dcactivity").joinpath("automated.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)[kind])


_DISGUISE = str.maketrans("@01$3", "aoise", "._-*'’`^|+")


def _names_wares(subjects: pd.Series[str]) -> pd.Series[bool]:
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, _words_of('wares')))})\b")
    found = {
        text: pattern.search(text.lower().translate(_DISGUISE)) is not None
        for text in subjects.unique()
    }
    return subjects.map(found).astype(bool)


_WORD = re.compile(r"[^\W\d_]{4,}")
_TAG = re.compile(r"^\[([^\]]*)\]")


def _own_words(
    rows: pd.DataFrame,
    stray: pd.Series[bool],
    people: pd.Series[bool],
    enough: pd.Series[float],
) -> tuple[pd.Series[int], pd.Series[bool]]:
    """Count, in the strays of one coalition that matter, the words of the list's own.

    Its own are words of subjects of messages by people, where they stand at least
    `_LIFT` times as often as in the strays; and the list's name, as its tag and slug have it.
    """
    subject = rows["subject"].str.lower()
    everyday = set(_words_of("everyday"))
    tags = subject.str.extract(_TAG.pattern, expand=False)
    common = tags.value_counts(normalize=True, dropna=False)
    name = {word for tag in common[common >= 0.2].index.dropna() for word in _WORD.findall(tag)}
    name |= set(_WORD.findall(rows["coalition"].iloc[0].lower()))
    name -= everyday
    bare = subject.str.replace(_TAG.pattern, "", regex=True)
    words = bare.str.findall(_WORD.pattern).map(lambda found: set(found) - everyday)
    spread = words.explode().dropna()
    theirs = spread[stray[spread.index]].value_counts()
    usual = spread[people[spread.index]].value_counts() / max(1, int(people.sum()))
    # the message under judgement is not counted among the strays
    rare = (theirs.reindex(usual.index).fillna(0) - 1).clip(lower=0) / max(1, int(stray.sum()) - 1)
    own = set(usual.index[usual >= _LIFT * rare])
    matters = words[stray & (rows["score"] >= enough)]
    return matters.map(lambda found: len(found & own)), matters.map(lambda f: bool(f & name))


def _described(rows: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    """Lay out the findings on the caller's rows."""
    columns = {
        "reason": "str",
        "score": "Float64",
        "strays": "Float64",
        "others": "Int64",
        "burst": "Float64",
        "own_words": "Int64",
        "wares": "boolean",
        "evidence": "str",
    }
    if rows.empty:
        return pd.DataFrame({n: pd.Series(index=index, dtype=t) for n, t in columns.items()})
    told = rows["score"] >= rows["enough"]
    rows["reason"] = pd.Series(SUSPECTED, index=rows.index, dtype="str").where(told)
    rows["evidence"] = pd.Series(
        [_sentence(row) for row in rows[told].itertuples()], index=rows.index[told], dtype="str"
    )
    found = rows.set_index("place").reindex(range(len(index)))[list(columns)].astype(columns)
    found.index = index
    return found


def _sentence(row: tuple[object, ...]) -> str:
    """Say in one line what speaks against a message."""
    strays, others = row.strays, row.others  # type: ignore[attr-defined]  # a named tuple
    parts = [
        "the sender is not seen again, nobody answered",
        f"around it {strays:.0f} more such senders and {others:.0f} other messages",
    ]
    if row.burst >= 1:  # type: ignore[attr-defined]
        parts.append(f"{row.burst:.0f} of them within a day")  # type: ignore[attr-defined]
    if row.wares:  # type: ignore[attr-defined]
        parts.append("the subject names wares")
    own = row.own_words + row.own_name  # type: ignore[attr-defined]
    parts.append(f"{own} of the list's own words" if own else "no word of the list's own")
    return "; ".join(parts)
