"""The rows of `numpy.fft`.

Every transform is a chain of steps along one axis each: cut or pad the axis to n elements, then
multiply by the matrix of the discrete Fourier transform, times a scale. The adjoint under
Re<u, v> walks the chain backward: the opposite transform with the opposite scale, then pad or cut.
The real transforms keep half of a Hermitian spectrum, whose inner elements count twice. See NumPy's
manual, "Discrete Fourier Transform", for the definitions of the norms.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from ._contract import conj
from ._moving import Shapes, moving, shape_of
from ._row import Linear, Row

SWAPPED = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}

# One step: (kind, length before, n, axis, norm).
Step = tuple[str, int, int, int, Any]


def fit(x: Any, n: int, axis: int) -> Any:
    """x with n elements along a (negative) axis: the first ones, followed by zeros."""
    have = x.shape[axis]
    if have > n:
        return x[(Ellipsis, slice(n), *(slice(None),) * (-1 - axis))]
    if have < n:
        missing = list(x.shape)
        missing[axis] = n - have
        return np.concatenate((x, np.zeros(missing, x.dtype)), axis=axis)
    return x


def _weights(n: int, inner: float, axis: int, dtype: Any) -> Any:
    """1 for the elements of a half spectrum of n that stand alone, `inner` for the others."""
    w = np.full(n // 2 + 1, inner)
    w[0] = 1.0
    if n % 2 == 0:
        w[-1] = 1.0
    real = np.zeros(0, dtype).real.dtype
    return w.astype(real).reshape((-1,) + (1,) * (-1 - axis))


def step_adjoint(step: Step, ct: Any, module: Any = np.fft) -> Any:
    """The adjoint of one step of `module` on a block of cotangents."""
    kind, length, n, axis, norm = step
    if kind == "hfft":  # irfft of the conjugate, with the opposite scale
        return conj(step_adjoint(("irfft", length, n, axis, SWAPPED[norm]), ct, module))
    if kind == "ihfft":
        return step_adjoint(("rfft", length, n, axis, SWAPPED[norm]), conj(ct), module)
    back = SWAPPED[norm]
    if kind == "fft":
        x = module.ifft(ct, n, axis, back)
    elif kind == "ifft":
        x = module.fft(ct, n, axis, back)
    elif kind == "rfft":
        x = module.irfft(ct * _weights(n, 0.5, axis, ct.dtype), n, axis, back)
    else:
        half = module.rfft(np.real(ct), n, axis, back)
        x = half * _weights(n, 2.0, axis, half.dtype)
    return fit(x, length, axis)


def chain_adjoint(steps: tuple[Step, ...], ct: Any, is_real: bool, module: Any = np.fft) -> Any:
    """The adjoint of a chain of steps; `is_real` says that the operand was."""
    for step in reversed(steps):
        ct = step_adjoint(step, ct, module)
    return np.real(ct) if is_real and ct.dtype.kind == "c" else ct


def is_real(x: Any) -> bool:
    return getattr(x, "dtype", np.dtype(float)).kind != "c"


# --- one axis ----------------------------------------------------------------------------------


def one_step(kind: str, shape: tuple[int, ...], n: Any, axis: int, norm: Any) -> Step:
    """The step of a transform along one axis of an array of this shape."""
    axis = operator.index(axis)
    axis -= len(shape) if axis >= 0 else 0
    length = shape[axis]
    if n is None:
        n = 2 * (length - 1) if kind in ("irfft", "hfft") else length
    return kind, length, operator.index(n), axis, norm


def _line(fn: Callable[..., Any]) -> Linear:
    kind = fn.__name__

    def prepare(
        a: Any, n: Any = None, axis: int = -1, norm: Any = None, out: Any = None
    ) -> tuple[tuple[Any], Any]:
        del out
        shape = shape_of(a)
        if not -len(shape) <= axis < len(shape) or norm not in SWAPPED:
            fn(np.zeros(shape), n, axis, norm)  # raises
        return (a,), (one_step(kind, shape, n, axis, norm), is_real(a))

    def value(params: Any, a: Any) -> Any:
        _, _, n, axis, norm = params[0]
        return fn(a, n, axis, norm)

    def transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
        return (chain_adjoint(params[:1], ct, params[1]),)

    return Linear(fn, prepare, value, transpose, one_call=True)


# --- several axes --------------------------------------------------------------------------------


def resolved(
    shape: tuple[int, ...], s: Any, axes: Any, inverse_real: bool
) -> tuple[list[int], list[int]]:
    """(lengths, negative axes) of a transform along several axes, as NumPy and SciPy fill them."""
    ndim = len(shape)
    if axes is None:
        axes = range(-ndim if s is None else -len(s), 0)
    axes = [normalize_axis_index(a, ndim) - ndim for a in axes]
    if s is None:
        lengths = [shape[a] for a in axes]
        if inverse_real and lengths:
            lengths[-1] = 2 * (lengths[-1] - 1)
    else:
        pairs = zip(s, axes, strict=True)
        lengths = [shape[a] if n is None or n == -1 else operator.index(n) for n, a in pairs]
    return lengths, axes


def grid_steps(
    kind: str, shape: tuple[int, ...], lengths: list[int], axes: list[int], norm: Any
) -> tuple[Step, ...]:
    """The chain of a transform along several axes; `kind` is fft, ifft, rfft or irfft."""
    now = list(shape)
    complex_kind = kind.replace("r", "")
    pairs = list(zip(lengths, axes, strict=True))
    last = pairs.pop() if kind != complex_kind else None
    plan = [(complex_kind, n, a) for n, a in reversed(pairs)]
    if last is not None:
        plan.insert(0 if kind == "rfft" else len(plan), (kind, *last))
    steps = []
    for k, n, a in plan:
        steps.append((k, now[a], n, a, norm))
        now[a] = n // 2 + 1 if k == "rfft" else n
    return tuple(steps)


def _grid(fn: Callable[..., Any], default: Any) -> Linear:
    kind = fn.__name__.rstrip("n2")

    def prepare(
        a: Any, s: Any = None, axes: Any = default, norm: Any = None, out: Any = None
    ) -> tuple[tuple[Any], Any]:
        del out
        shape = shape_of(a)
        try:
            lengths, axes = resolved(shape, s, axes, kind == "irfft")
            steps = grid_steps(kind, shape, lengths, axes, norm)
            known = norm in SWAPPED
        except (IndexError, ValueError, TypeError):
            known = False
        if not known or math.prod(shape) == 0:
            fn(np.zeros(shape), s, axes, norm)  # raises
        return (a,), (steps, is_real(a), tuple(lengths), tuple(axes), norm)

    def value(params: Any, a: Any) -> Any:
        _, _, lengths, axes, norm = params
        return fn(a, lengths, axes, norm)

    def transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
        return (chain_adjoint(params[0], ct, params[1]),)

    return Linear(fn, prepare, value, transpose, one_call=True)


_LINES = (np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, np.fft.hfft, np.fft.ihfft)
_PLANES = (np.fft.fft2, np.fft.ifft2, np.fft.rfft2, np.fft.irfft2)
_GRIDS = (np.fft.fftn, np.fft.ifftn, np.fft.rfftn, np.fft.irfftn)

FFT: tuple[Row, ...] = (
    *(_line(fn) for fn in _LINES),
    *(_grid(fn, (-2, -1)) for fn in _PLANES),
    *(_grid(fn, None) for fn in _GRIDS),
    moving(np.fft.fftshift, "x"),
    moving(np.fft.ifftshift, "x"),
)
