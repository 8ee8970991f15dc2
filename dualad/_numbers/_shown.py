"""How numbers print: short, with shape, directions, dtype, and the level where it matters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from ._number import Number

WIDTH = 88  # of a line
WHOLE = 9  # arrays of more elements are shortened
DEEPEST = 3  # axes of an array whose elements are shown
MOST = 6  # directions that a notebook lists

Parts = Sequence[tuple[str, Any]]


def listed(x: Any) -> str:
    """A part of a number in one line, shortened as NumPy does."""
    if isinstance(x, Number):
        return " ".join(repr(x).split())
    if np.ndim(x) == 0:
        return repr(x.item()) if isinstance(x, (np.generic, np.ndarray)) else repr(x)
    if x.ndim > DEEPEST:
        return f"<array of shape {x.shape}>"
    text = np.array2string(
        x,
        separator=", ",
        threshold=WHOLE,
        edgeitems=3 if x.ndim == 1 else 1,
        # Eight numbers of a cube in one line.
        precision=None if x.ndim < 3 else min(4, np.get_printoptions()["precision"]),
        max_line_width=10**6,
    )
    # Without the blanks that would align the elements of several lines.
    return re.sub(r"(?<=\[) | (?=[\],])", "", " ".join(text.split()))


def number_text(x: Any, name: str, parts: Parts, k: Any) -> str:
    """``Dual([1., 2.], [[1., 0.]], shape=(2,), k=1, dtype=float64)``, in few lines."""
    shape = np.shape(parts[0][1])
    facts = [f"shape={shape}"] if shape else []
    facts.append(f"k={k}")
    if shape or _dtype(parts) != "float64":
        facts.append(f"dtype={_dtype(parts)}")
    if x._level.n:
        facts.append(f"level={x._level.n}")
    pieces = [*(listed(part) for _, part in parts), ", ".join(facts)]
    text = f"{name}({', '.join(pieces)})"
    if len(text) <= WIDTH:
        return text
    return f"{name}(" + (",\n" + " " * (len(name) + 1)).join(pieces) + ")"


def number_html(x: Any, name: str, parts: Parts, k: Any) -> str:
    """A table with the value and one line for each direction."""
    from .._html import html_table  # only notebooks pay for it

    facts = [f"shape {np.shape(parts[0][1])}", f"k = {k}", _dtype(parts), f"level {x._level.n}"]
    rows = [[parts[0][0], listed(parts[0][1])]]
    notes = []
    for label, part in parts[1:]:
        if label == "e12" or isinstance(part, Number):
            rows.append([label, listed(part)])
            continue
        rows += [[f"{label}[{i}]", listed(t)] for i, t in enumerate(part[:MOST])]
        if len(part) > MOST:
            notes.append(f"... {len(part) - MOST} more directions: .{label} has all")
    return html_table(rows, title=f"{name}: {', '.join(facts)}", notes=notes, named=True)


def _dtype(parts: Parts) -> str:
    found = getattr(parts[0][1], "dtype", None)
    return str(np.dtype(type(parts[0][1])) if found is None else found)


__all__ = ["listed", "number_html", "number_text"]
