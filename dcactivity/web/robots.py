"""What a host's robots.txt allows (RFC 9309)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from protego import Protego

from dcactivity.web.failures import Failure, FetchError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MOST_BYTES", "Robots"]

MOST_BYTES = 500 << 10
"""A robots.txt is read so far, bytes: RFC 9309, 2.5."""


class Robots:
    """The rules of each host, asked for once a run.

    Parameters
    ----------
    agent : str
        The product token by which rules address us.
    ask : callable
        Gets the text of a robots.txt: None where there is none (any 4xx). It raises `FetchError`
        where the server cannot say.
    slow_down : callable
        Is told a host's Crawl-delay: its name, and seconds.
    """

    def __init__(
        self,
        agent: str,
        ask: Callable[[str], str | None],
        slow_down: Callable[[str, float], None],
    ) -> None:
        self._agent = agent
        self._ask = ask
        self._slow_down = slow_down
        self._rules: dict[str, Protego | FetchError | None] = {}

    def require(self, url: str) -> None:
        """Ask whether an address may be fetched.

        Parameters
        ----------
        url : str
            The address.

        Raises
        ------
        FetchError
            It may not; or the server cannot say, which counts as a no (RFC 9309, 2.3.1.4).
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._rules:
            self._rules[origin] = self._read(origin, parts.hostname or "")
        rules = self._rules[origin]
        if isinstance(rules, FetchError):
            raise rules
        if rules is not None and not rules.can_fetch(url, self._agent):
            raise FetchError(
                Failure.ROBOTS,
                f"{origin}/robots.txt",
                url=url,
                hint="ask the host's owner to allow it, or for the archive itself",
            )

    def _read(self, origin: str, host: str) -> Protego | FetchError | None:
        try:
            text = self._ask(f"{origin}/robots.txt")
        except FetchError as failed:
            return failed
        if text is None:
            return None
        rules = Protego.parse(text)
        delay = rules.crawl_delay(self._agent)
        if delay is not None:
            self._slow_down(host, float(delay))
        return rules
