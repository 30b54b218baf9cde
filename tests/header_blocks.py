"""Header blocks as thirty years of programs wrote them, and ways in which they break."""

from __future__ import annotations

import random

__all__ = ["FIELDS", "block", "mutated"]

SUBJECTS = (
    b"Tides of May", b"[Tides] Re: harbours,  two  blanks", b"=?utf-8?q?Caf=C3=A9?=",
    b"=?utf-8?Q?Caf=C3?=\n =?utf-8?B?qQ?= at four", b"=?iso-8859-1?B?6eno?= =?utf-8?q?_=C3=A9?=",
    b"=?utf-8?B?w6k?=", b"=?utf-8?B?w6k=?= plain =?koi8-r?q?=C1=C2?=", b"Caf\xc3\xa9", b"Caf\xe9",
    b"=?us-ascii?q?plain?=", b"=?x-unknown?q?abc?=", b"=?utf-8?q?not closed", b"=?utf-8?q??=",
    b"=?utf-8?q?one?==?utf-8?q?two?=", b"word=?utf-8?q?in=C3=A9?=word", b"=?utf-8?x?abc?=",
    b"=?utf-8*en?q?tagged?=", b"=?UTF-8?Q?a b c?=", b"=?utf-8?b?!!!?=", b"=?utf-8?q?=ZZ?=",
    b"=?windows-1252?q?=93q=94?=", b"=?iso-2022-jp?B?GyRCJCIbKEI=?=", b"tab\there\n\tand folded",
    b"\x1b[2J bell\x07", b"a\0b", b"", b"   ", b"\xe2\x80\xaegnp.exe", b"=?gb2312?B?xOO6ww==?=",
    b"=?utf-8?q?=3D=3Futf-8=3Fq=3Fe=3D3De=3F=3D?=", b"=?iso-8859-1?q?=C3=A9?=",
)  # fmt: skip
SENDERS = (
    b"Jane Roe <Jane@Example.org>", b"jane@example.org (Jane Roe)", b"jane at example.org (Jane)",
    b'"Roe, Jane" <jane@example.org>', b"Roe, Jane <jane@example.org>", b"<jane@example.org>",
    b"jane@example.org", b"=?utf-8?q?J=C3=A4ne?= Roe <jane@example.org>",
    b'"a\\"b" <j@example.org>', b'"=?utf-8?q?J=C3=A4?=" <jane@example.org>',
    b"Group: jane@example.org, b@example.org;", b"undisclosed-recipients:;",
    b"Jane (at home (really)) Roe <jane@example.org>", b"Jane Roe",
    b"<@a.example,@b.example:jane@example.org>", b"jane @ example . org",
    b"J\xe4ne <j@example.org>", b"'Jane Roe' <jane@example.org>",
    b"jane@example.org <jane@example.org>", b"", b"a@b@c.example", b'"jane doe"@example.org',
    b"Jane <jane@example.org", b"jane@example.org>", b"Jane <mailto:j@e.org>",
    b"a@example.org, b@example.org", b"J. Roe <jane@[192.0.2.1]>", b"jane(x)@example.org",
    b"Jane Roe <jane@example.org> (Office)", b"Jane\n Roe\n <jane@example.org>",
    b"<Jane <jane@example.org>>", b"=?utf-8?q?Jane_=3Cjane=40example=2Eorg=3E?=", b"@example.org",
    b"jane@", b"Jane via Tides <tides@lists.example>", b";;,,<>", b'"unclosed <a@b.example>',
    b"j\xc3\xa4ne@ex\xc3\xa4mple.org", b"Jane \0 Roe <jane@example.org>",
    b"Jane [x] <jane@example.org>",
)  # fmt: skip
DATES = (
    b"Mon, 1 Feb 2021 10:00:00 +0000 (UTC)", b"1 Feb 99 10:00 EST", b"1 Feb 2021 10:00:00 -0330",
    b"Mon, 01 Feb 2021 10:00:00 GMT", b"2021-02-01T10:00:00Z", b"Mon Feb  1 10:00:00 2021",
    b"Mon, 1 Feb 2021 10:00:00", b"Mon, 1 Feb 2021 10:00:00 -0000", b"1 Feb 2021 25:00:00 +0000",
    b"31 Feb 2021 10:00:00 +0000", b"Mon, 1 Feb 103 10:00:00 +0000", b"1 Feb 68 10:00 +0000",
    b"1 Feb 70 10:00 +0000", b"Mon, 1 Feb 2021 10:00:00 +9999", b"Mon, 1 Feb 2021 10:00:00 MEZ",
    b"Mon, 1 Feb 2021 10.00.00 +0100", b"Monday, 01-Feb-21 10:00:00 GMT", b"Feb 1, 2021 10:00 AM",
    b"1 February 2021 10:00 +0100", b"Mon, 1 Feb 2021 10:00:60 +0000",
    b"Mon,1 Feb 2021 10:00:00+0100", b"Mon, 1 Feb 2021 10:00:00 Z", b"Mon, 1 Feb 2021 10:00:00 A",
    b"Mon, 1 Feb 2021 10:00:00 +01:00", b"Mon, 1 Feb 2021 10:00:00 \"PST\"",
    b"Mon, 1 Feb 19121 10:00:00 +0000", b"1 2 2021", b"yesterday", b"Mon, 1 Feb 2021",
    b"Mon, 1\n Feb 2021 10:00:00 +0000", b"(x) Mon, 1 Feb 2021 10:00:00 +0000",
    b"Mon, 1 Feb 2021 10:00:00 (UTC) +0000", b"1 Feb 0000 00:00:00 +0000",
    b"31 Dec 9999 23:59:59 -0100", b"Mon, 1 Feb 2021 10:00:00 +",
    b"Mon, 1 Feb 2021 24:00:00 +0000", b"99999999999", b"", b"Mon, 1 Feb 2021 10:00:00 EDT",
    b"1 Feb 2021 10:00:00 +0000 junk", b"1 \0 Feb 2021 10:00 +0000",
)  # fmt: skip
IDS = (
    b"<a.1@example.org>", b"a.1@example.org", b"<a.1@example.org> (added by gateway)", b"<>",
    b"<a 1@example.org>", b"< a.1@example.org >", b"<a.1>",
    b"=?utf-8?q?=3Ca=2E1=40example=2Eorg=3E?=", b"<\n a.1@example.org>",
    b"<a.1@example.org><b.2@example.org>", b'<"a b"@example.org>', b"(x) <a@b>",
    b"<\xe9@example.org>", b"", b"<a.1@example.org", b"a.1@example.org>", b"<a<b>c@example.org>",
    b"<a\0@b>",
)  # fmt: skip
PARENTS = (
    *IDS, b"<b.2@example.org> from Jane", b"Your message of Mon <b.2@example.org>",
    b'Message from Jane <jane@example.org> of "Thu" <b.2@example.org>',
    b"<b.2@example.org>\n\t<c.3@example.org> <d\n .4@example.org>", b"<b@x>,<c@x>",
    b"<b@x> <b@x>", b"<b@x> prose <c@x>", b"<b@x>\n<c@x>",
)  # fmt: skip
LISTS = (b"Tides <tides.lists.example.org>", b"<tides.lists.example.org>", *SUBJECTS[:12])
POSTS = (b"<mailto:tides@lists.example.org>", b"NO", b"<mailto:a@b.example>, <https://x.example>")
FIELDS = {
    b"Date": DATES, b"From": SENDERS, b"In-Reply-To": PARENTS, b"List-Id": LISTS,
    b"List-Post": POSTS, b"Message-ID": IDS, b"References": PARENTS, b"Subject": SUBJECTS,
}  # fmt: skip
NOISE = (
    b"\0", b"\r", b"\x1b", b"\xff", b"\xc3\xa9", b" ", b"\t", b"(", b")", b'"', b"<", b">", b"=?",
    b"?=", b"@", b":", b";", b",", b"\\", b"\n", b"\n ", b"\n\n", b"\x0b", b"\x0c", b"\x85",
)  # fmt: skip


