"""Derivatives in a parameter from values at 13 of Chebyshev's nodes around it, with their error.

SciPy's functions of a real order are analytic in it, and right to 1e-13 or so, but their series
and integrals are many and different in every region. The interpolating polynomial of degree 12 on
a radius r has a derivative whose error falls as r**12, while rounding grows as 17/r only: with r
near 1 a first derivative keeps all but two of the function's digits. Each derivative is computed
with two radii or more, and the least difference of two that follow each other is its error, or
what the last two of Chebyshev's terms add, where that is more: at a kink it is much.

Where that error is above 2e-10 of the derivative (or of the function, where that is larger) nothing
is returned: the call raises, and names the arguments. Values that SciPy has wrong, but smoothly so,
are not noticed: the derivative is that of what SciPy computes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..._errors import NoRuleError
from ..._rules._dispatch import dispatched

_NODES = 13
_RADII = 6
GOAL, LIMIT = 3e-12, 2e-10


def _weights() -> tuple[Any, Any, Any]:
    """Nodes in (-1, 1), weights of the value and of three derivatives at 0, of the last terms.

    T_k'(0) = k sin(k pi/2), T_k'' = -k**2 T_k and T_k''' = (1 - k**2) T_k' there.
    """
    angles = np.pi * (np.arange(_NODES) + 0.5) / _NODES
    k = np.arange(_NODES)
    sine = np.array([0.0, 1.0, 0.0, -1.0])[k % 4]
    cosine = np.array([1.0, 0.0, -1.0, 0.0])[k % 4]
    at_zero = np.stack((cosine, k * sine, -k * k * cosine, (1.0 - k * k) * k * sine))
    to_series = 2.0 / _NODES * np.cos(np.outer(k, angles))
    to_series[0] *= 0.5
    return np.cos(angles), at_zero @ to_series, to_series[-2:]


_AT, _WEIGHTS, _LAST = _weights()


def _once(
    f: Callable[..., Any], n: int, center: Any, radius: Any, others: Sequence[Any]
) -> tuple[Any, Any, Any]:
    """The derivative of order n on one radius, the size of the function, and the last terms'."""
    values = f(center + radius * _AT[:, None], *others)
    derivative = np.tensordot(_WEIGHTS[n], values, axes=(0, 0)) / radius**n
    last = np.sum(np.abs(np.tensordot(_LAST, values, axes=(1, 0))), axis=0)
    return derivative, np.max(np.abs(values), axis=0), last * (_NODES / radius) ** n


def differentiate(
    f: Callable[..., Any],
    n: int,
    center: Any,
    radius: Any,
    others: tuple[Any, ...] = (),
    relative: bool = False,
) -> tuple[Any, Any]:
    """The derivative of order n of an elementwise function, and its relative error.

    Parameters
    ----------
    f : callable
        Takes an array of shape (13, m), and the others.
    n : int
    center, radius : vectors of length m
        f is analytic within this radius of its center, on the real line at least.
    others : tuple of vectors of length m
    relative : bool
        The error of a first derivative is relative to itself, however small it is; those of higher
        ones to the variation of f.
    """
    previous, size, _last = _once(f, n, center, radius, others)
    best, error = previous.copy(), np.full(center.shape, np.inf)
    unit = np.maximum(1.0, radius) ** n
    left = np.arange(center.size)
    for _ in range(_RADII):
        radius = 0.5 * radius
        rest = [x[left] for x in others]
        current, size, last = _once(f, n, center[left], radius[left], rest)
        difference = np.maximum(np.abs(current - previous), last)
        if relative:
            floor = 0.0 if n == 1 else size / radius[left] ** n
        else:
            floor = size / unit[left]
        difference = difference / np.maximum(np.abs(current), floor)
        difference = np.where((current == 0.0) & (size == 0.0), 0.0, difference)
        better = difference < error[left]
        best[left[better]], error[left[better]] = current[better], difference[better]
        rough = ~(difference < GOAL)
        previous, left = current[rough], left[rough]
        if not left.size:
            break
    return best, error


def _along(
    fn: Any, direction: tuple[float, ...], n: int, radius: Any, args: Any, relative: bool
) -> Any:
    """A derivative along a direction in the space of arguments."""

    def of_step(u: Any, *rest: Any) -> Any:
        return fn(*(x + d * u if d else x for x, d in zip(rest, direction, strict=True)))

    return differentiate(of_step, n, np.zeros(args[0].shape), radius, args, relative)


def _partial(
    fn: Any, orders: tuple[int, ...], widths: tuple[Any, ...], args: Any, relative: bool
) -> tuple[Any, Any]:
    """A partial derivative; a mixed one of second order from those along both diagonals."""
    if relative and sum(n > 0 for n in orders) == 2:
        return _scaled_mixed(fn, orders, widths, args)
    radius = np.min([w for w, n in zip(widths, orders, strict=False) if n], axis=0)
    if sum(n > 0 for n in orders) == 1:
        direction = tuple(float(n > 0) for n in orders)
        return _along(fn, direction, max(orders), radius, args, relative)
    first = orders.index(1)
    up = tuple(map(float, orders))
    down = tuple(-n if j == first else n for j, n in enumerate(up))
    (plus, error), (minus, more) = (_along(fn, d, 2, radius, args, relative) for d in (up, down))
    return 0.25 * (plus - minus), np.maximum(error, more)


