"""Run a command within the test's own process, as from a shell."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from dataclasses import dataclass
from typing import Any
from unittest import mock

from dcactivity.cli import main

__all__ = ["Done", "run"]


@dataclass(frozen=True)
class Done:
    """What a command left."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """What ``--json`` printed."""
        found: list[dict[str, Any]] = json.loads(self.out)
        return found


def run(*args: object, code: int = 0) -> Done:
    """Run a command, and ask for its exit status."""
    out, err = io.StringIO(), io.StringIO()
    ended = 0
    with (
        mock.patch.object(sys, "argv", ["dcactivity", *map(str, args)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as end:
            ended = int(end.code or 0)
    done = Done(ended, out.getvalue(), err.getvalue())
    assert done.code == code, f"{args}: {done.code}\n{done.out}\n{done.err}"
    return done
