"""public-inbox: a git repository or bundle in which each commit writes one message.

What a repository's owner wrote into it is never run: its objects are read through an empty
repository of our own, so that no setting, hook, filter or remote of theirs takes part.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

from dcactivity.archives.found import ledger_name
from dcactivity.archives.records import Part, Quarantined, RawMessage
from dcactivity.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from dcactivity.archives.limits import Budget

__all__ = ["bundle_part", "git_folders", "is_git_folder", "repository_parts"]

_EPOCH = re.compile(r"\d+\.git")
_OBJECT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_V1_FOLDER = re.compile(r"[0-9a-f]{2}")
_AHEAD = 64
_READ_BYTES = 1 << 18


def is_git_folder(folder: Path) -> bool:
    """Tell whether a folder is a public-inbox repository, of one epoch or several.

    Parameters
    ----------
    folder : Path
        A folder.

    Returns
    -------
    bool
        True for a bare repository, for a folder of epochs, and for a clone whose files can be
        those of a public-inbox: a folder of other archives may stand under git as well.
    """
    return bool(git_folders(folder))


def git_folders(folder: Path) -> list[Path]:
    """List the repositories that a public-inbox consists of.

    Parameters
    ----------
    folder : Path
        A folder.

    Returns
    -------
    list of Path
        Git folders, oldest epoch first; empty where it is none.
    """
    if _is_bare(folder):
        return [folder]
    if _is_bare(folder / ".git") and not (folder / ".git").is_symlink():
        names = {path.name for path in folder.iterdir()} - {".git"}
        if all(name in {"m", "d"} or _V1_FOLDER.fullmatch(name) for name in names):
            return [folder / ".git"]
    for base in (folder / "git", folder):
        if base.is_dir() and not base.is_symlink():
            epochs = [
                path
                for path in base.iterdir()
                if _EPOCH.fullmatch(path.name) and not path.is_symlink() and _is_bare(path)
            ]
            if epochs:
                return sorted(epochs, key=lambda path: int(path.stem))
    return []


def _is_bare(folder: Path) -> bool:
    return (
        (folder / "HEAD").is_file()
        and (folder / "objects").is_dir()
        and (folder / "refs").is_dir()
    )


def repository_parts(folder: Path, root: Path, budget: Budget) -> Iterator[Part]:
    """Read a public-inbox that lies there as a repository.

    Parameters
    ----------
    folder : Path
        A folder of which `is_git_folder` is true.
    root : Path
        The source's folder.
    budget : Budget
        Largest message, and what all of them may come to.

    Yields
    ------
    Part
        One for each epoch.

    Raises
    ------
    ArchiveError
        Where git is not installed, or the repository is damaged or none of a public-inbox.
    """
    epochs = git_folders(folder)
    with tempfile.TemporaryDirectory(prefix="dcactivity-") as scratch:
        gits = [_borrow(epoch, Path(scratch) / str(n)) for n, epoch in enumerate(epochs)]
        # A message of one epoch may be deleted in a later one.
        histories = [git.history(_head_of(epoch)) for git, epoch in zip(gits, epochs, strict=True)]
        lists = _living(histories)
        for git, epoch, blobs in zip(gits, epochs, lists, strict=True):
            name = ledger_name(epoch if len(epochs) > 1 else folder, root)
            messages = git.messages(blobs, name, budget)
            yield Part(name, "public-inbox", messages=messages)
            messages.close()


@contextmanager
def bundle_part(bundle: Path, *, name: str, wraps: str, budget: Budget) -> Iterator[Part]:
    """Read a public-inbox that lies there as a git bundle.

    Parameters
    ----------
    bundle : Path
        The bundle.
    name : str
        Its name in the ledger.
    wraps : str
        What is to be appended to the name of the format.
    budget : Budget
        Largest message, and what all of them may come to.

    Yields
    ------
    Part
        The one part, as long as the context lasts.

    Raises
    ------
    ArchiveError
        Where git is not installed, or the bundle is damaged or none of a public-inbox.
    """
    with tempfile.TemporaryDirectory(prefix="dcactivity-") as scratch:
        with bundle.open("rb") as file:
            start = file.read(4096)
        git = _Git(Path(scratch) / "git", sha256=b"@object-format=sha256\n" in start)
        answer = git.run("bundle", "unbundle", str(bundle.absolute())).splitlines()
        heads = {ref: commit for commit, _, ref in (line.partition(" ") for line in answer)}
        if not heads:
            raise ArchiveError("a git bundle without a branch")
        head = next(heads[ref] for ref in _preferred(heads))
        messages = git.messages(_living([git.history(head)])[0], name, budget)
        yield Part(name, "public-inbox" + wraps, messages=messages)
        messages.close()


def _preferred(heads: Iterable[str]) -> list[str]:
    first = ("HEAD", "refs/heads/master", "refs/heads/main")
    return [ref for ref in first if ref in heads] + sorted(heads)


def _living(histories: list[list[tuple[str, bytes]]]) -> list[list[bytes]]:
    """Take out of each history the messages that are deleted later."""
    last: dict[bytes, tuple[int, int]] = {}
    for epoch, history in enumerate(histories):
        for number, (path, blob) in enumerate(history):
            if path == "d":
                last.pop(blob, None)
            else:
                last.setdefault(blob, (epoch, number))
    lists: list[list[bytes]] = [[] for _ in histories]
    for blob, (epoch, _) in sorted(last.items(), key=lambda item: item[1]):
        lists[epoch].append(blob)
    return lists


def _head_of(folder: Path) -> str:
    """Look up the commit that HEAD names, without letting git read the repository's settings."""
    text = (folder / "HEAD").read_text("utf-8", "replace").strip()
    ref = text.removeprefix("ref:").strip()
    if text.startswith("ref:") and re.fullmatch(r"refs/[\w./+-]+", ref) and ".." not in ref:
        loose = folder / ref
        if loose.is_file() and not loose.is_symlink():
            text = loose.read_text("utf-8", "replace").strip()
        elif (folder / "packed-refs").is_file():
            lines = (folder / "packed-refs").read_text("utf-8", "replace").splitlines()
            text = next((line.split()[0] for line in lines if line.endswith(" " + ref)), "")
    if not _OBJECT.fullmatch(text):
        raise ArchiveError("a git repository without a commit that HEAD names")
    return text


