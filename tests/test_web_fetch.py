from __future__ import annotations

import datetime as dt
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from dcactivity.fetched import fetch_findings, read_fetched, with_fetched
from dcactivity.registry import Registry
from dcactivity.web.client import WebClient
from dcactivity.web.fetching import FetchReport, fetch
from dcactivity.web.limits import Limits
from tests.servers.clock import TurnedClock
from tests.servers.loopback import Reply, Site, serving
from tests.servers.pipermail import Archive

LIMITS = Limits(read_seconds=2, answer_seconds=4)
KEY = ("dc-example", "dc-example@lists.example")


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site()) as running:
        yield running


@pytest.fixture
def archive() -> Archive:
    made = Archive()
    made.add("2022-01-10", 1)
    made.add("2022-01-20", 2, sender="ben")
    made.add("2022-02-05", 3)
    made.add("2022-03-07", 4)
    return made


def registry(
    folder: Path, url: str, *, globs: str = '["dc-example/*"]', more: str = ""
) -> Registry:
    text = (
        '[body]\naddresses = ["desk@forum.example"]\n'
        '[[coalition]]\nslug = "dc-example"\n[[coalition.list]]\n'
        f'address = "dc-example@lists.example"\narchives = {globs}\narchive_url = "{url}"\n{more}'
    )
    (folder / "coalitions.toml").write_text(text, encoding="utf-8")
    return Registry.load(folder)


def run(
    registry: Registry, now: str = "2022-03-20", *, dry_run: bool = False, recheck: bool = False
) -> FetchReport:
    clock = TurnedClock(f"{now}T06:00:00+00:00")
    with WebClient(allow_private=True, limits=LIMITS, clock=clock) as client:
        return fetch(registry, client, dry_run=dry_run, recheck=recheck)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "dc-example").iterdir())


def findings(folder: Path) -> list[tuple[str, str]]:
    return list(fetch_findings(folder)[["kind", "file"]].itertuples(index=False, name=None))


