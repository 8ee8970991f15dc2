"""Constraints with exact Jacobians and, for ``trust-constr``, the Hessian of their weighted sum."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import optimize

from .._derivatives import jacobian
from .._hessian import hessian
from .._keywords import check_options
from .._lift import call_user
from .._numbers import primal_tree
from ._derived import derived
from ._mirror import How, signature
from ._points import Weighted

LATER = ("sparsity", "compile")
OURS = ("fun", "mode", "chunk_size", "workers", "fills")  # what SciPy's constraint has not, or anew


class NonlinearConstraint(optimize.NonlinearConstraint):  # type: ignore[misc]  # SciPy is not typed
    """SciPy's `NonlinearConstraint`, with exact derivatives where none are given.

    The parameters are SciPy's. ``jac``, where it is not given, is the exact Jacobian; ``hess``,
    where it is not given, the exact Hessian of ``v @ fun(x)``. In one call of
    `dualad.scipy.minimize` both share their evaluations with ``fun``.

    Parameters
    ----------
    fun, lb, ub, jac, hess, keep_feasible, finite_diff_rel_step, finite_diff_jac_sparsity
        As in `scipy.optimize.NonlinearConstraint`.
    mode, chunk_size, workers
        As in `dualad.jacobian`.
    """

    __signature__ = signature(optimize.NonlinearConstraint)

    def __init__(self, fun: Callable[..., Any], *args: Any, **keywords: Any) -> None:
        self.mode, self.chunk_size = keywords.pop("mode", "auto"), keywords.pop("chunk_size", None)
        self.workers = keywords.pop("workers", None)
        later: dict[str, Any] = {n: keywords.pop(n) for n in LATER if n in keywords}
        check_options("NonlinearConstraint", fun, 0, self.mode, self.chunk_size, later)
        super().__init__(fun, *args, **keywords)
        # lb, ub, jac, hess: what was given, by position or by name
        self.fills = tuple(
            name for i, name in ((2, "jac"), (3, "hess")) if len(args) <= i and name not in keywords
        )
        if "jac" in self.fills:
            self.jac = jacobian(
                fun, **How(self.mode, self.chunk_size, self.workers, False).keywords
            )
        if "hess" in self.fills:
            self.hess = _WeightedHessian(fun)

    def exact(self, how: How, wants_hessian: bool, sparing: bool = False) -> tuple[Any, Any]:
        """SciPy's constraint for one call of a solver, and what shares its evaluations."""
        if not self.fills:
            return self, None
        mode = self.mode if self.mode != "auto" else how.mode
        workers = how.workers if self.workers is None else self.workers
        how = How(mode, self.chunk_size or how.chunk_size, workers, how.shared)
        second = "hess" in self.fills and wants_hessian
        shared = derived(self.fun, how, scalar=False, second=second, sparing=sparing)
        new = optimize.NonlinearConstraint(shared.fun, self.lb, self.ub)
        new.__dict__.update((k, v) for k, v in self.__dict__.items() if k not in OURS)
        if "jac" in self.fills:
            new.jac = shared.jac
        if "hess" in self.fills:  # SciPy warns where a method does not use what was given
            new.hess = shared.weighted if second else optimize.BFGS()
        return new, shared

    def plain(self) -> Any:
        """SciPy's constraint for a method without derivatives, which warns of what it is given."""
        new = optimize.NonlinearConstraint(self.fun, self.lb, self.ub)
        kept = (k for k in self.__dict__ if k not in (*OURS, *self.fills))
        new.__dict__.update((k, self.__dict__[k]) for k in kept)
        return new


class _WeightedHessian:
    """The Hessian of ``v @ f(x)``; it pickles when f does."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f = f

    def __call__(self, x: Any, v: Any) -> Any:
        return hessian(Weighted(self.f, v))(x)


def exact_constraints(
    constraints: Any, how: How, wants_hessian: bool, sparing: bool = False
) -> tuple[Any, list[tuple[int, Any]]]:
    """The same constraints with derivatives; which they were, and what shares their evaluations."""
    single = not isinstance(constraints, (list, tuple))
    new, told = [], []
    for i, c in enumerate([constraints] if single else constraints):
        shared = None
        if isinstance(c, NonlinearConstraint):
            c, shared = c.exact(how, wants_hessian, sparing)
        elif isinstance(c, dict) and c.get("jac") is None and callable(c.get("fun")):
            c, shared = _old(c, how, wants_hessian, sparing)
        new.append(c)
        if shared is not None:
            told.append((i, shared))
    return (new[0] if single else type(constraints)(new)), told


def plain_constraints(constraints: Any) -> Any:
    """The same constraints for a method that takes no derivatives."""
    if isinstance(constraints, NonlinearConstraint):
        return constraints.plain()
    if not isinstance(constraints, (list, tuple)):
        return constraints
    return [c.plain() if isinstance(c, NonlinearConstraint) else c for c in constraints]


def _old(c: dict[str, Any], how: How, wants_hessian: bool, sparing: bool) -> tuple[Any, Any]:
    """A constraint given as a dictionary."""
    shared = derived(c["fun"], how, scalar=False, second=wants_hessian, sparing=sparing)
    if not wants_hessian or str(c.get("type")).lower() not in ("eq", "ineq"):
        return {**c, "fun": shared.fun, "jac": shared.jac}, shared
    args = c.get("args", ())
    upper = 0.0 if c["type"].lower() == "eq" else np.inf
    if args:
        return _with_args(shared, args, upper), shared
    return optimize.NonlinearConstraint(shared.fun, 0.0, upper, shared.jac, shared.weighted), shared


def _with_args(shared: Any, args: Any, upper: float) -> Any:
    args = args if isinstance(args, tuple) else (args,)
    plain = primal_tree(args)  # the derivatives are for the solver
    # A partial function, not a lambda: a stand-in finds the numbers among its arguments.
    return optimize.NonlinearConstraint(
        functools.partial(_followed, shared.fun, args),
        0.0,
        upper,
        functools.partial(_followed, shared.jac, plain),
        functools.partial(_followed, shared.weighted, plain),
    )


def _followed(f: Callable[..., Any], args: tuple[Any, ...], *x: Any) -> Any:
    """``f(*x, *args)``."""
    return call_user(f, *x, *args)
