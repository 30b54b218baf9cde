"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "AsOf",
    "Dask",
    "Json",
    "Names",
    "PolicyName",
    "Quiet",
    "Retrieved",
    "SourcePath",
    "Workers",
    "day",
]


def day(text: str) -> dt.date:
    """Read a day, refusing with status 2 what is none."""
    from dcactivity.errors import InputError
    from dcactivity.periods import as_day

    try:
        return as_day(text, name="the date")
    except InputError as error:
        raise typer.BadParameter(str(error)) from error


SourcePath = Annotated[
    Path,
    typer.Argument(
        metavar="SOURCE",
        help="An archive, a folder of archives (with coalitions.toml or without), or a store.",
        show_default=False,
    ),
]
AsOf = Annotated[
    dt.date | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        parser=day,
        help="Look back from the end of this day, UTC.  [default: the latest day covered]",
        show_default=False,
    ),
]
Dask = Annotated[
    str | None,
    typer.Option(
        "--dask",
        metavar="ADDRESS",
        help="Work on the Dask cluster whose scheduler this is; its workers have to see SOURCE "
        "and store.  [default: this machine]",
        show_default=False,
    ),
]
Retrieved = Annotated[
    dt.date | None,
    typer.Option(
        "--retrieved",
        metavar="DATE",
        parser=day,
        help="The archives are complete up to this day, where no registry says until when.",
        show_default=False,
    ),
]
PolicyName = Annotated[
    str,
    typer.Option("--policy", metavar="POLICY", help="A preset's name or a TOML file."),
]
Json = Annotated[bool, typer.Option("--json", help="Print an array of row objects.")]
Names = Annotated[bool, typer.Option("--names", help="Let names and addresses into the output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, no remarks.")]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="N",
        min=1,
        help="Processes to use.  [default: one for each core]",
        show_default=False,
    ),
]
