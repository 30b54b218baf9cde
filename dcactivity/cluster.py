"""Work on a Dask cluster: connect, see to it that every worker can do it, hand the tasks out.

A task works on whole coalitions, and doing it twice leaves what doing it once leaves. So a task
whose worker was lost is handed out again, to whichever worker is there.
"""

from __future__ import annotations

import contextlib
import logging
import pkgutil
import tempfile
from concurrent.futures import CancelledError, Executor, Future
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcactivity.errors import ClusterError
from dcactivity.messages.store import Store
from dcactivity.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["ATTEMPTS", "cluster"]

ATTEMPTS = 3
"""So often a task is handed out before it is blamed; the scheduler gives each some tries more."""

_PATIENCE = 10  # seconds in which a scheduler that is there has answered, and has a worker

_TALKATIVE = ("distributed", "distributed.client", "tornado.application")


@contextlib.contextmanager
def cluster(address: str | None, *, source: Path, store: Path | None) -> Iterator[Executor | None]:
    """Connect to a Dask cluster, for as long as work is handed to it.

    Parameters
    ----------
    address : str or None
        The scheduler's, such as ``tcp://10.0.0.1:8786``; None for this machine alone.
    source : Path
        An archive, a folder of archives, or a store; every worker has to see it.
    store : Path or None
        Where messages are kept, which every worker has to see, too; may be None where `source`
        is a store.

    Yields
    ------
    Executor or None
        What `dcactivity.ingest` and others take for ``executor``.

    Raises
    ------
    ClusterError
        Dask is not installed; no scheduler or no worker is there; a worker lacks the package,
        has another version of it, or does not see source or store.
    """
    if address is None:
        yield None
        return
    place = source if Store.is_store(source) else store
    if place is None:
        raise ClusterError(
            "the workers of a cluster have to see the store, and a temporary folder is seen by "
            "this machine alone",
            hint="name a store: --store DIR, or ingest first and give the store as SOURCE",
        )
    with _connected(address) as client:
        _check_package(client)
        _check_files(client, source, place)
        yield _ClusterExecutor(client)


@contextlib.contextmanager
def _connected(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError as error:
        raise ClusterError(
            "Dask is not installed", hint="install it with: pip install 'dcactivity[dask]'"
        ) from error
    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ClusterError(
            "no Dask scheduler answers there",
            path=address,
            hint="start one with `dask scheduler`, and give the address that it prints",
        ) from error
    with _quiet(), client:
        try:
            client.wait_for_workers(1, timeout=_PATIENCE)
        except TimeoutError as error:
            raise ClusterError(
                "the scheduler has no worker",
                path=address,
                hint="start some with: dask worker ADDRESS --nthreads 1",
            ) from error
        yield client


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask from telling of each lost connection, with its traceback: we say what matters."""
    loggers = [logging.getLogger(name) for name in _TALKATIVE]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _check_package(client: Any) -> None:
    """Refuse workers that lack this package, or have another version of it."""
    # A function of the standard library: one of ours could not be loaded where it is missing.
    name = "dcactivity.version:__version__"
    for worker, found in client.run(pkgutil.resolve_name, name, on_error="return").items():
        if isinstance(found, Exception):
            raise ClusterError(
                f"the worker cannot load dcactivity ({found})",
                path=worker,
                hint=f"install dcactivity {__version__} where the worker runs",
            )
        if found != __version__:
            raise ClusterError(
                f"the worker has dcactivity {found}, and this is {__version__}",
                path=worker,
                hint="install the same version everywhere, and start the workers anew",
            )


def _check_files(client: Any, source: Path, store: Path) -> None:
    """Refuse workers that do not see source and store as they are seen here."""
    Store(store).claim()
    source, store = source.resolve(), store.resolve()
    # A folder of the same name may be another, or a mount that failed: a file of it is asked for.
    inside = next(iter(sorted(source.iterdir())), source) if source.is_dir() else source
    with tempfile.NamedTemporaryFile(prefix=".store.json.", dir=store) as mark:
        for what, folder, path in (("source", source, inside), ("store", store, Path(mark.name))):
            for worker, found in client.run(Path.exists, path, on_error="return").items():
                if found is not True:
                    raise ClusterError(
                        f"the worker does not see the {what} {folder}",
                        path=worker,
                        hint="put it on a file system that all workers mount at the same place",
                    )


class _ClusterExecutor(Executor):
    """An executor that hands a task out again where its worker was lost."""

    # Not on Dask's own executor: where a worker is lost just when its result has come, that takes
    # the result for a failure.

    def __init__(self, client: Any) -> None:
        self._client = client

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        outcome: Future[Any] = Future()
        outcome.set_running_or_notify_cancel()
        self._hand_out(outcome, partial(fn, *args, **kwargs), 1)
        return outcome

    def _hand_out(self, outcome: Future[Any], work: Callable[[], Any], attempt: int) -> None:
        if self._client.status in {"closing", "closed"}:  # it gave up to find the scheduler again
            outcome.set_exception(_gone())
            return
        # Pure would mean: one key for the same task, whose failure is then remembered.
        given = self._client.submit(work, pure=False)
        given.add_done_callback(partial(self._settle, outcome, work, attempt))

    def _settle(
        self, outcome: Future[Any], work: Callable[[], Any], attempt: int, given: Any
    ) -> None:
        from distributed import KilledWorker
        from distributed.comm import CommClosedError

        try:
            outcome.set_result(given.result())
        except (KilledWorker, CommClosedError, CancelledError, FileNotFoundError) as error:
            if self._client.status != "running":
                outcome.set_exception(_gone())
            # A file that is gone: a worker that was given up for lost went on, and was quicker.
            elif attempt < ATTEMPTS:
                self._hand_out(outcome, work, attempt + 1)
            else:
                outcome.set_exception(_lost(error, attempt))
        except ModuleNotFoundError as error:
            failed = ClusterError(
                f"a worker cannot load what it needs ({error})",
                hint=f"install dcactivity {__version__} where the worker runs",
            )
            failed.__cause__ = error
            outcome.set_exception(failed)
        except BaseException as error:  # noqa: BLE001  # whatever it is goes to who asks
            outcome.set_exception(error)


def _gone() -> ClusterError:
    return ClusterError(
        "the scheduler is gone",
        hint="start it and its workers anew; what was done is kept, and the next run goes on "
        "from there",
    )


def _lost(error: BaseException, attempts: int) -> ClusterError:
    failed = ClusterError(
        f"a task was given up after {attempts} attempts ({type(error).__name__}: {error})",
        hint="look at the workers' logs: the system may have ended them for want of memory; what "
        "was done is kept, and the next run goes on from there",
    )
    failed.__cause__ = error
    return failed
