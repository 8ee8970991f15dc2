"""Sample calls of what the tables of the tests lack: makers, writers, lifted types, methods, ..."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.conformance_samples import Sample, function_of
from tests.rules.linalg_cases import matrix, symmetric

CALLS: dict[Any, list[Sample]] = {}

X = np.array([0.41, -1.3, 0.83, 2.2, -0.57])
Y = np.array([1.7, 0.6, -0.9, 1.1, 0.35])
M = matrix(3, 3)
R = matrix(3, 4, seed=2)
S = symmetric(3, 3)
DOWN = np.array([3, 0, 2])


def add(key: Any, call: Callable[..., Any], *point: Any, **options: Any) -> None:
    name = key if isinstance(key, str) else key.__name__
    CALLS.setdefault(key, []).append(Sample(name, call, point or (X,), **options))


# --- makers --------------------------------------------------------------------------------------

add(np.arange, lambda a, h: np.arange(a, 5.13, h), np.float64(0.3), np.float64(0.7))
add(np.array, lambda x: np.array(x) * x)
add(np.array, lambda x: np.array([x, x * x]))
add(np.array, lambda x: np.array([[x[0], 1.0], [x[1] * x[2], x[3]]]))
add(np.asarray, lambda x: np.asarray(x) * x)
add(np.asarray, lambda x: np.asarray([x[1], x[0] * x[0]]))
add(np.asanyarray, lambda x: np.asanyarray(x) * x)
add(np.astype, lambda x: np.astype(x, np.float64) * x)
add(np.empty, lambda x: _filled(np.empty(x.shape, x.dtype), x))
add(np.zeros, lambda x: _filled(np.zeros(x.shape, x.dtype), x))
add(np.ones, lambda x: _filled(np.ones(x.shape, x.dtype), x))
add(np.empty_like, lambda x: _filled(np.empty_like(x), x))
add(np.zeros_like, lambda x: _filled(np.zeros_like(x), x))
add(np.ones_like, lambda x: _filled(np.ones_like(x), x))
add(np.full, lambda x: np.full((2, 5), x) * x)
add(np.full, lambda x: np.full(3, x[0] * x[1]))
add(np.full_like, lambda x: np.full_like(x, x[0]) * x)
add(np.eye, lambda x: np.eye(5, k=1, like=x) * x)
add(np.identity, lambda x: np.identity(5, like=x) * x)
add(np.tri, lambda x: np.tri(5, like=x) * x)
add(np.fromfunction, lambda x: np.fromfunction(lambda i, j: x[i] * x[j], (5, 5), dtype=int))
add(np.ix_, lambda x: x.reshape(5, 1)[np.ix_([0, 3], [0])] * x)
add(np.sign, lambda x: np.sign(x) * x * x)
add(np.modf, lambda x: np.modf(3.1 * x)[0] * x)
add(np.modf, lambda x: np.modf(3.1 * x)[1] * x)
add(np.divmod, lambda x, y: np.divmod(3.1 * x, y)[1], X, Y)
add(np.frexp, lambda x: np.frexp(x)[0] * x)


for _name in {"trapz"} & set(vars(np)):  # the old name of trapezoid
    add(function_of("np.trapz"), lambda y, x: function_of("np.trapz")(y, np.cumsum(x * x)), X, Y)


def _filled(out: Any, x: Any) -> Any:
    """What a loop of assignments and updates in place leaves in a buffer."""
    out[0] = x[1] * x[2]
    for i in range(1, len(x)):
        out[i] = x[i] * out[i - 1]
    out *= x[0]
    return out


# --- writers -------------------------------------------------------------------------------------


def _written(write: Callable[[Any, Any], None]) -> Callable[..., Any]:
    def call(x: Any, y: Any) -> Any:
        out = x * x
        write(out, y)
        return out * x

    return call


add(np.copyto, _written(lambda out, y: np.copyto(out, y * y)), X, Y)
add(np.copyto, _written(lambda out, y: np.copyto(out, y * y, where=Y > 0.5)), X, Y)
add(np.put, _written(lambda out, y: np.put(out, [0, -2], y[:2] * y[1])), X, Y)
add(np.place, _written(lambda out, y: np.place(out, Y > 0.5, y[:2] * y[1])), X, Y)
add(np.putmask, _written(lambda out, y: np.putmask(out, Y > 0.5, y * y)), X, Y)
add(
    np.put_along_axis,
    _written(lambda out, y: np.put_along_axis(out, DOWN, y[:3] * y[1], axis=0)),
    X,
    Y,
)
add(
    np.fill_diagonal,
    _written(lambda out, y: np.fill_diagonal(out, y[:3] * y[1])),
    matrix(3, 3),
    Y[:3],
)

# --- lifted --------------------------------------------------------------------------------------


def _square(v: Any) -> Any:
    return v * v + 0.3 * v


add(np.asarray_chkfinite, lambda x: np.asarray_chkfinite(x) * x)
add(np.ascontiguousarray, lambda x: np.ascontiguousarray(x[::-1]) * x)
add(np.asfortranarray, lambda x: np.asfortranarray(x) * x, R)
add(np.require, lambda x: np.require(x, requirements="C") * x)
add(np.broadcast, lambda x, y: np.array([a * b for a, b in np.broadcast(x, y)]), X, Y)
add(np.fromiter, lambda x: np.fromiter((v * v for v in x), x.dtype))
add(np.frompyfunc, lambda x: np.frompyfunc(_square, 1, 1)(x).astype(x.dtype))
add(np.vectorize, lambda x: np.vectorize(_square)(x))
add(np.isscalar, lambda x: x * x if np.isscalar(x[0]) else x)
add(np.kaiser, lambda b: np.kaiser(6, b), np.float64(2.3))
add(np.ndenumerate, lambda x: np.array([v * v * i[0] for i, v in np.ndenumerate(x)]))
add(np.poly1d, lambda x: np.poly1d(x[:3])(x[3]) * x)
add(np.poly1d, lambda x: (np.poly1d(x[:3]) * np.poly1d(x[2:])).coeffs)
add(function_of("np.row_stack"), lambda x, y: np.vstack([x * y, y]), X, Y)

for _kind in (np.float64, np.longdouble):
    add(_kind, lambda x, kind=_kind: kind(x[0]) * x[1] * x)
for _kind, _eps in ((np.float32, 1e-5), (np.float16, 2e-2)):
    add(
        _kind,
        lambda x, kind=_kind: kind(x[0] * x[1]) * x,
        eps=_eps,
        twin=lambda x: x[0] * x[1] * x,
    )
for _kind in (np.complex128, np.clongdouble):
    add(_kind, lambda x, kind=_kind: kind(x[0]) * kind(x[1] + 2j) * x)
add(
    np.complex64,
    lambda x: np.complex64(x[0] + 2j) * x,
    eps=1e-5,
    twin=lambda x: (x[0] + 2j) * x,
)
for _kind in {k for k in np.sctypeDict.values() if np.dtype(k).kind in "iu"}:
    # A conversion to an integer is locally constant; what it is multiplied with is not.
    add(_kind, lambda x, kind=_kind: kind(9.3 * x[0]) * x * x)

# --- linear algebra ------------------------------------------------------------------------------

add(np.linalg.cholesky, lambda a: np.linalg.cholesky(a), S)
add(np.linalg.cholesky, lambda a: np.linalg.cholesky(a @ np.conj(a.T) + np.eye(3), upper=True), M)
for _order in (None, 2, -2, "fro", 1, np.inf):
    add(np.linalg.cond, lambda a, p=_order: np.linalg.cond(a, p), M)
add(np.linalg.eig, lambda a: np.linalg.eig(a), M)
add(np.linalg.eig, lambda a: np.linalg.eig(a), matrix(2, 3, 3))
add(np.linalg.eig, lambda a: np.linalg.eig(a), np.array([[1.0, 2.0], [-1.5, 0.7]]))
add(np.linalg.eigvals, lambda a: np.linalg.eigvals(a), M)
add(np.linalg.eigvals, lambda a: np.linalg.eigvals(a), np.array([[1.0, 2.0], [-1.5, 0.7]]))
add(np.linalg.eigh, lambda a: np.linalg.eigh(a), S)
add(np.linalg.eigh, lambda a: np.linalg.eigh(a @ np.conj(a.T), "U"), M)
add(np.linalg.eigvalsh, lambda a: np.linalg.eigvalsh(a), S)
add(np.linalg.eigvalsh, lambda a: np.linalg.eigvalsh(a @ np.conj(a.mT), "U"), matrix(2, 3, 3))
add(np.linalg.lstsq, lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0], R.T, Y[:4])
add(np.linalg.lstsq, lambda a, b: np.linalg.lstsq(a, b, rcond=None)[1], R.T, matrix(4, 2))
add(np.linalg.lstsq, lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0], R, Y[:3])
add(np.linalg.lstsq, lambda a, b: np.linalg.lstsq(a, b, rcond=None)[3], R, Y[:3])
for _a in (R, R.T.copy(), M, matrix(2, 3, 2)):
    add(np.linalg.pinv, lambda a: np.linalg.pinv(a), _a)
    add(np.linalg.svd, lambda a: np.linalg.svd(a, full_matrices=False), _a)
    add(np.linalg.svd, lambda a: np.linalg.svd(a, compute_uv=False), _a)
    add(np.linalg.svdvals, lambda a: np.linalg.svdvals(a), _a)
    add(np.linalg.qr, lambda a: np.linalg.qr(a), _a)
    add(np.linalg.qr, lambda a: np.linalg.qr(a, mode="r"), _a)
add(np.linalg.qr, lambda a: np.linalg.qr(a, mode="complete"), M)
add(np.linalg.tensorinv, lambda a: np.linalg.tensorinv(a.reshape(4, 2, 2), 1), matrix(4, 4))
add(np.linalg.tensorsolve, lambda a, b: np.linalg.tensorsolve(a, b), matrix(3, 3), Y[:3])
add(
    np.linalg.tensorsolve,
    lambda a, b: np.linalg.tensorsolve(a.reshape(2, 2, 4), b),
    matrix(4, 4),
    matrix(2, 2),
)

# --- Fourier transforms --------------------------------------------------------------------------

_BOX = matrix(3, 4) + 0.2 * np.cos(np.arange(12.0).reshape(3, 4))
for _name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
    _fn = getattr(np.fft, _name)
    add(_fn, lambda x, f=_fn: f(x))
    add(_fn, lambda x, f=_fn: f(x, n=7, axis=0, norm="ortho"), _BOX)
    add(_fn, lambda x, f=_fn: f(x, 3, norm="forward"), _BOX)
for _name in ("fft", "ifft", "rfft", "irfft"):
    _two, _many = getattr(np.fft, _name + "2"), getattr(np.fft, _name + "n")
    add(_two, lambda x, f=_two: f(x), _BOX)
    add(_two, lambda x, f=_two: f(x, s=(4, 3), norm="ortho"), _BOX)
    add(_many, lambda x, f=_many: f(x), _BOX)
    add(_many, lambda x, f=_many: f(x, s=(5, 2), axes=(0, 1), norm="forward"), _BOX)
for _fn in (np.fft.fftshift, np.fft.ifftshift):
    add(_fn, lambda x, f=_fn: f(x * x))
    add(_fn, lambda x, f=_fn: f(x, axes=1), _BOX)
for _fn in (np.fft.fftfreq, np.fft.rfftfreq):
    add(_fn, lambda d, f=_fn: f(5, d), np.float64(0.3))

# --- methods and attributes ----------------------------------------------------------------------


def _after(method: Callable[[Any], Any]) -> Callable[..., Any]:
    """A copy of the square, changed in place."""

    def call(x: Any) -> Any:
        out = x * x
        method(out)
        return out * out

    return call


METHODS: dict[str, Callable[..., Any]] = {
    "T": lambda x: x.T @ x,
    "all": lambda x: x * x if x.all() else x,
    "any": lambda x: x * x if x.any() else x,
    "argmax": lambda x: x[x[:, 0].argmax()] * x,
    "argmin": lambda x: x[x[:, 0].argmin()] * x,
    "argpartition": lambda x: x[x[:, 0].argpartition(1)] * x,
    "argsort": lambda x: x[x[:, 1].argsort()] * x,
    "astype": lambda x: x.astype(np.complex128) * (1j + x),
    "choose": lambda x: np.array([2, 0, 1, 0]).choose([x[0], x[1], x[2]]) * x,
    "clip": lambda x: x.clip(-0.1, x[0, 0] + 0.5) * x,
    "compress": lambda x: x.compress([True, False, True], axis=0) * x[0],
    "conj": lambda x: x.conj() * x,
    "conjugate": lambda x: x.conjugate() * x,
    "copy": lambda x: x.copy() * x,
    "cumprod": lambda x: x.cumprod(axis=1),
    "cumsum": lambda x: x.cumsum(0) * x,
    "device": lambda x: x * x if x.device == "cpu" else x,
    "diagonal": lambda x: x.diagonal(1) * x[0, 0],
    "dot": lambda x: x.dot(x.T),
    "fill": _after(lambda out: out[0].fill(out[1, 1] * out[1, 2])),
    "flags": lambda x: x * x if x.flags.writeable in (True, False) else x,
    "flat": lambda x: x.flat[3] * x.flat[1] * x,
    "flatten": lambda x: x.flatten() * x.ravel(),
    "imag": lambda x: (x * (1.0 + 2.0j) * x).imag,
    "item": lambda x: x.item(1, 2) * x.item(3) * x,
    "itemsize": lambda x: x.itemsize * x * x,
    "mT": lambda x: x.mT @ x,
    "max": lambda x: x.max(axis=0) * x,
    "mean": lambda x: x.mean(axis=1, keepdims=True) * x,
    "min": lambda x: x.min(axis=1) * x[:, 0],
    "nbytes": lambda x: x.nbytes * x * x,
    "ndim": lambda x: x.ndim * x * x,
    "nonzero": lambda x: x[x.nonzero()] * x[0, 0],
    "partition": _after(lambda out: out.partition(2, axis=1)),
    "prod": lambda x: x.prod(axis=0),
    "put": _after(lambda out: out.put([1, 5], out[0, :2] * 2.0)),
    "ravel": lambda x: x.ravel("F") * x[0, 0],
    "real": lambda x: (x * (1.0 + 2.0j) * x).real,
    "repeat": lambda x: x.repeat([1, 0, 2, 1], axis=1) * x,
    "reshape": lambda x: x.reshape(2, 6) @ x.reshape(6, 2),
    "round": lambda x: (7.0 * x).round() * x,
    "searchsorted": lambda x: x[0, np.sort(x[0]).searchsorted(0.5) - 1] * x,
    "shape": lambda x: x.shape[0] * x * x,
    "size": lambda x: x.size * x * x,
    "sort": _after(lambda out: out.sort(axis=0)),
    "squeeze": lambda x: x[None].squeeze() * x,
    "std": lambda x: x.std(axis=1, ddof=1),
    "strides": lambda x: x.strides[0] * x * x,
    "sum": lambda x: x.sum(axis=0) * x,
    "swapaxes": lambda x: x.swapaxes(0, 1) @ x,
    "take": lambda x: x.take([2, 0, 0], axis=1) * x[:, :1],
    "tolist": lambda x: np.array(
        [a * b for a, b in zip(x.tolist()[0], x.tolist()[1], strict=True)]
    ),
    "trace": lambda x: x.trace(1) * x,
    "transpose": lambda x: x.transpose(1, 0) @ x,
    "var": lambda x: x.var(axis=(0, 1)),
    "view": lambda x: x.view() * x,
}


for _name, _call in METHODS.items():
    add(f"x.{_name}", _call, _BOX)
