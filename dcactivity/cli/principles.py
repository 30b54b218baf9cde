"""The command ``principles``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from dcactivity.cli.fetch import AllowPrivate
from dcactivity.cli.options import AsOf, Json, PolicyName, Quiet, Retrieved, SourcePath
from dcactivity.cli.printing import progress_bar, remark, show_table, shown
from dcactivity.cli.surveyed import surveyed

__all__ = ["principles"]


def principles(
    source: SourcePath,
    probe: Annotated[
        bool,
        typer.Option(
            "--probe",
            help="First look at each list's pages on the web, and add what they show to "
            "observations.csv.",
        ),
    ] = False,
    allow_private: AllowPrivate = False,
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

    if probe:
        _probe(source, allow_private=allow_private, quiet=quiet)
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


def _probe(source: Path, *, allow_private: bool, quiet: bool) -> None:
    """Look at the lists' pages today, and write down what they show."""
    from dcactivity.records.adding import add_observations
    from dcactivity.registry import Registry
    from dcactivity.web.client import WebClient
    from dcactivity.web.probing import probe_lists

    registry = Registry.load(source)
    contact = registry.body.addresses[0] if registry.body.addresses else None
    with (
        progress_bar("looking at pages", quiet=quiet) as progress,
        WebClient(contact=contact, allow_private=allow_private) as client,
    ):
        found = probe_lists(registry, client, dt.datetime.now(dt.UTC).date(), progress=progress)
    count = add_observations(registry.root, found)
    remark(f"{count} observations added to {registry.root / 'observations.csv'}", quiet=quiet)
