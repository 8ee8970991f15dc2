"""Functions whose executed derivative is not theirs, each with the line that is to blame.

A line that ends in ``# blame`` must be named by the warning. A case with a derivative is recovered
instead: the derivative is that of the function, and there is no warning.
"""

from __future__ import annotations

import math

import numpy as np

GRID = np.linspace(0.0, 1.0, 101)
TABLE = np.array([3.0, 1.0, 4.0, 1.5])


# --- equality ------------------------------------------------------------------------------------


def special_value(x):
    if x == 1.0:
        return 0.0
    return x * x - 1.0


def special_value_negated(x):
    if x != 2.0:
        return x**3
    return 8.0


def limit_by_hand(x):
    if x == 0:  # blame
        return 1.0
    return np.sin(x) / x


def polynomial(c):
    total = 0.0
    for power, a in enumerate(c):
        if a == 0:
            continue
        total = total + a * 2.0**power
    return total


def product_until_zero(x):
    product = 1.0
    for v in x:
        if v == 0:
            product = product * v
            break
        product = product * v
    return product + x[0] * 2.0


def early_exit(x):
    total = 5.0
    for v in x:
        if v == 0:  # blame
            break
        total = total + v * v + v
        total = total + 1.0
    return total


def jump_at_equality(x):
    return x * 3.0 if x == 2.0 else x + 1.0  # blame


def where_equal(x):
    return np.sum(np.where(x == 0, 1.0, x + 1.0))


def where_not_equal(x):
    return np.sum(np.where(x != 1.0, x * x, 1.0))


def where_equal_jumps(x):
    return np.sum(np.where(x == 1.0, 7.0 * x, x))  # blame


def equal_numbers(x):
    if x[0] == x[1]:
        return 2.0 * x[0]
    return x[0] + x[1]


def equal_numbers_jump(x):
    if x[0] == x[1]:  # blame
        return 0.0 * x[0]
    return x[0] * x[1]


def truth(x):
    if not x:
        return 0.0
    return 3.0 * x


def member(x):
    return 4.0 if x in (1.0, 2.0) else x * 4.0


def all_zero(x):
    if not np.any(x):
        return 0.0
    return np.sum(np.sin(x))


def close_by(x):
    if np.isclose(x, 1.0):  # blame
        return 0.5
    return (x - 1.0) / (x * x - 1.0)


def powers(x):
    total, p = 0.0, 1.0
    for k in range(4):
        total = total + p / math.factorial(k)
        p = p * x
        if p == 0:
            break
    return total


def mask_of_nonzero(x):
    return np.sum(x[np.nonzero(x)] * 2.0)


# --- dependence through comparisons and steps ----------------------------------------------------


def indicator_sum(c):
    return np.mean(c < GRID**2)  # blame


def indicator_loop(c):
    count = 0
    for v in GRID:
        if v * v > c:  # blame
            count += 1
    return count / 101


def indicator_where(c):
    return np.sum(np.where(c > GRID, 1.0, 0.0))  # blame


def switching_time(rate):
    y, t = 0.0, 0.0
    while y < 1.0:  # blame
        y = y + rate * 0.01
        t = t + 0.01
    return t


def first_crossing(level):
    y = np.sin(3.0 * GRID)
    return GRID[np.argmax(y > level)]  # blame


def step_function(x):
    return 1.0 if x > 0.3 else 0.0  # blame


def rounded(x):
    return np.round(x) * 2.0  # blame


def floored(x):
    return float(np.floor(x)) ** 2  # blame


def floored_by_math(x):
    return 3.0 * math.floor(x)  # blame


def quotient(x):
    return x // 0.5  # blame


def as_integer(x):
    return np.sum(x.astype(int) ** 2)  # blame


def int_of_it(x):
    return TABLE[int(x)]  # blame


def signs(x):
    return np.sum(np.sign(x))  # blame


def nearest(x):
    return TABLE[np.argmin(np.abs(np.arange(4.0) - x))]  # blame


def looked_up(x):
    return TABLE[np.searchsorted(np.array([0.5, 1.5, 2.5]), x)]  # blame


def binned(x):
    return float(np.digitize(x, [0.5, 1.5, 2.5]))  # blame


def accuracy(w):
    scores = np.outer(np.linspace(-1.0, 1.0, 21), w) + np.array([0.0, 0.1])
    return np.mean(np.argmax(scores, axis=1) == 1)  # blame


def counted(x):
    return np.count_nonzero(x > 0.5) * 1.0  # blame


def largest_index(x):
    return TABLE[np.argmax(x)]  # blame


# --- iterations ----------------------------------------------------------------------------------


def bisection(p):
    low, high = 0.0, 10.0
    while high - low > 1e-12:
        middle = 0.5 * (low + high)
        if middle * middle > p:  # blame
            high = middle
        else:
            low = middle
    return 0.5 * (low + high)


def bisection_fixed(p):
    low, high = 0.0, 4.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        if np.exp(middle) - p > 0:  # blame
            high = middle
        else:
            low = middle
    return low


def newton_at_root(p):
    x = 2.0
    while abs(x * x - p) > 1e-10:  # blame
        x = x - (x * x - p) / (2.0 * x)
    return x


