"""Digital filters of scipy.signal, in coefficients, signals and states."""

import numpy as np
import pytest
import scipy.signal

import dualad as da
from dualad._scipy import standin
from tests.every_machine import check

RNG = np.random.default_rng(11)
B, A = np.array([0.4, -0.3, 0.2]), np.array([1.3, -0.5, 0.25])
X = RNG.standard_normal(6)
X2 = RNG.standard_normal((2, 5))
SOS = np.array([[0.5, 0.2, 0.1, 1.0, -0.4, 0.2], [1.0, 0.3, 0.0, 1.0, 0.2, 0.1]])


def sections(p):
    """Second-order sections of their free coefficients: SciPy wants a 1 in the fourth column."""
    return np.concatenate((p[:, :3], np.ones((len(p), 1)), p[:, 3:]), axis=1)


FREE = np.delete(SOS, 3, axis=1)


def of(name):
    return standin(getattr(scipy.signal, name))


@pytest.mark.parametrize(
    ("b", "a"),
    [(B, A), (B[:1], A), (B, A[:1]), (B[:2], A), (B, A[:2]), (B[:1], A[:1])],
    ids=["3/3", "1/3", "3/1", "2/3", "3/2", "1/1"],
)
def test_lfilter(b, a):
    f = of("lfilter")
    check(lambda b, a, x: f(b, a, x), b, a, X)
    order = max(len(b), len(a)) - 1
    if order:
        zi = 0.3 * np.arange(1.0, 1 + order)
        check(lambda b, a, x, zi: f(b, a, x, zi=zi), b, a, X[:4], zi, second=False)
        check(lambda x, zi: f(b, a, x, zi=zi), X[:1], zi, linear=True, second=False)


def test_lfilter_along_axes():
    f = of("lfilter")
    check(lambda x: f(B, A, x, axis=0), X2, linear=True, second=False)
    zi = RNG.standard_normal((2, 1))
    check(lambda x, zi: f(B, A, x, 0, zi), X2.T.copy(), zi.T @ np.ones((2, 2)) + zi, second=False)
    check(lambda x, zi: f(B, A, x.T, axis=0, zi=zi)[1], X2, np.ones((2, 1)), second=False)
    check(lambda b: f(b, [1.0, 0.5], X2), B)
    check(lambda b: f(b, A, X[0] + 1j * X), B, linear=True)
    check(lambda a: f(B * 1j, a, X), A)


def test_the_states_of_constants():
    check(lambda b, a: of("lfilter_zi")(b, a), B, A)
    check(lambda b, a: of("lfilter_zi")(b, a), B[:2], A)
    check(lambda p: of("sosfilt_zi")(sections(p)), FREE, step=0.01)
    lfiltic = of("lfiltic")
    check(lambda b, a, y, x: lfiltic(b, a, y, x), B, A[:2], X[:1], X[:2])
    check(lambda y: lfiltic(B, A, y), X[:3], linear=True)


def test_sections():
    f = of("sosfilt")
    check(lambda p, x: f(sections(p), x), FREE[:1], X[:3])
    check(lambda p, x: f(sections(p), x), FREE, X[:4], second=False)
    check(lambda x: f(SOS, x, axis=0), X2, linear=True)
    zi = RNG.standard_normal((2, 2))
    check(lambda p, x, zi: f(sections(p), x, zi=zi), FREE, X[:3], zi, second=False)
    zi = RNG.standard_normal((2, 2, 3))
    check(lambda x, zi: f(SOS, x, axis=0, zi=zi), RNG.standard_normal((4, 3)), zi, linear=True)


@pytest.mark.parametrize("padtype", ["odd", "even", "constant", None])
def test_forward_and_backward(padtype):
    f, g = of("filtfilt"), of("sosfiltfilt")
    x = RNG.standard_normal(7)
    call = lambda b, a, x: f(b, a, x, padtype=padtype, padlen=3)
    check(call, B, A, x[:5], second=padtype == "odd", machines=("forward", "reverse"))
    check(lambda x: g(SOS, x, padtype=padtype, padlen=2), x, linear=True, second=False)
    check(lambda p: g(sections(p), x, padtype=padtype, padlen=2), FREE, second=False, step=0.01)
    check(lambda x: f(B, A, x, axis=0, padtype=padtype, padlen=1), X2.T.copy(), linear=True)


def test_padding_by_default_and_gust():
    x = RNG.standard_normal(17)
    check(lambda x: of("filtfilt")(B, A, x), x, linear=True, second=False)
    check(lambda x: of("sosfiltfilt")(SOS, x), x, linear=True, second=False)
    check(lambda x: of("filtfilt")(B, A, x, method="gust"), x, linear=True, second=False)
    with pytest.raises(da.NoRuleError, match="filtfilt with a differentiated b="):
        da.jacobian(lambda b: of("filtfilt")(b, A, x, method="gust"))(B)


def test_deconvolve():
    f = of("deconvolve")
    check(lambda s, d: f(s, d), X, B)
    check(lambda s: f(s, X)[1], B)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_low_precision_and_long_signals(mode):
    x = RNG.standard_normal(3000).astype(np.float32)
    b, a = (v.astype(np.float32) for v in (B, A))
    f = of("lfilter")
    slope = da.grad(lambda b, x: np.sum(f(b, a, x)), (0, 1), mode=mode)
    got = slope(b, x) if mode == "reverse" else [slope(b, x[:50])[0], None]
    assert got[0].dtype == np.float32
    plain = x if mode == "reverse" else x[:50]
    want = [np.sum(scipy.signal.lfilter(e, a, plain)) for e in np.eye(3)]
    np.testing.assert_allclose(got[0], want, rtol=1e-3)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_errors_are_scipys(mode):
    for call in (
        lambda x: of("lfilter")([], [1.0], x),
        lambda x: of("lfilter")(B, [0.0, 1.0], x),
        lambda x: of("lfilter")(B, A, x, zi=np.ones(5)),
        lambda x: of("sosfilt")(np.ones((2, 5)), x),
        lambda x: of("filtfilt")(B, A, x),
        lambda x: of("filtfilt")(B, A, x, padtype="no"),
        lambda x: of("deconvolve")(np.ones((2, 2)), x),
    ):
        with pytest.raises(ValueError) as theirs:  # noqa: PT011  # the text is SciPy's
            call(X)
        with pytest.raises(ValueError) as ours:  # noqa: PT011
            da.jacobian(call, mode=mode)(X)
        assert str(ours.value) == str(theirs.value)
