"""The shortest way through a public function, for one float64 vector: nothing is taken apart."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .._numbers._number import holds_number
from . import _memory, _together
from ._along import product
from ._calls import _SEVERAL_RUNS, MOST_PAIRS, side_for
from ._filling import FINISHED, Filling, OtherTypesError, filling
from ._selecting import goes_backward, lanes_for, outputs_of
from ._slope import slope

_F8 = np.dtype(np.float64)
_COUNTS = -1  # in place of a length: the numbers of arguments that were met
_MOST = 256  # lengths of x that are remembered


def shortest(verb: Any) -> tuple[Callable[..., Any], dict[int, Any] | None]:
    """What answers as the public function does, or None where the general way must go on.

    It takes the tuple of arguments and, if the caller has one, the array to fill. How calls with a
    vector of some length go is learnt from the first of them. The second is for gradients of
    functions of one argument: drivers and what they fill, by the length.
    """
    if type(verb.argnums) is not int or not verb._short:
        return _nothing, None
    # By length: a driver and the shape it fills, or what answers in another way.
    known: dict[int, Any] = {}
    direct = _direct(verb)
    position, with_value = verb.argnums, verb._with_value
    vector, number, empty = np.ndarray, np.float64, np.empty
    single = of_number(verb)

    def quick(args: tuple[Any, ...], out: Any = None) -> Any:
        try:
            x = args[position]
            drive, shape, other = known[len(x)]
        except LookupError:
            if not args:
                return None
            drive, shape, other = _learnt(verb, args, known)
            if direct is not None and len(x) in known:
                direct[len(x)] = drive, shape
        except TypeError:  # a number
            return single(args) if out is None else None
        if type(x) is not vector:
            return None
        try:
            if other is not None:
                return other(args, out)
            if out is None:
                out = empty(shape)
            elif not _fits(out, shape):
                return None
            value = drive(out, x) if len(args) == 1 else drive(out, *args)
        except MemoryError:
            raise
        except (TypeError, RuntimeError) as error:
            if _says_more(error, args, known):
                return None
            raise
        if value is None:
            return None
        return (number(value), out) if with_value else out

    return quick, direct


def _direct(verb: Any) -> dict[int, Any] | None:
    """Where drivers of gradients are kept; None for other functions."""
    code = verb.f.py_func.__code__
    single = code.co_argcount == 1 and not code.co_flags & inspect.CO_VARARGS
    gradient = verb._scalar and not verb._second
    return {} if gradient and single and verb.argnums in (0, -1) else None


def of_product(f: Any) -> Callable[..., Any]:
    """What answers as ``da.hvp(f)`` does for vectors, or None where the general way must go on.

    It takes x, v, and the tuple of further arguments.
    """
    known: dict[int, Any] = {}
    vector, empty = np.ndarray, np.empty

    def quick(x: Any, v: Any, args: tuple[Any, ...]) -> Any:
        if type(x) is not vector or type(v) is not vector or x.ndim != 1 or v.shape != x.shape:
            return None
        fill = known.get(n := x.size, known)
        if fill is known:
            fill = None
            if n and x.dtype == _F8 and len(known) < _MOST and not holds_number(args):
                fill = known[n] = _found(product, f, (x, *args))
        if fill is None:
            return None
        out = empty(n)
        try:
            return out if fill(out, v, x, *args) else None
        except (TypeError, RuntimeError) as error:
            if asks_for_more(error):
                return None
            raise

    return quick


def _found(find: Callable[..., Any], *given: Any) -> Any:
    """What `find` has; None where it fails."""
    try:
        return find(*given)
    except Exception:  # noqa: BLE001  # the general way meets it again, and explains it
        return None


def of_number(verb: Any) -> Callable[..., Any]:
    """What answers as a public function does that is called with a number to differentiate.

    It takes the tuple of arguments, and answers None where the general way must go on.
    """
    position, with_value = verb.argnums, verb._with_value
    if type(position) is not int or not verb._short or verb.mode == "reverse":
        return _no_number
    order = getattr(verb, "order", 2 if verb._second else 1)
    known: dict[int, Any] = {}  # by the number of arguments
    number = np.float64

    def quick(args: tuple[Any, ...]) -> Any:
        try:
            x = args[position]
        except IndexError:
            return None
        kind = type(x)
        if kind is not float and kind is not number:
            if kind is not int:
                return None
            at = position % len(args)
            args = (*args[:at], float(x), *args[at + 1 :])
        drive = known.get(len(args), known)
        if drive is known:
            drive = known[len(args)] = _slope(verb, args, order)
        if drive is None:
            return None
        try:
            found = drive(*args)
        except (TypeError, RuntimeError) as error:
            if asks_for_more(error):
                return None
            raise
        if found is None:
            return None
        return (number(found[0]), number(found[1])) if with_value else number(found)

    return quick


def _no_number(args: tuple[Any, ...]) -> None:
    """Only the general way serves."""


def _slope(verb: Any, args: tuple[Any, ...], order: int) -> Any:
    if holds_number(args):
        return None
    return _found(slope, verb.f, args, verb.argnums % len(args), order, verb._with_value)


def asks_for_more(error: Exception) -> bool:
    """Whether the general way is to go on after this error of a driver."""
    return isinstance(error, OtherTypesError) or str(error) in _SEVERAL_RUNS


def _says_more(error: Exception, args: tuple[Any, ...], known: dict[int, Any]) -> bool:
    """Whether the general way is to meet an error and explain it; the user's own are raised.

    f must not run twice where it fails: it may have printed, or written a file.
    """
    if asks_for_more(error):
        return True
    return isinstance(error, TypeError) and len(args) not in known.get(_COUNTS, ())


def _fits(out: Any, shape: Any) -> bool:
    """Whether compiled code may fill an array of the caller's."""
    return bool(out.shape == (shape if isinstance(shape, tuple) else (shape,)))


