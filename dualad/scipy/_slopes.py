"""Jacobians as solvers of differential equations want them: small, often, and nothing kept.

One run of the function with duals along unit directions. Doubts about its branches, of which the
verbs of dualad warn, are left out: to these solvers a Jacobian is a means to converge, and what
they converge to does not depend on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import csc_matrix

from .._derivatives import jacobian
from .._errors import InputError
from .._evaluate import function_name
from .._lift import retried
from .._numbers import Level, Number
from .._numbers._dual import ArrayDual, ScalarDual
from .._numbers._number import as_array
from .._running import run_user
from .._seeds import unit_block
from ._mirror import How, NumberMet

LARGEST = 512  # unknowns; beyond, the verb chooses directions in chunks


class Slope:
    """``df/dx`` of ``f(*args)``, x being the argument at a position.

    Parameters
    ----------
    f : callable
        Its answer is an array, or a list of scalars, of shape ``(m,)``.
    position : int
    how : How
    sparse : bool
        Answer sparse matrices.

    Attributes
    ----------
    evaluations : int
        How often f was run.
    """

    def __init__(
        self, f: Callable[..., Any], position: int, how: How, sparse: bool = False
    ) -> None:
        self.f, self.position, self.sparse, self.evaluations = f, position, sparse, 0
        self.direct = how.mode in ("auto", "forward") and not (how.chunk_size or how.workers)
        self.verb = jacobian(f, position, **how.keywords)
        self.complex: Any = None
        self.how = how

    def __call__(self, *args: Any) -> Any:
        self.evaluations += 1
        return csc_matrix(self._dense(*args)) if self.sparse else self._dense(*args)

    def _dense(self, *args: Any) -> Any:
        x = args[self.position]
        if np.iscomplexobj(x):
            if self.complex is None:
                self.complex = jacobian(
                    self.f, self.position, holomorphic=True, **self.how.keywords
                )
            return self.complex(*args)
        if self.direct and x.ndim == 1 and 0 < x.size <= LARGEST and x.dtype is _F8:
            block = unit_block(x.size).copy()
            block[0] = x
            parts = slopes(self.f, args, {self.position: block})
            if math.isfinite(parts.sum()):
                return parts.reshape(x.size, -1).T
        found = self.verb(*args)
        if not np.all(np.isfinite(found)):
            i, j = np.argwhere(~np.isfinite(found))[0]
            raise InputError(
                f"the Jacobian of {function_name(self.f)} is not finite: the derivative of "
                f"component {i} in unknown {j} is {found[i, j]}, where that unknown is {x[j]}",
                "a right-hand side that is smooth there, jac=a function of your own, or SciPy's "
                "own function with its differences",
            )
        return found


_F8 = np.dtype(np.float64)


@retried
def slopes(f: Callable[..., Any], args: tuple[Any, ...], blocks: dict[int, np.ndarray]) -> Any:
    """The parts of f's answer, lanes first, for some arguments that are numbers.

    Parameters
    ----------
    f : callable
    args : tuple
    blocks : dict
        Position of an argument -> its value and, after it, its tangents: ``(1 + k,) + shape``.

    Returns
    -------
    ndarray of shape (k,) + shape of the answer
    """
    level = Level((len(next(iter(blocks.values()))) - 1,))
    own = list(args)
    for position, block in blocks.items():
        own[position] = ArrayDual._wrap(block, level)
    out = run_user(f, tuple(own), {}, level)
    if type(out) is list or type(out) is tuple:
        return _stacked(out, level)
    out = as_array(out)
    parts = _parts(out, level)
    return np.zeros((level.shape[0], *np.shape(out))) if parts is None else parts


def _parts(x: Any, level: Level) -> Any:
    """The plain parts of x, or None where it is a constant."""
    if not isinstance(x, Number):
        return None
    if x._level is not level:
        raise NumberMet
    parts = x._parts()
    if isinstance(parts, Number):
        raise NumberMet
    return parts


def _stacked(rows: Any, level: Level) -> Any:
    """The parts of a list of components: scalars, or arrays of one shape."""
    k = level.shape[0]
    if all(type(row) in _SCALARS for row in rows):
        out = np.zeros((len(rows), k))  # the usual answer of a small system
        for i, row in enumerate(rows):
            parts = _parts(row, level)
            if parts is not None:
                out[i] = parts
        return out.T
    found = [_parts(as_array(row), level) for row in rows]
    inner = np.broadcast_shapes(*(np.shape(as_array(row)) for row in rows))
    full = [np.zeros((k, *inner)) if p is None else p for p in found]
    return np.stack([np.broadcast_to(p, (k, *inner)) for p in full], axis=1)


_SCALARS = (ScalarDual, float, np.float64, int)

__all__ = ["Slope", "slopes"]
