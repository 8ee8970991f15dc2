"""Rules for `scipy.ndimage`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import _correlate, _fourier, _interpolation, _measures, _ranks

_PARTS = (
    _correlate.STANDINS,
    _fourier.STANDINS,
    _interpolation.STANDINS,
    _measures.STANDINS,
    _ranks.STANDINS,
)

ROWS: list[Any] = [row for part in _PARTS for row in part.rows]
STANDINS: dict[Any, Callable[..., Any]] = {
    function: standin for part in _PARTS for function, standin in part.table.items()
}
