"""`quad_vec`, `cubature`, `tanhsinh`: many values, many variables, arrays of points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import NoRuleError
from .._lift._scalars import with_value
from .._numbers import primal, primal_tree
from .._numbers._floating import quietly
from .._numbers._number import as_array, holds_number
from ._functional import Function, HiddenNumberError
from ._implicit import pinned
from ._quadrature import Integral, signature
from ._user import UserFunction

_ROUNDING = 1e-13  # relative to the largest value of the integrand; what cancels is no better


class _Adaptive:
    """What the solvers here share: tolerances, and notes of errors above them."""

    settle = staticmethod(as_array)
    absolute, relative = "epsabs", "epsrel"

    def __init__(self, low: Any, high: Any, options: dict[str, Any], notes: list[str]) -> None:
        self.low, self.high, self.notes = low, high, notes
        self.options = {name: x for name, x in options.items() if x is not None}
        self.hardly = False
        self.size = 0.0
        default = {"epsabs": 1e-200, "atol": 0.0}
        self.epsabs = self.options.get(self.absolute, default[self.absolute])
        self.epsrel = self.options.get(self.relative, 1e-8)

    @property
    def noise(self) -> float:
        return max(self.epsabs, self.epsrel * self.size)

    def judge(self, answer: Any, error: Any, message: str, largest: float) -> None:
        """Note an estimated error that is above the tolerance."""
        size = float(np.max(np.abs(answer), initial=0.0))
        self.size = max(self.size, size)
        allowed = 2 * max(self.epsabs, self.epsrel * size) + _ROUNDING * largest
        if not np.all(error <= allowed):
            self.notes.append(f"its estimated error is above the tolerance{message}")

    def watched(self, f: Function, seen: list[float]) -> Function:
        """f, its largest value written down."""

        def g(x: Any) -> Any:
            y = f(x)
            seen[0] = max(seen[0], float(np.max(np.abs(y), initial=0.0)))
            return y

        return g


class QuadVec(_Adaptive):
    """`quad_vec` between plain limits."""

    def __call__(self, f: Function) -> Any:
        from scipy.integrate import quad_vec

        seen = [0.0]
        options = {**self.options, "workers": 1, "full_output": True}  # f is remembered here
        answer, error, info = quad_vec(self.watched(f, seen), self.low, self.high, **options)
        widths = np.abs(np.diff(info.intervals, axis=1))
        self.hardly |= bool(np.min(widths, initial=np.inf) < 0.02 * np.sum(widths))
        self.judge(answer, error, "", seen[0])
        return answer


class Cubature(_Adaptive):
    """`cubature` between plain limits."""

    absolute, relative = "atol", "rtol"

    def __call__(self, f: Function) -> Any:
        from scipy.integrate import cubature

        seen = [0.0]
        options = {**self.options, "workers": 1}
        found = cubature(self.watched(f, seen), self.low, self.high, **options)
        self.hardly |= found.subdivisions > 20
        self.judge(found.estimate, found.error, f" ({found.status})", seen[0])
        return found.estimate


class TanhSinh(_Adaptive):
    """`tanhsinh` between plain limits; its function is called with arrays of points."""

    def __call__(self, f: Function) -> Any:
        from scipy.integrate import tanhsinh

        seen = [0.0]
        found = tanhsinh(self.watched(f, seen), self.low, self.high, **self.options)
        if not found.success:
            self.judge(found.integral, found.error, "", seen[0])
        return found.integral


def _quad_vec(*given: Any, **keywords: Any) -> Any:
    from scipy.integrate import quad_vec

    names = dict(signature(quad_vec).bind(*given, **keywords).arguments)
    f, a, b = names.pop("f"), names.pop("a"), names.pop("b")
    user = UserFunction(f, names.pop("args", ()))
    asked = bool(user.constants) or holds_number((a, b, list(names.values())))
    plain = user.plain if asked or names.get("workers", 1) == 1 else f
    found = quad_vec(plain, primal(a), primal(b), **primal_tree(names))
    if not (asked or user.met):
        return found
    for name in ("full_output", "workers"):
        names.pop(name, None)
    return (_number(Integral(user, names, QuadVec, "quad_vec"), a, b, found[0]), *found[1:])


def _number(integral: Integral, a: Any, b: Any, value: Any) -> Any:
    try:
        found = quietly(integral.number, a, b, value)
        return pinned(found, value) if np.ndim(value) else with_value(found, value)
    except HiddenNumberError:
        raise integral.hidden() from None


def _cubature(f: Any, a: Any, b: Any, **keywords: Any) -> Any:
    from scipy.integrate import cubature

    user = UserFunction(f, keywords.pop("args", ()))
    moving = holds_number((a, b))
    a, b = as_array(a), as_array(b)
    found = cubature(user.plain, primal(a), primal(b), **primal_tree(keywords))
    if not (user.met or moving):
        return found
    if holds_number(keywords.get("points") or ()):
        raise NoRuleError(
            "scipy.integrate.cubature with points that depend on the input has no derivative rule",
            "two integrals, one on either side",
        )
    keywords.pop("workers", None)
    integral = _Box(user, keywords, Cubature, "cubature")
    found.estimate = _number(integral, a, b, found.estimate)
    return found


class _Box(Integral):
    """An integral over a box, whose limits are arrays."""

    def _total(self, a: Any, b: Any) -> Any:
        low, high = primal(a), primal(b)
        if not holds_number((a, b)):
            return self.body(low, high)
        # Every coordinate runs between plain limits: x = start + ratio (u - base).
        finite = np.isfinite(low) & np.isfinite(high) & (low != high)
        width = np.where(finite, high - low, 1.0)
        ratio = np.where(finite, (b - a) / width, 1.0)
        fixed_low = np.isfinite(low)
        start = np.where(fixed_low, a, np.where(np.isfinite(high), b, 0.0))
        base = primal(start)

        def moved(f: Function, u: Any, start: Any, ratio: Any) -> Any:
            return f(start + ratio * (u - base)) * np.prod(ratio)

        return self.body(low, high, moved, (start, ratio), joint=True)


def _tanhsinh(f: Any, a: Any, b: Any, **keywords: Any) -> Any:
    from scipy.integrate import tanhsinh

    args = keywords.pop("args", ())
    args = args if isinstance(args, tuple) else (args,)
    user = UserFunction(f, args)
    if not (user.constants or holds_number((a, b, list(keywords.values())))):
        user = UserFunction(f)
        found = tanhsinh(user.plain, a, b, args=args, **keywords)
        if user.met:
            raise Integral(user, {}, TanhSinh, "tanhsinh").hidden()
        return found
    if any(np.ndim(x) for x in (a, b, *args)) or keywords.get("log"):
        raise NoRuleError(
            "scipy.integrate.tanhsinh has a derivative rule for one integral of a real function, "
            "not for arrays of them or their logarithms",
            "scipy.integrate.quad_vec",
        )
    found = tanhsinh(user.plain, primal(a), primal(b), **primal_tree(keywords))
    for name in ("callback", "preserve_shape"):
        keywords.pop(name, None)
    integral = Integral(user, keywords, TanhSinh, "tanhsinh")
    found.integral = _number(integral, a, b, found.integral)
    return found


def _refused(name: str, why: str, instead: str) -> Callable[..., Any]:
    """A solver without a derivative rule, which is SciPy's where no numbers are met."""

    def standin(f: Any, a: Any, b: Any, *rest: Any, **keywords: Any) -> Any:
        from scipy import integrate

        user = UserFunction(f)
        given = (a, b, list(rest), list(keywords.values()))
        if not (user.constants or holds_number(given)):
            found = getattr(integrate, name)(user.plain, a, b, *rest, **keywords)
            if not user.met:
                return found
        raise NoRuleError(f"scipy.integrate.{name} has no derivative rule: {why}", instead)

    return standin


def standins() -> dict[Any, Callable[..., Any]]:
    """The stand-ins, SciPy imported."""
    from scipy import integrate

    table: dict[Any, Callable[..., Any]] = {integrate.quad_vec: _quad_vec}
    newer: dict[str, Callable[..., Any]] = {
        "cubature": _cubature,
        "tanhsinh": _tanhsinh,
        "nsum": _refused(
            "nsum", "its test of convergence is for terms that fall", "np.sum of many terms"
        ),
        "qmc_quad": _refused(
            "qmc_quad", "its points are random", "the mean at points of your own (scipy.stats.qmc)"
        ),
    }
    for name, standin in newer.items():
        if hasattr(integrate, name):
            table[getattr(integrate, name)] = standin
    return table


__all__ = ["standins"]
