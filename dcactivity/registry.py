"""The registry: which coalitions there are, which lists they have, where the archives lie.

A registry is the file ``coalitions.toml`` beside the archives. Everything in it but the slug
is optional; what is not known is left out. An address on the web is taken as it stands: one
that is not http(s) is shown as text later, and is no error here.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from dcactivity.checks import nearest, read_toml
from dcactivity.coalitions import Body, Coalition, CoordinationList, MailingList, slugify
from dcactivity.errors import MissingError, RegistryError
from dcactivity.registry_file import RegistryReader

__all__ = [
    "Body",
    "Coalition",
    "CoordinationList",
    "MailingList",
    "Registry",
    "slugify",
]

FILE_NAME = "coalitions.toml"


@dataclass(frozen=True, slots=True)
class Registry:
    """All coalitions, and the body they belong to.

    Parameters
    ----------
    body : Body
        Empty where the file says nothing of it.
    coalitions : tuple of Coalition
        In the order of the file.
    root : Path
        The folder to which the globs are relative.

    Examples
    --------
    >>> registry = Registry.from_dict({"coalition": [{"slug": "dc-example"}]})
    >>> registry.slugs
    ('dc-example',)
    """

    body: Body = field(default_factory=Body)
    coalitions: tuple[Coalition, ...] = ()
    root: Path = Path()

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Registry:
        """Read ``coalitions.toml``.

        Parameters
        ----------
        path : str or path
            The file, or the folder in which it lies.

        Returns
        -------
        Registry
            What it says.

        Raises
        ------
        MissingError
            There is no such file.
        RegistryError
            It cannot be followed; the error names the line or key, what was found and
            what would be right.
        """
        file = Path(path)
        if file.is_dir():
            file /= FILE_NAME
        data = read_toml(file, error=RegistryError)
        body, coalitions = RegistryReader(file, iso_dates=False).read(data)
        if not coalitions:
            raise RegistryError(
                "names no coalition", path=file, hint='begin one with [[coalition]], slug = "..."'
            )
        return cls(body, coalitions, file.parent)

    @classmethod
    def from_dict(
        cls, data: Mapping[str, object], *, path: str | os.PathLike[str] | None = None
    ) -> Registry:
        """Make a registry of a dictionary, such as `to_dict` gives.

        Parameters
        ----------
        data : dict
            The tables of ``coalitions.toml``; dates may be texts in ISO 8601 form.
        path : str or path, optional
            The file it stands for: named in errors, and its folder is the root.

        Returns
        -------
        Registry
            What it says.

        Raises
        ------
        RegistryError
            As for `load`.
        """
        file = Path(FILE_NAME if path is None else path)
        return cls(*RegistryReader(file, iso_dates=True).read(data), file.parent)

    def to_dict(self) -> dict[str, object]:
        """Say the same as a dictionary that JSON can hold.

        Returns
        -------
        dict
            The tables of ``coalitions.toml``, without what is empty; dates in ISO 8601.
        """
        body, coalitions = _plain(self.body), [_plain(c) for c in self.coalitions]
        return {**({"body": body} if body else {}), "coalition": coalitions}

    @property
    def slugs(self) -> tuple[str, ...]:
        """The coalitions' keys, in the order of the file."""
        return tuple(c.slug for c in self.coalitions)

    def coalition(self, slug: str) -> Coalition:
        """Find a coalition by its slug.

        Parameters
        ----------
        slug : str
            Its key.

        Returns
        -------
        Coalition
            The one with this key.

        Raises
        ------
        MissingError
            There is none; the error names the nearest.
        """
        for entry in self.coalitions:
            if entry.slug == slug:
                return entry
        close = nearest(slug, self.slugs)
        raise MissingError(
            f"there is no coalition {slug!r}", hint=f"did you mean {close}?" if close else None
        )


def _plain(value: object) -> dict[str, object]:
    """One entry as its TOML table: empty fields left out, dates as text."""
    plain: dict[str, object] = {}
    for name in (f.name for f in fields(value)):  # type: ignore[arg-type]  # any of the above
        item = getattr(value, name)
        key = "list" if name == "lists" else name
        if isinstance(item, dt.date):
            plain[key] = item.isoformat()
        elif isinstance(item, tuple) and item:
            plain[key] = [x if isinstance(x, str) else _plain(x) for x in item]
        elif isinstance(item, str):
            plain[key] = item
    return plain
