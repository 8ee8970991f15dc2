"""The public verbs: jacobian, grad, hessian, derivative, value_and_grad, value_and_jacobian.

Each is a class whose instances are the derivative functions, so that they pickle when the user's
function does.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ._errors import InputError, InputTypeError, NotElementwiseError
from ._evaluate import (
    Argnums,
    Call,
    Recorded,
    function_name,
    identity_blocks,
    push,
    push_identity,
    push_second,
    resume_push,
    split,
)
from ._graph import last_uses, push_forward
from ._keywords import reject_later
from ._modes import DIRECT, Plan, choose, chunk_size
from ._numbers import primal
from ._quick import LARGEST_FORWARD, forward, is_simple, reverse
from ._products import (
    assemble_gradient,
    plain_output,
    result_dtype,
    scalar_output,
    tidy,
    zeros_for,
)

MODES = ("auto", "forward", "reverse")


class _Derivative:
    """What the derivative functions share: their arguments, and pickling."""

    _verb = ""

    def __init__(
        self,
        f: Callable[..., Any],
        argnums: Argnums = 0,
        *,
        mode: str = "auto",
        chunk_size: int | None = None,
        has_aux: bool = False,
        holomorphic: bool = False,
        **later: Any,
    ) -> None:
        if not callable(f):
            raise InputTypeError(f"{self._verb} needs a function, not {f!r}")
        if mode not in MODES:
            raise InputError(f"mode={mode!r}; it must be one of {', '.join(MODES)}")
        if chunk_size is not None and (not isinstance(chunk_size, int) or chunk_size < 1):
            raise InputError(f"chunk_size={chunk_size!r}; it must be a positive int")
        reject_later(self._verb, later)
        self.f, self.argnums, self.mode = f, argnums, mode
        self.chunk_size, self.has_aux, self.holomorphic = chunk_size, has_aux, holomorphic
        self._plans: dict[Any, Plan] = {}
        functools.update_wrapper(self, f, assigned=("__name__", "__doc__"), updated=())

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        state["_plans"] = {}
        return state

    def __repr__(self) -> str:
        return f"<{self._verb} of {function_name(self.f)}>"

    def _call(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Call:
        return Call(self.f, args, keywords, self.argnums, self.has_aux, self.holomorphic)

    def _shaped(self, parts: Sequence[Any]) -> Any:
        """One result for an int, a tuple for a tuple of argnums."""
        return tuple(parts) if isinstance(self.argnums, tuple) else parts[0]


# --- Jacobians -----------------------------------------------------------------------------------


class Rows:
    """A Jacobian as blocks: for each output leaf an array (n, *M), or None for zero."""

    __slots__ = ("blocks", "recorded", "values")

    def __init__(self, recorded: Any, values: list[Any], blocks: list[Any]) -> None:
        self.recorded, self.values, self.blocks = recorded, values, blocks


class jacobian(_Derivative):  # noqa: N801  # a function to its users; a class so that it pickles
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

    Returns
    -------
    callable
        Takes f's arguments; returns an array of shape ``f(x).shape + x.shape``.

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
    _with_value = False

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        call = self._call(args, keywords)
        rows = self._rows(call)
        derivative = _assemble_jacobian(call, rows, self._shaped)
        out = (derivative, call.aux) if self.has_aux else derivative
        if not self._with_value:
            return out
        value = rows.recorded.build(iter([plain_output(v) for v in rows.values]))
        return ((value, call.aux), derivative) if self.has_aux else (value, derivative)

    def _rows(self, call: Call) -> Rows:
        n = call.size
        if self.holomorphic and self.mode == "auto":
            return self._forward(call, n)
        if self.mode == "forward":
            return self._forward(call, n)
        if self.mode == "auto":
            plan = self._plans.get(call.key)
            if n <= DIRECT or (plan is not None and plan.mode == "forward" and plan.chunk >= n):
                return self._forward(call, n)
        recorded = Recorded(call)
        if self.mode == "reverse":
            return self._reverse(recorded, None)
        m = sum(math.prod(np.shape(v)) for v in recorded.values)
        plan = choose(recorded.tape, n, m, self.chunk_size)
        self._plans[call.key] = plan
        if plan.mode == "forward":
            return _forward_on_graph(recorded, call, plan.chunk)
        return self._reverse(recorded, plan)

    def _forward(self, call: Call, n: int) -> Rows:
        """With duals, all directions in one run of f; in chunks, on a recorded graph."""
        if self.chunk_size is None or self.chunk_size >= n:
            if n > DIRECT and (big := _chunk_of(call, n)) < n:
                return _forward_on_graph(Recorded(call), call, big)
            out = push_identity(call, n)
            return Rows(out.result, out.values, out.blocks)
        return _forward_on_graph(Recorded(call), call, self.chunk_size)

    def _reverse(self, recorded: Recorded, plan: Plan | None) -> Rows:
        n = recorded.call.size
        sizes = [math.prod(np.shape(v)) for v in recorded.values]
        m = sum(sizes)
        largest = max([1, *(math.prod(node[4]) for node in recorded.tape.nodes)])
        chunk = self.chunk_size or (plan.chunk if plan else chunk_size(m, 8 * largest, largest))
        pieces: list[list[Any]] = []
        for start in range(0, m, chunk):
            stop = min(m, start + chunk)
            seeds = identity_blocks(recorded.values, start, stop)
            pieces.append(_flat_cotangents(recorded, seeds, free=stop == m and not start))
        whole = np.concatenate([np.concatenate(p, axis=1) for p in pieces]) if pieces else None
        blocks, offset = [], 0
        for value, size in zip(recorded.values, sizes, strict=True):
            if whole is None:
                blocks.append(None)
                continue
            part = whole[offset : offset + size]  # (size, n)
            blocks.append(np.reshape(part.T, (n, *np.shape(value))))
            offset += size
        return Rows(recorded.result, recorded.values, blocks)


def _chunk_of(call: Call, n: int) -> int:
    """The chunk for duals, before anything is known of the function's own arrays."""
    largest = max([math.prod(np.shape(x)) for x in call.leaves], default=1)
    return chunk_size(n, 8 * largest, max(largest, 1))


