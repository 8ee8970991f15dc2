"""Running the user's function once: with duals, with hyper-duals, or recorded.

This is the boundary between the user's code and dualad: errors that say what to do instead are
raised here even where user code has swallowed or wrapped them, the caller's arrays are copied
before the function sees them, and a pass whose result is not finite is repeated carefully.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._errors import InputError, InputTypeError
from ._graph import Tape, Var, dtype_of, leaf, pull_back, pull_back_carefully, with_lane
from ._graph._watched import TapeWatch
from ._lift import retried
from ._native import is_compiled, is_plain_call, machine
from ._numbers import ArrayDual, Dual, HyperDual, Level, Number, primal, primal_tree
from ._numbers._blocks import entry_block
from ._numbers._careful import CarefulDual, halves
from ._numbers._floating import quietly
from ._numbers._number import check_open
from ._numbers._telling import telling
from ._numbers._watch import Watch
from ._rules._spectral import RepeatedValueError
from ._running import run_user
from ._seeds import identity_blocks, unit_block
from ._trees import Argument, Result, argument, result
from ._trust import judged_push, judged_tape

Argnums = int | tuple[int, ...]


def function_name(f: Any) -> str:
    return str(getattr(f, "__name__", None) or type(f).__name__)


class Call:
    """One call of the user's function, taken apart.

    Parameters
    ----------
    f : callable
    args, keywords
        What the user passed.
    argnums : int or tuple of int
        The arguments to differentiate.
    has_aux : bool
        f returns ``(output, aux)``.
    complex_ok : bool
        Complex arguments are allowed.
    """

    __slots__ = ("args", "arguments", "aux", "f", "has_aux", "keywords", "leaves", "positions")

    def __init__(
        self,
        f: Callable[..., Any],
        args: tuple[Any, ...],
        keywords: dict[str, Any],
        argnums: Argnums = 0,
        has_aux: bool = False,
        complex_ok: bool = False,
    ) -> None:
        self.f, self.args, self.keywords = f, args, keywords
        self.has_aux, self.aux = has_aux, None
        if type(argnums) is int and 0 <= argnums < len(args):
            self.positions: tuple[int, ...] = (argnums,)
        else:
            self.positions = _positions(argnums, len(args), function_name(f))
        self.arguments: list[Argument] = [
            argument(args[i], lambda i=i: f"argument {i} of {function_name(f)}")  # type: ignore[misc]  # default argument of a lambda
            for i in self.positions
        ]
        self.leaves = [x for a in self.arguments for x in a.leaves]
        if not complex_ok:
            for x in self.leaves:
                if type(x) is not float and dtype_of(x).kind == "c":
                    raise InputTypeError(
                        f"{function_name(f)} is to be differentiated at complex arguments",
                        "holomorphic=True for holomorphic functions, da.grad for real ones",
                    )

    @property
    def size(self) -> int:
        """The number n of scalars that are differentiated."""
        leaves = self.leaves
        if len(leaves) == 1 and type(leaves[0]) is np.ndarray:
            return leaves[0].size
        return sum(math.prod(np.shape(x)) for x in leaves)

    @property
    def key(self) -> tuple[Any, ...]:
        """Shapes and dtypes of the differentiated arguments."""
        leaves = self.leaves
        if len(leaves) == 1 and type(leaves[0]) is np.ndarray:
            x = leaves[0]
            return x.shape if x.dtype is _F8 else (x.shape, x.dtype)  # a dtype's hash is slow
        return tuple((np.shape(x), getattr(x, "dtype", float)) for x in leaves)

    def run(self, numbers: Sequence[Any], level: Level) -> Result:
        """Call f with numbers in place of the leaves; returns its output, taken apart."""
        supply = iter(numbers)
        args = list(self.args)
        for position, part in zip(self.positions, self.arguments, strict=True):
            args[position] = part.build(supply)
        return self.take(run_user(self.f, tuple(args), self.keywords, level))

    def take(self, out: Any) -> Result:
        """What f returned, taken apart; its aux is put aside."""
        if self.has_aux:
            if not isinstance(out, tuple) or len(out) != 2:
                raise InputError(
                    f"has_aux=True, but {function_name(self.f)} did not return a pair (output, aux)"
                )
            out, aux = out
            self.aux = primal_tree(aux)
        return result(out, lambda: function_name(self.f))


def _positions(argnums: Argnums, count: int, name: str) -> tuple[int, ...]:
    many = argnums if isinstance(argnums, tuple) else (argnums,)
    out = []
    for a in many:
        if not isinstance(a, (int, np.integer)) or isinstance(a, bool):
            raise InputTypeError(
                f"argnums must be an int or a tuple of ints, not {argnums!r}", "argnums=0"
            )
        if not -count <= a < count:
            raise InputError(
                f"argnums={argnums!r}, but {name} was called with {count} positional arguments",
                "pass the argument by position",
            )
        out.append(int(a) % count)
    if len(set(out)) != len(out) or not out:
        what = "names an argument twice" if out else "names no argument"
        raise InputError(f"argnums={argnums!r} {what}", "argnums=0, or a tuple such as (0, 1)")
    return tuple(out)


def with_parts(make: Any, x: Any, parts: Any, level: Level) -> Any:
    """A number of type `make` from a leaf; keeps the memory order of the caller's array."""
    if type(x) is np.ndarray and not isinstance(parts, Number):
        block = entry_block(x, 1 + make._count(level))
        block[0] = x
        block[1:] = parts
        block.flags.writeable = x.flags.writeable  # what is read-only for the plain call is so here
        out = object.__new__(make._array_form)
        out._d = block
        out._level = level
        return out
    return make._make(x, parts, level)


