"""Every derivative rule keeps its accuracy: the figures of `docs/accuracy.md` are bounds.

Points and exact derivatives are stored (`python -m benchmarks.accuracy` makes them); of every
function those where dualad erred most are among them.
"""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest
import scipy
import scipy.special as sc

from benchmarks.accuracy import exact, figures, measure, page, special_measure, store
from benchmarks.accuracy.exact import LOST
from benchmarks.accuracy.numpy_functions import NOT_COUNTED, functions
from benchmarks.accuracy.packages import installed
from benchmarks.accuracy.special_functions import specials

DATA = figures.load()
FIGURES: figures.Figures = DATA["figures"]
TABLES = store.load()
FUNCTIONS = {function.name: function for function in functions()}
SPECIALS = {
    special.name: special
    for special in specials()
    if (special.name, store.SPECIAL) in TABLES and hasattr(sc, special.case.name)
}
DUALAD = installed(["dualad"])["dualad"]
DTYPES = measure.DTYPES
# Derivatives made of SciPy's functions are as good as these, which change from one to the next.
SLACK = 1.0 if scipy.__version__ == DATA["versions"]["scipy"] else 10.0


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_numpy_keep_their_figures(name: str, dtype: str) -> None:
    points = TABLES[name, dtype]
    found = measure.of_package(FUNCTIONS[name], DUALAD, points, DTYPES[dtype])
    assert {"first", "second"} <= found.keys()
    for order, figure in found.items():
        stored = FIGURES[name][dtype]["dualad"][order]
        assert figure.strict <= figures.bound(stored.strict), figure
        assert figure.forgiven <= figures.bound(stored.forgiven), figure
        assert figure.finite_outside == 0


def test_the_table_reaches_its_goals() -> None:
    for dtype in DTYPES:
        first = figures.counted(FIGURES, "dualad", dtype, "first")
        second = figures.counted(FIGURES, "dualad", dtype, "second")
        assert first[2] == second[2] == 66
        assert first[0] >= 60
        assert second[0] >= 58
        assert first[1] == second[1] == 66
    assert set(NOT_COUNTED) < FUNCTIONS.keys()


@pytest.mark.parametrize("name", SPECIALS)
def test_functions_of_scipy_keep_their_figures(name: str) -> None:
    points = TABLES[name, store.SPECIAL]
    found = special_measure.of_package(SPECIALS[name], DUALAD, points, np.float64)
    stored = FIGURES[f"special.{name}"]["float64"]["dualad"]
    for order, figure in found.items():
        if order != special_measure.VALUE:
            assert figure.forgiven <= SLACK * figures.bound(stored[order].forgiven), figure


@pytest.mark.parametrize("name", FUNCTIONS)
def test_stored_derivatives_of_numpy_functions_are_exact(name: str) -> None:
    points = TABLES[name, "float64"]
    for part, reference in FUNCTIONS[name].exact.items():
        want = points.exact[part]
        index = int(np.argmax(np.isfinite(want.high) & (want.high != 0.0)))
        kind = points.columns[-1].dtype.type
        row = (*(c[index] for c in points.columns[:-1]), kind(points.columns[-1][index]))
        if not np.isnan(want.high[index]):
            same(exact.exact(reference, [row]), want.at([index]))


@pytest.mark.parametrize("name", ["erf", "gammaln", "kl_div", "jv", "betainc"])
def test_stored_derivatives_of_scipy_functions_are_exact(name: str) -> None:
    points = TABLES[name, store.SPECIAL]
    again = special_measure.exact_again(SPECIALS[name], points, 1)
    for part, want in points.exact.items():
        same(again[part], want.at([1]))


def same(a: exact.Exact, b: exact.Exact) -> None:
    left, right = (
        mp.ldexp(mp.mpf(float(e.high[0])) + float(e.low[0]), int(e.exponent[0])) for e in (a, b)
    )
    assert abs(left - right) <= abs(right) * mp.mpf(2) ** -70
    np.testing.assert_allclose(a.moved, b.moved, rtol=1e-5)


def test_errors_are_counted_in_units_in_the_last_place() -> None:
    third = exact.packed([exact.entry(mp.mpf(1) / 3, mp.mpf(0))])
    near = np.float64(1 / 3)
    above = np.nextafter(near, 1.0)
    assert float(exact.errors(near, third, np.float64).strict[0]) < 0.5
    assert 0.5 < float(exact.errors(above, third, np.float64).strict[0]) < 1.5
    for wrong in (np.nan, np.inf):
        assert exact.errors(wrong, third, np.float64).strict[0] == LOST
    none = exact.packed([exact.entry(None, 0)])
    assert exact.errors(np.nan, none, np.float64).strict[0] == 0.0
    assert exact.errors(1.0, none, np.float64).strict[0] == LOST
    # Beyond the range an infinity of the right sign is right, and nothing else.
    huge = exact.packed([exact.entry(mp.mpf(10) ** 400, mp.mpf(0))])
    for computed, error in ((np.inf, 0.0), (-np.inf, LOST), (1e300, LOST)):
        assert exact.errors(computed, huge, np.float64).strict[0] == error
    # The same change of the derivative by the rounding of its argument is forgiven.
    steep = exact.packed([exact.entry(mp.mpf(1) / 3, 8 * mp.mpf(2) ** -54)])
    off = near + 8 * np.spacing(near)
    found: Any = exact.errors(off, steep, np.float64)
    assert 7.5 <= found.strict[0] <= 8.5
    assert found.forgiven[0] <= 1.1


def test_the_page_is_current() -> None:
    assert page.PAGE.read_text(encoding="utf-8") == page.page(DATA), (
        "run: python -m benchmarks.accuracy --page"
    )
