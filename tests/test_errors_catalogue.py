"""A catalogue of wrong calls: what the user reads is one clear sentence, with file and line."""

from __future__ import annotations

import datetime as dt
import decimal
import fractions
import re
import types
import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

import dualad as da

X = np.array([0.5, 1.5, 2.0])
Z = X * 1j


def total(x):
    return np.sum(x * x)


def product(x, y):
    return np.sum(x * y)


class Tensor:
    """As another library's array: NumPy may read it, its own functions refuse others."""

    def __init__(self, values):
        self.values = np.asarray(values)

    def __array__(self, dtype=None, copy=None):
        return self.values

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        raise TypeError("not mine")


class Point:
    x = 1.0


async def later(x):
    return x * 2


def steps(x):
    yield x
    yield x * 2


class Case(NamedTuple):
    call: object
    kind: type
    met: str
    instead: str = ""


WRONG_TYPE, WRONG_VALUE = da.InputTypeError, da.InputError
with warnings.catch_warnings():
    warnings.simplefilter("ignore", PendingDeprecationWarning)
    MATRIX = np.asmatrix(X)
STRUCTURED = np.array([(1.0, 2)], dtype=[("a", float), ("b", int)])
CALLS = {
    # which arguments
    "argnums of a float": Case(lambda: da.grad(total, 0.0)(X), WRONG_TYPE, "not 0.0", "argnums=0"),
    "argnums of a text": Case(lambda: da.grad(total, "x")(X), WRONG_TYPE, "not 'x'", "argnums=0"),
    "argnums of None": Case(lambda: da.grad(total, None)(X), WRONG_TYPE, "not None", "argnums=0"),
    "argnums of a bool": Case(lambda: da.grad(total, True)(X), WRONG_TYPE, "not True", "argnums=0"),
    "argnums of a list": Case(lambda: da.grad(total, [0])(X), WRONG_TYPE, "[0]", "argnums=0"),
    "argnums out of range": Case(lambda: da.grad(total, 1)(X), WRONG_VALUE, "total was called"),
    "argnums below range": Case(lambda: da.grad(total, -2)(X), WRONG_VALUE, "argnums=-2"),
    "argnums twice": Case(lambda: da.grad(product, (0, -2))(X, X), WRONG_VALUE, "twice"),
    "argnums empty": Case(lambda: da.grad(total, ())(X), WRONG_VALUE, "no argument"),
    "no argument": Case(lambda: da.grad(total)(), WRONG_VALUE, "0 positional arguments"),
    "by keyword": Case(lambda: da.grad(total)(x=X), WRONG_VALUE, "0 positional", "by position"),
    "argnum of a tuple": Case(lambda: da.derivative(total, (0, 1)), WRONG_TYPE, "one argnum"),
    # what is no function
    "number for f": Case(lambda: da.grad(3.0), WRONG_TYPE, "grad needs a function, not 3.0"),
    "None for f": Case(lambda: da.jacobian(None), WRONG_TYPE, "jacobian needs a function"),
    "f(x) for f": Case(lambda: da.jacobian(np.sin(X)), WRONG_TYPE, "not array", "without calling"),
    "x with f": Case(lambda: da.jacobian(total, X), WRONG_TYPE, "argnums", "jacobian(f)(x)"),
    "jvp": Case(lambda: da.jvp(X, (X,), (X,)), WRONG_TYPE, "jvp needs a function"),
    "vjp": Case(lambda: da.vjp(X, X), WRONG_TYPE, "vjp needs a function"),
    "hvp": Case(lambda: da.hvp(X), WRONG_TYPE, "hvp needs a function"),
    "operator": Case(lambda: da.jacobian_operator(X, X), WRONG_TYPE, "jacobian_operator needs"),
    "explain": Case(lambda: da.explain(X, X), WRONG_TYPE, "explain needs a function"),
    "trace": Case(lambda: da.trace(X, X), WRONG_TYPE, "trace needs a function"),
    "check": Case(lambda: da.check_derivatives(X, X), WRONG_TYPE, "check_derivatives needs"),
    "elementwise": Case(lambda: da.elementwise(3, np.cos), WRONG_TYPE, "f of elementwise"),
    "custom_jvp": Case(lambda: da.custom_jvp(3), WRONG_TYPE, "custom_jvp decorates"),
    "finite_difference": Case(lambda: da.finite_difference(X), WRONG_TYPE, "needs a function"),
    # options
    "mode fwd": Case(
        lambda: da.jacobian(total, mode="fwd"), WRONG_VALUE, "'fwd'", "mode='forward'"
    ),
    "mode rev": Case(
        lambda: da.jacobian(total, mode="rev"), WRONG_VALUE, "'rev'", "mode='reverse'"
    ),
    "mode None": Case(lambda: da.hessian(total, mode=None), WRONG_VALUE, "mode=None", "'auto'"),
    "chunk 0": Case(lambda: da.jacobian(total, chunk_size=0), WRONG_VALUE, "chunk_size=0", "None"),
    "chunk -1": Case(lambda: da.jacobian(total, chunk_size=-1), WRONG_VALUE, "chunk_size=-1"),
    "chunk x": Case(lambda: da.jacobian(total, chunk_size="x"), WRONG_VALUE, "chunk_size='x'"),
    "chunk True": Case(lambda: da.jacobian(total, chunk_size=True), WRONG_VALUE, "=True"),
    "chunk 2.0": Case(lambda: da.hessian(total, chunk_size=2.0), WRONG_VALUE, "positive int"),
    "unknown keyword": Case(lambda: da.grad(total, modes="a"), WRONG_TYPE, "'modes'", "mode="),
    "argnum": Case(lambda: da.grad(total, argnum=0), WRONG_TYPE, "'argnum'", "argnums="),
    "allow_int": Case(lambda: da.grad(total, allow_int=True), WRONG_TYPE, "allow_int", "leave"),
    "argnums of jvp": Case(
        lambda: da.jvp(product, (X,), (X,), argnums=0), WRONG_TYPE, "'argnums'", "lambda x: f(x, y)"
    ),
    "sparsity": Case(
        lambda: da.jacobian(total, sparsity="auto"), da.NotYetError, "landed", "leave"
    ),
    "workers": Case(lambda: da.jacobian(total, workers=0), WRONG_VALUE, "workers=0", "workers=-1"),
    "workers text": Case(
        lambda: da.grad(total, workers="all"), WRONG_TYPE, "workers='all'", "pool.map"
    ),
    "workers of one direction": Case(
        lambda: da.hvp(total, workers=2), WRONG_VALUE, "one direction", "da.jacobian"
    ),
    "order 0": Case(lambda: da.derivative(total, order=0), WRONG_VALUE, "order=0"),
    "order 1.5": Case(lambda: da.derivative(total, order=1.5), WRONG_VALUE, "order=1.5"),
    "order 3": Case(lambda: da.check_derivatives(total, X, order=3), WRONG_VALUE, "order=3"),
    # inputs
    "text": Case(lambda: da.grad(total)("1.0"), WRONG_TYPE, "of total is of type str", "float(x)"),
    "bytes": Case(lambda: da.grad(total)(b"1"), WRONG_TYPE, "type bytes", "float(x)"),
    "None": Case(lambda: da.grad(total)(None), WRONG_TYPE, "type NoneType", "pass a float"),
    "object": Case(lambda: da.grad(total)(Point()), WRONG_TYPE, "type Point", "pass a float"),
    "class": Case(lambda: da.grad(total)(Point), WRONG_TYPE, "type type", "pass a float"),
    "module": Case(lambda: da.grad(total)(np), WRONG_TYPE, "type module", "pass a float"),
    "texts": Case(
        lambda: da.grad(total)(np.array(["a"])), WRONG_TYPE, "dtype <U1", "astype(float)"
    ),
    "objects": Case(lambda: da.grad(total)(np.array([None])), WRONG_TYPE, "dtype object", "astype"),
    "structured": Case(lambda: da.grad(total)(STRUCTURED), WRONG_TYPE, "dtype [('a'", "astype"),
    "decimal": Case(lambda: da.grad(total)(decimal.Decimal(1)), WRONG_TYPE, "Decimal", "float(x)"),
    "decimals": Case(lambda: da.grad(total)([decimal.Decimal(1)]), WRONG_TYPE, "Decimal", "float("),
    "fraction": Case(lambda: da.grad(total)(fractions.Fraction(1)), WRONG_TYPE, "Frac", "float(x)"),
    "date": Case(lambda: da.grad(total)(dt.date(2020, 1, 1)), WRONG_TYPE, "date", "a float"),
    "dates": Case(lambda: da.grad(total)(np.array(["2020"], "M8[D]")), WRONG_TYPE, "datetime64[D]"),
    "duration": Case(lambda: da.grad(total)(np.timedelta64(1, "D")), WRONG_TYPE, "timedelta64[D]"),
    "set": Case(lambda: da.grad(total)({1.0}), WRONG_TYPE, "type set", "np.array(list(x)"),
    "range": Case(lambda: da.grad(total)(range(3)), WRONG_TYPE, "type range", "np.array(list(x)"),
    "generator": Case(lambda: da.grad(total)(i for i in X), WRONG_TYPE, "generator", "list(x)"),
    "dict values": Case(lambda: da.grad(total)({"a": 1.0}.values()), WRONG_TYPE, "_values", "list"),
    "empty list": Case(lambda: da.grad(total)([]), WRONG_TYPE, "holds no number: []", "pass"),
    "empty dict": Case(lambda: da.grad(total)({}), WRONG_TYPE, "holds no number: {}", "pass"),
    "dict of texts": Case(lambda: da.grad(total)({"a": "b"}), WRONG_TYPE, "no number", "pass"),
    "masked": Case(lambda: da.grad(total)(np.ma.array(X)), WRONG_TYPE, "masked array", "filled"),
    "matrix": Case(lambda: da.grad(total)(MATRIX), WRONG_TYPE, "a matrix", "np.asarray(x)"),
    "char array": Case(lambda: da.grad(total)(np.rec.array(STRUCTURED)), WRONG_TYPE, "recarray"),
    "sparse": Case(
        lambda: da.grad(total)(scipy.sparse.csr_array(np.eye(2))), WRONG_TYPE, "csr", "x.toarray()"
    ),
    "tensor": Case(lambda: da.grad(total)(Tensor(X)), WRONG_TYPE, "Tensor", "np.asarray(x)"),
    "index": Case(lambda: da.grad(total)(pd.Index(X)), WRONG_TYPE, "type Index", "np.asarray(x)"),
    "Series of texts": Case(
        lambda: da.grad(total)(pd.Series(["a"])), WRONG_TYPE, "dtype", "astype"
    ),
    "mixed frame": Case(
        lambda: da.grad(total)(pd.DataFrame({"a": [1.0], "b": ["x"]})),
        WRONG_TYPE,
        "object",
        "astype",
    ),
    "Series of dates": Case(
        lambda: da.grad(total)(pd.Series(pd.to_datetime(["2020"]))), WRONG_TYPE, "datetime64"
    ),
    "large integer": Case(lambda: da.grad(total)(10**400), WRONG_VALUE, "too large for a float"),
    # complex numbers
    "complex": Case(lambda: da.jacobian(np.square)(Z), WRONG_TYPE, "complex", "holomorphic=True"),
    "complex hessian": Case(lambda: da.hessian(total)(Z), WRONG_TYPE, "complex", "holomorphic="),
    "complex hvp": Case(lambda: da.hvp(total)(Z, X), WRONG_TYPE, "complex arguments"),
    "complex answer": Case(lambda: da.grad(total)(Z), WRONG_TYPE, "a complex number", "np.abs"),
    # tangents and cotangents
    "tangent shape": Case(lambda: da.jvp(total, (X,), (X[:2],)), WRONG_VALUE, "(2,)", "(3,)"),
    "too many tangents": Case(
        lambda: da.jvp(total, (X,), (X, X)), WRONG_VALUE, "2 tangents", "one"
    ),
    "bare tangent": Case(lambda: da.jvp(total, X, X), WRONG_VALUE, "must be a tuple", "(primal,)"),
    "no tangent": Case(
        lambda: da.jvp(total, (X,), (None,)), WRONG_TYPE, "tangent is None", "floats"
    ),
    "text tangent": Case(
        lambda: da.jvp(total, (X,), ("x",)), WRONG_TYPE, "tangent is 'x'", "floats"
    ),
    "complex tangent": Case(lambda: da.jvp(total, (X,), (Z,)), WRONG_TYPE, "complex", ".imag"),
    "other keys": Case(
        lambda: da.jvp(np.sum, ({"a": 1.0},), ({"b": 1.0},)), WRONG_VALUE, "the keys ['a']"
    ),
    "tangent of no dict": Case(
        lambda: da.jvp(product, ({"a": 1.0}, X), (1.0, X)), WRONG_VALUE, "tangent 0 is 1.0 where"
    ),
    "cotangent shape": Case(lambda: da.vjp(np.sin, X)[1](X[:2]), WRONG_VALUE, "(2,)", "(3,)"),
    "text cotangent": Case(lambda: da.vjp(np.sin, X)[1]("x"), WRONG_TYPE, "cotangent is 'x'", "fl"),
    "no cotangent": Case(lambda: da.vjp(np.sin, X)[1](None), WRONG_TYPE, "cotangent is None"),
    "object cotangent": Case(
        lambda: da.vjp(np.sin, X)[1](np.array([None] * 3)), WRONG_TYPE, "None"
    ),
    "complex cotangent": Case(lambda: da.vjp(np.sin, X)[1](Z), WRONG_TYPE, "a complex cotangent"),
    "cotangent keys": Case(
        lambda: da.vjp(lambda x: {"a": x}, X)[1]({"b": X}), WRONG_VALUE, "the keys ['a'] is needed"
    ),
    "half a cotangent": Case(
        lambda: da.vjp(lambda x: (x, x), X)[1]((X,)), WRONG_VALUE, "a tuple of 2 is needed"
    ),
    "no primal": Case(lambda: da.vjp(total), WRONG_VALUE, "at least one primal"),
    "vector shape": Case(lambda: da.hvp(total)(X, X[:2]), WRONG_VALUE, "(2,)", "(3,)"),
    "text vector": Case(lambda: da.hvp(total)(X, "v"), WRONG_TYPE, "is 'v' where numbers"),
    "operator of a dict": Case(
        lambda: da.jacobian_operator(np.sin, {"a": X, "b": X}), WRONG_VALUE, "one array", "flatten"
    ),
    "operator of two": Case(lambda: da.jacobian_operator(lambda x: (x, x), X), WRONG_VALUE, "one"),
    # numbers made by hand
    "tangent of a dual": Case(lambda: da.Dual(X, np.eye(2)), WRONG_VALUE, "(2, 2)", "np.reshape"),
    "text dual": Case(lambda: da.Dual("a", [1.0]), WRONG_TYPE, "dtype <U1", "floats"),
    "e12": Case(lambda: da.HyperDual(X, np.eye(3), np.eye(3), np.eye(3)), WRONG_VALUE, "e12 has"),
    "two sizes": Case(
        lambda: da.Dual(1.0, [1.0]) + da.Dual(1.0, [1.0, 2.0]),
        da.LevelError,
        "(1,) and (2,)",
        "same",
    ),
    "two kinds": Case(
        lambda: da.Dual(1.0, [1.0]) * da.HyperDual(1.0, [1.0], [1.0], [[1.0]]),
        da.LevelError,
        "Dual and HyperDual",
        "one type",
    ),
    # rules and checks
    "no rule given": Case(
        lambda: da.grad(da.custom_jvp(total))(X), da.NoRuleError, "without a rule", "defjvp"
    ),
    "wrong rule": Case(
        lambda: da.check_derivatives(da.elementwise(np.sin, np.sin), 1.0),
        da.DerivativeCheckError,
        "finite differences",
        "a right rule",
    ),
}


