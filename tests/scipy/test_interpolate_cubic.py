"""`scipy.interpolate`: piecewise polynomials, called with and built of numbers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import interpolate

import dualad as da
from dualad._scipy import bound_standin, standin
from tests.machines import FIRST, SECOND
from tests.scipy.standin_checks import check, check_first, of

RNG = np.random.default_rng(5)
X = np.array([0.1, 0.7, 1.6, 2.2, 3.4])
Y = RNG.normal(size=5)
Q = np.array([0.35, 1.9, -0.4, 3.9])
INNER = np.array([0.35, 1.9, 3.3])
PAIRS = RNG.normal(size=(5, 2))
SPLINE = interpolate.CubicSpline(X, PAIRS)
SIDEWAYS = interpolate.CubicSpline(X, PAIRS.T, axis=1)
ONE = interpolate.CubicSpline(X, Y)
BERNSTEIN = interpolate.BPoly(RNG.normal(size=(4, 3)), [0.0, 1.0, 1.5, 3.0])

CALLED = {
    "spline": (lambda of, v: of(SPLINE)(v), Q),
    "spline, axis": (lambda of, v: of(SIDEWAYS)(v[:, None]), Q[:2]),
    "spline, nu": (lambda of, v: of(SPLINE)(v, 1), Q),
    "spline, nu beyond the degree": (lambda of, v: of(ONE)(v, 4) + v, Q),
    "spline, periodic": (lambda of, v: of(SPLINE)(v, 0, "periodic"), Q),
    "spline, no extrapolation": (lambda of, v: of(SPLINE)(v, extrapolate=False), INNER),
    "spline of a scalar": (lambda of, v: of(ONE)(v[0]), [0.8]),
    "integral": (lambda of, v: of(ONE.integrate)(v[0], v[1]), [0.3, 2.9]),
    "periodic integral": (lambda of, v: of(ONE.integrate)(v[0], v[1], "periodic"), [-0.3, 9.9]),
    "solve": (lambda of, v: of(ONE.solve)(v[0], extrapolate=False), [0.2 * Y[1] + 0.8 * Y[2]]),
    "BPoly": (lambda of, v: of(BERNSTEIN)(v), [0.3, 1.2, 2.9]),
    "BPoly, nu": (lambda of, v: of(BERNSTEIN)(v, 2), [0.3, 1.2, 2.9]),
    "BPoly, integral": (lambda of, v: of(BERNSTEIN.integrate)(v[0], v[1]), [0.3, 2.2]),
}


@pytest.mark.parametrize("name", CALLED)
def test_called_with_numbers(name):
    check(*CALLED[name])


def built(make, n=5, **keywords):
    """Of n knots and n values; evaluated inside and outside."""
    return lambda of, v: of(make)(v[:n], v[n:], **keywords)(Q[: 2 + 2 * (n > 2)])


def periodic(of, v):
    values = np.concatenate([v[5:], v[5:6]])
    return of(interpolate.CubicSpline)(v[:5], values, bc_type="periodic")(Q)


def bounded(of, v):
    """Numbers among the boundary values."""
    bc = ((1, v[0]), (2, v[1]))
    return of(interpolate.CubicSpline)(X, Y, bc_type=bc)(Q)


XY = np.concatenate([X, Y])
CUBIC = interpolate.CubicSpline
CENTRE = (1, 0.5), (2, 0.3)

BUILT = {
    **{
        f"CubicSpline, {bc}": (built(CUBIC, bc_type=bc), XY)
        for bc in ("not-a-knot", "natural", "clamped", CENTRE, CENTRE[::-1])
    },
    **{
        f"CubicSpline of {n}, {bc}": (built(CUBIC, n, bc_type=bc), np.append(X[:n], Y[:n]))
        for n in (2, 3)
        for bc in ("not-a-knot", "natural")
    },
    "CubicSpline, periodic": (periodic, np.append(X, Y[:4])),
    "CubicSpline, boundary values": (bounded, [0.3, -0.2]),
    "Pchip": (built(interpolate.PchipInterpolator), XY),
    "Pchip of two": (built(interpolate.PchipInterpolator, 2), [0.1, 3.0, 1.0, 4.0]),
    "Akima": (lambda of, v: of(interpolate.Akima1DInterpolator)(v[:5], v[5:])(INNER), XY),
    "makima": (
        lambda of, v: of(interpolate.Akima1DInterpolator)(v[:5], v[5:], method="makima")(INNER),
        XY,
    ),
    "Hermite": (
        lambda of, v: of(interpolate.CubicHermiteSpline)(X, v[:5], v[5:])(Q),
        np.append(Y, Y[::-1]),
    ),
    "pchip_interpolate": (
        lambda of, v: of(interpolate.pchip_interpolate)(X, v[:5], v[5:], der=1),
        np.append(Y, INNER),
    ),
}


@pytest.mark.parametrize("name", BUILT)
def test_built_of_numbers(name):
    check(*BUILT[name])


def methods_of(make, inner):
    def f(of, v):
        p = make(of, v)
        area = np.reshape(p.integrate(0.3, 2.5), (-1,))
        parts = [p(inner), p.derivative()(inner), p.antiderivative(2)(inner), area]
        return np.concatenate([np.reshape(part, (-1,)) for part in parts])

    return f


METHODS = {
    "CubicSpline": (
        methods_of(lambda of, v: of(CUBIC)(X, np.reshape(v, (5, 2))), INNER),
        PAIRS.ravel(),
    ),
    "PPoly": (
        methods_of(lambda of, v: of(interpolate.PPoly)(np.reshape(v[:6], (3, 2)), v[6:]), INNER),
        [1.0, 2.0, -0.3, 0.4, 0.6, 1.2, 0.0, 1.5, 3.5],
    ),
    "BPoly": (
        methods_of(lambda of, v: of(interpolate.BPoly)(np.reshape(v[:6], (3, 2)), v[6:]), INNER),
        [1.0, 2.0, -0.3, 0.4, 0.6, 1.2, 0.0, 1.5, 3.5],
    ),
}


@pytest.mark.parametrize("name", METHODS)
def test_methods_of_what_was_built(name):
    f, x = METHODS[name]
    check_first(f, np.asarray(x))


def test_roots_move_with_the_values():
    y = np.array([1.0, -0.5, -1.0, 0.6, 1.1])
    check(lambda of, v: of(CUBIC)(X, v, bc_type="natural").roots(extrapolate=False), y)


def test_all_machines_agree():
    f, x = BUILT["CubicSpline, natural"]
    check_first(f, x, machines=FIRST)
    seconds = [m(lambda v: f(of, v), (x,)) for m in SECOND.values()]
    for second in seconds[1:]:
        np.testing.assert_allclose(second, seconds[0], rtol=1e-9, atol=1e-9)


def test_any_order_in_x():
    value = 0.9
    f = lambda x: bound_standin(ONE)(x)
    for order in range(1, 5):
        f = da.derivative(f)
        assert f(value) == pytest.approx(float(ONE(value, order)), rel=1e-10, abs=1e-12)


def test_at_a_knot_the_right_piece_counts():
    pp = interpolate.PPoly(np.array([[1.0, 3.0], [0.0, 1.0]]), [0.0, 1.0, 2.0])
    got = da.jacobian(lambda x: bound_standin(pp)(x))(np.array([0.0, 1.0, 2.0]))
    np.testing.assert_array_equal(np.diag(got), pp([0.0, 1.0, 2.0], 1))


def test_outside_without_extrapolation_all_is_nan():
    got = da.jacobian(lambda x: bound_standin(ONE)(x, extrapolate=False))(np.array([9.0]))
    assert np.isnan(got).all()


def test_float32_and_lists():
    got = da.jacobian(lambda x: bound_standin(ONE)([x, 2.0 * x]))(0.4)
    np.testing.assert_allclose(got, [ONE(0.4, 1), 2.0 * ONE(0.8, 1)])
    x = np.array([0.4, 0.9], np.float32)
    got = da.jacobian(lambda x: bound_standin(ONE)(x))(x)
    assert got.dtype == np.float64
    np.testing.assert_allclose(np.diag(got), ONE(x, 1))


def test_errors_are_scipys():
    def jacobian(f):
        return da.jacobian(f)(np.array([1.0, 0.5, 2.0]))

    with pytest.raises(ValueError, match="strictly increasing"):
        jacobian(lambda x: standin(CUBIC)(x, np.ones(3))(0.3))
    with pytest.raises(ValueError, match="bc_type"):
        jacobian(lambda y: standin(CUBIC)(X[:3], y, bc_type="nonsense")(0.3))
    with pytest.raises(da.NoRuleError, match="extend"):
        jacobian(lambda y: standin(CUBIC)(X[:3], y).extend(1, 2))
