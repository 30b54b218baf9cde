"""One person's data: what is held, and how it leaves the store and stays out."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import dcactivity as dca
from dcactivity.demo.cast import CAST
from dcactivity.errors import InputError, MissingError
from dcactivity.messages.forgetting import forget_in
from dcactivity.messages.forgotten import Forgotten
from dcactivity.messages.store import Store
from dcactivity.privacy import export_person, forget
from tests.command_line import run

DEMO = Path(__file__).resolve().parents[1] / "data" / "demo"
AS_OF = ("--as-of", "2022-03-31", "-q")
MAIL = """\
From x@x.example Mon Mar  1 10:00:0{n} 2021
From: {sender}
Date: Mon, 1 Mar 2021 10:00:0{n} +0000
Message-ID: <{n}@mua.example>
Subject: Reeds {n}
List-Post: <mailto:reeds@lists.example>

Text.

"""
SENDERS = [
    "Ottoline Brackwater <ob@a.example>",
    "Brackwater, Ottoline <ottoline@b.example>",
    "Ottoline Brackwater via Reeds <reeds@lists.example>",
    "Maud Fen <desk@c.example>",
    "Barnaby Moor <desk@c.example>",
]


def everything(store: Path) -> str:
    """All texts that a store's files hold, those within Parquet and Arrow files included."""
    found = []
    for path in sorted(store.rglob("*")):
        if path.suffix == ".parquet":
            found.append(repr(pq.read_table(path, partitioning=None).to_pydict()))
        elif path.suffix == ".arrow":
            with pa.OSFile(str(path)) as file, pa.ipc.open_file(file) as reader:
                found.append(repr(reader.read_all().to_pydict()) + str(reader.schema.metadata))
        elif path.is_file():
            found.append(path.read_text("utf-8"))
        found.append(str(path))
    return "\n".join(found).casefold()


def tables(store: Path) -> tuple[str, ...]:
    return (
        run("status", store, *AS_OF, "--json").out,
        run("monthly", store, *AS_OF).out,
        run("explain", store, "dc-lighthouses", *AS_OF, "--export", "-").out,
    )


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write(source: Path, senders: list[str]) -> None:
    source.mkdir(exist_ok=True)
    text = "".join(MAIL.format(n=n, sender=sender) for n, sender in enumerate(senders))
    (source / "reeds.mbox").write_text(text, encoding="utf-8")
    (source / "coalitions.toml").write_text(
        '[[coalition]]\nslug = "dc-reeds"\n'
        '[[coalition.list]]\naddress = "reeds@lists.example"\narchives = ["reeds.mbox"]\n',
        encoding="utf-8",
    )


@pytest.fixture
def reeds(tmp_path: Path) -> tuple[Path, Path]:
    source, store = tmp_path / "source", tmp_path / "store"
    write(source, SENDERS)
    dca.ingest(source, store)
    return source, store


