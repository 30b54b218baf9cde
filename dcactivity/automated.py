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

- the surroundings: up to twenty messages before and twenty after, within a year. On a list kept
  busy by spam, 80 % of them may be strays, 17 % come from senders who come back though nobody
  answers them (announcements to everybody), 3 % from people who answer or are answered within
  the year. On a list of people these may be 40, 30 and 30 %, which is far from what real lists
  show: a fifth of strays at most. So another sender of strays counts ``ln(80 / 40)``, another
  message ``ln(17 / 30)`` or ``ln(3 / 30)``;
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
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dcactivity.archives.marks import topic_of
from dcactivity.arrays import lists_of, text_keys, texts_of

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
_STRAY, _UNANSWERED, _LIVELY = np.log(80 / 40), np.log(17 / 30), np.log(3 / 30)
_WITHIN_DAY, _WITHIN_DAY_MOST = 0.5, 3.0
_WARES, _OWN_WORD, _OWN_NAME = 12.0, -6.0, -11.0
_MOST, _LEAST = 20.0, -2.0  # what surroundings alone can say, for and against
_ENOUGH, _ENOUGH_UNKNOWN = 10.0, 16.0
_KNOWN = 5  # messages that are no strays, from which on a list is known a little
_TAGGED = 0.2  # share of the subjects that bear a tag, from which on it is the list's
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
        odds, missing where the message is no stray), ``strays``, ``unanswered`` and ``lively``
        (in the surroundings: other senders of strays, messages by others whom nobody answers,
        messages by people who answer each other), ``burst`` (other senders of strays within a
        day), ``own_words`` (words of the list's own), ``wares``, and ``evidence`` (one line,
        missing where not suspected).
    """
    rows = _ordered(messages)
    if rows.empty:
        return _described(rows, messages.index)
    numbered = rows.groupby(["coalition", "sender"], sort=False).ngroup()
    senders = numbered.to_numpy().astype(np.int64)
    rows["answer"] = _answers(senders, *_by_reference(rows))
    _weigh(rows, senders)
    # Subjects and words can only speak for a message. They are looked at where one is suspected
    # without them, which is the case on few lists.
    doubtful = rows.groupby("coalition")["score"].transform("max") >= _ENOUGH
    part = rows[doubtful].reset_index(drop=True)
    if not part.empty:
        codes = senders[doubtful.to_numpy()]
        part["answer"] |= _answers(codes, *_by_subject(part, codes))
        _weigh(part, codes)
        for _, one in part.groupby("coalition"):
            _count_own_words(part, one)
        part["score"] += part["own_words"] * _OWN_WORD + part["own_name"] * _OWN_NAME
        rows = pd.concat([rows[~doubtful], part], ignore_index=True)
    return _described(rows, messages.index)


def _ordered(messages: pd.DataFrame) -> pd.DataFrame:
    """Take what may be a person's message, in an order that does not hang on the rows' order."""
    wanted = messages["automated"].isna() & messages["date"].notna()
    wanted &= messages["from_address"].notna() | messages["from_name"].notna()
    columns = ["message_id", "from_name", "from_address", "subject", "in_reply_to", "references"]
    rows = messages[["coalition", "date", *columns]].copy()
    rows["place"] = np.arange(len(rows))
    rows = rows[wanted.to_numpy()].reset_index(drop=True)
    rows["coalition"] = rows["coalition"].astype("str")
    rows["subject"] = rows["subject"].fillna("")
    rows["sender"] = _senders(rows)
    rows["second"] = rows.pop("date").dt.as_unit("s").astype("int64")
    rows["own_words"], rows["own_name"] = 0, False
    slugs = rows["coalition"].factorize(sort=True)[0]
    subjects, ids = text_keys(rows["subject"]), text_keys(rows["message_id"])
    order = np.lexsort((subjects, ids, rows["second"].to_numpy(), slugs))
    return rows.take(order).reset_index(drop=True)


def _senders(rows: pd.DataFrame) -> pd.Series[str]:
    """Name each sender: by the address, and by the name, too, where many write from one.

    Spam forges addresses of the list's members, and the list's own.
    """
    address, name = rows["from_address"].str.lower(), rows["from_name"].str.lower().fillna("")
    names = name.groupby([rows["coalition"], address]).transform("nunique")
    shared = names >= _SHARED
    return address.where(~shared, address.fillna("") + " " + name).fillna(name)


def _answers(senders: Positions, answers: Positions, originals: Positions) -> Flags:
    """Flag the messages that answer, or are answered by, somebody else's."""
    found = np.zeros(len(senders), dtype=bool)
    two = senders[answers] != senders[originals]
    found[answers[two]] = found[originals[two]] = True
    return found


