"""The scanner against the standard library's mailbox, which knows fewer forms of the same.

The two are to find the same messages. Where they do not, the difference is one of those that
`explained` names, each with the reason why ours is meant.
"""

from __future__ import annotations

import io
import mailbox
import random
import re
from collections import Counter
from pathlib import Path

import pytest

from dcactivity.archives.mbox import MboxScanner
from tests.boxes import mbox, message

MONTHS = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
ENVELOPE = re.compile(
    rb"From \S.*[ ](?:\w{3}[ ])?" + MONTHS + rb"[ ]+\d\d?[ ]\d\d:\d\d:\d\d[ ]\d{4}\r?", re.DOTALL
)
FIELD = re.compile(rb"[!-9;-~]+[ \t]*:|>From |\r?\n|\Z")
Starts = set[int]


def ours(data: bytes) -> tuple[Starts, Starts]:
    """Give where messages start, and where ones that could not be read do."""
    starts: Starts = set()
    refused: Starts = set()
    for batch in MboxScanner(io.BytesIO(data)).batches():
        starts |= set(batch.offsets.tolist())
        refused |= {one.offset for one in batch.refused}
    return starts, refused


def theirs(path: Path, data: bytes) -> Starts:
    path.write_bytes(data)
    box = mailbox.mbox(path, create=False)
    try:
        return {box._lookup(key)[0] for key in box.keys()}  # noqa: SIM118
    finally:
        box.close()


def line_at(data: bytes, at: int) -> bytes:
    return data[at : (data + b"\n").index(b"\n", at)]


def explained(data: bytes, at: int, *, is_ours: bool, refused: Starts) -> str | None:
    """Say why one of the two begins a message here and the other does not."""
    line = line_at(data, at).rstrip(b"\r")
    after = data[at + len(line_at(data, at)) + 1 :]
    if is_ours:  # mailbox cuts at every line that begins with From, but knows no such mark
        is_marked = data.startswith(b"\xef\xbb\xbf") and at in {0, 3}
        return "the file begins with a byte-order mark" if is_marked else None
    if at in refused:
        return "no header block behind it: quarantined and told, not dropped"
    if not ENVELOPE.fullmatch(line):
        return "a line that begins with From and is no envelope: it ends in no date"
    if not FIELD.match(after):
        return "an envelope quoted in a body: no header field follows"
    is_after_blank = re.search(rb"\n\r?\n\Z", data[:at])
    block = re.split(rb"\n\r?\n|\nFrom ", after)[0]
    if not is_after_blank and not (
        re.search(rb"(?m)^From:", block) and re.search(rb"(?m)^Date:", block)
    ):
        return "no blank line before it, nor both From and Date behind it"
    return None


def compare(path: Path, data: bytes) -> Counter[str]:
    mine, refused = ours(data)
    yours = theirs(path, data)
    found: Counter[str] = Counter()
    for at in sorted(mine ^ yours):
        reason = explained(data, at, is_ours=at in mine, refused=refused)
        assert reason is not None, (at in mine, at, data[max(0, at - 90) : at + 160])
        found[reason] += 1
    found["same"] = len(mine & yours)
    return found


def test_ordinary_boxes_are_cut_alike(tmp_path: Path) -> None:
    for data in (mbox(range(40)), mbox(range(40)).replace("Hello", ">From me\nHello")):
        assert compare(tmp_path / "a.mbox", data.encode()) == {"same": 40}


def test_a_line_of_a_body_that_begins_with_from_starts_nothing(tmp_path: Path) -> None:
    data = (message(1, body="Hello\n\nFrom the start, all went well\n") + message(2)).encode()
    assert compare(tmp_path / "a.mbox", data) == {
        "a line that begins with From and is no envelope: it ends in no date": 1,
        "same": 2,
    }


def test_a_quoted_envelope_starts_nothing(tmp_path: Path) -> None:
    body = "Hello\n\nFrom a@example.org Mon Feb  1 10:00:00 2021\nnot a field\n"
    data = (message(1, body=body) + message(2)).encode()
    assert compare(tmp_path / "a.mbox", data) == {
        "an envelope quoted in a body: no header field follows": 1,
        "same": 2,
    }


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Break a box the way that copying, converting and careless writers do."""
    out = data
    for _ in range(chance.randrange(1, 5)):
        at = chance.randrange(len(out))
        kind = chance.randrange(8)
        if kind == 0:  # cut off, or begun late
            out = out[:at] if chance.random() < 0.5 else out[at // 4 :]
        elif kind == 1:  # a piece is lost
            out = out[:at] + out[at + chance.randrange(1, 200) :]
        elif kind == 2:  # noise
            out = out[:at] + chance.randbytes(chance.randrange(1, 9)) + out[at:]
        elif kind == 3:
            out = out.replace(b"\n\nFrom ", b"\nFrom ", chance.randrange(1, 4))
        elif kind == 4:  # lines end as in Windows
            out = out.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        elif kind == 5:  # a piece is there twice
            out = out[:at] + out[max(0, at - 300) : at] + out[at:]
        elif kind == 6:  # text of a body
            out = out.replace(b"Hello", chance.choice(TEXTS), 1)
        else:
            out = out[:at] + b"\n" + out[at:]
        out = out or data
    return out


TEXTS = (
    b"From here on", b"\nFrom what I hear\n", b"\nFrom a@b Mon Feb  1 10:00:00 2021\n\nx",
    b"\nFrom a@b Mon Feb  1 10:00:00 2021\nSubject: quoted\n", b"\0\0", b"From: a field",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_broken_boxes_are_cut_alike_but_for_what_is_explained(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    found: Counter[str] = Counter()
    for _ in range(250):
        found += compare(tmp_path / "a.mbox", mutated(mbox(range(8)).encode(), chance))
    assert found["same"] > 1000  # most messages are the same to both
    assert len(found) > 3
