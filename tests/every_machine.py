"""One check for functions of real arrays: every machine against an independent derivative."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

import dualad as da
from tests.machines import FIRST, SECOND, differences, flat_jacobian, same_bits, size_of

# One machine of first order of each kind of number and of pass.
USUAL = ("dual by hand", "forward, chunks of 2", "reverse", "vjp", "hyper-dual")
# Machines of second order that differ in more than their chunks: one of each kind.
KINDS = ("hyper-dual, symmetric", "hessian reverse", "forward over reverse", "reverse over forward")


def real_vector(out: Any) -> Any:
    """All real and imaginary parts of an answer, or of a tuple of answers, as one vector."""
    if isinstance(out, (tuple, list)):
        return np.concatenate([real_vector(x) for x in out])
    out = np.reshape(out, (-1,))
    return np.concatenate((np.real(out), np.imag(out))) if out.dtype.kind == "c" else out


def columns(f: Callable[..., Any], x: np.ndarray) -> np.ndarray:
    """The matrix of a function of a vector that is linear but for a constant."""
    zero = f(np.zeros_like(x))
    return np.stack([f(e) - zero for e in np.eye(x.size, dtype=x.dtype)], axis=-1)


def as_vector(
    f: Callable[..., Any], point: Sequence[np.ndarray]
) -> tuple[Callable[[np.ndarray], Any], np.ndarray]:
    """f of one vector that holds all arguments, and that vector."""
    shapes = [np.shape(x) for x in point]
    cuts = np.cumsum([0, *(int(np.prod(s)) for s in shapes)])

    def joined(v: np.ndarray) -> Any:
        parts = [v[a:b].reshape(s) for a, b, s in zip(cuts, cuts[1:], shapes, strict=False)]
        return f(*[p if s else p[()] for p, s in zip(parts, shapes, strict=True)])

    return joined, np.concatenate([np.ravel(x) for x in point])


def check_values(f: Callable[..., Any], *point: Any) -> None:
    """The value under differentiation is the plain call's, bit for bit."""
    want = f(*point)
    zeros = tuple(np.ones(np.shape(x), np.asarray(x).dtype) for x in point)
    seen: list[Any] = []

    def watched(*args: Any) -> Any:
        out = f(*args)
        seen.append(out)
        return np.sum(real_vector(out))

    da.jvp(watched, point, zeros)
    da.vjp(watched, *point)
    primal: Any = lambda y: type(y)(map(primal, y)) if type(y) in (tuple, list) else da.primal(y)
    for out in seen:
        same_bits(primal(out), want)


def check(
    f: Callable[..., Any],
    *point: np.ndarray,
    linear: bool = False,
    second: bool = True,
    machines: Iterable[str] = USUAL,
    step: float = 0.02,
    rtol: float = 1e-9,
    atol: float = 1e-10,
) -> None:
    """Values, first and second derivatives of f at a point, by every machine.

    Parameters
    ----------
    f : callable
        Its answer may be complex, or a tuple.
    linear : bool
        The Jacobian is the plain function's answers to unit vectors; else central differences.
    second : bool
        Second derivatives too, of the squares of the answers, so that they are not zero.
    """
    check_values(f, *point)
    vector = lambda *args: real_vector(f(*args))
    joined, v = as_vector(vector, point)
    if linear:
        want, error = columns(joined, v), np.array(0.0)
    else:
        want, error = differences(joined, v, step)
    for name in machines:
        got = flat_jacobian(FIRST[name](vector, point), np.shape(vector(*point)))
        bad = np.abs(got - want) - (20 * error + rtol * np.abs(want) + atol)
        assert np.all(bad <= 0), f"{name}: off by {np.max(bad)}"
    if second:
        check_second(vector, point, step, 1e-7)


def check_second(
    vector: Callable[..., Any], point: Sequence[np.ndarray], step: float, tol: float
) -> None:
    """Hessians of a weighted sum of squares of the answers, against differences of gradients."""
    weights = np.cos(1.0 + np.arange(len(vector(*point))))

    def energy(*args: Any) -> Any:
        y = vector(*args)
        return np.sum(weights * y * y, keepdims=True)

    joined, v = as_vector(energy, point)
    want, error = differences(lambda u: da.jacobian(joined, mode="forward")(u), v, step)
    n = size_of(point)
    for name in KINDS:
        got = SECOND[name](energy, point)
        assert got.shape == (1, n, n)
        bad = np.abs(got - want) - (20 * error + tol * (1.0 + np.abs(want)))
        assert np.all(bad <= 0), f"{name}: off by {np.max(bad)}"
