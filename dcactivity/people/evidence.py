"""The weight of the evidence that two aliases are one person.

The model is that of Fellegi and Sunter: each piece of evidence adds the logarithm of how much
more often it is found with one person's aliases than with two persons'. Weights are in bits: at
3, one person is eight times as likely as two.

References
----------
Fellegi and Sunter, "A theory for record linkage", Journal of the American Statistical
Association 64 (1969).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dcactivity.people.likeness import Likeness, are_told_together, likeness

if TYPE_CHECKING:
    from dcactivity.people.aliases import Alias
    from dcactivity.people.names import Name
    from dcactivity.people.rarity import Crowd

__all__ = ["DOUBT", "JOIN", "TWO_NAMES", "Evidence", "Weigher", "abbreviated", "written_together"]

JOIN = 2.5
"""Bits from which two aliases are joined."""
DOUBT = -2.0
"""Bits from which two aliases that are not joined are worth a look."""
TWO_NAMES = "same address, which tells both names"
"""The one rule that joins names with other given names."""

_SECOND_ALIAS = math.log2(0.35)
"""Other aliases of the same name that the writer of one may be expected to have."""
_DEPENDENCE = 2.0
"""Words of a name are not drawn apart: one language's given names go with its surnames."""
_ONE_WORD = 10.0
"""Bits in a name of one word that is nobody's local part, at most."""
_BONUS = 2.0
"""Bits more where both call themselves what both local parts say."""
_DIGITS = re.compile(r"(?<!\d)\d+$")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why two aliases may be one person.

    Attributes
    ----------
    rule : str
        What they have in common.
    weight : float
        Bits.
    """

    rule: str
    weight: float

    @property
    def score(self) -> float:
        """The weight as a probability, when one person and two were equally likely."""
        return 1 / (1 + math.exp2(-max(-30.0, min(30.0, self.weight))))


def written_together(words: tuple[str, ...]) -> set[str]:
    """Give the spellings in which a whole full name is written as one word.

    Parameters
    ----------
    words : tuple of str
        The name's, more than initials.

    Returns
    -------
    set of str
        "janeroe", "roejane", and the same with what stands between.
    """
    first, last = words[0], words[-1]
    if len(words) == 2:
        return {first + last, last + first}
    whole = "".join(words)
    return {first + last, last + first, whole, last + "".join(words[:-1])}


def abbreviated(words: tuple[str, ...]) -> set[str]:
    """Give the spellings that shorten one word of a full name to its initial.

    Parameters
    ----------
    words : tuple of str
        The name's, more than initials.

    Returns
    -------
    set of str
        "jroe", "roej", "janer", "rjane".
    """
    first, last = words[0], words[-1]
    return {first[0] + last, last + first[0], first + last[0], last[0] + first}


class Weigher:
    """Weighs pairs of aliases of one crowd.

    Parameters
    ----------
    crowd : Crowd
        The people among whom they are compared.
    contested : set of str
        Addresses at which names stand that cannot be one person.
    shared : set of str
        Addresses that are nobody's own.
    """

    def __init__(self, crowd: Crowd, *, contested: set[str], shared: set[str]) -> None:
        self.crowd = crowd
        self.contested = contested
        self.shared = shared
        self._prior = _SECOND_ALIAS - math.log2(crowd.size)

    def by_name_alone(self, name: Name) -> float:
        """Weigh two aliases of the same name of which nothing else is known.

        Parameters
        ----------
        name : Name
            Full.

        Returns
        -------
        float
            Bits.
        """
        return self.crowd.name(name.words) - _DEPENDENCE + self._prior

    def by_spelling_alone(self, key: str) -> float:
        """Weigh two aliases that share a spelling, of which nothing else is known.

        Parameters
        ----------
        key : str
            A local part, a name of one word, or a surname after an initial ("j. roe").

        Returns
        -------
        float
            Bits; plenty where it is no word that people bear, with or without an initial.
        """
        initial, dot, surname = key.partition(". ")
        if dot:
            return self.crowd.name((initial, surname)) - _DEPENDENCE + self._prior
        letters = _DIGITS.sub("", key)
        if not any(map(self.crowd.is_word, (letters, letters[1:], letters[:-1]))):
            return DOUBT
        return self.crowd.spelling(key) + self._prior

    def weigh(self, one: Alias, other: Alias) -> Evidence | None:
        """Weigh all that speaks for two aliases being one person.

        Parameters
        ----------
        one, other : Alias
            Two of the crowd.

        Returns
        -------
        Evidence or None
            The rule that says most; None where none speaks for it.
        """
        like = likeness(one.name, other.name)
        if one.address.text == other.address.text and not one.is_hidden:
            return self._at_one_address(one, other, like)
        if like <= Likeness.RENAMED:
            return None
        is_name = like >= Likeness.INITIALLED and not (one.name.is_single or other.name.is_single)
        found = (
            self._by_name(one.name, other.name, like)
            if is_name
            else self._by_spelling(one, other, like)
        )
        if found is None:
            return None
        around = self._surroundings(one, other)
        if is_name:
            around -= self._elsewhere(one, other)
        elif any(a.name.is_single and self.crowd.is_word(a.name.key) for a in (one, other)):
            around = min(0.0, around)  # a given name alone is shared by many, in any coalition
        weight = found.weight + self._prior + around
        if self._are_apart(one, other):
            weight = min(weight, JOIN - 1)  # a name alone is a person within its coalition
        return Evidence(found.rule, weight)

    def _at_one_address(self, one: Alias, other: Alias, like: Likeness) -> Evidence | None:
        if one.address.text in self.shared:
            nameless = like is Likeness.OPEN and not (one.name.is_full or other.name.is_full)
            if nameless and (one.name.office or other.name.office):
                return Evidence("same office", 6.0)
            if like < Likeness.INITIALLED or one.name.is_single or other.name.is_single:
                return None
            found = self._by_name(one.name, other.name, like)
            weight = found.weight + self._prior + self._surroundings(one, other)
            return Evidence(found.rule, weight)
        if like is Likeness.DIFFERENT:
            if are_told_together(one.name, other.name, one.address.spelling):
                return Evidence(TWO_NAMES, 6.0)
            return Evidence("same address, unlike names", -1.0)
        if like <= Likeness.OPEN and one.address.text in self.contested:
            return Evidence("same address, of several persons", 0.0)
        return Evidence("same address", 6.0 if like is Likeness.RENAMED else 8.0 + like)

    def _by_name(self, one: Name, other: Name, like: Likeness) -> Evidence:
        """Count the words that both names have; what only one has speaks a little against."""
        few, many = sorted((one, other), key=lambda name: (len(name.words), name.key))
        apart = like in (Likeness.WITHIN, Likeness.SHORTENED)  # both are counted as bearers
        bits = self.crowd.name(few.words, others=1 + apart) - _DEPENDENCE
        if like is Likeness.INITIALLED:
            if not few.is_initialled:  # "Jane Roe" and "J. Q. Roe" share an initial, no more
                bits = self.crowd.name((few.words[0][0], *many.long)) - _DEPENDENCE - 0.5
            return Evidence("surname and initials", bits)
        if like is Likeness.WITHIN:
            # a surname that one lacks may be another family's: "Jane Ann", "Jane Ann Roe"
            bits -= 2.0 if few.words[-1] == many.words[-1] else 5.0
            return Evidence("name within name", bits)
        if like is Likeness.SHORTENED:
            return Evidence("nickname and surname", bits - 1.0)
        if few.words and sorted(few.words) != sorted(many.words):
            return Evidence("same name but for an initial", bits - 0.5)
        return Evidence("same name", bits)

    def _by_spelling(self, one: Alias, other: Alias, like: Likeness) -> Evidence | None:
        """Hold names of one word and local parts against names and each other."""
        best: Evidence | None = None
        for full, single in ((one, other), (other, one)):
            found = self._name_in_spelling(full, single) if full.name.is_full else None
            best = max(best, found, key=_weight) if best and found else best or found
        same = self._same_spelling(one, other)
        best = max(best, same, key=_weight) if best and same else best or same
        if best is None:
            return None
        named = one.name.words and other.name.words
        against = 3.0 if like is Likeness.OPEN and named and self._are_words(one, other) else 0.0
        return Evidence(best.rule, best.weight - against)

    def _name_in_spelling(self, full: Alias, single: Alias) -> Evidence | None:
        words = full.name.long
        if single.name.is_full:
            return None
        for spelling in sorted(self._spellings(single)):
            letters = _DIGITS.sub("", spelling)
            if {spelling, letters} & written_together(words):
                bits = self.crowd.name(words) - _DEPENDENCE - 1.0
                return Evidence("full name in one word", bits)
            if {spelling, letters} & abbreviated(words):
                word = max(words, key=lambda each: (each in letters, len(each)))
                return Evidence("initial and name in one word", self.crowd.word(word) + 1.5)
        return None

    def _same_spelling(self, one: Alias, other: Alias) -> Evidence | None:
        """Look for a login that both have, as local part or in place of a name."""
        same = self._spellings(one) & self._spellings(other)
        if not same:
            return None
        bits, word = max((self.crowd.spelling(each), each) for each in same)
        mine, theirs = (word in alias.name.words for alias in (one, other))
        here, there = (word == alias.address.spelling for alias in (one, other))
        if not (mine or theirs):
            return Evidence("same local part", bits)
        if not (here or there) and word.isalpha():
            bits = min(bits, _ONE_WORD)  # a given name, as far as one can see
        if here and there and mine and theirs:
            bits += _BONUS
        return Evidence("same name of one word", bits)

    @staticmethod
    def _spellings(alias: Alias) -> set[str]:
        """Give what an alias calls itself in one word: its name if that is one, its local part."""
        found = {alias.address.spelling} if not alias.address.is_role else set()
        if alias.name.is_single:
            found.add(alias.name.words[0])
        return found - {""}

    def _are_words(self, one: Alias, other: Alias) -> bool:
        """Tell whether both names consist of words that people bear, so that they contradict."""
        return all(self.crowd.is_word(word) for alias in (one, other) for word in alias.name.long)

    def _are_apart(self, one: Alias, other: Alias) -> bool:
        """Tell whether a hidden author is held against somebody of another coalition."""
        if not (one.is_hidden or other.is_hidden):
            return False
        return not one.coalitions & other.coalitions and bool(one.coalitions or other.coalitions)

    def _surroundings(self, one: Alias, other: Alias) -> float:
        """Weigh coalition, organisation and local part, which are no evidence by themselves."""
        bits = 0.0
        if one.coalitions and other.coalitions:
            shared = self.crowd.coalition
            bits += shared if one.coalitions & other.coalitions else -min(2.0, shared)
        here, there = one.address, other.address
        if here.organisation and here.organisation == there.organisation:
            bits += max(0.0, self.crowd.organisation(here.organisation) - 2.0)
        if here.is_role or there.is_role or not one.name.is_full or not other.name.is_full:
            return bits
        return bits + self._local_parts(one, other)

    def _elsewhere(self, one: Alias, other: Alias) -> float:
        """Say what two organisations speak against one person who bears both names."""
        here, there = one.address.organisation, other.address.organisation
        if not here or not there or here == there:
            return 0.0
        return 1.5 if min(map(self.crowd.organisation, (here, there))) > 5 else 0.0

    def _local_parts(self, one: Alias, other: Alias) -> float:
        """Weigh what local parts have in common beyond the name that both repeat."""
        here, there = one.address.spelling, other.address.spelling
        digits, others = _DIGITS.search(here), _DIGITS.search(there)
        if digits and others and digits[0] == others[0]:
            bits = min(8.0, 3.3 * len(digits[0]))
        else:
            bits = 0.0
        if here and here == there:
            letters = _DIGITS.sub("", here)
            words = one.name.long
            known = letters in words or letters in written_together(words) | abbreviated(words)
            bits = max(bits, 0.0 if known else min(10.0, self.crowd.spelling(here) / 2))
        return bits


def _weight(found: Evidence) -> float:
    return found.weight
