"""Stand-ins of the operators and methods of SciPy's sparse matrices and linear operators."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse

from ..._errors import NoRuleError
from .._plain import array, find_number
from .._standins import Standins
from ._numbers import SparseNumber
from ._products import LinearOperator, product

STANDINS = Standins()


def left(a: Any, x: Any) -> Any:
    """``a @ x`` of a constant operator."""
    x = array(x)
    if x.ndim == 0:
        raise ValueError("Scalar operands are not allowed, use '*' instead")
    return product(a, x, -1 if x.ndim == 1 else -2)


def right(a: Any, x: Any) -> Any:
    """``x @ a`` of a constant operator."""
    return product(a.T, array(x), -1)


def _entries(a: Any) -> tuple[Any, Any, Any]:
    coo = scipy.sparse.coo_array(a)
    return coo.data, coo.row, coo.col


def times(a: Any, x: Any) -> Any:
    """``a * x``, element by element, for a sparse array and a number: a sparse number."""
    x = array(x)
    data, rows, columns = _entries(a)
    if x.ndim == 0:
        return SparseNumber(data * x, rows, columns, a.shape)
    return SparseNumber(data * _at(x, a.shape, rows, columns), rows, columns, a.shape)


def _at(x: Any, shape: Any, rows: Any, columns: Any) -> Any:
    """The elements of x, broadcast to a shape, at some places."""
    return np.broadcast_to(x, shape)[rows, columns]


def over(a: Any, x: Any) -> Any:
    """``a / x``."""
    return times(a, 1.0 / array(x))


def plus(a: Any, x: Any) -> Any:
    """``a + x`` of a sparse matrix and a dense number."""
    return a.toarray() + array(x)


def minus(a: Any, x: Any) -> Any:
    """``a - x``."""
    return a.toarray() - array(x)


def reflected_minus(a: Any, x: Any) -> Any:
    """``x - a``."""
    return array(x) - a.toarray()


def _star(a: Any, x: Any) -> Any:
    """``a * x`` of a sparse matrix or a linear operator: the product, or a multiple."""
    x = array(x)
    if x.ndim == 0:
        return times(a, x) if scipy.sparse.issparse(a) else _multiple(a, x)
    return left(a, x)


def _reflected_star(a: Any, x: Any) -> Any:
    x = array(x)
    if x.ndim == 0:
        return _star(a, x)
    return right(a, x)


def _multiple(_a: Any, _x: Any) -> Any:
    raise NoRuleError(
        "a LinearOperator times a differentiated number has no derivative rule",
        "x * (operator @ v)",
    )


def _method(name: str, body: Any, classes: Any) -> None:
    """A method of sparse classes, by every function of that name that one of them has."""
    for cls in classes:
        function = getattr(cls, name, None)
        if function is not None and function not in STANDINS.table:
            STANDINS.composed(function, body) if body in _DENSE else _direct(function, body)


def _direct(function: Any, body: Any) -> None:
    def standin(*args: Any, **keywords: Any) -> Any:
        if find_number((args, keywords)) is None:
            return function(*args, **keywords)
        return body(*args, **keywords)

    STANDINS.table[function] = standin


# Their values are SciPy's; those of all others are those of the rows, bit for bit.
_DENSE = (plus, minus, reflected_minus)
FORMATS = ("bsr", "coo", "csc", "csr", "dia", "dok", "lil")
ARRAYS = [getattr(scipy.sparse, f"{name}_array") for name in FORMATS]
MATRICES = [getattr(scipy.sparse, f"{name}_matrix") for name in FORMATS]

for _name, _body in (
    ("__matmul__", left),
    ("dot", left),
    ("__rmatmul__", right),
    ("multiply", times),
    ("__truediv__", over),
    ("__add__", plus),
    ("__radd__", plus),
    ("__sub__", minus),
    ("__rsub__", reflected_minus),
):
    _method(_name, _body, (*ARRAYS, *MATRICES))
for _name in ("__mul__", "__rmul__"):
    _method(_name, times, ARRAYS)
_method("__mul__", _star, MATRICES)
_method("__rmul__", _reflected_star, MATRICES)

for _name in ("__matmul__", "dot", "__call__", "matvec", "matmat"):
    _direct(getattr(LinearOperator, _name), left)
for _name in ("rmatvec", "rmatmat"):
    _direct(getattr(LinearOperator, _name), lambda a, x: left(a.H, x))
_direct(LinearOperator.__mul__, _star)
_direct(LinearOperator.__rmul__, _reflected_star)
