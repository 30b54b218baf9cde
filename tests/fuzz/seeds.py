"""Inputs to begin with: small, made here, one for each form that a reader knows."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import docx

from dcactivity.policy import Policy
from tests.boxes import as_tar, as_zip, mbox, message

__all__ = ["blocks", "boxes", "containers", "policies", "registries", "reports", "values"]

_FIELDS = (
    "Message-ID: <a.1@example.org>",
    "Message-Id: a.1@example.org (added)",
    "From: =?utf-8?q?J=C3=A4ne?= Roe <jane@example.org>",
    "From: jane at example.org (Jane Roe)",
    'From: "Roe, Jane via Tides" <tides@lists.example.org>',
    "From: Jane Roe <jane=40example.org@lists.example.org>",
    "Reply-To: jane@example.org",
    "Date: Mon, 1 Feb 2021 10:00:00 +0000 (UTC)",
    "Date: 1 Feb 99 10:00 EST",
    "Date: 2021-02-01T10:00:00Z",
    "Received: from a by b; Mon, 1 Feb 2021 10:00:01 -0330",
    "Subject: [Tides] =?iso-8859-1?B?6eno?= =?utf-8?q?_=C3=A9?=\n =?koi8-r?q?=C1?=",
    "Subject: Re: AW: Out of office",
    "In-Reply-To: <b.2@example.org> from Jane",
    "References: <b.2@example.org>\n\t<c.3@example.org> <d\n .4@example.org>",
    "List-Id: Tides <tides.lists.example.org>",
    "List-Post: <mailto:tides@lists.example.org>",
    "Auto-Submitted: auto-replied",
    "Precedence: junk",
    "X-Spam-Flag: YES",
)


def blocks() -> list[bytes]:
    """Make header blocks, of one field and of all of them."""
    envelope = "From jane at example.org  Mon Feb  1 10:00:00 2021\n"
    every = [f"{field}\n" for field in _FIELDS]
    both = [*every, "".join(every), envelope + "".join(every[::2])]
    return [text.encode() for text in both] + [both[-1].replace("\n", "\r\n").encode()]


def values() -> list[bytes]:
    """Make field values, once for each parser."""
    texts = [field.partition(": ")[2].encode() for field in _FIELDS]
    texts.append(b"From jane@example.org Mon Feb  1 10:00:00 2021")
    return [bytes([which]) + text for which in range(9) for text in texts]


def boxes() -> list[bytes]:
    """Make mailboxes in every dialect, and ones with a fault."""
    plain = mbox(range(3)).encode()
    quoted = message(7, body=">From me\nFrom the start\n\nFrom x Mon Feb  1 10:00:00 2021\n")
    counted = message(8).replace("\n\n", "\nContent-Length: 6\n\n", 1)
    return [
        plain, quoted.encode(), counted.encode() * 2, plain.replace(b"\n", b"\r\n"), plain[:-40],
        b"\xef\xbb\xbf" + plain, plain.replace(b"\n\nFrom ", b"\nFrom "), b"text\n\n" + plain,
        plain.replace(b"Hello", b"\0" * 40), b"From a@b Mon Feb  1 10:00:00 2021\n",
    ]  # fmt: skip


def containers() -> list[bytes]:
    """Make one file in every format and compression that is read."""
    box = mbox(range(2)).encode()
    single = message(1).partition("\n")[2].encode()
    members = {"a/2021-01.mbox": box, "b/1.eml": single, "../out": box}
    rule = b"=" * 73 + b"\n"
    packed = [gzip.compress(box), bz2.compress(box), lzma.compress(box)]
    packed.append(lzma.compress(box, format=lzma.FORMAT_ALONE))
    return [
        box, single, *packed, gzip.compress(packed[1]),
        rule + single + rule + single, b"\1\1\1\1\n" + single + b"\1\1\1\1\n",
        *(as_zip(members, way) for way in (zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA)),
        *(as_tar(members, form) for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)),
        as_zip({"in.zip": as_zip(members, zipfile.ZIP_DEFLATED)}, zipfile.ZIP_STORED),
        gzip.compress(as_tar(members, tarfile.USTAR_FORMAT)),
    ]  # fmt: skip


def policies() -> list[bytes]:
    """Give the presets, and policies of one key each."""
    presets = [Policy.load(name).to_toml() for name in Policy.presets()]
    lines = [line for line in presets[0].splitlines() if "=" in line]
    single = ["[active]\nwindow_months = 6\n", "[reports]\ndue = '02-29'\n", "[count]\nx = 1\n"]
    return [text.encode() for text in (*presets, *lines, *single)]


def registries() -> list[bytes]:
    """Make registries: whole, and with single entries."""
    whole = """
[body]
name = "Example Forum"
addresses = ["s@forum.example"]
coordination_lists = [{address = "c@lists.example", tag = "[DC]", archives = ["c/*"]}]
[[coalition]]
slug = "dc-a"
name = "A"
aliases = ["Other"]
recognised = 2015-06-01
ended = 2020-01-31
successor = "dc-b"
page = "https://example.org"
[[coalition.list]]
address = "a@lists.example"
archives = ["a/*.mbox", "b/**/x"]
damaged = ["a/1.mbox"]
retrieved = 2022-03-31
archive_url = "https://lists.example/a/"
[[coalition]]
slug = "dc-b"
"""
    heads = ['[[coalition]]\nslug = "a"\n', '[[coalition]]\nslug = "a"\n[[coalition.list]]\n']
    more = ['archives = ["../x"]\n', "retrieved = 10000-01-01\n", 'address = "no"\n']
    return [text.encode() for text in (whole, *heads, *(heads[1] + line for line in more))]


def reports() -> list[bytes]:
    """Make a meeting's report in each format; the first byte says which."""
    lines = ["Meeting 61 | 20 April 2022", "", "Apologies: Ada Quill (DC on Kites), Bo Reed (x)"]
    lines += ["", "Coordination facilitators", "", "Dune\tDora", "", "Participants", ""]
    lines += ["Emil\tFrost\tDC on Kites", "- Gwen Hollow, DC-KITE", "Ivo Jasper - DC Lamps"]
    text = "\n".join(lines).encode()
    html = b"<html><h1>Meeting 61</h1><h2>Participants</h2><table><tr><td>Emil<td>DC K</table>"
    html += b"<ul><li>Gwen (DC K)</ul>"
    markdown = (
        b"# Meeting 61, 2022-04-20\n\n## Participants\n\n| Name | DC |\n|---|---|\n| E | DC K |\n"
    )
    document, out = docx.Document(), io.BytesIO()
    document.add_heading("Participants")
    document.add_paragraph("Gwen Hollow, DC-KITE")
    document.save(out)
    return [b"\0" + text, b"\1" + markdown, b"\2" + html, b"\3" + out.getvalue()]
