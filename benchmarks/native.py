"""Derivatives of compiled functions: whole calls from Python, as ratios to the function itself.

`python -m benchmarks.native` prints the table: best of many short slices, all cases of one problem
in turn.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

import dualad as da


@njit
def rosenbrock(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


@njit
def rosenbrock_by_hand(x):
    g = np.zeros(len(x))
    total = 0.0
    for i in range(len(x) - 1):
        a, b = x[i + 1] - x[i] ** 2, 1.0 - x[i]
        total += 100.0 * a**2 + b**2
        g[i] += -400.0 * a * x[i] - 2.0 * b
        g[i + 1] += 200.0 * a
    return total, g


@njit
def ackley(x):
    n = len(x)
    s = c = 0.0
    for i in range(n):
        s += x[i] * x[i]
        c += math.cos(2.0 * math.pi * x[i])
    return -20.0 * math.exp(-0.2 * math.sqrt(s / n)) - math.exp(c / n) + 20.0 + math.e


@njit
def lotka_volterra(p):
    x, y, h = 1.0, 1.0, 0.01
    a, b, c, d = p[0], p[1], p[2], p[3]
    for _ in range(1000):
        k1, l1 = a * x - b * x * y, c * x * y - d * y
        u, v = x + 0.5 * h * k1, y + 0.5 * h * l1
        k2, l2 = a * u - b * u * v, c * u * v - d * v
        u, v = x + 0.5 * h * k2, y + 0.5 * h * l2
        k3, l3 = a * u - b * u * v, c * u * v - d * v
        u, v = x + h * k3, y + h * l3
        k4, l4 = a * u - b * u * v, c * u * v - d * v
        x += h / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
        y += h / 6.0 * (l1 + 2.0 * l2 + 2.0 * l3 + l4)
    return x + y


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
    n = 8
    out = np.empty(2 * n * n)
    alpha = 0.02 * n * n
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


def best(cases: dict[str, Callable[[], Any]], slices: int = 60) -> dict[str, float]:
    """Microseconds of each case: the best slice of about 1.5 ms, the cases in turn."""
    counts = {}
    for name, run in cases.items():
        run()
        start = time.perf_counter()
        run()
        counts[name] = max(1, int(1.5e-3 / (time.perf_counter() - start + 1e-9)))
    found = dict.fromkeys(cases, math.inf)
    for _ in range(slices):
        for name, run in cases.items():
            start = time.perf_counter()
            for _ in range(counts[name]):
                run()
            found[name] = min(found[name], (time.perf_counter() - start) / counts[name])
    return {name: 1e6 * t for name, t in found.items()}


def problems() -> dict[str, tuple[Any, np.ndarray, dict[str, Any]]]:
    rng = np.random.default_rng(3)
    eos = np.array([0.3, 1.2, 0.05, 0.7, 2.0])
    found: dict[str, Any] = {}
    hand = {"hand": rosenbrock_by_hand}
    for n in (2, 10, 100, 1000):
        found[f"Rosenbrock n={n}"] = rosenbrock, rng.random(n), hand
    for n in (2, 10, 1000):
        found[f"Ackley n={n}"] = ackley, rng.random(n), {}
    found["RK4, 4 parameters"] = lotka_volterra, np.array([1.5, 1.0, 0.5, 0.75]), {}
    found["cubic EOS, Newton, n=5"] = cubic_equation, eos, {}
    found["N-body n=30"] = n_body, rng.random(30), {}
    found["N-body n=300"] = n_body, rng.random(300), {}
    found["Brusselator 128x128"] = brusselator, rng.random(128), {}
    return found


def main() -> None:
    print(f"{'case':24} {'f (us)':>8} {'hand':>7} {'forward':>8} {'reverse':>8} {'auto':>8}")
    for name, (f, x, more) in problems().items():
        cases: dict[str, Any] = {"f": lambda f=f, x=x: f(x)}
        for key, g in more.items():
            cases[key] = lambda g=g, x=x: g(x)
        verb = da.jacobian if "Brusselator" in name else da.value_and_grad
        for mode in ("forward", "reverse", "auto"):
            if mode == "forward" and len(x) >= 1000:
                continue
            derivative = verb(f, mode=mode)
            cases[mode] = lambda g=derivative, x=x: g(x)
        t = best(cases)
        ratio = {k: f"{v / t['f']:.1f}" for k, v in t.items()}
        columns = "".join(f"{ratio.get(k, '-'):>9}" for k in ("forward", "reverse", "auto"))
        print(f"{name:24} {t['f']:8.3f} {ratio.get('hand', '-'):>7}{columns}")
    for n in (5, 12):
        x = np.random.default_rng(3).random(n)
        h = da.hessian(rosenbrock)
        t = best({"f": lambda x=x: rosenbrock(x), "h": lambda h=h, x=x: h(x)})
        print(f"Hessian Rosenbrock n={n}: {t['h'] / t['f']:.1f} f")


if __name__ == "__main__":
    main()
