"""Rules for `scipy.stats`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import _frozen, _multivariate, _sample

ROWS: list[Any] = []
STANDINS: dict[Any, Callable[..., Any]] = {
    **_frozen.STANDINS,
    **_multivariate.STANDINS,
    **_sample.STANDINS,
}
