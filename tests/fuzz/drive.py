"""Fuzz every target for a share of the time, print the figures, and fail on a finding.

``python -m tests.fuzz.drive --seconds 120 --out DIR`` runs all; ``--target NAME`` those named.
What is found lies in DIR/findings, and what proved new in DIR/corpus for the next run.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

from tests.fuzz.targets import TARGETS, Target

_EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_COVERED = re.compile(r"cov: (\d+)")
_SLOWEST = 20  # seconds that one input may take
_ROUND = 30  # seconds of one process: instrumented code loses up to 33 KB a call


def fuzz(name: str, target: Target, *, seconds: int, out: Path) -> tuple[int, int, int]:
    """Run one target; give executions, edges covered and findings."""
    corpus, findings, scratch = out / "corpus" / name, out / "findings", out / "scratch"
    for folder in (corpus, findings, scratch):
        folder.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds():
        (corpus / hashlib.sha256(seed).hexdigest()[:20]).write_bytes(seed)
    before = set(findings.iterdir())
    command = [
        sys.executable, "-m", "tests.fuzz.run", name, str(corpus),
        f"-max_len={target.longest}", f"-timeout={_SLOWEST}",
        f"-artifact_prefix={findings}/{name}-", "-rss_limit_mb=2048", "-print_final_stats=1",
    ]  # fmt: skip
    environment = {**os.environ, "TMPDIR": str(scratch)}
    executed = covered = found = 0
    while seconds > 0 and not found:
        span = min(seconds, _ROUND)
        with (out / f"{name}.log").open("wb") as log:
            subprocess.run(
                [*command, f"-max_total_time={span}"],
                stdout=log, stderr=log, env=environment, check=False,
            )  # fmt: skip
        said = (out / f"{name}.log").read_text(errors="replace")
        units = _EXECUTED.search(said)
        executed += int(units[1]) if units else 0
        covered = max([covered, *map(int, _COVERED.findall(said))])
        found = len(set(findings.iterdir()) - before)
        found += units is None and not found  # it did not even start
        seconds -= span
    return executed, covered, found


def main() -> int:
    """Run the targets that were asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=int, default=120, help="in all")
    options.add_argument("--out", type=Path, required=True)
    options.add_argument("--target", action="append", choices=sorted(TARGETS))
    given = options.parse_args()
    names = given.target or sorted(TARGETS)
    share = max(1, given.seconds // len(names))
    total = faults = 0
    for name in names:
        executed, covered, found = fuzz(name, TARGETS[name], seconds=share, out=given.out)
        total, faults = total + executed, faults + found
        print(f"{name}: {executed:,} executions, {covered:,} edges, {found} findings", flush=True)
        if found:
            print((given.out / f"{name}.log").read_text(errors="replace")[-3000:])
    print(f"{total:,} executions in all, {faults} findings")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
