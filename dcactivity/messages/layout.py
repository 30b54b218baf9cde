"""What of the store's layout can be named without loading Arrow."""

from __future__ import annotations

__all__ = ["DATE_SOURCES", "EVENTS_VERSION", "LEDGER_COLUMNS", "SCHEMA_VERSION"]

EVENTS_VERSION = 2
"""Version of the event tables within a store; older ones are made anew."""

SCHEMA_VERSION = 4
"""Version of the store's layout; a store of another version is refused or rebuilt."""

DATE_SOURCES = ("header", "received", "envelope", "none")
"""Where the date of a message was taken from."""

LEDGER_COLUMNS = (
    "coalition",
    "list",
    "archive",
    "format",
    "envelope",
    "read",
    "kept",
    "duplicates",
    "quarantined",
    "undated",
    "repaired",
    "first",
    "last",
    "bytes",
    "digest",
)
"""One row an archive; in each, ``read = kept + duplicates + quarantined``."""
