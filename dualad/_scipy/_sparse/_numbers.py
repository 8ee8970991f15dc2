"""Sparse matrices whose entries carry derivatives: constant places, differentiated data.

Entries that share a place are added. Everything is said with products of constant sparse matrices,
and so is right in every mode.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np
import scipy.sparse

from ..._errors import NoRuleError
from .._plain import array, find_number, pinned, primal, primal_call
from ._products import is_operator, product

Shape = tuple[int, ...]


def gathered(places: Any, n: int, values: Any) -> Any:
    """Values added up at their places among n: a product with a constant matrix of ones."""
    m = len(places)
    ones = scipy.sparse.csr_array((np.ones(m), (places, np.arange(m))), shape=(n, m))
    return product(ones, values, -1)


def stored(data: Any, rows: Any, columns: Any, shape: Shape, format: str) -> Any:
    """SciPy's own sparse array of plain entries."""
    if format in ("csr", "csc", "coo"):
        make = getattr(scipy.sparse, f"{format}_array")
        return make((data, (rows, columns)), shape=shape)
    return scipy.sparse.coo_array((data, (rows, columns)), shape=shape).asformat(format)


class SparseNumber:
    """A sparse matrix of numbers; made by the constructors of `scipy.sparse` inside derivatives.

    Parameters
    ----------
    data : number or ndarray, shape (n,)
    rows, columns : ndarray of int, shape (n,)
    shape : (int, int)
    format : str
        SciPy's form of storage: it decides the order of sums in the values.
    """

    __array_ufunc__ = None  # operators of arrays leave the answer to this class
    __array_priority__ = 1.0e7
    _dualad_holds = True  # how lift knows an object that holds numbers
    ndim = 2

    def __init__(self, data: Any, rows: Any, columns: Any, shape: Any, format: str = "csr") -> None:
        self.format = format
        self.data, self.shape = data, tuple(int(n) for n in shape)
        self.rows, self.columns = np.asarray(rows, np.intp), np.asarray(columns, np.intp)

    @property
    def dtype(self) -> Any:
        return self.data.dtype

    @property
    def nnz(self) -> int:
        return len(self.rows)

    @property
    def T(self) -> SparseNumber:
        turned = {"csr": "csc", "csc": "csr"}.get(self.format, self.format)
        return SparseNumber(self.data, self.columns, self.rows, self.shape[::-1], turned)

    def transpose(self) -> SparseNumber:
        return self.T

    def conj(self) -> SparseNumber:
        return self._with(np.conjugate(self.data))

    conjugate = conj

    @property
    def H(self) -> SparseNumber:
        return self.conj().T

    def _with(self, data: Any) -> SparseNumber:
        return SparseNumber(data, self.rows, self.columns, self.shape, self.format)

    def copy(self) -> SparseNumber:
        return self._with(self.data)

    def asformat(self, format: Any, copy: bool = False) -> SparseNumber:
        """The same matrix in another form of storage."""
        return SparseNumber(self.data, self.rows, self.columns, self.shape, format or self.format)

    def tocsr(self, copy: bool = False) -> SparseNumber:
        return self.asformat("csr")

    def tocsc(self, copy: bool = False) -> SparseNumber:
        return self.asformat("csc")

    def tocoo(self, copy: bool = False) -> SparseNumber:
        return self.asformat("coo")

    def plain(self) -> Any:
        """SciPy's own matrix of primal values."""
        return self._value(primal(self.data))

    # --- sums ------------------------------------------------------------------------------------

    def __neg__(self) -> SparseNumber:
        return self._with(-self.data)

    def __pos__(self) -> SparseNumber:
        return self

    def __add__(self, other: Any) -> Any:
        if isinstance(other, (int, float)) and other == 0:
            return self  # the builtin sum begins so
        if not is_sparse(other):
            return NotImplemented if is_operator(other) else self.toarray() + array(other)
        other = as_sparse(other)
        if other.shape != self.shape:
            raise ValueError("inconsistent shapes")
        return SparseNumber(
            np.concatenate((self.data, other.data)),
            np.concatenate((self.rows, other.rows)),
            np.concatenate((self.columns, other.columns)),
            self.shape,
            self.format,
        )

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return (-self) + other

    # --- products --------------------------------------------------------------------------------

    def __mul__(self, other: Any) -> Any:
        if is_sparse(other):
            return self.multiply(other)
        other = array(other)
        if other.ndim == 0:
            return self._with(self.data * other)
        return self.multiply(other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        other = array(other)
        if other.ndim:
            self._refuse("divided by an array")
        return self._with(self.data / other)

    def multiply(self, other: Any) -> SparseNumber:
        """Element by element."""
        dense = as_sparse(other).toarray() if is_sparse(other) else array(other)
        return self._with(self.data * np.broadcast_to(dense, self.shape)[self.rows, self.columns])

    def power(self, n: Any) -> SparseNumber:
        """Element by element; entries that share a place are added first."""
        a = self.summed()
        return a._with(a.data**n)

    def summed(self) -> SparseNumber:
        """The same matrix with one entry for each place."""
        places = self.rows * self.shape[1] + self.columns
        kept, where = np.unique(places, return_inverse=True)
        if len(kept) == len(places):
            return self
        data = gathered(where, len(kept), self.data)
        rows, columns = kept // self.shape[1], kept % self.shape[1]
        return SparseNumber(data, rows, columns, self.shape, self.format)

    def dot(self, other: Any) -> Any:
        return self @ other

    def __matmul__(self, other: Any) -> Any:
        if is_sparse(other):
            return _both_sparse(self, as_sparse(other))
        x = array(other)
        if x.ndim == 0:
            raise ValueError("Scalar operands are not allowed, use '*' instead")
        if x.shape[0] != self.shape[1]:
            raise ValueError("dimension mismatch")
        wide = np.moveaxis(x, 0, -1)
        y = gathered(self.rows, self.shape[0], self.data * wide[..., self.columns])
        value = primal_call(lambda d, v: self._value(d) @ v, self.data, x)
        return pinned(np.moveaxis(y, -1, 0) * 1.0, value)

    def _value(self, data: Any) -> Any:
        return stored(data, self.rows, self.columns, self.shape, self.format)

    def __rmatmul__(self, other: Any) -> Any:
        if is_sparse(other):
            return _both_sparse(as_sparse(other), self)
        x = array(other)
        return (self.T @ x.T).T if x.ndim > 1 else self.T @ x

    # --- dense answers ---------------------------------------------------------------------------

    def toarray(self, *_: Any, **__: Any) -> Any:
        m, n = self.shape
        return gathered(self.rows * n + self.columns, m * n, self.data).reshape(self.shape)

    todense = toarray

    def diagonal(self, k: int = 0) -> Any:
        m, n = self.shape
        length = max(0, min(m + min(k, 0), n - max(k, 0)))
        on = np.flatnonzero(self.columns - self.rows == k)
        return gathered(self.rows[on] - max(-k, 0), length, self.data[on])

    def trace(self, offset: int = 0) -> Any:
        return np.sum(self.diagonal(offset))

    def sum(self, axis: Any = None, **_: Any) -> Any:
        if axis is None:
            return np.sum(self.data)
        if axis % 2 == 0:
            return gathered(self.columns, self.shape[1], self.data)
        return gathered(self.rows, self.shape[0], self.data)

    def mean(self, axis: Any = None, **_: Any) -> Any:
        count = self.shape[0] * self.shape[1] if axis is None else self.shape[axis]
        return self.sum(axis) / count

    # --- what is left ----------------------------------------------------------------------------

    def __repr__(self) -> str:
        return f"<sparse matrix of numbers, {self.nnz} entries, shape {self.shape}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse(f"asked for .{name}")
        raise AttributeError(name)

    def __getitem__(self, index: Any) -> NoReturn:
        self._refuse("indexed")

    def __eq__(self, other: object) -> NoReturn:
        self._refuse("compared")

    __ne__ = __eq__
    __hash__ = object.__hash__

    def _refuse(self, what: str) -> NoReturn:
        raise NoRuleError(
            f"a sparse matrix with differentiated entries, {what}, has no derivative rule",
            "A.toarray() first, or @, +, *, .T, .diagonal(), .sum(), spsolve",
        )


def _both_sparse(a: SparseNumber, b: SparseNumber) -> SparseNumber:
    """The product of two: one entry for each pair of entries that meet."""
    if a.shape[1] != b.shape[0]:
        raise ValueError("dimension mismatch")
    order = np.argsort(b.rows, kind="stable")
    counts = np.bincount(b.rows, minlength=b.shape[0])
    starts = np.cumsum(counts) - counts
    each = counts[a.columns]
    first = np.repeat(np.arange(a.nnz), each)
    inside = np.arange(len(first)) - np.repeat(np.cumsum(each) - each, each)
    second = order[starts[a.columns[first]] + inside]
    data = a.data[first] * b.data[second]
    rows, columns = a.rows[first], b.columns[second]
    return SparseNumber(data, rows, columns, (a.shape[0], b.shape[1]), a.format)


def is_sparse(x: Any) -> bool:
    return isinstance(x, SparseNumber) or scipy.sparse.issparse(x)


def as_sparse(x: Any) -> SparseNumber:
    """A sparse matrix, of SciPy's or of numbers, as one of numbers."""
    if isinstance(x, SparseNumber):
        return x
    coo = scipy.sparse.coo_array(x)
    return SparseNumber(coo.data, coo.row, coo.col, coo.shape, x.format)


def holds_numbers(x: Any) -> bool:
    """Whether x is a sparse matrix of numbers."""
    return isinstance(x, SparseNumber) and find_number(x.data) is not None
