"""Roots and integrals inside lifted code: SciPy solves, the derivative comes from the answer.

A root x of ``f(x, p) = 0`` moves by the implicit function theorem: one Newton step from the root,
taken with numbers, has the root's first derivatives in p, and a second step all derivatives up to
the third [1]_. An integral is differentiated under the sign and in its limits, by the rule that
QUADPACK uses on the intervals that it has ended with: those that the value needed. A derivative
that varies where the integrand itself does not may need finer ones, which is not seen here.

References
----------
.. [1] J. Gilbert, "Automatic differentiation and iterative processes", Optimization Methods and
   Software 1, 1992.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import DerivativeWarning, InputError, NoRuleError
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


# --- integrals -----------------------------------------------------------------------------------

# The 21-point Gauss-Kronrod rule (R. Piessens et al., "QUADPACK", Springer 1983, qk21).
_HALF = np.array([
    0.995657163025808080735527280689003, 0.973906528517171720077964012084452,
    0.930157491355708226001207180059508, 0.865063366688984510732096688423493,
    0.780817726586416897063717578345042, 0.679409568299024406234327365114874,
    0.562757134668604683339000099272694, 0.433395394129247190799265943165784,
    0.294392862701460198131126603103866, 0.14887433898163121088482600112972, 0.0,
])  # fmt: skip
_HALF_WEIGHTS = np.array([
    0.011694638867371874278064396062192, 0.03255816230796472747881897245939,
    0.05475589657435199603138130024458, 0.07503967481091995276704314091619,
    0.093125454583697605535065465083366, 0.109387158802297641899210590325805,
    0.123491976262065851077958109585166, 0.134709217311473325928054001771707,
    0.142775938577060080797094273138717, 0.147739104901338491374841515972068,
    0.149445554002916905664936468389821,
])  # fmt: skip
_NODES = np.concatenate((-_HALF[:-1], _HALF[::-1]))
_WEIGHTS = np.concatenate((_HALF_WEIGHTS[:-1], _HALF_WEIGHTS[::-1]))
_FAR = 1e-6  # relative; a rule that misses the integral by more is not trusted


def _quad(func: Any, a: Any, b: Any, args: Any = (), full_output: Any = 0, **keywords: Any) -> Any:
    """`scipy.integrate.quad`, in parameters and in limits."""
    from scipy.integrate import quad

    plain = _Plain(func, args if isinstance(args, tuple) else (args,))
    found = quad(plain, primal(a), primal(b), (), full_output=1, **keywords)
    answer = found[0]
    if plain.met or isinstance(a, Number) or isinstance(b, Number):
        if any(keywords.get(name) is not None for name in ("weight", "wvar")) or keywords.get(
            "complex_func"
        ):
            raise NoRuleError(
                "scipy.integrate.quad with weight= or complex_func= has no derivative rule",
                "the weight inside the function",
            )
        answer = with_value(quietly(_integral, plain, a, b, found[0], found[2]), found[0])
    return (answer, *found[1:]) if full_output else (answer, found[1])


def _integral(plain: _Plain, a: Any, b: Any, value: float, info: dict[str, Any]) -> Any:
    """The integral as a number, right to second derivatives."""
    ends = primal(a), primal(b)
    low, high = min(ends), max(ends)
    total: Any = 0.0
    for start, stop in zip(info["alist"], info["blist"][: info["last"]], strict=False):
        middle, half = 0.5 * (start + stop), 0.5 * (stop - start)
        for node, weight in zip(_NODES, _WEIGHTS, strict=True):
            for x, scale in _mapped(middle + half * node, low, high):
                y = again("call")(plain.f, x, *plain.args)
                total = total + (weight * half * scale) * y
    if ends[0] > ends[1]:
        total = -total
    if abs(primal(total) - value) > _FAR * abs(value):
        warnings.warn(
            "the derivative of an integral is not as accurate as the integral itself, whose "
            "integrand is singular or hardly resolved. Instead: points= at its singularities",
            DerivativeWarning,
            stacklevel=6,
        )
    for limit, direction in ((b, 1.0), (a, -1.0)):
        if isinstance(limit, Number):
            total = total + direction * _edge(plain, limit)
    return total


def _edge(plain: _Plain, limit: Any) -> Any:
    """What a moving limit adds, ``f(b) db + f'(b)/2 db^2``; its value is 0."""
    value, slope = _at_number(plain, primal(limit))
    step = limit - primal(limit)
    return value * step + 0.5 * slope * step * step


def _mapped(t: float, low: float, high: float) -> list[tuple[float, float]]:
    """The points x that stand for QUADPACK's variable t, and dx/dt there.

    Infinite intervals are mapped to (0, 1] by ``x = (1 - t) / t`` (qagi).
    """
    if np.isfinite(low) and np.isfinite(high):
        return [(t, 1.0)]
    far, scale = (1.0 - t) / t, 1.0 / t**2
    if np.isfinite(low):
        return [(low + far, scale)]
    if np.isfinite(high):
        return [(high - far, scale)]
    return [(far, scale), (-far, scale)]


def standins() -> dict[Any, Callable[..., Any]]:
    """The stand-ins, SciPy imported."""
    from scipy import integrate, optimize

    names = ("brentq", "brenth", "ridder", "bisect", "toms748")
    table: dict[Any, Callable[..., Any]] = {
        getattr(optimize, name): _bracketed(getattr(optimize, name)) for name in names
    }
    table[optimize.newton] = _newton
    table[optimize.root_scalar] = _root_scalar
    table[integrate.quad] = _quad
    return table


__all__ = ["standins"]
