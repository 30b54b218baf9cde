"""Work on a Dask cluster: the same bytes as in one process, whatever becomes of the workers."""

from __future__ import annotations

import os
import pty
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from dcactivity.cluster import cluster
from dcactivity.demo import write_demo
from dcactivity.errors import ClusterError
from dcactivity.messages import dispatch
from dcactivity.messages import ingest as ingesting
from dcactivity.messages.ingest import ingest
from dcactivity.messages.tasks import CoalitionTask, run_chunk
from tests.boxes import message
from tests.command_line import run

distributed = pytest.importorskip("distributed", reason="Dask is an extra: dcactivity[dask]")

pytestmark = [
    pytest.mark.slow,
    # Workers that are killed leave sockets and loops of Dask's own behind.
    pytest.mark.filterwarnings("ignore"),
]


ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster") / "demo"
    write_demo(folder)
    return folder


@pytest.fixture(scope="module")
def local():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as found:
            yield found


@pytest.fixture
def workers(local):
    """Two worker processes, whatever a test before did to one of them."""
    with distributed.Client(local, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
    return local


def contents(folder: Path) -> dict[str, bytes]:
    """Give the bytes of all files of a folder but the lock, which names who holds it."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != "lock"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_two_workers_write_the_same_store_and_report_as_one_process(demo, workers, tmp_path):
    address = workers.scheduler_address
    for name, more in (("one", []), ("two", ["--dask", address])):
        store, out = tmp_path / name / "store", tmp_path / name / "out"
        store.parent.mkdir()
        arguments = ["--as-of", "2022-03-31", "--out", str(out), "--store", str(store), "--quiet"]
        run("report", demo, *arguments, *more)
    one, two = contents(tmp_path / "one"), contents(tmp_path / "two")
    assert one == two
    assert any(name.startswith("store/events/") for name in one)
    kinds = {Path(name).suffix for name in one if name.startswith("out/")}
    assert kinds == {".csv", ".html", ".json", ".png", ".pptx", ".svg", ".xlsx"}


def test_lab_and_forecast_say_and_draw_the_same_on_a_cluster(demo, workers, tmp_path):
    store = tmp_path / "store"
    ingest(demo, store)
    said = {}
    for name, more in (("here", []), ("there", ["--dask", workers.scheduler_address])):
        out = tmp_path / name
        shutil.copytree(store, out / "store")
        said[name] = [
            run(*command, *more).out
            for command in (
                ["lab", out / "store", "--policy", "draft-2022", "--to", "2022-03-31",
                 "--json", "--out", out / "lab"],
                ["forecast", out / "store", "--as-of", "2022-03-31", "--json",
                 "--chart", out / "a.svg"],
                ["forecast", out / "store", "--as-of", "2022-03-31", "--backtest",
                 "--chart", out / "a.png"],
            )
        ]  # fmt: skip
    assert said["here"] == said["there"]
    assert all(said["here"])
    one, two = contents(tmp_path / "here"), contents(tmp_path / "there")
    assert len([name for name in one if name.startswith("lab/")]) >= 3
    assert one == two


@pytest.mark.parametrize("command", [["lab", "--policy", "draft-2022"], ["forecast"]])
def test_lab_and_forecast_want_a_store_that_the_workers_see(command, demo):
    found = run(*command, demo, "--dask", "tcp://127.0.0.1:1", code=1)
    assert "ingest first and give the store as SOURCE" in found.err
    assert "Traceback" not in found.err


def test_a_worker_that_is_killed_in_the_middle_changes_nothing(demo, workers, tmp_path):
    ingest(demo, tmp_path / "one")
    killed: list[int] = []

    def kill(done: int, total: int, _: str) -> None:
        if done == 2:
            victim = next(iter(workers.workers.values())).pid
            os.kill(victim, signal.SIGKILL)
            killed.append(total - done)

    with cluster(workers.scheduler_address, source=demo, store=tmp_path / "two") as executor:
        ingest(demo, tmp_path / "two", executor=executor, progress=kill)
    assert killed[0] > 0
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


async def forget_worker(address, dask_scheduler):
    """Have the scheduler give a worker up, as if it had not been heard of for long."""
    await dask_scheduler.remove_worker(address, stimulus_id="lost", close=False)


def test_a_worker_that_the_scheduler_loses_in_the_middle_changes_nothing(demo, tmp_path):
    ingest(demo, tmp_path / "one")
    lost = []

    def lose(done: int, total: int, _: str) -> None:
        if done == 2:
            with distributed.Client(address, set_as_default=False) as client:
                victim = next(iter(client.scheduler_info()["workers"]))
                client.run_on_scheduler(forget_worker, victim)
            lost.append(total - done)

    with (
        started(SCHEDULER) as (_, address),
        started(WORKER, address),
        started(WORKER, address),
        cluster(address, source=demo, store=tmp_path / "two") as executor,
    ):
        ingest(demo, tmp_path / "two", executor=executor, progress=lose)
    assert lost[0] > 0
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_an_archive_is_read_in_chunks_and_a_worker_killed_at_one_changes_nothing(
    workers, tmp_path, monkeypatch
):
    box = tmp_path / "tides.mbox"
    body = "y" * 79 + "\n"
    with box.open("w", encoding="ascii") as file:
        for number in range(100):
            file.write(message(number, body=body * 3000))  # 240 KB each
    ingest(box, tmp_path / "one", workers=1)
    monkeypatch.setattr(ingesting, "CoalitionTask", partial(CoalitionTask, chunk=4 << 20))
    monkeypatch.setattr(dispatch, "run_chunk", partial(killed_once, str(tmp_path / "mark")))
    with cluster(workers.scheduler_address, source=box, store=tmp_path / "two") as executor:
        ingest(box, tmp_path / "two", executor=executor)
    assert (tmp_path / "mark").stat().st_size == 7  # six chunks, one of them twice
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def killed_once(mark, task):
    """Read a chunk; the third worker that does is killed when it has, before it can say so."""
    done = run_chunk(task)
    with Path(mark).open("a", encoding="utf-8") as file:
        file.write("x")
    if Path(mark).stat().st_size == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return done


def die_once(mark: str) -> str:
    """Kill the worker the first times that this is run."""
    with Path(mark).open("a", encoding="utf-8") as file:
        file.write("x")
    if Path(mark).stat().st_size <= 5:
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def test_a_task_whose_workers_die_again_and_again_is_handed_out_anew(demo, workers, tmp_path):
    # The scheduler gives a task up after its fourth worker; the fifth is our second attempt.
    with cluster(workers.scheduler_address, source=demo, store=tmp_path / "store") as executor:
        assert executor.submit(die_once, str(tmp_path / "mark")).result(timeout=120) == "done"
    assert (tmp_path / "mark").stat().st_size == 6


def test_a_scheduler_that_is_not_there_is_named(demo, tmp_path, monkeypatch):
    monkeypatch.setattr("dcactivity.cluster._PATIENCE", 1)
    with (
        pytest.raises(ClusterError, match=r"127\.0\.0\.1:1: no Dask scheduler answers"),
        cluster("tcp://127.0.0.1:1", source=demo, store=tmp_path / "store"),
    ):
        pass


def test_a_cluster_needs_a_store_that_all_see(demo):
    with (
        pytest.raises(ClusterError, match="have to see the store"),
        cluster("tcp://127.0.0.1:1", source=demo, store=None),
    ):
        pass


SCHEDULER = """
    import asyncio
    from distributed import Scheduler

    async def main():
        async with Scheduler(host="127.0.0.1", port=0, dashboard=False) as found:
            print(found.address, flush=True)
            await found.finished()

    asyncio.run(main())
"""
WORKER = """
    import asyncio, sys
    from distributed import Worker

    async def main():
        async with Worker(sys.argv[1], nthreads=1, dashboard=False) as found:
            print(found.address, flush=True)
            await found.finished()

    asyncio.run(main())
"""


@contextmanager
def started(program, *arguments, before=(), path=ROOT):
    """Start a process that prints its address first."""
    command = [*before, sys.executable, "-c", textwrap.dedent(program), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(path)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def command(*arguments, stderr=subprocess.PIPE):
    """Begin a command as a process of its own."""
    program = "import sys; from dcactivity.cli import main; sys.argv[0] = 'dcactivity'; main()"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment,
    )  # fmt: skip


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Enough lists that there is a middle."""
    folder = tmp_path_factory.mktemp("many")
    for number in range(400):
        (folder / f"list-{number}.mbox").write_text(message(number))
    return folder


def test_a_scheduler_that_dies_in_the_middle_is_said_in_a_line_and_the_next_run_goes_on(
    many, tmp_path
):
    store = tmp_path / "store"
    with started(SCHEDULER) as (scheduler, address), started(WORKER, address):
        process = command("ingest", many, "--store", store, "--dask", address, "--quiet")
        deadline = time.monotonic() + 60
        while len(list(store.glob("messages/*"))) < 10 and time.monotonic() < deadline:
            time.sleep(0.01)
        scheduler.kill()
        out, err = process.communicate(timeout=120)
    assert process.returncode == 1, err
    assert out == ""
    assert err.startswith("dcactivity: ")
    assert len(err.splitlines()) <= 2
    assert "the scheduler is gone" in err
    assert 10 <= len(list(store.glob("messages/*"))) < 400
    ingest(many, store)
    ingest(many, tmp_path / "one")
    assert contents(store) == contents(tmp_path / "one")


def test_progress_shows_on_a_cluster(demo, workers, tmp_path):
    ours, theirs = pty.openpty()
    process = command(
        "ingest", demo, "--store", tmp_path / "store", "--dask", workers.scheduler_address,
        stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 4096):
            shown += piece
    except OSError:  # what a terminal's end gives where the other one is closed
        pass
    os.close(ours)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"reading archives" in shown
    assert b"100%" in shown


def test_a_worker_without_the_package_is_named(demo, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        textwrap.dedent("""
            import sys

            class Lacking:
                def find_spec(self, name, path=None, target=None):
                    if name.partition(".")[0] == "dcactivity":
                        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

            sys.meta_path.insert(0, Lacking())
        """)
    )
    with (
        started(SCHEDULER) as (_, address),
        started(WORKER, address, path=tmp_path) as (_, worker),
    ):
        found = run("ingest", demo, "--store", tmp_path / "store", "--dask", address, code=1)
    assert f"{worker}: the worker cannot load dcactivity (No module named" in found.err
    assert "install dcactivity" in found.err
    assert "Traceback" not in found.err


CAN_UNSHARE = (
    shutil.which("unshare") is not None
    and subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode == 0
)


@pytest.mark.skipif(not CAN_UNSHARE, reason="needs the right to unmount for a process alone")
@pytest.mark.parametrize("what", ["source", "store"])
def test_a_worker_that_does_not_see_the_files_is_named(what, demo, tmp_path):
    places = {"source": tmp_path / "source", "store": tmp_path / "store"}
    shutil.copytree(demo, places["source"])
    places["store"].mkdir()
    hidden = ["unshare", "-m", "sh", "-c", f'mount -t tmpfs none "{places[what]}"; exec "$@"', "-"]
    with (
        started(SCHEDULER) as (_, address),
        started(WORKER, address),
        started(WORKER, address, before=hidden) as (_, worker),
    ):
        found = run(
            "ingest", places["source"], "--store", places["store"], "--dask", address, code=1
        )
    assert f"{worker}: the worker does not see the {what} {places[what]}" in found.err
    assert "Traceback" not in found.err


class _Client:
    """Answers as a client whose workers have another version."""

    def run(self, *_, on_error):
        assert on_error == "return"
        return {"tcp://10.0.0.7:1": "0.0.1"}


def test_a_worker_with_another_version_is_named():
    from dcactivity.cluster import _check_package

    with pytest.raises(ClusterError, match=r"10\.0\.0\.7:1: the worker has dcactivity 0.0.1, and"):
        _check_package(_Client())


def test_a_scheduler_without_workers_is_named(demo, tmp_path, monkeypatch):
    monkeypatch.setattr("dcactivity.cluster._PATIENCE", 1)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None, silence_logs=50) as empty,
        pytest.raises(ClusterError, match="has no worker"),
        cluster(empty.scheduler_address, source=demo, store=tmp_path / "store"),
    ):
        pass
