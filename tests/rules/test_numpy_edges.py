"""Arrays at the edge, given to NumPy's rarer functions and to reductions of ufuncs.

Scalars, arrays without axes or elements, NaN and inf, ties, single precision, strides: the value
is the plain call's to the bit and of its type, and what the plain call raises is raised.
"""

import warnings

import numpy as np
import pytest

import dualad as da
from tests.machines import primals, same_bits

QUIET = (
    "nansum nanprod nanmean nanvar nanstd nanmax nanmin nanmedian nancumsum nancumprod median "
    "unwrap gradient cov corrcoef histogram histogram_bin_edges unique sort_complex poly vander "
    "roots polyder polyint unique_all unique_values unique_counts unique_inverse frexp modf"
)
TWO = "union1d intersect1d setdiff1d setxor1d polyadd polysub polymul"
CALLS = {name: getattr(np, name) for name in QUIET.split()}


def add(name, call):
    CALLS[name] = call


for _name in ("nanmean", "nanstd", "nanmax", "nanmedian", "median"):
    for _kw in ({"axis": -1}, {"axis": 0}, {"axis": ()}, {"keepdims": True}):
        _f = getattr(np, _name)
        add(f"{_name}, {_kw}", lambda x, f=_f, kw=_kw: f(x, **kw))
for _name in ("quantile", "nanquantile"):
    for _m in ("linear", "lower", "midpoint"):
        _f = getattr(np, _name)
        add(f"{_name}, {_m}", lambda x, f=_f, m=_m: f(x, 0.3, method=m))
        add(f"{_name}, {_m}, axis", lambda x, f=_f, m=_m: f(x, [0.3, 0.7], axis=0, method=m))
        add(f"{_name}, {_m}, ()", lambda x, f=_f, m=_m: f(x, 0.3, axis=(), method=m))
        add(f"{_name}, {_m}, 2d", lambda x, f=_f, m=_m: f(x, [[0.3], [0.7]], axis=-1, method=m))
for _name in TWO.split():
    _f = getattr(np, _name)
    add(_name, lambda x, f=_f: f(x, x + 1))
for _name in ("sqrt", "log", "log2", "log10", "arcsin", "arccos", "arctanh"):
    add(f"emath.{_name}", getattr(np.emath, _name))
for _m in ("constant", "mean", "maximum", "median", "linear_ramp", "reflect", "edge"):
    add(f"pad, {_m}", lambda x, m=_m: np.pad(x, 1, mode=m))
for _u in (np.logaddexp, np.hypot, np.fmax, np.subtract, np.add, np.maximum, np.arctan2):
    for _axis in (0, None, (), -1):
        add(f"{_u.__name__}.reduce, {_axis}", lambda x, u=_u, a=_axis: u.reduce(x, axis=a))
    add(f"{_u.__name__}.reduce, kept", lambda x, u=_u: u.reduce(x, keepdims=True))
    add(f"{_u.__name__}.accumulate", lambda x, u=_u: u.accumulate(x))
    add(f"{_u.__name__}.outer", lambda x, u=_u: u.outer(x, x))
CALLS |= {
    "interp": lambda x: np.interp(x, [0.1, 1.3, 2.2], [1.0, 3.0, 2.0]),
    "histogram, weights": lambda x: np.histogram(x, 3, weights=x),
    "histogram, density": lambda x: np.histogram(x, 2, density=True),
    "histogram2d": lambda x: np.histogram2d(x, x, 2),
    "histogramdd": lambda x: np.histogramdd(x, 2),
    "pad, odd": lambda x: np.pad(x, 2, mode="reflect", reflect_type="odd"),
    "polyval": lambda x: np.polyval(x, 2.0),
    "polyval at": lambda x: np.polyval([1.0, 2.0], x),
    "polyfit": lambda x: np.polyfit(x, x, 0),
    "piecewise": lambda x: np.piecewise(x, [x > 0.7], [np.sin, np.cos]),
    "apply_along_axis": lambda x: np.apply_along_axis(np.cumsum, -1, x),
    "windows": lambda x: np.lib.stride_tricks.sliding_window_view(x, 1),
}

POINTS = {
    "NumPy's scalar": np.float64(0.4),
    "no axes": np.array(0.4),
    "size 1": np.array([[0.4]]),
    "empty": np.zeros(0),
    "empty rows": np.zeros((0, 3)),
    "empty columns": np.zeros((3, 0)),
    "vector": np.array([2.0, 1.0, 0.5]),
    "Fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "NaN": np.array([2.0, np.nan, 0.5]),
    "inf": np.array([np.inf, 1.0, -np.inf]),
    "ties": np.array([1.0, 1.0, 1.0]),
    "single": np.array([2.0, 1.0, 0.5], np.float32),
    "reversed": np.array([2.0, 1.0, 0.5, 0.25])[::-2],
    "stride 0": np.broadcast_to(2.0, (2, 2)),
}


def answer_or_error(f, *args):
    try:
        return f(*args), None
    except Exception as error:  # to be compared with the other's
        return None, error


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize("name", CALLS)
def test_edges(name, mode):
    f = CALLS[name]
    warnings.simplefilter("ignore")
    for text, x in POINTS.items():
        seen = []

        def inside(v, seen=seen):
            seen.append(primals(f(v)))
            return v

        def run(x, inside=inside):
            if mode == "forward":
                da.jvp(inside, (x,), (np.ones_like(x),))
            else:
                da.vjp(inside, x)

        with np.errstate(all="ignore"):
            plain, theirs = answer_or_error(f, x)
            _, ours = answer_or_error(run, x)
        if theirs is not None:
            assert isinstance(ours, type(theirs)), f"{text}: {ours!r} instead of {theirs!r}"
            continue
        assert ours is None, f"{text}: {ours!r}"
        same_kind(seen[0], plain, text)


def same_kind(got, want, text):
    if isinstance(want, (tuple, list)):
        for g, w in zip(got, want, strict=True):
            same_kind(g, w, text)
        return
    assert isinstance(got, np.ndarray) is isinstance(want, np.ndarray), text
    same_bits(np.asarray(got), np.asarray(want))
