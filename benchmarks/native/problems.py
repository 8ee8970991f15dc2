"""What is compared: functions, points, derivatives by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import dualad as da

from ..problems import compiled, compiled_hand, odes, smooth
from ..problems.odes import RATES


class Jax(NamedTuple):
    """The same in jax: a NumPy function, or the name of a form in `benchmarks.peers.forms`."""

    f: Callable[..., Any] | None
    form: str = ""
    verbs: tuple[str, ...] = ("value_and_grad",)  # a second one is in reverse mode


class Problem(NamedTuple):
    """One row of the table."""

    name: str
    f: Callable[..., Any]
    x: np.ndarray
    hand: Callable[..., Any]
    jax: Jax
    modes: tuple[str, ...]
    verb: Any = da.value_and_grad


BOTH = ("forward", "reverse")
EOS = np.array([0.3, 1.2, 0.05, 0.7, 2.0])


def problems() -> Iterator[Problem]:
    """All rows."""
    rng = np.random.default_rng(3)
    f, hand = compiled, compiled_hand

    def several(name: str, sizes: tuple[int, ...], key: str) -> Iterator[Problem]:
        for n in sizes:
            modes = BOTH if n <= 100 else ("reverse",)
            own, jax = getattr(hand, key), Jax(getattr(smooth, key))
            yield Problem(f"{name} n={n}", getattr(f, key), rng.random(n), own, jax, modes)

    yield from several("Rosenbrock", (2, 10, 100, 1000), "rosenbrock")
    yield from several("Ackley", (2, 10, 1000), "ackley")
    rk4 = Jax(None, "Lotka-Volterra", ("jacfwd", "value_and_grad"))
    by_rates = lambda p: hand.lotka_volterra(p, 1000)
    yield Problem("RK4, 4 parameters", f.thousand_steps, RATES, by_rates, rk4, BOTH)
    newton = Jax(None, "cubic equation", ("jacfwd",))
    yield Problem("Newton, n=5", f.cubic_equation, EOS, hand.cubic_equation, newton, BOTH)
    yield from several("N-body", (30, 300), "n_body")
    u, name = rng.random(128), "Brusselator 128x128"
    jax = Jax(odes.brusselator, verbs=("jacfwd",))
    yield Problem(name, f.brusselator, u, hand.brusselator, jax, ("forward",), da.jacobian)
    for n in (5, 12):
        h, jax = hand.rosenbrock_hessian, Jax(smooth.rosenbrock, verbs=("hessian",))
        x = rng.random(n)
        yield Problem(f"Hessian n={n}", f.rosenbrock, x, h, jax, ("forward",), da.hessian)


def derivative_of(found: Any) -> np.ndarray:
    """The derivative in an answer that may be ``(value, derivative)``."""
    return np.asarray(found[-1] if isinstance(found, tuple) else found)
