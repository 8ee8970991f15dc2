"""Functions of sampled data: interp, gradient, unwrap; covariance and correlation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ._later import array_of

# --- interpolation -------------------------------------------------------------------------------


def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None
) -> Any:
    """Piecewise linear: in x, in the places xp of the samples and in their values fp.

    At an inner sample the derivative in x is the mean of the slopes on both sides, as the kinks of
    abs and maximum have it; at the first and the last it is the slope inside.
    """
    fp = array_of(fp)
    dtype = np.dtype(complex if fp.dtype.kind == "c" else float)
    x, xp, fp = (
        _as(array_of(x), np.dtype(float)),
        _as(array_of(xp), np.dtype(float)),
        _as(fp, dtype),
    )
    if period is not None:
        return _periodic(x, xp, fp, np.abs(period))
    inside = (x >= xp[0]) & (x <= xp[-1])
    everywhere = np.all(inside)
    y = _within(x if everywhere else np.where(inside, x, xp[0]), xp, fp)
    if not everywhere:
        y = np.where(x < xp[0], fp[0] if left is None else left, y)
        y = np.where(x > xp[-1], fp[-1] if right is None else right, y)
        y = np.where(np.isnan(x), math.nan, y)
    return _as(y[()], dtype)


def _within(x: Any, xp: Any, fp: Any) -> Any:
    """Between the first sample and the last."""
    n = xp.shape[0]
    if n == 1:
        return fp[0] + 0.0 * x
    cell = np.clip(np.searchsorted(xp, x, "right") - 1, 0, n - 2)
    y = _in_cell(x, xp, fp, cell)
    at_sample = np.equal(x, xp[cell]) & (cell > 0)
    if np.any(at_sample):
        before = np.where(at_sample & (xp[cell - 1] < x), cell - 1, cell)
        y = 0.5 * y + 0.5 * _in_cell(x, xp, fp, before)
    return y


def _in_cell(x: Any, xp: Any, fp: Any, j: Any) -> Any:
    """The line through the samples j and j + 1."""
    if xp.shape[0] <= x.size:
        slope = _slopes(np.diff(xp), np.diff(fp))[j]
    else:
        slope = _slopes(xp[j + 1] - xp[j], fp[j + 1] - fp[j])
    return fp[j] + slope * (x - xp[j])


def _slopes(run: Any, rise: Any) -> Any:
    """Slopes of the cells; a cell without width is never asked."""
    return rise / np.where(np.equal(run, 0.0), 1.0, run)


def _periodic(x: Any, xp: Any, fp: Any, period: Any) -> Any:
    x, xp = x % period, xp % period
    order = np.argsort(xp)
    xp, fp = xp[order], fp[order]
    xp = np.concatenate((xp[-1:] - period, xp, xp[:1] + period))
    fp = np.concatenate((fp[-1:], fp, fp[:1]))
    return interp(x, xp, fp)


def _as(x: Any, dtype: Any) -> Any:
    return x if x.dtype == dtype else x.astype(dtype)


# --- gradient ------------------------------------------------------------------------------------


def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    f = array_of(f)
    if not f.ndim:
        return ()
    single = axis is not None and not isinstance(axis, (tuple, list))
    axes = range(f.ndim) if axis is None else (axis,) if single else axis
    axes = tuple(d % f.ndim for d in axes)
    spacings = list(varargs) or [1.0]
    if len(spacings) == 1 and len(axes) > 1:
        spacings *= len(axes)
    if f.dtype.kind in "biu":
        f = f.astype(float)
    parts = tuple(
        _as(_along_axis(f, h if np.ndim(h) == 0 else array_of(h), d, edge_order), f.dtype)
        for h, d in zip(spacings, axes, strict=True)
    )
    return parts[0] if len(axes) == 1 else parts


def _along_axis(f: Any, h: Any, axis: int, edge_order: int) -> Any:
    lead = (slice(None),) * axis

    def part(start: int | None, stop: int | None) -> Any:
        return f[(*lead, slice(start, stop))]

    if np.ndim(h) == 0:
        inner = (part(2, None) - part(None, -2)) / (2.0 * h)
        near = far = (h, h)
    else:
        h = np.diff(h.astype(float) if h.dtype.kind in "biu" else h)
        near, far = (h[0], h[min(1, h.shape[0] - 1)]), (h[-1], h[max(-2, -h.shape[0])])
        h = h.reshape((-1,) + (1,) * (f.ndim - axis - 1))
        h1, h2 = h[:-1], h[1:]
        # The formula of unequal steps also where they are equal: its derivative in each place.
        inner = (
            -h2 / (h1 * (h1 + h2)) * part(None, -2)
            + (h2 - h1) / (h1 * h2) * part(1, -1)
            + h1 / (h2 * (h1 + h2)) * part(2, None)
        )
    if edge_order == 1:
        first = (part(1, 2) - part(0, 1)) / near[0]
        last = (part(-1, None) - part(-2, -1)) / far[0]
    else:
        first = _at_edge(part(0, 1), part(1, 2), part(2, 3), *near)
        last = -_at_edge(part(-1, None), part(-2, -1), part(-3, -2), *far)
    return np.concatenate((first, inner, last), axis=axis)


def _at_edge(f0: Any, f1: Any, f2: Any, h1: Any, h2: Any) -> Any:
    """The slope at f0 of the parabola through three samples, to second order."""
    total = h1 + h2
    return -(h1 + total) / (h1 * total) * f0 + total / (h1 * h2) * f1 - h1 / (h2 * total) * f2


# --- unwrap --------------------------------------------------------------------------------------


def unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: Any = 2 * math.pi) -> Any:
    p = array_of(p)
    axis %= p.ndim
    lead = (slice(None),) * axis
    step = np.diff(p, axis=axis)
    half = period / 2
    turned = np.mod(step + half, period) - half
    turned = np.where((turned == -half) & (step > 0), half, turned)
    # Whole periods: locally constant in p.
    turns = np.rint((turned - step) / period)
    turns = np.where(np.abs(step) < (half if discont is None else discont), 0.0, turns)
    moved = p[(*lead, slice(1, None))] + np.cumsum(turns, axis=axis) * period
    return np.concatenate((p[(*lead, slice(None, 1))], moved), axis=axis)


# --- windows -------------------------------------------------------------------------------------


def kaiser(M: Any, beta: Any) -> Any:
    """The Kaiser window; `np.kaiser` itself asks for plain numbers, so lifted code calls this."""
    if M == 1:
        return np.kaiser(1, 0.0)
    half = (M - 1) / 2.0
    n = (np.arange(M) - half) / half
    return np.i0(beta * np.sqrt(1 - n * n)) / np.i0(beta)


# --- covariance ----------------------------------------------------------------------------------


def _variables(m: Any, dtype: Any, rowvar: bool, transpose: bool) -> Any:
    """Variables in rows."""
    x = np.atleast_2d(array_of(m))
    x = x if x.dtype == dtype else x.astype(dtype)
    return x.T if transpose and not rowvar else x


def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    m = array_of(m)
    y = None if y is None else array_of(y)
    if dtype is None:
        dtype = np.result_type(m.dtype, float, *(() if y is None else (y.dtype,)))
    x = _variables(m, dtype, rowvar, m.ndim != 1)
    if x.shape[0] == 0:
        return np.zeros((0, 0))
    if y is not None:
        x = np.concatenate((x, _variables(y, dtype, rowvar, y.ndim == 2 and y.shape[0] != 1)))
    if ddof is None:
        ddof = 0 if bias else 1
    w: Any = None if fweights is None else np.asarray(fweights, dtype=float)
    if aweights is not None:
        aweights = array_of(aweights)
        w = aweights if w is None else w * aweights
    average, w_sum = np.average(x, axis=1, weights=w, returned=True)
    if w is None:
        factor: Any = x.shape[1] - ddof
    elif aweights is None or ddof == 0:
        factor = w_sum[0] - ddof
    else:
        factor = w_sum[0] - ddof * np.sum(w * aweights) / w_sum[0]
    if factor <= 0:
        factor = 0.0
    x = x - average[:, None]
    right = (x if w is None else x * w).T
    with np.errstate(all="ignore"):
        inverse = np.true_divide(1, factor)
    return np.squeeze(np.dot(x, np.conj(right)) * inverse)


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *unused: Any, dtype: Any = None) -> Any:
    c = cov(x, y, rowvar, dtype=dtype)
    if c.ndim == 0:
        return c / c
    deviation = np.sqrt(np.real(np.diag(c)))
    c = c / deviation[:, None]
    c = c / deviation[None, :]
    if c.dtype.kind == "c":
        return np.clip(np.real(c), -1, 1) + 1j * np.clip(np.imag(c), -1, 1)
    return np.clip(c, -1, 1)
