"""`finite_difference`: black boxes inside exact derivatives, against their exact derivatives."""

from __future__ import annotations

import ctypes
import ctypes.util
import math
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest

import dualad as da
from tests.machines import FIRST, SECOND, one_array

MODES = ("forward", "reverse")
METHODS = ("2-point", "3-point", "5-point", "cs")
# Relative to the largest entry: first and second derivatives.
ACCURACY = {
    "2-point": (1e-6, 3e-3),
    "3-point": (1e-8, 1e-5),
    "5-point": (1e-10, 1e-7),
    "cs": (1e-13, 1e-8),
}
X, Y = np.array([0.4, -0.3, 1.2]), np.array([[1.0, 0.5], [-2.0, 0.25]])


def sealed(f):
    """f as foreign code: plain arrays of its own go in, which it spoils, a buffer comes out."""
    buffers = {}

    def foreign(*args):
        for x in args:
            assert type(x) in (float, complex, np.float64, np.complex128, np.ndarray), type(x)
        y = f(*args)
        for x in args:
            if type(x) is np.ndarray:
                x.fill(-7.0)
        if np.ndim(y) == 0:
            return y
        buffer = buffers.setdefault((y.shape, y.dtype), np.zeros_like(y))
        buffer[...] = y
        return buffer

    return foreign


CASES = {
    "number": (lambda x: np.sin(x) * np.exp(x), (0.7,)),
    "float64": (lambda x: np.cosh(x), (np.float64(0.7),)),
    "vector": (lambda x: np.sin(x) * x[0] + x[::-1] * x, (X,)),
    "vector to number": (lambda x: np.prod(x) + x @ x, (X,)),
    "number to vector": (lambda x: np.stack([x, x * x, np.cos(x)]), (0.7,)),
    "matrix": (lambda x: x @ x * x[0, 0], (Y,)),
    "several": (lambda x, y, z: np.sin(y @ x[:2]) * z + x[2] ** 3, (X, Y, 1.3)),
    "0-d": (lambda x: x * x * 1.0, (np.array(0.7),)),
    "empty": (lambda x: x * 2.0, (np.zeros(0),)),
    "scales": (lambda x: x * x * np.array([1e-6, 1.0, 1e6]), (np.array([1e3, 1.0, 1e-2]),)),
}


def close(got, want, accuracy):
    for g, w in zip(got, want, strict=True):
        assert np.shape(g) == np.shape(w)
        np.testing.assert_allclose(g, w, rtol=0, atol=accuracy * np.max(np.abs(w), initial=1e-3))


@pytest.mark.parametrize("machine", FIRST)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("case", CASES)
def test_first_derivatives(case, method, machine):
    f, point = CASES[case]
    box = da.finite_difference(sealed(f), method)

    def outer(g):
        return lambda *args: one_array(np.exp(g(*[np.sin(x) for x in args])) * 1.0)

    want = FIRST["forward"](outer(f), point)
    with np.errstate(over="ignore"):
        close(FIRST[machine](outer(box), point), want, ACCURACY[method][0])


@pytest.mark.parametrize("machine", SECOND)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("case", [c for c in CASES if c not in ("empty", "scales")])
def test_second_derivatives(case, method, machine):
    f, point = CASES[case]
    box = da.finite_difference(sealed(f), method, tol=1e-1)

    def outer(g):
        return lambda *args: np.sin(g(*[x * x for x in args]))

    want = SECOND["symmetric"](outer(f), point) if "symmetric" in SECOND else None
    if want is None:
        want = next(iter(SECOND.values()))(outer(f), point)
    close([SECOND[machine](outer(box), point)], [want], ACCURACY[method][1])


@pytest.mark.parametrize("method", METHODS)
def test_products(method):
    f, point = CASES["several"]
    box = da.finite_difference(sealed(f), method, tol=1e-1)
    tangents = (X[::-1], Y.T, 0.5)
    first, second = ACCURACY[method]
    close(da.jvp(box, point, tangents), da.jvp(f, point, tangents), first)
    (value, pull), (plain, exact) = da.vjp(box, *point), da.vjp(f, *point)
    np.testing.assert_array_equal(value, plain)
    close(pull(np.array([1.0, -2.0])), exact(np.array([1.0, -2.0])), first)
    cost, exact = (lambda x, g=g: np.sum(g(x, Y, 1.3) ** 2) for g in (box, f))
    close([da.hvp(cost)(X, X)], [da.hvp(exact)(X, X)], second)
    operator = da.jacobian_operator(box, X, Y, 1.3)
    close([operator @ np.eye(3)], [da.jacobian(f)(*point)], first)


def test_third_derivatives_are_refused():
    box = da.finite_difference(math.sin)
    for mode in MODES:
        for f in (
            da.jacobian(da.hessian(box, mode=mode), mode=mode),
            da.derivative(box, order=3),
            da.grad(da.grad(da.grad(box, mode=mode), mode=mode), mode=mode),
        ):
            with pytest.raises(da.NoRuleError, match="third derivative of sin"):
                f(1.0)


