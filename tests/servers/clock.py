"""A clock that the test turns: waiting costs nothing and is remembered."""

from __future__ import annotations

import datetime as dt

from dcactivity.web.clock import Clock


class TurnedClock(Clock):
    def __init__(self, now: str = "2022-03-20T06:00:00+00:00") -> None:
        self.at = dt.datetime.fromisoformat(now)
        self.waits: list[float] = []

    def now(self) -> dt.datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            self.waits.append(seconds)
            self.at += dt.timedelta(seconds=seconds)
