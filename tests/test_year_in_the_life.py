"""A year in the life of a Secretariat, through the command line, on the demo."""

from __future__ import annotations

import csv
import email
import email.policy
import json
import shutil
from pathlib import Path
from typing import Any

import icalendar
import pytest

from tests.command_line import Done, run

DEMO = Path(__file__).resolve().parents[1] / "data" / "demo"
SPOKE, LONGER, BACK, GONE = "dc-harbour-bells", "dc-sundials", "dc-footbridges", "dc-cobblestones"
FOUR = (SPOKE, LONGER, BACK, GONE)
DECIDED = ("--by", "coordination group", "--note", "minutes of meeting 64")

WRITERS = ("ana", "ben", "cleo", "ana", "dai")


def come_back(source: Path) -> None:
    """Let one coalition write again in May 2022, and all archives be fetched in July."""
    lines = []
    for number, name in enumerate(WRITERS, 1):
        answer = f"In-Reply-To: <back-{number - 1}@forum.example>\n" if number > 1 else ""
        lines.append(
            f"From {name}@walkers.example Tue May {number + 9:2} 10:00:00 2022\n"
            f"From: {name.title()} <{name}@walkers.example>\n"
            f"Date: Tue, {number + 9} May 2022 10:00:00 +0000\n"
            f"Message-ID: <back-{number}@forum.example>\n{answer}"
            f"Subject: {'Re: ' if answer else ''}Survey of bridges in June\n\n"
            "We start again, who joins?\n\n"
        )
    with (source / BACK / f"{BACK}.mbox").open("a", encoding="utf-8") as archive:
        archive.write("\n" + "".join(lines))
    registry = source / "coalitions.toml"
    text = registry.read_text(encoding="utf-8")
    registry.write_text(text.replace("2022-03-31", "2022-07-04"), encoding="utf-8")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("life") / "demo"
    shutil.copytree(DEMO, folder)
    return folder


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class Office:
    """The Secretariat's commands on a store; the ledger lies beside the registry."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = folder.parent / "store"
        self.ledger = folder / "cases.sqlite"
        self.ingest()

    def ingest(self) -> None:
        run("ingest", self.folder, "--store", self.source, "--workers", 1, "--quiet")

    def record(self, slug: str, event: str, on: str, *rest: str, code: int = 0) -> Done:
        at = ("--ledger", self.ledger)
        return run("cases", "record", slug, event, "--on", on, *rest, *at, code=code)

    def stages(self, on: str) -> dict[str, str]:
        rows = run("cases", "list", "--as-of", on, "--json", "--ledger", self.ledger).rows
        return {row["coalition"]: row["stage"] for row in rows if row["closed"] is None}

    def due(self, on: str) -> dict[str, str]:
        rows = run("cases", "due", "--as-of", on, "--json", "--ledger", self.ledger).rows
        return {row["coalition"]: row["action"] for row in rows}

    def proposed(self, on: str) -> dict[str, tuple[str, int]]:
        rows = run("cases", "propose", self.source, "--as-of", on, "--json", "--quiet").rows
        return {row["coalition"]: (row["step"], row["repeat"]) for row in rows}

    def open(self, slug: str, on: str, code: int = 0) -> Done:
        return run("cases", "open", self.source, slug, "--as-of", on, "--quiet", code=code)

    def status(self, on: str) -> dict[str, str]:
        rows = run("status", self.source, "--as-of", on, "--json", "--quiet").rows
        return {row["coalition"]: row["status"] for row in rows}

    def report(self, on: str, audience: str) -> Path:
        out = self.folder.parent / f"{audience}-{on}"
        run("report", self.source, "--as-of", on, "--audience", audience, "--out", out, "--quiet")
        return out

    def public(self, on: str) -> dict[str, str]:
        """Read the public report's table; of those under review nothing else is told."""
        out = self.report(on, "public")
        rows = table(out / "status.csv")
        shown = {row["coalition"]: row["status"] for row in rows}
        hidden = {slug for slug, status in shown.items() if status == "under review"}
        for row in rows:
            if row["coalition"] in hidden:
                told = {name for name, value in row.items() if value}
                assert told == {"coalition", "name", "status", "why"}
                assert row["why"].startswith("Under review: the coalition has been asked")
        for name in ("reasons", "history", "monthly", "archives"):
            assert not hidden & {row["coalition"] for row in table(out / f"{name}.csv")}, name
        assert not hidden & {path.stem for path in (out / "charts").iterdir()}
        record = json.loads((out / "run.json").read_text())
        assert (record["audience"], set(record["under_review"])) == ("public", hidden)
        page = (out / "index.html").read_text()
        assert ("Under review: <bdi>" in page) == bool(hidden)
        assert not any(f'id="{slug}"' in page or f"#{slug}" in page for slug in hidden)
        return shown

    def dates(self) -> set[tuple[str, str]]:
        path = self.folder.parent / "cases.ics"
        run("cases", "calendar", "--out", path, "--ledger", self.ledger)
        events = icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")
        return {(str(e["SUMMARY"]), e["DTSTART"].dt.isoformat()) for e in events}

    def letter(self, slug: str, kind: str, *rest: str) -> str:
        out = self.folder.parent / "letters"
        run("cases", "letter", self.source, slug, "--kind", kind, "--out", out, *rest)
        assert (out / f"{slug}-{kind}.docx").stat().st_size > 1000
        raw = (out / f"{slug}-{kind}.eml").read_bytes()
        text: Any = email.message_from_bytes(raw, policy=email.policy.default)
        return " ".join(text.get_content().split())


