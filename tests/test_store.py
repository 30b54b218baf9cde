"""The store after one ingest and another: only what changed is read, and it is as if read anew."""

from __future__ import annotations

import datetime as dt
import json
import os
import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import dcactivity as dca
from dcactivity.archives.digests import BLOCK
from dcactivity.errors import StoreError
from dcactivity.messages import coalition
from dcactivity.messages.layout import SCHEMA_VERSION
from dcactivity.messages.read import opened
from dcactivity.messages.store import Store
from tests.boxes import mbox, message, write_box


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Two coalitions with a mailbox each."""
    write_box(tmp_path / "source/tides/tides.mbox", range(20))
    write_box(tmp_path / "source/dunes/dunes.mbox", range(5), slug="dunes")
    return tmp_path / "source"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def table(source: Path, slug: str | None = None) -> pd.DataFrame:
    """Read the message table as it is stored."""
    with opened(source) as found:
        return found.messages(coalition=slug)


def ids(store: Path, slug: str | None = None) -> list[str]:
    return sorted(table(store, slug)["message_id"])


def numbers(*ranges: range, slug: str = "tides") -> list[str]:
    return sorted(f"{slug}.{number}@example.org" for one in ranges for number in one)


def contents(store: Path) -> dict[str, tuple[int, int, bytes]]:
    """Map each file of a store, but the lock, to inode, time and bytes."""
    return {
        path.relative_to(store).as_posix(): (
            path.stat().st_ino,
            path.stat().st_mtime_ns,
            path.read_bytes(),
        )
        for path in sorted(store.rglob("*"))
        if path.is_file() and path.name != "lock"
    }


def rows(report: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in report.rows]


def same_as_fresh(source: Path, store: Path, fresh: Path) -> None:
    """Assert that a store holds what one made from nothing holds, ledger and messages."""
    assert rows(dca.ingest(source, store)) == rows(dca.ingest(source, fresh))
    # The names of archives that are gone may linger as categories without rows.
    pd.testing.assert_frame_equal(table(store), table(fresh), check_categorical=False)


def forbid(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let an ingest fail which opens archives in these ways."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("an archive was opened that need not be")

    for name in names:
        monkeypatch.setattr(coalition, name, refuse)


# ---- nothing changed


def test_a_second_ingest_reads_nothing_and_touches_nothing(
    source: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = dca.ingest(source, store)
    before = contents(store)
    forbid(monkeypatch, "open_archive", "open_tail", "digest_of")
    second = dca.ingest(source, store)
    assert (first.archives_read, second.archives_read) == (2, 0)
    assert rows(first) == rows(second)
    assert contents(store) == before


def test_each_row_of_the_ledger_adds_up(source: Path, store: Path) -> None:
    box = source / "tides/tides.mbox"
    wreck = "From p1@example.org Fri Jan 15 12:00:00 2021\n\nno header\n\n"
    box.write_text(mbox(range(20)) + wreck + mbox(range(3)))
    report = dca.ingest(source, store)
    row = next(row for row in report.rows if row["coalition"] == "tides")
    assert (row["read"], row["kept"], row["duplicates"], row["quarantined"]) == (24, 20, 3, 1)
    assert row["bytes"] == len(mbox(range(20)) + mbox(range(3)))
    lines = (store / "quarantine/tides.csv").read_text().splitlines()
    assert lines == [
        "archive,offset,reason",
        f"tides/tides.mbox,{len(mbox(range(20)))},no header block",
    ]
    assert report.summary().endswith("29 messages read = 25 kept + 3 duplicates + 1 quarantined")


# ---- growth


def test_of_a_grown_mailbox_only_the_tail_is_read(
    source: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dca.ingest(source, store)
    box = source / "tides/tides.mbox"
    size = box.stat().st_size
    with box.open("a") as file:
        file.write(mbox(range(20, 25)) + message(3))
    tails: list[int] = []
    open_tail = coalition.open_tail

    def noted(archive: Any, offset: int) -> Any:
        tails.append(offset)
        return open_tail(archive, offset)

    with monkeypatch.context() as patch:
        forbid(patch, "open_archive")
        patch.setattr(coalition, "open_tail", noted)
        report = dca.ingest(source, store)
    assert tails == [size]
    assert report.archives_read == 1
    row = next(row for row in report.rows if row["coalition"] == "tides")
    assert (row["read"], row["kept"], row["duplicates"]) == (26, 25, 1)
    assert ids(store, "tides") == numbers(range(25))
    same_as_fresh(source, store, tmp_path / "fresh")


def test_the_digest_of_a_mailbox_that_grew_is_that_of_the_whole(
    source: Path, store: Path, tmp_path: Path
) -> None:
    box = source / "tides/tides.mbox"
    long = message(100, body="x" * 70 + "\n", subject="long")
    filler = message(101, body=("y" * 79 + "\n") * (BLOCK // 80))
    for text in (long, filler, long.replace("100", "102"), filler.replace("101", "103")):
        with box.open("a") as file:
            file.write(text)
        same_as_fresh(source, store, tmp_path / f"fresh-{len(text)}-{box.stat().st_size}")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("Matter 7", "Matter X") + message(20),  # not only at the end
        lambda text: text + "one more line of the last message\n\n" + message(20),
        lambda text: text.rstrip("\n") + "\n" + message(20),
        lambda text: text[: len(text) // 2],
        lambda text: message(50) + text,
    ],
)
def test_a_changed_mailbox_is_replaced(
    source: Path, store: Path, tmp_path: Path, change: Any
) -> None:
    dca.ingest(source, store)
    box = source / "tides/tides.mbox"
    box.write_text(change(box.read_text()))
    same_as_fresh(source, store, tmp_path / "fresh")


def test_many_small_growths_leave_few_parts(source: Path, store: Path, tmp_path: Path) -> None:
    box = source / "tides/tides.mbox"
    for number in range(20, 40):
        with box.open("a") as file:
            file.write(message(number))
        dca.ingest(source, store)
    assert ids(store, "tides") == numbers(range(40))
    assert len(list((store / "messages/coalition=tides").glob("part-*.parquet"))) < 12
    same_as_fresh(source, store, tmp_path / "fresh")


# ---- archives that come and go


def test_an_archive_that_is_removed_leaves(source: Path, store: Path, tmp_path: Path) -> None:
    second = write_box(source / "tides/second.mbox", range(15, 30))
    dca.ingest(source, store)
    assert ids(store, "tides") == numbers(range(30))
    # what both held is now kept of the other
    (source / "tides/tides.mbox").unlink()
    same_as_fresh(source, store, tmp_path / "fresh")
    assert ids(store, "tides") == numbers(range(15, 30))
    # a coalition without archives leaves as a whole
    second.unlink()
    dca.ingest(source, store)
    assert [path.name for path in (store / "messages").iterdir()] == ["coalition=dunes"]


def test_an_archive_that_comes_before_the_others_keeps_its_copies(
    source: Path, store: Path, tmp_path: Path
) -> None:
    dca.ingest(source, store)
    write_box(source / "tides/a-first.mbox", range(10, 30))
    same_as_fresh(source, store, tmp_path / "fresh")


def test_verify_finds_what_size_time_and_inode_hide(source: Path, store: Path) -> None:
    dca.ingest(source, store)
    box = source / "tides/tides.mbox"
    seen = box.stat()
    with box.open("r+") as file:
        file.write(mbox(range(20)).replace("tides.7@", "tides.X@"))
    os.utime(box, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert dca.ingest(source, store).archives_read == 0
    assert "tides.7@example.org" in ids(store)
    assert dca.ingest(source, store, verify=True).archives_read == 1
    assert "tides.X@example.org" in ids(store)
    assert "tides.7@example.org" not in ids(store)
    assert dca.ingest(source, store, verify=True).archives_read == 0


def test_dates_are_decided_anew_without_reading_an_archive(
    tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = message(1000).partition("\n")[2]  # no envelope: the Date alone speaks
    source = tmp_path / "source"
    write_box(source / "tides/box.mbox", range(5))
    (source / "tides/late.eml").write_text(late)
    dca.ingest(source, store)
    assert table(store)["date"].isna().sum() == 1  # too far beyond all others
    forbid(monkeypatch, "open_archive", "open_tail")
    dca.ingest(source, store, retrieved=dt.date(2024, 1, 1))
    assert table(store)["date"].isna().sum() == 0


# ---- the store itself


def test_a_store_of_a_newer_layout_is_refused(source: Path, store: Path) -> None:
    dca.ingest(source, store)
    mark = store / "store.json"
    found = json.loads(mark.read_text())
    mark.write_text(json.dumps({**found, "schema": SCHEMA_VERSION + 1}))
    before = contents(store)
    for use in (lambda: dca.ingest(source, store), lambda: table(store)):
        with pytest.raises(StoreError, match="written by a newer dcactivity"):
            use()
    assert contents(store) == before


def test_a_store_of_an_older_layout_is_built_anew(source: Path, store: Path) -> None:
    dca.ingest(source, store)
    whole = table(store)
    mark = store / "store.json"
    mark.write_text(json.dumps({**json.loads(mark.read_text()), "schema": SCHEMA_VERSION - 1}))
    with pytest.raises(StoreError, match=r"older dcactivity.*build it anew with"):
        table(store)
    report = dca.ingest(source, store)
    assert report.archives_read == 2
    assert report.notes == ["the store was of an older layout and was built anew"]
    pd.testing.assert_frame_equal(table(store), whole)


def test_a_store_is_a_source(source: Path, store: Path) -> None:
    dca.ingest(source, store)
    pd.testing.assert_frame_equal(table(store), table(source))
    with pytest.raises(StoreError, match="is a store itself"):
        dca.ingest(store, store.parent / "other")


@pytest.mark.parametrize("name", ["notes.txt", "messages"])
def test_a_folder_with_something_else_in_it_is_no_store(
    source: Path, store: Path, name: str
) -> None:
    store.mkdir()
    (store / name).write_text("mine")
    with pytest.raises(StoreError, match=f"holds other files.*{name}"):
        dca.ingest(source, store)
    assert [path.name for path in store.iterdir()] == [name]


def test_a_second_ingest_waits_and_says_for_whom(source: Path, store: Path) -> None:
    dca.ingest(source, store)
    with (source / "tides/tides.mbox").open("a") as file:
        file.write(message(20))
    said: list[str] = []
    waits = threading.Event()

    def notice(text: str) -> None:
        said.append(text)
        waits.set()

    second = threading.Thread(target=lambda: dca.ingest(source, store, notice=notice))
    with Store(store).lock():
        second.start()
        assert waits.wait(30)
        assert ids(store, "tides") == numbers(range(20))
    second.join(30)
    assert len(said) == 1
    assert said[0].startswith(f"{store}: in use by process {os.getpid()} on ")
    assert said[0].endswith("; waiting until it is done")
    assert ids(store, "tides") == numbers(range(21))


def test_other_tools_read_the_store_as_it_lies(source: Path, store: Path) -> None:
    dca.ingest(source, store)
    frame = pd.read_parquet(store / "messages")
    assert frame["coalition"].value_counts().to_dict() == {"tides": 20, "dunes": 5}
    glob = f"{store}/messages/*/*.parquet"
    duckdb = pytest.importorskip("duckdb")
    found = duckdb.sql(
        f"select coalition, count(*), max(date)::date::text from '{glob}' group by all order by 1"
    ).fetchall()
    assert found == [("dunes", 5, "2021-01-05"), ("tides", 20, "2021-01-20")]
    polars = pytest.importorskip("polars")
    counts = polars.read_parquet(glob, hive_partitioning=True).group_by("coalition").len()
    assert dict(counts.iter_rows()) == {"tides": 20, "dunes": 5}
