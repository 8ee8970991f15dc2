"""Derivatives through solvers: SciPy solves on plain values, the derivative comes from the answer.

The modules have stand-ins for SciPy's solvers: functions of the same arguments, any of which may be
a number, or a function that closes over numbers. The value is SciPy's own, bit for bit. Lifted code
finds them here, and `dualad.scipy` calls them. A module has a function `standins`, which imports
SciPy and answers a dictionary from SciPy's function to its stand-in.

`_user` and `_closed` call the user's function plainly and with numbers, `_implicit` is the implicit
function theorem; the other modules are families of solvers.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import import_module
from typing import Any

_MODULES = (  # each a family of solvers
    "_multiple",
    "_other_integrals",
    "_quadrature",
    "_roots",
    "_systems",
    "_minimize",
    "_fmin",
    "_least_squares",
    "_curve_fit",
    "_linear",
    "_bvp",
    "_ode",
)
_PACKAGES = ("scipy.optimize", "scipy.integrate")


@functools.cache
def standins() -> dict[Any, Callable[..., Any]]:
    """From SciPy's solvers to their stand-ins."""
    table: dict[Any, Callable[..., Any]] = {}
    for name in _MODULES:
        table.update(import_module(f".{name}", __name__).standins())
    return table


def solver(function: Callable[..., Any]) -> Callable[..., Any]:
    """The stand-in of a function of SciPy, or the function itself where there is none."""
    return standins().get(function, function)


__all__ = ["solver", "standins"]
