"""Which format a file has, told by its first bytes."""

from __future__ import annotations

import re
import tarfile
from typing import Literal, get_args

__all__ = ["CODECS", "Kind", "describe", "is_envelope", "is_field", "recognise"]

Codec = Literal["gz", "bz2", "xz", "zst"]
Kind = Literal[
    "gz", "bz2", "xz", "zst",
    "zip", "tar", "bundle",
    "mbox", "pipermail", "listserv", "mmdf", "message", "unknown-mail",
]  # fmt: skip
CODECS: tuple[Codec, ...] = get_args(Codec)

_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"\x1f\x8b", "gz"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zst"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08", "zip"),
    (b"# v2 git bundle\n", "bundle"),
    (b"# v3 git bundle\n", "bundle"),
)
# .lzma has no magic: properties byte, dictionary of 2^n, then a size that is unknown or small.
_LZMA_ALONE = re.compile(rb"\x5d\x00\x00.{2}(?:\xff{8}|.{4}\x00{4})", re.DOTALL)
# zstd files of parallel writers may begin with a skippable frame (RFC 8878, 3.1.2).
_ZSTD_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18")

_LEADING_BLANK = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t]*\r?\n)*")
_DAY = rb"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*"
_MONTH = rb"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_TIME = rb"\d{1,2}:\d{2}(?::\d{2})?"
_ENVELOPE = re.compile(
    rb"From (?P<sender>.*?)(?P<gap>[ \t]+)"
    rb"(?:" + _DAY + rb",?\s+" + _MONTH + rb"\s+\d{1,2}\s+" + _TIME + rb"(?:\s+\S+){0,2}?\s+\d{4}"
    rb"|(?:" + _DAY + rb",?\s+)?\d{1,2}[\s-]+" + _MONTH + rb"[\s-]+\d{2,4},?\s+" + _TIME + rb")",
    re.IGNORECASE,
)
_FIELD = re.compile(rb"([!-9;-~]+)[ \t]*:")
_RULE = re.compile(rb"={40,}[ \t]*\r?\n")
_SEPARATED = re.compile(rb"\n\r?\n(?=(From [^\r\n]+)\r?\n([^\r\n]*))")
_KNOWN = frozenset(
    b"bcc cc content-transfer-encoding content-type date delivered-to errors-to from "
    b"in-reply-to list-id message-id mime-version received references reply-to resent-date "
    b"resent-from return-path sender subject to x-mailer x-original-to".split()
)

