"""`check_derivatives` and its report."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .._derivatives import jacobian
from .._errors import DerivativeCheckError, InputError, counted
from .._evaluate import Argnums, Call, function_name
from .._hessian import hessian
from .._html import html_table
from .._keywords import check_function
from .._lift import call_user
from .._show._arguments import differentiable_positions, leaf_names
from .._trees import result
from .._trust import silenced
from ._differences import EPS, Estimate, jacobian_by_differences

# Up to so many inputs every entry is checked, for first and for second derivatives; functions of
# more inputs are checked along random directions.
MOST = {1: 48, 2: 16}
DIRECTIONS = 8
ROUNDING = 500.0 * EPS  # of the size of outputs over that of inputs
SAFETY = 10.0  # times the estimated error of the differences


@dataclass(frozen=True)
class OrderReport:
    """What was found for derivatives of one order.

    Attributes
    ----------
    order : int
    modes : tuple of str
    entries : int
        Numbers that were compared.
    unverified : int
        Entries for which the differences say nothing: at kinks, at the edge of the domain, in
        noise. The modes were compared with each other there.
    worst : float
        The largest relative disagreement with the differences.
    place : str
        Where.
    """

    order: int
    modes: tuple[str, ...]
    entries: int
    unverified: int
    worst: float
    place: str

    def __str__(self) -> str:
        text = f"order {self.order}: {', '.join(self.modes)} and differences agree"
        if self.entries > self.unverified:
            text += f"; {self.worst:.1e} relative at worst, {self.place}"
        if self.unverified:
            text += f"; differences say nothing about {self.unverified} of {self.entries} entries"
        return text


@dataclass(frozen=True)
class CheckReport:
    """The answer of `check_derivatives` where everything agrees."""

    name: str
    n: int
    m: int
    orders: tuple[OrderReport, ...] = field(default=())

    def __str__(self) -> str:
        head = (
            f"derivatives of {self.name} ({counted(self.n, 'input')}, {counted(self.m, 'output')})"
        )
        return "\n".join([head, *(f"  {order}" for order in self.orders)])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """For notebooks."""
        rows = [[f"order {o.order}", str(o).partition(": ")[2]] for o in self.orders]
        return html_table(rows, title=str(self).partition("\n")[0], named=True)


def check_derivatives(
    f: Callable[..., Any],
    *args: Any,
    order: int = 2,
    argnums: Argnums | None = None,
    rtol: float = 1e-7,
    atol: float = 0.0,
    seed: int = 0,
) -> CheckReport:
    """Compare the derivatives of all modes with each other and with finite differences.

    Parameters
    ----------
    f : callable
        An ordinary NumPy function. It is run many times, in double precision.
    *args
        The point.
    order : {1, 2}
        2 checks second derivatives, too.
    argnums : int or tuple of int, optional
        The arguments to differentiate; by default all that hold floating numbers.
    rtol, atol : float
        Two derivatives agree if they differ by no more than ``rtol`` relative, or ``atol``, beyond
        the estimated error of the differences.
    seed : int
        Of the random directions along which functions of many inputs are checked.

    Returns
    -------
    CheckReport
        Prints what was compared.

    Raises
    ------
    DerivativeCheckError
        With the worst entry: mode, index, and both numbers.

    Examples
    --------
    >>> import numpy as np
    >>> report = check_derivatives(lambda x: np.sum(np.sin(x) * x), np.array([0.5, 1.0]))
    >>> report.orders[0].worst < 1e-8
    True

    References
    ----------
    C. Ridders, Advances in Engineering Software 4, 1982.
    """
    check_function("check_derivatives", f)
    if order not in (1, 2):
        raise InputError(f"order={order!r}; it must be 1 or 2")
    positions = differentiable_positions(f, args) if argnums is None else argnums
    call = Call(f, args, {}, positions)
    names = leaf_names(f, args, call.positions)
    flat = _Flat(call, names)
    reports = []
    with silenced():
        for k in range(1, order + 1):
            problem = flat if flat.x.size <= MOST[k] else flat.along_random_directions(seed)
            check = _first_order if k == 1 else _second_order
            reports.append(check(problem, rtol, atol))
    return CheckReport(function_name(f), flat.x.size, flat(flat.x).size, tuple(reports))


class _Flat:
    """The function as one from a vector to a vector."""

    def __init__(self, call: Call, names: list[str]) -> None:
        self.call = call
        self.name = function_name(call.f)
        self.shapes = [np.shape(x) for x in call.leaves]
        columns = [np.ravel(np.asarray(x, np.float64)) for x in call.leaves]
        self.x = np.concatenate(columns)
        self.scale = np.concatenate([_scale(c) for c in columns])
        self.labels = [
            name + (f"[{', '.join(map(str, index))}]" if shape else "")
            for name, shape in zip(names, self.shapes, strict=True)
            for index in np.ndindex(*shape)
        ]

    def __call__(self, v: Any) -> Any:
        leaves, start = [], 0
        for shape in self.shapes:
            stop = start + math.prod(shape)
            leaves.append(np.reshape(v[start:stop], shape) if shape else v[start])
            start = stop
        call = self.call
        args, supply = list(call.args), iter(leaves)
        for position, part in zip(call.positions, call.arguments, strict=True):
            args[position] = part.build(supply)
        found = result(call_user(call.f, *args), self.name).leaves
        return np.concatenate([np.reshape(part, (-1,)) for y in found for part in _real_parts(y)])

    def along_random_directions(self, seed: int) -> _Flat:
        """The function of a few numbers s at ``x + V s``, with random signs in V."""
        return _Projected(self, seed)


class _Projected(_Flat):
    def __init__(self, inner: _Flat, seed: int) -> None:
        self.inner, self.name = inner, inner.name
        signs = np.random.default_rng(seed).choice([-1.0, 1.0], (inner.x.size, DIRECTIONS))
        self.directions = signs * inner.scale[:, None]
        self.x, self.scale = np.zeros(DIRECTIONS), np.ones(DIRECTIONS)
        self.labels = [f"(random direction {k} of seed {seed})" for k in range(DIRECTIONS)]

    def __call__(self, s: Any) -> Any:
        return self.inner(self.inner.x + self.directions @ s)


def _real_parts(y: Any) -> tuple[Any, ...]:
    """A complex output counts as two real ones."""
    return (np.real(y), np.imag(y)) if np.iscomplexobj(y) else (y,)


def _scale(column: np.ndarray) -> np.ndarray:
    """The size of the numbers of one leaf; for zeros that of their neighbours, or 1."""
    size = np.abs(column)
    others = size[size > 0]
    return np.where(size > 0, size, np.mean(others) if others.size else 1.0)


def _first_order(problem: _Flat, rtol: float, atol: float) -> OrderReport:
    n = problem.x.size
    found = {
        "forward": jacobian(problem, mode="forward")(problem.x),
        "reverse": jacobian(problem, mode="reverse")(problem.x),
    }
    if n > 1:
        chunked = jacobian(problem, mode="forward", chunk_size=math.ceil(n / 2))
        found["forward in chunks"] = chunked(problem.x)
    exact = jacobian_by_differences(problem, problem.x, problem.scale)
    return _compare(problem, 1, found, exact, rtol, atol)


def _second_order(problem: _Flat, rtol: float, atol: float) -> OrderReport:
    n = problem.x.size
    first = jacobian(problem, mode="forward")
    found = {
        "hyper-dual": hessian(problem, mode="forward")(problem.x),
        "forward over reverse": hessian(problem, mode="reverse")(problem.x),
    }
    found = {mode: np.reshape(h, (-1, n)) for mode, h in found.items()}
    exact = jacobian_by_differences(lambda s: np.reshape(first(s), (-1,)), problem.x, problem.scale)
    return _compare(problem, 2, found, exact, rtol, atol)


def _compare(
    problem: _Flat,
    order: int,
    found: dict[str, np.ndarray],
    exact: Estimate,
    rtol: float,
    atol: float | np.ndarray,
) -> OrderReport:
    modes = list(found)
    reference = found[modes[0]]
    finite = np.abs(reference[np.isfinite(reference)])
    largest = 1e-3 * finite.max(initial=0.0)
    atol = atol + _rounding(problem, order, exact)
    for mode in modes[1:]:
        other = found[mode]
        tolerance = atol + rtol * np.maximum(np.abs(reference), np.abs(other)) + rtol * largest
        _require(problem, order, (mode, other), (modes[0], reference), tolerance)
    error = SAFETY * exact.error
    useful = exact.smooth & (error <= 1e-2 * (np.abs(exact.value) + largest + exact.size))
    tolerance = np.where(useful, atol + rtol * np.abs(exact.value) + error, np.inf)
    for mode in modes:
        other = np.where(useful, found[mode], 0.0)
        value = np.where(useful, exact.value, 0.0)
        _require(problem, order, (mode, other), ("finite differences", value), tolerance)
    with np.errstate(all="ignore"):
        size = np.abs(exact.value) + largest + exact.size
        relative = np.where(useful, np.abs(reference - exact.value) / size, 0.0)
    relative = np.where(np.isfinite(relative), relative, 0.0)
    at = int(np.argmax(relative)) if relative.size else 0
    worst = float(relative.flat[at]) if relative.size else 0.0
    place = _place(problem, order, at) if relative.size else ""
    return OrderReport(
        order, tuple(modes), useful.size, int(useful.size - useful.sum()), worst, place
    )


def _rounding(problem: _Flat, order: int, exact: Estimate) -> np.ndarray:
    """What rounding may leave of entries that cancel to zero, in the shape of the entries."""
    value = np.abs(problem(problem.x))
    with np.errstate(over="ignore"):
        unit = np.max(value[np.isfinite(value)], initial=0.0) / problem.scale
        if order == 2:  # rows are (output, input)
            unit = np.tile(unit[:, None] / problem.scale, (value.size, 1))
    unit = np.where(np.isfinite(unit), unit, 0.0)
    size = np.where(np.isfinite(exact.size), exact.size, 0.0).max(axis=0, initial=0.0)
    return ROUNDING * np.maximum(unit, size)


def _require(
    problem: _Flat,
    order: int,
    one: tuple[str, np.ndarray],
    other: tuple[str, np.ndarray],
    tolerance: np.ndarray,
) -> None:
    (mode, a), (against, b) = one, other
    with np.errstate(all="ignore"):
        ratio = np.abs(a - b) / tolerance
    same = (a == b) | (np.isnan(a) & np.isnan(b))
    ratio = np.where(same, 0.0, np.where(np.isnan(ratio), np.inf, ratio))
    if not ratio.size or ratio.max() <= 1.0:
        return
    at = int(np.argmax(ratio))
    bad = int(np.sum(ratio > 1.0))
    raise DerivativeCheckError(
        f"{mode} gives {_digits(a.flat[at])}, {against} {_digits(b.flat[at])} "
        f"(+- {tolerance.flat[at]:.1e}) for {_place(problem, order, at)} of {problem.name}; "
        f"{bad} of {ratio.size} entries disagree",
        "a right rule, where it is your own; another point, where the function has a kink here",
    )


def _place(problem: _Flat, order: int, at: int) -> str:
    """`d output[0] / d x[2]` of an entry of a Jacobian or a Hessian with flat index `at`."""
    n = problem.x.size
    row, column = divmod(at, n)
    if order == 1:
        return f"d output[{row}] / d {problem.labels[column]}"
    row, middle = divmod(row, n)
    return f"d^2 output[{row}] / d {problem.labels[middle]} d {problem.labels[column]}"


def _digits(x: Any) -> str:
    return f"{x:.12g}"
