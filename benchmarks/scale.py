"""Time ingest and status as the number of lists, the size of a list, and a store's age grow.

::

    python benchmarks/scale.py [--lists 1,10,100,1000,5000] [--each 40] [--workers 1,2]
                               [--big 2000000] [--months 120]

Makes the archives itself, the same bytes each time. Every figure is that of a whole process,
from its start to its end. CPU time is that of the process and its workers together; peak memory
is that of the largest single process, as the kernel counts it. ``--big`` adds one list of so many
messages; ``--months`` simulates so many monthly runs on twenty lists, and exits with 1 where
their store is more than 1.3 times as large as a fresh one, or where a table of the two differs in
a byte: those that commands print, the ledger, and the CSV files of a report.
"""

from __future__ import annotations

import argparse
import calendar
import datetime as dt
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

RETRIEVED = "2022-03-31"


def main() -> int:
    """Parse the arguments, run, print, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--lists", type=numbers, default=[1, 10, 100, 1000, 5000])
    parser.add_argument("--each", type=int, default=40, help="messages of each list")
    parser.add_argument("--workers", type=numbers, default=[1, 2])
    parser.add_argument("--big", type=int, default=0, help="messages of one large list")
    parser.add_argument("--months", type=int, default=0, help="monthly runs to simulate")
    parser.add_argument("--scratch", type=Path, help="where to put archives and stores")
    arguments = parser.parse_args()
    cases = [(count, arguments.each) for count in arguments.lists]
    if arguments.big:
        cases.append((1, arguments.big))
    with tempfile.TemporaryDirectory(prefix="dcactivity-", dir=arguments.scratch) as scratch:
        for line in sizes(cases, arguments.workers, Path(scratch)):
            print(line, flush=True)
        if arguments.months:
            return months(arguments.months, Path(scratch) / "months")
    return 0


def numbers(text: str) -> list[int]:
    """Read numbers with commas between them."""
    return [int(part) for part in text.split(",") if part]


@dataclass(frozen=True)
class Run:
    """What one process took."""

    seconds: float
    cpu: float
    megabytes: float
    megabytes_read: float
    output: bytes


def run(*arguments: object) -> Run:
    """Run a command as a process of its own."""
    program = Path(sys.executable).with_name("dcactivity")
    with tempfile.TemporaryFile() as output:
        before = bytes_read()
        begin = time.perf_counter()
        process = subprocess.Popen([program, *map(str, arguments)], stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        read = bytes_read() - before
        output.seek(0)
        said = output.read()
    if process.returncode:
        raise SystemExit(f"{arguments}: exit status {process.returncode}")
    unit = 1 if platform.system() == "Darwin" else 1024
    cpu = usage.ru_utime + usage.ru_stime
    return Run(seconds, cpu, usage.ru_maxrss * unit / 1e6, read / 1e6, said)


def bytes_read() -> int:
    """Count what this process and all those that it waited for have read; 0 where nobody does."""
    count = Path("/proc/self/io")
    return int(count.read_text().split()[1]) if count.exists() else 0


def sizes(cases: list[tuple[int, int]], workers: list[int], scratch: Path) -> Iterator[str]:
    """Give the lines of a Markdown table, as they become known."""
    yield (
        "| lists | messages | workers | ingest, s | CPU, µs a message | peak, MB | archives, MB "
        "| store, MB | first status, s | status again, s | CPU of it, s | peak, MB |"
    )
    yield "|" + " ---: |" * 12
    for turn, (lists, each) in enumerate(cases):
        source = scratch / f"source-{turn}"
        source.mkdir()
        for number in range(lists):
            with (source / f"list-{number:05d}.mbox").open("w", encoding="ascii") as file:
                write_list(file, number, each)
        for count in workers:
            store = scratch / f"store-{turn}-{count}"
            done = run(
                "ingest", source, "--store", store, "--workers", count, "--quiet",
                "--retrieved", RETRIEVED,
            )  # fmt: skip
            plain = size_of(store)
            first = run("status", store, "--json", "--quiet")
            again = run("status", store, "--json", "--quiet")
            if first.output != again.output:
                raise SystemExit("the same store gives two different tables")
            yield (
                f"| {lists:,} | {lists * each:,} | {count} | {done.seconds:.1f} "
                f"| {done.cpu / (lists * each) * 1e6:,.0f} | {done.megabytes:,.0f} "
                f"| {size_of(source):,.1f} | {plain:,.1f} | {first.seconds:.1f} "
                f"| {again.seconds:.1f} | {again.cpu:.1f} "
                f"| {max(first.megabytes, again.megabytes):,.0f} |"
            )


def size_of(folder: Path) -> float:
    """Add up the files of a folder, in MB."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def write_list(file: TextIO, number: int, count: int) -> None:
    """Write the messages of one list, over ten years."""
    dice = random.Random(number)
    step = dt.timedelta(days=3650) / count
    begin = dt.datetime(2012, 1, 1, tzinfo=dt.UTC)
    people = 12 if count < 10_000 else 20_000
    recent: list[tuple[str, str]] = []
    for turn in range(count):
        writer = number * 3 + int(people * dice.random() ** 3)
        recent.append(
            write_mail(file, f"{number}.{turn}", begin + step * turn, writer, recent, dice)
        )
        del recent[:-20]


