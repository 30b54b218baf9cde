"""The columns of the message table."""

from __future__ import annotations

import pyarrow as pa

__all__ = ["MESSAGE_SCHEMA"]

_INSTANT = pa.timestamp("us", tz="UTC")
_WORD = pa.dictionary(pa.int32(), pa.string())

MESSAGE_SCHEMA = pa.schema(
    [
        ("list", _WORD),
        ("message_id", pa.string()),
        ("date", _INSTANT),
        ("date_source", _WORD),
        ("date_header", _INSTANT),
        ("date_received", _INSTANT),
        ("date_envelope", _INSTANT),
        ("utc_offset", pa.int16()),
        ("from_name", pa.string()),
        ("from_address", pa.string()),
        ("subject", pa.string()),
        ("in_reply_to", pa.string()),
        ("references", pa.list_(pa.string())),
        ("automated", pa.string()),
        ("list_fields", pa.string()),
        ("bytes", pa.int64()),
        ("archive", _WORD),
        ("offset", pa.int64()),
    ]
)
"""One row a message; the coalition is the folder and not repeated."""
