"""Rules for `scipy.sparse` and `scipy.sparse.linalg`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import _making, _operators, _solve

_PARTS = (_operators.STANDINS, _making.STANDINS, _solve.STANDINS)

ROWS: list[Any] = [row for part in _PARTS for row in part.rows]
STANDINS: dict[Any, Callable[..., Any]] = {
    function: standin for part in _PARTS for function, standin in part.table.items()
}
