"""Keyed pseudonyms: the same for the same person from run to run, and nothing without the key."""

from __future__ import annotations

import contextlib
import hmac
import os
import re
import secrets
import stat
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dcactivity.errors import InputError
from dcactivity.files import read_plain

if TYPE_CHECKING:
    import pandas as pd

    from dcactivity.people.aliases import Alias
    from dcactivity.people.resolution import Resolution

__all__ = ["Pseudonyms", "make_key"]

_KEY = re.compile(r"[0-9a-f]{64}")
_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """Replaces what tells who somebody is by what only the key's holder can test a guess on.

    Parameters
    ----------
    key : bytes
        32 bytes drawn by lot.

    Notes
    -----
    HMAC-SHA-256 over the kind and the text, cut to 64 bits.

    References
    ----------
    RFC 2104; ENISA, Pseudonymisation techniques and best practices, 2019.
    """

    key: bytes = field(repr=False)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Pseudonyms:
        """Read a key file.

        Parameters
        ----------
        path : str or path-like
            A file of 64 hexadecimal digits, which its owner alone may read.

        Returns
        -------
        Pseudonyms
            With its key.

        Raises
        ------
        InputError
            If the file cannot be read, may be read by others, or holds no key.
        """
        file = Path(path)
        try:
            mode, text = file.stat().st_mode, read_plain(file).decode("ascii").strip()
        except (OSError, ValueError) as error:
            raise InputError(f"cannot be read ({error})", path=file) from error
        if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
            raise InputError(
                "the key may be read by others", path=file, hint=f"chmod 600 {file.name}"
            )
        if _KEY.fullmatch(text) is None:
            raise InputError(
                "holds no key",
                path=file,
                hint="a key is 64 hexadecimal digits; name a file that is not there to have one "
                "made",
            )
        return cls(bytes.fromhex(text))

    def of(self, kind: str, text: str) -> str:
        """Give the pseudonym of a text.

        Parameters
        ----------
        kind : str
            ``person``, ``name``, ``address`` or another word; stands before the digits.
        text : str
            What is replaced; the empty text stays empty.

        Returns
        -------
        str
            ``kind-`` and 16 hexadecimal digits.
        """
        if not text:
            return ""
        message = f"{kind}\0{text}".encode("utf-8", "surrogatepass")
        return f"{kind}-{hmac.digest(self.key, message, 'sha256').hex()[:_DIGITS]}"

    def column(self, kind: str, texts: pd.Series[str]) -> pd.Series[str]:
        """Give the pseudonyms of a column; what is missing stays missing."""
        known = {text: self.of(kind, text) for text in texts.dropna().unique()}
        return texts.map(known).astype("str")

    def resolution(self, found: Resolution) -> Resolution:
        """Replace what a resolution of senders shows of them.

        Parameters
        ----------
        found : Resolution
            Of any senders.

        Returns
        -------
        Resolution
            With the same joins and doubts; persons, shown names, addresses and organisations
            are pseudonyms.
        """
        return replace(
            found,
            person=self.column("person", found.person),
            aliases=[self._alias(alias) for alias in found.aliases],
            persons=[self.of("person", person) for person in found.persons],
            shared=frozenset(self.of("address", text) for text in found.shared),
            unmatched=tuple(self.of("entry", text) for text in found.unmatched),
        )

    def _alias(self, alias: Alias) -> Alias:
        organisation = self.of("organisation", alias.address.organisation)
        return alias._replace(
            address=alias.address._replace(organisation=organisation),
            shown_name=self.of("name", alias.shown_name),
            shown_address=self.of("address", alias.shown_address.lower()),
        )


def make_key(path: str | os.PathLike[str]) -> bool:
    """Make a key file that its owner alone may read, where there is no such file.

    Parameters
    ----------
    path : str or path-like
        The file.

    Returns
    -------
    bool
        Whether it was made; a file that is there is left as it is.
    """
    with contextlib.suppress(FileExistsError):
        number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(number, f"{secrets.token_hex(32)}\n".encode())
        finally:
            os.close(number)
        return True
    return False
