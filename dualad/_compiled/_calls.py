"""Calls of the public functions on compiled functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba.core import errors

from .._errors import InputTypeError, warn_at
from .._evaluate import Call, Pushed
from .._graph import dtype_of
from .._numbers import Number
from .._trees import Result
from . import _drivers, _sweeps
from ._messages import explained

CHUNK = 16
"""Tangents that travel at once, where there are so many; a power of two, for vector registers."""
CAREFUL = 4
MOST_FORWARD = 16
"""Inputs of a scalar function up to which forward mode is faster than reverse."""

_F8 = np.dtype(np.float64)


def lanes_for(n: int, chunk: int | None = None) -> int:
    """The lanes of a number for n directions: a power of two."""
    wanted = min(n, chunk or CHUNK)
    return 1 << max(wanted - 1, 0).bit_length()


def run(f: Any, driver: Callable[..., Any], args: Sequence[Any]) -> Any:
    """Call a driver; what Numba cannot type is said in the user's terms."""
    try:
        return driver(*args)
    except errors.NumbaError as error:
        raise explained(error, f) from error


class Arguments:
    """The arguments of one call as a compiled function takes them."""

    def __init__(self, call: Call) -> None:
        for x in call.leaves:
            _check_leaf(x)
        supply = iter(call.leaves)
        args = list(call.args)
        for position, part in zip(call.positions, call.arguments, strict=True):
            args[position] = part.build(supply)
        self.count = len(args)
        self.keywords = tuple(call.keywords)
        self.all = (*args, *call.keywords.values())


def _check_leaf(x: Any) -> None:
    if isinstance(x, Number):
        raise InputTypeError(
            "a compiled function met a number of an outer derivative",
            "f.py_func, the function before it was compiled",
        )
    if dtype_of(x).kind == "c":
        raise InputTypeError(
            "a compiled function is to be differentiated at a complex argument", "f.py_func"
        )
    if dtype_of(x).itemsize not in (4, 8):
        raise InputTypeError(
            f"a compiled function is to be differentiated at {dtype_of(x)}", "x.astype(np.float64)"
        )


def forward(
    call: Call, seeds: Any = None, chunk: int | None = None, careful: bool = False
) -> Pushed:
    """Values and tangents of a compiled function.

    `seeds` are directions as blocks ``(k,) + shape``, one for each leaf; None for all unit ones.
    """
    given = Arguments(call)
    head: tuple[Any, ...] = ()
    total = call.size if seeds is None else seeds[0].shape[0]
    for careful in (True,) if careful else (False, True):
        lanes = CAREFUL if careful else lanes_for(total, chunk)
        if seeds is not None:
            head = (_columns(seeds, lanes), total)
        driver = _drivers.forward(
            call.f, given.count, given.keywords, call.positions, lanes, seeds is not None, careful
        )
        out = run(call.f, driver, (*head, *given.all))
        if out is not None:
            return pushed(call, *out, total, careful)
    raise AssertionError("a careful driver always answers")


def _columns(seeds: Sequence[Any], lanes: int) -> np.ndarray:
    """Directions as the columns of a matrix, and zeros up to a whole number of vectors."""
    k = seeds[0].shape[0]
    rows = np.concatenate([np.reshape(s, (k, -1)).T for s in seeds])
    out = np.zeros((rows.shape[0], -(-k // lanes) * lanes))
    out[:, :k] = rows
    return out


def rows(call: Call, mode: str, chunk: int | None, scalar: bool) -> Pushed:
    """The Jacobian of a compiled function, by the better mode."""
    if mode == "reverse" or (mode == "auto" and scalar and call.size > MOST_FORWARD):
        return reverse(call)
    return forward(call, None, chunk)


def reverse(call: Call) -> Pushed:
    """Values and the Jacobian of a compiled function, by its tape."""
    given = Arguments(call)
    driver = _drivers.reverse(call.f, given.count, given.keywords, call.positions)
    tape = _sweeps.take()
    try:
        out = run(call.f, driver, (tape.header, *given.all))
    finally:
        _sweeps.give(tape)
    # Only forward mode tells structural zeros from computed ones.
    return forward(call, careful=True) if out is None else pushed(call, *out)


def pushed(
    call: Call, value: Any, derivative: Any, total: int | None = None, careful: bool = False
) -> Pushed:
    """What a driver has answered, as the public functions take it."""
    total = call.size if total is None else total
    matrix = derivative.reshape((derivative.size // total if total else 0, total))
    result: Result = call.take(value)
    values, blocks, row = [], [], 0
    for leaf in result.leaves:
        shape = np.shape(leaf)
        rows = matrix[row : row + math.prod(shape)]
        row += rows.shape[0]
        if careful and np.isnan(rows).any() and np.isfinite(leaf).all():
            _tell(call.f)
        values.append(leaf)
        blocks.append(np.reshape(rows.T, (total, *shape)))
    return Pushed(result, values, blocks)


def _tell(f: Any) -> None:
    code = f.py_func.__code__
    warn_at(
        f"the derivative of {f.__name__} is NaN here, although the value is finite: a computed "
        "zero met an infinite partial derivative. Write math.hypot(x, y) for sqrt(x*x + y*y), "
        "abs(x) for sqrt(x*x)",
        code.co_filename,
        code.co_firstlineno,
        f.py_func.__globals__,
    )


class Quick:
    """The shortest way for one float64 vector: no containers, nothing taken apart."""

    def __init__(self, verb: Any) -> None:
        self.f, self.position = verb.f, verb.argnums
        self.mode, self.chunk, self.scalar = verb.mode, verb.chunk_size, verb._scalar
        self._drivers: dict[Any, Any] = {}

    def __call__(self, args: tuple[Any, ...]) -> Any:
        """(value, derivative), or None where the general way must go on."""
        n = args[self.position].size
        driver, tapes = self._drivers.get((n, len(args))) or self._found(n, len(args))
        try:
            if not tapes:
                return driver(*args)
            tape = _sweeps.take()
            try:
                return driver(tape.header, *args)
            finally:
                _sweeps.give(tape)
        except errors.NumbaError as error:
            raise explained(error, self.f) from error

    def _found(self, n: int, count: int) -> tuple[Any, bool]:
        tapes = self.mode == "reverse" or (
            self.mode == "auto" and self.scalar and n > MOST_FORWARD
        )
        if tapes:
            driver = _drivers.reverse(self.f, count, (), (self.position,))
        else:
            lanes = lanes_for(n, self.chunk)
            driver = _drivers.forward(self.f, count, (), (self.position,), lanes)
        if len(self._drivers) < 64:
            self._drivers[n, count] = driver, tapes
        return driver, tapes
