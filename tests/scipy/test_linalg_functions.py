"""`scipy.linalg`: functions of matrices, and matrix equations."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

import dualad as da
from dualad import NoRuleError
from tests.rules.linalg_cases import antisymmetric, check_first, matrix, symmetric
from tests.scipy.linalg_checks import check, complex_of, s

A, B = 0.5 * matrix(3, 3), 0.4 * matrix(2, 2, seed=4)
P, Q = symmetric(3, 3), symmetric(3, 3, seed=6)
ROTATION = np.array([[0.3, -1.0], [0.8, 0.4]])
JORDAN = np.array([[2.0, 1.0], [0.0, 2.0]])
IMAGINARY = 0.2 * matrix(2, 2, seed=8)


def real_of(f):
    """Older versions of SciPy answer some real functions as complex arrays, here and there."""
    return lambda a: np.real(f(a))


CASES = {
    **{
        f"{name}": (s(name), (A,))
        for name in ("expm", "logm", "sqrtm", "cosm", "sinm", "tanm", "coshm", "sinhm", "tanhm")
    },
    **{
        f"{name}, complex": (complex_of(s(name)), (B, IMAGINARY))
        for name in ("expm", "logm", "sqrtm", "cosm", "sinm", "coshm", "tanhm")
    },
    **{f"{name}, defective": (real_of(s(name)), (JORDAN,)) for name in ("expm", "sqrtm", "cosm")},
    **{
        f"{name}, identity": (real_of(s(name)), (np.eye(2),))
        for name in ("expm", "logm", "sqrtm", "sinhm", "tanm")
    },
    **{f"{name}, zero": (s(name), (np.zeros((2, 2)),)) for name in ("expm", "cosm", "tanhm")},
    **{f"{name}, rotation": (real_of(s(name)), (ROTATION,)) for name in ("expm", "logm", "sqrtm")},
    "expm, 1x1": (s("expm"), (np.array([[0.7]]),)),
    "expm, stack": (s("expm"), (0.5 * matrix(2, 2, 2),)),
    "logm, negative eigenvalue": (s("logm"), (np.array([[-1.0, 0.3], [0.2, 2.0]]),)),
    "signm": (s("signm"), (matrix(3, 3) - 2.2 * np.eye(3),)),
    "fractional_matrix_power": (lambda a: s("fractional_matrix_power")(a, 0.3), (A,)),
    "fractional_matrix_power, integer": (lambda a: s("fractional_matrix_power")(a, -2), (B,)),
    "fractional_matrix_power, in t": (
        lambda t: s("fractional_matrix_power")(A, t),
        (np.array(0.7),),
    ),
    "fractional_matrix_power, in both": (s("fractional_matrix_power"), (B, np.array(1.3))),
    "funm": (lambda a: s("funm")(a, lambda x: np.exp(-x) * x), (A,)),
    "funm, parameter": (lambda a, t: s("funm")(a, lambda x: np.sin(t * x)), (A, np.array(0.6))),
    "expm_frechet": (s("expm_frechet"), (A, Q)),
    "expm_frechet alone": (lambda a, e: s("expm_frechet")(a, e, compute_expm=False), (B, ROTATION)),
    "solve_sylvester": (s("solve_sylvester"), (A, B, matrix(3, 2))),
    "solve_sylvester, complex": (complex_of(s("solve_sylvester")), (B, IMAGINARY, B, ROTATION)),
    "solve_continuous_lyapunov": (s("solve_continuous_lyapunov"), (A, Q)),
    "solve_lyapunov": (s("solve_lyapunov"), (A, Q)),
    "solve_continuous_lyapunov, complex": (
        complex_of(s("solve_continuous_lyapunov")),
        (B, IMAGINARY, ROTATION),
    ),
    "solve_discrete_lyapunov": (s("solve_discrete_lyapunov"), (0.4 * A, Q)),
    "solve_discrete_lyapunov, bilinear": (
        lambda a, q: s("solve_discrete_lyapunov")(a, q, method="bilinear"),
        (0.4 * A, Q),
    ),
    "solve_discrete_lyapunov, complex": (
        complex_of(s("solve_discrete_lyapunov")),
        (0.5 * B, IMAGINARY, ROTATION),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_functions_and_equations(name):
    check(*CASES[name])


def symmetrized(q):
    return (q + q.T) / 2


RICCATI = {
    "continuous": lambda a, b, q, r: s("solve_continuous_are")(
        a, b, symmetrized(q), symmetrized(r)
    ),
    "discrete": lambda a, b, q, r: s("solve_discrete_are")(a, b, symmetrized(q), symmetrized(r)),
    "continuous, e and s": lambda a, b, q, r: s("solve_continuous_are")(
        a, b, symmetrized(q), symmetrized(r), e=np.eye(2) + 0.1 * a, s=0.1 * b, balanced=False
    ),
    "discrete, e and s": lambda a, b, q, r: s("solve_discrete_are")(
        a, b, symmetrized(q), symmetrized(r), np.eye(2) + 0.1 * a, 0.1 * b, False
    ),
}


@pytest.mark.parametrize("name", RICCATI)
def test_riccati(name):
    check(RICCATI[name], (B, matrix(2, 1), symmetric(2, 2, seed=3), np.array([[1.5]])))


def test_riccati_where_scipys_answer_is_no_solution():
    """SciPy (1.13 to 1.17) balances a, but not e: its answer misses the equation."""
    b, q, r = matrix(2, 1), symmetric(2, 2, seed=3), np.array([[1.5]])
    for mode in ("forward", "reverse"):
        with pytest.raises(NoRuleError, match="does not solve"):
            da.jacobian(
                lambda a: s("solve_continuous_are")(a, b, q, r, e=np.eye(2) + 0.1 * a), mode=mode
            )(B)


def test_riccati_to_third_order():
    """The equation of one unknown: x = (a r + sqrt(a^2 r^2 + q r b^2)) / b^2 with b = r = 1."""
    f = lambda a: s("solve_continuous_are")([[a]], [[1.0]], [[2.0]], [[1.0]])[0, 0]
    closed = lambda a: a + np.sqrt(a * a + 2.0)
    for outer in ("forward", "reverse"):
        g = da.grad(da.grad(da.grad(f, mode="reverse"), mode="forward"), mode=outer)
        want = da.grad(da.grad(da.grad(closed)))(0.7)
        np.testing.assert_allclose(g(0.7), want, rtol=1e-9)


def test_riccati_of_complex_matrices():
    f = lambda x, y: s("solve_continuous_are")(x + 1j * y, np.eye(2), np.eye(2), np.eye(2))
    check_first(f, (B, IMAGINARY))


@pytest.mark.parametrize("name", ["expm", "logm", "sqrtm", "cosm"])
def test_against_mpmath(name):
    """Directional derivatives with 40 digits."""
    a, e = matrix(3, 3), matrix(3, 3, seed=7)
    f = getattr(mpmath, {"expm": "expm", "logm": "logm", "sqrtm": "sqrtm", "cosm": "cosm"}[name])
    with mpmath.workdps(50):
        h = mpmath.mpf(10) ** -15
        up, down = (f(mpmath.matrix(a) + sign * h * mpmath.matrix(e)) for sign in (1, -1))
        want = np.array(((up - down) / (2 * h)).tolist(), complex).real
    got = da.jvp(s(name), (a,), (e,))[1]
    np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-11 * np.abs(want).max())


def test_logarithm_of_a_defective_matrix():
    """log([[2, 1 + t], [0, 2]]) = [[log 2, (1 + t) / 2], [0, log 2]]."""
    for mode in ("forward", "reverse"):
        jac = da.jacobian(lambda t: s("logm")(JORDAN + t * np.eye(2, k=1)), mode=mode)(0.0)
        np.testing.assert_allclose(jac, [[0.0, 0.5], [0.0, 0.0]], atol=1e-13)


def test_size_of_the_direction_does_not_matter():
    """The block of twice the size is scaled: a huge direction must not swamp the matrix."""
    a, e = matrix(3, 3), matrix(3, 3, seed=7)
    want = da.jvp(s("expm"), (a,), (e,))[1]
    for size in (2.0**-300, 2.0**40, 2.0**300):
        np.testing.assert_allclose(da.jvp(s("expm"), (a,), (e * size,))[1] / size, want, rtol=1e-13)
        _, pull = da.vjp(s("expm"), a)
        np.testing.assert_allclose(pull(e * size)[0] / size, pull(e)[0], rtol=1e-12)


def test_third_derivatives():
    x = 0.3
    m, k = np.array([[0.0, 1.0], [-1.0, 0.0]]), np.array([[1.0, 0.5], [0.0, 1.0]])
    f = lambda t: s("expm")(t * m)[0, 1]  # sin(t)
    third = da.grad(da.grad(da.grad(f, mode="forward"), mode="reverse"), mode="forward")
    np.testing.assert_allclose(third(x), -np.cos(x), rtol=1e-12)
    f = lambda t: s("sqrtm")(t * k @ k)[0, 0]  # sqrt(t)
    np.testing.assert_allclose(da.grad(da.grad(da.grad(f)))(x), 3.0 / 8.0 * x**-2.5, rtol=1e-11)


def test_empty_and_dtypes():
    for name in ("expm", "cosm"):
        for mode in ("forward", "reverse"):
            assert da.jacobian(s(name), mode=mode)(np.zeros((0, 0))).shape == (0, 0, 0, 0)
            low = da.jacobian(s(name), mode=mode)(A.astype(np.float32))
            assert low.dtype == s(name)(A.astype(np.float32)).dtype
            np.testing.assert_allclose(low, da.jacobian(s(name))(A), rtol=1e-3, atol=1e-4)
    assert antisymmetric(2)[0, 0] == 0
