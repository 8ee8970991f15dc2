"""Importing dualad's compiled part changes nothing in how ordinary code compiles."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import re, sys, hashlib, math
import numpy as np
from numba import njit
if sys.argv[1] == "with":
    import dualad._compiled._calls
    import dualad._compiled._dispatch

@njit
def arrays(a, b):
    c = np.sin(a) * b + a ** 2
    c += a
    c *= 2.0
    d = np.where(c > 0, c, -c)
    return c.sum() + np.mean(d) + np.dot(a, b) + (np.outer(a, b) @ a)[0] + np.cumsum(a)[-1]

@njit
def scalars(x, n):
    t = 0.0
    for i in range(n):
        t += math.exp(-x) * max(x, 0.5, i) % 0.7 // 0.1 + abs(x) ** 3 + min(t, 1.0)
    return t, divmod(x, 0.3), int(x), round(x), x ** 2.5

@njit
def integers(n):
    return n % 3 + n // 2 + max(n, 2) + sum([i * i for i in range(n)])

a, b = np.linspace(0.1, 1.0, 7), np.linspace(1.0, 2.0, 7)
print(repr((arrays(a, b), scalars(1.3, 5), integers(6))))
for f in (scalars, integers):
    for text in f.inspect_asm().values():
        text = re.sub(r"(B|v|L|\\\\.|_|Z|N|E|S)*\\d+", "#", text)
        print(len(text.splitlines()), hashlib.sha1(text.encode()).hexdigest()[:0])
for bad in (lambda x: np.heaviside(x, 0.5), lambda x: math.exp("a")):
    try:
        njit(bad)(1.0)
    except Exception as error:
        print(type(error).__name__)
"""


def output(kind: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", CODE, kind], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_plain_code_compiles_as_before():
    assert output("with") == output("without")