@pytest.fixture(scope="module")
def ingested(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("demo") / "store"
    dca.ingest(DEMO, store)
    return store


@pytest.fixture
def store(ingested: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(ingested, tmp_path / "store"))


def test_names_and_addresses_leave_every_file_and_the_counts_stay(store: Path) -> None:
    before = tables(store)
    for person in (CAST[0], CAST[3], CAST[16]):
        assert person.name.casefold() in everything(store)
        forget(store, person.addresses[-1])
        left = everything(store)
        for text in (person.name, *filter(None, [person.short]), *person.addresses):
            assert text.casefold() not in left
    assert tables(store) == before


def test_a_store_built_anew_gives_the_same_without_the_names(store: Path) -> None:
    forget(store, CAST[0].addresses[0])
    after, messages = tables(store), dca.read_messages(store)
    mark = store / "store.json"
    mark.write_text(json.dumps({**json.loads(mark.read_text()), "schema": 1}))
    done = run("ingest", DEMO, "--store", store)
    assert "was built anew" in done.err
    assert tables(store) == after
    assert dca.read_messages(store).equals(messages)
    for text in (CAST[0].name, *CAST[0].addresses):
        assert text.casefold() not in everything(store)


def test_a_new_store_follows_the_list_of_another(reeds: tuple[Path, Path], tmp_path: Path) -> None:
    source, store = reeds
    forget(store, "ob@a.example")
    new = tmp_path / "new"
    new.mkdir()
    shutil.copy(store / "forgotten.json", new)
    dca.ingest(source, new)
    assert dca.read_messages(new).equals(dca.read_messages(store))
    assert "brackwater" not in everything(new)


def test_what_comes_later_is_forgotten_too(reeds: tuple[Path, Path]) -> None:
    source, store = reeds
    forget(store, "ottoline@b.example")
    more = ["O. Brackwater <ob+lists@a.example>", "Wilf Sedge <ob@z.example>"]
    write(source, [*SENDERS, *more])
    dca.ingest(source, store)
    messages = dca.read_messages(store, columns=["from_name", "from_address", "person"])
    assert "brackwater" not in everything(store)
    person = messages["person"].tolist()
    assert person[0] == person[1] == person[2] == person[5]
    assert len(set(person)) == 4
    assert messages["from_name"].isna().sum() == 4
    assert messages["from_address"].str.endswith("@forgotten.invalid").sum() == 4
    assert messages["from_address"].iloc[6] == "ob@z.example"


def test_messages_stay_duplicates_of_each_other(reeds: tuple[Path, Path]) -> None:
    source, store = reeds
    shutil.copy(source / "reeds.mbox", source / "copy.mbox")
    registry = source / "coalitions.toml"
    registry.write_text(registry.read_text().replace('"reeds.mbox"', '"reeds.mbox", "copy.mbox"'))
    first = dca.ingest(source, store).archives[["kept", "duplicates"]]
    assert first.to_numpy().tolist() == [[5, 0], [0, 5]]
    forget(store, "ob@a.example")
    (source / "third.mbox").write_bytes((source / "reeds.mbox").read_bytes())
    registry.write_text(registry.read_text().replace('"copy.mbox"', '"copy.mbox", "third.mbox"'))
    second = dca.ingest(source, store).archives[["kept", "duplicates"]]
    assert second.to_numpy().tolist() == [[5, 0], [0, 5], [0, 5]]
    (source / "copy.mbox").unlink()  # which held the originals: the others step in
    third = dca.ingest(source, store).archives[["kept", "duplicates"]]
    assert third.to_numpy().tolist() == [[5, 0], [0, 5]]
    assert "brackwater" not in everything(store)


def test_a_dry_run_changes_nothing_and_tells_counts(store: Path) -> None:
    before = files(store)
    done = run("forget", CAST[0].addresses[0], "--store", store, "--dry-run", "--json")
    assert done.rows == [
        {"coalition": "dc-clock-towers", "senders": 1, "messages": 3},
        {"coalition": "dc-lighthouses", "senders": 2, "messages": 11},
        {"coalition": "dc-rain-gauges", "senders": 2, "messages": 11},
    ]
    assert "1 person, 25 messages: would be forgotten" in done.err
    assert CAST[0].name not in done.out + done.err
    named = run("forget", CAST[0].addresses[0], "--store", store, "--dry-run", "--names")
    assert CAST[0].name in named.out
    assert files(store) == before


def test_addresses_within_ids_and_subjects_go_too(tmp_path: Path) -> None:
    source, store = tmp_path / "source", tmp_path / "store"
    write(source, SENDERS[:1])
    box = source / "reeds.mbox"
    first = box.read_text().replace("0@mua.example", "1-git-send-email-ob@a.example")
    answer = MAIL.format(n=1, sender="Maud Fen <mf@c.example>").replace(
        "Subject: Reeds 1",
        "In-Reply-To: <1-git-send-email-ob@a.example>\n"
        "References: <x@y.example> <1-git-send-email-ob@a.example>\n"
        "Subject: OB@a.example moves, blob@a.example stays",
    )
    box.write_text(first + answer)
    (source / "copy.mbox").write_text(first)
    registry = source / "coalitions.toml"
    registry.write_text(registry.read_text().replace('"reeds.mbox"', '"reeds.mbox", "copy.mbox"'))
    ledger = dca.ingest(source, store).archives
    assert ledger["duplicates"].sum() == 1
    before = run("monthly", store).out
    forget(store, "ob@a.example")
    assert "-ob@a.example" not in everything(store)
    messages = dca.read_messages(store)
    assert messages["subject"].iloc[1].endswith("@forgotten.invalid moves, blob@a.example stays")
    assert messages["answers"].iloc[1] == messages["message_id"].iloc[0]
    assert messages["references"].iloc[1][0] == "x@y.example"
    assert run("monthly", store).out == before
    (source / "third.mbox").write_text(first + answer)
    registry.write_text(registry.read_text().replace('"copy.mbox"', '"copy.mbox", "third.mbox"'))
    assert dca.ingest(source, store).archives["duplicates"].sum() == 3
    assert dca.read_messages(store).equals(messages)
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    shutil.copy(store / "forgotten.json", fresh)
    dca.ingest(source, fresh)
    plain = {"archive": "str"}  # whose categories tell which archives there are
    assert dca.read_messages(fresh).astype(plain).equals(messages.astype(plain))


def test_an_interrupted_one_is_finished_by_the_next_ingest(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tables(store)

    def broken(place: Store, slug: str, forgotten: Forgotten) -> int:
        if forgotten.entries and slug == "dc-lighthouses":
            raise OSError(28, "No space left on device")
        return forget_in(place, slug, forgotten)

    with monkeypatch.context() as patch:
        patch.setattr("dcactivity.privacy.forgetting.forget_in", broken)
        run("forget", CAST[0].addresses[0], "--store", store, code=1)
    assert CAST[0].addresses[0] in everything(store)
    dca.ingest(DEMO, store)
    assert CAST[0].addresses[0] not in everything(store)
    assert tables(store) == before


def test_an_address_of_several_persons_is_refused_at_first(reeds: tuple[Path, Path]) -> None:
    _, store = reeds
    with pytest.raises(InputError, match="2 persons wrote from desk"):
        forget(store, "desk@c.example")
    assert forget(store, "desk@c.example", everybody=True).persons == 2
    assert "maud" not in everything(store)
    assert dca.read_messages(store)["person"].nunique() == 3


def test_what_cannot_be_forgotten_is_said(reeds: tuple[Path, Path]) -> None:
    _, store = reeds
    with pytest.raises(InputError, match="to no person"):
        forget(store, "reeds@lists.example")
    with pytest.raises(InputError, match="is no address"):
        forget(store, "Ottoline")
    with pytest.raises(MissingError, match="nobody wrote from nobody"):
        forget(store, "nobody@a.example")
    forget(store, "ob@a.example")
    with pytest.raises(MissingError, match="is forgotten already"):
        forget(store, "ob@a.example")


def test_files_beside_the_archives_are_named_and_left(reeds: tuple[Path, Path]) -> None:
    source, store = reeds
    people = source / "people.toml"
    people.write_text('# who\nsame = [["ob@a.example", "ottoline@b.example"]]\n')
    done = run("forget", "ob@a.example", "--store", store)
    assert "to be done by hand: people.toml: line 2 speaks of the person" in done.err
    assert "ob@a.example" in people.read_text()


def test_a_list_that_cannot_be_read_stops_an_ingest(reeds: tuple[Path, Path]) -> None:
    source, store = reeds
    forget(store, "ob@a.example")
    (store / "forgotten.json").write_text("{")
    os.utime(source / "reeds.mbox", (1, 1))
    assert "forgotten would come back" in run("ingest", source, "--store", store, code=1).err


def test_all_that_is_held_is_exported(reeds: tuple[Path, Path]) -> None:
    source, store = reeds
    (source / "people.toml").write_text('same = [["ob@a.example", "ottoline@b.example"]]\n')
    found = json.loads(run("export-person", "OB@a.example", "--store", store).out)
    assert found["mentions"] == ["people.toml: line 1"]
    (person,) = found["persons"]
    assert [row["message_id"] for row in person["messages"]] == [
        "0@mua.example",
        "1@mua.example",
        "2@mua.example",
    ]
    assert person["messages"][0]["from_name"] == "Ottoline Brackwater"
    assert person["messages"][0]["date"] == "2021-03-01T10:00:00+00:00"
    assert {row["from_address"] for row in person["senders"]} == {
        "ob@a.example",
        "ottoline@b.example",
        "reeds@lists.example",
    }
    with pytest.raises(MissingError, match="nobody wrote from"):
        export_person(store, "nobody@a.example")
