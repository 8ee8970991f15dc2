"""What else users hand in: other types, failing points, code to be lifted, wrong arguments."""

from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.optimize as so

import dualad as da
from benchmarks.problems import rosenbrock
from dualad.scipy import curve_fit, fsolve, least_squares, minimize, newton, root
from tests.scipy.dropin_cases import Counted, bowl


def square(x):
    return np.sum((x - 1.0) ** 2)


@pytest.mark.parametrize("x0", [
    [3, 5],
    (3.0, 5.0),
    np.array([3, 5]),
    np.array([3.0, 5.0], np.float32),
    pd.Series([3.0, 5.0]),
    2.0,
    [2],
], ids=["ints", "tuple", "int-array", "float32", "series", "scalar", "one"])  # fmt: skip
def test_starting_points(x0):
    found = minimize(square, x0)
    assert np.allclose(found.x, 1.0, atol=1e-5)
    assert found.x.ndim == 1
    assert np.allclose(least_squares(lambda x: x - 1.0, x0).x, 1.0)
    assert np.allclose(root(lambda x: x**2 - 1.0, x0).x, 1.0)
    assert np.allclose(fsolve(lambda x: x**2 - 1.0, x0), 1.0)


@pytest.mark.parametrize("shape", [(1,), (1, 1), ()])
@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B", "SLSQP", "trust-exact", "Newton-CG"])
def test_one_number_in_an_array(shape, method):
    found = minimize(lambda x: np.reshape(bowl(x), shape), np.zeros(5), method=method)
    assert np.allclose(found.x, np.log(2.0), atol=1e-4)


@pytest.mark.parametrize("f", [lambda x: x[0] - 1.0, lambda x: [x[0] - 1.0, x[1]]])
def test_residuals_of_other_kinds(f):
    found, theirs = (s(f, [2.0, 0.5]) for s in (least_squares, so.least_squares))
    assert np.allclose(found.x, theirs.x, atol=1e-7)
    assert found.jac.shape == theirs.jac.shape


def test_points_where_the_function_is_not_defined():
    def f(x):
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.sum(x - np.log(x))

    def gradient(x):
        return np.where(x > 0.0, 1.0 - 1.0 / x, np.nan)

    for method in ("BFGS", "L-BFGS-B", "SLSQP", "TNC"):
        found = minimize(f, [4.0, 0.01], method=method)
        theirs = so.minimize(f, [4.0, 0.01], method=method, jac=gradient)
        assert np.allclose(found.x, theirs.x, rtol=1e-6), method
        assert found.success == theirs.success
    bad = minimize(square, [np.nan, 1.0], method="BFGS")
    assert not bad.success
    with pytest.raises(ValueError, match="finite"):
        least_squares(lambda x: x * np.array([1.0, np.nan]), [1.0, 1.0])


class OwnError(Exception):
    pass


def test_errors_of_the_function_are_its_own():
    def f(x):
        if x[0] < 0.9:
            raise OwnError("too small")
        return np.sum(x**2) * np.ones(x.size)

    for solve in (lambda: least_squares(f, [1.0, 1.0]), lambda: root(f, [1.0, 1.0]),
                  lambda: minimize(lambda x: f(x)[0], [1.0, 1.0])):  # fmt: skip
        with pytest.raises(OwnError, match="too small"):
            solve()


def test_warnings_pass():
    with pytest.warns(da.DerivativeWarning, match="branch"):
        minimize(lambda x: x[0] ** 2 if x[0] == 1.5 else x @ x, [1.5, 0.5])
    with pytest.warns(RuntimeWarning, match="log"):
        minimize(lambda x: np.sum(x) - np.log(x[0] - 2.0), [1.0, 1.0])
    # None of its own.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        minimize(lambda x: np.sum(np.abs(x)), [0.0, 1.0])


