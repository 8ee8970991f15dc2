"""numpy.fft: values bit for bit, exact adjoints, every machine."""

import numpy as np
import pytest

import dualad as da
from dualad._rules import TABLE
from tests.every_machine import check
from tests.machines import FIRST, same_bits
from tests.rules.linear_checks import assert_same, inner, noise

LINES = [np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, np.fft.hfft, np.fft.ihfft]
GRIDS = [
    getattr(np.fft, stem + end) for stem in ("fft", "ifft", "rfft", "irfft") for end in ("2", "n")
]
NORMS = (None, "backward", "ortho", "forward")
REAL_ONLY = ("rfft", "ihfft", "rfft2", "rfftn")


def label(f):
    return f.__name__


def dtypes(fn):
    return (np.float64, np.float32) if fn.__name__ in REAL_ONLY else (float, complex, np.complex64)


def line_cases():
    for shape, axis in (((5,), -1), ((4,), 0), ((4, 3), 0), ((3, 4), -1), ((2, 3, 4), 1)):
        for n in (None, 1, 2, 3, 6, 7):
            yield shape, {"axis": axis, "n": n}


def grid_cases(fn):
    yield (3, 4), {}
    yield (3, 5), {"s": (4, 3), "axes": (-2, -1)}
    yield (2, 3, 4), {"axes": (0, 2)}
    yield (2, 3, 4), {"axes": (2, 0), "s": (3, 5)}
    yield (2, 3, 4), {"axes": (1,), "s": (5,)}
    yield (3, 4), {"axes": (0, 1), "s": (-1, 6)}
    if fn.__name__.endswith("n"):
        yield (2, 3, 4), {}
        yield (5,), {}
    if fn.__name__ in ("fftn", "ifftn"):
        yield (3, 4), {"axes": (0, 0)}
        yield (3, 4), {"axes": (0, 0), "s": (2, 5)}


def cases(fn):
    return list(line_cases() if fn in LINES else grid_cases(fn))


def works(fn, x, keywords):
    try:
        return fn(x, **keywords)
    except ValueError:
        return None


def layouts(x):
    yield x
    yield np.asfortranarray(x)
    yield np.flip(np.flip(x).copy())
    yield np.repeat(x, 2, axis=-1)[..., ::2]
    frozen = x.copy()
    frozen.setflags(write=False)
    yield frozen


@pytest.mark.parametrize("fn", [*LINES, *GRIDS], ids=label)
def test_value_lanes_and_adjoint(fn):
    row, rng, count = TABLE[fn], np.random.default_rng(1), 0
    for shape, keywords in cases(fn):
        for norm in NORMS:
            for dtype in dtypes(fn):
                x = noise(rng, 1, shape, dtype)[0]
                want = works(fn, x, {**keywords, "norm": norm})
                if want is None:
                    continue
                count += 1
                operands, params = row.prepare(x, norm=norm, **keywords)
                assert_same(row.value(params, *operands), want)
                check_adjoint(row, params, x, want, rng)
    assert count >= 48


def check_adjoint(row, params, x, want, rng):
    tol = 1e-4 if x.dtype in (np.float32, np.complex64) else 1e-12
    for k in (1, 3, 4):
        block = noise(rng, k, x.shape, x.dtype)
        lanes = row.apply_lanes(params, block)
        np.testing.assert_allclose(lanes, [row.value(params, t) for t in block], rtol=tol)
        ct = noise(rng, k + 1, want.shape, want.dtype)
        (back,) = row.transpose(params, ct, (x.shape,))
        assert back.shape == (k + 1, *x.shape)
        assert back.dtype == x.dtype
        np.testing.assert_allclose(inner(ct, lanes), inner(back, block), rtol=tol, atol=tol * 10)


@pytest.mark.parametrize("fn", [*LINES, *GRIDS], ids=label)
def test_one_call_on_value_and_tangents_keeps_the_bits(fn):
    rng = np.random.default_rng(2)
    row = TABLE[fn]
    assert row.one_call
    shapes = [(n,) for n in (1, 2, 3, 7, 8, 60, 101, 128, 1009)] + [(3, 17), (16, 5), (2, 3, 8)]
    for shape in shapes:
        if len(shape) < 2 and fn.__name__.endswith("2"):
            continue
        for dtype in (float, np.float32, complex, np.complex64):
            for k in (1, 3, 8):
                block = noise(rng, 1 + k, shape, dtype)
                complex_to_real = np.dtype(dtype).kind == "c" and fn.__name__ in REAL_ONLY
                if complex_to_real or works(fn, block[0], {}) is None:
                    continue
                _, params = row.prepare(block[0])
                once = row.value(params, block)
                for x in layouts(block[0].copy()):
                    assert_same(np.asarray(once[0]).copy(), fn(x).copy(order="C"))


