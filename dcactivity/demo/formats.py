"""The archive formats of the demo.

All compression is such that the bytes do not depend on the machine: gzip and zip store without
deflating, since zlib and its successors pack the same bytes differently; bzip2 has one form.
"""

from __future__ import annotations

import bz2
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from itertools import groupby

from dcactivity.demo.talk import Mail
from dcactivity.demo.wire import MailingList, envelope_date, full, notebook, pipermail

__all__ = [
    "Files",
    "crlf_mbox",
    "double",
    "eml_folder",
    "groupsio",
    "hyperkitty",
    "listserv",
    "maildir",
    "mboxcl",
    "mboxrd",
    "mboxrd_bz2",
    "pipermail_months",
    "stored_gzip",
    "stored_zip",
    "sympa",
]

Files = dict[str, bytes]
"""Contents by path below the coalition's folder."""

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_SCRUBBED = (
    "-------------- next part --------------\nAn HTML attachment was scrubbed...\nURL: <{url}>"
)


def stored_gzip(data: bytes) -> bytes:
    """Wrap bytes as gzip (RFC 1952) in stored blocks (RFC 1951, section 3.2.4)."""
    chunks = [data[start : start + 0xFFFF] for start in range(0, len(data), 0xFFFF)] or [b""]
    blocks = b"".join(
        struct.pack("<BHH", index == len(chunks) - 1, len(chunk), len(chunk) ^ 0xFFFF) + chunk
        for index, chunk in enumerate(chunks)
    )
    trailer = struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + blocks + trailer


