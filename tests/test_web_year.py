"""A year of daily rounds against a server that grows, fails, moves and changes its kind."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pandas as pd
import pytest

import dcactivity as dca
from dcactivity.coverage import covered_until
from dcactivity.fetched import fetch_findings, with_fetched
from dcactivity.registry import Registry
from dcactivity.web.client import WebClient
from dcactivity.web.fetching import fetch
from dcactivity.web.limits import Limits
from tests.servers import hyperkitty
from tests.servers.clock import TurnedClock
from tests.servers.loopback import Reply, Site, serving
from tests.servers.pipermail import Archive

ADDRESS = "dc-example@lists.example"
FIRST, LAST = dt.date(2022, 1, 1), dt.date(2022, 12, 31)
MOVES, CHANGES = dt.date(2022, 4, 15), dt.date(2022, 7, 1)
FAULTS = {
    # The index cannot be had.
    dt.date(2022, 1, 20): Reply(b"", 503),
    dt.date(2022, 8, 9): Reply(b"", 502),
    dt.date(2022, 10, 31): Reply(b"", 429, headers={"Retry-After": "7200"}),
    # What is sent in place of the month is told apart from it.
    dt.date(2022, 2, 3): Reply(b"<html><title>Oops</title></html>", kind="text/html"),
    dt.date(2022, 3, 9): Reply(b"From ann at people.example  Wed Mar  9", length=9000),
    dt.date(2022, 5, 5): Reply(b"\x1f\x8b\x08\x00\x00\x00"),
    dt.date(2022, 9, 13): Reply(b"\x1f\x8b\x08\x00\x00\x00", versioned=False),
    dt.date(2022, 11, 2): Reply(b"", 404),
}
OF_INDEX = {dt.date(2022, 1, 20), dt.date(2022, 8, 9), dt.date(2022, 10, 31)}


def publish(site: Site, archive: Archive, today: dt.date) -> str:
    """Put the server into the state of a day; return the path of the index."""
    old = "/pipermail/dc-example/"
    site.pages.clear()
    if today < MOVES:
        return archive.publish(site)
    if today < CHANGES:
        new = archive.publish(site, "/archives")
    else:
        whole = [(when, hyperkitty.raw(text)) for when, text in archive.messages]
        new = hyperkitty.publish(site, ADDRESS, whole, today)
    site.pages[old] = Reply(status=301, headers={"Location": new})
    return new


def break_down(site: Site, index: str, today: dt.date) -> None:
    """Let the index fail, or the newest month."""
    if today in OF_INDEX:
        site.pages[index] = FAULTS[today]
        return
    newest = f"{today:%Y-%m}.mbox" if today >= CHANGES else f"{today:%Y-%B}.txt"
    path = next(path for path in site.pages if newest in path)
    site.pages[path] = FAULTS[today]


@pytest.mark.slow
def test_a_year_of_daily_rounds(tmp_path: Path) -> None:
    chance = random.Random(20220101)
    archive, site = Archive(), Site()
    source, store = tmp_path / "source", tmp_path / "store"
    source.mkdir()
    requests: dict[dt.date, int] = {}
    covered = None
    with serving(site):
        (source / "coalitions.toml").write_text(
            f'[[coalition]]\nslug = "dc-example"\n[[coalition.list]]\naddress = "{ADDRESS}"\n'
            f'archives = ["dc-example/*"]\n'
            f'archive_url = "{site.url}/pipermail/dc-example/"\n'
        )
        registry = Registry.load(source)
        number, today = 0, FIRST
        while today <= LAST:
            # The server holds what was written until yesterday evening.
            index = publish(site, archive, today)
            if today in FAULTS:
                break_down(site, index, today)
            clock = TurnedClock(f"{today}T06:00:00+00:00")
            with WebClient(allow_private=True, limits=Limits(), clock=clock) as client:
                report = fetch(registry, client)
            requests[today] = report.requests
            # Fault or none, each day's covered day is right: the day before, or as it was.
            assert report.failures == (today in FAULTS), today
            if today not in FAULTS:
                covered = today - dt.timedelta(days=1)
            stated = with_fetched(registry).coalitions[0].lists[0].retrieved
            assert stated == covered, today
            for _ in range(chance.choice([0, 0, 1, 2])):
                number += 1
                archive.add(str(today), number, sender=chance.choice(["ann", "ben", "cid"]))
            if today.day in {1, 15} or today == LAST:
                messages = ingested(source, store)
                until = covered_until(messages, with_fetched(registry))
                assert until["covered_until"].tolist() == [pd.Timestamp(covered)]
                assert until["known"].all()
            today += dt.timedelta(days=1)
    expected = sorted(
        f"m{n}@people.example"
        for n in range(1, number + 1)
        if f"<m{n}@" in "".join(text for when, text in archive.messages if when.date() < LAST)
    )
    assert len(expected) > 200
    assert sorted(messages["message_id"]) == expected  # every message once
    assert fetch_findings(source)["kind"].unique().tolist() == ["moved"]
    # Three requests on a usual day: robots.txt, the index and the running month; four once the
    # address in the registry is redirected. In a month's first days the one before is asked for
    # as well; the change of host costs one request for each month, once.
    usual = [day for day in requests if day.day > 5 and day not in FAULTS]
    assert {requests[day] for day in usual if day < MOVES} == {3}
    assert {requests[day] for day in usual if day > CHANGES} == {4}
    assert requests[CHANGES] == 10
    assert sum(requests.values()) < 4 * 365


def ingested(source: Path, store: Path) -> pd.DataFrame:
    dca.ingest(source, store)
    return dca.read_messages(store)
