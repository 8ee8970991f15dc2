"""Linear functionals of a function: integrals, and whatever else is linear in what it is given.

An integral of a function that closes over numbers is a number, each of whose parts is the integral
of a part of the function: plain functions, which SciPy integrates with the control of errors that
was asked for. Levels are taken apart from the innermost outwards. A graph's numbers are
replaced by fresh duals (or, where they are many, by a fresh graph at each point); what is recorded
is the answer's expansion in them, a few nodes however often the function was called.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .._graph import Tape, Var, leaf, pull_back
from .._numbers import Dual, HyperDual, Level, Number, primal
from .._numbers._careful import CarefulDual
from .._numbers._hyperdual import pairs
from .._numbers._number import as_array, highest
from .._numbers._telling import telling
from ._implicit import order

Function = Callable[[Any], Any]
Make = Callable[[Sequence[Any]], Function]  # other values of the constants -> the function
MANY = 48  # numbers of a graph; more of them are differentiated by a graph of their own


class HiddenNumberError(Exception):
    """The function depends on a number that is not among its constants."""


class Slope(NamedTuple):
    """The derivative of a functional along one direction, all of it plain, for checks.

    Attributes
    ----------
    make, values : Make, list
        The function and its constants.
    steps : list
        The direction, an array for each constant.
    lead : tuple of int
        The axes of the function's parts.
    slope : float or ndarray
    """

    make: Make
    values: list[Any]
    steps: list[Any]
    lead: tuple[int, ...]
    slope: Any

    def difference(self, apply: Callable[[Function], Any], h: float) -> Any:
        """The central difference quotient for the slope."""
        sides = [
            _each(
                self.make([_moved(v, d * s) for v, s in zip(self.values, self.steps, strict=True)]),
                self.lead,
                apply,
            )
            for d in (h, -h)
        ]
        return (sides[0] - sides[1]) / (2 * h)


def _moved(value: Any, step: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value + step
    return type(value)(value + step) if np.ndim(value) == 0 else value


class Functional:
    """A functional, and what is told of its derivatives.

    Parameters
    ----------
    apply : callable
        Plain function of a plain point -> a float or an array.
    joint : bool
        Derivatives in the numbers of a graph are taken together, in the graph's inputs: each of
        them apart may have none.

    Attributes
    ----------
    told : list of Slope
        The derivative along one direction of each level.
    apart : bool
        They could not be taken together.
    """

    def __init__(self, apply: Callable[[Function], Any], joint: bool = False) -> None:
        self.apply, self.joint = apply, joint
        self.told: list[Slope] = []
        self.apart = False

    def of(self, make: Make, constants: Sequence[Any], lead: tuple[int, ...] = ()) -> Any:
        """``apply(make(constants))`` as a number.

        Parameters
        ----------
        make : callable
            Other values of the constants -> the function over them.
        constants : sequence
            Numbers, and plain values.
        lead : tuple of int
            The axes that stand for parts, in front of those of the function's values.
        """
        top = highest(constants)
        if top is None:
            return _each(make(constants), lead, self.apply)
        level = top._level
        at = [i for i, c in enumerate(constants) if isinstance(c, Number) and c._level is level]
        how = _recorded if isinstance(level, Tape) else _pushed
        return how(self, make, list(constants), at, lead)


def _each(f: Function, lead: tuple[int, ...], apply: Callable[[Function], Any]) -> Any:
    """The functional of each part; the function is called once at each point."""
    if not lead:
        return apply(f)
    known: dict[Any, Any] = {}

    def parts(x: Any) -> Any:
        key = x if type(x) is float else (np.shape(x), np.asarray(x).tobytes())
        found = known.get(key)
        if found is None:
            found = known[key] = f(x)
            if isinstance(found, Number):
                raise HiddenNumberError
        return found

    answers = [apply(lambda x, i=i: parts(x)[i]) for i in np.ndindex(lead)]  # type: ignore[misc]  # default argument of a lambda
    return np.reshape(np.stack(answers), lead + np.shape(answers[0]))


def _block(y: Any, level: Level, count: int) -> Any:
    """Value and parts of y at a level, lanes first: ``(1 + count,) + S``."""
    if isinstance(y, Number) and y._level is level:
        value, parts = as_array(y._value), y._parts()
    else:
        value, parts = as_array(y), np.zeros((count, *np.shape(y)))
    return np.concatenate((np.reshape(value, (1, *np.shape(value))), parts))


def _pushed(
    functional: Functional, make: Make, constants: list[Any], at: list[int], lead: tuple[int, ...]
) -> Any:
    """Numbers with parts: the parts are constants of a lower level."""
    given = [constants[i] for i in at]
    top: Level = given[0]._level
    kind = type(given[0])
    make_lower = _over_parts(make, at, len(constants), kind, top.shape)
    lower = _with_values(constants, at) + [c._parts() for c in given]
    block = functional.of(make_lower, lower, (1 + kind._count(top), *lead))
    _tell(
        functional, make, lower, at, lead, primal(block), (top.shape, issubclass(kind, HyperDual))
    )
    return kind._make(block[0], block[1:], top)


def _with_values(constants: list[Any], at: list[int]) -> list[Any]:
    lower = list(constants)
    for i in at:
        lower[i] = constants[i]._value
    return lower


def _over_parts(make: Make, at: list[int], n: int, kind: Any, shape: tuple[int, ...]) -> Make:
    """The function's parts, over the constants' values and, after them, parts."""

    def make_lower(values: Sequence[Any]) -> Function:
        level = Level(shape)  # above those of all values
        numbers = list(values[:n])
        for i, parts in zip(at, values[n:], strict=True):
            numbers[i] = kind._make(values[i], parts, level)
        f, count = make(numbers), kind._count(level)
        return lambda x: _block(f(x), level, count)

    return make_lower


def _tell(
    functional: Functional,
    make: Make,
    lower: list[Any],
    at: list[int],
    lead: tuple[int, ...],
    block: Any,
    what: tuple[tuple[int, ...], bool],
) -> None:
    """Write down the derivative along one direction."""
    (k, *others), second = what
    n = len(lower) - len(at)
    plain = [primal(c) for c in lower]
    w = np.cos(1.0 + np.arange(k))  # scattered, and the same every time
    steps = [np.zeros(np.shape(c)) for c in plain]
    for i, parts in zip(at, plain[n:], strict=True):
        steps[i] = np.tensordot(w, parts[:k], 1)
    slope = np.tensordot(w, block[1 : 1 + k], 1)
    if not second or others:
        functional.told.append(Slope(make, plain[:n], steps[:n], lead, slope))
        return
    # First derivatives as functions of values and directions: they may jump where f has a kink.
    rows = _rows(k)
    for i, parts in enumerate(plain[n:], n):
        plain[i] = parts[:k]
        steps[i] = np.tensordot(w, parts[rows], 1)
    both = np.concatenate((slope[None], np.tensordot(w, block[1:][rows], 1)))
    first = _over_parts(make, at, n, Dual, (k,))
    functional.told.append(Slope(first, plain, steps, (1 + k, *lead), both))


def _rows(k: int) -> np.ndarray:
    """Where the parts of a symmetric hyper-dual hold its second derivatives, ``(k, k)``."""
    i, j = pairs(k)
    where = np.empty((k, k), np.intp)
    where[i, j] = where[j, i] = np.arange(k, k + len(i))
    return where


def _recorded(
    functional: Functional, make: Make, constants: list[Any], at: list[int], lead: tuple[int, ...]
) -> Any:
    """Numbers of a graph: fresh ones take their place; the answer's expansion is recorded."""
    given = [constants[i] for i in at]
    tape: Tape = given[0]._level
    sizes = [int(np.size(primal(c))) for c in given]
    n = sum(sizes)
    lower = _with_values(constants, at)
    if n > MANY and not tape.second:
        make_lower = _backwards(make, at, n)
        kind, count = None, n
    else:
        kind = HyperDual if tape.second else Dual
        count = kind._count(Level((n,), 0))
        lower += _unit_parts([np.shape(primal(c)) for c in given], sizes, count)
        make_lower = _over_parts(make, at, len(constants), kind, (n,))
    functional.apart |= functional.joint and tape.second
    if functional.joint and not tape.second:
        return _jointly(functional, make_lower, lower, given, lead)
    block = functional.of(make_lower, lower, (1 + count, *lead))
    if kind is Dual and not is_finite(block):
        block = _carefully(functional, make, lower, at, n, lead)
    if kind is not None:
        _tell(functional, make, lower, at, lead, primal(block), ((n,), tape.second))
    delta = [np.reshape(c - c._value, (-1,)) for c in given]  # zero, and the numbers' derivatives
    return _expanded(block, delta[0] if len(delta) == 1 else np.concatenate(delta), tape.second)


