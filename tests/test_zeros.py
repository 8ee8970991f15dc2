"""Zeros that win over infinities, conventions at kinks, and which warnings the user sees."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import dualad as da

FIRST: dict[str, Callable[..., Any]] = {
    "forward": lambda f: da.jacobian(f, mode="forward"),
    "forward in chunks": lambda f: da.jacobian(f, mode="forward", chunk_size=1),
    "reverse": lambda f: da.jacobian(f, mode="reverse"),
    "reverse in chunks": lambda f: da.jacobian(f, mode="reverse", chunk_size=1),
    "chosen": da.jacobian,
}
modes = pytest.mark.parametrize("mode", FIRST)


# --- structural zeros ----------------------------------------------------------------------------


def selected(x):
    return np.where(x > 0.5, np.sqrt(np.maximum(x - 0.5, 0.0)), 0.0)


def root_and_square(x):
    return np.sqrt(x[0]) + x[1] ** 2


def zero_times_root(x):
    return 0.0 * np.sqrt(x)


def zeros_times_root(x):
    return np.array([0.0, 2.0]) * np.sqrt(x)


def overwritten(x):
    y = np.sqrt(x)
    y[0] = x[1]
    return y


def overwritten_buffer(x):
    y = np.zeros_like(x)
    y[:] = np.log(x + 1e-300)
    y[0] = 3.0
    return y


def zeros_of_a_buffer(x):
    y = np.zeros_like(x)
    y[1] = x[1]
    return y * np.sqrt(x)


def not_taken(x):
    return np.sqrt(x)[1:]


def constant_matrix(x):
    return np.array([[0.0, 1.0], [0.0, 2.0]]) @ np.sqrt(x)


def constant_einsum(x):
    return np.einsum("ij,j->i", np.array([[0.0, 1.0], [0.0, 3.0]]), np.sqrt(x))


def tensordot_of_roots(x):
    return np.tensordot(np.sqrt(x), np.array([0.0, 1.0]), 1)


def clipped_away(x):
    return np.clip(np.sqrt(x), 0.5, 10.0)


def larger(x):
    return np.maximum(np.sqrt(x), 0.25)


def summed_where(x):
    return np.sum(np.sqrt(x), where=[False, True])


STRUCTURAL = [
    (selected, [0.2, 0.5], np.zeros((2, 2))),
    (selected, [0.2, 0.75], [[0, 0], [0, 1.0]]),
    (root_and_square, [0.0, 3.0], [np.inf, 6.0]),
    (zero_times_root, [0.0, 4.0], np.zeros((2, 2))),
    (zeros_times_root, [0.0, 4.0], [[0, 0], [0, 0.5]]),
    (overwritten, [0.0, 4.0], [[0, 1], [0, 0.25]]),
    (overwritten_buffer, [-1e-300, 1.0], [[0, 0], [0, 1.0]]),
    (zeros_of_a_buffer, [0.0, 4.0], [[0, 0], [0, 3.0]]),
    (not_taken, [0.0, 4.0], [[0, 0.25]]),
    (constant_matrix, [0.0, 4.0], [[0, 0.25], [0, 0.5]]),
    (constant_einsum, [0.0, 4.0], [[0, 0.25], [0, 0.75]]),
    (tensordot_of_roots, [0.0, 4.0], [0, 0.25]),
    (clipped_away, [0.0, 4.0], [[0, 0], [0, 0.25]]),
    (larger, [0.0, 4.0], [[0, 0], [0, 0.25]]),
    (summed_where, [0.0, 4.0], [0, 0.25]),
]


@modes
@pytest.mark.parametrize(("f", "x", "want"), STRUCTURAL, ids=lambda v: getattr(v, "__name__", None))
def test_structural_zeros(f, x, want, mode):
    with np.errstate(divide="ignore"):  # log(0), in the plain call as well
        got = FIRST[mode](f)(np.array(x))
    np.testing.assert_allclose(got, want, rtol=1e-14)


@pytest.mark.parametrize(("f", "x", "want"), STRUCTURAL, ids=lambda v: getattr(v, "__name__", None))
def test_structural_zeros_in_products(f, x, want):
    x = np.array(x)
    with np.errstate(divide="ignore"):
        value, pullback = da.vjp(f, x)
        rows = [pullback(unit.reshape(np.shape(value)))[0] for unit in np.eye(np.size(value))]
        columns = [da.jvp(f, (x,), (unit,))[1] for unit in np.eye(2)]
    np.testing.assert_allclose(np.reshape(rows, np.shape(want)), want, rtol=1e-14)
    np.testing.assert_allclose(np.stack(columns, axis=-1), want, rtol=1e-14)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_hessians_keep_structural_zeros(mode):
    got = da.hessian(root_and_square, mode=mode)(np.array([0.0, 3.0]))
    np.testing.assert_array_equal(got, [[-np.inf, 0.0], [0.0, 2.0]])
    got = da.hessian(lambda x: np.sum(selected(x)), mode=mode)(np.array([0.2, 0.5, 0.75]))
    np.testing.assert_allclose(got, np.diag([0.0, 0.0, -2.0]), rtol=1e-14)
    got = da.hessian(lambda x: np.sum(zero_times_root(x)), mode=mode)(np.array([0.0, 4.0]))
    np.testing.assert_array_equal(got, np.zeros((2, 2)))


# --- computed zeros ------------------------------------------------------------------------------


def square_of_root(x):
    return np.sum(np.sqrt(x) ** 2)


def exp_of_log(x):
    return np.sum(np.exp(np.log(x)))


def times_root(x):
    return np.sum(x * np.sqrt(x))


def root_of_square(x):
    return np.sum(np.sqrt(x * x))


def root_of_sum(x):
    return np.sqrt(np.sum(x**2))


def root_of_product(x):
    return np.sqrt(x[0] * x[1])


def matrix_of_roots(x):
    return np.sum(np.outer(x, np.sqrt(x)))


COMPUTED = [square_of_root, exp_of_log, times_root, root_of_square, root_of_sum]


@modes
@pytest.mark.parametrize("f", COMPUTED, ids=lambda f: f.__name__)
def test_computed_zeros_are_nan_with_a_warning(f, mode):
    code, first = inspect.getsourcelines(f)
    for x in (np.zeros(1), np.zeros(3), np.zeros(20), np.array(0.0)):
        with np.errstate(all="ignore"), pytest.warns(da.DerivativeWarning) as seen:
            got = FIRST[mode](f)(x)
        assert np.isnan(got).all()
        for warning in seen:
            assert warning.filename == __file__
            assert first < warning.lineno < first + len(code)
        assert "norm" in str(seen[0].message)


@pytest.mark.parametrize("f", COMPUTED, ids=lambda f: f.__name__)
def test_computed_zeros_in_every_verb(f):
    x = np.zeros(2)
    verbs = [
        lambda: da.grad(f)(x),
        lambda: da.value_and_grad(f)(x)[1],
        lambda: da.jvp(f, (x,), (np.ones(2),))[1],
        lambda: da.vjp(f, x)[1](1.0)[0],
        lambda: da.jacobian(f, chunk_size=1)(x),
    ]
    for verb in verbs:
        with np.errstate(all="ignore"), pytest.warns(da.DerivativeWarning):
            assert np.isnan(verb()).all()


def test_only_the_entries_concerned_are_nan():
    for name, first in FIRST.items():
        with pytest.warns(da.DerivativeWarning):
            got = first(lambda x: x * np.sqrt(x))(np.array([0.0, 4.0]))
        np.testing.assert_array_equal(got, [[np.nan, 0.0], [0.0, 3.0]], err_msg=name)
        with pytest.warns(da.DerivativeWarning):
            got = first(root_of_product)(np.array([0.0, 4.0]))
        # The product's derivative in x[0] is 4, and infinite after the root: x[1]'s is 0 * inf.
        np.testing.assert_array_equal(got, [np.inf, np.nan], err_msg=name)


def test_what_to_write_instead():
    x = np.zeros(3)
    for first in FIRST.values():
        np.testing.assert_array_equal(first(np.linalg.norm)(x), np.zeros(3))
        np.testing.assert_array_equal(first(np.abs)(x), np.zeros((3, 3)))
        np.testing.assert_array_equal(first(np.std)(x), np.zeros(3))
        np.testing.assert_array_equal(first(lambda v: np.hypot(v[0], v[1]))(x), np.zeros(3))


# --- conventions at kinks ------------------------------------------------------------------------

INF, NAN = np.inf, np.nan
KINKS = [
    # (function, point, derivative): the edge table of numerics.
    (lambda x: x**0, 0.0, 0.0),
    (lambda x: x**0.0, 0.0, 0.0),
    (lambda y: 0.0**y, 2.0, 0.0),
    (lambda y: 0.0**y, 0.0, 0.0),
    (lambda x: np.power(x, 3.0), -2.0, 12.0),
    (lambda y: np.power(-2.0, y), 3.0, NAN),
    (np.sqrt, 0.0, INF),
    (np.sqrt, -0.0, INF),
    (np.cbrt, 0.0, INF),
    (lambda x: x**0.5, 0.0, INF),
    (np.log, 0.0, INF),
    (np.log1p, -1.0, INF),
    (np.arcsin, 1.0, INF),
    (np.arccos, 1.0, -INF),
    (np.arccosh, 1.0, INF),
    (np.arctanh, 1.0, INF),
    (np.log, -1.0, NAN),
    (np.arctanh, 2.0, NAN),
    (np.arccosh, 0.0, NAN),
    (np.abs, 0.0, 0.0),
    (abs, 0.0, 0.0),
    (lambda x: np.copysign(x, 1.0), 0.0, 0.0),
    (lambda x: np.maximum(x, 1.0), 1.0, 0.5),
    (lambda x: np.fmax(1.0, x), 1.0, 0.5),
    (lambda x: np.minimum(x, 1.0), 1.0, 0.5),
    (lambda x: np.clip(x, 0.0, 1.0), 1.0, 1.0),
    (lambda x: np.clip(x, 0.0, 1.0), 0.0, 1.0),
    (lambda x: np.clip(x, 0.0, 1.0), 1.5, 0.0),
    (lambda x: np.hypot(x, 0.0), 0.0, 0.0),
    (lambda x: np.hypot(np.inf, x), 1.0, 0.0),
    (lambda x: np.arctan2(x, 0.0), 0.0, NAN),
    (lambda x: np.logaddexp(x, -np.inf), -np.inf, 0.5),
    (lambda x: np.logaddexp(x, 0.0), -np.inf, 0.0),
    (np.floor, 1.0, 0.0),
    (np.sign, 0.0, 0.0),
    (lambda x: np.heaviside(x, 0.5), 0.0, 0.0),
    (np.abs, NAN, NAN),
    (lambda x: np.maximum(x, 1.0), NAN, NAN),
    # What the set of conventions makes right: softplus, relu(x) - relu(-x).
    (lambda x: np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x))), 0.0, 0.5),
    (lambda x: np.maximum(x, 0.0) - np.maximum(-x, 0.0), 0.0, 1.0),
]


@modes
@pytest.mark.parametrize(("f", "x", "want"), KINKS)
def test_kinks(f, x, want, mode):
    with np.errstate(all="ignore"):
        for point in (np.float64(x), np.array(x), np.array([x]), np.array([[x, x]])):
            got = np.asarray(FIRST[mode](f)(point))
            size = np.size(point)
            diagonal = np.diagonal(got.reshape(size, size))
            np.testing.assert_allclose(diagonal, want, rtol=1e-14)
            assert np.all(got.reshape(size, size)[~np.eye(size, dtype=bool)] == 0)


ARRAYS = [
    (np.max, [1.0, 3.0, 3.0], [0.0, 0.5, 0.5]),
    (np.min, [1.0, 1.0, 1.0, 3.0], [1 / 3, 1 / 3, 1 / 3, 0.0]),
    (np.std, [2.0, 2.0, 2.0], [0.0, 0.0, 0.0]),
    (np.prod, [0.0, 2.0, 3.0], [6.0, 0.0, 0.0]),
    (np.prod, [0.0, 2.0, 0.0], [0.0, 0.0, 0.0]),
    (np.cumprod, [0.0, 2.0, 3.0], [[1, 0, 0], [2, 0, 0], [6, 0, 0]]),
    (np.sort, [2.0, 1.0, 1.0], [[0, 1, 0], [0, 0, 1], [1, 0, 0]]),
    (lambda x: np.linalg.det(x.reshape(2, 2)), [1.0, 2.0, 2.0, 4.0], [4.0, -2.0, -2.0, 1.0]),
    (lambda x: np.linalg.det(x.reshape(2, 2)), [0.0] * 4, [0.0] * 4),
]


@modes
@pytest.mark.parametrize(("f", "x", "want"), ARRAYS)
def test_kinks_of_array_functions(f, x, want, mode):
    np.testing.assert_allclose(FIRST[mode](f)(np.array(x)), want, rtol=1e-14, atol=1e-15)


@pytest.mark.parametrize("f", [np.nextafter, np.spacing])
def test_what_has_no_rule_raises(f):
    call = (lambda x: f(x, 2.0)) if f is np.nextafter else f
    for first in FIRST.values():
        with pytest.raises(da.NoRuleError):
            first(call)(np.array([1.5, 3.0]))


# --- floating-point warnings ---------------------------------------------------------------------

QUIET = [
    (np.sqrt, [0.0, 1.0]),
    (lambda x: np.sqrt(x) - np.sqrt(x), [0.0, 1.0]),
    (lambda x: np.sqrt(x) + x[::-1] * 2.0, [0.0, 1.0]),
    (lambda x: -np.sqrt(x) / 3.0, [0.0, 1.0]),
    (lambda x: np.sum(np.sqrt(x)), [0.0, 1.0]),
    (lambda x: np.sum(np.sqrt(x) * np.array([1.0, -1.0])), [0.0, 0.0]),
    (lambda x: np.cumsum(np.cbrt(x)), [0.0, 0.0]),
    (lambda x: np.concatenate((np.sqrt(x), x)), [0.0, 1.0]),
    (lambda x: np.ones((2, 2)) @ np.sqrt(x), [0.0, 1.0]),
    (lambda x: x / (1e200 * (1 + x)), [1.0, 2.0]),
    (lambda x: 1.0 / x, [1e-200, 1.0]),
    (lambda x: np.tanh(x), [800.0, -800.0]),
    (lambda x: np.hypot(x, x[::-1]), [0.0, 0.0]),
    (lambda x: x**2 / 3e300, [1e150, 1.0]),
    (lambda x: (1e-300 * x) * x, [1e-10, 2.0]),
    (lambda x: (x[0] * 1e-300) * (x[1] * 1e-20), [1e5, 2.0]),
    (lambda x: np.arcsin(x), [1.0, -1.0]),
    (lambda x: x[0] ** x[1], [0.0, 0.5]),
    (lambda x: np.exp(x), [700.0, 1.0]),
    (lambda x: np.log(x[0]) * np.sqrt(x[1]), [1.0, 0.0]),
    (lambda x: np.mean(np.sqrt(x)) + np.max(x) - np.sqrt(x[0]), [0.0, 2.0]),
]


@modes
@pytest.mark.parametrize(("f", "x"), QUIET)
def test_derivatives_add_no_floating_point_warnings(f, x, mode):
    x = np.array(x)
    with np.errstate(all="raise", under="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", da.DerivativeWarning)
        f(x)  # fine without derivatives
        FIRST[mode](f)(x)
        da.jvp(f, (x,), (np.full(2, 1e300),))
        da.vjp(f, x)[1](np.full(np.shape(f(x)), 1e300))
        da.grad(lambda v: np.sum(f(v)), mode="forward" if "forward" in mode else "reverse")(x)
        if "chunks" not in mode:
            inner = "reverse" if mode == "reverse" else "forward"
            da.hessian(lambda v: np.sum(f(v)), mode=inner)(x)


@modes
def test_the_plain_call_warns_once_and_as_it_does(mode):
    f = lambda x: np.log(x)
    with pytest.warns(RuntimeWarning, match="divide by zero encountered in log"):
        f(np.array([0.0, 1.0]))
    with pytest.warns(RuntimeWarning, match="divide by zero encountered in log"):
        FIRST[mode](f)(np.array([0.0, 1.0]))
    with np.errstate(divide="raise"), pytest.raises(FloatingPointError):
        FIRST[mode](f)(np.array([0.0, 1.0]))


@modes
def test_python_floats_follow_python(mode):
    with pytest.raises(ZeroDivisionError):
        FIRST[mode](lambda x: 1.0 / x)(0.0)
    with pytest.raises(OverflowError):
        FIRST[mode](lambda x: x**3)(1e200)
    np.testing.assert_array_equal(FIRST[mode](np.arctan)(0.0), 1.0)
    np.testing.assert_array_equal(FIRST[mode](np.sqrt)(0.0), np.inf)
    with np.errstate(divide="ignore"):
        np.testing.assert_array_equal(FIRST[mode](lambda x: 1.0 / x)(np.float64(0.0)), -np.inf)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_nan_of_a_product_stays_in_higher_derivatives(order):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        slope = da.derivative(lambda x: np.arccosh(x * np.ones(2)) @ np.ones(2), order=order)
        assert np.isnan(slope(0.6))
