"""The backward pass: cotangents from the outputs to the inputs, in one loop over the nodes.

Cotangents come in blocks of k lanes, lanes first. One lane alone (a gradient) travels without its
axis through elementwise rows, which is much cheaper for small arrays and scalars. A cotangent that
nothing else refers to is multiplied and added to in place.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._numbers._blocks import is_low
from .._numbers._level import hush, unhush
from .._numbers._number import Number
from .._numbers._slope import slope, slope_of, widen, widen_of
from .._rules._row import MINUS_ONE, ONE, ZERO, Binary, Constant, Linear, Multilinear, Unary
from ._graph import Tape
from ._var import MEMBER

_Array = np.ndarray


def pull_back(
    tape: Tape, seeds: dict[int, Any], inputs: list[int], lanes: int, free: bool
) -> list[Any]:
    """Cotangents of the inputs.

    Parameters
    ----------
    tape : Tape
    seeds : dict
        Position of an output -> its cotangent, of shape ``(k,) + shape`` with k == `lanes`, or
        ``shape`` with `lanes` == 0 (one cotangent without the axis of lanes).
    inputs : list of int
        Positions of the leaves whose cotangents are wanted.
    lanes : int
    free : bool
        Nodes are released as they are done with; the tape can't be used again.

    Returns
    -------
    list
        One cotangent (or None, where no output depends on the input) for each of `inputs`.
    """
    run = Pullback(tape, lanes)
    for position, seed in seeds.items():
        run.add(position, seed, False)
    token = hush()
    try:
        run.walk(max(seeds, default=-1), free)
    finally:
        unhush(token)
    return [run.cts[i] for i in inputs]


class Pullback:
    """One backward pass over a tape."""

    __slots__ = ("axis", "cts", "nodes", "owned")

    def __init__(self, tape: Tape, lanes: int) -> None:
        self.nodes = tape.nodes
        self.axis = 1 if lanes else 0  # the number of lane axes
        self.cts: list[Any] = [None] * len(tape.nodes)
        self.owned = bytearray(len(tape.nodes))

    def add(self, i: int, ct: Any, owned: bool) -> None:
        """Add a cotangent to node i; `owned` if nothing else refers to ct."""
        node = self.nodes[i]
        shape = node[4]
        kind = type(ct)
        if kind is _Array:
            fits = (ct.shape[1:] if self.axis else ct.shape) == shape
        else:
            fits = np.shape(ct)[self.axis :] == shape
        if not fits:
            ct = unbroadcast(ct, shape, self.axis)
            owned = False
        if kind is not float and ct.dtype is not _FLOAT and _is_only_complex(ct, node):
            ct = ct.real
            owned = False
        cts = self.cts
        old = cts[i]
        if old is None:
            cts[i] = ct
            self.owned[i] = owned
        elif self.owned[i] and type(old) is _Array:
            if kind is _Array and old.dtype == ct.dtype:
                old += ct
            else:
                cts[i] = old + ct
        else:
            cts[i] = old + ct
            self.owned[i] = type(cts[i]) is _Array

    def walk(self, last: int, free: bool) -> None:
        """From node `last` down to the first."""
        nodes, cts, owned = self.nodes, self.cts, self.owned
        for i in range(last, -1, -1):
            ct = cts[i]
            node = nodes[i]
            row = node[0]
            if row is None:
                continue
            if free:
                nodes[i] = None
            if ct is None:
                continue
            cts[i] = None
            kind = type(row)
            if kind is Binary:
                self.binary(row, node, ct, owned[i])
            elif kind is Unary:
                self.unary(row, node, ct, owned[i])
            elif row is MEMBER:
                self.member(node, ct)
            else:
                self.array(kind, row, node, ct, owned[i])

    # --- elementwise rows ------------------------------------------------------------------------

    def unary(self, row: Unary, node: Any, ct: Any, owned: int) -> None:
        x, y = node[2]
        d1 = row.d1
        parent = node[1][0]
        if row.real_linear is not None and self.nodes[parent][5].kind == "c":
            self.add(parent, row.real_linear[1](x, y, ct), False)
            return
        if type(d1) is Constant:
            if d1 is ZERO:
                return
            g = ct if d1 is ONE else -ct if d1 is MINUS_ONE else ct * d1.number
            self.add(parent, g, type(g) is _Array and (d1 is not ONE or bool(owned)))
            return
        if node[5] is not _FLOAT and is_low(y if x is None else x):
            self.add(parent, _round(ct * slope(row, *widen(row, x, y)), node[5]), True)
            return
        self.add(parent, *_times(ct, slope(row, x, y), owned))

    def binary(self, row: Binary, node: Any, ct: Any, owned: int) -> None:
        i, j = node[1]
        x, y, z = node[2]
        dx, dy = row.dx, row.dy
        low = node[5] is not _FLOAT and (node[5].itemsize < 8 or node[5].char == "F")
        if low:
            x, y, z = widen_of(row, x, y, z)
        if i >= 0 and dx is not ZERO:
            if type(dx) is Constant:
                g = ct if dx is ONE else -ct if dx is MINUS_ONE else ct * dx.number
                self.add(i, g, type(g) is _Array and (dx is not ONE or bool(owned and j < 0)))
            else:
                # The buffer may be reused only where it is not needed for y.
                last = j < 0 or dy is ZERO
                g, own = _times(ct, slope_of(row, 0, x, y, z), owned and last and not low)
                self.add(i, _round(g, node[5]) if low else g, own)
        if j >= 0 and dy is not ZERO:
            if type(dy) is Constant:
                g = ct if dy is ONE else -ct if dy is MINUS_ONE else ct * dy.number
                free = dy is not ONE or (owned and (i < 0 or dx is not ONE))
                self.add(j, g, bool(free) and type(g) is _Array)
            else:
                reuse = owned and not low and (i < 0 or type(dx) is not Constant or dx is ZERO)
                g, own = _times(ct, slope_of(row, 1, x, y, z), reuse)
                self.add(j, _round(g, node[5]) if low else g, own)

    # --- array rows ------------------------------------------------------------------------------

    def array(self, kind: type, row: Any, node: Any, ct: Any, owned: int) -> None:
        parents, saved, params = node[1], node[2], node[3]
        if kind is Linear and not self.axis and self.short(row, node, ct):
            return
        block = ct if self.axis else with_lane(ct)
        if kind is Linear:
            if row.scatter is not None and len(parents) == 1:
                self.scatter(row, parents[0], params, block)
                return
            results = row.transpose(params, block, saved)
            for p, g in zip(parents, results, strict=True):
                if p >= 0 and g is not None:
                    self.deliver(p, g)
            return
        for position, p in enumerate(parents):
            if p >= 0:
                if kind is Multilinear:
                    g = row.transpose(params, position, block, saved)
                else:
                    g = row.vjp(
                        params, saved[0], saved[1], _lanes_of(ct, self.axis, saved[0]), position
                    )
                self.deliver(p, g)

    def short(self, row: Linear, node: Any, ct: Any) -> bool:
        """The short way of one cotangent without lanes; False where there is none."""
        if (type(ct) is not _Array and type(ct) is not np.float64) or ct.dtype is not _FLOAT:
            return False
        p = node[1][0]
        if p < 0:
            return False
        parent = self.nodes[p]
        if parent[5] is not _FLOAT:
            return False
        if row.transpose_one is not None and len(node[1]) == 1:
            g = row.transpose_one(node[3], ct, parent[4])
            if g is None:
                return False
            self.add(p, g, True)
            return True
        if row.scatter_one is None:
            return False
        buffer = self.cts[p]
        if buffer is None:
            buffer = self.cts[p] = np.zeros(parent[4])
            self.owned[p] = 1
        elif type(buffer) is not _Array or not self.owned[p]:
            return False
        return row.scatter_one(node[3], ct, buffer)

    def deliver(self, p: int, block: Any) -> None:
        """Add a block with lanes to node p."""
        self.add(p, block if self.axis else block[0], False)

    def scatter(self, row: Any, p: int, params: Any, block: Any) -> None:
        """Rows that read few elements of a large operand add to its cotangent in place."""
        node = self.nodes[p]
        if node[5].kind != "c" and block.dtype.kind == "c":
            block = block.real
        buffer = self.cts[p]
        mixed = type(buffer) is _Array and type(block) is not _Array
        if buffer is None or mixed or not self.owned[p]:
            shape = block.shape[:1] + node[4]
            fresh = np.zeros_like(block, shape=shape, dtype=_wide(block, node))
            if buffer is not None:
                fresh = fresh + (buffer if self.axis else with_lane(buffer))
            if type(fresh) is not _Array:  # cotangents that carry derivatives themselves
                row.scatter(params, block, fresh)
                self.cts[p] = fresh if self.axis else fresh[0]
                self.owned[p] = False
                return
            buffer = fresh if self.axis else fresh[0, ...]
            self.cts[p] = buffer
            self.owned[p] = True
        row.scatter(params, block, buffer if self.axis else buffer[None])

    def member(self, node: Any, ct: Any) -> None:
        """One answer of a function that returns several: collect, until the tuple's turn."""
        p, k = node[1][0], node[3]
        collected = self.cts[p] or {}
        collected[k] = ct
        self.cts[p] = collected


