"""What follows a finding: notice, reminders, deadline, outcome, each written into a ledger.

The program sends nothing and revokes nothing: it keeps the record, counts the days, refuses
steps that come too early, and drafts letters.
"""

from __future__ import annotations
