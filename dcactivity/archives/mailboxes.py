"""Address fields cut into mailboxes: quoted strings, comments, angle brackets, separators.

A value is cut before anything in it is decoded, so that a comma or a quote inside an encoded
word divides nothing. All of it is linear in the value's length.

References
----------
RFC 5322 sections 3.2 and 3.4; RFC 6854 (groups in From); RFC 2047 section 5.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ATOM", "SPOKEN", "Mailbox", "cut_mailboxes", "without_comments"]

ATOM = r"[^\s\"<>(),;:@\[\]]{1,256}"
"""What a local part or a domain is made of, written generously."""

SPOKEN = re.compile(
    rf"(?<![^\s\"<>(),;:\[])({ATOM})\s{{1,3}}at\s{{1,3}}({ATOM}(?:\s{{1,3}}dot\s{{1,3}}\w{{1,63}}){{0,5}})",
    re.IGNORECASE,
)
"""The form in which pipermail and people hide an address: ``jane at example.org``."""

_SPECIAL = re.compile(r'=\?[^?\s]{0,60}\?[BbQq]\?[^?]*\?=|["(<,;:]')
_QUOTED = re.compile(r'"((?:[^"\\]++|\\.)*+)"', re.DOTALL)
_ANGLE = re.compile(r"<([^<>]*)>")
_OPEN_ANGLE = re.compile(r"<([^<>,;\s]*)")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_IN_COMMENT = re.compile(r"[()]|\\.", re.DOTALL)


@dataclass(slots=True)
class Mailbox:
    """The tokens of one mailbox, in order, as they were cut.

    Attributes
    ----------
    phrase : list of tuple of str
        Kind (``text``, ``word``, ``quoted``) and text of what stands outside the others.
    comments : list of str
        What stands in parentheses.
    angles : list of str
        What stands in angle brackets.
    before_angle : int
        How many tokens of `phrase` stand before the first of `angles`.
    has_address : bool
        Whether an address seems to stand in text or angle brackets.
    """

    phrase: list[tuple[str, str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    angles: list[str] = field(default_factory=list)
    before_angle: int = 0
    has_address: bool = False

    def name(self) -> str:
        """Join the phrase, that before the angle bracket where there is one."""
        before = "".join(value for _, value in self.phrase[: self.before_angle])
        return before if before.strip() else "".join(value for _, value in self.phrase)

    def text(self) -> str:
        """Join the phrase, its quoted strings in quotes."""
        return "".join(f'"{v}"' if kind == "quoted" else v for kind, v in self.phrase)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Cut a value into text, encoded words, quoted strings, comments, angles, separators.

    A quote or bracket that is never closed stands for itself, and so do later ones of its kind:
    looking again for each of them would make a long value slow.
    """
    unclosed: set[str] = set()
    position = 0
    for _ in range(len(text)):
        special = _SPECIAL.search(text, position)
        if special is None:
            break
        if special.start() > position:
            yield "text", text[position : special.start()]
        mark, position = special[0], special.end()
        if len(mark) > 1:
            yield "word", mark
        elif mark in ",;:":
            yield mark, mark
        else:
            token = None if mark in unclosed else _enclosed(text, special.start())
            if token is None:
                unclosed.add(mark)
                yield "text", mark
            else:
                kind, value, position = token
                yield kind, value
    yield "text", text[position:]


def _enclosed(text: str, start: int) -> tuple[str, str, int] | None:
    """Read what is quoted, in parentheses or in angle brackets at `start`, and its end."""
    if text[start] == '"':
        found = _QUOTED.match(text, start)
        return found and ("quoted", _ESCAPED.sub(r"\1", found[1]), found.end())
    if text[start] == "<":
        found = _ANGLE.match(text, start) or _OPEN_ANGLE.match(text, start)
        if found is None or ("@" not in found[1] and not found[0].endswith(">")):
            return "text", " ", start + 1
        return "angle", found[1], found.end()
    depth = 0
    for mark in _IN_COMMENT.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(mark[0], 0)
        if depth == 0:
            value = _ESCAPED.sub(r"\1", text[start + 1 : mark.start()])
            return "comment", value, mark.end()
    return None


def cut_mailboxes(text: str) -> Iterator[Mailbox]:
    """Group the tokens of a value into mailboxes, those of its groups included.

    Parameters
    ----------
    text : str
        The value, each byte one character (Latin-1).

    Yields
    ------
    Mailbox
        At least one; the last may be empty.
    """
    box = Mailbox()
    in_group = ";" in text
    for kind, value in _tokens(text):
        if kind == "angle":
            if box.angles and box.has_address:  # "A <a@b> B <c@d>": the comma is missing
                yield box
                box = Mailbox()
            if not box.angles:
                box.before_angle = len(box.phrase)
            box.angles.append(value)
            box.has_address = box.has_address or "@" in value or " at " in value.lower()
        elif kind == "comment":
            box.comments.append(value)
        elif kind in ",;" and box.has_address:
            yield box
            box = Mailbox()
        elif kind == ":":
            scheme = box.phrase[-1][1].strip().lower() if len(box.phrase) == 1 else ""
            if scheme == "mailto" or (in_group and not box.has_address):
                box = Mailbox()
            else:
                box.phrase.append(("text", value))
        else:
            box.phrase.append((kind if kind in ("word", "quoted") else "text", value))
            if kind == "text" and not box.has_address:
                box.has_address = "@" in value or SPOKEN.search(value) is not None
    yield box


def without_comments(text: str) -> str:
    """Drop what stands in parentheses outside quotes.

    Parameters
    ----------
    text : str
        One line.

    Returns
    -------
    str
        With quoted strings and the rest as they were.
    """
    return "".join(
        {"quoted": f'"{value}"', "angle": f"<{value}>"}.get(kind, value)
        for kind, value in _tokens(text)
        if kind != "comment"
    )
