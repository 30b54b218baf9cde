"""A web server on loopback that answers as the test tells it to, faults included."""

from __future__ import annotations

import contextlib
import hashlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit


@dataclass
class Reply:
    """One answer.

    ``length`` is the Content-Length that is claimed (default: the true one); ``cut`` closes the
    connection after so many bytes; ``pause`` waits so long between two bytes of the first ten.
    """

    body: bytes = b""
    status: int = 200
    kind: str = "application/octet-stream"
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    cut: int | None = None
    pause: float = 0.0
    versioned: bool = True


@dataclass
class Seen:
    """A request as it arrived."""

    path: str
    headers: dict[str, str]


class Site:
    """Paths and their replies; a callable is asked anew for each request.

    ``once`` holds replies that are given first, one for each request, for each path.
    """

    def __init__(self) -> None:
        self.pages: dict[str, Reply | Callable[[], Reply]] = {}
        self.once: dict[str, list[Reply]] = {}
        self.seen: list[Seen] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        """What was asked for, robots.txt left out."""
        return [seen.path for seen in self.seen if seen.path != "/robots.txt"]

    def reply(self, path: str) -> Reply:
        plain = urlsplit(path).path
        for key in (path, plain):
            if self.once.get(key):
                return self.once[key].pop(0)
        for key in (path, plain):
            if key in self.pages:
                found = self.pages[key]
                return found() if callable(found) else found
        return Reply(b"<html><title>404 Not Found</title></html>", 404, "text/html")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # head and body in one packet, which nobody waits to acknowledge
    site: Site

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        self.site.seen.append(Seen(self.path, {k.lower(): v for k, v in self.headers.items()}))
        reply = self.site.reply(self.path)
        with contextlib.suppress(ConnectionError):
            self._send(reply)

    def _send(self, reply: Reply) -> None:
        body, status, headers = reply.body, reply.status, dict(reply.headers)
        if status == 200 and reply.versioned:
            tag = '"' + hashlib.sha256(body).hexdigest()[:16] + '"'
            headers.setdefault("ETag", tag)
            headers.setdefault("Last-Modified", formatdate(1.6e9, usegmt=True))
            if self.headers.get("If-None-Match") == tag:
                status, body = 304, b""
            found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
            if found and self.headers.get("If-Range") == tag:
                start, size = int(found[1]), len(body)
                if start >= size:
                    status, body = 416, b""
                else:
                    headers["Content-Range"] = f"bytes {start}-{size - 1}/{size}"
                    status, body = 206, body[start:]
        self.send_response(status)
        self.send_header("Content-Type", reply.kind)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            claimed = len(body) if reply.length is None else reply.length
            self.send_header("Content-Length", str(claimed))
        self.end_headers()
        if reply.pause:
            for at in range(min(10, len(body))):
                self.wfile.write(body[at : at + 1])
                self.wfile.flush()
                time.sleep(reply.pause)
            body = body[10:]
        self.wfile.write(body if reply.cut is None else body[: reply.cut])
        if reply.cut is not None or reply.length is not None:
            self.wfile.flush()
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True


@contextlib.contextmanager
def serving(
    site: Site, *, wrap: Callable[[socket.socket], socket.socket] | None = None
) -> Iterator[Site]:
    """Serve a site until the context ends."""
    handler = type("Handler", (_Handler,), {"site": site})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # faults are on purpose
    if wrap is not None:
        server.socket = wrap(server.socket)
    site.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
