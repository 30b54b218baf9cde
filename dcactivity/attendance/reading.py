"""A summary report as lines of cells, whether it is text, Markdown, HTML or DOCX."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

from dcactivity.errors import InputError, MissingError
from dcactivity.files import read_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Line", "read_report"]

_MOST = 32 << 20  # bytes; a report of a meeting is a few pages
_FORMATS = ".txt, .md, .html or .docx"
_RULE = re.compile(r"[\s|:-]+")  # what stands under the head of a Markdown table
_BULLET = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Line:
    """One line or table row of a report.

    Parameters
    ----------
    cells : tuple of str
        Its cells, stripped; one where it is no row of a table. An empty cell stands where the
        table has one.
    is_heading : bool
        Whether the document marks it as a heading.
    """

    cells: tuple[str, ...]
    is_heading: bool = False

    @property
    def text(self) -> str:
        """The cells that hold something, together."""
        return " ".join(cell for cell in self.cells if cell)


def read_report(path: Path) -> list[Line]:
    """Read a report.

    Parameters
    ----------
    path : Path
        Text, Markdown, HTML or DOCX; the content tells which, then the name.

    Returns
    -------
    list of Line
        Without empty ones.

    Raises
    ------
    MissingError
        There is no such file.
    InputError
        It cannot be read as one of these.
    """
    try:
        size = path.stat().st_size
        raw = read_plain(path) if size <= _MOST else b""
    except FileNotFoundError as problem:
        raise MissingError("no such file", path=path) from problem
    except OSError as problem:
        raise InputError(f"cannot be read ({problem.strerror})", path=path) from problem
    if size > _MOST:
        raise InputError("is too large for the report of a meeting", path=path)
    if raw.startswith(b"PK\x03\x04"):
        return list(_docx(path))
    if raw.startswith(b"%PDF") or b"\0" in raw[:1024]:
        raise InputError("is no text", path=path, hint=f"save it as {_FORMATS}")
    text = raw.decode("utf-8-sig", errors="replace")
    head = text[:1024].lstrip().lower()
    if path.suffix.lower() in {".html", ".htm"} or head.startswith(("<!doctype", "<html")):
        return list(_html(text))
    is_markdown = path.suffix.lower() in {".md", ".markdown"}
    return list(_markdown(text) if is_markdown else _text(text))


def _line(cells: list[str], *, is_heading: bool = False) -> Iterator[Line]:
    plain = tuple(" ".join(cell.split()) for cell in cells)
    if any(plain):
        yield Line(plain, is_heading)


def _text(text: str) -> Iterator[Line]:
    for line in text.splitlines():
        # The tab at the end of a row is the sign of an empty cell.
        cells = line.strip(" \r").split("\t")
        yield from _line(cells if len(cells) > 1 else [_BULLET.sub("", line)])


def _markdown(text: str) -> Iterator[Line]:
    for line in text.splitlines():
        plain = _LINK.sub(r"\1", line).replace("**", "").replace("__", "").strip()
        if "|" in plain and _RULE.fullmatch(plain):
            continue
        if plain.startswith("|"):
            inner = plain.removeprefix("|").removesuffix("|")
            yield from _line(inner.split("|"))
        elif plain.startswith("#"):
            yield from _line([plain.strip("# ")], is_heading=True)
        else:
            yield from _line([_BULLET.sub("", plain).strip("*_ ")])


class _Rows(HTMLParser):
    """Gathers table rows, and the text of everything else."""

    _BLOCKS = frozenset({"p", "div", "li", "br", "table", "ul", "ol", "section", "body", "tr"})
    _HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
    _SILENT = frozenset({"script", "style", "head", "template"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[Line] = []
        self._cells: list[str] = []
        self._text = ""
        self._in_row = False
        self._is_heading = False
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag in self._SILENT:
            self._silent += 1
        elif tag == "tr":
            self._end_line()
            self._in_row = True
        elif tag in self._HEADINGS:
            self._end_line()
            self._is_heading = True
        elif tag in self._BLOCKS and not self._in_row:
            self._end_line()
        elif tag in self._BLOCKS:
            self._text += " "  # a paragraph within a cell

    def handle_endtag(self, tag: str) -> None:
        if tag in self._SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in {"td", "th"}:
            self._cells.append(self._text)
            self._text = ""
        elif tag == "tr":
            self._end_line()
            self._in_row = False
        elif tag in self._HEADINGS:
            self._end_line()
            self._is_heading = False
        elif tag in self._BLOCKS and not self._in_row:
            self._end_line()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._text += data

    def close(self) -> None:
        super().close()
        self._end_line()

    def _end_line(self) -> None:
        cells = [*self._cells, self._text] if self._text.strip() else self._cells
        self.lines += _line(cells, is_heading=self._is_heading)
        self._cells, self._text = [], ""


def _html(text: str) -> list[Line]:
    rows = _Rows()
    rows.feed(text)
    rows.close()
    return rows.lines


def _docx(path: Path) -> Iterator[Line]:
    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from docx.table import Table

    try:
        document = docx.Document(str(path))
        content = list(document.iter_inner_content())
    except (
        PackageNotFoundError,
        SyntaxError,  # of its XML
        KeyError,
        ValueError,
        zipfile.BadZipFile,
        OSError,
    ) as problem:
        raise InputError(
            f"is no Word document ({problem})", path=path, hint=f"save it as {_FORMATS}"
        ) from problem
    for item in content:
        if isinstance(item, Table):
            for row in item.rows:
                yield from _line([cell.text for cell in row.cells])
        else:
            style = (item.style.name or "") if item.style is not None else ""
            for part in item.text.splitlines():
                cells = part.split("\t")
                yield from _line(cells, is_heading=style.startswith(("Heading", "Title")))
