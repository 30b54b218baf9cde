"""What a file is, told by its first bytes."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest

from dcactivity.archives.formats import describe, is_envelope, recognise

HEADER = b"From: a@example.org\nDate: Mon, 1 Feb 2021 10:00:00 +0000\nSubject: x\n\nbody\n"
MBOX = b"From a@example.org Mon Feb  1 10:00:00 2021\n" + HEADER
RULE = b"=" * 73 + b"\r\n"


def a_tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("empty"))
    return out.getvalue()


def a_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        box.writestr("x", b"x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"From a@example.org Mon Feb  1 10:00:00 2021", True),
        (b"From a at example.org  Mon Feb  1 10:00:00 2021", True),
        (b"From - Mon Feb 01 10:00:00 2021", True),
        (b"From 1690@xxx Mon Feb 01 10:00:00 +0000 2021", True),
        (b"From a@example.org Mon Feb  1 10:00:00 CET 2021", True),
        (b"From a@example.org Mon, 1 Feb 2021 10:00:00 +0100", True),
        (b"From a@example.org 1 Feb 2021 10:00", True),
        (b"From a b at example.org  Mon Feb  1 10:00 2021", True),
        (b"From Monday on we meet at 10:00, as in 2021", False),
        (b"From a@example.org Mon Feb  1 10:00:00", False),
        (b"From: a@example.org Mon Feb  1 10:00:00 2021", False),
    ],
)
def test_an_envelope_is_a_sender_and_a_date_with_a_year(line: bytes, expected: bool) -> None:
    assert is_envelope(line) is expected


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (MBOX, "mbox"),
        (b"\xef\xbb\xbf\r\n\n" + MBOX, "mbox"),
        (b"From a at example.org  Mon Feb  1 10:00:00 2021\n" + HEADER, "pipermail"),
        (b"From a@example.org  Mon Feb  1 10:00:00 2021\n" + HEADER, "mbox"),
        (b"From a at example.org Mon Feb  1 10:00:00 2021\n" + HEADER, "mbox"),
        (RULE + HEADER, "listserv"),
        (RULE + b"\r\nA chapter\r\n", None),
        (b"=" * 39 + b"\n" + HEADER, None),
        (b"\x01\x01\x01\x01\n" + HEADER, "mmdf"),
        (HEADER, "message"),
        (b">From a@example.org Mon Feb  1 10:00:00 2021\n" + HEADER, "message"),
        (b"X-Folded: a\n\tb\nFrom: a@example.org\nTo: b@example.org\n\n", "message"),
        (b"Subject: one known field is not enough\nColour: red\n\n", None),
        (b"From Monday on, this file: explains\nDate: nothing\n", None),
        (b"\n2021\nDate: x\nFrom: y\nSubject: z\nMessage-ID: <1@example.org>\n\n", "unknown-mail"),
        (gzip.compress(MBOX), "gz"),
        (bz2.compress(MBOX), "bz2"),
        (lzma.compress(MBOX), "xz"),
        (lzma.compress(MBOX, format=lzma.FORMAT_ALONE), "xz"),
        (b"\x28\xb5\x2f\xfd", "zst"),
        (a_zip(), "zip"),
        (a_tar(), "tar"),
        (b"# v2 git bundle\n", "bundle"),
        (b"", None),
        (b"Read me first.\n", None),
        (b"<!DOCTYPE html><html>", None),
    ],
)
def test_content_decides(head: bytes, kind: str | None) -> None:
    assert recognise(head, whole=True) == kind


@pytest.mark.parametrize("name", ["a.mbox", "a.txt", "README", "a.eml", "17", "a.zip"])
def test_a_name_makes_nothing_of_a_mailbox_with_two_messages(name: str) -> None:
    assert recognise(MBOX + b"\n" + MBOX, name=name, whole=True) == "mbox"


@pytest.mark.parametrize(
    ("head", "name", "kind"),
    [
        (MBOX, "a.eml", "message"),
        (MBOX, "17", "message"),
        (MBOX, "a.mbox", "mbox"),
        (b"nothing like a header\n", "a.eml", "message"),
        (b"", "a.eml", "message"),
        (b"Subject: x\n\n", "17", "message"),
        (b"Subject: x\n\n", "17a", None),
        (gzip.compress(MBOX), "a.eml", "gz"),
    ],
)
def test_a_name_tips_the_scales_only(head: bytes, name: str, kind: str | None) -> None:
    assert recognise(head, name=name, whole=True) == kind


@pytest.mark.parametrize(
    ("head", "name", "reason"),
    [
        (b"", "x", "empty file"),
        (b" \n\n", "x", "blank file"),
        (b"<html>", "index.html", "a web page or XML, no archive"),
        (b"%PDF-1.4", "x.pdf", "a PDF document"),
        (b"*LSV-F*", "L.DBNAMES", "a LISTSERV index"),
        (b"\x00\x01", ".x", "binary data of no known archive format"),
        (b"Read me", "README", "text without mail in it"),
        (b"[[coalition]]", "coalitions.toml", "belongs to the registry or to a test, no archive"),
    ],
)
def test_what_is_no_archive_has_a_reason(head: bytes, name: str, reason: str) -> None:
    assert describe(head, name=name) == reason