def block(chance: random.Random) -> bytes:
    """Make a header block, of usual and of odd fields, in any order."""
    lines = []
    for name, values in FIELDS.items():
        for _ in range(chance.choice((0, 1, 1, 1, 1, 2))):
            said = chance.choice((name, name, name.lower(), name.upper()))
            colon = chance.choice((b": ", b": ", b": ", b":", b":\t", b" : "))
            lines.append(said + colon + chance.choice(values))
    chance.shuffle(lines)
    envelope = b"From jane at example.org  Mon Feb  1 10:00:00 2021\n"
    return (envelope if chance.random() < 0.3 else b"") + b"\n".join(lines) + b"\n"


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Break a header block the way that gateways, editors and careless writers do."""
    out = data
    for _ in range(chance.randrange(1, 4)):
        at = chance.randrange(len(out) + 1)
        kind = chance.randrange(7)
        if kind == 0:  # lines end as in Windows
            out = out.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        elif kind == 1:  # a piece is lost
            out = out[:at] + out[at + chance.randrange(1, 12) :]
        elif kind == 2:  # folded anywhere
            out = out[:at] + b"\n" + chance.choice((b" ", b"\t", b"  ")) + out[at:]
        elif kind == 3:  # a line that is no field
            lines = out.split(b"\n")
            lines.insert(
                chance.randrange(len(lines)), chance.choice((b"no field", b">From x", b"a b: c"))
            )
            out = b"\n".join(lines)
        elif kind == 4:  # a field is there twice, or elsewhere
            lines = out.split(b"\n")
            lines.insert(chance.randrange(len(lines)), chance.choice(lines))
            out = b"\n".join(lines)
        else:
            out = out[:at] + chance.choice(NOISE) + out[at:]
    return out or data