def _weigh(rows: pd.DataFrame, senders: Positions) -> None:
    """Add to the rows what their surroundings say: ``stray``, ``score`` and its grounds."""
    written = rows["second"].groupby(senders)
    count = written.transform("size")
    brief = written.transform("max") - written.transform("min") <= _BURST
    active = rows["answer"].groupby(senders).transform("any")
    stray = (((count <= _FEW) | brief) & ~active).to_numpy()
    times = rows["second"].where(rows["answer"]).groupby(senders)
    near = rows["second"] - times.ffill() <= _YEAR
    lively = (near | (times.bfill() - rows["second"] <= _YEAR)).to_numpy()
    around = _Surroundings(rows)
    rows["stray"] = stray
    # each sender of strays weighs one in all
    once = np.where(stray, 1.0 / count, 0.0)
    rows["strays"] = np.clip(around.near(once) - stray, 0, None).round(2)
    rows["unanswered"] = around.near(~stray & ~lively) - (~stray & ~lively)
    rows["lively"] = around.near(lively) - lively
    rows["burst"] = np.clip(around.within_day(once) - stray, 0, None).round(2)
    odds = rows["strays"] * _STRAY + rows["unanswered"] * _UNANSWERED + rows["lively"] * _LIVELY
    rows["people"] = ~stray & (odds < _ENOUGH)  # not what repeats itself amid spam
    rows["wares"] = _names_wares(rows)
    known = rows["people"].groupby(rows["coalition"]).transform("sum") >= _KNOWN
    rows["enough"] = np.where(known, _ENOUGH, _ENOUGH_UNKNOWN)
    odds += (rows["burst"] * _WITHIN_DAY).clip(upper=_WITHIN_DAY_MOST)
    rows["score"] = (odds.clip(_LEAST, _MOST) + rows["wares"] * _WARES).where(stray)


def _by_reference(rows: pd.DataFrame) -> tuple[Positions, Positions]:
    """Pair messages with those that In-Reply-To and References name."""
    coalition = pd.factorize(rows["coalition"])[0].astype(np.int64)
    ids = texts_of(rows["message_id"]).dictionary_encode()
    many = len(ids.dictionary)
    own = coalition * many + ids.indices.to_numpy()
    known, first = np.unique(own, return_index=True)
    answers, originals = [], []
    for named in (*_ends(lists_of(rows["references"])), texts_of(rows["in_reply_to"])):
        codes = pc.index_in(named, value_set=ids.dictionary).fill_null(-1).to_numpy()
        wanted = np.where(codes >= 0, coalition * many + codes, -1)
        place = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        met = np.flatnonzero(known[place] == wanted)
        answers.append(met)
        originals.append(first[place[met]])
    return np.concatenate(answers), np.concatenate(originals)


def _ends(lists: pa.Array) -> tuple[pa.Array, pa.Array]:
    """Take the first and the last of each list: the thread's first message, and the nearest."""
    empty = pc.equal(pc.list_value_length(lists), 0).fill_null(True).to_numpy(zero_copy_only=False)
    offsets = lists.offsets.to_numpy()
    begins, ends = offsets[:-1], offsets[1:] - 1
    ids = lists.values  # noqa: PD011  # Arrow's values, not those of pandas
    return ids.take(pa.array(begins, mask=empty)), ids.take(pa.array(ends, mask=empty))


