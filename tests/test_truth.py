"""Simulated archives against the truth about them: each message is counted in its month."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import dcactivity as dca
from dcactivity.messages.read import opened

SIMULATOR = Path(__file__).resolve().parents[2] / "shared" / "tools" / "simulate.py"
pytestmark = pytest.mark.skipif(not SIMULATOR.is_file(), reason="the simulator is not at hand")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("seed", [3, 4])
def test_every_message_is_counted_in_its_month(seed: int, tmp_path: Path) -> None:
    source, truth, store = tmp_path / "source", tmp_path / "truth", tmp_path / "store"
    command = [sys.executable, str(SIMULATOR), str(source), "--truth", str(truth)]
    subprocess.run([*command, "--seed", str(seed), "--body", "300"], check=True)
    report = dca.ingest(source, store)
    read, wrecks, stored, broken = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for row in report.rows:
        assert row["read"] == row["kept"] + row["duplicates"] + row["quarantined"]
        read[row["coalition"]] += row["read"]
        wrecks[row["coalition"]] += row["quarantined"]
    for line in rows(truth / "archives.csv"):
        stored[line["coalition"]] += int(line["stored"])
        broken[line["coalition"]] += int(line["wrecks"])
    assert read == stored
    assert wrecks == broken
    with opened(store) as found:
        table = found.messages(columns=["date"])
    months = table["date"].dt.strftime("%Y-%m")
    counted = Counter(zip(table["coalition"].astype(str), months.fillna("undated"), strict=True))
    expected = Counter(
        {
            (line["coalition"], line["month"]): int(line["messages"]) + int(line["automated"])
            for line in rows(truth / "monthly.csv")
        }
    )
    kept = Counter(slug for slug, _ in counted.elements())
    distinct = Counter(line["coalition"] for line in rows(truth / "messages.csv"))
    assert kept == distinct
    differing = {
        key: (counted[key], expected[key])
        for key in counted | expected
        if counted[key] != expected[key]
    }
    # Where the Date lies and nothing else at hand tells the month, the writer is believed.
    off = sum(abs(mine - true) for mine, true in differing.values())
    assert off <= 0.004 * expected.total(), differing
