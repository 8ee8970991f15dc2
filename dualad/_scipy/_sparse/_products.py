"""Products of constant sparse matrices and linear operators with numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import scipy.sparse
import scipy.sparse.linalg

from ..._errors import NoRuleError
from ..._rules._dispatch import dispatched
from ..._rules._moving import Shapes
from ..._rules._registry import register
from ..._rules._row import Linear

LinearOperator = scipy.sparse.linalg.LinearOperator


def is_operator(x: Any) -> bool:
    """Whether x is a constant sparse matrix or a linear operator."""
    return scipy.sparse.issparse(x) or isinstance(x, LinearOperator)


def columns_of(x: Any, axis: int) -> tuple[Any, Any]:
    """x with a negative axis in front and all others joined: a matrix; and the shape between."""
    lines = np.moveaxis(x, axis, 0)
    return lines.reshape(lines.shape[0], math.prod(lines.shape[1:])), lines.shape[1:]


@dispatched
def product(a: Any, x: Any, axis: int) -> Any:
    """The constant sparse matrix or linear operator a times x, along a negative axis of x."""
    if x.ndim == 1:
        return a @ x
    matrix, rest = columns_of(x, axis)
    return np.moveaxis((a @ matrix).reshape((a.shape[0], *rest)), 0, axis)


def adjoint_of(a: Any) -> Any:
    """The conjugate transpose of a constant operator."""
    if scipy.sparse.issparse(a):
        return a.T if a.dtype.kind != "c" else a.conj().T
    return a.H


def _prepare(a: Any, x: Any, axis: int) -> tuple[tuple[Any], Any]:
    return (x,), (a, axis)


def _value(params: Any, x: Any) -> Any:
    a, axis = params
    return product(a, x, axis)


def _transpose(params: Any, ct: Any, shapes: Shapes) -> tuple[Any]:
    a, axis = params
    if scipy.sparse.issparse(a):
        return (product(adjoint_of(a), ct, axis),)
    try:
        return (product(adjoint_of(a), ct, axis),)
    except (NotImplementedError, TypeError) as error:  # TypeError by SciPy's matrices of vectors
        raise NoRuleError(
            "a LinearOperator without rmatvec= has no rule in reverse mode",
            "LinearOperator(..., rmatvec=...), or mode='forward'",
        ) from error


register([Linear(product, _prepare, _value, _transpose)])
