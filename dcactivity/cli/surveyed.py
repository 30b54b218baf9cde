"""A source reviewed with all that people recorded of it: what several commands begin with."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from dcactivity.cli.printing import close, progress_bar, remark, say_as_of

if TYPE_CHECKING:
    from dcactivity.cases.survey import Survey

__all__ = ["surveyed"]


@contextlib.contextmanager
def surveyed(
    source: Path,
    *,
    policy: str,
    as_of: dt.date | None,
    retrieved: dt.date | None,
    quiet: bool,
    ledger: Path | None = None,
) -> Iterator[tuple[Survey, Path]]:
    """Review a source; give it with the ledger's path, and end as all commands end.

    Parameters
    ----------
    source : Path
        An archive, a folder or a store.
    policy : str
        A preset's name or a file.
    as_of, retrieved : datetime.date or None
        As the options of these names.
    quiet : bool
        No progress, no remarks.
    ledger : Path or None
        As the option; by default ``cases.sqlite`` beside the registry.

    Yields
    ------
    tuple of Survey and Path
        What was found, and where the ledger is or would be.
    """
    from dcactivity.assess import ledger_of
    from dcactivity.cases.survey import survey
    from dcactivity.messages.read import opened
    from dcactivity.policy import Policy

    rules = Policy.load(policy)
    with (
        progress_bar("reading archives", quiet=quiet) as progress,
        opened(source, retrieved=retrieved, progress=progress, notice=remark) as at_hand,
    ):
        place = ledger_of(at_hand, ledger)
        found = survey(at_hand, policy=rules, as_of=as_of, ledger=place)
    say_as_of(found.as_of, as_of, quiet=quiet)
    yield found, place
    close(at_hand.report, quiet=quiet)
