"""Derivatives of orthogonal polynomials in the degree and in parameters, and of zeta in s."""

from __future__ import annotations

import itertools

import mpmath as mp
import numpy as np
import pytest
import scipy.special as sc

import dualad as da
from dualad._errors import NoRuleError
from dualad._scipy import standin
from tests.special.parameters import check_machines, errors_of, relative_errors

grid = lambda *axes: list(itertools.product(*axes))
DEGREES = (0.3, 1.0, 2.5, 7.0)
INSIDE = (-0.7, -0.3, 0.1, 0.4, 0.95)


def shifted_jacobi(n, p, q, x):
    return mp.jacobi(n, p - q, q - 1, 2 * x - 1) / mp.binomial(2 * n + p - 1, n)


CHEBYSHEV = [
    (sc.eval_chebyt, lambda n, x: mp.cos(n * mp.acos(x)), 1.0),
    (sc.eval_chebyu, lambda n, x: mp.sin((n + 1) * mp.acos(x)) / mp.sqrt(1 - x * x), 1.0),
    (sc.eval_chebyc, lambda n, x: 2 * mp.cos(n * mp.acos(x / 2)), 2.0),
    (sc.eval_chebys, lambda n, x: mp.sin((n + 1) * mp.acos(x / 2)) / mp.sqrt(1 - x * x / 4), 2.0),
]
# function, the same in mpmath, argument, points; errors relative to the larger of derivative and
# function are at most 1e-9 (measured: 4e-10)
CASES = [
    *((sc.eval_jacobi, mp.jacobi, i, grid(DEGREES[:3], (-0.4, 1.2), (0.0, 2.2), INSIDE))
      for i in range(3)),
    *((sc.eval_gegenbauer, mp.gegenbauer, i, grid((0.3, 2.5), (0.3, 1.2), INSIDE)) for i in (0, 1)),
    *((sc.eval_genlaguerre, mp.laguerre, i, grid(DEGREES, (-0.4, 3.3), (0.01, 0.5, 5.0)))
      for i in (0, 1)),
    *((sc.eval_sh_jacobi, shifted_jacobi, i, grid((0.3, 2.5), (2.4,), (1.3, 2.0), (0.2, 0.8)))
      for i in range(3)),
    (sc.eval_laguerre, lambda n, x: mp.laguerre(n, 0, x), 0, grid(DEGREES, (0.01, 0.5, 5.0))),
    (sc.eval_legendre, mp.legendre, 0, grid(DEGREES, INSIDE)),
    (sc.eval_sh_legendre, lambda n, x: mp.legendre(n, 2 * x - 1), 0, grid(DEGREES, (0.2, 0.9))),
    *((f, exact, 0, grid(DEGREES, [scale * x for x in INSIDE])) for f, exact, scale in CHEBYSHEV),
]  # fmt: skip


@pytest.mark.parametrize(("f", "exact", "i", "points"), CASES)
def test_parameters(f, exact, i, points):
    assert errors_of(f, exact, points, i).max() <= 1e-9


MACHINES = [
    (sc.eval_jacobi, mp.jacobi, (1.3, 0.4, 0.8, 0.3), (0, 1, 2, 3)),
    (sc.eval_gegenbauer, mp.gegenbauer, (1.3, 0.4, 0.3), (0, 1, 2)),
    (sc.eval_genlaguerre, mp.laguerre, (1.3, 0.4, 0.8), (0, 1, 2)),
    (sc.eval_legendre, mp.legendre, (1.3, 0.3), (0, 1)),
    (sc.eval_chebyt, CHEBYSHEV[0][1], (1.3, 0.3), (0, 1)),
]


@pytest.mark.parametrize(("f", "exact", "point", "free"), MACHINES)
def test_machines(f, exact, point, free):
    check_machines(f, exact, point, free, 1e-9, 1e-8)


def test_high_integer_degrees_in_parameters():
    # by the recurrence: the hypergeometric series of degree 30 has lost its digits
    points = grid((30.0,), (0.3, 1.7), (-0.3, 0.4))
    assert errors_of(sc.eval_gegenbauer, mp.gegenbauer, points, 1).max() <= 1e-10


def test_coarse_values_raise():
    with pytest.raises(NoRuleError, match="eval_legendre in n: the derivative at"):
        da.derivative(lambda n: sc.eval_legendre(n, -0.3))(30.0)


# --- zeta ----------------------------------------------------------------------------------------

ZETA = grid((1.001, 2.0, 5.5, 30.0), (1e-3, 0.6, 1.0, 40.0))
RIEMANN = [(s,) for s in (-30.0, -7.3, -4.0, -0.5, 0.0, 0.4, 0.9, 1.1, 2.0, 9.0)]
zeta = standin(sc.zeta)


def test_zeta():
    assert relative_errors(zeta, lambda s, q: mp.zeta(s, q), ZETA, 0).max() <= 1e-12
    assert relative_errors(zeta, mp.zeta, RIEMANN, 0).max() <= 1e-12
    assert relative_errors(sc.zetac, mp.zeta, RIEMANN, 0).max() <= 1e-12


def test_zeta_in_every_machine():
    check_machines(zeta, lambda s, q: mp.zeta(s, q), (2.3, 0.7), (0, 1), 1e-12, 1e-11)
    check_machines(zeta, mp.zeta, (-2.3,), (0,), 1e-12, 1e-11)
    check_machines(sc.zetac, lambda s: mp.zeta(s) - 1, (2.3,), (0,), 1e-12, 1e-11)


def test_zeta_beyond():
    f = zeta
    for n in range(3):
        f = da.derivative(f)
        np.testing.assert_allclose(f(3.5), float(mp.zeta(3.5, 1, n + 1)), rtol=1e-12)
    with pytest.raises(NoRuleError, match="beyond order 3"):
        da.derivative(f)(3.5)
    with pytest.raises(NoRuleError, match="out="):
        da.derivative(lambda s: zeta(s, 2.0, np.zeros(())))(2.0)
