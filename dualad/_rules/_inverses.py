"""The rows of `pinv`, `lstsq`, `tensorsolve`, `tensorinv`, `cond` and `matrix_rank`.

The pseudo-inverse after G. Golub, V. Pereyra, "The differentiation of pseudo-inverses and nonlinear
least squares problems whose variables separate", SIAM J. Numer. Anal. 10 (1973), 413-432. It
counts on a constant rank, as the cutoff of `pinv` does for small perturbations.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .._errors import NoRuleError
from ._contract import adjoint, conj, operand
from ._dispatch import dispatched
from ._row import Composed, Differential, Flat, Row
from ._spectral import hermitian as from_triangle
from ._svd import singular_values

Operands = tuple[Any, ...]
# Singular values below the cutoff must be this small for the matrix to have the lower rank.
_NEGLIGIBLE = 1e3


# --- pinv --------------------------------------------------------------------------------------


@dispatched
def pseudo_inverse(a: Any, rcond: Any) -> Any:
    """`np.linalg.pinv` with the relative cutoff `rcond`."""
    return np.linalg.pinv(a, rcond=rcond)


@dispatched
def _has_full_rank(a: Any, rcond: Any) -> bool:
    """Whether no singular value is cut off.

    Raises
    ------
    NoRuleError
        One is cut off that is not negligible: the answer is no pseudo-inverse.
    """
    a = np.asarray(a)
    if a.size == 0:
        return True
    s = np.linalg.svd(a, compute_uv=False)
    top = s[..., :1]
    cut = s <= np.asarray(rcond)[..., None] * top
    tiny = _NEGLIGIBLE * max(a.shape[-2:]) * np.finfo(s.dtype).eps * top
    if np.any(cut & (s > tiny)):
        raise NoRuleError(
            "a pseudo-inverse that cuts off singular values which are not zero has no derivative "
            "rule",
            "a smaller rcond, or np.linalg.svd",
        )
    return not cut.any()


def _rank_case(a: Any, rcond: Any) -> bool:
    full = _has_full_rank(a, rcond)
    if not full and type(a) is not np.ndarray:
        raise NoRuleError(
            "the pseudo-inverse of a matrix that has not full rank has a first derivative only",
            "np.linalg.solve or lstsq of a matrix of full rank",
        )
    return full


def _pinv_prepare(a: Any, rcond: Any) -> tuple[tuple[Any], Any]:
    return (operand(a),), (rcond,)


def _complements(a: Any, y: Any, full: bool) -> tuple[Any, Any]:
    """The projectors I - A A+ and I - A+ A; None where they vanish."""
    m, n = a.shape[-2:]
    left = None if full and m <= n else np.eye(m, dtype=a.dtype) - np.matmul(a, y)
    right = None if full and m >= n else np.eye(n, dtype=a.dtype) - np.matmul(y, a)
    return left, right


def _pinv_jvp(params: Any, y: Any, operands: Operands, blocks: Operands) -> Any:
    a, da = operands[0], blocks[0]
    left, right = _complements(a, y, _rank_case(a, *params))
    yh, dah = adjoint(y), adjoint(da)
    dy = -np.matmul(np.matmul(y, da), y)
    if left is not None:
        dy = dy + np.matmul(np.matmul(np.matmul(y, yh), dah), left)
    if right is not None:
        dy = dy + np.matmul(np.matmul(right, dah), np.matmul(yh, y))
    return dy


def _pinv_vjp(params: Any, y: Any, operands: Operands, ct: Any, _i: int) -> Any:
    a = operands[0]
    left, right = _complements(a, y, _rank_case(a, *params))
    yh, cth = adjoint(y), adjoint(ct)
    total = -np.matmul(np.matmul(yh, ct), yh)
    if left is not None:
        total = total + np.matmul(np.matmul(left, cth), np.matmul(y, yh))
    if right is not None:
        total = total + np.matmul(np.matmul(np.matmul(yh, y), cth), right)
    return total


_UNSET = object()


def _pinv(
    a: Any,
    rcond: Any = None,
    hermitian: bool = False,
    *,
    rtol: Any = _UNSET,
) -> Any:
    a = operand(a)
    if rcond is None:
        if rtol is _UNSET:
            rcond = 1e-15
        elif rtol is None:
            rcond = max(a.shape[-2:]) * np.finfo(a.dtype).eps
        else:
            rcond = rtol
    elif rtol is not _UNSET:
        raise ValueError("`rtol` and `rcond` can't be both set.")
    return pseudo_inverse(from_triangle(a, True) if hermitian else a, np.asarray(rcond))


# --- lstsq -------------------------------------------------------------------------------------


def _lstsq(a: Any, b: Any, rcond: Any = None) -> tuple[Any, Any, Any, Any]:
    a, b = operand(a), operand(b)
    real = np.result_type(a.dtype, b.dtype, np.float32)
    eps = np.finfo(real).eps
    m, n = a.shape[-2:]
    cut = eps * max(m, n) if rcond is None else eps if rcond == -1 else rcond
    s = singular_values(a)
    rank = _rank(s, cut)
    x = np.matmul(pseudo_inverse(a, np.asarray(cut)), b)
    if rank == n < m:
        rest = b - np.matmul(a, x)
        squares = np.real(conj(rest) * rest)
        residuals = np.sum(np.reshape(squares, (m, -1)), axis=0)
    else:
        residuals = np.zeros(0, np.finfo(real).dtype)
    return x, residuals, rank, s


@dispatched
def _rank(s: Any, cut: Any) -> Any:
    s = np.asarray(s)
    return np.int32(np.count_nonzero(s > cut * s[:1]))


# --- tensorsolve, tensorinv --------------------------------------------------------------------


def _tensorsolve(a: Any, b: Any, axes: Any = None) -> Any:
    a, b = operand(a), operand(b)
    if axes is not None:
        order = list(range(a.ndim))
        for k in axes:
            order.remove(k)
            order.insert(a.ndim, k)
        a = np.transpose(a, order)
    shape = a.shape[-(a.ndim - b.ndim) :]
    size = math.prod(shape)
    if a.size != size * size:
        raise np.linalg.LinAlgError(
            "Input arrays must satisfy the requirement             "
            "prod(a.shape[b.ndim:]) == prod(a.shape[:b.ndim])"
        )
    solution = np.linalg.solve(np.reshape(a, (size, size)), np.reshape(b, -1))
    return np.reshape(solution, shape)


def _tensorinv(a: Any, ind: int = 2) -> Any:
    a = operand(a)
    if ind <= 0:
        raise ValueError("Invalid ind argument.")
    inverse = np.linalg.inv(np.reshape(a, (math.prod(a.shape[ind:]), -1)))
    return np.reshape(inverse, (*a.shape[ind:], *a.shape[:ind]))


# --- cond --------------------------------------------------------------------------------------


def _cond(x: Any, p: Any = None) -> Any:
    x = operand(x)
    if 0 in x.shape[-2:]:
        raise np.linalg.LinAlgError("cond is not defined on empty arrays")
    if p is None or p in (2, -2):
        s = singular_values(x)
        return s[..., -1] / s[..., 0] if p == -2 else s[..., 0] / s[..., -1]
    norm = np.linalg.norm(x, ord=p, axis=(-2, -1))
    norm = norm * np.linalg.norm(np.linalg.inv(x), ord=p, axis=(-2, -1))
    return norm + 0j if x.dtype.kind == "c" and _is_complex_cond() else norm


def _is_complex_cond() -> bool:
    """Whether this NumPy gives condition numbers of complex matrices as complex numbers."""
    return np.iscomplexobj(np.linalg.cond(np.eye(1, dtype=complex), 1))


INVERSES: tuple[Row, ...] = (
    Flat(np.linalg.matrix_rank),
    Flat(_has_full_rank),
    Flat(_rank),
    Differential(
        pseudo_inverse,
        _pinv_prepare,
        lambda params, a: pseudo_inverse(a, *params),
        _pinv_jvp,
        _pinv_vjp,
    ),
    Composed(np.linalg.pinv, _pinv),
    Composed(np.linalg.lstsq, _lstsq),
    Composed(np.linalg.tensorsolve, _tensorsolve, pin=False),
    Composed(np.linalg.tensorinv, _tensorinv, pin=False),
    Composed(np.linalg.cond, _cond),
)
