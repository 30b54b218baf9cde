"""The table of verdicts."""

from __future__ import annotations

import typer

from dcactivity.cli.options import AsOf, Json, PolicyName, Quiet, Retrieved, SourcePath
from dcactivity.cli.printing import close, progress_bar, remark, say_as_of, show_table, shown

__all__ = ["status"]


def status(
    source: SourcePath,
    as_of: AsOf = None,
    policy: PolicyName = "draft-2022",
    retrieved: Retrieved = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Print the verdict on every coalition, with the sentence that gives its reason.

    Below the table: what is on record beside a verdict, such as the coalition's own word, and
    where axes contradict each other. The estimate of silence changes no verdict.
    """
    from dcactivity.assess import assess
    from dcactivity.messages.read import opened
    from dcactivity.policy import Policy
    from dcactivity.report.text import beside_lines, short_status

    rules = Policy.load(policy)
    with (
        progress_bar("reading archives", quiet=quiet) as progress,
        opened(source, retrieved=retrieved, progress=progress, notice=remark) as found,
    ):
        review = assess(found, policy=rules, as_of=as_of).review
    say_as_of(review.as_of, as_of, quiet=quiet)
    if as_json:
        from dcactivity.report.tables import as_json as to_json

        typer.echo(to_json(review.status), nl=False)
    else:
        show_table(short_status(review), title=f"As of {review.as_of}, under {rules.name}")
        for slug, why in zip(review.status["coalition"], review.status["why"], strict=True):
            typer.echo(shown(f"{slug}: {why}"))
        for line in beside_lines(review):
            typer.echo(shown(line))
    close(found.report, quiet=quiet)
