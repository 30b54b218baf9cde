"""One person's data: what is held of it, and how it leaves the store for good."""

from __future__ import annotations

from dcactivity.privacy.forgetting import Forgetting, forget
from dcactivity.privacy.holdings import export_person

__all__ = ["Forgetting", "export_person", "forget"]
