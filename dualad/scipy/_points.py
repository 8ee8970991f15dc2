"""One run of the user's function at one point: its value, and its derivatives when asked for.

The run carries duals where few inputs make that cheapest, and is recorded otherwise: then a point
of which only the value is wanted (a step that a solver rejects) costs the recording, and no
derivative. The derivatives are those of the public verbs, taken from this one run.
"""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from .._errors import InputError
from .._evaluate import Call, Recorded, function_name, resume_push, split, with_parts
from .._graph import Tape, Var, hessian_products, is_plain
from .._graph._kinked import on_tape
from .._hessian import hessian
from .._jacobians import _forward as forward_over
from .._jacobians import _reverse as reverse_over
from .._jacobians import goes_direct
from .._lift import call_user, retried
from .._modes import Plan, choose, choose_second
from .._numbers import Dual, Level, Number
from .._numbers._number import as_array
from .._numbers._watch import Watch
from .._operators import _operator_class, hvp
from .._products import plain_output, result_dtype, scalar_output
from .._quick import (
    LARGEST_FORWARD,
    forward,
    is_number_of,
    is_simple,
    jacobian_forward,
    pulled,
    recording,
)
from .._seconds import reverse as hessian_of
from .._seeds import identity_blocks
from .._trees import Result
from .._trust import look_for_jumps_of


class Task:
    """What is evaluated, and how: one for all points of a function.

    Parameters
    ----------
    f : callable
    argnums : int or tuple of int
        The arguments to differentiate.
    mode, chunk_size
        As in `dualad.jacobian`.
    scalar : bool
        f returns one number, and `Evaluation.first` is a gradient.
    second : bool
        Second derivatives may be asked for.
    """

    def __init__(
        self,
        f: Any,
        argnums: int | tuple[int, ...] = 0,
        mode: str = "auto",
        chunk_size: int | None = None,
        scalar: bool = False,
        second: bool = False,
    ) -> None:
        self.f, self.argnums, self.mode, self.chunk_size = f, argnums, mode, chunk_size
        self.scalar, self.second = scalar, second
        self.plans: dict[Any, Plan] = {}
        self.used = mode  # the mode of the last derivative


@retried
def _pushed(call: Call, n: int) -> tuple[Result, Level]:
    """A run with duals along all directions; its tangents are looked at when they are needed."""
    level = Level((n,))
    level.watch = Watch(call.leaves)
    blocks = identity_blocks(call.leaves, 0, n)
    numbers = [with_parts(Dual, x, b, level) for x, b in zip(call.leaves, blocks, strict=True)]
    return call.run(numbers, level), level


def _own(args: tuple[Any, ...], argnums: int | tuple[int, ...]) -> tuple[Any, ...]:
    """The arguments, with copies of the arrays that are differentiated."""
    own = list(args)
    for i in (argnums,) if isinstance(argnums, int) else argnums:
        if i < len(own) and type(own[i]) is np.ndarray:
            own[i] = own[i].copy("K")
    return tuple(own)


class Weighted:
    """``v @ f(x)``, a scalar function."""

    def __init__(self, f: Any, v: Any) -> None:
        self.__wrapped__, self.v = f, v

    def __call__(self, *args: Any) -> Any:
        return np.sum(self.v * as_array(call_user(self.__wrapped__, *args)))


