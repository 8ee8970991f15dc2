"""Matrices that SciPy builds from vectors: their entries are entries of the vectors, or constants.

Where an entry comes from is found by letting SciPy's own function act on the numbers of the
entries, from 1 on; 0 stands for "from nowhere".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.linalg

from ..._rules._contract import conj
from .._plain import array
from .._standins import Standins

ALL = Standins()


def moved(fn: Callable[..., Any], *operands: Any) -> Any:
    """``fn(*operands)`` for a function that only moves elements and fills up with zeros."""
    start, sources = 1, []
    for x in operands:
        sources.append(np.arange(start, start + x.size, dtype=float).reshape(x.shape))
        start += x.size
    source = fn(*sources).astype(np.intp)
    dtype = np.result_type(*(x.dtype for x in operands))
    return np.concatenate([np.zeros(1, dtype), *(np.reshape(x, -1) for x in operands)])[source]


def toeplitz_of(c: Any, r: Any = None) -> Any:
    """The Toeplitz matrix of two vectors."""
    c = np.reshape(array(c), -1)
    r = conj(c) if r is None else np.reshape(array(r), -1)
    at = len(c) - 1 - np.arange(len(c))[:, None] + np.arange(len(r))
    return np.concatenate((c[::-1], r[1:]))[at]


def _toeplitz(c: Any, r: Any = None) -> Any:
    c, r = array(c), None if r is None else array(r)
    if c.ndim <= 1 and (r is None or r.ndim <= 1):
        return toeplitz_of(c, r)
    return moved(scipy.linalg.toeplitz, c, conj(c) if r is None else r)


def _hankel(c: Any, r: Any = None) -> Any:
    c = array(c)
    return moved(scipy.linalg.hankel, c) if r is None else moved(scipy.linalg.hankel, c, array(r))


def _block_diag(*arrs: Any) -> Any:
    return moved(scipy.linalg.block_diag, *map(array, arrs)) if arrs else np.zeros((1, 0))


def _leslie(f: Any, s: Any) -> Any:
    return moved(scipy.linalg.leslie, array(f), array(s))


def _with_constants(fn: Callable[[Any], Any], a: Any) -> Any:
    """Companion matrices: entries are -a[k] / a[0], zeros and ones."""
    n = a.shape[-1]
    probe = fn(np.arange(1.0, n + 1))
    quotients = -a[..., 1:] / a[..., :1]
    source = np.where(probe < 0, -probe - 2, 0).astype(np.intp)
    return np.where(probe < 0, quotients[..., source], np.where(probe > 0, probe, 0.0))


def _fiedler(a: Any) -> Any:
    a = array(a)
    return np.abs(a[..., :, None] - a[..., None, :])


def _khatri_rao(a: Any, b: Any) -> Any:
    a, b = array(a), array(b)
    product = a[..., :, None, :] * b[..., None, :, :]
    return np.reshape(product, (*product.shape[:-3], -1, product.shape[-1]))


def _convolution_matrix(a: Any, n: int, mode: str = "full") -> Any:
    return moved(lambda x: scipy.linalg.convolution_matrix(x, n, mode), array(a))


def _diagsvd(s: Any, M: int, N: int) -> Any:
    return moved(lambda x: scipy.linalg.diagsvd(x, M, N), array(s))


ALL.bodies(
    {
        scipy.linalg.toeplitz: _toeplitz,
        scipy.linalg.circulant: lambda c: moved(scipy.linalg.circulant, array(c)),
        scipy.linalg.hankel: _hankel,
        scipy.linalg.block_diag: _block_diag,
        scipy.linalg.leslie: _leslie,
        scipy.linalg.fiedler: _fiedler,
        scipy.linalg.companion: lambda a: _with_constants(scipy.linalg.companion, array(a)),
        scipy.linalg.fiedler_companion: lambda a: _with_constants(
            scipy.linalg.fiedler_companion, array(a)
        ),
        scipy.linalg.khatri_rao: _khatri_rao,
        scipy.linalg.convolution_matrix: _convolution_matrix,
        scipy.linalg.diagsvd: _diagsvd,
    }
)

if "kron" in vars(scipy.linalg):  # until SciPy 1.14
    ALL.composed(vars(scipy.linalg)["kron"], lambda a, b: np.kron(array(a), array(b)))
