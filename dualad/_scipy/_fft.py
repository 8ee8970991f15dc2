"""Rules for `scipy.fft`.

The Fourier transforms are those of `numpy.fft`, under SciPy's own values. The cosine and sine
transforms of types 1 to 4 are linear rows: types 1 and 4 are symmetric and types 2 and 3 each
other's transposes, but for the weight of the first or last element (N. Ahmed, T. Natarajan, K. R.
Rao, "Discrete cosine transform", IEEE Trans. Computers C-23, 1974; SciPy's manual, "Fourier
Transforms", for the definitions).
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import scipy.fft
import scipy.special

from .._rules._contract import conj
from .._rules._dispatch import dispatched
from .._rules._fft import SWAPPED, fit, resolved
from .._rules._moving import Shapes
from .._rules._row import Linear
from ._plain import array
from ._standins import Function, Standins, refuse_numbers

_all = Standins()


# --- Fourier transforms --------------------------------------------------------------------------


def _line(kind: str) -> None:
    numpys = getattr(np.fft, kind)

    def body(x: Any, n: Any = None, axis: int = -1, norm: Any = None, *_: Any, **__: Any) -> Any:
        return numpys(array(x), n, axis, norm)

    _all.composed(getattr(scipy.fft, kind), body)


def _grid(name: str) -> None:
    kind = name.rstrip("n2")
    hermitian = kind in ("hfft", "ihfft")
    inner = {"hfft": "irfft", "ihfft": "rfft"}.get(kind, kind)
    numpys = getattr(np.fft, f"{inner}n")
    default = (-2, -1) if name.endswith("2") else None

    def body(
        x: Any, s: Any = None, axes: Any = default, norm: Any = None, *_: Any, **__: Any
    ) -> Any:
        x = array(x)
        if isinstance(s, (int, np.integer)):
            s = (s,)
        if isinstance(axes, (int, np.integer)):
            axes = (axes,)
        lengths, axes = resolved(x.shape, s, axes, inner == "irfft")
        if not axes:
            return x
        if inner == "irfft" and s is None and lengths[-1] == 0:
            lengths[-1] = 1  # as SciPy takes a spectrum of one element here, but not in irfft
        if not hermitian:
            return numpys(x, lengths, axes, norm)
        if kind == "hfft":
            return numpys(conj(x), lengths, axes, SWAPPED[norm])
        return conj(numpys(x, lengths, axes, SWAPPED[norm]))

    _all.composed(getattr(scipy.fft, name), body)


for _name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft"):
    _line(_name)
    _grid(f"{_name}2")
    _grid(f"{_name}n")


# --- cosine and sine transforms along one axis ----------------------------------------------------
# The parameters are name, type, length, axis, norm and orthogonalize.


@dispatched
def line_transform(
    x: Any, name: str, kind: int, n: int, axis: int, norm: Any, orthogonalize: Any
) -> Any:
    """`scipy.fft.dct`, `idct`, `dst` or `idst` of real or complex x along a negative axis."""
    transform = getattr(scipy.fft, name)
    options = {"type": kind, "n": n, "axis": axis, "norm": norm, "orthogonalize": orthogonalize}
    if x.dtype.kind == "c":  # SciPy drops `orthogonalize` here
        return transform(x.real, **options) + 1j * transform(x.imag, **options)
    return transform(x, **options)


def _line_prepare(x: Any, *params: Any) -> tuple[tuple[Any], Any]:
    return (x,), params


def _line_value(params: Any, x: Any) -> Any:
    return line_transform(x, *params)


def _line_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    name, kind, n, axis, norm, orthogonalize = params
    swapped = {2: 3, 3: 2}.get(kind, kind)
    effective = swapped if name.startswith("i") else kind
    before = after = 1.0
    orthogonal = norm == "ortho" if orthogonalize is None else orthogonalize
    if not orthogonal and effective != 4:
        before, after = _weights(name[-3:], effective, n, axis, ct.dtype)
    back = line_transform(ct * before, name, swapped, n, axis, norm, orthogonalize) * after
    return (fit(back, shapes[0][axis], axis),)


def _weights(name: str, kind: int, n: int, axis: int, dtype: Any) -> tuple[Any, Any]:
    """Diagonal matrices D, E with: transpose = E (the transform of the swapped type) D."""
    w = np.ones(n)
    if kind == 1:
        if name == "dst":
            return 1.0, 1.0
        w[1:-1] = 2.0
        before, after = 1.0 / w, w
    else:
        end = 0 if name == "dct" else -1
        w[end] = 2.0 if kind == 2 else 0.5
        before, after = (w, np.ones(n)) if kind == 2 else (np.ones(n), w)
    real = np.zeros(0, dtype).real.dtype
    shape = (-1,) + (1,) * (-1 - axis)
    return before.astype(real).reshape(shape), after.astype(real).reshape(shape)


def _real_line(name: str) -> None:
    def body(
        x: Any,
        type: int = 2,
        n: Any = None,
        axis: int = -1,
        norm: Any = None,
        overwrite_x: bool = False,
        workers: Any = None,
        orthogonalize: Any = None,
    ) -> Any:
        x = array(x)
        axis -= x.ndim if axis >= 0 else 0
        return _one_line(x, name, type, n, axis, norm, orthogonalize)

    _all.composed(getattr(scipy.fft, name), body)


def _one_line(x: Any, name: str, kind: int, n: Any, axis: int, norm: Any, ortho: Any) -> Any:
    if x.dtype.kind == "c":
        ortho = None
    n = x.shape[axis] if n is None else n
    return line_transform(x, name, kind, n, axis, norm, ortho)


def _real_grid(name: str) -> None:
    def body(
        x: Any,
        type: int = 2,
        s: Any = None,
        axes: Any = None,
        norm: Any = None,
        overwrite_x: bool = False,
        workers: Any = None,
        *,
        orthogonalize: Any = None,
    ) -> Any:
        x = array(x)
        if isinstance(s, (int, np.integer)):
            s = (s,)
        if isinstance(axes, (int, np.integer)):
            axes = (axes,)
        lengths, axes = resolved(x.shape, s, axes, False)
        for n, axis in zip(lengths, axes, strict=True):
            x = _one_line(x, name[:-1], type, n, axis, norm, orthogonalize)
        return x

    _all.composed(getattr(scipy.fft, name), body)


for _name in ("dct", "idct", "dst", "idst"):
    _real_line(_name)
    _real_grid(f"{_name}n")

_all.rows.append(Linear(line_transform, _line_prepare, _line_value, _line_transpose))


# --- the fast Hankel transform -------------------------------------------------------------------


@functools.cache
def _last_is_always_real() -> bool:
    """Whether this SciPy makes the last factor real for odd lengths too; later ones do not."""
    unit = np.array([1.0, 0.0, 0.0])
    u = _hankel_coefficients(3, 1.0, 0.7, 0.1, 0.0, False)
    own = np.flip(np.fft.irfft(np.fft.rfft(unit) * u, 3))
    return not np.allclose(own, scipy.fft.fht(unit, 1.0, 0.7, 0.1))


def _hankel_coefficients(
    n: int, dln: float, mu: float, offset: Any, bias: float, last_is_real: bool
) -> Any:
    """The transform's factors, whose phase is linear in the offset.

    A. J. S. Hamilton, "Uncorrelated modes of the non-linear power spectrum", MNRAS 312, 257 (2000).
    """
    y = np.linspace(0.0, np.pi * (n // 2) / (n * dln), n // 2 + 1)
    high = scipy.special.loggamma((mu + 1 + bias) / 2 + 1j * y)
    low = scipy.special.loggamma((mu + 1 - bias) / 2 + 1j * y)
    with np.errstate(all="ignore"):
        constant = np.exp(high.real - low.real + np.log(2) * bias + 1j * (high.imag + low.imag))
    if not np.isfinite(constant[0]):
        x = (mu + 1 - bias) / 2
        constant[0] = 2**bias * scipy.special.poch(x, bias)
    u = constant * np.exp(2j * (np.log(2) - offset) * y)
    if last_is_real:
        end = np.arange(u.shape[0]) == u.shape[0] - 1
        u = np.where(end, np.real(u) + 0j, u)
    return u


def _fht(a: Any, dln: Any, mu: Any, offset: Any = 0.0, bias: Any = 0.0) -> Any:
    refuse_numbers(scipy.fft.fht, dln=dln, mu=mu, bias=bias)
    a = array(a)
    n = a.shape[-1]
    real = n % 2 == 0 or _last_is_always_real()
    u = _hankel_coefficients(n, dln, mu, offset, bias, real)
    u = np.where(np.isinf(u), 0.0, u)  # a singular transform, as SciPy mends it
    j = (np.arange(n) - (n - 1) / 2) * dln
    out = np.fft.irfft(np.fft.rfft(a * np.exp(-bias * j)) * u, n)
    return np.flip(out, -1) * np.exp(-bias * (j + offset))


def _ifht(A: Any, dln: Any, mu: Any, offset: Any = 0.0, bias: Any = 0.0) -> Any:
    refuse_numbers(scipy.fft.ifht, dln=dln, mu=mu, bias=bias)
    A = array(A)
    n = A.shape[-1]
    real = n % 2 == 0 or _last_is_always_real()
    u = _hankel_coefficients(n, dln, mu, offset, bias, real)
    gone = u == 0  # a singular inverse, as SciPy mends it
    inverse = np.where(gone, 0.0, 1.0 / conj(np.where(gone, 1.0, u)))
    j = (np.arange(n) - (n - 1) / 2) * dln
    out = np.fft.irfft(np.fft.rfft(A * np.exp(bias * (j + offset))) * inverse, n)
    return np.flip(out, -1) * np.exp(bias * j)


_all.composed(scipy.fft.fht, _fht)
_all.composed(scipy.fft.ifht, _ifht)


# --- the rest ------------------------------------------------------------------------------------

_all.composed(scipy.fft.fftshift, lambda x, axes=None: np.fft.fftshift(array(x), axes))
_all.composed(scipy.fft.ifftshift, lambda x, axes=None: np.fft.ifftshift(array(x), axes))
_all.composed(scipy.fft.fftfreq, lambda n, d=1.0, **_: np.fft.fftfreq(n, d))
_all.composed(scipy.fft.rfftfreq, lambda n, d=1.0, **_: np.fft.rfftfreq(n, d))


ROWS: list[Any] = _all.rows
STANDINS: dict[Any, Function] = _all.table
