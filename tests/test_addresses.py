"""Address fields become name and address, hidden ones too; a list's rewriting is undone."""

from __future__ import annotations

import string
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formataddr

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dcactivity.archives.addresses import (
    may_be_rewritten,
    parse_address,
    parse_addresses,
    undo_rewriting,
)

JANE = ("Jane Doe", "jane@example.org")
BARE = ("", "jane@example.org")
CASES = {
    # RFC 5322
    b"Jane Doe <Jane@Example.ORG>": JANE,
    b"jane@example.org": BARE,
    b"<jane@example.org>": BARE,
    b'"Jane Doe" <jane@example.org>': JANE,
    b'"Doe, Jane" <jane@example.org>': ("Doe, Jane", "jane@example.org"),
    b'"Jane \\"JD\\" Doe" <jane@example.org>': ('Jane "JD" Doe', "jane@example.org"),
    b'Jane "JD" Doe <jane@example.org>': ("Jane JD Doe", "jane@example.org"),
    b"Jane\r\n Doe\r\n\t<jane@example.org>": JANE,
    b"Jane Doe <\r\n jane@example.org>": JANE,
    b"jane@example.org (Jane Doe)": JANE,
    b"(Jane Doe) jane@example.org": JANE,
    b"<jane@example.org> (Jane Doe)": JANE,
    b"jane@example.org (Jane (JD) Doe)": ("Jane (JD) Doe", "jane@example.org"),
    b"jane@example.org (Jane \\) Doe)": ("Jane ) Doe", "jane@example.org"),
    b"Jane Doe (her account) <jane(x)@example.org(y)>": JANE,
    b"Friends: Jane Doe <jane@example.org>, Bob <bob@example.org>;": JANE,
    b"undisclosed-recipients:;": ("", ""),
    b"Jane Doe <@a.example,@b.example:jane@example.org>": JANE,
    b'"jane doe"@example.org': ("", '"jane doe"@example.org'),
    b'Jane Doe <"jane doe"@example.org>': ("Jane Doe", '"jane doe"@example.org'),
    b'"jane"@example.org': BARE,
    b"jane @ example . org (Jane Doe)": JANE,
    b"jane@[192.0.2.1]": ("", "jane@[192.0.2.1]"),
    b"Jane Doe <jane@example.org>, bob@example.org": JANE,
    b"jane@example.org, bob@example.org": BARE,
    b"Jane Doe <jane@example.org.>": JANE,
    b"Jane Doe <j\xc3\x89@ex\xc3\xa4mple.org>": ("Jane Doe", "jé@exämple.org"),
    # encoded words
    b"=?utf-8?Q?J=C3=A4ne?= Doe <jane@example.org>": ("Jäne Doe", "jane@example.org"),
    b'"=?utf-8?Q?J=C3=A4ne?=" <jane@example.org>': ("Jäne", "jane@example.org"),
    b"=?iso-8859-1?Q?Doe=2C_Jane?= <jane@example.org>": ("Doe, Jane", "jane@example.org"),
    b"=?utf-8?Q?Doe, Jane (X)?= <jane@example.org>": ("Doe, Jane (X)", "jane@example.org"),
    b"jane@example.org (=?utf-8?Q?J=C3=A4ne?=)": ("Jäne", "jane@example.org"),
    b"=?utf-8?Q?Jane_Doe_<jane=40example.org>?=": JANE,
    b"=?utf-8?Q?jane=40example.org?=": BARE,
    b"J\xc3\xa4ne <jane@example.org>": ("Jäne", "jane@example.org"),
    # hidden from harvesters
    b"jane at example.org (Jane Doe)": JANE,
    b"jane at example.org  (=?utf-8?q?Jane?= Doe)": JANE,
    b"jane at example.org (jane at example.org)": BARE,
    b"jane at localhost (Jane Doe)": ("Jane Doe", "jane@localhost"),
    b"Jane Doe <jane at example.org>": JANE,
    b"jane AT example.org": BARE,
    b"jane (at) example.org": BARE,
    b"jane(at)example(dot)org": BARE,
    b"jane[at]example.org": BARE,
    b"jane at example dot org": BARE,
    b"jane_at_example.org": BARE,
    b"Jane Doe [jane at example.org]": JANE,
    b"Jane Doe [mailto:jane@example.org]": JANE,
    b"jane@exam.... (Jane Doe)": ("Jane Doe", "jane@exam...."),
    b"Bob at Work <jane@example.org>": ("Bob at Work", "jane@example.org"),
    b"Jane Doe at the office": ("Jane Doe at the office", ""),
    # worn
    b"Doe, Jane <jane@example.org>": ("Doe, Jane", "jane@example.org"),
    b"J. Doe <jane@example.org>": ("J. Doe", "jane@example.org"),
    b"Jane Doe jane@example.org": JANE,
    b"Jane Doe <jane@example.org": JANE,
    b"jane@example.org>": BARE,
    b"Jane Doe <<jane@example.org>>": JANE,
    b"Jane Doe<mailto:jane@example.org>": JANE,
    b"mailto:jane@example.org": BARE,
    b"<jane@example.org> Jane Doe": JANE,
    b"'Jane Doe' <jane@example.org>": JANE,
    b"\"'jane@example.org'\" <jane@example.org>": BARE,
    b"O'Neil <jane@example.org>": ("O'Neil", "jane@example.org"),
    b"Jane (x <jane@example.org>": ("Jane (x", "jane@example.org"),
    b'Jane " Doe <jane@example.org>': ('Jane " Doe', "jane@example.org"),
    b'"Jane Doe <jane@example.org>"': JANE,
    b"Jane Doe (jane@example.org)": JANE,
    b"Jane Doe <jane@example.org> Bob <bob@example.org>": JANE,
    b'"bob@example.net" <jane@example.org>': ("bob@example.net", "jane@example.org"),
    b"bob@example.net <jane@example.org>": ("bob@example.net", "jane@example.org"),
    b"a$@b@example.org": ("", "a$@b@example.org"),
    b"jane @ example \r\n\t. org": ("", "jane@example.org"),  # folded at a blank
    # what is left of a broken value is no name
    b"jane@example.org)": ("", "jane@example.org"),
    b"jane @ example . org\n\t@": ("", "jane@example.org"),
    # no address
    b"": ("", ""),
    b"Jane Doe": ("Jane Doe", ""),
    b"Doe, Jane": ("Doe, Jane", ""),
    b"MAILER-DAEMON <>": ("MAILER-DAEMON", ""),
    b'"Jane Doe" <$$$.$$$>': ("Jane Doe", ""),
    b"@example.org": ("@example.org", ""),
    b"host!jane": ("host!jane", ""),
}


