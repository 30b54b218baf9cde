"""What can go wrong between a request and a whole file, each kind told apart."""

from __future__ import annotations

from enum import StrEnum

from dcactivity.errors import WebError

__all__ = ["TRANSIENT", "Failure", "FetchError"]


class Failure(StrEnum):
    """Why something could not be had; the value is what a report says."""

    ADDRESS = "not a public address"
    BUSY = "the server asks to wait"
    CERTIFICATE = "certificate error"
    CUT = "the answer broke off"
    DOWNGRADE = "redirected from https to http"
    FORBIDDEN = "access refused"
    GIT = "git failed"
    GZIP = "damaged or truncated gzip"
    LOGIN = "login form"
    MISSING = "not found"
    NOT_MAIL = "no mail in it"
    PAGE = "a web page in place of an archive"
    REDIRECT = "redirected without end"
    ROBOTS = "robots.txt forbids it"
    SCHEME = "not an http(s) address"
    SERVER = "server error"
    SLOW = "too slow"
    STATUS = "unexpected answer"
    TOO_LARGE = "too large"
    UNREACHABLE = "not reached"


TRANSIENT = frozenset(
    {Failure.BUSY, Failure.CUT, Failure.SERVER, Failure.SLOW, Failure.UNREACHABLE}
)
"""Kinds that may be gone at the next attempt."""


class FetchError(WebError):
    """An address that did not give what it should.

    Parameters
    ----------
    kind : Failure
        What went wrong.
    message : str
        In words, with its numbers.
    url : str
        Where.
    hint : str, optional
        The way out.
    wait_seconds : float, optional
        How long the server asked to wait.
    """

    def __init__(
        self,
        kind: Failure,
        message: str,
        *,
        url: str,
        hint: str | None = None,
        wait_seconds: float | None = None,
    ) -> None:
        super().__init__(f"{kind}: {message}" if message else str(kind), path=url, hint=hint)
        self.kind = kind
        self.url = url
        self.wait_seconds = wait_seconds

    def __reduce__(self) -> tuple[object, ...]:
        text = self.message.removeprefix(str(self.kind)).removeprefix(": ")
        return (_rebuild, (self.kind, text, self.url, self.hint, self.wait_seconds))


def _rebuild(
    kind: Failure, message: str, url: str, hint: str | None, wait_seconds: float | None
) -> FetchError:
    return FetchError(kind, message, url=url, hint=hint, wait_seconds=wait_seconds)
