"""The rows of functions that change the memory or the dtype: copy, astype, real and imag."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._errors import NoRuleError
from ._moving import Shapes, leading, shape_of
from ._row import Linear, Row


def reverse_axes(x: Any, keep: int) -> Any:
    """x with its axes after the first `keep` in the opposite order."""
    return x.transpose((*range(keep), *range(x.ndim - 1, keep - 1, -1)))


# --- copy and astype ---------------------------------------------------------------------------


def _copy_prepare(a: Any, order: str = "K", subok: bool = False) -> tuple[tuple[Any], Any]:
    del subok
    return (a,), (order, len(shape_of(a)))


def _copy_value(params: Any, a: Any) -> Any:
    order, ndim = params
    if not leading(a, ndim):
        return np.copy(a, order)
    # A block keeps its lanes apart; each lane has the order that was asked for.
    return (
        reverse_axes(np.copy(reverse_axes(a, 1), "C"), 1)
        if order in ("F", "f")
        else np.copy(a, "K")
    )


def _same_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    return (ct,)


def _astype_prepare(
    x: Any,
    dtype: Any,
    order: str = "K",
    casting: str = "unsafe",
    subok: bool = True,
    copy: bool = True,
    device: Any = None,
) -> tuple[tuple[Any], Any]:
    del subok, device
    if np.dtype(dtype).kind not in "fc":
        raise NoRuleError(
            f"astype({np.dtype(dtype).name}) is locally constant and has no derivative rule",
            "da.primal(x).astype(...)",
        )
    return (x,), (np.dtype(dtype), x.dtype, order, casting, copy, len(shape_of(x)))


def _astype_value(params: Any, x: Any) -> Any:
    dtype, source, order, casting, copy, ndim = params
    if leading(x, ndim):
        return _cast(x, source, dtype)
    return x.astype(dtype, order=order, casting=casting, copy=copy)


def _cast(block: Any, source: Any, dtype: Any) -> Any:
    """A block of dtype kind `source` as `dtype`; the imaginary part is dropped silently."""
    if block.dtype == dtype:
        return block
    if dtype.kind == "f" and block.dtype.kind == "c":
        block = np.real(block)
    return block.astype(dtype)


def _astype_transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    return (_cast(ct, params[0], params[1]),)


# --- real and imag: params are (whether the operand is complex, its ndim) ----------------------


def _part_prepare(val: Any) -> tuple[tuple[Any], Any]:
    return (val,), getattr(val, "dtype", np.dtype(type(val))).kind == "c"


def _real_value(params: bool, val: Any) -> Any:
    return np.real(val)


def _imag_value(params: bool, val: Any) -> Any:
    return np.imag(val)


def _real_transpose(params: bool, ct: Any, shapes: Shapes) -> tuple[Any]:
    return ((ct + 0j) if params else ct,)


def _imag_transpose(params: bool, ct: Any, shapes: Shapes) -> tuple[Any]:
    # Im t = Re(-i t), so the adjoint under Re<u, v> is i times the cotangent.
    return (1j * ct if params else np.zeros(ct.shape, ct.dtype),)


COPYING: tuple[Row, ...] = (
    Linear(np.copy, _copy_prepare, _copy_value, _same_transpose, one_call=True),
    Linear(np.ndarray.astype, _astype_prepare, _astype_value, _astype_transpose, view=True),
    Linear(np.real, _part_prepare, _real_value, _real_transpose, one_call=True, view=True),
    Linear(np.imag, _part_prepare, _imag_value, _imag_transpose, one_call=True, view=True),
)
if hasattr(np, "astype"):
    COPYING += (Linear(np.astype, _astype_prepare, _astype_value, _astype_transpose, view=True),)
