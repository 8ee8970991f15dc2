"""How derivatives in parameters are measured against mpmath."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath as mp
import numpy as np

import dualad as da
from tests.machines import FIRST, SECOND, flat_jacobian

DIGITS = 50
_STEP = "1e-12"  # of differences of fourth order, in 50 digits: second ones keep 26 digits


def partial(f: Callable[..., Any], point: Sequence[Any], orders: Sequence[int]) -> Any:
    """A partial derivative of a function of mpmath's numbers, by high precision."""
    with mp.workdps(DIGITS):
        return _differences(f, [mp.mpf(float(x)) for x in point], list(orders))


def _differences(f: Callable[..., Any], point: list[Any], orders: list[int]) -> Any:
    if sum(orders) == 0:
        return f(*point)
    i = next(j for j, n in enumerate(orders) if n)
    lower = [n - (j == i) for j, n in enumerate(orders)]
    h = mp.mpf(_STEP) * (point[i] or 1)

    def at(k: int) -> Any:
        moved = list(point)
        moved[i] = point[i] + k * h
        return _differences(f, moved, lower)

    return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h)


def relative_errors(
    f: Callable[..., Any],
    exact: Callable[..., Any],
    points: Sequence[Sequence[float]],
    i: int,
) -> np.ndarray:
    """The relative errors of the derivative in argument i at points, where it is no underflow."""
    return errors_of(f, exact, points, i, size=False)


def errors_of(
    f: Callable[..., Any],
    exact: Callable[..., Any],
    points: Sequence[Sequence[float]],
    i: int,
    size: bool = True,
) -> np.ndarray:
    """The errors, relative to the derivative, or with `size` to the function where it is larger."""
    columns = [np.array(c, float) for c in zip(*points, strict=True)]

    def of_one(u: Any) -> Any:
        return f(*(u if j == i else c for j, c in enumerate(columns)))

    got = da.derivative(of_one)(columns[i])
    orders = [int(j == i) for j in range(len(columns))]
    errors = []
    for g, p in zip(got, points, strict=True):
        want = partial(exact, p, orders)
        unit = max(abs(want), abs(partial(exact, p, [0] * len(p)))) if size else abs(want)
        inside = 1e-290 < unit < 1e300
        errors.append(float(abs(mp.mpf(float(g)) - want) / unit) if inside else 0.0)
    return np.array(errors)


def check_machines(
    f: Callable[..., Any],
    exact: Callable[..., Any],
    point: Sequence[float],
    free: Sequence[int],
    rtol: float,
    second: float | None,
) -> None:
    """Every machine's first and second derivatives in the arguments `free` at one point.

    `second` is the bound of second derivatives, relative to the largest; None: they raise.
    """
    size = len(free)
    units = np.eye(len(point), dtype=int)[list(free)]
    want = np.array([float(partial(exact, point, tuple(u))) for u in units])

    def of_free(*xs: Any) -> Any:
        full: list[Any] = list(point)
        for i, x in zip(free, xs, strict=True):
            full[i] = x
        return f(*full)

    at = tuple(np.array([point[i]]) for i in free)
    for name, machine in FIRST.items():
        got = flat_jacobian(machine(of_free, at), (1,))
        np.testing.assert_allclose(got, want[None], rtol=rtol, err_msg=name)
    if second is None:
        return
    bend = np.array([[float(partial(exact, point, tuple(u + v))) for v in units] for u in units])
    for name, machine in SECOND.items():
        got = machine(of_free, at)
        np.testing.assert_allclose(
            np.reshape(got, (size, size)),
            bend,
            rtol=0,
            atol=second * np.abs(bend).max(),
            err_msg=name,
        )


def inverse_errors(
    f: Callable[..., Any],
    exact: Callable[..., Any],
    solved: int,
    at: int,
    point: Sequence[float],
    near: float = 1e-3,
) -> float:
    """The largest relative error of the gradient of an inverse function.

    Parameters
    ----------
    f : callable
        Its arguments are those of the distribution without the one that is `solved` for, and the
        probability at position `at`.
    exact : callable
        The distribution, in mpmath.
    point : sequence of float
        Arguments of the distribution.
    near : float
        How close SciPy's answer is.
    """
    args = [x for i, x in enumerate(point) if i != solved]
    with mp.workdps(DIGITS):
        args.insert(at, float(exact(*map(mp.mpf, point))))
    where = [i for i in range(len(point)) if i != solved]
    where.insert(at, solved)
    answer = float(f(*args))
    assert abs(answer / point[solved] - 1.0) < near  # SciPy searches, and stops early
    there = [answer if i == solved else x for i, x in enumerate(point)]
    slopes = [
        partial(exact, there, [int(i == j) for j in range(len(there))]) for i in range(len(there))
    ]
    want = [1 / slopes[solved] if i == solved else -slopes[i] / slopes[solved] for i in where]
    got = da.grad(lambda v: f(*v))(np.array(args))
    return max(float(abs((mp.mpf(float(g)) - w) / w)) for g, w in zip(got, want, strict=True))