def lines_of(code: types.CodeType) -> set[int]:
    """The lines of a function, and of those inside it."""
    own = {line for _, _, line in code.co_lines() if line}
    return own.union(*(lines_of(c) for c in code.co_consts if isinstance(c, types.CodeType)))


def check_message(error: da.DualadError, case: Case, lines: set[int]) -> None:
    """One sentence, the user's file and line, and what to write instead."""
    assert type(error) is case.kind, repr(error)
    met, where, *rest = str(error).split("\n")
    assert case.met in met
    assert 10 <= len(met) <= 250
    assert not met.removesuffix("...").endswith(".")
    assert not re.search(r"\. [A-Z]", met), met
    assert "dualad." not in met
    assert where.startswith(f"  in       {__file__}, line "), where
    number = int(where.removeprefix(f"  in       {__file__}, line ").partition(":")[0])
    assert number in lines, where
    assert len(rest) <= 1
    if rest:
        assert rest[0].startswith("  instead  ")
    assert case.instead in "".join(rest)
    assert bool(rest) or not case.instead


@pytest.mark.parametrize("name", CALLS)
def test_wrong_calls(name):
    case = CALLS[name]
    with pytest.raises(da.DualadError) as caught:
        case.call()
    check_message(caught.value, case, lines_of(case.call.__code__))


