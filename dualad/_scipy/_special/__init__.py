"""Rules for `scipy.special`: the rows and the stand-ins of the modules of this package, joined."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

_MODULES: tuple[ModuleType, ...] = ()

ROWS: list[Any] = [row for module in _MODULES for row in getattr(module, "ROWS", ())]
STANDINS: dict[Any, Callable[..., Any]] = {
    function: standin
    for module in _MODULES
    for function, standin in getattr(module, "STANDINS", {}).items()
}
