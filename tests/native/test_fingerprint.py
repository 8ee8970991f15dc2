"""What the cache on disk asks of a function: every edit that changes a derivative is seen."""

from __future__ import annotations

import linecache
import os
import textwrap
from types import ModuleType

import numpy as np
import pytest
from numba import njit

from dualad._compiled._fingerprint import fingerprint

START = """
    import enum
    import math
    from collections import namedtuple

    import numpy as np
    from numba import njit, vectorize
    from numba.extending import intrinsic, overload, register_jitable
"""
OVERLOAD = """
def g(x):
    pass
@overload(g)
def _g(x):
    return lambda x: {} * x
f = njit(lambda x: g(x))
"""
# name: (source before, source after); the function is `f`.
EDITS = {
    "a number in f": ("f = njit(lambda x: 2.0 * x)", "f = njit(lambda x: 3.0 * x)"),
    "a global number": (
        "K = 2.0\nf = njit(lambda x: K * x)",
        "K = 3.0\nf = njit(lambda x: K * x)",
    ),
    "the type of a number": ("f = njit(lambda x: 2 * x)", "f = njit(lambda x: 2.0 * x)"),
    "the sign of zero": (
        "K = 0.0\nf = njit(lambda x: K * x)",
        "K = -0.0\nf = njit(lambda x: K * x)",
    ),
    "an element of an array": (
        "K = np.array([1.0, 2.0])\nf = njit(lambda x: K[1] * x)",
        "K = np.array([1.0, 3.0])\nf = njit(lambda x: K[1] * x)",
    ),
    "the order of an array": (
        "K = np.eye(3) + np.ones((3, 3))\nf = njit(lambda x: K[1, 0] * x)",
        "K = np.asfortranarray(np.eye(3) + np.ones((3, 3)))\nf = njit(lambda x: K[1, 0] * x)",
    ),
    "a tuple": (
        "K = (1.0, 2.0)\nf = njit(lambda x: K[1] * x)",
        "K = (1.0, 2)\nf = njit(lambda x: K[1] * x)",
    ),
    "a function that is called": (
        "g = njit(lambda x: x * x)\nf = njit(lambda x: g(x))",
        "g = njit(lambda x: x + x)\nf = njit(lambda x: g(x))",
    ),
    "two calls down": (
        "h = njit(lambda x: x * x)\ng = njit(lambda x: h(x))\nf = njit(lambda x: g(x))",
        "h = njit(lambda x: x + x)\ng = njit(lambda x: h(x))\nf = njit(lambda x: g(x))",
    ),
    "its options": (
        "g = njit(lambda x: x * x)\nf = njit(lambda x: g(x))",
        "g = njit(fastmath=True)(lambda x: x * x)\nf = njit(lambda x: g(x))",
    ),
    "a function of a module": (
        "m = make('K = 2.0\\ng = njit(lambda x: K * x)')\nf = njit(lambda x: m.g(x))",
        "m = make('K = 3.0\\ng = njit(lambda x: K * x)')\nf = njit(lambda x: m.g(x))",
    ),
    "a module of a module": (
        "m = make('')\nm.n = make('K = 2.0')\nf = njit(lambda x: m.n.K * x)",
        "m = make('')\nm.n = make('K = 3.0')\nf = njit(lambda x: m.n.K * x)",
    ),
    "what is captured": (
        "def outer(k):\n    return njit(lambda x: k * x)\nf = outer(2.0)",
        "def outer(k):\n    return njit(lambda x: k * x)\nf = outer(3.0)",
    ),
    "a captured function": (
        "def outer(g):\n    return njit(lambda x: g(x))\nf = outer(njit(lambda x: x))",
        "def outer(g):\n    return njit(lambda x: g(x))\nf = outer(njit(lambda x: -x))",
    ),
    "a default": ("f = njit(lambda x, k=2.0: k * x)", "f = njit(lambda x, k=3.0: k * x)"),
    "a function inside": (
        "@njit\ndef f(x):\n    def g(y):\n        return 2.0 * y\n    return g(x)",
        "@njit\ndef f(x):\n    def g(y):\n        return 3.0 * y\n    return g(x)",
    ),
    "recursion": (
        "@njit\ndef f(x, n):\n    return x if n == 0 else 2.0 * f(x, n - 1)",
        "@njit\ndef f(x, n):\n    return x if n == 0 else 3.0 * f(x, n - 1)",
    ),
    "another function of NumPy": ("f = njit(lambda x: np.sin(x))", "f = njit(lambda x: np.cos(x))"),
    "what a name of NumPy is": (
        "from numpy import sin as g\nf = njit(lambda x: g(x))",
        "from numpy import cos as g\nf = njit(lambda x: g(x))",
    ),
    "a register_jitable": (
        "@register_jitable\ndef g(x):\n    return 2.0 * x\nf = njit(lambda x: g(x))",
        "@register_jitable\ndef g(x):\n    return 3.0 * x\nf = njit(lambda x: g(x))",
    ),
    "an overload": (
        OVERLOAD.format(2.0),
        OVERLOAD.format(3.0),
    ),
    "a member of an enum": (
        "class E(enum.IntEnum):\n    A = 1\nf = njit(lambda x: E.A * x)",
        "class E(enum.IntEnum):\n    A = 2\nf = njit(lambda x: E.A * x)",
    ),
    "fields of a namedtuple": (
        "P = namedtuple('P', 'a b')\nf = njit(lambda x: P(x, 1.0).a)",
        "P = namedtuple('P', 'b a')\nf = njit(lambda x: P(x, 1.0).a)",
    ),
    "a vectorize": (
        "g = vectorize(lambda x: 2.0 * x)\nf = njit(lambda x: g(x))",
        "g = vectorize(lambda x: 3.0 * x)\nf = njit(lambda x: g(x))",
    ),
    "the line of an error": (
        "@njit\ndef f(x):\n    if x > 1.0:\n        raise ValueError('no')\n    return x",
        "@njit\ndef f(x):\n    if x > 1.0:\n\n        raise ValueError('no')\n    return x",
    ),
}
NOT_KEPT = {
    "a class": "class C:\n    pass\nK = C()\nf = njit(lambda x: K.a)",
    "an array of objects": "K = np.array([None])\nf = njit(lambda x: K[0])",
    "an address": "import ctypes\nK = ctypes.CDLL(None).abs\nf = njit(lambda x: K(x))",
}


