"""From a part of an archive to record batches, whatever its format."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from dcactivity.archives.columns import Decoder
from dcactivity.archives.headers import HeaderBatch
from dcactivity.archives.mbox import MboxScanner
from dcactivity.archives.records import Part, Quarantined
from dcactivity.errors import ArchiveError

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    import pandas as pd
    import pyarrow as pa

    from dcactivity.archives.records import RawMessage

__all__ = ["read_batches", "read_records", "scan_mbox"]


def read_batches(part: Part, scanner: MboxScanner | None = None) -> Iterator[HeaderBatch]:
    """Gather the messages of a part into batches of header blocks.

    Parameters
    ----------
    part : Part
        An opened part; it is read to its end.
    scanner : MboxScanner or None
        For a From_-separated part, by default a new one over ``part.stream``.

    Yields
    ------
    HeaderBatch
        Messages in the order of the part.

    Raises
    ------
    ArchiveError
        Where what holds the part is damaged; everything before is yielded first.
    """
    if part.messages is None:
        assert part.stream is not None
        yield from _ahead((scanner or MboxScanner(part.stream)).batches())
        return
    batch = HeaderBatch()
    failure: ArchiveError | None = None
    messages = iter(part.messages)
    while True:
        try:
            message = next(messages, None)
        except ArchiveError as error:
            failure, message = error, None
        if message is None:
            break
        _gather(batch, message)
        if batch.is_full:
            yield batch
            batch = HeaderBatch()
    yield batch
    if failure is not None:
        raise failure


def _ahead(batches: Iterator[HeaderBatch]) -> Iterator[HeaderBatch]:
    """Have the next batch scanned in a thread while the last one is decoded.

    Both spend their time in numpy, which lets go of the interpreter.
    """
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(next, batches, None)
        while (batch := waiting.result()) is not None:
            waiting = thread.submit(next, batches, None)
            yield batch


def _gather(batch: HeaderBatch, message: RawMessage | Quarantined) -> None:
    if isinstance(message, Quarantined):
        batch.refused.append(message)
        return
    batch.add_message(message)


def read_records(
    part: Part, decoder: Decoder, scanner: MboxScanner | None = None
) -> Iterator[tuple[pa.RecordBatch, list[Quarantined]]]:
    """Read and decode a part.

    Parameters
    ----------
    part : Part
        An opened part; it is read to its end.
    decoder : Decoder
        Remembers what the list's messages have in common.
    scanner : MboxScanner or None
        As for `read_batches`.

    Yields
    ------
    tuple of RecordBatch and list of Quarantined
        Messages with `dcactivity.archives.columns.RECORD_SCHEMA`, and what could not be read.

    Raises
    ------
    ArchiveError
        As for `read_batches`.
    """
    for batch in read_batches(part, scanner):
        records = decoder.decode(batch)
        yield records, batch.refused


def scan_mbox(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read the header fields of all messages of one archive.

    Parameters
    ----------
    path : str or path-like
        An mbox in any dialect, plain or compressed, or any other archive of one list that
        `dcactivity.archives.find` recognises.

    Returns
    -------
    DataFrame
        One row per message, in the order of the archive: ``message_id, date_header,
        date_received, date_envelope`` (UTC), ``utc_offset`` (minutes), ``from_name,
        from_address, subject, in_reply_to, references, list_fields, automated, bytes, member,
        offset``.

    Raises
    ------
    ArchiveError
        If there is no archive at `path`, or it is damaged.

    Examples
    --------
    >>> from dcactivity import scan_mbox
    >>> scan_mbox("data/demo/dc-lively/dc-lively.mbox")["subject"].iloc[0]  # doctest: +SKIP
    'Agenda of the first call'
    """
    from pathlib import Path

    import pyarrow as pa

    from dcactivity.archives.columns import RECORD_SCHEMA
    from dcactivity.archives.find import find_archives
    from dcactivity.archives.opening import open_archive

    place = Path(path)
    if not place.exists():
        raise ArchiveError("no such file or folder", path=place)
    archives, _ = find_archives(place, root=place if place.is_dir() else place.parent)
    if not archives:
        raise ArchiveError("is no archive of messages", path=place)
    decoder = Decoder()
    batches = [
        records
        for archive in archives
        for part in open_archive(archive)
        if isinstance(part, Part)
        for records, _ in read_records(part, decoder)
    ]
    table = pa.Table.from_batches(batches, schema=RECORD_SCHEMA)
    frame: pd.DataFrame = table.to_pandas(types_mapper=_nullable)
    return frame


def _nullable(kind: pa.DataType) -> object:
    """Map Arrow types onto pandas' nullable ones."""
    import pandas as pd
    import pyarrow as pa

    kinds = {pa.int16(): pd.Int16Dtype(), pa.int64(): pd.Int64Dtype()}
    return kinds.get(kind)
