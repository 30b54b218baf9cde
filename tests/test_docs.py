"""The documentation: complete, up to date, and run."""

from __future__ import annotations

import importlib.util
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

from dcactivity import charts
from dcactivity.cli.app import app
from tests.command_line import run

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def commands(group: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    for word, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{name} {word}")
        else:
            yield f"{name} {word}".strip(), command


COMMANDS = dict(commands(typer.main.get_command(app)))


def test_page_of_commands_is_up_to_date() -> None:
    made = module("make_commands").commands_page()
    assert made == (DOCS / "commands.md").read_text(encoding="utf-8"), (
        "python docs/make_commands.py"
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_command_and_each_option_are_documented(name: str) -> None:
    command = COMMANDS[name]
    page = (DOCS / "commands.md").read_text(encoding="utf-8")
    part = page.split(f"\n## dcactivity {name}\n")[1].split("\n## ")[0]
    assert command.help
    assert "Example: `dcactivity " in part
    for parameter in command.params:
        assert parameter.help, parameter.name
        for option in getattr(parameter, "opts", []):
            if option.startswith("--"):
                assert f"`{option}" in part or f", {option}" in part, option


def test_gallery_shows_every_chart(tmp_path: Path, demo_store: Path) -> None:
    drawn = {path.stem for path in module("make_gallery").draw_gallery(tmp_path, demo_store)}
    page = (DOCS / "gallery.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\(gallery/(\w+)\.svg\)", page)) == drawn
    drawings = {name for name in charts.__all__ if name.islower()} - {"house_style", "save"}
    assert drawings <= drawn | set(re.findall(r"`(\w+)`", page))


@pytest.mark.parametrize("path", sorted(DOCS.glob("*.md")), ids=lambda path: path.name)
def test_links_between_pages_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if not target.startswith(("http", "gallery/")):
            assert (path.parent / target).exists(), target


def test_every_page_stands_in_the_table_of_contents() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^([\w-]+)$", index, re.MULTILINE))
    assert {path.stem for path in DOCS.glob("*.md")} - {"index"} <= listed


def blocks(path: Path, language: str) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the pages' commands find what they speak of."""
    (tmp_path / "data").mkdir()
    shutil.copytree(ROOT / "data" / "demo", tmp_path / "data" / "demo")
    shutil.copytree(ROOT / "data" / "demo" / "dc-sundials", tmp_path / "my-archives" / "dc-a")
    monkeypatch.chdir(tmp_path)
    return tmp_path


PAGES = [ROOT / "README.md", DOCS / "report.md", DOCS / "batch.md", DOCS / "index.md"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_commands_in_a_page_run(path: Path, clone: Path) -> None:
    lines = [line for block in blocks(path, "sh") for line in block.splitlines()]
    # Installing is a gate of its own; the rest is run here.
    own = [line.partition("  #")[0] for line in lines if line.startswith("dcactivity ")]
    assert own
    for line in own:
        run(*shlex.split(line)[1:])


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", DOCS / "from-bytes-to-verdict.md"], ids=lambda path: path.name
)
def test_python_in_a_page_runs(path: Path, clone: Path) -> None:
    found = blocks(path, "python")
    assert found
    script = "import matplotlib\nmatplotlib.use('Agg')\n" + "\n".join(found)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr


def test_script_for_cron_is_a_script() -> None:
    (script,) = blocks(DOCS / "batch.md", "bash")
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)


@pytest.mark.filterwarnings("ignore")  # Sphinx's own; those on our pages are errors by -W
def test_site_is_built_without_a_warning(tmp_path: Path) -> None:
    pytest.importorskip("sphinx", reason="pip install '.[docs]'")
    pytest.importorskip("myst_parser", reason="pip install '.[docs]'")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-d", tmp_path / "trees",
         DOCS, tmp_path / "site"],
        capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "from-bytes-to-verdict.html").exists()
