"""Make the Word templates that come with the program; see docs/cases.md on replacing them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from docx import Document
from docx.shared import Cm, Pt

PACKAGE = Path(__file__).resolve().parents[1] / "dcactivity"


def blank() -> Document:
    """Make an empty page with the house's margins and type."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Calibri", Pt(11)
    style.paragraph_format.space_after = Pt(8)
    core = document.core_properties
    core.author, core.title, core.comments = "", "", ""
    core.created = core.modified = dt.datetime(2022, 1, 1)  # noqa: DTZ001 Word knows no zone
    return document


def letter() -> Document:
    """Make a letterhead, the subject, and the words as they come."""
    document = blank()
    document.add_paragraph("{{ body }}").runs[0].font.size = Pt(14)
    document.add_paragraph("{{ subject }}").runs[0].bold = True
    for text in ("{%p for paragraph in paragraphs %}", "{{ paragraph }}", "{%p endfor %}"):
        document.add_paragraph(text)
    return document


def sheet() -> Document:
    """Make a page of tables, each with a last column that is left free."""
    document = blank()
    document.add_heading("{{ name }}: figures for {{ year }}", 1)
    document.add_paragraph(
        "Counted by dcactivity {{ version }} from the archives at hand, as of {{ as_of }}. "
        "{{ reach }} Please correct what is wrong: put the right figure into the last column, "
        "and say where it can be looked up. Your own word goes into every report if you send it "
        "to {{ contact }}."
    )
    document.add_heading("The year", 2)
    table(document, "figures", {"figure": "label", "counted": "value", "correction": ""})
    document.add_paragraph("{{ why }}")
    document.add_heading("Month by month", 2)
    names = ("month", "messages", "participants", "newcomers")
    table(document, "months", {**{name: name for name in names}, "correction": ""})
    document.add_heading("Offsets from UTC", 2)
    document.add_paragraph("What the writers' own clocks said; an offset is not a country.")
    table(document, "offsets", {"offset": "offset", "messages": "messages", "correction": ""})
    document.add_heading("Meetings", 2)
    names = ("meeting", "date", "present", "apologies")
    table(document, "meetings", {**{name: name for name in names}, "correction": ""})
    document.add_heading("Open principles", 2)
    names = ("principle", "verdict", "why")
    table(document, "principles", {**{name: name for name in names}, "correction": ""})
    document.add_heading("Annual report", 2)
    document.add_paragraph("{{ report }}")
    document.add_heading("Also on record", 2)
    for text in ("{%p for line in beside %}", "{{ line }}", "{%p endfor %}"):
        document.add_paragraph(text)
    document.add_heading("Corrections and remarks", 2)
    for _ in range(6):
        document.add_paragraph("_" * 70)
    return document


def table(document: Document, rows: str, columns: dict[str, str]) -> None:
    """Make a table with a row for each entry of a list; a column without a field stays free."""
    grid = document.add_table(rows=4, cols=len(columns), style="Table Grid")
    for cell, heading in zip(grid.rows[0].cells, columns, strict=True):
        cell.text = heading
        cell.paragraphs[0].runs[0].bold = True
    grid.rows[1].cells[0].text = f"{{%tr for row in {rows} %}}"
    for cell, field in zip(grid.rows[2].cells, columns.values(), strict=True):
        cell.text = f"{{{{ row.{field} }}}}" if field else ""
    grid.rows[3].cells[0].text = "{%tr endfor %}"


if __name__ == "__main__":
    letter().save(PACKAGE / "cases" / "templates" / "letter.docx")
    sheet().save(PACKAGE / "report" / "templates" / "sheet.docx")
