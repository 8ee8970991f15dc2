"""Functions of matrices: expm, logm, sqrtm, powers, sign, trigonometric functions, funm.

The Frechet derivative L(A, E) of f stands in the corner of a function of twice the size,

    f([[A, E], [0, A]]) = [[f(A), L(A, E)], [0, f(A)]]

(N. Higham, "Functions of Matrices", SIAM 2008, theorem 3.6), and its adjoint is
L*(A, W) = L(A, W^H)^H. The square root and the sign solve Sylvester equations (ibid., chapters 5
and 6).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg

from ..._rules._contract import adjoint
from ..._rules._dispatch import dispatched
from ..._rules._row import Differential, Flat
from .._plain import array, is_number, primal
from .._standins import Standins
from ._equations import sylvester

Operands = tuple[Any, ...]
ALL = Standins()


def _quiet(fn: Callable[..., Any]) -> Callable[[Any], Any]:
    """SciPy's function without the printing of older versions, for a stack of matrices too."""
    prints = inspect.signature(fn).parameters.get("disp")
    options: dict[str, Any] = {"disp": False} if prints and prints.default is True else {}

    def one(a: Any) -> Any:
        found = fn(a, **options)
        if isinstance(found, tuple):  # an estimate of the error; signm gives it now and then
            found = found[0]
        # Older versions answer in extended precision, which LAPACK does not know.
        return found.astype(np.complex128) if found.dtype.char == "G" else found

    return lambda a: each(one, a)


def each(one: Callable[[Any], Any], a: Any) -> Any:
    """A function of one matrix on every matrix of a stack."""
    if a.size == 0:
        return np.zeros(a.shape, a.dtype)
    if a.ndim == 2:
        return one(a)
    found = np.stack([one(a[i]) for i in np.ndindex(a.shape[:-2])])
    return found.reshape(a.shape)


@dispatched
def _weight(a: Any, e: Any) -> Any:
    """Powers of two, one a lane, that bring e to the size of a: L(A, E) is linear in E."""
    axes = (-2, -1)
    size = np.max(np.abs(e), axis=axes, keepdims=True, initial=0.0)
    goal = np.max(np.abs(a), axis=axes, keepdims=True, initial=0.0)
    good = np.isfinite(size) & (size > 0) & np.isfinite(goal) & (goal > 0)
    ratio = np.where(good, goal, 1.0) / np.where(good, size, 1.0)
    exponent = np.clip(np.frexp(ratio)[1], -1000, 1000)
    return np.ldexp(np.ones((), size.dtype), exponent)


def frechet(f: Callable[[Any], Any], a: Any, e: Any) -> Any:
    """L(a, e) for a block e of directions, by theorem 3.6."""
    scale = _weight(a, e)
    a = np.broadcast_to(a, e.shape)
    e = e * scale
    upper = np.concatenate((a, e), axis=-1)
    lower = np.concatenate((np.zeros(a.shape, a.dtype), a), axis=-1)
    n = a.shape[-1]
    return f(np.concatenate((upper, lower), axis=-2))[..., :n, n:] / scale


def _real_like(t: Any, y: Any) -> Any:
    return np.real(t) if t.dtype.kind == "c" and y.dtype.kind != "c" else t


@dispatched
def expm(a: Any) -> Any:
    return scipy.linalg.expm(a) if a.size else np.zeros(a.shape, a.dtype)


def _expm_jvp(_params: Any, y: Any, operands: Operands, blocks: Operands) -> Any:
    if y.size == 0:
        return np.zeros(blocks[0].shape, y.dtype)
    return frechet(expm, operands[0], blocks[0])


def _expm_vjp(_params: Any, y: Any, operands: Operands, ct: Any, _i: int) -> Any:
    if y.size == 0:
        return np.zeros(ct.shape, y.dtype)
    return adjoint(frechet(expm, operands[0], adjoint(ct)))


_sqrtm_of = _quiet(scipy.linalg.sqrtm)
_signm_of = _quiet(scipy.linalg.signm)


# --- the square root and the sign --------------------------------------------------------------


@dispatched
def sqrtm(a: Any) -> Any:
    return _sqrtm_of(a)


def _sqrtm_vjp(_params: Any, y: Any, _operands: Operands, ct: Any, _i: int) -> Any:
    h = adjoint(y)
    return sylvester(h, h, ct)


@dispatched
def signm(a: Any) -> Any:
    return _signm_of(a)


def _signm_jvp(_params: Any, y: Any, operands: Operands, blocks: Operands) -> Any:
    root, da = np.matmul(operands[0], y), blocks[0]
    return sylvester(root, root, da - np.matmul(np.matmul(y, da), y))


def _signm_vjp(_params: Any, y: Any, operands: Operands, ct: Any, _i: int) -> Any:
    root, h = adjoint(np.matmul(operands[0], y)), adjoint(y)
    z = sylvester(root, root, ct)
    return z - np.matmul(np.matmul(h, z), h)


def _one(a: Any) -> tuple[tuple[Any], tuple[()]]:
    return (a,), ()


ALL.rows += [
    Flat(_weight),
    Differential(expm, _one, lambda _, a: expm(a), _expm_jvp, _expm_vjp),
    Differential(
        sqrtm,
        _one,
        lambda _, a: sqrtm(a),
        lambda _params, y, _operands, blocks: _real_like(sylvester(y, y, blocks[0]), y),
        _sqrtm_vjp,
    ),
    Differential(signm, _one, lambda _, a: signm(a), _signm_jvp, _signm_vjp),
]


