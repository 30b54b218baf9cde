"""Killed at any moment, an ingest leaves the store as it was before or as it is after."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import dcactivity as dca
from dcactivity.messages.read import opened
from dcactivity.messages.store import Store
from tests.boxes import mbox, write_box

SLUGS = ("dunes", "reefs", "tides")
PROGRAM = "import sys; from dcactivity.cli import main; sys.argv[0] = 'dcactivity'; main()"


def state(store: Path) -> dict[str, set[str]]:
    """Map each coalition of a store to its Message-IDs."""
    if not Store.is_store(store):
        return {}
    found = Store.open(store)
    with opened(store) as messages:
        return {
            slug: set(messages.messages(coalition=slug, columns=["message_id"])["message_id"])
            for slug in found.coalitions()
        }


def expected(count: int) -> dict[str, set[str]]:
    return {slug: {f"{slug}.{n}@example.org" for n in range(count)} for slug in SLUGS}


def run(source: Path, store: Path, delay: float | None = None) -> int:
    """Ingest in a process of its own; kill it, and all that it started, after a while."""
    command = [sys.executable, "-c", PROGRAM, "ingest", str(source), "--store", str(store)]
    process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
    try:
        return process.wait(delay)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.wait()


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs groups of processes")
def test_a_killed_ingest_leaves_the_store_before_or_after(tmp_path: Path) -> None:
    source, store = tmp_path / "source", tmp_path / "store"
    for slug in SLUGS:
        write_box(source / f"{slug}.mbox", range(300), slug=slug)
    begin = time.monotonic()
    assert run(source, store) == 0
    whole = time.monotonic() - begin
    count, killed = 300, 0
    for turn in range(10):
        before = count
        count += 50
        for slug in SLUGS:
            with (source / f"{slug}.mbox").open("a") as file:
                file.write(mbox(range(before, count), slug=slug))
        killed += run(source, store, delay=whole * (0.3 + 0.08 * turn)) == -signal.SIGKILL
        for slug, ids in state(store).items():
            assert ids in (expected(before)[slug], expected(count)[slug])
        if turn % 3 == 2:  # the next run goes on, whatever the last one left
            assert run(source, store) == 0
        else:
            dca.ingest(source, store)
        assert state(store) == expected(count)
        assert not list(store.glob("staging/*"))
    assert killed >= 3


def test_a_fresh_store_killed_at_the_start_is_taken_up(tmp_path: Path) -> None:
    source = write_box(tmp_path / "tides.mbox", range(2000))
    for delay in (0.1, 0.2, 0.3, 0.4):
        store = tmp_path / f"store-{delay}"
        run(source, store, delay=delay)
        assert state(store).get("tides", set()) in (set(), expected(2000)["tides"])
        assert run(source, store) == 0
        assert state(store) == {"tides": expected(2000)["tides"]}
