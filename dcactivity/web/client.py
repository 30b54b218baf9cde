"""The one client that speaks to the web: polite, patient, and only with public addresses."""

from __future__ import annotations

import contextlib
import re
import ssl
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Self, TypeVar
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx2

from dcactivity.version import __version__
from dcactivity.web.answers import Answer, Page, check_url, failure_of, unpacked
from dcactivity.web.clock import Clock
from dcactivity.web.failures import TRANSIENT, Failure, FetchError
from dcactivity.web.guard import Deadline, GuardedTransport, resolve
from dcactivity.web.limits import Limits
from dcactivity.web.pace import Pace
from dcactivity.web.robots import MOST_BYTES, Robots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["AGENT", "WebClient"]

AGENT = "dcactivity"
"""The product token: robots.txt may address us by it."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
# Those that pages use: Python knows others, some of which take very long or are none of text.
_CHARSET = re.compile(
    r"charset=[\"']?(utf-8|us-ascii|iso-8859-\d\d?|windows-125\d|koi8-[ru]|gb2312|gbk|gb18030|"
    r"big5|euc-jp|euc-kr|shift_jis|iso-2022-jp)(?![\w-])",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"[\x21-\x7e]{1,2000}")
_T = TypeVar("_T")


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
        except (ValueError, OverflowError):
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
        content = unpacked(bytes(body), most_bytes, url) if "gzip" in coding else bytes(body)
        charset = found[1] if found else "utf-8"
        return Page(answer.url, answer.moved_to, status, content, charset)

    def _robots_text(self, url: str) -> str | None:
        page = self.persist(lambda: self._page_once(url, MOST_BYTES, is_robots=True))
        return page.text if page.status == 200 else None


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
        translated = failure_of(error, url)
        if translated.kind in TRANSIENT:
            pace.failed(host, None)
        raise translated from error