def _carefully(
    functional: Functional, make: Make, lower: list[Any], at: list[int], n: int, lead: Any
) -> Any:
    """Value and derivatives, structural zeros telling from computed ones (see `_careful`)."""
    count = len(lower) - len(at)
    shadowed = [np.concatenate((parts, parts)) for parts in lower[count:]]
    make_lower = _over_parts(make, at, count, CarefulDual, (n,))
    with telling():  # once for each line
        block = functional.of(make_lower, [*lower[:count], *shadowed], (1 + 2 * n, *lead))
    return block[: 1 + n]


def is_finite(x: Any) -> bool:
    """Whether all values and parts of x are, as far as they can be seen."""
    while isinstance(x, Number):
        if not isinstance(x, Var) and not is_finite(x._parts()):
            return False
        x = x._value
    return bool(np.all(np.isfinite(x)))


def _unit_parts(shapes: list[Any], sizes: list[int], count: int) -> list[np.ndarray]:
    out, start = [], 0
    for shape, size in zip(shapes, sizes, strict=True):
        parts = np.zeros((count, size))
        parts[start : start + size] = np.eye(size)
        out.append(parts.reshape((count, *shape)))
        start += size
    return out


def _jointly(
    functional: Functional, make: Make, lower: list[Any], given: list[Any], lead: tuple[int, ...]
) -> Any:
    """The expansion in the inputs of the graph, of which the numbers are functions."""
    tape: Tape = given[0]._level
    inputs = [i for i, node in enumerate(tape.nodes) if node[0] is None]
    columns = []
    for c in given:
        m = int(np.size(primal(c)))
        cts = pull_back(tape, {c._i: np.eye(m).reshape((m, *np.shape(c)))}, inputs, m, False)
        flat = [
            np.zeros((m, int(np.prod(tape.nodes[i][4])))) if ct is None else np.reshape(ct, (m, -1))
            for i, ct in zip(inputs, cts, strict=True)
        ]
        columns.append(np.concatenate(flat, axis=1))
    jacobian = np.concatenate(columns).T  # (inputs, numbers)

    def make_joint(values: Sequence[Any]) -> Function:
        f, matrix = make(values[:-1]), values[-1]

        def g(x: Any) -> Any:
            block = f(x)
            return np.concatenate((block[:1], np.tensordot(matrix, block[1:], 1)))

        return g

    block = functional.of(make_joint, [*lower, jacobian], (1 + jacobian.shape[0], *lead))
    delta = np.concatenate([np.reshape(_change_of(tape, i), (-1,)) for i in inputs])
    return _expanded(block, delta, False)


