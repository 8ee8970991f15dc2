"""Rules for `scipy.interpolate`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import _banded, _cubic, _piecewise

ROWS: list[Any] = [*_banded.ROWS]
STANDINS: dict[Any, Callable[..., Any]] = {
    **_piecewise.STANDINS,
    **_cubic.STANDINS,
}
