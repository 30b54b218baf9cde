"""The ledger: nothing is lost, nothing is changed unseen."""

from __future__ import annotations

import datetime as dt
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dcactivity.cases.events import Event
from dcactivity.cases.ledger import add_event, read_events, verify_ledger
from dcactivity.cases.recording import record_event
from dcactivity.errors import LedgerError, MissingError, StepError

NOW = dt.datetime(2022, 4, 1, 12, tzinfo=dt.UTC)


def opened(path: Path, slug: str = "dc-a", *, recorded: dt.datetime = NOW) -> Event:
    def decide(events: list[Event]) -> Event:
        number = max((event.case for event in events), default=0) + 1
        return Event(0, number, slug, dt.date(2022, 4, 1), "opened", ground="silence")

    return add_event(path, decide, recorded=recorded)


def noted(path: Path, note: str, *, recorded: dt.datetime = NOW) -> Event:
    return record_event(
        path, "dc-a", "reply", on="2022-04-02", until="2022-06-01", note=note, recorded=recorded
    )


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "cases.sqlite"
    opened(path)
    for number in range(4):
        noted(path, f"note {number}")
    return path


def test_rows_come_back_in_order_with_their_digests(ledger: Path) -> None:
    events = read_events(ledger)
    assert [event.number for event in events] == [1, 2, 3, 4, 5]
    assert events[0].previous == ""
    assert [event.previous for event in events[1:]] == [event.digest for event in events[:-1]]
    found = verify_ledger(ledger)
    assert (found.events, found.head, found.faults) == (5, events[-1].digest, ())


def test_ledger_is_in_wal_mode_and_refuses_changes(ledger: Path) -> None:
    with sqlite3.connect(ledger) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        row = database.execute("SELECT * FROM ledger WHERE number = 3").fetchone()
        marks = ", ".join("?" for _ in row)
        for statement, values in (
            ("UPDATE ledger SET note = 'x' WHERE number = 3", ()),
            ("DELETE FROM ledger WHERE number = 5", ()),
            (f"INSERT OR REPLACE INTO ledger VALUES ({marks})", row),
            (f"INSERT INTO ledger VALUES ({marks})", (9, *row[1:-1], "another digest")),
            (f"INSERT INTO ledger VALUES ({marks})", (6, *row[1:-1], "another digest")),
        ):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                database.execute(statement, values)
    database.close()
    assert not verify_ledger(ledger).faults


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE ledger SET note = 'x' WHERE number = 3", "row 3: was changed"),
        ("UPDATE ledger SET date = '2022-04-03' WHERE number = 5", "row 5: was changed"),
        ("UPDATE ledger SET date = 'soon-00-00' WHERE number = 5", "CHECK"),
        ("UPDATE ledger SET until = 'soon' WHERE number = 5", "row 5: cannot be read"),
        ("DELETE FROM ledger WHERE number = 3", "row 3 is missing"),
        ("DELETE FROM ledger WHERE number = 5", "has had 5 rows, 4 are there"),
        ("DELETE FROM ledger", "has had 5 rows, 0 are there"),
        (
            (
                "UPDATE ledger SET number = CASE number WHEN 2 THEN 99 ELSE 2 END"
                " WHERE number IN (2, 3)"
            ),
            "row 3 is missing",
        ),
    ],
)
def test_change_from_outside_is_found(ledger: Path, change: str, fault: str) -> None:
    database = sqlite3.connect(ledger)
    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
        database.execute(f"DROP TRIGGER {name}")
    if fault == "CHECK":
        with pytest.raises(sqlite3.IntegrityError):
            database.execute(change)
        database.close()
        return
    database.execute(change)
    database.commit()
    database.close()
    faults = verify_ledger(ledger).faults
    assert any(fault in text for text in faults), faults
    assert sum("trigger" in text for text in faults) == 3


def test_chain_computed_anew_is_found_by_the_head_that_was_noted(ledger: Path) -> None:
    head = verify_ledger(ledger).head
    rows = read_events(ledger)
    ledger.unlink()
    opened(ledger)
    for row in rows[1:]:
        noted(ledger, row.note.replace("note 2", "another word"))
    assert not verify_ledger(ledger).faults
    assert "no row bears the digest" in verify_ledger(ledger, head=head).faults[0]
    assert not verify_ledger(ledger, head=rows[0].digest).faults


