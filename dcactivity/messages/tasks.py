"""What is handed to a worker; light, so that the work is loaded where it is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dcactivity.messages.forgotten import Forgotten

if TYPE_CHECKING:
    from pathlib import Path

    from dcactivity.messages.source import CoalitionSource
    from dcactivity.messages.store import Manifest

__all__ = ["CoalitionTask", "run_task"]


@dataclass(frozen=True, slots=True)
class CoalitionTask:
    """The ingest of one coalition.

    Attributes
    ----------
    store : Path
        The store's folder.
    source : CoalitionSource
        The coalition's lists and archives.
    verify : bool
        Whether archives that look unchanged are hashed again.
    forgotten : Forgotten
        Whose names and addresses stay out.
    """

    store: Path
    source: CoalitionSource
    verify: bool = False
    forgotten: Forgotten = field(default_factory=Forgotten)


def run_task(task: CoalitionTask) -> tuple[str, Manifest, int]:
    """Carry a task out, see `dcactivity.messages.coalition.ingest_coalition`."""
    # Imported here: numpy and pyarrow are then loaded by the workers, side by side.
    from dcactivity.messages.coalition import ingest_coalition

    return ingest_coalition(task)
