"""Functions of a matrix through the vectors of a repeated eigenvalue: ``(v * exp(w)) @ v.T``.

The vectors alone have no derivative where a perturbation splits their eigenvalue, since they may
be any basis before and are a certain one behind. In a function that does not depend on that choice
the singular terms ``p_ij / (w_j - w_i)`` meet differences ``f(w_j) - f(w_i)``. To see what comes of
``0 / 0``, equal eigenvalues are taken apart formally, ``w_i + h d_i`` with distinct d_i: tangents
become Laurent series ``t_-1 / h + t_0``, and numbers ``x + h x_1 + e (t_-1 / h + t_0)`` with
``e**2 = 0`` and ``h**2 = 0`` are hyper-dual numbers: e1 = x_1, e2 = t_-1, e12 = t_0, with the
products and the chain rule of hyper-duals. So the divided differences of Daleckii and Krein come
out by themselves: f'(w) p_ij from ``h f'(w) (d_j - d_i) * p_ij / (h (d_j - d_i))``.

The answer counts where no pole is left, and where another basis and other d give the same one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn

import numpy as np

from .._errors import NoRuleError
from .._rules._contract import adjoint, column
from .._rules._spectral import clusters, diagonal, hermitian, inverse_differences
from .._rules._svd import decomposition, singular_values
from ._floating import quietly
from ._hyperdual import HyperDual
from ._level import Level
from ._number import Number
from ._stacked import Scalar, Stacked

_AGREE = 1e-8
_POLE = 1e-9


class SplitLevel(Level):
    """The level of an evaluation that takes repeated eigenvalues apart.

    Attributes
    ----------
    seed : int
        Which basis and which differences are taken.
    met : bool
        A repeated eigenvalue has been met.
    """

    __slots__ = ("met", "seed")

    def __init__(self, lanes: int, seed: int) -> None:
        super().__init__((1, lanes))
        self.seed, self.met = seed, False


class SplitDual(HyperDual):
    """A hyper-dual number with one formal direction h, see above."""

    __slots__ = ()

    def _array_row(self, row: Any, operands: tuple[Any, ...], params: Any) -> Any:
        rule = _RULES.get(row.fn) or _RULES.get(getattr(row.fn, "vectors_of", None))
        if rule is not None and len(operands) == 1 and operands[0] is self:
            found = rule(self, row, params)
            if found is not None:
                value, members = found
                if not isinstance(value, tuple):
                    return members
                return type(value)(*members) if hasattr(value, "_fields") else members
        return super()._array_row(row, operands, params)

    def are_apart(self, same: np.ndarray) -> bool:
        """Whether eigenvalues that are the `same` differ in their formal parts.

        Raises
        ------
        _NoWayError
            They do not: the rules that follow would take their mean, which is no way to go on.
        """
        d = self.e1[0]
        off = same & ~np.eye(d.shape[-1], dtype=bool)
        gaps = np.abs(d[..., :, None] - d[..., None, :])[off]
        if not np.all(gaps > 1e-9 * np.max(np.abs(d))):
            raise _NoWayError
        return True

    def _smooth_row(self, *args: Any) -> Any:
        out = super()._smooth_row(*args)
        if not isinstance(out, tuple):
            return self._again(out)
        members = [self._again(x) for x in out]
        return type(out)(*members) if hasattr(out, "_fields") else type(out)(members)

    def _again(self, x: Any) -> Any:
        return self._make(x._value, x._parts(), self._level)


class _ScalarSplitDual(SplitDual, Scalar):
    __slots__ = ("_level", "_t", "_value")


class _ArraySplitDual(SplitDual, Stacked):
    __slots__ = ("_d", "_level")

    def _pin(self, value: Any, index: tuple[int, ...] = ()) -> None:
        if self._level.seed == 0:  # type: ignore[attr-defined]  # else in another basis
            super()._pin(value, index)


SplitDual._array_form, SplitDual._scalar_form = _ArraySplitDual, _ScalarSplitDual


# --- decompositions ------------------------------------------------------------------------------


class _NoWayError(Exception):
    """A repeated value that cannot be taken apart."""


def _regular(x: Any) -> Any:
    """The tangents of x.

    Raises
    ------
    _NoWayError
        It is no plain matrix, or they have a pole.
    """
    value, e2, e12 = x._value, x.e2, x.e12[0]
    size = np.max(np.abs(e12), initial=0.0) + np.max(np.abs(value), initial=0.0)
    if value.ndim != 2 or not np.all(np.abs(e2) <= _POLE * size):
        raise _NoWayError
    return e12


def _taken_apart(x: Any, v: Any, same: Any) -> Any:
    """(basis, d): as the formal part of x says, or as is free to choose."""
    first = x.e1[0]
    if not np.any(first):
        turn, d = _apart(same, x._level.seed, v.dtype)
        return v @ turn, d
    p = adjoint(v) @ hermitian(first, True) @ v
    bound = _POLE * np.max(np.abs(p))
    if np.any(np.abs(np.where(same, 0.0, p)) > bound):
        raise _NoWayError  # the vectors turn with h
    d, turn = np.real(diagonal(p)).copy(), np.eye(len(p), dtype=v.dtype)
    for members in {tuple(np.flatnonzero(row)) for row in same}:
        at = np.ix_(members, members)
        d[list(members)], turn[at] = np.linalg.eigh(p[at])
    gaps = np.abs(d - d[:, None])[same & ~np.eye(len(d), dtype=bool)]
    if not np.all(gaps > 1e3 * bound):
        raise _NoWayError
    return v @ turn, d


def _apart(same: np.ndarray, seed: int, dtype: Any) -> tuple[Any, Any]:
    """A rotation within the clusters and numbers d, distinct there and 0 elsewhere."""
    n = len(same)
    rng = np.random.default_rng(seed)
    turn = np.eye(n, dtype=dtype)
    d = np.zeros(n, np.zeros(1, dtype).real.dtype)
    for members in {tuple(np.flatnonzero(row)) for row in same}:
        if len(members) > 1:
            at = np.ix_(members, members)
            turn[at] = np.linalg.qr(rng.normal(size=(len(members), len(members))))[0]
            d[list(members)] = rng.permutation(len(members)) + rng.uniform(0.6, 1.0, len(members))
    return (np.eye(n, dtype=dtype) if seed == 0 else turn), d


def _inverse_gaps(d: Any, same: Any) -> Any:
    """1 / (d_j - d_i) within clusters, 0 elsewhere."""
    inside = same & ~np.eye(len(d), dtype=bool)
    gap = d - d[:, None]
    return np.where(inside, 1.0 / np.where(inside, gap, 1.0), 0.0)


def _number(x: SplitDual, value: Any, first: Any, pole: Any, regular: Any) -> Any:
    lanes = x._level.shape[1]
    shape = (1, *value.shape)
    parts = [
        np.zeros(shape, value.dtype) if first is None else np.reshape(first, shape),
        np.zeros((lanes, *value.shape), value.dtype) if pole is None else pole,
        regular,
    ]
    return SplitDual._make(value, np.concatenate(parts), x._level)


def _eigh(x: SplitDual, row: Any, params: Any) -> Any:
    value = row.value(params, x._value)
    w, v = value
    same = clusters(w, True)
    if same is None:
        return None
    da = _regular(x)
    if v.shape != same.shape:
        raise _NoWayError
    level: Any = x._level
    level.met = True
    v, d = _taken_apart(x, v, same)
    p = adjoint(v) @ hermitian(da, str(params[0]).upper() != "U") @ v
    pole = v @ (_inverse_gaps(d, same) * p)
    regular = v @ (inverse_differences(w, same) * p)
    values = _number(x, w, d, None, np.real(diagonal(p)))
    return value, (values, _number(x, v, None, pole, regular))


def _svd(x: SplitDual, row: Any, params: Any) -> Any:
    value = row.value(params, x._value)
    u, s, vh = value
    same = clusters(s, True)
    if same is None:
        return None
    da = _regular(x)
    if u.shape != vh.shape or np.any(x.e1) or not s[-1] > 1e-12 * s[0]:
        raise _NoWayError
    level: Any = x._level
    level.met = True
    turn, d = _apart(same, level.seed, u.dtype)
    u, v = u @ turn, adjoint(vh) @ turn
    e = adjoint(u) @ da @ v
    eh = adjoint(e)
    near = same | np.eye(len(s), dtype=bool)
    gap = np.where(near, 1.0, (s - s[:, None]) * (s + s[:, None]))
    f = np.where(near, 0.0, 1.0 / gap)
    pole = 0.5 * _inverse_gaps(d, same) * (e + eh)
    inside = np.where(near, (e - eh) / (4.0 * s), 0.0)
    du = u @ (f * (e * s + column(s, -1) * eh) + inside)
    dv = v @ (f * (column(s, -1) * e + eh * s) - inside)
    return value, (
        _number(x, u, None, u @ pole, du),
        _number(x, s, d, None, np.real(diagonal(e))),
        _number(x, adjoint(v), None, adjoint(v @ pole), adjoint(dv)),
    )


def _eigvalsh(x: SplitDual, row: Any, params: Any) -> Any:
    found = _eigh(x, _Whole(lambda params, a: np.linalg.eigh(a, *params)), params)
    return None if found is None else (found[0][0], found[1][0])


def _values_of(x: SplitDual, row: Any, params: Any) -> Any:
    if row.value(params, x._value).shape != x._value.shape[:-1]:
        return None if clusters(row.fn.whole(x._value)[0], True) is None else _no_way()
    found = _eigh(x, _Whole(lambda _, a: row.fn.whole(a)), ("L",))
    return None if found is None else (found[0][0], found[1][0])


def _no_way() -> NoReturn:
    raise _NoWayError


def _singular_values(x: SplitDual, row: Any, params: Any) -> Any:
    found = _svd(x, _Whole(lambda _, a: decomposition(a, False)), params)
    return None if found is None else (found[0][1], found[1][1])


class _Whole:
    """The value of a decomposition, as a row has it."""

    def __init__(self, value: Callable[[Any, Any], Any]) -> None:
        self.value = value


# By function, or by what a function of SciPy says that its vectors are.
_RULES: dict[Any, Callable[..., Any]] = {
    np.linalg.eigh: _eigh,
    np.linalg.eigvalsh: _eigvalsh,
    singular_values: _singular_values,
    "hermitian": _eigh,
    "values of hermitian": _values_of,
    decomposition: _svd,
    "general": _svd,
}


# --- the evaluation ------------------------------------------------------------------------------


def split_tangents(
    run: Callable[[Sequence[Any], Level], Any],
    enter: Callable[..., Any],
    leaves: Sequence[Any],
    blocks: Sequence[Any],
) -> list[Any] | None:
    """Tangents of the outputs in the directions `blocks`; None where this way does not help.

    Parameters
    ----------
    run : callable ``(numbers, level) -> result`` with ``leaves``
    enter : callable ``(type, leaf, parts, level)``
        Makes a number of a leaf.
    leaves, blocks : sequences
        What is differentiated, and its directions.
    """
    if any(isinstance(x, Number) for x in leaves):
        return None
    found: list[list[tuple[Any, float]]] = []
    for seed in (0, 1):
        tangents = _once(run, enter, leaves, blocks, seed)
        if tangents is None:
            return None
        found.append(tangents)
    return [one for one, _ in found[0]] if all(map(_agree, *found)) else None


def _agree(x: tuple[Any, float], y: tuple[Any, float]) -> bool:
    """Whether two pairs (tangents, size of the value) are equal but for rounding."""
    (one, size), other = x, y[0]
    if one is None or other is None:
        return one is other
    bound = _AGREE * np.max(np.abs(one), initial=0.0) + 1e-4 * _AGREE * size
    return bool(np.all(np.abs(one - other) <= bound))


def _once(
    run: Any, enter: Any, leaves: Any, blocks: Any, seed: int
) -> list[tuple[Any, float]] | None:
    level = SplitLevel(blocks[0].shape[0], seed)
    numbers = []
    for x, b in zip(leaves, blocks, strict=True):
        zeros = np.zeros((1 + b.shape[0], *b.shape[1:]), b.dtype)
        numbers.append(enter(SplitDual, x, np.concatenate((zeros, b)), level))
    try:
        out = quietly(run, numbers, level)
    except (_NoWayError, NoRuleError):
        return None
    if not level.met:
        return None
    tangents: list[tuple[Any, float]] = []
    for x in out.leaves:
        if not (isinstance(x, Number) and x._level is level):
            tangents.append((None, 0.0))
            continue
        pole, regular = x.e2, x.e12[0]
        size = float(np.max(np.abs(x._value), initial=0.0))
        bound = _POLE * (np.max(np.abs(regular), initial=0.0) + size)
        if not np.all(np.abs(pole) <= bound) or not np.isfinite(regular).all():
            return None
        tangents.append((regular, size))
    return tangents


__all__ = ["SplitDual", "split_tangents"]
