"""Methods of ufuncs on numbers, over all machines: reduce, accumulate, reduceat, outer, at.

Each call is drawn over random shapes, axes and keywords where the space is large. Values must be
the plain call's to the bit, first and second derivatives those of differences.
"""

import numpy as np
import pytest

import dualad as da
from tests.machines import FIRST, SECOND, Watched, differences, flat_jacobian, same_bits

FEW = {name: FIRST[name] for name in ("dual by hand", "forward, chunks of 2", "reverse", "vjp")}
FEW_SECOND = {
    name: SECOND[name]
    for name in ("hyper-dual, two sets", "hessian reverse", "forward over reverse")
}
IN_ANY_ORDER = (
    np.add,
    np.multiply,
    np.logaddexp,
    np.logaddexp2,
    np.hypot,
    np.maximum,
    np.minimum,
    np.fmax,
    np.fmin,
)
ONE_AXIS = (
    np.subtract,
    np.divide,
    np.power,
    np.float_power,
    np.arctan2,
    np.remainder,
    np.fmod,
    np.copysign,
)
BINARY = (*IN_ANY_ORDER, *ONE_AXIS)


def spread(rng, *shape):
    """Positive numbers apart, so that a small step changes no order."""
    n = int(np.prod(shape))
    return (0.31 * (1 + rng.permutation(n)) + 0.05 * rng.random(n) + 0.2).reshape(shape)


def check(f, *point, machines=FEW, second=FEW_SECOND):
    """All machines against differences, and bits of the plain call."""
    plain = f(*point)
    cuts = np.cumsum([0, *(np.size(x) for x in point)])

    def flat(v):
        return f(*[v[a:b].reshape(np.shape(x)) for a, b, x in zip(cuts, cuts[1:], point)])  # noqa: B905

    v = np.concatenate([np.ravel(x) for x in point])
    want, error = differences(flat, v, 1e-3)
    for name, machine in machines.items():
        watched = Watched(f)
        got = flat_jacobian(machine(watched, point), np.shape(plain))
        assert np.all(np.abs(got - want) <= 1e-7 * np.abs(want).max(initial=1.0) + 20 * error), name
        for seen in watched.seen:
            same_bits(np.asarray(seen), np.asarray(plain))
    slope = lambda s: da.jacobian(flat, mode="forward")(s)
    bend, error = differences(slope, v, 1e-3)
    for name, machine in second.items():
        got = machine(f, point)
        assert np.all(np.abs(got - bend) <= 1e-6 * np.abs(bend).max(initial=1.0) + 20 * error), name


# --- reduce --------------------------------------------------------------------------------------


@pytest.mark.parametrize("ufunc", IN_ANY_ORDER, ids=lambda f: f.__name__)
def test_reduce_over_several_axes(ufunc):
    rng = np.random.default_rng(1)
    mask = np.array([[True, False, True], [False, False, True]])[..., None]
    initial = {"initial": 0.7} if ufunc.identity is None else {}
    for axis in (None, 0, -1, (0, 1), (2, 0), ()):
        keep = bool(rng.integers(2))
        check(lambda x, a=axis, k=keep: ufunc.reduce(x, axis=a, keepdims=k), spread(rng, 2, 3, 2))
    x = spread(rng, 2, 3, 1)
    check(lambda x: ufunc.reduce(x, axis=(0, 1), where=mask, **initial), x)
    check(lambda x, i: ufunc.reduce(x, axis=None, initial=i), x, np.array(0.7))
    check(
        lambda x, i: ufunc.reduce(x, axis=2, keepdims=True, initial=i, where=mask), x, np.array(0.7)
    )


@pytest.mark.parametrize("ufunc", ONE_AXIS, ids=lambda f: f.__name__)
def test_reduce_over_one_axis(ufunc):
    rng = np.random.default_rng(2)
    mask = np.array([[True, False, True], [False, False, True]])
    for axis in (0, 1, -1, (1,)):
        check(lambda x, a=axis: ufunc.reduce(x, axis=a, keepdims=True), spread(rng, 2, 3))
    check(lambda x: ufunc.reduce(x, axis=None), spread(rng, 4))
    check(
        lambda x, i: ufunc.reduce(x, axis=1, initial=i, where=mask),
        spread(rng, 2, 3),
        np.array(1.7),
    )
    for mode in ("forward", "reverse"):
        with pytest.raises(ValueError, match="reorderable"):
            da.jacobian(lambda x: ufunc.reduce(x, axis=None), mode=mode)(spread(rng, 2, 2))


@pytest.mark.parametrize("ufunc", [np.logaddexp, np.hypot, np.fmax, np.subtract, np.divide])
def test_reduce_drawn(ufunc):
    """Random shapes, empty ones and lengths of 1 among them, against a loop over the elements."""
    rng = np.random.default_rng(3)
    for _ in range(12):
        shape = tuple(int(n) for n in rng.integers(1, 5, rng.integers(1, 4)))
        axis = int(rng.integers(-len(shape), len(shape)))
        x = spread(rng, *shape)

        def loop(x, axis=axis):
            x = np.moveaxis(x, axis, 0)
            y = x[0]
            for i in range(1, x.shape[0]):
                y = ufunc(y, x[i])
            return y

        for mode in ("forward", "reverse"):
            want = da.jacobian(loop, mode=mode)(x)
            got = da.jacobian(lambda x, a=axis: ufunc.reduce(x, axis=a), mode=mode)(x)
            np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-14)


