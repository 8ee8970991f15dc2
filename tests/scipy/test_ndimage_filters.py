"""Linear filters of scipy.ndimage, in the image, in the weights and in the width."""

import numpy as np
import pytest
import scipy.ndimage

import dualad as da
from dualad._scipy import standin
from tests.every_machine import check, check_values

RNG = np.random.default_rng(14)
X = RNG.standard_normal(5)
X2 = RNG.standard_normal((3, 4))
W2 = RNG.standard_normal((2, 3))
MODES = ("reflect", "constant", "nearest", "mirror", "wrap", "grid-mirror", "grid-wrap")
FEW = ("forward", "reverse")


def of(name):
    return standin(getattr(scipy.ndimage, name))


def linear(call, *point):
    check(call, *point, linear=True, second=False, machines=FEW)


def bilinear(call, *point):
    check(call, *point, second=False, machines=FEW)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["correlate1d", "convolve1d"])
def test_lines(name, mode):
    f = of(name)
    for size, origin in ((1, 0), (2, 0), (3, -1), (3, 1), (4, 0), (4, 1), (12, 0)):
        w = RNG.standard_normal(size)
        linear(lambda v, w=w, o=origin: f(v, w, mode=mode, cval=0.4, origin=o), X)
    w = RNG.standard_normal(3)
    bilinear(lambda v, w: f(v, w, axis=0, mode=mode), X2, w)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["correlate", "convolve"])
def test_grids(name, mode):
    f = of(name)
    linear(lambda v: f(v, W2, mode=mode, cval=0.4), X2)
    linear(lambda v: f(v, W2, mode=mode, origin=(0, 1)), X2)
    if mode == "reflect":
        check(lambda v, w: f(v, w), X2[:2, :3], W2)
    bilinear(lambda v, w: f(v, w, mode=mode), X2, RNG.standard_normal((3, 2)))
    linear(lambda v: f(v, [1.0, 2.0, 0.5], mode=mode, origin=-1), X)


def test_gaussians():
    f, g = of("gaussian_filter1d"), of("gaussian_filter")
    for order in range(4):
        call = lambda v, s, n=order: f(v, s, order=n, radius=3)
        check(call, X, np.float64(0.8), second=order == 1, machines=FEW)
    linear(lambda v: f(v, 1.1, axis=0, mode="wrap"), X2)
    bilinear(lambda v, s: g(v, s, truncate=2.0), X2, np.float64(0.8))
    call = lambda v, s: g(v, s, order=(1, 0), mode=("wrap", "constant"), cval=1.0)
    bilinear(call, X2, np.array([0.7, 0.9]))
    linear(lambda v: g(v, (0.0, 1.0)), X2)
    linear(lambda v: g(v, 1.0, radius=(1, 2)), X2)


LINEAR = [
    ("uniform_filter1d", {"size": 3}),
    ("uniform_filter1d", {"size": 4, "axis": 0, "origin": -1, "mode": "wrap"}),
    ("uniform_filter", {"size": 3}),
    ("uniform_filter", {"size": (2, 3), "mode": ["nearest", "mirror"], "origin": (0, 1)}),
    ("prewitt", {}),
    ("prewitt", {"axis": 0, "mode": "constant"}),
    ("sobel", {"axis": 1, "mode": ["wrap", "nearest"]}),
    ("laplace", {}),
    ("laplace", {"mode": "mirror"}),
    ("gaussian_laplace", {"sigma": 0.7}),
    ("gaussian_laplace", {"sigma": (0.7, 0.9), "mode": "wrap", "truncate": 3.0}),
]


@pytest.mark.parametrize(("name", "options"), LINEAR)
def test_linear(name, options):
    linear(lambda v: of(name)(v, **options), X2)


def test_gradient_magnitude():
    f = of("gaussian_gradient_magnitude")
    check(lambda v: f(v, 0.6), X2, second=False, step=0.005, machines=FEW)
    check(lambda v, s: f(v, s, mode="wrap"), X2, np.float64(0.7), second=False, step=0.005)
    got = da.jacobian(lambda v: f(v, 1.0, mode="nearest"))(np.zeros((4, 4)))
    np.testing.assert_array_equal(got, 0.0)  # norms at the origin


def test_widths_have_second_derivatives():
    check(lambda s: of("gaussian_filter")(X2, s), np.array([0.6, 0.8]))
    check(lambda s: of("gaussian_laplace")(X2, s), np.float64(0.7))


@pytest.mark.parametrize("mode", FEW)
def test_low_precision_and_complex(mode):
    x = X2.astype(np.float32)
    for call in (
        lambda v: of("gaussian_filter")(v, 1.0),
        lambda v: of("sobel")(v),
        lambda v: of("correlate")(v, W2),
    ):
        check_values(call, x)
        assert da.jacobian(call, mode=mode)(x).dtype == np.float32
    z = RNG.standard_normal((2, 5))
    check(lambda v: of("correlate1d")(v[0] + 1j * v[1], [1.0, 0.5]), z, linear=True, second=False)


def test_what_is_refused():
    for call, words in (
        (lambda v: of("sobel")(v, output=np.zeros((3, 4))), "output"),
        (lambda v: of("gaussian_filter")(v, 1.0, output=np.float32), "output"),
    ):
        with pytest.raises(da.NoRuleError, match=words):
            da.jacobian(call)(X2)
    for call in (
        lambda v: of("correlate1d")(v, [1.0, 2.0], mode="no"),
        lambda v: of("correlate")(v, np.ones((2, 2, 2))),
        lambda v: of("correlate1d")(v, [1.0, 2.0], origin=3),
    ):
        with pytest.raises((ValueError, RuntimeError)) as theirs:
            call(X2)
        with pytest.raises(type(theirs.value)) as ours:
            da.jacobian(call)(X2)
        assert str(ours.value) == str(theirs.value)


def test_filters_of_spectra():
    for name, value in (
        ("fourier_gaussian", 0.8),
        ("fourier_shift", 0.7),
        ("fourier_uniform", 2.0),
        ("fourier_ellipsoid", 2.0),
    ):
        f = of(name)
        linear(lambda v, f=f, p=value: f(np.fft.fft2(v), p), X2)
        linear(lambda v, f=f, p=value: f(np.fft.rfft(v), p, n=5), X)
    for name in ("fourier_gaussian", "fourier_shift"):
        f = of(name)
        check(lambda p, f=f: f(np.fft.fft2(X2), p), np.array([0.4, 0.7]), machines=FEW)
        bilinear(lambda v, p, f=f: f(np.fft.rfft(v), p, n=5), X, np.float64(0.6))
    with pytest.raises(da.NoRuleError, match="size"):
        da.jacobian(lambda p: of("fourier_uniform")(np.fft.fft(X), p).real)(2.0)
