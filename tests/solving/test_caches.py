"""Functions that keep values: what a plain call has left has no derivatives, and is never taken."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, optimize

import dualad as da

P = np.array([1.3, 0.7])


def _by_dictionary(function):
    kept = {}

    def f(x):
        if float(x) not in kept:
            kept[float(x)] = function(x)
        return kept[float(x)]

    return f


def _root(p):
    return optimize.brentq(_by_dictionary(lambda x: p[0] * x**3 - p[1]), -10.0, 10.0)


def _integral(p):
    return integrate.quad(_by_dictionary(lambda x: p[0] * np.exp(-x) + p[1]), 0.0, 1.0)[0]


class Newest:
    """Remembers the newest point, as code does that shares value and derivative."""

    def __init__(self, p):
        self.p, self.x, self.value = p, None, None

    def __call__(self, x):
        if self.x is None or np.any(x != self.x):
            self.x, self.value = np.copy(x), x**3 - self.p
        return self.value


def _system(p):
    return optimize.root(Newest(p), np.ones(2)).x


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("solve", [_root, _integral, _system], ids=lambda f: f.__name__)
def test_kept_values_are_refused(solve, mode):
    with pytest.raises(da.InputError, match="an earlier call of it has kept"):
        da.jacobian(solve, mode=mode)(P)


def test_a_function_that_needs_no_number():
    def root(p):
        model = {"rate": p[0], "root": 2.0}
        return optimize.brentq(lambda x: x**3 - model["root"], 0.0, 5.0) + 0.0 * p[0]

    assert not np.any(da.grad(root)(P))


def test_the_question_is_not_asked_outside_of_the_domain():
    def area(p):
        """The integrand is constant at its ends, where it is not defined a little further."""

        def f(x):
            if not 0.0 <= x <= 1.0:
                raise ValueError("outside")
            return 1.0 if x < 0.5 else 1.0 + p[0] * (x - 0.5)

        return integrate.quad(f, 0.0, 1.0, points=[0.5])[0]

    assert np.isclose(da.grad(area)(P)[0], 0.125, rtol=1e-10)
