"""Bytes of header fields become text: RFC 2047 words, charsets that lie, nothing ever raised."""

from __future__ import annotations

from email.header import Header

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dcactivity.archives.text import TEXT_LIMIT, decode_text

CASES = {
    # plain, folded, worn
    b"Hello": "Hello",
    b"": "",
    b"  Re: one\r\n two\n\tthree ": "Re: one two three",
    b"a\x00b\x07c\x1b[0md": "a b c [0md",
    b"a\xc2\x85b\xc2\x9fc": "a b c",
    b"a\xe2\x80\xaeb\xe2\x80\x8bc": "abc",  # bidirectional override, zero-width space
    # RFC 2047 section 8
    b"(=?ISO-8859-1?Q?a?=)": "(a)",
    b"(=?ISO-8859-1?Q?a?= b)": "(a b)",
    b"(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)": "(ab)",
    b"(=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=)": "(ab)",
    b"(=?ISO-8859-1?Q?a_b?=)": "(a b)",
    b"(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)": "(a b)",
    # a character split across words, of one encoding or two
    b"=?utf-8?Q?Caf=C3?= =?utf-8?Q?=A9?=": "Café",
    b"=?utf-8?Q?Caf=C3?=\n =?UTF-8?B?qQ==?=": "Café",
    b"=?utf-8?B?8J+?= =?utf-8?B?UkyE?=": "🔓!",  # the base64 text itself cut in two
    # adjacent without blank, inside a word, inside quotes
    b"=?utf-8?Q?a?==?utf-8?Q?b?=": "ab",
    b"pre=?utf-8?Q?=C3=A9?=post": "preépost",
    b'"=?utf-8?Q?=C3=A9?="': '"é"',
    # blanks inside, padding missing, characters beside the alphabet
    b"=?utf-8?Q?a b c?=": "a b c",
    b"=?utf-8?Q?a\r\n b?=": "a b",
    b"=?utf-8?B?w6k?=": "é",
    b"=?utf-8?B?w6 k=\r\n ?=": "é",
    b"=?utf-8?B?w6k=YQ==?=": "éa",
    b"=?utf-8?B?YWJjZ?=": "abc",
    b"=?utf-8?B?=?=": "",
    b"=?utf-8?Q?50=_=XX=4?=": "50= =XX=4",
    # language, case, odd charset labels
    b"=?utf-8*en-GB?q?colour?=": "colour",
    b"=?UTF8?b?w6k=?=": "é",
    b'=?"utf-8"?Q?=C3=A9?=': "é",
    b"=?x-unknown?Q?=C3=A9?=": "é",
    b"=??Q?=E9?=": "é",
    b"=?no-such-charset?Q?=E9?=": "é",
    b"=?zlib?B?eJw=?=": "xœ",
    b"=?unicode_escape?Q?=5Cd?=": "\\d",
    b"=?iso-8859-1?Q?=93a=94?=": "“a”",  # Windows-1252 under the name of its subset
    b"=?gb2312?B?1cXPyMn6?=": "张先生",
    b"=?ks_c_5601-1987?B?x9Gx2w==?=": "한글",
    b"=?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?=": "こんにちは",
    b"=?koi8-r?B?8NLJ18XU?=": "Привет",
    b"=?utf-7?Q?+2AA-a?=": "a",  # a lone surrogate
    # charsets that lie
    b"=?iso-8859-1?Q?Caf=C3=A9?=": "Café",
    b"=?us-ascii?Q?Caf=C3=A9?=": "Café",
    b"=?us-ascii?Q?Caf=E9?=": "Café",
    b"=?utf-8?Q?Caf=E9?=": "Café",
    # nested, encoded twice, never closed
    b"=?utf-8?Q?=?utf-8?Q?abc?=?=": "abc",
    b"=?utf-8?Q?=3D=3Futf-8=3FQ=3F=3DC3=3DA9=3F=3D?=": "é",
    b"=?utf-8?Q?abc =?utf-8?Q?def?=": "abc def",
    b"=?utf-8?Q?abc": "=?utf-8?Q?abc",
    b"=?utf-8?X?abc?=": "=?utf-8?X?abc?=",
    # half of a close was lost, or all of it, with another word behind
    b"=?utf-8?B?w6k=?plain =?koi8-r?q?=C1=C2?=": "\xe9plain \u0430\u0431",
    b"=?utf-8?B?w6k= plain =?koi8-r?q?=C1=C2?=": "\xe9 plain \u0430\u0431",
    # raw 8-bit
    b"Caf\xc3\xa9": "Café",
    b"Caf\xe9": "Café",
    b"Caf\xe9 at four \xf0": "Café at four ð",
    b"\x93Caf\xe9\x94": "“Café”",
    b"Caf\xc3\xa9 cut in tw\xc3": "Café cut in tw",
    b"\x1b$B$3$s$K$A$O\x1b(B": "こんにちは",
}


@pytest.mark.parametrize(("raw", "text"), CASES.items())
def test_decodes(raw: bytes, text: str) -> None:
    assert decode_text(raw) == text


@pytest.mark.parametrize("charset", ["koi8-r", "cp1251"])
def test_a_longer_text_without_a_declared_charset_is_guessed(charset: str) -> None:
    text = "Добрый день, встреча состоится в четверг, просьба подтвердить участие"

    assert decode_text(text.encode(charset)) == text


def test_a_short_text_is_not_guessed_but_western() -> None:
    assert decode_text("Grüße".encode("latin-1")) == "Grüße"


def test_long_text_is_cut_at_the_limit() -> None:
    assert decode_text(b"a" * 5000) == "a" * TEXT_LIMIT
    assert decode_text(b"ab cd", limit=3) == "ab"
    assert decode_text(b" ".join([b"=?utf-8?B?8J+Ukw==?="] * 900)) == "🔓" * 900


@pytest.mark.parametrize(
    "raw",
    [
        *(b"=?" * 500_000, b"=?a?Q?" * 160_000, b"=?a?Q?x?=" * 110_000, b"?=" * 500_000),
        *(b" " * 1_000_000, b"\xe9" * 1_000_000, b"=?utf-8?B?" + b"=" * 1_000_000 + b"?="),
    ],
    ids=lambda raw: repr(raw[:12]),
)
def test_hostile_megabytes_come_to_an_end(raw: bytes) -> None:
    assert len(decode_text(raw)) <= TEXT_LIMIT


_PIECES = st.sampled_from(
    [
        b"=?utf-8?Q?",
        b"=?utf-7?B?",
        b"=?iso-2022-kr?B?",
        b"=?hz?q?",
        b"?=",
        b"=C3",
        b"\xc3",
        b"\x1b$",
    ]
)


@settings(deadline=None)
@given(st.one_of(st.binary(), st.lists(st.one_of(_PIECES, st.binary(max_size=6))).map(b"".join)))
@example(b"=?utf-7?Q?+2AA-?=")
def test_any_bytes_become_one_clean_line(raw: bytes) -> None:
    text = decode_text(raw)

    text.encode("utf-8")
    assert text == " ".join(text.split())
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in text)


_TEXTS = st.text(
    st.characters(exclude_categories=("C", "Zs", "Zl", "Zp"), include_characters=" "), max_size=80
)


@settings(deadline=None)
@given(_TEXTS, st.sampled_from(["utf-8", "utf-16", "gb18030"]))
def test_what_the_email_package_encodes_comes_back(text: str, charset: str) -> None:
    text = " ".join(text.replace("=?", "").split())
    raw = Header(text, charset, header_name="Subject").encode().encode("ascii")

    assert decode_text(raw) == text
