"""NumPy's rarer functions of complex numbers made of real ones inside the function."""

import numpy as np
import pytest

import dualad as da
from tests.machines import FIRST, Watched, differences, flat_jacobian, same_bits

MODES = ("forward", "reverse")
FEW = ("dual by hand", "forward, chunks of 2", "reverse", "vjp")
X = np.random.default_rng(0).standard_normal(12)
HOLE = np.array([False, True, False, False, False, False])


def z(x, *shape):
    return (x[:6] + 1j * x[6:]).reshape(shape or (6,))


def holed(x, *shape):
    return np.where(HOLE, np.nan, z(x)).reshape(shape or (6,))


CALLS = {
    "cov": lambda x: np.cov(z(x, 2, 3)),
    "cov, weights": lambda x: np.cov(z(x, 2, 3), aweights=[0.2, 0.5, 0.3]),
    "corrcoef": lambda x: np.corrcoef(z(x, 2, 3)),
    "gradient": lambda x: np.gradient(z(x)),
    "gradient, places": lambda x: np.gradient(z(x), np.cumsum(x[6:] ** 2)),
    "interp": lambda x: np.interp([0.5, 1.7, 9.0], np.arange(6.0), z(x)),
    "interp, at": lambda x: np.interp(0.3 + 0.1 * x[:2], np.arange(6.0), z(x), left=1j),
    "polyval": lambda x: np.polyval(z(x), z(x)[:2]),
    "polymul": lambda x: np.polymul(z(x)[:4], z(x)[4:]),
    "polydiv": lambda x: np.polydiv(z(x)[:4], z(x)[4:])[0],
    "polyder": lambda x: np.polyder(z(x)),
    "polyint": lambda x: np.polyint(z(x)),
    "poly": lambda x: np.poly(z(x)[:3]),
    "vander": lambda x: np.vander(z(x)[:3]),
    "roots": lambda x: np.roots(z(x)),
    "roots of real": lambda x: np.roots(x[:5]),
    "polyfit": lambda x: np.polyfit(np.arange(6.0), z(x), 2),
    "polyfit, places": lambda x: np.polyfit(z(x), np.arange(6.0), 2),
    "pad, mean": lambda x: np.pad(z(x), 2, mode="mean"),
    "pad, ramp": lambda x: np.pad(z(x), 2, mode="linear_ramp"),
    "pad, odd": lambda x: np.pad(z(x), 2, mode="reflect", reflect_type="odd"),
    "apply_along_axis": lambda x: np.apply_along_axis(np.prod, 0, z(x, 2, 3)),
    "piecewise": lambda x: np.piecewise(z(x), [x[:6] > 0], [np.exp, np.square]),
    "histogram": lambda x: np.histogram(np.arange(6.0), 2, weights=z(x))[0],
    "nan_to_num": lambda x: np.nan_to_num(holed(x)),
    "sort_complex": lambda x: np.sort_complex(z(x)),
    "unique": lambda x: np.unique(z(x)),
    "median": lambda x: np.median(z(x)),
    "subtract.reduce": lambda x: np.subtract.reduce(z(x)),
    "divide.accumulate": lambda x: np.divide.accumulate(z(x)),
    "power.reduce": lambda x: np.power.reduce(z(x)[:3]),
    "emath.power": lambda x: np.emath.power(z(x), 1.5),
    "windows": lambda x: np.lib.stride_tricks.sliding_window_view(z(x), 2),
}
for _name in ("nansum", "nanprod", "nanmean", "nanvar", "nanstd"):
    _f = getattr(np, _name)
    CALLS[_name] = lambda x, f=_f: f(holed(x))
    CALLS[f"{_name}, axis"] = lambda x, f=_f: f(holed(x, 2, 3), axis=1)
for _name in ("nancumsum", "nancumprod"):
    CALLS[_name] = lambda x, f=getattr(np, _name): f(holed(x))  # noqa: B008
for _name in ("sqrt", "log", "log10", "arcsin", "arctanh"):
    CALLS[f"emath.{_name}"] = lambda x, f=getattr(np.emath, _name): f(z(x))  # noqa: B008


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", CALLS)
def test_complex_intermediates(name):
    call = CALLS[name]

    def f(x):
        out = np.ravel(call(x))
        return np.concatenate((np.real(out), np.imag(out)))

    plain = f(X)
    want, error = differences(f, X, 1e-4)
    scale = np.abs(want).max(initial=1.0)
    for machine in FEW:
        watched = Watched(f)
        got = flat_jacobian(FIRST[machine](watched, [X]), plain.shape)
        assert np.all(np.abs(got - want) <= 1e-7 * scale + 20 * error), machine
        same_bits(watched.seen[0], plain)
    g = lambda x: np.sum(np.sin(f(x)))
    one, two = (da.jacobian(da.jacobian(g, mode=m), mode="forward")(X) for m in MODES)
    np.testing.assert_allclose(one, two, rtol=1e-9, atol=1e-9 * np.abs(one).max(initial=1.0))


@pytest.mark.parametrize("mode", MODES)
def test_polyval_at_a_scalar_rounds_as_numpy_does(mode):
    # Products of complex scalars and of arrays differ in the last bit, in a third of all cases.
    rng = np.random.default_rng(1)
    for p, x in rng.standard_normal((20, 2, 4)):
        watched = Watched(lambda t, p=p, x=x: np.polyval(p + 1j * x, x[0] + 1j * t))
        da.jacobian(lambda t, w=watched: np.real(w(t)), mode=mode)(p[0])
        same_bits(watched.seen[0], watched.f(p[0]))


@pytest.mark.parametrize("mode", MODES)
def test_condition_numbers_have_the_dtype_of_numpys(mode):
    watched = Watched(lambda x: np.linalg.cond(z(x, 2, 3)[:, :2], 1))  # complex in NumPy 2.0
    da.jacobian(lambda x: np.real(watched(x)), mode=mode)(X)
    same_bits(watched.seen[0], watched.f(X))
