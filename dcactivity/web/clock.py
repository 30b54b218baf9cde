"""The one clock that the web part reads, so that tests may put another in its place."""

from __future__ import annotations

import datetime as dt
import time

__all__ = ["Clock"]


class Clock:
    """Time as the machine has it."""

    def now(self) -> dt.datetime:
        """Return the present instant, UTC."""
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        """Return seconds that only ever grow."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait.

        Parameters
        ----------
        seconds : float
            How long; nothing happens below zero.
        """
        if seconds > 0:
            time.sleep(seconds)
