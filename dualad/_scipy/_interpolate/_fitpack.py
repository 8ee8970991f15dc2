"""FITPACK's splines of one variable: `splrep`, `splev`, `UnivariateSpline` and their kin."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import interpolate

from ..._errors import NoRuleError
from .._plain import find_number, floating, is_number, pinned, primal, primal_call
from . import _basis
from ._bspline import Spline, clipped
from ._collocation import collocated, fitted, knots_of

_EXT = {"extrapolate": 0, "zeros": 1, "raise": 2, "const": 3}


def _evaluated(t: Any, c: Any, k: int, x: Any, nu: int, ext: int) -> Any:
    """FITPACK's evaluation with its modes of extrapolation (2 raises, and has done so)."""
    start, stop = t[k], t[t.shape[0] - k - 1]
    points = primal(x)
    out_of = (points < primal(start)) | (points > primal(stop))
    if ext == 3 and nu == 0:  # derivatives ignore this mode, and extrapolate
        x = clipped(x, start, stop)
    out = _basis.evaluate(t, c, k, x, nu, True)
    if ext == 1:
        out = np.where(out_of, 0.0, out)
    return out


def _integral(t: Any, c: Any, k: int, a: Any, b: Any) -> Any:
    """The integral of the spline, which is taken as 0 outside of its knots."""
    start, stop = t[k], t[t.shape[0] - k - 1]
    tck = _basis.integrated(t, c, k)
    low, high = (
        _basis.evaluate(*tck, clipped(floating(end), start, stop), 0, True) for end in (a, b)
    )
    return high - low


def _smooths(name: str) -> NoRuleError:
    return NoRuleError(
        f"{name} with smoothing has no derivative rule in its data: the knots are chosen by them",
        "s=0 to interpolate, or given knots",
    )


# --- tck tuples ----------------------------------------------------------------------------------


def _is_spline(tck: Any) -> bool:
    return isinstance(tck, (Spline, interpolate.BSpline))


def _spline(tck: Any) -> Spline:
    return tck if isinstance(tck, Spline) else Spline(tck)


def evaluated(x: Any, tck: Any, der: int = 0, ext: int = 0) -> Any:
    """`splev` with numbers among x, the knots and the coefficients."""
    if _is_spline(tck):
        return _spline(tck)(x, der, extrapolate=True)
    t, c, k = tck
    if isinstance(c, (list, tuple)) and np.ndim(c[0]):  # a curve: one spline a coordinate
        return [evaluated(x, (t, each, k), der, ext) for each in c]
    value = primal_call(interpolate.splev, x, (t, c, k), der, ext)
    t, c = floating(t), floating(c)
    return pinned(_evaluated(t, c, k, floating(x), der, ext), value)


def integral(a: Any, b: Any, tck: Any, full_output: int = 0) -> Any:
    """`splint` with numbers."""
    if _is_spline(tck):
        return _spline(tck).integrate(a, b, extrapolate=False)
    t, c, k = tck
    if full_output:
        raise NoRuleError("splint with full_output has no derivative rule", "full_output=0")
    if isinstance(c, (list, tuple)) and np.ndim(c[0]):
        return [integral(a, b, (t, each, k)) for each in c]
    value = primal_call(interpolate.splint, a, b, tck)
    return pinned(_integral(floating(t), floating(c), k, a, b), value)


def derived(tck: Any, n: int = 1) -> Any:
    """`splder` with numbers."""
    if _is_spline(tck):
        return _spline(tck).derivative(n)
    if n < 0:
        return integrated(tck, -n)
    plain = primal_call(interpolate.splder, tck, n)
    t, c, k = floating(tck[0]), floating(tck[1]), tck[2]
    for _ in range(n):
        t, c, k = _basis.derived(t, c, k)
    return t, pinned(_basis.padded(c, plain[1].shape[0]), plain[1]), k


def integrated(tck: Any, n: int = 1) -> Any:
    """`splantider` with numbers."""
    if _is_spline(tck):
        return _spline(tck).antiderivative(n)
    if n < 0:
        return derived(tck, -n)
    plain = primal_call(interpolate.splantider, tck, n)
    t, c, k = floating(tck[0]), floating(tck[1]), tck[2]
    for _ in range(n):
        t, c, k = _basis.integrated(t, c, k)
    return t, pinned(_basis.repeated(c, plain[1].shape[0]), plain[1]), k


def _knots(x: Any, plain_t: Any, k: int, ends: Any) -> Any:
    """The knots of an interpolating spline; numbers where x is one."""
    if not is_number(x):
        return plain_t
    if any(end is not None for end in ends):
        raise NoRuleError(
            "a spline with given ends has no derivative rule in the places of its data",
            "splines that end at the first and the last of them",
        )
    return knots_of(x, k, "not-a-knot")


def represented(
    x: Any,
    y: Any,
    w: Any = None,
    xb: Any = None,
    xe: Any = None,
    k: int = 3,
    task: int = 0,
    s: Any = None,
    t: Any = None,
    full_output: int = 0,
    per: int = 0,
    quiet: int = 1,
) -> Any:
    """`splrep` with numbers: interpolation (s=0), or least squares with given knots."""
    given = task == -1 or t is not None
    if not given and not (s == 0 or (s is None and w is None)):
        raise _smooths("splrep")
    if per or full_output or task == 1 or find_number((w, xb, xe, t, s)) is not None:
        raise NoRuleError(
            "splrep has derivative rules in x and y only, without per, full_output and task=1"
        )
    plain = primal_call(interpolate.splrep, x, y, w, xb, xe, k, task, s, t, full_output, per, quiet)
    x, y = floating(x), floating(y)
    if given:
        if is_number(x) and (xb is None or xe is None):
            raise NoRuleError(
                "splrep with knots t has a derivative rule in x only where the ends are given",
                "splrep(x, y, xb=..., xe=..., t=t)",
            )
        knots = plain[0]
        c = fitted(x, y, knots, k, None if w is None else floating(w))
    else:
        knots = _knots(x, plain[0], k, (xb, xe))
        c = collocated(x, y, knots, k, [], [])
    return knots, pinned(_basis.padded(c, plain[1].shape[0]), plain[1]), k


