"""What a reader's trial of the whole found: one test for each defect, so that it stays away."""

from __future__ import annotations

import functools
import itertools
import warnings

import numba
import numpy as np
import pytest

import dualad as da

MODES = ("forward", "reverse")
PAIRS = list(itertools.product(MODES, repeat=2))
X = np.array([0.3, 0.7, 1.2])


def writes_entries(x):
    x[0] = x[1] * 5
    x *= 2
    return x


def writes_by_ufunc(x):
    np.multiply(x, x, out=x)
    return x + 0


def writes_through_a_view(x):
    y = x[::-1]
    y += 1.0
    y *= y
    return x[:2]


def sorts(x):
    x.sort()
    x[x > 1] = 0
    return x


WRITERS = [writes_entries, writes_by_ufunc, writes_through_a_view, sorts]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("f", WRITERS)
def test_a_function_that_writes_to_its_argument(f, mode):
    """The gradient belongs to the argument as it was given, not to what it has become."""
    x = X.copy()
    expected = da.jacobian(lambda x: f(x * 1.0), mode=mode)(x)
    assert np.any(expected)
    value, found = da.value_and_jacobian(f, mode=mode)(x)
    np.testing.assert_array_equal(found, expected)
    np.testing.assert_array_equal(value, f(X.copy()))
    np.testing.assert_array_equal(x, X)  # the caller's array is untouched
    np.testing.assert_allclose(
        da.jacobian(da.jacobian(f, mode=mode))(x),
        da.jacobian(da.jacobian(lambda x: f(x * 1.0), mode=mode))(x),
        rtol=1e-15,
    )


@pytest.mark.parametrize("f", WRITERS)
def test_products_of_a_function_that_writes_to_its_argument(f):
    jac = da.jacobian(lambda x: f(x * 1.0))(X)
    ones = np.ones(len(jac))
    np.testing.assert_allclose(da.vjp(f, X)[1](ones)[0], ones @ jac, rtol=1e-15)
    np.testing.assert_allclose(da.jvp(f, (X,), (X,))[1], jac @ X, rtol=1e-15)
    operator = da.jacobian_operator(f, X)
    np.testing.assert_allclose(operator @ X, jac @ X, rtol=1e-15)
    np.testing.assert_allclose(operator.rmatvec(ones), ones @ jac, rtol=1e-15)
    total = lambda x: np.sum(np.sin(f(x)))
    h = da.hessian(lambda x: total(x * 1.0))(X)
    np.testing.assert_allclose(da.hvp(total)(X, X), h @ X, rtol=1e-14)


CLOSED = {
    "multiply": lambda x, y: np.sum(y**3 * x),
    "divide": lambda x, y: np.sum(y**3 / x),
    "power": lambda x, y: np.sum(y**x),
    "hypot": lambda x, y: np.sum(np.hypot(x, y) ** 3),
    "matmul": lambda x, y: y @ np.outer(x, x) @ y,
    "solve": lambda x, y: np.sum(np.linalg.solve(np.outer(x, x) + np.diag(y**3), y)),
    "einsum": lambda x, y: np.einsum("i,i,j,j->", x, y**2, x, y),
}


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
@pytest.mark.parametrize("name", CLOSED)
def test_inner_derivatives_of_closures_over_outer_arrays(name, outer, inner):
    f = CLOSED[name]
    at = X**2
    mixed = da.hessian(f, argnums=(0, 1))(X, at)[1][0]  # d/dx of df/dy
    found = da.jacobian(lambda x: da.grad(lambda y: f(x, y), mode=inner)(at), mode=outer)(X)
    np.testing.assert_allclose(found, mixed, rtol=1e-12, atol=1e-13)
    along = da.jacobian(lambda x: da.hvp(lambda y: f(x, y))(at, X), mode=outer)(X)
    rows = da.jacobian(lambda x: da.hessian(lambda y: f(x, y))(at) @ X, mode=outer)(X)
    np.testing.assert_allclose(along, rows, rtol=1e-12, atol=1e-12)


