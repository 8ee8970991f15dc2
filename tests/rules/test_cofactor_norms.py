"""Cofactors of singular matrices and gradients of norms, against exact arithmetic and scaling."""

from fractions import Fraction

import numpy as np
import pytest

import dualad as da
from dualad._rules._cofactor import cofactor
from dualad._rules._linalg import LINALG
from dualad._rules._norms import euclidean, power_norm

ROWS = {row.fn: row for row in LINALG}


# --- determinants of singular matrices -----------------------------------------------------------


def exact_cofactors(a):
    """Cofactors by Laplace's expansion, in exact fractions."""

    def det(rows):
        if not rows:
            return Fraction(1)
        return sum(
            (-1) ** j * x * det([r[:j] + r[j + 1 :] for r in rows[1:]])
            for j, x in enumerate(rows[0])
            if x
        ) + Fraction(0)

    rows = [[Fraction(float(x)) for x in row] for row in a]
    n = len(rows)
    return np.array(
        [
            [
                float(
                    (-1) ** (i + j)
                    * det([r[:j] + r[j + 1 :] for k, r in enumerate(rows) if k != i])
                )
                for j in range(n)
            ]
            for i in range(n)
        ]
    )


def low_rank(n, rank):
    rng = np.random.default_rng(n * 10 + rank)
    return rng.integers(-4, 5, (n, rank)) @ rng.integers(-4, 5, (rank, n)) * 1.0


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_cofactors_at_every_rank(n):
    for rank in range(n + 1):
        a = low_rank(n, rank)
        exact = exact_cofactors(a)
        size = max(1.0, np.linalg.norm(a, 2) ** (n - 1))
        error = np.abs(cofactor(a, np.linalg.det(a)) - exact).max()
        assert error <= 1e-13 * size


def test_cofactors_of_a_stack_with_several_ranks():
    a = np.stack([low_rank(4, rank) for rank in (4, 3, 2, 0)])
    exact = np.stack([exact_cofactors(x) for x in a])
    np.testing.assert_allclose(cofactor(a, np.linalg.det(a)), exact, atol=1e-9)


def test_cofactors_of_ill_conditioned_matrices():
    # Hilbert's matrix and one that is singular but for 1e-9.
    hilbert = 1.0 / (1 + np.arange(5) + np.arange(5)[:, None])
    near = low_rank(5, 4)
    near[0, 0] += 2.0**-30
    for a in (hilbert, near):
        exact = exact_cofactors(a)
        error = np.abs(cofactor(a, np.linalg.det(a)) - exact).max() / np.abs(exact).max()
        assert error <= 1e-12


def test_cofactors_of_complex_singular_matrices():
    rng = np.random.default_rng(8)
    u = rng.standard_normal((3, 2)) + 1j * rng.standard_normal((3, 2))
    a = u @ (rng.standard_normal((2, 3)) + 1j * rng.standard_normal((2, 3)))
    got = cofactor(a, np.linalg.det(a))
    minor = a[1, 1] * a[2, 2] - a[1, 2] * a[2, 1]
    np.testing.assert_allclose(got[0, 0], minor, rtol=1e-13)
    np.testing.assert_allclose(a @ got.T, np.zeros((3, 3)), atol=1e-13)


def test_slogdet_of_a_singular_matrix_does_not_raise():
    row = ROWS[np.linalg.slogdet]
    a = np.ones((2, 2))
    y = np.linalg.slogdet(a)
    with np.errstate(all="ignore"):
        sign, log = row.jvp((), y, (a,), (np.stack([np.eye(2), np.ones((2, 2))]),))
    assert np.all(sign == 0)
    assert log[0] == np.inf
    assert np.isnan(log[1])


# --- norms ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1e-308, 1e-200, 1.0, 1e200, 1e307])
@pytest.mark.parametrize("order", [2.0, 3.0, 1.5])
def test_gradients_of_norms_do_not_depend_on_the_scale(scale, order):
    x = np.array([3.0, -4.0, 1.0])
    row, params = (
        (ROWS[euclidean], ((-1,), False))
        if order == 2
        else (ROWS[power_norm], (order, (-1,), False))
    )
    size = (np.abs(x) ** order).sum() ** (1 / order)
    expected = np.sign(x) * (np.abs(x) / size) ** (order - 1)
    point = (x * scale,)
    y = row.value(params, *point)
    back = row.vjp(params, y, point, np.ones(1), 0)
    rtol = 1e-14 if scale > 1e-300 else 1e-6  # subnormal entries have few digits
    np.testing.assert_allclose(back[0], expected, rtol=rtol)
    np.testing.assert_allclose(y, size * scale, rtol=rtol)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex128])
def test_norms_at_the_origin_have_derivative_zero(dtype):
    x = np.zeros((2, 3), dtype)
    x[1] = 2.0
    for row, params in ((ROWS[euclidean], ((-1,), False)), (ROWS[power_norm], (3.0, (-1,), False))):
        y = row.value(params, x)
        t = row.jvp(params, y, (x,), (np.ones((1, 2, 3), dtype),))
        assert y.dtype == np.zeros((), dtype).real.dtype
        assert t[0, 0] == 0
        assert t[0, 1] > 0


def test_gradient_of_a_norm_with_infinite_entries():
    row, params = ROWS[euclidean], ((-1,), False)
    for x, expected in (
        ([np.inf, 1.0, 2.0], [1.0, 0.0, 0.0]),
        ([np.inf, -np.inf, 2.0], [0.5**0.5, -(0.5**0.5), 0.0]),
    ):
        x = np.array(x)
        with np.errstate(invalid="ignore"):
            back = row.vjp(params, np.inf, (x,), np.ones(1), 0)
        np.testing.assert_allclose(back[0], expected)
    x = np.array([np.nan, 1.0])
    assert np.isnan(row.vjp(params, np.nan, (x,), np.ones(1), 0)).all()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("scale", [1.0, 1e-15, 1e15])
def test_second_derivatives_of_a_norm_of_elements_of_very_different_size(dtype, scale):
    x = np.array([-1e-9, 1.0, 3e-5], dtype) * dtype(scale)
    a, b, c = (float(v) / scale for v in x)
    # (h**2 - x_i**2)/h**3 is the sum of squares of the others over h**3; h is 1 to 9 digits.
    diagonal = np.array([b * b + c * c, a * a + c * c, a * a + b * b])
    want = np.diag(diagonal) - (np.outer([a, b, c], [a, b, c]) - np.diag([a * a, b * b, c * c]))
    want /= (a * a + b * b + c * c) ** 1.5 * scale
    for f in (np.linalg.norm, lambda x: np.linalg.norm(x[None, :, None], axis=(2, 1))[0]):
        found = da.hessian(f)(x)
        assert found.dtype == dtype
        np.testing.assert_allclose(found, want, rtol=10 * np.finfo(dtype).eps)
        both = da.jacobian(da.grad(f, mode="reverse"), mode="forward")(x)
        np.testing.assert_allclose(both, want, rtol=10 * np.finfo(dtype).eps)


def test_second_derivatives_of_a_norm_with_equal_elements():
    x = np.array([[1.0, -1.0, 1.0], [2.0, 2.0, -1.0]])
    found = da.hessian(lambda x: np.sum(np.linalg.norm(x, axis=1)))(x)
    for k, row in enumerate(x):
        h = np.sqrt(np.sum(row * row))
        want = (np.eye(3) - np.outer(row, row) / h**2) / h
        np.testing.assert_allclose(found[k, :, k], want, rtol=1e-14, atol=1e-16)
        assert not np.any(found[k, :, 1 - k])
