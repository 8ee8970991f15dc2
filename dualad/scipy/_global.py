"""Global optimisation: the local searches get exact derivatives.

The search itself asks for values alone, which are computed plainly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import optimize

from .._numbers import primal_tree
from ._constraints import exact_constraints
from ._minimize import Exact
from ._mirror import Given, How
from ._told import described, told


class _Bound:
    """A function with its extra arguments; it pickles when the function does."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.f, self.args = f, args

    def __call__(self, *x: Any) -> Any:
        return self.f(*x, *self.args)


def basinhopping(given: Given, how: How) -> Any:
    """Fill in the derivatives of ``minimizer_kwargs``."""
    kwargs = dict(given.get("minimizer_kwargs") or {})
    exact = Exact(given.get("func"), given.get("x0"), kwargs.get("method"), kwargs.get, how)
    kwargs.update(exact.keywords)
    if exact.constraints is not None:
        kwargs["constraints"] = exact.constraints
    given.set("func", exact.fun)
    given.set("minimizer_kwargs", kwargs)
    return told(given.call(), exact.text)


def _bounds(bounds: Any) -> list[tuple[Any, Any]]:
    if isinstance(bounds, optimize.Bounds):
        lower, upper = np.broadcast_arrays(np.atleast_1d(bounds.lb), np.atleast_1d(bounds.ub))
        return list(zip(lower, upper, strict=True))
    return [tuple(b) for b in bounds]


def _local(given: Given, how: How, kwargs: dict[str, Any]) -> Exact:
    """Derivatives for the local searches; extra arguments are bound to the functions.

    Not every release of SciPy hands them on to ``jac`` and ``hess``.
    """
    args = given.get("args")
    args = args if isinstance(args, tuple) else (args,)
    x0 = np.empty(len(_bounds(given.get("bounds"))))
    func = given.get("func")
    exact = Exact(func, x0, kwargs.get("method"), kwargs.get, how, sparing=True)
    if exact.shared is None:
        kwargs.update(exact.keywords)
        return exact
    if how.shared:
        given.set("func", _Bound(exact.fun, args))
        given.set("args", ())
    args = primal_tree(args)
    kwargs.update((name, _Bound(value, args)) for name, value in exact.keywords.items())
    return exact


def dual_annealing(given: Given, how: How) -> Any:
    """Fill in the derivatives of ``minimizer_kwargs``."""
    if given.get("no_local_search"):
        return told(given.call(), described([]))
    kwargs = dict(given.get("minimizer_kwargs") or {})
    if not kwargs:
        # What SciPy takes when it is given nothing.
        bounds = _bounds(given.get("bounds"))
        kwargs = {
            "method": "L-BFGS-B",
            "bounds": bounds,
            "options": {"maxiter": min(max(6 * len(bounds), 100), 1000)},
        }
    exact = _local(given, how, kwargs)
    given.set("minimizer_kwargs", kwargs)
    return told(given.call(), exact.text)


def shgo(given: Given, how: How) -> Any:
    """Fill in the derivatives of ``minimizer_kwargs`` and of constraints."""
    options = given.get("options") or {}
    kwargs = dict(given.get("minimizer_kwargs") or {"options": {"ftol": 1e-12}})
    if any(options.get(name) is not None for name in ("jac", "hess", "hessp")):
        return told(given.call(), described([]))
    kwargs.setdefault("method", "SLSQP")
    exact = _local(given, how, kwargs)
    constraints = given.get("constraints")
    if constraints is not None and exact.method in ("slsqp", "trust-constr"):
        found, exact.others = exact_constraints(constraints, how, False, sparing=True)
        given.set("constraints", found)
    given.set("minimizer_kwargs", kwargs)
    return told(given.call(), exact.text)


def differential_evolution(given: Given, how: How) -> Any:
    """Polish with exact derivatives, where this SciPy lets polishing be given."""
    documented = optimize.differential_evolution.__doc__ or ""
    if given.get("polish") is not True:
        return told(given.call(), described([]))
    if "polish : {bool, callable}" not in documented:
        text = "polishing by finite differences: this SciPy takes no other"
        return told(given.call(), text)
    polish = _Polish(given, how)
    given.set("polish", polish)
    return told(given.call(), polish.text)


class _Polish:
    """SciPy's polishing step, with exact derivatives."""

    def __init__(self, given: Given, how: How) -> None:
        args = given.get("args")
        self.args = primal_tree(args if isinstance(args, tuple) else (args,))
        self.func, self.vectorized, self.how = given.get("func"), bool(given.get("vectorized")), how
        self.text = described([])

    def __call__(self, func: Callable[..., Any], x: Any, *, bounds: Any, constraints: Any) -> Any:
        method = "trust-constr" if np.size(constraints) else "L-BFGS-B"
        known = {"constraints": constraints}
        exact = Exact(self._of_one(self.func), x, method, known.get, self.how)
        keywords: dict[str, Any] = dict(exact.keywords)
        if method == "trust-constr":
            found = exact.constraints
            keywords["constraints"] = constraints if found is None else found
        fun, args = exact.fun, self.args
        if not self.how.shared:  # SciPy has the plain form, with its extra arguments
            fun, args = self._of_one(func), ()
            for name in exact.keywords:
                keywords[name] = _Bound(keywords[name], self.args)
        result = optimize.minimize(fun, x, args, method=method, bounds=bounds, **keywords)
        self.text = f"polishing: {exact.text}"
        return result

    def _of_one(self, f: Callable[..., Any]) -> Callable[..., Any]:
        return _Column(f) if self.vectorized else f


class _Column:
    """One point of a function that takes many at once, as columns."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.__wrapped__ = f

    def __call__(self, x: Any, *args: Any) -> Any:
        return self.__wrapped__(x[:, None], *args)[0]


__all__ = ["basinhopping", "differential_evolution", "dual_annealing", "shgo"]
