"""Every way in which dualad takes a first or a second derivative, behind one signature.

A *machine* takes a function of several real arrays, which returns one array, and a point. A first
machine returns one Jacobian for each argument, ``out.shape + x.shape``; a second machine returns
the Hessian over all elements of all arguments, ``out.shape + (n, n)``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import dualad as da

Function = Callable[..., Any]
Point = Sequence[Any]


# --- values --------------------------------------------------------------------------------------


def same_bits(got: Any, want: Any) -> None:
    """Assert the same type, dtype, shape and bits; signs of zero count, payloads of NaN do not."""
    assert type(got) is type(want), f"{type(got)} instead of {type(want)}"
    if isinstance(want, (tuple, list)):
        assert len(got) == len(want)
        for g, w in zip(got, want, strict=True):
            same_bits(g, w)
        return
    a, b = np.asarray(got), np.asarray(want)
    assert a.dtype == b.dtype, f"{a.dtype} instead of {b.dtype}"
    if a.shape == b.shape and a.dtype != object and a.tobytes() == b.tobytes():
        return
    np.testing.assert_array_equal(a, b, strict=True)
    for part in (np.real, np.imag) if a.dtype.kind == "c" else (np.asarray,):
        x, y = part(a), part(b)
        if x.dtype.kind == "f":
            np.testing.assert_array_equal(
                np.signbit(x) & ~np.isnan(x), np.signbit(y) & ~np.isnan(y)
            )


def same(got: Any, want: Any) -> None:
    """Assert the same type, and the same values but for rounding."""
    assert type(got) is type(want), f"{type(got)} instead of {type(want)}"
    np.testing.assert_allclose(got, want, rtol=1e-13, atol=1e-15, strict=True)


def primals(out: Any) -> Any:
    """`da.primal` of the answer of a function, which may be a tuple or a list of numbers."""
    if type(out) in (tuple, list):
        return type(out)(primals(x) for x in out)
    if isinstance(out, tuple):
        return type(out)(*(primals(x) for x in out))
    return da.primal(out)


class Watched:
    """A function that remembers the primals of its answers, and how often it ran."""

    def __init__(self, f: Function) -> None:
        self.f = f
        self.seen: list[Any] = []
        self.point: Any = None

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        out = self.f(*args, **keywords)
        given = [np.array(da.primal(x)) for x in args]
        self.point = self.point or given
        # A judge of decisions looks at other points as well.
        if all(map(np.array_equal, given, self.point)):
            self.seen.append(primals(out))
        return out


def one_array(out: Any) -> Any:
    """The answer of a function as one array: members of a tuple or list one after the other."""
    if isinstance(out, (tuple, list)):
        return np.concatenate([np.ravel(x) for x in out]) if len(out) else np.zeros(0)
    return out


def size_of(point: Point) -> int:
    return sum(math.prod(np.shape(x)) for x in point)


def dtype_of(x: Any) -> Any:
    return getattr(x, "dtype", np.dtype(float))


def unit_blocks(point: Point, directions: Any = None) -> list[Any]:
    """Blocks ``(k,) + x.shape`` of the unit directions, or of the rows of `directions`."""
    n = size_of(point)
    rows = np.eye(n) if directions is None else directions
    blocks, start = [], 0
    for x in point:
        stop = start + math.prod(np.shape(x))
        block = rows[:, start:stop].reshape((len(rows), *np.shape(x)))
        blocks.append(block.astype(dtype_of(x)))
        start = stop
    return blocks


def flat_jacobian(parts: Sequence[Any], shape: tuple[int, ...]) -> np.ndarray:
    """Jacobians of all arguments side by side, ``out.shape + (n,)``."""
    sizes = [math.prod(np.shape(p)[len(shape) :]) for p in parts]
    return np.concatenate(
        [np.reshape(p, (*shape, n)) for p, n in zip(parts, sizes, strict=True)], axis=-1
    )


def _argnums(point: Point) -> tuple[int, ...]:
    return tuple(range(len(point)))


# --- first derivatives ---------------------------------------------------------------------------


def _out_of(kind: type, out: Any) -> Any:
    return out if type(out).__mro__[1] is kind or isinstance(type(out), kind) else None


def lanes_last(block: Any, point: Point) -> list[Any]:
    """A block (n,) + out.shape as Jacobians of each argument."""
    moved = np.moveaxis(np.asarray(block), 0, -1)
    parts, start = [], 0
    for x in point:
        stop = start + math.prod(np.shape(x))
        parts.append(moved[..., start:stop].reshape(moved.shape[:-1] + np.shape(x)))
        start = stop
    return parts


def dual_by_hand(f: Function, point: Point) -> list[Any]:
    numbers = [da.Dual(x, b) for x, b in zip(point, unit_blocks(point), strict=True)]
    out = f(*numbers)
    block = getattr(out, "tangent", None)
    if block is None:
        block = np.zeros((size_of(point), *np.shape(out)))
    return lanes_last(block, point)


def hyper_first(f: Function, point: Point) -> list[Any]:
    """The first derivatives that symmetric hyper-duals carry."""
    out = f(*_hyper_numbers(point))
    block = getattr(out, "e1", None)
    if block is None:
        block = np.zeros((size_of(point), *np.shape(out)))
    return lanes_last(block, point)


def pulled_back(f: Function, point: Point) -> list[Any]:
    """One lane at a time through `vjp`."""
    value, pullback = da.vjp(f, *point)
    shape = np.shape(value)
    rows: list[list[Any]] = [[] for _ in point]
    for unit in np.eye(math.prod(shape)):
        for row, ct in zip(rows, pullback(unit.reshape(shape)), strict=True):
            row.append(ct)
    return [
        np.reshape(row, shape + np.shape(x)) if row else np.zeros(shape + np.shape(x))
        for row, x in zip(rows, point, strict=True)
    ]


def pushed(f: Function, point: Point) -> list[Any]:
    """One direction at a time through `jvp`."""
    blocks = unit_blocks(point)
    columns = [
        da.jvp(f, tuple(point), tuple(b[i] for b in blocks))[1] for i in range(size_of(point))
    ]
    if not columns:
        return [np.zeros(np.shape(f(*point)) + np.shape(x)) for x in point]
    return lanes_last(np.stack(columns), point)


def _jacobian(**options: Any) -> Callable[[Function, Point], list[Any]]:
    return lambda f, point: list(da.jacobian(f, _argnums(point), **options)(*point))


FIRST: dict[str, Callable[[Function, Point], list[Any]]] = {
    "dual by hand": dual_by_hand,
    "forward": _jacobian(mode="forward"),
    "forward, chunks of 1": _jacobian(mode="forward", chunk_size=1),
    "forward, chunks of 2": _jacobian(mode="forward", chunk_size=2),
    "reverse": _jacobian(mode="reverse"),
    "reverse, chunks of 1": _jacobian(mode="reverse", chunk_size=1),
    "reverse, chunks of 2": _jacobian(mode="reverse", chunk_size=2),
    "chosen": _jacobian(),
    "jvp": pushed,
    "vjp": pulled_back,
    "hyper-dual": hyper_first,
}

# Machines that make the careful pass themselves; numbers made by hand are plain arithmetic.
BY_HAND = ("dual by hand", "hyper-dual")


# --- second derivatives --------------------------------------------------------------------------


def _hyper_numbers(point: Point) -> list[Any]:
    numbers, n = [], size_of(point)
    for x, b in zip(point, unit_blocks(point), strict=True):
        zeros = np.zeros((n, n, *np.shape(x)), dtype_of(x))
        numbers.append(da.HyperDual(x, b, b, zeros))
    return numbers


def _e12(out: Any, n: int) -> np.ndarray:
    block = getattr(out, "e12", None)
    if block is None:
        return np.zeros((*np.shape(out), n, n))
    return np.moveaxis(block, (0, 1), (-2, -1))


def hyper_symmetric(f: Function, point: Point) -> np.ndarray:
    return _e12(f(*_hyper_numbers(point)), size_of(point))


def hyper_two_sets(f: Function, point: Point) -> np.ndarray:
    """The second set of directions is the first in reverse order."""
    n = size_of(point)
    first, second = unit_blocks(point), unit_blocks(point, np.eye(n)[::-1])
    numbers = [
        da.HyperDual(x, a, b, np.zeros((n, n, *np.shape(x)), dtype_of(x)))
        for x, a, b in zip(point, first, second, strict=True)
    ]
    return _e12(f(*numbers), n)[..., ::-1]


def _flat_function(f: Function, point: Point) -> tuple[Function, np.ndarray]:
    """f of one vector that holds all arguments."""
    shapes = [np.shape(x) for x in point]
    cuts = np.cumsum([0, *(math.prod(s) for s in shapes)])

    def flat(v: Any) -> Any:
        parts = [v[a:b].reshape(s) for a, b, s in zip(cuts, cuts[1:], shapes, strict=False)]
        return f(*[p if s else p[()] for p, s in zip(parts, shapes, strict=True)])

    joined = [np.ravel(x) for x in point]
    return flat, np.concatenate(joined)


def _hessian(**options: Any) -> Callable[[Function, Point], np.ndarray]:
    def machine(f: Function, point: Point) -> np.ndarray:
        blocks = da.hessian(f, _argnums(point), **options)(*point)
        shape = np.shape(da.primal(f(*point)))
        rows = [
            np.concatenate(
                [
                    np.reshape(b, (*shape, math.prod(np.shape(x)), math.prod(np.shape(y))))
                    for b, y in zip(row, point, strict=True)
                ],
                axis=-1,
            )
            for row, x in zip(blocks, point, strict=True)
        ]
        return np.concatenate(rows, axis=-2)

    return machine


def _nested(outer: str, inner: str) -> Callable[[Function, Point], np.ndarray]:
    def machine(f: Function, point: Point) -> np.ndarray:
        flat, v = _flat_function(f, point)
        return da.jacobian(da.jacobian(flat, mode=inner), mode=outer)(v)

    return machine


SECOND: dict[str, Callable[[Function, Point], np.ndarray]] = {
    "hyper-dual, symmetric": hyper_symmetric,
    "hyper-dual, two sets": hyper_two_sets,
    "hessian forward": _hessian(mode="forward"),
    "hessian reverse": _hessian(mode="reverse"),
    "hessian reverse, chunks of 2": _hessian(mode="reverse", chunk_size=2),
    "forward over forward": _nested("forward", "forward"),
    "forward over reverse": _nested("forward", "reverse"),
    "reverse over forward": _nested("reverse", "forward"),
    "reverse over reverse": _nested("reverse", "reverse"),
}


# --- finite differences --------------------------------------------------------------------------


def differences(f: Function, x: np.ndarray, step: float = 0.02) -> tuple[np.ndarray, np.ndarray]:
    """The Jacobian of f at a vector x by central differences, and an estimate of its error.

    Romberg's scheme over steps h, h/2, h/4, h/8; the error is the difference of the two most
    accurate entries, plus what rounding leaves; infinite where x is not finite.
    """
    columns, errors = [], []
    plain = np.asarray(f(x))
    eps = np.finfo(plain.dtype).eps
    for i in range(x.size):
        if not np.isfinite(x[i]):
            columns.append(np.zeros(plain.shape))
            errors.append(np.full(plain.shape, np.inf))
            continue
        h = step * max(1.0, abs(float(x[i])))
        table: list[Any] = []
        for _ in range(4):
            up, down = x.copy(), x.copy()
            up[i] += h
            down[i] -= h
            new = [(np.asarray(f(up)) - np.asarray(f(down))) / (up[i] - down[i])]
            for j, old in enumerate(table[-1] if table else []):
                new.append(new[-1] + (new[-1] - old) / (4.0 ** (j + 1) - 1.0))
            table.append(new)
            h /= 2.0
        best = table[-1][-1]
        rounding = 50 * eps * np.max(np.abs(plain), initial=1.0) / h
        columns.append(best)
        errors.append(np.abs(best - table[-1][-2]) + np.abs(best - table[-2][-1]) + rounding)
    if not columns:
        return np.zeros((*plain.shape, 0)), np.zeros((*plain.shape, 0))
    return np.stack(columns, axis=-1), np.stack(errors, axis=-1)
