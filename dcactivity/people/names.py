"""Display names taken apart: which words of them name a person."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass, field

from dcactivity.archives.text import decode_text
from dcactivity.people.words import COMMON_GIVEN, GENERIC, LETTERS, OFFICES, PARTICLES, TITLES

__all__ = ["NO_NAME", "Name", "fold", "parse_name"]

_LIMIT = 200
"""Characters of a name that are looked at."""

_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}|<[^<>]*>")
_APPENDED = re.compile(r"\s+[|/•·–—-]{1,2}\s+.*", re.DOTALL)
_ADDRESS = re.compile(r"\S+@\S+|\S+\s*[(\[]at[)\]]\s*\S+", re.IGNORECASE)
_APOSTROPHE = re.compile(r"(?<=\w)['’‘`´ʼ](?=\w)")
_LOGIN_DIGITS = 6
"""Digits from which a number is what somebody calls himself, and no year or count."""
_NICK = re.compile(r"[\w][-_.\d]")
_ESCAPES = re.compile(r"\x1b[-$(),./]*[A-Za-z@]")
"""ISO 2022's changes of character set, where a program left them undone."""
_ORDINARY = re.compile(r"[A-Za-z]+[,.]* [A-Za-z., ]{0,100}")
"""Words, commas and dots: nothing of what is looked for in stranger names."""
_BROKEN_WORD = re.compile(r"=?\??[\w-]+\?[qb]\?", re.IGNORECASE)
"""An encoded word of RFC 2047 without its end."""
_GLUED_INITIALS = re.compile(
    r"(?<!\S)([B-DF-HJ-NP-TV-XZ])\.?([B-DF-HJ-NP-TV-XZ])\.?(?=\s+[^\W\d_][a-z])"
)
_WORD = re.compile(r"[^\W_]+")
_INITIALS = re.compile(r"(?:[^\W\d_]\.\s*){2,}")
_DEGREE = re.compile(r"\b(ph|m|b)\.\s?(d|sc|a|phil|ba)\b\.?", re.IGNORECASE)
_IDEOGRAPHS = re.compile(r"[\u3400-\u9fff\uac00-\ud7af]{2,4}")
_FIRST_IDEOGRAPH = "\u3400"
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})


def fold(text: str) -> str:
    """Fold a text for comparison: lower case, no accents, special letters spelled out.

    Parameters
    ----------
    text : str
        As it was written.

    Returns
    -------
    str
        The folded text.

    References
    ----------
    Unicode Standard Annex 15, normalisation form KD; ``words.toml``, letters.

    Examples
    --------
    >>> fold("Łukasz SØRBY-Ünal")
    'lukasz sorby-unal'
    """
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS))
    bare = "".join(c for c in plain if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare).translate(LETTERS)  # puts Hangul together again


def _is_number(word: str) -> bool:
    return word.isdecimal() and len(word) < _LOGIN_DIGITS


@dataclass(frozen=True, slots=True)
class Name:
    """A display name as far as it names somebody.

    Attributes
    ----------
    words : tuple of str
        Folded, the given name first where the order is known, without titles, particles and
        company; empty where the name is generic or there is none.
    office : bool
        Whether it names a function ("Example Secretariat"): never a person.
    umlauts : tuple of str
        The words with umlauts written as two letters ("mueller"), where there are any.
    key : str
        The words in alphabetical order: the same in whatever order they were written.
    long : tuple of str
        The words that are more than an initial.
    is_full : bool
        Whether it has at least two words that are more than initials.
    is_initialled : bool
        Whether it is a surname with nothing but initials: "J. Roe".
    is_single : bool
        Whether it is one word: a given name, or what somebody calls himself on the net.
    """

    words: tuple[str, ...] = ()
    office: bool = False
    umlauts: tuple[str, ...] = ()
    key: str = field(init=False)
    long: tuple[str, ...] = field(init=False)
    is_full: bool = field(init=False)
    is_initialled: bool = field(init=False)
    is_single: bool = field(init=False)

    def __post_init__(self) -> None:
        words = self.words
        long = tuple([word for word in words if len(word) > 1 or word >= _FIRST_IDEOGRAPH])
        if any(map(_is_number, long)):
            long = tuple(word for word in long if not _is_number(word))
        store = functools.partial(object.__setattr__, self)  # the class is frozen
        store("key", " ".join(sorted(words)))
        store("long", long)
        store("is_full", len(long) > 1 and not self.office)
        store("is_initialled", len(long) == 1 < len(words) and not self.office)
        store("is_single", len(words) == 1 and not self.office)


