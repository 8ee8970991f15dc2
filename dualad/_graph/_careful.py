"""The careful backward pass (see `_numbers._careful`): cotangents travel with their shadows."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._numbers._careful import (
    careful_linear,
    careful_multilinear,
    careful_term,
    halves,
    partial_is_constant,
)
from .._numbers._level import hush, unhush
from .._numbers._number import primal
from .._numbers._slope import slope, slope_of, widen, widen_of
from .._numbers._telling import excuse
from .._rules._row import ZERO, Binary, Constant, Linear, Multilinear, Unary
from ._backward import Pullback
from ._graph import Tape
from ._varied import varied


def pull_back_carefully(tape: Tape, seeds: dict[int, Any], inputs: list[int]) -> list[Any]:
    """Like `pull_back`; seeds have an axis of lanes. The tape is kept."""
    run = CarefulPullback(tape, 1)
    run.varied = varied(tape, inputs)
    for position, seed in seeds.items():
        shadow = (primal(seed) != 0) * 1.0
        run.add(position, np.concatenate((seed, shadow)), False)
    token = hush()
    try:
        run.walk(max(seeds, default=-1), False)
    finally:
        unhush(token)
    return [None if run.cts[i] is None else halves(run.cts[i])[0] for i in inputs]


class CarefulPullback(Pullback):
    """One careful backward pass: blocks of 2k lanes, cotangents and then shadows.

    Attributes
    ----------
    varied : list
        Where inputs reach the value of each node, see `_varied`.
    """

    __slots__ = ("varied",)
    varied: Any

    def unary(self, row: Unary, node: Any, ct: Any, owned: int) -> None:
        x, y = node[2]
        parent = node[1][0]
        if row.d1 is ZERO:
            return
        if row.real_linear is not None and self.nodes[parent][5].kind == "c":
            t, s = halves(ct)
            self.add(parent, np.concatenate((row.real_linear[1](x, y, t), s)), False)
            return
        p = np.conjugate(slope(row, *widen(row, x, y)))
        constant = type(row.d1) is Constant
        self.add(parent, careful_term(ct, p, constant, (node[6], node[7])), False)

    def binary(self, row: Binary, node: Any, ct: Any, owned: int) -> None:
        x, y, z = widen_of(row, *node[2])
        for which, (parent, formula) in enumerate(zip(node[1], (row.dx, row.dy), strict=True)):
            if parent < 0 or formula is ZERO:
                continue
            other = node[1][1 - which]
            constant = partial_is_constant(row, which, self.varied[other] if other >= 0 else None)
            p = np.conjugate(slope_of(row, which, x, y, z))
            excuse(row, p)
            term = careful_term(ct, p, constant, (node[6], node[7]))
            self.add(parent, term, False)

    def array(self, kind: type, row: Any, node: Any, ct: Any, owned: int) -> None:
        parents, saved, params = node[1], node[2], node[3]
        if kind is Linear:
            super().array(kind, row, node, careful_linear(ct), 0)
            return
        active = [p >= 0 for p in parents]
        for position, p in enumerate(parents):
            if p < 0:
                continue
            if kind is Multilinear:
                term = careful_multilinear(
                    lambda block, xs, i=position: row.transpose(params, i, block, xs),
                    ct,
                    saved,
                    position,
                    active,
                )
                self.add(p, term, False)
                continue
            if row.partial is not None:
                partial = row.partial(params, saved[0], saved[1], position)
                if partial is not ZERO:
                    place = (node[6], node[7])
                    self.add(p, careful_term(ct, np.conjugate(partial), False, place), False)
                continue
            t, s = self._halves_of(ct)
            g = row.vjp(params, saved[0], saved[1], t, position)
            shape = (g.shape[0],) + (1,) * (g.ndim - 1)
            shadow = np.broadcast_to(s.reshape(shape), g.shape)
            self.add(p, np.concatenate((np.where(shadow != 0, g, 0.0), shadow)), False)

    @staticmethod
    def _halves_of(ct: Any) -> tuple[Any, np.ndarray]:
        """Cotangents of a Differential row, and which lanes carry any."""
        if type(ct) is not dict:
            t, s = halves(ct)
            return t, _any(s)
        both = {k: halves(v) for k, v in ct.items()}
        size = max(2, max(both) + 1)
        reached = sum(_any(s) for _, s in both.values())
        return tuple(both[k][0] if k in both else None for k in range(size)), np.asarray(reached)


def _any(s: Any) -> np.ndarray:
    s = primal(s)
    return np.any(s.reshape(s.shape[0], -1) != 0, axis=1) * 1.0
