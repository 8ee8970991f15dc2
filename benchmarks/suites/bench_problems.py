"""Gradients, Jacobians and Hessians over the shared problems and their sizes."""

from __future__ import annotations

from typing import Any

import numpy as np

import dualad as da
from benchmarks.problems import PROBLEMS, find, published, rosenbrock

REGRESSIONS = ("NIST Thurber", "NIST Gauss1")  # 25 more are of their kind
CHOSEN = [p for p in PROBLEMS if not p.name.startswith("NIST") or p.name in REGRESSIONS]
MAIN = [f"{p.name} | {size}" for p in CHOSEN for size in p.sizes]
HESSIANS = [f"{p.name} | {s}" for p in CHOSEN if "hessian" in p.kinds for s in p.sizes if s <= 100]
VERBS = {"grad": da.grad, "jacobian": da.jacobian}


class MainDerivative:
    """The gradient or the Jacobian, as the problem has it, in the mode that is chosen."""

    params = (tuple(MAIN),)
    param_names = ("problem | size",)
    timeout = 300.0

    def setup(self, case: str) -> None:
        name, size = case.split(" | ")
        problem = find(name)
        self.f, self.x = problem.flat(problem.make(by_text(name)[size]))
        self.derivative: Any = VERBS[problem.kind](self.f)
        self.derivative(self.x)

    def time_value(self, _case: str) -> None:
        self.f(self.x)

    def time_derivative(self, _case: str) -> None:
        self.derivative(self.x)


class Hessian:
    """In the mode that is chosen, and a product with it."""

    params = (tuple(HESSIANS),)
    param_names = ("problem | size",)
    timeout = 300.0

    def setup(self, case: str) -> None:
        name, size = case.split(" | ")
        problem = find(name)
        f, self.x = problem.flat(problem.make(by_text(name)[size]))
        self.hessian, self.product = da.hessian(f), da.hvp(f)
        self.v = np.ones_like(self.x)
        self.hessian(self.x)
        self.product(self.x, self.v)

    def time_hessian(self, _case: str) -> None:
        self.hessian(self.x)

    def time_product(self, _case: str) -> None:
        self.product(self.x, self.v)


class Published:
    """ADBench's own inputs, the small ones."""

    params = (("gmm_1k_gmm_d2_K5.txt", "hand1_t26_c100.txt", "ba_test.txt", "lstm_l2_c1024.txt"),)
    param_names = ("file",)
    timeout = 300.0

    def setup(self, file: str) -> None:
        problem = next(p for p in PROBLEMS if file in p.files)
        self.f, self.x = problem.flat(published(problem, file))
        self.derivative: Any = VERBS[problem.kind](self.f)
        self.derivative(self.x)

    def time_value(self, _file: str) -> None:
        self.f(self.x)

    def time_derivative(self, _file: str) -> None:
        self.derivative(self.x)


class Large:
    """A scalar function of many inputs."""

    params = ((1000, 100_000, 1_000_000),)
    param_names = ("n",)

    def setup(self, n: int) -> None:
        self.x = np.linspace(-1.0, 1.0, n)
        self.gradient: Any = da.grad(rosenbrock)
        self.product: Any = da.hvp(rosenbrock)
        self.gradient(self.x)
        self.product(self.x, self.x)

    def time_value(self, _n: int) -> None:
        rosenbrock(self.x)

    def time_gradient(self, _n: int) -> None:
        self.gradient(self.x)

    def time_hessian_product(self, _n: int) -> None:
        self.product(self.x, self.x)


def by_text(name: str) -> dict[str, Any]:
    """The sizes of a problem, as they stand in the cases."""
    return {str(size): size for size in find(name).sizes}
