"""Trends, resampling and analytic signals of scipy.signal."""

import numpy as np
import pytest
import scipy.signal

import dualad as da
from dualad._scipy import standin
from tests.every_machine import check, check_values

RNG = np.random.default_rng(13)
X = RNG.standard_normal(7)
X2 = RNG.standard_normal((3, 4))
FEW = ("forward", "reverse")


def of(name):
    return standin(getattr(scipy.signal, name))


def linear(call, x):
    check(call, x, linear=True, second=False, machines=FEW)


LINEAR = [
    ("detrend", X, {}),
    ("detrend", X2, {"axis": 0, "type": "constant"}),
    ("detrend", X2, {"axis": 0, "bp": [2]}),
    ("detrend", X, {"bp": [1, 4], "overwrite_data": True}),
    ("savgol_filter", X, {"window_length": 5, "polyorder": 2}),
    (
        "savgol_filter",
        X2,
        {"window_length": 3, "polyorder": 1, "axis": 0, "deriv": 1, "delta": 0.3},
    ),
    ("savgol_filter", X, {"window_length": 4, "polyorder": 2}),
    ("savgol_filter", X, {"window_length": 3, "polyorder": 1, "mode": "nearest"}),
    ("savgol_filter", X, {"window_length": 5, "polyorder": 1, "mode": "constant", "cval": 2.0}),
    ("savgol_filter", X, {"window_length": 4, "polyorder": 1, "mode": "mirror"}),
    ("savgol_filter", X2, {"window_length": 3, "polyorder": 1, "mode": "wrap"}),
    ("hilbert", X, {}),
    ("hilbert", X2, {"axis": 0, "N": 4}),
    ("hilbert", X2, {"N": 3}),
    ("hilbert2", X2, {}),
    ("hilbert2", X2, {"N": (2, 5)}),
    *[("resample", X[:n], {"num": m}) for n in (4, 5) for m in (1, 2, 3, 4, 5, 6, 7)],
    ("resample", X, {"num": 5}),
    ("resample", X[:6], {"num": 4, "window": ("kaiser", 3.0)}),
    ("resample", X, {"num": 4, "window": ("kaiser", 3.0)}),
    ("resample", X, {"num": 9, "window": np.linspace(0.5, 1.5, 7)}),
    ("resample", X2, {"num": 6, "axis": 1, "window": "hamming"}),
    ("resample", X2, {"num": 4}),
    ("resample_poly", X, {"up": 3, "down": 2}),
    ("resample_poly", X2, {"up": 2, "down": 3, "axis": 1, "padtype": "line"}),
    ("resample_poly", X2, {"up": 2, "down": 1, "padtype": "mean"}),
    ("decimate", RNG.standard_normal(30), {"q": 2}),
    ("decimate", RNG.standard_normal((9, 2)), {"q": 2, "axis": 0, "zero_phase": False}),
    ("decimate", X, {"q": 2, "ftype": "fir", "n": 4}),
    ("czt", X, {"m": 5}),
    ("czt", X2, {"m": 3, "w": 0.9 + 0.1j, "axis": 0}),
    ("zoom_fft", X, {"fn": [0.1, 0.6], "m": 4}),
    ("cspline1d", X, {}),
    ("cspline1d", X, {"lamb": 1.5}),
    ("qspline1d", X, {}),
]


@pytest.mark.parametrize(("name", "x", "options"), LINEAR)
def test_linear(name, x, options):
    linear(lambda v: of(name)(v, **options), x)


@pytest.mark.parametrize("name", ["detrend", "savgol_filter", "hilbert", "resample"])
def test_second_derivatives(name):
    more = {"savgol_filter": (5, 2), "resample": (4,)}.get(name, ())
    check(lambda v: of(name)(v * v, *more), X[:5])


def test_backgrounds():
    for padtype in ("minimum", "maximum", "median"):
        call = lambda v, p=padtype: of("resample_poly")(v, 2, 3, padtype=p)
        check(call, X, second=False, step=1e-3)


def test_resample_of_times_and_spectra():
    f = of("resample")
    check(lambda v, t: f(v, 4, t), X, np.linspace(0.0, 1.0, 7), linear=True, second=False)
    z = RNG.standard_normal((2, 6))
    for num in (3, 4, 6, 7, 8):
        linear(lambda v, n=num: f(v[0] + 1j * v[1], n), z)
        linear(lambda v, n=num: f(v[0, :5] + 1j * v[1, :5], n, window="hann"), z)
    linear(lambda v: f(v[0] + 1j * v[1], 4, domain="freq"), z)


def test_distance_of_the_samples():
    for order in (0, 1, 2):
        call = lambda v, d, n=order: of("savgol_filter")(v, 5, 3, n, d)
        check(call, X, np.float64(0.3), second=order == 1, machines=FEW)
    check(lambda d: of("savgol_coeffs")(5, 3, 2, d), np.float64(0.3))


def test_upfirdn():
    f = of("upfirdn")
    h = np.array([0.5, 1.0, -0.3])
    for up, down in ((1, 1), (3, 2), (2, 3)):
        check(lambda h, v, u=up, d=down: f(h, v, u, d), h, X[:4], machines=FEW, second=up == 3)
    linear(lambda v: f(h, v, 2, 1, axis=0, mode="symmetric"), X2)
    check(lambda h: f(h, X2, 2, axis=0), h, linear=True, second=False)
    with pytest.raises(da.NoRuleError, match="mode='symmetric'"):
        da.jacobian(lambda h: f(h, X, mode="symmetric"))(h)


def test_constants_that_are_not():
    with pytest.raises(da.NoRuleError, match="czt"):
        da.jacobian(lambda a: np.real(of("czt")(X, 3, a=a)))(0.5)


def test_low_precision():
    x = X.astype(np.float32)
    for call in (
        lambda v: of("detrend")(v),
        lambda v: of("savgol_filter")(v, 5, 2),
        lambda v: of("resample")(v, 4),
        lambda v: of("hilbert")(v).imag,
    ):
        check_values(call, x)
        for mode in FEW:
            assert da.jacobian(call, mode=mode)(x).dtype == np.float32


@pytest.mark.parametrize("mode", FEW)
def test_errors_are_scipys(mode):
    for call in (
        lambda v: of("detrend")(v, type="square"),
        lambda v: of("detrend")(v, bp=[9]),
        lambda v: of("savgol_filter")(v, 9, 2),
        lambda v: of("hilbert")(v, N=-1),
        lambda v: of("resample_poly")(v, 0, 1),
        lambda v: of("decimate")(v, 2, ftype="no"),
    ):
        with pytest.raises(ValueError) as theirs:  # noqa: PT011  # the text is SciPy's
            call(X)
        with pytest.raises(ValueError) as ours:  # noqa: PT011
            da.jacobian(call, mode=mode)(X)
        assert str(ours.value) == str(theirs.value)
