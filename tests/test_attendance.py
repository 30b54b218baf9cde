"""From a summary report to counts: all formats, all ways to name a coalition, no names."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import docx
import pytest

from dcactivity.attendance import Matcher, parse_report, read_report
from dcactivity.registry import Registry
from tests.command_line import run

SHARED = Path(__file__).resolve().parents[2] / "shared" / "meetings"
IGF = Path(__file__).resolve().parents[1] / "data" / "igf"
REGISTRY = """
[[coalition]]
slug = "dc-kites"
name = "Dynamic Coalition on Kites and Strings"
aliases = ["DC-KITE", "Kite Coalition"]
[[coalition]]
slug = "dc-lamps"
name = "Dynamic Coalition on Street Lamps"
[[coalition]]
slug = "dc-wells"
name = "Village Wells Coalition"
aliases = ["VWC"]
"""
TEXT = """Forum 2022
Coordination Group
Virtual meeting 61 | 20 April 2022

Summary report

1. Lists

At the meeting of 23 March 2022 the participants agreed on a check of all lists, and it was done.

Annex

List of participants

Apologies: Ada Quill (DC on Kites & Strings), Bert Ivory (MAG liaison),
Cleo Marsh (Village Wells
Coalition)

Coordination facilitators

Dune\tDora

Participants

Emil\tFrost\tDC on Kites and Strings
Gwen\tHollow\tDC-KITE
Ivo\tJasper\tKites and Strings (DC-KITE)
Kira\tLoam\tStreet Lamps
Milo\tNadir\t
Oona\tPyre\tDC on Village Wells
Rhea\tSable\tSociety for Bridges
Tara\tUmber\tOscar Quill

Secretariat support

