"""How much a name or a spelling says: the rarer, the more.

Everything is counted in bits: a name that one in 1,024 people bears holds 10.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING

from dcactivity.people.words import (
    COMMON_GIVEN,
    COMMON_SURNAMES,
    COMMONEST_SURNAMES,
    COMMONPLACE,
    GENERIC,
    PROVIDERS,
    ROLES,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dcactivity.people.aliases import Alias
    from dcactivity.people.names import Name

__all__ = ["Crowd"]

_FLOOR = 1024
"""A crowd of fewer people is judged as one of so many: it was drawn from a larger world."""
_COMMON = 2.0**-8.5
"""Share of people who bear a word of the lists of common given names and commonest surnames."""
_LESS_COMMON = 2.0**-10.5
"""The same of a word that stands only in the list of less common surnames."""
_UNCOMMON = 2.0**-15
"""The same of a word that does not, before anybody was seen to bear it."""
_ORGANISATION = 2.0**-9
"""Share of people at an organisation, before anybody was seen there."""
_PROVIDER = 2.0**-3
_LETTER, _DIGIT = 2.5, 3.0
"""Bits in a letter of a spelling, which may be a word or a name, and in a digit."""
_MIXED_LETTER = 3.0
"""Bits in a letter of a spelling that has digits, too: made up."""
_SHORT_LETTER, _SHORT = 4.0, 12.0
"""Bits in a letter of a spelling of four at most, and in all of it."""
_ACRONYM = 3.5
"""Bits more where such a spelling cannot be spoken: initials, which few use as a login."""
_UNSPOKEN = re.compile(r"[^aeiouy]{3,4}|[^aeiouy]{2}[aeiouy]|[aeiouy][^aeiouy]{2}")
_INITIAL = 3.5
_GIVEN_AS_SURNAME = 3.0
"""Bits more in a common given name where it stands in a surname's place."""
_MOST = 30.0
_BEGINNING = 3
"""Letters by which two given names beside one surname are told apart: "Alex", "Alexander"."""


class Crowd:
    """The people among whom two aliases are compared.

    Parameters
    ----------
    aliases : sequence of Alias
        All of them.
    """

    def __init__(self, aliases: Sequence[Alias]) -> None:
        names = {alias.name.key: alias.name for alias in aliases if alias.name.words}
        nameless = {alias.address.text for alias in aliases if not alias.name.words}
        self._words = _bearers(name for name in names.values() if name.is_full)
        self._logins = _logins(aliases)
        self._names = sum(name.is_full for name in names.values())
        self.size = max(_FLOOR, len(names) + len(nameless))
        people = {(a.address.organisation, a.name.key or a.address.text) for a in aliases}
        self._organisations = Counter(organisation for organisation, _ in people)
        self._people = len(people)
        shares = Counter(one for alias in aliases for one in alias.coalitions)
        total = sum(shares.values())
        self._coalition = (
            -math.log2(sum((n / total) ** 2 for n in shares.values())) if total else 0
        )
        self._cache: dict[str, float] = {}

    @property
    def coalition(self) -> float:
        """Bits in the fact that two strangers are seen in one coalition."""
        return min(5.0, self._coalition)

    def word(self, word: str, *, others: int = 1) -> float:
        """Bits in one word of a name.

        Parameters
        ----------
        word : str
            Folded.
        others : int, default 1
            How many of its bearers are not to be counted: the one that is asked about.

        Returns
        -------
        float
            From the share of its bearers among the distinct full names; before anybody was
            seen, from the lists of common names.
        """
        if len(word) == 1 and word.isascii():
            return _INITIAL
        if word in COMMON_GIVEN or word in COMMONEST_SURNAMES:
            before = _COMMON
        else:
            before = _LESS_COMMON if word in COMMON_SURNAMES else _UNCOMMON
        if not word.isascii() and len(word) == 1:
            before = 2.0**-6  # family names of one ideograph are few
        seen = max(0, self._words[word] - others)
        return -math.log2((seen + _FLOOR * before) / (self._names + _FLOOR))

    def name(self, words: Iterable[str], *, others: int = 1) -> float:
        """Bits in a name: the sum over its words, which are taken as drawn apart.

        Parameters
        ----------
        words : iterable of str
            Folded.
        others : int, default 1
            As for `word`.

        Returns
        -------
        float
            At most 30.
        """
        bits, given = 0.0, 0
        for word in words:
            bits += self.word(word, others=others)
            given += word in COMMON_GIVEN and word not in COMMON_SURNAMES
        return min(_MOST, bits + _GIVEN_AS_SURNAME * max(0, given - 1))

    def spelling(self, spelling: str) -> float:
        """Bits in a local part or in a name of one word.

        Parameters
        ----------
        spelling : str
            Letters and digits, folded.

        Returns
        -------
        float
            Those of the word where people bear it, with or without an initial; else by its
            length; 0 for what many have, such as "info" or "mail".
        """
        known = self._cache.get(spelling)
        if known is None:
            known = self._cache[spelling] = self._spelling(spelling)
        return known

    def _spelling(self, spelling: str) -> float:
        letters = "".join(c for c in spelling if not c.isdecimal())
        digits = _DIGIT * min(6, len(spelling) - len(letters))
        if len(self._logins.get(spelling, ())) > 1:
            return 0.0
        if not letters or letters in ROLES or letters in COMMONPLACE or letters in GENERIC:
            return digits if len(spelling) > 5 else 0.0
        bits = min(_SHORT, _SHORT_LETTER * len(letters))
        bits += _ACRONYM * bool(_UNSPOKEN.fullmatch(letters))
        if len(letters) > 4:
            bits = (_MIXED_LETTER if digits else _LETTER) * len(letters)
        if self.is_word(letters):
            bits = min(bits, self.word(letters, others=0))
        else:
            for word in (letters[1:], letters[:-1]):
                if len(word) > 2 and self.is_word(word):
                    bits = min(bits, self.word(word, others=0) + _INITIAL)
        return min(_MOST, bits + digits)

    def is_word(self, text: str) -> bool:
        """Whether somebody bears it as a word of a full name."""
        return text in self._words or text in COMMON_GIVEN or text in COMMON_SURNAMES

    def organisation(self, organisation: str) -> float:
        """Bits in the fact that two strangers write from one organisation."""
        before = _PROVIDER if organisation in PROVIDERS else _ORGANISATION
        share = (self._organisations[organisation] + _FLOOR * before) / (self._people + _FLOOR)
        return -math.log2(share)


def _bearers(names: Iterable[Name]) -> Counter[str]:
    """Count for each word its bearers: names that begin alike are taken for one person's."""
    seen = set()
    for name in names:
        first, last = name.long[0], name.long[-1]
        for word in name.long:
            seen.add(f"{word} {(last if word == first else first)[:_BEGINNING]}")
    return Counter(key.partition(" ")[0] for key in seen)


def _logins(aliases: Iterable[Alias]) -> dict[str, set[str]]:
    """Find for each local part the first words of the full names that do not show in it."""
    found: dict[str, set[str]] = {}
    for alias in aliases:
        spelling = alias.address.spelling
        if alias.name.is_full and spelling and not any(w in spelling for w in alias.name.long):
            found.setdefault(spelling, set()).add(alias.name.key[:3])
    return found
