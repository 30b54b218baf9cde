"""Why a header field says something else to us than to the standard library's email.

Each reason is a sentence and a test of the case: what the bytes are, what we made of them, and
what email did in its two ways (texts, pairs, instants, or the error it raised). A test looks at
our value as well, so that a reason does not excuse just any.
"""

from __future__ import annotations

import binascii
import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from typing import Any

__all__ = ["why_read_otherwise"]

Case = Callable[[bytes, Any, list[Any]], bool]

_WORD = re.compile(
    rb"=\?[^?\s]+\?(?:[Bb]\?[A-Za-z0-9+/]*={0,2}|[Qq]\?(?:[!-<>@-~]|=[0-9A-Fa-f]{2})*)\?="
)
_OPENS = re.compile(rb"=\?[^?\s]*\?[BbQq]\?")
_ADDRESS = re.compile(r'[^\s@<>"(),;:]+@[\w.\[\]-]*\w\]?')


def ascii_of(text: str) -> str:
    """The letters and digits of a text that every charset agrees about."""
    return "".join(re.findall(r"[A-Za-z0-9]", text))


def visible(text: str) -> str:
    """A text without blanks and without what cannot be seen."""
    return "".join(x for x in text if unicodedata.category(x) not in {"Cc", "Cf", "Cs", "Zs"})


def unpacked(raw: bytes) -> bytes:
    """A value with the bytes of its encoded words in their place, however broken they are."""

    def payload(found: re.Match[bytes]) -> bytes:
        text = found[2]
        if found[1] in b"Qq":
            return re.sub(rb"=([0-9A-Fa-f]{2})", lambda x: bytes.fromhex(x[1].decode()), text)
        digits = re.sub(rb"[^A-Za-z0-9+/]", b"", text)
        return binascii.a2b_base64(digits[: -1 if len(digits) % 4 == 1 else None] + b"==")

    return re.sub(rb"(?s)=\?[^?\s]*\?([BbQq])\?(.*?)(?:\?=|(?==\?)|\Z)", payload, raw)


def in_order(part: str, whole: str) -> bool:
    """Tell whether the letters of `part` stand in `whole` in this order."""
    rest = iter(whole)
    return all(letter in rest for letter in part)


def is_of(raw: bytes, mine: str) -> bool:
    """Tell whether a text holds no letters but those of a value, in its order."""
    once = unpacked(raw)
    return any(
        in_order(ascii_of(mine), ascii_of(data.decode("latin-1")))
        for data in (raw, once, unpacked(once), raw + once)
    )


