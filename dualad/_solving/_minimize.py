"""`minimize`, `minimize_scalar` and the global minimizers."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import NoRuleError
from .._numbers import primal, primal_tree
from .._numbers._floating import quietly
from .._numbers._number import holds_number
from ._answers import LeftOut, with_plain
from ._constraints import Constraint, Constraints, bounds_of, box, has_numbers, keeping
from ._given import Given, as_tuple, plain_object
from ._minima import Minimum, check_success, first, objective
from ._user import UserFunction

# Which methods look at bounds and constraints; others ignore them with a warning of SciPy's.
_CONSTRAINED = ("cobyla", "cobyqa", "slsqp", "trust-constr", "_custom")
_BOUNDED = (*_CONSTRAINED, "nelder-mead", "powell", "l-bfgs-b", "tnc")


def _method(method: Any, bounds: Any, constraints: Any) -> str:
    if callable(method):
        return "_custom"
    if method is not None:
        return str(method).lower()
    return "slsqp" if constraints else "bfgs" if bounds is None else "l-bfgs-b"


def _minimize(*args: Any, **keywords: Any) -> Any:
    from scipy.optimize import minimize

    given = Given(minimize, args, keywords)
    user = given.user_function("fun")
    for name in ("jac", "hess", "hessp"):
        given.function_of(name, user.args)
    bounds, limits = given.get("bounds"), Constraints(given.get("constraints"))
    if given.has("constraints"):
        given.set("constraints", limits.plain)
    found = given.call()
    if not (user.met or limits.met or has_numbers(bounds)):
        return found
    check_success(found, "minimize")
    method = _method(given.get("method"), bounds, limits.plain)
    held = limits.all if method in _CONSTRAINED else []
    if method in _BOUNDED:
        held = held + bounds_of(bounds, np.size(found.x))
    select = first if given.get("jac") is True else None
    f, message = objective(user, select=select), found.get("message")
    return Minimum(f, held, found.x, "minimize", message).result(found, "minimize")


def _element(x: Any) -> Any:
    return x[0]


def _minimize_scalar(*args: Any, **keywords: Any) -> Any:
    from scipy.optimize import minimize_scalar

    given = Given(minimize_scalar, args, keywords)
    user = given.user_function("fun")
    bounds = given.get("bounds")
    found = given.call()
    if not (user.met or has_numbers(bounds)):
        return found
    check_success(found, "minimize_scalar")
    held = [] if bounds is None else [_interval(*bounds)]
    minimum = Minimum(objective(user, _element), held, found.x, "minimize_scalar")
    return minimum.result(found, "minimize_scalar")


def _interval(low: Any, high: Any) -> Constraint:
    return box(low, high, 1)


def _of_one(name: str) -> Callable[..., Any]:
    """`brent`, `golden` and `fminbound`: tuples in place of a result object."""

    def standin(*args: Any, **keywords: Any) -> Any:
        from scipy import optimize

        given = Given(getattr(optimize, name), args, keywords)
        user = given.user_function("func")
        ends = (given.get("x1"), given.get("x2")) if name == "fminbound" else ()
        found = given.call()
        if not (user.met or holds_number(ends)):
            return found
        full = isinstance(found, tuple)
        x = found[0] if full else found
        if full and name == "fminbound" and found[2]:
            check_success({"success": False, "message": "maximum number of calls reached"}, name)
        held = [_interval(*ends)] if ends else []
        minimum = Minimum(objective(user, _element), held, x, name)
        return (minimum.x, minimum.value(found[1]), *found[2:]) if full else minimum.left()

    return standin


# --- global minimizers ------------------------------------------------------------------------


def _inner_keywords(given: Given) -> tuple[dict[str, Any], tuple[Any, ...], Constraints]:
    """What a global minimizer hands to `minimize`, with plain functions."""
    inner = dict(given.get("minimizer_kwargs") or {})
    extra = as_tuple(inner.pop("args", ()))
    for name in ("jac", "hess", "hessp"):
        f = inner.get(name)
        if callable(f) and not isinstance(f, UserFunction):
            inner[name] = UserFunction(f, extra)
    limits = Constraints(inner.get("constraints"))
    if "constraints" in inner:
        inner["constraints"] = limits.plain
    return inner, extra, limits


def _basinhopping(*args: Any, **keywords: Any) -> Any:
    from scipy.optimize import basinhopping

    given = Given(basinhopping, args, keywords)
    inner, extra, limits = _inner_keywords(given)
    bounds, method = inner.get("bounds"), inner.get("method")
    user = UserFunction(given.get("func"), extra)
    given.set("func", user)
    if given.get("minimizer_kwargs"):
        inner["bounds"] = plain_object(bounds)
        given.set("minimizer_kwargs", primal_tree(inner))
    found = given.call()
    if not (user.met or limits.met or has_numbers(bounds)):
        return found
    lowest = found.get("lowest_optimization_result", found)
    check_success(lowest, "basinhopping")
    name = _method(method, bounds, limits.plain)
    held = limits.all if name in _CONSTRAINED else []
    if name in _BOUNDED:
        held = held + bounds_of(bounds, np.size(found.x))
    select = first if inner.get("jac") is True else None
    f, message = objective(user, select=select), lowest.get("message")
    minimum = Minimum(f, held, found.x, "basinhopping", message)
    return minimum.result(found, "basinhopping")


def _global(name: str) -> Callable[..., Any]:
    """Minimizers in a box: a function, bounds, and perhaps constraints."""

    def standin(*args: Any, **keywords: Any) -> Any:
        from scipy import optimize

        given = Given(getattr(optimize, name), args, keywords)
        user = given.user_function("func")
        inner, _, _ = _inner_keywords(given)
        if given.get("minimizer_kwargs"):
            given.set("minimizer_kwargs", primal_tree(inner))
        bounds, limits = given.get("bounds"), Constraints(given.get("constraints"))
        if given.has("constraints"):
            given.set("constraints", limits.plain)
        found = given.call()
        if not (user.met or limits.met or has_numbers(bounds)):
            return found
        check_success(found, name)
        held = limits.all + bounds_of(bounds, np.size(found.x))
        held += _integers(given.get("integrality"), found.x)
        f = objective(user, _column if given.get("vectorized") else None)
        return Minimum(f, held, found.x, name).result(found, name)

    return standin


def _column(x: Any) -> Any:
    return np.reshape(x, (-1, 1))


def _integers(integrality: Any, x: np.ndarray) -> list[Constraint]:
    """Integer variables stay what they are."""
    if integrality is None or not np.any(integrality):
        return []
    whole = np.broadcast_to(np.asarray(integrality, bool), x.shape)
    return [box(np.where(whole, x, -np.inf), np.where(whole, x, np.inf), x.size)]


def _brute(*args: Any, **keywords: Any) -> Any:
    from scipy.optimize import brute

    given = Given(brute, args, keywords)
    user = given.user_function("func")
    found = given.call()
    if not user.met:
        return found
    full = isinstance(found, tuple)
    x = found[0] if full else found
    if given.get("finish") is None:  # a point of the grid, which does not move
        if has_numbers(given.get("ranges")):
            raise NoRuleError("brute on a grid of numbers has no derivative rule", "finish=fmin")
        if not full:
            return x
        value = with_plain(quietly(user.number, np.atleast_1d(x)), found[1])
        return (x, value, found[2], LeftOut("brute", "Jout"))
    minimum = Minimum(objective(user), [], np.atleast_1d(primal(x)), "brute")
    number = with_plain(minimum.x, x)
    if not full:
        return number
    return (number, minimum.value(found[1]), found[2], LeftOut("brute", "Jout"))


def standins() -> dict[Any, Callable[..., Any]]:
    """The stand-ins, SciPy imported."""
    from scipy import optimize

    table: dict[Any, Callable[..., Any]] = {
        optimize.minimize: _minimize,
        optimize.minimize_scalar: _minimize_scalar,
        optimize.basinhopping: _basinhopping,
        optimize.brute: _brute,
    }
    for name in ("brent", "golden", "fminbound"):
        table[getattr(optimize, name)] = _of_one(name)
    for name in ("differential_evolution", "dual_annealing", "shgo", "direct"):
        table[getattr(optimize, name)] = _global(name)
    for kind in (optimize.Bounds, optimize.LinearConstraint, optimize.NonlinearConstraint):
        table[kind] = functools.wraps(kind, updated=())(keeping(kind))
    return table


__all__ = ["standins"]
