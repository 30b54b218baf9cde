"""Who asked to be forgotten: digests by which a store knows them again.

The list lies in the store as ``forgotten.json``. It holds no name and no address, but a salted
digest of each, and the neutral address that stands in its place. Whoever can read the store can
test a guess against it, as an ingest has to.
"""

from __future__ import annotations

import hmac
import json
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dcactivity.errors import StoreError
from dcactivity.messages.store import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Forgotten", "Traces"]

_FILE = "forgotten.json"
_DOMAIN = "forgotten.invalid"  # RFC 2606: never anybody's
_BETWEEN = re.compile(r"[^A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Traces:
    """What one person is known by.

    Attributes
    ----------
    addresses : tuple of str
        Addresses of nobody else, as the message table has them.
    senders : tuple of (coalition, name, address)
        Names at addresses of several people or of a list, or without an address ("").
    """

    addresses: tuple[str, ...] = ()
    senders: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Forgotten:
    """The persons that a store has forgotten.

    Attributes
    ----------
    generation : int
        Counts the times that somebody was added; a coalition's manifest says which it follows.
    salt : str
        Hexadecimal; made with the first entry.
    entries : dict
        From digests to neutral addresses. Those of one person differ in what follows the ``+``,
        so that two senders stay two, and one person one. Domains have none: they tell where to
        look for addresses within other texts.
    """

    generation: int = 0
    salt: str = ""
    entries: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, store: Path) -> Forgotten:
        """Read a store's list; empty where there is none.

        Raises
        ------
        StoreError
            If it cannot be read: without it, what was forgotten would come back.
        """
        path = store / _FILE
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return cls(int(found["generation"]), str(found["salt"]), dict(found["entries"]))
        except FileNotFoundError:
            return cls()
        except (KeyError, OSError, TypeError, ValueError) as error:
            raise StoreError(
                f"cannot be read ({error})",
                path=path,
                hint="bring it back from a backup: without it, the forgotten would come back",
            ) from error

    def save(self, store: Path) -> None:
        """Write the list into a store, in one step."""
        found = {"generation": self.generation, "salt": self.salt, "entries": self.entries}
        write_atomically(store / _FILE, json.dumps(found, indent=1, sort_keys=True) + "\n")

    def adding(self, persons: Iterable[Traces]) -> Forgotten:
        """Add persons, each under a new key that is drawn by lot.

        Parameters
        ----------
        persons : iterable of Traces
            What each is known by.

        Returns
        -------
        Forgotten
            The longer list, of the next generation.
        """
        salt = self.salt or secrets.token_hex(32)
        longer = Forgotten(self.generation + 1, salt, dict(self.entries))
        for traces in persons:
            key = f"forgotten{secrets.token_hex(8)}"
            for number, address in enumerate(traces.addresses):
                neutral = f"{key}+{number}@{_DOMAIN}"
                longer.entries[longer._digest("address", address)] = neutral
                longer.entries.setdefault(longer._digest("address", _bare(address)), neutral)
                longer.entries[longer._digest("domain", address.rpartition("@")[2])] = ""
            for number, sender in enumerate(traces.senders, len(traces.addresses)):
                digest = longer._digest("sender", *sender)
                longer.entries[digest] = f"{key}+{number}@{_DOMAIN}"
        return longer

    def neutral(self, coalition: str, name: str, address: str) -> str | None:
        """Give the address that stands for a forgotten sender.

        Parameters
        ----------
        coalition : str
            Where the message stands.
        name, address : str
            As the message gives them; "" where there is none.

        Returns
        -------
        str or None
            None for whoever is not forgotten.
        """
        found = self.entries.get(self._digest("sender", coalition, name, address))
        return found or (self._of_address(address.lower()) if address else None)

    def is_known(self, domain: str) -> bool:
        """Tell whether an address under a domain is forgotten."""
        return self._digest("domain", domain.lower()) in self.entries

    def neutral_end(self, text: str) -> str | None:
        """Replace a forgotten address at the end of a text that ends with an address.

        Parameters
        ----------
        text : str
            Such as the Message-ID ``1234-git-send-email-jane@example.org``, with or without
            something before the address.

        Returns
        -------
        str or None
            None where the text ends with no forgotten address.
        """
        begins = [0, *(found.end() for found in _BETWEEN.finditer(text, 0, text.rfind("@")))]
        for begin in begins:
            neutral = self._of_address(text[begin:].lower())
            if neutral is not None:
                return text[:begin] + neutral
        return None

    def _of_address(self, address: str) -> str | None:
        found = self.entries.get(self._digest("address", address))
        if found is None and "+" in address:
            found = self.entries.get(self._digest("address", _bare(address)))
        return found

    def _digest(self, *texts: str) -> str:
        joined = "\0".join(texts).encode("utf-8", "surrogatepass")
        return hmac.digest(bytes.fromhex(self.salt), joined, "sha256").hex()


def _bare(address: str) -> str:
    """Take the tag off an address (RFC 5233): who is forgotten is so under every tag."""
    local, at, domain = address.lower().rpartition("@")
    return f"{local[:1]}{local[1:].partition('+')[0]}{at}{domain}"
