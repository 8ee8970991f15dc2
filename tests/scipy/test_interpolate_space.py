"""`scipy.interpolate` in several variables: grids, scattered data, radial basis functions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import interpolate

import dualad as da
from dualad._scipy import bound_standin, standin
from tests.machines import differences
from tests.scipy.standin_checks import check, check_first, of

RNG = np.random.default_rng(7)
GRID = [np.array([0.2, 1.3, 2.1, 3.6, 4.2, 5.5]), np.arange(6.0)[::-1], np.arange(6.0) + 0.1]
POINTS = np.array([[1.8, 2.3, 1.4], [3.1, 0.4, 2.75]])
METHODS = ("linear", "nearest", "slinear", "cubic", "quintic", "pchip")
Regular = interpolate.RegularGridInterpolator


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("ndim", [2, 3])
def test_grid_in_the_points(method, ndim):
    table = RNG.normal(size=(*(6,) * ndim, 2))
    plain = Regular(GRID[:ndim], table, method, bounds_error=False, fill_value=None)
    points = np.append(POINTS[:, :ndim], [[-0.3, 2.4, 1.7][:ndim]], axis=0)
    run = check if ndim == 2 else check_first
    run(lambda of, v: of(plain)(np.reshape(v, points.shape)), points.ravel())


WAVES = np.sin(np.arange(72.0)).reshape(6, 6, 2), np.cos(np.arange(72.0)).reshape(6, 6, 2)


def of_values(method, **keywords):
    def f(of, v):
        table = v[0] * WAVES[0] + v[1] * v[1] * WAVES[1]
        places = np.append(POINTS[:, :2], [[-9.0, 2.0]], axis=0)
        return of(Regular)(GRID[:2], table, method, bounds_error=False, **keywords)(places)

    return f


@pytest.mark.parametrize("method", ["linear", "nearest", "pchip", "cubic_legacy"])
def test_grid_in_the_values(method):
    check(of_values(method, fill_value=0.5), [0.7, 1.2])


@pytest.mark.parametrize("method", ["cubic", "quintic"])
def test_grid_of_splines_in_the_values(method):
    """SciPy iterates for the coefficients; ours are exact, as those of the older method are."""
    x = np.array([0.7, 1.2])
    want, _ = differences(lambda v: of_values(f"{method}_legacy")(lambda g: g, v), x)
    f = of_values(method)
    np.testing.assert_array_equal(
        da.primal(f(of, da.Dual(x, np.eye(2)))), f(lambda g: g, x), strict=True
    )
    for mode in ("forward", "reverse"):
        got = da.jacobian(lambda v: f(of, v), mode=mode)(x)
        np.testing.assert_allclose(got[:2], want[:2], rtol=1e-8, atol=1e-10)


FLAT = RNG.normal(size=(6, 6))
CUBIC = Regular(GRID[:2], FLAT, "cubic")
PAIR = [1.2, 2.2, 3.3, 1.4]
SURFACE = interpolate.RectBivariateSpline(GRID[0], GRID[2], FLAT)

CASES = {
    "nu": (lambda of, v: of(CUBIC)((v[:2], v[2:]), nu=[1, 0]), PAIR),
    "another method": (lambda of, v: of(CUBIC)((v[:2], v[2:]), method="slinear"), PAIR),
    **{
        f"interpn, {method}": (
            lambda of, v, m=method: of(interpolate.interpn)(
                GRID[::2], FLAT, (v[:2], v[2:]), m, bounds_error=False, fill_value=0.0
            ),
            PAIR,
        )
        for method in ("linear", "cubic", "splinef2d")
    },
    "interpn, values": (
        lambda of, v: of(interpolate.interpn)(GRID[::2], v[0] * FLAT, [[1.2, 3.3]], "splinef2d"),
        [1.5],
    ),
    "surface": (lambda of, v: of(SURFACE)(v[:2], v[2:]), [1.2, 2.2, 1.4, 3.3]),
    "surface, ev": (lambda of, v: of(SURFACE.ev)(v[:2], v[2:]), PAIR),
    "surface, ev, dx": (lambda of, v: of(SURFACE.ev)(v[:2], v[2:], 1, 0), PAIR),
    "surface beyond its edge": (lambda of, v: of(SURFACE)(v[0], v[1], grid=False), [2.2, -1.0]),
    "bisplev": (
        lambda of, v: of(interpolate.bisplev)(v[0], v[1], (*SURFACE.tck, 3, 3)),
        [2.2, 1.3],
    ),
    "surface of values": (
        lambda of, v: of(interpolate.RectBivariateSpline)(
            GRID[0], GRID[2], v[0] * FLAT + v[1] * FLAT[::-1], kx=2
        )([1.2, 2.2], [1.4, 3.3]),
        [1.5, 0.2],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_grids(name):
    check(*CASES[name])


# --- scattered data ------------------------------------------------------------------------------

PLACES = np.random.default_rng(3).random((9, 2))
VALUES = np.random.default_rng(4).normal(size=(9, 2))
WHERE = np.array([[0.52, 0.47], [0.41, 0.62], [3.0, 3.0]])


def linear(of, v, **keywords):
    return of(interpolate.LinearNDInterpolator)(PLACES, np.reshape(v, (9, 2)), **keywords)(WHERE)


def scattered(of, v):
    places, values = np.reshape(v[:18], (9, 2)), v[18:27]
    return of(interpolate.griddata)(places, values, (v[27:29], v[29:]))


def on_a_line(method):
    def f(of, v):
        return of(interpolate.griddata)(v[:6], v[6:], WHERE[:2, 0], method=method, fill_value=0.0)

    return f


def in_places(rescale, make=interpolate.LinearNDInterpolator):
    plain = make(PLACES, VALUES, fill_value=1.0, rescale=rescale)
    return lambda of, v: of(plain)(np.reshape(v, (3, 2)))


SCATTERED = {
    **{
        f"linear, rescale={rescale}": (in_places(rescale), WHERE.ravel())
        for rescale in (False, True)
    },
    "linear, values": (lambda of, v: linear(of, v, fill_value=0.0, rescale=True), VALUES.ravel()),
    "smooth": (in_places(False, interpolate.CloughTocher2DInterpolator), WHERE.ravel()),
    "smooth, rescale": (in_places(True, interpolate.CloughTocher2DInterpolator), WHERE.ravel()),
    "griddata": (scattered, [*PLACES.ravel(), *VALUES[:, 0], 0.52, 0.41, 0.47, 0.62]),
    **{
        f"griddata on a line, {method}": (
            on_a_line(method),
            [0.0, 0.3, 0.45, 0.6, 1.2, 1.4, *VALUES[:6, 0]],
        )
        for method in ("linear", "cubic", "nearest")
    },
    "griddata, nearest": (
        lambda of, v: of(interpolate.griddata)(PLACES, v, WHERE, method="nearest"),
        VALUES[:, 0],
    ),
    "nearest": (
        lambda of, v: of(interpolate.NearestNDInterpolator(PLACES, VALUES))(np.reshape(v, (3, 2))),
        WHERE.ravel(),
    ),
    "nearest, values": (
        lambda of, v: of(interpolate.NearestNDInterpolator)(PLACES, v)(WHERE),
        VALUES[:, 0],
    ),
}


@pytest.mark.parametrize("name", SCATTERED)
def test_scattered(name):
    f, x = SCATTERED[name]
    check_first(f, np.asarray(x, float))


def test_smooth_in_the_values():
    """SciPy iterates for its gradients, to 1e-6; ours are those that it comes near."""
    make = interpolate.CloughTocher2DInterpolator
    f = lambda v: standin(make)(PLACES, v, fill_value=0.0)(WHERE)
    x = VALUES[:, 0]
    exact = make(PLACES, np.eye(9), fill_value=0.0, tol=1e-14, maxiter=10**5)(WHERE)
    for mode in ("forward", "reverse"):
        value, got = da.value_and_jacobian(f, mode=mode)(x)
        np.testing.assert_array_equal(value, make(PLACES, x, fill_value=0.0)(WHERE))
        np.testing.assert_allclose(got, exact, rtol=1e-10, atol=1e-12)
    in_griddata = lambda v: standin(interpolate.griddata)(PLACES, v, WHERE[:2], method="cubic")
    np.testing.assert_allclose(da.jacobian(in_griddata)(x), exact[:2], rtol=1e-10, atol=1e-12)


def test_smooth_second_derivatives():
    plain = interpolate.CloughTocher2DInterpolator(PLACES, VALUES)
    check(lambda of, v: of(plain)(v[0], v[1]), WHERE[0])


KERNELS = ("linear", "thin_plate_spline", "cubic", "quintic", "multiquadric")
SMOOTH = ("inverse_multiquadric", "inverse_quadratic", "gaussian")


@pytest.mark.parametrize("kernel", KERNELS + SMOOTH)
def test_radial(kernel):
    Rbf = interpolate.RBFInterpolator
    plain = Rbf(PLACES, VALUES, kernel=kernel, epsilon=2.0)
    check(lambda of, v: of(plain)(np.reshape(v, (2, 2))), WHERE[:2].ravel())

    def f(of, v):
        places = np.reshape(v[:12], (6, 2))
        build = of(Rbf)(places, v[12:18], kernel=kernel, smoothing=v[18], epsilon=v[19])
        return build(WHERE[:1])

    x = np.array([*PLACES[:6].ravel(), *VALUES[:6, 0], 0.1, 2.0])
    check_first(f, x, tol=1e-6)


def test_radial_of_complex_values():
    plain = interpolate.RBFInterpolator(PLACES, VALUES[:, 0] + 1j * VALUES[:, 1])
    check_first(lambda of, v: np.imag(of(plain)(np.reshape(v, (1, 2)))), WHERE[0])


def test_at_a_place_of_the_data():
    """r**2 log(r) is flat there: its own part of the slope is 0, and nothing is NaN."""
    plain = interpolate.RBFInterpolator(PLACES, VALUES)
    x = PLACES[4]
    got = da.jacobian(lambda v: bound_standin(plain)(v[None])[0])(x)
    want = (plain(x[None] + [[1e-6, 0.0]]) - plain(x[None] - [[1e-6, 0.0]]))[0] / 2e-6
    np.testing.assert_allclose(got[:, 0], want, rtol=1e-4, atol=1e-4)


def test_refused():
    with pytest.raises(da.NoRuleError, match="places of the grid"):
        da.jacobian(lambda g: standin(Regular)((g,), np.ones(6))([[1.0]]))(GRID[0])
    with pytest.raises(da.NoRuleError, match="CloughTocher2DInterpolator"):
        da.jacobian(lambda p: standin(interpolate.CloughTocher2DInterpolator)(p, VALUES)(WHERE))(
            PLACES
        )
    near = interpolate.RBFInterpolator(PLACES, VALUES, neighbors=5)
    with pytest.raises(da.NoRuleError, match="neighbors"):
        da.jacobian(bound_standin(near))(WHERE)
    with pytest.raises(ValueError, match="out of bounds"):
        da.jacobian(bound_standin(CUBIC))(np.array([[9.0, 9.0]]))
