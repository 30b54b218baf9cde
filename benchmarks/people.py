"""Measure how well persons are told, and how long it takes, in one run.

::

    python benchmarks/people.py [--labels ../shared/labels] [--sizes 10000 100000 1000000]

Prints pairwise precision, recall and the number of persons on label sets, naive rules beside
ours, then mean and worst of the same on random halves of the labelled people; then the seconds
of processor time for generated senders. Label files have the columns ``person_id``,
``alias_name`` and ``alias_email_masked``. The judgement: of all pairs of aliases, which are one
person in the labels, and which by the rule. git's own file is not complete, so pairs of one
normalised full name with different ids are left out there. What follows from such a pair is not:
where it joins two ids, their other aliases meet as well. The last column counts these among the
wrong pairs.

The names of the generated senders are syllables, borne as unevenly as real ones; a person has
up to three addresses and writes the name in seven ways. Generated senders show the speed and
nothing about precision.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import pandas as pd

from dcactivity.people import resolve_people

SETS = {"identity_git": True, "identity_sympy": False}
"""Label sets, and whether pairs of one full name with different ids are left out."""
HALVES = 20


@dataclass(frozen=True)
class Outcome:
    """How a rule does on labels."""

    precision: float
    recall: float
    persons: float
    wrong: float
    implied: float
    """Wrong pairs that follow from pairs left out."""


def main() -> None:
    """Parse the arguments, run, and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    shared = Path(__file__).resolve().parents[2] / "shared" / "labels"
    parser.add_argument("--labels", type=Path, default=shared, help="folder of the label sets")
    parser.add_argument("--sizes", type=int, nargs="*", default=[10_000, 100_000, 1_000_000])
    arguments = parser.parse_args()
    if arguments.labels.is_dir():
        show_labels(arguments.labels)
    show_times(arguments.sizes)


