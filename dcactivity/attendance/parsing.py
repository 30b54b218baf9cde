"""From the lines of a summary report to a meeting: its number, its day, and who was there."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from dcactivity.attendance.reading import Line

__all__ = ["Meeting", "Person", "parse_report"]

Part = Literal["participants", "apologies", "facilitators", "secretariat"]

_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS)
_DATES = (
    re.compile(
        rf"(?i)\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<m>{_MONTH})\.?,?\s+(?P<y>\d{{4}})\b"
    ),
    re.compile(
        rf"(?i)\b(?P<m>{_MONTH})\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})\b"
    ),
    re.compile(r"\b(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})\b"),
)
_NUMBER = re.compile(r"(?i)\bmeeting\s*+(?:no\.?|number|#|nr\.?)?\s*+(\d{1,4}|[ivxlc]{1,7})\b")
_TOP = 25  # lines: where a report says what it is
# Beside a date, in a line that says nothing but the day of the meeting. Any other line may tell
# of another meeting's day, or of a deadline.
_BARE = re.compile(
    r"(?i)[\W\d]*(?:(?:date|day|held|on|when|at|from|to|utc|gmt|cet|am|pm"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day)[\W\d]*)*"
)
_HEADINGS: tuple[tuple[Part, re.Pattern[str]], ...] = (
    ("apologies", re.compile(r"(?i)(?:apologies|regrets)(?: received| sent)?")),
    ("facilitators", re.compile(r"(?i)(?:coordination |dccg |co-?){0,4}facilitators?")),
    ("secretariat", re.compile(r"(?i)(?:igf )?secretariat(?: support| staff)?")),
    ("participants", re.compile(r"(?i)(?:list of )?(?:participants|attendees|attendance)")),
)
_HEADS = frozenset({"name", "names", "first name", "last name", "surname", "family name",
                    "given name", "affiliation", "organisation", "organization", "coalition",
                    "no", "no.", "#"})  # fmt: skip
_SAYS_WHERE = ("affiliation", "organisation", "organization", "coalition")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on the list, without the name.

    Parameters
    ----------
    part : str
        ``participants, apologies, facilitators`` or ``secretariat``.
    affiliation : str
        As it was written; "" where there is none.
    is_certain : bool
        Whether the report sets it apart (a column, brackets), so that it is no name.
    """

    part: Part
    affiliation: str
    is_certain: bool


@dataclass(frozen=True, slots=True)
class Meeting:
    """What a report says of its meeting.

    Parameters
    ----------
    number : str or None
        As it was written, without what stands before it.
    dates : tuple of datetime.date
        The days that its head names, in their order, each once.
    people : tuple of Person
        Who is on the list.
    name_words : frozenset of str
        Words of persons' names, folded: to keep them out of what is printed.
    """

    number: str | None
    dates: tuple[dt.date, ...]
    people: tuple[Person, ...]
    name_words: frozenset[str]


def parse_report(lines: Iterable[Line], *, is_coalition: Callable[[str], bool]) -> Meeting:
    """Find number, day and list of persons in a report.

    Parameters
    ----------
    lines : iterable of Line
        As `read_report` gives them.
    is_coalition : callable
        Tells whether a text names a coalition: where a table has two columns and no head, it
        tells affiliations from family names.

    Returns
    -------
    Meeting
        What was found.
    """
    every = list(lines)
    number, dates = _head(every)
    people: list[Person] = []
    names: list[str] = []
    for part, block in _parts(every):
        found = _apologies(block) if part == "apologies" else _rows(block, is_coalition)
        people += [Person(part, affiliation, certain) for _, affiliation, certain in found]
        names += [name for name, _, _ in found]
    words = frozenset(word for name in names for word in re.findall(r"\w{2,}", name.casefold()))
    return Meeting(number, dates, tuple(people), words)


def _head(lines: list[Line]) -> tuple[str | None, tuple[dt.date, ...]]:
    top = [line.text for line in lines[:_TOP]]
    numbers = [(found[1], text) for text in top for found in [_NUMBER.search(text)] if found]
    number, title = numbers[0] if numbers else (None, "")
    heads = [text for text in top if text == title or _BARE.fullmatch(_without_dates(text))]
    dates = [day for text in heads for day in _days(text)]
    return (number.upper() if number else None), tuple(dict.fromkeys(dates))