@pytest.mark.parametrize(("raw", "mailbox"), CASES.items())
def test_reads_the_first_mailbox(raw: bytes, mailbox: tuple[str, str]) -> None:
    assert parse_address(raw) == mailbox


def test_reads_all_mailboxes_of_a_field() -> None:
    raw = b"Friends: a@x.example, D <d@y.example>; Doe, Jane <j@z.example>, e@v.example"

    assert parse_addresses(raw) == [
        ("", "a@x.example"),
        ("D", "d@y.example"),
        ("Doe, Jane", "j@z.example"),
        ("", "e@v.example"),
    ]


@pytest.mark.parametrize(
    "raw",
    [
        *(
            piece * (1_000_000 // len(piece))
            for piece in (b"(", b"<", b'"', b"<a", b"a:", b"a@", b",")
        ),
        *(
            piece * 200_000
            for piece in (b"a at ", b"(at)", b'"a" ', b"()", b'\\"', b"a@b,", b"<(")
        ),
        *(
            b"a:" * 400_000 + b";",
            b'"\\"' * 300_000,
            b"<" + b"(" * 8000 + b"@>",
            b"=?a?q?" * 100_000,
        ),
    ],
    ids=lambda raw: repr(raw[:8]),
)
def test_hostile_megabytes_come_to_an_end(raw: bytes) -> None:
    name, address = parse_address(raw)

    assert max(len(name), len(address)) <= 1000
    assert len(parse_addresses(raw)) <= 50


_PIECES = st.sampled_from(
    [
        *b'<|>|(|)|"|\\|,|;|:|@|[|]| |jane|x.org|\xc3\xa9'.split(b"|"),
        *b" at |(at)|_at_| dot |mailto:|=?utf-8?Q?|?=|=40".split(b"|"),
    ]
)
_BYTES = st.one_of(st.binary(), st.lists(_PIECES, max_size=14).map(b"".join))


@settings(deadline=None, max_examples=300)
@given(_BYTES)
@example(b'"" <"\\')
@example(b'"' + b"a" * 90)
def test_any_bytes_give_two_clean_texts(raw: bytes) -> None:
    name, address = parse_address(raw)

    for text in (name, address):
        text.encode("utf-8")
        assert "\n" not in text
    assert address == "" or "@" in address
    assert address == address.lower()
    assert name.lower() != address or not name
    # the common forms are read by a shorter way, which must lead to the same place
    assert [(name, address)] == (parse_addresses(raw)[:1] or [("", "")])


_WORDS = st.text(string.ascii_letters + " .,'-éßЖ中", min_size=1, max_size=30).map(
    lambda text: " ".join(text.split())
)
_NAMES = _WORDS.filter(lambda name: name == name.strip(" .,'-") and name)
_LABELS = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=12)
_ADDRESSES = st.builds(lambda a, b, c: f"{a}@{b}.{c}", _LABELS, _LABELS, _LABELS)