def split(x: Any, level: Level) -> tuple[Any, Any]:
    """(value, parts) of an output at this level; parts are None where it is a constant."""
    if isinstance(x, Number):
        if x._level is level:
            return x._value, x._parts()
        check_open(x)
    return x, None


class Pushed:
    """Outputs of a forward pass: values, and blocks of tangents (None: zero)."""

    __slots__ = ("blocks", "result", "values")

    def __init__(self, out: Result, values: list[Any], blocks: list[Any]) -> None:
        self.result, self.values, self.blocks = out, values, blocks


@retried
def push(call: Call, blocks: Sequence[Any], unit: bool = False) -> Pushed:
    """One evaluation with duals whose tangents are `blocks`, one for each leaf.

    `unit` says that they are all unit directions.
    """
    if is_compiled(call.f) and is_plain_call(call, blocks):
        return machine().forward(call, blocks)
    count = blocks[0].shape[0]
    level = Level((count,))
    level.watch = Watch(call.leaves, None if unit else blocks)
    numbers = [with_parts(Dual, x, b, level) for x, b in zip(call.leaves, blocks, strict=True)]
    return _pushed(call, numbers, level, lambda: blocks)


@retried
def push_identity(call: Call, n: int) -> Pushed:
    """One evaluation with duals along all n unit directions."""
    x = call.leaves[0] if len(call.leaves) == 1 else None
    if type(x) is np.ndarray and x.dtype is _F8 and 0 < n <= 64 and x.flags.carray:
        block = unit_block(n).copy() if x.ndim == 1 else unit_block(n).reshape(-1, *x.shape).copy()
        block[0] = x
        level = Level((n,))
        level.watch = Watch(call.leaves)
        number = ArrayDual._wrap(block, level)
        return _pushed(call, [number], level, lambda: identity_blocks(call.leaves, 0, n))
    return push(call, identity_blocks(call.leaves, 0, n), True)


_F8 = np.dtype(np.float64)


def _pushed(call: Call, numbers: Sequence[Any], level: Level, blocks: Callable[[], Any]) -> Pushed:
    """Run f on duals; once more, carefully, where the result is not finite."""
    return resume_push(call, call.run(numbers, level), level, blocks)


def resume_push(call: Call, out: Result, level: Level, blocks: Callable[[], Any]) -> Pushed:
    """The rest of a forward pass whose output is there."""
    pairs = [split(x, level) for x in out.leaves]
    if all(t is None or is_finite(t) for _, t in pairs):
        pushed = Pushed(out, [v for v, _ in pairs], [t for _, t in pairs])
    else:
        from ._numbers._splitting import split_tangents  # rarely met

        tangents = split_tangents(call.run, with_parts, call.leaves, blocks())
        if tangents is None:
            pushed = _push_carefully(call, blocks(), level.shape[0])
        else:
            pushed = Pushed(out, [v for v, _ in pairs], tangents)
    if level.watch is not None and level.watch.last:
        pushed = judged_push(call, level, blocks, pushed)
        level.watch = None  # it refers to numbers, and they to it
    return pushed


def _push_carefully(call: Call, blocks: Sequence[Any], count: int) -> Pushed:
    level = Level((count,))
    numbers = []
    for x, b in zip(call.leaves, blocks, strict=True):
        both = np.concatenate((b, (primal(b) != 0).astype(dtype_of(b))))
        numbers.append(with_parts(CarefulDual, x, both, level))
    with telling():
        out = quietly(call.run, numbers, level)
    pairs = [split(x, level) for x in out.leaves]
    tangents = [None if t is None else halves(t)[0] for _, t in pairs]
    return Pushed(out, [v for v, _ in pairs], tangents)


def is_finite(x: Any) -> bool:
    """Whether a block of tangents is finite; None is zero."""
    if x is None:
        return True
    if type(x) is np.ndarray:
        return bool(np.isfinite(x).all())
    while isinstance(x, Number):
        x = getattr(x, "_d", None) if hasattr(type(x), "_d") else x._value
    return bool(np.isfinite(x).all())


