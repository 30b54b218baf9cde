"""Made to harm: what no other module's test holds of the lines in SECURITY.md."""

from __future__ import annotations

import contextlib
import csv
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import dcactivity as dca
from dcactivity.cases.drafts import copy_templates
from dcactivity.files import put_file
from dcactivity.messages.store import Store
from dcactivity.report.tables import write_table
from tests.boxes import mbox, write_box
from tests.command_line import Done, run

ROOT = Path(__file__).resolve().parents[1]
UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
NASTY = "\x1b]0;owned\x07\x1b[2J\x9b31m \u202egnp.exe\u2066 \r\x08\x7f\x00"


def toml(text: str) -> str:
    """Write a text as a TOML string, its control characters escaped."""
    return '"' + "".join(f"\\u{ord(x):04x}" if not x.isalnum() else x for x in text) + '"'


@pytest.fixture
def nasty(tmp_path: Path) -> Path:
    """Make a source in which every text that anybody but us chooses is hostile."""
    source = tmp_path / "source"
    name = NASTY.replace("\0", "")
    box = mbox(range(30)).replace("Matter", f"Matter {name}".replace("\r", ""))
    box = box.replace("From: Person", f"From: {name}".replace("\r", ""))
    for slug in ("tides", "dunes"):
        (source / slug).mkdir(parents=True)
        (source / slug / f"{name}.mbox").write_text(box, encoding="utf-8")
        (source / slug / f"{name}.gz").write_bytes(b"\x1f\x8b broken")
    (source / "coalitions.toml").write_text(
        "[body]\n"
        f"name = {toml(NASTY)}\n"
        '[[coalition]]\nslug = "tides"\n'
        f"name = {toml(NASTY)}\naliases = [{toml(NASTY)}]\npage = {toml(NASTY)}\n"
        'recognised = 2015-06-01\n[[coalition.list]]\naddress = "tides@lists.example"\n'
        f'archives = ["tides/*"]\nretrieved = 2022-03-31\narchive_url = {toml(NASTY)}\n'
        '[[coalition]]\nslug = "dunes"\nended = 2020-01-31\nsuccessor = "tides"\n'
        f'name = {toml(NASTY)}\n[[coalition.list]]\narchives = ["dunes/*"]\n'
    )
    (source / "observations.csv").write_text(
        "id,coalition,list,principle,finding,seen,source,detail,url,digest\n"
        f'o1,tides,,membership,closed,2021-05-01,person,"{name}","{name}",\n'
    )
    return source


