"""More functions whose executed derivative is not theirs, in the idioms of engineering code."""

from __future__ import annotations

import bisect
import math

import numpy as np

STEPS = [1.0, 2.0, 5.0, 7.5]


def caught_division(x):
    try:
        return math.log(x) / (x - 1.0)  # blame
    except ZeroDivisionError:
        return 3.0


def whole_number(x):
    if x.is_integer():  # blame
        return 1.0
    return x * x + 2.0


def filled_buffer(x):
    out = np.zeros(3)
    for i in range(3):
        if x * i == 0:  # blame
            out[i] = 1.0
        else:
            out[i] = math.sin(x * i) / (x * i)
    return out.sum()


def listed(c):
    return len([v for v in STEPS if v < c]) * 1.0  # blame


def summed_truths(c):
    return sum(v < c for v in STEPS) / 4  # blame


def bisected(x):
    return STEPS[bisect.bisect(STEPS, x)]  # blame


def digits(x):
    return round(x, 1)  # blame


def first_below(level):
    t = np.linspace(0.0, 5.0, 501)
    return t[np.where(np.exp(-t) < level)[0][0]]  # blame


def falling_time(g):
    h, v, t = 10.0, 0.0, 0.0
    while h > 0:  # blame
        v -= g * 0.01
        h += v * 0.01
        t += 0.01
    return t


def selected(x):
    return np.select([x < 0.2, x < 0.6], [1.0, 2.0], 3.0) + 0.0  # blame


def order_of_weights(w):
    return np.array([1.0, 2.0, 3.0])[np.argsort(w)][0]  # blame


def started_at_root(p):
    x = 3.0
    for _ in range(20):
        fx = x * x - p
        if abs(fx) < 1e-9:  # blame
            break
        x -= fx / (2.0 * x)
    return x


def norm_guard(x):
    n = np.linalg.norm(x)
    return np.sum(x) / n if n > 0 else 0.0  # blame


def window(x):
    return np.log(x) / (x - 1.0) if abs(x - 1.0) > 1e-12 else 2.0  # blame


def smaller(x):
    return min([3.0 * x, x + 4.0])  # blame


def two_largest(x):
    return sorted(x, reverse=True)[0] * 3.0 + x[2]  # blame


class Pump:
    """A method, as code in packages has them."""

    def power(self, x):
        if x >= 3.0:  # blame
            return x * 10.0
        return x


MORE = [
    (caught_division, 1.0, None),
    (whole_number, 2.0, None),
    (filled_buffer, 0.0, None),
    (listed, 2.4, None),
    (summed_truths, 2.4, None),
    (bisected, 2.4, None),
    (digits, 1.74, None),
    (first_below, 0.37, None),
    (falling_time, 9.81, None),
    (selected, 0.5, None),
    (order_of_weights, np.array([3.0, 1.0, 2.0]), None),
    (started_at_root, 9.0, None),
    (norm_guard, np.zeros(3), None),
    (window, 1.0, None),
    (smaller, 2.0, None),
    (two_largest, np.array([2.0, 2.0, 1.0]), None),
    (Pump().power, 3.0, None),
]
