"""The command ``sheet``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from dcactivity.cli.options import PolicyName, Quiet, Retrieved, SourcePath
from dcactivity.cli.printing import close, progress_bar, remark

__all__ = ["sheet"]


def sheet(
    source: SourcePath,
    coalition: Annotated[
        str, typer.Argument(metavar="COALITION", help="Its slug.", show_default=False)
    ],
    year: Annotated[
        int,
        typer.Option(
            "--year", metavar="YEAR", min=1970, max=2999, help="The year.", show_default=False
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where it goes.", show_default=False)
    ],
    policy: PolicyName = "draft-2022",
    retrieved: Retrieved = None,
    quiet: Quiet = False,
) -> None:
    """Write one coalition's figures of a year as DOCX and Markdown, with room for corrections.

    For the coalition itself, to be put into its annual report.
    """
    from dcactivity.cases.survey import survey
    from dcactivity.decisions.read import decided_messages
    from dcactivity.messages.read import opened
    from dcactivity.policy import Policy
    from dcactivity.report.sheet import COLUMNS, sheet_facts, write_sheet

    rules = Policy.load(policy)
    with (
        progress_bar("reading archives", quiet=quiet) as progress,
        opened(source, retrieved=retrieved, progress=progress, notice=remark) as at_hand,
    ):
        at_hand.require(coalition)
        found = survey(at_hand, policy=rules, as_of=dt.date(year, 12, 31))
        messages = decided_messages(at_hand, coalition=coalition, columns=COLUMNS)
        facts = sheet_facts(found, messages, coalition, year)
    for path in write_sheet(facts, out):
        remark(f"{path} written", quiet=quiet)
    close(at_hand.report, quiet=quiet)
