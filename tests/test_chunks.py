"""A very large archive read by several workers, a chunk each: the same store to the last byte."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dcactivity.archives import digests, headers, mbox, separators
from dcactivity.messages import dispatch, ingest, plan, tasks
from dcactivity.messages.read import opened
from tests.boxes import mbox as mbox_of
from tests.boxes import message, write_box
from tests.command_line import run

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
BLOCK = 64


class Here(Executor):
    """Does each task at once, and remembers what it did."""

    def __init__(self) -> None:
        self.done: list[Callable[..., Any]] = []
        self.chunks: list[tasks.ChunkTask] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.done.append(fn)
        self.chunks += [one for one in args if isinstance(one, tasks.ChunkTask)]
        outcome: Future[Any] = Future()
        outcome.set_result(fn(*args, **kwargs))
        return outcome


@contextmanager
def chunks_of(size: int, *, block: int = BLOCK, header_limit: int | None = None) -> Iterator[None]:
    """Divide archives into chunks of so many bytes, with digests over blocks as small."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digests, "BLOCK", block)
        patch.setattr(plan, "BLOCK", block)
        patch.setattr(ingest, "CoalitionTask", partial(tasks.CoalitionTask, chunk=size))
        if header_limit is not None:
            patch.setattr(headers, "HEADER_LIMIT", header_limit)
            patch.setattr(mbox, "HEADER_LIMIT", header_limit)
            patch.setattr(separators, "HEADER_LIMIT", header_limit)
        yield


