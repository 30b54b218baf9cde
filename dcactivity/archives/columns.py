"""Header fields of a batch as columns: the usual forms at once, the odd ones one by one.

Each distinct From or Subject is decoded once and remembered; dates of the usual fixed forms are
read with numpy (`dcactivity.archives.instants`); what is left goes to the careful parsers of
`dcactivity.archives.fields` and its neighbours. `Decoder.slow` counts how often that happened:
on ordinary mail it stays near zero.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dcactivity.archives.addresses import may_be_rewritten, parse_address, undo_rewriting
from dcactivity.archives.arrowed import (
    EMPTY_TEXT,
    NO_TEXT,
    as_mask,
    as_numbers,
    as_strings,
    numbers_of,
)
from dcactivity.archives.dates import parse_date, parse_envelope, parse_received
from dcactivity.archives.digests import RawDigest
from dcactivity.archives.fields import parse_in_reply_to, parse_message_id
from dcactivity.archives.idlists import read_references
from dcactivity.archives.instants import NO_OFFSET, Instants, read_asctime, read_rfc5322
from dcactivity.archives.lines import FieldValues, HeaderLines
from dcactivity.archives.marks import automated_column
from dcactivity.archives.slices import cut, distinct_values, find_odd, mend, scatter, unfold
from dcactivity.archives.text import decode_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy.typing as npt

    from dcactivity.archives.dates import Instant
    from dcactivity.archives.headers import HeaderBatch

    Positions = npt.NDArray[np.int64]

__all__ = ["LIST_FIELDS", "RECORD_SCHEMA", "Decoder"]

LIST_FIELDS = ("List-Id", "List-Subscribe", "List-Archive", "List-Post", "Archived-At")
"""Fields of RFC 2369, RFC 2919 and RFC 5064 that are kept for the open principles."""

_INSTANT = pa.timestamp("us", tz="UTC")
RECORD_SCHEMA = pa.schema(
    [
        ("message_id", pa.string()),
        ("date_header", _INSTANT),
        ("date_received", _INSTANT),
        ("date_envelope", _INSTANT),
        ("utc_offset", pa.int16()),
        ("from_name", pa.string()),
        ("from_address", pa.string()),
        ("subject", pa.string()),
        ("in_reply_to", pa.string()),
        ("references", pa.list_(pa.string())),
        ("list_fields", pa.string()),
        ("automated", pa.string()),
        ("bytes", pa.int64()),
        ("member", pa.string()),
        ("offset", pa.int64()),
    ]
)
"""One message as its archive gives it, before the store adds what all archives decide."""

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

_CACHE = 200_000  # distinct values remembered; spam lists have a new sender in each message
_DAY = 86_400 * 1_000_000
_SUPPORT_BEFORE, _SUPPORT_AFTER = 30 * _DAY, 2 * _DAY


class Decoder:
    """Turn batches of header blocks into record batches.

    Parameters
    ----------
    list_addresses : iterable of str
        The list's own addresses, for undoing rewritten From fields; those that List-Post and
        List-Id name are added as they are seen.

    Attributes
    ----------
    slow : Counter
        How many values of each kind were not of the usual form.
    """

    def __init__(self, list_addresses: Iterable[str] = ()) -> None:
        self.list_addresses = {address.lower() for address in list_addresses}
        self.slow: Counter[str] = Counter()
        self._senders: dict[bytes, tuple[str, str]] = {}
        self._subjects: dict[bytes, str] = {}
        self._lists: dict[tuple[bytes | None, ...], str | None] = {}

    def decode(self, batch: HeaderBatch) -> pa.RecordBatch:
        """Decode a batch; messages without any header field join its `refused`.

        Parameters
        ----------
        batch : HeaderBatch
            As a reader of archives gave it.

        Returns
        -------
        RecordBatch
            With `RECORD_SCHEMA`, one row for each message that has a header.
        """
        if not len(batch):
            return _empty()
        table = batch.lines()
        whole = table.has_fields()
        if not whole.all():
            offsets = batch.offsets.tolist()
            for row in np.flatnonzero(~whole).tolist():
                batch.refuse(offsets[row], "no header block", member=batch.members.get(row))
        count = len(batch)
        header = self._dates(table, count)
        list_fields = self._list_fields(table, count)
        names, addresses = self._senders_of(table, count)
        subjects = self._subject(table, count)
        parents = _null_if_empty(self._ids(table, b"in-reply-to", count, parse=parse_in_reply_to))
        columns = {
            "message_id": self._message_ids(table, batch),
            "date_header": _timestamps(header),
            "date_received": _timestamps(self._received(table, header)),
            "date_envelope": _timestamps(self._envelopes(table, count)),
            "utc_offset": as_numbers(
                header.offset.astype(np.int16),
                pa.int16(),
                missing=~header.known | (header.offset == NO_OFFSET),
            ),
            "from_name": names,
            "from_address": addresses,
            "subject": subjects,
            "in_reply_to": parents,
            "references": self._references(table),
            "list_fields": list_fields,
            "automated": automated_column(
                table, names=names, addresses=addresses, subjects=subjects, parents=parents
            ),
            "bytes": as_numbers(batch.sizes, pa.int64()),
            "member": _members(batch),
            "offset": as_numbers(batch.offsets, pa.int64()),
        }
        arrays = [
            columns[name].cast(RECORD_SCHEMA.field(name).type) for name in RECORD_SCHEMA.names
        ]
        records = pa.RecordBatch.from_arrays(arrays, schema=RECORD_SCHEMA)
        return records if whole.all() else records.filter(as_mask(whole))

    def _dates(self, table: HeaderLines, count: int) -> Instants:
        values = table.values(b"date").first()
        found = read_rfc5322(table.octets, values.start, values.end)
        found = self._repair(table, values, found, parse_date, "date")
        return _spread(values.row, found, count)

    def _envelopes(self, table: HeaderLines, count: int) -> Instants:
        values = table.envelopes()
        found = read_asctime(table.octets, values.start, values.end)

        def parse(line: bytes) -> Instant | None:
            parsed = parse_envelope(line)
            return parsed[1] if parsed else None

        return _spread(values.row, self._repair(table, values, found, parse, "envelope"), count)

    def _received(self, table: HeaderLines, header: Instants) -> Instants:
        """Choose the instant of the hop that supports the Date, else of the earliest hop."""
        values = table.values(b"received")
        hops = read_rfc5322(table.octets, values.start, values.end)
        # The careful parser is spared the hops of messages which have a supporting one already.
        served = np.zeros(len(header.known), dtype=bool)
        served[values.row[hops.known & _supports(hops, header, values.row)]] = True
        hops = self._repair(
            table, values, hops, parse_received, "received", skip=served[values.row]
        )
        micros, known = np.zeros(len(served), np.int64), np.zeros(len(served), dtype=bool)
        # Hops are listed from the last to the first: the assignment that comes last wins.
        for chosen in (hops.known, hops.known & _supports(hops, header, values.row)):
            rows = values.row[chosen]
            micros[rows] = hops.microseconds[chosen]
            known[rows] = True
        return Instants(micros, np.full(len(served), NO_OFFSET), known)

    def _repair(
        self,
        table: HeaderLines,
        values: FieldValues,
        found: Instants,
        parse: Callable[[bytes], Instant | None],
        kind: str,
        skip: npt.NDArray[np.bool_] | None = None,
    ) -> Instants:
        """Have the values that are not of the usual form read by a careful parser."""
        odd = ~found.known & (values.end > values.start)
        if skip is not None:
            odd &= ~skip
        rows = np.flatnonzero(odd)
        self.slow[kind] += len(rows)
        micros, offset, known = found.microseconds.copy(), found.offset.copy(), found.known.copy()
        for row, text in zip(rows.tolist(), table.take(values.where(odd)), strict=True):
            instant = parse(text)
            if instant is not None:
                micros[row], known[row] = instant.microseconds, True
                offset[row] = NO_OFFSET if instant.offset is None else instant.offset
        return Instants(micros, offset, known)

    def _message_ids(self, table: HeaderLines, batch: HeaderBatch) -> pa.Array:
        ids = self._ids(table, b"message-id", len(batch), parse=parse_message_id)
        empty = numbers_of(pc.equal(ids.fill_null(EMPTY_TEXT), EMPTY_TEXT)) > 0
        if not empty.any():
            return ids
        made = [
            f"sha256:{batch.digests.get(row) or _digest(batch.lines().block(row))}"
            for row in np.flatnonzero(empty).tolist()
        ]
        return pc.replace_with_mask(ids, as_mask(empty), as_strings(made))

    def _ids(
        self, table: HeaderLines, name: bytes, count: int, *, parse: Callable[[bytes], str]
    ) -> pa.Array:
        """Read the first id of a field, without angle brackets; empty where there is none."""
        values = table.values(name).first()
        first, last = table.octets[values.start], table.octets[values.end - 1]
        plain = (first == ord("<")) & (last == ord(">")) & (values.end - values.start > 2)
        inner = cut(table, FieldValues(values.row, values.start + plain, values.end - plain))
        odd = find_odd(inner, b'<>()" ,\\') | ~plain
        self.slow[name.decode().replace("-", "_")] += int(odd.sum())
        ids = mend(inner, odd, table.take(values.where(odd)), parse)
        return scatter(ids, values.row, count)

    def _references(self, table: HeaderLines) -> pa.Array:
        lists, slow = read_references(table, table.values(b"references").first())
        self.slow["references"] += slow
        return lists

    def _subject(self, table: HeaderLines, count: int) -> pa.Array:
        values = table.values(b"subject").first()
        raw = unfold(cut(table, values))
        odd = find_odd(raw, b"", is_text=True)
        self.slow["subject"] += int(odd.sum())
        texts = mend(raw, odd, table.take(values.where(odd)), self._decode_subject)
        return scatter(texts, values.row, count)

    def _decode_subject(self, value: bytes) -> str:
        return _remember(self._subjects, value, decode_text)

    def _senders_of(self, table: HeaderLines, count: int) -> tuple[pa.Array, pa.Array]:
        """Read who wrote: names and addresses, with rewriting by the list undone."""
        values = table.values(b"from").first()
        codes, raw = distinct_values(table, values)
        distinct = [_remember(self._senders, value, parse_address) for value in raw]
        doubtful = np.array(
            [may_be_rewritten(*pair, self.list_addresses) for pair in distinct], dtype=bool
        )
        rows = values.row
        if doubtful.any():
            reply_to, original = _by_row(table, b"reply-to"), _by_row(table, b"x-original-from")
            places = np.flatnonzero(doubtful[codes])
            codes = codes.copy()
            for place in places.tolist():
                name, address = distinct[codes[place]]
                pair = undo_rewriting(
                    name,
                    address,
                    reply_to=reply_to.get(rows[place]),
                    original_from=original.get(rows[place]),
                    list_addresses=self.list_addresses,
                )
                codes[place] = len(distinct)
                distinct.append(pair)
        columns = []
        for part in zip(*distinct, strict=True) if distinct else ([], []):
            texts = as_strings([text or None for text in part])
            columns.append(scatter(texts.take(as_numbers(codes, pa.int32())), rows, count))
        return columns[0], columns[1]

    def _list_fields(self, table: HeaderLines, count: int) -> pa.Array:
        """Gather the list's own fields as JSON; the same few combinations stand everywhere."""
        combined = np.zeros(count, dtype=np.int64)
        columns: list[tuple[Positions, list[bytes]]] = []
        for name in LIST_FIELDS:
            values = table.values(name.lower().encode()).first()
            places, distinct = distinct_values(table, values)
            codes = np.full(count, -1, dtype=np.int64)
            codes[values.row] = places
            columns.append((codes, distinct))
            combined = combined * (len(distinct) + 1) + codes + 1
        _, first, inverse = np.unique(combined, return_index=True, return_inverse=True)
        texts = []
        for row in first.tolist():
            found = tuple(
                distinct[codes[row]] if codes[row] >= 0 else None for codes, distinct in columns
            )
            texts.append(_remember(self._lists, found, self._list_json))
        return as_strings(texts).take(as_numbers(inverse, pa.int64()))

    def _list_json(self, found: tuple[bytes | None, ...]) -> str | None:
        texts = {
            name: decode_text(value)
            for name, value in zip(LIST_FIELDS, found, strict=True)
            if value is not None
        }
        address = _MAILTO.search(texts.get("List-Post", ""))
        if address:
            self.list_addresses.add(address[1].lower())
        return json.dumps(texts, ensure_ascii=False) if texts else None


