"""Hand the tasks of an ingest out to workers, and join what several read of one archive."""

from __future__ import annotations

import os
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from dcactivity.messages.tasks import (
    ChunkTask,
    CoalitionTask,
    ReadChunk,
    run_chunk,
    run_division,
    run_task,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor, Future
    from pathlib import Path

    from dcactivity.messages.store import Manifest

    Done = tuple[str, Manifest, int]

__all__ = ["carry_out", "to_read_again"]

_DIVIDED = 2  # chunks that an archive has at least, if it is divided


def carry_out(
    tasks: list[CoalitionTask], executor: Executor | None, workers: int | None
) -> Iterator[Done]:
    """Carry tasks out, those with the most bytes first.

    Parameters
    ----------
    tasks : list of CoalitionTask
        One for each coalition.
    executor : Executor or None
        Where the work is done; by default processes of this machine.
    workers : int or None
        How many processes, where no executor is given; see `dcactivity.messages.ingest.ingest`.

    Yields
    ------
    tuple
        As `dcactivity.messages.coalition.ingest_coalition` gives it, in the order in which
        coalitions are done.
    """
    sizes = {id(task): _sizes(task) for task in tasks}  # each archive is looked at once
    tasks = sorted(tasks, key=lambda task: sum(sizes[id(task)]), reverse=True)
    parts = {id(task): max(sizes[id(task)], default=0) // task.chunk for task in tasks}
    large = [task for task in tasks if parts[id(task)] >= _DIVIDED]
    if executor is not None:
        yield from _Handing(executor).all(tasks, large)
        return
    if not tasks or (workers is None and "pyarrow" in sys.modules):
        # A process that has Arrow's threads must not be forked, and another kind of start would
        # run the caller's script once more: without a word from the caller the work is done here.
        yield from (run_task(task) for task in tasks)
        return
    count = min(workers or _cores(), sum(max(1, part) for part in parts.values()))
    # What is read in chunks is written twice: only what other workers would wait for is.
    share = sum(map(sum, sizes.values())) / count
    large = [task for task in large if sum(sizes[id(task)]) > share]
    with ProcessPoolExecutor(count, initializer=_prepare_worker, initargs=(os.getpid(),)) as pool:
        yield from _Handing(pool).all(tasks, large)


class _Handing:
    """What has been handed out, and what is to be done with each result.

    No task waits for another: that would leave a pool without a free worker. What needs the
    results of others is handed out when they are there.
    """

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self._arrived: SimpleQueue[Future[Any]] = SimpleQueue()
        self._then: dict[Future[Any], Callable[[Any], Done | None]] = {}

    def all(self, tasks: list[CoalitionTask], large: list[CoalitionTask]) -> Iterator[Done]:
        """Hand all tasks out, the large ones divided, and give the coalitions that are done."""
        divided = dict(
            zip((id(one) for one in large), self._executor.map(run_division, large), strict=True)
        )
        for task in tasks:
            chunks = divided.get(id(task))
            if chunks:
                _Division(self, task, chunks)
            else:
                self.submit(run_task, task, _as_it_is)
        while self._then:
            future = self._arrived.get()
            done = self._then.pop(future)(future.result())
            if done is not None:
                yield done

    def submit(
        self, work: Callable[[Any], Any], task: Any, then: Callable[[Any], Done | None]
    ) -> None:
        """Hand a task out."""
        future = self._executor.submit(work, task)
        self._then[future] = then
        future.add_done_callback(self._arrived.put)


class _Division:
    """A coalition with very large archives: first their chunks, then the coalition itself."""

    def __init__(self, handing: _Handing, task: CoalitionTask, chunks: list[ChunkTask]) -> None:
        self._handing, self._task = handing, task
        self._places = {_place(chunk): at for at, chunk in enumerate(chunks)}
        self._read: list[ReadChunk | None] = [None] * len(chunks)
        self._folders: list[Path] = []
        self._out = 0
        self._rounds = len(chunks)  # each round has one more chunk right, or the archive changes
        self._hand_out(chunks)

    def _hand_out(self, chunks: list[ChunkTask]) -> None:
        self._rounds -= 1
        self._out = len(chunks)
        for chunk in chunks:
            self._handing.submit(run_chunk, chunk, self._take)

    def _take(self, found: ReadChunk | None) -> None:
        """Keep what was read of a chunk; after the last one, go on with what is to be done."""
        self._out -= 1
        if found is not None:
            self._read[self._places[_place(found.task)]] = found
            self._folders.append(found.records.parent)
        if self._out:
            return
        read = [chunk for chunk in self._read if chunk is not None]
        if len(read) < len(self._read):
            read, again = [], []  # the archive has gone: the coalition's own task says so
        else:
            again = to_read_again(read)
        if again and self._rounds > 0:
            self._hand_out(again)
            return
        task = replace(self._task, ready=() if again else tuple(read))
        self._handing.submit(run_task, task, self._finish)

    def _finish(self, done: Done) -> Done:
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)
        return done


def to_read_again(chunks: list[ReadChunk]) -> list[ChunkTask]:
    """Find the chunks that were read from a wrong place, or in want of an address.

    Parameters
    ----------
    chunks : list of ReadChunk
        All chunks of one or more archives, in order. The first one of an archive is always right,
        and each other one is if it begins where the one before it found the next message, and
        knew the addresses that the list had before. (An address that its first batch names is
        known in time.)

    Returns
    -------
    list of ChunkTask
        With what is now known; none where all are right.
    """
    again: list[ChunkTask] = []
    following: int | None = None
    addresses: frozenset[str] = frozenset()
    archive = ""
    for chunk in chunks:
        task = chunk.task
        if task.archive.name != archive:
            archive, addresses = task.archive.name, task.addresses
            following = chunk.following
        elif following is not None and not _begins_right(chunk, following, addresses):
            again.append(replace(task, start=following, addresses=addresses))
        if chunk.first is not None:  # else what goes on in it ends where it did before
            following = chunk.following
            addresses |= chunk.addresses  # those that it was told of are no finding of its own
    return again


def _begins_right(chunk: ReadChunk, start: int, addresses: frozenset[str]) -> bool:
    """Tell whether a chunk was read as it has to be where `start` is the next message."""
    if chunk.first is None:
        end = chunk.following if chunk.task.end is None else chunk.task.end
        return end is None or start >= end
    return chunk.first == start and chunk.task.addresses <= addresses <= chunk.addresses_at_first


def _place(chunk: ChunkTask) -> tuple[str, int]:
    return chunk.archive.name, chunk.begin


def _as_it_is(done: Done) -> Done:
    return done


def _sizes(task: CoalitionTask) -> list[int]:
    return [_size(archive.path) for one in task.source.lists for archive in one.archives]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # gone in the meantime, which is said when it is to be read
        return 0


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


_PR_SET_PDEATHSIG, _SIGKILL = 1, 9
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


def _prepare_worker(parent: int) -> None:
    """Tie a worker to its parent, load what it needs, and have it keep the memory it works in.

    A worker that outlives its ingest would go on writing without the lock. Looking for garbage
    among what is being loaded takes a seventh of the loading. And blocks of some MiB, given back
    and asked for again for each block read, cost a fifth of the time in page faults.
    """
    import ctypes
    import gc

    # Numpy's linear algebra, which nothing here uses, would start a thread for each core.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, 1 << 30)
        libc.mallopt(_M_TRIM_THRESHOLD, 1 << 30)
    gc.disable()
    import dcactivity.messages.coalition  # noqa: F401

    gc.freeze()
    gc.enable()
