"""What a list writes over the writer's name and address: "Jane Roe via Example List"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dcactivity.archives.addresses import parse_address
from dcactivity.people.addresses import NO_ADDRESS, Address, parse_sender_address
from dcactivity.people.names import parse_name

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["ListNames"]

_VIA = re.compile(
    r"(?P<who>.*\S)\s+[(\[]?(?P<word>via|vía|über|ueber|par|tramite|przez|через"
    r"|par l['’]intermédiaire d[eu]|por me[dí]io de|a través de|através d[eao])"
    r"\s+(?P<list>\S.*?)[)\]]?",
    re.IGNORECASE,
)


class ListNames:
    """The addresses and titles that are lists' own.

    Parameters
    ----------
    entries : iterable of str
        Addresses, each with the list's title where it is known: ``Example List
        <dc-example@lists.example>``.
    """

    def __init__(self, entries: Iterable[str]) -> None:
        self._addresses: set[str] = set()
        self._locals: set[tuple[str, str]] = set()
        self._titles: set[str] = set()
        for entry in entries:
            title, text = parse_address(entry.encode("utf-8", "replace"))
            address = parse_sender_address(text)
            if address.text:
                self._addresses.add(address.text)
                self._locals.add((address.local, address.organisation))
                self._titles |= {_letters(title), _letters(address.local)} - {""}

    def is_own(self, address: Address) -> bool:
        """Tell whether an address is a list's, on whichever host of its organisation.

        Parameters
        ----------
        address : Address
            A sender's.

        Returns
        -------
        bool
            True for ``dc-example@mail.lists.example`` where ``dc-example@lists.example`` is.
        """
        if address.text in self._addresses:
            return True
        return bool(self._locals) and (address.local, address.organisation) in self._locals

    def names_list(self, text: str) -> bool:
        """Tell whether a display name says that a list stands between.

        Parameters
        ----------
        text : str
            As it was decoded.

        Returns
        -------
        bool
            True for "X via Y", also in other languages.
        """
        return " " in text and _VIA.fullmatch(text) is not None

    def writer(self, text: str, address: Address) -> tuple[str, Address]:
        """Take the list's name and address away.

        Parameters
        ----------
        text : str
            The display name.
        address : Address
            As it was read.

        Returns
        -------
        name : str
            The writer's; "" where it is the list's title.
        address : Address
            `NO_ADDRESS` where it is the list's. "via" before what is not the list, at an
            address that shows the writer's name ("Jane Roe via Calendar"), is taken off the
            name alone; "par" and "über" are parts of names, too, and count only before a
            list's name.
        """
        via = _VIA.fullmatch(text)
        own = self.is_own(address)
        if via is not None:
            is_via = via["word"].lower() == "via"
            title = parse_address(via["list"].encode("utf-8", "replace"))[0] or via["list"]
            named = _letters(title) in {_letters(address.local), *self._titles} - {""}
            shown = any(word in address.spelling for word in parse_name(via["who"]).long)
            if own or ((named or is_via) and not shown):
                return via["who"], NO_ADDRESS
            return (via["who"] if is_via or named else text), address
        if not own:
            return text, address
        return ("" if _letters(text) in self._titles else text), NO_ADDRESS


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.lower())
