"""Every machine is held to the table: elementwise rows equal their own formulas.

First derivatives are compared to the bit: with unit seeds each entry of a Jacobian is one partial
derivative, times one, plus zeros. Array rows stand in `test_machines_arrays`.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np
import pytest

import dualad as da
from dualad._rules import TABLE
from dualad._rules._row import Binary, Unary
from tests.machines import dtype_of
from tests.table import (
    BINARY,
    FEW,
    LAYOUTS,
    UNARY,
    binary_partials,
    binary_points,
    check_first,
    check_second,
    diagonal,
    name,
    quiet,
    scalars,
    unary_d1,
    unary_d2,
    unary_points,
)


@pytest.mark.parametrize("row", UNARY, ids=name)
def test_unary_rows(row):
    points = unary_points(row)
    for layout in LAYOUTS.values():
        x = layout(points)
        y = quiet(row.fn, x)
        check_first(row.fn, (x,), [diagonal(unary_d1(row, x), x.shape, y.shape)])


@pytest.mark.parametrize("row", UNARY, ids=name)
def test_unary_rows_at_scalars(row):
    for x in scalars(unary_points(row)):
        check_first(row.fn, (x,), [np.float64(unary_d1(row, x))])


@pytest.mark.parametrize("row", BINARY, ids=name)
def test_binary_rows(row):
    x, y = binary_points(row)
    for layout in LAYOUTS.values():
        a, b = layout(x), layout(y)
        check_binary(row, a, b)
    # Both operands broadcast, to (n, 2) and to (n, 1, 3).
    check_binary(row, x[:, None], y[:2])
    check_binary(row, np.asfortranarray(np.resize(x, (5, 1, 1))), y[:3])
    check_binary(row, x[:3], y[0].item())
    check_binary(row, np.array(x[1]), y[:3])
    check_binary(row, x[:1], np.resize(y, (2, 2)))
    check_binary(row, x[:0], y[:1])


def check_binary(row: Binary, x: Any, y: Any) -> None:
    """Both operands active, then each alone."""
    dx, dy = binary_partials(row, x, y, ("dx", "dy"))
    shape = np.shape(dx)
    jx, jy = diagonal(dx, np.shape(x), shape), diagonal(dy, np.shape(y), shape)
    check_first(lambda a: row.fn(a, y), (x,), [jx], FEW)
    if np.asarray(y).dtype.kind == "f":
        check_first(row.fn, (x, y), [jx, jy])
        check_first(lambda b: row.fn(x, b), (y,), [jy], FEW)


@pytest.mark.parametrize("row", BINARY, ids=name)
def test_binary_rows_at_scalars(row):
    for x, y in zip(*binary_points(row), strict=True):
        for kind in (np.array, lambda v: v.item(), lambda v: v):
            check_binary(row, kind(x), kind(y))


# --- other precisions, and Python's operators ----------------------------------------------------


def narrow(row: Any, dtype: Any) -> tuple[np.ndarray, ...]:
    """The points that `dtype` can hold without overflow, as operands."""
    points = (unary_points(row),) if type(row) is Unary else binary_points(row)
    low, high = (1e-35, 1e35) if dtype is np.float32 else (1e-3, 1e3)
    fits = np.ones(len(points[0]), bool)
    for p in points:
        size = np.abs(p)
        fits &= (size == 0) | ((size > low) & (size < high))
    return tuple(p[fits] if p.dtype.kind == "i" else p[fits].astype(dtype) for p in points)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("row", UNARY + BINARY, ids=name)
def test_low_precision_rounds_once(row, dtype):
    points = narrow(row, dtype)
    if row.fn is np.float_power:  # its answer is double for any operands
        return
    assert quiet(row.fn, *points).dtype == dtype
    for layout in (LAYOUTS["vector"], LAYOUTS["Fortran"], LAYOUTS["empty"], lambda v: v[0]):
        if type(row) is Unary:
            x = layout(points[0])
            d = unary_d1(row, x)
            check_first(row.fn, (x,), [diagonal(d, x.shape, x.shape)[()]])
        else:
            check_binary(row, *(layout(p) for p in points))


@pytest.mark.parametrize("row", UNARY + BINARY, ids=name)
def test_long_double_runs_by_the_same_formulas(row):
    points = tuple(p[np.abs(p) < 1e100] for p in [unary_points(row)] if type(row) is Unary)
    if type(row) is Binary:
        points = narrow(row, np.float64)
    wide_points = tuple(p if p.dtype.kind == "i" else p.astype(np.longdouble) for p in points)
    with np.errstate(all="ignore"):
        for mode in ("forward", "reverse"):
            got = da.jacobian(row.fn, mode=mode)(*wide_points)
            want = da.jacobian(row.fn, mode=mode)(*points)
            assert got.dtype == row.fn(*wide_points).dtype
            np.testing.assert_allclose(got.astype(float), want, rtol=1e-10, atol=1e-300)


OPERATORS = {
    operator.add: np.add,
    operator.sub: np.subtract,
    operator.mul: np.multiply,
    operator.truediv: np.divide,
    operator.pow: np.power,
    operator.mod: np.remainder,
}


@pytest.mark.parametrize("apply", OPERATORS, ids=lambda f: f.__name__)
def test_python_operators(apply):
    row = TABLE[OPERATORS[apply]]
    for x, y in row.at:
        if apply is operator.pow and abs(x) > 1e90 and y > 3:  # OverflowError in Python
            continue
        for a, b in (
            (x, y),
            (np.float64(x), np.float64(y)),
            (np.array([x, y]), np.array([y, 2.0])),
        ):
            dx, dy = binary_partials(row, *map(np.asarray, (a, b)), ("dx", "dy"))
            shape = np.shape(a)
            jx, jy = diagonal(dx, shape, shape), diagonal(dy, shape, shape)
            check_first(apply, (a, b), [jx[()], jy[()]])
            check_first(lambda v, b=b: apply(v, b), (a,), [jx[()]])
            check_first(lambda v, a=a: apply(a, v), (b,), [jy[()]])


@pytest.mark.parametrize(
    ("apply", "ufunc"),
    [(operator.neg, np.negative), (operator.pos, np.positive), (operator.abs, np.absolute)],
)
def test_unary_operators(apply, ufunc):
    for x in (2.5, -1.5, np.float64(-3.0), np.array([1.0, -2.0]), np.array(-0.5)):
        d = unary_d1(TABLE[ufunc], x)
        check_first(apply, (x,), [diagonal(d, np.shape(x), np.shape(x))[()]])


@pytest.mark.parametrize("exponent", [2, 3, 0.5, -1, 1, 0, -2, 2.0, np.float64(2.0), np.int64(3)])
def test_powers_with_constant_exponents(exponent):
    x = np.array([0.3, 1.0, 2.5, 7.0])
    _dx, _ = binary_partials(TABLE[np.power], x, np.float64(exponent), ("dx", "dy"))
    for point in (x, x[0], float(x[1]), x[:0], np.array(x[2]), x.astype(np.float32)):
        shape = np.shape(point)
        want = da.jacobian(lambda v: v**exponent)(point)
        exact = exponent * np.asarray(point, float) ** (float(exponent) - 1.0)
        tolerance = 1e-6 if dtype_of(point) == np.float32 else 1e-15
        np.testing.assert_allclose(want, diagonal(exact, shape, shape), rtol=tolerance)
        check_first(lambda v: v**exponent, (point,), [want])


# --- tangents by hand, with as many directions as an axis is long --------------------------------


@pytest.mark.parametrize("row", UNARY + BINARY, ids=name)
def test_directions_as_many_as_each_axis(row):
    rng = np.random.default_rng(1)
    shapes = [((2, 3), (2, 3)), ((3,), (2, 3)), ((2, 1), (3,)), ((3, 3), (3,)), ((3,), (3, 1))]
    if row.fn is np.ldexp:
        return
    for k in (1, 2, 3):
        for s1, s2 in shapes:
            x, y = (_pick(rng, row, i, s) for i, s in enumerate((s1, s2)))
            tx, ty = rng.standard_normal((k, *s1)), rng.standard_normal((k, *s2))
            a, b = da.Dual(x, tx), da.Dual(y, ty)
            if type(row) is Unary:
                want = tx * unary_d1(row, x)
                np.testing.assert_array_equal(row.fn(a).tangent, want)
                continue
            dx, dy = binary_partials(row, x, y, ("dx", "dy"))
            lifted = [
                t.reshape((k,) + (1,) * (dx.ndim - t.ndim + 1) + t.shape[1:]) for t in (tx, ty)
            ]
            full = (k, *dx.shape)
            want_x, want_y = (
                np.broadcast_to(t * d, full) for t, d in zip(lifted, (dx, dy), strict=False)
            )
            np.testing.assert_array_equal(row.fn(a, y).tangent, want_x)
            np.testing.assert_array_equal(row.fn(x, b).tangent, want_y)
            np.testing.assert_allclose(
                row.fn(a, b).tangent, want_x + want_y, rtol=1e-14, atol=1e-14
            )


def _pick(rng: Any, row: Any, operand: int, shape: tuple[int, ...]) -> np.ndarray:
    """Moderate sample points of a row, in random order; pairs of a binary row need not stay."""
    at = np.array(row.at)
    values = at if at.ndim == 1 else at[:, operand]
    values = values[(np.abs(values) < 50) & (np.abs(values) > 1e-8)]
    if type(row) is Binary:
        values = np.abs(values)
    return rng.choice(values, shape)


# --- second derivatives --------------------------------------------------------------------------


def cube(d: Any) -> np.ndarray:
    """out[i, i, i] = d[i]: the Hessian of an elementwise function, flat."""
    out = np.zeros((d.size,) * 3)
    i = np.arange(d.size)
    out[i, i, i] = d.ravel()
    return out


@pytest.mark.parametrize("row", UNARY, ids=name)
def test_second_derivatives_of_unary_rows(row):
    x = np.array([*row.at, *row.kinks])
    for layout in ("vector", "Fortran", "reversed columns", "empty, two axes"):
        v = LAYOUTS[layout](x)
        check_second(lambda u: np.ravel(row.fn(u)), (v,), cube(unary_d2(row, v)), 1e-12)
    for p in x[:4]:
        for kind in (float, np.float64, np.array):
            check_second(row.fn, (kind(p),), unary_d2(row, np.asarray(p)).reshape(1, 1), 1e-12)


@pytest.mark.parametrize("row", BINARY, ids=name)
def test_second_derivatives_of_binary_rows(row):
    if row.fn is np.ldexp:  # linear in its first operand, and the other one is an integer
        return
    x, y = binary_points(row)
    check_second_binary(row, x, y)
    check_second_binary(row, x[:3], y[-2:, None])
    check_second_binary(row, np.resize(x, (2, 2)), y[1])
    for a, b in zip(x[:3], y[:3], strict=True):
        check_second_binary(row, float(a), float(b))
        check_second_binary(row, np.array(a), b)


def check_second_binary(row: Binary, x: Any, y: Any) -> None:
    xx, xy, yy = binary_partials(row, np.asarray(x), np.asarray(y), ("dxx", "dxy", "dyy"))
    out = xx.shape
    n, m = np.size(x), np.size(y)
    i = np.broadcast_to(np.arange(n).reshape(np.shape(x)), out).ravel()
    j = np.broadcast_to(np.arange(m).reshape(np.shape(y)), out).ravel() + n
    want = np.zeros((i.size, n + m, n + m))
    rows = np.arange(i.size)
    want[rows, i, i], want[rows, j, j] = xx.ravel(), yy.ravel()
    want[rows, i, j] = want[rows, j, i] = xy.ravel()
    want = want.reshape((*out, n + m, n + m))
    check_second(row.fn, (x, y), want, 1e-12)
    check_second(lambda a: row.fn(a, y), (x,), want[..., :n, :n], 1e-12)
    check_second(lambda b: row.fn(x, b), (y,), want[..., n:, n:], 1e-12)
