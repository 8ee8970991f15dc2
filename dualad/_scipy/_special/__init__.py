"""Rules for `scipy.special`: the rows and the stand-ins of the modules of this package, joined.

How a module writes derivatives is told in `_many`.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from . import (
    _airy,
    _bessel,
    _carlson,
    _distributions,
    _elementary,
    _elliptic_arguments,
    _functions,
    _gamma,
    _integrals,
    _normal,
    _polynomials,
    _powers,
    _struve,
    _tukey,
    _waves,
)
from ._many import join_rows
from ._parameters import MODULES as _PARAMETERS

_MODULES: tuple[ModuleType, ...] = (
    _airy,
    _bessel,
    _carlson,
    _distributions,
    _elementary,
    _elliptic_arguments,
    _functions,
    _gamma,
    _integrals,
    _normal,
    _polynomials,
    _powers,
    _struve,
    _tukey,
    _waves,
    *_PARAMETERS,
)

ROWS: list[Any] = join_rows(_MODULES)
STANDINS: dict[Any, Callable[..., Any]] = {
    function: standin
    for module in _MODULES
    for function, standin in getattr(module, "STANDINS", {}).items()
}