def test_lifted_code():
    buffer = np.zeros(3)

    def f(x):
        for i in range(3):
            buffer[i] = math.exp(x[i]) - 2.0 * float(x[i])
        return math.fsum(buffer)

    found = minimize(f, np.zeros(3))
    assert np.allclose(found.x, np.log(2.0), atol=1e-5)

    def model(t, a, b):
        return np.array([a * math.exp(-b * float(s)) for s in t])

    t = np.linspace(0.0, 2.0, 9)
    popt, _ = curve_fit(model, t, 2.0 * np.exp(-0.5 * t), [1.0, 1.0])
    assert np.allclose(popt, [2.0, 0.5], rtol=1e-7)
    assert np.isclose(newton(lambda x: math.cos(x) - x, 0.5), 0.739085133215161)
    found = minimize(
        f, np.zeros(3), method="trust-constr",
        constraints={"type": "ineq", "fun": lambda x: 0.5 - math.hypot(x[0], x[1])},
    )  # fmt: skip
    assert np.allclose(found.x, [0.125**0.5, 0.125**0.5, np.log(2.0)], atol=1e-3)


def test_a_solver_inside_the_function():
    from scipy.optimize import brentq

    def inner(p):
        return brentq(lambda y: y**3 + y - p, -5.0, 5.0)

    found = minimize(lambda x: (inner(x[0]) - 0.5) ** 2, [2.0])
    assert np.isclose(found.x[0], 0.625, atol=1e-4)
    found = minimize(
        lambda x: (da.scipy.brentq(lambda y: y**3 + y - x[0], -5, 5) - 0.5) ** 2, [2.0]
    )
    assert np.isclose(found.x[0], 0.625, atol=1e-4)


def opaque(x):
    return float(np.frombuffer(np.asarray(x).tobytes()).sum() ** 2)


@pytest.mark.parametrize(("call", "error", "match"), [
    (lambda: minimize(square, [1.0], sparsity="auto"), da.NotYetError, "sparsity"),
    (lambda: minimize(square, [1.0], compile=True), da.NotYetError, "compile"),
    (lambda: least_squares(square, [1.0], compile=True), da.NotYetError, "least_squares"),
    (lambda: minimize(square, [1.0], mode="fast"), da.InputError, "mode="),
    (lambda: minimize(square, [1.0], chunk_size=-1), da.InputError, "chunk_size"),
    (lambda: minimize(square, [1.0], no_such=1), TypeError, "no_such"),
    (lambda: minimize(square), TypeError, "x0"),
    (lambda: minimize(square, [1.0], method="no such"), ValueError, "Unknown solver"),
    (lambda: minimize(lambda x: x, [1.0, 2.0]), ValueError, "scalar"),
    (lambda: minimize(lambda x: None, [1.0]), da.OutputError, "returned None"),
    (lambda: minimize(opaque, [1.0]), da.EscapeError, 'jac="2-point"'),
    (lambda: root(opaque, [1.0]), da.EscapeError, "tobytes"),
    (lambda: da.scipy.NonlinearConstraint(3.0, 0, 1), da.InputTypeError, "function"),
    (lambda: da.scipy.NonlinearConstraint(square, 0, 1, mode="x"), da.InputError, "mode="),
    (lambda: da.scipy.NonlinearConstraint(square), TypeError, "lb"),
])  # fmt: skip
def test_bad_calls(call, error, match):
    with pytest.raises(error, match=match):
        call()


def test_the_way_out_that_the_error_names():
    assert np.allclose(minimize(opaque, [1.0, 2.0], jac="2-point").x.sum(), 0.0, atol=1e-4)


def test_workers():
    calls = []

    def mapping(function, tasks):
        calls.append(1)
        return map(function, tasks)

    found = minimize(rosenbrock, np.full(6, 0.8), method="BFGS", workers=mapping)
    assert np.allclose(found.x, 1.0, atol=1e-4)
    assert calls
    # SciPy's own keyword of this name stays SciPy's.
    if "workers" in so.least_squares.__doc__:
        assert np.allclose(least_squares(lambda x: x - 1.0, [3.0], workers=2).x, 1.0)


def test_the_function_is_not_changed_and_arrays_are_kept():
    x0 = np.array([0.2, 0.3])
    kept = x0.copy()
    seen = []

    def f(x):
        seen.append(x)
        x = x * 1.0
        x[0] = x[0] + 1.0
        return np.sum(x**2)

    counted = Counted(f)
    found = minimize(counted, x0)
    assert np.array_equal(x0, kept)
    assert np.allclose(found.x, [-1.0, 0.0], atol=1e-5)
    assert len(seen) == counted.calls
