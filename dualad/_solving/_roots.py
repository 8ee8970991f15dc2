"""Roots inside lifted code: SciPy solves, the derivative comes from the answer.

A root x of ``f(x, p) = 0`` moves by the implicit function theorem: one Newton step from the root,
taken with numbers, has the root's first derivatives in p, and a second step all derivatives up to
the third [1]_.

References
----------
.. [1] J. Gilbert, "Automatic differentiation and iterative processes", Optimization Methods and
   Software 1, 1992.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import InputError, NoRuleError
from .._lift._build import again
from .._lift._scalars import with_value
from .._numbers import Dual, Level, Number, primal, primal_tree
from .._numbers._floating import quietly
from .._numbers._number import holds_number

_STEPS = 2


class _Plain:
    """The user's function for SciPy: plain values in and out."""

    def __init__(self, f: Callable[..., Any], args: tuple[Any, ...]) -> None:
        self.f, self.args, self.met = f, args, holds_number(args)

    def __call__(self, x: Any, *_args: Any) -> Any:
        y = again("call")(self.f, x, *self.args)
        if isinstance(y, Number):
            self.met = True
        return primal(y)


def _at_number(plain: _Plain, x: Any) -> tuple[Any, Any]:
    """f and its derivative at x, which may be a number."""
    level = Level((1,))
    shape = (1,) * (1 + np.ndim(x))
    y = again("call")(plain.f, Dual._make(x, np.ones(shape), level), *plain.args)
    if not isinstance(y, Number) or y._level is not level:
        return y, 0.0
    return y._value, y._parts()[0]


def _moved(plain: _Plain, root: Any, what: str) -> Any:
    """The root as a number."""
    if not plain.met:
        return root
    plain_root = np.asarray(root, dtype=np.result_type(root, 1.0))[()]
    x = plain_root
    for _ in range(_STEPS):
        value, slope = quietly(_at_number, plain, x)  # f has warned while it was solved
        if np.any(primal(slope) == 0):
            raise InputError(
                f"{what}: the function's slope is zero at the root, so the root has no derivative",
                "a simple root, or da.primal(root) if it is to be a constant",
            )
        x = x - value / slope
        if isinstance(x, Number) and np.ndim(x):
            x._pin(plain_root)
        else:
            x = with_value(x, plain_root)
    return x


def _bracketed(solver: Callable[..., Any]) -> Callable[..., Any]:
    """`brentq` and its kin."""

    def standin(f: Any, a: Any, b: Any, args: Any = (), *rest: Any, **keywords: Any) -> Any:
        plain = _Plain(f, args if isinstance(args, tuple) else (args,))
        found = solver(plain, primal(a), primal(b), (), *rest, **keywords)
        if isinstance(found, tuple):
            return (_moved(plain, found[0], solver.__name__), *found[1:])
        return _moved(plain, found, solver.__name__)

    return standin


def _newton(
    func: Any, x0: Any, fprime: Any = None, args: Any = (), *rest: Any, **keywords: Any
) -> Any:
    from scipy.optimize import newton

    args = tuple(args)  # newton takes a list as well
    plain = _Plain(func, args)
    slope = None if fprime is None else _Plain(fprime, args)
    if keywords.get("fprime2") is not None:
        keywords["fprime2"] = _Plain(keywords["fprime2"], args)
    found = newton(plain, primal_tree(x0), slope, (), *rest, **primal_tree(keywords))
    if isinstance(found, tuple):
        return (_moved(plain, found[0], "newton"), *found[1:])
    return _moved(plain, found, "newton")


def _root_scalar(f: Any, args: Any = (), **keywords: Any) -> Any:
    from scipy.optimize import root_scalar

    args = args if isinstance(args, tuple) else (args,)
    plain = _Plain(f, args)
    for name in ("fprime", "fprime2"):
        if callable(keywords.get(name)):
            keywords[name] = _Plain(keywords[name], args)
        elif keywords.get(name):
            raise NoRuleError(
                f"scipy.optimize.root_scalar with {name}=True has no derivative rule",
                f"{name}=a function of its own",
            )
    found = root_scalar(plain, (), **primal_tree(keywords))
    found.root = _moved(plain, found.root, "root_scalar")
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
