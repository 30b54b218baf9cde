"""Where messages start in a From_-separated file, rule by rule, and whatever the read size."""

from __future__ import annotations

import io
import tracemalloc
from dataclasses import dataclass, field

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dcactivity.archives import mbox
from dcactivity.archives.columns import Decoder
from dcactivity.archives.headers import HEADER_LIMIT
from dcactivity.archives.mbox import MboxScanner, is_separator
from dcactivity.archives.separators import Headers

ENVELOPE = b"From jane@example.org Thu Mar 31 10:00:00 2022\n"
HEAD = b"From: jane@example.org\nDate: Thu, 31 Mar 2022 10:00:00 +0000\n"


def message(number: int, body: bytes = b"Hello\n", *, envelope: bytes = ENVELOPE) -> bytes:
    return envelope + b"Message-ID: <%d@example.org>\n" % number + HEAD + b"\n" + body + b"\n"


class Trickle(io.BytesIO):
    """A stream that never gives more than so many bytes at once."""

    def __init__(self, data: bytes, most: int) -> None:
        super().__init__(data)
        self.most = most

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self.most if size is None or size < 0 else min(size, self.most))


@dataclass
class Found:
    """What a scan of a box gave."""

    offsets: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    blocks: list[bytes] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)


def scan(data: bytes, *, most: int = 1 << 30) -> Found:
    found = Found()
    decoder = Decoder()
    for batch in MboxScanner(Trickle(data, most)).batches():
        records = decoder.decode(batch)
        found.offsets += records.column("offset").to_pylist()
        found.sizes += records.column("bytes").to_pylist()
        found.ids += records.column("message_id").to_pylist()
        found.blocks += batch.blocks
        found.refused += [(one.offset, one.reason) for one in batch.refused]
    return found


def ids(*numbers: int) -> list[str]:
    return [f"{number}@example.org" for number in numbers]


# ---- 4.1, the shape of the envelope

ENVELOPES = [
    b"From jane@example.org Thu Mar 31 10:00:00 2022",
    b"From jane@example.org Thu Mar  3 10:00:00 2022",
    b"From jane@example.org Thu Mar 3 10:00 2022",
    b"From jane@example.org  Thu Mar 31 10:00:00 2022",  # pipermail
    b"From jane at example.org  Thu Mar 31 10:00:00 2022",
    b'From "jane doe"@example.org Thu Mar 31 10:00:00 2022',
    b"From MAILER-DAEMON Thu Mar 31 10:00:00 2022",
    b"From - Thu Mar 31 10:00:00 2022",  # Mozilla
    b"From jane@example.org Thu Mar 31 10:00:00 CEST 2022",
    b"From jane@example.org Thu Mar 31 10:00:00 2022 +0200",
    b"From jane@example.org Thu Mar 31 10:00:00 +0200 2022",
    b"From jane@example.org Thu, 31 Mar 2022 10:00:00 +0200",
    b"From jane@example.org Thu, 31 Mar 2022 10:00:00 -0400 (EDT)",
    b"From jane@example.org 31 Mar 2022 10:00:00 GMT",
    b"From jane@example.org Thu, 31 Mar 22 10:00:00",
    b"From jane!host Thu Mar 31 10:00:00 2022 remote from host",
    b"From 1728@xxx Thu Mar 31 10:00:00 +0000 2022",  # Google
]
BODY_LINES = [
    b"From here on it gets easier",
    b"From jane@example.org Thu Mar 31 10:00:00",  # no year
    b"From jane@example.org Thu Mar 31 2022",  # no time
    b"From jane@example.org",
    b"From: jane@example.org",
    b">From jane@example.org Thu Mar 31 10:00:00 2022",
    b"from jane@example.org Thu Mar 31 10:00:00 2022",
    b" From jane@example.org Thu Mar 31 10:00:00 2022",
    b"From jane@example.org Thu Mar 31 10:00:00 2022 and so on",
    b"From " + b"x" * 3000,
    b"From",
]


