"""Message-IDs and references are the same text wherever they stand, however worn."""

from __future__ import annotations

import string
from email.message import EmailMessage

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dcactivity.archives.fields import parse_in_reply_to, parse_message_id, parse_references

IDS = {
    b"<1.2@mail.example.org>": "1.2@mail.example.org",
    b"  \r\n <1@example.org>  ": "1@example.org",
    b"<Mixed.Case@Example.ORG>": "Mixed.Case@Example.ORG",
    b"<1 2@example .org>": "12@example.org",
    b"<1@\r\n\texample.org>": "1@example.org",
    b'<"one two"@example.org>': '"one two"@example.org',
    b"<1@[192.0.2.1]>": "1@[192.0.2.1]",
    b"<a$@b@example.org>": "a$@b@example.org",
    b"<no-at-sign>": "no-at-sign",
    # brackets missing
    b"1@example.org": "1@example.org",
    b"<1@example.org": "1@example.org",
    b"1@example.org>": "1@example.org",
    b"<<1@example.org>>": "1@example.org",
    b"id 1@example.org, perhaps": "1@example.org",
    b"1": "1",
    # comments, several, text after
    b"<1@example.org> (added by gateway)": "1@example.org",
    b"(was <0@example.org>) <1@example.org>": "1@example.org",
    b"1@example.org (a <b>)": "b",
    b"<1@example.org> <2@example.org>": "1@example.org",
    b"<> <2@example.org>": "2@example.org",
    b"Message-ID: <1@example.org>": "1@example.org",
    # encoded, 8-bit, NUL
    b"=?utf-8?q?=3C1=40example=2Eorg=3E?=": "1@example.org",
    b"<1\x00\x07@example.org>": "1@example.org",
    b"<\xc3\xa9@example.org>": "é@example.org",
    b"<\xe9@example.org>": "é@example.org",
    # none
    b"": "",
    b" \t ": "",
    b"<>": "",
    b"< >": "",
}


@pytest.mark.parametrize(("raw", "message_id"), IDS.items())
def test_reads_the_message_id(raw: bytes, message_id: str) -> None:
    assert parse_message_id(raw) == message_id


REFERENCES = {
    b"<1@x> <2@x>": ["1@x", "2@x"],
    b"<1@x>\r\n\t<2@x>,<3@x><1@x>": ["1@x", "2@x", "3@x"],
    b"<1@\r\n x> <2 @x>": ["1@x", "2@x"],
    b'Your message of "Thu, 1 Jan 1998" <1@x>': ["1@x"],
    b"<1@x> (Jane's message of today)": ["1@x"],
    b"<not an id> <1@x> <>": ["1@x"],
    b"=?utf-8?q?=3C1=40x=3E?=\r\n =?utf-8?q?_=3C2=40x=3E?=": ["1@x", "2@x"],
    b"1@x": ["1@x"],
    b" 1@x \r\n": ["1@x"],
    b"1@x 2@x": [],
    b"1@2@x": [],
    b"@x": [],
    b"your message": [],
    b"": [],
}


@pytest.mark.parametrize(("raw", "ids"), REFERENCES.items())
def test_reads_the_references(raw: bytes, ids: list[str]) -> None:
    assert parse_references(raw) == ids


def test_of_very_many_references_the_last_count() -> None:
    raw = b"\r\n ".join(b"<%d@example.org>" % number for number in range(20_000))

    assert parse_references(raw) == [f"{number}@example.org" for number in range(19_900, 20_000)]


ANSWERS = {
    b"<1@x>": "1@x",
    b"1@x": "1@x",
    b"<1@x> <2@x>": "1@x",
    b"<1@x> (message from Jane <jane@x>)": "1@x",
    b'Message from Jane <jane@x> of "Thu, 1 Jan 1998" <1@x>': "1@x",
    b'Your message of "Thu, 1 Jan 1998"': "",
    b"=?utf-8?q?=3C1=40x=3E_=3C2=40x=3E?=": "1@x",
    b"": "",
}


@pytest.mark.parametrize(("raw", "message_id"), ANSWERS.items())
def test_reads_what_is_answered(raw: bytes, message_id: str) -> None:
    assert parse_in_reply_to(raw) == message_id


@pytest.mark.parametrize(
    "raw",
    [
        *(
            piece * (1_000_000 // len(piece))
            for piece in (b"<", b"<a", b"<a@b>", b'"', b'<"', b"(")
        ),
        *(b'<"' + b'a\\"' * 300_000 + b">", b'<"' + b"a" * 1_000_000 + b">", b"=?a?q?" * 160_000),
    ],
    ids=lambda raw: repr(raw[:8]),
)
def test_hostile_megabytes_come_to_an_end(raw: bytes) -> None:
    assert len(parse_message_id(raw)) <= 1000
    assert len(parse_in_reply_to(raw)) <= 1000
    assert len(parse_references(raw)) <= 100


_PIECES = st.sampled_from(
    b'<|>|@| |\r\n |"|\\|(|)|a|x.org|,|=?utf-8?q?|?=|=40|=3C|\xc3\xa9|\xff|\x00'.split(b"|")
)
_BYTES = st.one_of(st.binary(), st.lists(_PIECES, max_size=16).map(b"".join))


@settings(deadline=None, max_examples=300)
@given(_BYTES)
@example(b'"' + b"a" * 90)
def test_any_bytes_give_ids_without_brackets_and_controls(raw: bytes) -> None:
    for found in [parse_message_id(raw), parse_in_reply_to(raw), *parse_references(raw)]:
        found.encode("utf-8")
        assert found.isprintable()
        assert "<" not in found
        assert ">" not in found
    assert "" not in parse_references(raw)


_ATOMS = st.text(string.ascii_letters + string.digits + "+-$_", min_size=1, max_size=60)
_IDS = st.builds(lambda left, right: f"{left}@{right}.example", _ATOMS, _ATOMS)


@settings(deadline=None)
@given(st.lists(_IDS, min_size=1, max_size=20, unique=True))
def test_what_the_email_package_writes_comes_back(ids: list[str]) -> None:
    message = EmailMessage()
    message["References"] = " ".join(f"<{one}>" for one in ids)
    message["Message-ID"] = f"<{ids[0]}>"
    text = message.as_bytes()
    references, _, rest = text.removeprefix(b"References:").partition(b"\nMessage-ID:")

    assert parse_references(references) == ids
    assert parse_message_id(rest.partition(b"\n\n")[0]) == ids[0]
    assert parse_in_reply_to(references) == ids[0]
