"""How two names stand to each other: the same, like, open, or clearly different."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA, Prefix

from dcactivity.people.words import NICKNAMES

if TYPE_CHECKING:
    from dcactivity.people.names import Name

__all__ = ["Likeness", "are_told_together", "is_misspelt", "likeness"]

_INITIALS = 3
"""Initials at least that a local part must show beside a given name: two may be chance."""


class Likeness(IntEnum):
    """The higher, the more alike."""

    DIFFERENT = 0
    """Two full names that one person cannot both bear: no word in common, or other given names."""
    RENAMED = 1
    """The same given name with another surname, or one family name in two orders: a marriage, a
    name for foreigners, or somebody else."""
    OPEN = 2
    """Nothing follows: one of them is missing, or a single word that the other has not."""
    MISSPELT = 3
    """Names that differ by a letter, or by the end of one word: believed only at one address."""
    PARTIAL = 4
    """A single word that is part of the other: "Jane" and "Jane Roe"."""
    INITIALLED = 5
    """The same surname, and the initials fit: "J. Roe" and "Jane Roe"."""
    WITHIN = 6
    """One has words that the other leaves out: "Jane Ann Roe" and "Jane Roe"."""
    SHORTENED = 7
    """The same but for a nickname: "Bob Roe" and "Robert Roe"."""
    SAME = 8
    """The same words, in whatever order, and middle initials that do not contradict."""


def likeness(one: Name, other: Name) -> Likeness:
    """Compare two names.

    Parameters
    ----------
    one, other : Name
        As `parse_name` gives them; the order does not matter.

    Returns
    -------
    Likeness
        The best that can be said of them.

    Examples
    --------
    >>> from dcactivity.people.names import parse_name
    >>> likeness(parse_name("Roe, Jane"), parse_name("Jane Q. Roe")).name
    'SAME'
    >>> likeness(parse_name("Jane Roe"), parse_name("John Roe")).name
    'DIFFERENT'
    """
    if one.key == other.key:
        return Likeness.SAME if one.words else Likeness.OPEN
    if one.is_single and other.is_single:
        return Likeness.MISSPELT if is_misspelt(one.key, other.key) else Likeness.OPEN
    best = _compare(one, one.words, other, other.words)
    if best < Likeness.WITHIN and (one.umlauts or other.umlauts):
        for words in {one.words, one.umlauts or one.words}:
            for others in {other.words, other.umlauts or other.words}:
                best = max(best, _compare(one, words, other, others))
    return best


def _compare(one: Name, words: tuple[str, ...], other: Name, others: tuple[str, ...]) -> Likeness:
    if not words or not others or one.office != other.office:
        return Likeness.OPEN
    if sorted(words) == sorted(others):
        return Likeness.SAME
    if one.office:
        return Likeness.DIFFERENT
    if _script(words) != _script(others):
        return Likeness.OPEN
    if len(words) != len(others) and _is_written_together(words, others):
        return Likeness.SAME
    left, right, shortened = _unmatched(words, others)
    if one.is_single or other.is_single:
        return Likeness.OPEN if left and right else Likeness.PARTIAL
    if any(word.isdecimal() for word in (*left, *right)):
        return Likeness.DIFFERENT  # "Jane Roe 2" was numbered to be told from another
    if not left or not right:
        return _contained((*left, *right), shortened, one, other)
    if is_misspelt("".join(words), "".join(others)) or _is_cut(left, right):
        return Likeness.MISSPELT
    if {words[0], others[0]} & {words[-1], others[-1]} & set(words) & set(others):
        return Likeness.RENAMED  # "Wei Chen" in one order, "Chen Xiaowei" in the other
    initials_alone = all(len(word) == 1 for word in (*left, *right))  # "A. B. Roe", "A. C. Roe"
    if words[0] != others[0] or len(words[0]) == 1 or initials_alone:
        return Likeness.DIFFERENT
    return Likeness.RENAMED


def _script(words: tuple[str, ...]) -> bool:
    """Tell Latin letters from others; a name in two scripts cannot be compared."""
    return any(word.isascii() for word in words)


def _is_written_together(words: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Tell whether one is the other without a space: "Jean Noel" and "Jeannoel"."""
    few, many = sorted((words, others), key=len)
    return "".join(few) in {"".join(many), "".join((many[-1], *many[:-1]))}


def _contained(rest: tuple[str, ...], shortened: bool, one: Name, other: Name) -> Likeness:
    """Judge names of which one holds all words of the other, `rest` being what it has more."""
    if one.is_initialled or other.is_initialled:
        return Likeness.INITIALLED
    if any(len(word) > 1 for word in rest):
        return Likeness.WITHIN
    return Likeness.SHORTENED if shortened else Likeness.SAME


def _unmatched(
    words: tuple[str, ...], others: tuple[str, ...]
) -> tuple[list[str], list[str], bool]:
    """Take away, word by word, what the names have in common: equal, short for, initial of."""
    left, right, shortened = list(words), list(others), False
    for fits in (str.__eq__, _is_short_for, _is_initial):
        for word in tuple(left):
            match = next((candidate for candidate in right if fits(word, candidate)), None)
            if match is not None:
                left.remove(word)
                right.remove(match)
                shortened |= fits is _is_short_for
    return left, right, shortened


def _is_short_for(one: str, other: str) -> bool:
    same: bool = NICKNAMES.get(one, one) == NICKNAMES.get(other, other)
    return same


def _is_initial(one: str, other: str) -> bool:
    return (len(one) == 1 or len(other) == 1) and one[0] == other[0]


def _is_cut(left: list[str], right: list[str]) -> bool:
    """Tell whether the one word that differs is cut from another: "Zach Roe", "Zachariah Roe"."""
    few, many = sorted((left, right), key=len)
    return len(few) == 1 and any(
        int(Prefix.similarity(few[0], word)) >= max(3, min(len(few[0]), len(word)) - 1)
        for word in many
    )


def are_told_together(one: Name, other: Name, spelling: str) -> bool:
    """Tell whether a local part speaks of one person by two names with the same surname.

    Parameters
    ----------
    one, other : Name
        Two names at one address; other given names are likely a couple's, or relatives'.
    spelling : str
        The local part, letters and digits.

    Returns
    -------
    bool
        True for "Jane Roe" and "Mei Lan Roe" at ``janerml@``: the given name of the one and all
        initials of the other, three or more, and nothing else. So write people who go by another
        given name abroad.
    """
    letters = spelling.rstrip("0123456789")
    for name, initialled in ((one, other), (other, one)):
        given = name.long[0] if name.is_full else ""
        wanted = sorted(word[0] for word in initialled.words)
        if len(wanted) < _INITIALS or len(given) < _INITIALS or given in initialled.words:
            continue
        if name.long[-1] in initialled.words and any(
            sorted(rest) == wanted
            for rest in (letters.removeprefix(given), letters.removesuffix(given))
        ):
            return True
    return False


def is_misspelt(one: str, other: str) -> bool:
    """Tell whether two spellings may be the same word with a slip of the finger.

    Parameters
    ----------
    one, other : str
        Letters and digits, folded.

    Returns
    -------
    bool
        At most one slip in eight letters, two letters exchanged being one slip (optimal string
        alignment); spellings that differ in digits are never misspelt.
    """
    longest = max(len(one), len(other))
    if abs(len(one) - len(other)) > 2 or longest < 5:
        return False
    if [c for c in one if c.isdecimal()] != [c for c in other if c.isdecimal()]:
        return False
    slips = longest // 8 + (longest < 8)
    distance: int = OSA.distance(one, other, score_cutoff=slips)
    return bool(distance <= slips)
