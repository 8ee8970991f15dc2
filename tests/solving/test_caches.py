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
@pytest.mark.parametrize("solve", [_root, _system], ids=lambda f: f.__name__)
def test_kept_values_are_refused(solve, mode):
    with pytest.raises((da.InputError, da.EscapeError), match="a cache"):
        da.jacobian(solve, mode=mode)(P)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
def test_plain_runs_keep_their_values_to_themselves(mode):
    found = da.jacobian(_integral, mode=mode)(P)
    np.testing.assert_allclose(found, [1.0 - np.exp(-1.0), 1.0], rtol=1e-12)


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


class Remembering:
    """Computes a rate once, and keeps it under a name."""

    def __init__(self, k):
        self.k, self.memo = k, {}

    def rhs(self, _t, y):
        if "rate" not in self.memo:
            self.memo["rate"] = 2.0 * self.k
        return -self.memo["rate"] * y

    def balance(self, x):
        return self.rhs(0.0, x) + 3.0


def _closing_over(k):
    memo: dict = {}

    def rate():
        if "rate" not in memo:
            memo["rate"] = 2.0 * k
        return memo["rate"]

    return lambda _t, y: -rate() * y


NAMED = {
    "solve_ivp": (
        lambda k: integrate.solve_ivp(Remembering(k).rhs, (0, 1), [1.0], rtol=1e-10).y[0, -1],
        lambda k: -2.0 * np.exp(-2.0 * k),
    ),
    "solve_ivp, closure": (
        lambda k: integrate.solve_ivp(_closing_over(k), (0, 1), [1.0], rtol=1e-10).y[0, -1],
        lambda k: -2.0 * np.exp(-2.0 * k),
    ),
    "odeint": (
        lambda k: integrate.odeint(Remembering(k).rhs, 1.0, [0.0, 1.0], tfirst=True, rtol=1e-10)[
            -1, 0
        ],
        lambda k: -2.0 * np.exp(-2.0 * k),
    ),
    "brentq": (
        lambda k: optimize.brentq(Remembering(k).balance, 0.0, 10.0, xtol=1e-14),
        lambda k: -1.5 / k**2,
    ),
    "quad": (
        lambda k: integrate.quad(Remembering(k).balance, 0.0, 1.0)[0],
        lambda k: -1.0 + 0.0 * k,
    ),
}


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", NAMED)
def test_caches_by_name(name, mode):
    f, slope = NAMED[name]
    for _ in range(2):
        assert da.grad(f, mode=mode)(0.7) == pytest.approx(slope(0.7), rel=1e-6)