class Evaluation:
    """One run of a task at one point.

    Attributes
    ----------
    value
        What the plain call returns.
    foreign : bool
        The value carries derivatives of another evaluation.
    """

    def __init__(self, task: Task, args: tuple[Any, ...], keywords: dict[str, Any]) -> None:
        self.task, self.keywords = task, keywords
        self.args = _own(args, task.argnums)  # solvers change x in place
        self.recorded: Recorded | None = None
        self.foreign = False
        self.lock = threading.RLock()
        self._first: Any = None
        self._pushed: tuple[Result, Level] | None = None
        self._short: tuple[Any, Tape, Var] | None = None
        self._call: Call | None = None
        if task.second or not is_simple(self.args, task.argnums) or not self._quickly():
            self._generally()

    @property
    def call(self) -> Call:
        """The call of f, taken apart."""
        if self._call is None:
            self._call = Call(self.task.f, self.args, self.keywords, self.task.argnums)
        return self._call

    def _quickly(self) -> bool:
        """The run by the short ways of `_quick`; False where they do not serve."""
        task, args = self.task, self.args
        position: int = task.argnums  # type: ignore[assignment]  # is_simple has seen an int
        x = args[position]
        plan = task.plans.get(x.shape)
        if goes_direct(task.mode, x.size, task.chunk_size, plan):
            if x.size > LARGEST_FORWARD:
                return False
            run = forward if task.scalar else jacobian_forward
            out, self._first, level = run(task.f, args, position, self.keywords)
            if self._first is None:
                self._take(self.call.take(out), level)
            else:
                task.used, self.value = "forward", plain_output(out._value)
            return True
        if plan is None or not task.scalar or plan.mode == "forward":
            return False
        self._short = recording(task.f, args, position, self.keywords)
        out, tape, _ = self._short
        if is_number_of(out, tape):
            self.value = plain_output(out._held)
        else:
            self._resume()
        return True

    def _generally(self) -> None:
        task, call = self.task, self.call
        plan = task.plans.get(call.key)
        if not task.second and goes_direct(task.mode, call.size, task.chunk_size, plan):
            self._take(*_pushed(call, call.size))
        else:
            self._keep(Recorded(call, second=task.second, judged=False))

    def _take(self, out: Result, level: Level) -> None:
        """The output of a run with duals."""
        self._pushed = out, level
        self._set([split(x, level)[0] for x in out.leaves], out)

    def _keep(self, recorded: Recorded) -> None:
        """A recorded run."""
        self.recorded = recorded
        self._set(recorded.values, recorded.result)

    def _resume(self) -> None:
        """Go on with the recording of the short way in the general one."""
        if self._short is not None:
            out, tape, variable = self._short
            self._short = None
            self._keep(Recorded.resumed(self.call, tape, [variable], out))

    def _set(self, values: list[Any], result: Result) -> None:
        self.values = values
        self.foreign = any(isinstance(v, Number) for v in values)
        self.value = result.build(iter([plain_output(v) for v in values]))

    def first(self) -> Any:
        """The gradient of a scalar function, else the Jacobian, of shape ``value + x``."""
        if self._first is None and self._short is not None:
            out, tape, variable = self._short
            self._first = pulled(out, tape, variable._value)
            if self._first is None:
                self._resume()
            else:
                self.task.used, self._short = "reverse", None
        if self._first is None:
            self._first = self._shaped()
            if not self.task.second:
                self.recorded = self._pushed = None
        return self._first

    def _shaped(self) -> Any:
        value = self._scalar() if self.task.scalar else self._one()
        block = self._direct() if self.recorded is None else self._replayed(self.recorded)
        shape = () if self.task.scalar else np.shape(value)
        shape = (*shape, *self._input_shape())
        dtype = result_dtype(value)
        if block is None or not self.call.size:
            return np.zeros(shape, dtype)[()]
        rows = np.reshape(block, (self.call.size, -1)).T
        return np.ascontiguousarray(rows, dtype).reshape(shape)[()]

    def _input_shape(self) -> tuple[int, ...]:
        if isinstance(self.task.argnums, int):
            return np.shape(self.call.leaves[0])
        return (self.call.size,)

    def _scalar(self) -> Any:
        return scalar_output(self.values, self.call)

    def _one(self) -> Any:
        if len(self.values) != 1:
            raise InputError(
                f"{function_name(self.task.f)} returned {len(self.values)} arrays; one is needed",
                "np.concatenate of them",
            )
        return self.values[0]

    def _direct(self) -> Any:
        """Tangents of the output, ``(n,) + shape``."""
        self.task.used = "forward"
        n, leaves = self.call.size, self.call.leaves
        out, level = self._pushed  # type: ignore[misc]  # a run is one or the other
        pushed = resume_push(self.call, out, level, lambda: identity_blocks(leaves, 0, n))
        return pushed.blocks[0]

    def _replayed(self, recorded: Recorded) -> Any:
        plan = self._plan(recorded)
        recorded.judge()
        self.task.used = plan.mode
        if plan.mode == "forward":
            return forward_over(recorded, plan.chunk).blocks[0]
        if self.task.second:
            return self._kept(recorded)
        return reverse_over(recorded, plan.chunk).blocks[0]

    def _plan(self, recorded: Recorded) -> Plan:
        task, call = self.task, self.call
        plan = task.plans.get(call.key)
        m = sum(np.size(v) for v in recorded.values)
        if plan is None or not plan.fits(len(recorded.tape.nodes), m):
            # Where the recording is made in any case, reverse costs one pass over it.
            mode = "reverse" if task.second and m == 1 and task.mode == "auto" else task.mode
            plan = choose(recorded.tape, call.size, m, task.chunk_size, mode, gradient=m == 1)
            task.plans[call.key] = plan
        return plan

    def _kept(self, recorded: Recorded) -> Any:
        """Cotangents by a reverse pass that leaves the recording for second derivatives."""
        m = np.size(recorded.values[0])
        cts = recorded.cotangents(identity_blocks(recorded.values, 0, m))
        look_for_jumps_of(recorded, cts)
        parts = [
            np.zeros((m, np.size(x))) if ct is None else np.reshape(ct, (m, -1))
            for x, ct in zip(self.call.leaves, cts, strict=True)
        ]
        return np.concatenate(parts, axis=1).T

    # --- second derivatives: for a task with second=True, one leaf, float64 ---------------------

    def hessian(self) -> Any:
        """The Hessian of a scalar function, of shape ``x + x``."""
        recorded, n = self._second(), self.call.size
        shape = 2 * np.shape(self.call.leaves[0])
        self._scalar()
        if recorded is None:
            found = hessian(self.task.f)(*self.call.args, **self.call.keywords)
            return np.reshape(found, shape)[()]
        plan = choose_second(recorded.tape, n, 1, True, self.task.chunk_size, "reverse")
        block = hessian_of(recorded, n, plan.chunk)[1][0]
        return np.zeros(shape)[()] if block is None else np.reshape(block, shape)[()]

    def product(self, v: Any) -> Any:
        """The Hessian of a scalar function times a vector."""
        recorded = self._second()
        self._scalar()
        if recorded is not None and not on_tape(recorded.tape):
            found = self._products(recorded, np.asarray(v, float), True, None)
            if found is not None:
                return found
        (x, *rest) = self.call.args
        return hvp(self.task.f)(x, np.reshape(v, np.shape(x)), *rest, **self.call.keywords)

    def weighted(self, weights: Any) -> Any:
        """The Hessian of ``weights @ f``, ``(n, n)``."""
        recorded, n = self._second(), self.call.size
        v = np.reshape(np.asarray(weights, float), np.shape(self._one()))
        if recorded is not None and not on_tape(recorded.tape):
            seeds = np.eye(n).reshape((n, *np.shape(self.call.leaves[0])))
            found = self._products(recorded, seeds, False, v)
            if found is not None:
                found = np.reshape(found, (n, n))
                return 0.5 * found + 0.5 * found.T
        over = hessian(Weighted(self.task.f, v))
        return np.reshape(over(*self.args, **self.keywords), (n, n))

    def _second(self) -> Recorded | None:
        """The recording, where second derivatives can be had from it."""
        recorded = self.recorded
        if recorded is None or len(recorded.values) != 1 or not is_plain(recorded.tape):
            return None
        recorded.judge()
        return recorded

    def _products(self, recorded: Recorded, block: Any, one: bool, seed: Any) -> Any:
        if recorded.outputs[0] < 0:
            return np.zeros_like(block)
        shape = np.shape(self.call.leaves[0])
        block = np.reshape(block, shape if one else (len(block), *shape))
        (found,) = hessian_products(
            recorded.tape, recorded.outputs[0], recorded.inputs, [block], one, seed=seed
        )
        if found is None:
            return np.zeros_like(block)
        return found if bool(np.isfinite(found).all()) else None

    def operator(self) -> Any:
        """The Jacobian as a linear operator, by products on the recording."""
        self._one()
        if self.recorded is None:
            self.recorded = Recorded(self.call)
        made_of = (self.task.f, *self.call.args)
        return _operator_class()(self.recorded, self.call.leaves[0], made_of)

    def weight(self) -> int:
        """About how many numbers are kept alive."""
        tape = self.recorded.tape if self.recorded else self._short[1] if self._short else None
        nodes = tape.nodes if tape is not None else ()
        kept = sum(math.prod(node[4]) for node in nodes if node is not None)
        if self._pushed is not None:
            kept += self.call.size * sum(np.size(v) for v in self.values)
        return kept + np.size(self._first) + np.size(self.value)
