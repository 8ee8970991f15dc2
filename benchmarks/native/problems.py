"""What is compared: functions, points, derivatives by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import dualad as da

from ..problems import compiled, compiled_hand
from ..problems.odes import RATES


class Problem(NamedTuple):
    """One row of the table."""

    name: str
    f: Callable[..., Any]
    x: np.ndarray
    hand: Callable[..., Any]
    jax: tuple[str, ...]
    modes: tuple[str, ...]
    verb: Any = da.value_and_grad


BOTH = ("forward", "reverse")
EOS = np.array([0.3, 1.2, 0.05, 0.7, 2.0])


def problems() -> Iterator[Problem]:
    """All rows."""
    rng = np.random.default_rng(3)
    f, hand = compiled, compiled_hand

    def several(name: str, sizes: tuple[int, ...], g: Any, own: Any) -> Iterator[Problem]:
        for n in sizes:
            modes = BOTH if n <= 100 else ("reverse",)
            key = (g.__name__,)
            yield Problem(f"{name} n={n}", g, rng.random(n), own, key, modes)

    yield from several("Rosenbrock", (2, 10, 100, 1000), f.rosenbrock, hand.rosenbrock)
    yield from several("Ackley", (2, 10, 1000), f.ackley, hand.ackley)
    rk4 = ("lotka_volterra", "lotka_volterra reverse")
    by_rates = lambda p: hand.lotka_volterra(p, 1000)
    yield Problem("RK4, 4 parameters", f.thousand_steps, RATES, by_rates, rk4, BOTH)
    newton = ("cubic_equation",)
    yield Problem("Newton, n=5", f.cubic_equation, EOS, hand.cubic_equation, newton, BOTH)
    yield from several("N-body", (30, 300), f.n_body, hand.n_body)
    u, name = rng.random(128), "Brusselator 128x128"
    b = f.brusselator
    yield Problem(name, b, u, hand.brusselator, (b.__name__,), ("forward",), da.jacobian)
    for n in (5, 12):
        h, key = hand.rosenbrock_hessian, ("rosenbrock_hessian",)
        x = rng.random(n)
        yield Problem(f"Hessian n={n}", f.rosenbrock, x, h, key, ("forward",), da.hessian)


def derivative_of(found: Any) -> np.ndarray:
    """The derivative in an answer that may be ``(value, derivative)``."""
    return np.asarray(found[-1] if isinstance(found, tuple) else found)
