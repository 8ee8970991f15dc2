"""Peaks, responses and spectra of scipy.signal."""

import numpy as np
import pytest
import scipy.signal

import dualad as da
from dualad._scipy import standin
from tests.every_machine import check

RNG = np.random.default_rng(20)
X = RNG.permutation(9) * 0.7 + 0.1
LONG = RNG.standard_normal(20)
B, A = np.array([0.4, -0.3, 0.2]), np.array([1.3, -0.5, 0.25])
SOS = np.array([[0.5, 0.2, 0.1, 1.0, -0.4, 0.2], [1.0, 0.3, 0.0, 1.0, 0.2, 0.1]])
FEW = ("forward", "reverse")


def of(name):
    return standin(getattr(scipy.signal, name))


def first(call, *point, **options):
    check(call, *point, second=False, machines=FEW, **options)


# --- medians, Wiener, peaks ----------------------------------------------------------------------


def test_medians():
    first(lambda v: of("medfilt")(v), X, step=0.01)
    first(lambda v: of("medfilt")(v, (3, 1)), X.reshape(3, 3), step=0.01)
    first(lambda v: of("medfilt2d")(v, 3), X.reshape(3, 3), step=0.01)
    first(lambda v: of("order_filter")(v, [1, 0, 1], 1), X, step=0.01)


def test_wiener():
    first(lambda v: of("wiener")(v, 3), X, step=1e-4, rtol=1e-7, atol=1e-7)
    first(lambda v, n: of("wiener")(v, 3, n), X, np.array(0.2), step=1e-3, rtol=1e-7)
    first(lambda v: of("wiener")(v, (2, 3)), X.reshape(3, 3), step=1e-4, rtol=1e-7, atol=1e-7)


def test_peaks():
    f = of("find_peaks")
    x = np.array([0.0, 2.0, 0.3, 1.0, 0.1, 3.0, 0.0])

    def measures(v):
        peaks, found = f(v, height=0.0, threshold=0.0, prominence=0.1)
        assert isinstance(peaks, np.ndarray)
        assert peaks.tolist() == [1, 3, 5]
        names = ("peak_heights", "left_thresholds", "right_thresholds", "prominences")
        return tuple(found[n] for n in names)

    first(measures, x, step=1e-2)
    first(lambda v: of("peak_prominences")(v, [1, 3])[0], x, step=1e-2)
    with pytest.raises(da.NoRuleError, match="width"):
        da.jacobian(lambda v: f(v, width=0.1)[1]["widths"])(x)
    places = []
    da.jacobian(lambda v: places.append(of("argrelmax")(v)) or v)(x)
    np.testing.assert_array_equal(places[0], scipy.signal.argrelmax(x))


# --- responses -----------------------------------------------------------------------------------


def test_responses():
    w = np.array([0.3, 1.1, 2.5])
    check(lambda b, a, w: of("freqz")(b, a, w), B, A, w)
    first(lambda b, a: of("freqz")(b, a, 4, whole=True)[1], B, A)
    first(lambda b: of("freqz")(b, worN=4, include_nyquist=True)[1], B)
    first(lambda b, fs: of("freqz")(b, 1, w, fs=fs), B, np.float64(7.0))
    first(lambda s: response(s, w), SOS[:, [0, 1, 2, 4, 5]])
    first(lambda b, a, w: of("freqs")(b, a, w), B, A, w)
    first(lambda b: of("group_delay")((b, A), w)[1], B)
    first(lambda b, a: of("group_delay")((b, a), 3)[1], B, A)


def response(free, w):
    ones = np.ones((len(free), 1))
    sos = np.concatenate((free[:, :3], ones, free[:, 3:]), axis=1)
    return of("sosfreqz")(sos, w)[1]


def test_zeros_and_poles():
    z, p, k = np.array([0.3, -0.8]), np.array([0.5, -0.4, 0.1]), np.array(1.7)
    w = np.array([0.3, 1.1])
    first(lambda z, p, k: of("freqz_zpk")(z, p, k, w)[1], z, p, k)
    first(lambda z, p, k: of("freqs_zpk")(z, p, k, w)[1], z, p, k)
    first(lambda z, p, k: of("zpk2tf")(z, p, k), z, p, k)
    first(lambda z, p, k, f: of("bilinear_zpk")(z, p, k, f), z, p, k, np.float64(2.0))
    first(lambda s: of("sos2tf")(s), SOS)


