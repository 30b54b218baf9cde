"""Dates in all the forms that mail has had; what is no sure date is none."""

from __future__ import annotations

import datetime as dt
from email.utils import format_datetime, mktime_tz, parsedate_tz

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dcactivity.archives.dates import Instant, parse_date, parse_envelope, parse_received


def instant(iso: str, offset: int | None) -> Instant:
    """Say an instant by its UTC time."""
    since = dt.datetime.fromisoformat(iso).replace(tzinfo=dt.UTC)
    return Instant(
        (since - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(microseconds=1), offset
    )


CASES: dict[str, tuple[str, int | None]] = {
    # RFC 5322 section 3.3, and its appendix
    "Fri, 21 Nov 1997 09:55:06 -0600": ("1997-11-21 15:55:06", -360),
    "Thu, 13 Feb 1969 23:32 -0330 (Newfoundland Time)": ("1969-02-14 03:02", -210),
    "21 Nov 97 09(comment): 55 : 06 -0600": ("", None),
    "Thu, 31 Mar 2022 10:00:00 +0200": ("2022-03-31 08:00", 120),
    "Thu, 31 Mar 2022 10:00:00 -0000": ("2022-03-31 10:00", None),
    "Thu, 31 Mar 2022 23:59:60 +0000": ("2022-04-01 00:00", 0),
    "Thu,\r\n 31 Mar 2022\r\n\t10:00:00 +0200": ("2022-03-31 08:00", 120),
    # parts missing
    "31 Mar 2022 10:00:00 +0200": ("2022-03-31 08:00", 120),
    "Thu, 31 Mar 2022 10:00 +0200": ("2022-03-31 08:00", 120),
    "Thu, 31 Mar 2022 10:00:00": ("2022-03-31 10:00", None),
    "1 Jan 2022 9:5:3 +0000": ("2022-01-01 09:05:03", 0),
    "31 Mar 2022": ("2022-03-31 00:00", None),
    # years, RFC 5322 section 4.3
    "31 Mar 22 10:00:00 +0000": ("2022-03-31 10:00", 0),
    "31 Mar 49 10:00:00 +0000": ("2049-03-31 10:00", 0),
    "31 Mar 50 10:00:00 +0000": ("1950-03-31 10:00", 0),
    "31 Mar 122 10:00:00 +0000": ("2022-03-31 10:00", 0),
    "Mon, 03 Jan 19100 10:00:00 +0000": ("2000-01-03 10:00", 0),
    # zones by name
    "Thu, 31 Mar 2022 10:00:00 GMT": ("2022-03-31 10:00", 0),
    "Thu, 31 Mar 2022 10:00:00 UT": ("2022-03-31 10:00", 0),
    "Thu, 31 Mar 2022 10:00:00 Z": ("2022-03-31 10:00", 0),
    "Thu, 31 Mar 2022 10:00:00 EST": ("2022-03-31 15:00", -300),
    "Thu, 31 Mar 2022 10:00:00 pdt": ("2022-03-31 17:00", -420),
    "Thu, 31 Mar 2022 10:00:00 CEST": ("2022-03-31 08:00", 120),
    "Thu, 31 Mar 2022 10:00:00 BST": ("2022-03-31 09:00", 60),
    "Thu, 31 Mar 2022 10:00:00 IST": ("2022-03-31 04:30", 330),
    "Thu, 31 Mar 2022 10:00:00 NZDT": ("2022-03-30 21:00", 780),
    "Thu, 31 Mar 2022 10:00:00 Pacific Daylight Time": ("2022-03-31 17:00", -420),
    "Thu, 31 Mar 2022 10:00:00 (CEST)": ("2022-03-31 08:00", 120),
    "Thu, 31 Mar 2022 10:00:00 A": ("2022-03-31 10:00", None),
    "Thu, 31 Mar 2022 10:00:00 XYZ": ("2022-03-31 10:00", None),
    # zones by number, worn
    "Thu, 31 Mar 2022 10:00:00 +0530 (IST)": ("2022-03-31 04:30", 330),
    "Thu, 31 Mar 2022 10:00:00 +05:30": ("2022-03-31 04:30", 330),
    "Thu, 31 Mar 2022 10:00:00+0200": ("2022-03-31 08:00", 120),
    "Thu, 31 Mar 2022 10:00:00 GMT+0200": ("2022-03-31 08:00", 120),
    "Thu, 31 Mar 2022 10:00:00 GMT-0500 (EST)": ("2022-03-31 15:00", -300),
    "Thu, 31 Mar 2022 10:00:00 -500": ("2022-03-31 15:00", -300),
    "Thu, 31 Mar 2022 10:00:00 +2": ("2022-03-31 08:00", 120),
    "Thu, 31 Mar 2022 10:00:00 +2359": ("2022-03-30 10:01", 1439),
    "Thu, 31 Mar 2022 10:00:00 +2400": ("2022-03-31 10:00", None),
    "Thu, 31 Mar 2022 10:00:00 -9900": ("2022-03-31 10:00", None),
    "Thu, 31 Mar 2022 10:00:00 +0090": ("2022-03-31 10:00", None),
    "Thu, 31 Mar 2022 10:00:00 --0500": ("2022-03-31 10:00", None),
    # comments
    "Thu (x), 31 Mar (a (b) c) 2022 10:00:00 (d) +0200": ("2022-03-31 08:00", 120),
    "Thu, 31 Mar 2022 10:00:00 +0200 (unclosed": ("2022-03-31 08:00", 120),
    # case, long names, other languages and marks
    "THU, 31 MAR 2022 10:00:00 gmt": ("2022-03-31 10:00", 0),
    "Thursday, 31 March 2022 10:00:00 GMT": ("2022-03-31 10:00", 0),
    "Thu, 29 Sept 2022 10:00:00 GMT": ("2022-09-29 10:00", 0),
    "Do, 31 Mar 2022 10:00:00 +0200": ("2022-03-31 08:00", 120),
    "Чт, 31 Mar 2022 10:00:00 +0300": ("2022-03-31 07:00", 180),
    "5ª feira, 31 Mar 2022 10:00:00 -0300": ("2022-03-31 13:00", -180),
    "Wrong, 31 Mar 2022 10:00:00 GMT": ("2022-03-31 10:00", 0),
    "Thursday, 31-Mar-22 10:00:00 GMT": ("2022-03-31 10:00", 0),
    "31-Mar-2022 10:00:00": ("2022-03-31 10:00", None),
    "31Mar2022 10:00": ("2022-03-31 10:00", None),
    "Thu, 31 Mar 2022 10.00.00 +0200": ("2022-03-31 08:00", 120),
    "March 31, 2022 10:00:00 EDT": ("2022-03-31 14:00", -240),
    "Thu, Mar 31, 2022 at 1:05 PM": ("2022-03-31 13:05", None),
    "Thu, 31.03.2022 10:00:00 +0200": ("2022-03-31 08:00", 120),
    # twelve and twenty-four hours
    "Thu, 31 Mar 2022 01:00:00 PM +0000": ("2022-03-31 13:00", 0),
    "Thu, 31 Mar 2022 12:00:00 am +0000": ("2022-03-31 00:00", 0),
    "Thu, 31 Mar 2022 12:00:00 p.m. +0000": ("2022-03-31 12:00", 0),
    "Thu, 31 Mar 2022 24:00:00 +0000": ("2022-04-01 00:00", 0),
    # asctime
    "Thu Mar 31 10:00:00 2022": ("2022-03-31 10:00", None),
    "Sat Jan  1 10:00:00 2022": ("2022-01-01 10:00", None),
    "Thu Mar 31 10:00:00 2022 +0200": ("2022-03-31 08:00", 120),
    "Thu Mar 31 10:00:00 CEST 2022": ("2022-03-31 08:00", 120),
    "Thu Mar 31 10:00:00 +0200 2022": ("2022-03-31 08:00", 120),
    # ISO 8601
    "2022-03-31T10:00:00Z": ("2022-03-31 10:00", 0),
    "2022-03-31 10:00:00.25+02:00": ("2022-03-31 08:00:00.25", 120),
    "2022/03/31 10:00": ("2022-03-31 10:00", None),
    # no possible day or time
    "Thu, 31 Feb 2022 10:00:00 +0000": ("", None),
    "Thu, 29 Feb 2100 10:00:00 +0000": ("", None),
    "Thu, 0 Mar 2022 10:00:00 +0000": ("", None),
    "Thu, 31 Mar 2022 25:00:00 +0000": ("", None),
    "Thu, 31 Mar 2022 24:01:00 +0000": ("", None),
    "Thu, 31 Mar 2022 10:60:00 +0000": ("", None),
    "Thu, 31 Mar 2022 10:00:61 +0000": ("", None),
    "Thu, 31 Mar 2022    59:10 -0500": ("", None),
    "Thu, 31 Mar 2022 100:00:00 +0000": ("", None),
    "Thu, 31 Mar 1899 10:00:00 +0000": ("", None),
    "Thu, 31 Mar 0022 10:00:00 +0000": ("", None),
    "Fri, 31 Dec 9999 23:00:00 -0500": ("", None),
    "Tue, 1 Jan 3000 00:00:00 +0000": ("", None),
    "Tue, 31 Dec 2999 23:00:00 -0500": ("", None),
    "Thu, 31 Mar 20220 10:00:00 +0000": ("", None),
    # nothing sure
    "": ("", None),
    "yesterday": ("", None),
    "27 6 2001 15:23:36": ("", None),
    "03/31/2022 10:00": ("", None),
    "10:00:00": ("", None),
    "31 Marzipan 2022 10:00": ("", None),
    "Thu, 31 Mar": ("", None),
}


@pytest.mark.parametrize(("text", "expected"), CASES.items())
def test_reads_the_date(text: str, expected: tuple[str, int | None]) -> None:
    found = parse_date(text.encode())

    assert found == (instant(*expected) if expected[0] else None)


def test_the_epoch_is_zero() -> None:
    assert parse_date(b"Thu, 1 Jan 1970 00:00:00 +0000") == Instant(0, 0)
    assert parse_date(b"Wed, 31 Dec 1969 23:59:59 GMT") == Instant(-1_000_000, 0)


def test_a_weekday_in_another_charset_does_no_harm() -> None:
    raw = "목, 31 Mar 2022 10:00:00 +0900".encode("euc-kr")

    assert parse_date(raw) == instant("2022-03-31 01:00", 540)


RECEIVED = {
    b"from a by b with SMTP id x; Thu, 31 Mar 2022 10:00:00 +0200 (CEST)": 8,
    b"from a (b; c) by d;\r\n\tThu, 31 Mar 2022 10:00:00 +0200": 8,
    b"from a by b; Thu, 31 Mar 2022 10:00:00 +0200 (for x; y)": 8,
    b"from a; 1 Jan 2000 00:00:00 +0000; Thu, 31 Mar 2022 09:00:00 +0000": 9,
    b"from a by b with SMTP Thu, 31 Mar 2022 10:00:00 +0200": None,
    b"from a by b; some time": None,
    b"": None,
}


@pytest.mark.parametrize(("raw", "hour"), RECEIVED.items())
def test_received_ends_in_its_date(raw: bytes, hour: int | None) -> None:
    found = parse_received(raw)

    assert (found and found.microseconds) == (
        instant(f"2022-03-31 {hour:02}:00", None).microseconds if hour else None
    )


ENVELOPES = {
    b"From jane@example.org Thu Mar 31 10:00:00 2022\n": ("jane@example.org", 10),
    b"From jane at example.org  Thu Mar 31 10:00:00 2022": ("jane@example.org", 10),
    b"From Jane@Example.org Thu Mar 31 10:00 2022\r\n": ("jane@example.org", 10),
    b"From jane@example.org Thu, 31 Mar 2022 10:00:00 +0200 (CEST)": ("jane@example.org", 8),
    b"From jane@example.org 31 Mar 22 10:00:00 GMT": ("jane@example.org", 10),
    b"From jane@example.org  Thu Mar 31 10:00:00 2022 -0500": ("jane@example.org", 15),
    b"From - Thu Mar 31 10:00:00 CEST 2022": ("-", 8),
    b"From MAILER-DAEMON Thu Mar 31 10:00:00 2022": ("MAILER-DAEMON", 10),
    b"From host!jane Thu Mar 31 10:00:00 2022 remote from other": ("host!jane", 10),
    b'From "jane doe"@example.org Thu Mar 31 10:00:00 2022': ('"jane doe"@example.org', 10),
    b"From Thu Mar 31 10:00:00 2022": ("", 10),
}


@pytest.mark.parametrize(("line", "expected"), ENVELOPES.items())
def test_reads_the_envelope(line: bytes, expected: tuple[str, int]) -> None:
    found = parse_envelope(line)

    assert found is not None
    assert found[0] == expected[0]
    assert found[1].microseconds == instant(f"2022-03-31 {expected[1]:02}:00", None).microseconds


@pytest.mark.parametrize(
    "line",
    [
        *(b"From here on it was easy", b"From jane on Mar 31 10:00 in the year 2022", b">From x"),
        *(b"From jane@example.org Thu Mar 32 10:00:00 2022", b"", b"From ", b"From: jane"),
        *(
            b"From now until Thu Mar 31 10:00:00 2022 we wait",
            b"From jane@example.org Mar 31 10:00",
        ),
    ],
)
def test_a_line_of_another_shape_is_no_envelope(line: bytes) -> None:
    assert parse_envelope(line) is None


@pytest.mark.parametrize(
    "raw",
    [
        *(
            b"(" * 1_000_000,
            b"1" * 1_000_000,
            b" 1" * 500_000,
            b"Mar 1 " * 170_000,
            b";" * 1_000_000,
        ),
        *(b"From " + piece * 250_000 for piece in (b"Mon ", b"1 Jan ", b" ", b"a@")),
    ],
    ids=lambda raw: repr(raw[:10]),
)
def test_hostile_megabytes_are_no_dates(raw: bytes) -> None:
    assert parse_date(raw) is None
    assert parse_received(raw) is None
    assert parse_envelope(raw) is None


_PIECES = st.sampled_from(
    [
        *b"Thu|, | |31|Mar|2022|10:00:00|+0200|EST|pm|9999|2022-03-31".split(b"|"),
        *b"(|)|-|T|Z|.|;|\\|\xe9|From ".split(b"|"),
    ]
)
_BYTES = st.one_of(st.binary(), st.lists(_PIECES, max_size=14).map(b"".join))


@settings(deadline=None, max_examples=300)
@given(_BYTES)
@example(b"9999-12-31T23:59:60Z")
def test_any_bytes_give_an_instant_that_a_calendar_has_or_none(raw: bytes) -> None:
    envelope = parse_envelope(b"From " + raw)
    for found in (parse_date(raw), parse_received(b";" + raw), envelope[1] if envelope else None):
        if found is not None:
            when = dt.datetime(1970, 1, 1) + dt.timedelta(microseconds=found.microseconds)  # noqa: DTZ001
            assert 1899 <= when.year <= 2999  # 1900-01-01 east of Greenwich is 1899 in UTC
            assert found.offset is None or abs(found.offset) < 24 * 60


_MOMENTS = st.datetimes(dt.datetime(1900, 1, 2), dt.datetime(2999, 12, 30)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0)
)
_OFFSETS = st.integers(-23 * 60, 23 * 60)


@settings(deadline=None)
@given(_MOMENTS, _OFFSETS)
def test_what_the_email_package_writes_comes_back(moment: dt.datetime, offset: int) -> None:
    aware = moment.replace(tzinfo=dt.timezone(dt.timedelta(minutes=offset)))
    expected = instant(aware.astimezone(dt.UTC).replace(tzinfo=None).isoformat(), offset)

    assert parse_date(format_datetime(aware).encode()) == expected
    assert parse_date(aware.isoformat().encode()) == expected


@settings(deadline=None)
@given(_MOMENTS, st.sampled_from(["+0000", "-0730", "EST", "GMT", "MDT", ""]))
def test_agrees_with_an_independent_reader(moment: dt.datetime, zone: str) -> None:
    text = f"{moment.day} {moment:%b} {moment.year} {moment:%H:%M:%S} {zone}"
    parsed = parsedate_tz(text)
    assert parsed is not None

    found = parse_date(text.encode())

    assert found is not None
    assert found.microseconds == mktime_tz(parsed) * 1_000_000
