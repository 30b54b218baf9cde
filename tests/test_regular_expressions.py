"""No regular expression of the package can be made to run for long by the text it meets."""

from __future__ import annotations

import ast
import collections
import importlib
import pkgutil
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import dcactivity
from dcactivity.archives import marks
from dcactivity.web.placing import is_matched

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import sre_parse  # the same grammar as re's; the module's new name is private

ROOT = Path(dcactivity.__file__).parent
METHODS = {
    "contains": "finditer", "extract": "finditer", "findall": "finditer", "finditer": "finditer",
    "fullmatch": "fullmatch", "match": "match", "replace": "finditer", "search": "finditer",
    "split": "finditer", "sub": "finditer",
}  # fmt: skip
SHORT, LONG = 1 << 10, 1 << 13
BUDGET = 0.25
"""Seconds after which a longer text is not tried any more."""
MOST = 100
"""How many times longer than plain reading of a text a match in it may take."""
BOUNDED = {
    "dcactivity.people.names._ADDRESS": 200,  # names are cut before they are looked at
    "dcactivity.people.names._APPENDED": 200,
    "dcactivity.archives.dates._FORMS": 400,  # so are dates
}
"""Longest text that a pattern meets, where the module cuts what it reads."""


def modules() -> Iterator[str]:
    for found in pkgutil.walk_packages([str(ROOT)], "dcactivity."):
        yield found.name


def held(value: object, depth: int = 3) -> Iterator[re.Pattern[Any]]:
    """Find the compiled patterns in a value, however it keeps them."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, dict):
        for one in value.values():
            yield from held(one, depth - 1)
    elif depth and isinstance(value, (list, tuple, set, frozenset)):
        for one in value:
            yield from held(one, depth - 1)
    elif depth and type(value).__module__.startswith("dcactivity"):
        for name in getattr(value, "__dataclass_fields__", ()):
            yield from held(getattr(value, name, None), depth - 1)


def calls(path: Path) -> Iterator[tuple[str, str, object]]:
    """Find calls like ``re.sub("…", …)`` and ``_NAME.fullmatch(…)``: owner, method, argument."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value).rpartition(".")
            first = node.args[0] if node.args else None
            value = first.value if isinstance(first, ast.Constant) else None
            yield owner[2], node.func.attr, value


def patterns() -> dict[str, tuple[re.Pattern[Any], str]]:
    """Collect every regular expression of the package, and the widest way in which it is used.

    What is only ever matched from the start of a text can take quadratically less long than
    what is looked for at every place of it.
    """
    found: dict[str, tuple[re.Pattern[Any], str]] = {}
    used: dict[str, set[str]] = {}
    for path in ROOT.rglob("*.py"):
        for owner, method, value in calls(path):
            if method in METHODS and isinstance(value, (str, bytes)) and owner in {"re", "str"}:
                found[f"{value!r} {method}"] = (re.compile(value), METHODS[method])
            elif method in METHODS:
                used.setdefault(owner, set()).add(METHODS[method])
    for name in modules():
        for label, value in vars(importlib.import_module(name)).items():
            for pattern in held(value):
                ways = used.get(label, {"finditer"})
                way = next(way for way in ("finditer", "match", "fullmatch") if way in ways)
                found[f"{name}.{label} {pattern.pattern!r}"] = (pattern, way)
    for rule in marks.rules():  # automated.toml: its patterns are matched from the start
        for text in (*rule.match.values(), *rule.unless.values()):
            pattern = re.compile(text, re.IGNORECASE | re.DOTALL)
            found[f"automated.toml {text!r}"] = (pattern, "match")
    return found


def sample(tree: Any, repeats: list[str], before: str = "") -> str:
    """Write a text that a parsed pattern matches, and note what its repetitions can be fed."""
    out = before
    for op, value in tree:
        name = str(op)
        if name == "LITERAL":
            out += chr(value)
        elif name in {"NOT_LITERAL", "ANY", "CATEGORY"}:
            out += "b" if name != "CATEGORY" else category(str(value))
        elif name == "IN":
            out += member(value)
        elif name in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
            low, high, body = value
            one = sample(body, repeats)
            if one and high > 16:
                repeats += [f"{out}\0{one}", *(f"{out}\0{x}" for x in alternatives(body))]
            out += one * max(low, 1 if high else 0)
        elif name == "BRANCH":
            texts = [sample(one, repeats) for one in value[1]]
            out += texts[0]
        elif name == "SUBPATTERN":
            out += sample(value[3], repeats)
        elif name == "ATOMIC_GROUP":
            out += sample(value, repeats)
    return out


def alternatives(body: Any) -> list[str]:
    """Write further texts that one turn of a repetition matches."""
    if len(body) == 1 and str(body[0][0]) == "IN":
        some = {member([one]) for one in body[0][1] if str(one[0]) != "NEGATE"}
        return sorted(some | {" ", "a", "1", "\n"})[:8]
    if len(body) == 1 and str(body[0][0]) == "SUBPATTERN":
        return alternatives(body[0][1][3])
    if len(body) == 1 and str(body[0][0]) == "BRANCH":
        return [sample(one, []) for one in body[0][1][1]]
    return []


