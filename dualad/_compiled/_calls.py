"""Calls of the public functions on compiled functions."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numba.core import errors

from .._errors import InputTypeError, NotYetError, counted, line_text, warn_at
from .._evaluate import Call, Pushed
from .._graph import dtype_of
from .._numbers import Number
from .._trees import Result
from . import _drivers, _judging, _memory, _messages, _notes, _overlaps, _together
from ._messages import explained
from ._selecting import CHUNK, MOST_FORWARD, estimates, goes_backward, lanes_for, outputs_of

CAREFUL = 4
MOST_JETS, MOST_PAIRS = 48, 96
"""Inputs up to which jets are faster than tapes: for products, and for whole Hessians."""
BLOCK = 4
"""Rows and columns of a block of second derivatives."""


def run(f: Any, driver: Callable[..., Any], given: Arguments, *head: Any) -> Any:
    """Call a driver, with what comes before the arguments of f."""
    _overlaps.check(f, driver, given)
    args = (*head, *given.all)
    if f in _drivers.SPREADING:
        with _together.apart(f):
            return answered(f, driver, given, args)
    return answered(f, driver, given, args)


def answered(f: Any, driver: Callable[..., Any], given: Arguments, args: Sequence[Any]) -> Any:
    """What a driver answers, with the value of a plain call if f is parallel."""
    if not _together.is_parallel(f):
        return judged(f, driver, args)
    # Before the driver, which leaves arrays as f leaves them.
    value = guarded(f, lambda *a: _together.value_of(f, a, given.keywords), given.all)
    out = judged(f, driver, args)
    return None if out is None else (value, *out[1:])


def judged(f: Any, driver: Callable[..., Any], args: Sequence[Any]) -> Any:
    """Call a driver; what it notes is judged."""
    before = _judging.kept(driver, args)
    words = _notes.begin()
    out = guarded(f, driver, args)
    if out is not None and words[_notes.COUNT]:
        return _judging.judged(f, driver, before, words, out)
    return out


def guarded(f: Any, driver: Callable[..., Any], args: Sequence[Any]) -> Any:
    """Call it; what Numba cannot type is said in the user's terms."""
    try:
        if not any(type(a) is list for a in args):
            return driver(*args)
        with warnings.catch_warnings():  # Numba says that lists are deprecated, of ours as well
            warnings.simplefilter("ignore", errors.NumbaPendingDeprecationWarning)
            return driver(*args)
    except errors.NumbaError as error:
        raise explained(error, f, args) from error
    except Exception as error:
        if isinstance(error, RuntimeError) and str(error) in _SEVERAL_RUNS:
            met, instead = _SEVERAL_RUNS[str(error)]
            raise NotYetError(
                f"{f.__name__} {met}, and this derivative runs it several times",
                f'{instead}, or mode="reverse"',
                place=line_text(*_first_line(f)),
            ) from error
        if _while_compiling(error):
            raise explained(error, f, args) from error
        raise


# What can be done once only.
_SEVERAL_RUNS = {
    _messages.DRAWS_AGAIN: (
        "draws random numbers",
        "numbers drawn outside and passed as an argument",
    ),
    _messages.WRITES_AGAIN: (
        "may write into an object of a class",
        "arrays as arguments",
    ),
}


def _while_compiling(error: Exception) -> bool:
    """Whether an error comes from Numba's compiler, and not from the user's code that runs."""
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__", "").startswith("numba.core"):
            return True
        trace = trace.tb_next
    return False


def _first_line(f: Any) -> tuple[str, int]:
    code = f.py_func.__code__
    return code.co_filename, code.co_firstlineno


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
    for cautious in (True,) if careful else (False, True):
        lanes = CAREFUL if cautious else lanes_for(total, chunk)
        if seeds is not None:
            head = (_columns(seeds, lanes), total)
        driver = _together.shared(call, given, ("Dual", lanes, cautious), total, seeds is not None)
        driver = driver or _drivers.forward(
            call.f, given.count, given.keywords, call.positions, lanes, seeds is not None, cautious
        )
        out = run(call.f, driver, given, *head)
        if out is not None:
            return pushed(call, out[0], out[1], total, cautious)
    raise AssertionError("a careful driver always answers")