_FLOAT = np.dtype(float)
# Repeated by strides of 0, so that a rule can tell an answer that nothing depends on from one whose
# cotangent happens to be 0.
_NOTHING = np.zeros(())


def _is_only_complex(ct: Any, node: Any) -> bool:
    """Whether a cotangent is complex and its node real."""
    return bool(ct.dtype.kind == "c" and node[5].kind != "c")


def _wide(block: Any, node: Any) -> Any:
    return np.result_type(block.dtype, node[5])


def with_lane(ct: Any) -> Any:
    """A cotangent without lanes as a block of one lane."""
    if type(ct) is _Array:
        return ct[None]
    return np.reshape(ct, (1, *np.shape(ct)))


def _lanes_of(ct: Any, axis: int, value: Any) -> Any:
    """Cotangents of a Differential row: a block, or a tuple of them for several answers."""
    if type(ct) is not dict:
        return ct if axis else with_lane(ct)
    blocks = {k: c if axis else with_lane(c) for k, c in ct.items()}
    lanes = next(iter(blocks.values())).shape[0]
    return tuple(
        blocks[k] if k in blocks else np.broadcast_to(_NOTHING, (lanes, *np.shape(v)))
        for k, v in enumerate(value)
    )


def _times(ct: Any, p: Any, owned: Any) -> tuple[Any, bool]:
    """ct times a partial (its conjugate for complex ones), in place where ct is ours."""
    if type(p) is _Array:
        dtype = p.dtype
        if dtype is not _FLOAT and dtype.kind == "c":
            return ct * np.conjugate(p), False
        if (
            owned
            and type(ct) is _Array
            and ct.dtype is dtype
            and p.shape in (ct.shape, ct.shape[1:])
        ):
            ct *= p
            return ct, True
    elif type(p) is complex or getattr(p, "dtype", _FLOAT).kind == "c":
        return ct * np.conjugate(p), False
    g = ct * p
    return g, type(g) is _Array


def _round(g: Any, dtype: Any) -> Any:
    return g.astype(dtype) if g.dtype.kind == dtype.kind else g


def unbroadcast(ct: Any, shape: tuple[int, ...], axis: int) -> Any:
    """Sum a cotangent over the axes along which an operand of this shape was broadcast."""
    ct_shape = np.shape(ct)
    extra = len(ct_shape) - axis - len(shape)
    if extra < 0:  # the cotangent of a scalar row: constant over the operand
        return np.broadcast_to(
            ct.reshape(ct_shape[:axis] + (1,) * -extra + ct_shape[axis:]), ct_shape[:axis] + shape
        )
    axes = tuple(range(axis, axis + extra)) + tuple(
        axis + extra + i for i, n in enumerate(shape) if n == 1 and ct_shape[axis + extra + i] != 1
    )
    if axes:
        ct = np.sum(ct, axis=axes).reshape(ct_shape[:axis] + shape)
    full = ct_shape[:axis] + shape
    return ct if np.shape(ct) == full else np.broadcast_to(ct, full)


__all__ = ["Number", "Pullback", "pull_back", "unbroadcast"]