def test_clock_that_was_set_back_loses_nothing_and_is_remarked(ledger: Path) -> None:
    noted(ledger, "earlier?", recorded=NOW - dt.timedelta(days=400))
    noted(ledger, "later", recorded=NOW + dt.timedelta(days=1))
    found = verify_ledger(ledger)
    assert (found.events, found.faults) == (7, ())
    assert [text for text in found.remarks if text.startswith("row 6: the clock")]
    assert [event.note for event in read_events(ledger)][-2:] == ["earlier?", "later"]


def test_refused_step_leaves_no_trace(ledger: Path) -> None:
    before = read_events(ledger)
    for event, on in (
        ("revoked", "2022-09-01"),
        ("opened", "2022-09-01"),
        ("resumed", "2022-09-1"),
    ):
        with pytest.raises((StepError, ValueError)):
            record_event(ledger, "dc-a", event, on=on, recorded=NOW)
    with pytest.raises(StepError, match="did you mean dc-a"):
        record_event(ledger, "dc-aa", "reply", on="2022-09-01", recorded=NOW)
    with pytest.raises(StepError, match="is open"):
        opened(ledger)
    assert read_events(ledger) == before


def test_note_is_one_line_of_what_can_be_printed(ledger: Path) -> None:
    event = noted(ledger, "two\r\nlines\x00\x1b[31m \ud800 and \u202eback")
    assert event.note == "two lines [31m and back"
    assert read_events(ledger)[-1].note == event.note
    with pytest.raises(StepError, match="too long"):
        noted(ledger, "x" * 2001)


def test_file_that_is_no_ledger_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="there is no ledger"):
        read_events(tmp_path / "none.sqlite")
    text = tmp_path / "text.sqlite"
    text.write_text("a list of cases, " * 100)
    with pytest.raises(LedgerError):
        read_events(text)
    with pytest.raises(LedgerError):
        opened(text)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE t (x)")
    database.close()
    with pytest.raises(LedgerError, match="is no ledger of cases"):
        opened(other)
    assert text.read_text().startswith("a list of cases")


@pytest.mark.skipif(os.geteuid() == 0, reason="to root every folder is writable")
def test_ledger_on_a_medium_that_nobody_can_write_can_be_read(ledger: Path) -> None:
    ledger.chmod(0o444)
    ledger.parent.chmod(0o555)
    try:
        assert len(read_events(ledger)) == 5
    finally:
        ledger.parent.chmod(0o755)


WRITER = """
import datetime as dt, sys
from pathlib import Path
from tests.test_cases_ledger import opened, noted
path, name, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
while not (path.parent / "go").exists():
    pass
opened(path, name)
for number in range(count):
    noted(path, f"{name} {number}")
    print(number, flush=True)
"""


def writer(path: Path, name: str, count: int) -> subprocess.Popen[str]:
    root = Path(__file__).resolve().parents[1]
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(count)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
        cwd=root,
    )


def test_two_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "cases.sqlite"
    opened(path)
    both = [writer(path, f"dc-{name}", 25) for name in ("b", "c")]
    (tmp_path / "go").touch()
    for one in both:
        out, _ = one.communicate(timeout=120)
        assert (one.returncode, len(out.split())) == (0, 25)
    notes = [event.note for event in read_events(path) if event.event == "reply"]
    assert sorted(notes) == sorted(f"dc-{name} {n}" for name in "bc" for n in range(25))
    found = verify_ledger(path)
    assert (found.events, found.faults) == (53, ())


def test_two_who_make_the_ledger_at_once_make_one(tmp_path: Path) -> None:
    path = tmp_path / "cases.sqlite"
    both = [writer(path, f"dc-{name}", 0) for name in ("a", "b")]
    time.sleep(1)  # both stand ready
    (tmp_path / "go").touch()
    for one in both:
        one.communicate(timeout=60)
        assert one.returncode == 0
    assert sorted(event.coalition for event in read_events(path)) == ["dc-a", "dc-b"]
    assert not verify_ledger(path).faults


def test_kill_in_the_middle_loses_nothing_that_was_written(tmp_path: Path) -> None:
    path = tmp_path / "cases.sqlite"
    opened(path)
    (tmp_path / "go").touch()
    told = 0
    for turn in range(3):
        one = writer(path, f"dc-{turn}", 10_000)
        assert one.stdout is not None
        for _ in range(5 + turn):
            one.stdout.readline()
            told += 1
        one.send_signal(signal.SIGKILL)
        one.communicate(timeout=60)
        told += 1  # the case it opened
    events = read_events(path)
    # What was told as written is there; at most what was on its way may be, too.
    assert len(events) >= 1 + told
    assert not verify_ledger(path).faults
    noted(path, "after the crash")
    assert read_events(path)[-1].note == "after the crash"
