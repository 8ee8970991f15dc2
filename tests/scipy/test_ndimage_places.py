"""map_coordinates and its kin, in the image, the coordinates and the parameters."""

import numpy as np
import pytest
import scipy.ndimage

import dualad as da
from dualad._scipy import standin
from tests.every_machine import check, check_values, columns

RNG = np.random.default_rng(15)
X = RNG.standard_normal(6)
X2 = RNG.standard_normal((4, 5))
WAYS = "reflect constant nearest mirror wrap grid-mirror grid-wrap grid-constant"
MODES = WAYS.split()
# Inside, near the ends, and far outside; never at a knot.
PLACES = np.array([-17.3, -6.2, -1.7, -0.8, -0.3, 0.2, 1.4, 2.9, 4.7, 5.2, 5.8, 6.6, 11.3, 25.4])
FEW = ("forward", "reverse")


def of(name):
    return standin(getattr(scipy.ndimage, name))


def body_value(call, *point):
    """The value that the derivative belongs to: through numbers at a later level."""
    return da.jvp(call, point, tuple(np.zeros_like(x) for x in point))[0]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("order", range(6))
def test_one_axis(order, mode):
    f = of("map_coordinates")
    call = lambda v, p: f(v, p[None], order=order, mode=mode, cval=0.7)
    check_values(call, X, PLACES)
    want = columns(lambda v: call(v, PLACES), X)
    for name in FEW:
        got, slopes = da.jacobian(call, (0, 1), mode=name)(X, PLACES)
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-11)
        step = 1e-3
        ahead, behind, two, back = (call(X, PLACES + s * step) for s in (1, -1, 2, -2))
        slope = (8 * (ahead - behind) - (two - back)) / (12 * step)
        np.testing.assert_allclose(slopes, np.diag(slope), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("mode", ["mirror", "constant", "nearest"])
def test_two_axes(mode):
    f = of("map_coordinates")
    p = np.array([[0.3, 2.6, 1.2], [3.4, 0.7, 4.3]])
    for order in (1, 2, 3):
        call = lambda v, p, n=order: f(v, p, order=n, mode=mode)
        check(call, X2, p, second=order == 3 and mode == "mirror", step=0.01, machines=FEW)
    call = lambda v, p: f(v, p, prefilter=False, mode=mode)
    check(call, X2, p, second=False, step=0.01, machines=FEW)
    z = RNG.standard_normal((2, 4, 5))
    check(lambda v: f(v[0] + 1j * v[1], p, mode=mode), z, linear=True, second=False, machines=FEW)


def test_places_with_axes_and_low_precision():
    f = of("map_coordinates")
    p = RNG.uniform(0.0, 3.0, (2, 2, 3))
    check(lambda v, p: f(v, p), X2, p, second=False, step=0.005, machines=FEW)
    check_values(lambda v: f(v, p), X2.astype(np.float32))
    assert da.jacobian(lambda v: f(v, p))(X2.astype(np.float32)).dtype == np.float32
    check(lambda v, c: f(v, p - 1.5, cval=c), X2, np.array(0.3), second=False, machines=FEW)


@pytest.mark.filterwarnings("ignore:The behavior of affine_transform:UserWarning")  # before 1.15
@pytest.mark.parametrize("mode", ["constant", "nearest", "reflect", "grid-wrap"])
def test_shift_and_affine(mode):
    check(
        lambda v, s: of("shift")(v, s, mode=mode, order=2),
        X2[:3, :3],
        np.array([0.3, -0.6]),
        second=False,
        step=0.005,
        machines=FEW,
    )
    check(lambda v, s: of("shift")(v, s, mode=mode), X2, np.float64(0.4), second=False, step=0.005)
    matrix = np.array([[0.9, 0.2], [-0.13, 1.07]])
    call = lambda v, m, o: of("affine_transform")(v, m, o, (3, 3), order=3, mode=mode)
    check(call, X2, matrix, np.array([0.31, 0.47]), second=False, step=0.002, machines=FEW)
    call = lambda v, m: of("affine_transform")(v, m, 0.3, order=1, mode=mode)
    check(call, X2, np.array([0.83, 0.61]), second=False, step=0.002, machines=FEW)
    whole = np.array([[0.9, 0.2, 0.31], [-0.13, 1.07, 0.4]])
    call = lambda m: of("affine_transform")(X2, m, mode=mode)
    check(call, whole, second=False, step=0.002, machines=FEW)


@pytest.mark.parametrize("order", [0, 1, 3])
def test_zoom(order):
    f = of("zoom")
    for factor, options in (
        (1.6, {}),
        ((0.7, 2.0), {"mode": "mirror"}),
        (1.5, {"grid_mode": True, "mode": "grid-constant"}),
        (2.0, {"grid_mode": True, "mode": "nearest"}),
        (1.0, {}),
    ):
        call = lambda v, z=factor, k=options: f(v, z, order=order, **k)
        check(call, X2, linear=True, second=False, machines=FEW, atol=1e-9)
    with pytest.raises(da.NoRuleError, match="zoom"):
        da.jacobian(lambda z: f(X2, z))(1.5)


def test_rotate():
    f = of("rotate")
    call = lambda v, a: f(v, a, reshape=False, mode="mirror")
    check(call, X2, np.float64(27.0), second=False, step=0.005, machines=FEW)
    check(lambda v: f(v, 33.0), X2, linear=True, second=False, machines=FEW)
    x = RNG.standard_normal((3, 2, 4))
    call = lambda v: f(v, 21.0, axes=(0, 2), order=1, mode="nearest")
    check(call, x, linear=True, second=False, machines=FEW)


def test_prefilters():
    for order in (2, 3, 4, 5):
        for mode in ("mirror", "reflect", "grid-wrap", "constant", "nearest", "wrap"):
            call = lambda v, n=order, m=mode: of("spline_filter1d")(v, n, 0, mode=m)
            check(call, X2, linear=True, second=False, machines=FEW)
            check(call, X[:2], linear=True, second=False, machines=FEW)
            check(call, X[:1], linear=True, second=False, machines=FEW)
    long = RNG.standard_normal(70)
    for mode in ("mirror", "reflect", "grid-wrap"):
        call = lambda v, m=mode: of("spline_filter1d")(v, 5, mode=m)
        want = columns(call, long)
        np.testing.assert_allclose(da.jacobian(call, mode="reverse")(long), want, atol=1e-14)
    check(lambda v: of("spline_filter")(v * v), X2[:2, :3], machines=FEW)
    check(lambda v: of("spline_filter1d")(v, 1), X, linear=True, second=False)


def test_what_is_refused():
    with pytest.raises(da.NoRuleError, match="map_coordinates"):
        da.jacobian(lambda v: of("geometric_transform")(v, lambda i: i))(X)
    for call in (
        lambda v: of("map_coordinates")(v, [[1.0]], order=7),
        lambda v: of("map_coordinates")(v, [[1.0], [2.0]]),
        lambda v: of("map_coordinates")(v, [[1.0]], mode="no"),
        lambda v: of("rotate")(v, 3.0),
        lambda v: of("spline_filter")(v, order=1),
    ):
        with pytest.raises((ValueError, RuntimeError)) as theirs:
            call(X)
        with pytest.raises(type(theirs.value)) as ours:
            da.jacobian(call)(X)
        assert str(ours.value) == str(theirs.value)
