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
