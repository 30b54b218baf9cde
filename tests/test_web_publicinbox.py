"""Against a real public-inbox, Debian's package, and against none where git is missing."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from dcactivity.archives.publicinbox import is_git_folder
from dcactivity.fetched import fetch_findings, read_fetched
from dcactivity.registry import Registry
from dcactivity.web import gitting
from dcactivity.web.arrivals import keys_of
from dcactivity.web.client import WebClient
from dcactivity.web.failures import Failure, FetchError
from dcactivity.web.fetching import FetchReport, fetch
from dcactivity.web.probing import probe_lists
from tests.servers.clock import TurnedClock
from tests.servers.loopback import Reply, Site, serving
from tests.servers.mailman3 import free_ports

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        shutil.which("public-inbox-httpd") is None,
        reason="needs public-inbox: apt-get install public-inbox",
    ),
]
ADDRESS = "dc-example@lists.example"


def message(number: int, day: str) -> str:
    return (
        f"From: Person {number} <p{number}@people.example>\nTo: {ADDRESS}\n"
        f"Message-ID: <m{number}@people.example>\nDate: {day} 10:00:00 +0000\n"
        f"Subject: Number {number}\nList-Id: <dc-example.lists.example>\n\n"
        f"This is message {number}.\n"
    )


@dataclass
class Inbox:
    """A running public-inbox with one list."""

    url: str
    folder: Path
    env: dict[str, str]

    def add(self, number: int, day: str) -> None:
        self._run("public-inbox-mda", "--no-precheck", text=message(number, day))

    def remove(self, number: int, day: str) -> None:
        self._run("public-inbox-learn", "rm", text=message(number, day))

    def index(self) -> None:
        self._run("public-inbox-index", str(self.folder / "inbox"))

    def _run(self, *command: str, text: str = "") -> None:
        subprocess.run(
            command, input=text.encode(), env=self.env, check=True, capture_output=True, timeout=60
        )


@pytest.fixture
def inbox(tmp_path: Path) -> Iterator[Inbox]:
    folder = tmp_path / "server"
    folder.mkdir()
    port = free_ports(1)[0]
    url = f"http://127.0.0.1:{port}/dc-example/"
    config = folder / "config"
    env = os.environ | {
        "HOME": str(folder), "PI_CONFIG": str(config), "ORIGINAL_RECIPIENT": ADDRESS,
        "GIT_AUTHOR_NAME": "x", "GIT_COMMITTER_NAME": "x", "EMAIL": "x@y.example",
    }  # fmt: skip
    config.write_text("[publicinboxmda]\n\tspamcheck = none\n")
    made = Inbox(url, folder, env)
    made._run("public-inbox-init", "-V2", "dc-example", str(folder / "inbox"), url, ADDRESS)
    for number, day in [(1, "Mon, 10 Jan 2022"), (2, "Mon, 07 Mar 2022")]:
        made.add(number, day)
    made.index()
    server = subprocess.Popen(
        ["public-inbox-httpd", "-W0", "-l", f"http://127.0.0.1:{port}"],
        env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(url, timeout=5).close()
                break
            time.sleep(0.05)
        yield made
    finally:
        server.terminate()
        server.wait(20)


def registry(folder: Path, url: str) -> Registry:
    folder.mkdir(exist_ok=True)
    text = (
        f'[[coalition]]\nslug = "dc-example"\n[[coalition.list]]\naddress = "{ADDRESS}"\n'
        f'archives = ["dc-example/*"]\narchive_url = "{url}"\n'
    )
    (folder / "coalitions.toml").write_text(text, encoding="utf-8")
    return Registry.load(folder)


def run(registry: Registry, now: str = "2022-03-20") -> FetchReport:
    clock = TurnedClock(f"{now}T06:00:00+00:00")
    with WebClient(allow_private=True, clock=clock) as client:
        return fetch(registry, client)


def test_an_inbox_is_cloned_and_then_pulled(inbox: Inbox, tmp_path: Path) -> None:
    given = registry(tmp_path / "data", inbox.url)
    found = run(given)
    row = found.lists.iloc[0]
    assert (row["host"], row["new"], row["failed"]) == ("public-inbox", 1, 0)
    assert row["retrieved"] == "2022-03-19"
    clone = tmp_path / "data" / "dc-example"
    assert is_git_folder(clone)
    assert len(keys_of(clone)) == 2
    assert run(given, "2022-03-21").lists["new"].iloc[0] == 0
    inbox.add(3, "Mon, 21 Mar 2022")
    assert run(given, "2022-03-22").lists["new"].iloc[0] == 1
    assert len(keys_of(clone)) == 3
    assert fetch_findings(tmp_path / "data").empty
    assert [path.name for path in (clone / "git").iterdir()] == ["0.git"]


def test_an_inbox_that_deleted_messages_is_a_finding(inbox: Inbox, tmp_path: Path) -> None:
    given = registry(tmp_path / "data", inbox.url)
    run(given)
    inbox.remove(1, "Mon, 10 Jan 2022")
    run(given, "2022-03-21")
    table = fetch_findings(tmp_path / "data")
    assert table["kind"].tolist() == ["lost"]


def test_a_rewritten_history_is_refused_and_the_older_one_kept(
    inbox: Inbox, tmp_path: Path
) -> None:
    given = registry(tmp_path / "data", inbox.url)
    run(given)
    git = ["git", "--git-dir", str(inbox.folder / "inbox" / "git" / "0.git")]
    subprocess.run([*git, "update-ref", "refs/heads/master", "refs/heads/master~1"], check=True)
    found = run(given, "2022-03-21")
    clone = tmp_path / "data" / "dc-example"
    # A branch that only went back is no new history: nothing to fetch, nothing lost at hand.
    assert len(keys_of(clone)) == 2
    tree = subprocess.run(
        [*git, "rev-parse", "refs/heads/master^{tree}"], check=True, capture_output=True, text=True
    ).stdout.strip()
    other = subprocess.run(
        [*git, "commit-tree", tree, "-m", "other"], check=True, capture_output=True, text=True,
        env=inbox.env | {"GIT_AUTHOR_EMAIL": "x@y.example", "GIT_COMMITTER_EMAIL": "x@y.example"},
    ).stdout.strip()  # fmt: skip
    subprocess.run([*git, "update-ref", "refs/heads/master", other], check=True)
    found = run(given, "2022-03-22")
    assert found.failures == 1
    assert "the history was rewritten; the older one is kept" in found.lists["note"].iloc[0]
    assert len(keys_of(clone)) == 2
    assert read_fetched(tmp_path / "data")["dc-example", ADDRESS].retrieved <= "2022-03-20"


def test_without_git_all_messages_come_as_one_mbox(
    inbox: Inbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gitting, "has_git", lambda: False)
    given = registry(tmp_path / "data", inbox.url)
    found = run(given)
    assert found.failures == 0
    assert len(keys_of(tmp_path / "data" / "dc-example" / "all.mbox.gz")) == 2


def test_the_probe_knows_an_inbox(inbox: Inbox, tmp_path: Path) -> None:
    import datetime as dt

    with WebClient(allow_private=True, clock=TurnedClock()) as client:
        table = probe_lists(registry(tmp_path / "data", inbox.url), client, dt.date(2022, 3, 20))
    assert table[["principle", "finding"]].to_numpy().tolist() == [["archive", "open"]]
    assert table["detail"].iloc[0] == "current: the newest message is of 2022-03-07"


def test_git_goes_to_checked_addresses_only(inbox: Inbox, tmp_path: Path) -> None:
    with WebClient(clock=TurnedClock()) as strict:
        strict.robots._rules[inbox.url.split("/dc-")[0]] = None
        with pytest.raises(FetchError) as caught:
            gitting.mirror(strict, f"{inbox.url}0", tmp_path / "clone")
    assert caught.value.kind is Failure.ADDRESS
    # The name means nothing to the system; git connects to the address that was checked.
    port = inbox.url.split(":")[2].split("/")[0]
    with WebClient(
        allow_private=True, clock=TurnedClock(), resolver=lambda *_: ["127.0.0.1"]
    ) as client:
        url = f"http://lists.invalid:{port}/dc-example/0"
        assert gitting.mirror(client, url, tmp_path / "clone") == (True, 0)


def test_git_follows_no_redirect(tmp_path: Path) -> None:
    with (
        serving(Site()) as site,
        WebClient(allow_private=True, clock=TurnedClock()) as client,
    ):
        site.pages["/dc/0/info/refs"] = Reply(status=302, headers={"Location": "/elsewhere"})
        with pytest.raises(FetchError) as caught:
            gitting.mirror(client, f"{site.url}/dc/0", tmp_path / "clone")
    assert caught.value.kind is Failure.GIT
    assert not any("elsewhere" in path for path in site.paths)
    assert list(tmp_path.iterdir()) == []
