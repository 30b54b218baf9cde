"""The words of ``words.toml``, folded and at hand."""

from __future__ import annotations

import tomllib
from importlib import resources

__all__ = [
    "COMMONEST_SURNAMES",
    "COMMONPLACE",
    "COMMON_GIVEN",
    "COMMON_SURNAMES",
    "GENERIC",
    "LETTERS",
    "NICKNAMES",
    "OFFICES",
    "PARTICLES",
    "PROVIDERS",
    "ROLES",
    "TITLES",
]

_DATA = tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text("utf-8"))


def _words(key: str) -> frozenset[str]:
    return frozenset(_DATA[key].split())


TITLES = _words("titles")
PARTICLES = _words("particles")
GENERIC = _words("generic")
OFFICES = _words("offices")
ROLES = _words("roles")
COMMONPLACE = _words("commonplace")
PROVIDERS = _words("providers")
NICKNAMES: dict[str, str] = dict(pair.split(":") for pair in _DATA["nicknames"].split())
"""Short form to long form."""
COMMON_GIVEN = _words("common_given") | set(NICKNAMES) | set(NICKNAMES.values())
COMMONEST_SURNAMES = _words("commonest_surnames")
COMMON_SURNAMES = _words("common_surnames") | COMMONEST_SURNAMES
LETTERS = str.maketrans(_DATA["letters"])
"""For `str.translate`: letters that Unicode normalisation leaves as they are."""
