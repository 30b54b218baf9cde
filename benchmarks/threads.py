"""Measure how long threads take, on generated mail, beside plain code that gives the same.

    python benchmarks/threads.py [--messages 1000000] [--plain 100000] [--lists 10]

Each measurement is a process of its own, held to one core, that reads the generated messages
from a Parquet file and threads them; the seconds are CPU time of threading alone, no matter
what else the machine does; the memory is the peak of the whole process, the messages
themselves included. The plain code (`tests/plain_threads.py`) goes message by message with
dicts; it is given fewer messages, and what it finds is compared.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[1]
SUBJECTS = "agenda charter session draft comment access policy network standards review process"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--plain", type=int, default=100_000)
    parser.add_argument("--lists", type=int, default=10, help="coalitions that share the messages")
    parser.add_argument("--do", nargs=2, metavar=("WHAT", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.do:
        what, file = options.do
        if what == "generate":
            pq.write_table(generate(options.messages, options.lists), file)
        else:
            print(json.dumps(measure(what, file)))
        return
    print(f"{platform.machine()}, Python {platform.python_version()}, one core\n")
    print("| messages | what | threads | answers | seconds | per million | peak memory, MB |")
    print("| ---: | --- | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        compared = []
        for size, ways in (
            (options.messages, ["arrow", "frame"]),
            (options.plain, ["frame", "plain"]),
        ):
            file = Path(folder) / f"{size}.parquet"
            run("--messages", size, "--lists", options.lists, "--do", "generate", file)
            compared = [row(how, file, size) for how in ways]
    if compared[0] != compared[1]:
        raise SystemExit("the plain code finds other threads or answers")


def run(*arguments: object) -> str:
    """Run this program as a process of its own: a peak of memory is that of a whole process."""
    command = [sys.executable, __file__, *map(str, arguments)]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    given = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=given).stdout


def row(how: str, file: Path, size: int) -> tuple[int, int]:
    """Measure one way, and print one line of the table."""
    found = json.loads(run("--do", how, file))
    seconds, name = found["seconds"], WAYS[how]
    print(
        f"| {size:,} | {name} | {found['threads']:,} | {found['answers']:,} | {seconds:.2f} "
        f"| {seconds / size * 1e6:.1f} | {found['megabytes']:,.0f} |",
        flush=True,
    )
    return found["threads"], found["answers"]


WAYS = {
    "arrow": "`thread_messages`, references as an Arrow column",
    "frame": "`thread_messages`, references as Python lists",
    "plain": "plain code of the tests",
}


def measure(how: str, file: str) -> dict[str, float]:
    """Thread the messages of a file, and say what it took."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    pa.set_cpu_count(1)
    table = pq.read_table(file, use_threads=False)
    lists = table.column("references")
    messages = table.drop_columns(["references"]).to_pandas()
    if how == "arrow":
        dtype = pd.ArrowDtype(lists.type)
        messages["references"] = pd.Series(pd.array(lists, dtype=dtype), index=messages.index)
    else:
        messages["references"] = lists.to_pandas()
    del table, lists
    if how == "plain":
        from tests.plain_threads import plain_threads

        messages["references"] = [list(names) for names in messages["references"]]
        rows = messages.astype(object).where(messages.notna(), None).to_dict("records")
        begin = time.process_time()
        found = pd.DataFrame(plain_threads(rows))
        found["coalition"] = messages["coalition"]
    else:
        from dcactivity.threads import thread_messages

        begin = time.process_time()
        found = thread_messages(messages)
        found["coalition"] = messages["coalition"]
    seconds = time.process_time() - begin
    unit = 1 if platform.system() == "Darwin" else 1024
    return {
        "seconds": seconds,
        "threads": len(found[["coalition", "thread"]].drop_duplicates()),
        "answers": int(found["answers"].notna().sum()),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6,
    }


def generate(size: int, lists: int) -> pa.Table:
    """Make messages as lists have them; the same for the same arguments.

    Two of three answer one of the last fifty of their list and carry the chain of its
    references, ten at most; one in ten of these has lost its header and kept its ``Re:``, one
    in twenty of all is not at hand, and one in a hundred has no date.
    """
    dice = np.random.default_rng(1)
    total = size + size // 19
    owner = np.sort(dice.integers(0, lists, total))
    parent = np.arange(total) - dice.integers(1, 50, total)
    valid = (parent >= 0) & (owner[parent] == owner) & (dice.random(total) < 0.66)
    parent = np.where(valid, parent, -1)
    words = np.array(SUBJECTS.split())
    drawn = dice.integers(0, len(words), (total, 4)).tolist()
    chains: list[list[str]] = []
    subjects: list[str] = []
    names = [
        f"{number:08x}.{number * 7919 % 99991:05d}@mail.example.org" for number in range(total)
    ]
    for number, above in enumerate(parent.tolist()):
        if above < 0:
            chains.append([])
            subjects.append(" ".join(words[drawn[number]]) + f" {number}")
        else:
            chains.append([*chains[above][-9:], names[above]])
            subjects.append(subjects[above])
    bare = (dice.random(total) < 0.1).tolist()
    lost = dice.random(total) < 0.05
    kept = np.flatnonzero(~lost)[:size].tolist()
    moment = np.datetime64("2000-01-01", "us") + np.arange(total) * np.timedelta64(600, "s")
    dates = pa.array(moment[kept], pa.timestamp("us", "UTC"), mask=dice.random(len(kept)) < 0.01)
    return pa.table(
        {
            "coalition": [f"dc-{owner[n]}" for n in kept],
            "message_id": [names[n] for n in kept],
            "date": dates,
            "subject": [
                f"[dc-{owner[n]}] {'Re: ' if parent[n] >= 0 else ''}{subjects[n]}" for n in kept
            ],
            "in_reply_to": [
                names[parent[n]] if parent[n] >= 0 and not bare[n] else None for n in kept
            ],
            "references": [[] if bare[n] else chains[n] for n in kept],
            "person": [f"p{n}" for n in (dice.pareto(1, len(kept)) * 20).astype(int) % 5_000],
        }
    )


if __name__ == "__main__":
    main()