def test_foreign_code():
    libm = ctypes.CDLL(ctypes.util.find_library("m"))
    libm.tgamma.restype, libm.tgamma.argtypes = ctypes.c_double, [ctypes.c_double]
    gamma = da.finite_difference(libm.tgamma, "5-point")
    want = math.gamma(2.5) * 0.7031566406452432  # digamma(2.5), DLMF 5.4.16
    for mode in MODES:
        assert da.grad(gamma, mode=mode)(2.5) == pytest.approx(want, rel=1e-10)

    def program(x):
        code = f"x = {float(x)!r}; print(repr(x**3))"
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
        return float(run.stdout)

    assert da.grad(da.finite_difference(program, tol=None))(2.0) == pytest.approx(12.0, rel=1e-8)

    times, speeds = np.array([0.0, 1.0, 3.0]), np.array([2.0, 5.0, 3.0])
    table = da.finite_difference(lambda t: np.interp(t, times, speeds))
    got = da.jacobian(lambda t: table(t) * t)(np.array([0.5, 2.0]))
    np.testing.assert_allclose(got, np.diag([3.5 + 3.0 * 0.5, 4.0 - 1.0 * 2.0]), rtol=1e-9)


# --- errors that are estimated -------------------------------------------------------------------


def warned(f, x):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        da.grad(f)(x)
    return [w for w in caught if "estimated error" in str(w.message)]


def noisy(x):
    return float(np.float32(np.sin(x)))


DOUBTFUL = {
    "kink": (abs, "3-point", 0.0),
    "kink, 5-point": (abs, "5-point", 0.0),
    "corner of a table": (lambda x: np.interp(x, [0.0, 1.0, 2.0], [0.0, 3.0, 1.0]), "3-point", 1.0),
    "jump": (np.floor, "3-point", 2.0),
    "jump to the right": (np.ceil, "2-point", 2.0),
    "noise": (noisy, "3-point", 1.0),
    "noise, 2-point": (noisy, "2-point", 1.0),
    "edge of the domain": (np.sqrt, "3-point", 1e-9),
    "not analytic": (lambda z: np.abs(z) ** 2 * np.sqrt(z / z), "cs", 1.5),
    "half analytic": (lambda z: z * np.conj(z), "cs", 1.5),
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_doubtful_derivatives_are_warned_of(name):
    f, method, x = DOUBTFUL[name]
    box = da.finite_difference(f, method)
    warning = warned(lambda x: box(x) * 2.0, x)[0]  # where it is NaN f runs once more
    assert warning.category is da.DerivativeWarning
    assert method in str(warning.message)
    assert warning.filename == __file__
    assert not box.last_error <= 1e-4
    silent = da.finite_difference(f, method, tol=None)
    assert not warned(lambda x: silent(x) * 2.0, x)
    assert silent.last_error is None


SMOOTH = {
    "sin": (np.sin, 1.0),
    "at a root": (np.sin, 0.0),
    "at a minimum": (np.cos, 0.0),
    "inflection": (lambda x: x**3, 0.0),
    "constant": (lambda x: 3.0 + 0.0 * x, 1.0),
    "zero": (lambda x: 0.0 * x, 1.0),
    "large": (lambda x: x * x, 1e9),
    "exp": (np.exp, 20.0),
    "small value": (lambda x: 1e-12 * np.sin(x), 1.0),
    "linear": (lambda x: 2.0 * x, 0.3),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", SMOOTH)
def test_smooth_functions_are_silent(name, method):
    f, x = SMOOTH[name]
    box = da.finite_difference(f, method)
    assert not warned(box, x)
    assert not warned(lambda x: np.sum(box(x * np.ones(3))), x)
    assert 0.0 <= box.last_error <= 1e-4


@pytest.mark.parametrize("method", METHODS)
def test_the_estimate_is_no_smaller_than_the_error(method):
    rng = np.random.default_rng(1)
    too_small = 0
    for _ in range(100):
        a, b, x = rng.normal(size=3) * 2.0
        box = da.finite_difference(lambda x, a=a, b=b: np.sin(a * x) * np.exp(b * x), method)
        got = da.grad(box)(x)
        y, sine = np.exp(b * x), np.sin(a * x)
        want = a * np.cos(a * x) * y + b * sine * y
        size = max(abs(got), abs(sine * y) / max(1.0, abs(x)))
        too_small += abs(got - want) / size > 2.0 * box.last_error + 1e-15
        assert abs(got - want) / size < 1e-4
    assert too_small <= 5


def test_last_error_belongs_to_a_thread():
    box = da.finite_difference(np.sin)
    assert box.last_error is None
    da.grad(box)(1.0)
    seen = []
    thread = threading.Thread(target=lambda: seen.append(box.last_error))
    thread.start()
    thread.join()
    assert seen == [None]
    assert 0.0 < box.last_error < 1e-8