def decoded(raw: bytes) -> str:
    """A value's text, UTF-8 where it can be."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def names(values: list[Any]) -> list[str]:
    """The texts among what email gave."""
    return [value for value in values if isinstance(value, str)]


def is_unseen(raw: bytes, mine: str, yours: list[Any]) -> bool:
    has_unseen = decoded(raw) != visible(decoded(raw))
    return has_unseen and any(visible(mine) == visible(text) for text in names(yours))


def is_eight_bit(raw: bytes, mine: str, yours: list[Any]) -> bool:
    return not raw.isascii() and (
        "=?" in mine
        or bool(_OPENS.search(raw))
        or ascii_of(mine) == ascii_of(raw.decode("latin-1"))
    )


def is_unknown_charset(raw: bytes, mine: str, yours: list[Any]) -> bool:
    return any(isinstance(one, LookupError) for one in yours) and bool(_OPENS.search(raw))


def is_twice(raw: bytes, mine: str, yours: list[Any]) -> bool:
    return any(_OPENS.search(text.encode("utf-8", "replace")) for text in names(yours)) and bool(
        _WORD.search(raw)
    )


def is_utf8_under_another_name(raw: bytes, mine: str, yours: list[Any]) -> bool:
    declared = re.search(rb"(?i)=\?[^?]*(?:ascii|8859-1|latin1|1252)[^?]?\?", raw)
    return bool(declared) and not mine.isascii()


def is_broken_word(raw: bytes, mine: str, yours: list[Any]) -> bool:
    """An encoded word with a blank or a stray mark in it, without its end, or against a text."""
    if b"=?" not in raw:
        return False
    rest = _WORD.sub(lambda _: b"\x01", raw)
    return (
        b"=?" in rest
        or bool(re.search(rb"\S\x01|\x01\S", rest))
        or any(isinstance(one, Exception) for one in yours)
    )


def is_faulty_charset(raw: bytes, mine: str, yours: list[Any]) -> bool:
    return bool(_WORD.search(raw)) and any("\ufffd" in text for text in names(yours))


TEXTS: dict[str, Case] = {
    "control characters and marks of direction are left out: they steer a terminal": is_unseen,
    "bytes beyond ASCII that no charset is named for: email shows question marks": is_eight_bit,
    "a charset that Python does not know, or with a language: email fails": is_unknown_charset,
    "encoded words that were encoded again: email takes off one layer": is_twice,
    "declared as ASCII or Latin-1, and plainly UTF-8": is_utf8_under_another_name,
    "an encoded word that is broken or stands against other text": is_broken_word,
    "a character cut in two between words, or bytes not of the charset": is_faulty_charset,
}  # fmt: skip


def addresses(values: list[Any]) -> list[str]:
    """The addresses among what email gave that have the form of one."""
    return [one[1] for one in values if isinstance(one, tuple) and _ADDRESS.fullmatch(one[1])]


def letters(raw: bytes) -> str:
    """A value without anything that may stand around or within an address."""
    text = re.sub(r"(?i)mailto:|\bat\b|\([^()]*\)", "", raw.decode("utf-8", "replace"))
    return re.sub(r"[^\w.]", "", text).lower()


def is_spoken(raw: bytes, mine: Any, yours: list[Any]) -> bool:
    local, _, domain = mine[1].partition("@")
    return bool(local) and f"{local} at {domain}" in " ".join(
        raw.decode("latin-1").lower().split()
    )


def has_only_a_name(raw: bytes, mine: Any, yours: list[Any]) -> bool:
    """No address at all, or one whose domain goes on with a quote or another @."""
    text = raw.decode("latin-1")
    return not mine[1] and all(
        text[one.end() :][:1] in {'"', "@"} for one in _ADDRESS.finditer(text)
    )


def is_found_by_us_alone(raw: bytes, mine: Any, yours: list[Any]) -> bool:
    said = letters(raw) + letters(
        re.sub(rb"=([0-9A-Fa-f]{2})", lambda x: bytes.fromhex(x[1].decode()), raw)
    )
    return bool(mine[1]) and not addresses(yours) and re.sub(r"[^\w.]", "", mine[1]) in said


def is_name_alone(raw: bytes, mine: Any, yours: list[Any]) -> list[str]:
    """Email's names where its address is ours."""
    return [one[0] for one in yours if isinstance(one, tuple) and one[1] == mine[1]]


def is_quoted(raw: bytes, mine: Any, yours: list[Any]) -> bool:
    marks = "'\"“”„`‘’ ,;<>"
    return any(
        mine[0].strip(marks) == text.strip(marks) != text
        for text in is_name_alone(raw, mine, yours)
    )


def is_via(raw: bytes, mine: Any, yours: list[Any]) -> bool:
    said = [one[0] for one in yours if isinstance(one, tuple)]
    munged = re.escape(mine[1]).replace("@", "=(40)?") + "@"
    if mine[1] and re.search(munged, visible(decoded(raw)).lower()):
        return is_of(raw, mine[0])
    return any(re.match(rf"{re.escape(mine[0])}\W* via ", text) for text in said)


def is_commented(raw: bytes, mine: Any, yours: list[Any]) -> bool:
    return b"(" in raw and any(
        visible(mine[0]) in visible(text) or not text for text in is_name_alone(raw, mine, yours)
    )


