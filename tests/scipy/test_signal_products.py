"""Convolutions and correlations of scipy.signal, in both operands."""

import numpy as np
import pytest
import scipy.signal

import dualad as da
from dualad._scipy import standin
from tests.every_machine import check

RNG = np.random.default_rng(12)
SHAPES = [((4,), (3,)), ((3,), (4,)), ((4, 3), (2, 3)), ((2, 3, 1), (1, 2, 1))]


def of(name):
    return standin(getattr(scipy.signal, name))


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("name", ["convolve", "correlate", "fftconvolve", "oaconvolve"])
def test_products(name, mode):
    f = of(name)
    for shape_a, shape_v in SHAPES:
        a, v = RNG.standard_normal(shape_a), RNG.standard_normal(shape_v)
        methods = ("auto", "direct", "fft") if name in ("convolve", "correlate") else (None,)
        for method in methods:
            keywords = {} if method is None else {"method": method}
            call = lambda a, v, k=keywords: f(a, v, mode, **k)
            few = ("forward, chunks of 2", "reverse")
            check(call, a, v, second=shape_a == (3,) and method != "fft", machines=few)


@pytest.mark.parametrize("name", ["fftconvolve", "oaconvolve"])
def test_some_axes(name):
    f = of(name)
    a, v = RNG.standard_normal((2, 4)), RNG.standard_normal((1, 3))
    check(lambda a, v: f(a, v, axes=1), a, v)
    check(lambda a, v: f(a, v, "same", axes=-1), a, v, second=False)
    check(lambda a, v: f(v, a, axes=[1]), a, v, second=False)


@pytest.mark.parametrize("name", ["convolve", "correlate", "fftconvolve"])
def test_complex_operands(name):
    f = of(name)
    a, v = RNG.standard_normal((2, 4)), RNG.standard_normal((2, 3))
    check(lambda a, v: f(a[0] + 1j * a[1], v[0] + 1j * v[1]), a, v)
    check(lambda a, v: f(a[0] + 1j * a[1], v[0], "same"), a, v, second=False)
    check(lambda a, v: f(a[0], v[0] + 1j * v[1], "valid"), a, v, second=False)


@pytest.mark.parametrize("boundary", ["fill", "wrap", "symm"])
@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("name", ["convolve2d", "correlate2d"])
def test_planes(name, mode, boundary):
    f = of(name)
    for shape_a, shape_v in (((3, 4), (2, 3)), ((2, 3), (3, 3)), ((3, 3), (3, 2))):
        a, v = RNG.standard_normal(shape_a), RNG.standard_normal(shape_v)
        second = (shape_a, mode, boundary) == ((2, 3), "same", "wrap")
        call = lambda a, v: f(a, v, mode, boundary, 0.7)
        check(call, a, v, second=second, machines=("forward", "reverse"))
    z = RNG.standard_normal((2, 3, 3))
    check(lambda a: f(a[0] + 1j * a[1], a[1, :2, :2] + 2j, mode, boundary), z, second=False)


def test_numbers_without_axes():
    x, y = np.array(1.5), np.array(-0.5)
    check(lambda a, b: of("convolve")(a, b), x, y)
    check(lambda a, b: of("correlate")(a, b), x, y)
    check(lambda a: of("fftconvolve")(a, 2.0), x)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_errors_are_scipys(mode):
    x = np.arange(4.0)
    for call in (
        lambda x: of("convolve")(x, np.ones((2, 2))),
        lambda x: of("convolve")(x, x, "most"),
        lambda x: of("correlate")(x, x, method="slow"),
        lambda x: of("convolve2d")(x, x),
        lambda x: of("fftconvolve")(x, x, axes=3),
    ):
        with pytest.raises(ValueError) as theirs:  # noqa: PT011  # the text is SciPy's
            call(x)
        with pytest.raises(ValueError) as ours:  # noqa: PT011
            da.jacobian(call, mode=mode)(x)
        assert str(ours.value) == str(theirs.value)
