"""Points and checks for functions of matrices: every machine against Richardson differences.

A case is a function of real arrays. Complex matrices enter as real and imaginary parts, and every
answer is flattened to one real vector, so that the same machines serve all of them.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from dualad import DerivativeWarning
from tests.machines import FIRST, SECOND, Watched, differences, flat_jacobian, same_bits

Function = Callable[..., Any]
# The machines that differ in kind; the others share their code.
QUICK_FIRST = ("dual by hand", "forward", "reverse", "hyper-dual")
QUICK_SECOND = (
    "hyper-dual, two sets",
    "hessian reverse",
    "forward over forward",
    "forward over reverse",
    "reverse over forward",
    "reverse over reverse",
)
FEW_SECOND = ("hyper-dual, two sets", "hessian reverse")


def flat(out: Any) -> Any:
    """All answers, real and imaginary parts, as one vector."""
    if isinstance(out, (tuple, list)):
        return np.concatenate([flat(x) for x in out])
    out = np.reshape(out, -1)
    if out.dtype.kind != "c":
        return out * 1.0
    return np.concatenate((np.real(out), np.imag(out)))


def matrix(*shape: int, seed: int = 0) -> np.ndarray:
    """A well-conditioned matrix, or a stack of them, with well-separated spectra."""
    rng = np.random.default_rng(sum(shape) * 7 + len(shape) + seed)
    a = rng.standard_normal(shape) * 0.3
    diagonal = np.arange(1, min(shape[-2:]) + 1)
    a[..., range(len(diagonal)), range(len(diagonal))] += diagonal
    return a


def symmetric(*shape: int, seed: int = 0) -> np.ndarray:
    """A symmetric positive definite matrix with well-separated eigenvalues."""
    a = matrix(*shape, seed=seed)
    return a @ np.swapaxes(a, -1, -2) + 0.1 * np.eye(shape[-1])


def antisymmetric(n: int, seed: int = 0) -> np.ndarray:
    a = np.random.default_rng(n + seed).standard_normal((n, n)) * 0.4
    return a - a.T


def joined(point: tuple[np.ndarray, ...]) -> np.ndarray:
    return np.concatenate([np.ravel(x) for x in point])


def of_vector(f: Function, point: tuple[np.ndarray, ...]) -> Function:
    """f of one vector that holds all arguments, with a flat answer."""
    cuts = np.cumsum([0, *(math.prod(np.shape(x)) for x in point)])

    def function(v: Any) -> Any:
        parts = [
            np.reshape(v[i:j], np.shape(x)) for i, j, x in zip(cuts, cuts[1:], point, strict=False)
        ]
        return flat(f(*parts))

    return function


def weights(n: int) -> np.ndarray:
    return np.cos(1.7 * np.arange(n) + 0.4)


def check_first(
    f: Function,
    point: tuple[np.ndarray, ...],
    machines: tuple[str, ...] = tuple(FIRST),
    step: float = 0.004,
    rtol: float = 1e-7,
) -> None:
    """First derivatives by every machine; the differences say how well they know it."""
    plain = of_vector(f, point)
    want, error = differences(plain, joined(point), step)
    scale = np.abs(want).max(initial=1e-3)
    assert error.max(initial=0.0) <= rtol * scale, "the differences are no yardstick here"
    for name in machines:
        got = flat_jacobian(FIRST[name](lambda *xs: flat(f(*xs)), point), want.shape[:-1])
        np.testing.assert_allclose(got, want, rtol=0, atol=2 * rtol * scale, err_msg=name)


def check_second(
    f: Function,
    point: tuple[np.ndarray, ...],
    machines: tuple[str, ...] = FEW_SECOND,
    step: float = 0.004,
    rtol: float = 1e-6,
) -> None:
    """Second derivatives of a weighted sum of the answers and their squares, in two directions."""
    n = len(of_vector(f, point)(joined(point)))

    def loss(*xs: Any) -> Any:
        y = flat(f(*xs))
        return np.sum(weights(n) * y) + 0.5 * np.sum(weights(n) * y * y)

    def slope(v: np.ndarray) -> np.ndarray:
        parts, start = [], 0
        for x in point:
            parts.append(v[start : start + np.size(x)].reshape(np.shape(x)))
            start += np.size(x)
        return np.concatenate([g.ravel() for g in FIRST["reverse"](loss, tuple(parts))])

    origin = joined(point)
    directions = np.stack([weights(origin.size), np.sin(3.1 * np.arange(origin.size) + 1.0)])
    want, error = differences(lambda t: slope(origin + t @ directions), np.zeros(2), step)
    scale = np.abs(want).max(initial=1e-3)
    assert error.max(initial=0.0) <= rtol * scale, "the differences are no yardstick here"
    for name in machines:
        got = SECOND[name](loss, point) @ directions.T
        np.testing.assert_allclose(got, want, rtol=0, atol=2 * rtol * scale, err_msg=name)


def check_undefined(f: Callable[[], Any], words: str = "NaN") -> None:
    """f gives a NaN somewhere, and a warning that says why."""
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        got = f()
    assert np.isnan(got).any()
    assert any(words in str(w.message) and w.category is DerivativeWarning for w in seen)


def check_value(f: Function, point: tuple[np.ndarray, ...]) -> None:
    """What f returns under differentiation has the bits and the types of the plain call."""
    want = f(*point)
    for machine in ("dual by hand", "reverse", "hyper-dual"):
        watched = Watched(f)

        def flattened(*xs: Any, watched: Watched = watched) -> Any:
            return flat(watched(*xs))

        FIRST[machine](flattened, point)
        assert watched.seen
        for seen in watched.seen:
            same_bits(seen, want)
