"""The command ``people``: the one place where names and addresses are shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dcactivity.cli.options import (
    Json,
    PseudonymsKey,
    Quiet,
    Retrieved,
    SourcePath,
    pseudonyms_of,
)
from dcactivity.cli.printing import close, progress_bar, remark, show_table

__all__ = ["people"]


def people(
    source: SourcePath,
    review: Annotated[
        bool,
        typer.Option("--review", help="Print the doubtful pairs instead, what matters first."),
    ] = False,
    export: Annotated[
        Path | None,
        typer.Option(
            "--export",
            metavar="FILE",
            help="Write a people.toml to edit, with proposals as comments.",
            show_default=False,
        ),
    ] = None,
    pseudonyms: PseudonymsKey = None,
    retrieved: Retrieved = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print who writes from more than one address, and why these were joined.

    A people.toml beside coalitions.toml goes before every rule. This command shows names and
    addresses, unless there is a key for pseudonyms; others do so under --names alone.
    """
    from dcactivity.decisions.survey import resolution_of
    from dcactivity.messages.read import opened
    from dcactivity.people.exporting import write_overrides
    from dcactivity.people.senders import overrides_of
    from dcactivity.people.tables import doubts_table, persons_table

    if export is not None and pseudonyms is not None:
        raise typer.BadParameter(
            "a people.toml needs the names themselves", param_hint="--pseudonyms"
        )
    keyed = pseudonyms_of(pseudonyms)
    with (
        progress_bar("reading archives", quiet=quiet) as progress,
        opened(source, retrieved=retrieved, progress=progress, notice=remark) as found,
    ):
        overrides = overrides_of(found)
        result = resolution_of(found)
    if keyed is not None:
        result = keyed.resolution(result)
    table = doubts_table(result) if review else persons_table(result)
    if as_json:
        from dcactivity.report.tables import as_json as to_json

        typer.echo(to_json(table), nl=False)
    else:
        show_table(table.drop(columns=["person_a", "person_b"], errors="ignore"))
    remark(result.summary(), quiet=quiet)
    for entry in result.unmatched:
        remark(f"people.toml: {entry}: nobody here", quiet=quiet)
    if export is not None:
        write_overrides(export, overrides, result)
        remark(f"{export} written; please look through its comments", quiet=quiet)
    close(found.report, quiet=quiet)
