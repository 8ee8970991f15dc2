"""What a patient user writes: the value and the derivative in one compiled function.

The names are those of the functions in `compiled`; Jacobians and Hessians come alone.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit


@njit
def rosenbrock(x):
    g = np.zeros(len(x))
    total = 0.0
    for i in range(len(x) - 1):
        a, b = x[i + 1] - x[i] ** 2, 1.0 - x[i]
        total += 100.0 * a**2 + b**2
        g[i] += -400.0 * a * x[i] - 2.0 * b
        g[i + 1] += 200.0 * a
    return total, g


@njit
def rosenbrock_hessian(x):
    n = len(x)
    h = np.zeros((n, n))
    for i in range(n - 1):
        h[i, i] += 1200.0 * x[i] ** 2 - 400.0 * x[i + 1] + 2.0
        h[i + 1, i + 1] += 200.0
        h[i, i + 1] = h[i + 1, i] = -400.0 * x[i]
    return h


@njit
def ackley(x):
    n = len(x)
    s = c = 0.0
    for i in range(n):
        s += x[i] * x[i]
        c += math.cos(2.0 * math.pi * x[i])
    root = math.sqrt(s / n)
    first, second = math.exp(-0.2 * root), math.exp(c / n)
    g = np.empty(n)
    left, right = 4.0 * first / (root * n), 2.0 * math.pi * second / n
    for i in range(n):
        g[i] = left * x[i] + right * math.sin(2.0 * math.pi * x[i])
    return -20.0 * first - second + 20.0 + math.e, g


@njit(inline="always")
def _stage(p, x, y, sx, sy, dk, dl):
    """Slopes of a Lotka-Volterra state, and of its sensitivities into dk and dl."""
    a, b, c, d = p
    for i in range(4):
        dk[i] = (a - b * y) * sx[i] - b * x * sy[i]
        dl[i] = c * y * sx[i] + (c * x - d) * sy[i]
    dk[0] += x
    dk[1] -= x * y
    dl[2] += x * y
    dl[3] -= y
    return a * x - b * x * y, c * x * y - d * y


@njit
def lotka_volterra(p, steps):
    x, y, h = 1.0, 1.0, 10.0 / steps
    q = p[0], p[1], p[2], p[3]
    sx, sy, ux, uy = np.zeros(4), np.zeros(4), np.zeros(4), np.zeros(4)
    dk, dl = np.zeros((4, 4)), np.zeros((4, 4))
    for _ in range(steps):
        k1, l1 = _stage(q, x, y, sx, sy, dk[0], dl[0])
        for i in range(4):
            ux[i], uy[i] = sx[i] + 0.5 * h * dk[0, i], sy[i] + 0.5 * h * dl[0, i]
        k2, l2 = _stage(q, x + 0.5 * h * k1, y + 0.5 * h * l1, ux, uy, dk[1], dl[1])
        for i in range(4):
            ux[i], uy[i] = sx[i] + 0.5 * h * dk[1, i], sy[i] + 0.5 * h * dl[1, i]
        k3, l3 = _stage(q, x + 0.5 * h * k2, y + 0.5 * h * l2, ux, uy, dk[2], dl[2])
        for i in range(4):
            ux[i], uy[i] = sx[i] + h * dk[2, i], sy[i] + h * dl[2, i]
        k4, l4 = _stage(q, x + h * k3, y + h * l3, ux, uy, dk[3], dl[3])
        for i in range(4):
            sx[i] += h / 6.0 * (dk[0, i] + 2.0 * dk[1, i] + 2.0 * dk[2, i] + dk[3, i])
            sy[i] += h / 6.0 * (dl[0, i] + 2.0 * dl[1, i] + 2.0 * dl[2, i] + dl[3, i])
        x += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        y += h / 6.0 * (l1 + 2.0 * l2 + 2.0 * l3 + l4)
    return x + y, sx + sy


@njit
def n_body(x):
    n = len(x) // 3
    g = np.zeros(len(x))
    total = 0.0
    for i in range(n):
        for j in range(i):
            dx, dy = x[3 * i] - x[3 * j], x[3 * i + 1] - x[3 * j + 1]
            dz = x[3 * i + 2] - x[3 * j + 2]
            r = dx * dx + dy * dy + dz * dz + 1e-3
            inverse = 1.0 / math.sqrt(r)
            total -= inverse
            w = inverse / r
            g[3 * i] += w * dx
            g[3 * i + 1] += w * dy
            g[3 * i + 2] += w * dz
            g[3 * j] -= w * dx
            g[3 * j + 1] -= w * dy
            g[3 * j + 2] -= w * dz
    return total, g


@njit
def brusselator(u):
    n = int(math.sqrt(len(u) / 2) + 0.5)
    m = n * n
    jac = np.zeros((2 * m, 2 * m))
    alpha = 0.01 * (n - 1) ** 2
    for i in range(n):
        for j in range(n):
            k = i * n + j
            a, b = u[k], u[m + k]
            near = (
                ((i + 1) % n) * n + j,
                ((i - 1) % n) * n + j,
                i * n + (j - 1) % n,
                i * n + (j + 1) % n,
            )
            for q in near:
                jac[k, q] += alpha
                jac[m + k, m + q] += alpha
            jac[k, k] += 2.0 * a * b - 4.4 - 4.0 * alpha
            jac[k, m + k] += a * a
            jac[m + k, k] += 3.4 - 2.0 * a * b
            jac[m + k, m + k] += -a * a - 4.0 * alpha
    return jac


@njit
def cubic_equation(x):
    """By the implicit function theorem at the root."""
    z = 1.0
    a, b = x[0] * x[3] / x[1], x[2] * x[3]
    for _ in range(50):
        f = z**3 - (1.0 - b) * z**2 + (a - 3.0 * b * b - 2.0 * b) * z - (a * b - b * b)
        g = 3.0 * z**2 - 2.0 * (1.0 - b) * z + a - 3.0 * b * b - 2.0 * b
        step = f / g
        z -= step
        if abs(step) < 1e-13:
            break
    g = 3.0 * z**2 - 2.0 * (1.0 - b) * z + a - 3.0 * b * b - 2.0 * b
    za = -(z - b) / g
    zb = -(z * z - (6.0 * b + 2.0) * z - a + 2.0 * b) / g
    out = np.empty(5)
    out[0] = x[4] * za * x[3] / x[1]
    out[1] = -x[4] * za * a / x[1]
    out[2] = x[4] * zb * x[3]
    out[3] = x[4] * (za * x[0] / x[1] + zb * x[2])
    out[4] = z
    return z * x[4], out
