"""What a subject is about, once the marks of answers, forwards and lists are taken off."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dcactivity.threads.words import (
    DIGEST_PATTERNS,
    FORWARD_PREFIXES,
    GENERIC_SUBJECTS,
    REPLY_PREFIXES,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Subjects", "read_subjects"]


def _prefix(languages: dict[str, tuple[str, ...]]) -> str:
    """Give the pattern of a prefix: ``re:``, ``re :``, ``re[2]:``, ``re(2):``, ``re^2:``."""
    alternatives = "|".join(sorted({re.escape(w) for words in languages.values() for w in words}))
    return rf"(?:(?:{alternatives}) ?(?:\[\d+\]|\(\d+\)|[\^*]?\d{{1,3}})? ?:)"


_BLOB = r"\[[^\[\]]*\]"
_REPLY, _FORWARD = _prefix(REPLY_PREFIXES), _prefix(FORWARD_PREFIXES)
_LEADER = rf"^(?: ?(?:{_BLOB}|{_REPLY}|{_FORWARD}))+ ?"
_ANSWERS = rf"^(?: ?{_BLOB})* ?{_REPLY}"
# RFC 5256 section 2.1, step 6: some programs put the whole subject of a forward in brackets.
_FORWARD_WRAPPER = r"\[ ?(fwd?) ?:([^\[\]]*)\]$"
# "New topic (was: Old topic)" is about the new one; "(fwd)" is Pine's mark of a forward.
_TRAILER = r"(?: ?(?:\(fwd?\)|[(\[] ?was\b[: ].*[)\]]|[,;-] ?was:? re ?:.*))+ ?$"
_GENERIC = pa.array(sorted({line for lines in GENERIC_SUBJECTS.values() for line in lines}))
_NO_LETTERS = r"[^\p{L}\p{N}]+"
_TWO_LETTERS = r"\p{L}.*\p{L}"


@dataclass(frozen=True, slots=True)
class Subjects:
    """What is known of each message's subject, in the order of the messages.

    Attributes
    ----------
    base : ndarray of int64
        A number for each base subject; -1 where it is empty, generic, or a digest's: such a
        subject joins nothing.
    is_reply : ndarray of bool
        Its outermost prefix is ``Re:`` or what other languages have for it. A forward of an
        answer (``Fwd: Re:``) is no answer.
    is_digest : ndarray of bool
        It is the subject that digests carry, or an answer to such a one.
    """

    base: NDArray[np.int64]
    is_reply: NDArray[np.bool_]
    is_digest: NDArray[np.bool_]


def read_subjects(subjects: pa.Array) -> Subjects:
    """Take subjects apart.

    Parameters
    ----------
    subjects : Array of string
        One for each message, null where there is none.

    Returns
    -------
    Subjects
        One entry for each message.

    Notes
    -----
    The base subject is that of RFC 5256 section 2.1, with prefixes of more languages than
    English, and without a trailing ``(was: ...)``. Subjects are compared in NFKC and lower
    case. Each distinct subject is looked at once.

    References
    ----------
    RFC 5256 section 2.1.
    """
    encoded = subjects.dictionary_encode()
    text = pc.utf8_lower(pc.utf8_normalize(encoded.dictionary, "NFKC"))
    text = pc.utf8_trim(_replace(text, r"[\s\p{Z}]+", " "), " ")
    text = _replace(text, _FORWARD_WRAPPER, r"\1:\2")
    base = pc.utf8_trim(_replace(_replace(text, _LEADER, ""), _TRAILER, ""), " ")
    plain = pc.utf8_trim(_replace(base, _NO_LETTERS, " "), " ")
    is_digest = _matches(base, "|".join(f"(?:{pattern})" for pattern in DIGEST_PATTERNS))
    generic = pc.is_in(plain, value_set=_GENERIC.cast(plain.type))
    joins = _matches(plain, _TWO_LETTERS) & ~is_digest & ~_as_mask(generic)
    numbers = base.dictionary_encode().indices.to_numpy().astype(np.int64)
    where = pc.fill_null(encoded.indices, -1).to_numpy()  # -1 takes the entry appended below
    return Subjects(
        base=np.append(np.where(joins, numbers, -1), -1)[where],
        is_reply=np.append(_matches(text, _ANSWERS), False)[where],
        is_digest=np.append(is_digest, False)[where],
    )


def _replace(text: pa.Array, pattern: str, replacement: str) -> pa.Array:
    return pc.replace_substring_regex(text, pattern, replacement)


def _matches(text: pa.Array, pattern: str) -> NDArray[np.bool_]:
    return _as_mask(pc.match_substring_regex(text, pattern))


def _as_mask(values: pa.Array) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = values.to_numpy(zero_copy_only=False)
    return mask
