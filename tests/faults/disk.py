"""A disk that fills up, that cannot be written, and that stops being writable in the middle.

``python -m tests.faults.disk`` mounts a small tmpfs, for which it must be root.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.faults.trial import expected, grow, held, make_source, run, start

__all__ = ["fill", "forbid", "lose", "tmpfs"]


@contextlib.contextmanager
def tmpfs(folder: Path, size: str) -> Iterator[Path]:
    """Mount a small file system.

    Raises
    ------
    PermissionError
        This process may not mount.
    """
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, check=False).returncode:
        raise PermissionError("a file system cannot be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def remount(folder: Path, options: str) -> bool:
    """Change the options of a mounted file system; give whether it could be done."""
    command = ["mount", "-o", f"remount,{options}", str(folder)]
    return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0


def fill(folder: Path, times: int) -> Counter[str]:
    """Of a store on a full disk nothing is lost; with room again, the next run brings all."""
    source, found = make_source(folder / "source", 100), Counter[str]()
    with tmpfs(folder / "disk", "3m") as disk:
        store, count = disk / "store", 100
        code, said = run("ingest", source, "--store", store, "--workers", 1)
        assert code == 0, said
        for number in range(times):
            before, count = count, count + 400
            grow(source, before, count)
            free = shutil.disk_usage(disk).free
            (disk / "ballast").write_bytes(b"\1" * max(0, free - 4096 * (1 + 4 * number)))
            code, said = run("ingest", source, "--store", store, "--workers", 1)
            found["failed"] += code != 0
            found["unsaid"] += code != 0 and "No space left" not in said
            for slug, ids in held(store).items():
                found["lost"] += ids not in (expected(before)[slug], expected(count)[slug])
            (disk / "ballast").unlink()
            code, said = run("ingest", source, "--store", store, "--workers", 1)
            found["lost"] += code != 0 or held(store) != expected(count)
    return found


def forbid(folder: Path, times: int) -> Counter[str]:
    """A store that cannot be written is read, and an ingest into it fails in one line."""
    source, found = make_source(folder / "source", 100), Counter[str]()
    with tmpfs(folder / "disk", "8m") as disk:
        store = disk / "store"
        run("ingest", source, "--store", store, "--workers", 1)
        for number in range(times):
            assert remount(disk, "ro")
            found["unread"] += run("status", store)[0] != 0
            grow(source, 100 + number, 101 + number)
            code, said = run("ingest", source, "--store", store, "--workers", 1)
            found["failed"] += code == 1
            found["unsaid"] += "Read-only" not in said or said.count("\n") != 1
            found["lost"] += held(store) != expected(100 + number)
            assert remount(disk, "rw")
            code, _ = run("ingest", source, "--store", store, "--workers", 1)
            found["lost"] += code != 0 or held(store) != expected(101 + number)
    return found


def lose(folder: Path, times: int) -> Counter[str]:
    """Permission that is lost in the middle of an ingest leaves each coalition before or after."""
    source, found, count = make_source(folder / "source", 100), Counter[str](), 100
    store = folder / "store"
    run("ingest", source, "--store", store, "--workers", 1)
    for number in range(times):
        before, count = count, count + 400
        grow(source, before, count)
        process = start("ingest", source, "--store", store, "--workers", 1)
        begun: set[Path] = set()  # the first, the second or the third coalition is being written
        while process.poll() is None and len(begun) <= number % 3:
            begun |= set(store.glob("staging/next-*"))
            time.sleep(0.001)
        permit(store, 0o500)
        _, said = process.communicate()
        found["failed"] += process.returncode != 0
        found["unsaid"] += process.returncode != 0 and "Permission denied" not in said
        permit(store, 0o700)
        for slug, ids in held(store).items():
            found["lost"] += ids not in (expected(before)[slug], expected(count)[slug])
        code, _ = run("ingest", source, "--store", store, "--workers", 1)
        found["lost"] += code != 0 or held(store) != expected(count)
    return found


def permit(store: Path, mode: int) -> None:
    """Set the permissions of a store's folders."""
    for path in [store, *store.rglob("*")]:
        with contextlib.suppress(FileNotFoundError):
            if path.is_dir():
                path.chmod(mode)


TRIALS = {"disk full": fill, "read-only": forbid, "permission lost": lose}


def main() -> int:
    """Run the trials and print their counts."""
    bad = 0
    for name, trial in TRIALS.items():
        with tempfile.TemporaryDirectory() as folder:
            try:
                found = trial(Path(folder), 5)
            except PermissionError as error:
                print(f"{name}: skipped: {error}")
                continue
        bad += found["lost"] + found["unsaid"] + found["unread"]
        counts = ", ".join(f"{found[key]} {key}" for key in ("failed", "lost", "unsaid", "unread"))
        print(f"{name}: 5 runs, {counts}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
