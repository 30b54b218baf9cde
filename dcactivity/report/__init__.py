"""What people look at: tables, charts, and the record of how they were made."""

from __future__ import annotations

from dcactivity.report.tables import as_csv, as_json, as_markdown, write_table
from dcactivity.report.write import write_report

__all__ = ["as_csv", "as_json", "as_markdown", "write_report", "write_table"]
