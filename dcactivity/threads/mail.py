"""Messages as flat arrays of numbers, in an order that does not hang on that of the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from dcactivity.arrays import lists_of, texts_of
from dcactivity.checks import require_columns
from dcactivity.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    _Numbers = NDArray[np.int64]

__all__ = ["UNDATED", "Mail", "read_mail"]

UNDATED = np.iinfo(np.int64).max
"""Stands for the instant of a message without one: it comes after all others."""

_MAILMAN_ID = r"^mailman\.\d+\.\d+\.\d+\.[^@]+@"
_SECOND_US = 1_000_000
_TEXT = pa.large_string()
_TELLING = ("message_id", "subject", "in_reply_to", "references", "person", "from_address")
"""What tells messages of the same instant apart, so that their order does not hang on chance."""


@dataclass(frozen=True, slots=True)
class Mail:
    """Messages of all coalitions by coalition, date, Message-ID and content.

    Each Message-ID of a coalition is a node. Those at hand come first, in the order of their
    first messages, so that of two nodes at hand the smaller one is the earlier.

    Attributes
    ----------
    row : ndarray of int64
        For each message its position in the frame.
    coalition : ndarray of int64
        Its coalition's number.
    second : ndarray of int64
        When it was written, whole seconds since 1970-01-01 UTC, or `UNDATED`.
    person : ndarray of int64
        Who wrote it, -1 where nobody knows.
    node : ndarray of int64
        The node of its Message-ID.
    first : ndarray of int64
        For each node at hand its first message.
    nodes : int
        How many nodes there are, those included that are only referred to.
    referrer, referred : ndarray of int64
        A message and a node it refers to: for each message the References in their order,
        and after all of these the In-Reply-To; its
        own id is left out.
    by_mailman : ndarray of bool
        The reference has the form of the ids that GNU Mailman 2 gives to its own messages,
        digests first of all.
    ids : Array of string
        For each message its Message-ID.
    subjects : Array of string
        For each message its subject.
    """

    row: _Numbers
    coalition: _Numbers
    second: _Numbers
    person: _Numbers
    node: _Numbers
    first: _Numbers
    nodes: int
    referrer: _Numbers
    referred: _Numbers
    by_mailman: NDArray[np.bool_]
    ids: pa.Array
    subjects: pa.Array

    def __len__(self) -> int:
        return len(self.row)

    def is_at_hand(self, nodes: _Numbers) -> NDArray[np.bool_]:
        """Tell which nodes are Message-IDs of messages that are here."""
        here: NDArray[np.bool_] = nodes < len(self.first)
        return here


def read_mail(messages: pd.DataFrame) -> Mail:
    """Bring messages into order, and number their ids.

    Parameters
    ----------
    messages : DataFrame, one row per message
        As for `dcactivity.threads.thread_messages`.

    Returns
    -------
    Mail
        The same messages.

    Raises
    ------
    InputError
        A column is missing, or a message has no id.
    """
    require_columns(
        messages,
        ("coalition", "message_id", "date", "subject", "in_reply_to", "references"),
        name="messages",
    )
    ids, answered = texts_of(messages["message_id"]), texts_of(messages["in_reply_to"])
    unnamed = _numbers(pc.fill_null(pc.equal(ids, ""), True))
    if unnamed.any():
        place = int(np.argmax(unnamed))
        raise InputError(
            f"row {place} has no message_id",
            position="message_id",
            hint="name such a message by a digest of its bytes, as the message table does",
        )
    references = lists_of(messages["references"])
    subjects = texts_of(messages["subject"])
    coalition = pd.factorize(messages["coalition"], use_na_sentinel=False)[0].astype(np.int64)
    moment = _moments(messages["date"])
    row = _in_order({"coalition": coalition, "moment": moment}, messages)
    rank = np.empty_like(row)
    rank[row] = np.arange(len(row))
    at = np.concatenate([_numbers(pc.list_parent_indices(references)), np.arange(len(row))])
    names = pa.concat_arrays([pc.list_flatten(references), answered])
    node, referred, first, nodes = _nodes(coalition, row, ids, at, names)
    kept = (referred >= 0) & (referred != node[rank[at]])
    by_mailman = _numbers(pc.fill_null(pc.match_substring_regex(names, _MAILMAN_ID), False)) > 0
    dated = moment != UNDATED
    return Mail(
        row=row,
        coalition=coalition[row],
        second=np.where(dated, moment // _SECOND_US, UNDATED)[row],
        person=_persons(messages)[row],
        node=node,
        first=first,
        nodes=nodes,
        referrer=rank[at][kept],
        referred=referred[kept],
        by_mailman=by_mailman[kept],
        ids=ids.take(pa.array(row)),
        subjects=subjects.take(pa.array(row)),
    )


def _in_order(numbers: dict[str, _Numbers], messages: pd.DataFrame) -> _Numbers:
    """Sort rows by numbers, and those that these leave level by their texts."""
    order = np.lexsort(list(numbers.values())[::-1])
    level = np.ones(max(len(order) - 1, 0), bool)
    for values in numbers.values():
        level &= np.diff(values[order]) == 0
    tied = np.flatnonzero(np.append(level, False) | np.append(False, level))[: len(order)]
    if not len(tied):
        return order
    # Comparing texts is slow, and few messages of a list share a second.
    rows = messages.iloc[order[tied]]
    run = np.cumsum(~np.append(False, level))[tied]
    keys = {"run": pa.array(run)}
    for name in _TELLING:
        if name == "references":
            keys[name] = _as_text(lists_of(rows[name]))
        elif name in rows:
            keys[name] = texts_of(rows[name])
    by = pc.sort_indices(pa.table(keys), sort_keys=[(name, "ascending") for name in keys])
    order[tied] = order[tied][_numbers(by)]
    return order


def _nodes(
    coalition: _Numbers, row: _Numbers, ids: pa.Array, at: _Numbers, names: pa.Array
) -> tuple[_Numbers, _Numbers, _Numbers, int]:
    """Give each id of a coalition a number.

    That is, the node of each message in order, the node of each name (-1 where it is empty), for
    each node at hand its first message, and how many nodes there are.
    """
    here = ids.dictionary_encode()
    codes = pc.index_in(names, value_set=here.dictionary)
    away = names.filter(codes.is_null()).dictionary_encode()
    said = _numbers(pc.fill_null(pc.not_equal(names, ""), False)) > 0
    many = len(here.dictionary)
    theirs = _numbers(pc.fill_null(codes, many))
    theirs[theirs == many] += _numbers(pc.fill_null(away.indices, 0))
    many += len(away.dictionary) + 1
    own = coalition * many + _numbers(here.indices)
    found, known = pd.factorize(np.concatenate([own[row], coalition[at] * many + theirs]))
    node, referred = np.split(found.astype(np.int64), [len(ids)])
    first = np.flatnonzero(np.diff(np.maximum.accumulate(node), prepend=-1))
    return node, np.where(said, referred, -1), first, len(known)


def _persons(messages: pd.DataFrame) -> _Numbers:
    """Give each person a number; -1 where nobody knows who wrote."""
    if "person" in messages.columns:
        codes, _ = pd.factorize(messages["person"])
        return codes.astype(np.int64)
    require_columns(messages, ("from_address",), name="messages")
    folded = pc.utf8_lower(pc.utf8_trim_whitespace(texts_of(messages["from_address"])))
    known = pc.if_else(pc.equal(folded, ""), None, folded)
    return _numbers(pc.fill_null(known.dictionary_encode().indices, -1))


def _moments(dates: pd.Series) -> _Numbers:
    """Give instants as microseconds since 1970-01-01 UTC, `UNDATED` where there is none."""
    parsed = pd.to_datetime(dates, utc=True, format="ISO8601").dt.tz_localize(None)
    instants = parsed.to_numpy().astype("M8[us]")
    return np.where(np.isnat(instants), UNDATED, instants.astype(np.int64))


def _as_text(values: pa.Array) -> pa.Array:
    """Make lists of ids sortable: Arrow sorts none, and no id holds a blank."""
    return pc.binary_join(values.cast(pa.list_(_TEXT)), pa.scalar(" ", _TEXT))


def _numbers(values: pa.Array) -> _Numbers:
    numbers: _Numbers = values.to_numpy(zero_copy_only=False).astype(np.int64)
    return numbers