def _by_subject(rows: pd.DataFrame, codes: Positions) -> tuple[Positions, Positions]:
    """Pair messages with the last one of the same subject, where it looks like an answer.

    Spam repeats subjects. So without a reference an answer is only what begins with ``Re:``,
    or what one of two senders wrote who came more than once over some time: pipermail drops
    ``Re:``.
    """
    distinct, texts = pd.factorize(rows["subject"])
    bases = [_base_of(text) for text in texts]
    base = pd.Series([text for text, _ in bases], dtype="str").take(distinct)
    base.index = rows.index
    is_answer = np.array([answers for _, answers in bases])[distinct]
    lasts = rows.groupby([rows["coalition"], base], sort=False)
    before = pd.Series(rows.index, index=rows.index).groupby([rows["coalition"], base]).shift()
    gap = rows["second"] - lasts["second"].shift()
    met = (before.notna() & (gap <= _ANSWER) & (base.str.count(" ") >= 1)).to_numpy()
    answers = rows.index.to_numpy()[met]
    originals = before[met].to_numpy().astype(np.int64)
    written = rows["second"].groupby(codes)
    span = written.transform("max") - written.transform("min")
    settled = ((span > _BURST) & (written.transform("size") > _FEW)).to_numpy()
    told = is_answer[answers] & ~is_answer[originals]
    told |= settled[answers] | settled[originals]
    return answers[told], originals[told]


_REPEATED = re.compile(r"(?:\[[^\]]*\]\s*|[\w]{1,4}(?:\[\d+\])?\s*[:：]\s*)*")


def _base_of(subject: str) -> tuple[str, bool]:
    """Give a subject without tags and marks of answers, and whether it had such a mark."""
    found = _REPEATED.match(subject)
    base = " ".join(subject[found.end() if found else 0 :].lower().split())
    return base, topic_of(subject) is None


class _Surroundings:
    """Sums over the neighbours of each row, itself included; rows are in order of time."""

    def __init__(self, rows: pd.DataFrame) -> None:
        coalition = rows["coalition"].factorize()[0].astype(np.int64)
        # so far apart that no year leads into another coalition
        self._time: Positions = (coalition << 36) + rows["second"].to_numpy()
        place = np.arange(len(rows))
        low, high = self._bounds(_YEAR)
        self._near = np.maximum(low, place - _AROUND), np.minimum(high, place + _AROUND + 1)
        self._day = self._bounds(_DAY)

    def _bounds(self, span: int) -> tuple[Positions, Positions]:
        low = np.searchsorted(self._time, self._time - span)
        return low, np.searchsorted(self._time, self._time + span, side="right")

    def near(self, amounts: npt.NDArray[Any]) -> Numbers:
        return _sums(amounts, *self._near)

    def within_day(self, amounts: npt.NDArray[Any]) -> Numbers:
        return _sums(amounts, *self._day)


_UNIT = 1 << 32


def _sums(amounts: npt.NDArray[Any], low: Positions, high: Positions) -> Numbers:
    # In whole units: a sum of fractions would hang on what other lists stand before this one.
    units = np.rint(amounts * float(_UNIT)).astype(np.int64)
    total = np.concatenate([[0], np.cumsum(units)])
    found: Numbers = (total[high] - total[low]) / _UNIT
    return found