def show_labels(folder: Path) -> None:
    print("| set | rule | precision | recall | persons | wrong pairs | implied |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for name, is_open in SETS.items():
        labels = pd.read_csv(folder / f"{name}.csv", keep_default_na=False)
        for rule, resolved in RULES.items():
            row(name, rule, judge(labels, resolved(labels), same_name_is_open=is_open))
        ids = sorted(set(labels["person_id"]))
        outcomes = []
        for seed in range(HALVES):
            kept = random.Random(seed).sample(ids, len(ids) // 2)
            half = labels[labels["person_id"].isin(kept)].reset_index(drop=True)
            outcomes.append(judge(half, ours(half), same_name_is_open=is_open))
        halves = pd.DataFrame(outcomes)
        row(name, f"the same, mean of {HALVES} random halves", Outcome(*halves.mean()))
        worst = halves.max()
        worst[["precision", "recall"]] = halves[["precision", "recall"]].min()
        worst["persons"] = max(halves["persons"], key=abs)
        row(name, f"the same, worst of {HALVES} random halves", Outcome(*worst))
    print()


def row(name: str, rule: str, outcome: Outcome) -> None:
    print(
        f"| {name} | {rule} | {outcome.precision:.3f} | {outcome.recall:.3f} "
        f"| {outcome.persons:+.1%} | {outcome.wrong:g} | {outcome.implied:g} |"
    )


def judge(labels: pd.DataFrame, person: Iterable[Hashable], *, same_name_is_open: bool) -> Outcome:
    """Hold persons against labels, pair by pair."""
    found, true = pairs(person), pairs(labels["person_id"])
    names = [plain(text) for text in labels["alias_name"]]
    left_out = {(a, b) for a, b in found - true if same_name_is_open and names[a] == names[b]}
    found -= left_out
    wrong = found - true
    linked = united(labels["person_id"], left_out)
    right = len(found & true)
    return Outcome(
        precision=right / max(1, len(found)),
        recall=right / max(1, len(true)),
        persons=len(set(person)) / labels["person_id"].nunique() - 1,
        wrong=len(wrong),
        implied=sum(linked[a] == linked[b] for a, b in wrong),
    )


def united(ids: Iterable[Hashable], joins: Iterable[tuple[int, int]]) -> list[int]:
    """Give equal numbers to what labels or further joined pairs put together, transitively."""
    first: dict[Hashable, int] = {}
    roots = [first.setdefault(one, i) for i, one in enumerate(ids)]
    for a, b in sorted(joins):
        low, high = sorted((roots[a], roots[b]))
        roots = [low if root == high else root for root in roots]
    return roots


def pairs(keys: Iterable[Hashable]) -> set[tuple[int, int]]:
    groups = defaultdict(list)
    for position, key in enumerate(keys):
        groups[key].append(position)
    return {pair for group in groups.values() for pair in combinations(group, 2)}


def plain(name: str) -> str:
    """Normalise a name as the labels' makers do: ASCII letters, lower case, sorted words."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return " ".join(sorted(re.findall(r"\w+", ascii_only)))


def ours(labels: pd.DataFrame) -> list[str]:
    senders = labels[["alias_name", "alias_email_masked"]]
    return list(resolve_people(senders.set_axis(["from_name", "from_address"], axis=1))["person"])


def naive(*, by_address: bool, by_name: bool) -> Callable[[pd.DataFrame], list[int]]:
    """Make a rule that joins whatever has the same address or the same name, transitively."""

    def resolved(labels: pd.DataFrame) -> list[int]:
        roots = list(range(len(labels)))

        def find(i: int) -> int:
            while roots[i] != i:
                i = roots[i]
            return i

        first: dict[tuple[str, str], int] = {}
        addresses = labels["alias_email_masked"].str.lower()
        for i, (name, address) in enumerate(zip(labels["alias_name"], addresses, strict=True)):
            keys = [("address", address)] * by_address + [("name", plain(name))] * by_name
            for key in keys:
                if key[1]:
                    roots[find(i)] = find(first.setdefault(key, i))
        return [find(i) for i in range(len(labels))]

    return resolved


RULES: dict[str, Callable[[pd.DataFrame], Iterable[Hashable]]] = {
    "same address": naive(by_address=True, by_name=False),
    "same name": naive(by_address=False, by_name=True),
    "same address or same name": naive(by_address=True, by_name=True),
    "resolve_people": ours,
}


def show_times(sizes: list[int]) -> None:
    print("| senders | persons | processor seconds | seconds | peak MB so far |")
    print("| ---: | ---: | ---: | ---: | ---: |")
    for size in sizes:
        senders = generated(size)
        clock, processor = time.perf_counter(), time.process_time()
        people = resolve_people(senders)
        processor, clock = time.process_time() - processor, time.perf_counter() - clock
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        persons = people["person"].nunique()
        print(
            f"| {size:,} | {persons:,} | {processor:.1f} | {clock:.1f} | {peak:,.0f} |", flush=True
        )


def generated(size: int, *, seed: int = 1) -> pd.DataFrame:
    """Make senders of invented people, all distinct or nearly so."""
    chance = random.Random(seed)
    onsets = [*"bcdfghjklmnprstvwz", "br", "ch", "dr", "gr", "kl", "kr", "pr", "sch", "st", "tr"]
    vowels = [*"aeiou", "ai", "ei", "ou"]

    def word(syllables: int) -> str:
        made = [chance.choice(onsets) + chance.choice(vowels) for _ in range(syllables)]
        return "".join(made) + chance.choice(["", "n", "r", "s", "k"])

    def pick(items: list[str]) -> str:
        return items[int(len(items) * chance.random() ** 3)]

    given = [word(chance.choice((1, 2, 2))).capitalize() for _ in range(3000)]
    surnames = [word(chance.choice((2, 2, 3))).capitalize() for _ in range(max(2000, size // 12))]
    domains = ["gmail.com", "yahoo.com", "gmx.de", "outlook.com"]
    domains += [f"{word(2)}.example" for _ in range(max(50, size // 60))]
    rows: list[tuple[str, str, str, int]] = []
    while len(rows) < size:
        first, last, number = pick(given), pick(surnames), len(rows)
        f, s = first.lower(), last.lower()
        names = [f"{first} {last}", f"{first} {last}", f"{last}, {first}", f"{first[0]}. {last}"]
        names += [f"{first} {chance.choice('ABCDEF')}. {last}", f + s, ""]
        locals_ = [f"{f}.{s}", f[0] + s, f, s, f + s[0], f"{f}{s}{chance.randrange(99)}", word(3)]
        rows += [
            (chance.choice(names), f"{chance.choice(locals_)}@{pick(domains)}",
             f"dc-{number % 200}", chance.randrange(1, 50))
            for _ in range(chance.choice((1, 1, 1, 2, 2, 3)))
        ]  # fmt: skip
    columns = ["from_name", "from_address", "coalition", "messages"]
    return pd.DataFrame(rows[:size], columns=columns)


if __name__ == "__main__":
    main()