NO_NAME = Name()


def parse_name(text: str) -> Name:
    """Read a display name.

    Parameters
    ----------
    text : str
        Decoded, as `dcactivity.archives.addresses.parse_address` gives it.

    Returns
    -------
    Name
        `NO_NAME` where it names nobody ("admin", an address, nothing).

    Examples
    --------
    >>> parse_name("Dr. ROE, Jane Q. (Example Ltd)").words
    ('jane', 'q', 'roe')
    >>> parse_name("root").words
    ()
    """
    if text.isascii() and text.replace(" ", "").isalpha() and not _GLUED_INITIALS.search(text):
        return _of_words(text.lower().split(), text)  # nearly all names: two plain words
    if _ORDINARY.fullmatch(text):
        return _of_text(text)
    text = _ESCAPES.sub("", text[:_LIMIT])
    if _BROKEN_WORD.match(text):
        text = decode_text(f"=?{text.strip('=?')}?=".encode("utf-8", "replace"))
    if "@" in text or "at" in text.lower():
        text = _ADDRESS.sub(" ", text)
    inner = text
    while (cut := _BRACKETED.sub(" ", inner)) != inner:
        inner = cut
    text = (inner if _WORD.search(inner) else text).strip()
    if " " not in text and "," not in text and _NICK.search(text):
        return _of_words(
            [re.sub(r"[\W_]+", "", fold(text))], text
        )  # "jane-roe7": what she calls herself
    shortened = _APPENDED.sub("", text)
    text = shortened if len(_WORD.findall(shortened)) > 1 else text
    return _of_text(_APOSTROPHE.sub("", text))


def _of_text(text: str) -> Name:
    text = _surname_last(text)
    # "PhD", "M.Sc." and "Dipl.-Ing." are one word each; "J.R." is two
    text = _DEGREE.sub(r"\1\2", text) if "." in text else text
    return _of_words(_words(text), text)


def _surname_last(text: str) -> str:
    """Turn "Last, First" around; drop what is a title or a company after a comma."""
    first, comma, rest = text.partition(",")
    if not comma:
        return text
    named = [part for part in rest.split(",") if any(w not in TITLES for w in _words(part))]
    if not named or _is_company(first, named[0]):
        return first
    return f"{named[0]} {first}"


def _is_company(before: str, after: str) -> bool:
    """Tell "Jane Roe, Example Ltd" from "Roe Doe, Jane Ann"."""
    left, right = ([w for w in _words(part) if w not in TITLES] for part in (before, after))
    if len(left) < 2 or len(right) < 2 or before.isupper() or right[0] in COMMON_GIVEN:
        return False
    return not any(word in PARTICLES for word in left[:1])


def _words(text: str) -> list[str]:
    text = _INITIALS.sub(lambda m: m[0].replace(".", ". "), text)
    return _WORD.findall(fold(_GLUED_INITIALS.sub(r"\1 \2", text)))


def _of_words(raw: list[str], text: str) -> Name:
    words = [word for word in raw if word not in TITLES] if len(raw) > 1 else raw
    if len(words) == 1 and _IDEOGRAPHS.fullmatch(words[0]):
        words = [words[0][1:], words[0][0]]  # family name first, one character
    kept = [word for word in words if word not in PARTICLES or len(words) < 3]
    words = kept if len(kept) > 1 else words
    if not words or all(word in GENERIC or _is_number(word) for word in words):
        return NO_NAME if len(words) < 2 else Name(tuple(words), office=True)
    office = len(words) > 1 and any(word in OFFICES for word in words)
    umlauts: tuple[str, ...] = ()
    if not text.isascii():
        spelled = [fold(word.translate(_UMLAUTS)) for word in _WORD.findall(text.casefold())]
        spelled = [w for w in spelled if w not in TITLES and w not in PARTICLES]
        if len(spelled) == len(words) and spelled != words:
            umlauts = tuple(spelled)
    return Name(tuple(words), office, umlauts)
