"""Forget a person: names and addresses leave the store and do not come back."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from dcactivity.decisions.kept import drop_event_tables
from dcactivity.errors import InputError, MissingError
from dcactivity.messages.forgetting import forget_in
from dcactivity.messages.forgotten import Forgotten
from dcactivity.messages.read import opened
from dcactivity.messages.store import Store
from dcactivity.people.addresses import parse_sender_address
from dcactivity.privacy.senders import Senders

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from dcactivity.messages.forgotten import Traces

__all__ = ["Forgetting", "forget"]

_SENDER = ("from_name", "from_address")


@dataclass(frozen=True, slots=True, eq=False)
class Forgetting:
    """What is forgotten, or would be.

    Attributes
    ----------
    senders : DataFrame
        ``place, coalition, from_name, from_address, messages``: each name at each address, as
        it stood there.
    persons : int
        How many persons they are.
    by_hand : list of str
        Lines of files beside the archives that speak of the person, and are left alone.
    """

    senders: pd.DataFrame
    persons: int
    by_hand: list[str]

    @property
    def coalitions(self) -> pd.DataFrame:
        """Count what it concerns: ``coalition, senders, messages``, without any name."""
        counted = self.senders.groupby("coalition", as_index=False, sort=True)
        return counted.agg(senders=("messages", "size"), messages=("messages", "sum"))


def forget(
    store: str | os.PathLike[str],
    address: str,
    *,
    dry_run: bool = False,
    everybody: bool = False,
    notice: Callable[[str], object] | None = None,
) -> Forgetting:
    """Remove one person's names and addresses from a store for good.

    Parameters
    ----------
    store : str or path-like
        The store's folder.
    address : str
        Any address of the person.
    dry_run : bool
        Change nothing.
    everybody : bool
        Where several persons wrote from the address, forget all of them.
    notice : callable or None
        Called with a sentence where another process has to be waited for.

    Returns
    -------
    Forgetting
        What it concerns.

    Raises
    ------
    InputError
        If the address is none, a list's or the body's, or that of several persons.
    MissingError
        If nobody wrote from it, or whoever did is forgotten already.
    StoreError
        If the folder is no store.

    Notes
    -----
    The person stays one participant, under a key drawn by lot. The list of digests is written
    first; then each coalition's folder is exchanged in one step. Where that is interrupted, the
    next `forget` or ingest finishes it. The archives are not touched: an ingest that reads them
    again leaves the names out again.
    """
    place = Store.open(Path(store))
    with contextlib.nullcontext() if dry_run else place.lock(notice):
        known = Forgotten.load(place.path)
        if not dry_run:
            place.recover()
            place.coordination.recover()
            _apply(place, known)
        plan, traces = _plan(place, address, known, everybody=everybody)
        if not dry_run:
            longer = known.adding(traces)
            longer.save(place.path)
            drop_event_tables(place)
            _apply(place, longer)
    return plan


def _plan(
    place: Store, address: str, known: Forgotten, *, everybody: bool
) -> tuple[Forgetting, list[Traces]]:
    with opened(place.path) as found:
        senders = Senders(found)
        persons = senders.persons_at(address)
        if not persons:
            raise _nobody(place, address, known)
        if len(persons) > 1 and not everybody:
            raise InputError(
                f"{len(persons)} persons wrote from {address}",
                hint="name an address that is one person's own, or forget all of them "
                "with --everybody",
            )
        rows = pd.concat(persons).drop_duplicates(["place", "coalition", *_SENDER])
        shown = rows[["place", "coalition", *_SENDER, "messages"]].reset_index(drop=True)
        plan = Forgetting(shown, len(persons), senders.mentions(found.source, rows))
        return plan, [senders.traces(one) for one in persons]


def _nobody(place: Store, address: str, known: Forgotten) -> MissingError:
    texts = {address.strip().strip("<>").lower(), parse_sender_address(address).text}
    if any(known.entries and known.neutral("", "", text) for text in texts):
        return MissingError(f"whoever wrote from {address} is forgotten already", path=place.path)
    return MissingError(f"nobody wrote from {address}", path=place.path)


def _apply(place: Store, forgotten: Forgotten) -> None:
    for one in (place, place.coordination):
        for slug in one.coalitions():
            forget_in(one, slug, forgotten)
        shutil.rmtree(one.path / "staging", ignore_errors=True)
