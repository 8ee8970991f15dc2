"""Products, norms and orderings at their edges, differentiated in every mode."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

import dualad as da

MODES = ("forward", "reverse")
modes = pytest.mark.parametrize("mode", MODES)


def exact_det(rows):
    """The determinant of a matrix of fractions, by elimination."""
    rows, value = [list(row) for row in rows], Fraction(1)
    for j in range(len(rows)):
        pivot = next((i for i in range(j, len(rows)) if rows[i][j]), None)
        if pivot is None:
            return Fraction(0)
        if pivot != j:
            rows[j], rows[pivot], value = rows[pivot], rows[j], -value
        value *= rows[j][j]
        for i in range(j + 1, len(rows)):
            factor = rows[i][j] / rows[j][j]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[j], strict=True)]
    return value


def exact_partial(a, *entries):
    """A mixed partial derivative of det; it is affine in every entry, so differences are exact."""
    if len(set(entries)) < len(entries):
        return 0.0
    total = Fraction(0)
    for steps in itertools.product((0, 1), repeat=len(entries)):
        rows = [[Fraction(int(x)) for x in row] for row in a]
        for (i, j), step in zip(entries, steps, strict=True):
            rows[i][j] += step
        total += (-1) ** (len(entries) - sum(steps)) * exact_det(rows)
    return float(total)


def of_rank(n, rank):
    rng = np.random.default_rng(10 * n + rank)
    return rng.integers(-3, 4, (n, rank)) @ rng.integers(-3, 4, (rank, n)) * 1.0


@modes
@pytest.mark.parametrize("rank", range(4))
def test_derivatives_of_det_at_every_rank(rank, mode):
    n = 3
    a = of_rank(n, rank)
    places = list(itertools.product(range(n), repeat=2))
    gradient = da.grad(np.linalg.det, mode=mode)(a)
    hessian = da.hessian(np.linalg.det, mode=mode)(a)
    for p in places:
        assert abs(gradient[p] - exact_partial(a, p)) <= 1e-12
        for q in places:
            assert abs(hessian[p + q] - exact_partial(a, p, q)) <= 1e-12


@pytest.mark.parametrize("rank", [0, 1, 2, 4])
def test_third_derivatives_of_det(rank):
    a = of_rank(4, rank)
    third = da.jacobian(da.hessian(np.linalg.det, mode="reverse"), mode="forward")(a)
    for p in itertools.product(range(4), repeat=2):
        exact = exact_partial(a, (0, 0), (1, 1), p)
        assert abs(third[(0, 0, 1, 1, *p)] - exact) <= 1e-12


def test_det_of_a_large_singular_matrix():
    a = of_rank(8, 3)  # so many small singular values that the recurrence is used
    for mode in MODES:
        assert np.abs(da.grad(np.linalg.det, mode=mode)(a)).max() <= 1e-12
        assert np.abs(da.hessian(np.linalg.det, mode=mode)(a)).max() <= 1e-9


@modes
@pytest.mark.parametrize(
    "f",
    [
        np.linalg.norm,
        lambda x: np.linalg.norm(x, 3),
        lambda x: np.linalg.norm(x, 1),
        lambda x: np.linalg.norm(x, np.inf),
        lambda x: np.linalg.norm(x.reshape(2, 2)),
        lambda x: np.std(x + 2.0),
    ],
)
def test_norms_at_the_origin(f, mode):
    x = np.zeros(4)
    assert np.all(da.grad(f, mode=mode)(x) == 0)
    assert np.all(da.hessian(f, mode=mode)(x) == 0)


@modes
def test_norms_of_tiny_numbers(mode):
    x = np.array([3e-200, 4e-200])
    for order in (2, 2.0, 3):
        size = np.sum((x * 1e200) ** order) ** (1 / order)
        expected = (x * 1e200 / size) ** (order - 1)
        gradient = da.grad(lambda x, p=order: np.linalg.norm(x, p), mode=mode)(x)
        np.testing.assert_allclose(gradient, expected, rtol=1e-14)


@modes
def test_norm_of_huge_numbers(mode):
    x = np.array([3e200, -4e200])
    with np.errstate(over="ignore"):  # NumPy's own value overflows
        gradient = da.grad(np.linalg.norm, mode=mode)(x)
        hessian = da.hessian(np.linalg.norm, mode=mode)(x)
    np.testing.assert_allclose(gradient, [0.6, -0.8], rtol=1e-14)
    np.testing.assert_allclose(hessian * 1e200, [[0.128, 0.096], [0.096, 0.072]], rtol=1e-13)


@modes
def test_products_with_zeros(mode):
    x = np.array([0.0, 2.0, 0.0, 3.0, 5.0])
    hessian = da.hessian(np.prod, mode=mode)(x)
    expected = np.zeros((5, 5))
    expected[0, 2] = expected[2, 0] = 30.0
    np.testing.assert_array_equal(hessian, expected)
    cumulative = da.jacobian(np.cumprod, mode=mode)(x)
    np.testing.assert_array_equal(
        cumulative,
        [[1, 0, 0, 0, 0], [2, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]],
    )


@modes
def test_ties(mode):
    x = np.array([3.0, 1.0, 3.0, 3.0])
    third = 1 / 3
    for f in (np.max, np.amax):
        np.testing.assert_allclose(da.grad(f, mode=mode)(x), [third, 0, third, third], rtol=1e-15)
    np.testing.assert_array_equal(
        da.grad(lambda x: np.max(x, initial=3.0), mode=mode)(x[:2]), [0.5, 0.0]
    )
    np.testing.assert_array_equal(da.jacobian(np.sort, mode=mode)(x), np.eye(4)[[1, 0, 2, 3]])
    np.testing.assert_array_equal(da.grad(np.median, mode=mode)(x), [0.5, 0, 0.5, 0])
    np.testing.assert_array_equal(
        da.jacobian(lambda a: np.max(a, axis=1), mode=mode)(np.array([[1.0, 1.0], [0.0, 2.0]])),
        [[[0.5, 0.5], [0, 0]], [[0, 0], [0, 1.0]]],
    )


@modes
def test_clip_at_and_beyond_its_bounds(mode):
    x = np.array([0.0, 1.0, 1.5, 2.0, 3.0])
    jacobian = da.jacobian(lambda x: np.clip(x, 1.0, 2.0), mode=mode)(x)
    np.testing.assert_array_equal(jacobian, np.diag([0.0, 1.0, 1.0, 1.0, 0.0]))
    bounds = da.jacobian(lambda b: np.clip(x, b[0], b[1]), mode=mode)(np.array([1.0, 2.0]))
    np.testing.assert_array_equal(bounds, [[1, 0], [0, 0], [0, 0], [0, 0], [0, 1]])


@modes
@pytest.mark.parametrize("fn", [np.max, np.min, np.prod, np.std, np.ptp, np.linalg.norm])
def test_nan_in_nan_out(fn, mode):
    x = np.array([1.0, np.nan, 2.0])
    assert np.isnan(da.grad(fn, mode=mode)(x)).any()


@modes
def test_float32_ends_of_ranges_stay_float32(mode):
    a = np.array([1.0, 2.0], np.float32)
    for fn in (np.linspace, np.logspace):
        assert fn(a, 3.0, 4).dtype == np.float32
        assert da.jacobian(lambda s, fn=fn: fn(a, s, 4), mode=mode)(3.0).dtype == np.float32
        assert da.jacobian(lambda s, fn=fn: fn(s, 3.0, 4), mode=mode)(a).dtype == np.float32
