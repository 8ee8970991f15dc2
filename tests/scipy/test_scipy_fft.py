"""scipy.fft, by its stand-ins: SciPy's values, exact derivatives in every machine."""

import inspect

import numpy as np
import pytest
import scipy.fft

import dualad as da
from dualad._scipy import standin
from tests.every_machine import check
from tests.machines import same_bits

NORMS = (None, "ortho", "forward")
KINDS = ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
FOURIER = [kind + end for kind in KINDS for end in ("", "2", "n")]


def options(name):
    if name.endswith("2"):
        yield (2, 3), {}
        yield (2, 3), {"s": (3, 4), "axes": (1, 0)}
    elif name.endswith("n"):
        yield (5,), {}
        yield (2, 3), {"s": (4,)}
        yield (2, 3), {"axes": 0, "workers": 1}
    else:
        yield (5,), {}
        yield (2, 3), {"n": 4, "axis": 0}
        yield (4,), {"n": 3, "overwrite_x": True}


@pytest.mark.parametrize("name", FOURIER)
def test_fourier_transforms(name):
    fn, rng = getattr(scipy.fft, name), np.random.default_rng(5)
    f = standin(fn)
    for number, (shape, keywords) in enumerate(options(name)):
        for norm in NORMS[number:] if number < 2 else NORMS[:1]:
            call = lambda x, k=keywords, n=norm: f(x + 0.0, norm=n, **k)
            check(call, rng.standard_normal(shape), linear=True, second=False)
    if not name.startswith(("rfft", "ihfft")):
        point = rng.standard_normal((2, 2, 3))
        check(lambda z: f(z[0] + 1j * z[1]), point, linear=True, second=False)
    shape = (2, 3) if name[-1] in "2n" else (4,)
    check(lambda x: f(x * x), rng.standard_normal(shape), second=name in ("fft", "irfftn"))


@pytest.mark.parametrize("name", ["dct", "idct", "dst", "idst"])
@pytest.mark.parametrize("kind", [1, 2, 3, 4])
def test_trigonometric_transforms(name, kind):
    fn, rng = getattr(scipy.fft, name), np.random.default_rng(6)
    f, several = standin(fn), standin(getattr(scipy.fft, f"{name}n"))
    for norm in NORMS:
        for n in (None, 2, 3, 6):
            call = lambda x, n=n, norm=norm: f(x, kind, n, norm=norm)
            check(call, rng.standard_normal(4), linear=True, second=False)
        for orthogonalize in (True, False):
            call = lambda x, o=orthogonalize, norm=norm: f(x, kind, norm=norm, orthogonalize=o)
            check(call, rng.standard_normal(3), linear=True, second=norm is None)
            call = lambda x, o=orthogonalize, norm=norm: several(
                x, kind, (3, 3), norm=norm, orthogonalize=o
            )
            check(call, rng.standard_normal((2, 3)), linear=True, second=False)
    check(lambda x: f(x, kind, axis=0), rng.standard_normal((3, 2)), linear=True, second=False)
    check(lambda x: several(x, kind, axes=1), rng.standard_normal((2, 3)), linear=True)
    check(lambda x: f(x[0] + 1j * x[1], kind), rng.standard_normal((2, 3)), linear=True)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_nothing_of_the_callers_is_overwritten(mode):
    x = np.array([1.0, 3.0, -2.0, 0.5])
    before = x.copy()
    for fn in (scipy.fft.fft, scipy.fft.dct, scipy.fft.dctn):
        f = standin(fn)

        def energy(v, f=f):
            y = v * 1.0
            z = f(y, overwrite_x=True)
            return np.sum(np.abs(z) ** 2) + np.sum(y)

        plain = np.sum(np.abs(fn(x.copy())) ** 2) + np.sum(x)
        value, slope = da.value_and_grad(energy, mode=mode)(x)
        assert value == plain
        assert np.all(np.isfinite(slope))
        same_bits(x, before)
    names = list(inspect.signature(scipy.fft.dct).parameters)
    assert names[5] == "overwrite_x"
    f = standin(scipy.fft.dct)
    value, _ = da.value_and_grad(lambda v: np.sum(f(v, 2, None, -1, None, True)) + v[0])(x)
    assert value == np.sum(scipy.fft.dct(x)) + x[0]


@pytest.mark.parametrize("n", [4, 5])
def test_hankel(n):
    fht, ifht = standin(scipy.fft.fht), standin(scipy.fft.ifht)
    a = np.random.default_rng(7).standard_normal(n)
    for f in (fht, ifht):
        for mu, bias in ((0.7, 0.0), (1.0, 0.3)):
            check(lambda x, f=f, mu=mu, b=bias: f(x, 0.2, mu, 0.1, b), a, linear=True, second=False)
            check(lambda x, o, f=f, mu=mu, b=bias: f(x, 0.2, mu, o, b), a, np.array(0.1))
        for name in ("dln", "mu", "bias"):
            keywords = {"dln": 0.2, "mu": 0.7, "offset": 0.1, "bias": 0.2}
            with pytest.raises(da.NoRuleError, match=name):
                da.jacobian(lambda p, f=f, n=name, k=keywords: f(a, **{**k, n: p}))(0.2)


@pytest.mark.parametrize("name", ["fftshift", "ifftshift"])
def test_shifts(name):
    f = standin(getattr(scipy.fft, name))
    check(lambda x: f(x, axes=0) * x, np.random.default_rng(8).standard_normal((3, 2)))


@pytest.mark.parametrize("name", ["fftfreq", "rfftfreq"])
def test_frequencies(name):
    f = standin(getattr(scipy.fft, name))
    check(lambda d: f(5, d), np.array(0.3))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_errors_are_scipys(mode):
    for call in (
        lambda x: standin(scipy.fft.fft)(x, norm="loud"),
        lambda x: standin(scipy.fft.dct)(x, 7),
        lambda x: standin(scipy.fft.dct)(x[:1], 1),
        lambda x: standin(scipy.fft.rfft)(x, 0),
        lambda x: standin(scipy.fft.fftn)(x, axes=(3,)),
    ):
        x = np.arange(3.0)
        with pytest.raises((ValueError, NotImplementedError, RuntimeError)) as theirs:
            call(x)
        with pytest.raises(type(theirs.value)) as ours:
            da.jacobian(lambda v, c=call: np.real(c(v)), mode=mode)(x)
        assert str(ours.value) == str(theirs.value)


def test_low_precision():
    x = np.linspace(0.0, 1.0, 4, dtype=np.float32)
    for mode in ("forward", "reverse"):
        for fn in (scipy.fft.dct, scipy.fft.dst):
            jac = da.jacobian(standin(fn), mode=mode)(x)
            assert jac.dtype == np.float32
            np.testing.assert_allclose(jac, fn(np.eye(4), axis=0), atol=1e-6)
