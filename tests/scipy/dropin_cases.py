"""Functions for the tests of `dualad.scipy`, which count how often they are evaluated."""

from __future__ import annotations

import functools
import inspect
import threading

import numpy as np

import dualad as da


class Counted:
    """A function that counts its calls, and remembers the plain value of every point."""

    def __init__(self, f):
        self.f, self.calls, self.points = f, 0, []
        self._lock = threading.Lock()
        functools.update_wrapper(self, f, updated=())

    def __call__(self, x, *args, **keywords):
        with self._lock:
            self.calls += 1
            self.points.append(np.asarray(da.primal(x), float).tobytes())
        return self.f(x, *args, **keywords)


def bowl(x, scale=1.0, shift=0.0):
    """Convex, with its minimum at shift + log(2) and a Hessian that varies."""
    return scale * np.sum(np.exp(x - shift) - 2.0 * x)


BOWL = np.log(2.0)

TIMES = np.linspace(0.0, 3.0, 30)
TRUE = np.array([2.5, 1.3, 0.5])


def decay(t, a, b, c):
    return a * np.exp(-b * t) + c


DATA = decay(TIMES, *TRUE)


def residuals(p):
    return decay(TIMES, *p) - DATA


def system(x):
    """The example of SciPy's `fsolve`: its root is (6.50409711, 0.90841421)."""
    return [x[0] * np.cos(x[1]) - 4.0, x[1] * x[0] - x[1] - 5.0]


ROOT = np.array([6.504097110580951, 0.908414212733411])


def waves(x):
    """A few minima; the least is 0, at (0, ..., 0)."""
    return np.sum(0.2 * x * x - np.cos(2.0 * x)) + np.size(x)


def seeded(function, seed=1):
    """SciPy's keyword of this release for a seed."""
    name = "rng" if "rng" in inspect.signature(function).parameters else "seed"
    return {name: seed}
