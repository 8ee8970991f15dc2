"""Python's and NumPy's protocols on numbers: what user code asks of an array or a float.

Each function answers as it does on the plain array, and its derivative is the true one.
"""

import contextlib
import copy
import functools
import itertools
import math
import numbers
import operator

import numpy as np
import pytest

import dualad as da

X = np.array([1.1, 2.3, 3.2])
A = np.arange(9.0).reshape(3, 3) + np.eye(3)


def only_if(condition, x):
    return x * x if condition else 0.0 * x


def objects(x):
    out = np.empty(2, dtype=object)
    out[0], out[1] = x[0] * x[1], x[2] ** 2
    return out


def updated(x, update):
    y = x * x
    update(y)
    return y


WORKS = {
    # Python's numbers
    "math.floor": lambda x: math.floor(x[0]) * x,
    "math.ceil": lambda x: math.ceil(x[0]) * x,
    "math.trunc": lambda x: math.trunc(x[0]) * x,
    "math.prod": lambda x: math.prod(x),
    "round": lambda x: round(x[0], 1) * x,
    "abs": lambda x: abs(x - 2.0),
    "divmod": lambda x: divmod(x, 0.7)[1] * divmod(5.0, x)[1],
    "floor division": lambda x: x // 0.5 * x + 7.0 // x * x,
    "modulo": lambda x: x % 0.7 + 7.0 % x,
    "power": lambda x: x**2 + x**0.5 + x**-1 + x**3 + x**1.7 + 2.0**x + x**x + x**0 + x**1,
    "matmul": lambda x: A @ x + x @ A + (x @ x) * x,
    "plus and minus": lambda x: -x + +x * x,
    "chained comparison": lambda x: only_if(1.0 < x[0] < 2.0 <= x[1], x),
    "equality": lambda x: only_if(x[0] == 1.1 and x[0] != 2.0 and x[0] < 2.0, x),
    "equality with None": lambda x: only_if(x[0] != None and x is not None, x),  # noqa: E711
    "truth": lambda x: only_if(x[0] and not x[0] * 0.0, x),
    "max and min": lambda x: max(x) * min(x[0], x[1], 5.0),
    "sorted": lambda x: sorted(x, reverse=True)[0] * sorted([x[1], x[0]])[0],
    "sum": lambda x: sum(x) * sum([x[0], x[1]], 2.0),
    "any and all": lambda x: only_if(any(x > 3) and all(x > 1) and all(x), x),
    "is_integer": lambda x: only_if(not x[0].is_integer(), x),
    "format": lambda x: only_if(f"{x[0]:.3f}" == "1.100", x),
    "str.format": lambda x: only_if("{:+.2e}".format(x[0]) == "+1.10e+00", x),  # noqa: UP032
    # containers
    "len": lambda x: len(x) * x,
    "iteration": lambda x: [v * v for v in x],
    "unpacking": lambda x: (lambda a, b, c: a * b * c)(*x),
    "star": lambda x: operator.itemgetter(-1)([*x, *x]) * x,
    "reversed": lambda x: list(reversed(x)),
    "zip": lambda x: [a * b for a, b in zip(x, X, strict=True)],
    "enumerate": lambda x: sum(i * v for i, v in enumerate(x)),
    "map and reduce": lambda x: functools.reduce(operator.mul, map(np.sin, x)),
    "accumulate": lambda x: list(itertools.accumulate(x)),
    "in an array": lambda x: only_if(2.3 in x, x),
    "in a tuple": lambda x: only_if(x[0] in (1.1, 5.0), x),
    "ndindex": lambda x: sum(x[i] ** 2 for i in np.ndindex(x.shape)),
    "copy": lambda x: copy.copy(x) * copy.deepcopy({"a": [x]})["a"][0],
    "nested lists": lambda x: [[x[0], 1.0], [x[1] * x[2], 2.0]],
    # what it is
    "isinstance": lambda x: only_if(
        isinstance(x, np.ndarray)
        and isinstance(x[0], float)
        and isinstance(x[0], np.float64)
        and not isinstance(x[0], np.ndarray)
        and not isinstance(x, list),
        x,
    ),
    "numbers.Real": lambda x: only_if(isinstance(x[0], numbers.Real), x),
    "np.isscalar": lambda x: only_if(np.isscalar(x[0]) and not np.isscalar(x), x),
    "np.iterable": lambda x: only_if(np.iterable(x) and not np.iterable(x[0]), x),
    "hasattr": lambda x: only_if(hasattr(x, "__len__") and not hasattr(x[0], "__len__"), x),
    "shape": lambda x: only_if((x.shape, x.ndim, x.size) == ((3,), 1, 3), x),
    "functions of the shape": lambda x: only_if(
        np.shape(x) == (3,) and np.ndim(x) == 1 and np.size(x) == 3, x
    ),
    "dtype": lambda x: only_if(x.dtype == float and x[0].dtype == np.float64, x),
    "memory": lambda x: only_if((x.strides, x.itemsize, x.nbytes) == ((8,), 8, 24), x),
    "flags": lambda x: only_if(x.flags.writeable and x.flags.c_contiguous, x),
    "namespace": lambda x: x.__array_namespace__().sin(x),
    # methods
    "item": lambda x: x[0].item() * x[1:2].item() * x.item(2) * x.item((0,)),
    "tolist": lambda x: sum(v * v for v in x.tolist()),
    "reshape": lambda x: (x.reshape(3, 1) * x.reshape((1, -1))).ravel(),
    "transpose": lambda x: (np.outer(x, x).T @ x) + np.outer(x, A).transpose(1, 0)[0],
    "reductions": lambda x: [
        x.sum(),
        x.prod(),
        x.mean(),
        x.std(),
        x.var(),
        x.max(),
        x.min(),
        x.dot(x),
        x.trace() if x.ndim > 1 else x[0],
    ],
    "cumulative": lambda x: x.cumsum() * x.cumprod(),
    "positions": lambda x: x[x.argmax()] * x[x.argmin()] * x[x.argsort()][1] * x[x.nonzero()][0],
    "clip": lambda x: x.clip(1.2, 3.0) * x.clip(min=2.0) * x.clip(max=2.5),
    "take": lambda x: x.take([2, 0]) * x.compress([True, False, True]) * x.repeat(2)[:2],
    "round method": lambda x: x.round(1) * x,
    "sort in place": lambda x: updated(np.cos(x), lambda y: y.sort()),
    "fill": lambda x: updated(x, lambda y: y.fill(y[1] * 2.0)),
    "conj": lambda x: x.conj() * x.conjugate() * x.real + x.imag,
    "astype": lambda x: x.astype(np.float64) * x.astype(int) * (x.astype(complex) * 1j).imag,
    "view": lambda x: x.view() * x.view(np.ndarray) * x[...],
    "flat": lambda x: [v * v for v in x.flat] + [x.flat[1], len(x.flat)],
    "any, all": lambda x: only_if(x.any() and x.all() and (x > 1).all(), x),
    # NumPy's keywords
    "where of sum": lambda x: np.sum(x * x, where=[True, False, True], initial=2.0),
    "keepdims": lambda x: np.sum(x * x, axis=0, keepdims=True) * x,
    "dtype of a ufunc": lambda x: np.multiply(x, x, dtype=np.float64),
    "casting": lambda x: np.add(x, x, casting="same_kind", order="K", subok=False) * x,
    "out": lambda x: updated(x, lambda y: np.multiply(y, x, out=y)),
    "where and out": lambda x: np.divide(1.0, x, out=np.zeros_like(x), where=x > 2.0),
    "reduce": lambda x: np.add.reduce(x * x) * np.multiply.reduce(x),
    "accumulate of a ufunc": lambda x: np.add.accumulate(x) * np.subtract.accumulate(x * x),
    "reduceat": lambda x: np.add.reduceat(x * x, [0, 2]),
    "outer": lambda x: np.multiply.outer(x, x) + np.subtract.outer(x, x * x),
    "at": lambda x: updated(x, lambda y: np.add.at(y, [0, 0], x[1:] * x[:2])),
    # creation
    "zeros_like": lambda x: updated(np.zeros_like(x), lambda y: operator.setitem(y, 0, x[1] ** 2)),
    "empty_like": lambda x: updated(np.empty_like(x), lambda y: operator.setitem(y, ..., x * x)),
    "full_like": lambda x: np.full_like(x, x[0] * x[1]),
    "ones_like": lambda x: np.ones_like(x) * x,
    "like=": lambda x: np.array([x[0], x[1] * 2.0], like=x) * np.full(2, x[2], like=x),
    "linspace": lambda x: np.linspace(0.0, x[0] * x[1], 4),
    "stack": lambda x: np.stack([x[0] * x[1], x[2]]) * np.hstack([x[0], x[1]]),
    "concatenate": lambda x: np.concatenate([x * x, [1.0]]),
    # locally constant
    "comparisons of arrays": lambda x: (x > 2.0) * x + (x == X) * x + np.less(x, 3.0),
    "closeness": lambda x: only_if(np.allclose(x, X) and np.isclose(x, X).all(), x),
    "array_equal": lambda x: only_if(not np.array_equal(x, X + 1.0), x),
    "sign": lambda x: np.sign(x - 2.0) * np.floor(x) * np.rint(x) * x,
    "argsort": lambda x: x[np.argsort(-x)] * x,
    "searchsorted": lambda x: np.searchsorted([1.0, 2.0, 3.0], x) * x + x.searchsorted(2.0),
    "digitize": lambda x: np.digitize(x, [1.0, 2.0, 3.0]) * x,
    "where with a mask": lambda x: np.where(x > 2.0, x * x, -x) + np.where(x, x, 0.0),
    "mask as an index": lambda x: x[x > 2.0] * x[np.nonzero(x > 2.0)],
    # operands of other kinds
    "list": lambda x: x * [1, 2, 3] + (4.0, 5.0, 6.0) - [[1.0], [2.0]],
    "list with numbers": lambda x: x * [x[0], 2.0, x[1]],
    "integers": lambda x: x * np.arange(3) + x * True + np.int8(2) * x,
    "float32": lambda x: x * np.float32(0.5) + np.ones(3, np.float32) * x,
    "complex": lambda x: (x * (1.0 + 2.0j)).imag * np.abs(x + 1j),
    "object array out": lambda x: objects(x),
    "object array times a number": lambda x: x[:2] * objects(x),
    "object array sum": lambda x: objects(x).sum() * objects(x)[0],
    "array on the left": lambda x: X - x + X * x / (X + x) ** x,
    "scalar on the left": lambda x: 2.0 / x - np.float64(3.0) * x + np.array(2.0) * x,
}


