r"""Message-IDs and references, read with care.

Ids are compared as texts to join replies with what they answer; so the same wear (folding,
blanks, missing brackets, encoding as RFC 2047 words) is undone in the same way wherever an id
stands. The other fields have modules of their own: `dcactivity.archives.text`,
`dcactivity.archives.addresses` and `dcactivity.archives.dates`. Nothing here raises, and
nothing takes longer than linear in the value's length.

References
----------
RFC 5322 sections 3.6.4 and 4.5.4; https://www.jwz.org/doc/threading.html for what stands in
In-Reply-To and References.
"""

from __future__ import annotations

import re

from dcactivity.archives.mailboxes import without_comments
from dcactivity.archives.text import TEXT_LIMIT, decode_text

__all__ = ["parse_in_reply_to", "parse_message_id", "parse_references"]

_ID_BYTES = 1 << 12
"""Bytes of a Message-ID field that are looked at; a line has at most 998."""

_REFERENCES_BYTES = 1 << 16
"""Bytes of a References field that are looked at, from its end: the nearest ids stand last."""

_REFERENCES = 100
"""Ids kept of a References field, the last ones."""

_BRACKETED = re.compile(r"<([^<>]*)>")
_ENCODED = re.compile(rb"=\?[^?\s]{1,60}\?[BbQq]\?")
_BLANKS = re.compile(r'("(?:[^"\\]++|\\.)*+")|\s+', re.DOTALL)
_DIVIDED = re.compile(r"[\s<>]")
_LETTERS = re.compile(r"[A-Za-z]{2}")


def parse_message_id(raw: bytes) -> str:
    r"""Read a Message-ID field.

    Parameters
    ----------
    raw : bytes
        The field's value as it stands in the file, folded or not.

    Returns
    -------
    str
        The first id, without angle brackets, comments and blanks; "" when there is none.

    References
    ----------
    RFC 5322 sections 3.6.4 and 4.5.4.

    Examples
    --------
    >>> parse_message_id(b" <1.2@mail .example.org> (added by gateway)")
    '1.2@mail.example.org'
    >>> parse_message_id(b"1.2@mail.example.org")
    '1.2@mail.example.org'
    """
    text = _decoded(raw[:_ID_BYTES])
    if text.startswith("("):  # only then may a bracket stand in a comment before the id
        text = without_comments(text).strip()
    for found in _BRACKETED.finditer(text):
        message_id = _compact(found[1])
        if message_id:
            return message_id
    words = without_comments(text).replace("<", " ").replace(">", " ").split()
    with_at = [word for word in words if "@" in word.strip("@")]
    return next((_compact(word.strip(",;")) for word in with_at or words), "")


def parse_references(raw: bytes) -> list[str]:
    r"""Read a References field, or all ids in an In-Reply-To field.

    Parameters
    ----------
    raw : bytes
        The field's value as it stands in the file, folded or not.

    Returns
    -------
    list of str
        The ids in order, each once, the last 100. What stands between them is passed over;
        an id without brackets counts where it is all there is.

    References
    ----------
    RFC 5322 sections 3.6.4 and 4.5.4.

    Examples
    --------
    >>> parse_references(b"<1@example.org>\r\n <2@example.org> <1@example.org>")
    ['1@example.org', '2@example.org']
    """
    text = _decoded(raw[-_REFERENCES_BYTES:])
    ids = dict.fromkeys(
        _compact(found[1]) for found in _BRACKETED.finditer(text) if _is_id(found[1])
    )
    ids.pop("", None)
    if not ids:
        alone = text.strip("<>")
        if alone.count("@") == 1 and alone.strip("@") == alone and not _DIVIDED.search(alone):
            return [_compact(alone)]
    return list(ids)[-_REFERENCES:]


def parse_in_reply_to(raw: bytes) -> str:
    r"""Read the id of the message that is answered out of an In-Reply-To field.

    Parameters
    ----------
    raw : bytes
        The field's value as it stands in the file, folded or not.

    Returns
    -------
    str
        The first id; after words, the last, because ``Message from Jane <jane@example.org> of
        "Thu, 1 Jan 1998" <id@example.org>`` begins with an address. "" when there is none.

    References
    ----------
    RFC 5322 sections 3.6.4 and 4.5.4 (free text in RFC 822).
    """
    ids = parse_references(raw[:_ID_BYTES])
    if len(ids) < 2:
        return ids[0] if ids else ""
    before = _decoded(raw[:_ID_BYTES]).partition("<")[0]
    return ids[-1] if _LETTERS.search(before) else ids[0]


def _decoded(raw: bytes) -> str:
    # Python's own email package writes long ids as encoded words.
    if _ENCODED.search(raw):
        return decode_text(raw, limit=len(raw))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return text.replace("\0", "").strip()


def _is_id(text: str) -> bool:
    """Tell an id from prose in angle brackets."""
    return "@" in text or not re.search(r"\s", text.strip())


def _compact(text: str) -> str:
    """Drop blanks outside quotes, and control characters."""
    # cut first: a quote that is never closed costs the square of what follows it
    text = _BLANKS.sub(lambda found: found[1] or "", text[: 2 * TEXT_LIMIT])
    if not text.isprintable():
        text = "".join(character for character in text if character.isprintable())
    return text[:TEXT_LIMIT]
