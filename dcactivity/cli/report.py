"""The main job: from archives to finished tables, charts and pages."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dcactivity.cli.options import AsOf, Dask, PolicyName, Quiet, Retrieved, SourcePath
from dcactivity.cli.printing import close, progress_bar, remark, say_as_of, shown

__all__ = ["report"]


class Audience(StrEnum):
    """For whom a report is written."""

    SECRETARIAT = "secretariat"
    PUBLIC = "public"


def report(
    source: SourcePath,
    out: Annotated[
        Path,
        typer.Option("--out", metavar="DIR", help="Where the report goes.", show_default=False),
    ],
    as_of: AsOf = None,
    policy: PolicyName = "draft-2022",
    store: Annotated[
        Path | None,
        typer.Option(
            "--store",
            metavar="DIR",
            help="Keep the messages here, so that the next run reads only what is new.  "
            "[default: a temporary folder]",
            show_default=False,
        ),
    ] = None,
    since: Annotated[
        Path | None,
        typer.Option(
            "--since",
            metavar="PREVIOUS_OUT",
            help="Say what changed since an earlier report: the folder that it was written to.",
            show_default=False,
        ),
    ] = None,
    audience: Annotated[
        Audience,
        typer.Option(
            "--audience",
            help="Of a coalition that has an open case and still has time to answer, the public "
            "reads that it is under review, and no more.",
        ),
    ] = Audience.SECRETARIAT,
    ledger: Annotated[
        Path | None,
        typer.Option(
            "--ledger",
            metavar="FILE",
            help="The ledger of cases.  [default: cases.sqlite beside the registry]",
            show_default=False,
        ),
    ] = None,
    dask: Dask = None,
    retrieved: Retrieved = None,
    quiet: Quiet = False,
) -> None:
    """Read the archives, review every coalition, and write tables, charts and pages to DIR.

    DIR gets index.html, status.csv, monthly.csv, reasons.csv, history.csv, archives.csv, charts/,
    report.xlsx, slides.pptx and run.json, and remarks.csv where anything is on record beside the
    figures; files of an earlier report there are replaced. With more than 100 coalitions,
    index.html leads to pages in pages/, and charts and slides show those that need attention
    most. With --since, what changed stands in the page and the slides, and is printed.
    """
    from dcactivity.cluster import cluster
    from dcactivity.messages.read import opened
    from dcactivity.policy import Policy
    from dcactivity.report.changes import Previous
    from dcactivity.report.drawing import drawing_processes
    from dcactivity.report.former import was_cut_off
    from dcactivity.report.gather import report_on
    from dcactivity.report.large import featured, left_out
    from dcactivity.report.write import write_report

    rules = Policy.load(policy)
    # Read first: the earlier report may lie where this one goes.
    previous = None if since is None else Previous.read(since)
    with (
        cluster(dask, source=source, store=store) as workers,
        progress_bar("reading archives", quiet=quiet) as progress,
        opened(
            source,
            store=store,
            retrieved=retrieved,
            executor=workers,
            progress=progress,
            notice=remark,
        ) as found,
    ):
        result = report_on(
            found,
            policy=rules,
            as_of=as_of,
            previous=previous,
            audience=audience.value,
            ledger=ledger,
        )
        if was_cut_off(out):
            remark(f"an earlier report into {out} was cut off: what it left is replaced now")
        with drawing_processes(len(featured(result))) as executor:
            written = write_report(result, out, executor=executor)
    say_as_of(result.as_of, as_of, quiet=quiet)
    remark(found.report.summary(), quiet=quiet)
    remark(f"{result.summary()}, as of {result.as_of} under {rules.name}", quiet=quiet)
    for line in result.since.lines() if result.since else ():
        typer.echo(shown(line))
    for line in left_out(result):
        remark(line, quiet=quiet)
    remark(f"{len(written)} files written to {out}", quiet=quiet)
    close(found.report, quiet=quiet)
