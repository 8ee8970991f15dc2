"""`solve_bvp`: exact derivatives of the right-hand side and of the boundary conditions."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .._errors import InputError
from .._solving._closed import Closed
from ._initial import is_plain
from ._mirror import Given, How, NumberMet
from ._slopes import slopes
from ._told import described, told


def solve_bvp(given: Given, how: How) -> Any:
    """Fill in ``fun_jac`` and ``bc_jac``, from one run each with one direction per component.

    Raises
    ------
    InputError
        Other ways of computing them are asked for: there are too few directions to choose.
    """
    if how.mode == "reverse" or how.chunk_size or how.workers is not None:
        raise InputError(
            "dualad.scipy.solve_bvp takes its derivatives in forward mode, all directions at once",
            "solve_bvp without mode, chunk_size and workers",
        )
    if is_plain(given) and Closed((given.args, given.keywords)).constants:
        raise NumberMet
    parts = []
    for name, of, derivatives in (
        ("fun_jac", "fun", _fun_jac),
        ("bc_jac", "bc", _bc_jac),
    ):
        if given.get(name) is None:
            given.set(name, functools.partial(derivatives, given.get(of)))
            parts.append(f"{name}: exact, forward mode of {of}")
    return told(given.call(), described(parts))


def _fun_jac(fun: Callable[..., Any], x: Any, y: Any, *p: Any) -> Any:
    """``df/dy`` of shape (n, n, m) and, with parameters, ``df/dp`` of shape (n, k, m).

    fun works on all nodes at once, each for itself: one direction serves a component at all of
    them.
    """
    n, m = y.shape
    k = p[0].size if p else 0
    block = np.zeros((1 + n + k, n, m), y.dtype)
    block[0] = y
    block[np.arange(1, n + 1), np.arange(n)] = 1.0
    blocks = {1: block}
    if p:
        blocks[2] = _seeded(p[0], n, n + k)
    parts = np.broadcast_to(slopes(fun, (x, y, *p), blocks), (n + k, n, m))
    turned = np.moveaxis(parts, 0, 1).copy()  # SciPy adds to it in place
    return (turned[:, :n], turned[:, n:]) if p else turned


def _seeded(x: np.ndarray, start: int, count: int) -> np.ndarray:
    """A vector with unit directions from `start` on, of `count` directions in all."""
    block = np.zeros((1 + count, x.size), x.dtype)
    block[0] = x
    i = np.arange(x.size)
    block[1 + start + i, i] = 1.0
    return block


def _bc_jac(bc: Callable[..., Any], ya: Any, yb: Any, *p: Any) -> Any:
    """The derivatives of the conditions in both ends and, with parameters, in these."""
    given = (ya, yb, *p)
    sizes = [x.size for x in given]
    starts = np.cumsum([0, *sizes])
    blocks = {
        i: _seeded(x, int(start), int(starts[-1]))
        for i, (x, start) in enumerate(zip(given, starts[:-1], strict=True))
    }
    rows = slopes(bc, given, blocks).T
    return tuple(part.copy() for part in np.split(rows, starts[1:-1], axis=1))


__all__ = ["solve_bvp"]
