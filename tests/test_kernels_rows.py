"""Kernels and NumPy's expressions give the same bits: every row, shape, layout and dtype."""

from __future__ import annotations

import operator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dualad as da
from dualad._compiled._kernels import KERNELS
from dualad._numbers import _kernels, _memory
from dualad._rules import TABLE
from dualad._rules._elementwise import ELEMENTWISE
from dualad._rules._row import Binary, Unary

ROWS = [r for r in ELEMENTWISE if isinstance(r, (Unary, Binary)) and r.fn is not np.ldexp]
# How an operand lies in an (m, n) array: its shape, and what of a larger array it is.
FORMS = {
    "full": (lambda m, n: (m, n), ()),
    "row": (lambda m, n: (n,), ()),
    "line": (lambda m, n: (1, n), ()),
    "column": (lambda m, n: (m, 1), ()),
    "scalar": (lambda m, n: (), ()),
    "steps": (lambda m, n: (m, 2 * n), (..., slice(None, None, 2))),
    "reversed": (lambda m, n: (m, n), (..., slice(None, None, -1))),
    "gap": (lambda m, n: (m, n + 3), (..., slice(3, None))),
    "transposed": (lambda m, n: (n, m), None),
}
OPERATORS = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.divide: operator.truediv,
}

SHAPES = st.sampled_from(("row", "row", "scalar", *sorted(FORMS)))


@pytest.fixture(autouse=True)
def _as_before():
    setting = da.config.kernels
    yield
    _kernels.install({})
    da.config.kernels = setting
    _memory.release()


def _points(row, rng, shape, which, dtype):
    """Sample points of the row, and numbers near them."""
    at = np.array([p if isinstance(p, tuple) else (p,) for p in row.at])[:, which]
    near = rng.choice([1.0, 1.0, 0.9375, 0.3], size=shape)
    with np.errstate(all="ignore"):
        return np.asarray(rng.choice(at, size=shape) * near).astype(dtype)


def _operand(row, rng, form, sizes, which, kind, dtype):
    shape, index = FORMS[form]
    x = _points(row, rng, shape(*sizes), which, dtype)
    normal = lambda *lanes: rng.normal(size=(*lanes, *x.shape)).astype(dtype)
    number = x if x.shape else x[()]
    if kind == "number":
        return float(rng.choice(np.ravel(x))) if x.size else 1.5
    if kind == "dual":
        number = da.Dual(number, normal(3))
    elif kind == "unit":
        block = np.zeros((3, *x.shape), dtype)
        block[which % 3] = 1.0
        number = da.Dual(number, block)
    elif kind == "hyper":
        e, e12 = normal(2), normal(2, 2)
        number = da.HyperDual(number, e, e, e12 + e12.swapaxes(0, 1))
    elif kind == "hyper of two":
        number = da.HyperDual(number, normal(2), normal(1), normal(2, 1))
    if not x.shape:
        return number
    return number.T if index is None else number[index]


def _parts(x):
    if isinstance(x, da.Dual):
        return x.value, x.tangent
    return (x.value, x.e1, x.e2, x.e12) if isinstance(x, da.HyperDual) else (x,)


def _compute(row, operands, kernels):
    _kernels.install(KERNELS if kernels else {})
    da.config.kernels = "auto" if kernels else "off"
    with np.errstate(all="ignore"):
        return _parts(OPERATORS.get(row.fn, row.fn)(*operands))


def _both(row, operands):
    """The answer by expressions and by kernels, each as one list of arrays."""
    return [[np.asarray(p) for p in _compute(row, operands, k)] for k in (False, True)]