@pytest.mark.parametrize("line", ENVELOPES)
def test_an_envelope_starts_a_message(line: bytes) -> None:
    box = message(1) + message(2, envelope=line + b"\n")
    assert scan(box).ids == ids(1, 2)
    assert scan(box.replace(b"\n", b"\r\n")).ids == ids(1, 2)


@pytest.mark.parametrize("line", BODY_LINES)
def test_a_line_without_that_shape_starts_nothing(line: bytes) -> None:
    box = message(1, b"One\n\n" + line + b"\nX-Two: three\n") + message(2)
    found = scan(box)
    assert found.ids == ids(1, 2)
    assert found.sizes[0] == box.rindex(b"From jane@")


@pytest.mark.parametrize(
    ("following", "starts"),
    [
        (b"Subject: x\n", True),
        (b"Subject : x\n", True),
        (b"X-Odd_Name.1: x\n", True),
        (b">From joe@example.org Thu Mar 31 09:00:00 2022\nSubject: x\n", True),
        (b"\nno header\n", True),
        (b"wrote: in a letter: this\n", True),  # a field by its form
        (b"he wrote:\n", False),
        (b" Subject: folded\n", False),
        (b"> Subject: quoted\n", False),
    ],
)
def test_the_next_line_decides(following: bytes, starts: bool) -> None:
    box = message(1, b"One\n\n" + ENVELOPE + following) + message(2)
    found = scan(box)
    assert len(found.ids) + len(found.refused) == (3 if starts else 2)


def test_without_a_blank_line_both_from_and_date_are_needed() -> None:
    whole, no_date, no_from = HEAD, HEAD.split(b"\n")[0] + b"\n", HEAD.split(b"\n")[1] + b"\n"
    for head, count in ((whole, 2), (whole.lower(), 2), (no_date, 1), (no_from, 1)):
        box = message(1, b"One\n")[:-1] + ENVELOPE + b"Subject: x\n" + head + b"\nTwo\n"
        assert len(scan(box).ids) == count
        assert len(scan(box.replace(b"\n", b"\r\n")).ids) == count
    # ... in the block that follows, not somewhere behind it
    box = message(1, b"One\n")[:-1] + ENVELOPE + b"Subject: x\n\n" + whole + b"\nTwo\n"
    assert len(scan(box).ids) == 1
    # ... and not in that of the next message
    box = message(1, b"One\n")[:-1] + ENVELOPE + b"Subject: x\n" + message(2)
    assert scan(box).ids == ids(1, 2)


def test_an_envelope_as_the_last_line() -> None:
    box = message(1) + ENVELOPE
    assert scan(box).ids == ids(1)
    assert scan(box).refused == [(len(message(1)), "no header block")]
    box = message(1)[:-1] + ENVELOPE  # no blank line, and nothing that speaks for it
    assert scan(box).ids == ids(1)
    assert scan(box).refused == []


def test_is_separator_waits_for_more() -> None:
    data = ENVELOPE + b"Subject: x\n"
    for end in range(5, len(ENVELOPE) + 1):
        assert is_separator(data[:end], 0, after_blank=True, ended=False) is None
    assert is_separator(data, 0, after_blank=True, ended=False) is True
    assert is_separator(data, 0, after_blank=False, ended=False) is None
    assert is_separator(data, 0, after_blank=False, ended=True) is False


# ---- the dialects

UNQUOTED = b"One\n\n" + ENVELOPE + HEAD + b"\nThis is quoted from another list.\n"


def with_length(number: int, body: bytes, length: int) -> bytes:
    return message(number, body).replace(b"\nDate:", b"\nContent-Length: %d\nDate:" % length, 1)


def test_quoted_lines_are_no_messages() -> None:
    mboxo = message(1, UNQUOTED.replace(b"\nFrom ", b"\n>From ")) + message(2)
    mboxrd = message(1, b"\n>From me\n>>From you\n\n>" + ENVELOPE) + message(2)
    assert scan(mboxo).ids == scan(mboxrd).ids == ids(1, 2)