def _nothing(args: tuple[Any, ...], out: Any = None) -> None:
    """Only the general way serves."""


def _learnt(verb: Any, args: tuple[Any, ...], known: dict[int, Any]) -> tuple[Any, Any, Any]:
    """How calls like this one go, kept in `known`."""
    nothing = None, None, _nothing
    if not -len(args) <= verb.argnums < len(args) or len(known) >= _MOST or holds_number(args):
        return nothing
    position = verb.argnums % len(args)
    x = args[position]
    if type(x) is not np.ndarray or x.dtype != _F8 or x.ndim != 1 or not x.size:
        return nothing
    known[x.size] = nothing
    try:
        kind = _kind(verb, args, x.size)
        found = None
        if kind is not None and not _together.splits(verb.f, kind, x.size):
            found = filling(verb.f, args, position, kind)
    except Exception:  # noqa: BLE001  # the general way meets it again, and explains it
        return nothing
    known[x.size] = _entry(verb, found, x.size)
    known.setdefault(_COUNTS, set()).add(len(args))
    return known[x.size]


def _entry(verb: Any, found: Filling | None, n: int) -> tuple[Any, Any, Any]:
    if found is None or (not found.scalar and (verb._scalar or verb._second)):
        return None, None, _nothing
    if not found.scalar:
        return None, None, _of_vector(found, verb._with_value, n)
    if found.tapes:
        return None, None, _with_tape(found, verb._with_value, n)
    return found.drive, (n, n) if verb._second else n, None


def _kind(verb: Any, args: tuple[Any, ...], n: int) -> tuple[Any, ...] | None:
    """The numbers that carry the derivatives; None where only the general way has them."""
    if verb._second:
        if verb.mode == "reverse" or (verb.mode == "auto" and n > MOST_PAIRS):
            return None
        return "Jet", *side_for(n), False
    m = 1 if verb._scalar else lambda: outputs_of(verb.f, args, {}, n)
    if goes_backward(verb.mode, n, m):
        return "Var", 1
    return "Dual", lanes_for(n, verb.chunk_size), False


def _with_tape(found: Filling, with_value: bool, n: int) -> Callable[..., Any]:
    """A call of a function that returns a number, in reverse mode."""
    drive, number, empty = found.drive, np.float64, np.empty
    take, give = _memory.take, _memory.give

    def run(args: tuple[Any, ...], out: Any) -> Any:
        if out is None:
            out = empty(n)
        elif not _fits(out, n):
            return None
        tape = take()
        value = drive(out, tape.header, *args)
        give(tape)  # after an error it is not used any more
        if value is None:
            return None
        return (number(value), out) if with_value else out

    return run


def _of_vector(found: Filling, with_value: bool, n: int) -> Callable[..., Any]:
    """A call of a function that returns a vector, whose length the first call finds."""
    drive, empty = found.drive, np.empty
    length = 0

    def run(args: tuple[Any, ...], out: Any) -> Any:
        nonlocal length
        m = length
        given = out
        if given is not None and (given.ndim != 2 or given.shape[1] != n):
            return None
        for _ in range(2):
            out, values = (empty((m, n)) if given is None else given), empty(m)
            tape = _memory.take() if found.tapes else None
            head = (out, values) if tape is None else (out, values, tape.header)
            answer = drive(*head, *args)
            if tape is not None:
                _memory.give(tape)
            if answer == FINISHED:
                return (values, out) if with_value else out
            if answer < 0:
                return None
            length = m = answer
        return None

    return run
