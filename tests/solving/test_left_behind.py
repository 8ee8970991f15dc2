"""What a solver's function keeps on the side belongs to the solution, and moves with it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

import dualad as da


class Pipe:
    """A balance of flows; what is driven off is kept as attribute, in a dict and in an array."""

    def __init__(self, conductance):
        self.conductance = conductance
        self.kept = {}
        self.flows = np.zeros(2)

    def balance(self, x):
        flow = self.conductance * x
        self.heat = flow * self.conductance
        self.kept["heat"] = self.heat
        self.flows[0] = self.heat
        return flow - 3.0

    def balances(self, x):
        return np.array([self.balance(x[0])])

    def square(self, x):
        return self.balance(x) ** 2

    def squares(self, x):
        return self.balance(x[0]) ** 2

    def curve(self, t, x):
        return t + self.balance(x)


T = np.arange(4.0)
SOLVERS = {
    "brentq": lambda pipe: optimize.brentq(pipe.balance, 0.1, 10.0, xtol=1e-14),
    "newton": lambda pipe: optimize.newton(pipe.balance, 1.0, tol=1e-14),
    "root_scalar": lambda pipe: optimize.root_scalar(pipe.balance, bracket=(0.1, 10.0)).root,
    "root": lambda pipe: optimize.root(pipe.balances, [1.0]).x[0],
    "fsolve": lambda pipe: optimize.fsolve(pipe.balances, [1.0])[0],
    "least_squares": lambda pipe: optimize.least_squares(pipe.balances, [1.0]).x[0],
    "leastsq": lambda pipe: optimize.leastsq(pipe.balances, [1.0])[0][0],
    "curve_fit": lambda pipe: optimize.curve_fit(pipe.curve, T, T, p0=[1.0])[0][0],
    "minimize": lambda pipe: optimize.minimize(pipe.squares, [1.0], tol=1e-9).x[0],
    "minimize_scalar": lambda pipe: optimize.minimize_scalar(pipe.square).x,
    "brent": lambda pipe: optimize.brent(pipe.square),
    "fmin_bfgs": lambda pipe: optimize.fmin_bfgs(pipe.squares, [1.0], disp=False)[0],
}
KEPT = {
    "attribute": lambda pipe: pipe.heat,
    "dict": lambda pipe: pipe.kept["heat"],
    "array": lambda pipe: pipe.flows[0],
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize("solver", SOLVERS)
def test_what_is_kept_belongs_to_the_solution(solver, kept, mode):
    def f(p):
        pipe = Pipe(p)
        x = SOLVERS[solver](pipe)
        return KEPT[kept](pipe) + 0.0 * x  # 3 p, as x is 3 / p

    assert da.grad(f, mode=mode)(1.5) == pytest.approx(3.0, rel=1e-5)
