"""The main job: from archives to finished tables and charts."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dcactivity.cli.options import AsOf, PolicyName, Quiet, Retrieved, SourcePath
from dcactivity.cli.printing import close, progress_bar, remark, say_as_of

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
    retrieved: Retrieved = None,
    quiet: Quiet = False,
) -> None:
    """Read the archives, review every coalition, and write tables and charts to DIR.

    DIR gets status.csv, monthly.csv, reasons.csv, history.csv, archives.csv, charts/ and run.json,
    and remarks.csv where anything is on record beside the figures; files of an earlier report
    there are replaced.
    """
    from dcactivity.assess import assess, ledger_of
    from dcactivity.cases.audience import public_assessment, under_review_by
    from dcactivity.messages.read import opened
    from dcactivity.policy import Policy
    from dcactivity.report.write import write_report

    rules = Policy.load(policy)
    with (
        progress_bar("reading archives", quiet=quiet) as progress,
        opened(
            source, store=store, retrieved=retrieved, progress=progress, notice=remark
        ) as found,
    ):
        result = assess(found, policy=rules, as_of=as_of, ledger=ledger)
        if audience is Audience.PUBLIC:
            place = ledger_of(found, ledger)
            if not place.exists():
                remark(f"there is no ledger {place}: nobody is under review", quiet=quiet)
            hidden = under_review_by(place, as_of=result.review.as_of)
            result = public_assessment(result, hidden)
        written = write_report(result, out)
    counts = result.review.status["status"].value_counts(sort=False)
    say_as_of(result.review.as_of, as_of, quiet=quiet)
    remark(found.report.summary(), quiet=quiet)
    remark(
        ", ".join(f"{count} {status}" for status, count in counts.items())
        + f" as of {result.review.as_of} under {rules.name}",
        quiet=quiet,
    )
    remark(f"{len(written)} files written to {out}", quiet=quiet)
    close(found.report, quiet=quiet)