def is_name_decoded(raw: bytes, mine: Any, yours: list[Any]) -> bool:
    same = is_name_alone(raw, mine, yours)
    return bool(same) and any(
        case(raw, mine[0], [*same, *errors(yours)]) for case in TEXTS.values()
    )


def is_in_angles(raw: bytes, mine: Any, yours: list[Any]) -> bool:
    """Ours is what stands in brackets, behind a route, without blanks; the name is of the rest."""
    text = decoded(raw)
    inside = [visible(one).lower() for one in re.findall(r"<([^<>]*)", text)]
    inside += [one.rpartition(":")[2] for one in inside]
    is_inside = any(one.startswith(mine[1]) for one in inside)
    return bool(mine[1]) and is_inside and is_of(raw, mine[0])


def is_bare(raw: bytes, mine: Any, yours: list[Any]) -> bool:
    """Without brackets: the first thing that looks like an address, the rest is the name."""
    text = re.sub(r"\s+([@.])|([@.])\s+", r"\1\2", decoded(raw))
    return (
        not re.search(r"<[^<>]*@[^<>]*>", text)
        and in_order(ascii_of(mine[1]), ascii_of(text.lower()))
        and in_order(ascii_of(mine[0]), ascii_of(text))
    )


def is_eight_bit_sender(raw: bytes, mine: Any, yours: list[Any]) -> bool:
    text = ascii_of(raw.decode("latin-1"))
    return (
        not raw.isascii()
        and in_order(ascii_of(mine[0]), text)
        and ascii_of(mine[1]) in text.lower()
    )


def errors(values: list[Any]) -> list[Any]:
    return [one for one in values if isinstance(one, Exception)]


SENDERS: dict[str, Case] = {
    "``jane at example.org``, as archives hide addresses from harvesters": is_spoken,
    "a name and no address: email makes an address of a word": has_only_a_name,
    "the address is not where the grammar has it, and email finds none: in an encoded word, in "
    "quotes, behind an unquoted comma or bracket, after mailto:": is_found_by_us_alone,
    "quotes around the whole name are not part of it": is_quoted,
    "the list wrote itself into name or address, as DMARC makes it": is_via,
    "a comment is the name only where there is no other": is_commented,
    "the name is decoded as any text is": is_name_decoded,
    "what stands in angle brackets is the address, whatever it holds": is_in_angles,
    "without brackets, what first looks like an address is it, the rest is the name": is_bare,
    "bytes beyond ASCII that no charset is named for, in name or address": is_eight_bit_sender,
}


def brackets(raw: bytes) -> list[str]:
    """What stands in angle brackets, without blanks and what cannot be seen."""
    text = decoded(raw)
    return [visible(one) for one in re.findall(r"<([^<>]*)>", text.replace("\0", ""))]


def is_in_brackets(raw: bytes, mine: Any, yours: list[Any]) -> bool:
    found = [one for one in brackets(raw) if one]
    if isinstance(mine, list):
        ids = [visible(one) for one in mine]
        return ids == [one for one in dict.fromkeys(found) if one in ids]
    return visible(mine) in found


def has_no_id(raw: bytes, mine: Any, yours: list[Any]) -> bool:
    """Nothing whole in brackets: a digest stands in for a Message-ID, nothing for the others."""
    whole = [one for one in brackets(raw) if "@" in one]
    return not whole and (not mine or str(mine).startswith("sha256:"))


def has_lost_a_bracket(raw: bytes, mine: Any, yours: list[Any]) -> bool:
    one = mine[0] if isinstance(mine, list) and len(mine) == 1 else mine
    return (
        isinstance(one, str)
        and not any(brackets(raw))
        and bool(one)
        and any(word.startswith(one) for word in words(raw))
    )


def words(raw: bytes) -> list[str]:
    """The words of a value, with and without comments, without what cannot be seen."""
    text = decoded(raw)
    both = re.sub(r"[<>]", " ", f"{text} {re.sub(r'[(][^()]*[)]', ' ', text)}")
    return [visible(one).strip(",;") for one in both.split()]


