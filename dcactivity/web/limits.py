"""How long, how much and how often: the limits of every conversation with a server."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the client.

    Parameters
    ----------
    connect_seconds : float
        To reach a server.
    read_seconds : float
        Longest silence in the middle of an answer.
    answer_seconds : float
        Longest answer as a whole: a server that sends a byte now and then keeps within
        `read_seconds` for ever.
    page_bytes : int
        Largest page that is read.
    file_bytes : int
        Largest file that is fetched, as it comes over the wire.
    unpacked_bytes : int
        What a compressed file may unpack to.
    redirects : int
        How many are followed in a row.
    attempts : int
        How often an address is asked before it counts as failed.
    interval_seconds : float
        Between two requests to one host; a Crawl-delay in its robots.txt makes it longer.
    backoff_seconds : float
        Wait after the first failure; it doubles with each further one.
    failures_in_a_row : int
        So many, and a host is left alone for the rest of the run: of an archive of twenty
        years each month would wait for it anew.
    patience_seconds : float
        Longest wait that is waited, whether Retry-After or Crawl-delay asks for it. A host
        that asks for more is left alone for the rest of the run.
    """

    connect_seconds: float = 20.0
    read_seconds: float = 60.0
    answer_seconds: float = 3600.0
    page_bytes: int = 8 << 20
    file_bytes: int = 4 << 30
    unpacked_bytes: int = 32 << 30
    redirects: int = 5
    attempts: int = 4
    interval_seconds: float = 1.0
    backoff_seconds: float = 2.0
    failures_in_a_row: int = 8
    patience_seconds: float = 300.0