def _without_dates(text: str) -> str:
    for pattern in _DATES:
        text = pattern.sub("", text)
    return text


def _days(text: str) -> Iterable[dt.date]:
    for pattern in _DATES:
        for found in pattern.finditer(text):
            month = found["m"].lower()
            names = [name[:3] for name in _MONTHS]
            number = int(month) if month.isdigit() else names.index(month[:3]) + 1
            try:
                yield dt.date(int(found["y"]), number, int(found["d"]))
            except ValueError:
                continue  # 31 April: no day


def _parts(lines: list[Line]) -> list[tuple[Part, list[Line]]]:
    """Cut the list of persons at its headings; what comes before it is the report."""
    parts: list[tuple[Part, list[Line]]] = []
    is_open = False
    for line in lines:
        part, rest = _heading(line)
        if part is not None:
            parts.append((part, [Line((rest,))] if rest else []))
            is_open = True
        elif line.is_heading:
            is_open = False
        elif is_open:
            parts[-1][1].append(line)
    return parts


def _heading(line: Line) -> tuple[Part | None, str]:
    """Tell a heading of the list, and what stands behind its colon."""
    if len([cell for cell in line.cells if cell]) != 1:
        return None, ""
    before, colon, after = line.text.partition(":")
    for part, pattern in _HEADINGS:
        if pattern.fullmatch(before.strip(" *_#")):
            return part, after.strip(" *_") if colon else ""
    return None, ""


_Found = tuple[str, str, bool]  # name, affiliation, whether the report sets it apart


def _rows(block: list[Line], is_coalition: Callable[[str], bool]) -> list[_Found]:
    where: int | None = None
    found: list[_Found] = []
    # Of a table with two columns and no head, the second may hold family names.
    pairs = [line.cells[1] for line in block if len(line.cells) == 2]
    two_is_where = any(is_coalition(cell) for cell in pairs)
    for line in block:
        cells = [cell.casefold().strip(" *_:") for cell in line.cells]
        if len(cells) > 1 and all(cell in _HEADS for cell in cells if cell):
            where = next((i for i, cell in enumerate(cells) if cell in _SAYS_WHERE), None)
            continue
        if not re.search(r"\w", line.text):
            continue  # a rule drawn with dashes
        found += _row(line.cells, where, two_is_where=two_is_where)
    return found


def _row(cells: tuple[str, ...], where: int | None, *, two_is_where: bool) -> list[_Found]:
    if len(cells) == 1:
        return [_single(cells[0])] if "):" not in cells[0] else _many(cells[0])
    if where is not None and where < len(cells):
        names = " ".join(cell for i, cell in enumerate(cells) if i != where)
        return [(names, cells[where], True)]
    if len(cells) > 2 or two_is_where:
        return [(" ".join(cells[:-1]), cells[-1], True)]
    return [(" ".join(cells), "", True)]


def _single(text: str) -> _Found:
    """Take a line such as "Name (affiliation)" or "Name, affiliation" apart."""
    bracket = re.fullmatch(r"([^()]+)\((.*)\)\W*", text)
    if bracket:
        return bracket[1].strip(), bracket[2].strip(), True
    parts = re.split(r"(?<!\s)\s++[-–—]\s+|,\s*|;\s*", text, maxsplit=1)
    # "Family name, first name" looks the same: only a coalition's name tells.
    return parts[0].strip(), parts[1].strip() if len(parts) > 1 else "", False


def _apologies(block: list[Line]) -> list[_Found]:
    """Read one sentence of many names, or a list of them like that of the participants."""
    if any(len(line.cells) > 1 for line in block):
        return _rows(block, lambda _: False)
    return _many("\n".join(line.text for line in block))


def _many(text: str) -> list[_Found]:
    """Split at commas, semicolons and line ends that stand outside of brackets."""
    if text.strip(" .").casefold() in {"", "none", "n/a", "-"}:
        return []
    items, depth, item = [], 0, ""
    for character in f"{text},":
        depth = max(0, depth + (character == "(") - (character == ")"))
        if character in ",;\n" and not depth:
            items.append(item)
            item = ""
        else:
            item += character
    items.append(item)
    items = [part for one in items for part in re.split(r"(?<=\)) and ", one)]
    return [_single(" ".join(one.split())) for one in items if re.search(r"\w", one)]
