"""Calls of the linear array functions: several of each, for the tests of rows and of every mode.

Operands are float64, C-contiguous and filled from a seeded generator; the tests relayout and recast
them. Lists of operands stand as tuples.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dualad._rules._repeating import moved_pad


@dataclass(frozen=True)
class Case:
    """One call ``fn(*args, **kwargs)``; `active` are the positions in `args` that vary.

    An argument at an active position may be a tuple or a nested list of arrays, all of which vary.
    """

    fn: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    active: tuple[int, ...] = (0,)

    @property
    def label(self) -> str:
        parts = [_text(a) for a in self.args] + [f"{k}={_text(v)}" for k, v in self.kwargs.items()]
        return f"{self.fn.__name__}({','.join(parts)})".replace(" ", "")[:110]


def written(x: Any, index: Any, v: Any) -> Any:
    """What ``x[index] = v`` leaves."""
    out = x.copy(order="K")
    out[index] = v
    return out


def called(fn: Callable[..., Any]) -> Callable[..., Any]:
    """The call of `fn` that numbers understand, as user code writes it."""
    if fn is operator.setitem:
        return written
    if fn is np.ndarray.astype:
        return lambda x, *args, **kwargs: x.astype(*args, **kwargs)
    return fn


def _text(x: Any) -> str:
    if isinstance(x, (tuple, list)):
        return f"({','.join(map(_text, x))})"
    if isinstance(x, np.ndarray):
        if x.dtype.kind == "f":
            return "x".join(map(str, x.shape)) or "0d"
        return f"{x.dtype.kind}{'x'.join(map(str, x.shape))}"
    if isinstance(x, slice):
        return ":".join("" if s is None else str(s) for s in (x.start, x.stop, x.step))
    return "..." if x is Ellipsis else str(x)


_random = np.random.default_rng(20250101)


def real(*shape: int) -> np.ndarray:
    return _random.standard_normal(shape)


def mask(*shape: int) -> np.ndarray:
    return _random.random(shape) < 0.5


def ints(n: int, *shape: int) -> np.ndarray:
    return _random.integers(-n, n, shape)


CASES: list[Case] = []


def add(fn: Callable[..., Any], *args: Any, active: tuple[int, ...] = (0,), **kwargs: Any) -> None:
    CASES.append(Case(fn, args, kwargs, active))


_ALL = slice(None)
_M = mask(3, 4)

# --- getitem and setitem -------------------------------------------------------------------------

INDICES: tuple[tuple[tuple[int, ...], Any], ...] = (
    ((5,), 2),
    ((5,), -1),
    ((5,), np.int32(1)),
    ((5,), slice(1, 4)),
    ((5,), slice(None, None, -2)),
    ((5,), slice(3, 3)),
    ((5,), None),
    ((5,), Ellipsis),
    ((5,), (Ellipsis, 2)),
    ((5,), [0, 2, 2, -1]),
    ((5,), []),
    ((5,), np.array(3)),
    ((5,), (np.array([[0, 1], [1, 4]]),)),
    ((5,), np.array([True, False, True, True, False])),
    ((5,), True),
    ((5,), False),
    ((), ()),
    ((), None),
    ((), Ellipsis),
    ((), True),
    ((3, 4), 1),
    ((3, 4), (1, -2)),
    ((3, 4), (_ALL, 0)),
    ((3, 4), (slice(0, 2), slice(None, None, -1))),
    ((3, 4), (None, 1, None, _ALL, None)),
    ((3, 4), _M),
    ((3, 4), (np.array([True, False, True]),)),
    ((3, 4), (_ALL, np.array([True, False, True, False]))),
    ((3, 4), (np.array([True, False, True]), np.array([True, False, True, False]))),
    ((3, 4), ([0, 1, 1], [3, 3, 3])),
    ((3, 4), (np.array([[0], [2]]), np.array([1, 1, 3]))),
    ((3, 4), (Ellipsis, [0, 0])),
    ((3, 4), (0, [1, 2])),
    ((3, 4), ([1, 2], 0)),
    ((3, 4), (0, Ellipsis, [1, 2])),
    ((3, 4), ([0, 2], None, [1, 2])),
    ((3, 4), (np.array(1), np.array(2))),
    ((3, 4), (True, 1)),
    ((3, 4, 5), ([0, 2], _ALL, [1, 1])),
    ((3, 4, 5), (0, _ALL, [1, 1])),
    ((3, 4, 5), ([0, 2], _ALL, 3)),
    ((3, 4, 5), (_ALL, [0, 2, 2], [1, 1, 1])),
    ((3, 4, 5), (_ALL, [0, 2, 2], 1)),
    ((3, 4, 5), (np.array([[0, 1]]), slice(1, 3), np.array([[2], [2]]))),
    ((3, 4, 5), (_M,)),
    ((3, 4, 5), (_M, 2)),
    ((3, 4, 5), (_M, slice(None, None, 2))),
    ((3, 4, 5), (Ellipsis, mask(4, 5))),
    ((3, 4, 5), (mask(3), _ALL, [0])),
    ((3, 4, 5), (None, [0, 2], Ellipsis, [1, 1], None)),
    ((3, 4, 5), (np.array(1), _ALL, np.array([0, 4]))),
    ((2, 3, 4, 5), (_ALL, [0, 2], _ALL, [1, 4])),
    ((2, 3, 4, 5), (1, _ALL, [0, 2], _ALL)),
    ((2, 3, 4, 5), ([0, 1], 1, _ALL, [[1], [2]])),
    ((0, 3), (_ALL, [0, 0])),
    ((3, 0), (1, Ellipsis)),
)

for _shape, _index in INDICES:
    add(operator.getitem, real(*_shape), _index)
    _hole = np.shape(real(*_shape)[_index])
    add(operator.setitem, real(*_shape), _index, real(*_hole), active=(0, 2))
    if len(_hole) > 0:
        add(operator.setitem, real(*_shape), _index, real(), active=(0, 2))
    if len(_hole) > 1:
        add(operator.setitem, real(*_shape), _index, real(*_hole[1:]), active=(0, 2))
        add(operator.setitem, real(*_shape), _index, real(1, *_hole), active=(0, 2))
        add(operator.setitem, real(*_shape), _index, real(*_hole[:-1], 1), active=(0, 2))

# --- picking -------------------------------------------------------------------------------------

add(np.take, real(5), 2)
add(np.take, real(5), [1, 1, -1])
add(np.take, real(3, 4), ints(12, 2, 3))
add(np.take, real(3, 4), [0, 2, 2], axis=0)
add(np.take, real(3, 4), [[0, 3]], axis=-1)
add(np.take, real(3, 4), 1, axis=1)
add(np.take, real(3, 4), [5, -7], axis=1, mode="wrap")
add(np.take, real(3, 4), [5, -7], axis=0, mode="clip")
add(np.take, real(), [0, 0])
add(np.take_along_axis, real(3, 4), ints(3, 2, 4), axis=0)
add(np.take_along_axis, real(3, 4), ints(4, 3, 4), axis=1)
add(np.take_along_axis, real(3, 4), ints(4, 1, 2), axis=-1)
add(np.take_along_axis, real(3, 4), ints(12, 5), axis=None)
add(np.compress, [True, False, True], real(5), active=(1,))
add(np.compress, [True, False, True], real(3, 4), active=(1,), axis=0)
add(np.compress, [False, True, True, True], real(3, 4), active=(1,), axis=-1)
add(np.extract, _M, real(3, 4), active=(1,))
add(np.diagonal, real(3, 4))
add(np.diagonal, real(3, 4), offset=-1)
add(np.diagonal, real(2, 3, 4), offset=1, axis1=2, axis2=0)
add(np.diagonal, real(3, 4), offset=9)
add(np.linalg.diagonal, real(2, 3, 4), offset=1)
add(np.trace, real(4, 4))
add(np.trace, real(3, 4), offset=1)
add(np.trace, real(2, 3, 4, 3), axis1=1, axis2=-1)
add(np.linalg.trace, real(2, 3, 4), offset=-1)
add(np.diag, real(4))
add(np.diag, real(3), -2)
add(np.diag, real(3, 4), k=1)
add(np.diagflat, real(2, 2), 1)
for _fn in (np.tril, np.triu):
    add(_fn, real(3, 4))
    add(_fn, real(2, 3, 3), k=-1)
    add(_fn, real(3), 1)
add(np.delete, real(5), 1)
add(np.delete, real(3, 4), [0, 2], axis=1)
add(np.delete, real(3, 4), slice(0, 2), axis=0)
add(np.delete, real(3, 4), [1, 5])
add(np.insert, real(5), 1, real(), active=(0, 2))
add(np.insert, real(5), [1, 3, 3], real(3), active=(0, 2))
add(np.insert, real(3, 4), 2, real(4), active=(0, 2), axis=0)
add(np.insert, real(3, 4), [0, 2], real(3, 2), active=(0, 2), axis=1)
add(np.insert, real(3, 4), 2, real(3), active=(0, 2), axis=1)
add(np.choose, [2, 0, 1, 0], (real(4), real(4), real(4)), active=(1,))
add(np.choose, [[0, 1], [1, 5]], (real(), real(2)), active=(1,), mode="clip")
add(np.select, [mask(3, 4), mask(4)], (real(3, 4), real(3, 1)), active=(1,))
add(np.select, [mask(4), mask(4)], (real(4), real()), real(), active=(1, 2))
add(np.where, _M, real(3, 4), real(3, 4), active=(1, 2))
add(np.where, _M, real(4), real(), active=(1, 2))
add(np.where, mask(4), real(3, 1), real(3, 4), active=(1, 2))
add(np.where, True, real(3), real(2, 1), active=(1, 2))
add(np.where, mask(3), real(), real(), active=(1, 2))
add(np.where, _M, real(3, 4), 0.0, active=(1,))
add(np.where, _M, 1.0, real(4), active=(2,))

# --- shapes --------------------------------------------------------------------------------------

add(np.reshape, real(3, 4), (2, 6))
add(np.reshape, real(3, 4), -1)
add(np.reshape, real(3, 4), (2, -1, 3))
add(np.reshape, real(3, 4), (2, 6), order="F")
add(np.reshape, real(2, 3, 4), (4, -1), order="F")
add(np.reshape, real(3, 4), (4, 3), order="A")
add(np.reshape, real(6), (2, 3), order="F")
add(np.reshape, real(0, 3), (3, 0, 2))
add(np.reshape, real(), (1, 1))
add(np.reshape, real(1, 1), ())
for _order in "CFAK":
    add(np.ravel, real(3, 4), order=_order)
    add(np.ravel, real(2, 3, 4), order=_order)
    add(np.copy, real(3, 4), order=_order)
add(np.ravel, real())
add(np.transpose, real(3, 4))
add(np.transpose, real(2, 3, 4), (2, 0, 1))
add(np.transpose, real(2, 3, 4), axes=(-1, 1, 0))
add(np.transpose, real(5))
add(np.matrix_transpose, real(2, 3, 4))
add(np.linalg.matrix_transpose, real(3, 4))
add(np.moveaxis, real(2, 3, 4), 0, -1)
add(np.moveaxis, real(2, 3, 4), (0, 1), (-1, 0))
add(np.swapaxes, real(2, 3, 4), 0, 2)
add(np.rollaxis, real(2, 3, 4), 2)
add(np.rollaxis, real(2, 3, 4), 0, 3)
add(np.expand_dims, real(3, 4), 0)
add(np.expand_dims, real(3, 4), (1, -1))
add(np.expand_dims, real(), 0)
add(np.squeeze, real(1, 3, 1))
add(np.squeeze, real(1, 3, 1), axis=0)
add(np.squeeze, real(1, 1))
add(np.broadcast_to, real(3, 1), (2, 3, 4))
add(np.broadcast_to, real(), (3,))
add(np.broadcast_to, real(4), 4)
add(np.broadcast_to, real(1), (0,))
add(np.flip, real(3, 4))
add(np.flip, real(3, 4), 0)
add(np.flip, real(2, 3, 4), (0, -1))
add(np.fliplr, real(3, 4))
add(np.flipud, real(3, 4))
for _k in (0, 1, 2, 3, -1):
    add(np.rot90, real(3, 4), _k)
add(np.rot90, real(2, 3, 4), 1, (2, 0))
add(np.ndarray.astype, real(3, 4), np.float32)
add(np.ndarray.astype, real(3, 4), complex)
add(np.real, real(3))
add(np.imag, real(3))

# --- repeating -----------------------------------------------------------------------------------

add(np.repeat, real(3), 2)
add(np.repeat, real(3, 4), 2)
add(np.repeat, real(3, 4), 3, axis=0)
add(np.repeat, real(3, 4), [2, 0, 1, 1], axis=1)
add(np.repeat, real(2, 2), [1, 0, 2, 3])
add(np.repeat, real(3), 0)
add(np.repeat, real(), 3)
add(np.tile, real(3), 2)
add(np.tile, real(3), (2, 2))
add(np.tile, real(2, 3), (2, 1, 3))
add(np.tile, real(2, 3), 2)
add(np.tile, real(), (2,))
add(np.tile, real(3), 0)
add(np.resize, real(3), 7)
add(np.resize, real(2, 3), (2, 2))
add(np.roll, real(5), 2)
add(np.roll, real(3, 4), -1)
add(np.roll, real(3, 4), 1, axis=0)
add(np.roll, real(3, 4), (1, -2), axis=(0, 1))
add(np.roll, real(3, 4), (1, 2), axis=(1, 1))
add(moved_pad, real(3), 2)
add(moved_pad, real(3, 4), ((1, 0), (2, 3)))
add(moved_pad, real(3, 4), 1, constant_values=((1.0, 2.0), (3.0, 4.0)))
for _mode in ("edge", "wrap", "reflect", "symmetric"):
    add(moved_pad, real(3), (2, 5), mode=_mode)
    add(moved_pad, real(3, 4), ((1, 2), (0, 1)), _mode)

# --- joining -------------------------------------------------------------------------------------

add(np.concatenate, (real(3), real(4)))
add(np.concatenate, (real(2, 3), real(1, 3), real(0, 3)), axis=0)
add(np.concatenate, (real(2, 3), real(2, 1)), axis=-1)
add(np.concatenate, (real(2, 3), real(4)), axis=None)
add(np.concatenate, (real(2, 3), real(2, 3)), axis=1, dtype=np.float32)
add(np.stack, (real(3), real(3)))
add(np.stack, (real(2, 3), real(2, 3), real(2, 3)), axis=-1)
add(np.stack, (real(2, 3), real(2, 3)), axis=1)
add(np.stack, (real(), real(), real()))
add(np.hstack, (real(3), real(4)))
add(np.hstack, (real(), real(2)))
add(np.hstack, (real(2, 3), real(2, 1)))
add(np.vstack, (real(3), real(3)))
add(np.vstack, (real(2, 3), real(3)))
add(np.vstack, (real(), real()))
add(np.dstack, (real(3), real(3)))
add(np.dstack, (real(2, 3), real(2, 3, 2)))
add(np.dstack, (real(), real()))
add(np.column_stack, (real(3), real(3, 2)))
add(np.column_stack, (real(3), real(3)))

# --- sums ----------------------------------------------------------------------------------------

add(np.sum, real(5))
add(np.sum, real())
add(np.sum, real(0))
for _axis in (None, 0, 1, -1, (0, 2), (), (2, 1, 0)):
    add(np.sum, real(2, 3, 4), axis=_axis)
add(np.sum, real(3, 4), axis=0, keepdims=True)
add(np.sum, real(3, 4), keepdims=True)
add(np.sum, real(3, 4), axis=1, where=_M)
add(np.sum, real(3, 4), where=mask(4))
add(np.sum, real(3, 4), dtype=np.float32)
add(np.sum, real(3, 4), axis=0, initial=2.5)
add(np.sum, real(3, 4), initial=2.5, keepdims=True, where=_M)
add(np.cumsum, real(5))
add(np.cumsum, real(3, 4))
add(np.cumsum, real(3, 4), axis=0)
add(np.cumsum, real(3, 4), axis=-1, dtype=np.float32)
add(np.cumsum, real())
add(np.diff, real(5))
add(np.diff, real(3, 4), axis=0)
add(np.diff, real(3, 4), n=2)
add(np.diff, real(3), n=5)
add(np.diff, real(3), n=0)
add(np.diff, real(3, 4), 1, 0, real(2, 4), active=(0, 3))
add(np.diff, real(3, 4), 2, 1, real(), real(3, 1), active=(0, 3, 4))
add(np.diff, real(3), 1, -1, 0.5, append=1.5)
add(np.bincount, [0, 2, 2, 5], real(4), active=(1,))
add(np.bincount, [1, 0], real(2), 4, active=(1,))
if hasattr(np, "cumulative_sum"):
    add(np.cumulative_sum, real(5))
    add(np.cumulative_sum, real(3, 4), axis=0, include_initial=True)

LINEAR = tuple(CASES)

# --- composed functions --------------------------------------------------------------------------

CASES = []
add(np.append, real(3), real(2, 2), active=(0, 1))
add(np.append, real(3, 2), real(1, 2), active=(0, 1), axis=0)
add(np.block, [[real(2, 2), real(2, 1)], [real(1, 3)]])
add(np.block, [real(3), real(2)])
add(np.block, [[real(), real()], [real(), real()]])
add(np.block, real(3))
add(np.block, [[real(2, 3, 2)], [real(2, 1, 2)]])
add(np.array_split, real(7), 3)
add(np.array_split, real(3, 7), [2, 2, 9], axis=1)
add(np.split, real(6, 2), 3)
add(np.split, real(6), [1, 4])
add(np.hsplit, real(2, 4), 2)
add(np.hsplit, real(4), 2)
add(np.vsplit, real(4, 2), 2)
add(np.dsplit, real(2, 2, 4), [1, 2])
add(np.atleast_1d, real())
add(np.atleast_1d, real(3), real(), active=(0, 1))
add(np.atleast_2d, real(3))
for _shape in ((), (3,), (2, 3), (2, 3, 4), (1, 2, 3, 4)):
    add(np.atleast_3d, real(*_shape))
add(np.broadcast_arrays, real(3, 1), real(4), active=(0, 1))
add(np.broadcast_arrays, real(3), real(3), active=(0, 1))
add(np.meshgrid, real(3), real(4), active=(0, 1))
add(np.meshgrid, real(3), real(4), real(), active=(0, 1, 2), indexing="ij")
add(np.meshgrid, real(3), real(4), active=(0, 1), sparse=True, copy=False)
add(np.meshgrid, real(3))
add(np.real_if_close, real(3))
add(np.pad, real(3, 4), 1, mode="edge")
add(np.pad, real(3), (2, 1), mode="mean")
add(np.ediff1d, real(3, 2))
add(np.ediff1d, real(4), real(2), real(), active=(0, 1, 2))
if hasattr(np, "unstack"):
    add(np.unstack, real(3, 4), axis=-1)

COMPOSED = tuple(CASES)
