r"""Bytes of header fields to text: folding, RFC 2047 encoded words, charsets that lie.

Nothing here raises, whatever the bytes, and every step is linear in the length of the value,
which is cut at a stated limit first: header fields come from anyone.

References
----------
RFC 5322 section 2.2.3 (folding); RFC 2047 (encoded words); RFC 2231 section 5 (language in
encoded words); https://encoding.spec.whatwg.org/#names-and-labels for the charsets that are
declared by the name of a smaller one.
"""

from __future__ import annotations

import binascii
import codecs
import re
from encodings.aliases import aliases as _python_aliases
from functools import lru_cache

__all__ = ["TEXT_LIMIT", "decode_text"]

TEXT_LIMIT = 1000
"""Longest decoded text, characters; what follows is cut off."""

_BYTES_PER_CHARACTER = 24
"""Raw bytes that one decoded character may take: ``=?utf-8?B?8J+Yig==?=`` and the like."""

_WORD_OPENS = re.compile(rb"=\?([^?\s]{0,60})\?([BbQq])\?")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]*={0,2}")
_UNWANTED = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]"
    # what only steers the display could make one text look like another
    "|[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]"
)
_INVISIBLE = frozenset("\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff") | {
    chr(point) for point in range(0x2066, 0x206A)
}

# Charsets that writers declare by the name of a smaller one, and names Python does not know.
_LABELS = {
    "ascii": "cp1252",
    "us_ascii": "cp1252",
    "latin_1": "cp1252",
    "ansi": "cp1252",
    "iso8859_9": "cp1254",
    "iso8859_11": "cp874",
    "tis_620": "cp874",
    "iso_8859_8_i": "iso8859_8",
    "iso_8859_8_e": "iso8859_8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x_gbk": "gb18030",
    "big5": "cp950",
    "x_big5": "cp950",
    "euc_kr": "cp949",
    "x_windows_949": "cp949",
    "shift_jis": "cp932",
    "x_sjis": "cp932",
    "x_euc_jp": "euc_jp",
    "iso2022_jp": "iso2022_jp_ext",
    "utf8mb4": "utf_8",
    "utf_8_sig": "utf_8",
    "x_utf_8": "utf_8",
    "unicode_1_1_utf_7": "utf_7",
    "x_mac_roman": "mac_roman",
    "x_mac_cyrillic": "mac_cyrillic",
    "koi8_u": "koi8_u",
    "koi8_t": "koi8_t",
    "cp874": "cp874",
    "windows_874": "cp874",
}
# Python knows these as encodings, but they are none of text, or they warn or are slow.
_NO_CHARSETS = {
    *("base64_codec", "bz2_codec", "hex_codec", "idna", "mbcs", "oem", "punycode", "undefined"),
    *("quopri_codec", "raw_unicode_escape", "rot_13", "tactis", "unicode_escape", "uu_codec"),
    *("unicode_internal", "zlib_codec"),
}
_KNOWN = (frozenset(_python_aliases) | frozenset(_python_aliases.values())) - _NO_CHARSETS
# In these, bytes below 0x80 do not stand for ASCII alone.
_SEVEN_BIT = ("iso2022", "hz", "utf_7", "utf_16", "utf_32")
_GUESS_FROM = 16
"""Bytes beyond ASCII from which a guess at an undeclared charset is better than Western."""
_GUESS_BYTES = 400
_GUESSED = ["cp1251", "koi8_r", "cp1250", "cp1253", "cp1256", "gb18030", "big5", "cp932",
            "euc_jp", "cp949", "cp1252"]  # fmt: skip


def decode_text(raw: bytes, *, limit: int = TEXT_LIMIT) -> str:
    r"""Decode a header field's value to one line of text.

    Encoded words are decoded wherever they stand, also split, adjacent, nested, inside quotes,
    with spaces or without padding. The declared charset goes first, then UTF-8; bytes without
    a declaration are UTF-8 where they can be, else a guess (longer texts), else Western.

    Parameters
    ----------
    raw : bytes
        The value as it stands in the file, folded or not.
    limit : int, characters, > 0
        Longest text returned.

    Returns
    -------
    str
        Without control characters, runs of white space as one space, stripped.

    Notes
    -----
    A text declared as ASCII or Latin-1 that is valid UTF-8 beyond ASCII is read as UTF-8: so
    long a coincidence does not occur in Latin-1. A text that becomes encoded words again when
    decoded (a gateway encoded it twice) is decoded once more.

    References
    ----------
    RFC 2047 section 6; RFC 2231 section 5.

    Examples
    --------
    >>> decode_text(b"=?utf-8?Q?Caf=C3?=\r\n =?utf-8?B?qQ?= at\r\n four")
    'Café at four'
    """
    raw = raw[: limit * _BYTES_PER_CHARACTER]
    if b"=?" not in raw:
        return _one_line(_decode_undeclared(raw), limit)
    text = _decode_words(raw)
    if "=?" in text and _WORD_OPENS.search(text.encode("utf-8", "replace")):
        text = _decode_words(text.encode("utf-8", "replace"))
    return _one_line(text, limit)


def _one_line(text: str, limit: int) -> str:
    """Make control characters spaces, drop what is invisible, collapse white space."""
    if not text.isprintable():
        text = _UNWANTED.sub(_replacement, text)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[:limit].rstrip()


def _replacement(match: re.Match[str]) -> str:
    return "" if match[0] in _INVISIBLE else " "


