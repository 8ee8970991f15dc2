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
from .._trees import Argument
from ._leaves import flatten, is_answer
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


def _joined(block: Any, first: tuple[int, ...]) -> Any:
    """A block with all axes beyond the first ones as one; they may be empty."""
    return np.reshape(block, (*first, math.prod(np.shape(block)[len(first) :])))


def _split(matrix: Any, leaves: Sequence[Any]) -> list[Any]:
    """The columns of a matrix as blocks, one for each leaf."""
    out, start = [], 0
    for x in leaves:
        size = math.prod(np.shape(x))
        out.append(np.reshape(matrix[:, start : start + size], (matrix.shape[0], *np.shape(x))))
        start += size
    return out


def _differentiable(answer: Any) -> np.ndarray | None:
    """Which numbers of a compiled function's answer carry derivatives; None for all.

    The compiled derivative has a row for each number, in their order: whole ones and truth values
    have rows, too, and a tuple of numbers is one block of them.
    """
    leaves, _ = flatten(answer, _is_numeric)
    if all(map(is_answer, leaves)):
        return None
    return np.concatenate([np.full(math.prod(np.shape(x)), is_answer(x)) for x in leaves])


def _is_numeric(x: Any) -> bool:
    kinds = (Number, np.ndarray, bool, int, float, complex, np.number, np.bool_)
    return isinstance(x, kinds)


class _NodeCall(Call):
    """A call that Python code makes: what is a constant among its arguments stays as it is.

    In a call of the public functions whole numbers are numbers to differentiate.
    """

    __slots__ = ()

    def __init__(self, f: Any, args: tuple[Any, ...], positions: tuple[int, ...]) -> None:
        self.f, self.args, self.keywords = f, args, {}
        self.has_aux, self.aux, self.positions = False, None, positions
        self.arguments = []
        for i in positions:
            leaves, build = flatten(args[i], is_answer)
            self.arguments.append(Argument(leaves, build, build))
        self.leaves = [x for a in self.arguments for x in a.leaves]

    def of(self, g: Any) -> _NodeCall:
        """The same call of another function."""
        return _NodeCall(g, self.args, self.positions)


class _Compiled(RuledFunction):
    """What both operations share: the arguments of the compiled function."""

    def _check_rule(self) -> None:
        """The rule is always there."""

    def _call(self, params: Invocation, operands: tuple[Any, ...]) -> Call:
        """The call at these operands, to differentiate in every argument that holds one."""
        return _NodeCall(
            self._function, params.build(operands), tuple(self._active(params, operands))
        )

    def _chosen(self, params: Invocation, operands: tuple[Any, ...]) -> list[int]:
        """The operands that are leaves of `_call`, in its order."""
        return [j for inside in self._active(params, operands).values() for j in inside]

    def _active(self, params: Invocation, operands: tuple[Any, ...]) -> dict[int, list[int]]:
        """The arguments that hold differentiated operands, and their operands of that kind."""
        out, start = {}, 0
        for i, x in enumerate(params.build(operands)):
            held, _ = self._prepare(x)
            inside = range(start, start + len(held))
            if any(j in inside for j in params.active):
                out[i] = [j for j, part in zip(inside, held, strict=True) if is_answer(part)]
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
            parts = machine().forward(call, _split(tangent, call.leaves)).blocks
            matrix = np.concatenate([np.reshape(b, (k, -1)) for b in parts], axis=1)
        else:
            matrix = tangent @ np.transpose(self._jacobian(params, operands))
        rows = _differentiable(params.answer)
        found = _split(matrix if rows is None else matrix[:, rows], params.answers(y))
        return self._from_blocks(params, y, found, k)

    def _vjp(self, params: Any, y: Any, operands: tuple[Any, ...], ct: Any, i: int) -> Any:
        chosen = self._chosen(params, operands)
        leaves = [operands[j] for j in chosen]
        given = self._to_blocks(params, y, ct)
        k = _lanes(given)
        weights = _flat(given, params.answers(y), k)
        rows = _differentiable(params.answer)
        if _are_plain(operands, [weights]):
            if params.map is None or params.map[0] is not operands:
                params.map = operands, machine().Record(self._call(params, operands))
            record: Any = params.map[1]
            if rows is not None:
                given, weights = weights, np.zeros((k, rows.size))
                weights[:, rows] = given
            found = record.cotangents([weights])
        else:
            slope = self._jacobian(params, operands)
            found = _split(weights @ (slope if rows is None else slope[rows]), leaves)
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
        return np.concatenate([_joined(b, (n,)).T for b in found.blocks])

    def _value(self, params: Invocation, *operands: Any) -> Any:
        return params.keep(self(*operands))

    def _bend(self, operands: tuple[Any, ...]) -> Any:
        """Second derivatives ``(n, n, m)``."""
        if not _are_plain(operands):
            return CompiledBend(self._compiled, self._outer, self._owner)(*operands)
        call = self._at(operands)
        n = call.size
        _, blocks, _ = machine().hessian(call, "auto")
        return np.concatenate([_joined(b, (n, n)) for b in blocks], axis=2)

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