def _flat_cotangents(recorded: Recorded, seeds: list[Any], free: bool) -> list[Any]:
    """Cotangents of all leaves, each (k, size)."""
    k = seeds[0].shape[0]
    out = []
    for x, ct in zip(recorded.call.leaves, recorded.cotangents(seeds, free), strict=True):
        size = math.prod(np.shape(x))
        out.append(np.zeros((k, size)) if ct is None else np.reshape(ct, (k, size)))
    return out


def _forward_on_graph(recorded: Recorded, call: Call, chunk: int) -> Rows:
    """Forward in chunks over one recording: f runs once."""
    n = call.size
    last = last_uses(recorded.tape, recorded.outputs)
    pieces: list[list[Any]] = [[] for _ in recorded.outputs]
    for start in range(0, n, chunk):
        stop = min(n, start + chunk)
        seeds = dict(
            zip(recorded.inputs, identity_blocks(call.leaves, start, stop), strict=True)
        )
        found = push_forward(recorded.tape, seeds, recorded.outputs, last)
        for piece, block, value in zip(pieces, found, recorded.values, strict=True):
            piece.append(np.zeros((stop - start, *np.shape(value))) if block is None else block)
    blocks = [np.concatenate(p) if len(p) > 1 else p[0] if p else None for p in pieces]
    if not all(_finite(b) for b in blocks):
        # Only duals make the careful pass forward: all directions at once, once more.
        out = push(call, identity_blocks(call.leaves, 0, n))
        return Rows(out.result, out.values, out.blocks)
    return Rows(recorded.result, recorded.values, blocks)


def _finite(block: Any) -> bool:
    return block is None or bool(np.isfinite(primal(block)).all())


def _assemble_jacobian(call: Call, rows: Rows, shaped: Callable[[Sequence[Any]], Any]) -> Any:
    """The outer level of the result is the output's container, the inner the input's."""
    per_output = []
    for value, block in zip(rows.values, rows.blocks, strict=True):
        results: list[Any] = []
        offset = 0
        shape, dtype = np.shape(value), result_dtype(value)
        for x in call.leaves:
            size = math.prod(np.shape(x))
            full = shape + np.shape(x)
            if block is None:
                results.append(tidy(np.zeros(full, dtype)))
            else:
                part = np.moveaxis(block[offset : offset + size], 0, -1)
                results.append(tidy(_in_dtype(np.reshape(part, full), dtype)))
            offset += size
        supply: Iterator[Any] = iter(results)
        per_output.append(shaped([a.assemble(supply) for a in call.arguments]))
    return rows.recorded.build(iter(per_output))


