r"""Address fields to display name and address: the slow, careful reader of From and Reply-To.

It is called once per distinct value, never raises, and is linear in the value's length. What a
list's software wrote over the writer's address is taken back where the message says it.

References
----------
RFC 5322 sections 3.4 and 4.4 (mailboxes, groups, obsolete routes); RFC 6854 (groups in From);
RFC 2047 section 5 (encoded words in phrases and comments); Mailman 2's pipermail and Google
Groups for the forms that hide an address from harvesters.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dcactivity.archives.mailboxes import ATOM, SPOKEN, cut_mailboxes, without_comments
from dcactivity.archives.text import decode_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from dcactivity.archives.mailboxes import Mailbox

__all__ = ["may_be_rewritten", "parse_address", "parse_addresses", "undo_rewriting"]

_LIMIT = 1 << 14
"""Bytes of a value that are looked at."""

_MAILBOXES = 50
"""Mailboxes of one field that are looked at."""

_PLAIN_VALUE = 200
"""Longest value, bytes, that is tried on the patterns of common forms."""

_DOT_ATOM = rb"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*"
_DOMAIN = rb"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
_PLAIN = re.compile(
    rb'(?:"(?P<quoted>[A-Za-z0-9 .,_-]*)" ?|(?P<phrase>[A-Za-z0-9 ._-]*))'
    rb"<(?P<address>" + _DOT_ATOM + rb"@" + _DOMAIN + rb")>"
)
_PLAIN_COMMENT = re.compile(
    rb"(?P<local>" + _DOT_ATOM + rb")(?:@| at )(?P<domain>" + _DOMAIN + rb")"
    rb"(?: \((?P<name>[A-Za-z0-9 .,'_-]*)\))?"
)

_HIDDEN_AT = re.compile(r"(?<=[\w\"])\s{0,3}[(\[{<]\s?at\s?[)\]}>]\s{0,3}(?=\w)", re.IGNORECASE)
_HIDDEN_DOT = re.compile(r"(?<=\w)\s{0,3}[(\[{<]\s?dot\s?[)\]}>]\s{0,3}(?=\w)", re.IGNORECASE)
_HOST = rf"(?:{ATOM}(?:\s\.\s{ATOM}){{0,5}}|\[[^\s\]]{{1,64}}\])"
_ADDRESS = re.compile(
    rf"(?:\"(?:[^\"\\]|\\.){{1,256}}\"|(?:(?<=\s)|(?<![^\s\"<>(),;:\[])){ATOM})"
    rf"(?:\s?@\s?{_HOST}){{1,3}}"
)
_UNDERSCORED = re.compile(r"([\w.+-]{1,64}?)_at_([\w-]{1,63}(?:\.[\w-]{1,63}){1,5})")
_QUOTED = re.compile(r'"((?:[^"\\]++|\\.)*+)"', re.DOTALL)
_SPACE_OUTSIDE_QUOTES = re.compile(r'("(?:[^"\\]++|\\.)*+")|\s+', re.DOTALL)
_LEFT_OVER = re.compile(r"[\[(<]\s{0,3}(?:mailto:)?\s{0,3}[\])>]|[<>\"]")
_VIA = re.compile(
    r"(?P<who>.*[^\s(\[])?\s*[(\[]?(?<!\w)(?P<word>via|vía|über|ueber|par|tramite|przez|через"
    r"|par l['’]intermédiaire d[eu]|por me[dí]io de|a través de|através d[eao])"
    r"\s+(?P<list>[^\s\])](?:.*[^\s\])])?)\s*[\])]?",
    re.IGNORECASE,
)
_MUNGED = re.compile(
    r"(?P<local>[^@\"\s]+)=(?:40)?(?P<domain>[\w-]+(?:\.[\w-]+)+)@(?P<list>[^@]+)"
)
_OPAQUE = re.compile(r"(?:^|-)dmarc-(?:request|noreply)@")
_NO_REPLY = re.compile(r"(?:no|do-?not)[-_.]?reply\b")
_MARKS = "'\"<>()[].,:;@\\ "
_FOLDING = re.compile(r"[ \t\r\n]+")
_QUOTES = '"“”„`'


def parse_address(raw: bytes) -> tuple[str, str]:
    r"""Read the first mailbox of a From field.

    Parameters
    ----------
    raw : bytes
        The field's value as it stands in the file, folded or not.

    Returns
    -------
    name : str
        The display name, decoded, without quotes; "" when there is none or when it only
        repeats the address.
    address : str
        The address in lower case, `` at `` and ``(at)`` undone; "" when there is none.

    References
    ----------
    RFC 5322 sections 3.4 and 4.4.

    Examples
    --------
    >>> parse_address(b'"Doe, Jane" <Jane.Doe@Example.org>')
    ('Doe, Jane', 'jane.doe@example.org')
    >>> parse_address(b"jane at example.org (Jane Doe)")
    ('Jane Doe', 'jane@example.org')
    """
    if len(raw) <= _PLAIN_VALUE:
        plain = _plain(raw)
        if plain is not None:
            return plain
    return next(_mailboxes(raw), ("", ""))


def parse_addresses(raw: bytes) -> list[tuple[str, str]]:
    """Read the mailboxes of an address field, those of its groups included.

    Parameters
    ----------
    raw : bytes
        The field's value as it stands in the file, folded or not.

    Returns
    -------
    list of tuple of str
        Display name and address of each, as `parse_address` gives them, at most 50.
    """
    return list(_mailboxes(raw))


def _plain(raw: bytes) -> tuple[str, str] | None:
    """Read the few forms that nearly all values have; None for any other."""
    raw = raw.strip(b" \t\r\n")
    if raw.endswith(b">"):
        found = _PLAIN.fullmatch(raw)
        if found is None:
            return None
        name = (found["quoted"] or found["phrase"] or b"").decode("ascii")
        address = found["address"].decode("ascii").lower()
    else:
        found = _PLAIN_COMMENT.fullmatch(raw)
        if found is None:
            return None
        name = (found["name"] or b"").decode("ascii")
        address = (found["local"] + b"@" + found["domain"]).decode("ascii").lower()
    return _tidy(" ".join(name.split()), address), address


def _mailboxes(raw: bytes, *, depth: int = 0) -> Iterator[tuple[str, str]]:
    # Latin-1 keeps every byte as one character, so that pieces can be turned back into bytes.
    text = _FOLDING.sub(" ", raw[:_LIMIT].decode("latin-1")).strip()
    if "@" not in text:
        text = _HIDDEN_AT.sub("@", text)
        if "@" in text:
            text = _HIDDEN_DOT.sub(".", text)
    for box, _ in zip(cut_mailboxes(text), range(_MAILBOXES), strict=False):
        name, address = _read(box, depth=depth)
        if name or address:
            yield name, address


def _read(box: Mailbox, *, depth: int) -> tuple[str, str]:
    """Find the address and the name among the tokens of one mailbox."""
    address, phrase = "", box.name()
    for angle in box.angles:
        address = _address(angle)
        if address:
            break
    else:
        whole = box.text()
        if box.has_address or "_at_" in whole:
            address, rest = _in_text(whole)
            phrase = _LEFT_OVER.sub(" ", rest) if address else phrase
    name = _decoded(phrase)
    comments = [text for text in map(_decoded, box.comments) if text]
    if not address and depth < 2:
        # the whole mailbox stands in quotes, in an encoded word or in a comment
        for inner in [name, *comments]:
            if "@" in inner:
                found = next(_mailboxes(inner.encode("utf-8"), depth=depth + 1), ("", ""))
                if found[1]:
                    address = found[1]
                    name = found[0] if inner is name else name
                    break
    name = _tidy(name, address)
    via = [text for text in comments if text.lower().startswith("via ")]
    if name and via:  # a list wrote itself into the name
        name = f"{name} ({via[0]})"
    return name or next(filter(None, (_tidy(text, address) for text in comments)), ""), address


def _decoded(text: str) -> str:
    return decode_text(text.encode("latin-1", "replace"))


def _in_text(text: str) -> tuple[str, str]:
    """Find an address without brackets in `text`; give it and what is left."""
    if "@" in text:
        for found in _ADDRESS.finditer(text):
            address = _address(found[0])
            if address:
                return address, f"{text[: found.start()]} {text[found.end() :]}"
    for found in SPOKEN.finditer(text):
        # prose has "at" too: a domain has a dot, or nothing else stands there
        domain = re.sub(r"(?<!\s)\s++dot\s+", ".", found[2], flags=re.IGNORECASE)
        if "." in domain.strip(".") or found[0] == text.strip():
            address = _address(f"{found[1]}@{domain}")
            if address:
                return address, f"{text[: found.start()]} {text[found.end() :]}"
    whole = _UNDERSCORED.fullmatch(text.strip())
    return (_address(f"{whole[1]}@{whole[2]}"), "") if whole else ("", text)


def _address(text: str) -> str:
    """Normalise one addr-spec; "" when it is none."""
    if "(" in text:
        text = without_comments(text)
    text = _decoded(text)
    if text.lower().startswith("mailto:"):
        text = text[7:].partition("?")[0]
    if text.startswith("@"):  # a source route, RFC 5322 section 4.4
        text = text.rpartition(":")[2]
    if "@" not in text:
        spoken = SPOKEN.fullmatch(_HIDDEN_DOT.sub(".", _HIDDEN_AT.sub(" at ", text)))
        if spoken is None:
            return ""
        text = f"{spoken[1]}@" + re.sub(r"(?<!\s)\s++dot\s+", ".", spoken[2], flags=re.IGNORECASE)
    text = _SPACE_OUTSIDE_QUOTES.sub(lambda found: found[1] or "", text).strip("'<>,;:")
    local, _, domain = text.rpartition("@")
    quoted = _QUOTED.fullmatch(local)
    if quoted and re.fullmatch(
        r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*", quoted[1]
    ):
        local = quoted[1]
    domain = domain.strip("\"'")
    # Google's "exam...@example.org" and "jane@gmail...." keep their dots: they say "cut off"
    if domain.endswith(".") and not domain.endswith(".."):
        domain = domain[:-1]
    if not local or not domain.strip(".") or '"' in domain:
        return ""
    return f"{local}@{domain}".lower()


def _tidy(name: str, address: str) -> str:
    """Strip quotes around a name; drop a name that only repeats the address."""
    for _ in range(3):
        name = name.strip(_QUOTES + " ,;<>")
        if len(name) > 1 and (name[0], name[-1]) in {("'", "'"), ("‘", "’")}:
            name = name[1:-1]
    if not name.strip(_MARKS):  # what is left of a broken value is no name
        return ""
    plain = name.lower().replace(" at ", "@")
    return "" if plain in ("", address, f"mailto:{address}") else name


def may_be_rewritten(name: str, address: str, list_addresses: Collection[str]) -> bool:
    """Tell quickly whether a list may have put itself in the writer's place.

    Parameters
    ----------
    name, address : str
        As `parse_address` gives them.
    list_addresses : collection of str
        The list's own addresses, in lower case.

    Returns
    -------
    bool
        False where `undo_rewriting` would change nothing.
    """
    return (
        address in list_addresses
        or "=" in address
        or address.endswith(".invalid")
        or "dmarc-" in address
        or _VIA.fullmatch(name) is not None
    )


def undo_rewriting(
    name: str,
    address: str,
    *,
    reply_to: bytes | None,
    original_from: bytes | None,
    list_addresses: Collection[str],
) -> tuple[str, str]:
    """Give back the writer whom a list replaced by itself, as DMARC makes lists do.

    Parameters
    ----------
    name, address : str
        As `parse_address` read them from From.
    reply_to, original_from : bytes or None
        The values of Reply-To and X-Original-From, where the message has them.
    list_addresses : collection of str
        The list's own addresses, in lower case.

    Returns
    -------
    name, address : str
        The writer's, where X-Original-From, Reply-To, the munged address or the name tell;
        else as they were, but for the list's name after "via", which is dropped.

    Notes
    -----
    Known: ``X via L <list>`` (Mailman, Google Groups, Sympa; also in other languages), the
    list's own address alone, ``local=domain@list-domain`` (groups.io, and IETF with ``=40``),
    ``.INVALID`` (Apache), ``…-dmarc-request`` (LISTSERV), ``dmarc-noreply`` (FreeLists). "via"
    before what is neither the list's name nor followed by a Reply-To (``Jane via Calendar``)
    is part of the name.

    References
    ----------
    RFC 7960 section 4.1.3 (DMARC and mailing lists).
    """
    via = _VIA.fullmatch(name)
    is_list = address in list_addresses or (via is not None and _is_named(via["list"], address))
    if via is not None and via["word"].lower() != "via" and not is_list:
        via = None  # "par" and "über" are parts of names, too
    who = _tidy(via["who"] or "", address) if via else name
    unmunged = _unmunge(address, list_addresses)
    if unmunged:
        return _tidy(who, unmunged), unmunged
    if not is_list and via is None and not _OPAQUE.search(address):
        return name, address
    for value in (original_from, reply_to):
        writers = [
            (other, real)
            for other, real in (parse_addresses(value) if value else [])
            if real
            and real not in {address, *list_addresses}
            and not _NO_REPLY.match(real)
            and not (via and _is_named(via["list"], real))
        ]
        if writers:
            same = [pair for pair in writers if who and pair[0].lower() == who.lower()]
            other, real = (same or writers)[0]
            # without "via" the name may be the list's title
            return _tidy((who or other) if via else (other or name), real), real
    if is_list and "@" in who:  # Sympa and Yahoo Groups: the address stands in the name
        inner, real = parse_address(who.encode("utf-8", "replace"))
        is_whole = "." in real.rpartition("@")[2]  # else it is an @ in somebody's name
        if is_whole and real != address and real not in list_addresses:
            return re.sub(r"(?<!\s)\s*+\[[^\]]*\]$", "", inner), real
    return (who, address) if is_list else (name, address)


def _is_named(title: str, address: str) -> bool:
    """Tell whether `title`, found after "via", is what a list with `address` is called."""
    plain = re.sub(r"[\W_]+", "", re.sub(r"(?<!\s)\s++(?:mailing\s++)?list$", "", title.lower()))
    local = re.sub(r"-(?:bounces|owner|request|admin)$", "", address.partition("@")[0])
    return plain in {re.sub(r"[\W_]+", "", local), re.sub(r"[\W_]+", "", address)} - {""}


def _unmunge(address: str, list_addresses: Collection[str]) -> str:
    """Take an address apart that a list has made out of the writer's; "" when it is none."""
    if address.endswith(".invalid") and "." in address.rpartition("@")[2][: -len(".invalid")]:
        return address[: -len(".invalid")]
    found = _MUNGED.fullmatch(address)
    if found is None or re.match(r"(?:bounces?|owner|srs[01]|prvs)\b", found["local"]):
        return ""
    at = found["list"]
    domains = {one.rpartition("@")[2] for one in list_addresses} | {"groups.io"}
    near = any(
        at == one or at.endswith(f".{one}") or one.endswith(f".{at}") for one in domains if one
    )
    return f"{found['local']}@{found['domain']}" if near or "dmarc" in at.split(".") else ""
