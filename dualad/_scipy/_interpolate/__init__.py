"""Rules for `scipy.interpolate`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import _bspline, _cubic, _fitpack, _grid, _line, _piecewise, _scattered, _slope, _surface

ROWS: list[Any] = [*_slope.ROWS]
STANDINS: dict[Any, Callable[..., Any]] = {
    **_piecewise.STANDINS,
    **_cubic.STANDINS,
    **_bspline.STANDINS,
    **_fitpack.STANDINS,
    **_line.STANDINS,
    **_surface.STANDINS,
    **_grid.STANDINS,
    **_scattered.STANDINS,
}