def test_a_year(source: Path) -> None:
    office = Office(source)

    # 31 March 2022: the review, and what it calls for.
    before = office.status("2022-03-31")
    assert before[GONE] == "AT_RISK"
    assert {before[slug] for slug in (SPOKE, LONGER, BACK)} == {"DORMANT"}
    proposed = office.proposed("2022-03-31")
    assert all(proposed[slug] == ("open", 0) for slug in FOUR)
    assert "dc-clock-towers" not in proposed  # the archive is silent, not the coalition
    for slug in FOUR:
        office.open(slug, "2022-03-31")
    assert office.ledger.is_file()
    assert "is open" in office.open(GONE, "2022-03-31", code=1).err
    assert "calls for no case" in office.open("dc-lighthouses", "2022-03-31", code=1).err
    assert not set(FOUR) & set(office.proposed("2022-03-31"))
    assert office.stages("2022-03-31") == dict.fromkeys(FOUR, "opened")
    assert office.due("2022-03-31") == dict.fromkeys(FOUR, "send the notice")
    assert {row["coalition"] for row in table(office.report("2022-03-31", "secretariat") /
            "reasons.csv")} >= set(FOUR)  # fmt: skip
    shown = office.public("2022-03-31")
    assert {shown[slug] for slug in FOUR} == {"under review"}
    assert shown["dc-lighthouses"] == "ACTIVE"

    # April: letters, sent by a person, recorded.
    for slug in FOUR:
        text = office.letter(slug, "first-notice", "--on", "2022-04-04", "--as-of", "2022-03-31")
        assert "answer by 3 July 2022" in text
        office.record(slug, "notice_sent", "2022-04-04")
    assert (f"{GONE}: end of the notice period", "2022-07-03") in office.dates()
    assert len(office.dates()) == 4 * 3

    # May: reminders. One answers, one gets an extension.
    assert office.due("2022-05-04") == dict.fromkeys(FOUR, "send a reminder")
    for slug in FOUR:
        assert "on 4 April 2022 Forum of Small Wonders sent you" in office.letter(slug, "reminder")
        office.record(slug, "reminder_sent", "2022-05-04")
    office.record(SPOKE, "reply", "2022-05-10", "--until", "2022-10-01", "--note", "new chair")
    office.record(LONGER, "extension", "2022-05-20", "--until", "2022-09-30")
    assert (f"{SPOKE}: the day that its reply set", "2022-10-01") in office.dates()
    assert (f"{LONGER}: end of the notice period", "2022-09-30") in office.dates()

    # July: the notice period is over. One has come back to life.
    come_back(source)
    office.ingest()
    assert office.status("2022-07-04")[BACK] == "ACTIVE"
    assert office.proposed("2022-07-04")[BACK] == ("remedied", 0)
    assert office.public("2022-07-03")[GONE] == "under review"
    shown = office.public("2022-07-04")
    assert (shown[SPOKE], shown[LONGER], shown[GONE]) == (
        "under review",
        "under review",
        "AT_RISK",
    )
    office.record(BACK, "remedied", "2022-07-04")
    assert office.public("2022-07-04")[BACK] == "ACTIVE"
    assert office.due("2022-07-04")[BACK] == "close the case"
    office.record(BACK, "closed", "2022-07-05")

    # The others have time; for one nothing is left but a recommendation.
    for slug, said in ((SPOKE, "holds the clock until 1 October"), (LONGER, "30 September 2022")):
        refused = office.record(slug, "revocation_recommended", "2022-07-10", code=1)
        assert said in refused.err
    assert office.due("2022-07-10")[GONE] == "review again, then recommend, extend or close"
    refused = office.record(GONE, "revoked", "2022-07-10", *DECIDED, code=1)
    assert "nothing was recommended" in refused.err
    office.record(GONE, "revocation_recommended", "2022-07-10", "--by", "secretariat")
    text = office.letter(GONE, "recommendation")
    assert "appeal until 9 August 2022" in text
    assert "Nothing has been decided" in text
    assert (f"{GONE}: end of the time for an appeal", "2022-08-09") in office.dates()

    # August: it appeals; people decide; it is revoked.
    office.record(GONE, "appeal", "2022-08-01", "--until", "2022-09-15", "--by", "coalition")
    assert office.due("2022-08-02")[GONE] == "hear the appeal"
    refused = office.record(GONE, "revoked", "2022-09-15", *DECIDED, code=1)
    assert "time until 15 September" in refused.err
    assert "only a person" in office.record(GONE, "revoked", "2022-09-16", code=1).err
    office.record(GONE, "revoked", "2022-09-16", *DECIDED)
    assert office.stages("2022-09-16") == {SPOKE: "notified", LONGER: "notified", GONE: "revoked"}
    assert GONE not in office.proposed("2022-07-04")
    assert office.status("2022-07-04")[GONE] == "AT_RISK"  # a case changes no verdict

    # 2023: it comes back by a new proposal, and its next case would be a repeat.
    office.record(GONE, "reinstated", "2023-02-01", "--by", "secretariat", "--note", "proposal")
    assert "glad to have" in office.letter(GONE, "reinstatement")
    office.record(GONE, "closed", "2023-02-02")
    registry = source / "coalitions.toml"
    registry.write_text(registry.read_text().replace("2022-07-04", "2023-03-31"))
    office.ingest()
    assert office.proposed("2023-03-31")[GONE] == ("open", 1)
    office.open(GONE, "2023-03-31")
    assert "notice number 2" in office.letter(GONE, "repeat")

    # The ledger tells the whole story, and is as it was written.
    told = source.parent / "cases.csv"
    run("cases", "export", "--out", told, "--ledger", office.ledger)
    rows = table(told)
    mine = [(row["date"], row["event"]) for row in rows if row["coalition"] == GONE]
    assert mine == [
        ("2022-03-31", "opened"),
        ("2022-04-04", "notice_sent"),
        ("2022-05-04", "reminder_sent"),
        ("2022-07-10", "revocation_recommended"),
        ("2022-08-01", "appeal"),
        ("2022-09-16", "revoked"),
        ("2023-02-01", "reinstated"),
        ("2023-02-02", "closed"),
        ("2023-03-31", "opened"),
    ]
    opened = rows[0]
    assert len(opened["evidence"]) == len(opened["policy_digest"]) == 64
    assert opened["policy"] == "draft-2022"
    assert run("cases", "verify", "--ledger", office.ledger).out.startswith(f"{len(rows)} events")
