"""What commands print: data to standard output, everything else to standard error."""

from __future__ import annotations

import contextlib
import re
import sys
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

    from dcactivity.messages.ingest import IngestReport

__all__ = ["close", "progress_bar", "remark", "say_as_of", "show_table", "shown"]

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def shown(text: object) -> str:
    """Make a text harmless for a terminal: no control characters, no change of direction."""
    return _CONTROL.sub("\ufffd", str(text))


def remark(text: str, *, quiet: bool = False) -> None:
    """Print a line to standard error."""
    if not quiet:
        typer.echo(shown(text), err=True)


def say_as_of(chosen: object, given: object, *, quiet: bool) -> None:
    """Name the day looked back from, where nobody else has named one."""
    if given is None:
        remark(
            f"as of {chosen}, the latest day that any archive covers; "
            "another can be given with --as-of",
            quiet=quiet,
        )


@contextlib.contextmanager
def progress_bar(what: str, *, quiet: bool) -> Iterator[Callable[[int, int, str], None] | None]:
    """Show progress on standard error while a terminal looks on."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)

        def advance(done: int, total: int, _: str) -> None:
            bar.update(task, completed=done, total=total)

        yield advance


def show_table(frame: pd.DataFrame, *, title: str = "") -> None:
    """Print a frame as a table, as wide as it needs to be where nobody looks on."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from dcactivity.report.tables import plain

    table = Table(title=Text(shown(title)) if title else None, title_justify="left")
    texts = plain(frame)
    for name in frame.columns:
        numeric = frame[name].dtype.kind in "iuf"
        table.add_column(str(name).replace("_", " "), justify="right" if numeric else "left")
    for row in texts.itertuples(index=False):
        table.add_row(*(Text("" if value is None else shown(value)) for value in row))
    width = None if sys.stdout.isatty() else 400
    Console(width=width, highlight=False).print(table)


def close(report: IngestReport, *, quiet: bool = False) -> None:
    """End a command: with status 3 and a line to say so, where archives could not be opened.

    Raises
    ------
    typer.Exit
        With status 3, if there were faults.
    """
    for note in report.notes:
        remark(f"note: {note}", quiet=quiet)
    for fault in report.faults:
        remark(f"could not be read: {fault}")
    if report.faults:
        count = len(report.faults)
        noun = "archive" if count == 1 else "archives"
        remark(f"done, but {count} {noun} could not be opened or not read to the end")
        raise typer.Exit(3)