def is_encoded(raw: bytes, mine: Any, yours: list[Any]) -> bool:
    return bool(_OPENS.search(raw)) or b"=?" in raw


IDS: dict[str, Case] = {
    "what stands in angle brackets is the id; email gives all of the value": is_in_brackets,
    "no id: a digest of the message stands for it": has_no_id,
    "the id has lost a bracket": has_lost_a_bracket,
    "an id written as an encoded word, which is broken": is_encoded,
}


def is_no_date(raw: bytes, mine: Any, yours: list[Any]) -> bool:
    return mine == "" and bool(errors(yours))


def is_year(raw: bytes, mine: Any, yours: list[Any]) -> bool:
    """Years of two digits from 50 to 68 are of the last century, of three digits since 1900."""
    if not isinstance(mine, dt.datetime):
        return False
    if str(mine.year - 1900 + 19000).encode() in raw:
        return True  # "19121", as programs wrote 2021
    for one in yours:
        if isinstance(one, dt.datetime):
            by = mine.year - one.year
            at = one.replace(year=2000, tzinfo=None) - mine.replace(year=2000, tzinfo=None)
            if ((by == -100 and 1950 <= mine.year <= 1969) or by == 1900) and abs(at.days) <= 1:
                return True
    return False


def is_too_far(raw: bytes, mine: Any, yours: list[Any]) -> bool:
    return mine == ""


def is_zone(raw: bytes, mine: Any, yours: list[Any]) -> bool:
    named = rb"(?i)[A-Z]{2,5}|[+-]\s?\d\d?:\d\d|[+-]\s?\d"
    return (
        isinstance(mine, dt.datetime)
        and bool(re.search(named, raw))
        and any(
            isinstance(one, dt.datetime) and abs(one - mine) < dt.timedelta(hours=48)
            for one in yours
        )
    )


def is_date_of_a_form(raw: bytes, mine: Any, yours: list[Any]) -> bool:
    if not isinstance(mine, dt.datetime) or not errors(yours):
        return False
    day = mine.replace(tzinfo=None)
    around = [day + dt.timedelta(days=by) for by in (-1, 0, 1) if 1 < day.year + by < 10_000]
    numbers = {int(one) for one in re.findall(rb"\d+", raw)[:20]}
    return any(one.day in numbers for one in around)


def is_written(raw: bytes, mine: Any, yours: list[Any]) -> bool:
    """Year, month and day as they stand in the value, but for a day that the zone may shift."""
    return (
        isinstance(mine, dt.datetime)
        and mine.year >= 1900
        and f"{mine:%y}".encode() in raw
        and f"{mine:%b}".lower().encode() in raw.lower()
        and re.search(rb"\b0?%d\b" % mine.day, raw) is not None
    )


DATES: dict[str, Case] = {
    "no date, or a day or an hour that there is not: email raises an error": is_no_date,
    "years of two and of three digits are read as RFC 5322, 4.3, has them": is_year,
    "zones with a colon, a letter, a name, or beyond a day": is_zone,
    "ISO 8601, a day alone, 24:00, second 60, a comment in front": is_date_of_a_form,
    "a stray mark between day, month and year: email takes the zone for the year": is_written,
    "before 1900, or an order of day and month that nobody can tell": is_too_far,
}


def why_read_otherwise(name: str, raw: bytes, mine: Any, yours: list[Any]) -> str | None:
    """Say why ours is none of email's readings of a value; None where nothing explains it."""
    reasons = {
        "date": DATES,
        "from": SENDERS,
        "subject": TEXTS,
        "list-id": TEXTS,
        "list-post": TEXTS,
    }
    if (
        isinstance(mine, str)
        and name in {"subject", "list-id", "list-post"}
        and not is_of(raw, mine)
    ):
        return None
    for reason, case in reasons.get(name, IDS).items():
        if case(raw, mine, yours):
            return reason
    return None
