"""Notebooks and boxes whose messages stand between rulers."""

from __future__ import annotations

import gzip
import io

import pytest

from dcactivity.archives.decompression import decompress
from dcactivity.archives.limits import DEFAULT_LIMITS, Limits
from dcactivity.archives.listserv import listserv_messages, mmdf_messages
from dcactivity.archives.records import Quarantined, RawMessage
from dcactivity.archives.streams import ChunkStream
from dcactivity.errors import ArchiveError

RULE = b"=" * 73 + b"\r\n"
FIRST = (
    b"Date:         Tue, 10 Oct 2017 14:57:51 +0000\r\nFrom:         a@example.org\r\n\r\nbody\r\n"
)
SECOND = b"X-A: b\r\n c\r\nSubject: x\r\nSender: a@example.org\r\n\r\nbody\r\n"


def cut(data: bytes, limits: Limits = DEFAULT_LIMITS) -> list[RawMessage | Quarantined]:
    return list(listserv_messages(io.BytesIO(data), limits=limits))


def test_a_notebook_is_cut_at_its_rules() -> None:
    assert cut(RULE + FIRST + RULE + SECOND) == [
        RawMessage(None, 75, FIRST),
        RawMessage(None, 75 + len(FIRST) + 75, SECOND),
    ]


@pytest.mark.parametrize(
    "rule",
    [
        RULE,
        RULE + b"Chapter: one\r\nno header\r\n",
        RULE + b"Date: only this one\r\n\r\n",
        RULE + b"Chapter: one\r\nVerse: two\r\n\r\n",
        RULE + RULE + b"\r\n",
        b"=" * 39 + b"\r\n" + FIRST,
        b"  " + RULE + FIRST,
        b"= " + b"=" * 300_000 + b"\r\n",
    ],
)
def test_other_rules_belong_to_the_text(rule: bytes) -> None:
    assert cut(RULE + FIRST + rule + RULE + SECOND) == [
        RawMessage(None, 75, FIRST + rule),
        RawMessage(None, 75 + len(FIRST + rule) + 75, SECOND),
    ]


def test_lines_may_end_in_lf_and_the_last_in_nothing() -> None:
    first, second = FIRST.replace(b"\r", b""), SECOND.replace(b"\r", b"").rstrip(b"\n")
    rule = b"=" * 73 + b"\n"
    assert [
        item.data for item in cut(rule + first + rule + second) if isinstance(item, RawMessage)
    ] == [
        first,
        second,
    ]


def test_a_message_without_end_is_quarantined_and_the_next_is_read() -> None:
    endless = FIRST + b"x" * 1_000_000
    data = RULE + endless + b"\n" + RULE + SECOND
    assert cut(data, Limits(message_bytes=1000)) == [
        Quarantined(None, 75, "a message of more than 1,000 bytes"),
        RawMessage(None, 75 + len(endless) + 1 + 75, SECOND),
    ]


def test_what_came_before_a_fault_is_given_first() -> None:
    packed = gzip.compress(RULE + FIRST + RULE + SECOND)[:-4]
    stream = ChunkStream(decompress(io.BytesIO(packed), "gz")).as_binary()
    messages = listserv_messages(stream, limits=DEFAULT_LIMITS)
    got = [next(messages), next(messages)]
    with pytest.raises(ArchiveError, match="truncated gzip"):
        next(messages)
    assert got == [
        RawMessage(None, 75, FIRST),
        RawMessage(None, 75 + len(FIRST) + 75, SECOND),
    ]


def test_an_mmdf_box_is_cut_at_its_control_lines() -> None:
    data = b"".join(b"\x01\x01\x01\x01\n" + x + b"\x01\x01\x01\x01\n" for x in (FIRST, SECOND))
    assert list(mmdf_messages(io.BytesIO(data), limits=DEFAULT_LIMITS)) == [
        RawMessage(None, 5, FIRST),
        RawMessage(None, 5 + len(FIRST) + 10, SECOND),
    ]
