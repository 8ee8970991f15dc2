"""More probes: NumPy's functions of arrays, numbers at kinks, and rarer parts of the language."""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange, types
from numba.typed import Dict, List

from .probes import A, P, X, probe


@probe(X)
def sums(x):
    return np.sum(x * x) + x.sum() * x[0] + np.sum(np.outer(x, x), axis=0)[1]


@probe(X)
def means(x):
    return np.mean(x) * x.mean() + np.var(x) + x.std() * 2.0


@probe(P)
def products(x):
    return np.prod(x) + np.cumprod(x)[2] + np.cumsum(x)[1] * x[3]


@probe(X)
def minima(x):
    return np.min(x) * np.max(x) + x.min() + min(x[0], x[1], x[2]) * max(x[0], x[3])


@probe(X)
def positions(x):
    y = x * np.array([1.0, np.nan, 1.0, 1.0])  # NaN is the largest and the smallest
    total = x[np.argmax(y)] * x[y.argmin()] + x[np.argsort(y)[3]]
    return x[np.argmax(x)] * x[x.argmin()] + x[np.argsort(x)[1]] ** 2 + total


@probe(X)
def sorting(x):
    s = np.sort(x)
    t = x * np.array([1.0, np.nan, 2.0, 3.0])
    t.sort()  # NaN comes last
    return s[0] * s[1] ** 2 + s[3] + t[1] * t[2]


@probe(X)
def where(x):
    return np.where(x > 0.5, x**2, -x) + np.where(x > 1.0, x, x[0]) * np.where(x < 2.0, x[1], x)


@probe(X)
def clip(x):
    return np.clip(x, -0.1, 1.5) * x


@probe(X)
def boolean_index(x):
    return x[x > 0.0].sum() ** 2


@probe(X)
def fancy_index(x):
    return x[np.array([2, 0, 0])] * x[1]


@probe(X)
def concatenation(x):
    y = np.concatenate((x, x * 2.0))
    return y[1] * y[5] + np.hstack((x, x))[6]


@probe(X)
def reshaping(x):
    m = x.reshape(2, 2)
    return (m @ m).ravel() + m.T.copy().reshape(4)


@probe(X)
def diag_and_trace(x):
    m = np.outer(x, x) + np.diag(x)
    return np.trace(m) * np.diag(m)[1]


@probe(X)
def array_of_scalars(x):
    y = np.array([x[0] * x[1], x[2], 1.0])
    z = np.array([[x[0], x[1]], [x[2], x[3]]])
    return y[0] * y[1] + z[0, 0] * z[1, 1] - z[0, 1] * z[1, 0] + y[2]


@probe(X)
def float_calls(x):
    return float(x[0]) * np.float64(x[1]) + float(x[2]) ** 2


@probe(X)
def as_type(x):
    y = x.astype(np.float64)
    return y[0] * y[1]


@probe(np.array([0.3, 1.7]))
def interpolation(x):
    grid = np.array([0.0, 0.5, 1.0, 2.0])
    table = np.array([1.0, 3.0, 2.0, 5.0])
    return np.interp(x, grid, table) * x


@probe(A)
def solve(m):
    return np.linalg.solve(m, np.array([1.0, 2.0, 3.0]))


@probe(A)
def inverse_and_determinant(m):
    return np.linalg.inv(m)[0, 1] * np.linalg.det(m)


@probe(X)
def norm(x):
    return np.linalg.norm(x) * x[0]


@probe(A)
def cholesky(m):
    return np.linalg.cholesky(m @ m.T + 2.0 * np.eye(3))


@probe(P)
def special_functions(x):
    return math.gamma(x[0]) + math.lgamma(x[1]) + math.erf(x[2]) * math.erfc(x[3])


@probe(X)
def rounding_step(x):
    return np.nextafter(x[0], 2.0) * x[1]


@probe(X)
def try_except(x):
    y = x[0]
    try:
        if x[1] > 1.0:
            raise ValueError
        y = y * 2.0
    except Exception:
        y = y * x[2]
    return y * x[3]


@probe(X, parallel=True)
def parallel_loop(x):
    out = np.zeros(len(x))
    for i in prange(len(x)):
        out[i] = x[i] ** 2 * x[0]
    return out.sum()


@probe(X, fastmath=True)
def fast_math(x):
    total = 0.0
    for i in range(len(x)):
        total += x[i] * x[i] / (1.0 + x[i] ** 2)
    return total