def _in_dtype(x: Any, dtype: Any) -> Any:
    if isinstance(x, np.ndarray) and type(x) is np.ndarray:
        if x.dtype != dtype and x.dtype.kind == dtype.kind:
            return x.astype(dtype)
        return np.ascontiguousarray(x) if x.ndim else x
    return x


# --- gradients -------------------------------------------------------------------------------------


class grad(jacobian):  # noqa: N801  # a function to its users
    """The gradient of a scalar function.

    Parameters
    ----------
    f : callable
        Returns one number (shape ``()``, or size 1).
    argnums, mode, chunk_size, has_aux, holomorphic
        As in `jacobian`. For complex arguments of a real f the gradient is the direction of
        steepest ascent, ``df/da + i df/db`` at ``a + ib``.

    Returns
    -------
    callable
        Takes f's arguments; returns an array of the shape of x.

    Raises
    ------
    NonScalarOutputError
        If f does not return one number.

    Examples
    --------
    >>> import numpy as np
    >>> grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    array([2., 4.])
    """

    _verb = "grad"

    def _call(self, args: tuple[Any, ...], keywords: dict[str, Any]) -> Call:
        return Call(self.f, args, keywords, self.argnums, self.has_aux, complex_ok=True)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if is_simple(args, self.argnums) and not self.has_aux and not self.holomorphic:
            done = self._quick(args, keywords)
            if done is not None:
                return done
        call = self._call(args, keywords)
        complex_input = any(np.iscomplexobj(x) for x in call.leaves)
        n = call.size
        plan = self._plans.get(call.key)
        if self._goes_forward(n, plan) and not complex_input:
            return self._from_rows(call, self._forward(call, n))
        return self._from_recorded(call, Recorded(call), plan, complex_input)

    def _goes_forward(self, n: int, plan: Plan | None) -> bool:
        if self.mode != "auto":
            return self.mode == "forward"
        return n <= DIRECT or (plan is not None and plan.mode == "forward" and plan.chunk >= n)

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
            return (plain_output(out._data), gradient) if self._with_value else gradient
        call = self._call(args, keywords)
        return self._from_recorded(call, Recorded.resumed(call, tape, [variable], out), plan, False)

    def _from_rows(self, call: Call, rows: Rows) -> Any:
        value = scalar_output(rows.values, call)
        rows.values, rows.blocks = [value], [_drop_axes(rows.blocks[0], call.size)]
        return self._answer(call, value, _gradient_parts(call, rows, value), rows.recorded)

    def _from_recorded(
        self, call: Call, recorded: Recorded, plan: Plan | None, complex_input: bool
    ) -> Any:
        value = scalar_output(recorded.values, call)
        if self.mode == "auto" and plan is None and not complex_input:
            self._plans[call.key] = choose(recorded.tape, call.size, 1, self.chunk_size)
        seed = np.ones((1, *np.shape(value)), result_dtype(value))
        cts = recorded.cotangents([seed], free=True)
        if self.holomorphic:
            cts = [None if c is None else np.conjugate(c) for c in cts]
        return self._answer(call, value, assemble_gradient(call, cts), recorded.result)

    def _answer(self, call: Call, value: Any, parts: Sequence[Any], result: Any) -> Any:
        derivative = self._shaped(parts)
        if not self._with_value:
            return (derivative, call.aux) if self.has_aux else derivative
        value = result.build(iter([plain_output(value)]))
        return ((value, call.aux), derivative) if self.has_aux else (value, derivative)


def _drop_axes(block: Any, n: int) -> Any:
    return block if block is None or block.shape == (n,) else np.reshape(block, (n,))


def _gradient_parts(call: Call, rows: Rows, value: Any) -> list[Any]:
    block, dtype = rows.blocks[0], result_dtype(value)
    if len(call.leaves) == 1 and type(block) is np.ndarray and block.dtype == dtype:
        part = block.reshape(np.shape(call.leaves[0]))
        return [call.arguments[0].assemble(iter([part if part.ndim else part[()]]))]
    results, offset = [], 0
    for x in call.leaves:
        shape = np.shape(x)
        size = math.prod(shape)
        if block is None:
            results.append(zeros_for(shape, value)[()])
        else:
            part = np.reshape(block[offset : offset + size], shape)
            results.append(tidy(_in_dtype(part, dtype)))
        offset += size
    supply = iter(results)
    return [a.assemble(supply) for a in call.arguments]


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


# --- second derivatives ----------------------------------------------------------------------------


