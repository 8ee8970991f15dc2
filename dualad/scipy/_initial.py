"""`solve_ivp` and `odeint`: exact Jacobians for the implicit methods."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import integrate

from .._solving._closed import Closed
from ._mirror import Given, How, NumberMet
from ._slopes import Slope
from ._told import described, told, with_text

_IMPLICIT = ("Radau", "BDF", "LSODA")
_PAYS = 8  # unknowns; below it `odeint` has its differences for less than an exact Jacobian


def solve_ivp(given: Given, how: How) -> Any:
    """Fill in ``jac`` for Radau, BDF and LSODA, unless a sparsity or bands are given.

    Those are for differences by groups of columns, which cost little and store little.
    """
    method = given.get("method")
    names = ("jac", "jac_sparsity", "lband", "uband")
    if not _is_implicit(method) or any(given.get(name) is not None for name in names):
        return told(_run(given, how), described([]))
    jac, slope = exact(given, how, given.get("fun"), 1)
    given.set("jac", jac)
    result = _run(given, how)
    return told(result, described([f"jac: exact, {_count(slope, how)} of fun"]))


def _is_implicit(method: Any) -> bool:
    if isinstance(method, str):
        return method in _IMPLICIT
    kinds = tuple(getattr(integrate, name) for name in _IMPLICIT)
    return isinstance(method, type) and issubclass(method, kinds)


def odeint(given: Given, how: How) -> Any:
    """Fill in ``Dfun`` for more than a few unknowns, turned as ``col_deriv`` asks."""
    banded = any(given.get(name) is not None for name in ("ml", "mu"))
    if given.get("Dfun") is not None or banded or np.size(given.get("y0")) < _PAYS:
        return _run(given, how)
    jac, slope = exact(given, how, given.get("func"), 1 if given.get("tfirst") else 0)
    given.set("Dfun", functools.partial(_turned, jac) if given.get("col_deriv") else jac)
    answer = _run(given, how)
    return with_text(answer, f"Dfun: exact, {_count(slope, how)} of func (dualad)")


def _turned(jac: Callable[..., Any], *args: Any) -> Any:
    return np.transpose(jac(*args))


def exact(given: Given, how: How, f: Callable[..., Any], position: int) -> Any:
    """The Jacobian for the solver, and what has counted its evaluations (or None).

    Raises
    ------
    NumberMet
        A plain run was tried, and f closes over numbers.
    """
    if is_plain(given):
        slope = Slope(f, position, how)
        return slope, slope
    # Made so that the numbers that f closes over are found in it.
    return functools.partial(_exact, f, position, how), None


def _exact(f: Callable[..., Any], position: int, how: How, *args: Any) -> Any:
    return Slope(f, position, how)(*args)


def is_plain(given: Given) -> bool:
    """Whether SciPy itself is to run, no numbers having been met."""
    return given.run is given.function


def _run(given: Given, how: How) -> Any:
    """The solver; numbers in closures are looked for first."""
    if is_plain(given) and Closed((given.args, given.keywords)).constants:
        raise NumberMet
    return given.call()


def _count(slope: Slope | None, how: How) -> str:
    mode = "forward" if how.mode == "auto" else how.mode
    if slope is None:
        return f"{mode} mode"
    count = slope.evaluations
    return f"{mode} mode, {count} evaluation{'s' if count != 1 else ''}"


__all__ = ["exact", "is_plain", "odeint", "solve_ivp"]