@settings(deadline=None)
@given(_NAMES, _ADDRESSES)
def test_what_the_email_package_writes_comes_back(name: str, address: str) -> None:
    message = EmailMessage()
    message["From"] = Address(name, addr_spec=address)
    folded = message.as_bytes().partition(b"\n\n")[0].removeprefix(b"From:")

    assert parse_address(folded) == (name, address)
    assert parse_address(formataddr((name, address)).encode("ascii")) == (name, address)


@settings(deadline=None)
@given(st.text(string.ascii_letters + " .,'_-", max_size=20), _ADDRESSES)
def test_the_pipermail_form_says_the_same(name: str, address: str) -> None:
    spoken = f"{address.replace('@', ' at ')} ({name})".encode()

    assert parse_address(spoken) == parse_address(f"{address} ({name})".encode())


LIST = "dc-x@lists.example.net"
VIA = b"Jane Doe via dc-x <dc-x@lists.example.net>"
REWRITTEN = {
    # From, Reply-To, X-Original-From
    (VIA, b"Jane Doe <jane@example.org>", None): JANE,
    (VIA, b"jane@example.org", None): JANE,
    (VIA, None, b"Jane Doe <jane@example.org>"): JANE,
    (VIA, b"other@example.org", b"jane@example.org"): JANE,
    (VIA, b"dc-x@lists.example.net, Jane <jane@example.org>", None): JANE,
    (VIA, b"Bob <bob@example.org>, Jane Doe <jane@example.org>", None): JANE,
    (VIA, b"dc-x@lists.example.net", None): ("Jane Doe", LIST),
    (VIA, b"no-reply@example.org", None): ("Jane Doe", LIST),
    (VIA, None, None): ("Jane Doe", LIST),
    (b"'Jane Doe' via X List <dc-x@lists.example.net>", b"jane@example.org", None): JANE,
    (b'"Jane Doe (via dc-x)" <dc-x@lists.example.net>', b"jane@example.org", None): JANE,
    (b"Jane Doe (via dc-x) <dc-x@lists.example.net>", b"jane@example.org", None): JANE,
    (b"Jane Doe \xc3\xbcber dc-x <dc-x@lists.example.net>", b"jane@example.org", None): JANE,
    (b"Jane Doe par dc-x <dc-x@lists.example.net>", b"jane@example.org", None): JANE,
    (b"Jane Doe por medio de dc-x <dc-x@lists.example.net>", b"jane@example.org", None): JANE,
    (b"via dc-x <dc-x@lists.example.net>", b"Jane Doe <jane@example.org>", None): JANE,
    # the list's own address alone
    (b"The X List <dc-x@lists.example.net>", b"Jane Doe <jane@example.org>", None): JANE,
    (b"Jane Doe <dc-x@lists.example.net>", b"jane@example.org", None): JANE,
    (b"dc-x@lists.example.net", None, None): ("", LIST),
    (b'"jane@example.org" <dc-x@lists.example.net>', None, None): BARE,
    (b'"Jane Doe jane@example.org [dc-x]" <dc-x@lists.example.net>', None, None): JANE,
    # the address taken apart
    (b"Jane Doe <jane=example.org@lists.example.net>", None, None): JANE,
    (b"Jane Doe via dc-x <jane=example.org@example.net>", None, None): JANE,
    (b"Jane Doe <jane=40example.org@dmarc.example.com>", None, None): JANE,
    (b"Jane Doe <jane=example.org@groups.io>", None, None): JANE,
    (b"Jane Doe <jane@example.org.INVALID>", None, None): JANE,
    (b"Jane Doe <00a1-dmarc-request@example.com>", b"jane@example.org", None): JANE,
    (b"Jane Doe <dmarc-noreply@example.com>", b"jane@example.org", None): JANE,
    # a list that nobody told us of
    (b"Jane Doe via other <other@example.com>", None, None): ("Jane Doe", "other@example.com"),
    (b"Jane Doe via other <other@example.com>", b"other@example.org", None): (
        "Jane Doe",
        "other@example.com",
    ),
    # none of it
    (b"Jane Doe <jane@example.org>", b"bob@example.org", b"bob@example.org"): JANE,
    (b"Jean par Hasard <jane@example.org>", b"bob@example.org", None): (
        "Jean par Hasard",
        "jane@example.org",
    ),
    (b"Jane via Calendar <calendar-mailer@example.com>", None, None): (
        "Jane via Calendar",
        "calendar-mailer@example.com",
    ),
    (b"Jane Doe <jane=example.org@example.com>", None, None): (
        "Jane Doe",
        "jane=example.org@example.com",
    ),
    (b'"Jane vi@a Tides" <LIST>'.replace(b"LIST", LIST.encode()), None, None): (
        "Jane vi@a Tides",  # an @ in a name is no address
        LIST,
    ),
    (b"bounce=example.org@lists.example.net", None, None): (
        "",
        "bounce=example.org@lists.example.net",
    ),
}


