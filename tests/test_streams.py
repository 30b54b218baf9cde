"""Decompression: everything before a fault comes out, then the fault."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import sys
import zlib
from collections.abc import Callable

import pytest

from dcactivity.archives.decompression import decompress
from dcactivity.archives.limits import Budget, LimitError, Limits
from dcactivity.archives.streams import ChunkStream, open_layers, sniff
from dcactivity.errors import ArchiveError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


def zstd_checked(data: bytes) -> bytes:
    return zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1})


CODECS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstd_checked,
}
codecs = pytest.mark.parametrize(("codec", "compress"), CODECS.items(), ids=CODECS)
SMALL = random.Random(1).randbytes(3_000)
LARGE = random.Random(2).randbytes(1_000_000).hex().encode()  # two bzip2 blocks and more


def read_all(data: bytes, codec: str) -> tuple[bytes, str]:
    stream = ChunkStream(decompress(io.BytesIO(data), codec))
    out = bytearray()
    try:
        while part := stream.read(70_001):
            out += part
    except ArchiveError as error:
        with pytest.raises(ArchiveError):
            stream.read(1)
        return bytes(out), error.message
    return bytes(out), ""


@codecs
@pytest.mark.parametrize("data", [b"", SMALL, LARGE], ids=["empty", "small", "large"])
def test_members_behind_one_another_and_padding_are_read(
    codec: str, compress: Callable[[bytes], bytes], data: bytes
) -> None:
    packed = compress(data)
    assert read_all(packed, codec) == (data, "")
    assert read_all(packed + packed, codec) == (data + data, "")
    assert read_all(packed + bytes(700), codec) == (data, "")


@codecs
def test_truncated_data_give_their_beginning(
    codec: str, compress: Callable[[bytes], bytes]
) -> None:
    packed = compress(LARGE)
    out, reason = read_all(packed[: len(packed) * 3 // 4], codec)
    assert LARGE.startswith(out)
    assert len(out) > len(LARGE) // 3
    assert reason.startswith("truncated ")
    assert read_all(b"", codec)[1].startswith("truncated ")


@codecs
def test_what_follows_the_data_and_is_no_member_is_a_fault(
    codec: str, compress: Callable[[bytes], bytes]
) -> None:
    out, reason = read_all(compress(SMALL) + b"rubbish", codec)
    assert out == SMALL
    assert reason.endswith("other bytes follow the end of the data")


@pytest.mark.parametrize(
    ("codec", "place", "reason"),
    [
        ("gz", -8, "corrupt gzip: CRC check failed"),
        ("gz", -1, "corrupt gzip: length check failed"),
        ("bz2", -3, "corrupt bzip2: Invalid data stream"),
        ("xz", -2, "corrupt xz: Corrupt input data"),
    ],
)
def test_all_bytes_come_before_a_fault_at_the_end(codec: str, place: int, reason: str) -> None:
    packed = bytearray(CODECS[codec](SMALL))
    packed[place] ^= 0x55
    assert read_all(bytes(packed), codec) == (SMALL, reason)


def test_all_bytes_come_before_a_fault_within_gzip() -> None:
    stored = gzip.compress(LARGE, 0)  # bytes lie there as they are: the loss can be counted
    at = stored.index(LARGE[900_000:900_100])
    out, reason = read_all(stored[:at] + bytes(5), "gz")
    assert LARGE.startswith(out[:900_000])
    assert len(out) == 900_005
    assert reason == "truncated gzip: the end is missing"


def test_an_xz_that_asks_for_gigabytes_of_memory_is_refused() -> None:
    packed = bytearray(lzma.compress(b"x"))
    # The LZMA2 filter's one byte of properties names the dictionary's size: 38 is 2 GiB. The
    # block header's CRC follows (The .xz File Format 1.1.0, 3.1 and 5.3.1).
    end = 12 + (packed[12] + 1) * 4
    packed[packed.index(b"\x21\x01", 12) + 2] = 38
    packed[end - 4 : end] = zlib.crc32(packed[12 : end - 4]).to_bytes(4, "little")
    assert read_all(bytes(packed), "xz") == (b"", "corrupt xz: Memory usage limit exceeded")


def test_readinto_fills_a_buffer_over_many_chunks() -> None:
    stream = ChunkStream(iter([b"ab", b"", b"cde", b"f"]))
    buffer = bytearray(4)
    assert (stream.peek(3), stream.peek(1)) == (b"abc", b"a")
    assert stream.readinto(memoryview(buffer)) == 4
    assert bytes(buffer) == b"abcd"
    assert stream.read() == b"ef"
    assert stream.readinto(buffer) == 0
    assert stream.read(1) == b""


def test_what_peeking_finds_broken_is_still_read_first() -> None:
    stream = ChunkStream(decompress(io.BytesIO(gzip.compress(SMALL)[:-4]), "gz"))
    assert stream.peek(1 << 20) == SMALL
    assert stream.fault == "truncated gzip: the end is missing"
    assert stream.read(1 << 20) == SMALL
    with pytest.raises(ArchiveError, match="truncated gzip"):
        stream.read(1)


def test_layers_come_off_and_are_charged_together() -> None:
    budget = Budget(Limits(), 10)
    packed = gzip.compress(bz2.compress(SMALL))
    stream = open_layers(io.BytesIO(packed), ("gz", "bz2"), budget)
    assert stream.read() == SMALL
    assert budget.spent == len(bz2.compress(SMALL)) + len(SMALL)


def test_a_bomb_stops_at_the_ratio_and_what_came_before_is_kept() -> None:
    packed = gzip.compress(bytes(50 << 20))
    budget = Budget(Limits(ratio=10, ratio_from_bytes=4 << 20), len(packed))
    stream = open_layers(io.BytesIO(packed), ("gz",), budget)
    out = stream.peek(50 << 20)
    assert 3 << 20 < len(out) <= 4 << 20
    assert stream.read(len(out)) == out
    with pytest.raises(LimitError, match="more than 10 times its size"):
        stream.read(1)


def test_small_files_of_long_runs_are_no_bombs() -> None:
    packed = gzip.compress(bytes(1 << 20))
    budget = Budget(Limits(ratio=10, ratio_from_bytes=1 << 20), len(packed))
    assert len(open_layers(io.BytesIO(packed), ("gz",), budget).read()) == 1 << 20


def test_an_archive_stops_at_its_bytes() -> None:
    packed = gzip.compress(LARGE)
    stream = open_layers(io.BytesIO(packed), ("gz",), Budget(Limits(archive_bytes=10), 1 << 30))
    with pytest.raises(LimitError, match="more than 10 bytes"):
        stream.read(1)


@pytest.mark.parametrize("codec", CODECS)
def test_sniffing_looks_through_compression(codec: str) -> None:
    mail = b"From a@example.org Mon Feb  1 10:00:00 2021\nSubject: x\n\n" + LARGE
    packed = gzip.compress(CODECS[codec](mail))
    found = sniff(lambda size: packed[:size], name="x")
    assert (found.kind, found.codecs, found.damaged) == ("mbox", ("gz", codec), False)


@pytest.mark.parametrize(
    ("data", "reason", "damaged"),
    [
        (gzip.compress(b""), "empty file", False),
        (gzip.compress(b"words"), "text without mail in it", False),
        (gzip.compress(b"words")[:12], "truncated gzip: the end is missing", True),
        (b"\x1f\x8bnot gzip at all", "corrupt gzip", True),
    ],
    ids=["empty", "words", "truncated", "corrupt"],
)
def test_sniffing_tells_damage_from_other_files(data: bytes, reason: str, damaged: bool) -> None:
    found = sniff(lambda size: data[:size], name="x.gz")
    assert found.kind is None
    assert found.reason.startswith(reason)
    assert found.damaged is damaged
