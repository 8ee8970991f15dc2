"""What a solver's function keeps on the side belongs to the root, and moves with it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

import dualad as da


class Pipe:
    """A balance of flows; the flow is kept as an attribute, in an array and in a dict."""

    def __init__(self, conductance):
        self.conductance = conductance
        self.kept = {}
        self.flows = np.zeros(2)

    def balance(self, x):
        self.flow = self.conductance * x
        self.kept["flow"] = self.flow
        self.flows[0] = self.flow
        return self.flow - 3.0

    def balances(self, x):
        return np.array([self.balance(x[0])])


SOLVERS = {
    "brentq": lambda pipe: optimize.brentq(pipe.balance, 0.1, 10.0, xtol=1e-14),
    "newton": lambda pipe: optimize.newton(pipe.balance, 1.0, tol=1e-14),
    "root_scalar": lambda pipe: optimize.root_scalar(pipe.balance, bracket=(0.1, 10.0)).root,
    "root": lambda pipe: optimize.root(pipe.balances, [1.0]).x[0],
    "fsolve": lambda pipe: optimize.fsolve(pipe.balances, [1.0])[0],
}
KEPT = {
    "attribute": lambda pipe: pipe.flow,
    "dict": lambda pipe: pipe.kept["flow"],
    "array": lambda pipe: pipe.flows[0],
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize("solver", SOLVERS)
def test_what_is_kept_belongs_to_the_root(solver, kept, mode):
    def f(p):
        pipe = Pipe(p)
        x = SOLVERS[solver](pipe)
        return KEPT[kept](pipe) + 0.0 * x  # 3, whatever the conductance is

    assert f(1.5) == pytest.approx(3.0)
    assert da.grad(f, mode=mode)(1.5) == pytest.approx(0.0, abs=1e-8)