_MAILTO = re.compile(r"(?i)mailto:([^@>?\s]{1,200}@[^>?\s]{1,200})")


def _remember(known: dict[_Key, _Value], key: _Key, make: Callable[[_Key], _Value]) -> _Value:
    """Look a value up, or make it and keep it; what is kept has a bound."""
    try:
        return known[key]
    except KeyError:
        if len(known) >= _CACHE:
            known.clear()
        value = known[key] = make(key)
        return value


def _members(batch: HeaderBatch) -> pa.Array:
    if not batch.members:
        return pa.nulls(len(batch), pa.string())
    return as_strings([batch.members.get(row) for row in range(len(batch))])


def _null_if_empty(texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(texts, EMPTY_TEXT), NO_TEXT, texts)


def _digest(block: bytes) -> str:
    """Digest what is at hand of a message whose Message-ID turned out to be void."""
    raw = RawDigest()
    raw.update(block)
    return raw.hexdigest()


def _by_row(table: HeaderLines, name: bytes) -> dict[int, bytes]:
    values = table.values(name).first()
    return dict(zip(values.row.tolist(), table.take(values), strict=True))


def _spread(rows: Positions, found: Instants, count: int) -> Instants:
    """Lay out what was found over all rows of the batch."""
    micros, known = np.zeros(count, np.int64), np.zeros(count, dtype=bool)
    offset = np.full(count, NO_OFFSET, dtype=np.int64)
    micros[rows], known[rows], offset[rows] = found.microseconds, found.known, found.offset
    return Instants(micros, offset, known)


def _supports(hops: Instants, header: Instants, rows: Positions) -> npt.NDArray[np.bool_]:
    """Tell which hops bear the Date out: it lies at most 30 days before and 2 days after."""
    lag = hops.microseconds - header.microseconds[rows]
    within: npt.NDArray[np.bool_] = (lag <= _SUPPORT_BEFORE) & (lag >= -_SUPPORT_AFTER)
    return within & header.known[rows]


def _timestamps(instants: Instants) -> pa.Array:
    return as_numbers(instants.microseconds, _INSTANT, missing=~instants.known)


def _empty() -> pa.RecordBatch:
    arrays = [pa.nulls(0, kind.type) for kind in RECORD_SCHEMA]
    return pa.RecordBatch.from_arrays(arrays, schema=RECORD_SCHEMA)