def test_a_captured_outer_array_that_is_written_to_later():
    def f(x):
        buffer = x.copy()

        def inner(y):
            product = y * buffer
            buffer[:] = 0.0
            return np.sum(product)

        return da.grad(inner, mode="reverse")(X)

    for mode in MODES:
        np.testing.assert_array_equal(da.jacobian(f, mode=mode)(X), np.eye(3))


@pytest.mark.parametrize("n", range(2, 12))
@pytest.mark.parametrize(
    "f", [np.cumsum, np.flip, lambda x: np.roll(x, 1), lambda x: x * np.mean(x)]
)
def test_derivative_notices_dependence_between_elements(f, n):
    with pytest.raises(da.NotElementwiseError):
        da.derivative(f)(np.linspace(1.0, 2.0, n))


@pytest.mark.parametrize("mode", MODES)
def test_division_by_the_int_zero_is_numpys(mode):
    with np.errstate(divide="ignore"):
        value, jac = da.value_and_jacobian(lambda x: x / 0, mode=mode)(X[:2])
        scalar = da.grad(lambda x: x[0] / 0, mode=mode)(X[:2])
    np.testing.assert_array_equal(value, [np.inf, np.inf])
    np.testing.assert_array_equal(jac, [[np.inf, 0.0], [0.0, np.inf]])
    np.testing.assert_array_equal(scalar, [np.inf, 0.0])


@pytest.mark.parametrize("mode", MODES)
def test_the_gradient_of_a_complex_number_is_complex(mode):
    found = da.grad(lambda x: np.sum(x * 1j + x**2), mode=mode)(np.array([1.0, 2.0]))
    np.testing.assert_array_equal(found, [2.0 + 1j, 4.0 + 1j])
    with pytest.raises(da.InputTypeError, match="holomorphic"):
        da.grad(lambda z: z**2, mode=mode)(1 + 2j)
    with pytest.raises(da.OutputError, match="complex"):
        da.hvp(lambda x: np.sum(np.exp(1j * x)))(X, X)


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_nested_derivatives_keep_float32(outer, inner):
    def f(x):
        y = np.sin(x)
        assert da.primal(y).dtype == np.float32
        return np.sum(y * x)

    x = X.astype(np.float32)
    assert da.jacobian(da.grad(f, mode=inner), mode=outer)(x).dtype == np.float32
    assert da.derivative(np.sin, order=3)(x).dtype == np.float32
    assert da.derivative(np.sin, order=2)(x[0]).dtype == np.float32


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("index", "x"), [(7, X), ((0, 5), np.ones((2, 3))), ([9], X), (0, np.array(1.0))]
)
def test_index_errors_are_those_of_the_plain_call(index, x, mode):
    with pytest.raises(IndexError) as plain:
        x[index]
    with pytest.raises(IndexError) as found:
        da.grad(lambda x: np.sum(x[index]), mode=mode)(x)
    assert str(found.value) == str(plain.value)


@pytest.mark.parametrize("mode", MODES)
def test_functions_compiled_with_numba_are_differentiated_as_they_are(mode):
    compiled = numba.njit(lambda x: x * 2)
    for f in (compiled, lambda x: compiled(x) + 1.0):
        np.testing.assert_array_equal(da.jacobian(f, mode=mode)(X), 2.0 * np.eye(X.size))


@pytest.mark.parametrize("mode", MODES)
def test_storing_in_plain_floats_runs_lifted(mode):
    def f(x):
        out = np.zeros(3)
        out[0] = x[0]
        return out

    want = np.zeros((3, X.size))
    want[0, 0] = 1.0
    np.testing.assert_array_equal(da.jacobian(f, mode=mode)(X), want)


def test_modf_at_infinity_warns_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (part, whole), _ = da.value_and_jacobian(np.modf)(np.array([1.5, np.inf]))
    np.testing.assert_array_equal(part, [0.5, 0.0])
    np.testing.assert_array_equal(whole, [1.0, np.inf])


class Model:
    weights = X

    @functools.partial(da.grad, argnums=1)
    def slope(self, x):
        return np.sum(self.weights * x**2)


def test_a_derivative_in_a_class_is_a_method():
    np.testing.assert_array_equal(Model().slope(X), 2 * X * X)
    np.testing.assert_array_equal(Model.slope(Model(), X), 2 * X * X)