def _same(p, q):
    """Equal bits, but for the sign and the payload of NaN."""
    assert p.dtype == q.dtype
    assert p.shape == q.shape
    np.testing.assert_array_equal(np.isnan(p), np.isnan(q))
    p, q = np.where(np.isnan(p), 0.0, p), np.where(np.isnan(q), 0.0, q)
    assert p.tobytes() == q.tobytes()


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(
    row=st.sampled_from(ROWS) | st.sampled_from([r for r in ROWS if r.fn in OPERATORS]),
    forms=st.tuples(SHAPES, SHAPES),
    order=st.sampled_from((("dual", "unit", "constant", "number"), ("hyper",), ("hyper of two",))),
    choices=st.tuples(st.integers(0, 3), st.integers(0, 3)),
    sizes=st.tuples(st.integers(0, 4), st.sampled_from((0, 1, 2, 7, 513, 1100))),
    dtype=st.sampled_from((np.float64, np.float64, np.float32)),
    seed=st.integers(0, 1000),
)
def test_the_same_bits(row, forms, order, choices, sizes, dtype, seed):
    rng = np.random.default_rng(seed)
    kinds = [order[c % len(order)] for c in choices]
    if order[0] != "dual":  # a constant beside a hyper-dual now and then
        kinds[1] = (kinds[1], "constant", "number", kinds[1])[choices[1]]
    if kinds[0] in ("constant", "number"):
        kinds[0] = "dual"
    count = 1 if isinstance(row, Unary) else 2
    operands = [
        _operand(row, rng, form, sizes, which, kind, dtype)
        for which, (form, kind) in enumerate(zip(forms[:count], kinds[:count], strict=True))
    ]
    if seed % 2:
        operands.reverse()
    for p, q in zip(*_both(row, operands), strict=True):
        _same(p, q)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_row_at_its_sample_points(row):
    rng = np.random.default_rng(1)
    count = 1 if isinstance(row, Unary) else 2
    points = np.array([p if isinstance(p, tuple) else (p,) for p in (*row.at, *row.kinks)])
    for make in (
        lambda x: da.Dual(x, rng.normal(size=(3, *x.shape))),
        lambda x: da.HyperDual(
            x, *rng.normal(size=(2, 2, *x.shape)), rng.normal(size=(2, 2, *x.shape))
        ),
    ):
        operands = [make(np.ascontiguousarray(points[:, i])) for i in range(count)]
        for p, q in zip(*_both(row, operands), strict=True):
            _same(p, q)


def test_in_place():
    def f(x):
        y = x * 1.0
        y *= x
        y += np.sin(x)
        y /= x[::-1] + 3.0
        y[1:] -= y[:-1]
        return y

    x = np.linspace(0.5, 1.5, 40)
    found = []
    for kernels in ({}, KERNELS):
        _kernels.install(kernels)
        found.append([d(f, mode="forward")(x) for d in (da.jacobian, da.hessian)])
    for p, q in zip(*found, strict=True):
        assert p.tobytes() == q.tobytes()


def test_python_numbers_in_formulas():
    """Python raises where NumPy divides by zero: formulas then run in NumPy's arithmetic."""
    x = np.linspace(0.5, 1.5, 5)
    e = np.ones((2, 5))
    for number in (da.Dual(x, e), da.HyperDual(x, e, e, np.zeros((2, 2, 5)))):
        for p, q in zip(*_both(TABLE[np.divide], (number, 0.0)), strict=True):
            _same(p, q)


def test_values_warn_as_the_plain_call_does():
    """The product's kernel computes values, too; NumPy is asked where they are out of range."""
    _kernels.install(KERNELS)
    x = da.Dual(np.array([1e200, 1e-200, np.inf, 2.0]), np.ones((2, 4)))
    for other, kind in ((1e200, "over"), (1e-200, "under"), (0.0, "invalid")):
        y = da.Dual(np.full(4, other), np.ones((2, 4)))
        with np.errstate(all="ignore", **{kind: "raise"}), pytest.raises(FloatingPointError):
            _ = x * y
        with np.errstate(all="ignore"):
            np.testing.assert_array_equal((x * y).value, x.value * y.value)
