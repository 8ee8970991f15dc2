"""Rules for `scipy.sparse`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ROWS: list[Any] = []
STANDINS: dict[Any, Callable[..., Any]] = {}
