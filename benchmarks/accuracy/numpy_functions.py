"""The functions of NumPy in the table, as dualad and the other packages call them."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from . import points, references
from .rows import BINARY_PARTS, UNARY_PARTS, rows

# Second names of functions that stand in the table: measured, but not counted once more.
NOT_COUNTED = ("positive", "conjugate", "radians", "degrees")
# NumPy computes powers below the normal numbers with few digits.
POWERS = ("power", "float_power", *references.FIXED_POWERS, "2.5**x")
# The reciprocal of a norm below this overflows.
_SMALLEST_NORM = 1e-307
_TORCH = {
    "absolute": "abs",
    "fabs": "abs",
    "rint": "round",
    "power": "pow",
    "conjugate": "conj",
    "degrees": "rad2deg",
    "radians": "deg2rad",
}


class Function(NamedTuple):
    """A function, how it is called, and what its derivatives are.

    `call` takes the namespace of a package (`numpy`, `jax.numpy`, ...) and gives its function;
    AttributeError where there is none.
    """

    name: str
    arity: int
    exact: dict[str, Callable[..., Any]]
    call: Callable[[Any], Callable[..., Any]]
    given: tuple[Any, ...] = ()


def _named(name: str) -> Callable[[Any], Callable[..., Any]]:
    def call(xp: Any) -> Callable[..., Any]:
        fn: Callable[..., Any] = getattr(xp, _TORCH.get(name, name) if is_torch(xp) else name)
        return fn

    return call


def is_torch(xp: Any) -> bool:
    return bool(xp.__name__ == "torch")


def _clip(xp: Any) -> Callable[..., Any]:
    return lambda x: xp.clip(x, -1.0, 2.0)


def _fixed_power(c: float) -> Callable[[Any], Callable[..., Any]]:
    return lambda _xp: lambda x: x**c


def _exponential(xp: Any) -> Callable[..., Any]:
    return lambda x: references.BASE**x


def _norm(xp: Any) -> Callable[..., Any]:
    if is_torch(xp):
        return lambda x, y: xp.linalg.vector_norm(xp.stack([x, y]), dim=0)
    return lambda x, y: xp.linalg.norm(xp.stack([x, y]), axis=0)


def _where(xp: Any) -> Callable[..., Any]:
    return lambda x, y: xp.where(x > y, xp.sin(x), xp.exp(-y))


_CALLS: dict[str, Callable[[Any], Callable[..., Any]]] = {
    "clip": _clip,
    **{name: _fixed_power(c) for name, c in references.FIXED_POWERS.items()},
    "2.5**x": _exponential,
    "norm": _norm,
    "where": _where,
}


def _function(name: str, exact: references.Reference, given: tuple[Any, ...] = ()) -> Function:
    names = UNARY_PARTS if len(exact) == len(UNARY_PARTS) else BINARY_PARTS
    arity = 1 if names is UNARY_PARTS else 2
    call = _CALLS.get(name) or _named(name)
    parts = dict(zip(names, exact, strict=True))
    if name == "ldexp":  # its second argument is an integer
        parts = {part: parts[part] for part in ("dx", "dxx")}
    return Function(name, arity, parts, call, given)


def functions() -> list[Function]:
    """Every function of NumPy in the table, in the order of the rows; then the others."""
    tables = {**references.UNARY, **references.BINARY}
    found = [_function(row.name, tables[row.name], tuple(row.at)) for row in rows()]
    return found + [_function(name, exact) for name, exact in references.OTHERS.items()]


def _allowed(point: tuple[Any, ...], dtype: Any) -> bool:
    """Whether a sample point of a row is one in `dtype`; mpmath has no -0.0."""
    with np.errstate(all="ignore"):
        rounded = [v if isinstance(v, int) else dtype(v) for v in point]
    return all(
        str(r) != "-0.0" and np.isfinite(r) and bool(r) == bool(v)
        for r, v in zip(rounded, point, strict=True)
    )


def sample(function: Function, count: int, dtype: Any) -> list[tuple[Any, ...]]:
    """Sample points of the row, and drawn ones; not where the value overflows."""
    given = [x if isinstance(x, tuple) else (x,) for x in function.given]
    drawn: list[tuple[Any, ...]]
    if function.arity == 1:
        drawn = [(x,) for x in points.numbers(2 * count, dtype, f"{function.name} {dtype}")]
    else:
        drawn = list(points.pairs(2 * count, dtype, f"{function.name} {dtype}"))
    if function.name == "ldexp":
        # crc32: the same integers in every process
        drawn = [(x, zlib.crc32(repr(y).encode()) % 121 - 60) for x, y in drawn]
    chosen: list[tuple[Any, ...]] = []
    fn = function.call(np)
    with np.errstate(all="ignore"):
        for point in [p for p in given if _allowed(p, dtype)] + drawn:
            x = tuple(v if isinstance(v, int) else dtype(v) for v in point)
            if len(chosen) < count and _measured(function, fn(*x), dtype):
                chosen.append(x)
    return chosen


def _measured(function: Function, value: Any, dtype: Any) -> bool:
    if function.name in POWERS and abs(value) < np.finfo(dtype).tiny:
        return False
    if function.name == "norm" and abs(value) < _SMALLEST_NORM:
        return False
    at_kink = function.name == "clip" and value in (-1.0, 2.0)
    return not np.isinf(value) and not at_kink
