"""From an affiliation as it was written to a coalition of the registry."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dcactivity.coalitions import Coalition

__all__ = ["Matcher"]

# Of 100. Among the names of the 33 real coalitions in data/igf the two nearest (on schools and
# on youth) reach 81; names with one or two slips of the pen reach 93 and more.
_ALIKE = 90
# A name that is nearly as near to a second coalition is not told apart by a slip of the pen.
_LEAD = 8
# Below this many letters a slip makes another abbreviation: those must be the same.
_SHORTEST = 8

_FILLING = frozenset({"a", "and", "coalition", "dc", "dynamic", "for", "in", "of", "on", "the"})
_ROLES = re.compile(
    r"(?i)^(?:co-?)?(?:chair|coordinator|facilitator|secretariat|member)\b[ ,:of]*"
)


class Matcher:
    """Knows the names, abbreviations and aliases of all coalitions.

    Parameters
    ----------
    coalitions : iterable of Coalition
        Of the registry.

    Notes
    -----
    First the same words, leaving out "dynamic coalition on" and the like; then the same
    letters, for abbreviations; then the likeness of the sorted words
    (``rapidfuzz.fuzz.token_sort_ratio``), at least 90 of 100 and 8 above the next coalition's.
    """

    def __init__(self, coalitions: Iterable[Coalition]) -> None:
        self._words: dict[str, set[str]] = {}
        self._letters: dict[str, set[str]] = {}
        self._long: list[tuple[str, str]] = []
        for entry in coalitions:
            for name in (entry.name, *entry.aliases, entry.slug):
                words = _words(name)
                self._words.setdefault(words, set()).add(entry.slug)
                self._letters.setdefault(_letters(name), set()).add(entry.slug)
                if len(words) >= _SHORTEST:
                    self._long.append((words, entry.slug))

    def match(self, text: str) -> set[str]:
        """Find the coalitions that an affiliation names.

        Parameters
        ----------
        text : str
            As it was written: a name, an abbreviation, a name with the abbreviation behind it,
            or several of them.

        Returns
        -------
        set of str
            Slugs; empty where none is named.
        """
        whole = self._one(text)
        if whole:
            return {whole}
        inside = re.findall(r"\(([^()]+)\)", text)
        outside = re.sub(r"\([^()]*\)", " ", text)
        parts = [
            part for piece in (outside, *inside) for part in re.split(r"[/;&,|]| and ", piece)
        ]
        return {slug for slug in map(self._one, (outside, *parts)) if slug}

    def _one(self, text: str) -> str | None:
        text = _ROLES.sub("", text.strip())
        for known, key in ((self._words, _words(text)), (self._letters, _letters(text))):
            slugs = known.get(key, set()) if key else set()
            if len(slugs) == 1:
                return next(iter(slugs))
        return self._alike(_words(text))

    def _alike(self, words: str) -> str | None:
        from rapidfuzz import fuzz

        if len(words) < _SHORTEST:
            return None
        best: dict[str, float] = {}
        for name, slug in self._long:
            best[slug] = max(best.get(slug, 0), fuzz.token_sort_ratio(words, name))
        ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))[:2]
        if not ranked or ranked[0][1] < _ALIKE:
            return None
        if len(ranked) == 2 and ranked[0][1] - ranked[1][1] < _LEAD:
            return None
        return ranked[0][0]


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def _words(text: str) -> str:
    words = re.findall(r"\w+", _folded(text))
    return " ".join(word for word in words if word not in _FILLING)


def _letters(text: str) -> str:
    """Take an abbreviation's letters: DC-IoT, DC IoT and DCIOT are the same."""
    return re.sub(r"\W+", "", _folded(text))
