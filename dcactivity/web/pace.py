"""One request after the other: how long each host is to be left in peace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dcactivity.web.failures import Failure, FetchError

if TYPE_CHECKING:
    from dcactivity.web.clock import Clock
    from dcactivity.web.limits import Limits

__all__ = ["Pace"]


class Pace:
    """Waits between requests to one host, and longer after its failures.

    A wait belongs to the host and not to the request: who answers 429 to one address does
    not want to be asked for the next one either.

    Parameters
    ----------
    clock : Clock
        Measures and waits.
    limits : Limits
        Interval, back-off and patience.
    """

    def __init__(self, clock: Clock, limits: Limits) -> None:
        self._clock = clock
        self._limits = limits
        self._next: dict[str, float] = {}
        self._intervals: dict[str, float] = {}
        self._failures: dict[str, int] = {}
        self._left_alone: dict[str, str] = {}

    def wait(self, host: str, url: str) -> None:
        """Wait until the host may be asked.

        Parameters
        ----------
        host : str
            Whom to ask.
        url : str
            For what; named in the error.

        Raises
        ------
        FetchError
            It asked for a longer wait than is waited, or failed too often.
        """
        if host in self._left_alone:
            raise FetchError(Failure.BUSY, self._left_alone[host], url=url)
        self._clock.sleep(self._next.get(host, 0.0) - self._clock.monotonic())
        interval = self._intervals.get(host, self._limits.interval_seconds)
        self._next[host] = self._clock.monotonic() + interval

    def slow_down(self, host: str, interval_seconds: float) -> None:
        """Ask a host less often, as its robots.txt wants it.

        Parameters
        ----------
        host : str
            Which host.
        interval_seconds : float
            Between two requests.
        """
        interval = max(interval_seconds, self._limits.interval_seconds)
        self._intervals[host] = min(interval, self._limits.patience_seconds)

    def interval(self, host: str) -> float:
        """Return the seconds between two requests to a host."""
        return self._intervals.get(host, self._limits.interval_seconds)

    def failed(self, host: str, asked_seconds: float | None) -> None:
        """Put the next request off.

        Parameters
        ----------
        host : str
            Who failed.
        asked_seconds : float or None
            How long it asked to wait (Retry-After).
        """
        count = self._failures[host] = self._failures.get(host, 0) + 1
        if count >= self._limits.failures_in_a_row:
            self._left_alone[host] = f"{host} failed {count} times in a row: not asked any more"
        wait = self._limits.backoff_seconds * 2.0 ** min(count - 1, 10)
        if asked_seconds is not None:
            if asked_seconds > self._limits.patience_seconds:
                self._left_alone[host] = f"{host} asked for a longer wait than this run takes"
            wait = max(wait, asked_seconds)
        wait = min(wait, self._limits.patience_seconds)
        self._next[host] = max(self._next.get(host, 0.0), self._clock.monotonic() + wait)

    def succeeded(self, host: str) -> None:
        """Forget the host's failures."""
        self._failures.pop(host, None)
