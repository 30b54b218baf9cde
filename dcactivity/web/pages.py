"""What a web page says: its links, forms and words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urljoin

from dcactivity.web.markup import Tag, tokens

if TYPE_CHECKING:
    from dcactivity.web.answers import Page

__all__ = ["Form", "Html", "Link", "is_html", "read_html"]

_FEEDS = frozenset({"application/rss+xml", "application/atom+xml"})
_MOST_LINKS = 100_000


@dataclass(frozen=True, slots=True)
class Link:
    """A link: where it leads, absolute and without fragment, and its words."""

    url: str
    words: str


@dataclass(frozen=True, slots=True)
class Form:
    """A form: where it is sent, and the names and types of its fields."""

    action: str
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Html:
    """A page taken apart.

    Parameters
    ----------
    title : str
        Its title.
    words : str
        All that a reader sees, in one line.
    links : tuple of Link
        In their order.
    forms : tuple of Form
        In their order.
    feeds : tuple of str
        Addresses of its RSS and Atom feeds.
    """

    title: str
    words: str
    links: tuple[Link, ...]
    forms: tuple[Form, ...]
    feeds: tuple[str, ...] = ()

    @property
    def asks_password(self) -> bool:
        """Whether a form asks for a password without offering to choose one twice.

        A page for joining a list lets one choose a password; that needs two fields.
        """
        counts = [sum(kind == "password" for _, kind in form.fields) for form in self.forms]
        return 1 in counts


def is_html(head: bytes) -> bool:
    """Tell whether bytes are the beginning of a web page.

    Parameters
    ----------
    head : bytes
        The first ones, some hundreds.

    Returns
    -------
    bool
        True by what it begins with, whatever it is called.
    """
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml", b"<!--", b"<title"))


def read_html(page: Page) -> Html:
    """Take a page apart.

    Parameters
    ----------
    page : Page
        As it came.

    Returns
    -------
    Html
        Empty of everything where it is none.
    """
    reader = _Reader(page.url)
    for token in tokens(page.text):
        reader.take(token)
    return reader.result()


class _Reader:
    """Gathers what a page says while its tokens go by."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._words: list[str] = []
        self._title: list[str] = []
        self._links: list[tuple[str, list[str]]] = []
        self._forms: list[tuple[str, list[tuple[str, str]]]] = []
        self._feeds: list[str] = []
        self._in_title = False
        self._link: list[str] | None = None

    def take(self, token: Tag | str) -> None:
        if isinstance(token, str):
            self._text(token)
        elif token.is_end:
            self._in_title = self._in_title and token.name != "title"
            self._link = None if token.name == "a" else self._link
        else:
            self._open(token.name, token.attributes)

    def _open(self, tag: str, given: dict[str, str]) -> None:
        if tag == "title":
            self._in_title = True
        elif tag == "base" and given.get("href"):
            self._base = self._absolute(given["href"])
        elif tag == "link" and given.get("type", "").lower() in _FEEDS and given.get("href"):
            self._feeds.append(self._absolute(given["href"]))
        elif tag == "a" and given.get("href") and len(self._links) < _MOST_LINKS:
            self._link = []
            self._links.append((self._absolute(given["href"]), self._link))
        elif tag == "form":
            self._forms.append((self._absolute(given.get("action", "")), []))
        elif tag in {"input", "button", "select", "textarea"}:
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        if not self._forms:
            self._forms.append((self._base, []))
        kind = given.get("type", "text" if tag == "input" else tag).lower()
        self._forms[-1][1].append((given.get("name", ""), kind))
        if kind in {"submit", "button"} and given.get("value"):
            self._words.append(given["value"])

    def _text(self, text: str) -> None:
        if self._in_title:
            self._title.append(text)
            return
        self._words.append(text)
        if self._link is not None:
            self._link.append(text)

    def result(self) -> Html:
        return Html(
            title=_line(self._title),
            words=_line(self._words),
            links=tuple(Link(url, _line(words)) for url, words in self._links if url),
            forms=tuple(Form(action, tuple(fields)) for action, fields in self._forms),
            feeds=tuple(url for url in self._feeds if url),
        )

    def _absolute(self, address: str) -> str:
        try:
            return urldefrag(urljoin(self._base, address.strip())).url
        except ValueError:  # such as an unclosed bracket in place of an IPv6 address
            return ""


def _line(pieces: list[str]) -> str:
    return re.sub(r"\s+", " ", " ".join(pieces)).strip()
