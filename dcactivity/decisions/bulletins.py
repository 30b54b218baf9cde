"""Bulletins: messages that went to everybody, and so are no sign of life of any one coalition."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dcactivity.arrays import text_keys

if TYPE_CHECKING:
    from dcactivity.coalitions import Body

__all__ = ["FEWEST", "Bulletins", "shared_keys"]

FEWEST = 3
"""A Message-ID in the archives of so many coalitions is that of a bulletin."""

_FORWARD = re.compile(
    r"(?i)^\s*(?:\[[^\]]{1,60}\]\s*+)?(?:fwd?|tr|wg|i|enc|rv)\s*+(?:\[\d{1,3}\])?\s*+:"
)
_PREFIXES = re.compile(
    r"(?i)^\s*(?:(?:re|aw|sv|antw|fwd?|tr|wg|i|enc|rv|r)\s*+(?:\[\d{1,3}\])?\s*+:|\[[^\]]{1,60}\])\s*"
)


def shared_keys(keys: Iterable[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """Find the Message-IDs that stand in the archives of several coalitions.

    Parameters
    ----------
    keys : iterable of array
        Of each coalition, those of all its messages.

    Returns
    -------
    array of uint64
        Those of at least `FEWEST` coalitions, sorted.
    """
    each = [np.unique(mine) for mine in keys]
    together = np.concatenate([np.empty(0, np.uint64), *each])
    found, count = np.unique(together, return_counts=True)
    return found[count >= FEWEST]


@dataclass(frozen=True, slots=True)
class Bulletins:
    """What makes a message a bulletin.

    Parameters
    ----------
    keys : array of uint64
        Message-IDs that stand in several coalitions, or on a coordination list, sorted.
    addresses : frozenset of str
        The body's own addresses, in lower case: the notice that warns a silent list must not
        wake it.
    tags : tuple of str
        Subject tags of the coordination lists, in lower case.
    subjects : frozenset of str
        Subjects of the coordination lists, without prefixes and tags, in lower case.
    """

    keys: NDArray[np.uint64]
    addresses: frozenset[str] = frozenset()
    tags: tuple[str, ...] = ()
    subjects: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        keys: NDArray[np.uint64],
        body: Body,
        coordination: pd.DataFrame | None = None,
    ) -> Bulletins:
        """Gather what registry and archives say.

        Parameters
        ----------
        keys : array of uint64
            As `shared_keys` gives them.
        body : Body
            The body of the registry.
        coordination : DataFrame or None
            ``message_id, subject`` of the messages of the coordination lists.

        Returns
        -------
        Bulletins
            All of it.
        """
        subjects: frozenset[str] = frozenset()
        if coordination is not None and len(coordination):
            keys = np.union1d(keys, text_keys(coordination["message_id"]))
            texts = coordination["subject"].dropna().unique()
            subjects = frozenset(map(bare_subject, texts)) - {""}
        return cls(
            keys,
            frozenset(address.lower() for address in body.addresses),
            tuple(one.tag.lower() for one in body.coordination_lists if one.tag),
            subjects,
        )

    def find(self, messages: pd.DataFrame) -> NDArray[np.bool_]:
        """Tell which messages are bulletins.

        Parameters
        ----------
        messages : DataFrame, one row per message
            Needs ``message_id, from_address, subject``.

        Returns
        -------
        array of bool
            True for messages under a shared Message-ID, from the body's own addresses, and for
            forwards of what stands on a coordination list.
        """
        found: NDArray[np.bool_] = np.isin(text_keys(messages["message_id"]), self.keys)
        if self.addresses:
            found |= messages["from_address"].isin(self.addresses).to_numpy(dtype=bool)
        if self.tags or self.subjects:
            codes, texts = pd.factorize(messages["subject"])
            told = np.array([*(self._is_forward(str(text)) for text in texts), False])
            found |= told[codes]
        return found

    def _is_forward(self, subject: str) -> bool:
        if _FORWARD.match(subject) is None:
            return False
        folded = subject.lower()
        return any(tag in folded for tag in self.tags) or bare_subject(subject) in self.subjects


def bare_subject(subject: str) -> str:
    """Take prefixes of replies and forwards, and tags of lists, off a subject.

    Parameters
    ----------
    subject : str
        As the message table has it.

    Returns
    -------
    str
        What is left, in lower case, with single blanks.

    Examples
    --------
    >>> bare_subject("Fwd: [DC] Re: Call for  reports")
    'call for reports'
    """
    while (found := _PREFIXES.match(subject)) is not None and found.end():
        subject = subject[found.end() :]
    return " ".join(subject.split()).lower()
