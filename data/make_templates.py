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


if __name__ == "__main__":
    letter().save(PACKAGE / "cases" / "templates" / "letter.docx")
