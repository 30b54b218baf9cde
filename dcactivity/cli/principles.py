"""The command ``principles``."""

from __future__ import annotations

import typer

from dcactivity.cli.options import AsOf, Json, PolicyName, Quiet, Retrieved, SourcePath
from dcactivity.cli.printing import show_table, shown
from dcactivity.cli.surveyed import surveyed

__all__ = ["principles"]


def principles(
    source: SourcePath,
    as_of: AsOf = None,
    policy: PolicyName = "draft-2022",
    retrieved: Retrieved = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Judge the three open principles of each coalition, with the evidence.

    What was observed stands in observations.csv beside the registry. What the headers of
    messages say is shown as a hint, and decides only where the policy lets it.
    """
    from dcactivity.records import remark_line
    from dcactivity.report.tables import as_json as to_json

    with surveyed(source, policy=policy, as_of=as_of, retrieved=retrieved, quiet=quiet) as (
        found,
        _,
    ):
        table = found.principles
        if as_json:
            typer.echo(to_json(table), nl=False)
            return
        title = f"As of {found.as_of}, under {found.review.policy.name}"
        short = table[["coalition", "principle", "verdict", "severity", "seen", "source"]]
        show_table(short, title=title)
        for slug, why in zip(table["coalition"], table["why"], strict=True):
            typer.echo(shown(f"{slug}: {why}"))
        for slug in table["coalition"].unique():
            for row in found.rows("remarks", slug):
                typer.echo(shown(f"{slug}: {remark_line(row)}"))
