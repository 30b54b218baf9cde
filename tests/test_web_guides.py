from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pytest

from dcactivity.registry import Registry
from dcactivity.web.client import WebClient
from dcactivity.web.fetching import FetchReport, fetch
from dcactivity.web.placing import is_matched, literal_folder
from dcactivity.web.plans import month_after, period_of_name
from tests.servers.clock import TurnedClock
from tests.servers.pipermail import message

DAY = dt.datetime(2022, 3, 7, 12, tzinfo=dt.UTC)


def run(folder: Path, entry: str) -> FetchReport:
    (folder / "coalitions.toml").write_text(
        f'[[coalition]]\nslug = "dc-birds"\n[[coalition.list]]\n{entry}\n', encoding="utf-8"
    )
    with WebClient(clock=TurnedClock()) as client:
        report = fetch(Registry.load(folder), client)
        assert client.requests == 0  # nothing is asked of these hosts
    return report


@pytest.mark.parametrize(
    ("entry", "needed"),
    [
        (
            'archive_url = "https://groups.google.com/g/birds"\narchives = ["dc-birds/*"]',
            ["takeout.google.com", "the group birds", "dc-birds/", "retrieved = YYYY-MM-DD"],
        ),
        (
            'archive_url = "https://groups.google.com/forum/#!forum/birds"',
            ["the group birds", 'archives = ["dc-birds/*"]'],
        ),
        (
            'archive_url = "https://groups.io/g/birds"\narchives = ["x/groups/*.zip"]',
            ["Export Group Data", "birds+owner@groups.io", "x/groups/"],
        ),
        (
            'address = "birds@lists.example"\narchive_url = "http://lists.example/wws/arc/birds"',
            ["http://lists.example/wws/arc_manage/birds", "birds-request@lists.example"],
        ),
        (
            'address = "birds@lists.example"',
            ["Ask whoever keeps the list birds@lists.example", "dcactivity fetch . --coalition"],
        ),
    ],
)
def test_a_guide_speaks_of_this_very_list(tmp_path: Path, entry: str, needed: list[str]) -> None:
    report = run(tmp_path, entry)
    assert len(report.guides) == 1
    for text in needed:
        assert text in report.guides[0]
    assert "{" not in report.guides[0]
    assert "nothing has arrived yet" in report.lists["note"].iloc[0]
    assert report.failures == 0


def test_what_arrived_is_checked(tmp_path: Path) -> None:
    entry = 'archive_url = "https://groups.google.com/g/birds"\narchives = ["dc-birds/*"]'
    folder = tmp_path / "dc-birds"
    folder.mkdir()
    with zipfile.ZipFile(folder / "takeout.zip", "w") as file:
        later = DAY + dt.timedelta(days=10)
        file.writestr("Takeout/Groups/birds/topics.mbox", message(DAY, 1) + message(later, 2))
        file.writestr("Takeout/Groups/birds/members.csv", "name\n")
    note = run(tmp_path, entry).lists["note"].iloc[0]
    assert "arrived: 1 archive, 2 messages from 2022-03-07 to 2022-03-17" in note
    assert "retrieved is not stated" in note
    stated = run(tmp_path, entry + "\nretrieved = 2022-03-18").lists["note"].iloc[0]
    assert "retrieved is not stated" not in stated


def test_what_arrived_and_is_no_archive_is_named(tmp_path: Path) -> None:
    entry = 'archive_url = "https://groups.io/g/birds"\narchives = ["dc-birds/*"]'
    folder = tmp_path / "dc-birds"
    folder.mkdir()
    (folder / "page.html").write_text("<!DOCTYPE html><title>Sign in</title>")
    note = run(tmp_path, entry).lists["note"].iloc[0]
    assert "nothing has arrived yet" in note
    assert "page.html" in note


@pytest.mark.parametrize(
    ("glob", "expected"),
    [
        ("dc-x/*.mbox.gz", "dc-x"),
        ("dc-x/old/*/*.txt", "dc-x/old"),
        ("dc-x/", "dc-x"),
        ("dc-x", "dc-x"),
        ("dc-x/dc-x.mbox", "dc-x"),
        ("*.mbox", "."),
        ("dc-[xy]/a.mbox", "."),
        ("**/*.mbox", "."),
    ],
)
def test_files_go_into_the_literal_folder_of_the_first_glob(
    tmp_path: Path, glob: str, expected: str
) -> None:
    assert literal_folder(tmp_path, [glob, "other/*"]) == tmp_path / expected


@pytest.mark.parametrize("glob", ["../x/*", "/etc/*", "a/../../x"])
def test_files_never_go_out_of_the_registrys_folder(tmp_path: Path, glob: str) -> None:
    with pytest.raises(ValueError, match="below the registry's folder"):
        literal_folder(tmp_path, [glob])


def test_files_do_not_follow_a_link_out_of_the_registrys_folder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "dc-x").symlink_to(tmp_path / "out")
    with pytest.raises(ValueError, match="leads out"):
        literal_folder(tmp_path / "in", ["dc-x/*"])


@pytest.mark.parametrize(
    ("glob", "path", "expected"),
    [
        ("dc-x/*.txt.gz", "dc-x/2022-March.txt.gz", True),
        ("dc-x/*.txt.gz", "dc-x/2022-March.txt", False),
        ("dc-x", "dc-x/deep/file.mbox", True),
        ("dc-*", "dc-x/file.mbox", True),
        ("dc-x/**/*.mbox", "dc-x/a/b/file.mbox", True),
        ("dc-x/**/*.mbox", "dc-x/file.mbox", True),
        ("dc-y/*", "dc-x/file.mbox", False),
        ("dc-x/*/", "dc-x/git/0.git", True),
    ],
)
def test_globs_are_matched_as_an_ingest_does(
    tmp_path: Path, glob: str, path: str, expected: bool
) -> None:
    assert is_matched(tmp_path / path, tmp_path, [glob]) is expected


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("2022-March.txt.gz", "2022-03-01", "2022-04-01"),
        ("2022-03.mbox", "2022-03-01", "2022-04-01"),
        ("2022q4.txt", "2022-10-01", "2023-01-01"),
        ("2022.txt.gz", "2022-01-01", "2023-01-01"),
        ("20220307.txt", "2022-03-07", "2022-03-08"),
        ("Week-of-Mon-20220307.txt.gz", "2022-03-07", "2022-03-14"),
    ],
)
def test_names_tell_which_days_a_file_covers(name: str, start: str, end: str) -> None:
    found = period_of_name(name)
    assert found == (dt.date.fromisoformat(start), dt.date.fromisoformat(end))


@pytest.mark.parametrize(
    "name", ["dc.mbox", "2022-Marzo.txt", "2022-13.txt", "20221340.txt", "2022x.txt", "1.txt", ""]
)
def test_other_names_tell_nothing(name: str) -> None:
    assert period_of_name(name) is None


def test_the_month_after_december_is_january() -> None:
    assert month_after(dt.date(2021, 12, 31)) == dt.date(2022, 1, 1)
    assert month_after(dt.date(2022, 1, 31)) == dt.date(2022, 2, 1)
