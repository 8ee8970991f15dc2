"""Derivatives of noncentral distributions, from values around (`_stencil`).

They are mixtures of incomplete gamma and beta functions with Poisson's weights (Johnson, Kotz,
Balakrishnan 1995, chapters 29 to 31), analytic in every argument. The sums are made here: SciPy
before 1.15 stopped its own after four digits, without noise that would show it. The derivatives of
inverse functions are those at the answer that SciPy finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
import scipy.special as sc

from ..._errors import NoRuleError
from ._inverse import PROBABILITY, inverse
from ._stencil import family

_Table = dict[Any, dict[int, Any]]
_MOST = 4000


def _weights(mean: Any) -> Iterator[tuple[float, Any]]:
    """k and Poisson's weight of it, as far as they matter."""
    top = float(np.max(mean, initial=0.0))
    count = int(top + 10.0 * np.sqrt(top) + 40.0)
    if count > _MOST:
        raise NoRuleError(
            f"a noncentral distribution with nc = {2.0 * top:.6g} has no derivative rule",
            "da.finite_difference(f)",
        )
    for k in map(float, range(count)):
        yield k, np.exp(sc.xlogy(k, mean) - mean - sc.gammaln(k + 1.0))


def _sides(lower: Callable[..., Any], upper: Callable[..., Any], *args: Any) -> Any:
    """F or F - 1, which has the same derivatives: what keeps more digits in each stencil.

    lower and upper are sums over Poisson's weights, of arrays of shape (13, m) or (m,).
    """
    arrays = np.broadcast_arrays(*args)
    middle = [a if a.ndim == 1 else a[len(a) // 2] for a in arrays]
    low = lower(*middle) <= 0.5
    out = np.empty(arrays[0].shape)
    for side, sign, part in ((low, 1.0, lower), (~low, -1.0, upper)):
        if np.any(side):
            out[..., side] = sign * part(*(a[..., side] for a in arrays))
    return out


def _beta(a: Any, b: Any, x: Any, y: Any) -> Any:
    """The incomplete beta function; y = 1 - x, which x near 1 has lost."""
    if np.all(x <= 0.5):
        return sc.betainc(a, b, x)
    return np.where(x <= 0.5, sc.betainc(a, b, x), sc.betaincc(b, a, y))


def _chi2(x: Any, df: Any, nc: Any) -> Any:
    def sums(gamma: Any) -> Callable[..., Any]:
        def total(x: Any, df: Any, nc: Any) -> Any:
            return sum(w * gamma(0.5 * df + k, 0.5 * x) for k, w in _weights(0.5 * nc))

        return total

    return _sides(sums(sc.gammainc), sums(sc.gammaincc), x, df, nc)


def _f(dfn: Any, dfd: Any, nc: Any, f: Any) -> Any:
    def lower(dfn: Any, dfd: Any, nc: Any, f: Any) -> Any:
        x, y = _fractions(dfn * f, dfd)
        return sum(w * _beta(0.5 * dfn + k, 0.5 * dfd, x, y) for k, w in _weights(0.5 * nc))

    def upper(dfn: Any, dfd: Any, nc: Any, f: Any) -> Any:
        x, y = _fractions(dfn * f, dfd)
        return sum(w * _beta(0.5 * dfd, 0.5 * dfn + k, y, x) for k, w in _weights(0.5 * nc))

    return _sides(lower, upper, dfn, dfd, nc, f)


def _fractions(one: Any, other: Any) -> tuple[Any, Any]:
    return one / (one + other), other / (one + other)


def _t(df: Any, nc: Any, t: Any) -> Any:
    return _sides(_t_lower, _t_upper, df, nc, t)


def _t_lower(df: Any, nc: Any, t: Any) -> Any:
    beyond = np.broadcast_to(np.all(np.atleast_2d(t) < 0.0, axis=0), t.shape)
    if np.all(beyond):
        return _t_beyond(df, nc, t)
    return np.where(beyond, _t_beyond(df, nc, t), sc.ndtr(-nc) + _t_within(df, nc, t))


def _t_upper(df: Any, nc: Any, t: Any) -> Any:
    beyond = np.broadcast_to(np.all(np.atleast_2d(t) >= 0.0, axis=0), t.shape)
    if np.all(beyond):
        return _t_beyond(df, nc, t)
    return np.where(beyond, _t_beyond(df, nc, t), sc.ndtr(nc) - _t_within(df, nc, t))


def _t_terms(nc: Any) -> Iterator[tuple[float, Any, Any]]:
    """k, the weight of the even terms, and that of the odd ones (Johnson, Kotz, 31.16)."""
    for k, w in _weights(0.5 * nc * nc):
        ratio = np.sqrt(0.5) * np.exp(sc.gammaln(k + 1.0) - sc.gammaln(k + 1.5))
        yield k, 0.5 * w, 0.5 * w * ratio * nc


def _t_within(df: Any, nc: Any, t: Any) -> Any:
    """The mass between 0 and t, negative where t is."""
    x, y = _fractions(t * t, df)
    sign, half = np.where(t < 0.0, -1.0, 1.0), 0.5 * df
    return sum(
        sign * even * _beta(k + 0.5, half, x, y) + odd * _beta(k + 1.0, half, x, y)
        for k, even, odd in _t_terms(nc)
    )


def _t_beyond(df: Any, nc: Any, t: Any) -> Any:
    """The mass beyond t, away from 0."""
    x, y = _fractions(t * t, df)
    sign, half = np.where(t < 0.0, -1.0, 1.0), 0.5 * df
    return sum(
        even * _beta(half, k + 0.5, y, x) + sign * odd * _beta(half, k + 1.0, y, x)
        for k, even, odd in _t_terms(nc)
    )


def _half(x: Any) -> Any:
    """Around a positive argument, with room to 0."""
    return 0.6 * np.abs(x)


def _chi2_room(x: Any, df: Any, nc: Any) -> tuple[Any, ...]:
    return _half(x), _half(df), _half(nc)


def _t_room(df: Any, nc: Any, t: Any) -> tuple[Any, ...]:
    # the density's width grows with t, and it is singular at t = +-i sqrt(df)
    width = np.minimum(2.0 * np.hypot(1.0, t / np.sqrt(2.0 * df)), 0.6 * np.hypot(np.sqrt(df), t))
    return _half(df), np.ones_like(nc), width


def _f_room(dfn: Any, dfd: Any, nc: Any, f: Any) -> tuple[Any, ...]:
    return _half(dfn), _half(dfd), _half(nc), _half(f)


_CHI2 = family("chndtr", _chi2, {0: "x", 1: "df", 2: "nc"}, radius=_chi2_room)
_T = family("nctdtr", _t, {0: "df", 1: "nc", 2: "t"}, radius=_t_room)
_F = family("ncfdtr", _f, {0: "dfn", 1: "dfd", 2: "nc", 3: "f"}, radius=_f_room)


def _only(partials: dict[int, Any], positions: Iterable[int]) -> dict[int, Any]:
    return {i: partials[i] for i in positions}


def _slopes(
    name: str, fn: Callable[..., Any], letters: dict[int, str], room: Callable[..., Any]
) -> tuple[_Table, list[Callable[..., Any]]]:
    """All first derivatives, each right relative to itself: inverse functions divide them.

    One that is small beside the distribution is as good as another there, and where the answer is
    enormous they all are.
    """
    label = f"the inverse functions of {name}"
    table = family(label, fn, letters, radius=room, relative=True)
    return table, [lambda *args, f=f: f(*args, None) for f in table.pop(label).values()]


_CHI2_TABLE, _CHI2_SLOPES = _slopes("chndtr", _chi2, {0: "x", 1: "df", 2: "nc"}, _chi2_room)
_T_TABLE, _T_SLOPES = _slopes("nctdtr", _t, {0: "df", 1: "nc", 2: "t"}, _t_room)
_F_TABLE, _F_SLOPES = _slopes("ncfdtr", _f, {0: "dfn", 1: "dfd", 2: "nc", 3: "f"}, _f_room)

PARTIALS: _Table = {
    **_CHI2,
    **_T,
    **_F,
    **_CHI2_TABLE,
    **_T_TABLE,
    **_F_TABLE,
    # those in x and nc have closed forms
    "chndtr": _only(_CHI2["chndtr"], (1,)),
    "chndtrix": _only(inverse(_CHI2_SLOPES, 0, (PROBABILITY, 1, 2)), (1,)),
    "chndtrinc": _only(inverse(_CHI2_SLOPES, 2, (0, 1, PROBABILITY)), (1,)),
    "chndtridf": inverse(_CHI2_SLOPES, 1, (0, PROBABILITY, 2)),
    "nctdtridf": inverse(_T_SLOPES, 0, (PROBABILITY, 1, 2), nearest=1e-99),
    "nctdtrinc": inverse(_T_SLOPES, 1, (0, PROBABILITY, 2)),
    "nctdtrit": inverse(_T_SLOPES, 2, (0, 1, PROBABILITY)),
    "ncfdtri": inverse(_F_SLOPES, 3, (0, 1, 2, PROBABILITY)),
    "ncfdtridfd": inverse(_F_SLOPES, 1, (0, PROBABILITY, 2, 3), nearest=1e-99),
    "ncfdtridfn": inverse(_F_SLOPES, 0, (PROBABILITY, 1, 2, 3), nearest=1e-99),
    "ncfdtrinc": inverse(_F_SLOPES, 2, (0, 1, PROBABILITY, 3)),
}
