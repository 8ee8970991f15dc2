"""Norms and condition numbers of arrays of differentiated numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba.core import types

from ._arrays import is_ad_array
from ._decompositions import singular_values
from ._libraries import register_jitable
from ._overload import overload
from ._reductions import _is_none, _shared, _total, pin, zero_of
from ._results import values_of


@register_jitable
def _euclidean(x: Any) -> Any:
    largest = 0.0
    for item in values_of(x).flat:
        largest = max(largest, abs(item))
    total = zero_of(x)
    # By convention the derivative at the origin is 0.
    if 0.0 < largest < math.inf:
        for item in x.flat:
            part = item / largest
            total = total + part * part
        total = np.sqrt(total) * largest
    return total


@register_jitable
def _largest(sizes: Any) -> Any:
    return _shared(sizes, np.max(values_of(sizes)))


@register_jitable
def _smallest(sizes: Any) -> Any:
    return _shared(sizes, np.min(values_of(sizes)))


@register_jitable
def _of_vector(x: Any, order: Any) -> Any:
    sizes = np.abs(x)
    if order == 2:
        return _euclidean(x)
    if order == 1:
        return _total(sizes)
    if order == np.inf:
        return _largest(sizes)
    if order == -np.inf:
        return _smallest(sizes)
    total = zero_of(x)
    if order == 0:
        return total
    largest = np.max(values_of(sizes))
    if 0.0 < largest < math.inf:
        for item in sizes:
            if item != 0.0 or order < 1:
                total = total + (item / largest) ** order
        total = total ** (1.0 / order) * largest
    return total


@register_jitable
def _column_sums(a: Any) -> Any:
    out = np.zeros(a.shape[1], a.dtype)
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            out[j] = out[j] + abs(a[i, j])
    return out


@register_jitable
def _of_matrix(a: Any, order: Any) -> Any:
    if order == 1:
        return _largest(_column_sums(a))
    if order == -1:
        return _smallest(_column_sums(a))
    if order == np.inf:
        return _largest(_column_sums(a.T))
    if order == -np.inf:
        return _smallest(_column_sums(a.T))
    values = singular_values(a)
    return values[0] if order == 2 else values[-1]


@overload(np.linalg.norm, target="cpu")
def _norm(x: Any, ord: Any = None) -> Any:
    if not is_ad_array(x):
        return None
    if _is_none(ord):

        def euclidean(x: Any, ord: Any = None) -> Any:
            return pin(_euclidean(x), np.linalg.norm(values_of(x)))

        return euclidean
    if isinstance(ord, types.UnicodeType):

        def named(x: Any, ord: Any = None) -> Any:
            plain = np.linalg.norm(values_of(x), ord)
            total = _euclidean(x) if ord == "fro" else _total(singular_values(x))
            return pin(total, plain)

        return named
    if not isinstance(ord, (types.Integer, types.Float)) or x.ndim > 2:
        return None
    if x.ndim == 1:

        def of_vector(x: Any, ord: Any = None) -> Any:
            return pin(_of_vector(x, ord), np.linalg.norm(values_of(x), ord))

        return of_vector

    def of_matrix(x: Any, ord: Any = None) -> Any:
        return pin(_of_matrix(x, ord), np.linalg.norm(values_of(x), ord))

    return of_matrix


@overload(np.linalg.cond, target="cpu")
def _cond(x: Any, p: Any = None) -> Any:
    if not is_ad_array(x):
        return None
    if _is_none(p):

        def spectral(x: Any, p: Any = None) -> Any:
            s = singular_values(x)
            return pin(s[0] / s[-1], np.linalg.cond(values_of(x)))

        return spectral
    if not isinstance(p, (types.Integer, types.Float)):
        return None

    def body(x: Any, p: Any = None) -> Any:
        plain = np.linalg.cond(values_of(x), p)
        if p in (2, -2):
            s = singular_values(x)
            return pin(s[0] / s[-1] if p == 2 else s[-1] / s[0], plain)
        back = np.linalg.inv(x)
        return pin(np.linalg.norm(x, p) * np.linalg.norm(back, p), plain)

    return body
