"""Models at the top level of a module, which worker processes can import; see test_dgsm.py."""

from __future__ import annotations

import numpy as np

A = np.array([0.0, 1.0, 4.5, 9.0])


def ishigami(x):
    return np.sin(x[0]) + 7.0 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])


def g_function(x):
    return np.prod((np.abs(4.0 * x - 2.0) + A) / (1.0 + A))


def linear(a, b, scale=1.0, label="none"):
    return scale * (2.0 * a - 3.0 * b)


def decay(rate, start):
    return {"y": start * np.exp(-rate * np.linspace(0.0, 2.0, 5)), "half": np.log(2.0) / rate}


def fails_above(a, b):
    if a > 0.8:
        raise ArithmeticError(f"no convergence at {a:.3f}")
    return a * b


def not_finite(a):
    return np.log(a)


def grows(a):
    return np.ones(2 if a < 0.5 else 3) * a


def dies(a):
    import os

    if a > 0.5:
        os._exit(3)
    return a


def warns(a):
    return a if a == 0.5 else a * 2.0 if a > 0.5 else a * 3.0 - 0.5