# --- the classes ---------------------------------------------------------------------------------


class Fitted:
    """An object with the methods of a `UnivariateSpline`, its knots or coefficients numbers."""

    def __init__(self, plain: Any, t: Any = None, c: Any = None) -> None:
        self.plain, self.ext = plain, plain.ext
        knots, coefficients, self._k = plain._eval_args
        self._t = knots if t is None else t
        if c is None:
            self._c = coefficients
        else:
            self._c = pinned(_basis.padded(c, coefficients.shape[0]), coefficients)

    @property
    def _eval_args(self) -> tuple[Any, Any, int]:
        return self._t, self._c, self._k

    def __call__(self, x: Any, nu: int = 0, ext: Any = None) -> Any:
        value = primal_call(self.plain, x, nu, ext)
        x = floating(x)
        if x.size == 0:
            return value
        mode = self.ext if ext is None else _EXT.get(ext, ext)
        return pinned(_evaluated(*self._eval_args, x, nu, mode), value)

    def derivative(self, n: int = 1) -> Fitted:
        plain = self.plain.derivative(n)
        t, c, _ = derived(self._eval_args, n)
        return Fitted(plain, t, c)

    def antiderivative(self, n: int = 1) -> Fitted:
        plain = self.plain.antiderivative(n)
        t, c, _ = integrated(self._eval_args, n)
        return Fitted(plain, t, c)

    def integral(self, a: Any, b: Any) -> Any:
        value = primal_call(self.plain.integral, a, b)
        return pinned(_integral(*self._eval_args, a, b), value)

    def derivatives(self, x: Any) -> Any:
        value = primal_call(self.plain.derivatives, x)
        x = floating(x)
        rows = [_basis.evaluate(*self._eval_args, x, nu, True) for nu in range(self._k + 1)]
        return pinned(np.stack(rows), value)

    def get_coeffs(self) -> Any:
        return self._c[: self._t.shape[0] - self._k - 1]

    def get_knots(self) -> Any:
        return self._t[self._k : self._t.shape[0] - self._k]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "plain":
            raise AttributeError(name)
        raise NoRuleError(f"UnivariateSpline.{name} has no derivative rule")


def _checked(name: str, **constants: Any) -> None:
    for key, value in constants.items():
        if find_number(value) is not None:
            raise NoRuleError(
                f"{name} has no derivative rule in {key}", "da.primal if it is to be a constant"
            )


def interpolated(
    x: Any, y: Any, w: Any = None, bbox: Any = (None, None), k: int = 3, *rest: Any, **keywords: Any
) -> Fitted:
    """`InterpolatedUnivariateSpline` with numbers."""
    _checked("InterpolatedUnivariateSpline", w=w, bbox=bbox)
    make = interpolate.InterpolatedUnivariateSpline
    plain = primal_call(make, x, y, w, list(bbox), k, *rest, **keywords)
    x, y = floating(x), floating(y)
    t = _knots(x, plain._eval_args[0], k, bbox)
    return Fitted(plain, t, collocated(x, y, t, k, [], []))


def univariate(
    x: Any,
    y: Any,
    w: Any = None,
    bbox: Any = (None, None),
    k: int = 3,
    s: Any = None,
    *rest: Any,
    **keywords: Any,
) -> Fitted:
    """`UnivariateSpline` with numbers, s=0."""
    if not (isinstance(s, (int, float)) and s == 0):
        raise _smooths("UnivariateSpline")
    return interpolated(x, y, w, bbox, k, *rest, **keywords)


def with_knots(
    x: Any,
    y: Any,
    t: Any,
    w: Any = None,
    bbox: Any = (None, None),
    k: int = 3,
    *rest: Any,
    **keywords: Any,
) -> Fitted:
    """`LSQUnivariateSpline` with numbers among the values."""
    _checked("LSQUnivariateSpline", x=x, t=t, w=w, bbox=bbox)
    make = interpolate.LSQUnivariateSpline
    plain = primal_call(make, x, y, t, w, list(bbox), k, *rest, **keywords)
    c = fitted(floating(x), floating(y), plain._eval_args[0], k, None if w is None else floating(w))
    return Fitted(plain, None, c)


_METHODS = interpolate.UnivariateSpline

STANDINS: dict[Any, Any] = {
    interpolate.splev: evaluated,
    interpolate.splint: integral,
    interpolate.splder: derived,
    interpolate.splantider: integrated,
    interpolate.splrep: represented,
    interpolate.UnivariateSpline: univariate,
    interpolate.InterpolatedUnivariateSpline: interpolated,
    interpolate.LSQUnivariateSpline: with_knots,
    _METHODS.__call__: lambda self, x, nu=0, ext=None: Fitted(self)(x, nu, ext),
    _METHODS.integral: lambda self, a, b: Fitted(self).integral(a, b),
    _METHODS.derivatives: lambda self, x: Fitted(self).derivatives(x),
}
