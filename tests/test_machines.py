"""Every machine is held to the table: elementwise rows equal their own formulas.

First derivatives are compared to the bit: with unit seeds each entry of a Jacobian is one partial
derivative, times one, plus zeros. Array rows stand in `test_machines_arrays`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from tests.machines import (
    FIRST,
    SECOND,
    Watched,
    dtype_of,
    hyper_two_sets,
    same_bits,
    unit_blocks,
)

import dualad as da
from dualad._rules import TABLE
from dualad._rules._row import Binary, Constant, Unary

UNARY = [row for row in TABLE.values() if type(row) is Unary]
BINARY = [row for row in TABLE.values() if type(row) is Binary]
LOW = (np.dtype(np.float32), np.dtype(np.float16))


def name(row: Any) -> str:
    return row.name


def quiet(f: Callable[..., Any], *args: Any) -> Any:
    with np.errstate(all="ignore"):
        return f(*args)


# --- what the table says -------------------------------------------------------------------------


def evaluate(formula: Any, *args: Any) -> Any:
    """A formula of a row at plain operands, broadcast to the answer (the third or last argument)."""
    if isinstance(formula, Constant):
        return np.full(np.broadcast_shapes(*map(np.shape, args)), formula.number)
    return quiet(formula, *args)


def wide(x: Any) -> Any:
    return x.astype(np.float64) if dtype_of(x) in LOW else x


def unary_d1(row: Unary, x: Any) -> Any:
    y = quiet(row.fn, wide(x))
    return np.asarray(evaluate(row.d1, wide(x), y)).astype(quiet(row.fn, x).dtype)


def unary_d2(row: Unary, x: Any) -> Any:
    y = quiet(row.fn, wide(x))
    d = evaluate(row.d1, wide(x), y)
    return np.asarray(evaluate(row.d2, wide(x), y, d)).astype(quiet(row.fn, x).dtype)


def binary_partials(row: Binary, x: Any, y: Any, names: tuple[str, ...]) -> list[Any]:
    z = quiet(row.fn, x, y)
    a, b = wide(x), wide(y)
    if np.asarray(z).dtype in LOW:
        answers = [evaluate(getattr(row, n), a, b, quiet(row.fn, a, b)) for n in names]
    else:
        answers = [evaluate(getattr(row, n), x, y, z) for n in names]
    return [np.broadcast_to(v, np.shape(z)).astype(np.asarray(z).dtype) for v in answers]


def diagonal(d: Any, shape: tuple[int, ...], out: tuple[int, ...]) -> np.ndarray:
    """The Jacobian of an elementwise function: d where an element of x reaches one of the answer."""
    numbers = np.broadcast_to(np.arange(int(np.prod(shape))).reshape(shape), out)
    d = np.broadcast_to(d, out)
    jac = np.zeros((*out, int(np.prod(shape))), np.asarray(d).dtype)
    np.put_along_axis(jac, numbers[..., None], d[..., None], axis=-1)
    return jac.reshape(out + shape)


# --- points in all layouts -----------------------------------------------------------------------


def unary_points(row: Unary) -> np.ndarray:
    return np.array([*row.at, *row.kinks, *row.outside])


def binary_points(row: Binary) -> tuple[np.ndarray, np.ndarray]:
    both = np.array([*row.at, *row.kinks, *row.outside])
    return both[:, 0].copy(), both[:, 1].copy()


def even(v: np.ndarray) -> np.ndarray:
    return v if v.size % 2 == 0 else np.append(v, v[:1])


def strided(v: np.ndarray) -> np.ndarray:
    return np.repeat(v, 3)[::3]


LAYOUTS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "vector": lambda v: v,
    "size 1": lambda v: v[:1],
    "size 1, three axes": lambda v: v[-1:].reshape(1, 1, 1),
    "empty": lambda v: v[:0],
    "empty, two axes": lambda v: v[:0].reshape(0, 3),
    "Fortran": lambda v: np.asfortranarray(even(v).reshape(2, -1)),
    "strided": strided,
    "reversed": lambda v: v[::-1],
    "reversed columns": lambda v: even(v).reshape(-1, 2)[:, ::-1],
    "stride 0": lambda v: np.broadcast_to(v[:, None], (v.size, 2)),
    "read-only": lambda v: np.broadcast_to(v, v.shape),
    "transposed stack": lambda v: even(v).reshape(2, 1, -1).transpose(2, 1, 0),
}


def scalars(v: np.ndarray) -> Iterator[Any]:
    """0-d arrays, Python floats and NumPy scalars."""
    for p in v:
        yield np.array(p)
        yield float(p)
        yield np.float64(p)


def in_range(v: np.ndarray) -> np.ndarray:
    """Points that float32 can hold."""
    size = np.abs(v[np.isfinite(v)])
    return np.all((size == 0) | ((size > 1e-35) & (size < 1e35)))


# --- first derivatives ---------------------------------------------------------------------------


def check_first(f: Callable[..., Any], point: tuple[Any, ...], want: list[Any]) -> None:
    """Every machine gives `want`, and the plain call's bits on the way."""
    with np.errstate(all="ignore"):
        plain = f(*point)
        for machine_name, machine in FIRST.items():
            watched = Watched(f)
            got = machine(watched, point)
            for j, (g, w, x) in enumerate(zip(got, want, point, strict=True)):
                text = f"{machine_name}, argument {j} of {point!r}"
                if machine_name in ("dual by hand", "hyper-dual"):
                    g = np.where(np.isnan(g) & (w == 0), 0.0, g)  # 0 * inf of plain arithmetic
                else:
                    assert np.asarray(g).dtype == np.asarray(w).dtype, text
                np.testing.assert_array_equal(g, w, err_msg=text, strict=machine_name == "forward")
            for seen in watched.seen:
                same_bits(seen, plain)


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
