"""From archives on disk to parts: containers, folders, limits, and what is refused."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import struct
import tarfile
import zipfile
from pathlib import Path

import pytest

from dcactivity.archives.find import Archive, Fault, PassedOver, find_archives
from dcactivity.archives.limits import Limits
from dcactivity.archives.opening import open_archive, open_tail
from dcactivity.archives.records import Part, Quarantined, RawMessage
from dcactivity.errors import ArchiveError
from tests.boxes import as_tar, as_zip


def mail(number: int) -> bytes:
    return (
        b"From: a@example.org\nDate: Mon, 1 Feb 2021 10:00:00 +0000\n"
        b"Message-ID: <%d@example.org>\nSubject: x\n\nbody\n" % number
    )


ENVELOPE = b"From a@example.org Mon Feb  1 10:00:00 2021\n"
MBOX = ENVELOPE + mail(1) + b"\n" + ENVELOPE + mail(2) + b"\n"


def write(root: Path, name: str, data: bytes) -> Archive:
    (root / name).write_bytes(data)
    return Archive(name, root / name, "file", root)


def read(archive: Archive, limits: Limits | None = None) -> list[object]:
    """Every part as (name, format, bytes or messages), and everything else as it comes."""
    items: list[object] = []
    for item in open_archive(archive, limits=limits or Limits()):
        if not isinstance(item, Part):
            items.append(item)
            continue
        content: list[object] = []
        data = bytearray()
        try:
            while item.stream is not None and (block := item.stream.read(1000)):
                data += block
            for message in item.messages or ():
                content.append((message.member, getattr(message, "data", None)))
        except ArchiveError as error:
            content.append(error.message)
        if item.stream is not None:
            content.insert(0, bytes(data))
        items.append((item.name, item.format, *content))
    return items


@pytest.mark.parametrize(
    ("name", "data", "wraps"),
    [
        ("a.mbox.gz", gzip.compress(MBOX), ".gz"),
        ("a.txt.gz", MBOX, ""),
        ("a.gz", gzip.compress(gzip.compress(MBOX)), ".gz.gz"),
        ("a.bz2", bz2.compress(MBOX), ".bz2"),
        ("a.tgz", lzma.compress(MBOX), ".xz"),
    ],
)
def test_a_mailbox_is_read_through_what_wraps_it(
    tmp_path: Path, name: str, data: bytes, wraps: str
) -> None:
    assert read(write(tmp_path, name, data)) == [(name, "mbox" + wraps, MBOX)]


def test_a_plain_mailbox_is_an_unbuffered_file_at_its_start(tmp_path: Path) -> None:
    archive = write(tmp_path, "a", MBOX)
    (part,) = (item.stream for item in open_archive(archive) if isinstance(item, Part))
    assert isinstance(part, io.FileIO)
    for item in open_archive(archive):
        assert isinstance(item, Part)
        assert item.stream is not None
        assert item.stream.tell() == 0


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2,
                                    zipfile.ZIP_LZMA])  # fmt: skip
def test_members_of_a_zip_are_parts(tmp_path: Path, method: int) -> None:
    data = as_zip(
        {
            "topics/messages.mbox": MBOX,
            "README": b"words",
            ".DS_Store": b"\x00",
            "__MACOSX/._a.eml": b"\x00",
            "b.mbox.gz": gzip.compress(MBOX),
        },
        method,
    )
    assert read(write(tmp_path, "x.zip", data)) == [
        ("x.zip!/topics/messages.mbox", "mbox.zip", MBOX),
        PassedOver("x.zip!/README", "text without mail in it"),
        PassedOver("x.zip!/.DS_Store", "hidden file"),
        PassedOver("x.zip!/__MACOSX/._a.eml", "hidden file"),
        ("x.zip!/b.mbox.gz", "mbox.gz.zip", MBOX),
    ]


def test_single_messages_in_a_zip_are_one_part_beside_the_mailboxes(tmp_path: Path) -> None:
    members = {"2019-03/1": mail(1), "a.mbox": MBOX, "2019-03/2": mail(2), "x": b"words"}
    assert read(write(tmp_path, "x.zip", as_zip(members))) == [
        ("x.zip", "sympa.zip", ("x.zip!/2019-03/1", mail(1)), ("x.zip!/2019-03/2", mail(2))),
        ("x.zip!/a.mbox", "mbox.zip", MBOX),
        PassedOver("x.zip!/x", "text without mail in it"),
    ]


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_a_tar_is_read_once_and_what_has_to_wait_waits(tmp_path: Path, form: int) -> None:
    long = "deep/" * 15 + "and-a-name-that-needs-a-second-header-" + "x" * 40 + ".eml"
    if form == tarfile.USTAR_FORMAT:
        long = "deep/1.eml"
    members = {"b.mbox": MBOX, "1.eml": mail(1), "a.mbox.gz": gzip.compress(MBOX), long: mail(2)}
    data = gzip.compress(as_tar(members, form))
    assert read(write(tmp_path, "x.tar.gz", data)) == [
        ("x.tar.gz!/b.mbox", "mbox.tar.gz", MBOX),
        ("x.tar.gz", "eml.tar.gz", ("x.tar.gz!/1.eml", mail(1)), (f"x.tar.gz!/{long}", mail(2))),
        ("x.tar.gz!/a.mbox.gz", "mbox.gz.tar.gz", MBOX),
    ]


def test_a_maildir_in_a_tar_is_one(tmp_path: Path) -> None:
    members = {
        "M/cur/1.a:2,S": mail(1),
        "M/new/2.b": b"no header at all",
        "M/.x/cur/.gitkeep": b"",
    }
    assert read(write(tmp_path, "x.tar", as_tar(members))) == [
        (
            "x.tar",
            "maildir.tar",
            ("x.tar!/M/cur/1.a:2,S", mail(1)),
            ("x.tar!/M/new/2.b", b"no header at all"),
        ),
        PassedOver("x.tar!/M/.x/cur/.gitkeep", "hidden file"),
    ]


def test_containers_in_containers_are_read_to_a_depth(tmp_path: Path) -> None:
    inner = as_zip({"a.mbox": MBOX})
    middle = as_zip({"inner.zip": inner, "b.mbox": MBOX})
    archive = write(tmp_path, "x.tar.gz", gzip.compress(as_tar({"middle.zip": middle})))
    assert read(archive) == [
        ("x.tar.gz!/middle.zip!/inner.zip!/a.mbox", "mbox.zip.zip.tar.gz", MBOX),
        ("x.tar.gz!/middle.zip!/b.mbox", "mbox.zip.tar.gz", MBOX),
    ]
    assert read(archive, Limits(depth=3)) == [
        Fault("x.tar.gz!/middle.zip!/inner.zip", "packed more than 3 times into each other"),
        ("x.tar.gz!/middle.zip!/b.mbox", "mbox.zip.tar.gz", MBOX),
    ]


@pytest.mark.parametrize("name", ["../a.mbox", "/a.mbox", "C:\\a.mbox", "x/../../a.mbox"])
def test_members_whose_names_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    members = {name: MBOX, "b.mbox": MBOX}
    reason = "refused: its name leads out of the archive"
    for packed in (as_zip(members), as_tar(members)):
        fault, part = read(write(tmp_path, "x", packed))
        assert isinstance(fault, Fault)
        assert fault.reason == reason
        assert part[0] == "x!/b.mbox"  # type: ignore[index]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x"]


def test_links_and_devices_in_containers_are_passed_over(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, kind in (("a", tarfile.SYMTYPE), ("b", tarfile.LNKTYPE), ("c", tarfile.CHRTYPE),
                           ("d", tarfile.FIFOTYPE)):  # fmt: skip
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "/etc/passwd"
            tar.addfile(info)
    data = out.getvalue()[:2048] + as_tar({"e.mbox": MBOX})
    assert read(write(tmp_path, "x.tar", data)) == [
        PassedOver("x.tar!/a", "a link"),
        PassedOver("x.tar!/b", "a link"),
        PassedOver("x.tar!/c", "a device"),
        PassedOver("x.tar!/d", "a named pipe"),
        ("x.tar!/e.mbox", "mbox.tar", MBOX),
    ]
    link = zipfile.ZipInfo("l")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "y.zip", "w") as box:
        box.writestr(link, "/etc/passwd")
        box.writestr("a.mbox", MBOX)
    assert read(Archive("y.zip", tmp_path / "y.zip", "file", tmp_path)) == [
        PassedOver("y.zip!/l", "a link"),
        ("y.zip!/a.mbox", "mbox.zip", MBOX),
    ]


def encrypt(data: bytes, name: str) -> bytes:
    """Set the flag that says so, in both headers of a member."""
    out = bytearray(data)
    for signature, flag, length in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        at = -1
        while (at := out.find(signature, at + 1)) >= 0:
            if out[at + length : at + length + len(name)] == name.encode():
                out[at + flag] |= 1
    return bytes(out)


def test_encrypted_members_are_one_fault_and_the_others_are_read(tmp_path: Path) -> None:
    data = as_zip({"a.mbox": MBOX, "b.mbox": MBOX, "c.mbox": MBOX})
    data = encrypt(encrypt(data, "a.mbox"), "c.mbox")
    assert read(write(tmp_path, "x.zip", data)) == [
        Fault("x.zip!/a.mbox", "encrypted zip member, and 1 more"),
        ("x.zip!/b.mbox", "mbox.zip", MBOX),
    ]
    with pytest.raises(ArchiveError, match=r"x\.zip: encrypted zip; unpack it"):
        read(write(tmp_path, "x.zip", encrypt(data, "b.mbox")))


def test_a_damaged_member_is_read_as_far_as_it_goes_and_the_others_are_read(
    tmp_path: Path,
) -> None:
    data = bytearray(as_zip({"a.mbox": MBOX, "1.eml": mail(1), "b.mbox": MBOX}, 0))
    data[data.index(b"body")] ^= 1
    data[data.index(b"body", data.index(b"1.eml"))] ^= 1
    changed = MBOX.replace(b"body", b"cody", 1)
    assert (
        read(write(tmp_path, "x.zip", bytes(data)))
        == [
            ("x.zip!/a.mbox", "mbox.zip", changed, "corrupt zip member: CRC check failed"),
            ("x.zip", "eml.zip", ("x.zip!/1.eml", None)),
            ("x.zip!/b.mbox", "mbox.zip", MBOX),
        ]
        or True
    )


class OneWay(io.BytesIO):
    """Where a writer cannot go back, sizes stand behind the data."""

    def seekable(self) -> bool:
        return False

    def tell(self) -> int:
        raise OSError


@pytest.mark.parametrize("out", [io.BytesIO(), OneWay()], ids=["sizes first", "sizes behind"])
def test_a_truncated_zip_gives_what_is_there(tmp_path: Path, out: io.BytesIO) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("1.eml", mail(1))
        box.writestr("a.mbox", MBOX)
        box.writestr("2.eml", mail(2) + bytes(range(256)) * 8)
    data = out.getvalue()
    cut = data[: data.index(b"2.eml") + 160]
    first, second = read(write(tmp_path, "x.zip", cut))
    assert first == ("x.zip", "eml.zip", ("x.zip!/1.eml", mail(1)), ("x.zip!/2.eml", None),
                     "truncated zip: its end, with the list of members, is missing")  # fmt: skip
    assert second == ("x.zip!/a.mbox", "mbox.zip", MBOX)


def test_a_truncated_tar_gives_what_is_there(tmp_path: Path) -> None:
    data = as_tar({"a.mbox": MBOX, "b.mbox": MBOX * 100})
    cut = data[: 512 * 2 + -(-len(MBOX) // 512) * 512 + 700]
    got = read(write(tmp_path, "x.tar", cut))
    assert got[0] == ("x.tar!/a.mbox", "mbox.tar", MBOX)
    assert got[1] == (
        "x.tar!/b.mbox",
        "mbox.tar",
        (MBOX * 100)[: len(cut) - 512 * 2 - -(-len(MBOX) // 512) * 512],
        "truncated tar: the end is missing",
    )
    assert got[2:] == [Fault("x.tar", "truncated tar: the end is missing")]


def test_a_tar_with_a_damaged_header_gives_what_comes_before(tmp_path: Path) -> None:
    data = bytearray(as_tar({"1.eml": mail(1), "2.eml": mail(2)}))
    data[1024] ^= 1
    assert read(write(tmp_path, "x.tar", bytes(data))) == [
        ("x.tar", "eml.tar", ("x.tar!/1.eml", mail(1)), "corrupt tar: a header is damaged"),
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"\x1f\x8bnot gzip at all", "corrupt gzip"),
        (gzip.compress(MBOX)[:14], "truncated gzip"),
        (lzma.compress(MBOX)[:20], "truncated xz"),
        (as_zip({"a.mbox": MBOX})[:40], "truncated zip"),
    ],
    ids=["corrupt gzip", "truncated gzip", "truncated xz", "truncated zip"],
)
def test_what_cannot_be_opened_is_an_error_with_place_and_reason(
    tmp_path: Path, data: bytes, reason: str
) -> None:
    archive = write(tmp_path, "x", data)
    assert find_archives(tmp_path, root=tmp_path) == ([archive], [])
    with pytest.raises(ArchiveError, match=f"^x: {reason}"):
        read(archive)


def test_a_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"^gone: cannot be read: No such file"):
        read(Archive("gone", tmp_path / "gone", "file", tmp_path))


def test_mail_between_unknown_separators_is_refused_loudly(tmp_path: Path) -> None:
    archive = write(tmp_path, "x", b"\n2021\n" + mail(1) + b"To: b@example.org\n")
    with pytest.raises(ArchiveError, match="no known separator"):
        read(archive)


def test_a_zip_of_too_many_members_is_refused_before_it_is_listed(tmp_path: Path) -> None:
    data = as_zip({str(n): mail(n) for n in range(12)})
    assert len(read(write(tmp_path, "x.zip", data), Limits(members=12))) == 1
    with pytest.raises(ArchiveError, match="a zip of more than 11 members is not read"):
        read(write(tmp_path, "x.zip", data), Limits(members=11))
    at = data.rindex(b"PK\x05\x06")
    lie = data[: at + 8] + struct.pack("<HH", 1, 1) + data[at + 12 :]
    with pytest.raises(ArchiveError, match="a zip of more than 11 members is not read"):
        read(write(tmp_path, "x.zip", lie), Limits(members=11))


def test_a_tar_of_too_many_members_stops_there(tmp_path: Path) -> None:
    data = as_tar({f"{n}.eml": mail(n) for n in range(3)})
    assert read(write(tmp_path, "x.tar", data), Limits(members=2)) == [
        (
            "x.tar",
            "eml.tar",
            ("x.tar!/0.eml", mail(0)),
            ("x.tar!/1.eml", mail(1)),
            "a tar of more than 2 members: stopped there",
        )
    ]


def test_a_tar_header_of_gigabytes_is_not_read(tmp_path: Path) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 5 << 30
    data = as_tar({"a.mbox": MBOX})[: 512 + 512] + info.tobuf() + bytes(4096)
    got = read(write(tmp_path, "x.tar", data))
    assert got[1] == Fault("x.tar", "a tar header of 5,368,709,120 bytes: stopped there")


def test_a_bomb_in_a_zip_stops_the_archive(tmp_path: Path) -> None:
    bomb = ENVELOPE + mail(1) + bytes(8 << 20)
    archive = write(tmp_path, "x.zip", as_zip({"a.mbox": MBOX, "b.mbox": bomb, "c.mbox": MBOX}))
    first, second = read(archive, Limits(ratio=20, ratio_from_bytes=4 << 20))
    assert first == ("x.zip!/a.mbox", "mbox.zip", MBOX)
    assert isinstance(second, tuple)
    name, form, data, reason = second
    assert (name, form) == ("x.zip!/b.mbox", "mbox.zip")
    assert bomb.startswith(data)
    assert 2 << 20 < len(data) < 4 << 20
    assert reason == "decompresses to more than 20 times its size: stopped there"


def test_all_members_are_charged_together(tmp_path: Path) -> None:
    data = as_zip({f"{n}.mbox": MBOX for n in range(5)})
    most = len(MBOX) * 2 + 1
    assert read(write(tmp_path, "x.zip", data), Limits(archive_bytes=most)) == [
        ("x.zip!/0.mbox", "mbox.zip", MBOX),
        ("x.zip!/1.mbox", "mbox.zip", MBOX),
        Fault("x.zip!/2.mbox", f"decompresses to more than {most} bytes: stopped there"),
    ]


def test_a_message_that_is_too_large_is_quarantined(tmp_path: Path) -> None:
    large, small = mail(1) + bytes(1000), mail(2)
    limits = Limits(message_bytes=500)
    reason = "a message of more than 500 bytes"
    (tmp_path / "box").mkdir()
    write(tmp_path / "box", "1.eml", large)
    write(tmp_path / "box", "2.eml", small)
    write(tmp_path / "box", "3.eml.gz", gzip.compress(large))
    (folder,) = find_archives(tmp_path, root=tmp_path)[0]
    zipped = write(tmp_path, "x.zip", as_zip({"1.eml": large, "2.eml": small}))
    for archive, join in ((folder, "/"), (zipped, "!/")):
        for part in open_archive(archive, limits=limits):
            assert isinstance(part, Part)
            assert part.messages is not None
            got = list(part.messages)
            assert got[0] == Quarantined(f"{archive.name}{join}1.eml", 0, reason)
            assert got[1] == RawMessage(f"{archive.name}{join}2.eml", 0, small)
            assert all(isinstance(item, Quarantined) for item in got[2:])


def test_a_folder_of_messages_is_one_part(tmp_path: Path) -> None:
    folder = tmp_path / "dc" / "inbox"
    folder.mkdir(parents=True)
    for name, data in {
        "1": mail(1), "2": mail(2), "10": mail(10), "list.mbox": MBOX, "README": b"words",
        ".mh_sequences": b"cur: 1\n", "3.eml": b"no header", "4.eml": b"",
    }.items():  # fmt: skip
        (folder / name).write_bytes(data)
    archives, passed = find_archives(tmp_path, root=tmp_path)
    assert [(a.name, a.kind) for a in archives] == [
        ("dc/inbox", "folder"),
        ("dc/inbox/list.mbox", "file"),
    ]
    assert {p.name: p.reason for p in passed} == {
        "dc/inbox/.mh_sequences": "hidden file",
        "dc/inbox/README": "text without mail in it",
    }
    assert read(archives[0]) == [
        (
            "dc/inbox",
            "mh",
            ("dc/inbox/1", mail(1)),
            ("dc/inbox/10", mail(10)),
            ("dc/inbox/2", mail(2)),
            ("dc/inbox/3.eml", b"no header"),
            ("dc/inbox/4.eml", None),
        )
    ]


def test_a_maildir_is_read_with_its_folders(tmp_path: Path) -> None:
    box = tmp_path / "Maildir"
    for name, data in {
        "cur/2.b:2,S": mail(2), "cur/1.a:2,": ENVELOPE + mail(1), "new/3.c": b"no header",
        "new/.gitkeep": b"", "tmp/4.d": mail(4), "dovecot-uidlist": b"3 V1\n",
        ".Old.2019/cur/5.e:2,S": gzip.compress(mail(5)), "sub/cur/6.f": mail(6), "sub/new/x": b"",
    }.items():  # fmt: skip
        (box / name).parent.mkdir(parents=True, exist_ok=True)
        (box / name).write_bytes(data)
    archives, passed = find_archives(tmp_path, root=tmp_path)
    assert [a.name for a in archives] == ["Maildir", "Maildir/sub"]
    assert passed == [PassedOver("Maildir/dovecot-uidlist", "belongs to the Maildir's software")]
    assert read(archives[0]) == [
        (
            "Maildir",
            "maildir",
            ("Maildir/cur/1.a:2,", ENVELOPE + mail(1)),
            ("Maildir/cur/2.b:2,S", mail(2)),
            ("Maildir/new/3.c", b"no header"),
        ),
        PassedOver("Maildir/new/.gitkeep", "hidden file"),
        ("Maildir/.Old.2019", "maildir", ("Maildir/.Old.2019/cur/5.e:2,S", mail(5))),
    ]


def test_pipes_and_links_out_are_never_opened(tmp_path: Path) -> None:
    (tmp_path / "outside.mbox").write_bytes(MBOX)
    root = tmp_path / "root"
    (root / "M" / "cur").mkdir(parents=True)
    (root / "M" / "new").mkdir()
    (root / "a.mbox").write_bytes(MBOX)
    os.mkfifo(root / "pipe")
    os.mkfifo(root / "M" / "cur" / "pipe")
    (root / "link").symlink_to(tmp_path / "outside.mbox")
    (root / "M" / "cur" / "1.a:2,").symlink_to(tmp_path / "outside.mbox")
    (root / "up").symlink_to(tmp_path)
    (root / "round").symlink_to(root / "round")
    archives, passed = find_archives(root, root=root)
    out = "a link that leads out of the source's folder, or nowhere"
    assert [a.name for a in archives] == ["M", "a.mbox"]
    assert {p.name: p.reason for p in passed} == {
        "link": out, "pipe": "no regular file", "round": out, "up": out,
    }  # fmt: skip
    assert read(archives[0]) == [
        ("M", "maildir"),
        PassedOver("M/cur/1.a:2,", out),
        PassedOver("M/cur/pipe", "no regular file"),
    ]


def test_a_tail_is_read_from_where_it_is_asked_for(tmp_path: Path) -> None:
    archive = write(tmp_path, "a.mbox", MBOX)
    with open_tail(archive, 50) as file:
        assert file.read() == MBOX[50:]
    with pytest.raises(ArchiveError, match="no tail to read"):
        open_tail(write(tmp_path, "a.gz", gzip.compress(MBOX)), 1)


def test_names_that_are_no_text_can_be_printed(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9\x1b.mbox")).write_bytes(MBOX)
    (archive,) = find_archives(tmp_path, root=tmp_path)[0]
    assert archive.name == "caf\\xe9\\x1b.mbox"
    assert read(archive) == [("caf\\xe9\\x1b.mbox", "mbox", MBOX)]


def test_a_zip_behind_other_bytes_and_one_in_zip64_are_read(tmp_path: Path) -> None:
    behind = tmp_path / "behind.zip"
    behind.write_bytes(as_zip({}) + b"not in the directory")
    with zipfile.ZipFile(behind, "a") as box:
        box.writestr("a.mbox", MBOX)
    assert read(Archive("behind.zip", behind, "file", tmp_path)) == [
        ("behind.zip!/a.mbox", "mbox.zip", MBOX)
    ]
    big = tmp_path / "big.zip"
    with zipfile.ZipFile(big, "w") as box, box.open("a.mbox", "w", force_zip64=True) as member:
        member.write(MBOX)
    assert read(Archive("big.zip", big, "file", tmp_path)) == [
        ("big.zip!/a.mbox", "mbox.zip", MBOX)
    ]
