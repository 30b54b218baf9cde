"""The command ``people``, and persons of whole sources."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from dcactivity.cli import main
from dcactivity.decisions.read import read_messages
from dcactivity.decisions.survey import persons_table, surveys_of
from dcactivity.messages.ingest import ingest
from dcactivity.messages.read import opened
from dcactivity.people import resolve_people
from dcactivity.people.senders import list_names

SHARED = Path(__file__).resolve().parents[2] / "shared"
MAIL = """\
From {envelope} Mon Mar  1 10:00:0{n} 2021
From: {sender}
Date: Mon, 1 Mar 2021 10:00:0{n} +0000
Message-ID: <{n}@mua.example>
Subject: Reeds
List-Id: Talk on reeds <reeds.lists.example>
List-Post: <mailto:reeds@lists.example>
{more}
Text.

"""
SENDERS = [
    ("Ottoline Brackwater <ob@a.example>", ""),
    ("Ottoline Brackwater <ob@a.example>", ""),
    ("Brackwater, Ottoline <ottoline@b.example>", ""),
    ("John Smith <john@alpha.example>", ""),
    ("John Smith <jsmith@beta.example>", ""),
    ("Talk on reeds <reeds@lists.example>", ""),
    ("Barnaby Moor via Talk on reeds <reeds@lists.example>", ""),
    ("Maud Fen via reeds <reeds@lists.example>", "Reply-To: Maud Fen <mf@c.example>\n"),
]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "coalitions.toml").write_text(
        '[[coalition]]\nslug = "dc-reeds"\n'
        '[[coalition.list]]\naddress = "dc-reeds@forum.example"\narchives = ["reeds.mbox"]\n',
        encoding="utf-8",
    )
    mails = [
        MAIL.format(envelope="x@x.example", n=n, sender=sender, more=more)
        for n, (sender, more) in enumerate(SENDERS)
    ]
    (folder / "reeds.mbox").write_text("".join(mails), encoding="utf-8")
    return folder


def run(*arguments: object, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["dcactivity", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_senders_are_counted_and_the_lists_own_names_known(source: Path) -> None:
    with opened(source) as found:
        surveys = surveys_of(found)
        named = {name for one in surveys.values() for name in one.lists}
        assert list_names(found.registry, named) == [
            '"Talk on reeds" <reeds@lists.example>', "dc-reeds@forum.example",
        ]  # fmt: skip
        senders = persons_table(surveys.values(), found)
    person = senders["person"]
    assert senders["messages"].sum() == len(SENDERS)
    by_name = dict(zip(senders["from_name"], person, strict=True))
    assert pd.isna(by_name["Talk on reeds"])
    assert by_name["Brackwater, Ottoline"] == by_name["Ottoline Brackwater"]
    assert person.dropna().nunique() == 5  # two John Smiths, Barnaby, Maud, Ottoline


def test_persons_with_several_addresses_are_printed(
    source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("people", source, "--json", monkeypatch=monkeypatch) == 0
    said = capsys.readouterr()
    rows = json.loads(said.out)
    assert [(row["address"], row["messages"], row["rule"]) for row in rows] == [
        ("ob@a.example", 2, "same name"),
        ("ottoline@b.example", 1, "same name"),
    ]
    assert set(rows[0]) == {
        "person", "name", "address", "coalitions", "messages", "rule", "score",
    }  # fmt: skip
    assert "6 senders, 5 persons, 1 doubtful pairs" in said.err


def test_review_prints_the_doubtful_pairs(
    source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("people", source, "--review", "--quiet", monkeypatch=monkeypatch) == 0
    said = capsys.readouterr()
    assert "John Smith <john@alpha.example>" in said.out
    assert "jsmith@beta.example" in said.out
    assert "at alpha.example and at beta.example" in said.out
    assert "Brackwater" not in said.out
    assert not said.err


def test_an_exported_file_decides_once_it_lies_beside_the_registry(
    source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = source / "people.toml"
    assert run("people", source, "--export", file, monkeypatch=monkeypatch) == 0
    capsys.readouterr()
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('# ["John', '["John'), encoding="utf-8")
    assert run("people", source, "--json", monkeypatch=monkeypatch) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["address"] for row in rows if row["rule"] == "people.toml"} == {
        "john@alpha.example", "jsmith@beta.example",
    }  # fmt: skip
    assert run("people", source, "--export", file, monkeypatch=monkeypatch) == 1
    assert "people.toml: is there already and is left as it is" in capsys.readouterr().err


def test_a_store_reads_the_people_beside_its_source(
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ingest(source, tmp_path / "store")
    (source / "people.toml").write_text(
        'different = [["ob@a.example", "ottoline@b.example"]]\nsame = [["x@y.example", "Nobody"]]',
        encoding="utf-8",
    )
    assert run("people", tmp_path / "store", "--json", monkeypatch=monkeypatch) == 0
    said = capsys.readouterr()
    assert json.loads(said.out) == []
    assert "people.toml: same[0]: x@y.example: nobody here" in said.err


def test_a_faulty_file_ends_the_command_with_its_place(
    source: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (source / "people.toml").write_text('same = [["a@b.example"]]', encoding="utf-8")
    assert run("people", source, monkeypatch=monkeypatch) == 1
    assert "people.toml: same[0]: holds 1 of the 2" in capsys.readouterr().err


def participants(table: pd.DataFrame, person: str) -> pd.DataFrame:
    """Count participants and newcomers per coalition and month."""
    first = table.dropna(subset=[person]).groupby(["coalition", person])["month"].min()
    newcomers = first.reset_index().groupby(["coalition", "month"]).size()
    present = table.groupby(["coalition", "month"])[person].nunique()
    return pd.DataFrame({"participants": present, "newcomers": newcomers}).fillna(0)


@pytest.mark.skipif(not (SHARED / "tools").is_dir(), reason="../shared is not at hand")
@pytest.mark.parametrize("seed", [1, 2, 19])
def test_participants_of_simulated_archives_agree_with_the_truth(
    seed: int, tmp_path: Path
) -> None:
    tool = SHARED / "tools" / "simulate.py"
    options = ["--truth", tmp_path / "truth", "--seed", seed, "--years", 4, "--body", 200]
    command = [sys.executable, tool, tmp_path / "src", *options]
    subprocess.run([str(word) for word in command], check=True)
    truth = pd.read_csv(tmp_path / "truth" / "messages.csv", keep_default_na=False)
    truth = truth.query("automated == '' and message_id != ''")
    truth = truth.drop_duplicates(["coalition", "message_id"])
    truth["month"] = truth["date"].str[:7]
    keys = ["coalition", "from_name", "from_address"]
    messages = read_messages(tmp_path / "src", columns=["message_id", *keys[1:]])
    messages = messages.astype({"coalition": "str"}).merge(
        truth[["coalition", "message_id", "person", "month"]], on=["coalition", "message_id"]
    )
    senders = messages[keys].drop_duplicates()
    lists = [f"{slug}@lists.example" for slug in set(messages["coalition"])]
    senders["found"] = resolve_people(senders, list_addresses=lists)["person"]
    messages = messages.merge(senders, on=keys, validate="many_to_one")
    assert messages["found"].notna().all()
    expected, counted = participants(messages, "person"), participants(messages, "found")
    off = (expected - counted).abs().to_numpy().sum() / expected.to_numpy().sum()
    assert off < 0.005


def judge(labels: pd.DataFrame, person: pd.Series, *, same_name_is_open: bool) -> Any:
    """Judge as the benchmark does, so that there is one rule."""
    file = Path(__file__).resolve().parents[1] / "benchmarks" / "people.py"
    spec = importlib.util.spec_from_file_location("people_benchmark", file)
    assert spec is not None
    assert spec.loader is not None
    benchmark = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = benchmark  # its dataclasses look there for their module
    spec.loader.exec_module(benchmark)
    return benchmark.judge(labels, person, same_name_is_open=same_name_is_open)


@pytest.mark.skipif(not (SHARED / "labels").is_dir(), reason="../shared is not at hand")
@pytest.mark.parametrize(
    ("name", "precision", "recall"),
    [("identity_git", 0.975, 0.955), ("identity_sympy", 0.99, 0.89)],
)
def test_persons_agree_with_the_labels(name: str, precision: float, recall: float) -> None:
    labels = pd.read_csv(SHARED / "labels" / f"{name}.csv", keep_default_na=False)
    senders = labels[["alias_name", "alias_email_masked"]]
    people = resolve_people(senders.set_axis(["from_name", "from_address"], axis=1))["person"]
    outcome = judge(labels, people, same_name_is_open=name == "identity_git")
    assert outcome.precision >= precision
    assert outcome.recall >= recall
    assert name != "identity_sympy" or abs(outcome.persons) < 0.03
    for local in ("devnull@", "gitgitgadget@"):
        at = labels["alias_email_masked"].str.startswith(local)
        names = labels.loc[at, "alias_name"].nunique()
        assert people[at].nunique() == names
