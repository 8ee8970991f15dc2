"""`scipy.interpolate`: B-splines, FITPACK's splines and `interp1d`, of numbers."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import interpolate

import dualad as da
from dualad._scipy import standin
from dualad._scipy._banded import banded_solve
from tests.machines import FIRST
from tests.scipy.standin_checks import check, check_first

RNG = np.random.default_rng(6)
X = np.array([0.1, 0.7, 1.6, 2.2, 3.4, 4.1, 4.9])
Y = RNG.normal(size=7)
XY = np.concatenate([X, Y])
INNER = np.array([0.9, 2.9, 4.4])
Q = np.array([0.35, 2.9, -0.4, 5.9])
make = interpolate.make_interp_spline


def even_degrees():
    """The even degrees for which this SciPy finds knots."""
    for k in (2, 4):
        try:
            make(X, Y, k=k)
        except ValueError:
            continue
        yield k


EVEN = tuple(even_degrees())
CURVE = make(X, RNG.normal(size=(7, 2)))
LINE = make(X, Y)
TCK = interpolate.splrep(X, Y)
SMOOTH = interpolate.UnivariateSpline(X, Y, s=0.3)
KNOTS = np.array([0.1] * 4 + [1.9, 3.0] + [4.9] * 4)
WEIGHTS = np.linspace(0.5, 1.5, 7)

CALLED = {
    "BSpline": (lambda of, v: of(CURVE)(v), Q),
    "BSpline, nu": (lambda of, v: of(CURVE)(v, 2), INNER),
    "BSpline, periodic": (lambda of, v: of(LINE)(v, 0, "periodic"), Q),
    "BSpline, integral": (lambda of, v: of(LINE.integrate)(v[0], v[1]), [1.0, 2.7]),
    "BSpline, clipped integral": (lambda of, v: of(LINE.integrate)(v[0], v[1], False), [-9.0, 2.7]),
    "BSpline, periodic integral": (
        lambda of, v: of(LINE.integrate)(v[0], v[1], "periodic"),
        [-11.0, 22.7],
    ),
    **{
        f"splev, der={der}, ext={ext}": (
            lambda of, v, der=der, ext=ext: of(interpolate.splev)(v, TCK, der, ext),
            Q,
        )
        for der in (0, 1)
        for ext in (0, 1, 3)
    },
    "UnivariateSpline": (lambda of, v: of(SMOOTH)(v), Q),
    "UnivariateSpline, const": (lambda of, v: of(SMOOTH)(v, ext="const"), Q),
    "UnivariateSpline, integral": (lambda of, v: of(SMOOTH.integral)(v[0], v[1]), [0.3, 4.0]),
    "UnivariateSpline, derivatives": (lambda of, v: of(SMOOTH.derivatives)(v[0]), [0.3]),
}


@pytest.mark.parametrize("name", CALLED)
def test_called_with_numbers(name):
    check(*CALLED[name])


def methods(make_it, inner=INNER):
    def f(of, v):
        p = make_it(of, v)
        area = np.reshape(p.integrate(1.0, 2.5), (-1,))
        parts = [p(inner), p.derivative()(inner), p.antiderivative(2)(inner), area]
        return np.concatenate([np.reshape(part, (-1,)) for part in parts])

    return f


def periodic(k):
    def f(of, v):
        values = np.concatenate([v[7:], v[7:8]])
        return of(make)(v[:7], values, k=k, bc_type="periodic")(INNER)

    return f


def interp(k, **keywords):
    return lambda of, v: of(make)(v[:7], v[7:], k=k, **keywords)(INNER)


def tuples(k):
    """splrep, splev, splder, splantider and splint, one after the other."""

    def f(of, v):
        tck = of(interpolate.splrep)(v[:7], v[7:], k=k)
        parts = [of(interpolate.splev)(INNER, tck)]
        parts.append(np.reshape(of(interpolate.splint)(-1.0, 3.0, tck), (1,)))
        if k > 1:
            parts.append(of(interpolate.splev)(INNER, of(interpolate.splder)(tck)))
        if k < 5:
            parts.append(of(interpolate.splev)(INNER, of(interpolate.splantider)(tck)))
        return np.concatenate(parts)

    return f


def univariate(of, v):
    p = of(interpolate.UnivariateSpline)(v[:7], v[7:], k=4, s=0)
    area = np.reshape(p.integral(1.0, 3.0), (1,))
    return np.concatenate([p(INNER), p.derivative()(INNER), p.antiderivative()(INNER), area])


ENDS = ([(1, 0.3), (2, 0.1)], [(1, 0.0), (2, 0.1)])
BUILT = {
    **{f"make_interp_spline, k={k}": (interp(k), XY) for k in (1, 3, 5, *EVEN)},
    **{
        f"make_interp_spline, {bc}": (interp(3, bc_type=bc), XY)
        for bc in ("natural", "clamped", ([(1, 0.3)], [(2, 0.1)]))
    },
    "make_interp_spline, derivatives": (interp(5, bc_type=ENDS), XY),
    **{f"periodic, k={k}": (periodic(k), XY[:-1]) for k in (3, 4)},
    "make_interp_spline, methods": (methods(lambda of, v: of(make)(X, v)), Y),
    "boundary values": (
        lambda of, v: of(make)(X, Y, bc_type=([(1, v[0])], [(2, v[1])]))(INNER),
        [0.3, -0.2],
    ),
    "make_lsq_spline, y": (
        lambda of, v: of(interpolate.make_lsq_spline)(X, v, KNOTS, w=WEIGHTS)(Q),
        Y,
    ),
    "make_lsq_spline, x and w": (
        lambda of, v: of(interpolate.make_lsq_spline)(v[:7], Y, KNOTS, w=v[7:])(Q),
        np.concatenate([[0.12], X[1:-1], [4.88], WEIGHTS]),
    ),
    "make_smoothing_spline": (
        lambda of, v: of(interpolate.make_smoothing_spline)(X, v, lam=0.1)(Q),
        Y,
    ),
    "BSpline": (
        lambda of, v: of(interpolate.BSpline)(np.sort(v[:8]), v[8:], 2)(INNER),
        [0.0, 0.1, 0.5, 1.0, 2.0, 3.0, 5.0, 6.0, *Y[:5]],
    ),
    "basis_element": (
        lambda of, v: of(interpolate.BSpline.basis_element)(v)(INNER[:2]),
        [0.0, 1.0, 2.2, 3.0],
    ),
    **{f"tck, k={k}": (tuples(k), XY) for k in (1, 2, 3, 5)},
    "splrep, knots": (
        lambda of, v: of(interpolate.splev)(
            INNER, of(interpolate.splrep)(X, v, t=[1.9, 3.0], w=WEIGHTS)
        ),
        Y,
    ),
    "UnivariateSpline": (univariate, XY),
    "InterpolatedUnivariateSpline": (
        lambda of, v: of(interpolate.InterpolatedUnivariateSpline)(X, v, bbox=[0.0, 5.0])(Q),
        Y,
    ),
    "LSQUnivariateSpline": (
        lambda of, v: of(interpolate.LSQUnivariateSpline)(X, v, [1.9, 3.0])(Q),
        Y,
    ),
}


@pytest.mark.parametrize("name", BUILT)
def test_built_of_numbers(name):
    f, x = BUILT[name]
    check_first(f, np.asarray(x, float))


@pytest.mark.parametrize("name", ["make_interp_spline, k=3", "tck, k=2", "BSpline"])
def test_second_derivatives(name):
    check(*BUILT[name])


# --- interp1d and polynomials --------------------------------------------------------------------

KINDS = (
    "linear",
    "nearest",
    "zero",
    "slinear",
    "quadratic",
    "cubic",
    "previous",
    "next",
    *EVEN[1:],
)
RULES = {
    "extrapolate": {"fill_value": "extrapolate"},
    "fill": {"bounds_error": False, "fill_value": (1.0, 2.0)},
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", KINDS)
def test_interp1d(kind, rule):
    keywords = RULES[rule]
    table = RNG.normal(size=(2, 7, 2))
    plain = interpolate.interp1d(X, table, kind, axis=1, **keywords)
    points = Q if kind not in ("previous", "next") else INNER
    check_first(lambda of, v: of(plain)(v), points)

    def f(of, v):  # the knots come in reverse order
        values = np.reshape(v[7:], (7, 2))
        return of(interpolate.interp1d)(v[:7], values, kind, axis=0, **keywords)(points)

    check_first(f, np.concatenate([X[::-1], RNG.normal(size=14)]))


def test_interp1d_fill_values():
    def f(of, v):
        fill = (v[0], v[1])
        return of(interpolate.interp1d)(X, Y, bounds_error=False, fill_value=fill)(Q)

    check(f, [0.3, 0.4])


def test_interp1d_raises_out_of_bounds():
    line = interpolate.interp1d(X, Y)
    with pytest.raises(ValueError, match="interpolation range"):
        da.jacobian(lambda y: standin(interpolate.interp1d)(X, y)(Q))(Y)
    with pytest.raises(ValueError, match="interpolation range"):
        line(Q)


@pytest.mark.parametrize(
    "cls", [interpolate.KroghInterpolator, interpolate.BarycentricInterpolator]
)
def test_polynomials(cls):
    options = {} if "Krogh" in cls.__name__ else {"random_state": 3}
    plain = cls(X, Y, **options)
    check(lambda of, v: of(plain)(v), INNER)
    at = np.append(X[2], INNER)
    check_first(lambda of, v: of(cls)(v[:7], v[7:], **options)(at), XY, tol=1e-6)


def test_krogh_with_repeated_nodes():
    plain = interpolate.KroghInterpolator([0.0, 0.0, 1.0, 2.0], [1.0, 2.0, 3.0, 4.0])
    check(lambda of, v: of(plain)(v), INNER)


# --- refusals ------------------------------------------------------------------------------------

REFUSED = {
    "smoothing": lambda y: standin(interpolate.UnivariateSpline)(X, y),
    "smoothing splrep": lambda y: standin(interpolate.splrep)(X, y, s=0.1),
    "lam": lambda y: standin(interpolate.make_smoothing_spline)(X, y),
    "per": lambda y: standin(interpolate.splrep)(X, y, per=1),
    "insert_knot": lambda y: standin(make)(X, y).insert_knot(0.5),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    with pytest.raises(da.NoRuleError):
        da.jacobian(REFUSED[name])(Y)


# --- banded systems ------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 3])
def test_banded_solve(k):
    n, bands = 5, (1, 2)
    ab = RNG.normal(size=(4, n)) + 5.0 * (np.arange(4) == 2)[:, None]
    b = RNG.normal(size=(n, k))

    def f(ab, b):
        return banded_solve(bands, ab, b)

    dense = sum(np.diag(ab[2 - d, max(d, 0) : n + min(d, 0)], d) for d in range(-1, 3))
    np.testing.assert_allclose(f(ab, b), np.linalg.solve(dense, b), rtol=1e-12)

    def through_dense(ab, b):
        matrix = 0.0
        for d in range(-1, 3):
            place = np.zeros((n, n, n))
            for j in range(max(d, 0), n + min(d, 0)):
                place[j - d, j, j] = 1.0
            matrix = matrix + np.einsum("ijk,k->ij", place, ab[2 - d])
        return np.linalg.solve(matrix, b)

    for machine in (FIRST["forward"], FIRST["reverse"], FIRST["forward, chunks of 1"]):
        for got, want in zip(machine(f, (ab, b)), machine(through_dense, (ab, b)), strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-12)