def _change_of(tape: Tape, i: int) -> Var:
    """A node's deviation from its value: zero, with the node's derivatives."""
    out: Var = object.__new__(Var)
    out._held, out._i, out._level, out._cell = np.zeros(tape.nodes[i][4]), i, tape, None
    return out


def _expanded(block: Any, delta: Any, second: bool) -> Any:
    """Value, first and second derivatives as a polynomial in delta."""
    n = delta.shape[0]
    out = block[0] + np.tensordot(delta, block[1 : 1 + n], 1)
    if second:
        rows = block[1:][_rows(n)]
        out = out + 0.5 * np.tensordot(delta, np.tensordot(delta, rows, 1), 1)
    return out


def _backwards(make: Make, at: list[int], n: int) -> Make:
    """Value and gradient of the function by a graph at each point."""

    def make_lower(values: Sequence[Any]) -> Function:
        def f(x: Any) -> Any:
            tape = Tape()
            numbers = list(values)
            for i in at:
                numbers[i] = leaf(tape, values[i])
            y = make(numbers)(x)
            if not isinstance(y, Number) or y._level is not tape:
                return _block(y, tape, n)
            shape, m = np.shape(y), int(np.size(primal(y)))
            seed = np.eye(m).reshape((m, *shape))
            cts = pull_back(tape, {y._i: seed}, list(range(len(at))), m, True)
            flat = [
                np.zeros((m, np.size(primal(values[i])))) if ct is None else np.reshape(ct, (m, -1))
                for i, ct in zip(at, cts, strict=True)
            ]
            rows = np.reshape(np.concatenate(flat, axis=1).T, (n, *shape))
            return np.concatenate((np.reshape(as_array(y._value), (1, *shape)), rows))

        return f

    return make_lower


def edge(f: Function, limit: Any) -> Any:
    """The integral from a limit's plain value to the limit; its value is 0.

    With ``d`` the limit less its value it is ``d`` times the mean of ``f(value + s d)`` over s in
    [0, 1], a polynomial in s: Gauss's rule is exact, at every order of derivatives.
    """
    at = primal(limit)
    if not isinstance(limit, Number) or not np.isfinite(at):
        return 0.0
    d = limit - at
    if order(limit) == 1:
        return d * f(at)
    total: Any = 0.0
    for s, w in _gauss((order(limit) + 1) // 2):
        total = total + w * f(at + s * d)
    return d * total


@functools.cache
def _gauss(n: int) -> list[tuple[float, float]]:
    """Gauss's rule on [0, 1]."""
    nodes, weights = np.polynomial.legendre.leggauss(n)
    return list(zip((0.5 + 0.5 * nodes).tolist(), (0.5 * weights).tolist(), strict=True))


__all__ = ["Function", "Functional", "HiddenNumberError", "Make", "Slope", "edge", "is_finite"]
