"""How messages are cited whose Message-ID shows who wrote them."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path

import pytest

import dcactivity as dca
from dcactivity.citing import cited, digest_of
from dcactivity.policy import Policy
from tests.boxes import message
from tests.command_line import run
from tests.test_outputs_name_nobody import found_in, keep

SENDERS = [
    "jane.doe@example.org",
    "p1@example.org",
    "ann+lists@gmail.example",
    "o'neil@ex.example",
]
SHOWN = (
    "jane.doe@example.org", "20200101.jane.doe@example.org", "JANE.DOE-5@EXAMPLE.ORG",
    "jane.doe.12345@example.org", "5.jane.doe.12345@mail.example.org", "xjane.doe@example.org",
    "jane.doe=example.org@lists.example", "srs0+a=jane.doe=40example.org@lists.example",
    "jane.doe.at.example.org.5@host", "a.jane.doe@example.org.5", "ann.5@gmail.example",
    "x.o'neil.3@ex.example",
)  # fmt: skip
HIDDEN = (
    "jane.5@example.org", "tides.1@example.org", "p10.1@example.org", "jane.doe@example.net",
    "CAjanedoe5@mail.gmail.example", "example.org", "sha256:00ff", "",
)  # fmt: skip


@pytest.mark.parametrize("message_id", SHOWN)
def test_an_id_that_shows_a_sender_is_cited_by_a_digest(message_id: str) -> None:
    digest = hashlib.sha256(message_id.encode()).hexdigest()
    assert cited([message_id], SENDERS) == [f"id-sha256:{digest[:16]}"]


@pytest.mark.parametrize("message_id", HIDDEN)
def test_any_other_id_is_cited_as_it_is(message_id: str) -> None:
    assert cited([message_id], SENDERS) == [None]


def test_addresses_that_the_registry_publishes_hide_nothing() -> None:
    ids = ["1.tides@lists.example", "2.jane@lists.example"]
    senders = ["tides@lists.example", "jane@lists.example"]
    assert cited(ids, senders, public={"tides@lists.example"}) == [None, digest_of(ids[1])]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A list on which everybody's program writes the address into the Message-ID."""
    folder = tmp_path_factory.mktemp("citing") / "source"
    folder.mkdir()
    lines = []
    for number in range(40):
        text = message(number, subject="Re: Plans" if number else "Plans")
        who = f"p{number % 5}"
        own = f"2021.{number}.writer-{who}@example.org"
        text = text.replace(f"{who}@example.org", f"writer-{who}@example.org")
        text = text.replace(f"<tides.{number}@example.org>", f"<{own}>", 1)
        text = text.replace(f"Person {number % 5}", f"Quintessa Nr{number % 5}")
        more = f"Archived-At: <https://lists.example/tides/{own.replace('@', '%40')}/>\n"
        if number:
            before = f"2021.{number - 1}.writer-p{(number - 1) % 5}@example.org"
            more += f"In-Reply-To: <{before}>\n"
        lines.append(text.replace("Subject:", f"{more}Subject:", 1))
    (folder / "a.mbox").write_text("".join(lines))
    (folder / "coalitions.toml").write_text(
        '[[coalition]]\nslug = "tides"\n[[coalition.list]]\narchives = ["a.mbox"]\n'
        'address = "tides@lists.example"\narchive_url = "https://lists.example/tides/"\n'
    )
    return folder


TOLD = [f"writer-p{number}" for number in range(5)] + ["Quintessa", "example.org"]


def test_no_output_shows_an_address_out_of_a_message_id(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    day = ("--as-of", "2021-02-28")
    keep(out, "report", run("report", source, *day, "--out", out / "report"))
    for name in ("status", "doctor", "principles", "monthly"):
        keep(out, name, run(name, source, *day))
        keep(out, f"{name}-json", run(name, source, *day, "--json"))
    pack = out / "explain.json"
    keep(out, "explain", run("explain", source, "tides", *day, "--export", pack))
    keep(out, "rules", run("explain", source, "tides", *day, "--json"))
    key = ("--pseudonyms", tmp_path / "key")
    keep(out, "keyed", run("explain", source, "tides", *day, *key, "--names", "--export", "-"))
    late = ("--as-of", "2023-12-31", "--retrieved", "2023-12-31", "--ledger", out / "l.sqlite")
    run("cases", "open", source, "tides", *late)
    run(*("cases", "letter", source, "tides"), *late, "--kind", "first-notice", "--out", out)
    run("sheet", source, "tides", "--year", 2021, "--out", out / "sheet")
    assert found_in(out, TOLD) == set()
    messages = json.loads(pack.read_text())["messages"]
    assert len(messages) == 40
    assert all(one["message_id"].startswith("id-sha256:") for one in messages)
    assert {one["link"] for one in messages} == {"https://lists.example/tides/"}


def test_who_has_the_archive_finds_each_message(source: Path, tmp_path: Path) -> None:
    run("report", source, "--as-of", "2021-02-28", "--out", tmp_path / "out")
    with (tmp_path / "out" / "reasons.csv").open(newline="") as file:
        evidence = {word for row in csv.DictReader(file) for word in row["evidence"].split()}
    ids = dca.read_messages(source)["message_id"]  # data, as they are
    assert evidence
    assert evidence <= {digest_of(one) for one in ids}


def test_answers_and_writers_are_found_through_the_digest(source: Path) -> None:
    done = run("explain", source, "tides", "--as-of", "2021-02-28", "--export", "-")
    rows = json.loads(done.out)["messages"]
    assert [one["answers"] for one in rows[:-1]] == [one["message_id"] for one in rows[1:]]
    named = run("explain", source, "tides", "--as-of", "2021-02-28", "--names", "--export", "-")
    shown = json.loads(named.out)["messages"]
    assert shown[0]["message_id"] == "2021.39.writer-p4@example.org"
    assert shown[0]["answers"] == "2021.38.writer-p3@example.org"
    assert shown[0]["writer"] == "Quintessa Nr4 <writer-p4@example.org>"


def test_frames_are_reviewed_with_the_same_citations(source: Path) -> None:
    messages = dca.read_messages(source)
    policy = Policy.load("draft-2022")
    review = dca.review_activity(messages, policy=policy, as_of="2021-02-28")
    assert "writer-" not in review.reasons.to_csv()
    assert "id-sha256:" in review.reasons.to_csv()
    asked = dca.read_messages(source, columns=["message_id", "cited"])
    assert (asked["cited"] == asked["message_id"].map(digest_of)).all()


def test_what_the_registry_publishes_changes_the_citation(source: Path, tmp_path: Path) -> None:
    text = (source / "coalitions.toml").read_text()
    place = tmp_path / "source"
    place.mkdir()
    (place / "a.mbox").write_bytes((source / "a.mbox").read_bytes())
    (place / "coalitions.toml").write_text(text)
    dca.ingest(place, tmp_path / "store")
    before = dca.read_messages(tmp_path / "store", columns=["cited"])["cited"]
    (place / "coalitions.toml").write_text(
        text.replace("tides@lists.example", "writer-p1@example.org")
    )
    dca.ingest(place, tmp_path / "store")
    after = dca.read_messages(tmp_path / "store", columns=["cited"])["cited"]
    assert (before.notna().sum(), after.notna().sum()) == (40, 32)
