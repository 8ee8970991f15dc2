"""Arguments that share memory, and arrays that compiled functions write for Python code."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit

import dualad as da

X = np.array([1.0, 2.0, 3.0])


@njit
def squares_into(x, w, v):
    for i in range(len(w)):
        w[i] = x[i] * x[i]
    return v[0] * w[1]


@njit
def in_place(x, v):
    x[0] = 3.0 * x[0]
    return v[0] * x[1]


@njit
def accumulates(x, b, c):
    """Adds to a number that it has read: nothing is written."""
    s = b[0]
    s += x[0] * c.dot(x)
    return s


@njit
def into_the_first(x, pair):
    pair[0][0] = x[0]
    return pair[0][0] * pair[1][0]


@njit
def bumps(x, w):
    w[0] += 1.0


@njit
def looks(x, w):
    return x[0] * w[0]


@njit
def by_another(x, w, g):
    g(x, w)
    return x * w[0]


@njit
def doubled(x):
    x *= 2.0
    return x[0]


@njit
def shared_inside(y):
    return da.grad(in_place)(y, y)


@njit
def apart_inside(y):
    return da.grad(in_place)(y, y.copy())


W = np.zeros(3)
M = np.zeros((3, 2))
LINE = np.lib.stride_tricks.as_strided(np.ones(4), (3,), (0,))


def _names(name, other):
    return f"writes into its argument {name}, which shares memory with its argument {other}"


REFUSED = {
    "the same": (squares_into, (X, W, W), _names("w", "v")),
    "a view": (squares_into, (X, W, W.view()[::-1]), _names("w", "v")),
    "slices": (squares_into, (X, M[:-1, 0], M[1:, 0]), _names("w", "v")),
    "the input": (squares_into, (X, X[:2], W), _names("w", "x")),
    "the input is written": (in_place, (X, X), _names("x", "v")),
    "in a tuple": (into_the_first, (X, (W, W)), "pair, whose elements share memory"),
    "strides by hand": (squares_into, (X, LINE, W), "w, whose elements share memory"),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_a_written_argument_stands_alone(case, mode):
    f, args, words = REFUSED[case]
    for _ in range(2):
        with pytest.raises(da.InputError, match=words):
            da.grad(f, mode=mode)(*args)


def test_in_every_way_of_asking():
    pair = _names("w", "v")
    for ask in (
        lambda: da.hessian(squares_into)(X, W, W),
        lambda: da.hvp(squares_into)(X, X, W, W),
        lambda: da.vjp(squares_into, X, W, W),
        lambda: da.jacobian(squares_into, (0, 1))(X, W, W),
        lambda: da.grad(squares_into)(X, v=W, w=W),
    ):
        with pytest.raises(da.InputError, match=pair):
            ask()


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_what_is_apart_passes(mode):
    w = M[:, 0]
    np.testing.assert_array_equal(da.grad(squares_into, mode=mode)(X, w, M[:, 1]), np.zeros(3))
    np.testing.assert_array_equal(w, X * X)
    v = np.array([5.0])
    found = da.grad(squares_into, mode=mode)(X, np.zeros(3), v)
    np.testing.assert_array_equal(found, [0.0, 20.0, 0.0])
    same = da.grad(accumulates, mode=mode)(X, X, X)
    np.testing.assert_array_equal(same, [14.0 + 1.0, 2.0, 3.0])


def test_functions_as_arguments_may_write_too():
    x = np.ones(40)
    found = da.jacobian(by_another, mode="forward")(x, np.zeros(3), bumps)
    np.testing.assert_array_equal(found, np.eye(40))
    with pytest.raises(da.InputError, match=_names("w", "x")):
        da.jacobian(by_another)(x, x, bumps)
    np.testing.assert_array_equal(da.jacobian(by_another)(X, X, looks), np.eye(3))


def test_inside_compiled_code():
    with pytest.raises(ValueError, match="shares memory with it"):
        shared_inside(X.copy())
    np.testing.assert_array_equal(apart_inside(X.copy()), [0.0, 1.0, 0.0])


def _fills(x):
    w = np.zeros(3)
    return squares_into(x, w, W) + w.sum()


def _doubles(x):
    y = x * 3.0
    return doubled(y) + y.sum()


@pytest.mark.parametrize(("f", "name"), [(_fills, "w"), (_doubles, "x")])
@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_python_code_does_not_get_arrays_without_derivatives(f, name, mode):
    with pytest.raises(da.InputError, match=f"writes into its argument {name}: Python code"):
        da.grad(f, mode=mode)(X)


def test_python_code_may_share_what_is_read():
    found = da.grad(lambda x: accumulates(2.0 * x, X, X) + by_another(x, X, looks)[0])(X)
    np.testing.assert_array_equal(found, [2.0 * 28.0 + 4.0 + 1.0, 8.0, 12.0])


@pytest.mark.parametrize("hidden", [False, True])
def test_out_may_be_the_memory_of_an_argument(hidden):
    x = X.copy()
    whole = (x,) if hidden else x
    f = njit(lambda pair, y: (pair[0][0] if hidden else pair[0]) * np.sum(y**3))
    y = np.linspace(1.0, 2.0, 3)
    slope = da.grad(f, 1)
    want = slope((X,) if hidden else X, y)
    slope(whole, y, out=x)
    np.testing.assert_array_equal(x, want)
    z = y.copy()
    np.testing.assert_array_equal(slope((X,) if hidden else X, z, out=z), want)
