"""Only public addresses: whatever a name resolves to is checked, and only that is connected to.

A registry is written by many hands and a redirect by anyone; neither may lead this program
to the machines behind a firewall. The name is resolved once, every address it has is checked,
and the connection goes to a checked address and not to the name: a server of names that
changes its answer between check and use gains nothing. TLS still checks the name.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from typing import TYPE_CHECKING

import httpcore2
import httpx2

from dcactivity.web.failures import Failure, FetchError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable

__all__ = ["Deadline", "GuardedTransport", "is_public", "public_addresses", "resolve"]


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Tell whether an address is one of the public internet.

    Parameters
    ----------
    address : str
        An IPv4 or IPv6 address, with or without a zone.

    Returns
    -------
    bool
        False for loopback, private, link-local, shared, reserved and multicast addresses,
        and for IPv6 addresses that stand for such an IPv4 address.

    References
    ----------
    IANA special-purpose address registries (RFC 6890); RFC 6052 (NAT64); RFC 3056 (6to4);
    RFC 4380 (Teredo).

    Examples
    --------
    >>> is_public("192.0.43.8"), is_public("::ffff:10.0.0.1")
    (True, False)
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        embedded = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if ip in _NAT64:
            embedded.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        inner = [x for x in embedded if x is not None]
        if inner:
            return all(is_public(str(x)) for x in inner)
        if ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast


def resolve(host: str, port: int) -> list[str]:
    """Look up the addresses of a host.

    Parameters
    ----------
    host : str
        A name or an address.
    port : int
        The port that is to be connected to.

    Returns
    -------
    list of str
        Each address once, in the order of preference.

    Raises
    ------
    OSError
        Where the name has none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def public_addresses(
    host: str,
    port: int,
    *,
    allow_private: bool = False,
    resolver: Callable[[str, int], list[str]] = resolve,
) -> list[str]:
    """Resolve a host and refuse it unless all its addresses are public.

    Parameters
    ----------
    host : str
        A name or an address.
    port : int
        The port that is to be connected to.
    allow_private : bool
        Take any address.
    resolver : callable
        Looks the name up.

    Returns
    -------
    list of str
        The addresses, all of them checked.

    Raises
    ------
    FetchError
        One of them is not public, or the name has none.
    """
    try:
        addresses = resolver(host, port)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FetchError(
            Failure.UNREACHABLE, f"{host} cannot be resolved ({reason})", url=host
        ) from error
    private = [address for address in addresses if not is_public(address)]
    if private and not allow_private:
        raise FetchError(
            Failure.ADDRESS,
            f"{host} is at {private[0]}",
            url=host,
            hint="--allow-private lets tests and closed networks use it",
        )
    if not addresses:
        raise FetchError(Failure.UNREACHABLE, f"{host} has no address", url=host)
    return addresses


class Deadline:
    """When the answer under way has to be there as a whole, in real time.

    A socket's own time-out begins anew with each byte; this one does not.
    """

    def __init__(self) -> None:
        self._until = float("inf")

    def start(self, seconds: float) -> None:
        """Allow so many seconds from now."""
        self._until = time.monotonic() + seconds

    def left(self, timeout: float | None) -> float:
        """Return the seconds that a single read may take.

        Raises
        ------
        httpcore2.ReadTimeout
            None are left.
        """
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("the answer as a whole took too long")
        return left if timeout is None else min(left, timeout)


class _Stream(httpcore2.NetworkStream):
    """A connection whose reads end with the deadline."""

    def __init__(self, inner: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, timeout)
        return _Stream(inner, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


class _Backend(httpcore2.NetworkBackend):
    """Connects to checked addresses and to nothing else."""

    def __init__(
        self,
        *,
        allow_private: bool,
        deadline: Deadline,
        resolver: Callable[[str, int], list[str]],
    ) -> None:
        self._inner = httpcore2.SyncBackend()
        self._deadline = deadline
        self._allow_private = allow_private
        self._resolver = resolver

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        addresses = public_addresses(
            host, port, allow_private=self._allow_private, resolver=self._resolver
        )
        problem: httpcore2.ConnectError | httpcore2.ConnectTimeout | None = None
        for address in addresses:
            try:
                stream = self._inner.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
                return _Stream(stream, self._deadline)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                problem = error
        assert problem is not None
        raise problem


class GuardedTransport(httpx2.HTTPTransport):
    """The transport of httpx2 over checked addresses, without proxies and keeping TLS strict.

    Parameters
    ----------
    allow_private : bool
        Take any address.
    deadline : Deadline
        Ends answers that take too long.
    ssl_context : ssl.SSLContext
        Verifies certificates and names.
    resolver : callable
        Looks names up.
    """

    def __init__(
        self,
        *,
        allow_private: bool,
        deadline: Deadline,
        ssl_context: ssl.SSLContext,
        resolver: Callable[[str, int], list[str]] = resolve,
    ) -> None:
        super().__init__(verify=ssl_context, trust_env=False)
        # httpx2 has no argument for the layer that connects; its pool has.
        self._pool.close()
        self._pool = httpcore2.ConnectionPool(
            ssl_context=ssl_context,
            max_connections=4,
            max_keepalive_connections=2,
            keepalive_expiry=5.0,
            network_backend=_Backend(
                allow_private=allow_private, deadline=deadline, resolver=resolver
            ),
        )
