"""What is fuzzed: bytes in, one reader run over them, and what must hold of what comes out.

A target may raise `DcactivityError`, for that is how the package refuses; anything else that it
raises, and any assertion that fails, is a finding.
"""

from __future__ import annotations

import io
import tempfile
import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dcactivity.archives.addresses import parse_address, parse_addresses
from dcactivity.archives.columns import RECORD_SCHEMA, Decoder
from dcactivity.archives.dates import parse_date, parse_envelope, parse_received
from dcactivity.archives.fields import parse_in_reply_to, parse_message_id, parse_references
from dcactivity.archives.find import Archive
from dcactivity.archives.headers import HeaderBatch
from dcactivity.archives.limits import Limits
from dcactivity.archives.mbox import MboxScanner
from dcactivity.archives.opening import open_archive
from dcactivity.archives.reader import read_batches
from dcactivity.archives.records import Part
from dcactivity.archives.text import decode_text
from dcactivity.attendance.parsing import parse_report
from dcactivity.attendance.reading import read_report
from dcactivity.errors import DcactivityError
from dcactivity.policy import Policy
from dcactivity.registry import Registry
from tests.fuzz import seeds

__all__ = ["TARGETS", "Target"]

_FOLDER = Path(tempfile.mkdtemp(prefix="dcactivity-fuzz-"))  # below what the driver clears
_LIMITS = Limits(
    archive_bytes=1 << 22, ratio=100, ratio_from_bytes=1 << 20, members=200, message_bytes=1 << 20
)


@dataclass(frozen=True, slots=True)
class Target:
    """One reader under test.

    Attributes
    ----------
    run : callable
        Takes bytes; what it raises is a finding.
    seeds : callable
        Makes the inputs to begin with.
    longest : int
        Longest input, bytes.
    """

    run: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]
    longest: int = 4096


def scanner(data: bytes) -> None:
    """Whatever the bytes, messages lie within them, one behind the other."""
    found = [
        (batch.offsets.tolist(), batch.sizes.tolist(), batch.blocks, batch.refused)
        for batch in MboxScanner(io.BytesIO(data)).batches()
    ]
    at = 0
    for offsets, sizes, blocks, _ in found:
        for offset, size, block in zip(offsets, sizes, blocks, strict=True):
            assert at <= offset
            assert size >= 0
            assert offset + size <= len(data)
            assert len(block) <= size + 1  # a newline may be added at the end
            at = offset + size


def columns(data: bytes) -> None:
    """Any header block becomes one row of the schema, by the quick way as by the careful one."""
    block = data if data.endswith(b"\n") else data + b"\n"
    batch = HeaderBatch()
    batch.add(block, offset=0, size=len(block))
    record = Decoder().decode(batch)
    assert record.num_rows + len(batch.refused) == 1
    assert record.schema.equals(RECORD_SCHEMA)
    record.validate(full=True)
    for name in ("message_id", "from_name", "from_address", "subject"):
        for text in record.column(name).to_pylist():
            assert "\n" not in (text or "")
            assert "\0" not in (text or "")


_PARSERS: tuple[Callable[[bytes], object], ...] = (
    parse_address, parse_addresses, parse_date, parse_received, parse_envelope, parse_message_id,
    parse_references, parse_in_reply_to, decode_text,
)  # fmt: skip


def values(data: bytes) -> None:
    """The careful parsers take any value; the first byte chooses which."""
    if data:
        _PARSERS[data[0] % len(_PARSERS)](data[1:])


def containers(data: bytes) -> None:
    """Whatever a file holds, it is read as far as it goes, or refused."""
    path = _FOLDER / "archive"
    path.write_bytes(data)
    with suppress(DcactivityError):
        for part in open_archive(Archive("a", path, "file", _FOLDER), limits=_LIMITS):
            if isinstance(part, Part):
                for batch in read_batches(part):
                    assert len(batch.offsets) == len(batch.sizes)


def assert_one_line(error: DcactivityError) -> None:
    """An error is one line, for it is printed as one."""
    assert "\n" not in str(error)


def registry(data: bytes) -> None:
    """A registry is read, and comes back the same, or is refused in one line."""
    path = _FOLDER / "coalitions.toml"
    path.write_bytes(data)
    try:
        found = Registry.load(path)
    except DcactivityError as error:
        assert_one_line(error)
        return
    again = Registry.from_dict(found.to_dict())
    assert again.to_dict() == found.to_dict()
    for coalition in found.coalitions:
        for one in coalition.lists:
            assert not any(".." in glob.split("/") for glob in one.archives)


def policy(data: bytes) -> None:
    """A policy is read, written and read again as the same, or refused in one line."""
    path = _FOLDER / "policy.toml"
    path.write_bytes(data)
    try:
        found = Policy.load(path)
    except DcactivityError as error:
        assert_one_line(error)
        return
    assert found.sentences()
    assert Policy.from_dict(tomllib.loads(found.to_toml())) == found


def report(data: bytes) -> None:
    """The report of a meeting is read in any of its forms, or refused."""
    suffix = (".txt", ".md", ".html", ".docx")[data[0] % 4] if data else ".txt"
    path = _FOLDER / f"report{suffix}"
    path.write_bytes(data[1:])
    with suppress(DcactivityError):
        parse_report(read_report(path), is_coalition=lambda text: text.startswith("D"))


TARGETS = {
    "columns": Target(columns, seeds.blocks),
    "containers": Target(containers, seeds.containers, 1 << 15),
    "policy": Target(policy, seeds.policies),
    "registry": Target(registry, seeds.registries),
    "report": Target(report, seeds.reports, 1 << 15),
    "scanner": Target(scanner, seeds.boxes, 1 << 14),
    "values": Target(values, seeds.values),
}
"""The readers, by name."""
