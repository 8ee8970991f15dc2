"""The public verbs jacobian and value_and_jacobian, and what all derivative functions share.

Each is a class whose instances are the derivative functions, so that they pickle when the user's
function does.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable, Sequence
from typing import Any

from ._assembling import assemble_jacobian
from ._evaluate import (
    Argnums,
    Call,
    function_name,
    resume_push,
)
from ._jacobians import Rows, goes_direct, jacobian_rows
from ._keywords import check_options
from ._modes import Plan
from ._native import as_node, inside, is_compiled, machine, not_known, quick
from ._numbers._number import holds_number
from ._outs import answered, is_asked
from ._products import (
    plain_output,
)
from ._quick import LARGEST_FORWARD, forward_number, is_number, is_simple, jacobian_forward
from ._seeds import identity_blocks
from ._workers import check_workers, is_serial


class Derivative:
    """What the derivative functions share: their arguments, and pickling."""

    _verb = ""
    _with_value = False
    _scalar = False  # f must return one number
    _second = False

    def __init__(
        self,
        f: Callable[..., Any],
        argnums: Argnums = 0,
        *,
        mode: str = "auto",
        chunk_size: int | None = None,
        has_aux: bool = False,
        holomorphic: bool = False,
        workers: Any = None,
        **later: Any,
    ) -> None:
        check_options(self._verb, f, argnums, mode, chunk_size, later)
        self.f, self.argnums, self.mode = f, argnums, mode
        self.chunk_size, self.has_aux, self.holomorphic = chunk_size, has_aux, holomorphic
        checked = check_workers(workers)
        self.workers = None if is_serial(checked) else checked
        # Whether the short way of `_quick` knows the options.
        self._short = not has_aux and not holomorphic and self.workers is None
        self._plans: dict[Any, Plan] = {}
        self._compiled = is_compiled(f)
        # Of a compiled function; None says that the function is none.
        self._shortest: Any = not_known if self._compiled and self.workers is None else None
        # Drivers of gradients, by the length of the one argument.
        self._direct: dict[int, Any] | None = None
        wrapper: Any = self
        functools.update_wrapper(wrapper, f, assigned=("__name__", "__doc__"), updated=())

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        state["_plans"], state["_shortest"] = {}, self._shortest and not_known
        state["_direct"] = None
        return state

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        """In a class it binds to the instance, as the function that it stands for would."""
        bound: Any = self
        return self if instance is None else types.MethodType(bound, instance)

    def __repr__(self) -> str:
        return f"<{self._verb} of {function_name(self.f)}>"

    @property
    def _numba_type_(self) -> Any:
        """Numba asks for this where a derivative function is a constant of compiled code."""
        return inside().verb_of(self)._numba_type_

    def _call(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Call:
        return Call(self.f, args, keywords, self.argnums, self.has_aux, self.holomorphic)

    def _shaped(self, parts: Sequence[Any]) -> Any:
        """One result for an int, a tuple for a tuple of argnums."""
        return tuple(parts) if isinstance(self.argnums, tuple) else parts[0]


# --- Jacobians -----------------------------------------------------------------------------------


class jacobian(Derivative):  # noqa: N801  # a function to its users; a class so that it pickles
    """The Jacobian of f.

    Parameters
    ----------
    f : callable
        An ordinary NumPy function.
    argnums : int or tuple of int
        The arguments to differentiate; a tuple gives a tuple of Jacobians.
    mode : {"auto", "forward", "reverse"}
        "auto" chooses from the dimensions and the cost of the graph, see `explain`.
    chunk_size : int, optional
        How many tangents (forward) or cotangents (reverse) travel at once.
    has_aux : bool
        f returns ``(output, aux)``; the result is ``(jacobian, aux)``.
    holomorphic : bool
        The argument is complex and f holomorphic: the complex derivative.
    workers : int or map-like callable, optional
        Blocks of columns (forward) or rows (reverse) go out as tasks: to so many processes (-1: all
        processors), or through a map such as ``pool.map``. f and its arguments must pickle.

    Returns
    -------
    callable
        Takes f's arguments; returns an array of shape ``f(x).shape + x.shape``. An array of that
        shape and dtype, given as ``out=``, is filled and returned. All derivative functions take
        ``out=``; where f has a parameter of this name it is f's.

    Raises
    ------
    InputError, InputTypeError, OutputError, NoRuleError, EscapeError
        Each is a `DualadError`, and names the user's line.

    Examples
    --------
    >>> import numpy as np
    >>> jacobian(lambda x: x[:2] * x[1])(np.array([1.0, 2.0]))
    array([[2., 1.],
           [0., 4.]])

    References
    ----------
    A. Griewank, A. Walther, "Evaluating Derivatives", SIAM 2008.
    """

    _verb = "jacobian"

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if self._shortest is not None and not keywords:
            done = self._shortest(args)
            return self._by_machine(args, keywords) if done is None else done
        if keywords and is_asked(self.f, keywords):
            return answered(self, args, keywords)
        if self._shortest is not None:
            return self._by_machine(args, keywords)
        if self._short and is_simple(args, self.argnums):
            done = self._quick(args, keywords)
            if done is not None:
                return done
        elif self._short and self.mode != "reverse" and is_number(args, self.argnums):
            return self._at_number(args, keywords)
        return self._derived(args, keywords)

    def _derived(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        call = self._call(args, keywords)
        return self._finish(call, self._rows(call))

    def _by_machine(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """The derivative of a compiled function, where the shortest way has not answered."""
        if holds_number((*args, *keywords.values())):  # of an outer derivative
            options: Any = {"mode": self.mode, "chunk_size": self.chunk_size}
            options["has_aux"] = self.has_aux
            return type(self)(as_node(self.f), self.argnums, **options)(*args, **keywords)
        if self._shortest is not_known:
            self._shortest, self._direct = quick().shortest(self)
            if not keywords and (done := self._shortest(args)) is not None:
                return done
        call = self._call(args, keywords)
        pushed = machine().rows(call, self.mode, self.chunk_size, self._scalar)
        return self._from_pushed(call, Rows(pushed.result, pushed.values, pushed.blocks))

    def _from_pushed(self, call: Call, rows: Rows) -> Any:
        return self._finish(call, rows)

    def _at_number(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """The derivative in one float."""
        position: int = self.argnums  # type: ignore[assignment]  # is_number has seen an int
        out, slope, level = forward_number(self.f, args, position, keywords)
        if slope is not None:
            return (plain_output(out._value), slope) if self._with_value else slope
        call = self._call(args, keywords)
        pushed = resume_push(
            call, call.take(out), level, lambda: identity_blocks(call.leaves, 0, 1)
        )
        return self._from_pushed(call, Rows(pushed.result, pushed.values, pushed.blocks))

    def _goes_forward(self, n: int, plan: Plan | None) -> bool:
        if self.mode != "auto":
            return self.mode == "forward"
        return goes_direct("auto", n, self.chunk_size, plan)

    def _quick(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """The Jacobian in one float64 array by `_quick`; None where it can't begin."""
        position: int = self.argnums  # type: ignore[assignment]  # is_simple has seen an int
        x = args[position]
        n = x.size
        if n > (self.chunk_size or LARGEST_FORWARD):
            return None
        if not self._goes_forward(n, self._plans.get(x.shape)):
            return None
        out, derivative, level = jacobian_forward(self.f, args, position, keywords)
        if derivative is not None:
            return (out._value, derivative) if self._with_value else derivative
        call = self._call(args, keywords)
        pushed = resume_push(
            call, call.take(out), level, lambda: identity_blocks(call.leaves, 0, n)
        )
        return self._finish(call, Rows(pushed.result, pushed.values, pushed.blocks))

    def _finish(self, call: Call, rows: Rows) -> Any:
        derivative = assemble_jacobian(call, rows, self._shaped)
        out = (derivative, call.aux) if self.has_aux else derivative
        if not self._with_value:
            return out
        value = rows.recorded.build(iter([plain_output(v) for v in rows.values]))
        return ((value, call.aux), derivative) if self.has_aux else (value, derivative)

    def _rows(self, call: Call) -> Rows:
        mode = "forward" if self.holomorphic and self.mode == "auto" else self.mode
        if self.workers is not None:
            from ._spread import spread_rows  # most programs have no workers

            return spread_rows(call, mode, self.chunk_size, self._plans, self.workers)
        return jacobian_rows(call, mode, self.chunk_size, self._plans)

    def _forward(self, call: Call) -> Rows:
        return jacobian_rows(call, "forward", self.chunk_size, self._plans)


class value_and_jacobian(jacobian):  # noqa: N801  # a function to its users
    """``(f(x), jacobian)`` from one evaluation.

    With `has_aux` the result is ``((f(x), aux), jacobian)``. Everything else is as in `jacobian`.

    Examples
    --------
    >>> import numpy as np
    >>> value_and_jacobian(np.sin)(0.0)
    (np.float64(0.0), np.float64(1.0))
    """

    _verb = "value_and_jacobian"
    _with_value = True
