"""How probes are checked: against differences that know their error, and bit for bit in value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dualad._check._differences import jacobian_by_differences


def flat(out: Any) -> np.ndarray:
    """A result as one vector."""
    if isinstance(out, (tuple, list)):
        return np.concatenate([flat(o) for o in out]) if len(out) else np.zeros(0)
    return np.asarray(out, dtype=np.float64).reshape(-1)


def with_argument(args: Sequence[Any], position: int, x: np.ndarray) -> tuple[Any, ...]:
    """The arguments with the numbers of one of them replaced."""
    old = args[position]
    if isinstance(old, np.ndarray):
        new: Any = x.reshape(old.shape).astype(old.dtype)
    else:
        new = tuple(map(float, x)) if isinstance(old, tuple) else float(x[0])
    return tuple(
        new if i == position else a.copy() if isinstance(a, np.ndarray) else a
        for i, a in enumerate(args)
    )


def by_differences(f: Any, args: Sequence[Any], position: int = 0) -> Any:
    """The Jacobian (m, n) by differences, with its error."""
    x = flat(args[position])
    return jacobian_by_differences(
        lambda v: flat(f(*with_argument(args, position, v))), x, np.maximum(np.abs(x), 0.1)
    )


def close(found: np.ndarray, want: Any, single: bool = False) -> None:
    """Raise where a Jacobian is not what the differences say."""
    assert found.shape == want.value.shape, (found.shape, want.value.shape)
    # Noise in what is differenced can look like a kink; then its error is large as well.
    assert want.smooth.mean() > 0.5, "differences say nothing here"
    allowed = 20.0 * want.error + 1e-9 * (1.0 + np.abs(want.value))
    if single:
        allowed = 2e-3 * (1.0 + np.abs(want.value))
    wrong = (np.abs(found - want.value) > allowed) & want.smooth
    assert not wrong.any(), (found[wrong], want.value[wrong], want.error[wrong])


def matrix(derivative: Any, size: int, inner: int = 1) -> np.ndarray:
    """A derivative of any container as (m, n)."""
    if isinstance(derivative, (tuple, list)):
        return np.concatenate([matrix(d, size, inner) for d in derivative])
    return np.asarray(derivative, dtype=np.float64).reshape(-1, size)


def flat_tree(tree: Any) -> np.ndarray:
    """All numbers of a tree of derivatives, one after the other."""
    if isinstance(tree, (tuple, list)):
        return np.concatenate([flat_tree(t) for t in tree])
    return np.asarray(tree, dtype=np.float64).reshape(-1)


def by_outputs(derivative: Any, rows: int, sizes: Sequence[int]) -> np.ndarray:
    """The derivative of a tree of outputs in some arguments as a matrix; outputs are outside."""
    if len(sizes) == 1:
        return flat_tree(derivative).reshape(rows, sizes[0])
    if any(isinstance(d, (tuple, list)) for d in derivative):
        return np.concatenate([by_outputs(d, -1, sizes) for d in derivative])
    parts = [np.reshape(d, (-1, n)) for d, n in zip(derivative, sizes, strict=True)]
    return np.concatenate(parts, axis=1)