def newton_at_root_signed(p):
    x = 3.0
    for _ in range(50):
        r = x * x - p
        if -1e-12 < r < 1e-12:  # blame
            break
        x = x - r / (2.0 * x)
    return x


def system_at_root(p):
    x = np.array([1.0, 2.0])
    for _ in range(30):
        r = np.stack([x[0] + x[1] - p[0], x[0] * x[1] - p[1]])
        if np.linalg.norm(r) < 1e-10:  # blame
            break
        x = x - 0.1 * r
    return x[0] + 3.0 * x[1]


def golden_section(p):
    a, b = 0.0, 4.0
    g = 0.6180339887498949
    while b - a > 1e-7:
        c, d = b - g * (b - a), a + g * (b - a)
        if (c - p) ** 2 < (d - p) ** 2:  # blame
            b = d
        else:
            a = c
    return 0.5 * (a + b)


# --- ties, kinks and jumps -----------------------------------------------------------------------


def abs_by_hand(x):
    return x if x > 0 else -x  # blame


def relu_by_hand(x):
    return np.sum(np.where(x > 0, x, 0.0))  # blame


def jump(x):
    return x + 1.0 if x >= 2.0 else x  # blame


def builtin_max(x):
    return max(x[0], x[1] * 2.0)  # blame


def sorted_weights(x):
    a, b = sorted([x[0], x[1]])  # blame
    return a + 5.0 * b


def argsort_weights(x):
    return np.sum(np.array([1.0, 2.0, 3.0]) * x[np.argsort(x)])  # blame


def argmax_of_tie(x):
    return x[np.argmax(x)]  # blame


def other_of_argmax(x):
    return (x * x * np.array([1.0, 3.0, 1.0]))[np.argmax(x)]  # blame


def floor_at_jump(x):
    return x - math.floor(x)  # blame


def round_at_half(x):
    return x * np.round(x)  # blame


def clip_by_hand(x):
    if x > 1.0:  # blame
        x = 1.0 + 0.0 * x
    return 3.0 * x


def near_the_edge(x):
    return x * x if x < 1.0 else x  # blame


THREE = np.array([0.0, 1.0, 2.0])
TIE = np.array([1.0, 1.0, 0.5])

# function, point, the derivative where it is recovered
PLANTED = [
    (special_value, 1.0, 2.0),
    (special_value_negated, 2.0, 12.0),
    (limit_by_hand, 0.0, None),
    (polynomial, np.array([1.0, 0.0, 3.0]), np.array([1.0, 2.0, 4.0])),
    (product_until_zero, np.array([2.0, 0.0, 3.0]), np.array([2.0, 6.0, 0.0])),
    (early_exit, np.array([1.0, 0.0, 2.0]), None),
    (jump_at_equality, 2.0, None),
    (where_equal, THREE, np.ones(3)),
    (where_not_equal, THREE, np.array([0.0, 2.0, 4.0])),
    (where_equal_jumps, THREE, None),
    (equal_numbers, np.array([2.0, 2.0]), np.array([1.0, 1.0])),
    (equal_numbers_jump, np.array([2.0, 2.0]), None),
    (truth, 0.0, 3.0),
    (member, 1.0, 4.0),
    (all_zero, np.zeros(2), np.ones(2)),
    (close_by, 1.0, None),
    (powers, 0.0, 1.0),
    (mask_of_nonzero, THREE, np.full(3, 2.0)),
    (indicator_sum, 0.3, None),
    (indicator_loop, 0.3, None),
    (indicator_where, 0.335, None),
    (switching_time, 0.7, None),
    (first_crossing, 0.5, None),
    (step_function, 0.5, None),
    (rounded, 1.3, None),
    (floored, 2.5, None),
    (floored_by_math, 2.5, None),
    (quotient, 1.3, None),
    (as_integer, np.array([1.3, 2.6]), None),
    (int_of_it, 1.6, None),
    (signs, np.array([0.5, -2.0]), None),
    (nearest, 1.2, None),
    (looked_up, 1.2, None),
    (binned, 1.2, None),
    (accuracy, np.array([0.3, 0.7]), None),
    (counted, np.array([0.3, 0.7, 0.9]), None),
    (largest_index, np.array([0.3, 0.9, 0.7]), None),
    (bisection, 5.0, None),
    (bisection_fixed, 7.0, None),
    (newton_at_root, 4.0, None),
    (newton_at_root_signed, 9.0, None),
    (system_at_root, np.array([3.0, 2.0]), None),
    (golden_section, 1.7, None),
    (abs_by_hand, 0.0, None),
    (relu_by_hand, THREE, None),
    (jump, 2.0, None),
    (builtin_max, np.array([2.0, 1.0]), None),
    (sorted_weights, np.array([1.5, 1.5]), None),
    (argsort_weights, TIE, None),
    (argmax_of_tie, TIE, None),
    (other_of_argmax, TIE, None),
    (floor_at_jump, 2.0, None),
    (round_at_half, 2.5, None),
    (clip_by_hand, 1.0, None),
    (near_the_edge, 1.0 - 1e-9, None),
]
