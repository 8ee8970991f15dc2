"""A derivative is never dropped silently: each way out raises, says where, and what to write."""

import array
import contextlib
import fractions
import functools
import json
import math
import operator
import pickle
import statistics
import struct

import numpy as np
import pytest

import dualad as da

X = np.array([1.1, 2.3, 3.2])
A = np.arange(9.0).reshape(3, 3) + np.eye(3)
GLOBAL = np.zeros(3)


def stored(index, value_of):
    """Assignment into an ordinary array."""

    def f(x):
        out = np.zeros(3)
        out[index] = value_of(x)
        return out

    return f


def written(write):
    """A function that writes into an ordinary array."""

    def f(x):
        out = np.ones(3)
        write(out, x)
        return out

    return f


def swallowed(attempt):
    """Engineering code that hides every error behind a large number."""

    def f(x):
        try:
            return attempt(x)
        except Exception:
            return 1e300

    return f


def swallowed_bare(x):
    try:
        return math.exp(x[0])
    except:
        return 1e300


def suppressed(x):
    with contextlib.suppress(Exception):
        return np.exp(float(x[0]))
    return 1e300


ESCAPES = {
    # NumPy's own error hides ours here; the boundary raises ours
    "out[0] = x": (stored(0, lambda x: x[0]), "np.zeros_like(x)"),
    "out[:] = x": (stored(slice(None), lambda x: x), "np.zeros_like(x)"),
    "out[mask] = x": (stored([True, False, False], lambda x: x[:1]), "np.zeros_like(x)"),
    "out.fill": (written(lambda a, x: a.fill(x[0])), "np.zeros_like(x)"),
    "float": (lambda x: float(x[0]), "x without float()"),
    "float of an array": (lambda x: float(x[:1].reshape(())), "x without float()"),
    "int": (lambda x: int(x[0]) * x, "int(da.primal(x))"),
    "complex": (lambda x: complex(x[0]), "x + 0j"),
    "math": (lambda x: math.sin(x[0]), "np.sin"),
    "math of two": (lambda x: math.hypot(x[0], x[1]), "np.hypot"),
    "fsum": (lambda x: math.fsum(x), "np.fsum"),
    "np.asarray": (lambda x: np.asarray(x), "x itself"),
    "np.array": (lambda x: np.array(x), "x.copy()"),
    "np.array of scalars": (lambda x: np.array([x[0], x[1]]), "np.stack"),
    "np.array of arrays": (lambda x: np.array([x, x]), "np.stack"),
    "np.float64": (lambda x: np.float64(x[0]), "x itself"),
    "np.full": (lambda x: np.full(3, x[0]), "like=x"),
    "np.full_like": (lambda x: np.full_like(X, x[0]), "np.zeros_like"),
    "np.exp of a list": (lambda x: np.exp([x[0], x[1]]), "np.exp(np.stack"),
    "np.sum of a list": (lambda x: np.sum([x[0], x[1]]), "np.sum(np.stack"),
    "np.fromiter": (lambda x: np.fromiter((v * v for v in x), float), "np.stack"),
    "np.vectorize": (lambda x: np.vectorize(lambda v: v * v)(x), "np.stack"),
    "np.r_": (lambda x: np.r_[x[0], x], "np.concatenate"),
    "np.arange": (lambda x: np.arange(0.0, x[0]), "np.stack"),
    "np.broadcast": (lambda x: np.broadcast(x, A).shape, "np.stack"),
    "np.nditer": (lambda x: next(np.nditer(x)), ""),
    "np.random": (lambda x: np.random.default_rng(0).normal(0.0, x), ""),
    "permutation": (lambda x: np.random.default_rng(0).permutation(x), ""),
    "index of an array": (lambda x: A[x[0]], ""),
    "index of a number": (lambda x: x[x[0]], "int(da.primal(i))"),
    "list of numbers as index": (lambda x: x[[x[0], x[1]]], "plain integers"),
    "ndarray.dot": (lambda x: A.dot(x), "A @ x"),
    "hash": (lambda x: hash(x[0]), "da.primal(x) as the key"),
    "dict": (lambda x: {x[0]: 1.0}[x[0]], "da.primal(x) as the key"),
    "set": (lambda x: len({x[0]}) * x, "da.primal(x) as the key"),
    "lru_cache": (lambda x: functools.lru_cache(lambda v: v * v)(x[0]), "leave the cache out"),
    "pickle": (lambda x: pickle.loads(pickle.dumps(x)), "inside the worker process"),
    "view": (lambda x: x.view(np.int64), "da.primal(x)"),
    "tobytes": (lambda x: x.tobytes(), "da.primal(x)"),
    "bytes": (lambda x: bytes(x), "da.primal(x)"),
    "ctypes": (lambda x: x.ctypes, "da.primal(x)"),
    "data": (lambda x: x.data, "da.primal(x)"),
    "struct": (lambda x: struct.pack("d", x[0]), ""),
    "array.array": (lambda x: array.array("d", [x[0]]), ""),
    "Fraction": (lambda x: fractions.Fraction(x[0]), ""),
    "statistics": (lambda x: statistics.linear_regression(X, x).slope, ""),
    "percent": (lambda x: float("%.3f" % x[0]), ':.3f}"'),  # noqa: UP031  # what users write
    "astype object": (lambda x: x.astype(object), ""),
    "masked array": (lambda x: np.ma.array(X, mask=[0, 1, 0]) * x, "np.where(mask"),
    "times a masked array": (lambda x: x * np.ma.array(X, mask=[0, 1, 0]), "np.where(mask"),
    "masked function": (lambda x: np.ma.log(x), "np.where(mask"),
    "masked_where": (lambda x: np.ma.masked_where(x > 2, x), "np.where(mask"),
    "polynomial": (lambda x: np.polynomial.Polynomial(x)(2.0), ""),
    "np.copyto": (written(lambda a, x: np.copyto(a, x)), "np.zeros_like(v)"),
    "np.put": (written(lambda a, x: np.put(a, [0], x[0])), "np.zeros_like(v)"),
    "np.place": (written(lambda a, x: np.place(a, [True] * 3, x)), "np.zeros_like(v)"),
    "np.putmask": (written(lambda a, x: np.putmask(a, [True] * 3, x)), "np.zeros_like(v)"),
    "np.add.at": (written(lambda a, x: np.add.at(a, [0, 0], x[0])), "np.zeros_like(x)"),
    "clip out": (lambda x: np.clip(x, 0.0, 2.0, out=np.zeros(3)), "np.zeros_like(v)"),
    "sum out": (lambda x: np.sum(x, 0, None, np.zeros(())), "np.zeros_like(v)"),
    "method out": (lambda x: x.cumsum(out=np.zeros(3)), "np.zeros_like(v)"),
}
# Code that runs lifted: these are ways out for numbers made by hand only.
LIFTED = (
    "out[0] = x",
    "out[:] = x",
    "out[mask] = x",
    "out.fill",
    "float",
    "float of an array",
    "int",
    "complex",
    "math",
    "math of two",
    "fsum",
    "np.asarray",
    "np.array",
    "np.array of scalars",
    "np.array of arrays",
    "np.float64",
    "np.full",
    "np.full_like",
    "np.exp of a list",
    "np.sum of a list",
    "np.fromiter",
    "np.vectorize",
    "np.r_",
    "np.broadcast",
    "ndarray.dot",
    "lru_cache",
    "np.copyto",
    "np.put",
    "np.place",
    "np.putmask",
    "np.add.at",
    "clip out",
    "sum out",
    "method out",
    "polynomial",
)
# What works for numbers made by hand, or raises the library's own error.
BY_HAND = ("np.nditer", "pickle", "struct")
# Likewise, but the function has jumps only: right, and worth a warning.
STEPS = ("hash", "percent", "np.arange")
HIDDEN = {
    "float": swallowed(lambda x: math.exp(x[0])),
    "bare": swallowed_bare,
    "suppress": suppressed,
    "array": swallowed(lambda x: np.exp(np.asarray(x)).prod() / np.exp(x[1] + x[2])),
    "item": swallowed(lambda x: stored(0, lambda x: np.exp(x[0]))(x).sum()),
    "alias": swallowed(lambda x: np.exp(x, out=GLOBAL)[0]),
}
SWALLOWED = {
    "key": swallowed(lambda x: {x[0]: 1.0}),
    "no rule": swallowed(lambda x: np.spacing(x).sum()),
    "no rule, ufunc": swallowed(lambda x: np.nextafter(x, 1.0).sum()),
    "masked": swallowed(lambda x: x * np.ma.array(X)),
    "masked in a ufunc": swallowed(lambda x: np.multiply(x, np.ma.array(X))),
}


