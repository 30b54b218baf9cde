"""Write the demo data: `python data/make_demo.py [OUT] [--seed N]`, by default into data/demo."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# From a fresh clone, before anything is installed.
sys.path.insert(0, str(HERE.parent))

from dcactivity.demo import write_demo  # noqa: E402
from dcactivity.errors import DcactivityError  # noqa: E402


def main() -> int:
    """Parse the arguments, write, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", nargs="?", type=Path, default=HERE / "demo", metavar="OUT")
    parser.add_argument("--seed", type=int, default=2022)
    arguments = parser.parse_args()
    try:
        write_demo(arguments.out, seed=arguments.seed)
    except DcactivityError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