def contents(folder: Path) -> dict[str, bytes]:
    """Give the bytes of all files of a store but the lock."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "lock"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def assert_same(source: Path, place: Path, one: str = "one", two: str = "two") -> Here:
    """Ingest in one piece and in chunks, and compare the stores."""
    here = Here()
    ingest.ingest(source, place / one, workers=1)
    ingest.ingest(source, place / two, executor=here)
    assert contents(place / one) == contents(place / two)
    return here


ENVELOPE = b"From jane@example.org Thu Mar 31 10:00:00 2022\n"
FIELDS = b"From: Jane <jane@example.org>\nDate: Thu, 31 Mar 2022 10:00:00 +0000\n"
LIST = b"List-Post: <mailto:tides@lists.example.org>\n"
REWRITTEN = (
    b"From: Jane <tides@lists.example.org>\nReply-To: Jane <jane@example.org>\n"
    b"Date: Thu, 31 Mar 2022 10:00:00 +0000\n"
)
QUOTED = b"\n" + ENVELOPE + FIELDS + LIST + b"\nwas forwarded\n\n"


def mail(number: int, *fields: bytes, body: bytes = b"Hello\n") -> bytes:
    head = b"Message-ID: <%d@example.org>\n" % number if number else b""
    return ENVELOPE + head + (b"".join(fields) or FIELDS) + b"\n" + body + b"\n"


def measured(number: int, body: bytes, length: int) -> bytes:
    return mail(number, FIELDS, b"Content-Length: %d\n" % length, body=body)


PIECES = st.sampled_from(
    [
        *(mail(number) for number in range(4)),
        *(mail(4, FIELDS, LIST), mail(5, REWRITTEN), mail(6, REWRITTEN, LIST), mail(0, REWRITTEN)),
        *(mail(7, body=QUOTED), mail(8, body=b"x" * 500 + b"\n"), mail(0, body=b"y" * 300)),
        *(measured(9, QUOTED, len(QUOTED)), measured(10, QUOTED, 7), measured(11, b"z\n", 10_000)),
        *(mail(12)[:-1], mail(13, FIELDS, b"X: " + b"x" * 700 + b"\n"), mail(0, body=b"\n" * 200)),
        *(mail(0, b"Subject: alone\n", body=b"a\r\r\nb\r"), ENVELOPE, b"\n", b"\n" * 70, b"\0\n"),
        *(ENVELOPE + b"no header\n\n", b"From \n", b"text\n", mail(14).replace(b"\n", b"\r\n")),
    ]
)


@given(
    pieces=st.lists(PIECES, min_size=2, max_size=14),
    size=st.integers(1, 16).map(lambda count: count * BLOCK),
    block=st.integers(7, 900),
    lead=st.sampled_from([b"", b"", b"\xef\xbb\xbf", b"\r\n\n", b"lead\n\n"]),
    is_crlf=st.booleans(),
    cut=st.integers(0, 60),
)
@example([mail(1), mail(7, body=QUOTED * 9), mail(2)], 64, 900, b"", False, 0)
@example([mail(1), mail(7, body=QUOTED * 9), mail(5, REWRITTEN)], 64, 70, b"", True, 3)
@example([measured(9, QUOTED * 5, len(QUOTED) * 5), mail(2)], 64, 900, b"", False, 0)
@example([mail(4, FIELDS, LIST), *(mail(n) for n in range(3)), mail(5, REWRITTEN)], 128, 99, b"",
         False, 0)  # fmt: skip
@example([measured(9, QUOTED, len(QUOTED))] * 2 + [mail(5, REWRITTEN)], 64, 7, b"", False, 0)
@settings(max_examples=120, deadline=None)
def test_borders_in_the_middle_of_anything_change_nothing(
    pieces: list[bytes], size: int, block: int, lead: bytes, is_crlf: bool, cut: int
) -> None:
    data = b"".join(pieces)
    data = lead + (data.replace(b"\n", b"\r\n") if is_crlf else data)
    # It has to be told as an mbox by its start: how a file is recognised is not the matter here.
    data = (mail(99) if lead == b"lead\n\n" else b"") + data[: len(data) - cut]
    with tempfile.TemporaryDirectory() as folder, chunks_of(size, header_limit=600):
        place = Path(folder)
        (place / "tides.mbox").write_bytes(lead.replace(b"lead\n\n", b"") + mail(98) + data)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(mbox, "BLOCK", block)
            assert_same(place / "tides.mbox", place)


@given(
    pieces=st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a"]), max_size=20),
    cuts=st.sets(st.integers(0, 40)),
)
@example([b"a", b"\r", b"\r\n", b"\n", b"a"], {2, 3, 4})
def test_a_digest_of_a_message_does_not_depend_on_how_it_came(
    pieces: list[bytes], cuts: set[int]
) -> None:
    data = b"".join(pieces)
    borders = [0, *sorted(cuts), len(data) + 40]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(digests, "BLOCK", 4)
        whole, cut = digests.RawDigest(), digests.RawDigest()
        whole.update(ENVELOPE + data)
        cut.update(ENVELOPE)
        for begin, end in pairwise(borders):
            cut.update(data[begin:end])
        assert cut.hexdigest() == whole.hexdigest()


def test_a_chunk_that_began_at_a_quoted_message_is_read_again(tmp_path: Path) -> None:
    quoted = measured(2, QUOTED * 30, len(QUOTED) * 30)
    (tmp_path / "tides.mbox").write_bytes(mail(1) + quoted + mail(3) + mail(4) + mail(5))
    with chunks_of(1024):
        here = assert_same(tmp_path / "tides.mbox", tmp_path)
    guessed = [one.start for one in here.chunks if one.begin]
    assert guessed.count(None) == len({one.begin for one in here.chunks}) - 1
    # One begins at a message behind the quoted ones, the others learn that none begins in them.
    assert {start for start in guessed if start is not None} == {len(mail(1) + quoted)}


def test_a_chunk_that_lacked_a_former_address_is_read_again(tmp_path: Path) -> None:
    moved = b"List-Post: <mailto:tides@new.example.org>\n"
    box = mail(1, FIELDS, LIST) + b"".join(mail(n, FIELDS, moved) for n in range(2, 20))
    (tmp_path / "tides.mbox").write_bytes(box + mail(20, REWRITTEN) + mail(21))
    with chunks_of(1024):
        here = assert_same(tmp_path / "tides.mbox", tmp_path)
    again = [one for one in here.chunks if one.begin and one.start is not None]
    assert again
    assert all("tides@lists.example.org" in one.addresses for one in again)
    with opened(tmp_path / "two") as found:
        assert set(found.messages()["from_address"]) == {"jane@example.org"}


def test_a_chunk_is_read_once_where_its_guess_was_right(tmp_path: Path) -> None:
    write_box(tmp_path / "tides.mbox", range(300))
    with chunks_of(4096):
        here = assert_same(tmp_path / "tides.mbox", tmp_path)
        size = (tmp_path / "tides.mbox").stat().st_size
        assert here.done.count(tasks.run_chunk) == -(-size // 4096)
        assert here.done[0] == tasks.run_division
        assert here.done[-1] == tasks.run_task
        # Nothing new: nothing is divided, and nothing is left of the chunks.
        again = Here()
        ingest.ingest(tmp_path / "tides.mbox", tmp_path / "two", executor=again)
        assert again.done == [tasks.run_division, tasks.run_task]
    assert not (tmp_path / "two" / "staging").exists()


def test_a_large_tail_of_a_grown_archive_is_divided(tmp_path: Path) -> None:
    box = write_box(tmp_path / "tides.mbox", range(10))
    with chunks_of(4096):
        assert_same(box, tmp_path)
        with box.open("a", encoding="ascii") as file:
            file.write("".join(message(number) for number in range(10, 200)))
        here = assert_same(box, tmp_path)
        assert here.done.count(tasks.run_chunk) > 5
        assert here.chunks[0].start == len(mbox_of(range(10)))
        with box.open("a", encoding="ascii") as file:
            file.write(message(200))
        assert assert_same(box, tmp_path).done.count(tasks.run_chunk) == 0


def test_what_is_compressed_or_small_is_one_task(tmp_path: Path) -> None:
    import gzip

    box = write_box(tmp_path / "plain" / "tides.mbox", range(300)).read_bytes()
    (tmp_path / "plain" / "reefs.mbox.gz").write_bytes(gzip.compress(box, 0))
    write_box(tmp_path / "plain" / "dunes.mbox", range(3), slug="dunes")
    with chunks_of(4096):
        here = assert_same(tmp_path / "plain", tmp_path)
    assert {one.archive.path.name for one in here.chunks} == {"tides.mbox"}


def test_the_forgotten_stay_out_of_what_waits_on_disk(tmp_path: Path) -> None:
    seen: list[bytes] = []

    class Looking(Here):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            outcome = super().submit(fn, *args, **kwargs)
            if fn is tasks.run_chunk:
                seen.append(outcome.result().records.read_bytes())
            return outcome

    with chunks_of(4096):
        ingest.ingest(write_box(tmp_path / "tides.mbox", range(5)), tmp_path / "one")
        run("forget", "p3@example.org", "--store", tmp_path / "one")
        shutil.copytree(tmp_path / "one", tmp_path / "two")
        write_box(tmp_path / "tides.mbox", range(1, 300))  # another file
        ingest.ingest(tmp_path / "tides.mbox", tmp_path / "one")
        ingest.ingest(tmp_path / "tides.mbox", tmp_path / "two", executor=Looking())
    assert b"p2@example.org" in b"".join(seen)
    assert b"p3@example.org" not in b"".join(seen)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_an_archive_that_changes_while_it_is_read_is_read_as_one(tmp_path: Path) -> None:
    box = write_box(tmp_path / "tides.mbox", range(300))

    class Growing(Here):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            if fn is tasks.run_task:
                box.write_text("".join(message(number) for number in range(7, 320)))
            return super().submit(fn, *args, **kwargs)

    with chunks_of(4096):
        ingest.ingest(box, tmp_path / "two", executor=Growing())
        ingest.ingest(box, tmp_path / "one")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_an_archive_that_is_gone_before_it_is_read_is_said_to_be(tmp_path: Path) -> None:
    box = write_box(tmp_path / "tides.mbox", range(300))

    class Losing(Here):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            if fn is tasks.run_chunk and box.exists():
                box.write_bytes(b"no archive any more")
            return super().submit(fn, *args, **kwargs)

    with chunks_of(4096):
        report = ingest.ingest(box, tmp_path / "store", executor=Losing())
    assert report.total("read") == 0


def killed_once(mark: str, task: tasks.ChunkTask) -> tasks.ReadChunk | None:
    """Read a chunk; the third worker that does is killed when it has, before it can say so."""
    done = tasks.run_chunk(task)
    with Path(mark).open("a", encoding="ascii") as file:
        file.write("x")
    if Path(mark).stat().st_size == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return done


def test_a_worker_killed_during_a_chunk_leaves_nothing_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = write_box(tmp_path / "tides.mbox", range(300))
    monkeypatch.setattr(dispatch, "run_chunk", partial(killed_once, str(tmp_path / "mark")))
    with chunks_of(4096, block=digests.BLOCK):
        # The chunks are shorter than a block of the digest: it is not compared here.
        with (
            ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool,
            pytest.raises(BrokenProcessPool),
        ):
            ingest.ingest(box, tmp_path / "two", executor=pool)
        left = list((tmp_path / "two" / "staging").iterdir())
        assert left
    ingest.ingest(box, tmp_path / "two")
    ingest.ingest(box, tmp_path / "one")
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_one_worker_and_two_write_the_same_over_the_command_line(tmp_path: Path) -> None:
    body = "y" * 79 + "\n"
    with (tmp_path / "tides.mbox").open("w", encoding="ascii") as file:
        for number in range(140):
            file.write(message(number, body=body * 13_000))  # 1 MB each
    program = (
        "import sys, dcactivity.cli as cli; sys.argv[0] = 'dcactivity';"
        "import dcactivity.messages.dispatch as d;"
        "submit = d._Handing.submit;"
        "d._Handing.submit = lambda s, w, t, n: print(w.__name__) or submit(s, w, t, n);"
        "cli.main()"
    )
    said = []
    for count, name in ((1, "one"), (2, "two")):
        arguments = ["ingest", tmp_path / "tides.mbox", "--store", tmp_path / name]
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments, "--workers", str(count)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        said.append(done.stdout.split())
    assert said == [["run_task"], ["run_chunk", "run_chunk", "run_chunk", "run_task"]]
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpora of real archives are not at hand")
@pytest.mark.parametrize("size", [1024, 65_536])
def test_real_archives_in_chunks(size: int, tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name in ("apache-users-ponymail", "gmane-qemu", "listserv-3gpp-nr-mimo-ota",
                 "pipermail-numpy-2001-11", "pipermail-divunal-author", "torture"):  # fmt: skip
        shutil.copytree(CORPUS / name, source / name)
    with chunks_of(size, block=1024):
        here = assert_same(source, tmp_path)
    assert here.done.count(tasks.run_chunk) >= 8
