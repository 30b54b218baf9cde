"""Options that several commands share, and how their values are read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dcactivity.people.pseudonyms import Pseudonyms

__all__ = [
    "AsOf",
    "Dask",
    "Json",
    "Names",
    "PolicyName",
    "PseudonymsKey",
    "Quiet",
    "Retrieved",
    "SourcePath",
    "Workers",
    "day",
    "pseudonyms_of",
]


def day(text: str) -> dt.date:
    """Read a day, refusing with status 2 what is none."""
    from dcactivity.errors import InputError
    from dcactivity.periods import as_day

    try:
        return as_day(text, name="the date")
    except InputError as error:
        raise typer.BadParameter(str(error)) from error


def pseudonyms_of(key: Path | None) -> Pseudonyms | None:
    """Read a key file, or make it; None where pseudonyms are not wanted."""
    if key is None:
        return None
    from dcactivity.people.pseudonyms import Pseudonyms, make_key

    if make_key(key):
        typer.echo(f"{key}: a key was made; keep it secret, and keep it", err=True)
    return Pseudonyms.load(key)


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
PseudonymsKey = Annotated[
    Path | None,
    typer.Option(
        "--pseudonyms",
        metavar="KEYFILE",
        help="Put keyed pseudonyms in the place of persons, names and addresses. KEYFILE is made "
        "where there is none, and is to be kept secret.",
        show_default=False,
    ),
]
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