def stored_zip(members: Iterable[tuple[str, bytes]]) -> bytes:
    """Wrap members as a zip, without deflating and without a clock."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name, (2022, 3, 31, 12, 0, 0))
            info.create_system = 3  # Unix, wherever this runs
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return buffer.getvalue()


def _months(mails: Sequence[Mail]) -> list[tuple[int, int, list[Mail]]]:
    def month_of(mail: Mail) -> tuple[int, int]:
        return mail.when.year, mail.when.month

    ordered = sorted(mails, key=lambda mail: (mail.when, mail.key))
    return [(*month, list(group)) for month, group in groupby(ordered, key=month_of)]


def _one_mboxrd(mail: Mail, mailing_list: MailingList) -> bytes:
    head, body = full(mail, mailing_list)
    body = re.sub(r"^(>*From )", r">\1", body, flags=re.MULTILINE)
    taken = mail.imported or mail.delivered
    return f"From {mail.address} {envelope_date(taken)}\n{head}\n\n{body}\n\n".encode()


def mboxrd(mails: Sequence[Mail], mailing_list: MailingList) -> Files:
    """Write one mbox; every body line of `From ` behind any number of `>` gets one more."""
    data = b"".join(_one_mboxrd(mail, mailing_list) for mail in mails)
    return {f"{mailing_list.slug}.mbox": data}


def mboxrd_bz2(mails: Sequence[Mail], mailing_list: MailingList) -> Files:
    """Write one mbox, bzip2."""
    return {
        f"{name}.bz2": bz2.compress(data) for name, data in mboxrd(mails, mailing_list).items()
    }


def hyperkitty(mails: Sequence[Mail], mailing_list: MailingList) -> Files:
    """Write the download of a Mailman 3 archive: one gzipped mbox named after the list."""
    data = mboxrd(mails, mailing_list)[f"{mailing_list.slug}.mbox"]
    return {f"{mailing_list.address}-2022-03.mbox.gz": stored_gzip(data)}


def mboxcl(mails: Sequence[Mail], mailing_list: MailingList) -> Files:
    """Write one mbox with `Content-Length`, `From ` lines quoted once."""
    parts = []
    for mail in mails:
        head, body = full(mail, mailing_list)
        lines = re.sub(r"^From ", ">From ", body, flags=re.MULTILINE).encode() + b"\n"
        envelope = f"From {mail.address} {envelope_date(mail.delivered)}\n"
        parts.append(
            f"{envelope}{head}\nContent-Length: {len(lines)}\n\n".encode() + lines + b"\n"
        )
    return {f"{mailing_list.slug}.mbox": b"".join(parts)}


def crlf_mbox(mails: Sequence[Mail], mailing_list: MailingList) -> Files:
    """Write one mbox with the line ends of another system, no blank line at its end."""
    data = mboxrd(mails, mailing_list)[f"{mailing_list.slug}.mbox"]
    return {f"{mailing_list.slug}.mbox": data.rstrip(b"\n").replace(b"\n", b"\r\n") + b"\r\n"}


def pipermail_months(mails: Sequence[Mail], mailing_list: MailingList) -> Files:
    """Write what Mailman 2 keeps: one gzipped text a month.

    Two spaces in the envelope, and no blank line after an attachment that was scrubbed.
    """
    files = {}
    for year, month, group in _months(mails):
        texts = []
        for number, mail in enumerate(group):
            head, body = pipermail(mail, mailing_list)
            body = re.sub(r"^From ", ">From ", body, flags=re.MULTILINE)
            sender = mail.address.replace("@", " at ")
            end = "\n\n"
            if mail.kind == "person" and number % 7 == 3:
                url = f"{mailing_list.archive_url}attachments/{mail.key.partition('.')[0]}.htm"
                body, end = f"{body}\n{_SCRUBBED.format(url=url)}", "\n"
            texts.append(f"From {sender}  {envelope_date(mail.delivered)}\n{head}\n\n{body}{end}")
        name = f"{year}-{_MONTHS[month - 1]}.txt.gz"
        files[name] = stored_gzip("".join(texts).encode())
    return files


def double(mails: Sequence[Mail], mailing_list: MailingList) -> Files:
    """Write the same list twice: gzipped months, and one mbox of everything beside them."""
    files = {
        f"months/{year}-{month:02d}.mbox.gz": stored_gzip(
            b"".join(_one_mboxrd(mail, mailing_list) for mail in group)
        )
        for year, month, group in _months(mails)
    }
    return files | mboxrd(mails, mailing_list)


def _single(mail: Mail, mailing_list: MailingList) -> bytes:
    head, body = full(mail, mailing_list)
    return f"{head}\n\n{body}\n".encode()


def maildir(mails: Sequence[Mail], mailing_list: MailingList) -> Files:
    """Write a Maildir; no file name has a colon, which some systems cannot hold."""
    files = {}
    for number, mail in enumerate(mails):
        folder = "new" if number >= len(mails) - 5 else "cur"
        stamp = int(mail.delivered.timestamp())
        name = f"Maildir/{folder}/{stamp}.M{number:06d}P1.{mailing_list.address.partition('@')[2]}"
        files[name] = _single(mail, mailing_list)
    return files


def eml_folder(mails: Sequence[Mail], mailing_list: MailingList) -> Files:
    """Write one `.eml` a message, as a mail program saves them: CRLF."""
    return {
        f"messages/{number:04d}.eml": _single(mail, mailing_list).replace(b"\n", b"\r\n")
        for number, mail in enumerate(mails, start=1)
    }


def groupsio(mails: Sequence[Mail], mailing_list: MailingList) -> Files:
    """Write a groups.io export: a zip that holds one mbox."""
    data = mboxrd(mails, mailing_list)[f"{mailing_list.slug}.mbox"].replace(b"\n", b"\r\n")
    return {f"{mailing_list.slug}.zip": stored_zip([("messages.mbox", data)])}


def sympa(mails: Sequence[Mail], mailing_list: MailingList) -> Files:
    """Write a Sympa archive: a zip with one folder a month and one numbered file a message."""
    members = [
        (f"{mailing_list.slug}_{year}-{month:02d}/{number}", _single(mail, mailing_list))
        for year, month, group in _months(mails)
        for number, mail in enumerate(group, start=1)
    ]
    return {f"{mailing_list.slug}_archive.zip": stored_zip(members)}


def listserv(mails: Sequence[Mail], mailing_list: MailingList) -> Files:
    """Write LISTSERV notebooks, one a month: a rule of 73 `=` before each message, CRLF."""
    files = {}
    for year, month, group in _months(mails):
        parts = (notebook(mail, mailing_list) for mail in group)
        text = "".join(f"{'=' * 73}\n{head}\n\n{body}\n" for head, body in parts)
        name = f"{mailing_list.slug.upper()}.LOG{year % 100:02d}{month:02d}"
        files[name] = text.replace("\n", "\r\n").encode()
    return files