@probe(X, error_model="numpy")
def numpy_error_model(x):
    return x[0] / x[1] + x[2] / x[3]


@probe(X)
def default_argument(x, a=2.0, b=3.0):
    return a * x[0] ** 2 + b * x[1]


@probe(X)
def integer_accumulator(x):
    total = 0
    for v in x:
        total += v * v
    return total


@probe(X)
def typed_list(x):
    values = List()
    for v in x:
        values.append(v * v)
    return values[0] * values[1] + values[3]


@probe(X)
def typed_dict(x):
    table = Dict.empty(types.int64, types.float64)
    table[1] = x[0] * x[1]
    table[2] = x[2]
    return table[1] * table[2]


@probe(X)
def dict_literal(x):
    table = {1: x[0] * x[1], 2: x[3]}
    return table[1] * table[2]


@probe(np.array([1.5, 2.5], dtype=np.float32), second=False)
def single_precision(x):
    return x[0] * x[1] + np.sin(x[0])


@probe(X)
def not_all_used(x):
    return x[0] * 3.0


@probe(X)
def constant(x):
    return 2.5


@probe(X)
def passive_output(x):
    return x * 2.0, 3, 4.5


@probe(X, np.zeros(4))
def work_argument(x, work):
    for i in range(len(x)):
        work[i] = x[i] * x[0]
    return work[1] + work[3]


@probe(X)
def unified_branches(x):
    if x[0] > 5.0:
        y = np.zeros(2)
    else:
        y = x[:2] * 1.0
    return y[0] * y[1]


@probe(X)
def literal_unroll_like(x):
    total = 0.0
    for k in (1, 2, 3):
        total += x[0] ** k * x[1]
    return total


@probe(X)
def slices_with_steps(x):
    return x[::2] * x[1::2] + x[::-1][:2]


@probe(X)
def array_methods(x):
    y = x.copy()
    y.fill(x[1])
    return y * x.flatten() + x.T


@probe(X)
def nested_loops(x):
    m = np.zeros((3, 3))
    for i in range(3):
        for j in range(i, 3):
            m[i, j] = x[i] * x[j + 1]
            m[j, i] = m[i, j]
    total = 0.0
    for i in range(3):
        for j in range(3):
            total += m[i, j] ** 2
    return total


@probe(P)
def runge_kutta(x):
    y, v, h = 1.0, 0.0, 0.05
    for _ in range(40):
        k1, l1 = v, -x[0] * y - x[1] * v
        k2, l2 = v + 0.5 * h * l1, -x[0] * (y + 0.5 * h * k1) - x[1] * (v + 0.5 * h * l1)
        y, v = y + h * k2, v + h * l2
    return y * x[2] + v * x[3]


@probe(X)
def comparisons_chain(x):
    count = 0
    for i in range(4):
        if 0.0 < x[i] < 2.0 and not x[i] == 1.0:
            count += 1
    return count * x[0] * x[1]


@njit
def first_and_rest(x, *rest):
    total = x[0]
    for r in rest:
        total = total * r
    return total


@probe(X)
def star_arguments(x):
    return first_and_rest(x, x[1], x[2], 2.0)


@probe(X)
def keyword_call(x):
    return default_argument(x, b=x[3])


@probe(X)
def conditional_expression(x):
    y = x[0] if x[1] > 0 else 2
    return y * x[3]


@probe(X)
def assertion(x):
    assert x[0] > 0, "positive"
    return x[0] * x[1]


@probe(X)
def swap_elements(x):
    y = x.copy()
    y[0], y[1] = y[1], y[0]
    return y[0] * y[2] + y[1] ** 2


@probe(X)
def deletion_and_reuse(x):
    t = x[0]
    t = t * x[1]
    u = t
    t = 3.0
    return u * t


@probe(X)
def convolution_loop(x):
    k = np.array([0.25, 0.5, 0.25])
    out = np.zeros(len(x))
    for i in range(1, len(x) - 1):
        for j in range(3):
            out[i] += k[j] * x[i + j - 1]
    return out


@probe(X)
def divmod_and_abs(x):
    q, r = divmod(x[3], 0.8)
    return abs(x[2]) * r + q * x[0] + math.fabs(x[2]) + np.abs(x[1])


@probe(X)
def sign_and_heaviside(x):
    return np.sign(x[2]) * x[0] + math.copysign(x[1], x[2]) + np.fmax(x[0], x[1])