def flat(out):
    """The answer as one vector, whatever container it is."""
    if isinstance(out, (list, tuple)):
        return np.concatenate([flat(part) for part in out])
    return np.reshape(out.astype(float) if getattr(out, "dtype", None) == object else out, -1)


def central(f, x, h=1e-6):
    rows = []
    for e in np.eye(x.size):
        rows.append((flat(f(x + h * e)) - flat(f(x - h * e))) / (2.0 * h))
    return np.stack(rows, axis=-1)


# These look at the very values, so that differences leave their branch.
EXACT = {"equality": 2.0 * np.diag(X), "format": 2.0 * np.diag(X), "str.format": 2.0 * np.diag(X)}
EXACT |= dict.fromkeys(("in an array", "in a tuple", "closeness"), EXACT["format"])
# Their value jumps beside X.
DOUBTFUL = ("equality", "in an array", "in a tuple", "closeness", "comparisons of arrays")


def judged(name):
    """A context that expects the warning of a doubtful function, and of no other."""
    doubtful = name in DOUBTFUL
    return pytest.warns(da.DerivativeWarning) if doubtful else contextlib.nullcontext()


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", WORKS)
def test_value_and_derivative(name, mode):
    f = WORKS[name]
    with judged(name):
        value, jacobian = da.value_and_jacobian(f, mode=mode)(X)
    assert flat(value).tobytes() == flat(f(X.copy())).tobytes()
    want = EXACT[name] if name in EXACT else central(f, X)
    if name == "comparisons of arrays":
        want = want + np.eye(3)  # x == X holds at X alone
    np.testing.assert_allclose(
        np.reshape(jacobian, (-1, 3)), want, rtol=1e-6, atol=1e-6, err_msg=name
    )