@pytest.mark.parametrize(("fields", "writer"), REWRITTEN.items())
def test_gives_back_the_writer(
    fields: tuple[bytes, bytes | None, bytes | None], writer: tuple[str, str]
) -> None:
    sender, reply_to, original_from = fields
    name, address = parse_address(sender)

    undone = undo_rewriting(
        name, address, reply_to=reply_to, original_from=original_from, list_addresses={LIST}
    )

    assert undone == writer
    assert may_be_rewritten(name, address, {LIST}) or undone == (name, address)


def test_an_ordinary_sender_is_not_suspected() -> None:
    assert not may_be_rewritten("Jane Doe", "jane@example.org", {LIST})
    assert may_be_rewritten("", LIST, {LIST})


@settings(deadline=None)
@given(_BYTES, st.none() | _BYTES, st.none() | _BYTES)
def test_undoing_never_raises_nor_does_more_than_it_announces(
    sender: bytes, reply_to: bytes | None, original_from: bytes | None
) -> None:
    name, address = parse_address(sender + b" via dc-x" if len(sender) % 2 else sender)

    undone = undo_rewriting(
        name, address, reply_to=reply_to, original_from=original_from, list_addresses={LIST}
    )

    if undone != (name, address):
        assert may_be_rewritten(name, address, {LIST})
