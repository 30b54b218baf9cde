"""Coalitions taken together: what a call costs whatever it is about, a batch pays once.

Most lists are small, and most of the time would go into starting to work on one. A batch is what
is handed to a worker; a list that is larger than a batch is one of its own. What is decided on a
coalition does not hang on the batch in which that is done.
"""

from __future__ import annotations

from concurrent.futures import as_completed
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from concurrent.futures import Executor

    from dcactivity.messages.read import Opened

__all__ = ["batches_of", "work_through"]

_MESSAGES, _COALITIONS = 20_000, 250

Task = TypeVar("Task")
Result = TypeVar("Result")


def batches_of(found: Opened, slugs: Iterable[str]) -> Iterator[list[str]]:
    """Take coalitions together until there is enough to do.

    Parameters
    ----------
    found : Opened
        A source whose messages lie in a store.
    slugs : iterable of str
        Its coalitions.

    Yields
    ------
    list of str
        In the same order.
    """
    batch: list[str] = []
    total = 0
    for slug in slugs:
        size = found.size(slug)
        if batch and (total + size > _MESSAGES or len(batch) == _COALITIONS):
            yield batch
            batch, total = [], 0
        batch.append(slug)
        total += size
    if batch:
        yield batch


def work_through(
    found: Opened, function: Callable[[Task], Result], tasks: Sequence[Task]
) -> Iterator[Result]:
    """Carry tasks out, on the executor of a source where it has one, else here.

    Parameters
    ----------
    found : Opened
        The source.
    function : callable
        A function of a module.
    tasks : sequence
        What it is called with, one at a time.

    Yields
    ------
    object
        What it returned, in the order in which they were done.
    """
    for done, result in enumerate(_results(found.executor, function, tasks), 1):
        if found.progress is not None:
            found.progress(done, len(tasks), "")
        yield result


def _results(
    executor: Executor | None, function: Callable[[Task], Result], tasks: Sequence[Task]
) -> Iterator[Result]:
    if executor is None:
        yield from map(function, tasks)
        return
    futures = [executor.submit(function, task) for task in tasks]
    yield from (future.result() for future in as_completed(futures))
