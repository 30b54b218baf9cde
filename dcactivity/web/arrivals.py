"""Check what arrived: whether it is whole, and mail, and holds what the former version held.

Nothing takes the place of a file before all three are answered. A version that lacks messages
does not take it at all: the older file stays, and the new one stands beside it where it holds
something that is nowhere else, so that nothing is lost and nothing is missing.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dcactivity.archives.columns import Decoder
from dcactivity.archives.find import find_archives
from dcactivity.archives.opening import open_archive
from dcactivity.archives.reader import read_records
from dcactivity.archives.records import Part
from dcactivity.errors import ArchiveError
from dcactivity.files import unfinished_file
from dcactivity.web.answers import Page
from dcactivity.web.failures import Failure, FetchError
from dcactivity.web.pages import is_html, read_html

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

__all__ = ["Arrival", "Kept", "check_arrival", "keys_of", "message_ids", "settle", "unpack"]

_BLOCK = 1 << 20
_HEAD = 1 << 16
_MOST_IDS = 20
_SUFFIXES = (".txt.gz", ".mbox.gz", ".mbx.gz", ".txt", ".mbox", ".mbx", ".tgz", ".gz")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A whole file of mail.

    Parameters
    ----------
    keys : ndarray of uint64
        One for each message: its identity.
    """

    keys: NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a file that arrived.

    Parameters
    ----------
    is_new : bool
        It took its place, or stands beside the older version.
    lost : tuple of str
        Message-IDs of messages that the older version has and this one lacks, at most twenty.
    lost_count : int
        How many there are.
    beside : tuple of str
        Names of all versions that stand beside the file now.
    """

    is_new: bool
    lost: tuple[str, ...] = ()
    lost_count: int = 0
    beside: tuple[str, ...] = ()


def check_arrival(part: Path, url: str, *, most_bytes: int) -> Arrival:
    """Refuse what is not a whole file of mail.

    Parameters
    ----------
    part : Path
        The file under its temporary name.
    url : str
        Where it came from; named in errors.
    most_bytes : int
        What it may unpack to.

    Returns
    -------
    Arrival
        Its messages.

    Raises
    ------
    FetchError
        It is a web page, a login form, a truncated gzip, or nothing of mail.
    """
    head = _head_of_whole(part, url, most_bytes)
    if is_html(head):
        html = read_html(Page(url, None, 200, head))
        if html.asks_password:
            raise FetchError(Failure.LOGIN, html.title or "no title", url=url)
        raise FetchError(Failure.PAGE, html.title or "no title", url=url)
    if not head.strip():
        return Arrival(np.empty(0, np.uint64))
    try:
        keys = keys_of(part)
    except ArchiveError as error:
        raise FetchError(Failure.NOT_MAIL, error.message, url=url) from error
    if not len(keys):
        raise FetchError(Failure.NOT_MAIL, "", url=url)
    return Arrival(keys)


def _head_of_whole(part: Path, url: str, most_bytes: int) -> bytes:
    """Return the first bytes, unpacked; of a gzip every byte is read, trailers included."""
    with part.open("rb") as file:
        head = file.read(_HEAD)
        if not head.startswith(b"\x1f\x8b"):
            return head
    content = bytearray()
    size = 0
    for piece in _inflated(part, url):
        size += len(piece)
        if size > most_bytes:
            raise FetchError(
                Failure.TOO_LARGE, f"unpacks to more than {most_bytes:,} bytes", url=url
            )
        if len(content) < _HEAD:
            content += piece[: _HEAD - len(content)]
    return bytes(content)


def _inflated(part: Path, url: str) -> Iterator[bytes]:
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
    with part.open("rb") as file:
        try:
            while block := file.read(_BLOCK):
                while block:
                    if inflater.eof:  # another member follows, or zeros that pad the file
                        block = block.lstrip(b"\x00")
                        if not block:
                            break
                        inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
                    yield inflater.decompress(block, _BLOCK)
                    block = inflater.unconsumed_tail or inflater.unused_data
        except zlib.error as error:
            raise FetchError(Failure.GZIP, str(error), url=url) from error
    if not inflater.eof:
        raise FetchError(Failure.GZIP, "it ends before its trailer", url=url)


def unpack(part: Path, url: str, *, most_bytes: int) -> None:
    """Undo the packing that a server did for the way.

    Parameters
    ----------
    part : Path
        A gzip; the plain file takes its place.
    url : str
        Where it came from; named in errors.
    most_bytes : int
        What it may unpack to.

    Raises
    ------
    FetchError
        It is no whole gzip, or unpacks to more.
    """
    with part.open("rb") as file:
        if file.read(2) != b"\x1f\x8b":
            return
    size = 0
    with unfinished_file(part) as plain, plain.open("wb") as file:
        for piece in _inflated(part, url):
            size += len(piece)
            if size > most_bytes:
                raise FetchError(
                    Failure.TOO_LARGE, f"unpacks to more than {most_bytes:,} bytes", url=url
                )
            file.write(piece)


def keys_of(path: Path) -> NDArray[np.uint64]:
    """Compute the identity of each message of an archive.

    Parameters
    ----------
    path : Path
        A file or folder that the archive readers know.

    Returns
    -------
    ndarray of uint64
        Sorted, each once: a hash of Message-ID, Date, sender and subject, by which an ingest
        tells duplicates.

    Raises
    ------
    ArchiveError
        It cannot be read.
    """
    import pandas as pd

    hashes = [pd.util.hash_pandas_object(frame, index=False) for frame in _identities(path)]
    if not hashes:
        return np.empty(0, np.uint64)
    return np.unique(np.concatenate([one.to_numpy(np.uint64) for one in hashes]))


def message_ids(path: Path, keys: NDArray[np.uint64]) -> tuple[str, ...]:
    """Name some of an archive's messages.

    Parameters
    ----------
    path : Path
        The archive.
    keys : ndarray of uint64
        Their identities, of `keys_of`.

    Returns
    -------
    tuple of str
        Their Message-IDs, at most twenty; those without one are left out.
    """
    import pandas as pd

    found: list[str] = []
    for frame in _identities(path):
        mine = pd.util.hash_pandas_object(frame, index=False).isin(keys)
        found += [one for one in frame.loc[mine, "message_id"] if one]
    return tuple(dict.fromkeys(found))[:_MOST_IDS]


def _identities(path: Path) -> Iterator[pd.DataFrame]:
    decoder = Decoder()
    archives, _ = find_archives(path, root=path if path.is_dir() else path.parent)
    for archive in archives:
        for part in open_archive(archive):
            if not isinstance(part, Part):
                continue
            for records, _ in read_records(part, decoder):
                names = ["message_id", "date_header", "from_address", "subject"]
                frame = records.select(names).to_pandas()
                # A digest in place of a missing id changes with the blank line that follows
                # once another message does.
                own = frame["message_id"].fillna("").astype("str")
                frame["message_id"] = own.mask(own.str.startswith("sha256:"), "")
                yield frame.astype({"from_address": "str", "subject": "str"})


def settle(part: Path, target: Path, arrival: Arrival, beside: Sequence[str], stamp: str) -> Kept:
    """Put a file that arrived in its place, unless it lacks what the older one has.

    Parameters
    ----------
    part : Path
        The file under its temporary name; it is gone afterwards.
    target : Path
        Its place.
    arrival : Arrival
        Its messages.
    beside : sequence of str
        Versions that stand beside `target` already, oldest first.
    stamp : str
        What tells a version of today apart, such as ``2022-03-20``.

    Returns
    -------
    Kept
        What was done.
    """
    if not target.exists():
        part.replace(target)
        return Kept(is_new=True, beside=tuple(beside))
    old = _readable_keys(target)
    lost = np.setdiff1d(old, arrival.keys)
    if not len(lost):
        # The same messages in other bytes are nothing new: HyperKitty makes up the boundaries
        # of multipart messages anew with each export.
        is_new = len(arrival.keys) > len(old) or not len(old)
        if is_new:
            part.replace(target)
        part.unlink(missing_ok=True)
        return Kept(is_new=is_new, beside=tuple(beside))
    others = [target.with_name(name) for name in beside if target.with_name(name).exists()]
    known = [_readable_keys(other) for other in others]
    fresh = np.setdiff1d(arrival.keys, np.concatenate([old, *known]))
    names = tuple(other.name for other in others)
    if len(fresh):
        if others and not len(np.setdiff1d(known[-1], arrival.keys)):
            part.replace(others[-1])
        else:
            place = _free(target, stamp)
            part.replace(place)
            names = (*names, place.name)
    part.unlink(missing_ok=True)
    return Kept(bool(len(fresh)), message_ids(target, lost), len(lost), names)


def _readable_keys(path: Path) -> NDArray[np.uint64]:
    try:
        return keys_of(path)
    except ArchiveError:  # a damaged older file is no reason to refuse a whole one
        return np.empty(0, np.uint64)


def _free(target: Path, stamp: str) -> Path:
    """Find a name beside a file, with the same suffix, so that the same globs match it."""
    suffix = next((end for end in _SUFFIXES if target.name.endswith(end)), "")
    stem = f"{target.name.removesuffix(suffix)}.edited-{stamp}"
    names = (f"{stem}{suffix}", *(f"{stem}-{n}{suffix}" for n in range(2, 1000)))
    return next(p for p in map(target.with_name, names) if not p.exists())
