"""Rules for `scipy.signal`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import _designs, _filters, _lines, _picking, _products, _responses, _spectra

_MODULES = (_designs, _filters, _products, _lines, _picking, _responses, _spectra)
_PARTS = [module.STANDINS for module in _MODULES]

ROWS: list[Any] = [row for part in _PARTS for row in part.rows]
STANDINS: dict[Any, Callable[..., Any]] = {
    function: standin for part in _PARTS for function, standin in part.table.items()
}
