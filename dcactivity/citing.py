"""How a message is cited: by its Message-ID, or by a digest of it where that shows an address.

Many mail programs write the sender's address, or its local part, into the Message-ID. Outputs
that hold no address cite such a message by ``id-sha256:`` and the first 16 digits of the SHA-256
of the Message-ID. Whoever has the archive finds it: the digest of each Message-ID in it can be
computed anew.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

__all__ = ["cited", "digest_of", "with_citations"]

_MARK = "id-sha256:"
_DIGITS = 16
_SHORTEST = 2
"""Characters of a local part from which on it says who wrote when it stands alone."""
_RUNS = 8
"""Words that a local part may consist of."""
_LABELS = 8
"""Labels of a domain that are looked at."""
_HOSTS = 1 << 16
"""Hosts that are remembered."""

_AT = re.compile(r"(?:@|=40|%40|[=%!#]|[._-]at[._-])")
_WORD = re.compile(r"[^\W_]+")
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*")


def digest_of(message_id: str) -> str:
    """Give what stands for a Message-ID that shows an address.

    Parameters
    ----------
    message_id : str
        As the message table has it, without angle brackets.

    Returns
    -------
    str
        ``id-sha256:`` and 16 hexadecimal digits.

    Examples
    --------
    >>> digest_of("jane.doe@example.org")
    'id-sha256:7f73355bf032dcbb'
    """
    digest = hashlib.sha256(message_id.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{_MARK}{digest[:_DIGITS]}"


def cited(
    message_ids: Iterable[str], addresses: Iterable[str], *, public: Container[str] = ()
) -> list[str | None]:
    """Find the Message-IDs that show a sender's address, and how they are cited instead.

    Parameters
    ----------
    message_ids : iterable of str
        Of one coalition's messages.
    addresses : iterable of str
        Of all that write in it, in lower case.
    public : container of str
        Addresses that the registry publishes: those of lists and of the body.

    Returns
    -------
    list of str or None
        For each Message-ID its digest, or None where it shows no address.

    Notes
    -----
    An id shows an address when it holds it (``1.jane@example.org``), also with its ``@`` written
    otherwise (``jane=example.org@list.example``), or when the local part stands by itself
    before the address's domain or one below it (``jane.doe.12345@mail.example.org``).
    """
    senders = _Senders(one for one in addresses if one and one not in public)
    return [digest_of(one) if senders.show_in(one) else None for one in message_ids]


def with_citations(messages: pd.DataFrame) -> pd.DataFrame:
    """Say of a table's messages how they are cited, each coalition's for itself.

    Parameters
    ----------
    messages : DataFrame
        ``coalition, message_id`` and, where that is known, ``from_address``.

    Returns
    -------
    DataFrame
        With ``cited`` (str), missing where the Message-ID itself is shown; as it was, where it
        has that column or where no addresses are known.
    """
    if "from_address" not in messages.columns or "cited" in messages.columns:
        return messages
    found = pd.Series(None, index=np.arange(len(messages)), dtype="str")
    for rows in messages.groupby("coalition", observed=True).indices.values():
        mine = messages.iloc[rows]
        found.iloc[rows] = cited(mine["message_id"], mine["from_address"].dropna().unique())
    return messages.assign(cited=found.to_numpy())


class _Senders:
    """The addresses of senders by their domains."""

    def __init__(self, addresses: Iterable[str]) -> None:
        self.locals: defaultdict[str, set[str]] = defaultdict(set)
        for address in addresses:
            local, _, domain = address.lower().rpartition("@")
            plain = local.partition("+")[0] or local
            self.locals[domain] |= {one for one in (local, plain) if len(one) >= _SHORTEST}
        self.lengths = {
            domain: sorted({len(one) for one in found}) for domain, found in self.locals.items()
        }
        self._known: dict[str, list[str]] = {}

    def show_in(self, message_id: str) -> bool:
        """Tell whether a Message-ID holds one of the addresses."""
        parts = _AT.split(message_id.lower())
        return any(
            self._show(left, domain, is_literal=right.startswith(domain))
            for left, right in pairwise(parts)
            for domain in self._domains_in(right)
        )

    def _domains_in(self, right: str) -> list[str]:
        """Give the domains of senders with which a text begins; most ids come from few hosts."""
        found = self._known.get(right)
        if found is None:
            found = [domain for domain in _domains(right) if domain in self.locals]
            if len(self._known) < _HOSTS:
                self._known[right] = found
        return found

    def _show(self, left: str, domain: str, *, is_literal: bool) -> bool:
        known = self.locals[domain]
        if is_literal and any(left[-size:] in known for size in self.lengths[domain]):
            return True
        spans = [found.span() for found in _WORD.finditer(left)]
        return any(
            left[begin:end] in known
            for place, (begin, _) in enumerate(spans)
            for _, end in spans[place : place + _RUNS]
        )


def _domains(right: str) -> Iterable[str]:
    """Give the domains that stand in the name with which a text begins."""
    found = _DOMAIN.match(right)
    labels = found[0].split(".", _LABELS)[:_LABELS] if found else []
    ends = range(1, len(labels) + 1)
    return [".".join(labels[begin:end]) for end in ends for begin in range(end)]