def test_a_content_length_that_leads_to_a_separator_or_the_end_is_believed() -> None:
    box = with_length(1, UNQUOTED, len(UNQUOTED)) + with_length(2, UNQUOTED, len(UNQUOTED))
    assert scan(box).ids == ids(1, 2)
    # ... also one that counts the blank line, and with other line ends
    box = with_length(1, UNQUOTED, len(UNQUOTED) + 1) + message(2)
    assert scan(box).ids == ids(1, 2)
    crlf = UNQUOTED.replace(b"\n", b"\r\n")
    box = with_length(1, UNQUOTED, len(crlf)).replace(b"\n", b"\r\n") + message(2)
    assert scan(box).ids == ids(1, 2)


@pytest.mark.parametrize("length", [0, 1, 20, 10_000, 10**17])
def test_a_lying_content_length_is_ignored(length: int) -> None:
    box = with_length(1, b"One\n", length) + with_length(2, b"Two\n", length) + message(3)
    assert scan(box).ids == ids(1, 2, 3)
    # the look-alike in the body now counts: nothing else says what it is
    assert len(scan(with_length(1, UNQUOTED, length) + message(2)).ids) == 3


def test_lengths_that_are_too_large_do_not_cost_a_rereading_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scanned: list[int] = []
    find = mbox.find_headers

    def counted(buffer: bytes, *, ended: bool) -> Headers:
        scanned.append(len(buffer))
        return find(buffer, ended=ended)

    monkeypatch.setattr(mbox, "BLOCK", 4096)
    monkeypatch.setattr(mbox, "find_headers", counted)
    box = b"".join(with_length(number, b"x" * 200 + b"\n", 90_000) for number in range(900))
    assert len(scan(box).ids) == 900
    assert sum(scanned) < 6 * len(box)


# ---- what else files hold


def test_line_ends_marks_and_blank_lines() -> None:
    box = message(1) + message(2)
    crlf = box.replace(b"\n", b"\r\n")
    for data in (box, crlf, message(1) + message(2).replace(b"\n", b"\r\n"), crlf + message(3)):
        assert scan(data).ids[:2] == ids(1, 2)
        for lead in (b"\xef\xbb\xbf", b"\n\n", b"\r\n", b"\xef\xbb\xbf\r\n\n"):
            found = scan(lead + data)
            assert found.ids == scan(data).ids
            assert found.refused == []
            assert found.offsets == [len(lead) + at for at in scan(data).offsets]


def test_a_file_cut_off_anywhere_keeps_its_last_message() -> None:
    box = message(1) + message(2)
    second = len(message(1))
    for end in range(second + len(ENVELOPE) + 12, len(box) + 1):
        found = scan(box[:end])
        assert found.ids[0] == ids(1)[0]
        assert found.offsets == [0, second]
        assert found.sizes == [second, end - second]


def test_nul_bytes_are_readable() -> None:
    box = message(1, b"\0\0One\0\n") + message(2).replace(b"jane@", b"ja\0ne@", 1) + b"\0" * 9000
    assert scan(box + b"\n\n" + message(3)).ids == ids(1, 2, 3)


def test_messages_without_header_block_are_quarantined() -> None:
    empty = ENVELOPE + b"\nno header at all\n\n"
    found = scan(empty + message(2) + empty)
    assert found.ids == ids(2)
    reason = "no header block"
    assert found.refused == [(0, reason), (len(empty) + len(message(2)), reason)]


def test_text_before_the_first_message_is_quarantined() -> None:
    for lead, at in ((b"Archive of a list\n\n", 0), (b"\n\r\n\nArchive\n\n", 4)):
        for most in (1 << 20, 1, 2, 3):
            found = scan(lead + message(1), most=most)
            assert found.ids == ids(1)
            assert found.refused == [(at, "text before the first From_ line")]
    assert scan(b"no messages\n" * 1000).refused == [(0, "text before the first From_ line")]
    assert scan(b"\n\n\n").refused == []


