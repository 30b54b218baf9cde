from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcactivity.web.answers import Page
from dcactivity.web.pages import Form, Html, Link, read_html


def read(text: str) -> Html:
    return read_html(Page("https://x.example/a/b", None, 200, text.encode()))


def test_links_forms_and_words_are_read() -> None:
    found = read(
        "<html><head><title>A &amp; B</title><style>.x{}</style>"
        '<link rel=alternate type="application/rss+xml" href="feed/"></head><body>'
        "<p>Hello <b>you</b><A HREF='c#part' class=x>the\n c</A> <a name=x>no link</a>"
        '<form action="/join"><input name=mail><input type=Password name="pw">'
        '<input type=submit value="Go on"></form><script>if (a < b) "<a href=no>"</script>'
        "<!-- <a href=no> --> end"
    )
    assert found == Html(
        title="A & B",
        words="Hello you the c no link Go on end",
        links=(Link("https://x.example/a/c", "the c"),),
        forms=(
            Form(
                "https://x.example/join",
                (("mail", "text"), ("pw", "password"), ("", "submit")),
            ),
        ),
        feeds=("https://x.example/a/feed/",),
    )
    assert found.asks_password


def test_a_base_moves_links_and_a_bracket_breaks_none() -> None:
    found = read('<base href="/other/"><a href="c">c</a><a href="http://[">bad</a>')
    assert found.links == (Link("https://x.example/other/c", "c"),)


def test_two_password_fields_are_for_choosing_one() -> None:
    assert not read("<form><input type=password><input type=password></form>").asks_password


@pytest.mark.parametrize(
    "piece",
    ["<", "<!", "<!--", "</", "<a ", "<a href='", "<a x=\"'", "<script>", "<title>", "<?", "<![",
     "<div>", "<a href=x><div>", "<a x=1 y", "&", "&#", '<a "', "<a =", "<form><input>"],
)  # fmt: skip
def test_hostile_pages_take_no_longer_than_they_are_long(piece: str) -> None:
    start = time.perf_counter()
    read(piece * (400_000 // len(piece)))
    # A fraction of a second; the standard library's parser takes minutes for some of these.
    assert time.perf_counter() - start < 10


@given(st.text(alphabet="<>/!-'\"= \nabtitle&;", max_size=200))
def test_any_text_is_read(text: str) -> None:
    read(text)