def derivatives(f):
    """All the ways to run f with numbers inside."""
    return {
        "forward": da.jacobian(f, mode="forward"),
        "reverse": da.jacobian(f, mode="reverse"),
        "hyper-dual": da.hessian(f, mode="forward"),
        "second": da.hessian(f, mode="reverse"),
        "nested": da.jacobian(da.jacobian(f, mode="forward"), mode="reverse"),
        "auto": da.jacobian(f),
        "jvp": lambda x: da.jvp(f, (x,), (x,)),
    }


def three_lines(error):
    """(what was met, where, what to write instead) of a message."""
    lines = str(error).splitlines()
    assert 2 <= len(lines) <= 3, str(error)
    assert lines[1].startswith("  in "), str(error)
    if len(lines) == 3:
        assert lines[2].startswith("  instead "), str(error)
    return lines[0], lines[1], "".join(lines[2:])


@pytest.mark.parametrize("name", [name for name in ESCAPES if name not in BY_HAND])
def test_each_way_out_raises_for_numbers_made_by_hand(name):
    f, advice = ESCAPES[name]
    with pytest.raises((da.EscapeError, ValueError)) as caught:
        f(da.Dual(X, np.eye(3)))
    error = caught.value.__cause__ if type(caught.value) is ValueError else caught.value
    _, where, instead = three_lines(error)
    assert "test_escapes.py, line " in where
    assert advice in instead


