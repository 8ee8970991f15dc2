"""asv: derivatives of compiled functions, whole calls from Python."""

from __future__ import annotations

from typing import Any

import numpy as np

import dualad as da

from .problems import compiled


class Gradients:
    """Gradients of compiled functions, after their compilation."""

    params = (["rosenbrock", "ackley"], [10, 1000])
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
