"""`workers=` and functions compiled with Numba: what a serial run gives."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

import dualad as da

X = np.linspace(0.2, 1.9, 7)


@njit
def chain(x):
    out = np.empty(len(x) + 1)
    out[0] = 1.0
    for i in range(len(x)):
        out[i + 1] = out[i] * np.sin(x[i]) + x[i] ** 2
    return out


@njit
def total(x):
    return np.sum(np.sin(x)) * x[0] ** 2


@njit
def neighbours(x):
    return np.nextafter(x, 9.0)


@pytest.mark.parametrize("workers", [map, 2])
def test_as_a_serial_run(workers):
    J = da.jacobian(chain, workers=workers, chunk_size=3)(X)
    np.testing.assert_allclose(J, da.jacobian(chain)(X), rtol=1e-14, atol=1e-15)
    H = da.hessian(total, workers=workers, chunk_size=3)(X)
    np.testing.assert_allclose(H, da.hessian(total)(X), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_each_mode_by_a_map(mode):
    J = da.jacobian(chain, workers=map, chunk_size=2, mode=mode)(X)
    np.testing.assert_allclose(J, da.jacobian(chain)(X), rtol=1e-14, atol=1e-15)
    value, g = da.value_and_grad(total, workers=map, chunk_size=2, mode=mode)(X)
    assert value == total(X)
    np.testing.assert_allclose(g, da.grad(total)(X), rtol=1e-14)


def test_inside_another_derivative():
    inner = da.grad(total, workers=map, chunk_size=2)
    np.testing.assert_allclose(da.jacobian(inner)(X), da.hessian(total)(X), rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize("workers", [None, map, 2])
def test_what_has_no_rule_raises_with_the_line_of_the_compiled_function(workers):
    with pytest.raises(da.NotYetError, match=r"np\.nextafter\(x"):
        da.jacobian(neighbours, workers=workers, chunk_size=2)(X)
