"""What is decided once from all archives, through the public API, on archives made here."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import dcactivity as dca
from dcactivity.decisions.kept import event_tables
from dcactivity.decisions.read import load_events
from dcactivity.demo import write_demo
from dcactivity.errors import DcactivityError, MissingError
from dcactivity.messages.read import opened

Post = tuple[str, str, str, str, str]  # Message-ID, day in March 2021, From, subject, answers


def mbox(*posts: Post, extra: str = "") -> str:
    lines = []
    for ident, day, sender, subject, answers in posts:
        lines += [
            f"From x@x.example Mon Mar {int(day):2d} 10:00:00 2021",
            f"Date: {day} Mar 2021 10:00:00 +0000",
            f"From: {sender}",
            f"Subject: {subject}",
            f"Message-ID: <{ident}>",
            *([f"In-Reply-To: <{answers}>"] if answers else []),
            *([extra] if extra else []),
            "",
            "Words.",
            "",
        ]
    return "\n".join(lines)


ANN, ANN_WORK = "Ann Quimby <ann@home.example>", "Quimby, Ann <a.quimby@work.example>"
BOB = "Bob Tarrow <bob@tarrow.example>"
BODY_SENDER = "Forum <office@forum.example>"
TO_ALL: Post = ("all@forum.example", "9", BOB, "To everybody", "")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    archives = {
        "dc-a/a.mbox": mbox(
            ("q@x", "1", ANN, "Plan", ""),
            ("r@x", "2", BOB, "Re: Plan", "q@x"),
            ("s@x", "3", ANN_WORK, "Re: Plan", "r@x"),
            ("gone@x", "4", BOB, "Re: elsewhere", "nowhere@x"),
            TO_ALL,
            ("office@x", "10", BODY_SENDER, "Your list is silent", ""),
            ("fwd@x", "11", BOB, "Fwd: [DC] Call for reports", ""),
        ),
        "dc-b/b.mbox": mbox(TO_ALL, ("b1@x", "5", ANN_WORK, "Another plan", "")),
        "dc-c/c.mbox": mbox(TO_ALL),
        "coord/coord.mbox": mbox(("k@x", "8", BODY_SENDER, "[DC] Call for reports", "")),
    }
    for name, text in archives.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    registry = """
