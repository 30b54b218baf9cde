"""The command line: each command parses, calls the library, and prints."""

from __future__ import annotations

from dcactivity.cli.app import main

__all__ = ["main"]