def test_a_pipermail_archive_is_brought_whole(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    root = archive.publish(site)
    found = run(registry(tmp_path, site.url + root))
    assert files(tmp_path) == ["2022-February.txt.gz", "2022-January.txt.gz", "2022-March.txt"]
    for name in files(tmp_path):
        expected = site.pages[root + name]
        assert isinstance(expected, Reply)
        assert (tmp_path / "dc-example" / name).read_bytes() == expected.body
    row = found.lists.iloc[0]
    assert (row["host"], row["new"], row["unchanged"], row["failed"]) == ("Mailman 2", 3, 0, 0)
    assert row["requests"] == len(site.seen) == 5  # robots.txt, the index, three months
    # It began in the morning of the 20th: what is written later that day it cannot have.
    assert row["retrieved"] == "2022-03-19"
    known = read_fetched(tmp_path)[KEY]
    assert (known.fetched, known.retrieved) == ("2022-03-20T06:00:00Z", "2022-03-19")
    assert {name: file.messages for name, file in known.files.items()} == {
        "2022-January.txt.gz": 2,
        "2022-February.txt.gz": 1,
        "2022-March.txt": 1,
    }


def test_what_a_fetch_recorded_counts_as_retrieved_where_it_is_later(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    stated = registry(tmp_path, site.url + archive.publish(site), more="retrieved = 2022-03-01\n")
    run(stated)
    assert with_fetched(stated).coalitions[0].lists[0].retrieved == dt.date(2022, 3, 19)
    later = registry(tmp_path, site.url + archive.publish(site), more="retrieved = 2022-04-01\n")
    assert with_fetched(later).coalitions[0].lists[0].retrieved == dt.date(2022, 4, 1)


def test_closed_months_are_not_asked_again_and_the_running_one_is(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    root = archive.publish(site)
    given = registry(tmp_path, site.url + root)
    run(given)
    site.seen.clear()
    found = run(given, "2022-03-21")
    assert site.paths == [root, f"{root}2022-March.txt"]
    assert site.seen[-1].headers["if-none-match"]
    row = found.lists.iloc[0]
    assert (row["new"], row["unchanged"], row["failed"]) == (0, 3, 0)
    assert row["retrieved"] == "2022-03-20"


def test_a_month_is_asked_until_three_days_after_its_end(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    archive.add("2022-04-01", 5)
    root = archive.publish(site)
    given = registry(tmp_path, site.url + root)
    march = f"{root}2022-March.txt.gz"
    for day, expected in [("2022-04-01", 1), ("2022-04-03", 2), ("2022-04-05", 3),
                          ("2022-04-06", 3)]:  # fmt: skip
        run(given, day)
        assert site.paths.count(march) == expected


def test_the_gzipped_month_takes_the_place_of_its_text(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    given = registry(tmp_path, site.url + archive.publish(site))
    run(given)
    assert "2022-March.txt" in files(tmp_path)
    archive.add("2022-04-02", 5)
    archive.publish(site)
    run(given, "2022-04-03")
    assert files(tmp_path) == [
        "2022-April.txt", "2022-February.txt.gz", "2022-January.txt.gz", "2022-March.txt.gz",
    ]  # fmt: skip
    assert findings(tmp_path) == []


def test_the_full_mbox_is_brought_once_beside_the_months(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    archive.full = True
    root = archive.publish(site)
    given = registry(tmp_path, site.url + root)
    run(given)
    assert "dc-example.mbox" in files(tmp_path)
    run(given, "2022-03-21")
    full = "/pipermail/dc-example.mbox/dc-example.mbox"
    assert site.paths.count(full) == 1
    run(given, "2022-03-22", recheck=True)
    assert site.paths.count(full) == 2


def test_the_names_of_cpanel_are_followed(site: Site, tmp_path: Path) -> None:
    archive = Archive(name="dc_forum.example", full=True)
    archive.add("2022-03-07", 1)
    root = archive.publish(site)
    assert root == "/pipermail/dc_forum.example/"
    run(registry(tmp_path, site.url + root))
    assert files(tmp_path) == ["2022-March.txt", "dc_forum.example.mbox"]


def test_an_address_within_the_archive_leads_to_its_index(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    root = archive.publish(site)
    run(registry(tmp_path, f"{site.url}{root}2022-March/000004.html"))
    assert site.paths[0] == root
    assert len(files(tmp_path)) == 3


def test_months_that_the_index_skips_are_said(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    archive.hidden.add("2022-February")
    found = run(registry(tmp_path, site.url + archive.publish(site)))
    assert "2022-02" in found.lists["note"].iloc[0]
    assert findings(tmp_path) == [("missing-month", "")]


def test_an_empty_archive_is_complete(site: Site, tmp_path: Path) -> None:
    page = (
        b"<html><title>The dc-example Archives</title><body>No messages have been posted to "
        b"this list yet, so the archives are currently empty.</body></html>"
    )
    site.pages["/pipermail/dc-example/"] = Reply(page, kind="text/html")
    found = run(registry(tmp_path, site.url + "/pipermail/dc-example/"))
    assert found.lists["retrieved"].iloc[0] == "2022-03-19"
    assert found.failures == 0


# Nothing half


def faulty(site: Site, root: str, reply: Reply) -> None:
    site.pages[f"{root}2022-March.txt"] = reply


HTML = b"<html><head><title>Sorry, a problem</title></head><body>Try later.</body></html>"
LOGIN = (
    b"<html><title>Example Private Archives Authentication</title><form method=post>"
    b"<input name=username><input type=password name=password></form></html>"
)
MARCH = b"From ann at people.example  Mon Mar 07 12:00:00 2022\nFrom: ann at people.example\n"


@pytest.mark.parametrize(
    ("reply", "said", "kept"),
    [
        (Reply(HTML, kind="text/html"), "a web page in place of an archive", True),
        (Reply(HTML, kind="text/plain"), "a web page in place of an archive", True),
        (Reply(LOGIN, kind="text/html"), "login form", True),
        (Reply(gzip.compress(MARCH * 50)[:-4]), "damaged or truncated gzip", True),
        (Reply(gzip.compress(MARCH * 50)[:40]), "damaged or truncated gzip", True),
        (Reply(b"\x1f\x8b" + b"x" * 50), "damaged or truncated gzip", True),
        (Reply(b"\x00\x01\x02" * 100), "no mail in it", True),
        (Reply(MARCH, length=5000, versioned=False), "the answer broke off", False),
        (Reply(b"", 503), "the server asks to wait", False),
        (Reply(b"", 429, headers={"Retry-After": "86400"}), "the server asks to wait", False),
        (Reply(b"", 404), "not found", True),
        (Reply(b"", 403), "access refused", True),
        (Reply(b"", 302, headers={"Location": "2022-March.txt"}), "redirected without", True),
        (Reply(b"", 302, headers={"Location": "/login"}), "login form", True),
        (Reply(b"", 418), "unexpected answer", True),
    ],
)
def test_a_fault_is_told_apart_and_the_older_file_kept(
    site: Site, archive: Archive, tmp_path: Path, reply: Reply, said: str, kept: bool
) -> None:
    root = archive.publish(site)
    site.pages["/login"] = Reply(LOGIN, kind="text/html")
    given = registry(tmp_path, site.url + root)
    run(given)
    march = tmp_path / "dc-example" / "2022-March.txt"
    before = march.read_bytes()
    faulty(site, root, reply)
    found = run(given, "2022-03-21")
    row = found.lists.iloc[0]
    assert said in row["note"]
    assert row["failed"] == found.failures == 1
    assert row["retrieved"] == "2022-03-19"  # not a day further
    assert march.read_bytes() == before
    assert len(files(tmp_path)) == 3  # no rest of a download is left
    # What passes by itself is reported today; what does not is also written down.
    noted = [(kind.startswith(said), file) for kind, file in findings(tmp_path)]
    assert noted == ([(True, "2022-March.txt")] if kept else [])
    archive.publish(site)
    assert run(given, "2022-03-22").lists["retrieved"].iloc[0] == "2022-03-21"
    assert findings(tmp_path) == []


def test_a_month_that_lost_messages_is_a_finding_and_the_older_file_is_kept(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    archive.add("2022-03-08", 5)
    given = registry(tmp_path, site.url + archive.publish(site))
    run(given)
    march = tmp_path / "dc-example" / "2022-March.txt"
    before = march.read_bytes()
    archive.remove(4)
    archive.publish(site)
    found = run(given, "2022-03-21")
    assert march.read_bytes() == before
    assert len(files(tmp_path)) == 3
    table = fetch_findings(tmp_path)
    assert table[["kind", "file", "message_ids", "day"]].values.tolist() == [
        ["lost", "2022-March.txt", "m4@people.example", "2022-03-21"]
    ]
    assert "1 message" in found.lists["note"].iloc[0]
    assert found.failures == 0  # everything that is there has been brought
    assert found.lists["retrieved"].iloc[0] == "2022-03-20"


def test_new_messages_of_a_month_that_lost_others_are_brought_beside_it(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    from dcactivity import scan_mbox

    given = registry(tmp_path, site.url + archive.publish(site))
    run(given)
    archive.remove(4)
    for number, day in [(5, "2022-03-21"), (6, "2022-03-22")]:
        archive.add(day, number)
        archive.publish(site)
        run(given, f"2022-03-2{number - 3}")
    assert [name for name in files(tmp_path) if "March" in name] == [
        "2022-March.edited-2022-03-22.txt",
        "2022-March.txt",
    ]
    ids = {
        one
        for name in files(tmp_path)
        if "March" in name
        for one in scan_mbox(tmp_path / "dc-example" / name)["message_id"]
    }
    assert ids == {f"m{n}@people.example" for n in (4, 5, 6)}
    assert findings(tmp_path) == [("lost", "2022-March.txt")]  # said once, not every day
    archive.remove(5)
    archive.add("2022-03-23", 7)
    archive.publish(site)
    run(given, "2022-03-24")
    assert len([name for name in files(tmp_path) if "March" in name]) == 3


def test_recheck_finds_an_edited_closed_month(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    root = archive.publish(site)
    given = registry(tmp_path, site.url + root)
    run(given)
    archive.remove(2)
    archive.publish(site)
    run(given, "2022-03-21")
    assert findings(tmp_path) == []
    run(given, "2022-03-21", recheck=True)
    assert findings(tmp_path) == [("lost", "2022-January.txt.gz")]


def test_an_interrupted_fetch_goes_on_where_it_was(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    root = archive.publish(site)
    given = registry(tmp_path, site.url + root)

    def interrupt() -> Reply:
        raise AssertionError

    class Interrupted(TurnedClock):
        def sleep(self, seconds: float) -> None:
            if f"{root}2022-February.txt.gz" in site.paths:
                raise KeyboardInterrupt
            super().sleep(seconds)

    clock = Interrupted("2022-03-20T06:00:00+00:00")
    with (
        WebClient(allow_private=True, limits=LIMITS, clock=clock) as client,
        pytest.raises(KeyboardInterrupt),
    ):
        fetch(given, client)
    site.seen.clear()
    found = run(given)
    assert site.paths == [root, f"{root}2022-March.txt"]
    assert found.lists["failed"].iloc[0] == 0
    assert len(files(tmp_path)) == 3


def test_a_file_taken_away_is_fetched_again(site: Site, archive: Archive, tmp_path: Path) -> None:
    given = registry(tmp_path, site.url + archive.publish(site))
    run(given)
    (tmp_path / "dc-example" / "2022-January.txt.gz").unlink()
    run(given, "2022-03-21")
    assert "2022-January.txt.gz" in files(tmp_path)


def test_a_text_that_the_server_packs_for_the_way_is_unpacked(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    root = archive.publish(site)
    plain = site.pages[f"{root}2022-March.txt"]
    assert isinstance(plain, Reply)
    packed = Reply(gzip.compress(plain.body), headers={"Content-Encoding": "gzip"})
    site.pages[f"{root}2022-March.txt"] = packed
    run(registry(tmp_path, site.url + root))
    assert (tmp_path / "dc-example" / "2022-March.txt").read_bytes() == plain.body


def test_a_gz_that_the_server_calls_an_encoding_stays_as_it_is(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    root = archive.publish(site)
    january = site.pages[f"{root}2022-January.txt.gz"]
    assert isinstance(january, Reply)
    january.headers["Content-Encoding"] = "x-gzip"
    run(registry(tmp_path, site.url + root))
    assert (tmp_path / "dc-example" / "2022-January.txt.gz").read_bytes() == january.body


# Where files go, and who reads them


def test_files_that_no_glob_matches_are_said_and_prove_no_coverage(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    given = registry(tmp_path, site.url + archive.publish(site), globs='["dc-example/*.txt.gz"]')
    found = run(given)
    assert "2022-March.txt" in files(tmp_path)
    assert findings(tmp_path) == [("unmatched", "2022-March.txt")]
    assert found.lists["retrieved"].isna().all()


def test_a_list_without_a_place_for_its_files_is_not_asked_for(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    found = run(registry(tmp_path, site.url + archive.publish(site), globs="[]"))
    assert found.failures == 1
    assert 'archives = ["dc-example/*"]' in found.lists["note"].iloc[0]
    assert site.seen == []


def test_an_archive_that_moved_is_followed_and_the_new_address_told(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    given = registry(tmp_path, site.url + archive.publish(site))
    run(given)
    old = "/pipermail/dc-example/"
    for path in list(site.pages):
        site.pages.pop(path)
    new = archive.publish(site, "/archives")
    site.pages[old] = Reply(status=301, headers={"Location": new})
    archive.add("2022-03-20", 5)
    archive.publish(site, "/archives")
    found = run(given, "2022-03-21")
    assert found.failures == 0
    table = fetch_findings(tmp_path)
    assert table["kind"].tolist() == ["moved"]
    assert site.url + new in table["detail"].iloc[0]
    # January and February are whole at hand and not asked for at their new place either.
    assert site.paths[-2:] == [new, f"{new}2022-March.txt"]
    # The old address is given up later on: the new one is known.
    site.pages.pop(old)
    assert run(given, "2022-03-22").failures == 0
    assert fetch_findings(tmp_path)["kind"].tolist() == ["moved"]


def test_a_plain_folder_of_files_is_read_like_an_index(site: Site, tmp_path: Path) -> None:
    archive = Archive()
    archive.add("2022-03-07", 1)
    text = archive.months()["2022-March"].encode()
    links = (
        '<a href="list.mbox">list.mbox</a> <a href="../">up</a> <a href="robots.txt">r</a>'
        ' <a href="http://other.example/x.mbox">x</a> <a href="/elsewhere/y.mbox">y</a>'
    )
    page = f"<html><title>Index of /lists</title><body>{links}</body></html>"
    site.pages["/lists/"] = Reply(page.encode(), kind="text/html")
    site.pages["/lists/list.mbox"] = Reply(text)
    given = registry(tmp_path, site.url + "/lists/")
    assert run(given).lists["host"].iloc[0] == "static pages"
    assert files(tmp_path) == ["list.mbox"]
    run(given, "2022-03-21")  # it grows without telling: asked for each time
    assert site.paths.count("/lists/list.mbox") == 2


def test_an_address_of_a_file_is_fetched_as_it_is(site: Site, tmp_path: Path) -> None:
    archive = Archive()
    archive.add("2022-03-07", 1)
    site.pages["/dc.mbox.gz"] = Reply(gzip.compress(archive.months()["2022-March"].encode()))
    run(registry(tmp_path, site.url + "/dc.mbox.gz"))
    assert files(tmp_path) == ["dc.mbox.gz"]


def test_a_dry_run_asks_the_index_and_fetches_nothing(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    root = archive.publish(site)
    found = run(registry(tmp_path, site.url + root), dry_run=True)
    assert found.plan["url"].tolist() == [
        f"{site.url}{root}{name}"
        for name in ("2022-January.txt.gz", "2022-February.txt.gz", "2022-March.txt")
    ]
    assert site.paths == [root]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["coalitions.toml"]


def test_a_private_archive_gets_a_guide(site: Site, tmp_path: Path) -> None:
    site.pages["/mailman/private/dc-example/"] = Reply(LOGIN, kind="text/html")
    found = run(registry(tmp_path, site.url + "/mailman/private/dc-example/"))
    assert "login form" in found.lists["note"].iloc[0]
    assert "nothing has arrived yet" in found.lists["note"].iloc[0]
    assert "archives/private/dc-example.mbox/dc-example.mbox" in found.guides[0]
    assert found.failures == 0


def test_an_archive_that_was_open_and_asks_for_a_password_now_is_a_failure(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    given = registry(tmp_path, site.url + archive.publish(site))
    run(given)
    site.pages["/pipermail/dc-example/"] = Reply(LOGIN, kind="text/html")
    found = run(given, "2022-03-21")
    assert found.failures == 1
    assert found.lists["retrieved"].iloc[0] == "2022-03-19"
    assert len(files(tmp_path)) == 3


def test_a_damaged_record_is_an_error_of_one_line(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    given = registry(tmp_path, site.url + archive.publish(site))
    run(given)
    path = tmp_path / "fetched.json"
    whole = path.read_text("utf-8")
    data = json.loads(whole)
    for text in ("", "[]", "{}", whole[:-20], json.dumps(data | {"version": 9}),
                 json.dumps(data | {"lists": [{}]})):  # fmt: skip
        path.write_text(text, "utf-8")
        with pytest.raises(ValueError, match="fetched") as caught:
            read_fetched(tmp_path)
        assert "\n" not in str(caught.value)


def test_a_month_that_the_index_no_longer_lists_is_kept_and_said(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    given = registry(tmp_path, site.url + archive.publish(site))
    run(given)
    archive.hidden.add("2022-January")
    archive.publish(site)
    run(given, "2022-03-21")
    assert "2022-January.txt.gz" in files(tmp_path)
    assert findings(tmp_path) == [("vanished", "")]
    archive.hidden.clear()
    archive.publish(site)
    run(given, "2022-03-22")
    assert findings(tmp_path) == []


def test_two_lists_do_not_write_into_each_others_files(
    site: Site, archive: Archive, tmp_path: Path
) -> None:
    url = site.url + archive.publish(site)
    text = '[[coalition]]\nslug = "dc-example"\n'
    for name in ("one", "two"):
        text += (
            f'[[coalition.list]]\naddress = "{name}@lists.example"\n'
            f'archives = ["dc-example/*"]\narchive_url = "{url}"\n'
        )
    (tmp_path / "coalitions.toml").write_text(text)
    found = run(Registry.load(tmp_path))
    assert found.lists["failed"].tolist() == [0, 1]
    assert "give each list a folder of its own" in found.lists["note"].iloc[1]


def test_a_host_that_fails_and_fails_is_left_alone(site: Site, tmp_path: Path) -> None:
    archive = Archive()
    for month in range(1, 11):
        archive.add(f"2021-{month:02}-10", month)
    root = archive.publish(site)
    for path in [path for path in site.pages if ".txt" in path]:
        site.pages[path] = Reply(status=500)
    found = run(registry(tmp_path, site.url + root))
    assert found.lists["failed"].iloc[0] == 10
    assert len(site.paths) == 1 + 8  # the index, and eight failures in a row
    assert "not asked any more" in found.lists["note"].iloc[0]


@pytest.mark.parametrize(
    "address", ["..%2F..%2Fevil@x.example", "%2e%2e%2fevil@x.example", ".evil@x.example"]
)
def test_no_name_of_a_server_leads_out_of_the_folder(
    site: Site, tmp_path: Path, address: str
) -> None:
    from tests.servers import hyperkitty

    when = dt.datetime(2022, 3, 7, tzinfo=dt.UTC)
    body = [(when, hyperkitty.raw(Archive(messages=[]).name))]
    root = hyperkitty.publish(site, address, body, dt.date(2022, 3, 20))
    run(registry(tmp_path, site.url + root))
    inside = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert all("evil" not in path.name for path in tmp_path.parent.iterdir())
    assert not any("/" in name or name.startswith(".") for name in inside)


def test_a_host_without_export_gets_a_guide(site: Site, tmp_path: Path) -> None:
    from tests.servers.pages import html

    page = html('<a href="/archives/list/dc@x.example/2022/3/">March</a> HyperKitty')
    site.pages["/archives/list/dc@x.example/"] = page
    found = run(registry(tmp_path, site.url + "/archives/list/dc@x.example/"))
    assert "switched the export of archives off" in found.lists["note"].iloc[0]
    assert "HYPERKITTY_MBOX_EXPORT" in found.guides[0]
    assert len(site.paths) == 1
