"""Functions compiled with Numba, as users write them: loops over numbers.

Each of them gives what the NumPy function of the same name gives.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from . import odes


@njit
def rosenbrock(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


@njit
def ackley(x):
    n = len(x)
    s = c = 0.0
    for i in range(n):
        s += x[i] * x[i]
        c += math.cos(2.0 * math.pi * x[i])
    return -20.0 * math.exp(-0.2 * math.sqrt(s / n)) - math.exp(c / n) + 20.0 + math.e


# Numbers only: this one needs no version of its own.
lotka_volterra = njit(odes.lotka_volterra)


@njit
def thousand_steps(p):
    """`lotka_volterra` as a function of its rates alone."""
    return lotka_volterra(p, 1000)


@njit
def n_body(x):
    n = len(x) // 3
    total = 0.0
    for i in range(n):
        for j in range(i):
            dx, dy = x[3 * i] - x[3 * j], x[3 * i + 1] - x[3 * j + 1]
            dz = x[3 * i + 2] - x[3 * j + 2]
            total -= 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz + 1e-3)
    return total


@njit
def brusselator(u):
    n = int(math.sqrt(len(u) / 2) + 0.5)
    out = np.empty(2 * n * n)
    alpha = 0.01 * (n - 1) ** 2
    for i in range(n):
        for j in range(n):
            k = i * n + j
            a, b = u[k], u[n * n + k]
            up, down = ((i + 1) % n) * n + j, ((i - 1) % n) * n + j
            left, right = i * n + (j - 1) % n, i * n + (j + 1) % n
            la = u[up] + u[down] + u[left] + u[right] - 4.0 * a
            m = n * n
            lb = u[m + up] + u[m + down] + u[m + left] + u[m + right] - 4.0 * b
            out[k] = 1.0 + a * a * b - 4.4 * a + alpha * la
            out[n * n + k] = 3.4 * a - a * a * b + alpha * lb
    return out


@njit
def cubic_equation(x):
    z = 1.0
    a, b = x[0] * x[3] / x[1], x[2] * x[3]
    for _ in range(50):
        f = z**3 - (1.0 - b) * z**2 + (a - 3.0 * b * b - 2.0 * b) * z - (a * b - b * b)
        g = 3.0 * z**2 - 2.0 * (1.0 - b) * z + a - 3.0 * b * b - 2.0 * b
        step = f / g
        z -= step
        if abs(step) < 1e-13:
            break
    return z * x[4]
