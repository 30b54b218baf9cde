"""A ``people.toml`` to edit: what is decided, and what could be."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from dcactivity.errors import InputError
from dcactivity.messages.store import write_atomically
from dcactivity.people.tables import doubts_table

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Mapping
    from pathlib import Path

    from dcactivity.people.aliases import Alias
    from dcactivity.people.overrides import Overrides
    from dcactivity.people.resolution import Resolution

__all__ = ["overrides_text", "write_overrides"]

_HEAD = """\
# people.toml: who is one person and who is not. It lies beside coalitions.toml and goes before
# every rule. An entry is an address (whatever name stands there), a name (wherever it stands),
# or both; with empty brackets whoever is known by that name alone:
#     "jane@example.org"    "Jane Roe"    "Jane Roe <jane@example.org>"    "Jane Roe <>"
# Lines that begin with # are proposals; take the # away where one is right.
"""
_SAME = "Each line names one person's addresses or names."
_DOUBTFUL = "Doubtful, not joined; the first matter most:"
_DIFFERENT = "Each line names senders of whom no two are one person."
_JOINED = "Joined by the rules, the weakest first; take the # away where that is wrong:"
_ROLE = "Addresses that several people use, and names that name nobody."
_SHARED = "Taken for such already:"


def overrides_text(overrides: Overrides, found: Resolution) -> str:
    """Write a ``people.toml``.

    Parameters
    ----------
    overrides : Overrides
        What is decided: it stands in the file as it is.
    found : Resolution
        What the rules made of the senders: it stands in the file as comments.

    Returns
    -------
    str
        TOML that reads back as `overrides`.
    """
    doubts = doubts_table(found)
    first: dict[str, str] = {}
    for alias, person in zip(found.aliases, found.persons, strict=True):
        first.setdefault(person, _entry(alias))
    same = [
        ([first[row["person_a"]], first[row["person_b"]]], _reason(row))
        for row in doubts.to_dict("records")
    ]
    joins = [
        (
            [_entry(found.aliases[pair.one]), _entry(found.aliases[pair.other])],
            f"{pair.evidence.rule}, {pair.evidence.score:.3g}",
        )
        for pair in reversed(found.joined.joins)
        if pair.evidence.rule not in {"people.toml", "same address"}
    ]
    shared = [([address], "") for address in sorted(found.shared - set(overrides.role))]
    return "\n".join(
        [
            _HEAD,
            *_block("same", _SAME, map(_list, overrides.same), _DOUBTFUL, same),
            *_block("different", _DIFFERENT, map(_list, overrides.different), _JOINED, joins),
            *_block("role", _ROLE, map(_quoted, overrides.role), _SHARED, shared),
        ]
    )


def write_overrides(path: Path, overrides: Overrides, found: Resolution) -> None:
    """Write a ``people.toml`` where there is none yet.

    Parameters
    ----------
    path : Path
        The file.
    overrides, found
        As for `overrides_text`.

    Raises
    ------
    InputError
        It is there already: somebody's comments may stand in it.
    """
    if path.exists():
        raise InputError(
            "is there already and is left as it is",
            path=path,
            hint="write to another file and bring over what is new",
        )
    write_atomically(path, overrides_text(overrides, found))


def _block(
    key: str,
    title: str,
    decided: Iterable[str],
    proposal: str,
    proposals: list[tuple[list[str], str]],
) -> Iterator[str]:
    yield f"# {title}"
    yield f"{key} = ["
    yield from (f"    {line}," for line in decided)
    if proposals:
        yield f"    # {proposal}"
    for entries, reason in proposals:
        line = _list(entries) if key != "role" else _quoted(entries[0])
        yield f"    # {line}," + (f"  # {_one_line(reason)}" if reason else "")
    yield "]"
    yield ""


def _entry(alias: Alias) -> str:
    """Name one alias and no other; "Jane Roe <>" is she who is known by name alone."""
    return f"{alias.shown_name} <{alias.shown_address}>".strip()


def _reason(row: Mapping[Hashable, object]) -> str:
    return f"{row['rule']}, {row['score']}; {row['evidence']}"


def _list(entries: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, entries))}]"


def _quoted(text: str) -> str:
    """Quote a text for TOML: JSON's escapes, and those of eight digits for what is not shown."""
    text = text.encode("utf-8", "replace").decode("utf-8")  # no lone surrogates
    return "".join(
        c if c.isprintable() else f"\\U{ord(c):08x}" for c in json.dumps(text, ensure_ascii=False)
    )


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
