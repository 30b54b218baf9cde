"""A coalition's next state, made from the present one and what was read for it.

Mostly there is only new mail: then what stands is taken over, unread, and the new messages alone
are dated, counted and written. Where archives are gone or changed, or where new mail or another
stated day may change the dates of what is there, all is decided anew from the index.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

from dcactivity.messages.counting import begin_again, count
from dcactivity.messages.grounds import Grounds, date_rows, still_stand
from dcactivity.messages.index import Index
from dcactivity.messages.parts import PartWriter, Spool, absorbed, link_part
from dcactivity.messages.pieces import Piece, piece_name, save_index

if TYPE_CHECKING:
    from pathlib import Path

    from dcactivity.messages.held import Held
    from dcactivity.messages.store import Manifest

__all__ = ["decide_anew", "extend"]


def extend(
    held: Held, staged: Path, manifest: Manifest, spool: Spool, names: list[str], rows: list[Index]
) -> bool:
    """Add what is new to what stands, where that can stay as it is.

    Parameters
    ----------
    held : Held
        The present state; no archive of it is gone.
    staged : Path
        The folder of the next state.
    manifest : Manifest
        Of the next state; its ledger, parts and grounds are brought up to date.
    spool : Spool
        The messages that were read.
    names : list of str
        Names of the ledger's rows.
    rows : list of Index
        The index rows of what was read, which refer to `names`; emptied when they are taken over.

    Returns
    -------
    bool
        False where what stands may have to change; then nothing was done.
    """
    before = {slug: Grounds.from_dict(each) for slug, each in held.manifest.grounds.items()}
    if not _stands(held.manifest, manifest, before):
        return False
    new = replace(Index.empty(), names=names).join(rows)
    ledger = {row["archive"]: row for row in manifest.ledger()}
    dated = date_rows(new, *_lists_and_formats(manifest), _complete_until(manifest), before)
    if dated is None:
        return False
    rows.clear()  # they stand in `new`, and those of a large list are not held twice
    believed, grounds = dated
    manifest.grounds = {address: each.as_dict() for address, each in grounds.items()}
    count(ledger, new, believed)
    merged = absorbed(manifest.parts, set(), len(new)) if len(new) else set()
    for part in manifest.parts:
        if part["number"] not in merged:
            name = piece_name(part["number"])
            link_part(held.folder / name, staged / name)
    if len(new):
        numbers = [part["number"] for part in manifest.parts]
        taken = [piece for n, piece in zip(numbers, held.pieces, strict=True) if n in merged]
        PartWriter(held.folder, staged, spool, manifest).append(new, merged)
        if taken:
            new = replace(Index.empty(), names=names).join([*(p.rows(names) for p in taken), new])
        Piece.of(new).save(staged / piece_name(manifest.serial))
    else:
        PartWriter(held.folder, staged, spool, manifest).keep()
    return True


def decide_anew(
    held: Held,
    gone: set[str],
    staged: Path,
    manifest: Manifest,
    spool: Spool,
    names: list[str],
    rows: list[Index],
) -> None:
    """Date, count and write all that is left and all that is new.

    Parameters
    ----------
    gone : set of str
        Names of archives whose messages leave.
    held, staged, manifest, spool, names, rows
        As for `extend`.
    """
    old = held.index
    stays = ~held.leaving(gone)
    index = old.take(stays).renamed(names).join(rows)
    rows.clear()
    ledger = {row["archive"]: row for row in manifest.ledger()}
    dated = date_rows(index, *_lists_and_formats(manifest), _complete_until(manifest), {})
    assert dated is not None  # nothing was decided before that could have to change
    believed, grounds = dated
    manifest.grounds = {address: each.as_dict() for address, each in grounds.items()}
    index = PartWriter(held.folder, staged, spool, manifest).write(old, stays, index)
    begin_again(ledger.values())
    count(ledger, index, believed)
    save_index(staged, index, manifest.parts)


def _stands(before: Manifest, now: Manifest, grounds: dict[str, Grounds]) -> bool:
    """Tell whether neither another stated day nor another format changes dates of before."""
    formats = {row["archive"]: row["format"] for row in now.ledger()}
    if any(formats.get(row["archive"]) != row["format"] for row in before.ledger()):
        return False
    return all(
        still_stand(each, _day(before.coverage.get(address)), _day(now.coverage.get(address)))
        for address, each in grounds.items()
    )


def _lists_and_formats(manifest: Manifest) -> tuple[dict[str, str], dict[str, str]]:
    rows = manifest.ledger()
    return (
        {row["archive"]: row["list"] for row in rows},
        {row["archive"]: row["format"] for row in rows},
    )


def _complete_until(manifest: Manifest) -> dict[str, dt.date | None]:
    return {address: _day(text) for address, text in manifest.coverage.items()}


def _day(text: str | None) -> dt.date | None:
    return None if text is None else dt.date.fromisoformat(text)