@pytest.mark.parametrize("excess", [-1, 0, 1, 2, 3, 100_000])
@pytest.mark.parametrize("most", [65_536, 1 << 20, 1 << 30])
def test_an_overlong_header_block_is_quarantined(excess: int, most: int) -> None:
    start = ENVELOPE + b"Message-ID: <1@example.org>\nX-Long: "
    long = start + b"x" * (HEADER_LIMIT - len(start) - 1 + excess) + b"\n\nBody\n\n"
    for line_end in (b"\n", b"\r\n"):
        header, _, rest = long.partition(b"\n\n")
        data = header + line_end + line_end + rest
        is_too_long = len(header + line_end) > HEADER_LIMIT
        found = scan(data + message(2), most=most)
        assert found.ids == (ids(2) if is_too_long else ids(1, 2))
        assert [at for at, _ in found.refused] == [0] * is_too_long


# ---- limits: memory does not grow with what an archive holds


class Endless(io.RawIOBase):
    """A message whose header or body goes on for so many blocks, then a sane one."""

    def __init__(self, start: bytes, block: bytes, blocks: int) -> None:
        self.pieces = iter([start, *[block] * blocks, b"\n\n\n" + message(2)])

    def read(self, _size: int = -1) -> bytes:
        return next(self.pieces, b"")


@pytest.mark.parametrize("block", [b"x" * (1 << 20), b"\n" * (1 << 20), b"From jane\n" * 100_000])
@pytest.mark.parametrize("is_header", [False, True])
def test_a_message_without_end_is_bounded(
    block: bytes, is_header: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mbox, "MESSAGE_LIMIT", 10 << 20)
    start = ENVELOPE + b"Message-ID: <1@example.org>\nSubject: " if is_header else message(1)
    tracemalloc.start()
    try:
        batches = list(MboxScanner(Endless(start, block, 12)).batches())  # type: ignore[arg-type]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    records = [row for batch in batches for row in Decoder().decode(batch).to_pylist()]
    refused = [one.reason for batch in batches for one in batch.refused]
    assert [row["message_id"] for row in records] == ids(2)
    assert len(refused) == 1
    assert "longer than the limit" in refused[0]
    assert peak < 30 << 20


def test_a_line_of_two_megabytes() -> None:
    box = message(1, b"x" * (2 << 20) + b"\n") + message(2)
    assert scan(box).ids == ids(1, 2)
    assert scan(box).sizes == [len(box) - len(message(2)), len(message(2))]


# ---- the same box, whatever the read size

LINE = st.sampled_from(
    [
        *(line + b"\n" for line in ENVELOPES[:5] + ENVELOPES[11:13] + BODY_LINES[:5]),
        *(b"\n", b"\r\n", b"\n", HEAD, HEAD.replace(b"\n", b"\r\n"), b"From \n", b"F", b"Fro"),
        *(b"Subject: x\n", b"Message-ID: <a@example.org>\n", b"he wrote:\n", b">From me\n"),
        *(b"Content-Length: 4\n", b"Content-Length: 60\n", b"Content-Length: 500\r\n"),
        *(
            message(1),
            message(2)[:-1],
            with_length(3, UNQUOTED, len(UNQUOTED)),
            b"\0\n",
            b"x" * 90,
        ),
    ]
)


@given(pieces=st.lists(LINE, max_size=25), most=st.integers(1, 300), block=st.integers(7, 4096))
@example(pieces=[message(1), ENVELOPE, b"Subject: x\n", HEAD, b"\n"], most=7, block=7)
@settings(max_examples=300, deadline=None)
def test_the_read_size_changes_nothing(pieces: list[bytes], most: int, block: int) -> None:
    data = b"".join(pieces)
    with pytest.MonkeyPatch.context() as patch:
        once = scan(data)
        patch.setattr(mbox, "BLOCK", block)
        assert scan(data, most=most) == once
        assert scan(data) == once
    # messages and what is refused lie one behind the other, and fill the file
    starts = sorted([*once.offsets, *(at for at, _ in once.refused)])
    for offset, size in zip(once.offsets, once.sizes, strict=True):
        assert data.startswith(b"From ", offset)
        following = starts.index(offset) + 1
        end = starts[following] if following < len(starts) else len(data)
        assert offset + size == end
    assert not data[: starts[0] if starts else None].strip(b"\r\n")