# --- spectra -------------------------------------------------------------------------------------


SPECTRA = [
    ("periodogram", {}),
    ("periodogram", {"nfft": 25, "window": "hann", "scaling": "spectrum"}),
    ("periodogram", {"nfft": 13, "detrend": "linear", "return_onesided": False}),
    ("welch", {"nperseg": 8}),
    ("welch", {"nperseg": 7, "noverlap": 2, "nfft": 9, "detrend": False, "window": "hamming"}),
    ("welch", {"nperseg": 6, "average": "median", "window": ("kaiser", 2.0)}),
    ("spectrogram", {"nperseg": 8}),
    ("spectrogram", {"nperseg": 8, "mode": "magnitude", "detrend": "linear"}),
    ("spectrogram", {"nperseg": 8, "mode": "complex", "return_onesided": False}),
    ("spectrogram", {"nperseg": 8, "mode": "angle", "window": "hann"}),
    ("stft", {"nperseg": 8}),
    ("stft", {"nperseg": 7, "noverlap": 3, "boundary": "even", "scaling": "psd"}),
    ("stft", {"nperseg": 8, "boundary": None, "padded": False, "detrend": "constant"}),
    ("stft", {"nperseg": 6, "boundary": "odd", "window": np.hanning(6), "nfft": 8}),
]


@pytest.mark.parametrize(("name", "options"), SPECTRA)
def test_spectra(name, options):
    first(lambda v: of(name)(v, **options), LONG, step=1e-3, rtol=1e-7, atol=1e-8)


def test_rates_axes_and_pairs():
    y = RNG.standard_normal(20)
    first(lambda x, y: of("csd")(x, y, nperseg=8), LONG, y, step=1e-3)
    first(lambda x, y: of("csd")(x, y, nperseg=8, average="median"), LONG, y[:16], step=1e-3)
    first(lambda x, y: of("coherence")(x, y, nperseg=8), LONG, y, step=1e-4, rtol=1e-6, atol=1e-7)
    first(lambda f: of("welch")(LONG, f, nperseg=8), np.array(2.0))
    first(lambda x, f: of("stft")(x, f, nperseg=8), LONG, np.array(2.0), step=1e-3)
    x2 = RNG.standard_normal((8, 2))
    first(lambda x: of("welch")(x, nperseg=4, axis=0), x2, step=1e-3)
    first(lambda x: of("stft")(x, nperseg=4, axis=0), x2, step=1e-3)
    first(lambda x: of("spectrogram")(x, nperseg=4, axis=0), x2, step=1e-3)
    z = RNG.standard_normal((2, 10))
    first(lambda v: of("welch")(v[0] + 1j * v[1], nperseg=4, return_onesided=False), z, step=1e-3)
    check(lambda v: of("welch")(v, nperseg=3), X[:4], machines=FEW)


def test_back_from_the_short_time_transform():
    for options in (
        {},
        {"nperseg": 8, "noverlap": 6},
        {"input_onesided": False, "boundary": False},
    ):
        z = RNG.standard_normal((2, 5, 4))
        if options.get("boundary") is False:
            options = {**options, "window": np.ones(5), "noverlap": 2}
        first(lambda v, o=options: of("istft")(v[0] + 1j * v[1], **o), z, step=0.01)
    z = RNG.standard_normal((2, 4, 5))
    call = lambda v: of("istft")(v[0] + 1j * v[1], time_axis=0, freq_axis=1)
    first(call, z, step=0.01)


@pytest.mark.parametrize("mode", FEW)
def test_refusals_and_errors(mode):
    with pytest.raises(da.NoRuleError, match="window"):
        da.jacobian(lambda w: of("welch")(LONG, window=w)[1], mode=mode)(np.hanning(8))
    for call in (
        lambda v: of("welch")(v, nperseg=8, noverlap=9)[1],
        lambda v: of("welch")(v, nperseg=8, scaling="no")[1],
        lambda v: of("istft")(v),
        lambda v: of("medfilt")(v, 2),
    ):
        with pytest.raises(ValueError) as theirs:  # noqa: PT011  # the text is SciPy's
            call(LONG)
        with pytest.raises(ValueError) as ours:  # noqa: PT011
            da.jacobian(call, mode=mode)(LONG)
        assert str(ours.value) == str(theirs.value)
