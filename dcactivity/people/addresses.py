"""Addresses taken apart: whose they can be, and at which organisation."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from dcactivity.people.names import fold
from dcactivity.people.words import COMMONPLACE, PROVIDERS, ROLES

__all__ = ["NO_ADDRESS", "Address", "parse_sender_address"]

_SPOKEN = re.compile(r"(?<!\s)\s*+[(\[{<]?\s*+\bat\b\s*+[)\]}>]?\s*+", re.IGNORECASE)
_DOT = re.compile(r"(?<!\s)\s*+[(\[{<]?\s*+\bdot\b\s*+[)\]}>]?\s*+", re.IGNORECASE)
_PUNCTUATION = re.compile(r"[\W_]+")
_LIST_ADDRESS = re.compile(r".*-(?:owner|request|bounces|admin|confirm|leave|subscribe)")
_NUMBERED = re.compile(r"\d{4,}")
_GMAIL = {"gmail.com", "googlemail.com"}
_SECOND_LEVEL = {"ac", "co", "com", "edu", "gob", "gov", "go", "net", "ne", "or", "org"}


class Address(NamedTuple):
    """An address, in the form in which equal ones are equal.

    Attributes
    ----------
    text : str
        Lower case, without plus-tag, and for Gmail without dots; "" where there is none.
    local : str
        What stands before the @ of it.
    spelling : str
        Letters and digits of the local part, folded; "" where nobody in particular has it.
    organisation : str
        The registrable domain, "" for a provider whose domain says nothing.
    is_role : bool
        Whether it belongs to a function, a list or a program: no evidence of a person.
    """

    text: str = ""
    local: str = ""
    spelling: str = ""
    organisation: str = ""
    is_role: bool = False


NO_ADDRESS = Address()


def parse_sender_address(text: str) -> Address:
    """Read an address.

    Parameters
    ----------
    text : str
        As `dcactivity.archives.addresses.parse_address` gives it, or still with `` at ``.

    Returns
    -------
    Address
        `NO_ADDRESS` where it is empty. Text without an @ is an address of its own kind: it is
        equal to itself and has no organisation.

    References
    ----------
    RFC 5233 (sub-addressing, "jane+lists@"); RFC 2142 (role names); Google's help on dots.

    Examples
    --------
    >>> parse_sender_address("Jane.Roe+lists@GMail.com").text
    'janeroe@gmail.com'
    """
    text = text.strip().strip("<>").lower()
    if not text:
        return NO_ADDRESS
    if "@" not in text and (" " in text or "[" in text):
        text = _DOT.sub(".", _SPOKEN.sub("@", text, count=1))
    local, at, domain = text.rpartition("@")
    if not at or not local:
        return Address(text, text, "", "", _PUNCTUATION.sub("", text) in ROLES)
    domain = domain.strip().rstrip(".")
    if "+" in local[1:]:
        before, _, after = local.partition("+")
        # a forge's "1234567+jane@users.noreply" has the number first
        local = after if after and _NUMBERED.fullmatch(before) else before
    if domain in _GMAIL:
        local, domain = local.replace(".", ""), "gmail.com"
    organisation = _organisation(domain)
    if local.isascii() and local.isalnum():
        return Address(f"{local}@{domain}", local, local, organisation, local in ROLES)
    is_role = _PUNCTUATION.sub("", local) in ROLES or _LIST_ADDRESS.fullmatch(local) is not None
    return Address(f"{local}@{domain}", local, _spelling(local), organisation, is_role)


def _spelling(local: str) -> str:
    """Join the parts of a local part that tell somebody: "jane.roe-work" is "janeroe"."""
    parts = _PUNCTUATION.split(local if local.isascii() else fold(local))
    return "".join([part for part in parts if part not in COMMONPLACE] or parts)


@functools.lru_cache(maxsize=1 << 16)
def _organisation(domain: str) -> str:
    """Cut a domain to what somebody registered; a guess without the public suffix list."""
    if domain in PROVIDERS:
        return ""
    if domain.count(".") < 2:
        return domain
    labels = domain.rsplit(".", 3)[-3:]
    wanted = 3 if len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-wanted:])
