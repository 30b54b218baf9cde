"""The registry and the README of the demo."""

from __future__ import annotations

from dcactivity.demo.life import Coalition, Source
from dcactivity.demo.lives import COALITIONS
from dcactivity.demo.noise import BODY_ADDRESS

__all__ = ["MARKER", "readme", "registry"]

MARKER = "# dcactivity demo: synthetic archives of fictional coalitions"
"""First line of the registry, by which a demo is known."""

_README = """\
# Demo data: all of it is synthetic

No coalition, person, address or message here is real.
`dcactivity demo DIR` (or `python data/make_demo.py`) makes these files from a seed, the same
bytes each time; `SHA256SUMS` lists them (`sha256sum -c SHA256SUMS`).
Do not edit them: change the generator, `dcactivity/demo/`, and make them again.

The archives run from April 2014 to March 2022. Try them (DIR is this folder) with

    dcactivity report DIR --as-of 2022-03-31 --out out

Each coalition has its own life, in an archive of its own kind:

| coalition | life | archive | what it is and teaches |
|---|---|---|---|
{rows}

Found in several of them: names in many scripts, encoded in several charsets; people who write
from two addresses; body lines that begin with `From `; fields that name the list (List-Id,
List-Post, List-Archive, List-Subscribe), and lists that lack some of them; bulletins that reach
many lists under one Message-ID.

The figures say nothing about any real group, and the rates were chosen by hand, not estimated.
"""


def readme() -> str:
    """Write README.md: one line a coalition."""
    rows = (
        f"| {one.slug} | {one.life} | {'; new: '.join(source.form for source in one.sources)} "
        f"| {one.lesson} |"
        for one in COALITIONS
    )
    return _README.format(rows="\n".join(rows))


def registry() -> str:
    """Write coalitions.toml."""
    lines = [
        MARKER,
        "# No coalition, person or address in it is real. See README.md.",
        "",
        "[body]",
        'name = "Forum of Small Wonders"',
        f'addresses = ["{BODY_ADDRESS}"]',
    ]
    for coalition in COALITIONS:
        lines += [
            "",
            f"# {coalition.life}",
            "[[coalition]]",
            f'slug = "{coalition.slug}"',
            f'name = "{coalition.name}"',
        ]
        if coalition.aliases:
            lines.append(f"aliases = {_strings(coalition.aliases)}")
        lines += [
            f"recognised = {coalition.recognised}",
            f'page = "https://forum.example/coalitions/{coalition.slug}"',
        ]
        for source in coalition.sources:
            lines += _list_lines(coalition, source)
    return "\n".join(lines) + "\n"


def _list_lines(coalition: Coalition, source: Source) -> list[str]:
    lines = [
        "[[coalition.list]]",
        f'address = "{source.mailing_list.address}"',
        f"archives = {_strings(tuple(f'{coalition.slug}/{glob}' for glob in source.globs))}",
        f"retrieved = {source.retrieved}",
    ]
    if source.mailing_list.has_archive:
        lines.append(f'archive_url = "{source.mailing_list.archive_url}"')
    if source.mailing_list.has_subscribe:
        lines.append(f'subscribe_url = "{source.mailing_list.subscribe_url}"')
    return lines


def _strings(texts: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{text}"' for text in texts) + "]"
