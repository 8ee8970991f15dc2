"""Complex arguments, and complex numbers on the way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import dualad as da
from dualad._rules import TABLE
from dualad._rules._row import Binary, Unary
from tests.machines import FIRST, SECOND, differences

MODES = ("auto", "forward", "reverse")
modes = pytest.mark.parametrize("mode", MODES)
X = np.array([0.5, -1.5, 2.0])
Z = np.array([0.5 + 0.3j, -1.0 + 2.0j])


@modes
def test_holomorphic(mode):
    for f, slope in ((np.exp, np.exp(Z)), (np.sin, np.cos(Z)), (lambda z: z**3, 3 * Z**2)):
        np.testing.assert_allclose(
            da.jacobian(f, mode=mode, holomorphic=True)(Z), np.diag(slope), rtol=1e-13
        )
        got = da.grad(lambda z, f=f: f(z), mode=mode, holomorphic=True)(Z[0])
        np.testing.assert_allclose(got, slope[0], rtol=1e-13)
    np.testing.assert_allclose(da.derivative(np.exp, holomorphic=True)(Z), np.exp(Z), rtol=1e-13)


@modes
def test_gradient_of_a_real_function_is_steepest_ascent(mode):
    # |z|**2 grows along z; Re(z * c) along conj(c).
    np.testing.assert_allclose(da.grad(lambda z: np.sum(np.abs(z) ** 2), mode=mode)(Z), 2 * Z)
    c = np.array([1.0 - 2.0j, 0.5j])
    np.testing.assert_allclose(da.grad(lambda z: np.sum(z * c).real, mode=mode)(Z), np.conj(c))
    f = lambda a, b: np.sum(np.abs(np.exp((a + 1j * b) * 0.3)) + (a + 1j * b).imag ** 2)
    da_, db = da.grad(f, (0, 1), mode=mode)(Z.real, Z.imag)
    got = da.grad(lambda z: np.sum(np.abs(np.exp(z * 0.3)) + z.imag**2), mode=mode)(Z)
    np.testing.assert_allclose(got, da_ + 1j * db, rtol=1e-13)


def test_vjp_is_the_adjoint_under_the_real_inner_product():
    rng = np.random.default_rng(3)
    f = lambda z: np.stack([z[0] * np.conj(z[1]), np.exp(z[0]), z[1].real + 0j])
    dz = rng.standard_normal(2) + 1j * rng.standard_normal(2)
    u = rng.standard_normal(3) + 1j * rng.standard_normal(3)
    _, tangent = da.jvp(f, (Z,), (dz,))
    _, pullback = da.vjp(f, Z)
    (ct,) = pullback(u)
    np.testing.assert_allclose(np.vdot(u, tangent).real, np.vdot(ct, dz).real, rtol=1e-13)


def test_complex_inputs_need_a_word():
    for verb in (da.jacobian, da.hessian):
        with pytest.raises(da.InputTypeError, match="holomorphic"):
            verb(np.exp)(Z)


@modes
def test_complex_intermediates(mode):
    f = lambda x: np.abs(np.fft.fft(x)[1]) if False else np.abs(np.exp(1j * x) @ x)
    step = 1e-6
    want = [(f(X + step * e) - f(X - step * e)) / (2 * step) for e in np.eye(3)]
    np.testing.assert_allclose(da.grad(f, mode=mode)(X), want, rtol=1e-8)


# --- every machine -------------------------------------------------------------------------------

POINTS = (np.array([0.4, 0.3]), np.array([-0.7, 1.2]), np.array([1.6, -0.5]))
UNARY = [row for row in TABLE.values() if type(row) is Unary]
BINARY = [row for row in TABLE.values() if type(row) is Binary]


def takes_complex(row: Any, *args: complex) -> bool:
    """Whether NumPy computes the function for complex operands."""
    try:
        with np.errstate(all="ignore"):
            row.fn(*args)
    except TypeError:
        return False
    return True


def check(f: Any, point: np.ndarray) -> None:
    """Every machine against finite differences; f takes and returns real arrays."""
    plain = f(point)
    want, error = differences(f, point, 1e-3)
    for name, machine in FIRST.items():
        (got,) = machine(f, [point])
        assert np.all(np.abs(got - want) <= 20 * error + 1e-9), f"{name}: {got} instead of {want}"
    want, error = differences(lambda v: da.jacobian(f, mode="forward")(v), point, 1e-3)
    for name, machine in SECOND.items():
        got = machine(f, [point])
        assert got.shape == (*plain.shape, 2, 2)
        assert np.all(np.abs(got - want) <= 20 * error + 1e-8), f"{name}: {got} instead of {want}"


def parts(z: Any) -> Any:
    return np.stack([np.real(z), np.imag(z)])


@pytest.mark.parametrize("row", UNARY, ids=lambda row: row.name)
def test_unary_rows_of_complex_numbers(row):
    if not takes_complex(row, 0.4 + 0.3j):
        return
    for point in POINTS:
        check(lambda s: parts(row.fn(s[0] + 1j * s[1])), point)
        check(lambda s: parts(row.fn((s + 1j * s[::-1])[:1])), point)


@pytest.mark.parametrize("row", BINARY, ids=lambda row: row.name)
def test_binary_rows_of_complex_numbers(row):
    if not takes_complex(row, 0.4 + 0.3j, 1.0 + 0.5j):
        return
    for point in POINTS:
        check(lambda s: parts(row.fn(s[0] + 1j * s[1], 1.5 - 0.2j)), point)
        check(lambda s: parts(row.fn(0.7 + 0.4j, s[0] + 1j * s[1])), point)
        check(lambda s: parts(row.fn(s[0] + 1j * s[1], s[1] - 0.5j * s[0])), point)
        check(lambda s: parts(row.fn((s + 1j * s[::-1]), s[0] + 0.1)), point)


@modes
def test_a_negative_float_to_a_power_is_complex(mode):
    got = da.jacobian(lambda x: x**0.5, mode=mode)(-4.0)
    np.testing.assert_allclose(got, 0.5 * (-4.0 + 0j) ** -0.5, rtol=1e-15)
    got = da.jacobian(lambda x: (x**0.5 * 1j).real, mode=mode)(-4.0)
    np.testing.assert_allclose(got, 0.25, rtol=1e-15)


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.longdouble])
def test_complex_intermediates_of_every_precision(kind):
    x = np.array([0.75, 1.25], kind)
    f = lambda v: np.abs(v[0] * (1 + 2j)) * np.imag(np.conj(v[0] * (1 - 1j)) * v[1])
    a, b = x  # sqrt(5) a^2 b
    slope = np.sqrt(kind(5)) * np.array([2 * a * b, a * a])
    curve = np.sqrt(kind(5)) * np.array([[2 * b, 2 * a], [2 * a, kind(0)]])
    rtol = 1e-5 if kind is np.float32 else 1e-13
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(da.grad(f, mode=mode)(x), slope, rtol=rtol)
        np.testing.assert_allclose(da.hessian(f, mode=mode)(x), curve, rtol=rtol, atol=rtol)
