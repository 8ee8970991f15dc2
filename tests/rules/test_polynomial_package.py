"""`numpy.polynomial`: functions and classes, in their arguments and in their coefficients.

They are Python code: where numbers reach them by NumPy's protocols they work as they stand, else
they are run lifted.
"""

import itertools

import numpy as np
import pytest

import dualad as da
from tests.machines import differences

X, C = np.array([0.3, -0.7, 1.2]), np.array([1.0, -0.5, 0.25, 2.0])
D = np.array([[0.4, -1.1, 0.6], [0.8, 0.3, -0.2]])
FAMILIES = {
    "poly": np.polynomial.polynomial,
    "cheb": np.polynomial.chebyshev,
    "leg": np.polynomial.legendre,
    "herm": np.polynomial.hermite,
    "herme": np.polynomial.hermite_e,
    "lag": np.polynomial.laguerre,
}
CLASSES = ("Polynomial", "Chebyshev", "Legendre", "Hermite", "HermiteE", "Laguerre")


def calling(function, *rest, **keywords):
    """The function of its first arguments."""

    def f(*args):
        return function(*args, *rest, **keywords)

    return f


def on_squares(function):
    def f(x, c):
        return function(x, x * x, c)

    return f


def quotient(function):
    def f(a, b):
        return function(a, b)[0]

    return f


def real_roots(function):
    def f(c):
        return np.real(function(c).astype(complex))

    return f


def functions(module, prefix):
    def g(name):
        return getattr(module, prefix + name)

    return {
        "val, x": (calling(g("val"), C), X),
        "val": (calling(g("val")), X, C),
        "val2d": (on_squares(g("val2d")), X, D),
        "grid2d": (on_squares(g("grid2d")), X, D),
        "add": (calling(g("add")), C, C[:3]),
        "sub": (calling(g("sub")), C, C[:3]),
        "mul": (calling(g("mul")), C, C[:3]),
        "div": (quotient(g("div")), C, C[1:]),
        "pow": (calling(g("pow"), 3), C),
        "der": (calling(g("der"), 2), C),
        "int": (calling(g("int"), 2, k=[1.0, 2.0]), C),
        "vander": (calling(g("vander"), 3), X),
        "fit": (calling(g("fit"), 1), X, C[:3]),
        "roots": (real_roots(g("roots")), C),
        "fromroots": (calling(g("fromroots")), X),
        "companion": (calling(g("companion")), C),
    }


def methods(kind):
    def call(c, x):
        return kind(c)(x)

    def arithmetic(c, x):
        return (kind(c) * kind(C) + 2.0).deriv().integ()(x)

    def fitted(x, y):
        return kind.fit(x, y, 1).coef

    def roots(c):
        return np.real(kind(c).roots().astype(complex))

    return {
        "call": (call, C, X),
        "arithmetic": (arithmetic, C, X),
        "domain": (calling(kind(C, domain=[0, 2])), X),
        "fit": (fitted, X, C[:3]),
        "roots": (roots, C),
    }


CASES = {
    f"{prefix}{name}": case
    for prefix, module in FAMILIES.items()
    for name, case in functions(module, prefix).items()
}
CASES |= {
    f"{name}, {what}": case
    for name in CLASSES
    for what, case in methods(getattr(np.polynomial, name)).items()
}


@pytest.mark.parametrize("name", CASES)
def test_polynomials(name):
    f, *point = CASES[name]
    cuts = np.cumsum([0, *(x.size for x in point)])

    def flat(v):
        parts = [v[a:b] for a, b in itertools.pairwise(cuts)]
        return f(*[p.reshape(x.shape) for p, x in zip(parts, point, strict=True)])

    v = np.concatenate([np.ravel(x) for x in point])
    want, error = differences(flat, v, 1e-3)
    for mode in ("forward", "reverse"):
        value, jac = da.value_and_jacobian(flat, mode=mode)(v)
        np.testing.assert_allclose(value, flat(v), rtol=1e-13, atol=1e-13)
        assert np.all(np.abs(jac - want) <= 1e-7 * np.abs(want).max(initial=1.0) + 20 * error), mode


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_the_kaiser_window(mode):
    def f(beta):
        return np.kaiser(6, beta)

    want, error = differences(lambda v: f(v[0]), np.array([3.7]), 1e-2)
    value, slope = da.value_and_jacobian(f, mode=mode)(3.7)
    np.testing.assert_array_equal(value, f(3.7))
    assert np.all(np.abs(slope - want[:, 0]) <= 1e-9 + 20 * error[:, 0])