[body]
addresses = ["office@forum.example"]
coordination_lists = [{address = "coord@lists.example", tag = "[DC]", archives = ["coord/*.mbox"]}]
"""
    for letter in "abc":
        registry += (
            f'[[coalition]]\nslug = "dc-{letter}"\n[[coalition.list]]\n'
            f'address = "dc-{letter}@lists.example"\narchives = ["dc-{letter}/*.mbox"]\n'
            "retrieved = 2021-12-31\n"
        )
    (folder / "coalitions.toml").write_text(registry)
    return folder


@pytest.fixture
def store(source: Path, tmp_path: Path) -> Path:
    dca.ingest(source, tmp_path / "store", workers=1)
    return tmp_path / "store"


def by_id(frame: pd.DataFrame, name: str, coalition: str = "dc-a") -> dict[str, object]:
    mine = frame[frame["coalition"] == coalition].set_index("message_id")[name]
    return dict(mine.astype(object).where(mine.notna(), None))


def test_messages_come_with_what_was_decided(source: Path) -> None:
    frame = dca.read_messages(source)
    person = by_id(frame, "person")
    assert person["q@x"] == person["s@x"] != person["r@x"]
    assert by_id(frame, "person", "dc-b")["b1@x"] == person["q@x"]
    thread = by_id(frame, "thread")
    assert thread["q@x"] == thread["r@x"] == thread["s@x"] != thread["gone@x"]
    answers = by_id(frame, "answers")
    assert (answers["r@x"], answers["s@x"], answers["q@x"]) == ("q@x", "r@x", None)
    assert {ident for ident, is_one in by_id(frame, "bulletin").items() if is_one} == {
        "all@forum.example",
        "office@x",
        "fwd@x",
    }


def test_the_coordination_list_is_in_the_ledger_and_no_coalition(source: Path) -> None:
    review = dca.review(source, as_of="2021-12-31")
    assert review.status["coalition"].tolist() == ["dc-a", "dc-b", "dc-c"]
    report = dca.ingest(source, source.parent / "again", workers=1)
    assert "coord/coord.mbox" in report.archives["archive"].tolist()
    assert set(dca.read_messages(source)["coalition"]) == {"dc-a", "dc-b", "dc-c"}


def test_bulletins_do_not_count_and_the_policy_can_count_them(source: Path) -> None:
    review = dca.review(source, as_of="2021-12-31").status.set_index("coalition")
    assert review.loc["dc-a", ["messages", "participants", "conversations"]].tolist() == [4, 2, 1]
    assert review.loc["dc-c", "messages"] == 0
    policy = dca.Policy.from_dict({"name": "all", "count": {"bulletins": True}})
    counting = dca.review(source, policy=policy, as_of="2021-12-31").status.set_index("coalition")
    # The body's own notice is a message like others then, the shared one too.
    assert counting.loc["dc-a", "messages"] == 7
    assert counting.loc["dc-c", "messages"] == 1


def test_columns_are_chosen_and_unknown_ones_refused(source: Path) -> None:
    assert list(dca.read_messages(source, columns=["person", "date"]).columns) == [
        "coalition",
        "person",
        "date",
    ]
    one = dca.read_messages(source, coalition="dc-b", columns=["thread"])
    assert len(one) == 2
    with pytest.raises(MissingError, match="there is no column 'sender'"):
        dca.read_messages(source, columns=["sender"])


def test_events_of_store_and_of_frame_say_the_same(store: Path) -> None:
    from dcactivity.events import events_of

    frame = dca.read_messages(store)
    with opened(store) as found:
        kept = load_events(found)
    made = events_of(frame)
    for name in (
        "coalition",
        "instant",
        "is_human",
        "is_bulletin",
        "is_reply",
        "is_answer",
        "delay",
    ):
        assert getattr(kept, name).tolist() == getattr(made, name).tolist(), name
    assert pd.factorize(kept.person)[0].tolist() == pd.factorize(made.person)[0].tolist()
    assert pd.factorize(kept.thread)[0].tolist() == pd.factorize(made.thread)[0].tolist()
    assert kept.is_orphan.sum() == 1  # the answer to nowhere@x


def test_decisions_are_kept_and_made_anew_without_an_archive(store: Path, source: Path) -> None:
    before = dca.review(store, as_of="2021-12-31").status.set_index("coalition")
    kept = {path.name for path in (store / "events").iterdir()}
    dca.review(store, as_of="2021-12-31")
    assert {path.name for path in (store / "events").iterdir()} == kept
    # The archives go, and somebody says that two of the senders are not one.
    shutil.rmtree(source / "dc-a")
    (source / "people.toml").write_text(
        'different = [["ann@home.example", "a.quimby@work.example"]]\n'
    )
    after = dca.review(store, as_of="2021-12-31").status.set_index("coalition")
    assert before.loc["dc-a", "participants"] == 2
    assert after.loc["dc-a", "participants"] == 3
    assert {path.name for path in (store / "events").iterdir()}.isdisjoint(kept)


def test_a_store_of_somebody_else_is_read_without_writing(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = dca.read_messages(store)
    shutil.rmtree(store / "events")

    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("dcactivity.decisions.kept.draft_in", refuse)
    pd.testing.assert_frame_equal(dca.read_messages(store), expected)
    assert not (store / "events").exists()


def test_a_verdict_that_hangs_on_doubtful_senders_says_so(store: Path) -> None:
    policy = dca.Policy.from_dict(
        {"name": "two", "active": {"min_messages": 3, "min_participants": 2}}
    )
    why = dca.review(store, policy=policy, as_of="2021-12-31").status.set_index("coalition")["why"]
    assert "may be one and the same" not in why["dc-a"]
    review = dca.review(store, policy=policy, as_of="2021-12-31")
    subject = review.subjects["dc-a"]
    joined = replace(
        subject,
        events=replace(
            subject.events, person_if_joined=np.zeros(len(subject.events), dtype=np.int64)
        ),
    )
    assert subject.fewest_participants(review.verdicts["dc-a"].day, 12) == 2
    assert joined.fewest_participants(review.verdicts["dc-a"].day, 12) == 1
    doubtful = replace(review.verdicts["dc-a"], fewest_participants=1)
    assert doubtful.why().endswith(
        "but some of these persons may be one and the same, which would leave 1 person: "
        "dcactivity people --review shows whom."
    )


def test_a_faulty_people_file_is_named(store: Path, source: Path) -> None:
    (source / "people.toml").write_text("sane = []\n")
    with pytest.raises(DcactivityError, match=r"people\.toml: sane"):
        dca.review(store, as_of="2021-12-31")


def test_a_message_that_comes_later_changes_what_is_decided(store: Path, source: Path) -> None:
    with (source / "dc-b/b.mbox").open("a") as file:
        file.write(mbox(("b2@x", "6", BOB, "Re: Another plan", "b1@x")))
    dca.ingest(source, store, workers=1)
    review = dca.review(store, as_of="2021-12-31").status.set_index("coalition")
    assert review.loc["dc-b", ["messages", "conversations"]].tolist() == [2, 1]
    assert len(list((store / "events").iterdir())) == 1


def test_an_archive_of_nothing_but_a_wreck_is_no_obstacle(source: Path) -> None:
    (source / "dc-c/c.mbox").write_text("From x@x.example Thu Jan  1 00:00:00 2015\n\n\n")
    review = dca.review(source, as_of="2021-12-31").status.set_index("coalition")
    assert pd.isna(review.loc["dc-c", "last_message"])
    assert "dc-c" not in set(dca.read_messages(source)["coalition"])
    for letter in "ab":
        (source / f"dc-{letter}/{letter}.mbox").unlink()
    assert len(dca.read_messages(source)) == 0


def test_event_tables_stand_row_for_row_beside_the_messages(store: Path) -> None:
    with opened(store) as found:
        tables = event_tables(found)
        for slug in found.store.coalitions():
            messages = found.messages(coalition=slug, columns=["message_id", "date"])
            table = tables.table(slug, ["message_id"])
            assert table.column("message_id").to_pylist() == messages["message_id"].tolist()


def inodes(store: Path) -> dict[str, int]:
    """Give the files of the event tables, which are others when they were written anew."""
    dca.read_messages(store, columns=["person"])
    return {path.name: path.stat().st_ino for path in (store / "events").glob("*/*.parquet")}


def test_what_a_new_message_does_not_touch_is_not_decided_again(
    store: Path, source: Path, tmp_path: Path
) -> None:
    before = inodes(store)
    with (source / "dc-b/b.mbox").open("a") as file:
        file.write(mbox(("b2@x", "6", "Else <else@else.example>", "Re: Another plan", "b1@x")))
    dca.ingest(source, store, workers=1)
    after = inodes(store)
    anew = {name for name in after if after[name] != before[name]}
    assert anew == {"_summaries.parquet", "dc-b.parquet"}
    dca.ingest(source, tmp_path / "fresh", workers=1)
    pd.testing.assert_frame_equal(dca.read_messages(store), dca.read_messages(tmp_path / "fresh"))


def test_a_person_met_elsewhere_changes_what_was_decided_before(
    store: Path, source: Path, tmp_path: Path
) -> None:
    before = inodes(store)
    # The third list that has it: what stood on two lists alone becomes a bulletin on these, too.
    for letter in "ab":
        with (source / f"dc-{letter}/{letter}.mbox").open("a") as file:
            file.write(mbox(("two@x", "12", BOB, "To some", "")))
        dca.ingest(source, store, workers=1)
    assert not dca.read_messages(store).set_index("message_id").loc["two@x", "bulletin"].any()
    middle = inodes(store)
    with (source / "dc-c/c.mbox").open("a") as file:
        file.write(mbox(("two@x", "12", BOB, "To some", "")))
    dca.ingest(source, store, workers=1)
    assert dca.read_messages(store).set_index("message_id").loc["two@x", "bulletin"].all()
    after = inodes(store)
    assert all(after[f"dc-{letter}.parquet"] != middle[f"dc-{letter}.parquet"] for letter in "abc")
    assert before.keys() == after.keys()
    dca.ingest(source, tmp_path / "fresh", workers=1)
    pd.testing.assert_frame_equal(dca.read_messages(store), dca.read_messages(tmp_path / "fresh"))


def test_what_is_decided_does_not_hang_on_the_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_demo(tmp_path / "demo")
    tables = []
    for size in (1, 7, 250):
        monkeypatch.setattr("dcactivity.decisions.batches._COALITIONS", size)
        store = tmp_path / f"store-{size}"
        dca.ingest(tmp_path / "demo", store, workers=1)
        inodes(store)
        tables.append({p.name: p.read_bytes() for p in (store / "events").glob("*/*.parquet")})
    assert len(tables[0]) > 10
    assert tables[0] == tables[1] == tables[2]
