"""Functions within functions, lifted: their code is found whatever stands in and around them."""

import math

import numpy as np
import pytest

import dualad as da


def outer(f, others):
    """Functions whose inner scopes have names that begin with this one's, in Python 3.10."""

    def listed(v):
        return f(*[p for p, _ in zip([v[0]], others, strict=True)])

    def generated(v):
        return sum(f(p) for p in v[:1])

    def keyed(v):
        return {i: f(p) for i, p in enumerate(v)}[0]

    def nested(v):
        def inner(p):
            return sum([f(q) for q in (p,)])

        return inner(v[0])

    def with_lambda(v):
        g = lambda p: sum([f(q) for q in (p,)])
        return g(v[0])

    return listed, generated, keyed, nested, with_lambda


def sine(x):
    return math.sin(x)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("f", outer(sine, [0]), ids=lambda f: f.__name__)
def test_comprehensions_in_inner_functions(f, mode):
    x = np.array([0.3, 1.2])
    np.testing.assert_array_equal(da.grad(f, mode=mode)(x), [math.cos(0.3), 0.0])


def of_parts(kind):
    def f(x):
        z = kind(x[0], x[1]) * kind(2.0, x[1])
        return z.real * z.imag

    return f


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("kind", [complex, np.complex128, np.complex64])
def test_complex_numbers_of_two_parts(kind, mode):
    x = np.array([0.3, 1.2])
    # z = (2a - b**2) + (2b + ab) i
    a, b = x
    re, im = 2 * a - b * b, 2 * b + a * b
    value, slope = da.value_and_grad(of_parts(kind), mode=mode)(x)
    assert value == of_parts(kind)(x)
    np.testing.assert_allclose(slope, [2 * im + b * re, -2 * b * im + (2 + a) * re], rtol=1e-6)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_cache_that_a_plain_call_has_filled_is_not_taken_for_a_constant(mode):
    known = {}

    def cached(t):
        if t not in known:
            known[t] = math.exp(t)
        return known[t]

    cached(0.3)
    with pytest.raises(da.EscapeError, match="a cache that another call has filled"):
        da.grad(lambda x: cached(x) * math.sin(x), mode=mode)(0.3)
    assert known == {0.3: math.exp(0.3)}


# --- what dualad's own functions do with code that needs lift ------------------------------------


def fresh_scalar():
    """A function that no evaluation has seen before: lift is remembered by code."""
    space = {"math": math, "np": np}
    source = (
        "def f(x):\n    out = np.zeros(2)\n    out[:] = x\n    return out[0] * math.sin(out[1])\n"
    )
    exec(source, space)
    return space["f"]


def test_check_derivatives_of_code_that_needs_lift():
    x = np.array([0.7, 1.3])
    assert da.check_derivatives(fresh_scalar(), x).orders[1].worst < 1e-5
    assert da.check_derivatives(lambda v: math.exp(v[0]) * v[1], x).orders[1].worst < 1e-5


def test_methods_taken_from_a_class():
    def whole(x):
        return x * x if float.is_integer(x) else math.sin(x)

    def of_arrays(x):
        return np.ndarray.sum(x) * math.exp(x[0])

    for mode in ("forward", "reverse"):
        assert da.grad(whole, mode=mode)(0.3) == math.cos(0.3)
        got = da.grad(of_arrays, mode=mode)(np.array([0.5, 1.0]))
        np.testing.assert_allclose(got, math.exp(0.5) * np.array([2.5, 1.0]), rtol=1e-14)
