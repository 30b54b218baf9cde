"""The command that says why."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dcactivity.cli.options import (
    AsOf,
    Json,
    Names,
    PolicyName,
    PseudonymsKey,
    Quiet,
    Retrieved,
    SourcePath,
    pseudonyms_of,
)
from dcactivity.cli.printing import close, progress_bar, remark, shown

__all__ = ["explain"]


def explain(
    source: SourcePath,
    coalition: Annotated[
        str, typer.Argument(metavar="COALITION", help="Its slug.", show_default=False)
    ],
    as_of: AsOf = None,
    policy: PolicyName = "draft-2022",
    export: Annotated[
        Path | None,
        typer.Option(
            "--export",
            metavar="FILE",
            help="Write the pack for a dispute, as JSON: policy, rules, and every message with "
            "whether and why it counts.  - is standard output.",
            show_default=False,
        ),
    ] = None,
    retrieved: Retrieved = None,
    names: Names = False,
    pseudonyms: PseudonymsKey = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say why a coalition has its verdict, and what would change it.

    Every rule with its figures, the messages behind them, what would make the coalition active
    again, when the status will change if nothing more is written, how close it is, and the
    coalition's own past.
    """
    from dcactivity.assess import assess, writers_of
    from dcactivity.messages.read import opened
    from dcactivity.messages.store import write_atomically
    from dcactivity.policy import Policy
    from dcactivity.report.tables import as_json as to_json
    from dcactivity.report.text import explanation_text

    rules = Policy.load(policy)
    keyed = pseudonyms_of(pseudonyms)
    with (
        progress_bar("reading archives", quiet=quiet) as progress,
        opened(source, retrieved=retrieved, progress=progress, notice=remark) as found,
    ):
        found.require(coalition)
        review = assess(found, policy=rules, as_of=as_of).review
        wanted = names or keyed is not None
        writers = writers_of(found, coalition, pseudonyms=keyed) if wanted else None
    shows = names and keyed is None
    result = review.explain(coalition, writers=writers, with_addresses=shows)
    if export is not None and str(export) == "-":
        typer.echo(result.to_json(), nl=False)
    elif export is not None:
        write_atomically(export, result.to_json())
        remark(f"{len(result.messages)} messages and the rules written to {export}", quiet=quiet)
    if as_json:
        typer.echo(to_json(result.rules), nl=False)
    elif str(export) != "-":
        for line in explanation_text(result).splitlines():
            typer.echo(shown(line))
    close(found.report, quiet=quiet)
