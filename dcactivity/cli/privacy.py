"""The commands on one person's data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from dcactivity.cli.options import Json, Names, Quiet
from dcactivity.cli.printing import remark, show_table

__all__ = ["export_person", "forget"]

Address = Annotated[
    str,
    typer.Argument(metavar="ADDRESS", help="Any address of the person.", show_default=False),
]
StorePath = Annotated[
    Path,
    typer.Option("--store", metavar="DIR", help="The store's folder.", show_default=False),
]


def forget(
    address: Address,
    store: StorePath,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would touch, and change nothing.")
    ] = False,
    everybody: Annotated[
        bool,
        typer.Option("--everybody", help="Forget all persons who wrote from it, if several did."),
    ] = False,
    names: Names = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Remove one person's names and addresses from a store, for good.

    All that was joined with ADDRESS goes; the person stays one participant under a key that
    tells nothing, and a later ingest leaves the names out again. The archives are not touched.
    """
    from dcactivity.privacy import forget as run
    from dcactivity.report.tables import as_json as to_json

    done = run(store, address, dry_run=dry_run, everybody=everybody, notice=remark)
    table = done.senders.drop(columns="place") if names else done.coalitions
    if as_json:
        typer.echo(to_json(table), nl=False)
    else:
        show_table(table)
    persons = "1 person" if done.persons == 1 else f"{done.persons} persons"
    verb = "would be forgotten" if dry_run else "forgotten"
    remark(f"{persons}, {done.senders['messages'].sum()} messages: {verb}", quiet=quiet)
    for line in done.by_hand:
        remark(f"to be done by hand: {line} speaks of the person", quiet=quiet)
    remark("the archives are not touched; see docs/privacy.md", quiet=quiet)


def export_person(address: Address, store: StorePath) -> None:
    """Print what a store holds on the person who writes from ADDRESS, as JSON.

    All names and addresses joined with it, every message's row, and the lines of files beside
    the archives that speak of the person. This command shows names and addresses.
    """
    from dcactivity.privacy import export_person as run

    typer.echo(json.dumps(run(store, address), ensure_ascii=False, indent=1))
