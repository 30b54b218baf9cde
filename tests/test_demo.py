"""The demo: the same bytes each time, small, and true to what its README says."""

from __future__ import annotations

import bz2
import gzip
import io
import re
import tomllib
import zipfile
from datetime import date
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePosixPath

import pytest

from dcactivity.demo import write_demo
from dcactivity.errors import InputError

SHIPPED = Path(__file__).resolve().parents[1] / "data" / "demo"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def read_with_stdlib(path: Path) -> list[Message]:
    """Every message of one demo file, read without dcactivity."""
    data = path.read_bytes()
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    if path.suffix == ".bz2":
        data = bz2.decompress(data)
    if path.suffix == ".zip":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [archive.read(name) for name in archive.namelist()]
    else:
        members = [data]
    messages = []
    for member in members:
        member = member.replace(b"\r\n", b"\n")
        if ".LOG" in path.name:
            texts = re.split(rb"^={73}\n", member, flags=re.MULTILINE)[1:]
        elif member.startswith(b"From "):
            texts = re.split(rb"^From .*\n", member, flags=re.MULTILINE)[1:]
        else:
            texts = [member]
        messages += [message_from_bytes(text, policy=policy.compat32) for text in texts]
    return messages


def messages_of(demo: Path, slug: str, pattern: str = "*") -> list[Message]:
    paths = sorted(path for path in (demo / slug).rglob(pattern) if path.is_file())
    return [message for path in paths for message in read_with_stdlib(path)]


def decoded(value: str) -> str:
    return str(make_header(decode_header(value)))


def ids(messages: list[Message]) -> list[str]:
    return [str(message["Message-ID"]) for message in messages if message["Message-ID"]]


def test_the_shipped_demo_is_what_the_generator_writes(demo: Path) -> None:
    assert contents(SHIPPED) == contents(demo)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    demo: Path, tmp_path: Path
) -> None:
    write_demo(tmp_path / "same", seed=2022)
    write_demo(tmp_path / "other", seed=7)
    assert contents(tmp_path / "same") == contents(demo)
    lively = "dc-lighthouses/dc-lighthouses.mbox"
    assert contents(tmp_path / "other")[lively] != contents(demo)[lively]


