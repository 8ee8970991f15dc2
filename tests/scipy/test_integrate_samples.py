"""Quadratures of samples, in the samples, their places and their distance."""

import numpy as np
import pytest
import scipy.integrate

import dualad as da
from dualad._scipy import standin
from tests.every_machine import check

RNG = np.random.default_rng(18)
FEW = ("forward", "reverse")


def of(name):
    return standin(getattr(scipy.integrate, name))


def places(n):
    return np.cumsum(RNG.uniform(0.5, 1.5, n))


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6, 7])
@pytest.mark.parametrize(
    "name", ["trapezoid", "simpson", "cumulative_trapezoid", "cumulative_simpson"]
)
def test_samples(name, n):
    f = of(name)
    y = RNG.standard_normal(n)
    check(lambda y, x: f(y, x=x), y, places(n), second=n in (4, 5), step=0.005)
    check(lambda y, d: f(y, dx=d), y, np.array(0.3), second=n == 4)
    check(lambda y: f(y), y, linear=True, second=False, machines=FEW)


@pytest.mark.parametrize(
    "name", ["trapezoid", "simpson", "cumulative_trapezoid", "cumulative_simpson"]
)
def test_axes(name):
    f = of(name)
    y = RNG.standard_normal((4, 3))
    check(lambda y, x: f(y, x=x, axis=0), y, places(4), second=False, step=0.005, machines=FEW)
    x = np.stack([places(4) for _ in range(3)], axis=1)
    check(lambda y, x: f(y, x=x, axis=0), y, x, second=False, step=0.005, machines=FEW)
    if name != "cumulative_simpson":  # of complex samples SciPy came to take later
        check(lambda y: f(y + 1j * y * y, axis=1), y, second=False, machines=FEW)


def test_first_values():
    y = RNG.standard_normal((2, 4))
    for f in (of("cumulative_trapezoid"), of("cumulative_simpson")):
        check(lambda y, f=f: f(y, initial=0), y, linear=True, second=False, machines=FEW)
        check(lambda y, f=f: f(y, initial=0, axis=0), y, linear=True, second=False, machines=FEW)
    f = of("cumulative_simpson")
    check(lambda y, c: f(y, initial=c), y, np.ones((2, 1)), linear=True, second=False)
    check(lambda y, c: f(y, initial=c), y, np.array(0.7), linear=True, second=False)


@pytest.mark.parametrize("n", [2, 3, 5, 9])
def test_romberg(n):
    y = RNG.standard_normal(n)
    check(lambda y, d: of("romb")(y, d), y, np.array(0.4), second=n == 3)
    check(lambda y: of("romb")(y, axis=0), np.outer(y, [1.0, 2.0]), linear=True, second=False)


def test_places_that_coincide():
    x = np.array([0.0, 1.0, 1.0, 2.0, 3.0])
    y = RNG.standard_normal(5)
    check(lambda y: of("simpson")(y, x=x), y, linear=True, second=False, machines=FEW)


@pytest.mark.parametrize("mode", FEW)
def test_errors_are_scipys(mode):
    y = np.arange(4.0)
    for call in (
        lambda y: of("romb")(y),
        lambda y: of("simpson")(y, x=np.ones(3)),
        lambda y: of("cumulative_simpson")(y, x=np.ones(4)),
        lambda y: of("cumulative_trapezoid")(y, x=np.ones(3)),
    ):
        with pytest.raises(ValueError) as theirs:  # noqa: PT011  # the text is SciPy's
            call(y)
        with pytest.raises(ValueError) as ours:  # noqa: PT011
            da.jacobian(call, mode=mode)(y)
        assert str(ours.value) == str(theirs.value)
