"""Synthetic archives of fictional coalitions, to try everything on.

`write_demo` writes them; `data/demo` in the source tree holds what it writes.
"""

from __future__ import annotations

from dcactivity.demo.write import write_demo

__all__ = ["write_demo"]
