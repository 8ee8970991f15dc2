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
        return float(x[0])
    return 1e300


ESCAPES = {
    # NumPy's own error hides ours here; the boundary raises ours
    "out[0] = x": (stored(0, lambda x: x[0]), "np.zeros_like(x)"),
    "out[:] = x": (stored(slice(None), lambda x: x), "np.zeros_like(x)"),
    "out[mask] = x": (stored([True, False, False], lambda x: x[:1]), "np.zeros_like(x)"),
    "out.fill": (lambda x: np.zeros(3).fill(x[0]), "np.zeros_like(x)"),
    "float": (lambda x: float(x[0]), "x without float()"),
    "float of an array": (lambda x: float(x[:1]), "x without float()"),
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
    "statistics": (lambda x: statistics.mean(x), ""),
    "percent": (lambda x: "%.3f" % x[0], ':.3f}"'),  # noqa: UP031  # what users write
    "astype object": (lambda x: x.astype(object), ""),
    "masked array": (lambda x: np.ma.array(X, mask=[0, 1, 0]) * x, "np.where(mask"),
    "times a masked array": (lambda x: x * np.ma.array(X, mask=[0, 1, 0]), "np.where(mask"),
    "masked function": (lambda x: np.ma.log(x), "np.where(mask"),
    "masked_where": (lambda x: np.ma.masked_where(x > 2, x), "np.where(mask"),
    "poly1d": (lambda x: np.polynomial.Polynomial(x)(2.0), ""),
    "np.copyto": (lambda x: np.copyto(np.zeros(3), x), "np.zeros_like(v)"),
    "np.put": (lambda x: np.put(np.zeros(3), [0], x[0]), "np.zeros_like(v)"),
    "np.place": (lambda x: np.place(np.zeros(3), [True] * 3, x), "np.zeros_like(v)"),
    "np.putmask": (lambda x: np.putmask(np.zeros(3), [True] * 3, x), "np.zeros_like(v)"),
    "np.add.at": (lambda x: np.add.at(np.zeros(3), [0], x[0]), "np.zeros_like(x)"),
    "clip out": (lambda x: np.clip(x, 0.0, 2.0, out=np.zeros(3)), "np.zeros_like(v)"),
    "sum out": (lambda x: np.sum(x, 0, None, np.zeros(())), "np.zeros_like(v)"),
    "method out": (lambda x: x.cumsum(out=np.zeros(3)), "np.zeros_like(v)"),
}
SWALLOWED = {
    "float": swallowed(lambda x: math.exp(x[0])),
    "bare": swallowed_bare,
    "suppress": suppressed,
    "array": swallowed(lambda x: np.asarray(x).sum()),
    "item": swallowed(stored(0, lambda x: x[0])),
    "key": swallowed(lambda x: {x[0]: 1.0}),
    "alias": swallowed(lambda x: np.add(x, 1.0, out=GLOBAL).sum()),
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


@pytest.mark.parametrize("way", ["forward", "reverse", "hyper-dual", "second", "nested"])
@pytest.mark.parametrize("name", ESCAPES)
def test_each_way_out_raises(name, way):
    f, advice = ESCAPES[name]
    with pytest.raises(da.EscapeError) as caught:
        derivatives(f)[way](X)
    _, where, instead = three_lines(caught.value)
    assert "test_escapes.py, line " in where
    assert advice in instead


@pytest.mark.parametrize("way", ["forward", "reverse", "second", "nested", "auto", "jvp"])
@pytest.mark.parametrize("name", SWALLOWED)
def test_swallowed_errors_are_raised_at_the_boundary(name, way):
    with pytest.raises((da.EscapeError, da.NoRuleError, da.InputTypeError)) as caught:
        derivatives(SWALLOWED[name])[way](X)
    assert "test_escapes.py, line " in three_lines(caught.value)[1]


def test_the_message_names_the_line_of_the_assignment():
    with pytest.raises(da.EscapeError) as caught:
        da.jacobian(ESCAPES["out[0] = x"][0])(X)
    met, where, _ = three_lines(caught.value)
    assert met.startswith("a plain float was about to be made from a differentiated number")
    assert where.endswith("out[index] = value_of(x)")
    assert isinstance(caught.value.__cause__, ValueError)  # NumPy's


def test_code_in_libraries_is_not_where_the_user_is():
    with pytest.raises(da.EscapeError) as caught:
        da.jacobian(lambda x: np.polynomial.Polynomial(x)(2.0) + statistics.mean(X))(X)
    assert "np.polynomial.Polynomial(x)" in caught.value.where


# --- functions without a rule -------------------------------------------------------------------

NO_RULE = {
    "numpy.linalg.eig": lambda x: np.linalg.eig(A * x[0]),
    "numpy.nextafter": lambda x: np.nextafter(x, 1.0),
    "numpy.nextafter.reduce": lambda x: np.nextafter.reduce(x),
    "numpy.savetxt": lambda x: np.savetxt("nowhere", x),
    "the ufunc half (vectorized)": lambda x: np.frompyfunc(half, 1, 1)(x),
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
