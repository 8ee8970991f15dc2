"""Functions compiled with Numba on differentiated numbers: one operation with a compiled rule.

The rule of first order is the compiled derivative. Where its arguments carry derivatives
themselves (nested derivatives, Hessians) it is the Jacobian, an operation of its own whose rule is
the compiled second derivative.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .._errors import NoRuleError
from .._evaluate import Call
from .._native import machine, thirds, vectorized
from .._numbers import Number
from ._rule import Invocation, RuledFunction


def as_node(g: Any) -> CompiledFunction:
    """The operation of a compiled function."""
    return CompiledFunction(g)


def as_mapped(ufunc: Any) -> CompiledFunction:
    """The operation of a function made by ``numba.vectorize``."""
    return CompiledFunction(vectorized(ufunc))


def _are_plain(*groups: Any) -> bool:
    return not any(isinstance(x, Number) for group in groups for x in group)


def _lanes(blocks: Sequence[Any]) -> int:
    return int(next(b.shape[0] for b in blocks if b is not None))


def _flat(blocks: Sequence[Any], leaves: Sequence[Any], k: int) -> Any:
    """Blocks, one for each leaf, as a matrix of k rows; None is zero."""
    parts = [
        np.zeros((k, math.prod(np.shape(x)))) if b is None else np.reshape(b, (k, -1))
        for b, x in zip(blocks, leaves, strict=True)
    ]
    return np.concatenate(parts, axis=1)


def _split(matrix: Any, leaves: Sequence[Any]) -> list[Any]:
    """The columns of a matrix as blocks, one for each leaf."""
    out, start = [], 0
    for x in leaves:
        size = math.prod(np.shape(x))
        out.append(np.reshape(matrix[:, start : start + size], (matrix.shape[0], *np.shape(x))))
        start += size
    return out


class _Compiled(RuledFunction):
    """What both operations share: the arguments of the compiled function."""

    def _check_rule(self) -> None:
        """The rule is always there."""

    def _call(self, params: Invocation, operands: tuple[Any, ...]) -> Call:
        """The call at these operands, to differentiate in every argument that holds one."""
        args = params.build(operands)
        positions, start = [], 0
        for i, x in enumerate(args):
            held, _ = self._prepare(x)
            if any(start <= j < start + len(held) for j in params.active):
                positions.append(i)
            start += len(held)
        return Call(self._function, args, {}, tuple(positions))

    def _chosen(self, params: Invocation, operands: tuple[Any, ...]) -> list[int]:
        """The operands that are leaves of `_call`, in its order."""
        out, start = [], 0
        for x in params.build(operands):
            held, _ = self._prepare(x)
            inside = range(start, start + len(held))
            if any(j in inside for j in params.active):
                out += list(inside)
            start += len(held)
        return out

    @property
    def _function(self) -> Any:
        return self.fun

    def _transposed_note(self) -> str:
        return f"{self.__name__} is compiled; its derivative is, too"


class CompiledFunction(_Compiled):
    """A compiled function as an operation on numbers of every kind."""

    def _jacobian(self, params: Invocation, operands: tuple[Any, ...]) -> Any:
        return CompiledSlope(self.fun, params, self)(*operands)

    def _jvp(self, params: Any, y: Any, operands: tuple[Any, ...], blocks: tuple[Any, ...]) -> Any:
        k = _lanes(blocks)
        chosen = self._chosen(params, operands)
        leaves = [operands[i] for i in chosen]
        tangent = _flat([blocks[i] for i in chosen], leaves, k)
        if _are_plain(operands, [tangent]):
            call = self._call(params, operands)
            found = machine().forward(call, _split(tangent, call.leaves)).blocks
        else:
            matrix = self._jacobian(params, operands)
            found = _split(tangent @ np.transpose(matrix), params.answers(y))
        return self._from_blocks(params, y, found, k)

    def _vjp(self, params: Any, y: Any, operands: tuple[Any, ...], ct: Any, i: int) -> Any:
        chosen = self._chosen(params, operands)
        leaves = [operands[j] for j in chosen]
        given = self._to_blocks(params, y, ct)
        k = _lanes(given)
        weights = _flat(given, params.answers(y), k)
        if _are_plain(operands, [weights]):
            if params.map is None or params.map[0] is not operands:
                params.map = operands, machine().Record(self._call(params, operands))
            record: Any = params.map[1]
            found = record.cotangents(_split(weights, params.answers(y)))
        else:
            found = _split(weights @ self._jacobian(params, operands), leaves)
        return found[chosen.index(i)]


class CompiledSlope(_Compiled):
    """The Jacobian ``(m, n)`` of a compiled function in its active arguments."""

    def __init__(self, g: Any, params: Invocation, owner: CompiledFunction) -> None:
        self._compiled, self._outer, self._owner = g, params, owner
        super().__init__(self._matrix)
        self.__name__ = g.__name__

    @property
    def _function(self) -> Any:
        return self._compiled

    def __call__(self, *operands: Any) -> Any:
        if _are_plain(operands):
            return self._matrix(*operands)
        return super().__call__(*operands)

    def _positional(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> tuple[Any, ...]:
        return args

    def _at(self, operands: tuple[Any, ...]) -> Call:
        return self._owner._call(self._outer, operands)

    def _matrix(self, *operands: Any) -> Any:
        call = self._at(operands)
        found = machine().rows(call, "auto", None, False)
        n = call.size
        return np.concatenate([np.reshape(b, (n, -1)).T for b in found.blocks])

    def _value(self, params: Invocation, *operands: Any) -> Any:
        return params.keep(self(*operands))

    def _bend(self, operands: tuple[Any, ...]) -> Any:
        """Second derivatives ``(n, n, m)``."""
        if not _are_plain(operands):
            return CompiledBend(self._compiled, self._outer, self._owner)(*operands)
        call = self._at(operands)
        n = call.size
        _, blocks, _ = machine().hessian(call, "auto")
        return np.concatenate([np.reshape(b, (n, n, -1)) for b in blocks], axis=2)

    def _jvp(self, params: Any, y: Any, operands: tuple[Any, ...], blocks: tuple[Any, ...]) -> Any:
        k = _lanes(blocks)
        chosen = self._owner._chosen(self._outer, operands)
        tangent = _flat([blocks[i] for i in chosen], [operands[i] for i in chosen], k)
        return np.einsum("ijm,kj->kmi", self._bend(operands), tangent)

    def _vjp(self, params: Any, y: Any, operands: tuple[Any, ...], ct: Any, i: int) -> Any:
        chosen = self._owner._chosen(self._outer, operands)
        found = np.einsum("kmi,ijm->kj", ct, self._bend(operands))
        return _split(found, [operands[j] for j in chosen])[chosen.index(i)]


class CompiledBend(CompiledSlope):
    """The second derivatives ``(n, n, m)`` of a compiled function in its active arguments."""

    def _matrix(self, *operands: Any) -> Any:
        return self._bend(operands)

    def _bend_further(self, operands: tuple[Any, ...]) -> Any:
        """Third derivatives ``(n, n, n, m)``."""
        if not _are_plain(operands):
            raise NoRuleError(
                f"fourth derivatives of {self.__name__}, which is compiled, are to be taken",
                f"{self.__name__}.py_func, the function before it was compiled",
            )
        return thirds(self._at(operands))

    def _jvp(self, params: Any, y: Any, operands: tuple[Any, ...], blocks: tuple[Any, ...]) -> Any:
        k = _lanes(blocks)
        chosen = self._owner._chosen(self._outer, operands)
        tangent = _flat([blocks[i] for i in chosen], [operands[i] for i in chosen], k)
        return np.einsum("ijlm,kl->kijm", self._bend_further(operands), tangent)

    def _vjp(self, params: Any, y: Any, operands: tuple[Any, ...], ct: Any, i: int) -> Any:
        chosen = self._owner._chosen(self._outer, operands)
        found = np.einsum("kijm,ijlm->kl", ct, self._bend_further(operands))
        return _split(found, [operands[j] for j in chosen])[chosen.index(i)]
