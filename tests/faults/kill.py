"""Kill ingest, cases and report, so many times, and count what was lost.

``python -m tests.faults.kill --times 200`` does so 200 times, in turn over the three.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from dcactivity.cases.ledger import read_events, verify_ledger
from tests.faults.trial import Killer, expected, grow, held, make_source, open_case, run

__all__ = ["kill_cases", "kill_ingest", "kill_report"]


def kill_ingest(folder: Path, times: int) -> Counter[str]:
    """Each coalition is as before or as after; the next run says so, and brings all."""
    source, store, count = make_source(folder / "source", 100), folder / "store", 100
    command = ("ingest", source, "--store", store, "--workers", 1)
    killer, found = Killer(1), Counter[str]()
    killer.measure(*command)
    while found["killed"] < times:
        before, count = count, count + 20
        grow(source, before, count)
        found["killed"] += killer.kill(*command)
        for slug, ids in held(store).items():
            found["lost"] += ids not in (expected(before)[slug], expected(count)[slug])
        was_cut = any(store.glob("staging/*"))
        code, said = run(*command)
        found["unsaid"] += was_cut and "was cut off" not in said
        found["lost"] += code != 0 or held(store) != expected(count)
        found["left over"] += len(list(store.glob("staging/*")))
    return found


def kill_cases(folder: Path, times: int) -> Counter[str]:
    """What was told as written is there, and the chain of digests holds."""
    source, ledger = make_source(folder / "source", 30), folder / "cases.sqlite"
    open_case(source, ledger)
    killer, found, told = Killer(2), Counter[str](), {"measured"}
    command = ("cases", "record", "tides", "reply", "--on", "2023-03-02", "--ledger", ledger)
    killer.measure(*command, "--note", "measured")
    while found["killed"] < times:
        found["runs"] += 1
        note = f"reply {found['runs']}"
        if killer.kill(*command, "--note", note):
            found["killed"] += 1
        else:
            told.add(note)
        notes = [event.note for event in read_events(ledger) if event.event == "reply"]
        found["lost"] += bool(told - set(notes)) or len(notes) != len(set(notes))
        found["lost"] += bool(verify_ledger(ledger).faults)
        told |= set(notes)
    return found


def kill_report(folder: Path, times: int) -> Counter[str]:
    """No file is ever half written, and the next run gives what an undisturbed one does."""
    source, out = make_source(folder / "source", 60), folder / "out"
    command = ("report", source, "--out", out, "--quiet")
    killer, found = Killer(3), Counter[str]()
    killer.measure(*command)
    whole = _contents(out)
    while found["killed"] < times:
        found["killed"] += killer.kill(*command)
        now = _contents(out)
        found["lost"] += any(now.get(name) != data for name, data in whole.items())
        json.loads((out / "run.json").read_text())
    was_cut = (out / ".unfinished").exists()
    code, said = run(*command)
    found["unsaid"] += was_cut and "was cut off" not in said
    found["lost"] += code != 0 or any(_contents(out)[name] != whole[name] for name in whole)
    return found


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


TRIALS = {"ingest": kill_ingest, "cases": kill_cases, "report": kill_report}


def main() -> int:
    """Run the trials and print their counts."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--times", type=int, default=200, help="in all")
    times = options.parse_args().times
    lost = 0
    for number, (name, trial) in enumerate(TRIALS.items()):
        share = times // 3 + (number < times % 3)
        with tempfile.TemporaryDirectory() as folder:
            found = trial(Path(folder), share)
        lost += found["lost"] + found["unsaid"] + found["left over"]
        counts = ", ".join(f"{found[key]} {key}" for key in ("killed", "lost", "unsaid"))
        print(f"{name}: {counts}", flush=True)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