def category(name: str) -> str:
    return {"CATEGORY_SPACE": " ", "CATEGORY_DIGIT": "1", "CATEGORY_NOT_WORD": "-"}.get(name, "a")


def member(values: Any) -> str:
    """Choose a character of a class."""
    name, value = str(values[0][0]), values[0][1]
    if name == "NEGATE":
        inner = re.compile("[^\n]")
        taken = {chr(v) for op, v in values[1:] if str(op) == "LITERAL"}
        return next(x for x in "b1 -<(" if x not in taken and inner.match(x))
    if name == "RANGE":
        return chr(value[0])
    return category(str(value)) if name == "CATEGORY" else chr(value)


def attacks(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str]]:
    """Yield what to begin with and what to repeat, so that a match nearly succeeds for long."""
    text = pattern.pattern
    tree = sre_parse.parse(text, pattern.flags)
    repeats: list[str] = []
    whole = sample(tree, repeats)
    seen = set()
    for one in repeats:
        before, _, pump = one.partition("\0")
        for item in ((before, pump), ("", before + pump), ("", pump)):
            if item[1] and item not in seen:
                seen.add(item)
                yield item
    if whole:
        yield "", whole
        yield "", whole[:-1] or whole


def seconds(pattern: re.Pattern[Any], way: str, begin: str, pump: str, size: int) -> float:
    """Take the shorter time of two runs over a text of about that size."""
    text: Any = begin + pump * (size // len(pump)) + "\x01!"
    if isinstance(pattern.pattern, bytes):
        text = text.encode("latin-1", "replace")
    times = []
    for _ in range(2):
        start = time.perf_counter()
        found = getattr(pattern, way)(text)
        if way == "finditer":
            collections.deque(found, 0)
        times.append(time.perf_counter() - start)
        if times[0] > BUDGET:
            break
    return min(times)


def worst(pattern: re.Pattern[Any], way: str, most: int = LONG) -> tuple[float, int, str]:
    """Find the longest time, at which size, and the text that took it."""
    found = (0.0, SHORT, "")
    for begin, pump in attacks(pattern):
        for size in (min(SHORT, most), most):
            taken = seconds(pattern, way, begin, pump, size)
            found = max(found, (taken, size, f"{begin!r} {pump!r}"))
            if taken > BUDGET:
                return found
    return found


PATTERNS = patterns()
PLAIN = re.compile("[^a-z]|[a-z]")


@pytest.mark.parametrize("name", sorted(PATTERNS), ids=lambda name: name[:60])
def test_no_text_makes_it_run_for_long(name: str) -> None:
    pattern, way = PATTERNS[name]
    most = BOUNDED.get(name.partition(" ")[0], LONG)
    plain = seconds(PLAIN, "finditer", "", "a", LONG)
    for _ in range(3):  # other work on the machine must not decide
        taken, size, text = worst(pattern, way, most)
        if taken <= MOST * plain:
            break
    assert taken <= MOST * plain, f"{size} characters of {text}: {taken / plain:.0f} times"


@pytest.mark.parametrize(
    "slow", [r"(a+)+$", r"\s*(.*?)\s*<x>", r"(?:a|a)*b", r"[\w.]+@\w+", r"(\w+\s?)*;"]
)
def test_a_pattern_that_can_be_made_to_run_for_long_is_found(slow: str) -> None:
    program = (
        "import re\nfrom tests.test_regular_expressions import worst\n"
        f"print(worst(re.compile({slow!r}), 'finditer')[0])"
    )
    plain = seconds(PLAIN, "finditer", "", "a", LONG)
    try:  # some would run until the end of days
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program],
            timeout=8, capture_output=True, text=True, check=True, cwd=ROOT.parent,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return
    assert float(done.stdout) > MOST * plain


ELSEWHERE = {
    "marks.py": "the patterns of automated.toml, which are all tried",
    "placing.py": "globs of the registry, which a test of their own tries",
}
"""Where a pattern is no constant of a module, and why it is tried all the same."""


def test_no_pattern_is_made_where_the_search_does_not_see_it() -> None:
    for path in ROOT.rglob("*.py"):
        tree = ast.parse(path.read_text())
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        inside = {id(node) for function in functions for node in ast.walk(function)}
        for node in ast.walk(tree):
            made = isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.")
            if made and id(node) in inside and node.func.attr in {*METHODS, "compile"}:
                assert isinstance(node.args[0], ast.Constant) or path.name in ELSEWHERE, path


def test_a_glob_of_a_registry_takes_no_time() -> None:
    glob = "x/" + "*a" * 60 + "b"
    begun = time.perf_counter()
    assert not is_matched(Path("/r/x") / ("a" * 255), Path("/r"), [glob])
    deep = Path("/r/x").joinpath(*["y"] * 60)
    assert not is_matched(deep, Path("/r"), ["/".join(["**"] * 12) + "/z"])
    assert time.perf_counter() - begun < 1


def test_every_pattern_of_the_sources_is_tried() -> None:
    texts = {str(pattern.pattern) for pattern, _ in PATTERNS.values()}
    for path in ROOT.rglob("*.py"):
        for owner, method, value in calls(path):
            if owner == "re" and method == "compile" and isinstance(value, (str, bytes)):
                assert str(value) in texts, path
    assert len(PATTERNS) > 150
