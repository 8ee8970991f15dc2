"""A Sphinx extension: formulas as MathML, made when the pages are built.

Browsers draw MathML themselves. No script is fetched when a page is read, so the pages are complete
without the network.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert

# A space between the name of a function (or its power) and its argument, but before parentheses.
_WORD = "<mi>(?:ln|log|exp|sin|cos|tan)</mi>"
_NAME = re.compile(
    rf"((?<!<msup>){_WORD}|<msup>{_WORD}<mn>[0-9]+</mn></msup>)"
    '(?!<mo stretchy="false">&#x00028;)'
)


def mathml(latex: str, display: str) -> str:
    """The element for a formula; `display` is "inline" or "block"."""
    # Dots and bars are as large as accents are, not as exponents.
    found = convert(latex, display=display).replace("<mover>", '<mover accent="true">')
    return _NAME.sub(r'\1<mspace width="0.17em"/>', found)


def inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(mathml(node.astext(), "inline"))
    raise nodes.SkipNode


def block(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="math">{mathml(node.astext(), "block")}</div>')
    raise nodes.SkipNode


def setup(app: Any) -> dict[str, bool]:
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