def _scaled_mixed(
    fn: Any, orders: tuple[int, ...], widths: tuple[Any, ...], args: Any
) -> tuple[Any, Any]:
    """A mixed derivative, where each argument has a step of its own size."""
    i, j = (k for k, n in enumerate(orders) if n)

    def along(sign: float) -> tuple[Any, Any]:
        def of_step(u: Any, one: Any, other: Any, *rest: Any) -> Any:
            moved = list(rest)
            moved[i] = rest[i] + one * u
            moved[j] = rest[j] + sign * other * u
            return fn(*moved)

        others = (widths[i], widths[j], *args)
        return differentiate(
            of_step, 2, np.zeros_like(widths[i]), np.ones_like(widths[i]), others, True
        )

    (plus, error), (minus, more) = along(1.0), along(-1.0)
    return 0.25 * (plus - minus) / (widths[i] * widths[j]), np.maximum(error, more)


def in_parameters(
    name: str,
    fn: Callable[..., Any],
    orders: tuple[int, ...],
    radius: Callable[..., Any],
    relative: bool = False,
) -> Callable[..., Any]:
    """A partial derivative of an elementwise function, as a dispatched function.

    Parameters
    ----------
    name : str
    fn : callable
        On plain arrays.
    orders : tuple of int
        How often in each argument: up to three times in one, or once in each of two.
    radius : callable
        Of fn's arguments: how far around it fn is analytic; 1 is enough where that is the scale on
        which it changes. A tuple has one for each argument.
    relative : bool
        See `differentiate`.
    """

    def function(*args: Any) -> Any:
        arrays = np.broadcast_arrays(*(_floating(x) for x in args))
        flat = [x.ravel() for x in arrays]
        with np.errstate(all="ignore"):
            value = np.asarray(fn(*flat))
            (good,) = np.nonzero(np.isfinite(value))
            inner = tuple(x[good] for x in flat)
            out = np.full(value.shape, np.nan, value.dtype)
            widths = radius(*inner)
            if not isinstance(widths, tuple):  # one for each argument
                widths = (widths,) * len(inner)
            each = tuple(np.broadcast_to(w, good.shape).astype(np.float64) for w in widths)
            out[good], error = _partial(fn, orders, each, inner, relative)
        refuse(name, inner, error)
        return out.reshape(arrays[0].shape)[()]

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"The derivative of orders {orders} in its arguments, from values around."
    return dispatched(function)


def _floating(x: Any) -> Any:
    x = np.asarray(x)
    return x if x.dtype.kind == "c" else x.astype(np.float64)


def refuse(name: str, args: tuple[Any, ...], error: Any) -> None:
    """Raise, if one of the relative errors is too large, and name the arguments there."""
    bad = ~(error < LIMIT)
    if np.any(bad):
        where = ", ".join(f"{x[bad][0]:.6g}" for x in args)
        raise NoRuleError(
            f"scipy.special.{name}: the derivative at ({where}) cannot be had to 1e-9",
            "da.finite_difference(f) where fewer digits will do",
        )


# --- families of such derivatives, and their rows ------------------------------------------------

Slope = Callable[..., Any]


def family(
    name: str,
    fn: Callable[..., Any],
    parameters: dict[int, str],
    slopes: dict[int, Slope] | None = None,
    recurrences: dict[int, Slope] | None = None,
    highest: int = 2,
    radius: Callable[..., Any] = lambda *_: 1.0,
    relative: bool = False,
) -> dict[Any, dict[int, Any]]:
    """The `PARTIALS` of a function in its parameters, and of those derivatives.

    Parameters
    ----------
    name : str
        The function's, in `scipy.special`.
    fn : callable
        The same on plain arrays.
    parameters : dict of int to str
        Positions and names of the parameters.
    slopes : dict of int to callable, optional
        Derivatives of fn in other arguments, of plain arrays: they are differentiated in the
        parameters likewise.
    recurrences : dict of int to callable, optional
        Instead of that: ``(f, *arguments)``, the derivative in another argument through values of
        f at shifted parameters, with constant coefficients, so that it holds for every f that is a
        derivative of fn in parameters.
    highest : int
        The highest order: 3 for one parameter, else 2.
    radius : callable
        See `in_parameters`.
    relative : bool
        See `differentiate`.
    """
    arity = max([*parameters, *(slopes or {}), *(recurrences or {})]) + 1
    made: dict[Any, Callable[..., Any]] = {}
    table: dict[Any, dict[int, Any]] = {}

    def raised(orders: tuple[int, ...], i: int) -> tuple[int, ...]:
        return tuple(n + (i == j) for j, n in enumerate(orders))

    def node(of: int | None, orders: tuple[int, ...]) -> Callable[..., Any]:
        """The derivative of such orders of fn, or of its slope in argument `of`."""
        if (of, orders) not in made:
            base = fn if of is None else (slopes or {})[of]
            label = f"{name} in {''.join(parameters[i] * n for i, n in enumerate(orders) if n)}"
            made[of, orders] = in_parameters(label, base, orders, radius, relative)
            table[made[of, orders]] = entry(of, orders)
        return made[of, orders]

    def entry(of: int | None, orders: tuple[int, ...]) -> dict[int, Any]:
        partials: dict[int, Any] = {}
        if sum(orders) < highest:
            for i in parameters:
                partials[i] = _call(node(of, raised(orders, i)))
            for i in slopes or {} if of is None else {}:
                partials[i] = _call(node(i, orders))
        for i, recurrence in (recurrences or {}).items():
            partials[i] = _through(recurrence, made[of, orders])
        return partials

    zero = (0,) * arity
    table[name] = {i: _call(node(None, raised(zero, i))) for i in parameters}
    return table


def _call(f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: f(*args[:-1])


def _through(recurrence: Slope, f: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args: recurrence(f, *args[:-1])
