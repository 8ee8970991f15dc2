"""Products with the Jacobian: jvp and vjp, and what all derivatives share about results."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ._errors import InputError, InputTypeError, NonScalarOutputError
from ._evaluate import Call, Recorded, function_name, push
from ._graph import (
    dtype_of,
)
from ._keywords import check_function, reject_later
from ._native import is_compiled, is_plain_call, machine
from ._numbers import Number, primal
from ._tangents import matched
from ._trust import look_for_jumps_of


def result_dtype(value: Any) -> Any:
    """The dtype of a derivative of `value`."""
    dtype = np.result_type(primal(value))
    return dtype if dtype.kind in "fc" else np.dtype(np.float64)


def zeros_for(shape: tuple[int, ...], value: Any) -> np.ndarray:
    """A derivative that is identically zero."""
    return np.zeros(shape, result_dtype(value))


def tidy(x: Any) -> Any:
    """A result as the user gets it: np.float64 for scalars, arrays that own their order."""
    if isinstance(x, Number):
        return x
    return x[()] if np.ndim(x) == 0 else x


def plain_output(x: Any) -> Any:
    """A value as the plain call returns it, but np.float64 for a Python float."""
    return np.float64(x) if type(x) is float else x


def jvp(
    f: Callable[..., Any],
    primals: Sequence[Any],
    tangents: Sequence[Any],
    *,
    has_aux: bool = False,
    **later: Any,
) -> Any:
    """The function and its Jacobian times a vector, in one forward pass.

    Parameters
    ----------
    f : callable
        An ordinary NumPy function.
    primals : tuple
        The point: all positional arguments of `f`.
    tangents : tuple
        One direction for each primal, of the same container and shape.
    has_aux : bool
        `f` returns ``(output, aux)``.

    Returns
    -------
    value : as ``f(*primals)``
    tangent : as ``f(*primals)``
        ``J @ tangents``.
    aux : only with `has_aux`

    Raises
    ------
    InputError
        If a tangent's shape is not its primal's.

    Examples
    --------
    >>> import numpy as np
    >>> jvp(np.sin, (0.0,), (2.0,))
    (np.float64(0.0), np.float64(2.0))

    References
    ----------
    A. Griewank, A. Walther, "Evaluating Derivatives", SIAM 2008, chapter 3.
    """
    reject_later("jvp", later)
    primals, tangents = _tuple("primals", primals), _tuple("tangents", tangents)
    check_function("jvp", f)
    if len(primals) != len(tangents):
        raise InputError(
            f"jvp got {len(primals)} primals and {len(tangents)} tangents",
            "one tangent for each primal, zeros for those that do not vary",
        )
    call = Call(f, primals, {}, tuple(range(len(primals))), has_aux, complex_ok=True)
    blocks = directions(call.leaves, primals, tangents)
    out = push(call, blocks)
    values = out.result.build(iter([plain_output(v) for v in out.values]))
    tangent = out.result.build(
        iter(
            [
                zeros_for(np.shape(v), v)[()] if t is None else tidy(t[0])
                for v, t in zip(out.values, out.blocks, strict=True)
            ]
        )
    )
    return (values, tangent, call.aux) if has_aux else (values, tangent)


def _tuple(name: str, x: Any) -> tuple[Any, ...]:
    if not isinstance(x, (tuple, list)):
        raise InputError(
            f"{name} must be a tuple, one entry for each argument; got {type(x).__name__}",
            f"({name[:-1]},)",
        )
    return tuple(x)


def directions(leaves: Sequence[Any], primals: Sequence[Any], tangents: Sequence[Any]) -> list[Any]:
    """Blocks of one lane, one for each leaf of the primals, from tangents in their containers."""
    found = [
        t
        for i, (x, given) in enumerate(zip(primals, tangents, strict=True))
        for t in matched(x, given, f"tangent {i}" if len(primals) > 1 else "the tangent")
    ]
    return [_direction(x, t) for x, t in zip(leaves, found, strict=True)]


def _direction(x: Any, t: Any) -> Any:
    if np.shape(x) != np.shape(t):
        raise InputError(
            f"a tangent of shape {np.shape(t)} was given for a primal of shape {np.shape(x)}",
            f"a tangent of shape {np.shape(x)}",
        )
    _check_real("tangent", t, "primal", x)
    if isinstance(t, Number):
        return t[None] if t.ndim else np.reshape(t, (1,))
    return np.asarray(t).astype(result_dtype(x))[None]


def _check_real(what: str, t: Any, of: str, x: Any) -> None:
    """Raise where a real array has a complex tangent: half of it would be dropped."""
    if np.result_type(primal(t)).kind == "c" and np.result_type(primal(x)).kind != "c":
        raise InputTypeError(
            f"a complex {what} was given for a real {of}",
            f"one call with {what}.real and one with {what}.imag",
        )


class Pullback:
    """The pullback of `vjp`: from a cotangent of the output to cotangents of the arguments.

    May be called any number of times.
    """

    def __init__(self, recorded: Any, call: Call) -> None:
        self._recorded, self._call = recorded, call

    def __repr__(self) -> str:
        return f"<pullback of {function_name(self._call.f)}>"

    def __reduce__(self) -> Any:
        raise InputTypeError(
            "a pullback does not pickle: it holds a recorded evaluation",
            "da.vjp in the process that needs it, or da.jacobian_operator(f, x), which pickles",
        )

    def __call__(self, cotangent: Any) -> tuple[Any, ...]:
        """Pull a cotangent of the output's container and shape back.

        Returns
        -------
        tuple
            One array (or container) for each primal.

        Raises
        ------
        InputError
            If the cotangent's shape is not the output's.
        """
        recorded = self._recorded
        blocks = []
        given = cotangent_leaves(recorded, cotangent)
        for value, ct in zip(recorded.values, given, strict=True):
            if isinstance(ct, Number):
                blocks.append(ct[None] if ct.ndim else np.reshape(ct, (1,)))
            else:
                blocks.append(np.asarray(ct).astype(result_dtype(value))[None])
        cts = recorded.cotangents(blocks)
        if isinstance(recorded, Recorded):
            look_for_jumps_of(recorded, cts)
        return assemble_gradient(self._call, cts)


def cotangent_leaves(recorded: Any, cotangent: Any) -> list[Any]:
    """Cotangents of all leaves of the output, from one in the output's container."""
    output = recorded.result.build(iter(recorded.values))
    given = matched(output, cotangent, "the cotangent", output=True)
    for value, ct in zip(recorded.values, given, strict=True):
        if np.shape(value) != np.shape(ct):
            raise InputError(
                f"a cotangent of shape {np.shape(ct)} was given for an output of shape "
                f"{np.shape(value)}",
                f"a cotangent of shape {np.shape(value)}",
            )
        _check_real("cotangent", ct, "output", value)
    return given