_SINGLE_NAME = re.compile(r"(?:.*\.(?:eml|emlx|mail|msg)|\d+)", re.IGNORECASE)
_EML_NAME = re.compile(r".*\.eml", re.IGNORECASE)
_OWN_FILES = {
    *("coalitions.toml", "people.toml", "observations.csv", "reports.csv", "attendance.csv"),
    *("statements.csv", "evidence.csv", "exemptions.csv", "fetched.json", "cases.sqlite"),
    "expected.json",
}
_NOT_MAIL: tuple[tuple[bytes, str], ...] = (
    (b"*LSV-", "a LISTSERV index"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"PAR1", "a Parquet table"),
    (b"SQLite format 3", "an SQLite database"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive, which is not read: unpack it first"),
    (b"Rar!", "a RAR archive, which is not read: unpack it first"),
    (b"\xd0\xcf\x11\xe0", "an Outlook or old Office file, which is not read"),
    (b"!BDN", "an Outlook .pst file, which is not read: export it as mbox"),
)


def is_envelope(line: bytes) -> bool:
    """Tell whether a line has the shape of a From_ line: a sender, then a date with a year.

    Parameters
    ----------
    line : bytes
        One line; its line end does not matter.

    Returns
    -------
    bool
        True for asctime and RFC 822 dates, with or without zone.
    """
    return _ENVELOPE.match(line) is not None


def is_field(line: bytes) -> bool:
    """Tell whether a line begins a header field (RFC 5322, 2.2).

    Parameters
    ----------
    line : bytes
        One line.

    Returns
    -------
    bool
        True where a field name and a colon stand at its start.
    """
    return _FIELD.match(line) is not None


def recognise(head: bytes, *, name: str = "", whole: bool = False) -> Kind | None:
    """Tell the format of a file by its first bytes.

    The name decides nothing alone. It only tips the scales where the content leaves a doubt:
    what is called ``x.eml`` is one message, however it begins, unless it is plainly more.

    Parameters
    ----------
    head : bytes
        The first bytes, 512 at least and better 64 KiB.
    name : str, optional
        The last part of the file's name, without what a compressor added.
    whole : bool, default False
        Whether `head` is all there is.

    Returns
    -------
    str or None
        A compression, a container, a format of messages, ``message`` for a single one, or
        ``unknown-mail`` where header fields stand behind a separator that nobody knows. None
        for everything else.
    """
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if _LZMA_ALONE.match(head):
        return "xz"
    if _ZSTD_SKIPPABLE.match(head):
        return "zst"
    if _is_tar(head):
        return "tar"
    return _recognise_text(head, name, whole)


def _recognise_text(head: bytes, name: str, whole: bool) -> Kind | None:
    blank = _LEADING_BLANK.match(head)
    text = head[blank.end() :] if blank else head
    may_be_single = _SINGLE_NAME.fullmatch(name) is not None
    envelope = _ENVELOPE.match(text[:1000].split(b"\n", 1)[0])
    if envelope:
        if may_be_single and whole and not _has_second_message(text):
            return "message"
        at = b" at " in envelope["sender"].strip()
        return "pipermail" if at and envelope["gap"] == b"  " else "mbox"
    if text.startswith(b"\x01\x01\x01\x01") and text[4:6].startswith((b"\n", b"\r\n")):
        return "mmdf"
    rule = _RULE.match(text)
    if rule and is_field(text[rule.end() : rule.end() + 200]):
        return "listserv"
    if _EML_NAME.fullmatch(name):
        return "message"
    if _known_fields(text) >= (1 if may_be_single else 2):
        return "message"
    return "unknown-mail" if _known_fields(text.partition(b"\n")[2]) >= 4 else None


def _known_fields(text: bytes) -> int:
    """Count the different well-known fields of the header block that `text` begins with."""
    found = set()
    for number, line in enumerate(text[:16384].split(b"\n")):
        if line[:1] in {b" ", b"\t"} and number:
            continue
        field = _FIELD.match(line)
        if field is None:
            # A From_ line without a year, or one that a mailer quoted, may come first.
            if number == 0 and line.startswith((b"From ", b">From ")):
                continue
            break
        if field[1].lower() in _KNOWN:
            found.add(field[1].lower())
    return len(found)


def _has_second_message(text: bytes) -> bool:
    return any(is_envelope(found[1]) and is_field(found[2]) for found in _SEPARATED.finditer(text))


def _is_tar(head: bytes) -> bool:
    if len(head) < tarfile.BLOCKSIZE or not head[0]:
        return False
    try:
        tarfile.TarInfo.frombuf(head[: tarfile.BLOCKSIZE], "utf-8", "surrogateescape")
    except tarfile.HeaderError:  # the sum over the block is wrong: no tar, with or without magic
        return False
    return True


def describe(head: bytes, *, name: str = "") -> str:
    """Say in words what a file is that is no archive.

    Parameters
    ----------
    head : bytes
        The first bytes.
    name : str, optional
        The last part of the file's name.

    Returns
    -------
    str
        A reason for the list of what was passed over.
    """
    if name in _OWN_FILES:
        return "belongs to the registry or to a test, no archive"
    if not head.strip():
        return "empty file" if not head else "blank file"
    for magic, what in _NOT_MAIL:
        if head.startswith(magic):
            return what
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<?xml", b"<head", b"<!--")):
        return "a web page or XML, no archive"
    if b"\x00" in head[:4096]:
        return "binary data of no known archive format"
    return "text without mail in it"
