"""Whole derivatives: Jacobians, gradients, Hessians and products with them."""

from __future__ import annotations

from typing import Any

import numpy as np

import dualad as da
from benchmarks import families, problems


class Jacobian:
    """In the mode that is chosen, and in both."""

    params = (("curve fit", "Brusselator"), ("auto", "forward", "reverse"))
    param_names = ("problem", "mode")

    def setup(self, problem: str, mode: str) -> None:
        chosen = problems.find(problem)
        f, self.x = chosen.flat(chosen.make(16 if problem == "Brusselator" else 200))
        self.jacobian = da.jacobian(f, mode=mode)
        self.jacobian(self.x)

    def time_call(self, _problem: str, _mode: str) -> None:
        self.jacobian(self.x)

    def peakmem_call(self, _problem: str, _mode: str) -> None:
        self.jacobian(self.x)


class Family:
    """The families on which the choice of a mode is measured."""

    params = (tuple(families.FAMILIES), ((10, 10), (300, 3), (3, 300), (300, 300)))
    param_names = ("family", "n, m")

    def setup(self, family: str, sizes: tuple[int, int]) -> None:
        self.x = families.point(sizes[0])
        self.jacobian = da.jacobian(families.FAMILIES[family](*sizes))
        self.jacobian(self.x)

    def time_call(self, _family: str, _sizes: tuple[int, int]) -> None:
        self.jacobian(self.x)


class Rosenbrock:
    """A scalar function of many inputs."""

    params = (10, 1000, 1_000_000)
    param_names = ("n",)

    def setup(self, n: int) -> None:
        self.x = np.linspace(-1.0, 1.0, n)
        self.gradient: Any = da.grad(problems.rosenbrock)
        self.product: Any = da.hvp(problems.rosenbrock)
        self.gradient(self.x)
        self.product(self.x, self.x)

    def time_value(self, _n: int) -> None:
        problems.rosenbrock(self.x)

    def time_gradient(self, _n: int) -> None:
        self.gradient(self.x)

    def time_hessian_product(self, _n: int) -> None:
        self.product(self.x, self.x)

    def peakmem_gradient(self, _n: int) -> None:
        self.gradient(self.x)


class Hessian:
    """In the mode that is chosen, and in both."""

    params = ((5, 50), ("auto", "forward", "reverse"))
    param_names = ("n", "mode")

    def setup(self, n: int, mode: str) -> None:
        self.x = np.linspace(0.1, 1.3, n)
        self.hessian = da.hessian(problems.ackley, mode=mode)
        self.hessian(self.x)

    def time_call(self, _n: int, _mode: str) -> None:
        self.hessian(self.x)
