"""Header fields against the standard library's email, which knows fewer forms of the same.

First, which value a field has: both cut the same header block. Then, what the value says: both
read the same bytes, email in its two ways (the functions of `email.utils` and `email.header`,
and the parsed headers of `email.policy.default`). Where ours is neither of the two, the
difference is one of those that are listed here, each with the reason why ours is meant.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import json
import random
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from email.header import decode_header, make_header
from email.parser import BytesParser
from email.policy import compat32, default
from pathlib import Path
from typing import Any

import pytest

from dcactivity.archives.columns import Decoder
from dcactivity.archives.find import find_archives
from dcactivity.archives.headers import HeaderBatch
from dcactivity.archives.opening import open_archive
from dcactivity.archives.reader import read_batches
from dcactivity.archives.records import Part
from dcactivity.errors import ArchiveError
from tests.email_differences import why_read_otherwise
from tests.fuzz import seeds
from tests.header_blocks import FIELDS, block, mutated

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
Found = Counter[str]


# Which value a field has.


def cut_by_email(data: bytes, name: str) -> bytes | None:
    """The first value of a field that is not empty, as email cuts the block."""
    message = BytesParser(policy=compat32).parsebytes(data, headersonly=True)
    values = [
        str(value).encode("utf-8", "surrogateescape").strip()
        for key, value in message.raw_items()
        if key.lower() == name
    ]
    return next(filter(None, values), values[0] if values else None)


def why_cut_otherwise(data: bytes, mine: bytes | None, yours: bytes | None) -> str | None:
    """Say why the two find another value for a field."""
    lines = re.sub(rb"\AFrom (?![ \t]*:).*\n", b"", data).split(b"\n")[:-1]
    if any(re.match(rb"[!-9;-~]+[ \t]+:", line) for line in lines):
        return "a blank before the colon (RFC 5322, 4.5): email ends the header there"
    if any(not re.match(rb"[ \t]|[!-9;-~]+:", line) for line in lines):
        return "a line that is no field: email ends the header there, we pass over it"
    if re.search(rb"\r(?!\n)", data):
        return "a carriage return alone: a line end for email, a blank for us"
    return None


# What a value says.


def text_of(value: str) -> str:
    return str(make_header(decode_header(value)))


def texts(name: str, raw: str) -> Iterable[object]:
    yield text_of(str(compat32.header_fetch_parse(name, raw)))
    yield str(default.header_fetch_parse(name, raw))


def senders(name: str, raw: str) -> Iterable[object]:
    who, address = email.utils.parseaddr(str(compat32.header_fetch_parse(name, raw)))
    yield text_of(who), address
    parsed: Any = default.header_fetch_parse(name, raw)
    yield next(((one.display_name, one.addr_spec) for one in parsed.addresses), ("", ""))


def dates(name: str, raw: str) -> Iterable[object]:
    yield email.utils.parsedate_to_datetime(str(compat32.header_fetch_parse(name, raw)))
    parsed: Any = default.header_fetch_parse(name, raw)
    yield parsed.datetime


def ids(name: str, raw: str) -> Iterable[object]:
    for text in texts(name, raw):
        yield email.utils.unquote(str(text).strip())


def id_lists(name: str, raw: str) -> Iterable[object]:
    for text in texts(name, raw):
        yield [email.utils.unquote(word) for word in str(text).split()]


def readings(read: Callable[[str, str], Iterable[object]], name: str, raw: bytes) -> list[object]:
    """What email makes of a value, in both ways; an exception is a reading, too."""
    found: list[object] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        steps = iter(read(name, raw.decode("ascii", "surrogateescape")))
        try:
            found.extend(plain(one) for one in steps)
        except Exception as error:  # noqa: BLE001  email raises all kinds of errors
            found.append(error)
    return found


def plain(value: object) -> object:
    """Level what does not matter: runs of blanks, no value or an empty one, letters' case."""
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, tuple):
        who, address = value
        return plain(who or ""), (address or "").lower()
    if isinstance(value, dt.datetime):
        utc = value.replace(tzinfo=None) - (value.utcoffset() or dt.timedelta())
        return utc.replace(tzinfo=dt.UTC)
    return value or "" if value is None or value == [] else value


READERS: dict[str, Callable[[str, str], Iterable[object]]] = {
    "date": dates, "from": senders, "in-reply-to": ids, "list-id": texts, "list-post": texts,
    "message-id": ids, "references": id_lists, "subject": texts,
}  # fmt: skip


def columns_of(row: dict[str, Any]) -> dict[str, object]:
    """Our columns of one message, by field."""
    fields = json.loads(row["list_fields"] or "{}")
    found = {
        "date": row["date_header"],
        "from": (row["from_name"], row["from_address"]),
        "in-reply-to": row["in_reply_to"],
        "list-id": fields.get("List-Id"),
        "list-post": fields.get("List-Post"),
        "message-id": row["message_id"],
        "references": row["references"],
        "subject": row["subject"],
    }
    return {name: plain(value) for name, value in found.items()}