def _decode_words(raw: bytes) -> str:
    """Decode the encoded words in `raw`, and what stands between them."""
    out: list[str] = []
    pending: list[tuple[bytes, bytes]] = []  # words of one charset: (encoding, text)
    charset = b""
    position = end = 0
    while (opens := _WORD_OPENS.search(raw, position)) is not None:
        if 0 <= end < opens.end():  # else the close found before is still the next one
            end = raw.find(b"?=", opens.end())
        # the "?" that ends what opens may be the one with which a close seems to begin
        following = _WORD_OPENS.search(raw, opens.end(), end + 1 if end >= 0 else len(raw))
        if end < 0 and following is None:
            break  # never closed: left as it stands
        between = raw[position : opens.start()]
        if pending and between.strip(b" \t\r\n?="):
            out.append(_join(pending, charset))
            pending = []
        if not pending:
            out.append(_decode_undeclared(between))
        elif opens[1].lower() != charset.lower():
            out.append(_join(pending, charset))
            pending = []
        charset = opens[1]
        # another word opens before this one closes: the writer nested them
        stop = end if following is None else following.start()
        if following is not None and opens[2] in b"Bb":  # or its close was lost, or half of it
            digits = _BASE64.match(raw, opens.end(), stop)
            stop = digits.end() if digits else stop
        pending.append((opens[2].upper(), raw[opens.end() : stop]))
        position = stop + (2 if following is None else raw.startswith(b"?", stop))
    if pending:
        out.append(_join(pending, charset))
        rest = raw[position:]
        # what closes an outer word that a nested one has cut short
        position += 2 if rest.startswith(b"?=") else 0
    out.append(_decode_undeclared(raw[position:]))
    return "".join(out)


def _join(words: list[tuple[bytes, bytes]], charset: bytes) -> str:
    """Decode adjacent words of one charset together: a character may be split across them."""
    data = b"".join(
        _base64(text) if encoding == b"B" else binascii.a2b_qp(text, header=True)
        for encoding, text in words
    )
    label = charset.partition(b"*")[0].decode("latin-1")
    if len(words) > 1 and all(encoding == b"B" and b"=" not in text for encoding, text in words):
        # some writers cut the base64 text itself, anywhere
        codec = _codec(label)
        whole = _base64(b"".join(text for _, text in words))
        if codec and _strictly(data, codec) is None and _strictly(whole, codec) is not None:
            data = whole
    return _decode_declared(data, label)


def _base64(text: bytes) -> bytes:
    """Decode base64 with padding missing, characters beside the alphabet, or several runs."""
    out = []
    for run in re.split(rb"=+", text.translate(bytes.maketrans(b"-_", b"+/"))):
        digits = re.sub(rb"[^A-Za-z0-9+/]+", b"", run)
        if len(digits) % 4 == 1:  # six bits are no byte
            digits = digits[:-1]
        out.append(binascii.a2b_base64(digits + b"=" * (-len(digits) % 4)))
    return b"".join(out)


@lru_cache(maxsize=512)
def _codec(label: str) -> str | None:
    """Find Python's name of a charset; None when there is none that is safe to use."""
    name = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")
    name = _LABELS.get(name, name)
    # asked of the table, never of the codec registry: that imports and remembers any name
    if name in _LABELS.values():
        return name
    if name not in _KNOWN:
        name = re.sub(r"^(?:x|cs)_?", "", name)
        if name not in _KNOWN:
            return None
    name = _python_aliases.get(name, name)
    if name in _NO_CHARSETS:
        return None
    return _LABELS.get(name, name)


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (ValueError, LookupError):
        return None


def _utf8(data: bytes) -> str | None:
    """Decode UTF-8, perhaps with its last character cut in two; None when it is not UTF-8."""
    text = _strictly(data, "utf-8")
    if text is not None:
        return text
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return None
    # an incomplete end alone proves nothing: in Latin-1 a word may end in any letter
    return None if text.isascii() else text


def _decode_declared(data: bytes, label: str) -> str:
    codec = _codec(label)
    if codec is None:
        return _decode_undeclared(data)
    if codec == "cp1252":  # ASCII and Latin-1 are what software says that does not know
        return _utf8(data) or _western(data)
    text = _strictly(data, codec)
    if text is None:
        text = _utf8(data)
    if text is None:
        text = _with_few_faults(data, codec)
    return _decode_undeclared(data) if text is None else text


def _with_few_faults(data: bytes, codec: str) -> str | None:
    """Decode with replacement characters, where most of the text beyond ASCII is sound."""
    try:
        text = data.decode(codec, "replace")
    except (ValueError, LookupError):
        return None
    faults = text.count("\ufffd")
    sound = sum(character > "\x7f" for character in text) - faults
    return text if 2 * faults <= sound else None


def _decode_undeclared(data: bytes) -> str:
    if data.isascii():
        if b"\x1b$" in data:  # raw ISO-2022-JP or -KR: its escape sequences say so themselves
            for codec in ("iso2022_jp_ext", "iso2022_kr"):
                escaped = _strictly(data, codec)
                if escaped is not None:
                    return escaped
        return data.decode("ascii")
    text = _utf8(data)
    if text is None:
        text = _with_few_faults(data, "utf-8")
    if text is None and sum(byte > 0x7F for byte in data[:_GUESS_BYTES]) >= _GUESS_FROM:
        guess = _guess(data[:_GUESS_BYTES])
        text = _with_few_faults(data, guess) if guess else None
    return _western(data) if text is None else text


@lru_cache(maxsize=1024)
def _guess(data: bytes) -> str | None:
    """Guess the charset of a longer text beyond ASCII."""
    from charset_normalizer import from_bytes  # slow to import, seldom needed

    best = from_bytes(data, cp_isolation=_GUESSED, preemptive_behaviour=False).best()
    return None if best is None else best.encoding


def _western(data: bytes) -> str:
    return _strictly(data, "cp1252") or data.decode("latin-1")
