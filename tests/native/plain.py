"""Ordinary code for `test_plain_code`, and what Numba makes of it, as text to compare.

It is imported in a process that has never seen dualad, too.
"""

from __future__ import annotations

import json
import math
import os
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numba.core import entrypoints


def arrays(a, b):
    c = np.sin(a) * b + a**2
    c += a
    c *= 2.0
    d = np.where(c > 0, c, -c)
    return c.sum() + np.mean(d) + np.dot(a, b) + np.cumsum(a)[-1]


def scalars(x, n):
    t = 0.0
    for i in range(n):
        t += math.exp(-x) * max(x, 0.5, i) % 0.7 // 0.1 + abs(x) ** 3 + min(t, 1.0)
    return t, divmod(x, 0.3), int(x), round(x), x**2.5, math.gamma(x)


def integers(n):
    return n % 3 + n // 2 + max(n, 2) + sum([i * i for i in range(n)])


def unknown(x):
    return np.heaviside(x, 0.5)


def wrong(x):
    return math.exp("a")


_A, _B = np.linspace(0.1, 1.0, 7), np.linspace(1.0, 2.0, 7)
CALLS = ((arrays, (_A, _B)), (scalars, (1.3, 5)), (integers, (6,)))


def _without_names(text: str) -> str:
    """LLVM's text with its own numbers for names, which have counters in them.

    Texts of errors are left out: Numba writes lines there that it met last, in whichever function.
    """
    known: dict[str, str] = {}

    def numbered(match: re.Match[str]) -> str:
        return known.setdefault(match[0], f"name{len(known)}")

    text = re.sub(r"(?m)^(; ModuleID|source_filename|.* internal constant ).*$", "", text)
    text = re.sub(r"(?m)^!\d+ = distinct .*$", "", text)  # names of functions that are inlined
    text = re.sub(r"\[\d+ x i8\]", "[text]", text)  # how long they are
    return re.sub(r'@"[^"]+"|@[\w.$]+|\b_Z[\w.$]+|\bB\d+', numbered, text)


def told() -> list[str]:
    """Results, machine code and errors, compiled now."""
    out = []
    for f, args in CALLS:
        compiled = njit(f)
        out.append(repr(compiled(*args)))
        (text,) = compiled.inspect_llvm().values()
        out.append(_without_names(text))
    return [*out, _error_of(unknown), _error_of(wrong)]


def _error_of(f: Any) -> str:
    try:
        njit(f)(1.0)
    except Exception as error:
        return type(error).__name__
    return "none"


def _use_dualad() -> None:
    import dualad

    dualad.grad(njit(lambda x: x[0] * x[1]))(_A)


if __name__ == "__main__":
    first = sys.argv[1]  # a file for what a process says that has used dualad first
    child = os.fork()
    if child == 0:
        _use_dualad()
        Path(first).write_text(json.dumps(told()))
    else:
        # An installed dualad would be found by Numba's entry point.
        entrypoints._already_initialized = True
        before = told()
        assert "dualad" not in sys.modules
        entrypoints._already_initialized = False
        _use_dualad()
        after = told()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        json.dump([before, after, json.loads(Path(first).read_text())], sys.stdout)
