"""The elementwise table is complete, and its rows say at edges what the conventions say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from benchmarks.accuracy import derivatives, rows
from dualad._rules import TABLE
from dualad._rules._elementwise import ELEMENTWISE
from dualad._rules._helpers import select
from dualad._rules._row import Binary, Composed, Flat, Unary

INF, NAN = math.inf, math.nan

# Every ufunc without a row among the elementwise ones, and why.
NOT_ELEMENTWISE = {"matmul", "matvec", "vecdot", "vecmat"}  # array functions, in another table
NO_RULE = {
    "spacing": "a step of the floating-point grid: no derivative is meant",
    "nextafter": "a step of the floating-point grid: no derivative is meant",
}

UFUNCS = sorted({f for f in vars(np).values() if isinstance(f, np.ufunc)}, key=lambda f: f.__name__)


@pytest.mark.parametrize("ufunc", UFUNCS, ids=lambda f: f.__name__)
def test_every_ufunc_has_a_row_or_a_reason(ufunc: np.ufunc) -> None:
    has_row = any(row.fn is ufunc for row in ELEMENTWISE)
    excused = ufunc.__name__ in NO_RULE or ufunc.__name__ in NOT_ELEMENTWISE
    assert has_row is not excused
    if ufunc.__name__ in NO_RULE:
        assert ufunc not in TABLE


def test_elementwise_array_functions_have_rows() -> None:
    for fn in (np.sinc, np.i0, np.round, np.around, np.fix):
        assert fn in TABLE


def same(computed: Any, wanted: float) -> bool:
    computed = float(computed)
    return computed == wanted or (math.isnan(computed) and math.isnan(wanted))


# function, argument, first and second derivative; None: not asked
UNARY_EDGES = [
    (np.sqrt, 0.0, INF, -INF),
    (np.sqrt, -0.0, INF, -INF),
    (np.sqrt, -1.0, NAN, NAN),
    (np.sqrt, INF, 0.0, 0.0),
    (np.cbrt, 0.0, INF, -INF),
    (np.cbrt, -0.0, INF, INF),
    (np.cbrt, INF, 0.0, 0.0),
    (np.cbrt, -INF, 0.0, 0.0),
    (np.log, 0.0, INF, -INF),
    (np.log, -0.0, INF, -INF),
    (np.log, -1.0, NAN, NAN),
    (np.log2, -1.0, NAN, NAN),
    (np.log2, 0.0, INF, -INF),
    (np.log10, -1.0, NAN, NAN),
    (np.log10, -0.0, INF, -INF),
    (np.log1p, -1.0, INF, -INF),
    (np.log1p, -1.5, NAN, NAN),
    (np.arcsin, 1.0, INF, INF),
    (np.arcsin, -1.0, INF, -INF),
    (np.arcsin, 1.5, NAN, NAN),
    (np.arccos, 1.0, -INF, -INF),
    (np.arccos, -1.0, -INF, INF),
    (np.arccos, -1.5, NAN, NAN),
    (np.arccosh, 1.0, INF, -INF),
    (np.arccosh, 0.0, NAN, NAN),
    (np.arccosh, INF, 0.0, 0.0),
    (np.arctanh, 1.0, INF, INF),
    (np.arctanh, -1.0, INF, -INF),
    (np.arctanh, 2.0, NAN, NAN),
    (np.arctan, INF, 0.0, 0.0),
    (np.arctan, -INF, 0.0, 0.0),
    (np.arcsinh, INF, 0.0, 0.0),
    (np.tanh, INF, 0.0, 0.0),
    (np.tanh, 400.0, 0.0, 0.0),
    (np.expm1, -INF, 0.0, 0.0),
    (np.expm1, -50.0, math.exp(-50.0), math.exp(-50.0)),
    (np.exp, -INF, 0.0, 0.0),
    (np.reciprocal, 0.0, -INF, INF),
    (np.reciprocal, -0.0, -INF, -INF),
    (np.reciprocal, INF, 0.0, 0.0),
    (np.absolute, 0.0, 0.0, 0.0),
    (np.absolute, -0.0, 0.0, 0.0),
    (np.absolute, NAN, NAN, 0.0),
    (np.absolute, -INF, -1.0, 0.0),
    (np.fabs, 0.0, 0.0, 0.0),
    (np.sinc, 0.0, 0.0, None),
    (np.i0, 0.0, 0.0, 0.5),
]

# function, arguments, the two first derivatives
BINARY_EDGES = [
    (np.power, (0.0, 0.0), (0.0, 0.0)),
    (np.power, (0.0, 1.0), (1.0, 0.0)),
    (np.power, (0.0, 2.0), (0.0, 0.0)),
    (np.power, (0.0, 0.5), (INF, 0.0)),
    (np.power, (0.0, 0.3), (INF, 0.0)),
    (np.power, (0.0, -1.0), (-INF, -INF)),
    (np.power, (-2.0, 3.0), (12.0, NAN)),
    (np.power, (-2.0, 0.5), (NAN, NAN)),
    (np.power, (2.0, 0.0), (0.0, math.log(2.0))),
    (np.float_power, (-2.0, 3.0), (12.0, NAN)),
    (np.float_power, (0.0, 0.0), (0.0, 0.0)),
    (np.divide, (1.0, 0.0), (INF, -INF)),
    (np.divide, (1.0, INF), (0.0, 0.0)),
    (np.hypot, (0.0, 0.0), (0.0, 0.0)),
    (np.hypot, (INF, 1.0), (1.0, 0.0)),
    (np.hypot, (-1.0, -INF), (0.0, -1.0)),
    (np.hypot, (NAN, 1.0), (NAN, NAN)),
    (np.arctan2, (0.0, 0.0), (NAN, NAN)),
    (np.arctan2, (1.0, INF), (0.0, 0.0)),
    (np.arctan2, (INF, INF), (0.0, 0.0)),
    (np.logaddexp, (-INF, -INF), (0.5, 0.5)),
    (np.logaddexp, (INF, INF), (0.5, 0.5)),
    (np.logaddexp, (-INF, 0.0), (0.0, 1.0)),
    (np.logaddexp, (INF, 1.0), (1.0, 0.0)),
    (np.logaddexp2, (-INF, -INF), (0.5, 0.5)),
    (np.logaddexp2, (-INF, 0.0), (0.0, 1.0)),
    (np.maximum, (NAN, 1.0), (NAN, NAN)),
    (np.fmax, (NAN, 1.0), (0.0, 1.0)),
    (np.fmax, (1.0, NAN), (1.0, 0.0)),
    (np.fmax, (NAN, NAN), (NAN, NAN)),
    (np.fmin, (1.0, NAN), (1.0, 0.0)),
    (np.minimum, (1.0, NAN), (NAN, NAN)),
    *(
        (fn, (x, y), (0.5, 0.5))
        for fn in (np.maximum, np.minimum, np.fmax, np.fmin)
        for x, y in ((1.0, 1.0), (0.0, -0.0), (INF, INF), (-INF, -INF))
    ),
    (np.copysign, (0.0, 1.0), (0.0, 0.0)),
    (np.copysign, (3.0, -0.0), (-1.0, 0.0)),
    (np.copysign, (-3.0, 0.0), (-1.0, 0.0)),
    (np.copysign, (-3.0, -1.0), (1.0, 0.0)),
    (np.heaviside, (0.0, 0.5), (0.0, 1.0)),
    (np.heaviside, (2.0, 0.5), (0.0, 0.0)),
    (np.remainder, (-1.0, INF), (1.0, 1.0)),
    (np.remainder, (1.5, 0.1), (1.0, -14.0)),  # 1.5/0.1 rounds to 15
    (np.remainder, (-7.0, 2.0), (1.0, 4.0)),
    (np.fmod, (1.5, 0.1), (1.0, -14.0)),
    (np.fmod, (-7.0, 2.0), (1.0, 3.0)),
    (np.fmod, (1.0, INF), (1.0, 0.0)),
]


@pytest.mark.parametrize(("fn", "x", "d1", "d2"), UNARY_EDGES)
def test_unary_edges(fn: Any, x: float, d1: float, d2: float | None) -> None:
    found = derivatives(TABLE[fn], x)
    assert same(found["d1"], d1)
    assert d2 is None or same(found["d2"], d2)


@pytest.mark.parametrize(("fn", "at", "wanted"), BINARY_EDGES)
def test_binary_edges(fn: Any, at: tuple[float, float], wanted: tuple[float, float]) -> None:
    found = derivatives(TABLE[fn], *at)
    assert same(found["dx"], wanted[0])
    assert same(found["dy"], wanted[1])


def test_second_derivatives_of_powers_at_zero() -> None:
    for y, wanted in ((0.0, 0.0), (1.0, 0.0), (2.0, 2.0), (3.0, 0.0), (0.5, -INF), (1.5, INF)):
        assert same(derivatives(TABLE[np.power], 0.0, y)["dxx"], wanted)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_kinks_and_the_outside_are_as_the_row_says(row: Unary | Binary) -> None:
    for x, wanted in row.kinks.items():
        found = derivatives(row, *(x if isinstance(x, tuple) else (x,)))
        names = ("d1",) if isinstance(row, Unary) else ("dx", "dy")
        parts = wanted if isinstance(wanted, tuple) else (wanted,)
        assert all(same(found[n], w) for n, w in zip(names, parts, strict=True))
    for x in row.outside:
        point = x if isinstance(x, tuple) else (x,)
        with np.errstate(all="ignore"):
            assert np.isnan(row.fn(*point))
        assert all(np.isnan(d) for d in derivatives(row, *point).values())


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_a_formula_of_an_array_is_that_of_its_elements(row: Unary | Binary) -> None:
    points = [x if isinstance(x, tuple) else (x,) for x in row.at]
    columns = [np.array(column) for column in zip(*points, strict=True)]
    with np.errstate(all="ignore"):
        y = row.fn(*columns)
        args = (*columns, y)
        if isinstance(row, Unary):
            d = row.d1(*args)
            whole = {"d1": d, "d2": row.d2(*args, d)}
        else:
            whole = {n: getattr(row, n)(*args) for n in ("dx", "dy", "dxx", "dxy", "dyy")}
    for name, block in whole.items():
        values = np.broadcast_to(block, y.shape)
        for value, point in zip(values, points, strict=True):
            # NumPy's loops over arrays may differ from those over one element in the last bits.
            alone = derivatives(row, *point)[name]
            assert np.ndim(alone) == 0
            np.testing.assert_allclose(value, alone, rtol=2e-15, atol=0)


@pytest.mark.filterwarnings("ignore:.*fix.*deprecated:DeprecationWarning")  # NumPy 2.5
@pytest.mark.parametrize("row", [r for r in ELEMENTWISE if isinstance(r, Flat) and r.at])
def test_flat_functions_do_not_change_near_their_sample_points(row: Flat) -> None:
    for x in row.at:
        point = x if isinstance(x, tuple) else (x,)
        near = tuple(float(np.nextafter(v, INF)) for v in point)
        assert np.array_equal(row.fn(*point), row.fn(*near))


def test_composed_rows_compute_what_numpy_does() -> None:
    for name in ("divmod", "modf", "sign"):
        fn = getattr(np, name)
        row = TABLE[fn]
        assert isinstance(row, Composed)
        for dtype in (np.float64, np.float32):
            x = np.array([7.3, -7.3, 1.5, -0.0, 1e10, 0.0, -INF, NAN], dtype)
            y = np.array([2.0, 2.0, 0.1, 3.0, -0.37, 0.0, 2.0, 1.0], dtype)
            args = (x, y) if name == "divmod" else (x,)
            with np.errstate(all="ignore"):
                given, wanted = row.body(*args), fn(*args)
            if not isinstance(given, tuple):
                given, wanted = (given,), (wanted,)
            for g, w in zip(given, wanted, strict=True):
                if row.pin:
                    g, w = g[:5], w[:5]
                np.testing.assert_array_equal(g, w)
                assert row.pin or g.tobytes() == w.tobytes()


def test_sign_of_a_complex_number_turns() -> None:
    z = np.array([3.0 + 4.0j, 0.0, -2.0j])
    np.testing.assert_allclose(TABLE[np.sign].body(z), np.sign(z), rtol=1e-15)


COMPLEX = (0.3 + 0.4j, 1.7 - 2.1j, -0.8 + 0.05j, -3.0 + 5.0j, 0.2 - 1e-3j)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_complex_derivatives(row: Unary | Binary) -> None:
    if "D" not in "".join(getattr(row.fn, "types", ["D" if row.fn is np.sinc else ""])):
        return  # not defined for complex numbers
    other = () if isinstance(row, Unary) else (np.complex128(1.3 - 0.4j),)
    h = 1e-5
    for z in map(np.complex128, COMPLEX):
        if isinstance(row, Unary) and row.real_linear is not None:
            jvp, vjp = row.real_linear
            y = row.fn(z)
            for t in (1.0 + 0.0j, 1.0j, 0.6 - 0.3j):
                slope = (row.fn(z + h * t) - row.fn(z - h * t)) / (2 * h)
                np.testing.assert_allclose(jvp(z, y, t), slope, rtol=1e-8)
                ct = slope.dtype.type(0.7)
                left = np.real(np.conjugate(ct) * jvp(z, y, t))
                np.testing.assert_allclose(
                    np.real(np.conjugate(vjp(z, y, ct)) * t), left, atol=1e-15
                )
            continue
        y = row.fn(z, *other)
        first = row.d1(z, y) if isinstance(row, Unary) else row.dx(z, *other, y)
        slope = (row.fn(z + h, *other) - row.fn(z - h, *other)) / (2 * h)
        np.testing.assert_allclose(first, slope, rtol=1e-8, atol=1e-9)


def test_select_keeps_scalars_scalar() -> None:
    assert type(select(True, 1.0, 2.0)) is float
    assert type(select(np.bool_(False), 1.0, np.float64(2.0))) is np.float64
    assert select(np.array([True, False]), 1.0, np.array([5.0, 6.0])).tolist() == [1.0, 6.0]
