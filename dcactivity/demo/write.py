"""Write the demo: archives, registry, README, and the list of what was written."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from dcactivity.demo.cast import CAST, Dice
from dcactivity.demo.life import EVER, Coalition, Source, Span
from dcactivity.demo.lives import COALITIONS
from dcactivity.demo.noise import advertisements, bulletins, echoes, reminders
from dcactivity.demo.talk import Mail, chatter, spoken
from dcactivity.demo.texts import MARKER, readme, registry
from dcactivity.errors import InputError
from dcactivity.files import put_file

__all__ = ["write_demo"]

_REGISTRY, _SUMS = "coalitions.toml", "SHA256SUMS"
_WRECK = b"From nobody Sat Jan  7 00:00:00 2017\n\n\n"


def write_demo(folder: Path, *, seed: int = 2022) -> None:
    """Write archives of fourteen fictional coalitions, with their registry.

    The same seed gives the same bytes, on every machine.

    Parameters
    ----------
    folder : Path
        Made where it is missing. It must be empty or hold an earlier demo, whose files are
        replaced; other files in it stay.
    seed : int
        Decides who says what, and when; the lives stay the same.

    Raises
    ------
    InputError
        If the folder holds something else, or a file of the earlier demo was changed since.
    """
    own = _own_files(folder)
    files = _demo_files(seed)
    sums = "".join(f"{_digest(data)}  {name}\n" for name, data in sorted(files.items()))
    for name in own:
        if name not in files:
            (folder / name).unlink()
    # The registry carries the marker and the sums say what is ours: with both in place first,
    # a run that was cut short can be repeated.
    _put(folder, _REGISTRY, files.pop(_REGISTRY))
    _put(folder, _SUMS, sums.encode())
    for name, data in files.items():
        _put(folder, name, data)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _put(folder: Path, name: str, data: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    put_file(path, data)


def _own_files(folder: Path) -> list[str]:
    """Name the files of an earlier demo; refuse a folder that holds anything else instead."""
    if folder.exists() and not folder.is_dir():
        raise InputError("not a folder", path=folder, hint="name a new folder for the demo")
    if not folder.exists() or not any(folder.iterdir()):
        return []
    registry = folder / _REGISTRY
    marked = registry.is_file() and registry.read_bytes().startswith(MARKER.encode() + b"\n")
    if not marked:
        raise InputError(
            "the folder is not empty and holds no earlier demo",
            path=folder,
            hint="name a new or an empty folder",
        )
    names = []
    for digest, name in _read_sums(folder / _SUMS):
        path = folder / name
        if not path.is_file():
            continue
        if _digest(path.read_bytes()) != digest:
            raise InputError(
                "changed since the demo was written, and would be overwritten",
                path=path,
                hint="move it away, or name another folder",
            )
        names.append(name)
    return names


def _read_sums(path: Path) -> Iterator[tuple[str, str]]:
    lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    for line in lines:
        digest, _, name = line.partition("  ")
        parts = PurePosixPath(name).parts
        if name and ".." not in parts and not PurePosixPath(name).is_absolute():
            yield digest, name


def _demo_files(seed: int) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for coalition in COALITIONS:
        said = _said(coalition, seed)
        for source in coalition.sources:
            written = source.write(_part(said, source), source.mailing_list)
            for name, data in written.items():
                where = PurePosixPath(coalition.slug, source.folder, name)
                files[str(where)] = data + _WRECK if source.has_wreck else data
    files["README.md"] = readme().encode()
    files[_REGISTRY] = registry().encode()
    return files


def _months(span: Span) -> list[tuple[int, int]]:
    first, last = (12 * int(month[:4]) + int(month[5:]) - 1 for month in span)
    return [(number // 12, number % 12 + 1) for number in range(first, last + 1)]


def _said(coalition: Coalition, seed: int) -> list[Mail]:
    """Everything that was sent to a coalition, in order of time."""
    dice = Dice(f"{seed}/{coalition.slug}")
    people = dice.shuffled(CAST)[: coalition.people]
    paced = []
    for year, month in _months(EVER):
        paces = [mean for start, mean in coalition.pace if start <= f"{year}-{month:02d}"]
        mean = (paces[-1] if paces else 0.0) * (coalition.season or (1.0,) * 12)[month - 1]
        paced.append((year, month, mean))
    mails = chatter(paced, people, coalition.matters, dice=dice)
    mails += spoken(coalition.script, people, coalition.matters, dice=dice)
    if coalition.has_echoes:
        mails += echoes(mails, people, dice=dice)
    if coalition.bulletins:
        mails += bulletins(*coalition.bulletins, seed=str(seed))
    if coalition.advertisements:
        mails += advertisements(_months(coalition.advertisements), dice=dice)
    if coalition.reminders:
        address = coalition.sources[-1].mailing_list.address
        mails += reminders(address, _months(coalition.reminders))
    return sorted(mails, key=lambda mail: (mail.when, mail.key))


def _part(said: list[Mail], source: Source) -> list[Mail]:
    """Pick what one list's archive holds of it."""
    first, last = source.span
    part = [mail for mail in said if first <= f"{mail.when:%Y-%m}" <= last]
    if source.imported is None:
        return part
    night = datetime.fromisoformat(source.imported).replace(tzinfo=UTC)
    return [
        replace(mail, imported=night, origin=source.origin) if mail.when < night else mail
        for mail in part
    ]
