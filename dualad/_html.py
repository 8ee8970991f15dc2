"""Tables as HTML, for notebooks.

There are no colours but the reader's, no scripts and no links: the same markup is read in a
light and in a dark theme, and without a network. Every text is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_LINE = "border-bottom:1px solid"  # in the colour of the text


def html_table(
    rows: Sequence[Sequence[str]],
    *,
    title: str = "",
    headers: Sequence[str] = (),
    left: Sequence[bool] = (),
    notes: Sequence[str] = (),
    named: bool = False,
) -> str:
    """A table.

    Parameters
    ----------
    rows : sequence of sequences of str
        The cells.
    title : str
        A line above it.
    headers : sequence of str
        The names of the columns.
    left : sequence of bool
        Which columns stand on the left; those of numbers stand on the right.
    notes : sequence of str
        Lines below it.
    named : bool
        Whether the first cell of a row is the row's name.
    """
    parts = [f"<div>{escape(title)}</div>"] if title else []
    if rows:
        sides = ["left" if i >= len(left) or left[i] else "right" for i in range(len(rows[0]))]
        cells = []
        if headers:
            names = zip(headers, sides, strict=True)
            cells = [f'<th style="text-align:{s};{_LINE}">{escape(h)}</th>' for h, s in names]
        head = f"<thead><tr>{''.join(cells)}</tr></thead>" if cells else ""
        body = "".join(f"<tr>{_row(row, sides, named)}</tr>" for row in rows)
        parts.append(f"<table>{head}<tbody>{body}</tbody></table>")
    parts += [f"<div>{escape(line)}</div>" for line in notes]
    return f"<div>{''.join(parts)}</div>"


def _row(row: Sequence[str], sides: Sequence[str], named: bool) -> str:
    cells = []
    for i, (cell, side) in enumerate(zip(row, sides, strict=True)):
        tag = "th" if named and i == 0 else "td"
        style = f"text-align:{side};vertical-align:top;white-space:pre-wrap"
        cells.append(f'<{tag} style="{style}">{escape(cell)}</{tag}>')
    return "".join(cells)
