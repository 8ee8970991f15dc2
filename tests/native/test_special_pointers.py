"""Functions of `scipy.special` in compiled code, by their addresses and by name."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
import scipy.special as sc
from numba import njit, types
from numba.extending import get_cython_function_address, overload

import dualad as da

X = np.array([0.7, 1.3, 0.4, 2.1])


def _pointer(name, count=1):
    address = get_cython_function_address("scipy.special.cython_special", name)
    kind = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * count)
    return kind(address)


gamma, j0, ndtri = _pointer("__pyx_fuse_1gamma"), _pointer("j0"), _pointer("ndtri")
kv, jv = _pointer("__pyx_fuse_1kv", 2), _pointer("__pyx_fuse_1jv", 2)
gammainc, ellipk = _pointer("gammainc", 2), _pointer("ellipk")


class Wrapped(types.WrapperAddressProtocol):
    """An address with a signature, as packages hand functions to Numba."""

    def __init__(self, name):
        self.name = name

    def __wrapper_address__(self):
        return get_cython_function_address("scipy.special.cython_special", self.name)

    def signature(self):
        return types.float64(types.float64)


erfcx = Wrapped("__pyx_fuse_1erfcx")


def by_address(x):
    value = gamma(x[0]) * j0(x[1]) + ndtri(x[2])
    return value + erfcx(x[3]) + kv(1.5, x[0]) * jv(2.0, x[1] * x[3])


def eager(x):
    value = sc.gamma(x[0]) * sc.j0(x[1]) + sc.ndtri(x[2])
    return value + sc.erfcx(x[3]) + sc.kv(1.5, x[0]) * sc.jv(2.0, x[1] * x[3])


def test_an_address_says_which_rule_holds():
    f = njit(by_address)
    for mode in ("forward", "reverse"):
        value, slope = da.value_and_grad(f, mode=mode)(X)
        assert value == f(X)
        np.testing.assert_allclose(slope, da.grad(eager)(X), rtol=1e-12)
    np.testing.assert_allclose(da.hessian(f)(X), da.hessian(eager)(X), rtol=1e-11)


def test_formulas_that_are_numerical_work_are_called_in_python():
    def f(x):
        return gammainc(x[0], x[1]) * ellipk(x[2])

    got = da.grad(njit(f))(X)
    want = da.grad(lambda x: sc.gammainc(x[0], x[1]) * sc.ellipk(x[2]))(X)
    np.testing.assert_allclose(got, want, rtol=1e-12)
    with pytest.raises(da.DualadError, match="second derivative"):
        da.hessian(njit(f))(X)


@overload(sc.exprel)
def _exprel(x):
    return lambda x: np.expm1(x) / x


def test_a_ufunc_that_numba_was_taught_has_its_rule():
    f = njit(lambda x: sc.exprel(x[0]) * x[1])
    value, slope = da.value_and_grad(f)(X)
    assert value == f(X)
    want = da.grad(lambda x: sc.exprel(x[0]) * x[1])(X)
    np.testing.assert_allclose(slope, want, rtol=1e-12)
