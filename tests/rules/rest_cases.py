"""Calls of NumPy's rarer functions: nan-functions, quantiles, interpolation, polynomials, ...

Elements lie apart, so that a small step changes no order, no bin and no cell.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dualad._rules._padding import odd_pad
from dualad._rules._polynomials import _roots
from tests.rules.product_cases import Case, apart, real

CASES: list[Case] = []


def add(
    fn: Any, *args: Any, active: tuple[int, ...] = (0,), row: Any = None, **keywords: Any
) -> None:
    CASES.append(Case(fn, args, keywords, active, row))


def holed(*shape: int) -> np.ndarray:
    """Elements apart, some of them NaN."""
    x = apart(*shape)
    x.reshape(-1)[[1, 6]] = np.nan
    return x


_SOME = np.array([True, True, False, True])

# --- nan-functions -------------------------------------------------------------------------------

for _name in ("nansum", "nanprod", "nanmean", "nanvar", "nanstd"):
    _fn = getattr(np, _name)
    add(_fn, holed(3, 4))
    add(_fn, apart(5))
    add(_fn, holed(3, 4), axis=1, where=_SOME)
    add(_fn, holed(3, 4), axis=(0, 1), keepdims=True)
for _name in ("nanmax", "nanmin", "nanmedian"):
    _fn = getattr(np, _name)
    add(_fn, holed(3, 4))
    add(_fn, apart(6))
    add(_fn, holed(3, 4), axis=1)
    add(_fn, holed(3, 4), axis=(0, 1), keepdims=True)
add(np.nanmax, holed(3, 4), axis=0, initial=0.3, where=np.array([[True], [True], [False]]))
add(np.nanvar, holed(3, 4), ddof=1)
add(np.nanstd, holed(3, 4), axis=0, mean=real(1, 4))
for _name in ("nancumsum", "nancumprod"):
    add(getattr(np, _name), holed(3, 4))
    add(getattr(np, _name), holed(3, 4), axis=0)

# --- quantiles -----------------------------------------------------------------------------------

METHODS = (
    "inverted_cdf",
    "averaged_inverted_cdf",
    "closest_observation",
    "interpolated_inverted_cdf",
    "hazen",
    "weibull",
    "linear",
    "median_unbiased",
    "normal_unbiased",
    "lower",
    "higher",
    "midpoint",
    "nearest",
)
_Q = np.array([0.11, 0.37, 0.83])
_W = np.abs(real(3, 5)) + 0.1
for _method in METHODS:
    add(np.quantile, apart(2, 5), _Q, axis=1, method=_method, active=(0, 1))
for _method in METHODS[1::2]:
    add(np.nanquantile, holed(2, 5), _Q, axis=1, method=_method, active=(0, 1))
for _method in METHODS[::4]:
    add(np.percentile, apart(2, 3), 37.0, method=_method, keepdims=True, active=(0, 1))
    add(np.nanpercentile, holed(2, 3, 2), 37.0, axis=(2, 0), method=_method, active=(0, 1))
add(np.quantile, apart(3, 5), _Q, axis=0, weights=_W, method="inverted_cdf")
add(np.quantile, apart(3, 5), 0.6, axis=1, weights=_W[0], method="inverted_cdf")
add(np.quantile, apart(2, 3, 5), 0.6, axis=(2, 1), weights=_W.T, method="inverted_cdf")
add(np.nanquantile, holed(3, 5), 0.6, axis=0, weights=_W, method="inverted_cdf")
add(np.nanpercentile, holed(3, 5), 60, weights=_W, method="inverted_cdf")

# --- samples -------------------------------------------------------------------------------------

_PLACES = np.array([0.0, 1.1, 1.9, 3.2, 4.0])
_AT = np.array([[0.4, 3.5, 1.6], [2.3, 1.4, 0.7]])
add(np.interp, _AT, _PLACES, real(5), active=(0, 1, 2))
add(np.interp, np.array([-1.0, 0.5, 9.0]), _PLACES, real(5), 0.7, -0.2, active=(0, 1, 2, 3, 4))
add(np.interp, np.array([-1.0, 0.5, 9.0]), _PLACES, real(5), active=(0, 1, 2))
add(np.interp, np.array([-1.0, 0.5, 9.3]), _PLACES, real(5), None, None, 5.0, active=(0, 1, 2, 5))
add(np.interp, 0.5, _PLACES, real(5), active=(0, 1, 2))
add(np.interp, np.array([-1.0, 0.5, 3.0]), np.array([0.3]), np.array([2.0]), active=(0, 2))
add(np.gradient, real(6))
add(np.gradient, real(3, 4))
add(np.gradient, real(3, 4), 0.7, 1.3, active=(0, 1, 2))
add(np.gradient, real(5, 3), _PLACES, axis=0, edge_order=2, active=(0, 1))
add(np.gradient, real(5), np.arange(5.0), active=(0, 1))
add(np.gradient, real(3, 5), 0.5, _PLACES, active=(0, 1, 2))
add(np.gradient, real(3, 4), edge_order=2, axis=(1, 0))
add(np.gradient, real(2), 0.5, active=(0, 1))
add(np.gradient, real(2), np.array([0.5, 1.5]), active=(0, 1))
_TURNING = np.array([0.1, 2.0, 5.7, 5.9, 11.1, 10.3])
add(np.unwrap, _TURNING)
add(np.unwrap, np.stack((_TURNING, -_TURNING)), axis=0)
add(np.unwrap, np.stack((_TURNING, -_TURNING)), discont=4.5, axis=-1)
add(lambda p, t: np.unwrap(p, period=t), _TURNING, 4.3, active=(0, 1), row=np.unwrap)
add(np.cov, real(3, 4))
add(np.cov, real(4))
add(np.cov, real(4), real(4), active=(0, 1))
add(np.cov, real(5, 2), real(5), False, ddof=0, active=(0, 1))
add(np.cov, real(2, 4), None, True, False, None, [1, 2, 1, 3], _W[0, :4], active=(0, 6))
add(np.cov, real(2, 4), bias=True, aweights=_W[1, :4])
add(np.corrcoef, real(3, 4))
add(np.corrcoef, real(4), real(4), active=(0, 1))
add(np.corrcoef, real(5, 2), rowvar=False)

# --- histograms ----------------------------------------------------------------------------------

_DATA = np.array([0.15, 0.9, 1.6, 2.3, 2.8, 0.35, 1.45])
_EDGES = np.array([0.0, 1.1, 2.05, 3.0])
add(np.histogram, _DATA, 3, None, True)
add(np.histogram, _DATA, 3, (0.0, 2.0), False, real(7), active=(0, 4))
add(np.histogram, _DATA, _EDGES, None, True, np.abs(real(7)) + 0.3, active=(1, 4))
add(np.histogram_bin_edges, _DATA, "sturges")
add(np.histogram_bin_edges, _DATA, 4, (0.0, 3.0))
add(np.histogram2d, _DATA, _DATA[::-1].copy(), 2, None, True, active=(0, 1))
add(
    lambda w: np.histogram2d(_DATA, _DATA[::-1], [_EDGES, 2], weights=w)[0],
    real(7),
    row=np.histogram2d,
)
add(
    lambda x, w: np.histogramdd(x, 2, None, True, w)[0],
    np.stack((_DATA, _DATA[::-1])).T,
    _W[1:, :].ravel()[:7],
    active=(0, 1),
    row=np.histogramdd,
)

# --- polynomials ---------------------------------------------------------------------------------

add(np.poly, real(4))
add(np.vander, real(4))
add(np.vander, real(3), 5, True)
add(np.vander, real(3), 1)
add(np.polyadd, real(4), real(2), active=(0, 1))
add(np.polysub, real(2), real(4), active=(0, 1))
add(np.polymul, real(4), real(2), active=(0, 1))
add(lambda u, v: np.polydiv(u, v)[0], real(5), real(3), active=(0, 1), row=np.polydiv)
add(np.polydiv, real(2), real(3), active=(0, 1))
add(np.polyder, real(5), 2)
add(np.polyint, real(3), 2, real(2), active=(0, 2))
add(np.polyint, real(3))
for _p in ([1.0, -6.0, -31.0, 36.0], [1.0, 2.0, 3.0, 4.0], [2.0, -1.0]):
    add(lambda p: np.roots(p).astype(complex), np.array(_p), row=np.roots)
add(lambda p: np.roots(p), np.array([2.0, -1.0, 0.5 + 1.0j]), row=_roots)
add(lambda p: np.poly1d(p)(0.7), real(4), row=np.polyval)
add(
    lambda p, q: (np.poly1d(p) * np.poly1d(q) + 2.0).deriv().coeffs,
    real(4),
    real(3),
    active=(0, 1),
    row=np.polymul,
)

_FIT = np.array([0.1, 0.9, 1.7, 2.4, 3.3, 4.1])


def fitted(x: Any, y: Any, degree: int, w: Any = None, **keywords: Any) -> Any:
    """`np.polyfit` at places that stay apart."""
    return np.polyfit(_FIT + 0.1 * x, y, degree, w=w, **keywords)


for _keywords in ({}, {"cov": True}, {"cov": "unscaled"}, {"full": True}):
    _part = {"cov": 1, "full": 3}.get(next(iter(_keywords), ""))
    add(
        lambda x, y, part=_part, keywords=_keywords: (
            fitted(x, y, 2, **keywords) if part is None else fitted(x, y, 2, **keywords)[part]
        ),
        real(6),
        real(6),
        active=(0, 1),
        row=np.polyfit,
    )
add(lambda x, y: fitted(x, y, 2, full=True)[1], real(6), real(6), active=(0, 1), row=np.polyfit)
add(fitted, real(6), real(6, 2), 1, active=(0, 1), row=np.polyfit)
add(fitted, real(6), real(6), 2, np.abs(real(6)) + 0.5, active=(0, 1, 3), row=np.polyfit)

# --- sets and picking ----------------------------------------------------------------------------

add(np.unique, apart(2, 3))
add(np.unique, apart(2, 3), axis=1)
add(np.union1d, apart(4), apart(3) + 0.013, active=(0, 1))
add(np.setdiff1d, apart(4), np.array([77.0]))
add(np.setxor1d, apart(4), apart(3) + 0.031, active=(0, 1))
add(lambda x: np.intersect1d(x[::2], x[:3]), apart(5), row=np.intersect1d)
for _name in ("unique_values", "unique_all", "unique_counts", "unique_inverse"):
    _fn = getattr(np, _name)
    add(lambda x, f=_fn: f(x) if f is np.unique_values else f(x).values, apart(2, 3), row=_fn)
add(np.sort_complex, apart(5))
add(lambda x: np.trim_zeros(np.pad(x, 2)), apart(5), row=np.trim_zeros)
add(np.lib.stride_tricks.sliding_window_view, real(3, 4), 3, axis=1)
add(np.lib.stride_tricks.sliding_window_view, real(3, 4), (2, 2))
add(np.frexp, np.array([[0.7, -3.1], [5.3, 1e-3]]))

# --- functions of the user -----------------------------------------------------------------------

_SIGNED = np.array([[-1.3, 0.4, 2.1], [1.7, -0.6, 0.2]])
add(
    lambda x: np.piecewise(x, [x < 0, x > 1], [np.square, np.exp, lambda v: -v]),
    _SIGNED,
    row=np.piecewise,
)
add(
    lambda x, c: np.piecewise(x, [x < 0], [c, np.square]),
    _SIGNED,
    3.0,
    active=(0, 1),
    row=np.piecewise,
)
add(np.piecewise, 0.5, [True], [lambda v, p: v**p, 0.0], 3)
add(
    lambda x: np.apply_along_axis(lambda v: v[:2] * np.sum(v), 0, x),
    real(3, 4),
    row=np.apply_along_axis,
)
add(
    lambda x, v: np.apply_along_axis(np.outer, 1, x, v),
    real(3, 4),
    real(2),
    active=(0,),
    row=np.apply_along_axis,
)
add(lambda x: np.apply_along_axis(np.std, -1, x), real(2, 3, 4), row=np.apply_along_axis)
add(lambda x: np.apply_over_axes(np.sum, x * x, [0, -1]), real(2, 3, 4), row=np.apply_over_axes)


def fill(row: Any, widths: Any, _axis: int, keywords: Any) -> None:
    """Margins made of the first and the last element."""
    row[: widths[0]] = keywords["times"] * row[widths[0]]
    if widths[1]:
        row[-widths[1] :] = row[-widths[1] - 1] ** 2


for _keywords in (
    {"mode": "linear_ramp", "end_values": ((1.0, 2.0), (0.5, -1.0))},
    {"mode": "mean"},
    {"mode": "mean", "stat_length": ((2, 1), (2, 9))},
    {"mode": "maximum"},
    {"mode": "minimum", "stat_length": 2},
    {"mode": "median"},
    {"mode": "reflect", "reflect_type": "odd"},
    {"mode": "symmetric", "reflect_type": "odd"},
    {"mode": fill, "times": 3.0},
):
    add(np.pad, apart(2, 3), ((1, 0), (1, 4)), **_keywords)
add(np.pad, apart(5), 2, mode="reflect", reflect_type="odd")
add(odd_pad, apart(2, 3), 1, (1, 2), "reflect", reflect_type="odd")

# --- beyond the real domain ----------------------------------------------------------------------

for _name in ("sqrt", "log", "log2", "log10"):
    add(getattr(np.emath, _name), np.array([0.7, -1.9, 2.5]))
    add(getattr(np.emath, _name), np.array([0.7, 1.9]))
for _name in ("arcsin", "arccos", "arctanh"):
    add(getattr(np.emath, _name), np.array([0.4, -1.9, 2.5]))
    add(getattr(np.emath, _name), np.array([0.4, -0.3]))
add(np.emath.power, np.array([0.7, -1.9, 2.5]), 1.3, active=(0, 1))
add(np.emath.logn, 2.5, np.array([0.7, -1.9, 2.5]), active=(0, 1))
