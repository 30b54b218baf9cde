"""Against a real Mailman 3: Core, Postorius and HyperKitty, messages handed in by LMTP."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dcactivity import scan_mbox
from dcactivity.fetched import fetch_findings, read_fetched
from dcactivity.registry import Registry
from dcactivity.web.client import WebClient
from dcactivity.web.fetching import FetchReport, fetch
from dcactivity.web.probing import probe_lists
from tests.servers.clock import TurnedClock
from tests.servers.mailman3 import Mailman3, running

ENVIRONMENT = os.environ.get("DCACTIVITY_MAILMAN3", "")
TODAY = dt.datetime.now(dt.UTC).replace(microsecond=0)
LISTS = {
    "dc-open": {"subscription_policy": "open"},
    "dc-confirmed": {"subscription_policy": "confirm"},
    "dc-moderated": {"subscription_policy": "moderate"},
    "dc-closed": {"subscription_policy": "confirm_then_moderate", "archive_policy": "private"},
    "dc-unarchived": {"archive_policy": "never"},
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not ENVIRONMENT,
        reason="needs a Mailman 3: python -m tests.servers.mailman3 install DIR, "
        "then DCACTIVITY_MAILMAN3=DIR",
    ),
]


def months_ago(count: int) -> dt.date:
    """The tenth of an earlier month, or of this one if that has come; else its first."""
    number = TODAY.year * 12 + TODAY.month - 1 - count
    day = 10 if count else 1
    return dt.date(number // 12, number % 12 + 1, day)


def message(address: str, number: int, day: dt.date) -> str:
    return (
        f"From: Person {number} <p{number}@people.example>\nTo: {address}\n"
        f"Subject: Number {number}\nMessage-ID: <m{number}@people.example>\n"
        f"Date: {day:%a, %d %b %Y} 00:00:01 +0000\n\nThis is message {number}.\n"
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mailman3]:
    with running(Path(ENVIRONMENT), tmp_path_factory.mktemp("mailman3")) as made:
        for name, settings in LISTS.items():
            address = made.add_list(name, **({"archive_policy": "public"} | settings))
            days = [months_ago(3), months_ago(3), months_ago(1)]
            for number, day in enumerate(days, 1):
                made.post(address, message(address, number, day))
        for name in LISTS:
            if name != "dc-unarchived":
                wait_for_messages(made, name, 3)
        made.synchronise()
        # Nobody can subscribe; nor post, which is why it comes last.
        made.call("lists/dc-closed@lists.example/bans", "POST", email="^.*")
        yield made


def wait_for_messages(server: Mailman3, name: str, count: int) -> None:
    """The archiver works behind the scenes; ask its store what it has."""
    import sqlite3

    end = time.monotonic() + 90
    query = (
        "select count(*) from hyperkitty_email join hyperkitty_mailinglist as list"
        " on list.id = mailinglist_id where list.name = ?"
    )
    while time.monotonic() < end:
        store = sqlite3.connect(server.folder / "var" / "web.db", timeout=30)
        try:
            found = store.execute(query, [f"{name}@lists.example"]).fetchone()[0]
        finally:
            store.close()
        if found >= count:
            return
        time.sleep(0.3)
    raise TimeoutError(f"{name} has {found} messages")


def registry(folder: Path, server: Mailman3, *names: str) -> Registry:
    text = ""
    for name in names:
        text += (
            f'[[coalition]]\nslug = "{name}"\n[[coalition.list]]\n'
            f'address = "{name}@lists.example"\narchives = ["{name}/"]\n'
            f'archive_url = "{server.url}/archives/list/{name}@lists.example/"\n'
            f'subscribe_url = "{server.url}/mailman3/lists/{name}.lists.example/"\n'
        )
    (folder / "coalitions.toml").write_text(text, encoding="utf-8")
    return Registry.load(folder)


def run(registry: Registry, later: int = 0) -> tuple[FetchReport, WebClient]:
    clock = TurnedClock((TODAY + dt.timedelta(days=later)).isoformat())
    with WebClient(allow_private=True, clock=clock) as client:
        return fetch(registry, client), client


def test_a_public_archive_is_exported_month_by_month_and_then_only_what_is_new(
    server: Mailman3, tmp_path: Path
) -> None:
    given = registry(tmp_path, server, "dc-open")
    found, _ = run(given)
    row = found.lists.iloc[0]
    assert (row["host"], row["failed"], row["note"]) == ("Mailman 3", 0, "")
    # HyperKitty lists all months from the first message's on, and the present year's in full.
    # Two of them have messages.
    assert len(found.steps) == (TODAY.month if months_ago(3).year == TODAY.year else 4)
    names = [f"dc-open@lists.example-{months_ago(n):%Y-%m}.mbox.gz" for n in (3, 1)]
    assert sorted(path.name for path in (tmp_path / "dc-open").iterdir()) == names
    ids = [set(scan_mbox(tmp_path / "dc-open" / name)["message_id"]) for name in names]
    assert ids == [{"m1@people.example", "m2@people.example"}, {"m3@people.example"}]
    known = read_fetched(tmp_path)["dc-open", "dc-open@lists.example"]
    assert known.retrieved == str(TODAY.date() - dt.timedelta(days=1))
    # Months that closed more than three days ago are not asked for again.
    again, client = run(given)
    open_months = 1 if TODAY.day >= 4 else 2
    assert len(again.steps) == open_months
    assert client.requests == 2 + open_months  # robots.txt and the overview
    # A new message arrives; only its month changes.
    server.post("dc-open@lists.example", message("dc-open@lists.example", 9, months_ago(0)))
    wait_for_messages(server, "dc-open", 4)
    latest, _ = run(given)
    assert latest.lists["new"].iloc[0] == 1
    newest = f"dc-open@lists.example-{months_ago(0):%Y-%m}.mbox.gz"
    assert list(scan_mbox(tmp_path / "dc-open" / newest)["message_id"]) == ["m9@people.example"]
    assert fetch_findings(tmp_path).empty


def test_a_private_archive_gets_a_guide(server: Mailman3, tmp_path: Path) -> None:
    found, _ = run(registry(tmp_path, server, "dc-closed"))
    assert "for members only" in found.lists["note"].iloc[0]
    assert "dc-closed-owner@lists.example" in found.guides[0]
    assert not (tmp_path / "dc-closed").exists()


def test_a_list_without_archive_is_not_found(server: Mailman3, tmp_path: Path) -> None:
    found, _ = run(registry(tmp_path, server, "dc-unarchived"))
    assert found.failures == 1
    assert "not found" in found.lists["note"].iloc[0]


def test_the_probe_tells_public_from_private_and_does_not_guess(
    server: Mailman3, tmp_path: Path
) -> None:
    given = registry(tmp_path, server, *LISTS)
    with WebClient(allow_private=True, clock=TurnedClock()) as client:
        table = probe_lists(given, client, TODAY.date())
    found = table.set_index(["coalition", "principle"])["finding"].to_dict()
    assert {name: found[name, "archive"] for name in LISTS} == {
        "dc-open": "open",
        "dc-confirmed": "open",
        "dc-moderated": "open",
        "dc-closed": "closed",
        "dc-unarchived": "unreachable",
    }
    # Postorius shows the same form whatever the policy is.
    assert {found[name, "mailing_list"] for name in LISTS} == {"unknown"}
    details = table[table["principle"] == "mailing_list"]["detail"]
    assert details.str.contains("does not show whether a moderator must approve").all()
    current = table[(table["coalition"] == "dc-open") & (table["principle"] == "archive")]
    assert current["detail"].iloc[0].startswith("current")


def test_an_archive_leads_to_the_page_on_which_one_joins(server: Mailman3, tmp_path: Path) -> None:
    text = (tmp_path / "coalitions.toml").write_text
    registry(tmp_path, server, "dc-open")
    path = tmp_path / "coalitions.toml"
    kept = [x for x in path.read_text("utf-8").splitlines() if not x.startswith("subscribe_url")]
    text("\n".join(kept), encoding="utf-8")
    with WebClient(allow_private=True, clock=TurnedClock()) as client:
        table = probe_lists(Registry.load(tmp_path), client, TODAY.date())
    assert table["url"].tolist()[1] == f"{server.url}/mailman3/lists/dc-open.lists.example/"
