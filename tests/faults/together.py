"""Two users at once on one store and one ledger, and a clock that was set back.

``python -m tests.faults.together`` prints the counts.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
from collections import Counter
from pathlib import Path

from dcactivity.cases.ledger import read_events, verify_ledger
from dcactivity.cases.recording import record_event
from tests.faults.trial import expected, grow, held, make_source, open_case, run, start

__all__ = ["set_back", "two_at_once"]


def two_at_once(folder: Path, times: int) -> Counter[str]:
    """Two ingests and a reader at once: all end well, and nothing is lost."""
    source, store, found = make_source(folder / "source", 50), folder / "store", Counter[str]()
    run("ingest", source, "--store", store, "--workers", 1)
    for number in range(times):
        grow(source, 50 + number, 51 + number)
        ingest = ("ingest", source, "--store", store, "--workers", 1)
        all_three = [start(*ingest), start(*ingest), start("status", store)]
        for process in all_three:
            process.communicate()
            found["failed"] += process.returncode != 0
        found["lost"] += held(store) != expected(51 + number)
    return found


def set_back(folder: Path, times: int) -> Counter[str]:
    """Events written with the clock set back keep their order, and are remarked."""
    source, ledger = make_source(folder / "source", 30), folder / "cases.sqlite"
    open_case(source, ledger)
    found, now = Counter[str](), dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    notes = [f"reply {number}" for number in range(times)]
    for number, note in enumerate(notes):
        at = now - dt.timedelta(days=number)
        record_event(ledger, "tides", "reply", on="2023-03-02", note=note, recorded=at)
    kept = [event.note for event in read_events(ledger) if event.event == "reply"]
    checked = verify_ledger(ledger)
    found["lost"] = (kept != notes) + len(checked.faults)
    found["failed"] = times - sum("the clock" in remark for remark in checked.remarks)
    return found


TRIALS = {"two at once": two_at_once, "clock set back": set_back}


def main() -> int:
    """Run the trials and print their counts."""
    bad = 0
    for name, trial in TRIALS.items():
        with tempfile.TemporaryDirectory() as folder:
            found = trial(Path(folder), 10)
        bad += found["lost"] + found["failed"]
        print(f"{name}: 10 runs, {found['lost']} lost, {found['failed']} failed", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