def _borrow(folder: Path, scratch: Path) -> _Git:
    """Make an empty repository that reads the objects of another one."""
    objects = folder / "objects"
    alternates = objects / "info" / "alternates"
    if objects.is_symlink() or alternates.exists():
        raise ArchiveError("a git repository that borrows objects from elsewhere is not read")
    head = _head_of(folder)
    git = _Git(scratch, sha256=len(head) == 64, objects=objects)
    if (folder / "shallow").is_file():
        lines = (folder / "shallow").read_text("utf-8", "replace").split()
        (scratch / "shallow").write_text("".join(f"{x}\n" for x in lines if _OBJECT.fullmatch(x)))
    return git


class _Git:
    """An empty bare repository of our own, and what is asked of git in it."""

    def __init__(self, folder: Path, *, sha256: bool, objects: Path | None = None) -> None:
        git = shutil.which("git")
        if git is None:
            msg = "a public-inbox repository is read through git, which is not installed"
            raise ArchiveError(msg, hint="install git")
        self._folder = folder
        self._command = [git, "--no-pager", "-c", "core.hooksPath=/dev/null"]
        # Whatever GIT_… the user has set is for other repositories.
        self._env = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | {
            "GIT_ALLOW_PROTOCOL": "none",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_TERMINAL_PROMPT": "0",
            "HOME": str(folder),
            "LC_ALL": "C",
            "XDG_CONFIG_HOME": str(folder),
        }
        kind = "--object-format=sha256" if sha256 else "--object-format=sha1"
        self.run("init", "--quiet", "--bare", "--template=", kind, str(folder))
        self._env["GIT_DIR"] = str(folder)
        if objects is not None:
            # Written and not put into the environment, where a colon would part the path.
            (folder / "objects" / "info").mkdir(exist_ok=True)
            text = str(objects.absolute())
            (folder / "objects" / "info" / "alternates").write_text(text + "\n")

    def run(self, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603 - a fixed program, no shell, arguments of our own
            [*self._command, *arguments],
            env=self._env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise ArchiveError(_complaint(done.stderr))
        return done.stdout.decode("utf-8", "replace")

    def history(self, head: str) -> list[tuple[str, bytes]]:
        """List what is written over time: ``m`` or ``d`` and the blob, oldest first."""
        top = self.run("ls-tree", "--name-only", head).split()
        if top and all(_V1_FOLDER.fullmatch(name) for name in top):
            rows = [
                line.split(None, 3)[1:3] for line in self.run("ls-tree", "-r", head).splitlines()
            ]
            return [("m", bytes.fromhex(blob)) for kind, blob in rows if kind == "blob"]
        if not set(top) <= {"m", "d"}:
            raise ArchiveError("a git repository, but not that of a public-inbox")
        listing = self.run(
            *("log", "--reverse", "--first-parent", "--root", "--raw", "--no-abbrev"),
            *("--no-renames", "--no-color", "--no-ext-diff", "--format=", head),
        )
        written = []
        for line in listing.splitlines():
            fields, _, path = line.partition("\t")
            *_, blob, status = fields.split() or ("", "D")
            if status != "D" and path in {"m", "d"}:
                written.append((path, bytes.fromhex(blob)))
        return written

    def messages(
        self, blobs: list[bytes], name: str, budget: Budget
    ) -> Generator[RawMessage | Quarantined]:
        """Read blobs one by one; a few are asked for ahead, so that git need not wait."""
        process = subprocess.Popen(  # noqa: S603 - as above
            [*self._command, "cat-file", "--batch"],
            env=self._env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            for at, blob in enumerate(blobs):
                if at % _AHEAD == 0:
                    wanted = blobs[at : at + _AHEAD]
                    process.stdin.write(b"".join(x.hex().encode() + b"\n" for x in wanted))
                    process.stdin.flush()
                yield _read_blob(process.stdout, f"{name}!/{blob.hex()}", budget)
        except (BrokenPipeError, ValueError) as error:
            raise ArchiveError("git broke off: the repository is damaged") from error
        finally:
            process.kill()
            process.stdout.close()
            with suppress(BrokenPipeError):
                process.stdin.close()
            process.wait()


def _read_blob(pipe: IO[bytes], member: str, budget: Budget) -> RawMessage | Quarantined:
    answer = pipe.readline().split()
    if len(answer) == 2:
        return Quarantined(member, 0, "missing in the repository")
    size = int(answer[2]) if len(answer) == 3 else -1
    if size < 0:
        raise ValueError("no answer")
    budget.charge(size)
    most = budget.limits.message_bytes
    if size > most:
        left = size + 1
        while left and (piece := pipe.read(min(left, _READ_BYTES))):
            left -= len(piece)
        return Quarantined(member, 0, f"a message of more than {most:,} bytes")
    data = pipe.read(size)
    if len(data) < size or pipe.read(1) != b"\n":
        raise ValueError("no end")
    return RawMessage(member, 0, data)


def _complaint(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    text = next((line for line in lines if line.startswith(("fatal:", "error:"))), "")
    return "git cannot read it: " + (text.partition(": ")[2] or "no reason given")
