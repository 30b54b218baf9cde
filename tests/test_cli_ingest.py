"""The command line from outside: what it says, where, and with which exit status."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.boxes import mbox, write_box

PROGRAM = "import sys; from dcactivity.cli import main; sys.argv[0] = 'dcactivity'; main()"


def dcactivity(*arguments: object, status: int = 0) -> tuple[str, str]:
    """Run a command; give what it wrote to standard output and to standard error."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout, done.stderr


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Two coalitions; the archive of one is broken in the middle."""
    write_box(tmp_path / "source/tides/tides.mbox", range(20))
    data = gzip.compress(mbox(range(400), slug="dunes").encode(), mtime=0)
    (tmp_path / "source/dunes").mkdir()
    (tmp_path / "source/dunes/dunes.mbox.gz").write_bytes(data[: len(data) // 2])
    return tmp_path / "source"


def test_a_broken_archive_is_told_kept_as_far_as_it_goes_and_ends_in_3(
    source: Path, tmp_path: Path
) -> None:
    out, error = dcactivity("ingest", source, "--store", tmp_path / "store", "--json", status=3)
    rows = {row["coalition"]: row for row in json.loads(out)}
    assert rows["tides"]["read"] == 20
    assert 0 < rows["dunes"]["read"] < 400
    assert rows["dunes"]["read"] == rows["dunes"]["kept"]
    lines = error.splitlines()
    assert lines[-1] == "done, but 1 archive could not be opened or not read to the end"
    assert lines[-2].startswith("could not be read: dunes/dunes.mbox.gz: ")
    assert f"2 archives (2 read now): {20 + rows['dunes']['read']} messages read = " in error
    # it is said again while the archive is as it is, though nothing is read
    out, error = dcactivity("ingest", source, "--store", tmp_path / "store", status=3)
    assert out == ""
    assert "2 archives (0 read now)" in error
    # ... and still where remarks are not wanted
    out, error = dcactivity("ingest", source, "--store", tmp_path / "store", "-q", status=3)
    assert "archives (" not in error
    assert error.splitlines()[-1].startswith("done, but 1 archive")


def test_an_archive_that_is_known_as_damaged_is_no_fault(source: Path, tmp_path: Path) -> None:
    (source / "coalitions.toml").write_text(
        """
[[coalition]]
slug = "dunes"
name = "Dunes"
[[coalition.list]]
archives = ["dunes/*.gz"]
damaged = ["dunes/dunes.mbox.gz"]
"""
    )
    out, error = dcactivity("ingest", source, "--store", tmp_path / "store", "--json")
    (row,) = json.loads(out)
    assert 0 < row["read"] < 400
    assert "could not be" not in error


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["ingest", "nowhere", "--store", "s"], 1, "nowhere: no such file or folder; name an"),
        (["ingest", "{empty}", "--store", "s"], 1, "holds no archive that could be recognised"),
        (["ingest", "{tides}", "--store", "{tides}"], 1, "is a file; name a folder"),
        (["ingest", "{tides}"], 2, "--store"),
        (["ingest", "{tides}", "--store", "s", "--workers", "0"], 2, "--workers"),
        (["ingest", "{tides}", "--store", "s", "--retrieved", "soon"], 2, "--retrieved"),
        (["status", "{tides}", "--as-of", "2021-02-30"], 2, "--as-of"),
        (["status", "{tides}", "--policy", "nowhere"], 1, "nowhere"),
        (["nonsense"], 2, "nonsense"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    arguments: list[str], status: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    names = {"empty": "empty", "tides": str(write_box(tmp_path / "tides.mbox", range(3)))}
    out, error = dcactivity(*(one.format(**names) for one in arguments), status=status)
    assert out == ""
    assert says in error
    if status == 1:
        assert error.startswith("dcactivity: ")
        assert error.count("\n") == 1


def test_a_broken_registry_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "coalitions.toml").write_text('[[coalition]]\nslug = "dc-x"\nnmae = "X"\n')
    _, error = dcactivity("ingest", tmp_path, "--store", tmp_path / "store", status=1)
    assert error.startswith(f"dcactivity: {tmp_path / 'coalitions.toml'}: ")
    assert "nmae" in error
    assert not (tmp_path / "store").exists()


def test_a_command_takes_a_store_as_its_source(tmp_path: Path) -> None:
    box = write_box(tmp_path / "tides.mbox", range(20))
    dcactivity("ingest", box, "--store", tmp_path / "store")
    day = ("--as-of", "2021-01-21", "--json")
    from_box = json.loads(dcactivity("status", box, *day)[0])
    box.unlink()
    from_store = json.loads(dcactivity("status", tmp_path / "store", *day)[0])
    assert from_store == from_box
    assert from_store[0]["messages"] == 20


def test_the_number_of_workers_changes_nothing(tmp_path: Path) -> None:
    for slug in ("dunes", "reefs", "tides"):
        write_box(tmp_path / f"source/{slug}.mbox", range(30), slug=slug)
    tables = [
        dcactivity("ingest", tmp_path / "source", "--store", store, "--workers", n, "--json")[0]
        for n in (1, 3)
        for store in (tmp_path / f"store-{n}",)
    ]
    assert tables[0] == tables[1]
    assert len(json.loads(tables[0])) == 3


def test_the_version_comes_quickly_and_alone() -> None:
    out, error = dcactivity("--version")
    assert out.startswith("dcactivity ")
    assert error == ""
    heavy = "{'numpy', 'pandas', 'pyarrow', 'matplotlib'} & {*sys.modules}"
    loaded = subprocess.run(
        [sys.executable, "-c", f"import sys, dcactivity.cli.app; print({heavy})"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "set()"
