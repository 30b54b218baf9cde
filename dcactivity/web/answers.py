"""What a server said: the head of an answer, a whole page, or why there is neither."""

from __future__ import annotations

import ssl
import zlib
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2

from dcactivity.web.failures import Failure, FetchError

__all__ = ["Answer", "Page", "check_url", "failure_of", "status_failure", "unpacked"]


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of an answer, after all redirects; the body is still to be read.

    Parameters
    ----------
    url : str
        Where it came from in the end.
    moved_to : str or None
        The same, where only permanent redirects led there.
    response : httpx2.Response
        Status, header fields and the open stream.
    """

    url: str
    moved_to: str | None
    response: httpx2.Response


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was read whole, whatever its status.

    Parameters
    ----------
    url : str
        Where it came from in the end.
    moved_to : str or None
        The same, where only permanent redirects led there.
    status : int
        The status, such as 200 or 403.
    body : bytes
        Its bytes.
    charset : str
        As the server names it, else UTF-8.
    """

    url: str
    moved_to: str | None
    status: int
    body: bytes
    charset: str = "utf-8"

    @property
    def text(self) -> str:
        """The body as text; what cannot be decoded is replaced."""
        try:
            return self.body.decode(self.charset, "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")

    def require_ok(self) -> Page:
        """Return the page itself.

        Raises
        ------
        FetchError
            Its status is not 200.
        """
        if self.status != 200:
            raise status_failure(self.status, self.url)
        return self


def check_url(url: str) -> str:
    """Refuse what is not a plain http(s) address.

    Parameters
    ----------
    url : str
        An address out of a registry, a page or a redirect.

    Returns
    -------
    str
        The same.

    Raises
    ------
    FetchError
        Another scheme, no host, or a name and password in it.
    """
    try:
        parts = urlsplit(url)
        is_right = parts.scheme in {"http", "https"} and bool(parts.hostname)
        is_right = is_right and parts.username is None and parts.port != 0
        httpx2.URL(url)
    except (ValueError, httpx2.InvalidURL):
        is_right = False
    if not is_right:
        raise FetchError(Failure.SCHEME, "", url=url, hint="name one as a browser shows it")
    return url


def status_failure(status: int, url: str) -> FetchError:
    """Say what a status means for somebody who wanted a file or page.

    Parameters
    ----------
    status : int
        Any but 200.
    url : str
        Where.

    Returns
    -------
    FetchError
        To be raised.
    """
    kinds = {401: Failure.FORBIDDEN, 403: Failure.FORBIDDEN}
    kinds |= {404: Failure.MISSING, 410: Failure.MISSING}
    return FetchError(kinds.get(status, Failure.STATUS), f"status {status}", url=url)


def unpacked(body: bytes, most_bytes: int, url: str) -> bytes:
    """Undo the packing of a page (Content-Encoding).

    Parameters
    ----------
    body : bytes
        As it came.
    most_bytes : int
        What it may unpack to.
    url : str
        Where it came from; named in errors.

    Returns
    -------
    bytes
        The page.

    Raises
    ------
    FetchError
        It is damaged, or unpacks to more.
    """
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        content = inflater.decompress(body, most_bytes)
    except zlib.error as error:
        raise FetchError(Failure.GZIP, str(error), url=url) from error
    if inflater.unconsumed_tail:
        raise FetchError(Failure.TOO_LARGE, f"unpacks to more than {most_bytes:,} bytes", url=url)
    return content


def failure_of(error: httpx2.HTTPError, url: str) -> FetchError:
    """Tell what kind of failure an error of the layers below is.

    Parameters
    ----------
    error : httpx2.HTTPError
        What was raised.
    url : str
        What was asked for.

    Returns
    -------
    FetchError
        To be raised from it.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            reason = cause.verify_message or str(cause)
            hint = "TLS is always verified: ask the host's owner to renew the certificate"
            return FetchError(Failure.CERTIFICATE, reason, url=url, hint=hint)
        cause = cause.__cause__ or cause.__context__
    said = " ".join(str(error).split())[:200]
    if isinstance(error, httpx2.ConnectTimeout | httpx2.ConnectError):
        return FetchError(Failure.UNREACHABLE, said, url=url)
    if isinstance(error, httpx2.TimeoutException):
        return FetchError(Failure.SLOW, said, url=url)
    return FetchError(Failure.CUT, said, url=url)
