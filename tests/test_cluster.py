"""Work on a Dask cluster: the same bytes as in one process, whatever becomes of the workers."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from dcactivity.cluster import cluster
from dcactivity.demo import write_demo
from dcactivity.errors import ClusterError
from dcactivity.messages.ingest import ingest
from tests.command_line import run

distributed = pytest.importorskip("distributed", reason="Dask is an extra: dcactivity[dask]")

pytestmark = [
    pytest.mark.slow,
    # Workers that are killed leave sockets and loops of Dask's own behind.
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster") / "demo"
    write_demo(folder)
    return folder


@pytest.fixture
def workers(monkeypatch):
    root = str(Path(__file__).resolve().parents[1])
    monkeypatch.setenv("PYTHONPATH", root)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as found:
        yield found


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
    one, two = contents(tmp_path / "one" / "store"), contents(tmp_path / "two" / "store")
    assert any(name.startswith("events/") for name in one)
    assert one == two
    tables = [name for name in contents(tmp_path / "one" / "out") if name.endswith(".csv")]
    assert len(tables) >= 4
    for name in tables:
        assert (tmp_path / "one/out" / name).read_bytes() == (
            tmp_path / "two/out" / name
        ).read_bytes()


def test_lab_and_forecast_say_the_same_from_a_store_on_a_cluster(demo, workers, tmp_path):
    store = tmp_path / "store"
    ingest(demo, store)
    address = workers.scheduler_address
    for command in (
        ["forecast", str(store), "--as-of", "2022-03-31", "--json"],
        ["lab", str(store), "--policy", "draft-2022", "--to", "2022-03-31", "--json"],
    ):
        there = run(*command, "--dask", address)
        here = run(*command)
        assert there.out == here.out != ""


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


class _Client:
    """Answers as a client whose workers lack something."""

    def __init__(self, **answers: object) -> None:
        self.answers = answers

    def run(self, function, *arguments, on_error):
        assert on_error == "return"
        found = self.answers[function.__name__]
        return {"tcp://10.0.0.7:1": found(*arguments) if callable(found) else found}


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ({"resolve_name": ModuleNotFoundError("No module")}, "10.0.0.7:1: the worker cannot load"),
        ({"resolve_name": "0.0.1"}, "10.0.0.7:1: the worker has dcactivity 0.0.1, and this is"),
    ],
)
def test_a_worker_without_the_package_is_named(answers, message):
    from dcactivity.cluster import _check_package

    with pytest.raises(ClusterError, match=message):
        _check_package(_Client(**answers))


@pytest.mark.parametrize("what", ["source", "store"])
def test_a_worker_that_does_not_see_the_files_is_named(what, demo, tmp_path):
    from dcactivity.cluster import _check_files

    store = tmp_path / "store"
    lacking = demo if what == "source" else store
    client = _Client(exists=lambda path: lacking not in path.parents)
    with pytest.raises(ClusterError, match=rf"does not see the {what} .*{lacking.name}"):
        _check_files(client, demo, store)


def test_a_scheduler_without_workers_is_named(demo, tmp_path, monkeypatch):
    monkeypatch.setattr("dcactivity.cluster._PATIENCE", 1)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=None, silence_logs=50) as empty,
        pytest.raises(ClusterError, match="has no worker"),
        cluster(empty.scheduler_address, source=demo, store=tmp_path / "store"),
    ):
        pass
