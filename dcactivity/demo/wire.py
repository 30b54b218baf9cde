"""Messages as bytes: header fields and body, RFC 5322, before any archive format."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

from dcactivity.demo.noise import LIST_HOST
from dcactivity.demo.talk import Mail

__all__ = ["MailingList", "encoded", "envelope_date", "full", "notebook", "pipermail"]

_ROBOT_FIELDS = {
    "reminder": [
        "Auto-Submitted: auto-generated",
        "X-List-Administrivia: yes",
        "Precedence: bulk",
    ],
    "auto-reply": ["Auto-Submitted: auto-replied", "X-Autoreply: yes"],
    "bounce": [
        "Auto-Submitted: auto-replied",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
    ],
}


@dataclass(frozen=True, slots=True)
class MailingList:
    """One mailing list.

    Parameters
    ----------
    address : str
        Where one writes to.
    has_archive, has_subscribe : bool
        Whether its messages name a public archive, and a way in.
    """

    address: str
    has_archive: bool = True
    has_subscribe: bool = True

    @property
    def slug(self) -> str:
        """The part before the @, which is also the tag in subjects."""
        return self.address.partition("@")[0]

    @property
    def archive_url(self) -> str:
        """Where the public archive is said to be."""
        return f"https://{LIST_HOST}/archives/{self.slug}/"

    @property
    def subscribe_url(self) -> str:
        """Where one can join."""
        return f"https://{LIST_HOST}/join/{self.slug}"

    def fields(self) -> list[str]:
        """Header fields of RFC 2369 and RFC 2919."""
        name, host = self.slug, LIST_HOST
        fields = [f"List-Id: <{name}.{host}>", f"List-Post: <mailto:{self.address}>"]
        if self.has_archive:
            fields.append(f"List-Archive: <{self.archive_url}>")
        if self.has_subscribe:
            fields.append(
                f"List-Subscribe: <{self.subscribe_url}>,\n"
                f"\t<mailto:{name}-request@{host}?subject=subscribe>"
            )
        return fields


def encoded(text: str, charset: str = "utf-8") -> str:
    """Encode a text for a header field (RFC 2047, base64 words of at most 75 characters)."""
    if text.isascii():
        return text
    words, chunk = [], ""
    for char in text:
        if len(base64.b64encode((chunk + char).encode(charset, "replace"))) > 56:
            words.append(chunk)
            chunk = ""
        chunk += char
    words.append(chunk)
    encoded_words = (
        f"=?{charset}?b?{base64.b64encode(word.encode(charset, 'replace')).decode()}?="
        for word in words
    )
    return "\n ".join(encoded_words)


def _date(when: datetime, zone: int = 0) -> str:
    return format_datetime(when.astimezone(timezone(timedelta(minutes=zone))))


def envelope_date(when: datetime) -> str:
    """Write an instant as asctime does; `datetime.ctime` knows no locale."""
    return when.ctime()


def _subject(mail: Mail, mailing_list: MailingList) -> str:
    charset = "utf-8" if mail.charset.startswith("iso-8859") else mail.charset
    try:
        mail.subject.encode(charset)
    except UnicodeEncodeError:
        charset = "utf-8"
    tag = (
        ""
        if mail.kind in ("auto-reply", "bounce", "reminder")
        else f"[{mail.origin or mailing_list.slug}] "
    )
    text = f"Subject: {tag}{encoded(mail.subject, charset)}"
    if len(text) > 76 and "\n" not in text:
        head = text[:70].rsplit(" ", 1)[0]
        text = head + "\n" + text[len(head) :]
    return text


def _from(mail: Mail, mailing_list: MailingList) -> list[str]:
    name = encoded(mail.name, mail.charset)
    if mail.name.isascii() and ("," in mail.name or "." in mail.name):
        name = f'"{name}"'
    if mail.is_rewritten and not mail.imported:
        via = encoded(f"{mail.name} via {mailing_list.slug}")
        return [
            f"From: {via} <{mailing_list.address}>",
            f"Reply-To: {name} <{mail.address}>",
            f"X-Original-From: {name} <{mail.address}>",
        ]
    return [f"From: {name} <{mail.address}>" if name else f"From: {mail.address}"]


def _received(mail: Mail) -> list[str]:
    host = mail.address.partition("@")[2]
    sent = mail.when + timedelta(seconds=2)
    taken = f"from mx.{host} (mx.{host} [192.0.2.{1 + len(mail.body) % 250}])\n\tby {LIST_HOST}"
    given = f"from [198.51.100.{1 + len(mail.subject) % 250}] by mx.{host} with ESMTPSA"
    hops = [
        f"Received: {taken} (Postfix) with ESMTPS; {_date(mail.delivered)}",
        f"Received: {given};\n\t{_date(sent, mail.zone)}",
    ]
    if mail.imported:
        hops.insert(0, f"Received: from import by {LIST_HOST} with LMTP; {_date(mail.imported)}")
    return hops


def _answers(mail: Mail) -> list[str]:
    if not mail.references:
        return []
    chain = "\n ".join(f"<{key}>" for key in mail.references)
    return [f"In-Reply-To: <{mail.references[-1]}>", f"References: {chain}"]


def full(mail: Mail, mailing_list: MailingList) -> tuple[str, str]:
    """Write a message as a list server keeps it.

    Parameters
    ----------
    mail : Mail
        The message.
    mailing_list : MailingList
        The list it went through.

    Returns
    -------
    tuple of str
        Header block and body, LF line ends, both without a final newline.
    """
    robot = _ROBOT_FIELDS.get(mail.kind, [])
    if mail.kind == "advertisement" and mail.key[0] in "012":
        robot = ["X-Spam-Flag: YES", "X-Spam-Status: Yes, score=11.3 required=5.0"]
    head = [
        *(_received(mail) if mail.received else []),
        *_from(mail, mailing_list),
        f"To: {mail.origin + '@' + LIST_HOST if mail.origin else mailing_list.address}",
        f"Date: {mail.date_field or _date(mail.when, mail.zone)}",
        f"Message-ID: <{mail.key}>",
        *_answers(mail),
        _subject(mail, mailing_list),
        "MIME-Version: 1.0",
    ]
    if not any(field.startswith("Content-Type") for field in robot):
        head += ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    head += robot
    if not any(field.startswith("Precedence") for field in robot):
        head.append("Precedence: list")
    # Out of pipermail's texts a message comes without the old list's fields.
    list_fields = [] if mail.imported else mailing_list.fields()
    return "\n".join([*head, *list_fields]), mail.body.rstrip("\n")


def pipermail(mail: Mail, mailing_list: MailingList) -> tuple[str, str]:
    """Write a message as pipermail's monthly texts have it: few fields, ` at ` for @.

    Parameters
    ----------
    mail : Mail
        The message.
    mailing_list : MailingList
        The list it went through.

    Returns
    -------
    tuple of str
        Header block and body, LF line ends, both without a final newline.
    """
    name = f" ({encoded(mail.name, mail.charset)})" if mail.name else ""
    head = [
        f"From: {mail.address.replace('@', ' at ')}{name}",
        f"Date: {mail.date_field or _date(mail.when, mail.zone)}",
        _subject(mail, mailing_list),
        *_answers(mail),
        f"Message-ID: <{mail.key}>",
    ]
    return "\n".join(head), mail.body.rstrip("\n")


def notebook(mail: Mail, mailing_list: MailingList) -> tuple[str, str]:
    """Write a message as LISTSERV notebooks have it: few fields, values from column 15 on.

    Parameters
    ----------
    mail : Mail
        The message.
    mailing_list : MailingList
        The list it went through.

    Returns
    -------
    tuple of str
        Header block and body, LF line ends, both without a final newline.
    """
    sender = f"{encoded(mail.name, mail.charset)} <{mail.address}>".strip()
    fields = [
        f"Date: {mail.date_field or _date(mail.when, mail.zone)}",
        f"Reply-To: {mailing_list.address}",
        f"Sender: {mailing_list.address}",
        f"From: {sender}",
        _subject(mail, mailing_list),
        *_answers(mail),
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        f"Message-ID: <{mail.key}>",
    ]
    padded = []
    for field in fields:
        name, _, value = field.partition(": ")
        padded.append(f"{name + ': ':<14}" + value.replace("\n ", "\n" + " " * 14))
    return "\n".join(padded), mail.body.rstrip("\n")
