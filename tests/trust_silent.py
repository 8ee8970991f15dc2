"""Functions that decide on differentiated values, and whose derivative is right all the same."""

from __future__ import annotations

import math

import numpy as np

X = np.array([0.3, -1.2, 2.5, 0.7])
GRID = np.linspace(0.0, 1.0, 51)


def newton(p):
    x = 1.5
    while abs(x * x - p) > 1e-10:
        x = x - (x * x - p) / (2.0 * x)
    return x


def newton_until_it_stops(p):
    x = 1.0
    for _ in range(100):
        new = 0.5 * (x + p / x)
        if new == x:
            break
        x = new
    return x


def newton_by_step(p):
    x = 2.0
    for _ in range(50):
        step = (math.e**x - p) / math.e**x
        x = x - step
        if abs(step) < 1e-12:
            break
    return x


def newton_of_system(p):
    x = np.array([1.5, 1.0])
    for _ in range(50):
        r = np.stack([x[0] ** 2 + x[1] - p[0], x[0] - x[1] ** 2 - p[1]])
        if np.linalg.norm(r) < 1e-11:
            break
        a, b, c, d = 2.0 * x[0], 1.0, 1.0, -2.0 * x[1]
        det = a * d - b * c
        x = x - np.stack([d * r[0] - b * r[1], a * r[1] - c * r[0]]) / det
    return x[0] + x[1] ** 2


def fixed_point(p):
    x = p
    for _ in range(500):
        new = np.cos(p * x)
        if abs(new - x) < 1e-13:
            return new
        x = new
    return x


def secant(p):
    a, b = 1.0, 2.0
    fa, fb = a**3 - p, b**3 - p
    while abs(fb) > 1e-11:
        a, b = b, b - fb * (b - a) / (fb - fa)
        fa, fb = fb, b**3 - p
    return b


def coefficients_by_regime(args):
    x, d = args
    if d > 2.5e-4:
        a, b = 0.833, 0.1
    elif d > 7.5e-5:
        a, b = 0.03, 0.97
    else:
        a, b = 0.02, 0.98
    return a * np.sqrt(x) / (1.0 + b * np.sqrt(x)) * np.sign(d)


def series(x):
    total, term, k = 0.0, 1.0, 0
    while abs(term) > 1e-17:
        total = total + term
        k += 1
        term = term * x / k
    return total


def agm(a):
    b = 1.0
    while abs(a - b) > 1e-14 * abs(a):
        a, b = 0.5 * (a + b), (a * b) ** 0.5
    return a


def colebrook(re):
    f = 0.02
    for _ in range(100):
        new = (-2.0 * np.log10(1e-4 / 3.7 + 2.51 / (re * np.sqrt(f)))) ** -2
        if abs(new - f) < 1e-14:
            break
        f = new
    return f


def friction(re):
    if re < 0.0:
        raise ValueError("negative Reynolds number")
    if re < 2040.0:
        return 64.0 / re
    return 0.316 * re**-0.25


def constant_regime(re):
    if re < 2300.0:
        return 4.36
    return 0.023 * re**0.8


def clamped(x):
    if x < 0.0:
        return 0.0
    if x > 1.0:
        return 1.0
    return x * x * (3.0 - 2.0 * x)


def bump(x):
    return np.exp(-1.0 / (1.0 - x * x)) if abs(x) < 1.0 else 0.0


def huber(x):
    a = np.abs(x)
    return np.sum(np.where(a <= 1.0, 0.5 * x * x, a - 0.5))


def relu(x):
    return np.sum(np.where(x > 0, x, 0.0))


def leaky(x):
    return np.sum(np.maximum(x, 0.1 * x))


def guarded_norm(x):
    n = np.linalg.norm(x)
    if n == 0:
        return x[0]
    return np.sum(x / n)


def sinc_by_hand(x):
    return 1.0 if x == 0 else np.sin(x) / x


def isclose_guard(x):
    return 0.5 if np.isclose(x, 1.0) else (x - 1.0) / (x * x - 1.0)


def safe_log(x):
    return np.sum(np.where(x > 0, np.log(np.where(x > 0, x, 1.0)), 0.0))


def spline(x):
    return x**3 if x < 1.0 else 3.0 * x - 2.0 + 3.0 * (x - 1.0) ** 2 + (x - 1.0) ** 3


def smooth_join(x):
    return -x * x if x < 0 else x * x


def sorted_sum(x):
    return np.sum(x[np.argsort(x)] * np.arange(1.0, 1.0 + x.size))


def trimmed(x):
    return np.mean(np.sort(x)[1:-1])


def tied_but_symmetric(x):
    return np.sum(x[np.argsort(x)] ** 2)


def nearest_neighbour(x):
    i = np.argmin(np.abs(GRID - 0.37))
    return x * GRID[i]


def interpolated(x):
    i = np.searchsorted(GRID, x) - 1
    t = (x - GRID[i]) / (GRID[i + 1] - GRID[i])
    return (1.0 - t) * GRID[i] ** 2 + t * GRID[i + 1] ** 2


def wrapped(x):
    return np.sin(x - 2.0 * np.pi * np.floor(x / (2.0 * np.pi)))


def triangle_wave(x):
    return abs(x - round(x))


def counted_terms(x):
    return sum(x ** (k + 1) / (k + 1) for k in range(6))


def positive_part(x):
    return np.sum(x[x > 0] ** 2)


def loop_with_condition(x):
    total = 0.0
    for v in x:
        if v > 0:
            total = total + v * v
        else:
            total = total - 2.0 * v
    return total


