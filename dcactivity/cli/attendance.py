"""The command ``attendance``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from dcactivity.cli.options import Json, Quiet, day
from dcactivity.cli.printing import remark, show_table

__all__ = ["attendance_app"]

attendance_app = typer.Typer(
    help="Coalitions present at meetings: counts, never names.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@attendance_app.callback()
def _group() -> None:
    """Keep ``import`` a command of its own, though it is the only one."""


@attendance_app.command(
    "import",
    epilog="Example: dcactivity attendance import meeting-60.txt --registry data/igf",
    short_help="Count the coalitions present, out of a summary report.",
)
def import_(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Text, Markdown, HTML or DOCX.", show_default=False),
    ],
    registry: Annotated[
        Path,
        typer.Option(
            "--registry", metavar="DIR", help="Where coalitions.toml lies.", show_default=False
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="CSV",
            help="The table to bring the meeting into.  [default: DIR/attendance.csv]",
            show_default=False,
        ),
    ] = None,
    meeting: Annotated[
        str | None,
        typer.Option(
            "--meeting", metavar="NUMBER", help="In place of the report's.", show_default=False
        ),
    ] = None,
    date: Annotated[
        dt.date | None,
        typer.Option(
            "--date",
            metavar="DATE",
            parser=day,
            help="In place of the report's.",
            show_default=False,
        ),
    ] = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Read a summary report and write how many persons of each coalition were there.

    No name is written or shown. Affiliations that are no coalition of the registry are listed.
    To import a report again changes nothing.
    """
    from dcactivity.attendance import Matcher, count_attendance, merged, parse_report, read_report
    from dcactivity.records.files import ATTENDANCE
    from dcactivity.records.table import read_table
    from dcactivity.registry import Registry
    from dcactivity.report.tables import as_json as to_json
    from dcactivity.report.tables import write_table

    known = Registry.load(registry)
    matcher = Matcher(known.coalitions)
    found = parse_report(read_report(file), is_coalition=lambda text: bool(matcher.match(text)))
    counted = count_attendance(found, matcher, number=meeting, date=date)
    target = known.root / ATTENDANCE.file if out is None else out
    before = read_table(target, ATTENDANCE, slugs=known.slugs)
    write_table(merged(before, counted.table, is_settled=date is not None), target, "csv")
    if as_json:
        typer.echo(to_json(counted.table), nl=False)
    else:
        show_table(counted.table)
    remark(counted.summary(), quiet=quiet)
    for text in counted.unmatched:
        remark(f"no coalition of the registry: {text}", quiet=quiet)
    if counted.withheld:
        remark(f"{counted.withheld} more not shown: they may be persons' names", quiet=quiet)
    remark(f"written to {target}", quiet=quiet)