def write_mail(
    file: TextIO,
    ident: str,
    when: dt.datetime,
    writer: int,
    recent: list[tuple[str, str]],
    dice: random.Random,
) -> tuple[str, str]:
    """Write one message; give its Message-ID and subject."""
    address = f"user{writer}@host{writer % 900}.example"
    subject, answered = f"Topic number {ident}", ""
    if recent and dice.random() < 0.7:
        earlier, topic = dice.choice(recent)
        subject = f"Re: {topic.removeprefix('Re: ')}"
        answered = f"In-Reply-To: <{earlier}>\nReferences: <{earlier}>\n"
    file.write(
        f"From {address} {when:%a %b} {when.day:2d} {when:%H:%M:%S %Y}\n"
        f"Date: {when:%a, %d %b %Y %H:%M:%S} +0000\n"
        f"From: Name{writer % 997} Sur{writer} <{address}>\n"
        f"Subject: {subject}\nMessage-ID: <m{ident}@x.example>\n{answered}\nhello\n\n"
    )
    return f"m{ident}@x.example", subject


TABLES = (
    ("status", "--json"),
    ("monthly",),
    ("people", "--json"),
    ("principles", "--json"),
    ("forecast", "--json"),
    ("doctor", "--json"),
)
"""Commands that print a table of a store."""


def months(count: int, scratch: Path) -> int:
    """Simulate monthly runs, print what they took, and compare with a fresh store."""
    source, store, fresh = scratch / "source", scratch / "store", scratch / "fresh"
    source.mkdir(parents=True)
    took: list[Run] = []
    judged: list[Run] = []
    for place in range(count):
        add_month(source, place)
        took.append(run("ingest", source, "--store", store, "--workers", 1, "--quiet"))
        judged.append(run("status", store, "--json", "--quiet"))
    run("ingest", source, "--store", fresh, "--workers", 1, "--quiet")
    span = max(1, min(12, count // 2))
    print(f"\n{count} monthly runs on 20 lists, the median of the first {span} and the last:")
    for name, values in (("ingest", took), ("status", judged)):
        print(f"- {name}: {compared(values[:span], values[-span:])}")
    different = differing(source, store, fresh, scratch)
    # Now each of the two holds the decisions on its messages, too.
    ratio = size_of(store) / size_of(fresh)
    print(f"- store: {size_of(store):.2f} MB, {ratio:.2f} times a fresh one's")
    for name in different:
        print(f"- {name} DIFFERS from that of a fresh store")
    if not different:
        print("- all tables are those of a fresh store, byte for byte")
    return 0 if not different and ratio <= 1.3 else 1


def compared(early: list[Run], late: list[Run]) -> str:
    """Say what the median run took, early and late."""
    cpu = [statistics.median(one.cpu for one in runs) for runs in (early, late)]
    read = [statistics.median(one.megabytes_read for one in runs) for runs in (early, late)]
    return (
        f"CPU {cpu[0]:.2f} s and {cpu[1]:.2f} s ({cpu[1] / cpu[0]:.2f} times), "
        f"{read[0]:.2f} MB and {read[1]:.2f} MB read, the program itself included"
    )


def differing(source: Path, store: Path, fresh: Path, scratch: Path) -> list[str]:
    """Name the tables that are not the same bytes from two stores of one source."""
    commands = [(name, place, *more) for name, *more in TABLES for place in (store, fresh)]
    commands += [("ingest", source, "--store", place, "--json") for place in (store, fresh)]
    printed = [(command[0], run(*command, "--quiet").output) for command in commands]
    pairs = zip(printed[::2], printed[1::2], strict=True)
    different = [f"{name}" for (name, said), (_, other) in pairs if said != other]
    outs = [scratch / "out", scratch / "out-fresh"]
    for place, out in zip((store, fresh), outs, strict=True):
        run("report", place, "--out", out, "--quiet")
    files = [{path.name: path.read_bytes() for path in out.glob("*.csv")} for out in outs]
    names = sorted(files[0].keys() | files[1].keys())
    return different + [name for name in names if files[0].get(name) != files[1].get(name)]


def add_month(folder: Path, place: int) -> None:
    """Add a month's mail: half of the lists grow in one file, half have a file a month."""
    year, month = 2012 + place // 12, place % 12 + 1
    last = calendar.monthrange(year, month)[1]
    registry = ""
    for number in range(20):
        slug = f"list-{number:02d}"
        grows = number % 2 == 0
        path = folder / slug / ("all.mbox" if grows else f"{year}-{month:02d}.mbox")
        path.parent.mkdir(exist_ok=True)
        dice = random.Random(number * 1000 + place)
        recent: list[tuple[str, str]] = []
        with path.open("a", encoding="ascii") as file:
            for turn in range(25):
                when = dt.datetime(year, month, turn + 1, 10, tzinfo=dt.UTC)
                writer = number * 3 + dice.randrange(12)
                ident = f"{number}.{place}.{turn}"
                recent.append(write_mail(file, ident, when, writer, recent, dice))
        registry += (
            f'[[coalition]]\nslug = "{slug}"\n[[coalition.list]]\n'
            f'address = "{slug}@lists.example"\narchives = ["{slug}/*.mbox"]\n'
            f"retrieved = {year}-{month:02d}-{last}\n"
        )
    (folder / "coalitions.toml").write_text(registry, encoding="ascii")


if __name__ == "__main__":
    sys.exit(main())
