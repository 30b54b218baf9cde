"""How the tables of ``coalitions.toml`` become entries, each checked."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path

from dcactivity.checks import describe, is_usual, unknown_key
from dcactivity.coalitions import Body, Coalition, CoordinationList, MailingList, slugify
from dcactivity.errors import RegistryError

__all__ = ["RegistryReader"]

_SLUG = re.compile(r"[a-z0-9-]+", re.ASCII)
_MOST_DEEP = 2
"""How often ``**`` may stand in a glob: each makes the search longer by the depth of folders."""


class RegistryReader:
    """Turns tables into entries, and knows where it stands when something is wrong.

    Parameters
    ----------
    path : Path
        The file, named in errors.
    iso_dates : bool
        Whether a date may be a text, as in JSON; in TOML it is written without quotes.
    """

    def __init__(self, path: Path, *, iso_dates: bool) -> None:
        self.path = path
        self.iso_dates = iso_dates

    def read(self, data: Mapping[str, object]) -> tuple[Body, tuple[Coalition, ...]]:
        """Check the tables of a whole file and turn them into entries.

        Parameters
        ----------
        data : dict
            What the file says.

        Returns
        -------
        tuple of Body and tuple of Coalition
            The entries, in the order of the file.

        Raises
        ------
        RegistryError
            Something in it cannot be followed.
        """
        self._known(data, "", ("body", "coalition"))
        coalitions = tuple(
            self._coalition(table, where) for table, where in self._tables(data, "", "coalition")
        )
        self._distinct((c.slug for c in coalitions), "coalition[{}].slug", "slug")
        slugs = [c.slug for c in coalitions]
        for i, entry in enumerate(coalitions):
            if entry.successor is not None and entry.successor not in slugs:
                raise self._wrong(
                    f"coalition[{i}].successor",
                    f"{describe(entry.successor)} is no coalition of this file",
                    unknown_key(entry.successor, slugs),
                )
            if entry.successor == entry.slug:
                raise self._wrong(
                    f"coalition[{i}].successor", "a coalition cannot follow itself", "leave it out"
                )
        return self._body(data), coalitions

    def _body(self, data: Mapping[str, object]) -> Body:
        if "body" not in data:
            return Body()
        table = data["body"]
        if not isinstance(table, dict):
            raise self._wrong("body", f"found {describe(table)}", "write it as a table [body]")
        self._known(table, "body", (f.name for f in fields(Body)))
        lists = []
        for item, where in self._tables(table, "body", "coordination_lists"):
            self._known(item, where, (f.name for f in fields(CoordinationList)))
            lists.append(
                CoordinationList(
                    address=self._address(item, where, "address"),
                    tag=self._text(item, where, "tag"),
                    archives=self._globs(item, where, "archives"),
                )
            )
        addresses = self._texts(table, "body", "addresses")
        for i, address in enumerate(addresses):
            self._check_address(address, f"body.addresses[{i}]")
        return Body(self._text(table, "body", "name"), addresses, tuple(lists))

    def _coalition(self, table: Mapping[str, object], where: str) -> Coalition:
        names = ["list" if f.name == "lists" else f.name for f in fields(Coalition)]
        self._known(table, where, names)
        slug = self._text(table, where, "slug")
        if slug is None:
            raise self._wrong(f"{where}.slug", "is missing", 'give one, such as "dc-example"')
        if not _SLUG.fullmatch(slug):
            raise self._wrong(
                f"{where}.slug",
                f"found {describe(slug)}",
                f'only a-z, 0-9 and hyphens may stand in it, such as "{slugify(slug)}"',
            )
        lists = tuple(
            self._list(item, place) for item, place in self._tables(table, where, "list")
        )
        addresses = ((x.address or "").casefold() for x in lists)
        self._distinct(addresses, where + ".list[{}].address", "address")
        recognised = self._date(table, where, "recognised")
        ended = self._date(table, where, "ended")
        if recognised and ended and ended < recognised:
            raise self._wrong(
                f"{where}.ended",
                f"found {describe(ended)}, before it was recognised on {recognised}",
                "one of the two dates must be another",
            )
        return Coalition(
            slug=slug,
            name=self._text(table, where, "name") or slug,
            aliases=self._texts(table, where, "aliases"),
            recognised=recognised,
            ended=ended,
            successor=self._text(table, where, "successor"),
            page=self._text(table, where, "page"),
            lists=lists,
        )

    def _list(self, table: Mapping[str, object], where: str) -> MailingList:
        self._known(table, where, (f.name for f in fields(MailingList)))
        return MailingList(
            address=self._address(table, where, "address"),
            archives=self._globs(table, where, "archives"),
            damaged=self._globs(table, where, "damaged"),
            retrieved=self._date(table, where, "retrieved"),
            archive_url=self._text(table, where, "archive_url"),
            subscribe_url=self._text(table, where, "subscribe_url"),
        )

    def _wrong(self, position: str, message: str, hint: str) -> RegistryError:
        return RegistryError(message, path=self.path, position=position, hint=hint)

    def _known(self, table: Mapping[str, object], where: str, known: Iterable[str]) -> None:
        names = list(known)
        for key in table:
            if key not in names:
                position = f"{where}.{key}" if where else str(key)
                raise self._wrong(position, "unknown key", unknown_key(str(key), names))

    def _distinct(self, values: Iterable[str], position: str, what: str) -> None:
        seen: dict[str, int] = {}
        for i, value in enumerate(values):
            if value and value in seen:
                raise self._wrong(
                    position.format(i),
                    f"found {describe(value)}, which {position.format(seen[value])} has already",
                    f"give each its own {what}",
                )
            seen[value] = i

    def _tables(
        self, table: Mapping[str, object], where: str, key: str
    ) -> Iterable[tuple[dict[str, object], str]]:
        position = f"{where}.{key}" if where else key
        items = table.get(key, [])
        # "list" inside "coalition" is headed [[coalition.list]]
        header = re.sub(r"\[\d+\]", "", position)
        right = f"write each as a table [[{header}]]"
        if not isinstance(items, list):
            raise self._wrong(position, f"found {describe(items)}", right)
        for i, item in enumerate(items):
            if not isinstance(item, dict):
                raise self._wrong(f"{position}[{i}]", f"found {describe(item)}", right)
            yield item, f"{position}[{i}]"

    def _text(self, table: Mapping[str, object], where: str, key: str) -> str | None:
        value = table.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            right = "it must be a text in quotes that is not empty, or be left out"
            raise self._wrong(f"{where}.{key}", f"found {describe(value)}", right)
        return value.strip()

    def _texts(self, table: Mapping[str, object], where: str, key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        right = 'it must be a list of texts, such as ["..."]'
        if not isinstance(value, list):
            raise self._wrong(f"{where}.{key}", f"found {describe(value)}", right)
        for i, item in enumerate(value):
            if not isinstance(item, str) or not item.strip():
                raise self._wrong(f"{where}.{key}[{i}]", f"found {describe(item)}", right)
        return tuple(item.strip() for item in value)

    def _address(self, table: Mapping[str, object], where: str, key: str) -> str | None:
        value = self._text(table, where, key)
        if value is not None:
            self._check_address(value, f"{where}.{key}")
        return value

    def _check_address(self, value: str, position: str) -> None:
        local, _, host = value.rpartition("@")
        if not local or not host or any(c.isspace() or c in "<>" for c in value):
            right = "it must be an address such as dc-example@lists.example.org, or be left out"
            raise self._wrong(position, f"found {describe(value)}", right)

    def _globs(self, table: Mapping[str, object], where: str, key: str) -> tuple[str, ...]:
        globs = self._texts(table, where, key)
        for i, glob in enumerate(globs):
            # Both separators: the same file may be read on another system. Not so what a store
            # keeps of a folder without a registry, in which names may begin with anything.
            is_here = self.iso_dates and os.name == "posix"
            parts = glob.split("/") if is_here else re.split(r"[/\\]", glob)
            has_drive = not is_here and re.match(r"[A-Za-z]:", glob) is not None
            if "\0" in glob or not parts[0] or ".." in parts or has_drive:
                raise self._wrong(
                    f"{where}.{key}[{i}]",
                    f"{describe(glob)} leads out of the folder of this file",
                    'give it relative to that folder, without "..", such as "dc-example/*.mbox"',
                )
            if parts.count("**") > _MOST_DEEP:
                raise self._wrong(
                    f"{where}.{key}[{i}]",
                    f"{describe(glob)} looks through all folders more than twice",
                    "one ** stands for any number of folders; leave the others out",
                )
        return globs

    def _date(self, table: Mapping[str, object], where: str, key: str) -> dt.date | None:
        value = table.get(key)
        if value is None:
            return None
        day = value
        if self.iso_dates and isinstance(value, str):
            with contextlib.suppress(ValueError):
                day = dt.date.fromisoformat(value)
        if isinstance(day, dt.date) and not isinstance(day, dt.datetime) and is_usual(day):
            return day
        quoted = isinstance(value, str)
        right = f"write a date{' without quotes' if quoted else ''}, such as {key} = 2022-03-31"
        raise self._wrong(f"{where}.{key}", f"found {describe(value)}", right)