def test_the_catalogue_is_large():
    assert len(CALLS) >= 60
    assert sum(bool(case.instead) for case in CALLS.values()) >= 60


# --- what a function may not return --------------------------------------------------------------

ANSWERS = {
    "None": (lambda x: None, "f returned None", "return"),
    "text": (lambda x: "a", "type str", "return a number"),
    "object": (lambda x: Point(), "type Point", "return a number"),
    "set": (lambda x: {1.0}, "type set", "list(...)"),
    "generator": (steps, "type generator", "list(...)"),
    "map": (lambda x: map(np.sin, x), "type map", "list(...)"),
    "async": (later, "type coroutine", "asyncio.run"),
    "function": (lambda x: np.sin, "type ufunc", "return a number"),
    "empty list": (lambda x: [], "returned []", "return a number"),
    "empty dict": (lambda x: {}, "returned {}", "return a number"),
    "objects": (lambda x: np.array([None, 1], object), "object array", "floating array"),
    "texts": (lambda x: np.array(["a"]), "dtype <U1", "return floats"),
    "dates": (lambda x: np.array(["2020"], "M8[D]"), "dtype datetime64[D]", "return floats"),
    "date": (lambda x: np.datetime64("2020"), "dtype datetime64[Y]", "return floats"),
    "decimal": (lambda x: decimal.Decimal(1), "type Decimal", "return a number"),
    "masked": (lambda x: np.ma.array(X), "masked array", "filled"),
    "tensor": (lambda x: Tensor(X), "type Tensor", "return a number"),
    "member": (lambda x: {"a": x, "b": Point()}, "type Point", "return a number"),
    "Series of texts": (lambda x: pd.Series(["a"]), "returned", "return"),
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", ANSWERS)
def test_wrong_answers(name, mode):
    f, met, instead = ANSWERS[name]
    f.__name__ = "f"
    case = Case(lambda: da.jacobian(f, mode=mode)(X), da.OutputError, met, instead)
    with pytest.raises(da.OutputError) as caught:
        case.call()
    check_message(caught.value, case, lines_of(case.call.__code__))


@pytest.mark.parametrize("mode", ["auto", "forward", "reverse"])
def test_gradients_of_several_numbers(mode):
    for f, met in (
        (lambda x: x * 2, "shape (3,)"),
        (lambda x: {"a": x[0], "b": x[1]}, "2 arrays"),
        (lambda x: [x[0], x[1]], "shape (2,)"),
    ):
        case = Case(
            lambda f=f: da.grad(f, mode=mode)(X), da.NonScalarOutputError, met, "da.jacobian(f)"
        )
        with pytest.raises(da.NonScalarOutputError) as caught:
            case.call()
        check_message(caught.value, case, lines_of(case.call.__code__))


@pytest.mark.parametrize("answer", [total, lambda x: (total(x), 1, 2), lambda x: [total(x), 1]])
def test_aux_needs_a_pair(answer):
    case = Case(lambda: da.grad(answer, has_aux=True)(X), WRONG_VALUE, "did not return a pair")
    with pytest.raises(da.InputError) as caught:
        case.call()
    check_message(caught.value, case, lines_of(case.call.__code__))
