"""The one client that speaks to the web: polite, patient, and only with public addresses."""

from __future__ import annotations

import contextlib
import re
import ssl
import zlib
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Self, TypeVar
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx2

from dcactivity.version import __version__
from dcactivity.web.clock import Clock
from dcactivity.web.failures import TRANSIENT, Failure, FetchError
from dcactivity.web.guard import Deadline, GuardedTransport, resolve
from dcactivity.web.limits import Limits
from dcactivity.web.pace import Pace
from dcactivity.web.robots import MOST_BYTES, Robots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["AGENT", "Answer", "Page", "WebClient"]

AGENT = "dcactivity"
"""The product token: robots.txt may address us by it."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_PLAIN = re.compile(r"[\x21-\x7e]{1,2000}")
_T = TypeVar("_T")


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


class WebClient:
    """Asks servers for pages and files, one request at a time.

    Parameters
    ----------
    contact : str, optional
        A mail address at which whoever runs this program is reached; sent with each request.
    allow_private : bool, default False
        Speak with loopback, private and link-local addresses, too.
    limits : Limits, optional
        How long, how much and how often.
    clock : Clock, optional
        Measures and waits.
    ssl_context : ssl.SSLContext, optional
        Verifies certificates; by default against the system's authorities.
    resolver : callable, optional
        Looks names up.

    Attributes
    ----------
    requests : int
        How many requests were made so far, those for robots.txt included.
    """

    def __init__(
        self,
        *,
        contact: str | None = None,
        allow_private: bool = False,
        limits: Limits | None = None,
        clock: Clock | None = None,
        ssl_context: ssl.SSLContext | None = None,
        resolver: Callable[[str, int], list[str]] = resolve,
    ) -> None:
        self.limits = limits or Limits()
        self.clock = clock or Clock()
        self.allow_private = allow_private
        self.resolver = resolver
        self.requests = 0
        self.pace = Pace(self.clock, self.limits)
        self.robots = Robots(AGENT, self._robots_text, self.pace.slow_down)
        self._deadline = Deadline()
        known = contact if contact and _PLAIN.fullmatch(contact) else None
        self.agent = f"{AGENT}/{__version__} (reads mailing-list archives" + (
            f"; contact: {known})" if known else ")"
        )
        self._http = httpx2.Client(
            transport=GuardedTransport(
                allow_private=allow_private,
                deadline=self._deadline,
                ssl_context=ssl_context or ssl.create_default_context(),
                resolver=resolver,
            ),
            timeout=httpx2.Timeout(self.limits.read_seconds, connect=self.limits.connect_seconds),
            headers={"User-Agent": self.agent, **({"From": known} if known else {})},
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def page(self, url: str) -> Page:
        """Read a page.

        Parameters
        ----------
        url : str
            Its http(s) address.

        Returns
        -------
        Page
            Of any status but those that say that the server has trouble.

        Raises
        ------
        FetchError
            It could not be had, after all attempts; the kind says why.
        """
        return self.persist(lambda: self._page_once(url, self.limits.page_bytes))

    def persist(self, once: Callable[[], _T]) -> _T:
        """Try until it works, as long as the failure is one that may pass.

        Parameters
        ----------
        once : callable
            One attempt. The waits between attempts are those of the host's pace.

        Returns
        -------
        object
            What the attempt that worked gave.

        Raises
        ------
        FetchError
            The last attempt's.
        """
        # No retry library: the waits belong to hosts and not to calls, and run on our clock.
        for _ in range(self.limits.attempts - 1):
            try:
                return once()
            except FetchError as failed:
                if failed.kind not in TRANSIENT:
                    raise
        return once()

    @contextlib.contextmanager
    def answer(
        self, url: str, headers: Mapping[str, str], *, is_robots: bool = False
    ) -> Iterator[Answer]:
        """Ask once, follow redirects, and give the head of the answer.

        Parameters
        ----------
        url : str
            What is asked for.
        headers : mapping
            Further header fields.
        is_robots : bool
            It is a robots.txt, which no robots.txt forbids.

        Yields
        ------
        Answer
            Open as long as the context lasts.

        Raises
        ------
        FetchError
            No answer, or one that says that the server has trouble.
        """
        here, permanent, seen = check_url(url), True, {urldefrag(url).url}
        while True:
            host = urlsplit(here).hostname or ""
            if not is_robots:
                self.robots.require(here)
            self.pace.wait(host, here)
            self.requests += 1
            self._deadline.start(self.limits.answer_seconds)
            with _translated(here, self.pace, host):
                request = self._http.build_request(
                    "GET", here, headers={"Accept-Encoding": "identity", **headers}
                )
                response = self._http.send(request, stream=True)
                with contextlib.closing(response):
                    self._http.cookies.clear()
                    if response.status_code not in _REDIRECTS:
                        self._require_health(response, here)
                        moved = here if permanent and here != url else None
                        yield Answer(here, moved, response)
                        self.pace.succeeded(host)
                        return
            permanent = permanent and response.status_code in _PERMANENT
            here = self._next(here, response.headers.get("Location", ""), seen)

    def _next(self, here: str, location: str, seen: set[str]) -> str:
        """Check where a redirect leads; addresses are checked when it is followed."""
        target = urldefrag(urljoin(here, location)).url
        if not location or target in seen:
            raise FetchError(Failure.REDIRECT, "it goes in circles", url=here)
        if len(seen) > self.limits.redirects:
            raise FetchError(Failure.REDIRECT, f"more than {self.limits.redirects}", url=here)
        check_url(target)
        if here.startswith("https:") and target.startswith("http:"):
            raise FetchError(Failure.DOWNGRADE, target, url=here)
        seen.add(target)
        return target

    def _require_health(self, response: httpx2.Response, url: str) -> None:
        if response.status_code in {429, 503}:
            wait = self._wait_asked(response.headers.get("Retry-After", ""))
            said = "" if wait is None else f", and asks to wait {wait:,.0f} s"
            raise FetchError(
                Failure.BUSY, f"status {response.status_code}{said}", url=url, wait_seconds=wait
            )
        if response.status_code in {408, 425} or response.status_code >= 500:
            raise FetchError(Failure.SERVER, f"status {response.status_code}", url=url)

    def _wait_asked(self, text: str) -> float | None:
        """Read Retry-After: seconds or an instant (RFC 9110, 10.2.3)."""
        if re.fullmatch(r"\d{1,9}", text.strip()):
            return float(text)
        try:
            instant = parsedate_to_datetime(text)
        except ValueError:
            return None
        if instant.tzinfo is None:
            return None
        return max(0.0, (instant - self.clock.now()).total_seconds())

    def _page_once(self, url: str, most_bytes: int, *, is_robots: bool = False) -> Page:
        with self.answer(url, {}, is_robots=is_robots) as answer:
            body = bytearray()
            for piece in answer.response.iter_raw():
                body += piece
                if len(body) > most_bytes:
                    if is_robots:
                        break
                    raise FetchError(Failure.TOO_LARGE, f"more than {most_bytes:,} bytes", url=url)
            kind = answer.response.headers.get("Content-Type", "")
            coding = answer.response.headers.get("Content-Encoding", "").lower()
            status = answer.response.status_code
        found = _CHARSET.search(kind)
        content = _unpacked(bytes(body), most_bytes, url) if "gzip" in coding else bytes(body)
        charset = found[1] if found else "utf-8"
        return Page(answer.url, answer.moved_to, status, content, charset)

    def _robots_text(self, url: str) -> str | None:
        page = self.persist(lambda: self._page_once(url, MOST_BYTES, is_robots=True))
        return page.text if page.status == 200 else None


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


def _unpacked(body: bytes, most_bytes: int, url: str) -> bytes:
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        content = inflater.decompress(body, most_bytes)
    except zlib.error as error:
        raise FetchError(Failure.GZIP, str(error), url=url) from error
    if inflater.unconsumed_tail:
        raise FetchError(Failure.TOO_LARGE, f"unpacks to more than {most_bytes:,} bytes", url=url)
    return content


@contextlib.contextmanager
def _translated(url: str, pace: Pace, host: str) -> Iterator[None]:
    """Turn what the layers below raise into kinds of failure, and put the host off."""
    try:
        yield
    except FetchError as failed:
        if failed.kind in TRANSIENT:
            pace.failed(host, failed.wait_seconds)
        raise
    except httpx2.HTTPError as error:
        translated = _failure(error, url)
        if translated.kind in TRANSIENT:
            pace.failed(host, None)
        raise translated from error


def _failure(error: httpx2.HTTPError, url: str) -> FetchError:
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