@retried
def push_second(call: Call, size: int, watch: Any = None) -> tuple[Result, Level]:
    """One evaluation with symmetric hyper-duals along the unit directions of all leaves."""
    level = Level((size,))
    level.watch = watch or Watch(call.leaves)
    numbers = []
    for x, b in zip(call.leaves, identity_blocks(call.leaves, 0, size), strict=True):
        rest = np.zeros((size * (size + 1) // 2, *b.shape[1:]), b.dtype)
        numbers.append(with_parts(HyperDual, x, np.concatenate((b, rest)), level))
    return call.run(numbers, level), level


# --- reverse -------------------------------------------------------------------------------------


class Recorded:
    """One recorded evaluation.

    Attributes
    ----------
    tape : Tape
    inputs : list of int
        Positions of the leaves' nodes.
    result : Result
    outputs : list of int
        Positions of the output leaves; -1 for constants.
    values : list
        Values of the output leaves.
    """

    __slots__ = ("call", "inputs", "outputs", "repeats", "result", "tape", "values", "variables")
    values: list[Any]

    def __init__(
        self, call: Call, keep: bool = False, second: bool = False, judged: bool = True
    ) -> None:
        self.call = call
        self.repeats: Any = None  # decisions of another run, see `_trust`
        self._run(call, keep, copy=False, second=second)
        if not self.tape.intact():
            # User code wrote into an array that the graph refers to: once more, with copies.
            self._run(call, keep, copy=True, second=second)
        if judged and not keep:
            self.judge()

    def judge(self) -> None:
        """Judge the decisions of user code; record once more where others give the derivative."""
        watch = self.tape.watch
        if not watch.near and not watch.steps:
            return
        self.repeats = judged_tape(self.call, self.tape)
        if self.repeats is None:
            return
        values, second = self.values, self.tape.second
        if not self.repeats.run(lambda: self._run(self.call, False, copy=True, second=second)):
            self.repeats = None
            self._run(self.call, False, copy=True, second=second)
        self.values = values

    @retried
    def _run(self, call: Call, keep: bool, copy: bool, second: bool = False) -> None:
        self.tape = Tape(keep=keep, copy=copy, second=second)
        self.tape.watch = TapeWatch(call.leaves) if self.repeats is None else self.repeats.script()
        self.variables = [leaf(self.tape, _own(x)) for x in call.leaves]
        run = functools.partial(call.run, self.variables, self.tape)
        self._take(quietly(run) if copy else run())  # copies are made when f runs once more

    @classmethod
    def resumed(cls, call: Call, tape: Tape, variables: list[Var], out: Any) -> Recorded:
        """The rest of a recording whose output is there."""
        self = object.__new__(cls)
        self.call, self.tape, self.variables, self.repeats = call, tape, variables, None
        self._take(call.take(out))
        if not tape.intact():
            self._run(call, False, copy=True)
        return self

    def _take(self, out: Result) -> None:
        # The leaves are a tape's first nodes; not v._i, which moves when f writes to its argument.
        self.inputs = list(range(len(self.variables)))
        self.result = out
        self.outputs, self.values = [], []
        for x in self.result.leaves:
            i, value = self._output(x)
            self.outputs.append(i)
            self.values.append(value)

    def _output(self, x: Any) -> tuple[int, Any]:
        if isinstance(x, Var) and type(x) is Var and x._level is self.tape:
            value = x._value
            return x._i, value
        check_open(x)
        return -1, x

    def cotangents(self, seeds: Sequence[Any], free: bool = False) -> list[Any]:
        """Cotangent blocks of the leaves; seeds[i] is ``(k,) + shape`` of output i, or None."""
        given: dict[int, Any] = {}
        for i, seed in zip(self.outputs, seeds, strict=True):
            if i >= 0 and seed is not None:
                given[i] = given[i] + seed if i in given else seed
        if not given:
            return [None] * len(self.inputs)
        try:
            cts = self._pull(given, free)
        except RepeatedValueError as error:
            from ._repeated import split_cotangents  # rarely met

            return split_cotangents(self.call, seeds, with_parts, error)
        if all(is_finite(c) for c in cts):
            return cts
        if free:  # the nodes are gone: record once more
            self._run(self.call, False, copy=True)
            return self.cotangents(seeds)
        with telling() as told:
            found = pull_back_carefully(self.tape, given, self.inputs)
        if not told.lines and not told.excused and any(map(_is_nan, found)):
            ones = [np.ones((1, *np.shape(x))) for x in self.call.leaves]
            _push_carefully(self.call, ones, 1)  # duals say where it arises
        return found

    def _pull(self, given: dict[int, Any], free: bool) -> list[Any]:
        if next(iter(given.values())).shape[0] != 1:
            return pull_back(self.tape, given, self.inputs, 1, free)
        single = {i: s[0] for i, s in given.items()}
        found = pull_back(self.tape, single, self.inputs, 0, free)
        return [None if c is None else with_lane(c) for c in found]


def _is_nan(x: Any) -> bool:
    return x is not None and bool(np.isnan(primal(x)).any())


def _own(x: Any) -> Any:
    """The leaf itself, or a copy of the caller's array in its own memory order."""
    if type(x) is np.ndarray:
        if x.flags.carray:
            return x.copy()
        copy = entry_block(x, 1)
        copy[0] = x
        copy.flags.writeable = x.flags.writeable
        return copy[0] if x.ndim else copy[0, ...]
    if isinstance(x, Number) and np.ndim(x):
        return x.copy("K")
    return x
