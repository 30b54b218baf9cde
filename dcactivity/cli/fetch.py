"""The command ``fetch``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dcactivity.cli.options import Json, Quiet
from dcactivity.cli.printing import progress_bar, remark, show_table, shown

__all__ = ["AllowPrivate", "fetch"]

AllowPrivate = Annotated[
    bool,
    typer.Option(
        "--allow-private", help="Speak with loopback, private and link-local addresses, too."
    ),
]


def fetch(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="SOURCE", help="A folder with coalitions.toml.", show_default=False
        ),
    ],
    coalition: Annotated[
        str | None,
        typer.Option("--coalition", metavar="SLUG", help="This one alone.", show_default=False),
    ] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Ask the indexes only, and show what would be asked for."),
    ] = False,
    recheck: Annotated[
        bool,
        typer.Option("--recheck", help="Ask for closed months, too: finds edited archives."),
    ] = False,
    allow_private: AllowPrivate = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Bring the archives that the registry's archive_url name into its folder.

    Files go into the literal folder of each list's first glob, under the server's names. What
    cannot be fetched gets a guide. fetched.json remembers what was fetched when.
    """
    from dcactivity.registry import Registry
    from dcactivity.report.tables import as_json as to_json
    from dcactivity.web.client import WebClient
    from dcactivity.web.fetching import fetch as run

    registry = Registry.load(source)
    contact = registry.body.addresses[0] if registry.body.addresses else None
    if contact is None:
        remark(
            "note: hosts like to know whom to write to: name a mail address in "
            "[body] addresses, and it is sent with each request",
            quiet=quiet,
        )
    with (
        progress_bar("fetching archives", quiet=quiet) as progress,
        WebClient(contact=contact, allow_private=allow_private) as client,
    ):
        report = run(
            registry,
            client,
            coalition=coalition,
            dry_run=dry_run,
            recheck=recheck,
            progress=progress,
            notice=lambda text: remark(text, quiet=quiet),
        )
    table = report.plan if dry_run else report.lists
    if as_json:
        typer.echo(to_json(table), nl=False)
    else:
        show_table(table.drop(columns=[] if dry_run else ["url", "note"]))
    for row in report.rows:
        if row["note"]:
            remark(f"{row['coalition']}, {row['list']}: {row['note']}", quiet=quiet)
    for text in report.guides:
        remark(shown(text), quiet=quiet)
    if report.failures:
        noun = "list" if report.failures == 1 else "lists"
        remark(f"done, but {report.failures} {noun} could not be fetched whole")
        raise typer.Exit(3)
