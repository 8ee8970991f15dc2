"""`nquad`, `dblquad` and `tplquad`: integrals of integrals.

The value is SciPy's. The number is built as SciPy builds the value, `quad` inside of `quad`, each
with its derivative by `_quadrature`; what depends on an outer variable is a function of numbers.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .._lift._scalars import with_value
from .._numbers import primal, primal_tree
from .._numbers._floating import quietly
from .._numbers._number import holds_number
from ._quadrature import nested_number, signature
from ._user import UserFunction, call_user


def _nquad(
    func: Any, ranges: Any, args: Any = None, opts: Any = None, full_output: bool = False
) -> Any:
    from scipy.integrate import nquad

    ranges = list(ranges)
    args = () if args is None else args if isinstance(args, tuple) else tuple(args)
    options = _options(opts, len(ranges))
    users: list[UserFunction] = []

    def plain(x: Any) -> Any:
        if not callable(x):
            return primal_tree(list(x) if isinstance(x, (list, tuple)) else x)
        users.append(UserFunction(x))
        return users[-1].plain

    found = nquad(
        plain(func),
        [plain(r) for r in ranges],
        primal_tree(args),
        [plain(o) for o in options],
        full_output,
    )
    held = holds_number((args, [r for r in ranges if not callable(r)]))
    if not held and not any(u.met for u in users) and not any(map(_holds, options)):
        return found
    number = quietly(_over, func, tuple(ranges), options, args, ())
    return (with_value(number, found[0]), *found[1:])


def _options(opts: Any, depth: int) -> tuple[Any, ...]:
    """One dictionary of options, or a function that answers one, for each variable."""
    if opts is None or isinstance(opts, dict):
        return (opts or {},) * depth
    return tuple(opts)


def _holds(options: Any) -> bool:
    return isinstance(options, dict) and holds_number(list(options.values()))


def _over(func: Any, ranges: Any, options: Any, args: Any, outer: Any, *x: Any) -> Any:
    """The integral over the variables inside of `outer` and x, as `nquad` computes it."""
    outer = (*x, *outer)  # the newest variable first
    depth = len(outer)
    within = -(depth + 1)
    low, high = _called(ranges[within], outer, args)
    opt = dict(_called(options[within], outer, args))
    if "points" in opt:
        opt["points"] = [p for p in opt["points"] if primal(low) <= primal(p) <= primal(high)]
    if depth + 1 == len(ranges):
        return nested_number(func, low, high, (*outer, *args), opt)
    inner = functools.partial(_over, func, ranges, options, args, outer)
    return nested_number(inner, low, high, (), opt)


def _called(x: Any, outer: Any, args: Any) -> Any:
    return call_user(x, *outer, *args) if callable(x) else x


def _limits(low: Any, high: Any, places: Any, *given: Any) -> list[Any]:
    """A range for `nquad` from two limits, numbers or functions of outer variables."""
    at = [given[i] for i in places]
    return [call_user(x, *at) if callable(x) else x for x in (low, high)]


def _repeated(name: str) -> Callable[..., Any]:
    """`dblquad` or `tplquad`, which are `nquad` with functions as ranges."""

    def standin(*given: Any, **keywords: Any) -> Any:
        from scipy import integrate

        bound = signature(getattr(integrate, name)).bind(*given, **keywords)
        bound.apply_defaults()
        x = bound.arguments
        limits: list[Any] = [(x["a"], x["b"])]
        limits.insert(0, functools.partial(_limits, x["gfun"], x["hfun"], (0,)))
        if name == "tplquad":
            limits.insert(0, functools.partial(_limits, x["qfun"], x["rfun"], (1, 0)))
        options = {"epsabs": x["epsabs"], "epsrel": x["epsrel"]}
        return _nquad(x["func"], limits, x["args"], options)

    return standin


def standins() -> dict[Any, Callable[..., Any]]:
    """The stand-ins, SciPy imported."""
    from scipy import integrate

    return {
        integrate.nquad: _nquad,
        integrate.dblquad: _repeated("dblquad"),
        integrate.tplquad: _repeated("tplquad"),
    }


__all__ = ["standins"]
