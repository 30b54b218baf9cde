"""The command that looks for what makes numbers doubtful."""

from __future__ import annotations

import typer

from dcactivity.cli.options import AsOf, Json, PolicyName, Quiet, Retrieved, SourcePath
from dcactivity.cli.printing import close, progress_bar, remark, shown

__all__ = ["doctor"]


def doctor(
    source: SourcePath,
    as_of: AsOf = None,
    policy: PolicyName = "draft-2022",
    retrieved: Retrieved = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Find what is wrong with the data and the registry, the gravest first.

    Archives that end too early, months that are missing and not silent, hosts that were down,
    lists that moved, mass mailings, dates that had to be repaired, answers to messages that are
    not at hand; and what each may do to a verdict.
    """
    from dcactivity.assess import assess
    from dcactivity.doctor import diagnose
    from dcactivity.messages.read import opened
    from dcactivity.policy import Policy
    from dcactivity.report.tables import as_json as to_json

    rules = Policy.load(policy)
    with (
        progress_bar("reading archives", quiet=quiet) as progress,
        opened(source, retrieved=retrieved, progress=progress, notice=remark) as found,
    ):
        table = diagnose(assess(found, policy=rules, as_of=as_of), found.report)
    if as_json:
        typer.echo(to_json(table), nl=False)
    else:
        for row in table.fillna("").to_dict("records"):
            place = " ".join(filter(None, (row["coalition"], row["period"])))
            head = f"{row['rank']}  {row['finding']}{f' ({place})' if place else ''}"
            typer.echo(shown(f"{head}: {row['detail']}"))
            typer.echo(shown(f"   {row['effect']}"))
        remark(f"{len(table)} findings", quiet=quiet)
    close(found.report, quiet=quiet)