@pytest.mark.parametrize("way", ["forward", "reverse", "hyper-dual", "second", "nested"])
@pytest.mark.parametrize("name", [name for name in ESCAPES if name not in (*LIFTED, *STEPS)])
def test_what_lift_cannot_help_raises(name, way):
    f, advice = ESCAPES[name]
    with pytest.raises(da.EscapeError) as caught:
        derivatives(f)[way](X)
    _, where, instead = three_lines(caught.value)
    assert "test_escapes.py, line " in where
    assert advice in instead


@pytest.mark.parametrize("way", ["forward", "reverse"])
@pytest.mark.parametrize("name", LIFTED)
def test_what_lift_makes_right(name, way):
    f, _ = ESCAPES[name]
    h = 1e-6
    columns = [(np.array(f(X + e)) - np.array(f(X - e))) / (2 * h) for e in h * np.eye(3)]
    got = derivatives(f)[way](X)
    np.testing.assert_allclose(got, np.stack(columns, axis=-1), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", STEPS)
def test_what_has_jumps_only_warns(name, mode):
    with pytest.warns(da.DerivativeWarning) as caught:
        got = da.jacobian(ESCAPES[name][0], mode=mode)(X)
    assert not got.any()
    assert caught[0].filename == __file__


@pytest.mark.parametrize("way", ["forward", "reverse", "second", "nested", "auto", "jvp"])
@pytest.mark.parametrize("name", HIDDEN)
def test_what_a_swallowed_error_would_hide_runs_lifted(name, way):
    got = derivatives(HIDDEN[name])[way](X)
    want = derivatives(lambda x: np.exp(x[0]))[way](X)
    if way == "jvp":  # value and tangent
        got, want = got[1], want[1]
    np.testing.assert_allclose(got, want, atol=1e-14)


@pytest.mark.parametrize("way", ["forward", "reverse", "second", "nested", "auto", "jvp"])
@pytest.mark.parametrize("name", SWALLOWED)
def test_swallowed_errors_are_raised_at_the_boundary(name, way):
    with pytest.raises((da.EscapeError, da.NoRuleError, da.InputTypeError)) as caught:
        derivatives(SWALLOWED[name])[way](X)
    assert "test_escapes.py, line " in three_lines(caught.value)[1]


def test_code_in_libraries_is_not_where_the_user_is():
    with pytest.raises(da.EscapeError) as caught:
        da.jacobian(lambda x: x[0] + statistics.linear_regression(X, x).slope)(X)
    assert "statistics.linear_regression(X, x)" in caught.value.where


# --- functions without a rule -------------------------------------------------------------------

NO_RULE = {
    "numpy.nextafter": lambda x: np.nextafter(x, 1.0),
    "numpy.nextafter.reduce": lambda x: np.nextafter.reduce(x),
    "numpy.savetxt": lambda x: np.savetxt("nowhere", x),
    "the ufunc half (vectorized)": lambda x: np.frompyfunc(half, 2, 1).reduce(x),
}


def half(v):
    return 0.5 * v


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", NO_RULE)
def test_functions_without_a_rule_are_named(name, mode):
    with pytest.raises(da.NoRuleError) as caught:
        da.jacobian(NO_RULE[name], mode=mode)(X)
    met, where, instead = three_lines(caught.value)
    assert name.removesuffix(".reduce") in met
    assert "test_escapes.py, line " in where
    assert "da." in instead


def test_an_inner_number_in_an_outer_array():
    def f(x):
        y = np.zeros_like(x)

        def inner(z):
            y[0] = z[0] * x[0]
            return z

        da.jacobian(inner)(np.ones(3))
        return y

    for mode in ("forward", "reverse"):
        with pytest.raises(da.LevelError, match="inner derivative was stored"):
            da.jacobian(f, mode=mode)(X)


# --- what the plain call refuses is refused in the same way -------------------------------------

REFUSED_BY_PYTHON = {
    "range": lambda x: range(x[0]),
    "list index": lambda x: [1.0, 2.0][x[0]],
    "slice": lambda x: x[x[0] :],
    "truth": lambda x: 1.0 if x else 0.0,
    "None": lambda x: x + None,
    "text": lambda x: x + "text",
    "hash of an array": lambda x: hash(x),
    "len of a scalar": lambda x: len(x[0]),
    "iteration over a scalar": lambda x: list(x[0]),
    "assignment to a scalar": lambda x: operator.setitem(x[0], 0, 1.0),
    "json of an array": lambda x: json.dumps(x),
    "item": lambda x: x.item(),
    "bad index": lambda x: x[5],
    "too many indices": lambda x: x[0, 0],
    "assignment out of bounds": lambda x: operator.setitem(x * 1.0, 5, 1.0),
    "assignment of another shape": lambda x: operator.setitem(x * 1.0, slice(0, 2), x),
    "shapes": lambda x: x + np.ones(4),
    "reshape": lambda x: x.reshape(2, 2),
    "in place of another shape": lambda x: operator.iadd(x * 1.0, np.ones((2, 3))),
    "in place of a longer shape": lambda x: operator.iadd(x * 1.0, np.ones((1, 3))),
    "out of another shape": lambda x: np.add(x, np.ones((2, 3)), out=x * 1.0),
    "complex in place": lambda x: operator.imul(x * 1.0, 1j),
    "complex out": lambda x: np.multiply(x, 1j, out=x * 1.0),
    "integer work array": lambda x: operator.iadd(np.zeros(3, int), x),
    "read-only": lambda x: operator.setitem(np.broadcast_to(x, (2, 3)), 0, 1.0),
    "read-only diagonal": lambda x: operator.setitem(np.diagonal(np.outer(x, x)), 0, 1.0),
    "imaginary part of a real array": lambda x: setattr(x * 1.0, "imag", 1.0),
    "axis": lambda x: x.sum(axis=3),
    "empty maximum": lambda x: x[:0].max(),
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", REFUSED_BY_PYTHON)
def test_errors_of_the_plain_call_stay(name, mode):
    f = REFUSED_BY_PYTHON[name]
    with pytest.raises(Exception) as plain:  # noqa: PT011  # which one is the question
        f(X * 1.0)
    kinds = [k for k in (TypeError, ValueError, IndexError) if issubclass(plain.type, k)]
    with pytest.raises(tuple(kinds)):
        da.jacobian(f, mode=mode)(X)


# --- numbers made by hand -----------------------------------------------------------------------


def test_numbers_made_by_hand_raise_at_once_and_pickle():
    x = da.Dual(X, np.eye(3))
    with pytest.raises(da.EscapeError):
        np.asarray(x)
    again = pickle.loads(pickle.dumps(x))
    assert np.array_equal(again.tangent, np.eye(3))


def test_a_caught_escape_of_a_number_made_by_hand_is_forgotten():
    with pytest.raises(da.EscapeError):
        float(da.Dual(1.0, [1.0]))
    assert da.grad(lambda x: x * x)(3.0) == 6.0