Vera\tWynne
"""
NAMES = re.findall(r"[A-Z][a-z]+", "Ada Quill Bert Ivory Cleo Marsh Dune Dora Emil Frost Gwen "
                   "Hollow Ivo Jasper Kira Loam Milo Nadir Oona Pyre Rhea Sable Tara Umber Vera "
                   "Wynne Oscar")  # fmt: skip


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    (tmp_path / "coalitions.toml").write_text(REGISTRY)
    return tmp_path


def counts(registry: Path, file: Path, *options: str) -> dict[str, tuple[int, int]]:
    done = run("attendance", "import", file, "--registry", registry, "--json", *options)
    return {row["coalition"]: (row["present"], row["apologies"]) for row in done.rows}


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


WANTED = {"dc-kites": (3, 1), "dc-lamps": (1, 0), "dc-wells": (1, 1)}


def test_text_report_is_counted_and_no_name_leaves_it(registry: Path, tmp_path: Path) -> None:
    report = written(tmp_path, "report.txt", TEXT)
    done = run("attendance", "import", report, "--registry", registry)
    table = (registry / "attendance.csv").read_text()
    assert table.splitlines() == [
        "meeting,date,coalition,present,apologies",
        "61,2022-04-20,dc-kites,3,1",
        "61,2022-04-20,dc-lamps,1,0",
        "61,2022-04-20,dc-wells,1,1",
    ]
    assert (
        "participants: 8, 5 of them of 3 coalitions, 1 without affiliation; apologies: 3, 2 of "
        "them of coalitions; facilitators: 1; Secretariat: 1"
    ) in done.err
    assert "no coalition of the registry: MAG liaison" in done.err
    assert "no coalition of the registry: Society for Bridges" in done.err
    assert "1 more not shown" in done.err  # a cell with a name of the list in it
    said = f"{table}{done.out}{done.err}"
    assert not [name for name in NAMES if re.search(rf"\b{name}\b", said)]


def as_markdown() -> str:
    rows = "\n".join(
        f"| {' | '.join(line.split(chr(9)))} |" for line in TEXT.splitlines() if "\t" in line
        and line.count("\t") == 2
    )  # fmt: skip
    return (
        "# Virtual meeting 61\n\n**Date:** April 20, 2022\n\n## List of participants\n\n"
        "**Apologies:** Ada Quill (DC on Kites & Strings), Bert Ivory (MAG liaison), "
        "Cleo Marsh ([Village Wells Coalition](https://x.example))\n\n### Facilitators\n\n"
        "- Dora Dune\n\n### Participants\n\n| First name | Surname | Affiliation |\n"
        f"| --- | --- | --- |\n{rows}\n\n### Secretariat\n\n* Vera Wynne\n\n## Chat\n\n- hello\n"
    )


def as_html() -> str:
    rows = "".join(
        "<tr>" + "".join(f"<td><p>{cell}</p></td>" for cell in line.split("\t")) + "</tr>"
        for line in TEXT.replace("&", "&amp;").splitlines()
        if line.count("\t") == 2
    )
    return (
        "<!DOCTYPE html><html><head><title>Participants</title><style>p{}</style></head><body>"
        "<h1>Virtual meeting 61</h1><p>20th April 2022</p><h2>List of participants</h2>"
        "<p><b>Apologies:</b> Ada Quill (DC on Kites &amp; Strings), Bert Ivory (MAG liaison), "
        "Cleo Marsh (Village Wells Coalition)</p><h3>Coordination facilitators</h3><ul><li>Dora "
        f"Dune</li></ul><h3>Participants</h3><table>{rows}</table><h3>Secretariat support</h3>"
        "<p>Vera Wynne</p></body></html>"
    )


def as_docx(path: Path) -> None:
    document = docx.Document()
    document.add_heading("Virtual meeting 61", 1)
    document.add_paragraph("2022-04-20")
    document.add_heading("List of participants", 2)
    document.add_paragraph(
        "Apologies: Ada Quill (DC on Kites & Strings), Bert Ivory (MAG liaison), "
        "Cleo Marsh (Village Wells Coalition)"
    )
    document.add_paragraph("Coordination facilitators")
    document.add_paragraph("Dora Dune")
    document.add_paragraph("Participants")
    rows = [line.split("\t") for line in TEXT.splitlines() if line.count("\t") == 2]
    table = document.add_table(rows=0, cols=3)
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    document.add_paragraph("Secretariat support")
    document.add_paragraph("Vera Wynne")
    document.save(str(path))


@pytest.mark.parametrize("kind", ["txt", "md", "html", "docx"])
def test_all_formats_say_the_same(registry: Path, tmp_path: Path, kind: str) -> None:
    report = tmp_path / f"report.{kind}"
    if kind == "docx":
        as_docx(report)
    else:
        report.write_text({"txt": TEXT, "md": as_markdown(), "html": as_html()}[kind])
    done = run("attendance", "import", report, "--registry", registry, "--json")
    assert {r["coalition"]: (r["present"], r["apologies"]) for r in done.rows} == WANTED
    assert {(r["meeting"], r["date"]) for r in done.rows} == {("61", "2022-04-20")}
    assert "participants: 8, " in done.err
    assert "facilitators: 1; Secretariat: 1" in done.err


@pytest.mark.parametrize(
    "line",
    [
        "Emil Frost (DC on Street Lamps)",
        "Emil Frost, Dynamic Coalition on Street Lamps",
        "Emil Frost - Street Lamps",
        "Emil Frost – DC-LAMPS",
        "1. Emil Frost; dc lamps",
        "- Emil Frost (Chair of DC on Street Lamp)",
        "Emil Frost\tDC on Street Lamps",
    ],
)
def test_lists_without_a_table(registry: Path, tmp_path: Path, line: str) -> None:
    text = f"Meeting 7\n3 May 2021\nParticipants\n{line}\nFrost, Emil\n"
    assert counts(registry, written(tmp_path, "r.txt", text)) == {"dc-lamps": (1, 0)}


def test_family_name_after_a_comma_is_never_shown(registry: Path, tmp_path: Path) -> None:
    text = "Meeting 7\n3 May 2021\nParticipants\nFrost, Emil\nLoam, Kira (Street Lamps)\n"
    report = written(tmp_path, "r.txt", text)
    done = run("attendance", "import", report, "--registry", registry)
    assert "Emil" not in done.out + done.err
    assert "1 more not shown" in done.err


def test_two_columns_of_names_are_no_affiliations(registry: Path, tmp_path: Path) -> None:
    text = "Meeting 7\n3 May 2021\nParticipants\nEmil\tFrost\nKira\tLoam\nApologies: none\n"
    report = written(tmp_path, "r.txt", text)
    done = run("attendance", "import", report, "--registry", registry)
    assert "participants: 2, 0 of them of 0 coalitions, 2 without affiliation" in done.err
    assert "apologies: 0" in done.err


def test_person_of_two_coalitions_counts_for_both(registry: Path, tmp_path: Path) -> None:
    text = "Meeting 7\n3 May 2021\nParticipants\nEmil\tFrost\tDC-KITE / Village Wells\n"
    report = written(tmp_path, "r.txt", text)
    assert counts(registry, report) == {"dc-kites": (1, 0), "dc-wells": (1, 0)}


def test_to_import_again_changes_nothing_and_other_meetings_stay(
    registry: Path, tmp_path: Path
) -> None:
    table = registry / "attendance.csv"
    run("attendance", "import", written(tmp_path, "a.txt", TEXT), "--registry", registry)
    other = TEXT.replace("meeting 61 | 20 April", "meeting 60 | 23 March")
    run("attendance", "import", written(tmp_path, "b.txt", other), "--registry", registry)
    once = table.read_text()
    assert once.splitlines()[1].startswith("60,2022-03-23")
    assert len(once.splitlines()) == 7
    for name in ("a.txt", "b.txt", "a.txt"):
        run("attendance", "import", tmp_path / name, "--registry", registry)
    assert table.read_text() == once
    # A corrected report replaces what was known of its meeting.
    corrected = TEXT.replace("Kira\tLoam\tStreet Lamps\n", "")
    run("attendance", "import", written(tmp_path, "a.txt", corrected), "--registry", registry)
    assert "61,2022-04-20,dc-lamps" not in table.read_text()


def test_two_days_for_one_meeting_are_asked_about(registry: Path, tmp_path: Path) -> None:
    two = TEXT.replace("20 April 2022\n", "20 April 2022\nDate: 21 April 2022\n")
    report = written(tmp_path, "two.txt", two)
    done = run("attendance", "import", report, "--registry", registry, code=1)
    assert "names two days, 2022-04-20 and 2022-04-21; say with --date" in done.err
    assert not (registry / "attendance.csv").exists()
    assert counts(registry, report, "--date", "2022-04-21") == WANTED
    # Another report of the same meeting with another day.
    again = written(tmp_path, "again.txt", TEXT)
    done = run("attendance", "import", again, "--registry", registry, code=1)
    assert "meeting 61 stands there with 2022-04-21, the report says 2022-04-20" in done.err
    counts(registry, again, "--date", "2022-04-20")
    assert "2022-04-21" not in (registry / "attendance.csv").read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nothing at all", "no list of participants"),
        ("3 May 2021\nParticipants\nEmil Frost (DC-KITE)\n", "give it with --meeting"),
        ("Meeting 7\nParticipants\nEmil Frost (DC-KITE)\n", "give it with --date"),
        ("Meeting 7\n31 April 2021\nParticipants\nEmil Frost (DC-KITE)\n", "with --date"),
        ("%PDF-1.7\n", "is no text"),
    ],
)
def test_what_is_no_report_is_refused(
    registry: Path, tmp_path: Path, text: str, said: str
) -> None:
    report = written(tmp_path, "r.txt", text)
    assert said in run("attendance", "import", report, "--registry", registry, code=1).err


def test_broken_docx_and_missing_file_are_refused(registry: Path, tmp_path: Path) -> None:
    broken = tmp_path / "r.docx"
    broken.write_bytes(b"PK\x03\x04 and no more")
    assert (
        "no Word document"
        in run("attendance", "import", broken, "--registry", registry, code=1).err
    )
    gone = tmp_path / "gone.txt"
    assert "no such file" in run("attendance", "import", gone, "--registry", registry, code=1).err


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("DC on Accesibility and Disabilty", "dcad"),
        ("Dynamic Coalition on Core Internet Value", "dc-civ"),
        ("Data-Driven Health Technology", "dc-ddht"),
        ("Internet Rights & Principles Coalition (IRPC)", "irpc"),
        ("DC IoT", "dc-iot"),
        ("dciot", "dc-iot"),
        ("Coalition on Schools of Internet Governance", "dc-sig"),
        ("Coordinator, DC on Platform Responsability", "dcpr"),
    ],
)
def test_slips_of_the_pen_are_matched_to_real_coalitions(text: str, slug: str) -> None:
    assert Matcher(Registry.load(IGF).coalitions).match(text) == {slug}


@pytest.mark.parametrize(
    "text",
    ["MAG liaison", "Internet Governance", "Internet Society", "DC", "Coalition", "IGF", "IoX",
     "University of Health", ""],
)  # fmt: skip
def test_what_names_no_coalition_is_matched_to_none(text: str) -> None:
    assert Matcher(Registry.load(IGF).coalitions).match(text) == set()


def test_every_name_of_the_real_registry_is_told_from_all_others() -> None:
    coalitions = Registry.load(IGF).coalitions
    matcher = Matcher(coalitions)
    for entry in coalitions:
        for name in (entry.name, *entry.aliases, entry.slug):
            assert matcher.match(name) == {entry.slug}


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the report kept outside of the project")
def test_the_real_report() -> None:
    matcher = Matcher(Registry.load(IGF).coalitions)
    meeting = parse_report(
        read_report(SHARED / "dccg-meeting-60.txt"),
        is_coalition=lambda text: bool(matcher.match(text)),
    )
    assert (meeting.number, meeting.dates) == ("60", (dt.date(2022, 3, 23),))
    parts = [person.part for person in meeting.people]
    assert {part: parts.count(part) for part in set(parts)} == {
        "participants": 13,
        "apologies": 3,
        "facilitators": 2,
        "secretariat": 1,
    }
