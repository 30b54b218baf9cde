"""Letters as files: a mail that opens unsent, and a Word document.

The words come from a template ``KIND.txt``, the look of the document from ``letter.docx``, or
from a ``KIND.docx`` of somebody's own. Templates are filled in a sandbox: whoever shares a
template shares words, not a program.
"""

from __future__ import annotations

import io
import os
import re
import textwrap
import zipfile
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcactivity.cases.letters import KINDS
from dcactivity.errors import InputError, MissingError, TemplateError
from dcactivity.files import make_folder, put_file

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

    from dcactivity.cases.letters import Letter

__all__ = ["copy_templates", "fill_document", "fill_text", "printable", "write_letter"]

_WIDTH = 72
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_SUBJECT = "Subject:"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can say


def write_letter(
    letter: Letter, out: Path, *, templates: Path | None = None, to: str | None = None
) -> list[Path]:
    """Write one letter as ``SLUG-KIND.eml`` and ``SLUG-KIND.docx``.

    Parameters
    ----------
    letter : Letter
        Its facts.
    out : Path
        A folder.
    templates : Path, optional
        A folder of one's own templates; those that it lacks are the program's.
    to : str, optional
        The address to write to. Without it the draft has none: a letter is private, and the
        registry knows public lists alone.

    Returns
    -------
    list of Path
        The two files.

    Raises
    ------
    TemplateError
        A template cannot be read or filled in.
    InputError
        `to` or the body's address is no address.
    MissingError
        There is no folder `templates`.
    """
    if templates is not None and not templates.is_dir():
        raise MissingError("there is no such folder of templates", path=templates)
    facts = printable(letter.facts)
    subject, paragraphs = _words(letter.kind, facts, templates)
    make_folder(out, purpose="the letter")
    mail = out / f"{letter.slug}-{letter.kind}.eml"
    put_file(mail, _mail(subject, paragraphs, sender=letter.sender, name=facts["body"], to=to))
    document = mail.with_suffix(".docx")
    frame = _find(templates, f"{letter.kind}.docx") or _find(templates, "letter.docx")
    assert frame is not None
    content = {**facts, "subject": subject, "paragraphs": paragraphs}
    put_file(document, fill_document(frame, content, name=f"{letter.kind}.docx"))
    return [mail, document]


def copy_templates(folder: Path) -> list[Path]:
    """Copy the program's templates, to be changed.

    Parameters
    ----------
    folder : Path
        Where they go; a template that lies there already is left alone.

    Returns
    -------
    list of Path
        What was copied, sorted.
    """
    make_folder(folder, purpose="the templates")
    copied = []
    for entry in sorted(_shipped().iterdir(), key=lambda one: one.name):
        target = folder / entry.name
        if entry.name.endswith((".txt", ".docx")) and not os.path.lexists(target):
            put_file(target, entry.read_bytes())
            copied.append(target)
    return copied


def fill_document(template: bytes, content: dict[str, Any], *, name: str) -> bytes:
    """Fill in a Word template, in a sandbox, giving the same bytes each time.

    Parameters
    ----------
    template : bytes
        A ``.docx`` with fields in double braces.
    content : dict
        What the fields may name.
    name : str
        The template's name, for errors.

    Returns
    -------
    bytes
        The document.

    Raises
    ------
    TemplateError
        It is no Word document, or names a field that there is not.
    """
    from docx.opc.exceptions import PackageNotFoundError
    from docxtpl import DocxTemplate
    from jinja2 import TemplateError as JinjaError

    buffer = io.BytesIO()
    try:
        document = DocxTemplate(io.BytesIO(template))
        document.render(content, jinja_env=_environment(None), autoescape=True)
        document.save(buffer)
    except (
        JinjaError,
        PackageNotFoundError,
        SyntaxError,  # of its XML
        zipfile.BadZipFile,
        KeyError,
        ValueError,
    ) as problem:
        raise TemplateError(f"cannot be filled in ({problem})", path=name) from problem
    return _still(buffer.getvalue())


def _inert(text: str) -> str:
    # The standard library decodes encoded words (RFC 2047) in what it is given and writes the
    # result out: a line end that comes in as =0A would end the field.
    return text.replace("=?", "= ?")


def fill_text(words: str, content: dict[str, Any], *, name: str) -> str:
    """Fill in a template of plain text, in a sandbox.

    Parameters
    ----------
    words : str
        With fields in double braces.
    content : dict
        What the fields may name.
    name : str
        The template's name, for errors.

    Returns
    -------
    str
        The text.

    Raises
    ------
    TemplateError
        It names a field that there is not.
    """
    from jinja2 import TemplateError as JinjaError

    try:
        return _environment(None).from_string(words).render(content)
    except JinjaError as problem:
        raise TemplateError(f"cannot be filled in ({problem})", path=name) from problem


