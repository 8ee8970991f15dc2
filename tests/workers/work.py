"""Functions at the top level of a module, which other processes can import; see test_*.py here."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings

import numpy as np


class AwkwardError(Exception):
    """Pickles, and can't be made again from what was pickled."""

    def __init__(self, code, text):
        super().__init__(f"{code}: {text}")


class Silent:
    """An answer that does not pickle."""

    def __init__(self):
        self.lock = threading.Lock()


def square(x):
    return x * x


def process(_):
    return os.getpid()


def slowly(x):
    time.sleep(0.02 * (x % 3))
    return x


def fails_at_two(x):
    if x >= 2:
        raise KeyError(f"no entry {x}")
    return x


def fails_inside(x):
    try:
        return 1 / (x - 1)
    except ZeroDivisionError as error:
        raise ValueError(f"bad {x}") from error


def fails_awkwardly(x):
    raise AwkwardError(7, f"at {x}")


def exits(x):
    if x == 1:
        raise SystemExit(3)
    return x


def quits(x):
    if x == 1:
        os._exit(5)
    return x


def quits_well(x):
    if x == 1:
        os._exit(0)
    return x


def is_killed(x):
    if x == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return x


def dies_while_others_work(x):
    if x == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(60.0)


def stays(_):
    time.sleep(60.0)


def warns(x):
    for _ in range(3):
        warnings.warn(f"careful with {x % 2}", UserWarning, stacklevel=1)
    return x


def divides(x):
    return np.divide(1.0, x - 1.0)


def settings(_):
    return np.geterr()


def cannot_be_sent(_):
    return Silent()


# --- functions to differentiate -------------------------------------------------------------------

MATRIX = np.random.default_rng(3).normal(size=(9, 9))


def elementwise(x):
    y = np.sin(x) * np.exp(-0.5 * x)
    return y + np.cumsum(x * x)


def through_matrices(x):
    return np.linalg.solve(MATRIX + np.outer(x, x), MATRIX @ np.tanh(x))


def few_outputs(x):
    return {"sum": np.sum(elementwise(x)), "ends": elementwise(x)[:2], "name": None}


def one_number(x):
    return np.sum(np.sin(x) * x[::-1] ** 2)


def with_aux(x):
    return elementwise(x), {"norm": np.sqrt(np.sum(x * x)), "n": 3}


def of_two(x, y, power=2):
    return x**power * y["a"] + y["b"]


def lifted(x):
    out = np.zeros(9)
    for i in range(9):
        out[i] = x[i] * float(x[0]) if i % 2 else x[i - 1] ** 2
    return out


def singular(x):
    return np.where(x > 0.5, np.sqrt(np.maximum(x, 0.5) - 0.5), 0.0) + np.sqrt(x[0]) * x


def norms(x):
    return np.linalg.norm(x[:4]) ** 2 + np.abs(x[5]) * x[5]


def fails(x):
    if x[0] > 0:
        raise ArithmeticError("no convergence")
    return x


def no_rule(x):
    return np.random.default_rng(0).normal(x)


def nothing(x):
    return None


def random(x):
    return x * np.random.default_rng().normal()


def divides_by_zero(x):
    return x / np.array([0.0, *np.ones(len(x) - 1)])


def warns_of_itself(x):
    warnings.warn("out of range", RuntimeWarning, stacklevel=1)
    return x * x


def at_a_kink(x):
    return np.where(x[0] > 1.0, x * 2.0, x * 3.0) if x[0] >= 1.0 else x * 3.0


def equality(x):
    return 3.0 * np.ones(9) if x[0] == 1.0 else x[1] * x[0] + 0.0 * x + 2.0


def series(x):
    return np.array([1.0 if v == 0 else np.sin(v) / v for v in x])


def counts(x):
    return np.sum(x[:3]) + sum(1.0 for v in x[3:] if v > 0.7)


def branch_of_others(x):
    return x * x if x[8] > 0.0 else -x


class Model:
    """A model with a state, as a callable object."""

    def __init__(self, rate):
        self.rate = rate

    def __call__(self, x):
        return np.exp(-self.rate * x) * x
