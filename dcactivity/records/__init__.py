"""What people keep beside ``coalitions.toml``: six small CSV files, read and validated."""

from __future__ import annotations

from dcactivity.records.beside import exemption, remark_line, remarks
from dcactivity.records.files import RECORD_FILES, Records, read_records

__all__ = ["RECORD_FILES", "Records", "exemption", "read_records", "remark_line", "remarks"]
