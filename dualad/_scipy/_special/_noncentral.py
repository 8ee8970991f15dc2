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


def _chi2(x: Any, df: Any, nc: Any) -> Any:
    terms = (w * sc.gammainc(0.5 * df + k, 0.5 * x) for k, w in _weights(0.5 * nc))
    return sum(terms)


def _f(dfn: Any, dfd: Any, nc: Any, f: Any) -> Any:
    x = dfn * f / (dfd + dfn * f)
    return sum(w * sc.betainc(0.5 * dfn + k, 0.5 * dfd, x) for k, w in _weights(0.5 * nc))


def _t(df: Any, nc: Any, t: Any) -> Any:
    x = t * t / (df + t * t)
    even, odd = 0.0, 0.0
    for k, w in _weights(0.5 * nc * nc):
        ratio = np.exp(sc.gammaln(k + 1.0) - sc.gammaln(k + 1.5))
        even = even + w * sc.betainc(k + 0.5, 0.5 * df, x)
        odd = odd + w * ratio * sc.betainc(k + 1.0, 0.5 * df, x)
    half = np.where(t < 0.0, -even, even) + nc * np.sqrt(0.5) * odd
    return sc.ndtr(-nc) + 0.5 * half


def _half(x: Any) -> Any:
    """Around a positive argument, with room to 0."""
    return 0.6 * np.abs(x)


def _chi2_room(x: Any, df: Any, nc: Any) -> tuple[Any, ...]:
    return _half(x), _half(df), _half(nc)


def _t_room(df: Any, nc: Any, _t: Any) -> tuple[Any, ...]:
    return _half(df), np.ones_like(nc), np.ones_like(nc)


def _f_room(dfn: Any, dfd: Any, nc: Any, f: Any) -> tuple[Any, ...]:
    return _half(dfn), _half(dfd), _half(nc), _half(f)


_CHI2 = family("chndtr", _chi2, {0: "x", 1: "df", 2: "nc"}, radius=_chi2_room)
_T = family("nctdtr", _t, {0: "df", 1: "nc", 2: "t"}, radius=_t_room)
_F = family("ncfdtr", _f, {0: "dfn", 1: "dfd", 2: "nc", 3: "f"}, radius=_f_room)


def _slopes(table: _Table, name: str) -> list[Callable[..., Any]]:
    return [lambda *args, f=f: f(*args, None) for f in table[name].values()]


def _only(partials: dict[int, Any], positions: Iterable[int]) -> dict[int, Any]:
    return {i: partials[i] for i in positions}


_CHI2_SLOPES, _T_SLOPES, _F_SLOPES = (
    _slopes(table, name) for table, name in ((_CHI2, "chndtr"), (_T, "nctdtr"), (_F, "ncfdtr"))
)

PARTIALS: _Table = {
    **_CHI2,
    **_T,
    **_F,
    # those in x and nc have closed forms
    "chndtr": _only(_CHI2["chndtr"], (1,)),
    "chndtrix": _only(inverse(_CHI2_SLOPES, 0, (PROBABILITY, 1, 2)), (1,)),
    "chndtrinc": _only(inverse(_CHI2_SLOPES, 2, (0, 1, PROBABILITY)), (1,)),
    "chndtridf": inverse(_CHI2_SLOPES, 1, (0, PROBABILITY, 2)),
    "nctdtridf": inverse(_T_SLOPES, 0, (PROBABILITY, 1, 2), nearest=1e-99),
    "nctdtrinc": inverse(_T_SLOPES, 1, (0, PROBABILITY, 2)),
    "nctdtrit": inverse(_T_SLOPES, 2, (0, 1, PROBABILITY)),
    "ncfdtri": inverse(_F_SLOPES, 3, (0, 1, 2, PROBABILITY)),
    "ncfdtridfd": inverse(_F_SLOPES, 1, (0, PROBABILITY, 2, 3)),
    "ncfdtridfn": inverse(_F_SLOPES, 0, (PROBABILITY, 1, 2, 3)),
    "ncfdtrinc": inverse(_F_SLOPES, 2, (0, 1, PROBABILITY, 3)),
}
