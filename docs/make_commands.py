"""Write commands.md: every command and option, out of the program itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from dcactivity.cli.app import app

HEAD = """# Commands

This page is made by `python docs/make_commands.py` out of the program itself, and a test holds that it is up to date.

All commands take `--help`, which says the same, and `--quiet`, which leaves progress and remarks out.
Tables go to standard output, everything else to standard error.
The exit status is 0 when done, 3 when done but some archives could not be opened or not read to their end, 1 when it failed, and 2 when it was called wrongly.
"""


def commands_page() -> str:
    """Give the page as Markdown."""
    root = typer.main.get_command(app)
    return HEAD + "".join(_command(f"dcactivity {name}", one) for name, one in _named(root))


def _named(group: Any) -> list[tuple[str, Any]]:
    found = []
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            found += [(f"{name} {inner}", one) for inner, one in _named(command)]
        else:
            found.append((name, command))
    return found


def _command(name: str, command: Any) -> str:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    usage = " ".join([name, *map(_value, arguments)])
    parts = [f"\n## {name}\n", f"```text\n{usage}{' [OPTIONS]' if options else ''}\n```\n"]
    parts.append(_paragraphs(command.help or ""))
    if command.epilog:
        parts.append(f"{command.epilog.replace('Example: ', 'Example: `')}`\n")
    rows = [(_value(one), one.help or "") for one in arguments]
    rows += [(_names(one), one.help or "") for one in options]
    table = "".join(f"| `{left}` | {_cell(right)} |\n" for left, right in rows)
    parts.append(f"| | what it does |\n| --- | --- |\n{table}")
    return "\n".join(parts)


def _value(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _names(option: Any) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    return names if option.is_flag else f"{names} {_value(option)}"


def _paragraphs(text: str) -> str:
    said = [" ".join(part.split()) for part in text.split("\n\n")]
    return "\n\n".join(part.replace(". ", ".\n") for part in said if part) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def main() -> None:
    """Write the page."""
    Path(__file__).with_name("commands.md").write_text(commands_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
