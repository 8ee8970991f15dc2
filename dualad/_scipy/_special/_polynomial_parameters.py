"""Derivatives of orthogonal polynomials in a real degree and in their parameters.

SciPy continues the polynomials to real degrees by hypergeometric functions (DLMF 18.5(iii)). For
integer degrees, and a derivative in a parameter, the polynomials themselves are taken.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.special as sc

from ._stencil import family


def _of_degree(fn: Any) -> Callable[..., Any]:
    """fn by its recurrence where all degrees are integers."""

    def values(n: Any, *rest: Any) -> Any:
        whole = np.rint(n)
        if np.all(whole == n) and np.all(np.abs(n) < 2**31):
            return fn(whole.astype(np.int64), *rest)
        return fn(n, *rest)

    return values


def _room(n: Any, *parameters: Any) -> Any:
    """Gamma functions of n + 1 and of parameters + 1 have poles beyond this distance."""
    nearest = n + 1.0
    for p in parameters:
        nearest = np.minimum(nearest, np.minimum(p, n + p) + 1.0)
    return np.minimum(1.0, 0.6 * np.where(nearest > 0.0, nearest, 1.0))


_jacobi = _of_degree(sc.eval_jacobi)
_shifted = _of_degree(sc.eval_sh_jacobi)
_gegenbauer = _of_degree(sc.eval_gegenbauer)
_laguerre = _of_degree(sc.eval_genlaguerre)


def _jacobi_slope(n: Any, a: Any, b: Any, x: Any) -> Any:
    """DLMF 18.9.15."""
    return 0.5 * (n + a + b + 1.0) * _jacobi(n - 1.0, a + 1.0, b + 1.0, x)


def _single(name: str, slope: Any) -> dict[Any, dict[int, Any]]:
    return family(
        name, _of_degree(getattr(sc, name)), {0: "n"}, {1: slope}, radius=lambda n, _x: _room(n)
    )


PARTIALS: dict[Any, dict[int, Any]] = {
    **family(
        "eval_jacobi",
        _jacobi,
        {0: "n", 1: "a", 2: "b"},
        {3: _jacobi_slope},
        radius=lambda n, a, b, _x: _room(n, a, b),
    ),
    **family(
        "eval_sh_jacobi",
        _shifted,
        {0: "n", 1: "p", 2: "q"},
        {3: lambda n, p, q, x: n * _shifted(n - 1.0, p + 2.0, q + 1.0, x)},
        radius=lambda n, p, q, _x: _room(n, p - q, q - 1.0, 2.0 * n + p - 1.0),
    ),
    **family(
        "eval_gegenbauer",
        _gegenbauer,
        {0: "n", 1: "a"},
        {2: lambda n, a, x: 2.0 * a * _gegenbauer(n - 1.0, a + 1.0, x)},
        radius=lambda n, a, _x: _room(n, 2.0 * a - 1.0),
    ),
    **family(
        "eval_genlaguerre",
        _laguerre,
        {0: "n", 1: "a"},
        {2: lambda n, a, x: -_laguerre(n - 1.0, a + 1.0, x)},
        radius=lambda n, a, _x: _room(n, a),
    ),
    **_single("eval_laguerre", lambda n, x: -_laguerre(n - 1.0, np.ones_like(x), x)),
    **_single("eval_legendre", lambda n, x: _jacobi_slope(n, 0.0, 0.0, x)),
    **_single("eval_sh_legendre", lambda n, x: 2.0 * _jacobi_slope(n, 0.0, 0.0, 2.0 * x - 1.0)),
    **_single("eval_chebyt", lambda n, x: n * sc.eval_chebyu(n - 1.0, x)),
    **_single("eval_sh_chebyt", lambda n, x: 2.0 * n * sc.eval_chebyu(n - 1.0, 2.0 * x - 1.0)),
    **_single("eval_chebyc", lambda n, x: n * sc.eval_chebyu(n - 1.0, 0.5 * x)),
    **_single("eval_chebyu", lambda n, x: 2.0 * _gegenbauer(n - 1.0, np.full_like(x, 2.0), x)),
    **_single("eval_chebys", lambda n, x: _gegenbauer(n - 1.0, np.full_like(x, 2.0), 0.5 * x)),
    **_single(
        "eval_sh_chebyu",
        lambda n, x: 4.0 * _gegenbauer(n - 1.0, np.full_like(x, 2.0), 2.0 * x - 1.0),
    ),
}
