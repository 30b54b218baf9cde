"""Which messages no person wrote, as far as their own header fields tell.

The rules are data: ``automated.toml`` beside this module, which says how it is read. Mail that
no rule concerns, as nearly all is, costs a fraction of a microsecond a message: header fields
are found by the first eight bytes of their names, phrases in subjects and senders by the first
bytes of each word, all read as integers and looked up at once. Only what that lets through is
judged message by message.

Unmarked spam is not told here: that takes a whole archive (`dcactivity.automated`).
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from dcactivity.archives.arrowed import as_strings, numbers_of
from dcactivity.archives.slices import octets_of, scatter
from dcactivity.archives.text import TEXT_LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt
    import pyarrow as pa

    from dcactivity.archives.lines import FieldValues, HeaderLines

    Words = npt.NDArray[np.uint64]

__all__ = ["HUMAN", "Rule", "automated_column", "judge", "rules", "topic_of"]

HUMAN = "human"
"""The reason of a rule which says that a person wrote the message after all."""

_SENDER, _SUBJECT, _TOPIC, _PARENT = "from", "subject", "topic", "in-reply-to"  # are decoded
_TAGS = r"(?:\[[^\]]*\]\s*)*"
_LONG, _SHORT = 8, 5  # bytes of a phrase by which it is looked for
_FOLD = np.uint64(0x2020202020202020)  # makes ASCII letters lower case, eight at a time


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to tell who, or what, wrote a message.

    Attributes
    ----------
    reason : str
        What the column ``automated`` says; `HUMAN` where a person wrote.
    source : str
        Where it is written that such mail looks like this.
    match : dict
        From fields to patterns which all must match, from the start of the value.
    phrases : list of str
        In lower case; one of them must occur in the first field of `match`.
    unless : dict
        From fields to patterns of which none may match.
    """

    reason: str
    source: str
    match: dict[str, str]
    phrases: list[str] = field(default_factory=list)
    unless: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The field in which the rule is recognised."""
        return next(iter(self.match))

    def applies(self, values: Mapping[str, str]) -> bool:
        """Tell whether the rule holds for a message.

        Parameters
        ----------
        values : mapping
            From fields, as rules name them, to values.

        Returns
        -------
        bool
            A field that is not at hand matches nothing.
        """
        return all(
            _matches(pattern, values.get(name)) for name, pattern in self.match.items()
        ) and not any(_matches(pattern, values.get(name)) for name, pattern in self.unless.items())


@cache
def rules() -> tuple[Rule, ...]:
    """Read the rules.

    Returns
    -------
    tuple of Rule
        In the order in which they are tried.
    """
    found = [Rule(**entry) for entry in _data()["rule"]]
    for rule in found:
        phrases = f"(?:{'|'.join(map(re.escape, rule.phrases))})"
        rule.match[rule.key] = rule.match[rule.key].replace("{phrases}", phrases)
    return tuple(found)


def topic_of(subject: str) -> str | None:
    """Give a subject without list tags, unless it is that of an answer or a forward.

    Parameters
    ----------
    subject : str
        Decoded.

    Returns
    -------
    str or None
        None for ``Re: …``, ``[tag] Fwd: …`` and the like in the usual languages.

    Examples
    --------
    >>> topic_of("[dc-example] Automatic reply: Agenda")
    'Automatic reply: Agenda'
    >>> topic_of("AW: Automatic reply: Agenda") is None
    True
    """
    found = _compiled(_TAGS).match(subject)
    topic = subject[found.end() if found else 0 :]
    return None if _matches(_data()["reply"], topic) else topic


def judge(values: Mapping[str, str], among: Iterable[Rule] | None = None) -> str | None:
    """Tell why a message is automated.

    Parameters
    ----------
    values : mapping
        From fields, in lower case, to values: ``from`` (address, blank, name), ``subject``,
        ``in-reply-to``, and other header fields as far as they are at hand.
    among : iterable of Rule or None
        By default all rules.

    Returns
    -------
    str or None
        The reason of the first rule that holds; None for human.

    Examples
    --------
    >>> judge({"from": "info@ngo.example Jane", "subject": "Automatic reply: Agenda"})
    'auto-reply'
    """
    topic = topic_of(values.get(_SUBJECT, ""))
    known = {**values, _TOPIC: topic} if topic is not None else dict(values)
    for rule in rules() if among is None else among:
        if rule.applies(known):
            return None if rule.reason == HUMAN else rule.reason
    return None


def automated_column(
    table: HeaderLines,
    *,
    names: pa.Array,
    addresses: pa.Array,
    subjects: pa.Array,
    parents: pa.Array,
) -> pa.Array:
    """Judge all messages of a batch.

    Parameters
    ----------
    table : HeaderLines
        Their header fields.
    names, addresses, subjects, parents : Array of string
        Who wrote, the subject, and In-Reply-To, decoded; one a message, null where there is
        none.

    Returns
    -------
    Array of string
        The reason why a message is automated, null where a person wrote it.
    """
    senders = pc.binary_join_element_wise(
        addresses, names, _BLANK, null_handling="replace", null_replacement=""
    )
    coded = senders.dictionary_encode()
    suspicions: dict[int, set[int]] = defaultdict(set)
    for place, found in _phrases(_SENDER).find(coded.dictionary):
        for row in np.flatnonzero(numbers_of(coded.indices) == place).tolist():
            suspicions[row] |= found
    for row, found in _phrases(_SUBJECT).find(subjects):
        suspicions[row] |= found
    present = _present(table)
    for name in present & _keyed().keys():
        values = table.values(name.encode()).first()
        for number in _keyed()[name]:
            for row in _starting(table, values, rules()[number].phrases).tolist():
                suspicions[row].add(number)
    reasons: dict[int, str] = {}
    rows = sorted(suspicions)
    decoded = {_SENDER: senders, _SUBJECT: subjects, _PARENT: parents}
    for row, known in zip(rows, _gather(table, present, decoded, rows), strict=True):
        reason = judge(known, [rules()[number] for number in sorted(suspicions[row])])
        if reason is not None:
            reasons[row] = reason
    places = np.fromiter(reasons, np.int64, len(reasons))
    return scatter(as_strings(list(reasons.values())), places, len(subjects))


_BLANK = as_strings([" "])[0]


def _gather(
    table: HeaderLines,
    present: set[str],
    decoded: dict[str, pa.Array],
    rows: list[int],
) -> list[dict[str, str]]:
    """Gather what the rules may ask of the few messages that are suspected."""
    found = {
        row: {name: texts[row].as_py() or "" for name, texts in decoded.items()} for row in rows
    }
    for name in present if rows else ():
        values = table.values(name.encode()).first()
        mine = values.where(np.isin(values.row, rows))
        for row, value in zip(mine.row.tolist(), table.take(mine), strict=True):
            found[row][name] = " ".join(value[:TEXT_LIMIT].decode("latin-1").split())
    return list(found.values())


def _present(table: HeaderLines) -> set[str]:
    """Name the fields which rules ask for and which the batch has."""
    found = _fields().among(table.heads)
    return {name for head in np.unique(found).tolist() for name in _fields().known.get(head, ())}


def _starting(
    table: HeaderLines, values: FieldValues, phrases: list[str]
) -> npt.NDArray[np.int64]:
    """Find the rows whose value starts with one of the phrases; without phrases, all."""
    if not phrases:
        return values.row
    hit = np.zeros(len(values), dtype=bool)
    for phrase in phrases:
        head = phrase.encode()[:_LONG]
        words = (_words(table.octets)[values.start] | _FOLD) & _mask(len(head))
        hit |= words == _number(head)
    return values.row[hit]


class _Heads:
    """A set of integers with a quick test, which lets few others through."""

    def __init__(self, entries: Iterable[tuple[int, Any]]) -> None:
        self.known: dict[int, list[Any]] = defaultdict(list)
        for head, what in entries:
            self.known[head].append(what)
        self._flags = np.zeros(1 << _BITS, dtype=bool)
        if self.known:
            self._flags[_hash(np.array(list(self.known), np.uint64))] = True

    def among(self, words: Words) -> Words:
        return words[self._flags[_hash(words)]]

    def where(self, words: Words) -> npt.NDArray[np.int64]:
        return np.flatnonzero(self._flags[_hash(words)])


_BITS = 13  # 8 KiB of flags stay in the first-level cache


def _hash(words: Words) -> Words:
    # Multiplying by 2^64 over the golden ratio spreads the bits into the uppermost ones.
    return (words * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - _BITS)


class _Phrases:
    """What finds the phrases of the rules that are recognised in some fields."""

    def __init__(self, *fields: str) -> None:
        entries: dict[int, list[tuple[int, int]]] = {_LONG: [], _SHORT: []}
        for number, rule in enumerate(rules()):
            for phrase in rule.phrases if rule.key in fields else ():
                text = phrase.encode()
                width = _LONG if len(text) >= _LONG else _SHORT
                at = next(i for i, octet in enumerate(text) if _IN_WORD[octet])
                assert len(text) - at >= width, f"{phrase}: too short to be looked for"
                entries[width].append((int(_number(text[at : at + width])), number))
        self._heads = {width: _Heads(found) for width, found in entries.items()}

    def find(self, texts: pa.Array) -> list[tuple[int, set[int]]]:
        """List the texts in which a phrase may stand, with the numbers of its rules."""
        octets, offsets = octets_of(pc.utf8_lower(texts))
        octets = np.concatenate([octets, np.zeros(_LONG, np.uint8)])
        in_word = _IN_WORD[octets]
        begins = in_word.copy()
        begins[1:] &= ~in_word[:-1]
        begins[offsets[:-1]] = True
        starts = np.flatnonzero(begins[: offsets[-1]])
        words = _words(octets)[starts]
        found: dict[int, set[int]] = defaultdict(set)
        for width, heads in self._heads.items():
            cut = (words | _FOLD) & _mask(width)
            hits = heads.where(cut)
            rows = np.searchsorted(offsets, starts[hits], side="right") - 1
            for row, word in zip(rows.tolist(), cut[hits].tolist(), strict=True):
                found[row].update(heads.known.get(word, ()))
        return [(row, numbers) for row, numbers in found.items() if numbers]


_IN_WORD = np.array([octet > 127 or chr(octet).isalnum() for octet in range(256)])


@cache
def _phrases(name: str) -> _Phrases:
    return _Phrases(_SUBJECT, _TOPIC) if name == _SUBJECT else _Phrases(name)


@cache
def _keyed() -> dict[str, list[int]]:
    """List the rules that are recognised by each header field."""
    keyed: dict[str, list[int]] = defaultdict(list)
    for number, rule in enumerate(rules()):
        keyed[rule.key].append(number)
    return keyed


@cache
def _fields() -> _Heads:
    names = {name for rule in rules() for name in (*rule.match, *rule.unless)}
    names -= {_SENDER, _SUBJECT, _TOPIC, _PARENT}
    heads = [((name + ":").encode()[:_LONG], name) for name in sorted(names)]
    assert all(len(head) == _LONG for head, _ in heads), "a field's name is too short"
    return _Heads((int(_number(head)), name) for head, name in heads)


def _number(text: bytes) -> np.uint64:
    """Read up to eight bytes as an integer."""
    return np.uint64(int.from_bytes(bytes(octet | 0x20 for octet in text), "little"))


def _mask(width: int) -> np.uint64:
    return np.uint64((1 << 8 * width) - 1)


def _words(octets: npt.NDArray[np.uint8]) -> Words:
    """See every eight bytes that follow one another as an integer."""
    return np.ndarray((len(octets) - 7,), dtype="<u8", buffer=octets, strides=(1,))


def _matches(pattern: str, value: str | None) -> bool:
    return value is not None and _compiled(pattern).match(value) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE | re.DOTALL)


@cache
def _data() -> dict[str, Any]:
    text = resources.files("dcactivity.archives").joinpath("automated.toml")
    return tomllib.loads(text.read_text(encoding="utf-8"))
