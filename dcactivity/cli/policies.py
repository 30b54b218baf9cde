"""The command ``policy`` with its three parts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dcactivity.cli.options import Json, Quiet
from dcactivity.cli.printing import remark, show_table, shown

__all__ = ["policy_app"]

policy_app = typer.Typer(
    help="Presets, a policy in sentences, and the validation of a policy file.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@policy_app.command("list", epilog="Example: dcactivity policy list")
def list_presets(as_json: Json = False) -> None:
    """List the presets."""
    import pandas as pd

    from dcactivity.policy import Policy
    from dcactivity.report.tables import as_json as to_json

    policies = [Policy.load(name) for name in Policy.presets()]
    rows = [(one.name, one.title, one.source, one.digest) for one in policies]
    table = pd.DataFrame(rows, columns=["name", "title", "source", "digest"], dtype="str")
    if as_json:
        typer.echo(to_json(table), nl=False)
    else:
        show_table(table.drop(columns="digest"))


@policy_app.command(epilog="Example: dcactivity policy show draft-2022")
def show(
    policy: Annotated[
        str,
        typer.Argument(metavar="P", help="A preset's name or a TOML file.", show_default=False),
    ],
) -> None:
    """Print a policy as sentences."""
    from dcactivity.policy import Policy

    rules = Policy.load(policy)
    typer.echo(shown(f"{rules.name}: {rules.title}"))
    typer.echo(shown(f"Source: {rules.source}"))
    for number, sentence in enumerate(rules.sentences(), 1):
        typer.echo(shown(f"{number}. {sentence}"))


@policy_app.command(epilog="Example: dcactivity policy check my-policy.toml")
def check(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A policy in TOML.", show_default=False)
    ],
    quiet: Quiet = False,
) -> None:
    """Validate a policy file; the first fault ends the program with status 1."""
    from dcactivity.errors import MissingError
    from dcactivity.policy import Policy

    if not file.is_file():
        raise MissingError("no such file", path=file, hint="name a policy file")
    rules = Policy.load(file)
    remark(f"{file}: fine; {rules.name}, {rules.digest}", quiet=quiet)