def compare(blocks: Iterable[bytes]) -> Found:
    """Count what both say, and why they differ; a difference without a reason fails."""
    batch = HeaderBatch()
    for number, data in enumerate(blocks):
        batch.add(data, offset=number, size=len(data))
    table = batch.lines()
    values = {name: table.values(name.encode()).first() for name in READERS}
    raw = {
        name: dict(zip(one.row.tolist(), table.take(one), strict=True))
        for name, one in values.items()
    }
    found: Found = Counter()
    for row in Decoder().decode(batch).to_pylist():
        data, ours = table.block(row["offset"]), columns_of(row)
        for name, read in READERS.items():
            mine, yours = raw[name].get(row["offset"]), cut_by_email(data, name)
            if (mine or b"").split() != (yours or b"").split():
                reason = why_cut_otherwise(data, mine, yours)
                assert reason is not None, (name, mine, yours, data)
                found[reason] += 1
            if mine:
                theirs = readings(read, name, mine)
                reason = "same"
                if ours[name] not in theirs:
                    reason = why_read_otherwise(name, mine, ours[name], theirs) or ""
                    assert reason, (name, mine, ours[name], theirs)
                found[reason] += 1
    return found


def test_ordinary_fields_say_the_same() -> None:
    head = (
        b"Message-ID: <%d@example.org>\nFrom: Jane Roe <jane%d@example.org>\n"
        b"Date: Mon, %d Feb 2021 10:00:00 +0100\nSubject: =?utf-8?q?Caf=C3=A9?=\n of %d\n"
        b"In-Reply-To: <a.%d@example.org>\nReferences: <b@example.org>\n <a.%d@example.org>\n"
        b"List-Id: Tides <tides.lists.example.org>\nList-Post: <mailto:tides@lists.example.org>\n"
    )
    assert compare(head % ((day,) * 6) for day in range(1, 28)) == {"same": 27 * len(READERS)}


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_each_odd_value_says_the_same_or_is_explained(name: bytes) -> None:
    found = compare(
        b"Subject: x\n" + name + b": " + value + b"\n"
        for value in FIELDS[name]
        if name != b"Subject"
    )
    found += compare(b"From: x\n" + name + b": " + value + b"\n" for value in FIELDS[name])
    assert found["same"] > 0


@pytest.mark.parametrize("seed", range(3))
def test_broken_blocks_say_the_same_but_for_what_is_explained(seed: int) -> None:
    chance = random.Random(seed)
    whole = [block(chance) for _ in range(200)]
    found = compare([*whole, *(mutated(chance.choice(whole), chance) for _ in range(600))])
    found += compare(mutated(chance.choice(seeds.blocks()), chance) for _ in range(100))
    assert found["same"] > 1500  # most values are the same to both
    assert len(found) > 25  # and each kind of difference occurs


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the real archives are not at hand")
def test_fields_of_real_archives_say_the_same_but_for_what_is_explained() -> None:
    found: Found = Counter()
    for folder in sorted(path for path in CORPUS.iterdir() if path.is_dir()):
        for data in blocks_of(folder):
            found += compare(data)
    assert found["same"] > 5000
    different = sum(count for reason, count in found.items() if reason != "same")
    assert different < found["same"] / 5


def blocks_of(folder: Path, most: int = 150) -> Iterable[list[bytes]]:
    """Some header blocks of each part of a folder's archives, up to a number."""
    archives, _ = find_archives(folder, root=folder)
    left = most
    for archive in archives:
        with suppress(ArchiveError):  # some are there to be refused
            for part in open_archive(archive):
                for batch in read_batches(part) if isinstance(part, Part) else ():
                    found = batch.blocks[: max(0, min(left, 60))]
                    left -= len(found)
                    yield found


@pytest.mark.parametrize(
    ("name", "raw", "mine"),
    [
        ("subject", b"a\0b", "other"),
        ("subject", b"=?x-unknown?q?abc?=", "abd"),
        ("subject", b"Caf\xe9", "Bar"),
        ("from", b"jane at example.org (Jane)", ("Jane", "john@example.org")),
        ("from", b"Roe, Jane <jane@example.org>", ("Jane", "roe@example.org")),
        ("from", b"'Jane Roe' <jane@example.org>", ("John Roe", "jane@example.org")),
        ("message-id", b"(x) <a@b>", "x"),
        ("references", b"<b@x> prose <c@x>", ["c@x", "b@x"]),
        ("in-reply-to", b"<b@x>,<c@x>", ""),
        ("date", b"2021-02-01T10:00:00Z", dt.datetime(2021, 3, 5, tzinfo=dt.UTC)),
        ("date", b"1 Feb 68 10:00 +0000", dt.datetime(1868, 2, 1, 10, tzinfo=dt.UTC)),
    ],
)
def test_no_reason_excuses_what_would_be_wrong(name: str, raw: bytes, mine: object) -> None:
    theirs = readings(READERS[name], name, raw)
    assert mine not in theirs
    assert why_read_otherwise(name, raw, mine, theirs) is None
