"""Second derivatives on a recorded graph: tangents forward, then cotangents and theirs back.

With g the gradient of a scalar output, the backward pass computes g and, beside it, the derivative
of g along each direction: H v. The function runs once, on plain values; each row's own second
derivative is used, and array rows that are not linear run their pullback on dual numbers.

See B. Christianson, "Automatic Hessians by reverse accumulation", IMA J. Num. Anal. 12, 1992.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._numbers._dual import Dual
from .._numbers._level import Level, hush, unhush
from .._numbers._number import Number, partial
from .._numbers._slope import slope, slope_of
from .._rules._row import ZERO, Binary, Constant, Linear, Multilinear, Unary
from ._backward import Pullback, with_lane
from ._forward import last_uses, step
from ._graph import Tape
from ._var import MEMBER

_FLOAT = np.dtype(float)


def is_plain(tape: Tape) -> bool:
    """Whether all nodes are float64, which is all that this pass knows."""
    # An array that was pickled has a dtype of its own, equal to NumPy's.
    return tape.second and all(node[5] is _FLOAT or node[5] == _FLOAT for node in tape.nodes)


def hessian_products(
    tape: Tape,
    output: int,
    inputs: list[int],
    blocks: list[Any],
    one: bool,
    free: bool = False,
    seed: Any = None,
) -> list[Any]:
    """``H @ v`` for each direction.

    Parameters
    ----------
    tape : Tape
        Recorded with ``second=True``.
    output : int
        The node of a scalar.
    inputs : list of int
    blocks : list
        For each input its directions, ``(k,) + shape``; with `one`, a single direction without
        the axis of lanes.
    one : bool
    free : bool
        Nodes are released as they are done with; the tape can't be used again.
    seed : ndarray, optional
        Weights of the elements of an output that is an array: H is the Hessian of their sum.

    Returns
    -------
    list
        For each input an array like its block, or None for zero.
    """
    token = hush()
    try:
        tangents = _forward(tape, dict(zip(inputs, blocks, strict=True)), output, one)
        return _Second(tape, tangents, one).run(output, inputs, free, seed)
    finally:
        unhush(token)


def _needs_tangents(row: Any) -> bool:
    """Whether the pullback of a row changes with the tangents of its operands."""
    kind = type(row)
    if kind is Unary:
        return row.d2 is not ZERO
    if kind is Binary:
        return not (row.dxx is ZERO and row.dxy is ZERO and row.dyy is ZERO)
    return kind is not Linear and row is not MEMBER


def _forward(tape: Tape, seeds: dict[int, Any], output: int, one: bool) -> list[Any]:
    """For each node the tangents of its operands, where its pullback needs them."""
    last = last_uses(tape, [output])
    tangents: list[Any] = [None] * len(tape.nodes)
    kept: list[Any] = [None] * len(tape.nodes)
    for i, seed in seeds.items():
        tangents[i] = seed
    for i, node in enumerate(tape.nodes[: output + 1]):
        row, parents = node[0], node[1]
        if row is None:
            continue
        blocks = [tangents[p] if p >= 0 else None for p in parents]
        if any(b is not None for b in blocks):
            if _needs_tangents(row):
                kept[i] = blocks
            tangents[i] = _step(tape, node, blocks, one)
        for p in parents:
            if p >= 0 and last[p] == i:
                tangents[p] = None
    return kept


def _step(tape: Tape, node: Any, blocks: list[Any], one: bool) -> Any:
    """The tangent of one node; elementwise rows need no axis of lanes."""
    if not one:
        return step(tape, node, blocks)
    row = node[0]
    kind = type(row)
    if row is MEMBER:
        return blocks[0][node[3]]
    if kind is Unary:
        return blocks[0] * _first(row, *node[2])
    if kind is Binary:
        total: Any = None
        x, y, z = node[2]
        for which, (t, formula) in enumerate(zip(blocks, (row.dx, row.dy), strict=True)):
            if t is None or formula is ZERO:
                continue
            term = t * _partial(row, which, formula, x, y, z)
            total = term if total is None else total + term
        if total is not None and np.shape(total) != node[4]:
            total = np.broadcast_to(total, node[4])
        return total
    lifted = [None if b is None else with_lane(b) for b in blocks]
    out = step(tape, node, lifted)
    return tuple(o[0] for o in out) if isinstance(out, tuple) else None if out is None else out[0]


def _value_of(formula: Any, x: Any, y: Any, z: Any) -> Any:
    return formula.number if type(formula) is Constant else partial(formula, x, y, z)


def _partial(row: Binary, which: int, formula: Any, x: Any, y: Any, z: Any) -> Any:
    return formula.number if type(formula) is Constant else slope_of(row, which, x, y, z)


def _first(row: Unary, x: Any, y: Any) -> Any:
    return row.d1.number if type(row.d1) is Constant else slope(row, x, y)


class _Second:
    """One backward pass that carries cotangents and their derivatives along k directions."""

    def __init__(self, tape: Tape, tangents: list[Any], one: bool) -> None:
        self.tape, self.tangents, self.one = tape, tangents, one
        self.first = Pullback(tape, 0)
        self.second = Pullback(tape, 0 if one else 1)

    def run(self, output: int, inputs: list[int], free: bool, seed: Any) -> list[Any]:
        first, second, nodes = self.first, self.second, self.tape.nodes
        first.cts[output] = np.ones(nodes[output][4])[()] if seed is None else seed.copy()[()]
        for i in range(output, -1, -1):
            node, ct, dct = nodes[i], first.cts[i], second.cts[i]
            row = node[0]
            t = self.tangents[i]
            if row is None:
                continue
            if free:
                nodes[i] = self.tangents[i] = None
            if ct is None and dct is None:
                continue
            first.cts[i] = second.cts[i] = None
            kind = type(row)
            if t is None or kind is Linear or row is MEMBER:
                self._each(kind, row, node, i, ct, dct)
            elif kind is Unary:
                self._unary(row, node, i, ct, dct, t[0])
            elif kind is Binary:
                self._binary(row, node, i, ct, dct, t)
            else:
                self._array(kind, row, node, ct, dct, t)
        return [second.cts[i] for i in inputs]

    def _each(self, kind: type, row: Any, node: Any, i: int, ct: Any, dct: Any) -> None:
        """A pullback that is the same for both."""
        for run, c in ((self.first, ct), (self.second, dct)):
            if c is None:
                continue
            if kind is Unary:
                run.unary(row, node, c, run.owned[i])
            elif kind is Binary:
                run.binary(row, node, c, run.owned[i])
            elif row is MEMBER:
                run.member(node, c)
            else:
                run.array(kind, row, node, c, run.owned[i])

    def _unary(self, row: Unary, node: Any, i: int, ct: Any, dct: Any, t: Any) -> None:
        x, y = node[2]
        p = _first(row, x, y)
        parent = node[1][0]
        e = _product(t * partial(row.d2, x, y, p), ct, True)
        if dct is not None:
            e += _product(dct, p, self.second.owned[i])
        self.first.add(parent, _product(ct, p, self.first.owned[i]), True)
        self.second.add(parent, e, True)

    def _binary(self, row: Binary, node: Any, i: int, ct: Any, dct: Any, t: Any) -> None:
        x, y, z = node[2]
        tx, ty = (None if b is None else _lift(b, node[4], self.one) for b in t)
        mixed = row.dxy
        single = min(node[1]) < 0  # then the cotangents are used once, and their buffers are free
        for parent, formula, own, which, t_own, t_other in (
            (node[1][0], row.dx, row.dxx, 0, tx, ty),
            (node[1][1], row.dy, row.dyy, 1, ty, tx),
        ):
            if parent < 0:
                continue
            e: Any = None
            if t_own is not None and own is not ZERO:
                e = t_own * partial(own, x, y, z)
            if t_other is not None and mixed is not ZERO:
                term = t_other * _value_of(mixed, x, y, z)
                e = term if e is None else e + term
            if e is not None:
                e = _product(e, ct, True)
            if formula is not ZERO:
                p = _partial(row, which, formula, x, y, z)
                self.first.add(parent, _product(ct, p, single and self.first.owned[i]), True)
                if dct is not None:
                    term = _product(dct, p, single and self.second.owned[i])
                    e = term if e is None else e + term
            if e is not None:
                self.second.add(parent, e, True)

    def _array(self, kind: type, row: Any, node: Any, ct: Any, dct: Any, t: Any) -> None:
        """Products and smooth array functions: their pullback, run on dual numbers."""
        params, saved = node[3], node[2]
        operands = saved if kind is Multilinear else saved[1]
        blocks = [None if b is None else with_lane(b) if self.one else b for b in t]
        level = Level((next(b for b in blocks if b is not None).shape[0],))
        numbers = tuple(
            x if b is None else Dual._make(x, b, level)
            for x, b in zip(operands, blocks, strict=True)
        )
        for position, parent in enumerate(node[1]):
            if parent < 0:
                continue
            c = self._dual(ct, dct, level, saved)
            if kind is Multilinear:
                g = row.transpose(params, position, c, numbers)
            else:
                y = row.value(params, *numbers)
                g = row.vjp(params, y, numbers, c, position)
            value, parts = (g._value, g._parts()) if _at(g, level) else (g, None)
            self.first.add(parent, value[0], False)
            if parts is not None:
                rest = parts[:, 0]
                self.second.add(parent, rest[0] if self.one else rest, False)

    def _dual(self, ct: Any, dct: Any, level: Level, saved: Any) -> Any:
        """The cotangent, one lane in front, with its derivative as tangent."""
        if type(ct) is dict or type(dct) is dict:
            ct, dct = ct or {}, dct or {}
            return tuple(
                self._member(ct.get(k), dct.get(k), level, v) for k, v in enumerate(saved[0])
            )
        return self._member(ct, dct, level, None)

    def _member(self, ct: Any, dct: Any, level: Level, value: Any) -> Any:
        if ct is None:
            block: Any = np.broadcast_to(np.zeros(()), (1, *np.shape(value)))
        else:
            block = with_lane(ct)
        if dct is None:
            return block
        parts = with_lane(dct) if self.one else dct
        return Dual._make(block, parts[:, None], level)


def _product(a: Any, b: Any, owned: Any) -> Any:
    """a b, in the buffer of a where that is ours and large enough."""
    if owned and type(a) is np.ndarray and not isinstance(b, Number):
        shape = np.shape(b)
        if shape == a.shape[a.ndim - len(shape) :]:
            a *= b
            return a
    return a * b


def _lift(t: Any, shape: tuple[int, ...], one: bool) -> Any:
    """A block of tangents raised to the rank of the answer."""
    missing = 0 if one else len(shape) + 1 - t.ndim
    return t if missing <= 0 else t.reshape(t.shape[:1] + (1,) * missing + t.shape[1:])


def _at(g: Any, level: Level) -> bool:
    return isinstance(g, Number) and g._level is level
