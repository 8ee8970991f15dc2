"""A backward pass that keeps the cotangent of every node, for drawing."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._evaluate import Recorded
from .._graph import Tape
from .._graph._backward import Pullback
from .._graph._careful import CarefulPullback
from .._graph._var import MEMBER
from .._graph._varied import varied
from .._numbers import Number, hush, primal, unhush
from .._numbers._careful import halves
from .._products import cotangent_leaves, result_dtype
from .._rules._row import Binary, Unary


class _Keeping:
    """The walk of a pullback that gives nothing away: cotangents are not worked on in place."""

    __slots__ = ()
    nodes: list[Any]
    cts: list[Any]

    def walk(self, last: int, free: bool) -> None:
        """From node `last` down to the first."""
        this: Any = self
        for i in range(last, -1, -1):
            node, ct = this.nodes[i], this.cts[i]
            row = node[0]
            if row is None or ct is None:
                continue
            kind = type(row)
            if kind is Binary:
                this.binary(row, node, ct, 0)
            elif kind is Unary:
                this.unary(row, node, ct, 0)
            elif row is MEMBER:
                this.member(node, ct)
            else:
                this.array(kind, row, node, ct, 0)


class _Plain(_Keeping, Pullback):
    __slots__ = ()


class _Careful(_Keeping, CarefulPullback):
    __slots__ = ()


def all_adjoints(tape: Tape, inputs: list[int], seeds: dict[int, Any]) -> list[Any]:
    """The adjoint of every node; None where no seed reaches it.

    Parameters
    ----------
    tape : Tape
    inputs : list of int
    seeds : dict
        Position of an output -> its cotangent, of the output's shape.
    """
    adjoints = _walk(_Plain(tape, 0), seeds)
    if all(_finite(ct) for ct in adjoints):
        return adjoints
    # An infinite partial was met: once more, with the entries that are reached beside.
    doubled = {i: np.stack((seed, (primal(seed) != 0) * 1.0)) for i, seed in seeds.items()}
    run: Any = _Careful(tape, 1)
    run.varied = varied(tape, inputs)
    return [_value_half(ct) for ct in _walk(run, doubled)]


def output_seeds(recorded: Recorded, cotangent: Any) -> dict[int, Any]:
    """A cotangent of the output, by the positions of the output's nodes.

    Raises
    ------
    InputError
        If its shape is not the output's.
    """
    seeds: dict[int, Any] = {}
    given = cotangent_leaves(recorded, cotangent)
    for i, value, ct in zip(recorded.outputs, recorded.values, given, strict=True):
        if i >= 0:
            seed = ct if isinstance(ct, Number) else np.asarray(ct, _wide(value, ct))[()]
            seeds[i] = seeds[i] + seed if i in seeds else seed
    return seeds


def _wide(value: Any, ct: Any) -> Any:
    """The output's dtype, complex if the cotangent is."""
    return np.result_type(result_dtype(value), ct) if np.iscomplexobj(ct) else result_dtype(value)


def _walk(run: Any, seeds: dict[int, Any]) -> list[Any]:
    for position, seed in seeds.items():
        run.add(position, seed, False)
    token = hush()
    try:
        run.walk(max(seeds, default=-1), False)
    finally:
        unhush(token)
    return list(run.cts)


def _finite(ct: Any) -> bool:
    if type(ct) is dict:
        return all(_finite(member) for member in ct.values())
    return ct is None or bool(np.isfinite(primal(ct)).all())


def _value_half(ct: Any) -> Any:
    if type(ct) is dict:
        return {k: _value_half(member) for k, member in ct.items()}
    return None if ct is None else halves(ct)[0][0]
