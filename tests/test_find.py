"""What lies under a path, what a registry's globs name, and whether it changed."""

from __future__ import annotations

import gzip
import io
import os
import zipfile
from pathlib import Path

import pytest

from dcactivity.archives.find import (
    Archive,
    PassedOver,
    content_digest,
    expand_globs,
    find_archives,
    signature,
)
from dcactivity.errors import ArchiveError, RegistryError

MAIL = b"From: a@example.org\nDate: Mon, 1 Feb 2021 10:00:00 +0000\nSubject: x\n\nbody\n"
MBOX = b"From a@example.org Mon Feb  1 10:00:00 2021\n" + MAIL


def make(root: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def names(archives: list[Archive]) -> list[str]:
    return [archive.name for archive in archives]


def a_zip(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as box:
        box.writestr(name, data)
    return out.getvalue()


def test_content_decides_and_everything_else_is_listed(tmp_path: Path) -> None:
    make(
        tmp_path,
        {
            "dc/b.weird": MBOX,
            "dc/a.txt.gz": gzip.compress(MBOX),
            "dc/deep/er/c": b"\n" + MBOX,
            "dc/mail.zip": a_zip("x/y.mbox", MBOX),
            "dc/report.docx": a_zip("word/document.xml", b"<xml>"),
            "dc/README": b"words",
            "dc/index.html": b"<html>",
            "dc/list.mbox": b"",
            "dc/log.gz": gzip.compress(b"words"),
            "dc/.DS_Store": b"\x00",
            "dc/.git/config": b"",
            "dc/coalitions.toml": b"",
        },
    )
    archives, passed = find_archives(tmp_path / "dc", root=tmp_path)
    assert names(archives) == ["dc/a.txt.gz", "dc/b.weird", "dc/deep/er/c", "dc/mail.zip"]
    assert [(item.name, item.reason) for item in passed] == [
        ("dc/.DS_Store", "hidden file"),
        ("dc/.git", "hidden folder"),
        ("dc/README", "text without mail in it"),
        ("dc/coalitions.toml", "belongs to the registry or to a test, no archive"),
        ("dc/index.html", "a web page or XML, no archive"),
        ("dc/list.mbox", "empty file"),
        ("dc/log.gz", "text without mail in it"),
        ("dc/report.docx", "a zip in which no archive was found"),
    ]


def test_one_file_may_be_the_source(tmp_path: Path) -> None:
    make(tmp_path, {"a.mbox": MBOX, "1.eml": MAIL, "x": b"words"})
    for name in ("a.mbox", "1.eml"):
        archive = Archive(name, tmp_path / name, "file", tmp_path)
        assert find_archives(tmp_path / name, root=tmp_path) == ([archive], [])
    assert find_archives(tmp_path / "x", root=tmp_path) == (
        [],
        [PassedOver("x", "text without mail in it")],
    )


def test_a_folder_that_is_the_source_and_the_archive_is_named_by_a_dot(tmp_path: Path) -> None:
    make(tmp_path, {"1.eml": MAIL})
    assert names(find_archives(tmp_path, root=tmp_path)[0]) == ["."]


def test_a_link_within_the_source_gives_no_second_archive(tmp_path: Path) -> None:
    make(tmp_path, {"b/x.mbox": MBOX})
    (tmp_path / "a.mbox").symlink_to(tmp_path / "b" / "x.mbox")
    (tmp_path / "c").symlink_to(tmp_path / "b")
    assert names(find_archives(tmp_path, root=tmp_path)[0]) == ["b/x.mbox"]
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "l.mbox").symlink_to(tmp_path / "b" / "x.mbox")
    assert names(find_archives(tmp_path / "d", root=tmp_path)[0]) == ["d/l.mbox"]


def test_a_folder_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    assert find_archives(tmp_path / "gone", root=tmp_path) == (
        [],
        [PassedOver("gone", "no regular file")],
    )


def test_globs_name_files_folders_and_patterns_and_nothing_twice(tmp_path: Path) -> None:
    make(
        tmp_path,
        {
            "dc/1999-May.txt": MBOX,
            "dc/2000-May.txt": MBOX,
            "dc/other.mbox": MBOX,
            "dc/M/cur/1": MAIL,
            "dc/M/new/2": MAIL,
            "dc/eml/1.eml": MAIL,
            "dc/eml/2.eml": MAIL,
            "dc/notes.txt": b"words",
            "dc/.hidden.mbox": MBOX,
            "e/[x].mbox": MBOX,
        },
    )
    archives, passed, unmatched = expand_globs(
        tmp_path,
        ["dc/*.txt", "dc/1999*", "dc/M", "dc/eml", "dc/eml/*.eml", "none/*.mbox", "e/[x].mbox"],
    )
    assert names(archives) == [
        "dc/1999-May.txt",
        "dc/2000-May.txt",
        "dc/M",
        "dc/eml",
        "e/[x].mbox",
    ]
    assert passed == [PassedOver("dc/notes.txt", "text without mail in it")]
    assert unmatched == ["none/*.mbox"]
    everything = names(expand_globs(tmp_path, ["**/*"])[0])
    assert everything == names(find_archives(tmp_path, root=tmp_path)[0])
    assert names(expand_globs(tmp_path, ["dc/eml/*.eml"])[0]) == ["dc/eml/1.eml", "dc/eml/2.eml"]
    assert names(expand_globs(tmp_path, ["dc/.hidden.mbox"])[0]) == ["dc/.hidden.mbox"]


def test_a_name_as_the_tables_show_it_names_the_file_again(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9\x1b\xc2\x85.mbox")).write_bytes(MBOX)
    archives = find_archives(tmp_path, root=tmp_path)[0]
    assert names(archives) == ["caf\\xe9\\x1b\\xc2\\x85.mbox"]
    assert expand_globs(tmp_path, names(archives)) == (archives, [], [])


@pytest.mark.parametrize(
    "glob", ["/etc/passwd", "../x", "dc/../../x", "C:\\x", "..\\x", "", " ", "a\x00b"]
)
def test_globs_that_lead_out_are_refused(tmp_path: Path, glob: str) -> None:
    with pytest.raises(RegistryError) as caught:
        expand_globs(tmp_path, [glob])
    assert repr(glob) in str(caught.value)


def test_a_glob_that_matches_a_link_out_is_refused(tmp_path: Path) -> None:
    make(tmp_path, {"secret.mbox": MBOX, "root/a.mbox": MBOX})
    (tmp_path / "root" / "b.mbox").symlink_to(tmp_path / "secret.mbox")
    (tmp_path / "root" / "up").symlink_to(tmp_path)
    for glob in ("*.mbox", "b.mbox", "up", "up/secret.mbox", "up/*.mbox"):
        with pytest.raises(RegistryError, match=r"leads out of the source's folder"):
            expand_globs(tmp_path / "root", [glob])


def test_the_signature_changes_with_every_change_and_nothing_else(tmp_path: Path) -> None:
    make(tmp_path, {"a.mbox": MBOX, "M/cur/1": MAIL, "M/new/2": MAIL, "e/1.eml": MAIL})
    archives = {archive.name: archive for archive in find_archives(tmp_path, root=tmp_path)[0]}
    before = {name: signature(archive) for name, archive in archives.items()}
    assert list(before) == ["M", "a.mbox", "e"]
    assert before == {name: signature(archive) for name, archive in archives.items()}
    make(
        tmp_path,
        {"a.mbox": MBOX + MBOX, "M/cur/3": MAIL, "M/tmp/4": MAIL, "e/1.eml": MAIL + b"\n"},
    )
    after = {name: signature(archive) for name, archive in archives.items()}
    assert all(before[name] != after[name] for name in before)
    make(tmp_path, {"M/tmp/5": MAIL, "e/deep/x": b"", "e/.hidden": b""})
    assert after == {name: signature(archive) for name, archive in archives.items()}
    os.utime(tmp_path / "a.mbox", ns=(1, 1))
    assert signature(archives["a.mbox"]) != after["a.mbox"]


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    make(tmp_path, {"a": b"abc", "e/1.eml": MAIL, "f/1.eml": MAIL, "f/README": b"words"})
    archive = Archive("a", tmp_path / "a", "file", tmp_path)
    assert content_digest(archive) == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    e, f = find_archives(tmp_path, root=tmp_path)[0]
    assert content_digest(e) == content_digest(f)
    make(tmp_path, {"f/1.eml": MAIL + b"x"})
    assert content_digest(e) != content_digest(f)


def test_what_is_gone_has_no_signature(tmp_path: Path) -> None:
    archive = Archive("gone", tmp_path / "gone", "file", tmp_path)
    for ask in (signature, content_digest):
        with pytest.raises(ArchiveError, match="gone: cannot be read"):
            ask(archive)


def test_a_file_that_was_recognised_before_is_not_opened_again(tmp_path: Path) -> None:
    root = make(tmp_path, {"a/one.mbox": MBOX, "a/two.txt": b"nothing of the kind"})
    (one,), _ = find_archives(root, root=root)
    known = {one.name: signature(one), "a/two.txt": "another size"}
    (root / "a" / "one.mbox").chmod(0)
    assert names(find_archives(root, root=root, known=known)[0]) == ["a/one.mbox"]
    assert names(expand_globs(root, ["a/*"], known=known)[0]) == ["a/one.mbox"]
    same = {"a/two.txt": signature(Archive("a/two.txt", root / "a" / "two.txt", "file", root))}
    (root / "a" / "one.mbox").chmod(0o644)
    assert names(find_archives(root, root=root, known=same)[0]) == ["a/one.mbox", "a/two.txt"]


def test_globs_are_followed_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, {"a/one.mbox": MBOX})
    (tmp_path / "a" / "round").symlink_to("round")
    monkeypatch.chdir(tmp_path)
    for root in (Path(), Path("..") / tmp_path.name):
        for glob in (".", "a", "a/one.mbox", "*/one*"):
            archives, _, unmatched = expand_globs(root, [glob])
            assert (names(archives), unmatched) == (["a/one.mbox"], [])
        with pytest.raises(RegistryError, match="leads out"):
            expand_globs(root, ["a/round"])
