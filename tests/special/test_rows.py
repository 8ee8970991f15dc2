"""The rows of functions of one and two arguments: what they say of themselves.

Their symbolic forms are differentiated by SymPy; at their kinks and outside their domains all
machines give what the rows say.
"""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
import sympy as sp

from dualad._rules._row import Binary, Unary
from dualad._rules._symbolic import sympy_call
from dualad._scipy._special import ROWS
from tests.table import check_first, diagonal, unary_d1

ELEMENTWISE = [row for row in ROWS if isinstance(row, Unary | Binary)]
SYMBOLIC = [row for row in ELEMENTWISE if row.sympy is not None]
UNARY = [row for row in ELEMENTWISE if isinstance(row, Unary)]


def usual(point):
    return all(1e-3 < abs(x) < 30.0 for x in point)


@pytest.mark.parametrize("row", SYMBOLIC, ids=lambda row: row.name)
def test_symbolic_form(row):
    symbols = sp.symbols("x y", real=True)[: 1 if isinstance(row, Unary) else 2]
    f = sympy_call(row, *symbols)
    points = [x if isinstance(x, tuple) else (x,) for x in row.at]
    points = [p for p in points if usual(p)][:3]
    assert points
    names = {"d1": (1,), "d2": (2,)} if isinstance(row, Unary) else {
        "dx": (1, 0), "dy": (0, 1), "dxx": (2, 0), "dxy": (1, 1), "dyy": (0, 2)
    }  # fmt: skip
    function = sp.lambdify(symbols, f, "mpmath")
    with np.errstate(all="ignore"), mp.workdps(25):
        for point in points:
            y = row.fn(*point)
            np.testing.assert_allclose(
                complex(function(*map(mp.mpf, point))), y, rtol=1e-9, atol=1e-13
            )
            for name, orders in names.items():
                formula = getattr(row, name)
                args = (*point, y) if name != "d2" else (*point, y, row.d1(*point, y))
                got = formula(*args)
                want = mp.diff(function, tuple(map(mp.mpf, point)), orders)
                np.testing.assert_allclose(complex(want), got, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("row", UNARY, ids=lambda row: row.name)
def test_kinks_and_outside(row):
    with np.errstate(all="ignore"):
        for x, want in row.kinks.items():
            np.testing.assert_equal(float(unary_d1(row, np.float64(x))), want)
        for x in row.outside:
            assert np.isnan(unary_d1(row, np.float64(x))), x


@pytest.mark.parametrize("row", UNARY, ids=lambda row: row.name)
def test_machines_on_all_sample_points(row):
    x = np.array([*row.at, *row.kinks])
    want = diagonal(unary_d1(row, x), x.shape, x.shape)
    check_first(row.fn, (x,), [want])
    low = x[np.abs(x) < 1e30].astype(np.float32)
    check_first(row.fn, (low,), [diagonal(unary_d1(row, low), low.shape, low.shape)])