class hessian(_Derivative):  # noqa: N801  # a function to its users
    """The Hessian of f.

    Parameters
    ----------
    f : callable
        An ordinary NumPy function, scalar or not.
    argnums : int or tuple of int
        A tuple gives a tuple of tuples.
    mode : {"auto", "forward", "reverse"}
        "forward" uses hyper-dual numbers (one run of f), "reverse" forward over reverse.
    chunk_size : int, optional
        How many directions travel at once (forward over reverse).
    has_aux : bool
        f returns ``(output, aux)``; the result is ``(hessian, aux)``.

    Returns
    -------
    callable
        Takes f's arguments; returns an array of shape ``f(x).shape + x.shape + x.shape``,
        symmetric.

    Examples
    --------
    >>> import numpy as np
    >>> hessian(lambda x: x[0]**2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])

    References
    ----------
    J. Fike, J. Alonso, AIAA paper 2011-886 (hyper-dual numbers).
    """

    _verb = "hessian"

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        call = self._call(args, keywords)
        n = call.size
        if self.mode == "forward" or (self.mode == "auto" and n <= HYPER):
            values, blocks, result = _hyper_dual(call, n)
            if not all(_finite(b) for b in blocks):
                # The careful passes are those of first derivatives, nested.
                values, blocks, result = _over(call, n, "forward")
        else:
            values, blocks, result = _over(call, n, "reverse", self.chunk_size)
        derivative = _assemble_hessian(call, values, blocks, result, self._shaped)
        return (derivative, call.aux) if self.has_aux else derivative


# Hyper-duals carry n*(n + 1)/2 parts through every operation; beyond this many inputs forward over
# reverse is cheaper for functions of few outputs.
HYPER = 24


def _hyper_dual(call: Call, n: int) -> tuple[list[Any], list[Any], Any]:
    result, level = push_second(call, n)
    values, blocks = [], []
    for leaf in result.leaves:
        value, parts = split(leaf, level)
        values.append(value)
        blocks.append(None if parts is None else leaf.e12)
    return values, blocks, result


def _over(
    call: Call, n: int, inner_mode: str, chunk: int | None = None
) -> tuple[list[Any], list[Any], Any]:
    """Forward over an inner Jacobian of this mode: blocks (n, n) + M."""
    seen: dict[str, Any] = {}

    def inner(*leaves: Any) -> list[Any]:
        again = Call(call.f, call.args, call.keywords, call.positions, call.has_aux)
        again.leaves = list(leaves)
        first = jacobian(call.f, mode=inner_mode)._rows(again)
        call.aux = again.aux
        seen["values"], seen["result"] = [primal(v) for v in first.values], first.recorded
        return [np.zeros((n, *np.shape(v))) if b is None else b for b, v in zip(first.blocks, first.values, strict=True)]

    outer = Call(_as_tree(inner), tuple(call.leaves), {}, tuple(range(len(call.leaves))), complex_ok=True)
    step = chunk or _chunk_of(call, n)
    pieces: list[list[Any]] = []
    for start in range(0, n, step):
        out = push(outer, identity_blocks(call.leaves, start, min(n, start + step)))
        pieces.append(
            [
                np.zeros((min(n, start + step) - start, *np.shape(v))) if b is None else b
                for b, v in zip(out.blocks, out.values, strict=True)
            ]
        )
    blocks = [np.concatenate(column) for column in zip(*pieces, strict=True)]
    return seen["values"], [_symmetric(b) for b in blocks], seen["result"]


def _as_tree(inner: Callable[..., list[Any]]) -> Callable[..., dict[int, Any]]:
    """As a dict, so that equally long lists are not taken for one array."""
    return lambda *leaves: dict(enumerate(inner(*leaves)))


def _symmetric(block: Any) -> Any:
    """The mean of a block (n, n) + M and its transpose: rounding breaks symmetry by an ulp."""
    return 0.5 * block + 0.5 * np.swapaxes(block, 0, 1)


def _assemble_hessian(
    call: Call,
    values: Sequence[Any],
    blocks: Sequence[Any],
    result: Any,
    shaped: Callable[[Sequence[Any]], Any],
) -> Any:
    per_output = []
    for value, block in zip(values, blocks, strict=True):
        rows: list[Any] = []
        i = 0
        for a in call.leaves:
            j, row = 0, []
            for b in call.leaves:
                row.append(_hessian_block(value, block, (i, a), (j, b)))
                j += math.prod(np.shape(b))
            rows.append(row)
            i += math.prod(np.shape(a))
        inner = [iter(row) for row in rows]
        columns = [[arg.assemble(it) for arg in call.arguments] for it in inner]
        supply = iter([shaped(c) for c in columns])
        per_output.append(shaped([a.assemble(supply) for a in call.arguments]))
    return result.build(iter(per_output))


