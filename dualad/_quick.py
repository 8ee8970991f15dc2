"""The short way of the gradient of one float64 array, for small functions called often.

It does what `_gradients.grad` does, step for step, without the general containers; whatever it
does not know it hands back (None), before the user's function has run or with its output in hand.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._graph import Pullback, Tape, Var, leaf
from ._graph._watched import TapeWatch
from ._lift import retried
from ._numbers import ArrayDual, Level, ScalarDual, hush, unhush
from ._numbers._watch import Watch
from ._rules._spectral import RepeatedValueError
from ._running import run_user
from ._seeds import unit_block

_F8 = np.dtype(np.float64)
_REAL = (float, np.float64)
_ONE = np.float64(1.0)
LARGEST_FORWARD = 64  # inputs for which the seeds are kept ready
LARGEST = 10**4  # beyond it the general way costs nothing in comparison


def is_simple(args: tuple[Any, ...], position: Any) -> bool:
    """Whether the differentiated argument is one C-contiguous float64 array, and not empty."""
    if type(position) is not int or not 0 <= position < len(args):
        return False
    x = args[position]
    return (
        type(x) is np.ndarray
        and x.dtype is _F8
        and 0 < x.size <= LARGEST
        and x.ndim > 0
        and x.flags.carray
    )


def is_number(args: tuple[Any, ...], position: Any) -> bool:
    """Whether the differentiated argument is one float."""
    return type(position) is int and 0 <= position < len(args) and type(args[position]) in _REAL


def _replaced(args: tuple[Any, ...], position: int, x: Any) -> tuple[Any, ...]:
    return (x,) if len(args) == 1 else (*args[:position], x, *args[position + 1 :])


def _is_finite(x: np.ndarray) -> bool:
    flat = x.reshape(-1)
    token = hush()
    try:
        return math.isfinite(flat.dot(flat)) or bool(np.isfinite(x).all())
    finally:
        unhush(token)


@retried
def forward(
    f: Any, args: tuple[Any, ...], position: int, keywords: dict[str, Any]
) -> tuple[Any, Any, Level]:
    """(output, gradient, level) by duals; gradient is None where the general way must go on."""
    x = args[position]
    number, level = _seeded(x)
    out = run_user(f, _replaced(args, position, number), keywords, level)
    if level.watch.last:
        if not _is_clear(level.watch, out):
            return out, None, level
        level.watch = None  # it refers to numbers, and they to it
    if type(out) is ScalarDual and out._level is level and type(out._value) in _REAL:
        gradient = out._t
        if type(gradient) is np.ndarray and gradient.dtype is _F8 and _is_finite(gradient):
            if gradient.base is not None or not gradient.flags.writeable:
                gradient = gradient.copy()
            return out, gradient.reshape(x.shape), level
    return out, None, level


@retried
def forward_number(
    f: Any, args: tuple[Any, ...], position: int, keywords: dict[str, Any]
) -> tuple[Any, Any, Level]:
    """(output, derivative, level) by a dual scalar; the derivative is None as in `forward`."""
    x = args[position]
    level = Level((1,))
    level.watch = Watch((x,))
    number = ScalarDual._make(x, np.ones(1), level)
    out = run_user(f, _replaced(args, position, number), keywords, level)
    if level.watch.last:
        if not _is_clear(level.watch, out):
            return out, None, level
        level.watch = None  # it refers to numbers, and they to it
    if type(out) is ScalarDual and out._level is level and type(out._value) in _REAL:
        t = out._t
        if type(t) is np.ndarray and t.dtype is _F8 and math.isfinite(t[0]):
            return out, t[0], level
    return out, None, level


@retried
def jacobian_forward(
    f: Any, args: tuple[Any, ...], position: int, keywords: dict[str, Any]
) -> tuple[Any, Any, Level]:
    """(output, Jacobian, level) by duals; the Jacobian is None where the general way must go on."""
    x = args[position]
    number, level = _seeded(x)
    out = run_user(f, _replaced(args, position, number), keywords, level)
    if level.watch.last:
        return out, None, level
    if type(out) is ArrayDual and out._level is level and type(out._d) is np.ndarray:
        d = out._d
        if d.dtype is _F8 and d.flags.c_contiguous and d.size and np.isfinite(d[1:]).all():
            rows = d[1:].reshape(x.size, -1)
            full = np.ascontiguousarray(rows.T) if len(rows) > 1 else rows.T.copy()
            return out, full.reshape(d.shape[1:] + x.shape), level
    return out, None, level


def _is_clear(watch: Watch, out: Any) -> bool:
    """Whether the decisions of user code leave no doubt about a gradient."""
    return type(out) is ScalarDual and bool(np.all(out._t)) and not watch.settle()


def _seeded(x: np.ndarray) -> tuple[ArrayDual, Level]:
    """x with all its unit directions."""
    block = unit_block(x.size).copy()
    if x.ndim > 1:
        block = block.reshape((1 + x.size, *x.shape))
    block[0] = x
    level = Level((x.size,))
    level.watch = Watch((x,))
    return ArrayDual._wrap(block, level), level


def reverse(
    f: Any, args: tuple[Any, ...], position: int, keywords: dict[str, Any]
) -> tuple[Any, Any, Tape, Var]:
    """(output, gradient, tape, variable) by a recording; gradient is None as in `forward`."""
    out, tape, variable = recording(f, args, position, keywords)
    return out, pulled(out, tape, args[position]), tape, variable


@retried
def recording(
    f: Any, args: tuple[Any, ...], position: int, keywords: dict[str, Any]
) -> tuple[Any, Tape, Var]:
    """(output, tape, variable) of one recorded evaluation."""
    x = args[position]
    tape = Tape()
    tape.watch = TapeWatch((x,))
    variable = leaf(tape, x.copy())
    out = run_user(f, _replaced(args, position, variable), keywords, tape)
    return out, tape, variable


def is_number_of(out: Any, tape: Tape) -> bool:
    """Whether this output of a recording is one real number that it has computed."""
    return type(out) is Var and out._level is tape and type(out._held) in _REAL


def pulled(out: Any, tape: Tape, x: np.ndarray) -> Any:
    """The gradient of a recording's output; None where the general way must go on."""
    watch = tape.watch
    if not is_number_of(out, tape) or not tape.intact() or watch.settle(tape):
        return None
    run = Pullback(tape, 0)
    run.cts[out._i] = _ONE
    token = hush()
    try:
        run.walk(out._i, False)
    except RepeatedValueError:  # the general way knows another
        return None
    finally:
        unhush(token)
    gradient = run.cts[0]
    known = type(gradient) is np.ndarray and gradient.shape == x.shape and gradient.dtype is _F8
    if known and watch.last and not gradient.all():
        return None
    if known and _is_finite(gradient):
        return gradient if gradient.flags.writeable else gradient.copy()
    return None