@pytest.mark.parametrize("fn", [*LINES, *GRIDS], ids=label)
def test_every_machine(fn):
    rng = np.random.default_rng(3)
    picked = cases(fn)
    for number, (shape, keywords) in enumerate(picked[:: max(1, len(picked) // 3)]):
        norm = NORMS[number % 4]
        if number % 2 and fn.__name__ not in REAL_ONLY:
            f = lambda a, b, k=keywords, n=norm: fn(a + 1j * b, norm=n, **k)
            point = (noise(rng, 1, shape)[0], noise(rng, 1, shape)[0])
        else:
            f = lambda a, k=keywords, n=norm: fn(a, norm=n, **k)
            point = (noise(rng, 1, shape)[0],)
        if works(lambda x, f=f, p=point: f(*p), None, {}) is not None:
            check(f, *point, linear=True, second=number == 1, machines=FIRST)


@pytest.mark.parametrize("fn", [np.fft.fftshift, np.fft.ifftshift], ids=label)
def test_shifts(fn):
    rng = np.random.default_rng(4)
    check(lambda x: fn(x) * x, rng.standard_normal(5))
    check(lambda x: fn(x, axes=1), rng.standard_normal((3, 4)), linear=True)
    check(lambda x: fn(np.fft.fft2(x), axes=(0,)), rng.standard_normal((3, 2)), linear=True)


@pytest.mark.parametrize("fn", [np.fft.fftfreq, np.fft.rfftfreq], ids=label)
def test_frequencies_of_a_differentiated_spacing(fn):
    for n in (1, 4, 5):
        check(lambda d, n=n: fn(n, d), np.array(0.3))
        check(lambda d, n=n: fn(n, d=d), np.array(0.3))


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_low_precision(mode):
    x = np.linspace(0.0, 1.0, 6, dtype=np.float32)
    f = lambda v: np.fft.rfft(v).imag
    jac = da.jacobian(f, mode=mode)(x)
    assert jac.dtype == np.float32
    np.testing.assert_allclose(jac, np.stack([f(e) for e in np.eye(6)], axis=-1), atol=1e-6)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_holomorphic(mode):
    z = np.array([1.0 + 2.0j, 0.5 - 1.0j, -0.3j])
    got = da.jacobian(np.fft.fft, mode=mode, holomorphic=True)(z)
    np.testing.assert_allclose(got, np.fft.fft(np.eye(3), axis=0), rtol=1e-13, atol=1e-15)


def test_power_spectrum_and_its_curvature():
    """sum |X|^2 = n sum x^2 (Parseval): gradient 2 n x, Hessian 2 n I."""
    x = np.array([0.3, -1.2, 0.7, 2.0, 0.1])
    f = lambda v: np.sum(np.abs(np.fft.fft(v)) ** 2)
    for mode in ("forward", "reverse"):
        np.testing.assert_allclose(da.grad(f, mode=mode)(x), 10 * x, rtol=1e-13)
        np.testing.assert_allclose(da.hessian(f, mode=mode)(x), 10 * np.eye(5), atol=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: np.fft.fft(x, 0),
        lambda x: np.fft.fft(x, axis=3),
        lambda x: np.fft.fft(x, norm="loud"),
        lambda x: np.fft.irfft(x[:1]),
        lambda x: np.fft.rfft(x, -2),
        lambda x: np.fft.fft2(x),
        lambda x: np.fft.fftn(x, axes=(0, 1)),
        lambda x: np.fft.fftn(x, s=(2, 3), axes=(0,)),
        lambda x: np.fft.fftn(x, norm=3),
        lambda x: np.fft.rfftn(x, axes=()),
        lambda x: np.fft.fft(x[0]),
        lambda x: np.fft.rfft(x + 1j),
    ],
)
def test_numpys_own_errors(call):
    x = np.arange(3.0)
    with pytest.raises(Exception) as theirs:  # noqa: PT011  # NumPy's text is not ours to fix
        call(x)
    for mode in ("forward", "reverse"):
        with pytest.raises(type(theirs.value)) as ours:
            da.jacobian(lambda v: np.real(call(v)), mode=mode)(x)
        assert str(ours.value) == str(theirs.value)


def test_the_caller_sees_plain_values():
    x = np.array([1.0, 2.0, 4.0])
    value, tangent = da.jvp(np.fft.rfft, (x,), (np.array([0.0, 1.0, 0.0]),))
    same_bits(value, np.fft.rfft(x))
    np.testing.assert_allclose(tangent, np.fft.rfft([0.0, 1.0, 0.0]), rtol=1e-15)
