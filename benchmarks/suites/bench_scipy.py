"""SciPy's solvers end to end: by `dualad.scipy`, and as SciPy does it by itself."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import integrate, optimize

import dualad as da
import dualad.scipy as ds
from benchmarks.problems import find, rosenbrock
from benchmarks.problems.odes import STIFF
from benchmarks.scipy_ode.forward import RATES, solved

BY = ("dualad", "SciPy")


class LeastSquares:
    """A fit from the start to the end; SciPy takes differences."""

    params = (("curve fit", "NIST Thurber", "NIST Gauss1"), BY)
    param_names = ("problem", "by")

    def setup(self, name: str, by: str) -> None:
        problem = find(name)
        self.f, self.x = problem.flat(problem.make(200))
        self.solve: Callable[..., Any] = (ds if by == "dualad" else optimize).least_squares

    def time_fit(self, _name: str, _by: str) -> None:
        self.solve(self.f, self.x, x_scale="jac")


class Minimize:
    """Rosenbrock in ten variables."""

    params = (("BFGS", "L-BFGS-B", "trust-ncg"), BY)
    param_names = ("method", "by")

    def setup(self, method: str, by: str) -> None:
        self.x = np.linspace(-0.5, 1.5, 10)
        self.solve: Callable[..., Any] = (ds if by == "dualad" else optimize).minimize
        if method == "trust-ncg" and by == "SciPy":
            raise NotImplementedError("SciPy asks for derivatives there")

    def time_minimize(self, method: str, _by: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # differences that stop short of the tolerance
            self.solve(rosenbrock, self.x, method=method)


class InitialValue:
    """Stiff problems, cut short, by implicit methods."""

    params = (tuple(STIFF), ("BDF", "Radau"), BY)
    param_names = ("problem", "method", "by")

    def setup(self, name: str, method: str, by: str) -> None:
        self.problem = STIFF[name]
        self.solve: Callable[..., Any] = (ds if by == "dualad" else integrate).solve_ivp

    def time_solve(self, _name: str, method: str, _by: str) -> None:
        f, (start, end), y0, tolerances = self.problem
        self.solve(f, (start, end / 50.0), y0, method=method, **tolerances)


class Sensitivities:
    """Of predators and prey at 21 times, in four rates; "plain" is SciPy's solution alone."""

    params = (("RK45", "BDF"), ("plain", "forward"))
    param_names = ("method", "what")

    def setup(self, method: str, what: str) -> None:
        def plain(rates: Any) -> Any:
            return solved(integrate.solve_ivp, rates, method, 1e-6)

        self.run: Callable[..., Any] = plain
        if what == "forward":
            self.run = da.jacobian(plain, mode="forward")
        self.run(RATES)

    def time_solve(self, _method: str, _what: str) -> None:
        self.run(RATES)
