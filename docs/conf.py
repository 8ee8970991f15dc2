"""Sphinx: pages in Markdown (MyST), the interface from its docstrings."""

from __future__ import annotations

import re
import sys
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

project = "dualad"
copyright = "The dualad developers"
author = "The dualad developers"
release = version = installed_version("dualad")

sys.path.insert(0, str(Path(__file__).resolve().parent))
extensions = ["myst_parser", "sphinx.ext.autodoc", "mathml", "sphinx.ext.napoleon"]
html_math_renderer = "mathml"
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# Every link within the documentation must lead somewhere. No inventories of other projects are
# fetched: what is not of dualad, and the prose that numpydoc has for types, stays text.
nitpicky = True
nitpick_ignore_regex = [("py:class", r"(?!dualad).*")]

napoleon_google_docstring = False
napoleon_use_ivar = True  # attributes that are also properties are described once
autodoc_typehints = "none"  # numpydoc docstrings name the types
default_role = "literal"  # `x` in a docstring is code

html_theme = "furo"
pygments_dark_style = "github-dark"
html_title = "dualad"
html_static_path = ["_static"]
html_css_files = ["dualad.css"]


def split_attributes(*event: Any) -> None:
    """`n, m : int` among attributes becomes two entries, as napoleon does it for parameters."""
    lines = event[-1]
    found: list[str] = []
    entry: list[str] = []  # names of an entry whose text is being read
    body: list[str] = []
    inside = False

    def flush() -> None:
        kind, *names = entry or [""]
        for attribute in names:
            found.extend([attribute + kind, *body])
        if not entry:
            found.extend(body)
        entry.clear()
        body.clear()

    for i, line in enumerate(lines):
        heading = i + 1 < len(lines) and set(lines[i + 1]) == {"-"}
        inside = line == "Attributes" if heading else inside
        names, colon, kind = line.partition(" : ")
        if heading or (line and not line.startswith(" ")):
            flush()
        if inside and not heading and re.fullmatch(r"\w+(, \w+)+", names):
            entry.extend([colon + kind, *names.split(", ")])
        else:
            body.append(line)
    flush()
    lines[:] = found


def setup(app: Any) -> None:
    app.connect("autodoc-process-docstring", split_attributes, priority=400)  # before napoleon
