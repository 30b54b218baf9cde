"""No output but `people`, and those under ``--names``, holds a name or an address of the demo."""

from __future__ import annotations

import base64
import html
import json
import quopri
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

import dcactivity as dca
from dcactivity.demo import write_demo
from dcactivity.demo.cast import CAST
from dcactivity.people.pseudonyms import Pseudonyms, make_key
from tests.command_line import Done, run

DAY = ("--as-of", "2022-03-31")
SLUG, SILENT = "dc-lighthouses", "dc-cobblestones"
ZIPPED = {".docx", ".pptx", ".xlsx"}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The demo's archives, and a store of them."""
    folder = tmp_path_factory.mktemp("demo")
    write_demo(folder / "demo")
    dca.ingest(folder / "demo", folder / "store")
    return folder / "demo", folder / "store"


@pytest.fixture(scope="module")
def told(places: tuple[Path, Path]) -> list[str]:
    """Every name and address that writes in the demo, unless the registry publishes it."""
    demo, store = places
    frame = dca.read_messages(store, columns=["from_name", "from_address"])
    found = {*frame["from_name"].dropna(), *frame["from_address"].dropna()}
    found |= {text for one in CAST for text in (one.name, one.short, *one.addresses) if text}
    public = (demo / "coalitions.toml").read_text("utf-8").casefold()
    # Spam's one-word names are the domain of its Message-IDs, which are shown as evidence.
    domains = {text.partition("@")[2].partition(".")[0] for text in found if "@" in text}
    found = {text for text in found if text.casefold() not in public}
    found = {text for text in found if text.casefold() not in domains}
    assert {text for one in CAST for text in (one.name, *one.addresses)} <= found
    assert len(found) > 150
    return sorted(found)