@pytest.mark.parametrize("name", WORKS)
def test_second_derivatives_agree(name):
    f = WORKS[name]
    with judged(name):
        one = da.hessian(f, mode="forward")(X)
    with judged(name):
        two = da.jacobian(da.jacobian(f, mode="reverse"), mode="forward")(X)
    with judged(name):
        three = da.jacobian(da.jacobian(f, mode="forward"), mode="reverse")(X)
    np.testing.assert_allclose(two, one, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(three, one, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_python_float_stays_one(mode):
    def f(x):
        assert isinstance(x, float)
        assert not isinstance(x, np.ndarray)
        y = x * 2.0
        assert type(da.primal(y)) is float
        assert type(da.primal(y**2 / 3.0 - 1)) is float
        with pytest.raises(ZeroDivisionError):
            y / 0.0
        return y * y

    assert da.jacobian(f, mode=mode)(3.0) == 24.0


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_item_gives_python_arithmetic(mode):
    def f(x):
        v = x[0].item()
        assert type(da.primal(v)) is float
        assert type(da.primal(x[0])) is np.float64
        with pytest.raises(ZeroDivisionError):
            v / 0.0
        return v * x

    np.testing.assert_allclose(da.jacobian(f, mode=mode)(X), central(f, X), atol=1e-8)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_arrays_without_axes_are_told_from_scalars(mode):
    """What NumPy makes a scalar cannot be written to, and a view of one element can."""

    def f(x):
        plain = np.array(1.5)
        for y, z in ((x[0, ...], plain), (x[:1].reshape(()), plain), (np.squeeze(x[:1]), plain)):
            assert isinstance(y, np.ndarray) == isinstance(z, np.ndarray)
        for y in (
            x[0],
            x.sum(),
            x[0, ...] + 1.0,
            np.sin(x[0, ...]),
            x[0, ...] * x[1, ...],
            x[(0,)],
        ):
            assert not isinstance(y, np.ndarray)
        y = x * x
        y[1, ...][...] = x[0] * x[2]
        return y

    np.testing.assert_allclose(
        da.jacobian(f, mode=mode)(X),
        [[2 * X[0], 0, 0], [X[2], 0, X[0]], [0, 0, 2 * X[2]]],
        rtol=1e-15,
    )
