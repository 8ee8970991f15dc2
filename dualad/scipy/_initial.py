"""`solve_ivp` and `odeint`: exact Jacobians for the implicit methods."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import integrate

from .._numbers import primal
from .._numbers._number import as_array
from .._solving._closed import Closed
from .._solving._user import UserFunction
from ._mirror import Given, How, NumberMet
from ._slopes import Slope
from ._told import described, told, with_text

_IMPLICIT = ("Radau", "BDF", "LSODA")
_LARGE, _FEW = 64, 0.1  # unknowns, and the share of entries that are not zero: sparse matrices
_PAYS = 8  # unknowns; below it `odeint` has its differences for less than an exact Jacobian


def solve_ivp(given: Given, how: How) -> Any:
    """Fill in ``jac`` for Radau, BDF and LSODA, unless a sparsity or bands are given.

    Those are for differences by groups of columns, which cost little and store little.
    """
    method = given.get("method")
    names = ("jac", "jac_sparsity", "lband", "uband")
    if not _is_implicit(method) or any(given.get(name) is not None for name in names):
        return told(_run(given, how), described([]))
    fun, sparse = given.get("fun"), _is_sparse(given, how, method)
    if is_plain(given):
        slope: Slope | None = Slope(fun, 1, how, sparse)
        given.set("jac", slope)
    else:  # made so that the numbers that fun closes over are found in it
        slope = None
        given.set("jac", functools.partial(_exact, fun, 1, how, sparse))
    result = _run(given, how)
    kind = "exact, sparse" if sparse else "exact"
    return told(result, described([f"jac: {kind}, {_count(slope, how, sparse)} of fun"]))


def _is_sparse(given: Given, how: How, method: Any) -> bool:
    """Whether SciPy is to factorise sparse matrices: a large Jacobian, of few entries at the start.

    It stays right if it gets more of them on the way.
    """
    try:
        y = np.asarray(primal(as_array(given.get("y0"))))
        y = y if np.iscomplexobj(y) else y.astype(float)
        t, _ = (float(primal(x)) for x in given.get("t_span"))
        user = UserFunction(given.get("fun"), tuple(given.get("args") or ()))
    except (TypeError, ValueError):
        return False  # SciPy says what is wrong
    if y.ndim != 1 or y.size < _LARGE or _is_lsoda(method):
        return False
    first = Slope(user.plain, 1, how)(t, y)
    return bool(np.count_nonzero(first) <= _FEW * first.size)


def _is_implicit(method: Any) -> bool:
    if isinstance(method, str):
        return method in _IMPLICIT
    kinds = tuple(getattr(integrate, name) for name in _IMPLICIT)
    return isinstance(method, type) and issubclass(method, kinds)


def _is_lsoda(method: Any) -> bool:
    if isinstance(method, str):
        return method == "LSODA"
    return isinstance(method, type) and issubclass(method, integrate.LSODA)


def odeint(given: Given, how: How) -> Any:
    """Fill in ``Dfun`` for more than a few unknowns, turned as ``col_deriv`` asks."""
    banded = any(given.get(name) is not None for name in ("ml", "mu"))
    if given.get("Dfun") is not None or banded or np.size(given.get("y0")) < _PAYS:
        return _run(given, how)
    func, position = given.get("func"), 1 if given.get("tfirst") else 0
    slope = Slope(func, position, how) if is_plain(given) else None
    jac = slope or functools.partial(_exact, func, position, how, False)
    given.set("Dfun", functools.partial(_turned, jac) if given.get("col_deriv") else jac)
    answer = _run(given, how)
    return with_text(answer, f"Dfun: exact, {_count(slope, how)} of func (dualad)")


def _turned(jac: Callable[..., Any], *args: Any) -> Any:
    return np.transpose(jac(*args))


def _exact(f: Callable[..., Any], position: int, how: How, sparse: bool, *args: Any) -> Any:
    return Slope(f, position, how, sparse)(*args)


def is_plain(given: Given) -> bool:
    """Whether SciPy itself is to run, no numbers having been met."""
    return given.run is given.function


def _run(given: Given, how: How) -> Any:
    """The solver; numbers in closures are looked for first."""
    if is_plain(given) and Closed((given.args, given.keywords)).constants:
        raise NumberMet
    return given.call()


def _count(slope: Slope | None, how: How, sparse: bool = False) -> str:
    mode = "forward" if how.mode == "auto" else how.mode
    if slope is None:
        return f"{mode} mode"
    count = slope.evaluations + sparse  # one to see how many entries it has
    return f"{mode} mode, {count} evaluation{'s' if count != 1 else ''}"


__all__ = ["is_plain", "odeint", "solve_ivp"]
