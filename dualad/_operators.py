"""Products without the matrix: hvp and jacobian_operator."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._errors import InputError, OutputError
from ._evaluate import Call, Recorded, function_name, is_finite, push
from ._graph import hessian_products, is_plain, last_uses, push_forward, with_lane
from ._graph._kinked import on_tape
from ._keywords import check_function, reject_later
from ._native import inside, is_compiled, is_plain_call, machine, quick
from ._numbers._floating import quietly
from ._outs import answered, is_asked
from ._products import (
    cast,
    directions,
    result_dtype,
    scalar_gradient,
    scalar_output,
    tidy,
    zeros_for,
)


class hvp:  # noqa: N801  # a function to its users; a class so that it pickles
    """Hessian-vector products without the Hessian, forward over reverse.

    Parameters
    ----------
    f : callable
        A scalar function of ``x, *args``.

    Returns
    -------
    callable
        ``hvp(f)(x, v, *args)`` gives ``H(x) @ v``, of the shape of x; the signature that SciPy's
        ``hessp`` has. Its cost is a small multiple of a gradient's.

    Raises
    ------
    NonScalarOutputError
        If f does not return one number.

    Examples
    --------
    >>> import numpy as np
    >>> hvp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    array([6., 0.])

    References
    ----------
    B. Pearlmutter, "Fast exact multiplication by the Hessian", Neural Computation 6, 1994.
    """

    def __init__(self, f: Callable[..., Any], **later: Any) -> None:
        reject_later("hvp", later)
        check_function("hvp", f)
        self.f, self._compiled = f, is_compiled(f)
        self._shortest: Any = None  # of a compiled function, once it was called

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_shortest": None}

    @property
    def _numba_type_(self) -> Any:
        """As derivative functions have it."""
        return inside().verb_of(self)._numba_type_

    def __repr__(self) -> str:
        return f"<hvp of {function_name(self.f)}>"

    def __call__(self, x: Any, v: Any, *args: Any, **keywords: Any) -> Any:
        if keywords and is_asked(self.f, keywords):
            return answered(self, (x, v, *args), keywords)
        if self._compiled and not keywords:
            if self._shortest is None:
                self._shortest = quick().of_product(self.f)
            done = self._shortest(x, v, args)
            if done is not None:
                return done
        call = Call(self.f, (x, *args), keywords)
        blocks = directions(call.leaves, (x,), (v,))
        if self._compiled and is_plain_call(call):
            values, parts = machine().products(call, blocks)
            scalar_output(values, call)
        else:
            parts = products_on_graph(call, blocks)
        if parts is None:
            parts = quietly(self._nested, call, blocks)
        results = iter(
            [
                zeros_for(np.shape(p), p)[()] if t is None else tidy(cast(t[0], p))
                for p, t in zip(call.leaves, parts, strict=True)
            ]
        )
        return call.arguments[0].assemble(results)

    def _nested(self, call: Call, blocks: list[Any]) -> list[Any]:
        """The derivative of the gradient along v, by duals over a recording."""

        def gradient(*leaves: Any) -> Any:
            inner = Call(self.f, call.args, call.keywords)
            inner.leaves = list(leaves)
            return scalar_gradient(inner, Recorded(inner))

        outer = Call(gradient, tuple(call.leaves), {}, tuple(range(len(call.leaves))))
        return push(outer, blocks).blocks


def products_on_graph(call: Call, blocks: list[Any]) -> list[Any] | None:
    """H v for each direction in `blocks`, on one recording; None where that is not known.

    Blocks and results are ``(k,) + shape``, one for each leaf. A result that is not finite is not
    known either: the nested derivatives tell structural zeros from computed ones.
    """
    recorded = Recorded(call, second=True)
    if np.iscomplexobj(scalar_output(recorded.values, call)):
        raise OutputError(
            f"{function_name(call.f)} returned a complex number; hvp needs a real one",
            "a product for np.real of it and one for np.imag",
        )
    if recorded.outputs[0] < 0:
        return [None] * len(blocks)
    if not is_plain(recorded.tape):
        return None
    kinked = on_tape(recorded.tape)
    one = blocks[0].shape[0] == 1
    given = [b[0] for b in blocks] if one else blocks
    found = hessian_products(
        recorded.tape, recorded.outputs[0], recorded.inputs, given, one, free=True
    )
    if not all(is_finite(h) for h in found):
        return None
    parts = [None if h is None else with_lane(h) if one else h for h in found]
    if not kinked:
        return parts
    from ._smoothed import add_products  # few functions meet a kink

    return add_products(call, blocks, parts)


def jacobian_operator(f: Callable[..., Any], x: Any, *args: Any, **later: Any) -> Any:
    """The Jacobian at x as a linear operator, without forming it.

    Parameters
    ----------
    f : callable
        A function of an array x (of any shape) and ``*args``.
    x : array_like
    *args
        Further arguments, constant.

    Returns
    -------
    scipy.sparse.linalg.LinearOperator
        Of shape ``(m, n)``: `matvec` is a JVP and `rmatvec` a VJP on one recorded evaluation; f
        runs once.

    Examples
    --------
    >>> import numpy as np
    >>> J = jacobian_operator(lambda x: x**2, np.array([1.0, 2.0]))
    >>> J @ np.array([1.0, 1.0])
    array([2., 4.])
    """
    reject_later("jacobian_operator", later)
    check_function("jacobian_operator", f)
    call = Call(f, (x, *args), {})
    if len(call.leaves) != 1:
        raise InputError("jacobian_operator takes one array", "flatten the container into an array")
    recorded = machine().Record(call) if is_compiled(f) and is_plain_call(call) else Recorded(call)
    if len(recorded.values) != 1:
        raise InputError(
            "jacobian_operator needs a function that returns one array",
            "np.concatenate of its answers",
        )
    point = x.copy("K") if isinstance(x, np.ndarray) else x
    return _operator_class()(recorded, call.leaves[0], (f, point, *args))


@functools.lru_cache(maxsize=1)
def _operator_class() -> Any:
    """The class of such operators, made when SciPy is first needed."""
    from scipy.sparse.linalg import LinearOperator

    class JacobianOperator(LinearOperator):  # type: ignore[misc]  # SciPy is not typed
        """A Jacobian by products; it pickles when its function does, and f runs once more then."""

        def __init__(self, recorded: Any, x: Any, made_of: tuple[Any, ...]) -> None:
            value = recorded.values[0]
            self._recorded, self._made_of = recorded, made_of
            self._in, self._out = np.shape(x), np.shape(value)
            self._compiled = not isinstance(recorded, Recorded)
            self._last = [] if self._compiled else last_uses(recorded.tape, recorded.outputs)
            super().__init__(result_dtype(value), (math.prod(self._out), math.prod(self._in)))

        def _matmat(self, v: Any) -> Any:
            m, n = self.shape
            k = v.shape[1] if v.ndim > 1 else 1
            block = np.reshape(v, (n, k)).T.reshape((k, *self._in))
            recorded = self._recorded
            if self._compiled:
                (out,) = recorded.tangents([block])
            else:
                seeds = {recorded.inputs[0]: block}
                (out,) = push_forward(recorded.tape, seeds, recorded.outputs, self._last)
            out = np.zeros((block.shape[0], m)) if out is None else out
            return np.reshape(out, (block.shape[0], m)).T

        def _rmatmat(self, u: Any) -> Any:
            m, n = self.shape
            k = u.shape[1] if u.ndim > 1 else 1
            block = np.reshape(u, (m, k)).T.reshape((k, *self._out))
            (ct,) = self._recorded.cotangents([block])
            ct = np.zeros((block.shape[0], n)) if ct is None else ct
            return np.reshape(ct, (block.shape[0], n)).T

        def _matvec(self, v: Any) -> Any:
            return self._matmat(v)[:, 0]

        def _rmatvec(self, u: Any) -> Any:
            return self._rmatmat(u)[:, 0]

        def __reduce__(self) -> Any:
            return jacobian_operator, self._made_of

    return JacobianOperator