def test_the_demo_stays_under_three_megabytes_on_disk(demo: Path) -> None:
    paths = list(demo.rglob("*"))
    blocks = sum(-(-path.stat().st_size // 4096) * 4096 for path in paths if path.is_file())
    folders = sum(4096 for path in paths if path.is_dir())
    assert blocks + folders < 3_000_000
    assert sum(path.is_file() for path in paths) < 400


def test_every_archive_is_named_by_the_registry_and_only_once(demo: Path) -> None:
    registry = tomllib.loads((demo / "coalitions.toml").read_text("utf-8"))
    assert len(registry["coalition"]) == 14
    named: list[str] = []
    for coalition in registry["coalition"]:
        assert isinstance(coalition["recognised"], date)
        for entry in coalition["list"]:
            assert isinstance(entry["retrieved"], date)
            for pattern in entry["archives"]:
                found = sorted(demo.glob(pattern))
                assert found, pattern
                for path in found:
                    inside = path.rglob("*") if path.is_dir() else [path]
                    named += [p.relative_to(demo).as_posix() for p in inside if p.is_file()]
    archives = {name for name in contents(demo) if PurePosixPath(name).parts[0].startswith("dc-")}
    assert sorted(named) == sorted(archives)


def test_only_example_domains_are_used(demo: Path) -> None:
    pattern = re.compile(rb"[\w.+-]+(?:@| at )((?:[\w-]+\.)+[a-z]{2,})|https?://([\w.-]+)")
    reserved = (".example", "example.org", "example.net")
    hosts = set()
    texts = {name: data for name, data in contents(demo).items() if name != "SHA256SUMS"}
    for name, data in texts.items():
        if name.endswith(".bz2"):
            data = bz2.decompress(data)
        for match in pattern.finditer(data):
            hosts.add((match[1] or match[2]).decode())
    assert len(hosts) > 10
    assert {host for host in hosts if not host.endswith(reserved)} == set()


def test_the_readme_says_synthetic_and_has_a_line_for_each_coalition(demo: Path) -> None:
    readme = (demo / "README.md").read_text("utf-8")
    assert readme.startswith("# Demo data: all of it is synthetic\n")
    lines = re.findall(r"^\| (dc-[a-z-]+) \|", readme, flags=re.MULTILINE)
    folders = sorted(path.name for path in demo.iterdir() if path.is_dir())
    assert sorted(lines) == folders


def test_double_archives_hold_each_message_twice_and_three_in_the_last_year(demo: Path) -> None:
    months = messages_of(demo, "dc-harbour-bells", "*.mbox.gz")
    full = messages_of(demo, "dc-harbour-bells", "*.mbox")
    assert sorted(ids(months)) == sorted(ids(full))
    recent = [m for m in full if parsedate_to_datetime(m["Date"]).date() > date(2021, 3, 31)]
    assert len(recent) == 3


def test_the_moved_list_holds_the_old_messages_as_they_were(demo: Path) -> None:
    old = messages_of(demo, "dc-rain-gauges", "*.txt.gz")
    new = {
        message["Message-ID"]: message for message in messages_of(demo, "dc-rain-gauges", "*.bz2")
    }
    assert len(old) > 20
    assert len(new) > len(old)
    for message in old:
        imported = new[message["Message-ID"]]
        assert imported["Date"] == message["Date"]
        assert imported["Subject"] == message["Subject"]
        assert "05 Mar 2018 02:15:00" in str(imported["Received"])


def test_bulletins_lie_under_one_message_id_in_three_coalitions_or_more(demo: Path) -> None:
    holders: dict[str, set[str]] = {}
    for folder in demo.glob("dc-*"):
        for key in ids(messages_of(demo, folder.name)):
            holders.setdefault(key, set()).add(folder.name)
    shared = {key: names for key, names in holders.items() if len(names) > 1}
    assert shared
    assert all(len(names) >= 3 for names in shared.values())
    only_bulletins = ids(messages_of(demo, "dc-paper-maps"))
    assert [key for key in only_bulletins if key not in shared] == only_bulletins[:1]


def test_the_advertisements_come_from_as_many_addresses_and_answer_nobody(demo: Path) -> None:
    late = [
        message
        for message in messages_of(demo, "dc-night-trains")
        if parsedate_to_datetime(message["Date"]).year >= 2021
    ]
    senders = {message["From"].rpartition("<")[2] for message in late}
    assert len(late) == len(senders) >= 12
    assert not any(message["In-Reply-To"] or message["References"] for message in late)
    marked = sum("X-Spam-Flag" in message for message in messages_of(demo, "dc-night-trains"))
    assert 0 < marked < len(late)


def test_bogus_dates_and_one_wreck_lie_in_the_dead_list(demo: Path) -> None:
    path = demo / "dc-weather-vanes" / "dc-weather-vanes.mbox"
    dates = [str(message["Date"]) for message in read_with_stdlib(path)]
    assert sum(" 2038 " in text for text in dates) == 2
    assert sum(" 1970 " in text for text in dates) == 1
    assert dates.count("yesterday, after supper") == 1
    assert dates.count("None") == 1
    assert path.read_bytes().endswith(b"\n\nFrom nobody Sat Jan  7 00:00:00 2017\n\n\n")


def test_content_length_leads_from_each_message_to_the_next(demo: Path) -> None:
    data = (demo / "dc-cobblestones" / "dc-cobblestones.mbox").read_bytes()
    position = count = 0
    while position < len(data):
        assert data.startswith(b"From ", position)
        body = data.index(b"\n\n", position) + 2
        length = re.search(rb"^Content-Length: (\d+)$", data[position:body], flags=re.MULTILINE)
        assert length is not None
        position = body + int(length[1]) + 1
        count += 1
    assert position == len(data)
    assert count == len(messages_of(demo, "dc-cobblestones"))


def test_the_lively_list_has_robots_rewritten_senders_and_several_scripts(demo: Path) -> None:
    messages = messages_of(demo, "dc-lighthouses")
    assert any(message["X-List-Administrivia"] for message in messages)
    assert any(message["X-Autoreply"] for message in messages)
    assert any(
        decoded(message["From"]).partition(" <")[0].endswith("via dc-lighthouses")
        and message["X-Original-From"] == message["Reply-To"]
        for message in messages
    )
    assert any(str(message["From"]).startswith("=?") for message in messages)
    charsets = {
        charset.lower()
        for folder in demo.glob("dc-*")
        for message in messages_of(demo, folder.name)
        for charset in re.findall(r"=\?([\w-]+)\?b\?", str(message["From"]))
    }
    assert {"utf-8", "koi8-r", "iso-2022-jp", "iso-8859-1"} <= charsets


def test_a_second_run_replaces_the_demo_and_keeps_other_files(tmp_path: Path) -> None:
    write_demo(tmp_path, seed=7)
    (tmp_path / "notes.txt").write_text("mine")
    write_demo(tmp_path)
    found = contents(tmp_path)
    assert found.pop("notes.txt") == b"mine"
    assert found == contents(SHIPPED)


def test_a_run_that_was_cut_short_can_be_repeated(tmp_path: Path) -> None:
    write_demo(tmp_path)
    (tmp_path / "dc-footbridges" / "dc-footbridges.mbox").unlink()
    write_demo(tmp_path)
    assert contents(tmp_path) == contents(SHIPPED)


def test_a_folder_with_something_else_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "coalitions.toml").write_text("[body]\n")
    with pytest.raises(InputError, match="not empty and holds no earlier demo"):
        write_demo(tmp_path)
    assert contents(tmp_path) == {"coalitions.toml": b"[body]\n"}


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "demo").write_text("")
    with pytest.raises(InputError, match="not a folder"):
        write_demo(tmp_path / "demo")


def test_a_file_that_was_changed_by_hand_is_not_overwritten(tmp_path: Path) -> None:
    write_demo(tmp_path)
    changed = tmp_path / "dc-footbridges" / "dc-footbridges.mbox"
    changed.write_bytes(b"edited")
    with pytest.raises(InputError, match="changed since the demo was written") as caught:
        write_demo(tmp_path)
    assert caught.value.path == str(changed)
    assert changed.read_bytes() == b"edited"


def test_a_list_of_files_that_points_outside_removes_nothing(tmp_path: Path) -> None:
    write_demo(tmp_path / "demo")
    outside = tmp_path / "outside"
    outside.write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    with (tmp_path / "demo" / "SHA256SUMS").open("a") as sums:
        sums.write(f"{empty}  ../outside\n")
    write_demo(tmp_path / "demo")
    assert outside.exists()