def hessian(call: Call, mode: str) -> tuple[list[Any], list[Any], Result]:
    """Values, blocks ``(n, n) + shape`` of second derivatives, and the result's container."""
    given = Arguments(call)
    n = call.size
    if mode == "reverse" or (mode == "auto" and n > MOST_PAIRS):
        found = over_reverse(call, given, np.eye(n))
        if found is not None and found[1].size:
            values, matrix = found
            block = 0.5 * (matrix + matrix.T)
            return values, [block.reshape((n, n, *np.shape(values[0])))], Result(values, next)
    for careful in (False, True):
        shape = side_for(n, 2 if careful else BLOCK)
        driver = _together.shared(call, given, ("Jet", *shape, careful), n, False)
        driver = driver or _drivers.second(
            call.f, given.count, given.keywords, call.positions, shape, careful=careful
        )
        out = run(call.f, driver, given)
        if out is not None:
            return _planes(call, out[0], out[1], careful)
    raise AssertionError("a careful driver always answers")


def side_for(n: int, most: int = BLOCK) -> tuple[int, int]:
    """Rows and columns of a block of second derivatives in n directions."""
    side = min(lanes_for(n), most)
    return side, side


def products(call: Call, seeds: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    """Values, and second derivatives of the number times directions: blocks as `seeds` are."""
    given = Arguments(call)
    n, k = call.size, seeds[0].shape[0]
    if n > MOST_JETS:
        directions = np.concatenate([np.reshape(s, (k, -1)) for s in seeds], axis=1)
        found = over_reverse(call, given, directions)
        if found is not None:
            values, matrix = found
            return values, _parts(call, matrix) if matrix.size else []
    columns = lanes_for(k)
    for careful in (False, True):
        height = min(lanes_for(n), 2 if careful else max(CHUNK // columns, 1))
        driver = _together.shared(call, given, ("Jet", height, columns, careful), k, True)
        driver = driver or _drivers.second(
            call.f, given.count, given.keywords, call.positions, (height, columns), True, careful
        )
        out = run(call.f, driver, given, _columns(seeds, columns), k)
        if out is None:
            continue
        values, blocks, _ = _planes(call, out[0], out[1], careful)
        if sum(math.prod(np.shape(v)) for v in values) != 1:
            return values, []
        return values, _parts(call, np.reshape(blocks[0], (n, k)).T)
    raise AssertionError("a careful driver always answers")


def _parts(call: Call, matrix: np.ndarray) -> list[Any]:
    """The columns of a matrix as blocks, one for each leaf."""
    parts, start = [], 0
    for x in call.leaves:
        size = math.prod(np.shape(x))
        block = np.reshape(matrix[:, start : start + size], (matrix.shape[0], *np.shape(x)))
        parts.append(block.astype(dtype_of(x), copy=False))
        start += size
    return parts


def over_reverse(
    call: Call, given: Arguments, directions: np.ndarray
) -> tuple[list[Any], np.ndarray] | None:
    """Values, and the Hessian of a number times each row of `directions`, by tapes.

    The matrix is empty where f returns more than a number; None where an entry is not finite.
    """
    driver = _drivers.products(call.f, given.count, given.keywords, call.positions)
    tape = _memory.take()
    try:
        rows = np.ascontiguousarray(directions, dtype=np.float64)
        out = run(call.f, driver, given, tape.header, rows)
    finally:
        _memory.give(tape)
    return None if out is None else (list(call.take(out[0]).leaves), out[1])


def _planes(call: Call, value: Any, out: Any, careful: bool) -> tuple[list[Any], list[Any], Result]:
    """What a driver of second derivatives has answered: one block for each leaf of the result."""
    planes = math.prod(out.shape[:-2])  # of a number it is the plane alone
    out = out.reshape((planes, *out.shape[-2:]))
    result: Result = call.take(value)
    blocks, row = [], 0
    for leaf in result.leaves:
        shape = np.shape(leaf)
        plane = out[row : row + math.prod(shape)]
        row += plane.shape[0]
        if careful and np.isnan(plane).any() and np.isfinite(leaf).all():
            _tell(call.f)
        blocks.append(np.reshape(np.moveaxis(plane, 0, -1), (*plane.shape[1:], *shape)))
    return list(result.leaves), blocks, result


def _columns(seeds: Sequence[Any], lanes: int) -> np.ndarray:
    """Directions as the columns of a matrix, and zeros up to a whole number of vectors."""
    k = seeds[0].shape[0]
    rows = np.concatenate([np.reshape(s, (k, -1)).T for s in seeds])
    out = np.zeros((rows.shape[0], -(-k // lanes) * lanes))
    out[:, :k] = rows
    return out


def plan(call: Call) -> tuple[str, int, int, tuple[float, float, int, int], tuple[str, ...]]:
    """Mode, chunk, outputs, costs (as `_modes.Cost` has them) and reasons of a Jacobian."""
    given = Arguments(call)
    args = [a.copy() if isinstance(a, np.ndarray) else a for a in given.all]
    inputs, named = args[: given.count], dict(zip(given.keywords, args[given.count :], strict=True))
    with _together.apart(call.f):
        result = call.take(call.f(*inputs, **named))
        start = time.perf_counter()
        call.f(*inputs, **named)
        once = 1e6 * (time.perf_counter() - start)
    n, m = call.size, sum(math.prod(np.shape(v)) for v in result.leaves)
    forward_cost, reverse_cost = estimates(n, m)
    backward = goes_backward("auto", n, m)
    lanes = lanes_for(n)
    sweeps = min(m, _memory.LANES)
    cost = (forward_cost * once, reverse_cost * once, lanes, sweeps)
    name = call.f.__name__
    if n <= MOST_FORWARD:
        reason = f"{counted(n, 'input')}, at most {MOST_FORWARD}: one chunk carries all tangents"
    else:
        reason = (
            f"{n} inputs are {-(-n // CHUNK)} chunks of tangents, {counted(m, 'output')} "
            f"{counted(-(-m // _memory.LANES), 'sweep')} over a tape"
        )
    reasons: tuple[str, ...] = (reason, f"{name} is compiled, and so is its derivative")
    if _together.splits(call.f, ("Var" if backward else "Dual", lanes), n):
        reasons += (
            f"{name} is parallel: up to {_together.most_threads()} threads share its chunks",
        )
    mode, chunk = ("reverse", sweeps) if backward else ("forward", lanes)
    return mode, chunk, m, cost, reasons


def rows(call: Call, mode: str, chunk: int | None, scalar: bool) -> Pushed:
    """The Jacobian of a compiled function, by the better mode."""

    def outputs() -> int:
        return outputs_of(call.f, call.args, call.keywords, call.key)

    if goes_backward(mode, call.size, 1 if scalar else outputs):
        return reverse(call)
    return forward(call, None, chunk)


def reverse(call: Call) -> Pushed:
    """Values and the Jacobian of a compiled function, by its tape."""
    given = Arguments(call)
    driver = _drivers.reverse(call.f, given.count, given.keywords, call.positions)
    tape = _memory.take()
    try:
        out = run(call.f, driver, given, tape.header)
    finally:
        _memory.give(tape)
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
    warn_at(
        f"the derivative of {f.__name__} is NaN here, although the value is finite: a computed "
        "zero met an infinite partial derivative. Write math.hypot(x, y) for sqrt(x*x + y*y), "
        "abs(x) for sqrt(x*x)",
        *_first_line(f),
        f.py_func.__globals__,
    )


class Record:
    """One recorded evaluation of a compiled function; its tape is its own."""

    def __init__(self, call: Call) -> None:
        self.call = call
        given = Arguments(call)
        driver = _drivers.reverse(call.f, given.count, given.keywords, call.positions, record=True)
        self._tape = _memory.Tape()
        value, where = run(call.f, driver, given, self._tape.header)
        self.result = call.take(value)
        self.values = list(self.result.leaves)
        self._where = where[: sum(math.prod(np.shape(v)) for v in self.values)]

    def cotangents(self, seeds: Sequence[Any], free: bool = False) -> list[Any]:
        """Cotangent blocks of the leaves; seeds[i] is ``(k,) + shape`` of output i."""
        k = seeds[0].shape[0]
        weights = np.concatenate([np.reshape(s, (k, -1)) for s in seeds], axis=1)
        weights = np.ascontiguousarray(weights, dtype=np.float64)
        out = np.empty((k, self.call.size))
        if _drivers.sweep_rows(self.call.f)(self._tape.header, self._where, weights, out) != 0.0:
            out = self._carefully(weights)
        parts, start = [], 0
        for x in self.call.leaves:
            size = math.prod(np.shape(x))
            part = out[:, start : start + size].reshape((k, *np.shape(x)))
            parts.append(part.astype(dtype_of(x), copy=False))
            start += size
        return parts

    def _carefully(self, weights: np.ndarray) -> np.ndarray:
        """Only forward mode tells structural zeros from computed ones."""
        found = forward(self.call, careful=True)
        n = self.call.size
        matrix = np.concatenate([np.reshape(b, (n, -1)) for b in found.blocks], axis=1)
        with np.errstate(all="ignore"):
            terms = weights[:, None, :] * matrix
        return np.where((weights[:, None, :] == 0.0) | (matrix == 0.0), 0.0, terms).sum(axis=2)

    def tangents(self, seeds: Sequence[Any]) -> list[Any]:
        """Tangent blocks of the outputs along directions, f run once more."""
        return forward(self.call, seeds).blocks