def test_reduce_of_nothing():
    x = np.zeros((0, 3))
    for mode in ("forward", "reverse"):
        for f in (np.logaddexp.reduce, np.hypot.reduce):
            assert da.jacobian(f, mode=mode)(x).shape == (3, 0, 3)
        f = lambda x, i: np.sum(np.hypot.reduce(x, initial=i))
        assert da.grad(f, (0, 1), mode=mode)(x, np.array(2.0))[1] == 3.0
        with pytest.raises(ValueError, match="no identity"):
            da.jacobian(np.fmax.reduce, mode=mode)(x)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_ties_have_equal_shares(mode):
    x = np.array([3.0, 1.0, 3.0, np.nan, 3.0])
    want = np.array([1, 0, 1, 0, 1]) / 3
    np.testing.assert_allclose(da.grad(np.fmax.reduce, mode=mode)(x), want)
    np.testing.assert_allclose(da.grad(lambda x: np.fmin.reduce(-x), mode=mode)(x), -want)
    np.testing.assert_array_equal(da.grad(np.hypot.reduce, mode=mode)(np.zeros(3)), np.zeros(3))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes(dtype):
    x = spread(np.random.default_rng(4), 3, 2).astype(np.float32)
    f = lambda x: np.logaddexp.reduce(x, axis=(0, 1), dtype=dtype)
    for mode in ("forward", "reverse"):
        value, slope = da.value_and_grad(f, mode=mode)(x)
        same_bits(value, f(x))
        np.testing.assert_allclose(slope, np.exp(x - f(x)), rtol=1e-6)


# --- accumulate, reduceat, outer, at -------------------------------------------------------------


@pytest.mark.parametrize("ufunc", BINARY, ids=lambda f: f.__name__)
def test_accumulate_reduceat_outer(ufunc):
    rng = np.random.default_rng(5)
    x = spread(rng, 3, 2)
    check(lambda x: ufunc.accumulate(x), x)
    check(lambda x: ufunc.accumulate(x, axis=1), x)
    check(lambda x: ufunc.reduceat(x, [0, 2, 1], axis=0), x)
    check(lambda x, y: ufunc.outer(x, y), spread(rng, 3), spread(rng, 2) + 0.013)


@pytest.mark.parametrize("ufunc", BINARY, ids=lambda f: f.__name__)
def test_at(ufunc):
    rng = np.random.default_rng(6)

    def f(x, v):
        y = x + 0.0
        ufunc.at(y, [0, 2, 0], v)
        return y

    check(f, spread(rng, 4), spread(rng, 3) + 0.017)


# --- several answers -----------------------------------------------------------------------------

SEVERAL = {
    "frexp": lambda x: np.frexp(x)[0] * x,
    "frexp puts together": lambda x: np.ldexp(*np.frexp(x)),
    "frexp, out": lambda x: np.frexp(x, out=(np.zeros_like(x), None))[0] * x,
    "modf, out": lambda x: np.modf(x * x, out=(None, np.zeros_like(x)))[0] * x,
    "divmod, out": lambda x: np.divmod(x, 0.3 * x[::-1], out=(None, np.zeros_like(x)))[1],
    "divmod outer": lambda x: np.divmod.outer(x, x[:2] * 0.41)[1],
    "modf of a scalar": lambda x: np.modf(x[0] * 1.7)[0] * x,
}


@pytest.mark.parametrize("name", SEVERAL)
def test_several_answers(name):
    check(SEVERAL[name], np.array([0.83, 3.7, 0.11, 5.2]))


def test_frexp_of_special_values():
    x = np.array([0.0, np.inf, -np.inf, np.nan, 1e-310])
    for mode in ("forward", "reverse"):
        got = da.jacobian(lambda x: np.frexp(x)[0], mode=mode)(x)
        np.testing.assert_array_equal(np.diag(got), [1.0, 1.0, 1.0, 1.0, np.inf])


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_what_numpy_raises_is_raised(mode):
    x = np.ones((2, 3))
    for f, error in (
        (lambda x: np.logaddexp.reduce(x, axis=2), np.exceptions.AxisError),
        (lambda x: np.hypot.accumulate(x, axis=5), np.exceptions.AxisError),
        (lambda x: np.divmod.reduce(x), ValueError),
        (lambda x: np.exp.reduce(x), ValueError),
        (lambda x: np.fmax.reduce(x, axis=0, where=x > 0), ValueError),
        (lambda x: np.hypot.reduceat(x, [7]), IndexError),
    ):
        with pytest.raises(error):
            da.jacobian(f, mode=mode)(x)
