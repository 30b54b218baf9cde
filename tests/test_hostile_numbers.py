"""Numbers and days beyond all bounds, in policies, registries, records, options and archives."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest

import dcactivity as dca
from dcactivity.policy import Policy
from dcactivity.records import files as records
from dcactivity.records.table import Table
from tests.boxes import mbox, write_box
from tests.command_line import run

NUMBERS = (
    "-1", "1000000000", "1" + "0" * 30, "9223372036854775808", "nan", "inf", "-inf", "1e400",
    "9" * 5000, "0x" + "f" * 5000, '"x"', "[1000000000]",
)  # fmt: skip
DAYS = ("0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31", "10000-01-01", "0000-00-00")
REGISTRY = """
[[coalition]]
slug = "tides"
recognised = {recognised}
ended = {ended}
[[coalition.list]]
archives = ["*.mbox"]
retrieved = {retrieved}
"""
PLAIN = {"recognised": "2015-06-01", "ended": "2030-01-01", "retrieved": "2021-03-01"}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("numbers") / "source"
    write_box(folder / "a.mbox", range(20))
    return folder


def keys() -> list[str]:
    sections = {name: field.annotation for name, field in Policy.model_fields.items()}
    return [
        f"{section}.{key}"
        for section, kind in sections.items()
        if hasattr(kind, "model_fields")
        for key in kind.model_fields
    ]


@pytest.mark.parametrize("path", keys())
def test_no_figure_of_a_policy_is_absurd(tmp_path: Path, path: str) -> None:
    section, key = path.split(".")
    file = tmp_path / "policy.toml"
    for number in NUMBERS:
        file.write_text(f'name = "x"\n[{section}]\n{key} = {number}\n')
        said = refused_or_done("policy", "check", file)
        assert not said or key in said or "not valid TOML" in said


def test_the_largest_figures_of_a_policy_take_no_time(source: Path, tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text(
        'name = "x"\n[active]\nwindow_months = 1200\nmin_messages = 1000000000\n[new]\n'
        "grace_months = 1200\n[at_risk]\ndormant_months = 1200\n[coverage]\ngrace_days = 36525\n"
    )
    begun = time.perf_counter()
    run("explain", source / "a.mbox", "a", "--policy", file, "--as-of", "2999-12-31")
    assert time.perf_counter() - begun < 30


def refused_or_done(*args: object) -> str:
    """Run a command that is done or refused in one line; give the line."""
    try:
        run(*args)
    except AssertionError:
        done = run(*args, code=1)
        assert done.err.startswith("dcactivity: ")
        assert done.err.count("\n") == 1
        assert len(done.err) < 1000
        return done.err
    return ""


@pytest.mark.parametrize("key", sorted(PLAIN))
def test_no_day_of_a_registry_is_absurd(source: Path, tmp_path: Path, key: str) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "a.mbox").write_bytes((source / "a.mbox").read_bytes())
    for value in (*DAYS, *NUMBERS):
        text = REGISTRY.format(**{**PLAIN, key: value})
        (folder / "coalitions.toml").write_text(text)
        said = run("status", folder, code=1).err
        assert said.count("\n") == 1, value
        assert key in said or "is not valid TOML" in said


def columns() -> list[tuple[Table, str]]:
    tables = [one for one in vars(records).values() if isinstance(one, Table)]
    return [
        (table, column.name)
        for table in tables
        for column in table.columns
        if column.kind in {"day", "year", "count"}
    ]


@pytest.mark.parametrize(("table", "name"), columns(), ids=lambda one: getattr(one, "file", one))
def test_no_number_of_a_record_is_absurd(tmp_path: Path, table: Table, name: str) -> None:
    write_box(tmp_path / "tides.mbox", range(5))
    (tmp_path / "coalitions.toml").write_text(
        '[[coalition]]\nslug = "tides"\n[[coalition.list]]\narchives = ["tides.mbox"]\n'
    )
    for value in (*DAYS, "-1", "1" + "0" * 30, "9" * 5000, "nan", "inf", "1e400"):
        row = dict.fromkeys((column.name for column in table.columns), "")
        row |= {"coalition": "tides", name: value}
        text = ",".join(row) + "\n" + ",".join(row.values()) + "\n"
        (tmp_path / table.file).write_text(text)
        said = run("status", tmp_path, code=1).err
        assert said.count("\n") == 1, value
        assert table.file in said


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("option", ["--as-of", "--retrieved"])
def test_no_day_of_an_option_is_absurd(source: Path, day: str, option: str) -> None:
    said = run("status", source / "a.mbox", option, day, code=2).err
    assert "Traceback" not in said
    assert option in said


@pytest.mark.parametrize("number", NUMBERS[:-1])
def test_no_figure_that_is_swept_is_absurd(source: Path, number: str) -> None:
    key = f"active.window_months={number}"
    said = run("lab", source / "a.mbox", "--policy", "draft-2022", "--sweep", key, code=1).err
    assert said.startswith("dcactivity: active.window_months: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize("length", ["-1", "1" + "0" * 30, "9" * 5000, "nan", str(1 << 64)])
def test_a_content_length_beyond_all_bounds_is_ignored(tmp_path: Path, length: str) -> None:
    box = mbox(range(3)).replace(
        "Subject:", f"Content-Length: {length}\nLines: {length}\nSubject:"
    )
    (tmp_path / "a.mbox").write_text(box)
    assert len(dca.read_messages(tmp_path / "a.mbox")) == 3


@pytest.mark.parametrize("year", ["3000", "9999"])
def test_a_list_of_messages_of_the_far_future_is_undated(tmp_path: Path, year: str) -> None:
    write_box(tmp_path / "near.mbox", range(3))
    (tmp_path / "far.mbox").write_text(mbox(range(3), slug="far").replace("2021", year))
    frame = dca.read_messages(tmp_path)
    assert frame.groupby("coalition", observed=True)["date"].count().to_dict() == {
        "far": 0,
        "near": 3,
    }
    assert len(run("status", tmp_path, "--json").rows) == 2


def test_sizes_of_a_zip_that_are_no_sizes_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as box:
        box.writestr("a.mbox", mbox(range(3)))
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 20 : at + 28] = b"\xfe\xff\xff\xff" * 2  # as though of four gigabytes
    path.write_bytes(data)
    done = run("ingest", tmp_path, "--store", tmp_path / "store", "--json", code=3)
    assert all(row["kept"] <= 3 for row in done.rows)
