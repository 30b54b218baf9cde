"""How the site is built: sphinx-build -W docs site."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from make_commands import main as write_commands
from make_gallery import draw_gallery

from dcactivity.version import __version__

project = "dcactivity"
copyright = "The dcactivity developers"  # noqa: A001  # Sphinx asks for this name
release = version = __version__
extensions = ["myst_parser"]
html_theme = "pydata_sphinx_theme"
html_theme_options = {"show_toc_level": 2, "navigation_with_keys": False}
html_show_sourcelink = False
exclude_patterns = ["make_*.py"]
myst_heading_anchors = 3
nitpicky = True


def setup(app: Any) -> None:
    """Make the pages that are made: commands out of the program, charts out of the demo."""
    app.connect("builder-inited", _make_pages)


def _make_pages(_: Any) -> None:
    write_commands()
    draw_gallery(Path(__file__).with_name("gallery"))