def _hessian_block(value: Any, block: Any, first: tuple[int, Any], second: tuple[int, Any]) -> Any:
    (i, a), (j, b) = first, second
    full = np.shape(value) + np.shape(a) + np.shape(b)
    dtype = result_dtype(value)
    if block is None:
        return tidy(np.zeros(full, dtype))
    part = block[i : i + math.prod(np.shape(a)), j : j + math.prod(np.shape(b))]
    part = np.moveaxis(part, (0, 1), (-2, -1))
    return tidy(_in_dtype(np.reshape(part, full), dtype))


# --- derivatives of one variable ---------------------------------------------------------------------


class derivative(_Derivative):  # noqa: N801  # a function to its users
    """The derivative in one variable, of any order.

    Parameters
    ----------
    f : callable
        A function of a scalar x; or one that maps each element of an array on its own.
    argnum : int
        The argument to differentiate.
    order : int
        1 is the first derivative.

    Returns
    -------
    callable
        For a scalar x an array of shape ``f(x).shape``; for an array x the elementwise derivative.

    Raises
    ------
    NotElementwiseError
        If x is an array and an element of f(x) depends on another element of x, or their shapes
        differ.

    Examples
    --------
    >>> import numpy as np
    >>> derivative(np.sin, order=2)(np.array([0.0, 1.0]))
    array([-0.        , -0.84147098])
    """

    _verb = "derivative"

    def __init__(
        self, f: Callable[..., Any], argnum: int = 0, *, order: int = 1, **keywords: Any
    ) -> None:
        if not isinstance(argnum, (int, np.integer)):
            raise InputTypeError(f"derivative takes one argnum, an int; got {argnum!r}")
        if not isinstance(order, (int, np.integer)) or order < 1:
            raise InputError(f"order={order!r}; it must be an int of at least 1")
        super().__init__(f, int(argnum), **keywords)
        self.order = int(order)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        g: Callable[..., Any] = self.f
        for _ in range(self.order):
            g = _Once(g, self.argnums, self.has_aux, self.holomorphic)
        if not self.has_aux:
            return g(*args, **keywords)
        return g(*args, **keywords)


class _Once:
    """One derivative; nested for higher orders."""

    def __init__(self, f: Callable[..., Any], argnum: Argnums, aux: bool, holomorphic: bool) -> None:
        self.f, self.argnum, self.aux, self.holomorphic = f, argnum, aux, holomorphic

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        call = Call(self.f, args, keywords, self.argnum, self.aux, self.holomorphic)
        if len(call.leaves) != 1:
            raise InputTypeError("derivative takes a scalar or an array", "da.jacobian(f)")
        (x,) = call.leaves
        scalar = np.ndim(x) == 0
        signs = _signs(np.shape(x))
        dtype = result_dtype(x)
        seeds = np.ones((1,), dtype) if scalar else np.stack([np.ones(np.shape(x)), signs]).astype(dtype)
        out = push(call, [seeds])
        results = []
        for value, block in zip(out.values, out.blocks, strict=True):
            if not scalar:
                self._check(x, value, block, signs)
            results.append(
                zeros_for(np.shape(value), value)[()]
                if block is None
                else tidy(_in_dtype(block[0], result_dtype(value)))
            )
        answer = out.result.build(iter(results))
        return (answer, call.aux) if self.aux else answer

    def _check(self, x: Any, value: Any, block: Any, signs: Any) -> None:
        name = function_name(self.f)
        if np.shape(value) != np.shape(x):
            raise NotElementwiseError(
                f"{name} maps shape {np.shape(x)} to {np.shape(value)}, so it is not elementwise",
                "da.jacobian(f)",
            )
        if block is None:
            return
        first, second = primal(block[0]), primal(block[1])
        scale = np.abs(first).max(initial=0.0) * 1e-8
        if not np.allclose(second, first * signs, rtol=1e-8, atol=scale, equal_nan=True):
            raise NotElementwiseError(
                f"an element of {name}(x) depends on other elements of x", "da.jacobian(f)"
            )


def _signs(shape: tuple[int, ...]) -> np.ndarray:
    """Random signs, the same ones every time."""
    return np.random.default_rng(7).choice([-1.0, 1.0], size=shape)