# --- the logarithm -----------------------------------------------------------------------------

# Nodes and weights of Gauss and Legendre on [0, 1].
_NODES, _WEIGHTS = (v / 2 for v in np.polynomial.legendre.leggauss(14))
_NODES = _NODES + 0.5
_NEAR = 0.25


@dispatched
def _roots_needed(a: Any) -> int:
    """How many square roots bring a near the identity."""
    eye = np.eye(a.shape[-1])
    for count in range(100):
        distance = np.max(np.sum(np.abs(a - eye), axis=-2), initial=0.0)
        if not distance > _NEAR:
            return count
        a = _sqrtm_of(a)
    return 100


def logm(a: Any) -> Any:
    """log(A) = 2^s log(A^(1/2^s)), and log(I + Y) the integral of Y (I + tY)^-1 for t in [0, 1].

    N. Higham, "Functions of Matrices", sections 11.4 and 11.5.
    """
    if a.size == 0:
        return a
    count = _roots_needed(a)
    for _ in range(count):
        a = sqrtm(a)
    eye = np.eye(a.shape[-1], dtype=a.dtype)
    y = a - eye
    total: Any = 0.0
    for t, weight in zip(_NODES.tolist(), _WEIGHTS.tolist(), strict=True):
        total = total + weight * np.linalg.solve(eye + t * y, y)
    return 2.0**count * total


ALL.rows.append(Flat(_roots_needed))


# --- bodies ------------------------------------------------------------------------------------


def _is_real(a: Any) -> bool:
    return bool(a.dtype.kind != "c")


def _exponentials(a: Any) -> tuple[Any, Any]:
    return expm(1j * a), expm(-1j * a)


def _cosm(A: Any) -> Any:
    a = array(A)
    if _is_real(a):
        return np.real(expm(1j * a))
    plus, minus = _exponentials(a)
    return 0.5 * (plus + minus)


def _sinm(A: Any) -> Any:
    a = array(A)
    if _is_real(a):
        return np.imag(expm(1j * a))
    plus, minus = _exponentials(a)
    return -0.5j * (plus - minus)


def _tanm(A: Any) -> Any:
    return np.linalg.solve(_cosm(A), _sinm(A))


def _coshm(A: Any) -> Any:
    a = array(A)
    return 0.5 * (expm(a) + expm(-a))


def _sinhm(A: Any) -> Any:
    a = array(A)
    return 0.5 * (expm(a) - expm(-a))


def _tanhm(A: Any) -> Any:
    return np.linalg.solve(_coshm(A), _sinhm(A))


def _with_error(f: Callable[[Any], Any]) -> Callable[..., Any]:
    """A body for the functions that answer an error estimate too where ``disp=False``."""

    def body(A: Any, disp: Any = True, blocksize: Any = 64) -> Any:
        y = f(array(A))
        return (y, None) if disp is False else y

    return body


def _fractional(A: Any, t: Any) -> Any:
    a = array(A)
    if not is_number(t) and int(t) == t:
        return np.linalg.matrix_power(a, int(t))
    return expm(t * logm(a))


def _expm_frechet(
    A: Any, E: Any, method: Any = None, compute_expm: bool = True, check_finite: bool = True
) -> Any:
    a, e = array(A), array(E)
    upper = np.concatenate((a, e), axis=-1)
    lower = np.concatenate((np.zeros(a.shape), a), axis=-1)
    n = a.shape[-1]
    whole = expm(np.concatenate((upper, lower), axis=-2))
    derivative = whole[..., :n, n:]
    return (whole[..., :n, :n], derivative) if compute_expm else derivative


class _Function:
    """The function of `funm`: plain for SciPy, though it may close over numbers."""

    def __init__(self, func: Callable[[Any], Any]) -> None:
        self.func = func

    def __call__(self, x: Any) -> Any:
        return primal(self.func(x))


def _funm(A: Any, func: _Function, disp: Any = True) -> Any:
    w, v = np.linalg.eig(array(A))
    y = np.matmul(v * func.func(w)[..., None, :], np.linalg.inv(v))
    return (y, None) if disp is False else y


def _funm_entrance(A: Any, func: Callable[[Any], Any], *rest: Any, **options: Any) -> Any:
    return _funm_standin(A, _Function(func), *rest, **options)


ALL.bodies(
    {
        scipy.linalg.expm: lambda A: expm(array(A)),
        scipy.linalg.logm: _with_error(logm),
        scipy.linalg.sqrtm: _with_error(sqrtm),
        scipy.linalg.signm: _with_error(signm),
        scipy.linalg.fractional_matrix_power: _fractional,
        scipy.linalg.cosm: _cosm,
        scipy.linalg.sinm: _sinm,
        scipy.linalg.tanm: _tanm,
        scipy.linalg.coshm: _coshm,
        scipy.linalg.sinhm: _sinhm,
        scipy.linalg.tanhm: _tanhm,
        scipy.linalg.expm_frechet: _expm_frechet,
    }
)

_funm_standin = ALL.composed(scipy.linalg.funm, _funm)
ALL.table[scipy.linalg.funm] = _funm_entrance
