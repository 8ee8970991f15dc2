"""Layouts of memory, dtypes and odd sizes, over the stand-ins of signals, images and transforms."""

import warnings

import numpy as np
import pytest
import scipy.fft
import scipy.integrate
import scipy.ndimage
import scipy.signal
import scipy.sparse

import dualad as da
from dualad._scipy import standin
from tests.every_machine import check_values, real_vector

RNG = np.random.default_rng(22)
SOS = np.array([[0.5, 0.2, 0.1, 1.0, -0.4, 0.2]])
SPARSE = scipy.sparse.csr_array(RNG.standard_normal((3, 4)))
S, N, F, Q = scipy.signal, scipy.ndimage, scipy.fft, scipy.integrate
FEW = ("forward", "reverse")

CASES = {
    "fft": lambda v: standin(F.fft)(v, axis=0),
    "rfft2": lambda v: standin(F.rfft2)(v),
    "irfftn": lambda v: standin(F.irfftn)(v),
    "dct": lambda v: standin(F.dct)(v, 2, axis=0),
    "dstn": lambda v: standin(F.dstn)(v, 3),
    "lfilter": lambda v: standin(S.lfilter)([0.3, 0.2], [1.0, 0.4], v, axis=0),
    "sosfilt": lambda v: standin(S.sosfilt)(SOS, v),
    "filtfilt": lambda v: standin(S.filtfilt)([0.3, 0.2], [1.0, 0.4], v, padlen=1),
    "convolve": lambda v: standin(S.convolve)(v, [[1.0, 2.0]]),
    "fftconvolve": lambda v: standin(S.fftconvolve)(v, [[1.0, 2.0]], "same"),
    "correlate2d": lambda v: standin(S.correlate2d)(v, [[1.0, 2.0], [0.5, 1.0]], boundary="wrap"),
    "detrend": lambda v: standin(S.detrend)(v),
    "savgol_filter": lambda v: standin(S.savgol_filter)(v, 3, 1),
    "hilbert": lambda v: standin(S.hilbert)(v),
    "resample": lambda v: standin(S.resample)(v, 5, axis=1),
    "resample_poly": lambda v: standin(S.resample_poly)(v, 3, 2),
    "upfirdn": lambda v: standin(S.upfirdn)([1.0, 0.5], v, 2),
    "medfilt": lambda v: standin(S.medfilt)(v),
    "wiener": lambda v: standin(S.wiener)(v),
    "periodogram": lambda v: standin(S.periodogram)(v)[1],
    "stft": lambda v: standin(S.stft)(v, nperseg=2)[2],
    "correlate1d": lambda v: standin(N.correlate1d)(v, [1.0, 2.0, 0.5], 0),
    "gaussian_filter": lambda v: standin(N.gaussian_filter)(v, 0.7),
    "sobel": lambda v: standin(N.sobel)(v),
    "map_coordinates": lambda v: standin(N.map_coordinates)(v, [[0.3, 1.4], [2.2, 0.7]]),
    "zoom": lambda v: standin(N.zoom)(v, 1.5, order=2),
    "maximum_filter": lambda v: standin(N.maximum_filter)(v, 2),
    "center_of_mass": lambda v: standin(N.center_of_mass)(v),
    "simpson": lambda v: standin(Q.simpson)(v, x=np.array([0.0, 1.0, 1.5, 3.0])),
    "cumulative_trapezoid": lambda v: standin(Q.cumulative_trapezoid)(v, initial=0),
    "sparse": lambda v: standin(type(SPARSE).__matmul__)(SPARSE, v.T),
}
case = pytest.mark.parametrize("name", CASES)
X = RNG.permutation(12).reshape(3, 4) * 0.31 + 0.1


def layouts(x):
    yield np.asfortranarray(x)
    yield np.flip(np.flip(x).copy())
    yield np.repeat(x, 2, axis=1)[:, ::2]
    frozen = x.copy()
    frozen.setflags(write=False)
    yield frozen


def jacobian(call, x, mode):
    return da.jacobian(lambda v: real_vector(call(v)), mode=mode)(x)


@case
def test_layouts_and_single_precision(name):
    call = CASES[name]
    want = {mode: jacobian(call, X, mode) for mode in FEW}
    np.testing.assert_allclose(want["forward"], want["reverse"], rtol=1e-9, atol=1e-12)
    for x in layouts(X):
        before = x.copy()
        check_values(call, x)
        for mode in FEW:
            np.testing.assert_allclose(jacobian(call, x, mode), want[mode], rtol=1e-12, atol=1e-14)
        np.testing.assert_array_equal(x, before)
    if name != "center_of_mass":  # its sums follow the order in memory, which a copy changes
        check_values(call, np.broadcast_to(X[1], (3, 4)))
    low = X.astype(np.float32)
    check_values(call, low)
    for mode in FEW:
        got = jacobian(call, low, mode)
        assert got.dtype == real_vector(call(low)).dtype
        np.testing.assert_allclose(got, want[mode], rtol=2e-3, atol=2e-4)


def attempt(f, *args):
    """The answer, or the error."""
    try:
        return f(*args)
    except Exception as error:
        return error


@case
def test_odd_sizes(name):
    """Where SciPy answers for an array of few or no elements, so do we; else its own error."""
    call = CASES[name]
    for x in (np.zeros((0, 4)), np.zeros((3, 0)), np.ones((1, 1)) * 0.7, X[:1], X[:, :1]):
        if x.size == 0 and name in ("correlate2d", "detrend"):
            continue  # here SciPy itself ends the process, or LAPACK complains
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            want = attempt(call, x)
            for mode in FEW:
                got = attempt(jacobian, call, x, mode)
                if isinstance(want, Exception):
                    assert type(got) is type(want), f"{x.shape} in {mode}: {got!r}"
                else:
                    assert not isinstance(got, Exception), f"{x.shape} in {mode}: {got!r}"
                    assert got.shape == real_vector(want).shape + x.shape


@case
def test_not_a_number(name):
    """NaN stays where the plain call leaves it, and is no error."""
    call = CASES[name]
    x = X.copy()
    x[1, 2] = np.nan
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if isinstance(attempt(call, x), ValueError):
            return  # some functions refuse NaN
        check_values(call, x)
        for mode in FEW:
            assert jacobian(call, x, mode).shape[1:] == x.shape
