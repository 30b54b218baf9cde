"""public-inbox repositories and bundles, friendly and hostile."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from dcactivity.archives.find import Archive, content_digest, find_archives, signature
from dcactivity.archives.limits import Limits
from dcactivity.archives.opening import open_archive
from dcactivity.archives.records import Part, RawMessage
from dcactivity.errors import ArchiveError

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *arguments: str) -> str:
    env = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org",
        "GIT_AUTHOR_DATE": "1000000000 +0000", "GIT_COMMITTER_DATE": "1000000000 +0000",
    }  # fmt: skip
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], env=env, capture_output=True, check=True, text=True
    )
    return done.stdout.strip()


def mail(number: int) -> bytes:
    return b"From: a@example.org\nMessage-ID: <%d@example.org>\n\nbody\n" % number


def commit(work: Path, files: dict[str, bytes]) -> None:
    for path in work.iterdir():
        if path.name != ".git":
            path.unlink()
    for name, data in files.items():
        (work / name).write_bytes(data)
    git(work, "add", "-A")
    git(work, "commit", "-q", "--allow-empty", "-m", "x")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """Three messages, of which the second is deleted later."""
    folder = tmp_path / "work"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "master")
    for number in (1, 2, 3):
        commit(folder, {"m": mail(number)})
    commit(folder, {"d": mail(2)})
    return folder


def messages(archive: Archive, limits: Limits | None = None) -> dict[str, list[bytes | str]]:
    found: dict[str, list[bytes | str]] = {}
    for part in open_archive(archive, limits=limits or Limits()):
        assert isinstance(part, Part)
        assert part.messages is not None
        found[f"{part.name} {part.format}"] = [
            item.data if isinstance(item, RawMessage) else item.reason for item in part.messages
        ]
    return found


def only(folder: Path) -> Archive:
    (archive,), _ = find_archives(folder, root=folder)
    return archive


def test_a_bundle_is_read_and_so_is_one_in_a_zip(work: Path, tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.mkdir()
    git(work, "bundle", "create", "-q", str(box / "a.bundle"), "HEAD", "master")
    assert messages(only(box)) == {"a.bundle public-inbox": [mail(1), mail(3)]}
    with zipfile.ZipFile(box / "a.zip", "w") as packed:
        packed.write(box / "a.bundle", "b")
    (box / "a.bundle").unlink()
    assert messages(only(box)) == {"a.zip!/b public-inbox.zip": [mail(1), mail(3)]}


def test_messages_are_named_by_their_blobs(work: Path, tmp_path: Path) -> None:
    git(work, "bundle", "create", "-q", str(tmp_path / "a.bundle"), "master")
    archive = Archive("a.bundle", tmp_path / "a.bundle", "file", tmp_path)
    (part,) = (
        list(item.messages or ()) for item in open_archive(archive) if isinstance(item, Part)
    )
    assert [item.member for item in part] == [
        f"a.bundle!/{git(work, 'rev-parse', 'HEAD~3:m')}",
        f"a.bundle!/{git(work, 'rev-parse', 'HEAD~1:m')}",
    ]


def test_a_bare_repository_and_a_clone_are_read(work: Path, tmp_path: Path) -> None:
    for option in ("--bare", "--no-bare"):
        box = tmp_path / option
        box.mkdir()
        git(tmp_path, "clone", "-q", option, str(work), str(box / "inbox"))
        archive = only(box)
        assert (archive.name, archive.kind) == ("inbox", "folder")
        assert messages(archive) == {"inbox public-inbox": [mail(1), mail(3)]}
        assert len(content_digest(archive)) == 64
        assert signature(archive) == signature(archive)


def test_epochs_are_parts_and_a_later_one_deletes_in_an_earlier(
    work: Path, tmp_path: Path
) -> None:
    box = tmp_path / "box"
    git(tmp_path, "clone", "-q", "--bare", str(work), str(box / "inbox" / "git" / "2.git"))
    git(work, "checkout", "-q", "--orphan", "next")
    commit(work, {"m": mail(4)})
    commit(work, {"d": mail(1)})
    git(tmp_path, "clone", "-q", "--bare", str(work), str(box / "inbox" / "git" / "10.git"))
    assert messages(only(box)) == {
        "inbox/git/2.git public-inbox": [mail(3)],
        "inbox/git/10.git public-inbox": [mail(4)],
    }


def test_the_first_layout_keeps_messages_as_files_of_a_tree(tmp_path: Path) -> None:
    work = tmp_path / "inbox"
    for name, number in (("ab/" + "c" * 38, 1), ("01/" + "d" * 38, 2)):
        (work / name).parent.mkdir(parents=True)
        (work / name).write_bytes(mail(number))
    git(work, "init", "-q")
    git(work, "add", "-A")
    git(work, "commit", "-q", "-m", "x")
    box = tmp_path / "box"
    git(tmp_path, "clone", "-q", "--bare", str(work), str(box / "inbox.git"))
    assert messages(only(box)) == {"inbox.git public-inbox": [mail(2), mail(1)]}


def test_a_shallow_clone_gives_what_it_holds(work: Path, tmp_path: Path) -> None:
    box = tmp_path / "box"
    git(tmp_path, "clone", "-q", "--bare", "--depth=2", f"file://{work}", str(box / "inbox"))
    assert messages(only(box)) == {"inbox public-inbox": [mail(3)]}


def test_too_large_a_message_is_quarantined_and_the_next_is_read(
    work: Path, tmp_path: Path
) -> None:
    commit(work, {"m": mail(4) + b"x" * 300_000})
    commit(work, {"m": mail(5)})
    git(work, "bundle", "create", "-q", str(tmp_path / "a.bundle"), "master")
    archive = Archive("a.bundle", tmp_path / "a.bundle", "file", tmp_path)
    got = messages(archive, Limits(message_bytes=1000))["a.bundle public-inbox"]
    assert got == [mail(1), mail(3), "a message of more than 1,000 bytes", mail(5)]


def test_nothing_that_a_repository_says_is_run(work: Path, tmp_path: Path) -> None:
    box = tmp_path / "box"
    bare = box / "inbox"
    git(tmp_path, "clone", "-q", "--bare", str(work), str(bare))
    trap = tmp_path / "sprung"
    command = f"touch {trap}"
    with (bare / "config").open("a") as config:
        config.write(
            f'[core]\n\tfsmonitor = "{command}"\n\tpager = "{command}"\n'
            f'\tsshCommand = "{command}"\n\thooksPath = {bare}/hooks\n'
            f'[diff]\n\texternal = "{command}"\n'
            f'[log]\n\tshowSignature = true\n[gpg]\n\tprogram = "{command}"\n'
            f'[protocol]\n\tallow = always\n[protocol "ext"]\n\tallow = always\n'
            f'[remote "origin"]\n\turl = ext::sh -c "{command}"\n\tpromisor = true\n'
            "[extensions]\n\tpartialClone = origin\n"
        )
    blob = git(work, "rev-parse", "HEAD~1:m")
    for hook in ("post-checkout", "reference-transaction", "pre-auto-gc"):
        (bare / "hooks").mkdir(exist_ok=True)
        (bare / "hooks" / hook).write_text(f"#!/bin/sh\n{command}\n")
        (bare / "hooks" / hook).chmod(0o755)
    loose = bare / "objects" / blob[:2] / blob[2:]
    if loose.exists():
        loose.chmod(0o644)
        loose.unlink()
    got = messages(only(box))["inbox public-inbox"]
    assert got[0] == mail(1)
    assert got[1] in {mail(3), "missing in the repository"}
    assert not trap.exists()


def test_objects_borrowed_from_elsewhere_are_refused(work: Path, tmp_path: Path) -> None:
    box = tmp_path / "box"
    git(tmp_path, "clone", "-q", "--bare", "--shared", str(work), str(box / "inbox"))
    with pytest.raises(ArchiveError, match="inbox: a git repository that borrows objects"):
        messages(only(box))


def test_other_repositories_are_no_archives(tmp_path: Path) -> None:
    box = tmp_path / "box"
    code = box / "code"
    code.mkdir(parents=True)
    git(code, "init", "-q")
    commit(code, {"main.c": b"int main;\n"})
    assert find_archives(box, root=box)[0] == []
    git(tmp_path, "clone", "-q", "--bare", str(code), str(box / "bare"))
    with pytest.raises(ArchiveError, match="not that of a public-inbox"):
        messages(only(box))


def test_a_damaged_bundle_is_an_error_with_a_reason(work: Path, tmp_path: Path) -> None:
    path = tmp_path / "a.bundle"
    git(work, "bundle", "create", "-q", str(path), "master")
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(ArchiveError, match=r"a\.bundle: git cannot read it: "):
        messages(Archive("a.bundle", path, "file", tmp_path))


def test_without_git_the_reason_names_it(
    work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.bundle"
    git(work, "bundle", "create", "-q", str(path), "master")
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(ArchiveError, match="git, which is not installed; install git"):
        messages(Archive("a.bundle", path, "file", tmp_path))