def make(source: str, name: str = "made_for_fingerprints") -> ModuleType:
    """A module of this source, as if it were a file."""
    made = ModuleType(name)
    filename = f"/nowhere/{name}.py"
    text = textwrap.dedent(START) + source
    made.__dict__.update(make=lambda inner: make(inner, "inner_of_fingerprints"), __file__=filename)
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    exec(compile(text, filename, "exec"), made.__dict__)
    return made


@pytest.mark.parametrize("case", EDITS)
def test_edits_are_seen_and_nothing_else(case, tmp_path):
    before, after = EDITS[case]
    if "overload" in before or "register" in before:  # they are known by their files
        prints = [_of_file(tmp_path / "user_file.py", text) for text in (before, before, after)]
    else:
        prints = [fingerprint(make(text).f) for text in (before, before, after)]
    assert prints[0] is not None
    assert prints[0] == prints[1] != prints[2]


def _of_file(path, text):
    whole = textwrap.dedent(START) + text
    if not path.exists() or path.read_text() != whole:
        path.write_text(whole)
        os.utime(path, ns=(0, len(text) * 10**9 + sum(text.encode())))
    space = {"__name__": "user_file"}
    exec(compile(whole, str(path), "exec"), space)
    return fingerprint(space["f"])


@pytest.mark.parametrize("case", NOT_KEPT)
def test_what_may_differ_in_another_process_is_not_kept(case):
    assert fingerprint(make(NOT_KEPT[case]).f) is None


def test_many_callees_take_no_time_to_speak_of():
    chain = njit(lambda x: x)
    for _ in range(150):
        chain = _calling(chain)
    assert fingerprint(chain) is not None


def _calling(g):
    weights = np.arange(3.0)
    return njit(lambda x: weights[1] * g(x))
