"""Every function of NumPy that Numba compiles, called with differentiated numbers.

``python -m tests.native.functions [--modes forward,reverse,second] [names]`` judges the
derivatives of each expression by differences that know their error. It takes minutes, so the tests
compile a few of them, and hold that no function is without an entry or a reason.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from typing import Any

import numpy as np
from numba import njit

import dualad as da

from .harness import by_differences, close, flat, matrix

X = np.array([0.7, 1.3, -0.4, 2.1])
SQUARE = np.array([[1.1, 0.3, -0.2], [0.4, 2.0, 0.5], [-0.3, 0.1, 1.7]])
TALL = np.array([[1.1, 0.3], [0.4, 2.0], [-0.3, 0.1], [0.7, 0.9]])
MODES = ("forward", "reverse", "second")

# Of x: names (all in one probe), and the expression. m is x as a matrix of two rows.
VECTOR = {
    "append": "np.append(x, x[0] * x), np.append(m, m, axis=1), np.append(x * x, x[0] * x[1]),"
    " np.append(x[0], x), np.append(m, 2.0), np.append(np.ones(2), x[1]),"
    " np.append(x, (x[0], 1.0)), np.append([x[0], x[1]], x[2])",
    "array_split split hsplit vsplit": "np.array_split(x * x, 3)[1], np.split(x, 2)[0],"
    " np.hsplit(x * x, 2)[0], np.vsplit(m, 2)[1]",
    "dsplit": "np.dsplit(x.reshape(1, 2, 2), 2)[0]",
    "asarray asarray_chkfinite array copy": "np.asarray(x) * x, np.asarray_chkfinite(x) * x,"
    " np.array([x[0], 1.0]), np.copy(x), np.asarray(x[0]), np.array(x[1])[()] * x",
    "ascontiguousarray asfortranarray": "np.ascontiguousarray(m.T), np.asfortranarray(m)",
    "atleast_1d atleast_2d atleast_3d": "np.atleast_1d(x), np.atleast_2d(x), np.atleast_3d(x)",
    "average": "np.average(x), np.average(x, weights=x * x)",
    "broadcast_arrays broadcast_to": "np.broadcast_arrays(x, x.reshape(4, 1))[1],"
    " np.broadcast_to(x, (2, 4)) * x",
    "column_stack dstack hstack vstack row_stack stack concatenate": "np.column_stack((x, x * x)),"
    " np.dstack((x, x)), np.hstack((x, x)), np.vstack((x, x)), np.stack((x, x * x), 1),"
    " np.concatenate((x, x * x))",
    "delete": "np.delete(x * x, 1), np.delete(x, np.array([0, 2]))",
    "diag diagflat fill_diagonal": "np.diag(x), np.diag(m), np.diag(x, 1), np.diagflat(x),"
    " filled(m, x[0])",
    "diff": "np.diff(x * x), np.diff(x, 2), np.diff(m)",
    "expand_dims moveaxis swapaxes transpose reshape": "np.expand_dims(x, 0), np.moveaxis(m, 0, 1),"
    " np.swapaxes(m, 0, 1), np.transpose(m), np.reshape(x, (2, 2))",
    "flip fliplr flipud rot90 roll": "np.flip(x) * x, np.fliplr(m), np.flipud(m), np.rot90(m),"
    " np.roll(x, 1)",
    "full full_like ones_like zeros_like empty_like": "np.full(3, x[0]) * x[1],"
    " np.full_like(x, x[2]), np.ones_like(x) * x, np.zeros_like(x) + x, emptied(x)",
    "geomspace logspace linspace": "np.geomspace(x[0], x[1], 4), np.logspace(x[0], 1.5, 4),"
    " np.linspace(x[0], x[1], 5), np.linspace(0.0, x[1], 5)",
    "histogram": "np.histogram(x, 3)[1], np.histogram(x, 3, (0.0, 2.5))[0] * x[0],"
    " np.histogram(x, np.array([0.0, 1.0, 2.0]))[0] * x[0]",
    "interp": "np.interp(x, np.array([-1.0, 0.0, 1.0, 3.0]), np.array([1.0, 3.0, 2.0, 5.0])),"
    " np.interp(0.3, np.array([-1.0, 0.0, 1.0, 3.0]), x), np.interp(0.3, np.sort(x), x)",
    "outer vdot dot trace": "np.outer(x, x), np.outer(x, np.array([1.0, 2.0])), np.vdot(x, x),"
    " np.dot(m, m), np.trace(m)",
    "repeat resize": "np.repeat(x * x, 2), np.repeat(x, np.array([1, 2, 0, 1])),"
    " np.resize(x, (3, 2))",
    "roots": "np.roots(np.array([x[0], x[3] + 2.0, x[2], x[2] / 9.0]))",
    "round around sinc": "np.round(x) * x, np.around(x, 1) * x, np.sinc(x), np.sinc(x[0])",
    "select where": "np.select([x > 1.0, x > 0.0], [x, x * x], 0.0), np.where(x > 0, x, x * x),"
    " np.where(x > 0, x, 1.0)",
    "take take_along_axis": "np.take(x, np.array([1, 0])), np.take(x * x, 2),"
    " np.take_along_axis(x, np.array([1, 0, 2, 1]), 0)",
    "trapezoid": "np.trapezoid(x), np.trapezoid(x, np.array([0.0, 1.0, 3.0, 4.0])),"
    " np.trapezoid(x, dx=0.5), np.trapezoid(x * x, x)",
    "tril triu trim_zeros": "np.tril(m), np.triu(m, 1), np.trim_zeros(x)",
    "real imag angle": "np.real(x), np.imag(x) + x, np.real(x[0] + 1j * x), np.imag(x * 1j),"
    " np.angle(x[0] + 1j * x[1])",
    "min max amin amax ptp": "np.amin(x), np.amax(x), np.min(x), x.max(), np.ptp(x)",
    "mean var std sum prod cumsum cumprod": "np.mean(x), np.var(x), np.std(x), np.sum(m, 0),"
    " np.sum(x), np.prod(x), np.cumsum(x), np.cumprod(x)",
    "sort partition": "np.sort(x), np.partition(x, 1)",
    "median quantile percentile": "np.median(x), np.quantile(x, 0.3),"
    " np.percentile(x, np.array([30.0, 60.0]))",
    "nanmedian nanquantile nanpercentile": "np.nanmedian(holed(x)), np.nanquantile(holed(x), 0.3),"
    " np.nanpercentile(holed(x), 40.0)",
    "nansum nanprod nanmean nanvar nanstd": "np.nansum(holed(x)), np.nanprod(holed(x)),"
    " np.nanmean(holed(x)), np.nanvar(holed(x)), np.nanstd(holed(x))",
    "nanmin nanmax nancumsum nancumprod nan_to_num": "np.nanmin(holed(x)), np.nanmax(holed(x)),"
    " np.nancumsum(holed(x)), np.nancumprod(holed(x)), np.nan_to_num(holed(x))",
    "unique union1d setdiff1d intersect1d setxor1d extract": "np.unique(x), np.extract(x > 0, x),"
    " np.union1d(x, x[:2] * 2.0), np.setdiff1d(x, x[:1]), np.intersect1d(x, x[1:]),"
    " np.setxor1d(x, x[:1])",
    "convolve correlate": "np.convolve(x, x[:2]), np.convolve(x, np.array([1.0, 2.0]), 'same'),"
    " np.correlate(x, x[:2]), np.correlate(np.array([1.0, 2.0]), x, 'full')",
    "cov corrcoef": "np.cov(x, x * x), np.cov(x), np.cov(m, rowvar=False, bias=True),"
    " np.corrcoef(x, x * x)",
    "cross kron": "np.cross(x[:3], x[1:]), np.kron(x[:2], x), np.kron(m, m),"
    " np.cross(np.outer(x[:3], x[:3]), x[1:])",
    "vander insert ediff1d unwrap bincount": "np.vander(x, 3), np.insert(x, 1, x[0]),"
    " np.ediff1d(x), np.unwrap(x * 4.0), np.bincount(np.array([0, 1, 1, 2]), weights=x)",
    "clip": "np.clip(x, np.array([0.0, 0.0, 0.0, 0.0]), x * 0.5), np.clip(x, 0.0, x[1]),"
    " np.clip(x, None, 1.0), np.clip(np.ones(4), x, 3.0)",
    "linalg.norm": "np.linalg.norm(x), np.linalg.norm(x, 1), np.linalg.norm(x, np.inf),"
    " np.linalg.norm(x, -np.inf), np.linalg.norm(x, 0), np.linalg.norm(x, 2.5)",
    "linalg.solve linalg.inv linalg.det": "np.linalg.solve(m, x[:2]), np.linalg.inv(m),"
    " np.linalg.det(m)",
    "linalg.cholesky": "np.linalg.cholesky(m @ m.T)",
    "lib.stride_tricks.sliding_window_view": "np.lib.stride_tricks.sliding_window_view(x, 2)",
    "argmax argmin argwhere argpartition": "np.argmax(x) * x, np.argmin(x) * x,"
    " np.argwhere(x > 0)[1][0] * x, np.argpartition(x, 2)[0] * x",
    "searchsorted digitize flatnonzero count_nonzero": "np.flatnonzero(x) * x,"
    " np.searchsorted(np.array([0.0, 1.0]), x) * x, np.digitize(x, np.array([0.0, 1.0])) * x,"
    " np.count_nonzero(x) * x",
    "isin isclose allclose all any": "np.isin(x, x[:1]) * x, np.isclose(x, 1.0) * x,"
    " np.allclose(x, x) * x, np.all(x > 0) * x, np.any(x > 0) * x",
    "shape size isneginf isposinf nanargmin nanargmax": "np.shape(x)[0] * x, np.size(x) * x,"
    " np.isneginf(x) * x, np.isposinf(x) * x, np.nanargmin(x) * x, np.nanargmax(x) * x",
    "array_equal isscalar isreal iscomplex isrealobj iscomplexobj": "np.isscalar(x[0]) * x,"
    " np.array_equal(x, x) * x, np.isreal(x) * x, np.iscomplex(x) * x, np.isrealobj(x) * x,"
    " np.iscomplexobj(x) * x",
}
MATRIX = {
    "linalg.norm": "np.linalg.norm(x), np.linalg.norm(x, 1), np.linalg.norm(x, -1),"
    " np.linalg.norm(x, np.inf), np.linalg.norm(x, 2), np.linalg.norm(x, -2)",
    "linalg.cond": "np.linalg.cond(x), np.linalg.cond(x, 1), np.linalg.cond(x, -2)",
    "linalg.eigh linalg.eigvalsh": "np.linalg.eigh(x @ x.T)[0], np.linalg.eigh(x @ x.T)[1],"
    " np.linalg.eigvalsh(x @ x.T)",
    "linalg.eig linalg.eigvals": "np.linalg.eig(x)[0], np.linalg.eig(x)[1], np.linalg.eigvals(x)",
    "linalg.slogdet linalg.matrix_power linalg.matrix_rank": "np.linalg.slogdet(x)[1],"
    " np.linalg.matrix_power(x, 3), np.linalg.matrix_power(x, -2), np.linalg.matrix_rank(x) * x",
    "linalg.svd": "np.linalg.svd(x)[0], np.linalg.svd(x)[1], np.linalg.svd(x)[2]",
}
LONG = {
    "linalg.svd": "np.linalg.svd(x, False)[0], np.linalg.svd(x, False)[1]",
    "linalg.qr": "np.linalg.qr(x)[0], np.linalg.qr(x)[1],"
    " np.linalg.qr(np.ascontiguousarray(x.T))[1]",
    "linalg.pinv": "np.linalg.pinv(x), np.linalg.pinv(np.ascontiguousarray(x.T))",
    "linalg.lstsq": "np.linalg.lstsq(x, np.ones(4))[0], np.linalg.lstsq(x, x * x)[1],"
    " np.linalg.lstsq(np.ascontiguousarray(x.T), x[0])[0]",
}


@njit
def filled(m, value):
    out = m.copy()
    np.fill_diagonal(out, value)
    return out


@njit
def emptied(x):
    out = np.empty_like(x)
    out[:] = x
    return out


@njit
def holed(x):
    out = x.copy()
    out[1] = np.nan
    return out


def probes() -> dict[str, tuple[Any, Any]]:
    """(function, argument) by the names that it calls."""
    found = {}
    for table, argument in ((VECTOR, X), (MATRIX, SQUARE), (LONG, TALL)):
        for names, expression in table.items():
            first = "    m = x.reshape(2, 2)\n" if argument is X else ""
            source = f"def f(x):\n{first}    return {expression}\n"
            space = {"np": np, "filled": filled, "emptied": emptied, "holed": holed}
            exec(source, space)  # the tables above
            found[f"{names} of {argument.shape}"] = space["f"], argument
    return found


def called() -> frozenset[str]:
    """The names of all functions that have an entry."""
    tables = (*VECTOR, *MATRIX, *LONG)
    return frozenset(f"np.{name}" for names in tables for name in names.split())


def judge(function: Any, x: np.ndarray, mode: str) -> None:
    """Raise where a derivative is not what differences say, or the value not the plain call's."""
    f = njit(function)
    n = x.size
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if mode == "second":
            slope = da.jacobian(f, mode="forward")
            want = by_differences(lambda v: matrix(slope(v), n).reshape(-1), (x,))
            close(matrix(da.hessian(f)(x.copy()), n), want)
            return
        value, derivative = da.value_and_jacobian(f, mode=mode)(x.copy())
    np.testing.assert_array_equal(flat(value), flat(f(x.copy())))
    close(matrix(derivative, n), by_differences(f, (x,)))


def told(function: Any, x: np.ndarray, mode: str) -> str:
    """What is wrong with an entry; nothing where all is right."""
    try:
        judge(function, x, mode)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def main() -> int:
    """The command: every entry, or those whose names are given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modes", default=",".join(MODES))
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    wrong = 0
    for names, (function, x) in probes().items():
        if options.names and not set(options.names) & set(names.split()):
            continue
        for mode in options.modes.split(","):
            said = told(function, x, mode)
            wrong += bool(said)
            print(f"{'WRONG' if said else 'right'} {mode} {names} {said}", flush=True)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
