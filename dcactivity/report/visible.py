"""Characters that act instead of being seen, made visible.

A name or a Message-ID comes from an archive, and an archive from anybody. An escape sequence
moves a terminal's cursor, a bidi override turns the letters after it around: in whatever is
written for people, such characters are shown and do nothing.
"""

from __future__ import annotations

import re

__all__ = ["escaped_in_json", "visible"]

# Tab and line ends stay: each format has its own way with them.
_PICTURED = [code for code in range(0x20) if chr(code) not in "\t\n\r"]
_SPELLED = [
    *range(0x80, 0xA0),  # C1 controls
    0x061C,
    0x200B,
    *range(0x200E, 0x2010),  # marks of direction
    *range(0x2028, 0x202F),  # line separators, embeddings and overrides
    *range(0x2060, 0x2070),  # joiners, isolates
    0xFEFF,
    *range(0xFFF9, 0xFFFC),
]
_SHOWN = (
    {code: chr(0x2400 + code) for code in _PICTURED}  # the control pictures of Unicode
    | {0x7F: "\u2421"}
    | {code: f"\u27e8U+{code:04X}\u27e9" for code in _SPELLED}
)
_ACTING = re.compile("[" + "".join(map(re.escape, map(chr, [0x7F, *_SPELLED]))) + "]")


def visible(text: str) -> str:
    r"""Show control characters and changes of direction instead of obeying them.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The text; C0 controls as their pictures, others as ``⟨U+202E⟩``. Tab and line ends stay.

    Examples
    --------
    >>> visible("\x1b[31mred")
    '␛[31mred'
    """
    return text.translate(_SHOWN)


def escaped_in_json(text: str) -> str:
    r"""Escape such characters in JSON, where that changes nothing of what it says.

    Parameters
    ----------
    text : str
        A JSON text; the C0 controls are escaped in it already.

    Returns
    -------
    str
        A JSON text of the same content.
    """
    return _ACTING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
