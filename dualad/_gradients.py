"""The public verbs grad and value_and_grad."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy import empty, float64, ndarray

from ._assembling import drop_axes, gradient_parts
from ._derivatives import jacobian
from ._errors import InputTypeError
from ._evaluate import (
    Call,
    Recorded,
    function_name,
    resume_push,
)
from ._jacobians import Rows, goes_direct
from ._modes import Plan, choose
from ._native import quick
from ._numbers._floating import quietly
from ._products import (
    assemble_gradient,
    gradient_cotangents,
    plain_output,
    result_dtype,
    scalar_output,
)
from ._quick import LARGEST_FORWARD, forward, reverse
from ._seeds import identity_blocks


class grad(jacobian):  # noqa: N801  # a function to its users
    """The gradient of a scalar function.

    Parameters
    ----------
    f : callable
        Returns one number (shape ``()``, or size 1).
    argnums, mode, chunk_size, has_aux, holomorphic
        As in `jacobian`.
    workers
        As in `jacobian`, for forward mode. A reverse pass gives the whole gradient at once; it is
        one task, and stays in this process.

    Returns
    -------
    callable
        Takes f's arguments; returns an array of the shape of x.

    Raises
    ------
    NonScalarOutputError
        If f does not return one number.

    Notes
    -----
    For complex arguments of a real f the gradient is the direction of steepest ascent,
    ``df/da + i df/db`` at ``a + ib``.

    Examples
    --------
    >>> import numpy as np
    >>> grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    array([2., 4.])
    """

    _verb = "grad"
    _scalar = True

    def _call(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Call:
        return Call(self.f, args, keywords, self.argnums, self.has_aux, complex_ok=True)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if self._shortest is None or keywords:
            return super().__call__(*args, **keywords)
        drive = None
        if self._direct is not None:
            try:
                (x,) = args
                drive, n = self._direct[len(x)]
            except (LookupError, TypeError, ValueError):  # not learnt yet, or other arguments
                drive = None
        if drive is None or type(x) is not ndarray:
            done = self._shortest(args)
            return self._by_machine(args, keywords) if done is None else done
        # The commonest call of a compiled function goes through no other function of Python's.
        out = empty(n)
        try:
            value = drive(out, x)
        except (TypeError, RuntimeError) as error:
            if not quick().asks_for_more(error):
                raise
            value = None
        if value is None:
            return self._by_machine(args, keywords)
        return (float64(value), out) if self._with_value else out

    def _derived(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        call = self._call(args, keywords)
        complex_input = any(np.iscomplexobj(x) for x in call.leaves)
        n = call.size
        plan = self._plans.get(call.key)
        if self.workers is not None and self.mode != "reverse" and not complex_input:
            return self._from_rows(call, self._rows(call))
        if self._goes_forward(n, plan) and not complex_input:
            return self._from_rows(call, self._forward(call))
        return self._from_recorded(call, Recorded(call, judged=False), plan, complex_input)

    def _quick(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """The gradient of one float64 array by `_quick`; None where it can't begin."""
        position: int = self.argnums  # type: ignore[assignment]  # is_simple has seen an int
        x = args[position]
        plan = self._plans.get(x.shape)
        if self._goes_forward(x.size, plan):
            if x.size > (self.chunk_size or LARGEST_FORWARD):
                return None
            out, gradient, level = forward(self.f, args, position, keywords)
            if gradient is not None:
                return (plain_output(out._value), gradient) if self._with_value else gradient
            call = self._call(args, keywords)
            pushed = resume_push(
                call, call.take(out), level, lambda: identity_blocks(call.leaves, 0, x.size)
            )
            return self._from_rows(call, Rows(pushed.result, pushed.values, pushed.blocks))
        if self.mode == "auto" and plan is None:
            return None
        out, gradient, tape, variable = reverse(self.f, args, position, keywords)
        if gradient is not None:
            return (plain_output(out._held), gradient) if self._with_value else gradient
        call = self._call(args, keywords)
        return self._from_recorded(call, Recorded.resumed(call, tape, [variable], out), plan, False)

    def _from_pushed(self, call: Call, rows: Rows) -> Any:
        return self._from_rows(call, rows)

    def _from_rows(self, call: Call, rows: Rows) -> Any:
        value = scalar_output(rows.values, call)
        rows.values, rows.blocks = [value], [drop_axes(rows.blocks[0], call.size)]
        return self._answer(call, value, gradient_parts(call, rows, value), rows.recorded)

    def _from_recorded(
        self, call: Call, recorded: Recorded, plan: Plan | None, complex_input: bool
    ) -> Any:
        value = scalar_output(recorded.values, call)
        if self.mode == "auto" and plan is None and not complex_input:
            plan = self._plans[call.key] = choose(
                recorded.tape, call.size, 1, self.chunk_size, gradient=True
            )
            if goes_direct("auto", call.size, self.chunk_size, plan):
                # f once more: later calls go this way, to the same bits.
                return self._from_rows(call, quietly(self._forward, call))
        recorded.judge()
        cts = self._cotangents(call, recorded, value)
        return self._answer(call, value, assemble_gradient(call, cts), recorded.result)

    def _cotangents(self, call: Call, recorded: Recorded, value: Any) -> list[Any]:
        seed = np.ones((1, *np.shape(value)), result_dtype(value))
        if self.holomorphic:
            cts = recorded.cotangents([seed], free=True)
            return [None if c is None else np.conjugate(c) for c in cts]
        if not np.iscomplexobj(value):
            return gradient_cotangents(recorded, seed)
        if any(np.iscomplexobj(x) for x in call.leaves):
            raise InputTypeError(
                f"{function_name(self.f)} returned a complex number at a complex argument",
                "holomorphic=True for holomorphic functions, or its np.real, np.imag or np.abs",
            )
        # Re<i, J t> is the imaginary part of the derivative in a real argument.
        real = recorded.cotangents([seed])
        imaginary = recorded.cotangents([1j * seed], free=True)
        return [a if a is None else a + 1j * b for a, b in zip(real, imaginary, strict=True)]

    def _answer(self, call: Call, value: Any, parts: Sequence[Any], result: Any) -> Any:
        derivative = self._shaped(parts)
        if not self._with_value:
            return (derivative, call.aux) if self.has_aux else derivative
        value = result.build(iter([plain_output(value)]))
        return ((value, call.aux), derivative) if self.has_aux else (value, derivative)


class value_and_grad(grad):  # noqa: N801  # a function to its users
    """``(f(x), gradient)`` from one evaluation.

    With `has_aux` the result is ``((f(x), aux), gradient)``. Everything else is as in `grad`; this
    is what ``scipy.optimize.minimize(..., jac=True)`` takes.

    Examples
    --------
    >>> import numpy as np
    >>> value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    (np.float64(5.0), array([2., 4.]))
    """

    _verb = "value_and_grad"
    _with_value = True
