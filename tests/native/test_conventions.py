"""Every function of the table that Numba knows: compiled as eager, at edges and to third order."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest
from numba import njit

import dualad as da
from dualad._compiled._rows import known_functions
from dualad._rules._row import Binary, Unary

KNOWN = {fn: row for fn, row in known_functions() if isinstance(fn, np.ufunc)}
UNARY = sorted((fn for fn, row in KNOWN.items() if isinstance(row, Unary)), key=str)
BINARY = sorted((fn for fn, row in KNOWN.items() if isinstance(row, Binary)), key=str)
BINARY.remove(np.ldexp)  # of an integer

POINTS = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 0.5, -2.0, 1e-300, 1e300, 3.0]
PAIRS = list(itertools.product([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 0.5, 2.0], repeat=2))


def together(functions, *arguments):
    """One compiled function that answers what all of these answer."""
    space = {"np": np, **{f"f{i}": fn for i, fn in enumerate(functions)}}
    given = [", ".join(arguments[: fn.nin]) for fn in functions]
    calls = [f"f{i}({text})" for i, text in enumerate(given)]
    exec(f"def f(x):\n    return np.array([{', '.join(calls)}])\n", space)
    return njit(error_model="numpy")(space["f"])


def differing(functions, found, points, verb, rtol):
    """What differs from the eager derivatives."""
    wrong = []
    for point, derivatives in zip(points, found, strict=True):
        for fn, derivative in zip(functions, derivatives, strict=True):
            want = verb(lambda x, fn=fn: fn(*x))(np.array(point))
            if not np.allclose(derivative, want, rtol=rtol, atol=0.0, equal_nan=True):
                wrong.append((fn.__name__, point, derivative.tolist(), want.tolist()))
    return wrong


@pytest.mark.parametrize(
    ("functions", "points"),
    [(UNARY, [(p,) for p in POINTS]), (BINARY, PAIRS)],
    ids=["unary", "binary"],
)
def test_edges_are_those_of_the_eager_numbers(functions, points):
    f = together(functions, "x[0]", "x[1]")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NaN where the value is finite says so, both ways
        for mode in ("forward", "reverse"):
            found = [da.jacobian(f, mode=mode)(np.array(p)) for p in points]
            assert differing(functions, found, points, da.jacobian, 1e-12) == []
        found = [da.hessian(f)(np.array(p)) for p in points]
        assert differing(functions, found, points, da.hessian, 1e-11) == []


# LLVM takes more than twice as long for a function of twice the length.
@pytest.mark.parametrize("part", range(3))
def test_third_derivatives_of_every_row(part):
    f = together([*UNARY, *BINARY][part::3], "x", "2.5 - 1.5 * x")
    for point in (0.6, 1.7):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # outside of domains
            found = da.derivative(f, order=3)(point)
            want = da.derivative(f.py_func, order=3)(point)
        inside = np.isfinite(want)
        assert inside.mean() > 0.7
        np.testing.assert_allclose(found[inside], want[inside], rtol=1e-10, atol=1e-11)
