"""Any list of messages written as mboxrd, mboxcl or Maildir comes back whole.

Python's own `mailbox` and `email` are the independent reader.
"""

from __future__ import annotations

import email
import email.policy
import mailbox
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

import dcactivity as dca

ENVELOPE = b"From ada@example.org Thu Mar 31 10:00:00 2022\n"
WORDS = st.text(st.characters(codec="ascii", min_codepoint=33, max_codepoint=126), max_size=12)
NAME = st.text(st.sampled_from("abcdefghijklmnopqrstuvwxyz0123456789"), min_size=1, max_size=8)
LINE = st.one_of(
    WORDS.map(str.encode),
    st.sampled_from(
        [
            b"",
            b"From here on",
            b">From there",
            b">>From",
            b"From bob@example.org Fri Apr  1 10:00:00 2022",
            b"From: somebody",
            b"Message-ID: <no@example.org>",
            b"Content-Length: 3",
            b".",
            b" ",
            b"\xc3\xa9t\xc3\xa9",
            b"\x00\x0c",
        ]
    ),
)


@dataclass(frozen=True)
class Mail:
    """A message: a few header fields, and lines of a body."""

    number: int
    sender: str
    subject: list[str]
    body: list[bytes]

    @property
    def id(self) -> str:
        return f"{self.number}.{self.sender}@example.org"

    def raw(self, *extra: bytes) -> bytes:
        head = [
            *extra,
            f"Message-ID: <{self.id}>".encode(),
            f"From: {self.sender}@example.org".encode(),
            f"Date: Thu, 31 Mar 2022 10:{self.number % 60:02d}:00 +0000".encode(),
            f"Subject: {' '.join(self.subject)}".rstrip().encode(),
        ]
        return b"\n".join([*head, b"", *self.body, b""])


def mails(bodies: list[tuple[str, list[str], list[bytes]]]) -> list[Mail]:
    return [Mail(number, *parts) for number, parts in enumerate(bodies)]


MAILS = st.lists(
    st.tuples(NAME, st.lists(WORDS, max_size=6), st.lists(LINE, max_size=12)),
    min_size=1,
    max_size=8,
).map(mails)


def mboxrd(messages: list[Mail]) -> bytes:
    """Write each message with every quoted From_ line quoted once more."""
    quoted = (re.sub(rb"(?m)^(>*From )", rb">\1", one.raw()) for one in messages)
    return b"".join(ENVELOPE + raw + b"\n" for raw in quoted)


def mboxcl2(messages: list[Mail]) -> bytes:
    """Write nothing quoted, and how long each body is."""
    return b"".join(
        ENVELOPE + one.raw(b"Content-Length: %d" % len(one.raw().partition(b"\n\n")[2])) + b"\n"
        for one in messages
    )


def check(path: Path, messages: list[Mail], raws: list[bytes]) -> None:
    """Compare what is read with what Python's email package makes of the same messages."""
    found = dca.scan_mbox(path)
    parsed = [email.message_from_bytes(raw, policy=email.policy.compat32) for raw in raws]
    key = found["message_id"].tolist()
    assert sorted(key) == sorted(one.id for one in messages)
    rows = found.set_index("message_id")
    for one, theirs in zip(messages, parsed, strict=True):
        mine = rows.loc[one.id]
        assert f"<{one.id}>" == theirs["Message-ID"]
        assert mine["from_address"] == theirs["From"]
        subject = mine["subject"] if isinstance(mine["subject"], str) else ""
        if "=?" not in theirs["Subject"]:
            assert subject == " ".join(theirs["Subject"].split())
        stamp = email.utils.parsedate_to_datetime(theirs["Date"])
        assert mine["date_header"] == stamp


@given(messages=MAILS)
@example(
    messages=mails([("ada", [], [b"From bob@example.org Fri Apr  1 10:00:00 2022", b"X: y"])])
)
@settings(max_examples=60, deadline=None)
def test_mboxrd_comes_back(messages: list[Mail]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "box.mbox")
        path.write_bytes(mboxrd(messages))
        check(path, messages, [one.raw() for one in messages])
        # as many as the standard library counts, and where it says that they are
        theirs = mailbox.mbox(path, create=False)
        try:
            assert [found["Message-ID"] for found in theirs] == [f"<{one.id}>" for one in messages]
        finally:
            theirs.close()
        found = dca.scan_mbox(path)
        data = path.read_bytes()
        for offset, size, one in zip(found["offset"], found["bytes"], messages, strict=True):
            piece = data[offset : offset + size]
            assert re.sub(rb"(?m)^>(>*From )", rb"\1", piece) == ENVELOPE + one.raw() + b"\n"


@given(messages=MAILS)
@settings(max_examples=60, deadline=None)
def test_mboxcl_comes_back(messages: list[Mail]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "box.mbox")
        path.write_bytes(mboxcl2(messages))
        check(path, messages, [one.raw() for one in messages])


@given(messages=MAILS)
@settings(max_examples=30, deadline=None)
def test_a_maildir_comes_back(messages: list[Mail]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        box = mailbox.Maildir(Path(folder, "box"))
        for one in messages:
            box.add(one.raw())
        box.close()
        check(Path(folder, "box"), messages, [one.raw() for one in messages])


def test_line_ends_of_windows_change_nothing(tmp_path: Path) -> None:
    messages = mails([("ada", ["One"], [b"a", b"", b"From b"]), ("bob", ["Two"], [b"c"])])
    path = tmp_path / "box.mbox"
    for write in (mboxrd, mboxcl2):
        lengths = re.compile(rb"(?m)^Content-Length: .*\n")  # these count other line ends
        path.write_bytes(lengths.sub(b"", write(messages)).replace(b"\n", b"\r\n"))
        check(path, messages, [one.raw() for one in messages])
