"""Rules for `scipy.linalg`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import scipy.linalg

from .._standins import Standins
from . import _equations, _factorizations, _functions, _general, _hermitian, _structured, _systems

_rest = Standins()
_rest.flat(
    scipy.linalg.bandwidth,
    scipy.linalg.issymmetric,
    scipy.linalg.ishermitian,
    scipy.linalg.find_best_blas_type,
)
_rest.refused(
    "of numbers, an arbitrary orthonormal basis,",
    "np.linalg.svd, np.linalg.pinv, or the projector onto the space",
    scipy.linalg.null_space,
    scipy.linalg.orth,
)
_rest.refused(
    "of numbers",
    "np.linalg.eigvals, scipy.linalg.qr or schur, or a function of the matrix",
    scipy.linalg.hessenberg,
    scipy.linalg.qz,
    scipy.linalg.ordqz,
    scipy.linalg.rsf2csf,
    scipy.linalg.cdf2rdf,
    scipy.linalg.matrix_balance,
    scipy.linalg.cossin,
)
_rest.refused(
    "of numbers",
    "scipy.linalg.qr of the changed matrix",
    scipy.linalg.qr_delete,
    scipy.linalg.qr_insert,
    scipy.linalg.qr_update,
)
_rest.refused(
    "of numbers",
    "np.linalg.norm of scipy.linalg.expm_frechet",
    scipy.linalg.expm_cond,
)
_rest.refused(
    "of numbers, which draws random numbers,",
    "the product with a matrix of your own",
    scipy.linalg.clarkson_woodruff_transform,
)

_PARTS = (
    _rest,
    _equations.ALL,
    _factorizations.ALL,
    _functions.ALL,
    _general.ALL,
    _hermitian.ALL,
    _structured.ALL,
    _systems.ALL,
)
ROWS: list[Any] = [row for part in _PARTS for row in part.rows]
STANDINS: dict[Any, Callable[..., Any]] = {
    fn: standin for part in _PARTS for fn, standin in part.table.items()
}
