"""Time the reading of mailing-list archives, in one run: this project and what else there is.

::

    python benchmarks/ingest.py [--megabytes 250] [--files 4] [--repeats 3] [--source DIR]

Makes the archives itself, the same bytes each time, or takes those of a folder. Every entry is
a whole process, from its start to its end, with a store that does not exist yet. The entries
take turns, so that a change in the machine's speed falls on all of them; the shortest run of
each, which other work disturbed least, is printed as a Markdown table. The archives have just
been written or counted and lie in the page cache.

Peak memory is that of the largest single process, as the kernel counts it; nothing below that
of this script itself can be seen. Exit status 1 when two readers disagree on the number of
messages in archives that this script made.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.util
import os
import platform
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

LOOP = """
import mailbox, sys
count = 0
for path in sys.argv[1:]:
    for message in mailbox.mbox(path, create=False):
        message["Date"], message["From"], message["Message-ID"]
        count += 1
print(count)
"""
PERCEVAL = """
import sys
from perceval.backends.core.mbox import MBox
print(sum(1 for _ in MBox(uri="benchmark", dirpath=sys.argv[1]).fetch()))
"""
BODY_BYTES = 4_900
"""With some 700 bytes of header, 5.6 KB a message: the mean of a lively list's archive."""


def main() -> int:
    """Parse the arguments, run, print, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--megabytes", type=int, default=250, help="size of each file")
    parser.add_argument("--files", type=int, default=4, help="how many files, a list each")
    parser.add_argument("--repeats", type=int, default=3, help="how often each entry runs")
    parser.add_argument("--source", type=Path, help="take the plain mboxes of this folder instead")
    parser.add_argument("--scratch", type=Path, help="where to put archives and stores")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="dcactivity-", dir=arguments.scratch) as scratch:
        source = arguments.source
        if source is None:
            source = Path(scratch, "archives")
            remark(f"writing {arguments.files} archives of {arguments.megabytes} MB")
            make_archives(source, arguments.files, arguments.megabytes * 1_000_000)
        files = plain_mboxes(source)
        if not files:
            parser.error(f"{source}: no plain mbox in it, so there is nothing to compare with")
        entries = entries_for(source, files, Path(scratch))
        for turn in range(1, arguments.repeats + 1):
            for entry in entries:
                remark(f"turn {turn} of {arguments.repeats}: {entry.name}")
                entry.run()
    for line in table(entries, files, arguments.repeats):
        print(line)
    found = {(entry.files, count) for entry in entries for count in entry.counts}
    if arguments.source is None and len(found) > len({entry.files for entry in entries}):
        remark(f"the readers disagree (files, messages): {sorted(found)}")
        return 1
    return 0


def remark(text: str) -> None:
    """Say on standard error what is going on."""
    print(text, file=sys.stderr, flush=True)


@dataclass
class Entry:
    """One command, and what its runs took."""

    name: str
    command: list[str]
    files: int
    store: Path | None = None  # removed before each run: the store is cold
    seconds: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    def run(self) -> None:
        """Run the command once as a process of its own."""
        if self.store is not None:
            shutil.rmtree(self.store, ignore_errors=True)
        with tempfile.TemporaryFile() as output:
            begin = time.perf_counter()
            process = subprocess.Popen(self.command, stdout=output, stderr=subprocess.STDOUT)
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds.append(time.perf_counter() - begin)
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            said = output.read().decode(errors="replace")
        if process.returncode:
            raise SystemExit(f"{self.name}: exit status {process.returncode}\n{said}")
        unit = 1 if platform.system() == "Darwin" else 1024
        self.megabytes.append(usage.ru_maxrss * unit / 1e6)
        # `dcactivity ingest` ends with "... 1,234 messages read = ...", the others with a number.
        found = re.search(r"([\d,]+) messages read", said) or re.search(r"(\d+)\s*$", said)
        self.counts.append(int(found[1].replace(",", "")) if found else -1)


def entries_for(source: Path, files: list[Path], scratch: Path) -> list[Entry]:
    """List what is timed; the first entry of each group of files is what it is measured by."""
    program = Path(sys.executable).with_name("dcactivity")
    if not program.exists():
        raise SystemExit(f"{program}: not there; install the project for {sys.executable} first")
    names, one = [str(path) for path in files], str(files[0])
    loop, ingest = [sys.executable, "-c", LOOP], [str(program), "ingest"]
    every, single, alone = scratch / "every", scratch / "single", scratch / "alone"
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    count = len(files)
    several = [
        Entry("`mailbox.mbox` loop", [*loop, *names], count),
        Entry(
            f"`dcactivity ingest`, default workers ({min(workers or 1, count)})",
            [*ingest, str(source), "--store", str(every)], count, every,
        ),
        Entry(
            "`dcactivity ingest --workers 1`",
            [*ingest, str(source), "--store", str(single), "--workers", "1"], count, single,
        ),
        Entry(
            "`dcactivity ingest` again, nothing changed",
            [*ingest, str(source), "--store", str(every)], count,
        ),
        Entry("`grep -c '^From '`", counting(names), count),
    ]  # fmt: skip
    lone = [
        Entry("`mailbox.mbox` loop", [*loop, one], 1),
        Entry(
            "`dcactivity ingest --workers 1`",
            [*ingest, one, "--store", str(alone), "--workers", "1"], 1, alone,
        ),
        Entry("`grep -c '^From '`", counting([one]), 1),
    ]  # fmt: skip
    if importlib.util.find_spec("perceval") is not None:
        folder = scratch / "perceval"
        folder.mkdir()
        (folder / files[0].name).symlink_to(files[0].resolve())
        lone.append(Entry("Perceval's `MBox`", [sys.executable, "-c", PERCEVAL, str(folder)], 1))
    return several + lone if count > 1 else lone


def counting(names: list[str]) -> list[str]:
    """Count lines that begin with ``From `` with grep, over all files."""
    script = "grep -h -c '^From ' \"$@\" | awk '{n += $1} END {print n}'"
    return ["sh", "-c", script, "sh", *names]


def table(entries: list[Entry], files: list[Path], repeats: int) -> Iterator[str]:
    """Give the lines of the report, in Markdown."""
    size = sum(path.stat().st_size for path in files if path.exists()) or None
    yield (
        f"{os.cpu_count()} cores ({platform.machine()}), {platform.system()}, Python "
        f"{platform.python_version()}; the shortest of {repeats} interleaved runs of whole "
        "processes."
    )
    if size is not None:
        yield f"All files together: {size / 1e6:,.0f} MB."
    yield ""
    yield "| files | messages | reader | seconds | times the loop | peak memory, MB |"
    yield "| ---: | ---: | --- | ---: | ---: | ---: |"
    base: dict[int, float] = {}
    for entry in entries:
        seconds = min(entry.seconds)
        base.setdefault(entry.files, seconds)
        yield (
            f"| {entry.files} | {entry.counts[-1]:,} | {entry.name} | {seconds:.2f} "
            f"| {base[entry.files] / seconds:.1f} | {max(entry.megabytes):,.0f} |"
        )
    if not any("Perceval" in entry.name for entry in entries):
        yield ""
        yield "Perceval is not installed here, and was not timed."


def plain_mboxes(folder: Path) -> list[Path]:
    """List the files that every reader here can read, the largest first."""
    paths = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    found = [path for path in paths if path.is_file() and begins_with_from(path)]
    return sorted(found, key=lambda path: path.stat().st_size, reverse=True)


def begins_with_from(path: Path) -> bool:
    """Tell whether a file begins as an mbox does."""
    with path.open("rb") as file:
        return file.read(5) == b"From "


FORENAMES = "Ada Bela Chidi Dunja Emeka Farah Goran Hana Ines Jorge Kofi Lena Mirel Nadia Oskar"
SURNAMES = "Abara Bonnet Castillo Dimitrov Eriksen Fofana Grünwald Hossain Ivanova Jansen Kimani"
WORDS = (
    "the of and a to in that we is for it on as with our by this be are from at open access list "
    "meeting session draft paper comment agenda public standard network rights report call notes "
    "language school library bridge market river garden season proposal question answer thanks "
    "please could would next week month year group members everyone first second final version"
)
ZONES = ("+0000", "+0100", "+0200", "-0500", "+0530", "-0300", "+0900")
TOPICS = ("Agenda of the next call", "Draft paper", "Notes of the meeting", "Call for comments")


def make_archives(folder: Path, files: int, size: int) -> None:
    """Write mboxes of ordinary messages, a list each; the same bytes for the same arguments."""
    for number in range(1, files + 1):
        name = f"list-{number}"
        place = folder / name
        place.mkdir(parents=True)
        with (place / f"{name}.mbox").open("wb", buffering=1 << 20) as file:
            for message in messages(name, size, random.Random(name)):
                file.write(message)


def messages(name: str, size: int, dice: random.Random) -> Iterator[bytes]:
    """Make messages of one list until `size` bytes are reached, over eight years."""
    people = cast_of(dice)
    prose = [paragraph(dice) for _ in range(200)]
    begin = dt.datetime(2014, 1, 1, tzinfo=dt.UTC)
    step = dt.timedelta(days=8 * 365) / max(1, size // 5_600)
    written, number, thread = 0, 0, [("", TOPICS[0])]
    while written < size:
        number += 1
        when = begin + step * number
        ident = f"{when:%Y%m%d%H%M%S}.{number:06d}@mail.{name}.example"
        if dice.random() < 0.3:
            thread = [("", f"{dice.choice(TOPICS)} {number}")]
        head = header(name, ident, when, dice.choice(people), thread, dice)
        thread.append((ident, thread[0][1]))
        body: list[str] = []
        length = 0
        while length < BODY_BYTES:
            body.append(dice.choice(prose))
            length += len(body[-1])
        message = f"{head}\n{''.join(body)}\n".encode()
        written += len(message)
        yield message


def header(
    name: str,
    ident: str,
    when: dt.datetime,
    person: tuple[str, str],
    thread: list[tuple[str, str]],
    dice: random.Random,
) -> str:
    """Make an envelope and a header block such as list software hands on."""
    address, shown = person
    zone = ZONES[sum(address.encode()) % len(ZONES)]
    sign = -1 if zone[0] == "-" else 1
    local = when + sign * dt.timedelta(hours=int(zone[1:3]), minutes=int(zone[3:]))
    subject = f"[{name}] {thread[0][1]}"
    answer = ""
    if len(thread) > 1:
        earlier = [known for known, _ in thread[1:]][-4:]
        subject = f"Re: {subject}"
        references = "\n ".join(f"<{known}>" for known in earlier)
        answer = f"In-Reply-To: <{earlier[-1]}>\nReferences: {references}\n"
    return (
        f"From {address} {when:%a %b} {when.day:2d} {when:%H:%M:%S %Y}\n"
        f"Return-Path: <{address}>\n"
        f"Received: from mail.example (mail.example [192.0.2.{dice.randrange(1, 255)}])\n"
        f"\tby lists.example (Postfix) with ESMTPS id {dice.getrandbits(44):011X}\n"
        f"\tfor <{name}@lists.example>; {when:%a, %d %b %Y %H:%M:%S} +0000 (UTC)\n"
        f"Date: {local:%a, %d %b %Y %H:%M:%S} {zone}\n"
        f"From: {shown} <{address}>\n"
        f"To: {name}@lists.example\n"
        f"Subject: {subject}\n"
        f"Message-ID: <{ident}>\n{answer}"
        "MIME-Version: 1.0\n"
        "Content-Type: text/plain; charset=utf-8\n"
        "Content-Transfer-Encoding: 8bit\n"
        f"List-Id: The {name} list <{name}.lists.example>\n"
        f"List-Post: <mailto:{name}@lists.example>\n"
        f"List-Archive: <https://lists.example/archives/{name}>\n"
    )


def cast_of(dice: random.Random) -> list[tuple[str, str]]:
    """Invent the people of a list: address and name as they stand in a From field."""
    people = []
    for number in range(300):
        forename = dice.choice(FORENAMES.split())
        surname = dice.choice(SURNAMES.split())
        shown = f"{forename} {surname}"
        if not shown.isascii():
            shown = f"=?utf-8?q?{shown.replace(' ', '_').replace('ü', '=C3=BC')}?="
        people.append((f"{forename.lower()}{number}@people{number % 17}.example", shown))
    return people


def paragraph(dice: random.Random) -> str:
    """Make a paragraph of some 400 bytes, now and then with a quoted From line in it."""
    words = WORDS.split()
    lines = [" ".join(dice.choices(words, k=12)) for _ in range(6)]
    if dice.random() < 0.05:
        lines.append(">From what was said " + lines[0])
    return "\n".join(lines) + "\n\n"


if __name__ == "__main__":
    sys.exit(main())