def assemble_gradient(call: Call, cts: Sequence[Any]) -> tuple[Any, ...]:
    """Cotangents with one lane, one for each leaf, as a tuple over the arguments."""
    if len(cts) == 1 and type(cts[0]) is np.ndarray and cts[0].dtype == dtype_of(call.leaves[0]):
        ct = cts[0][0]
        return (call.arguments[0].assemble(iter([ct])),)
    results: Iterator[Any] = iter(
        [
            zeros_for(np.shape(x), x)[()] if ct is None else tidy(cast(ct[0], x))
            for x, ct in zip(call.leaves, cts, strict=True)
        ]
    )
    return tuple(a.assemble(results) for a in call.arguments)


def cast(ct: Any, x: Any) -> Any:
    """A cotangent in the dtype of its primal."""
    dtype = getattr(x, "dtype", None)
    own = getattr(ct, "dtype", None)
    if dtype is None or own is None or own == dtype or own.kind != dtype.kind:
        return ct
    return ct.astype(dtype)


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False, **later: Any) -> Any:
    """The function and its pullback (vector times Jacobian), from one recorded evaluation.

    Parameters
    ----------
    f : callable
        An ordinary NumPy function.
    *primals
        The point: all positional arguments of `f`.
    has_aux : bool
        `f` returns ``(output, aux)``.

    Returns
    -------
    value : as ``f(*primals)``
    pullback : callable
        ``pullback(cotangent)`` gives a tuple with one array for each primal. Complex values use
        the inner product Re<u, v>.
    aux : only with `has_aux`

    Examples
    --------
    >>> import numpy as np
    >>> value, pullback = vjp(np.multiply, 2.0, 3.0)
    >>> pullback(1.0)
    (np.float64(3.0), np.float64(2.0))

    References
    ----------
    A. Griewank, A. Walther, "Evaluating Derivatives", SIAM 2008, section 3.2.
    """
    reject_later("vjp", later)
    check_function("vjp", f)
    if not primals:
        raise InputError("vjp needs at least one primal")
    call = Call(f, primals, {}, tuple(range(len(primals))), has_aux, complex_ok=True)
    recorded = machine().Record(call) if is_compiled(f) and is_plain_call(call) else Recorded(call)
    value = recorded.result.build(iter([plain_output(v) for v in recorded.values]))
    pullback = Pullback(recorded, call)
    return (value, pullback, call.aux) if has_aux else (value, pullback)


def gradient_cotangents(recorded: Recorded, seed: Any) -> list[Any]:
    """Cotangents of all leaves of a real function of one number."""
    cts = recorded.cotangents([seed], free=not recorded.tape.watch.last)
    look_for_jumps_of(recorded, cts)
    return cts


def scalar_gradient(call: Call, recorded: Recorded, free: bool = True) -> tuple[Any, ...]:
    """The gradient of a recorded evaluation, one array for each leaf."""
    value = scalar_output(recorded.values, call)
    seed = np.ones((1, *np.shape(value)), result_dtype(value))
    cts = recorded.cotangents([seed], free)
    return tuple(
        zeros_for(np.shape(x), x)[()] if ct is None else ct[0]
        for x, ct in zip(call.leaves, cts, strict=True)
    )


def scalar_output(values: Sequence[Any], call: Call) -> Any:
    """The one number that a scalar function has returned.

    Raises
    ------
    NonScalarOutputError
    """
    if len(values) == 1 and math.prod(np.shape(values[0])) == 1:
        return values[0]
    what = f"shape {np.shape(values[0])}" if len(values) == 1 else f"{len(values)} arrays"
    raise NonScalarOutputError(
        f"{function_name(call.f)} returned {what}; its gradient needs one number",
        "da.jacobian(f), or da.derivative(f) for elementwise functions",
    )
