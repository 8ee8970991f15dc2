"""Roots of one unknown, or of many that do not meet: brentq and its kin, newton, root_scalar.

A root x of ``f(x, p) = 0`` moves by the implicit function theorem. From the root, polished to
rounding, chord steps with the plain slope are taken with numbers; each gains one order of
derivatives [1]_.

References
----------
.. [1] J. Gilbert, "Automatic differentiation and iterative processes", Optimization Methods and
   Software 1, 1992.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import InputError
from .._numbers import Dual, Level, Number, primal
from .._numbers._floating import quietly
from ._answers import failed, with_plain
from ._given import Given, as_tuple
from ._implicit import order
from ._polish import check_near, newton_polished
from ._user import UserFunction, call_at

Select = Callable[[Any], Any]


def _itself(y: Any) -> Any:
    return y


def _first(y: Any) -> Any:
    """f of a function that answers f and its derivatives."""
    return y[0] if isinstance(y, (tuple, list)) else y


def value_and_slope(user: UserFunction, x: Any, select: Select, what: str) -> tuple[Any, Any]:
    """f and its derivative at a plain x, both plain, elementwise."""
    level = Level((2,))
    signs = np.where(np.arange(np.size(x)) % 3 == 1, -1.0, 1.0).reshape(np.shape(x))
    lanes = np.stack([np.ones(np.shape(x)), signs])
    number = Dual._make(x, lanes, level)
    y = select(call_at(level, number, user.at_plain, number))
    level.closed = True
    if not isinstance(y, Number) or y._level is not level:
        return primal(y), np.zeros(np.shape(y))
    one, other = np.asarray(primal(y._parts()))
    if np.any(np.abs(other - signs * one) > 1e-9 * np.max(np.abs(one), initial=0.0)):
        raise InputError(
            f"{what} takes each element of x for an equation of its own, but the elements of the "
            "function's answer depend on several",
            "scipy.optimize.root, which solves systems",
        )
    return primal(y._value), one


def moved(user: UserFunction, root: Any, what: str, select: Select = _itself) -> Any:
    """The root as a number.

    Raises
    ------
    InputError
        The slope is zero at the root, or the root is none.
    """
    if not user.met:
        return root
    plain = np.asarray(root, dtype=np.result_type(root, 1.0))
    # The inner derivative comes first: work arrays of the user's cannot hold its numbers later on.
    bad: InputError | None = None
    try:
        start, slope = quietly(_polished, user, plain, what, select)
    except InputError as error:
        bad = error
    first = quietly(lambda: select(user.number(plain[()])))
    if not isinstance(first, Number):
        return root
    if bad is not None:
        raise bad
    number: Any = start
    for _ in range(order(first)):
        number = number - quietly(lambda x: select(user.number(x)), number) / slope
    return left_behind(user.number, with_plain(number, root))


def left_behind(f: Callable[[Any], Any], root: Any) -> Any:
    """The root, after a last run of f there.

    What f keeps in objects and arrays of the user's is read by the code that follows: it must
    move with the root, not with the parameters alone.
    """
    quietly(f, root)
    return root


def _polished(user: UserFunction, plain: Any, what: str, select: Select) -> Any:
    """(the root to rounding, the slope there)"""
    shape = plain.shape

    def slope_at(z: Any) -> Any:
        value, slope = value_and_slope(user, z.reshape(shape)[()], select, what)
        if np.any(slope == 0) or not np.all(np.isfinite(slope)):
            bad = "zero" if np.any(slope == 0) else "not finite"
            raise InputError(
                f"{what}: the function's slope is {bad} at the root, so the root has no derivative",
                "a simple root, or da.primal(root) if it is to be a constant",
            )
        return value, slope

    def system(z: Any) -> Any:
        value, slope = slope_at(z)
        flat = np.broadcast_to(slope, shape).ravel()
        return np.broadcast_to(value, shape).ravel(), lambda b: b / flat, lambda v: v * flat

    z = newton_polished(system, plain.ravel(), what)
    check_near(z, plain.ravel(), what)
    return z.reshape(shape)[()], slope_at(z)[1]


def _bracketed(solver: Callable[..., Any]) -> Callable[..., Any]:
    """`brentq` and its kin."""

    def standin(*args: Any, **keywords: Any) -> Any:
        given = Given(solver, args, keywords)
        user = UserFunction(given.get("f"), as_tuple(given.get("args")))
        return _solved(given, "f", user)

    return standin


def _solved(given: Given, name: str, user: UserFunction) -> Any:
    """Call SciPy's solver; its root as a number."""
    given.set(name, user)
    given.set("args", ())
    found = given.call()
    if not user.met:
        return found
    if not isinstance(found, tuple):
        return moved(user, found, given.name)
    details = found[1]
    converged = getattr(details, "converged", details)
    if not np.all(converged):
        raise failed(given.name, getattr(details, "flag", "some elements have not converged"))
    root = moved(user, found[0], given.name)
    if hasattr(found, "_replace"):  # of arrays
        return found._replace(root=root)
    if hasattr(details, "root"):
        details.root = root
    return (root, *found[1:])


def _newton(*args: Any, **keywords: Any) -> Any:
    from scipy.optimize import newton

    given = Given(newton, args, keywords)
    extra = tuple(given.get("args"))  # newton takes a list as well
    user = UserFunction(given.get("func"), extra)
    for name in ("fprime", "fprime2"):
        given.function_of(name, extra)
    return _solved(given, "func", user)


def _root_scalar(*args: Any, **keywords: Any) -> Any:
    from scipy.optimize import root_scalar

    given = Given(root_scalar, args, keywords)
    user = given.user_function("f")
    several = False
    for name in ("fprime", "fprime2"):
        given.function_of(name, user.args)
        several = several or (given.get(name) is True)
    found = given.call()
    if user.met:
        if not found.converged:
            raise failed("root_scalar", found.flag)
        found.root = moved(user, found.root, "root_scalar", _first if several else _itself)
    return found


def standins() -> dict[Any, Callable[..., Any]]:
    """The stand-ins, SciPy imported."""
    from scipy import optimize

    names = ("brentq", "brenth", "ridder", "bisect", "toms748")
    table: dict[Any, Callable[..., Any]] = {
        getattr(optimize, name): _bracketed(getattr(optimize, name)) for name in names
    }
    table[optimize.newton] = _newton
    table[optimize.root_scalar] = _root_scalar
    return table


__all__ = ["standins"]