def _words(kind: str, facts: dict[str, Any], templates: Path | None) -> tuple[str, list[str]]:
    """Fill in the words: the subject, and the paragraphs without line ends."""
    from jinja2 import TemplateError as JinjaError

    name = f"{kind}.txt"
    if kind not in KINDS:
        raise MissingError(f"there is no kind {kind!r}", hint=f"kinds: {', '.join(KINDS)}")
    try:
        text = _environment(templates).get_template(name).render(facts)
    except (JinjaError, UnicodeDecodeError, TypeError, ValueError) as problem:
        where = f"line {problem.lineno}" if hasattr(problem, "lineno") else None
        raise TemplateError(
            f"cannot be filled in ({problem})", path=name, position=where
        ) from problem
    first, _, rest = text.lstrip().partition("\n")
    if not first.startswith(_SUBJECT):
        raise TemplateError(
            "has no subject", path=name, hint=f"begin its first line with {_SUBJECT}"
        )
    paragraphs: list[str] = []
    for block in re.split(r"\n\s*\n", rest.strip()):
        # Each item of a list stands alone; other lines run on.
        paragraphs += [" ".join(part.split()) for part in re.split(r"\n(?=- )", block)]
    return " ".join(first.removeprefix(_SUBJECT).split()), [one for one in paragraphs if one]


def _mail(
    subject: str, paragraphs: list[str], *, sender: str | None, name: str, to: str | None
) -> bytes:
    """Make a draft. The policy refuses a line end in a field, and none gets so far."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = _inert(subject)
    if sender:
        message["From"] = _address(sender, name)
    if to:
        message["To"] = _address(to)
    message["X-Unsent"] = "1"  # the sign by which mail programs open it for writing
    lines: list[str] = []
    for paragraph, after in zip(paragraphs, [*paragraphs[1:], ""], strict=True):
        indent = "  " if paragraph.startswith("- ") else ""
        lines += textwrap.wrap(
            paragraph, _WIDTH, subsequent_indent=indent,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
        if not (indent and after.startswith("- ")):
            lines.append("")
    message.set_content("\n".join(lines).rstrip() + "\n", cte="quoted-printable")
    return message.as_bytes()


def _address(text: str, name: str = "") -> Address:
    try:
        return Address(display_name=_inert(name), addr_spec=text)
    except (ValueError, IndexError) as problem:
        raise InputError(
            f"{text!r} is no address", hint="give one such as dc-example@lists.example.org"
        ) from problem


def printable(value: Any) -> Any:
    """Keep of texts what can be printed, on one line: it may go into a header or into XML.

    Parameters
    ----------
    value : object
        A text, or lists and dictionaries of texts; anything else is given back as it is.

    Returns
    -------
    object
        The same, without control characters, line ends and marks that change the direction.
    """
    if isinstance(value, str):
        return " ".join(_UNPRINTABLE.sub(" ", value).split())
    if isinstance(value, dict):
        return {name: printable(item) for name, item in value.items()}
    return [printable(item) for item in value] if isinstance(value, list) else value


def _environment(templates: Path | None) -> SandboxedEnvironment:
    from jinja2 import ChoiceLoader, FileSystemLoader, FunctionLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    own = [FileSystemLoader(templates)] if templates is not None else []
    return ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([*own, FunctionLoader(_text_of_shipped)]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # plain text; a Word document gets its own escaping
    )


def _text_of_shipped(name: str) -> str | None:
    content = _find(None, name)
    return None if content is None else content.decode()


def _find(templates: Path | None, name: str) -> bytes | None:
    """Read a template: one's own, else the program's; never a file of another folder."""
    if Path(name).name != name:
        return None
    if templates is not None and (templates / name).is_file():
        return (templates / name).read_bytes()
    shipped = _shipped() / name
    return shipped.read_bytes() if shipped.is_file() else None


def _shipped() -> Any:  # Traversable moves between modules in Python 3.11 to 3.14
    return resources.files("dcactivity") / "cases" / "templates"


def _still(document: bytes) -> bytes:
    """Take the time of writing out of a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as old, zipfile.ZipFile(buffer, "w") as new:
        for entry in old.infolist():
            still = zipfile.ZipInfo(entry.filename, _EPOCH)
            new.writestr(still, old.read(entry), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