@cache
def _words_of(kind: str) -> tuple[str, ...]:
    text = resources.files("dcactivity").joinpath("automated.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)[kind])


_DISGUISE = (("@", "a"), ("0", "o"), ("1", "i"), ("$", "s"), ("3", "e"))


def _names_wares(rows: pd.DataFrame) -> Flags:
    """Flag the strays in whose sender or subject one of the wares is named."""
    found = rows["stray"].to_numpy().copy()
    part = rows[found]
    text = pa.array(part["from_name"].fillna("") + " " + part["subject"], pa.string())
    text = pc.replace_substring_regex(pc.utf8_lower(text), r"[._*'’`^|+-]", "")
    for sign, letter in _DISGUISE:
        text = pc.replace_substring(text, sign, letter)
    pattern = rf"\b(?:{'|'.join(_words_of('wares'))})\b"
    found[found] = pc.match_substring_regex(text, pattern).to_numpy(zero_copy_only=False)
    return found


_WORD = re.compile(r"[^\W\d_]{4,}")
_TAG = re.compile(r"^\[([^\]]*)\]")


def _count_own_words(rows: pd.DataFrame, one: pd.DataFrame) -> None:
    """Count, in the strays of one coalition that matter, the words of the list's own.

    Its own are words of subjects of messages by people, where they stand at least `_LIFT` times
    as often as in the strays; and the list's name, as its tag and slug have it.
    """
    subject = one["subject"].str.lower()
    everyday = set(_words_of("everyday"))
    tags = subject.str.extract(_TAG.pattern, expand=False)
    common = tags.value_counts(normalize=True, dropna=False)
    name = {word for tag in common[common >= _TAGGED].index.dropna() for word in _found(tag)}
    name = (name | _found(one["coalition"].iloc[0].lower())) - everyday
    words = subject.str.replace(_TAG.pattern, "", regex=True).map(_found)
    spread = words.explode().dropna()
    theirs = spread[one["stray"][spread.index]].value_counts()
    usual = spread[one["people"][spread.index]].value_counts() / max(1, one["people"].sum())
    # the message under judgement is not counted among the strays
    rare = (theirs.reindex(usual.index).fillna(0) - 1).clip(lower=0)
    own = set(usual.index[usual >= _LIFT * rare / max(1, one["stray"].sum() - 1)]) - everyday
    matters = words[one["stray"] & (one["score"] >= one["enough"])]
    rows.loc[matters.index, "own_words"] = [len(found & own) for found in matters]
    rows.loc[matters.index, "own_name"] = [bool(found & name) for found in matters]


def _found(text: str) -> set[str]:
    return set(_WORD.findall(text))


def _described(rows: pd.DataFrame, index: pd.Index) -> pd.DataFrame:
    """Lay out the findings on the caller's rows."""
    columns = {
        "reason": "str",
        "score": "Float64",
        "strays": "Float64",
        "unanswered": "Int64",
        "lively": "Int64",
        "burst": "Float64",
        "own_words": "Int64",
        "wares": "boolean",
        "evidence": "str",
    }
    if rows.empty:
        return pd.DataFrame({n: pd.Series(index=index, dtype=t) for n, t in columns.items()})
    told = rows["score"] >= rows["enough"]
    rows["reason"] = pd.Series(SUSPECTED, index=rows.index, dtype="str").where(told)
    names = ["strays", "unanswered", "lively", "burst", "own_words", "own_name", "wares"]
    grounds = rows.loc[told, names]
    texts = [_sentence(*row) for row in grounds.round().itertuples(index=False)]
    rows["evidence"] = pd.Series(texts, index=grounds.index, dtype="str")
    found = rows.set_index("place").reindex(range(len(index)))[list(columns)].astype(columns)
    found.index = index
    return found


@lru_cache(maxsize=4096)
def _sentence(
    strays: float,
    unanswered: float,
    lively: float,
    burst: float,
    own_words: int,
    own_name: bool,
    wares: bool,
) -> str:
    """Say in one line what speaks against a message."""
    own = own_words + own_name
    parts = [
        "the sender is not seen again and nobody answered",
        f"around it {strays:.0f} more such senders",
        f"{unanswered:.0f} other messages without an answer",
        f"{lively:.0f} by people who answer each other",
        f"{burst:.0f} such senders within a day" if burst >= 1 else "",
        "wares are named" if wares else "",
        f"{own} of the list's own words" if own else "no word of the list's own",
    ]
    return "; ".join(filter(None, parts))
