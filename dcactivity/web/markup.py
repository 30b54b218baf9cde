"""HTML cut into tags and text, in time that grows with the page and no faster.

The standard library's parser takes minutes for some 100 kB of unfinished tags, and parsers that
build a tree do for as much of nested ones. Whoever answers us may send either. Nothing here goes
back: what is not finished by the end of the page ends it.

References
----------
HTML Living Standard, 13.2.5 (tokenization), as far as links, forms and words need it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Tag", "tokens"]

_RAW = frozenset({"script", "style", "textarea", "title", "noscript", "template", "xmp"})
_SHOWN = frozenset({"textarea", "title"})
_NAME = re.compile(r"/?([a-zA-Z][^\s/>]{0,100})")
_ATTRIBUTE = re.compile(
    r"[\s/]*(?:([^\s=>/\"'][^\s=>/]*)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>]*)))?)?"
)
_MOST_ATTRIBUTES = 200


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag.

    Parameters
    ----------
    name : str
        In lower case.
    attributes : dict of str to str
        Names in lower case; the first of a name counts.
    is_end : bool
        Whether it closes an element.
    """

    name: str
    attributes: dict[str, str]
    is_end: bool = False


def tokens(text: str) -> Iterator[Tag | str]:
    """Cut a page into tags and text.

    Parameters
    ----------
    text : str
        HTML of any quality.

    Yields
    ------
    Tag or str
        In the order of the page; scripts, styles and comments are left out.
    """
    lower = text.lower() if len(text.lower()) == len(text) else text
    at = 0
    while True:
        start = text.find("<", at)
        if start != at and (said := text[at : start if start >= 0 else len(text)]):
            yield unescape(said)
        if start < 0:
            return
        if text.startswith("<!--", start):
            at = _behind(text, "-->", start + 4)
        elif text.startswith(("<!", "<?"), start):
            at = _behind(text, ">", start)
        elif (name := _NAME.match(text, start + 1)) is None:
            yield "<"
            at = start + 1
        else:
            tag, at = _tag(text, name)
            if at:
                yield tag
            if at and tag.name in _RAW and not tag.is_end:
                end = lower.find(f"</{tag.name}", at)
                if tag.name in _SHOWN:
                    yield unescape(text[at : end if end >= 0 else len(text)])
                at = max(end, 0)
        if not at:  # not finished: the rest of the page belongs to it
            return


def _behind(text: str, mark: str, at: int) -> int:
    found = text.find(mark, at)
    return found + len(mark) if found >= 0 else 0


def _tag(text: str, name: re.Match[str]) -> tuple[Tag, int]:
    """Read a tag; return where it ends, 0 if nowhere."""
    attributes: dict[str, str] = {}
    at = name.end()
    while at < len(text) and text[at] != ">":
        found = _ATTRIBUTE.match(text, at)
        if found is None or found.end() == at:
            at += 1  # a stray quote or equals sign
            continue
        at = found.end()
        if found[1] and len(attributes) < _MOST_ATTRIBUTES:
            value = found[2] or found[3] or found[4] or ""
            attributes.setdefault(found[1].lower(), unescape(value))
    is_end = text[name.start()] == "/"
    return Tag(name[1].lower(), attributes, is_end), at + 1 if at < len(text) else 0