def texts_of(data: bytes) -> str:
    """A file's text, with what is encoded in it laid open."""
    text = data.decode("utf-8", "replace")
    found = [text, html.unescape(text), quopri.decodestring(data).decode("utf-8", "replace")]
    found.append(re.sub(r"\\u([0-9a-f]{4})", lambda m: chr(int(m[1], 16)), text))
    for block in re.findall(rb"(?:[A-Za-z0-9+/]{60,}\r?\n)+[A-Za-z0-9+/]*={0,2}", data):
        whole = b"".join(block.split())
        found.append(base64.b64decode(whole[: len(whole) // 4 * 4]).decode("utf-8", "replace"))
    # calendars and mails fold their lines
    found.append(re.sub(r"\r?\n[ \t]", "", text))
    return "\n".join(found).casefold()


def contents(path: Path) -> Iterable[tuple[str, str]]:
    """Texts of a file, of all members where it is a container, and its name."""
    if path.suffix in ZIPPED:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                yield f"{path.name}/{name}", texts_of(archive.read(name))
    else:
        yield path.name, texts_of(path.read_bytes())
    yield "name", path.name.casefold()


def found_in(folder: Path, told: list[str]) -> set[tuple[str, str]]:
    wanted = [text.casefold() for text in told]
    return {
        (place, text)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        for place, content in contents(path)
        for text in wanted
        if text in content
    }


def keep(folder: Path, name: str, done: Done) -> None:
    """Put what a command printed beside the files that it wrote."""
    (folder / f"{name}.txt").write_text(done.out + done.err, encoding="utf-8")


def reviewed(demo: Path, store: Path, out: Path) -> None:
    keep(out, "report", run("report", demo, *DAY, "--out", out / "report"))
    keep(out, "ingest", run("ingest", demo, "--store", out.parent / "again", "--json"))
    for form in ((), ("--json",)):
        which = "".join(form)
        keep(out, f"status{which}", run("status", store, *DAY, *form))
        keep(out, f"doctor{which}", run("doctor", store, *DAY, *form))
        keep(out, f"principles{which}", run("principles", store, *DAY, *form))
        keep(out, f"monthly{which}", run("monthly", store, *DAY, *form))
        keep(out, f"forecast{which}", run("forecast", store, *DAY, *form))
    keep(out, "monthly-md", run("monthly", store, *DAY, "--format", "md"))
    run("sheet", store, SLUG, "--year", 2021, "--out", out / "sheet")
    run("forecast", store, *DAY, "--chart", out / "forecast.svg")
    policy = ("--policy", "draft-2022", "--policy", "w3c-groups", "--from", "2021-06-30")
    keep(out, "lab", run("lab", store, *policy, "--out", out / "lab", "--json"))
    keep(out, "policy", run("policy", "show", "draft-2022"))
    explained(store, out)


def explained(store: Path, out: Path, *more: object) -> None:
    for slug in (SLUG, SILENT):
        pack = out / f"{slug}.json"
        keep(out, slug, run("explain", store, slug, *DAY, "--export", pack, *more))
        keep(out, f"{slug}-rules", run("explain", store, slug, *DAY, "--json", *more))


def pursued(store: Path, out: Path) -> None:
    ledger = ("--ledger", out / "cases.sqlite")
    keep(out, "propose", run("cases", "propose", store, *DAY, *ledger))
    keep(out, "open", run("cases", "open", store, SILENT, *DAY, *ledger))
    run(
        "cases", "letter", store, SILENT, *DAY, *ledger,
        "--kind", "first-notice", "--out", out / "letters",
    )  # fmt: skip
    keep(out, "list", run("cases", "list", *ledger, "--json"))
    keep(out, "due", run("cases", "due", *ledger, "--as-of", "2022-05-04"))
    run("cases", "calendar", *ledger, "--out", out / "cases.ics")
    run("cases", "export", *ledger, "--out", out / "cases.csv")


def test_reports_and_tables_name_nobody(
    places: tuple[Path, Path], told: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    reviewed(*places, out)
    assert len([path for path in out.rglob("*") if path.is_file()]) > 30
    assert found_in(out, told) == set()


def test_cases_and_letters_name_nobody(
    places: tuple[Path, Path], told: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    pursued(places[1], out)
    assert {".docx", ".eml", ".ics", ".csv", ".sqlite"} <= {p.suffix for p in out.rglob("*")}
    assert found_in(out, told) == set()


def test_the_search_finds_what_people_and_names_show(
    places: tuple[Path, Path], told: list[str], tmp_path: Path
) -> None:
    keep(tmp_path, "people", run("people", places[1]))
    ilka = CAST[0].name.casefold()
    assert ("people.txt", ilka) in found_in(tmp_path, told)
    explained(places[1], tmp_path, "--names")
    assert (f"{SLUG}.json", ilka) in found_in(tmp_path, told)


def test_with_a_key_nobody_is_named_and_the_key_is_nowhere(
    places: tuple[Path, Path], told: list[str], tmp_path: Path
) -> None:
    key, out = tmp_path / "key", tmp_path / "out"
    out.mkdir()
    for form in ((), ("--json",), ("--review",), ("--review", "--json")):
        keep(out, f"people{''.join(form)}", run("people", places[1], "--pseudonyms", key, *form))
    explained(places[1], out, "--pseudonyms", key)
    explained(places[1], out, "--pseudonyms", key, "--names")
    frame = dca.read_messages(places[1], pseudonyms=key)
    frame.drop(columns="references").to_csv(out / "messages.csv")
    assert found_in(out, told) == set()
    assert found_in(out, [key.read_text().strip()]) == set()


def test_pseudonyms_stay_the_same_and_hang_on_the_key(
    places: tuple[Path, Path], tmp_path: Path
) -> None:
    first, again = (run("people", place, "--json", "--pseudonyms", tmp_path / "a").rows
                    for place in places)  # fmt: skip
    other = run("people", places[1], "--json", "--pseudonyms", tmp_path / "b").rows
    assert first == again
    for column in ("person", "name", "address"):
        assert not {row[column] for row in first} & {row[column] for row in other}
    kept = dca.read_messages(places[1], pseudonyms=tmp_path / "a", columns=["person"])
    assert {row["person"] for row in first} <= set(kept["person"])
    pack = run("explain", places[1], SLUG, *DAY, "--export", "-", "--pseudonyms", tmp_path / "a")
    writers = {row["writer"] for row in json.loads(pack.out)["messages"]} - {None}
    assert writers <= set(kept["person"])
    assert len(writers) > 5


def test_a_key_is_made_for_its_owner_alone(places: tuple[Path, Path], tmp_path: Path) -> None:
    key = tmp_path / "key"
    assert make_key(key)
    text = key.read_text()
    assert key.stat().st_mode & 0o777 == 0o600
    assert not make_key(key)
    assert key.read_text() == text
    assert text.strip() not in repr(Pseudonyms.load(key))
    key.chmod(0o644)
    said = run("people", places[1], "--pseudonyms", key, code=1).err
    assert "the key may be read by others; chmod 600 key" in said
    key.chmod(0o600)
    key.write_text("secret\n")
    assert "holds no key" in run("people", places[1], "--pseudonyms", key, code=1).err
    export = ("--export", tmp_path / "people.toml")
    said = run("people", places[1], "--pseudonyms", key, *export, code=2).err
    assert "needs the names themselves" in said
