"""Initial value problems that are solved in closed form."""

import numpy as np
from scipy.integrate import odeint, solve_ivp

TIMES = np.array([0.0, 0.3, 1.1, 2.0])


def bateman(q, method="DOP853", rtol=1e-9, **options):
    """Decay in a chain, a -> b: q = (rate of a, rate of b, initial a)."""
    a, b, start = q

    def f(t, y):
        return np.array([-a * y[0], a * y[0] - b * y[1]])

    return solve_ivp(
        f, (0.0, 2.0), [start, 0.0], method, TIMES, rtol=rtol, atol=1e-3 * rtol, **options
    )


def bateman_formula(q, t=TIMES):
    a, b, start = q
    first = start * np.exp(-a * t)
    return np.stack([first, start * a / (b - a) * (np.exp(-a * t) - np.exp(-b * t))])


def logistic(q, method="DOP853", rtol=1e-9, **options):
    """Growth from q = (rate, capacity, start, t0) to q[4]; parameters through args."""
    f = lambda t, y, r, k: r * y * (1.0 - y / k)
    return solve_ivp(
        f, (q[3], q[4]), q[2:3], method, args=(q[0], q[1]), rtol=rtol, atol=1e-3 * rtol, **options
    )


def logistic_formula(q, t=None):
    r, k, start, t0, t1 = q
    return k / (1.0 + (k / start - 1.0) * np.exp(-r * ((t1 if t is None else t) - t0)))


def forced(q, method="Radau", rtol=1e-7, **options):
    """Stiff: y' = -k (y - cos(w t)), y(0) = start."""
    k, w, start = q

    def f(t, y):
        return -k * (y - np.cos(w * t))

    return solve_ivp(
        f, (0.0, 1.5), [start], method, FORCED_TIMES, rtol=rtol, atol=1e-3 * rtol, **options
    )


FORCED_TIMES = np.array([0.5, 1.5])


def forced_formula(q, t=FORCED_TIMES):
    k, w, start = q
    c = k * k / (k * k + w * w)
    return c * np.cos(w * t) + c * w / k * np.sin(w * t) + (start - c) * np.exp(-k * t)


def bateman_by_odeint(q, **options):
    """As `bateman`, by odeint; returns the transpose."""
    f = lambda y, t, a, b: [-a * y[0], a * y[0] - b * y[1]]
    return odeint(f, [q[2], 0.0], TIMES, args=(q[0], q[1]), **options).T


BATEMAN = np.array([0.7, 1.9, 1.5])
LOGISTIC = np.array([1.3, 2.5, 0.4, 0.1, 2.0])
FORCED = np.array([300.0, 2.0, 0.2])