def pivoted(x):
    a = np.reshape(x, (2, 2))
    if abs(a[0, 0]) < abs(a[1, 0]):
        a = a[::-1]
    m = a[1, 0] / a[0, 0]
    return a[0, 0] * (a[1, 1] - m * a[0, 1])


def quadratic_root(c):
    d = c[1] ** 2 - 4.0 * c[0] * c[2]
    if d < 0:
        raise ValueError("no real root")
    q = -0.5 * (c[1] + (d**0.5 if c[1] >= 0 else -(d**0.5)))
    return q / c[0]


def valid(x):
    assert np.all(np.isfinite(x))
    assert not np.any(np.isnan(x))
    if x.size == 0 or x.ndim != 1:
        raise ValueError("a vector")
    return np.sum(np.tanh(x))


def normalised(p):
    if not np.isclose(np.sum(p), 1.0):
        raise ValueError("must sum to 1")
    return -np.sum(p * np.log(p))


def softmax(x):
    e = np.exp(x - np.max(x))
    return (e / e.sum())[0]


def unused(x, y):
    return y * 2.0 if y > 1.0 else y


def runge_kutta(rate):
    y, t, h = 1.0, 0.0, 0.1
    while t < 1.0 - 1e-12:
        k1 = -rate * y
        k2 = -rate * (y + 0.5 * h * k1)
        y = y + h * k2
        t = t + h
    return y


def backtracking(x):
    step = 1.0
    while (x - step * 2.0 * x) ** 2 > 0.9 * x * x:
        step *= 0.5
    return (x - step * 2.0 * x) ** 2 + x


def bisect_then_newton(p):
    low, high = 0.0, 4.0
    for _ in range(8):
        middle = 0.5 * (low + high)
        if middle * middle > 2.1:
            high = middle
        else:
            low = middle
    x = low
    for _ in range(8):
        x = x - (x * x - p) / (2.0 * x)
    return x


def largest(x):
    return x[np.argmax(x)] ** 2 + max(x[0], x[1])


def by_sign(x):
    return np.sum(np.sign(x) * x**2)


def clipped(x):
    return np.sum(np.clip(x, -1.0, 1.0) * x)


def median_deviation(x):
    return np.median(np.abs(x - np.median(x)))


def is_equal_to_itself(x):
    return x * 2.0 if x == x else 0.0  # how NaN is found


def text_of(x):
    label = f"{x:.12f}"
    return x * len(label)


def at_boundary_of_guard(x):
    return np.sum(np.where(x > 0.5, np.sqrt(np.maximum(x - 0.5, 0.0)), 0.0))


def zero_weight(w):
    return np.sum(np.where(w == 0, 0.0, w * np.array([1.0, 2.0, 3.0])))


def hinge(w):
    margins = 1.0 - np.array([1.0, -1.0, 1.0]) * (np.outer([0.5, -1.0, 2.0], w) @ np.ones(2))
    return np.mean(np.where(margins > 0, margins, 0.0))


def table_of_ranges(x):
    for low, high, slope in ((0.0, 1.0, 2.0), (1.0, 2.0, 3.0), (2.0, 3.0, 5.0)):
        if low <= x < high:
            return slope * (x - low)
    return 0.0


SILENT = [
    (newton, 2.3),
    (newton, 7.0),
    (newton_until_it_stops, 2.0),
    (newton_until_it_stops, 9.0),
    (newton_by_step, 5.0),
    (newton_of_system, np.array([2.7, 1.1])),
    (fixed_point, 0.8),
    (secant, 3.3),
    (coefficients_by_regime, np.array([0.3, 1e-4])),
    (series, 1.3),
    (agm, 3.0),
    (colebrook, 1e5),
    (friction, 1500.0),
    (friction, 5e4),
    (constant_regime, 1000.0),
    (constant_regime, 1e4),
    *((clamped, x) for x in (-0.7, 0.3, 2.0, 1.5)),
    *((bump, x) for x in (0.3, 1.7, -2.0)),
    (huber, X),
    (huber, np.array([0.0, 1.0, -1.0])),
    (relu, X),
    (relu, -np.abs(X)),
    (leaky, X),
    (guarded_norm, X),
    (sinc_by_hand, 0.7),
    (isclose_guard, 1.3),
    (safe_log, X),
    (spline, 0.4),
    (spline, 1.0),
    (smooth_join, 0.0),
    (smooth_join, 0.4),
    (sorted_sum, X),
    (trimmed, X),
    (tied_but_symmetric, np.array([1.0, 1.0, 0.5])),
    (nearest_neighbour, 1.3),
    (interpolated, 0.333),
    (wrapped, 17.3),
    (triangle_wave, 3.7),
    (counted_terms, 0.3),
    (positive_part, X),
    (loop_with_condition, X),
    (pivoted, X),
    (quadratic_root, np.array([1.0, -3.0, 1.5])),
    (valid, X),
    (normalised, np.array([0.2, 0.3, 0.5])),
    (softmax, X),
    (unused, 1.0),
    (runge_kutta, 1.7),
    (backtracking, 1.3),
    (bisect_then_newton, 2.0),
    (largest, X),
    (by_sign, X),
    (clipped, X),
    (median_deviation, np.array([0.3, -1.2, 2.5, 0.7, 0.9])),
    (is_equal_to_itself, 1.3),
    (text_of, 1.3),
    (at_boundary_of_guard, np.array([0.2, 0.5, 0.9])),
    (zero_weight, np.array([0.5, 1.0, 2.0])),
    (hinge, np.array([0.3, 0.8])),
    (table_of_ranges, 1.3),
]
SILENT = [(f, (x, 2.0) if f is unused else (x,)) for f, x in SILENT]
