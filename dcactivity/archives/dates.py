r"""Dates of header fields and From_ lines: the slow, careful reader of all the odd forms.

It never raises and looks at no more than the first few hundred bytes of a value. What it can
not make out for sure (``27 6 2001``: which is the month?) is no date: `None` lets another
field of the message decide, a wrong date does not.

References
----------
RFC 5322 sections 3.3 and 4.3 (zones, two- and three-digit years); RFC 5321 section 4.4
(Received); RFC 4155 (From_ lines); RFC 3339 and ISO 8601.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from dcactivity.archives.addresses import parse_address

__all__ = ["Instant", "parse_date", "parse_envelope", "parse_received"]

_LIMIT = 400
"""Characters of an unfolded value that are looked at; a date with all comments takes 100."""

_FIRST_YEAR, _LAST_YEAR = 1900, 2999
_EPOCH = dt.date(1970, 1, 1).toordinal()
_DAY_MINUTES = 24 * 60

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH = "|".join(
    "sept?(?:ember)?"
    if name == "september"
    else f"{name[:3]}(?:{name[3:]})?"
    if name[3:]
    else name
    for name in _MONTHS
)
_CLOCK = (
    r"(?P<hour>\d{1,2})(?:(?P<mark>[:.])(?P<minute>\d{1,2})"
    r"(?:(?P=mark)(?P<second>\d{1,2})(?:[.,](?P<fraction>\d{1,9}))?)?\s?(?P<half>[ap]\.?m\b\.?)?"
    r"|\s?(?P<half_alone>[ap]\.?m\b\.?))"
)
# A weekday, in whatever language; it is never checked: the day and month decide.
_WEEKDAY = r"(?:[^\d,]{0,40}[,.]?\s?|[^,]{0,40},\s?)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?"


def _then_clock(before: str) -> str:
    """Give the pattern of time and zone; without them no digit may follow the day."""
    return rf"(?:(?:{before})(?:at\s)?{_CLOCK}(?P<zone>.{{0,60}})|(?!.*\d))"


_ASCTIME = (
    rf"(?P<month>{_MONTH})\.?\s{_DAY},?\s{_CLOCK}"
    rf"(?P<zone>\s\S{{1,30}})??,?\s(?P<year>\d{{4}})(?P<zone_after>\s.{{0,60}})?"
)
_FORMS = [
    re.compile(_WEEKDAY + form, re.IGNORECASE)
    for form in [
        # RFC 5322, and 31-Mar-2022; RFC 850 and people put other marks between
        rf"{_DAY}[\s/.-]{{0,3}}(?P<month>{_MONTH})\.?[\s/,.-]{{0,3}}(?P<year>\d{{2,5}})"
        + _then_clock(r",?\s|[,:-]"),
        _ASCTIME,
        # March 31, 2022 10:00:00
        rf"(?P<month>{_MONTH})\.?\s{_DAY},?\s(?P<year>\d{{4}})" + _then_clock(r",?\s"),
        # ISO 8601, and 2022/03/31
        r"(?P<year>\d{4})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<day>\d{1,2})"
        + _then_clock(r",?\s|t"),
        # 31.03.2022: only with dots is it sure that the day goes first
        rf"{_DAY}(?<=\.)\s?(?P<month>\d{{1,2}})\.\s?(?P<year>\d{{4}})" + _then_clock(r",?\s"),
    ]
]

_NUMERIC_ZONE = re.compile(
    r"(?:[a-z]{1,5})?\s?(?P<sign>[+-])\s?(?P<digits>\d{1,2}:\d{2}\b|\d{1,9})", re.IGNORECASE
)
_LONG_ZONE = re.compile(
    r"(eastern|central|mountain|pacific) (standard|daylight) time", re.IGNORECASE
)
_ZONE_NAME = re.compile(r"[a-z]{1,5}\b", re.IGNORECASE)
# The ten names of RFC 5322 mean what it says; of other names the reading common in mail.
_ZONES = {
    name: minutes  # east of UTC
    for minutes, names in {
        -600: "hst",
        -540: "akst",
        -480: "pst akdt",
        -420: "mst pdt",
        -360: "cst mdt",
        -300: "est cdt",
        -240: "edt ast",
        -210: "nst",
        -180: "adt brt art",
        -150: "ndt",
        -120: "brst",
        0: "ut utc gmt z wet",
        60: "bst cet met mez west wat",
        120: "cest mest mesz eet sast cat",
        180: "eest msk eat trt",
        240: "msd",
        300: "pkt",
        330: "ist",
        345: "npt",
        420: "wib",
        480: "hkt sgt awst pht",
        540: "jst kst",
        570: "acst",
        600: "aest",
        630: "acdt",
        660: "aedt",
        720: "nzst",
        780: "nzdt",
    }.items()
    for name in names.split()
}

_ENVELOPE_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_ENVELOPE_CLOCK = r"\d{1,2}:\d\d(?::\d\d)?"
# in capitals, else prose ("From then until Mar 31 10:00 2022 we waited") has the shape of a date
_ENVELOPE_ZONE = r"(?:\s{1,3}(?:[A-Z]{1,5}(?:[+-]\d{1,4})?|[+-]\d{1,2}:?\d{2})){0,2}"
_ENVELOPE_DATE = re.compile(
    r"(?:(?<=\s)|^)(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?\s{1,3})?"
    rf"(?:{_ENVELOPE_MONTH}\s{{1,3}}\d{{1,2}}\s{{1,3}}{_ENVELOPE_CLOCK}{_ENVELOPE_ZONE}\s{{1,3}}\d{{4}}"
    rf"|\d{{1,2}}\s{{1,3}}{_ENVELOPE_MONTH}\s{{1,3}}\d{{2,4}}\s{{1,3}}{_ENVELOPE_CLOCK})"
    rf"{_ENVELOPE_ZONE}\s*(?=$|\(|remote from\s)",
)


@dataclass(frozen=True, slots=True)
class Instant:
    """A point in time, and the zone in which it was written.

    Attributes
    ----------
    microseconds : int
        Since 1970-01-01T00:00:00Z.
    offset : int or None
        Minutes east of UTC as written; None where the zone is missing, unknown, absurd or
        ``-0000``, and UTC was taken.
    """

    microseconds: int
    offset: int | None


def parse_date(raw: bytes) -> Instant | None:
    r"""Read a Date field.

    Parameters
    ----------
    raw : bytes
        The field's value as it stands in the file, folded or not.

    Returns
    -------
    Instant or None
        None for what is no date or no possible one (31 February, 25 h), and for years
        before 1900 or after 2999. A date alone is its midnight.

    Notes
    -----
    The weekday is not looked at. A zone of 24 hours or more is absurd, and taken as UTC.
    ``19100`` is 2000, as programs wrote it in that year.

    References
    ----------
    RFC 5322 sections 3.3 and 4.3.

    Examples
    --------
    >>> parse_date(b"Thu, 31 Mar 22 10:00 +0530 (IST)")
    Instant(microseconds=1648701000000000, offset=330)
    """
    line = " ".join(raw[: 10 * _LIMIT].decode("latin-1").split())
    text, comment = _without_comments(line[:_LIMIT])
    for form in _FORMS:
        found = form.match(text)
        if found is not None:
            instant = _instant(found.groupdict(), comment)
            if instant is not None:
                return instant
    return None


def parse_received(raw: bytes) -> Instant | None:
    """Read the date of a Received field, which stands after its last semicolon.

    Parameters
    ----------
    raw : bytes
        The field's value as it stands in the file, folded or not.

    Returns
    -------
    Instant or None
        None when there is no semicolon, or no date after it.

    References
    ----------
    RFC 5321 section 4.4.
    """
    # a comment after the date may hold semicolons of its own
    for part in raw[-4 * _LIMIT :].rsplit(b";", 4)[:0:-1]:
        instant = parse_date(part)
        if instant is not None:
            return instant
    return None


def parse_envelope(line: bytes) -> tuple[str, Instant] | None:
    """Read sender and date of a From_ line.

    Parameters
    ----------
    line : bytes
        The line, beginning with ``From``, with or without its end.

    Returns
    -------
    tuple of str and Instant, or None
        The sender: its address in lower case, else as it stands, "" when it is missing.
        None when the line has not the shape of an envelope.

    References
    ----------
    RFC 4155 appendix A; Mailman 2 writes ``jane at example.org``, two blanks and asctime.
    """
    text = line[: 4 * _LIMIT].decode("latin-1").rstrip("\r\n")
    if not text.startswith("From "):
        return None
    rest = text[5:].strip()
    found = _ENVELOPE_DATE.search(rest)
    instant = parse_date(rest[found.start() :].encode("latin-1")) if found else None
    if found is None or instant is None:
        return None
    sender = rest[: found.start()].strip()
    return parse_address(sender.encode("latin-1"))[1] or sender, instant


def _without_comments(text: str) -> tuple[str, str]:
    """Take what stands in parentheses out of `text`; give the last of it, too."""
    if "(" not in text:
        return text, ""
    out: list[str] = []
    inside: list[str] = []
    depth = 0
    for mark in re.findall(r"[()]|\\.|[^()\\]+|\\", text):
        if mark == "(":
            depth += 1
        elif mark == ")":
            depth = max(depth - 1, 0)
        else:
            (inside if depth else out).append(mark)
    return " ".join("".join(out).split()), inside[-1] if inside else ""


def _instant(parts: dict[str, str | None], comment: str) -> Instant | None:
    """Put the parts together; None when there is no such day or hour."""
    year, month = _year(parts["year"] or ""), (parts["month"] or "").lower()
    number = int(month) if month.isdigit() else _month_number(month)
    try:
        day = dt.date(year, number, int(parts["day"] or "")).toordinal() - _EPOCH
    except ValueError:
        return None
    micros = _clock(parts)
    if micros is None or year < _FIRST_YEAR:
        return None
    zone = " ".join(part for part in (parts.get("zone"), parts.get("zone_after")) if part).strip()
    offset = _zone(zone or comment)
    micros += (day * _DAY_MINUTES - (offset or 0)) * 60_000_000
    last = (dt.date(_LAST_YEAR, 12, 31).toordinal() + 1 - _EPOCH) * _DAY_MINUTES * 60_000_000
    return Instant(micros, offset) if micros < last else None


def _month_number(name: str) -> int:
    return 1 + next(i for i, full in enumerate(_MONTHS) if full.startswith(name[:3]))


def _year(digits: str) -> int:
    """Complete a year as RFC 5322 section 4.3 does; 0 for none."""
    year = int(digits)
    if len(digits) == 2:
        return year + (2000 if year < 50 else 1900)
    if len(digits) == 3:
        return year + 1900
    if len(digits) == 5:  # "19" and the years since 1900, written after 1999
        return year - 19000 + 1900 if 19100 <= year <= 19199 else 0
    return year


def _clock(parts: dict[str, str | None]) -> int | None:
    """Give microseconds since midnight; None when no clock shows this."""
    hour, minute, second = (int(parts[name] or 0) for name in ("hour", "minute", "second"))
    half = parts["half"] or parts["half_alone"]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    if hour > 24 or minute > 59 or second > 60 or (hour == 24 and (minute or second)):
        return None
    fraction = int((parts["fraction"] or "").ljust(6, "0")[:6])
    return (hour * 3600 + minute * 60 + second) * 1_000_000 + fraction


def _zone(text: str) -> int | None:
    """Give minutes east of UTC; None when the zone is not known."""
    numeric = _NUMERIC_ZONE.match(text)
    if numeric:
        hours, colon, minutes = numeric["digits"].partition(":")
        if not colon and len(hours) > 2:
            hours, minutes = hours[:-2], hours[-2:]
        offset = int(hours) * 60 + int(minutes or 0)
        negative = numeric["sign"] == "-"
        if offset >= _DAY_MINUTES or int(minutes or 0) > 59 or (negative and offset == 0):
            return None  # absurd, or "-0000": UTC, and the writer's zone is not told
        return -offset if negative else offset
    named = _LONG_ZONE.match(text)
    if named:
        return _ZONES[f"{named[1][0]}{named[2][0]}t".lower()]
    short = _ZONE_NAME.match(text)
    return _ZONES.get(short[0].lower()) if short else None
