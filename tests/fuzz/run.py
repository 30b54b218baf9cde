"""Fuzz one target: ``python -m tests.fuzz.run NAME CORPUS [libFuzzer options]``."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["dcactivity"], enable_loader_override=False):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Run until libFuzzer ends, which ends the process."""
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target.run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
