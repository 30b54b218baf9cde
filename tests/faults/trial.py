"""A small source, the program in a process of its own, and what a store and a ledger hold."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from dcactivity.messages.read import opened
from dcactivity.messages.store import Store
from tests.boxes import mbox, write_box

__all__ = [
    "SLUGS",
    "Killer",
    "expected",
    "grow",
    "held",
    "make_source",
    "open_case",
    "run",
    "start",
]

SLUGS = ("dunes", "reefs", "tides")
_PROGRAM = "import sys; from dcactivity.cli import main; sys.argv[0] = 'dcactivity'; main()"


def make_source(folder: Path, count: int) -> Path:
    """Write a mailbox of `count` messages for each coalition."""
    for slug in SLUGS:
        write_box(folder / f"{slug}.mbox", range(count), slug=slug)
    return folder


def grow(source: Path, before: int, after: int) -> None:
    """Append messages to each mailbox."""
    for slug in SLUGS:
        with (source / f"{slug}.mbox").open("a") as file:
            file.write(mbox(range(before, after), slug=slug))


def expected(count: int) -> dict[str, set[str]]:
    """Give the Message-IDs of such a source."""
    return {slug: {f"{slug}.{n}@example.org" for n in range(count)} for slug in SLUGS}


def held(store: Path) -> dict[str, set[str]]:
    """Give the Message-IDs that a store holds."""
    if not Store.is_store(store):
        return {}
    with opened(store) as messages:
        return {
            slug: set(messages.messages(coalition=slug, columns=["message_id"])["message_id"])
            for slug in Store(store).coalitions()
        }


def open_case(source: Path, ledger: Path) -> None:
    """Open the case of a list that fell silent."""
    asked = ("--retrieved", "2023-03-01", "--as-of", "2023-03-01", "--quiet")
    code, said = run("cases", "open", source, "tides", "--ledger", ledger, *asked)
    assert code == 0, said


def start(*args: object) -> subprocess.Popen[str]:
    """Start a command in a group of its own, bound by permissions even where root runs it."""
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *map(str, args)],
        start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        preexec_fn=_be_bound_by_permissions,
    )  # fmt: skip


_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE = 24, 1


def _be_bound_by_permissions() -> None:
    ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE)


def run(*args: object) -> tuple[int, str]:
    """Run a command to its end; give its status and what it said."""
    process = start(*args)
    _, said = process.communicate()
    return process.returncode, said


class Killer:
    """Kill a command, and all that it started, at a moment drawn by lot.

    Parameters
    ----------
    seed : int
        Of the lot.
    """

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._whole = 0.0

    def measure(self, *args: object) -> None:
        """Run the command once to its end, to know between which moments to draw."""
        begin = time.monotonic()
        code, said = run(*args)
        assert code == 0, said
        self._whole = time.monotonic() - begin

    def kill(self, *args: object) -> bool:
        """Give whether it was killed before it ended."""
        process = start(*args)
        try:
            process.communicate(timeout=self._whole * self._chance.uniform(0.1, 1.0))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
        return process.returncode == -signal.SIGKILL
