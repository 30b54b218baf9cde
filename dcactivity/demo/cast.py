"""The imaginary people of the demo, and the dice that decide what they do."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

__all__ = ["CAST", "Dice", "Person"]

T = TypeVar("T")


class Dice:
    """Chance from a seed.

    Everything is built on `random.Random.random`, the one method whose sequence Python
    promises to keep from version to version.

    Parameters
    ----------
    seed : str
        Equal seeds give equal throws.
    """

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311  (repeatable on purpose)

    def chance(self, probability: float) -> bool:
        """Say yes with the given probability (0 to 1)."""
        return self._random.random() < probability

    def below(self, limit: int) -> int:
        """Draw a whole number from 0 to `limit` - 1."""
        return int(self._random.random() * limit)

    def pick(self, items: Sequence[T]) -> T:
        """Draw one item."""
        return items[self.below(len(items))]

    def pick_early(self, items: Sequence[T]) -> T:
        """Draw one item, the first ones far more often: few people write most of a list."""
        return items[int(self._random.random() ** 2.2 * len(items))]

    def count(self, mean: float) -> int:
        """Draw from the Poisson distribution of the given mean (0 to about 30)."""
        limit, drawn, product = math.exp(-mean), 0, self._random.random()
        while product > limit:
            drawn += 1
            product *= self._random.random()
        return drawn

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """Return the items in another order."""
        rest = list(items)
        return [rest.pop(self.below(len(rest))) for _ in range(len(items))]

    def hexadecimal(self, digits: int) -> str:
        """Draw so many hexadecimal digits."""
        return "".join("0123456789abcdef"[self.below(16)] for _ in range(digits))


@dataclass(frozen=True, slots=True)
class Person:
    """One imaginary writer.

    Parameters
    ----------
    name : str
        As the person writes it, in any script.
    addresses : tuple of str
        The first is the usual one.
    zone : int
        Minutes east of Greenwich.
    charset : str
        In which the mail program encodes the name.
    short : str
        How the name stands with the second address; empty: the same.
    """

    name: str
    addresses: tuple[str, ...]
    zone: int
    charset: str = "utf-8"
    short: str = ""


# Invented names in many scripts. Whoever bears one of them is not meant.
CAST = (
    Person("Ilka Tideholm", ("ilka.tideholm@uni.example", "ilka@tideholm.example"), 60),
    Person("Oyelaran Brightwater", ("oyelaran@ngo.example",), 60),
    Person("Señén Albarranca", ("senen@strict.example",), -180, "iso-8859-1"),
    Person("Þórdís Hvalvík", ("thordis@mail.example", "th.hvalvik@uni.example"), 0),
    Person("Заря Полянова", ("zarya@mail.example",), 180, "koi8-r"),
    Person("Nguyễn Sao Khuê", ("saokhue@uni.example", "khue.nguyen@example.org"), 420),
    Person("Wanjiru Kilimani", ("wanjiru@example.org",), 180, short="W. Kilimani"),
    Person("林曉嵐", ("lin.xiaolan@uni.example",), 480),
    Person("Tobiah Fennimoor", ("tobiah@fennimoor.example", "tfennimoor@example.net"), -300),
    Person("مها الساحلية", ("maha@ngo.example",), 120),
    Person("Aroha Ngaru-Moana", ("aroha@mail.example",), 765),
    Person("小川 灯里", ("akari@mail.example", "akari.ogawa@uni.example"), 540, "iso-2022-jp"),
    Person("Ελπίδα Φανούδη", ("elpida@example.net",), 120, "iso-8859-7"),
    Person("Chukwudi Udalaka", ("chukwudi@ngo.example", "c.udalaka@strict.example"), 60),
    Person("Wojciech Śnieżkowiak", ("wojciech@uni.example",), 60, "iso-8859-2"),
    Person("आशा नदीवाला", ("asha@example.org",), 330),
    Person("Kaimana Nalu", ("kaimana@strict.example",), -600, short="NALU, Kaimana"),
    Person("תמר גל־ים", ("tamar@uni.example",), 120),
    Person("Quetzalli Xochipan", ("quetzalli@strict.example",), -360),
    Person("한별하", ("byeolha@uni.example",), 540, "euc-kr"),
    Person("Maëlle Ruisselet", ("maelle@ngo.example", "m.ruisselet@example.net"), 60),
    Person("Temur Qorakoʻl", ("temur@strict.example",), 300),
    Person("กานดา ท้องธาร", ("kanda@mail.example",), 420),
    Person("Fatoumata Diamalaye", ("fatoumata@ngo.example",), 0, short="Fatou D."),
    Person("თამარ ზღვისპირელი", ("tamar.z@uni.example",), 240),
    Person("Jorrit van der Plasje", ("jorrit@example.net", "j.vdplasje@uni.example"), 60),
    Person("Անի Լեռնաձոր", ("ani@example.org",), 240),
    Person("Rosalía Peñaflor", ("rosalia@strict.example", "rosalia@uni.example"), -240),
    Person("ሰላም ወንዝ", ("selam@ngo.example",), 180),
    Person("Brannoc O'Keel", ("brannoc@strict.example",), 0),
    Person("Livia Căprioara", ("livia@uni.example",), 120),
    Person("நிலா கடற்கரை", ("nila@example.org",), 330),
    Person("Anders Fjordlykke", ("anders@mail.example",), 60, short="FJORDLYKKE Anders"),
    Person("陈溪石", ("chen.xishi@mail.example",), 480, "gb2312"),
    Person("Makena Ziwani", ("makena@uni.example", "makena@example.net"), 180),
    Person("Øystein Brattvåg", ("oystein@example.org",), 60, "iso-8859-1"),
)
