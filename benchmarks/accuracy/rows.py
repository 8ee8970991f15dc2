"""The elementwise rows of the table, and what their formulas give at a point."""

from __future__ import annotations

from typing import Any

import numpy as np

from dualad._rules._elementwise import ELEMENTWISE
from dualad._rules._row import Binary, Unary

UNARY_PARTS = ("d1", "d2")
BINARY_PARTS = ("dx", "dy", "dxx", "dxy", "dyy")


def rows() -> list[Unary | Binary]:
    return [row for row in ELEMENTWISE if isinstance(row, Unary | Binary)]


def parts(row: Unary | Binary) -> tuple[str, ...]:
    return UNARY_PARTS if isinstance(row, Unary) else BINARY_PARTS


def derivatives(row: Unary | Binary, *x: Any) -> dict[str, Any]:
    """The derivatives at x as the table has them; the answer is the function's own."""
    with np.errstate(all="ignore"):
        wide = tuple(np.float64(v) if np.asarray(v).dtype.kind == "f" else v for v in x)
        y = np.float64(row.fn(*x))
        if isinstance(row, Binary):
            return {name: getattr(row, name)(*wide, y) for name in BINARY_PARTS}
        d = row.d1(*wide, y)
        return {"d1": d, "d2": row.d2(*wide, y, d)}
