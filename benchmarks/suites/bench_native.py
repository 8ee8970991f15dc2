"""Derivatives of compiled functions, whole calls from Python (asv)."""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np

import dualad as da
from benchmarks.problems import compiled, find


class Gradients:
    """Gradients of compiled functions, after their compilation."""

    params = (("rosenbrock", "ackley"), (10, 1000))
    param_names = ("function", "n")
    timeout = 120.0

    def setup(self, name: str, n: int) -> None:
        self.x = np.random.default_rng(3).random(n)
        self.f: Any = getattr(compiled, name)
        self.gradient = da.value_and_grad(self.f)
        self.out = np.empty(n)
        self.gradient(self.x)

    def time_function(self, name: str, n: int) -> None:
        self.f(self.x)

    def time_value_and_grad(self, name: str, n: int) -> None:
        self.gradient(self.x)

    def time_out(self, name: str, n: int) -> None:
        self.gradient(self.x, out=self.out)


class Problems:
    """The other problems with a compiled form, in both modes, beside derivatives by hand."""

    params = (("Lotka-Volterra", "N-body", "Brusselator"), ("function", "hand", "auto"))
    param_names = ("problem", "what")
    timeout = 120.0

    def setup(self, name: str, what: str) -> None:
        problem = find(name)
        self.inputs = problem.make(problem.sizes[1])
        verb = da.grad if problem.kind == "grad" else da.jacobian
        self.run: Any = problem.numba() if what == "function" else problem.numba_hand()
        if what == "auto":
            self.run = verb(problem.numba())
        self.run(*self.inputs)

    def time_call(self, _name: str, _what: str) -> None:
        self.run(*self.inputs)


class SmallCalls:
    """Calls that take little but the way from Python and back."""

    params = ("derivative", "second derivative", "grad", "hessian", "hvp")
    param_names = ("what",)
    timeout = 120.0

    def setup(self, what: str) -> None:
        x = np.random.default_rng(3).random(6)
        f: Any = compiled.rosenbrock
        self.run, self.inputs = {
            "derivative": (da.derivative(_wave), (0.3,)),
            "second derivative": (da.derivative(_wave, order=2), (0.3,)),
            "grad": (da.grad(f), (x,)),
            "hessian": (da.hessian(f), (x,)),
            "hvp": (da.hvp(f), (x, x)),
        }[what]
        self.run(*self.inputs)

    def time_call(self, _what: str) -> None:
        self.run(*self.inputs)


@numba.njit
def _wave(x: float) -> float:
    return math.exp(-x * x) * math.sin(3.0 * x)