COMMANDS = (
    ("status",),
    ("monthly",),
    ("monthly", "--format", "md"),
    ("explain", "tides"),
    ("explain", "tides", "--names"),
    ("doctor",),
    ("people",),
    ("people", "--review"),
    ("principles",),
    ("forecast",),
    ("lab", "--policy", "draft-2022"),
    ("cases", "propose"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_lets_a_terminal_be_steered(nasty: Path, command: tuple[str, ...]) -> None:
    words = list(command)
    place = 2 if words[0] == "cases" else 1
    done = attempt(*words[:place], nasty, *words[place:])
    assert done.out or done.err
    for text in (done.out, done.err):
        assert UNSAFE.search(text) is None, (command, UNSAFE.search(text))


def attempt(*args: object) -> Done:
    """Run a command that may end with any status of the design."""
    for code in (0, 3):
        try:
            return run(*args, code=code)
        except AssertionError:
            if code == 3:
                raise
    raise AssertionError


def test_errors_and_paths_do_not_steer_it_either(tmp_path: Path) -> None:
    name = os.fsdecode(b"\x1b[2J\xff\xe2\x80\xae")
    for args in (
        ("status", tmp_path / name),
        ("policy", "show", tmp_path / name),
        ("report", tmp_path / name, "--out", tmp_path / "out"),
        ("ingest", tmp_path / name, "--store", tmp_path / "store"),
    ):
        done = run(*args, code=1)
        assert done.err.startswith("dcactivity: ")
        assert UNSAFE.search(done.err) is None
        assert done.err.count("\n") == 1


def test_a_cell_of_a_table_is_no_formula(tmp_path: Path) -> None:
    texts = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "plain\r=1"]
    write_table(pd.DataFrame({"name": texts}), tmp_path / "a.csv", "csv")
    with (tmp_path / "a.csv").open(newline="", encoding="utf-8") as file:
        cells = [row["name"] for row in csv.DictReader(file)]
    assert [cell[0] for cell in cells] == ["'"] * 6 + ["p"]


def test_a_cell_of_a_markdown_table_is_no_markup(tmp_path: Path) -> None:
    texts = ["<script>", "a|b", "a\nb", "\x1b[2J", "\u202egnp"]
    write_table(pd.DataFrame({"name": texts}), tmp_path / "a.md", "md")
    lines = (tmp_path / "a.md").read_text().splitlines()[2:]
    assert lines[:3] == ["| &lt;script> |", "| a\\|b |", "| a b |"]
    assert len(lines) == len(texts)
    assert UNSAFE.search("".join(lines)) is None


def test_json_for_a_terminal_holds_no_acting_character(nasty: Path) -> None:
    for name in ("status", "doctor", "people", "principles", "monthly"):
        out = attempt(name, nasty, "--json").out
        assert UNSAFE.search(out) is None, name


def test_files_that_are_put_do_not_follow_links(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.csv").symlink_to(victim)
    (out / f".a.csv.{os.getpid()}").symlink_to(victim)
    put_file(out / "a.csv", b"new")
    assert victim.read_text() == "precious"
    assert (out / "a.csv").read_bytes() == b"new"
    assert not (out / "a.csv").is_symlink()
    assert [path.name for path in out.iterdir()] == ["a.csv"]


def test_a_report_replaces_links_and_leaves_what_they_lead_to(tmp_path: Path) -> None:
    write_box(tmp_path / "source" / "tides.mbox", range(20))
    victim, out = tmp_path / "victim", tmp_path / "out"
    victim.write_text("precious")
    (out / "charts").mkdir(parents=True)
    names = ("status.csv", "monthly.csv", "run.json", "charts/overview.png", "charts/tides.svg")
    for name in names:
        (out / name).symlink_to(victim)
    run("report", tmp_path / "source", "--out", out, "--quiet")
    assert victim.read_text() == "precious"
    assert not any((out / name).is_symlink() for name in names)


@pytest.mark.parametrize("name", ["charts", "pages"])
def test_a_report_refuses_a_link_in_the_place_of_a_folder_of_its_own(
    tmp_path: Path, name: str
) -> None:
    write_box(tmp_path / "source" / "tides.mbox", range(20))
    elsewhere, out = tmp_path / "elsewhere", tmp_path / "out"
    elsewhere.mkdir()
    out.mkdir()
    (out / name).symlink_to(elsewhere)
    done = run("report", tmp_path / "source", "--out", out, "--quiet", code=1)
    assert f"{out / name}: is a link" in done.err
    assert "remove the link" in done.err
    assert list(elsewhere.iterdir()) == []
    assert [path.name for path in out.iterdir()] == [name]


def test_unfinished_files_of_a_report_do_not_follow_links(tmp_path: Path) -> None:
    write_box(tmp_path / "source" / "tides.mbox", range(20))
    victim, out = tmp_path / "victim", tmp_path / "out"
    victim.write_text("precious")
    out.mkdir()
    names = ("report.xlsx", "slides.pptx", "status.csv", "index.html")
    for name in names:
        (out / name).symlink_to(victim)
        for left in (f".{name}.part", f".{name}.{os.getpid()}"):
            (out / left).symlink_to(victim)
    run("report", tmp_path / "source", "--out", out, "--quiet")
    run("monthly", tmp_path / "source", "--format", "parquet", "--out", out / "m.parquet")
    assert victim.read_text() == "precious"
    assert not any((out / name).is_symlink() for name in names)


def test_templates_are_not_copied_through_a_link(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "breach.txt").symlink_to(tmp_path / "elsewhere")  # to nothing as yet
    assert folder / "breach.txt" not in copy_templates(folder)
    assert not (tmp_path / "elsewhere").exists()


@pytest.fixture
def open_umask() -> Iterator[None]:
    """Let everybody do everything with what is made, as careless servers have it."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_nobody_else_reads_a_store_or_writes_a_ledger(tmp_path: Path, open_umask: None) -> None:
    source = write_box(tmp_path / "source" / "tides.mbox", range(20)).parent
    store, ledger = tmp_path / "store", tmp_path / "cases.sqlite"
    dca.ingest(source, store)
    assert mode(store) == 0o770  # names and addresses: owner and group
    words = ("--ledger", ledger, "--as-of", "2023-12-31", "--retrieved", "2023-12-31")
    run("cases", "open", source, "tides", *words)
    assert mode(ledger) & 0o022 == 0
    run("people", store, "--pseudonyms", tmp_path / "key")
    assert mode(tmp_path / "key") == 0o600


def test_a_store_in_a_folder_that_was_there_keeps_its_permissions(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir(mode=0o755)
    dca.ingest(write_box(tmp_path / "tides.mbox", range(5)), store)
    assert mode(store) == 0o755


def test_the_lock_of_a_store_is_no_link(tmp_path: Path) -> None:
    source = write_box(tmp_path / "tides.mbox", range(20))
    store, victim = tmp_path / "store", tmp_path / "victim"
    dca.ingest(source, store)
    victim.write_text("precious")
    (store / "lock").unlink()
    (store / "lock").symlink_to(victim)
    done = run("ingest", source, "--store", store, code=1)
    assert "lock" in done.err
    assert victim.read_text() == "precious"


def test_a_temporary_store_can_be_read_by_its_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_umask: None
) -> None:
    source = write_box(tmp_path / "tides.mbox", range(20))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    modes: list[int] = []
    real = Store.is_store

    def looking(path: Path) -> bool:
        modes.extend(stat.S_IMODE(one.stat().st_mode) for one in scratch.iterdir())
        return real(path)

    monkeypatch.setattr(Store, "is_store", staticmethod(looking))
    assert len(dca.read_messages(source)) == 20
    assert set(modes) == {0o700}  # whatever the umask
    assert list(scratch.iterdir()) == []  # and nothing of it stays


def test_devices_and_pipes_in_a_source_are_passed_over(tmp_path: Path) -> None:
    source = tmp_path / "source"
    write_box(source / "tides" / "a.mbox", range(20))
    os.mkfifo(source / "tides" / "pipe.mbox")
    (source / "tides" / "zero.mbox").symlink_to("/dev/zero")
    (source / "tides" / "memory.mbox").symlink_to("/proc/self/mem")
    if os.geteuid() == 0:
        with contextlib.suppress(PermissionError):  # not in every container
            os.mknod(source / "tides" / "null.mbox", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    done = run("status", source, "--json")
    assert done.rows[0]["messages"] == 20
    table = run("ingest", source, "--store", tmp_path / "store", "--json").rows
    assert [row["read"] for row in table] == [20]


BESIDE = ("observations.csv", "reports.csv", "exemptions.csv", "attendance.csv", "fetched.json")


@pytest.mark.parametrize("name", BESIDE)
def test_pipes_and_devices_beside_the_registry_are_refused(tmp_path: Path, name: str) -> None:
    write_box(tmp_path / "tides.mbox", range(3))
    (tmp_path / "coalitions.toml").write_text(
        '[[coalition]]\nslug = "tides"\n[[coalition.list]]\narchives = ["tides.mbox"]\n'
    )
    os.mkfifo(tmp_path / name)
    assert "is no plain file" in run("status", tmp_path, code=1).err
    (tmp_path / name).unlink()
    (tmp_path / name).symlink_to("/dev/zero")
    assert "is no plain file" in run("status", tmp_path, code=1).err


@pytest.mark.parametrize("command", ["policy check", "people --pseudonyms"])
def test_pipes_and_devices_are_no_files_that_are_named(tmp_path: Path, command: str) -> None:
    source = write_box(tmp_path / "tides.mbox", range(3))
    os.mkfifo(tmp_path / "pipe")
    words = command.split()
    for place in (tmp_path / "pipe", "/dev/zero"):
        named = (*words, place) if words[0] == "policy" else (words[0], source, words[1], place)
        assert run(*named, code=1).err.count("\n") == 1


@pytest.mark.parametrize("name", ["\x1b[31m evil\n", "\\x", "C:x", "\u202egnp", " lead"])
def test_a_folder_of_any_name_does_not_keep_the_others_from_being_read(
    tmp_path: Path, name: str
) -> None:
    write_box(tmp_path / "tides" / "a.mbox", range(5))
    write_box(tmp_path / name / "a.mbox", range(5, 9), slug="other")
    rows = run("status", tmp_path, "--json").rows
    assert len(rows) == 2
    assert sum(row["messages"] for row in rows) == 9


def test_a_glob_does_not_reach_a_link_out_of_the_folder(tmp_path: Path) -> None:
    source = tmp_path / "source"
    write_box(source / "tides" / "a.mbox", range(5))
    write_box(tmp_path / "secret" / "b.mbox", range(5, 9))
    (source / "tides" / "up").symlink_to(tmp_path / "secret")
    (source / "coalitions.toml").write_text(
        '[[coalition]]\nslug = "tides"\n[[coalition.list]]\narchives = ["tides/**"]\n'
    )
    rows = run("ingest", source, "--store", tmp_path / "store", "--json").rows
    assert sum(row["read"] for row in rows) == 5


def test_a_record_of_an_earlier_report_removes_nothing_outside(tmp_path: Path) -> None:
    write_box(tmp_path / "source" / "tides.mbox", range(20))
    out, victim = tmp_path / "out", tmp_path / "victim"
    out.mkdir()
    victim.write_text("precious")
    (out / "run.json").write_text(f'{{"files": ["../victim", "{victim}", "/etc/x", "a/../../b"]}}')
    run("report", tmp_path / "source", "--out", out, "--quiet")
    assert victim.read_text() == "precious"


@pytest.mark.parametrize(
    "date",
    ["Mon, 1 Feb 99999999999999999999 10:00:00 +0000", "1 Feb 2021 10:00:00 +999999999",
     "31 Dec 9999 23:59:59 -2359", "1 Jan 0000 00:00:00 +0000", "99 Feb 2021 99:99:99 +0000"],
)  # fmt: skip
def test_numbers_and_dates_beyond_all_bounds_are_no_dates(tmp_path: Path, date: str) -> None:
    box = mbox(range(3)).replace("Date: Fri, 01 Jan 2021 12:00:00 +0000", f"Date: {date}")
    assert date in box
    (tmp_path / "tides.mbox").write_text(box)
    frame = dca.read_messages(tmp_path / "tides.mbox")
    assert len(frame) == 3
    assert frame["date"].dropna().dt.year.eq(2021).all()


def test_each_line_of_the_threat_model_names_tests_that_there_are() -> None:
    text = (ROOT / "SECURITY.md").read_text()
    named = re.findall(r"`(test_\w+)(?:::(test_\w+))?`", text)
    assert len(named) > 50
    for module, name in named:
        path = ROOT / "tests" / f"{module}.py"
        assert path.is_file(), module
        assert not name or f"def {name}(" in path.read_text(), name
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert all("`test_" in line for line in rows if not line.startswith(("| ---", "| What is")))
