"""What the cache on disk asks of a function: every edit that changes a derivative is seen."""

from __future__ import annotations

import linecache
import os
import sys
import textwrap
from types import ModuleType

import numba
import numpy as np
import pytest
from numba import njit
from numba.core.typing.templates import builtin_registry

from dualad import _sources
from dualad._compiled import _fingerprint, _templates
from dualad._compiled._fingerprint import fingerprint

START = """
    import enum
    import functools
    import math
    import operator
    from collections import namedtuple

    import numpy as np
    from numba import cfunc, njit, types, vectorize
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
OF_ANOTHER_FILE = """
from user_constants import K, h
def g(x):
    pass
@overload(g)
def _g(x):
    def implementation(x):
        return K * h(x)
    return implementation
f = njit(lambda x: g(x))
"""
FOR_SYNTAX = """
@overload({})
def _product(*args):
    if isinstance(args[0], types.Tuple):
        return lambda *args: {}
f = njit(lambda x: {})
"""
WITH_LOCALS = """
@njit(locals={{"k": types.{0}}})
def g(x):
    k = x
    return k
f = njit(lambda x: g(2.5) * x)
"""
WRAPPED = """
@njit
@functools.wraps(np.clip)
def f(x):
    return {} * x
"""
WITHOUT_VALUE = """
class E(enum.IntEnum):
    A = {}
    def __repr__(self):
        return "A"
K = E.A
f = njit(lambda x: K * x)
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
    "an overload of an operator": (
        FOR_SYNTAX.format("operator.mul", 2.0, "(x, 1) * 3"),
        FOR_SYNTAX.format("operator.mul", 4.0, "(x, 1) * 3"),
    ),
    "an overload of a builtin": (
        FOR_SYNTAX.format("divmod", 2.0, "divmod((x, 1), 3)"),
        FOR_SYNTAX.format("divmod", 4.0, "divmod((x, 1), 3)"),
    ),
    "a type that a local has": (WITH_LOCALS.format("int64"), WITH_LOCALS.format("float64")),
    "the signature of a function": (
        "g = njit('int64(int64)')(lambda x: x)\nf = njit(lambda x: g(2.5) * x)",
        "g = njit('float64(float64)')(lambda x: x)\nf = njit(lambda x: g(2.5) * x)",
    ),
    "the signature of a vectorize": (
        "g = vectorize(['int64(int64)'])(lambda x: x)\nf = njit(lambda x: g(2.5) * x)",
        "g = vectorize(['float64(float64)'])(lambda x: x)\nf = njit(lambda x: g(2.5) * x)",
    ),
    "what has a name of NumPy's": (WRAPPED.format(2.0), WRAPPED.format(3.0)),
    "a member of an enum that does not tell": (WITHOUT_VALUE.format(1), WITHOUT_VALUE.format(2)),
    "names of a tuple": (
        "P = namedtuple('P', 'a b')\nK = P(1.0, 2.0)\nf = njit(lambda x: K.a * x)",
        "P = namedtuple('P', 'b a')\nK = P(1.0, 2.0)\nf = njit(lambda x: K.a * x)",
    ),
    "fields of an array": (
        "K = np.zeros(1, [('a', 'f8'), ('b', 'f8')])\nf = njit(lambda x: K[0].a * x)",
        "K = np.zeros(1, [('a', 'f8'), ('b', 'f8')])[['b', 'a']]\nf = njit(lambda x: K[0].a * x)",
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
    "a callback": "K = cfunc('float64(float64)')(lambda x: 2.0 * x)\nf = njit(lambda x: K(x))",
    "a number of a class": "K = type('F', (float,), {})(2.0)\nf = njit(lambda x: K * x)",
    "a method": "K = np.random.RandomState(1).normal\nf = njit(lambda x: K() * x)",
    "an object that cannot be read": """
class Bad:
    @property
    def py_func(self):
        raise OSError
K = Bad()
f = njit(lambda x: K(x))
""",
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
def test_edits_are_seen_and_nothing_else(case, tmp_path, monkeypatch):
    before, after = EDITS[case]
    if "overload" in before or "register" in before:  # they are known by their files
        prints = [_of_file(tmp_path, text, monkeypatch) for text in (before, before, after)]
    else:
        prints = [fingerprint(make(text).f) for text in (before, before, after)]
    assert prints[0] is not None
    assert prints[0] == prints[1] != prints[2]


def _of_file(folder, text, monkeypatch, constants=None):
    """The fingerprint in a process of its own, as far as Numba's registry is concerned."""
    with monkeypatch.context() as patch:
        for name in ("functions", "attributes"):
            patch.setattr(builtin_registry, name, list(getattr(builtin_registry, name)))
        patch.setattr(_templates, "_REGISTERED", _templates._Registered())
        if constants is not None:
            patch.setitem(sys.modules, "user_constants", make(constants, "user_constants"))
        path, whole = folder / "user_file.py", textwrap.dedent(START) + text
        path.write_text(whole)
        os.utime(path, ns=(0, 0))  # as version control or an archive may have it
        space = {"__name__": "user_file"}
        exec(compile(whole, str(path), "exec"), space)
        return fingerprint(space["f"])


@pytest.mark.parametrize("edit", ["K = 3.0", "h = njit(lambda x: -x)"])
def test_overloads_use_what_other_files_have(edit, tmp_path, monkeypatch):
    """Only their own files were read."""
    before = "K = 2.0\nh = njit(lambda x: x)\n"
    prints = [
        _of_file(tmp_path, OF_ANOTHER_FILE, monkeypatch, text)
        for text in (before, before, before + edit)
    ]
    assert prints[0] is not None
    assert prints[0] == prints[1] != prints[2]


def test_what_is_true_of_all_code(monkeypatch):
    """Formulas of SciPy's functions, by contents; and what Numba is told by the environment."""
    before = _fingerprint.versions.__wrapped__(), _fingerprint.settings()
    read = _sources._sources
    monkeypatch.setattr(_sources, "_COMPILED", _sources._COMPILED[:-1])
    _sources.formulas.cache_clear()
    assert _fingerprint.versions.__wrapped__() != before[0]
    monkeypatch.undo()
    _sources.formulas.cache_clear()
    assert any(path.endswith("_gamma.py") for f in _sources._COMPILED for path in read(f))
    assert (_fingerprint.versions.__wrapped__(), _fingerprint.settings()) == before
    monkeypatch.setattr(numba.config, "BOUNDSCHECK", 1)
    assert _fingerprint.settings() != before[1]


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
