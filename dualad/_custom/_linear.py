"""A linear map given as a function: applied to many vectors at once, and transposed.

The tangent of a `jvp` rule depends linearly on the tangents that it gets, and so do the answers of
a `vjp` rule on its cotangent. Such a function is recorded once, in its linear argument; the graph
is then run forward with all lanes at once, or backward, which is the transpose. A function that
cannot be recorded (a call of foreign code, say) is called for every lane, or for every basis
vector: exact as well, but slower.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .._errors import DualadError, InputError, NoRuleError
from .._graph import Tape, Var, leaf, pull_back, push_forward
from .._numbers import Level, Number, primal
from ._leaves import zeros_of

Function = Callable[[list[Any]], list[Any]]
FEW = 2  # for so few lanes the function is called as it is


class _Recording(NamedTuple):
    tape: Tape
    inputs: list[int]
    outputs: list[int]


class LinearMap:
    """A linear function of several arrays with several answers.

    Parameters
    ----------
    name : str
        Whose rule it is, for messages.
    function : callable
        Takes a list of arrays like `inputs`, returns a list like `outputs`; None is zero there.
    inputs, outputs : sequence
        Arrays (or numbers) that say shapes and dtypes.
    wanted : sequence of int
        The inputs that matter: others have no tangents, and nobody asks for their cotangents.
    context : sequence
        What the function closes over: numbers of the evaluations around it.
    """

    def __init__(
        self,
        name: str,
        function: Function,
        inputs: Sequence[Any],
        outputs: Sequence[Any],
        wanted: Sequence[int],
        context: Sequence[Any] = (),
    ) -> None:
        self.name, self.function, self.context = name, function, context
        self.inputs = [zeros_of(x) for x in inputs]
        self.outputs = [zeros_of(y) for y in outputs]
        self.wanted = tuple(wanted)
        self._recording: _Recording | None = None
        self._tried = False
        self._last: tuple[Any, Any, Any] | None = None  # the same blocks are asked for again

    def push(self, blocks: Sequence[Any]) -> list[Any]:
        """The map of every lane; a block ``(k,) + shape`` or None for each input and output."""
        return self._remembered(self._push, blocks)

    def pull(self, blocks: Sequence[Any]) -> list[Any]:
        """The transpose of every lane: blocks for the outputs in, blocks for the inputs out."""
        return self._remembered(self._pull, blocks)

    def _remembered(self, method: Callable[..., list[Any]], blocks: Sequence[Any]) -> list[Any]:
        """A backward pass asks operand by operand, with equal cotangents each time."""
        last = self._last
        if last is not None and last[0] == method.__name__ and _equal(last[1], blocks):
            return list(last[2])
        found = method(blocks)
        copies = [b.copy() if type(b) is np.ndarray else b for b in blocks]
        self._last = (method.__name__, copies, found)
        return found

    def _push(self, blocks: Sequence[Any]) -> list[Any]:
        k = lanes_of(blocks)
        recording = self._record() if k > FEW else None
        if recording is None:
            return self._bylanes_of(blocks, k)
        seeds = {
            i: blocks[k]
            for i, k in zip(recording.inputs, self.wanted, strict=True)
            if blocks[k] is not None
        }
        return push_forward(recording.tape, seeds, recording.outputs)

    def _pull(self, blocks: Sequence[Any]) -> list[Any]:
        recording = self._record()
        if recording is None:
            return self._by_basis(blocks)
        seeds: dict[int, Any] = {}
        for i, block in zip(recording.outputs, blocks, strict=True):
            if i >= 0 and block is not None:
                seeds[i] = seeds[i] + block if i in seeds else block
        found: list[Any] = [None] * len(self.inputs)
        if seeds:
            cts = pull_back(recording.tape, seeds, recording.inputs, 1, False)
            for k, ct in zip(self.wanted, cts, strict=True):
                found[k] = ct
        return found

    # --- recorded ----------------------------------------------------------------------------

    def _record(self) -> _Recording | None:
        """The graph of the function, or None where it cannot be recorded."""
        if not self._tried:
            self._recording = self._recorded()
            self._tried = True
        return self._recording

    def _recorded(self) -> _Recording | None:
        tape = Tape(copy=True)
        vector = list(self.inputs)
        variables: list[Any] = [leaf(tape, self.inputs[k]) for k in self.wanted]
        for k, variable in zip(self.wanted, variables, strict=True):
            vector[k] = variable
        escapes = _Escapes(self.context)
        try:
            answers = self.function(vector)
        except InputError:
            raise
        except (DualadError, TypeError, ValueError, AttributeError):
            answers = None
        if answers is None or tape.escape is not None:
            escapes.restore()
            return None
        outputs = []
        for answer in answers:
            mine = isinstance(answer, Var) and type(answer) is Var and answer._level is tape
            value = primal(answer)
            if value is not None and np.any(np.isfinite(value) & (np.asarray(value) != 0)):
                raise InputError(
                    f"the rule of {self.name} is not linear: it maps zero to {_shown(value)}"
                )
            outputs.append(answer._i if mine else -1)
        # The leaves are the first nodes; v._i moves when the rule writes to its argument.
        return _Recording(tape, list(range(len(variables))), outputs)

    # --- called ------------------------------------------------------------------------------

    def _bylanes_of(self, blocks: Sequence[Any], k: int) -> list[Any]:
        lanes = [
            self.function(
                [z if b is None else b[i] for z, b in zip(self.inputs, blocks, strict=True)]
            )
            for i in range(k)
        ]
        return [
            None
            if all(a is None for a in answers)
            else np.stack([z if a is None else a for a in answers])
            for z, answers in zip(self.outputs, zip(*lanes, strict=True), strict=True)
        ]

    def _by_basis(self, blocks: Sequence[Any]) -> list[Any]:
        """The transpose through the columns of the map: one call for each element of the inputs."""
        if any(np.iscomplexobj(x) for x in (*self.inputs, *self.outputs)):
            raise NoRuleError(
                f"the rule of {self.name} cannot be recorded, and has complex arguments",
                "NumPy functions in the rule, or a rule for this mode as well",
            )
        found: list[Any] = [None] * len(self.inputs)
        k = lanes_of(blocks)
        for position in self.wanted:
            x = self.inputs[position]
            columns = [
                self._column(position, np.reshape(e, np.shape(x))[()], blocks)
                for e in np.eye(math.prod(np.shape(x)), dtype=x.dtype)
            ]
            flat = np.stack(columns, axis=-1) if columns else np.zeros((k, 0))
            found[position] = np.reshape(flat, (k, *np.shape(x)))
        return found

    def _column(self, position: int, unit: Any, blocks: Sequence[Any]) -> Any:
        """The inner products, shape (k,), of the blocks with the map of one unit vector."""
        vector = list(self.inputs)
        vector[position] = unit
        k = lanes_of(blocks)
        total: Any = np.zeros(k)
        for answer, block in zip(self.function(vector), blocks, strict=True):
            if answer is not None and block is not None:
                product = block * answer
                total = total + np.sum(np.reshape(product, (k, -1)), axis=1)
        return total


class _Escapes:
    """What levels under a rule remember of escapes; undone when a recording was only tried."""

    def __init__(self, context: Sequence[Any]) -> None:
        self._before: list[tuple[Level, Exception | None]] = []
        for x in context:
            while isinstance(x, Number):
                self._before.append((x._level, x._level.escape))
                x = x._value

    def restore(self) -> None:
        for level, escape in self._before:
            level.escape = escape


def lanes_of(blocks: Sequence[Any]) -> int:
    """How many lanes the blocks have."""
    return next((int(b.shape[0]) for b in blocks if b is not None), 0)


def _equal(old: Sequence[Any], new: Sequence[Any]) -> bool:
    """Whether the blocks are plain arrays, and equal."""
    return all(
        b is None if a is None else type(a) is type(b) is np.ndarray and np.array_equal(a, b)
        for a, b in zip(old, new, strict=True)
    )


def _shown(value: Any) -> str:
    text = np.array2string(np.asarray(value), threshold=6, precision=6)
    return text if len(text) < 60 else f"an array of shape {np.shape(value)}"
