"""The columns of many messages at once are what the careful parsers make of each value."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcactivity.archives.columns import Decoder
from dcactivity.archives.dates import parse_date
from dcactivity.archives.fields import parse_in_reply_to, parse_message_id, parse_references
from dcactivity.archives.headers import HeaderBatch
from dcactivity.archives.mbox import MboxScanner
from dcactivity.archives.text import decode_text
from tests.boxes import mbox

ID = st.sampled_from(
    [b"<1@example.org>", b"<2.x-y@example.org>", b"<1@example.org>", b"<a b@c>", b"<>", b"<x>"]
)
REFERENCES = st.lists(
    st.one_of(
        ID,
        st.sampled_from(
            [b" ", b"\n ", b"\r\n\t", b"  ", b",", b"<", b">", b"(c)", b"y@example.org", b"\xe9"]
        ),
    ),
    max_size=8,
).map(b"".join)
WORD = st.sampled_from(
    [
        b"Re:",
        b"[dc]",
        b"=?utf-8?q?caf=C3=A9?=",
        b"caf\xc3\xa9",
        b"caf\xe9",
        b"a=?b",
        b"=",
        b"?",
        b"x",
    ]
)
BLANK = st.sampled_from([b" ", b"  ", b"\t", b"\n ", b"\r\n\t", b" \n  ", b"\n \t", b""])
SUBJECT = st.lists(st.tuples(WORD, BLANK), max_size=6).map(
    lambda parts: b"".join(word + blank for word, blank in parts)
)
DATE = st.sampled_from(
    [
        *(b"Thu, 31 Mar 2022 10:00:00 +0000", b"Thu, 3 Mar 2022 10:00:00 -0330"),
        *(b"Thu,  3 Mar 2022 10:00:00 GMT", b"3 Mar 2022 10:00:00 +0530 (IST)"),
        *(
            b"31 Feb 2022 10:00:00 +0000",
            b"Thu, 31 Mar 22 10:00 EST",
            b"29 Feb 2024 23:59:59 -0000",
        ),
        *(b"Thu, 31 mar 2022 24:00:00 +0000", b"soon", b"", b"1 Jan 1970 00:00:00 +0000"),
        *(b"xx31 Mar 2022 10:00:00 +0000", b"Thu 31 Mar 2022 10:00:00 +9900"),
    ]
)


def decode(headers: list[bytes]) -> list[dict[str, object]]:
    batch = HeaderBatch()
    for number, header in enumerate(headers):
        batch.add(b"From: a@example.org\n" + header, offset=number, size=1)
    return Decoder().decode(batch).to_pylist()  # type: ignore[no-any-return]


def value(raw: bytes) -> bytes:
    return raw.strip(b" \t\r\n")


@given(raws=st.lists(REFERENCES, min_size=1, max_size=6))
@settings(max_examples=300, deadline=None)
def test_references(raws: list[bytes]) -> None:
    rows = decode([b"References: " + raw + b"\n" for raw in raws])
    assert [row["references"] for row in rows] == [parse_references(value(raw)) for raw in raws]


def test_references_of_messages_without_are_empty() -> None:
    rows = decode([b"", b"References: <1@a> <2@a>\n", b"References:\n", b"References: <3@a>\n"])
    assert [row["references"] for row in rows] == [[], ["1@a", "2@a"], [], ["3@a"]]
    assert [row["references"] for row in decode([b"", b""])] == [[], []]


@given(raws=st.lists(SUBJECT, min_size=1, max_size=6))
@settings(max_examples=300, deadline=None)
def test_subjects(raws: list[bytes]) -> None:
    rows = decode([b"Subject: " + raw + b"\nX-Next: 1\n" for raw in raws])
    assert [row["subject"] for row in rows] == [decode_text(value(raw)) for raw in raws]


@given(raws=st.lists(DATE, min_size=1, max_size=6))
@settings(max_examples=200, deadline=None)
def test_dates(raws: list[bytes]) -> None:
    rows = decode([b"Date: " + raw + b"\n" for raw in raws])
    for raw, row in zip(raws, rows, strict=True):
        expected = parse_date(raw) if raw else None
        found = row["date_header"]
        if expected is None:
            assert found is None
        else:
            assert found.timestamp() * 1_000_000 == expected.microseconds  # type: ignore[attr-defined]
            assert row["utc_offset"] == expected.offset


@given(raws=st.lists(ID, min_size=1, max_size=6))
def test_ids(raws: list[bytes]) -> None:
    rows = decode([b"Message-ID: " + raw + b"\nIn-Reply-To: " + raw + b"\n" for raw in raws])
    for raw, row in zip(raws, rows, strict=True):
        assert row["in_reply_to"] == (parse_in_reply_to(raw) or None)
        known = parse_message_id(raw)
        assert (
            row["message_id"] == known if known else str(row["message_id"]).startswith("sha256:")
        )


def test_a_field_that_is_repeated_counts_once_where_it_has_content() -> None:
    (row,) = decode([b"Subject:\nsubject: One\nSUBJECT: Two\nSubject : Three\n"])
    assert row["subject"] == "One"


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_ordinary_mail_takes_no_slow_path(line_end: bytes) -> None:
    extra = (
        b"Received: from a by b; Fri, 01 Jan 2021 12:00:00 +0000 (UTC)\n"
        b"References: <1@example.org>\n <2@example.org>\nIn-Reply-To: <2@example.org>\n"
        b"Subject: [list] a subject\n that is folded\nMIME-Version: 1.0\n"
    )
    box = mbox(range(300)).encode().replace(b"From: ", extra + b"From: ")
    scanner, decoder = MboxScanner(io.BytesIO(box.replace(b"\n", line_end))), Decoder()
    rows = [row for batch in scanner.batches() for row in decoder.decode(batch).to_pylist()]
    assert len(rows) == 300
    assert rows[0]["subject"] == "[list] a subject that is folded"
    assert rows[0]["references"] == ["1@example.org", "2@example.org"]
    assert scanner.doubtful == 0
    assert decoder.slow.total() == 0
